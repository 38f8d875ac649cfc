#pragma once
#include "processor.h"
#include <stddef.h>
#include <stdint.h>

// One row of FTRL-proximal: what `FTRLCoordinates` and `Averaged<FTRLCoordinates>` compute, with the
// same bits. `FTRL.swift` and `Averaging.swift` have the formulas; the Swift form is the oracle.

typedef struct {
  double inverse_alpha;
  // S and 1/S of the averages; of no matter without them.
  double total, inverse_total;
  float minus_alpha, l1, damping;
  // Whether slots are (z, √n, lag) rather than (z, √n).
  int32_t is_averaged;
} lrs_ftrl_rule;

typedef struct {
  const uint32_t *slots;  // no slot twice
  const float *values;
  size_t count;
} lrs_row;

// The table: Floats, two or three a slot, and the mask of slot numbers.
typedef struct {
  float *states;
  uint32_t mask;
} lrs_ftrl_table;

// Four features of the row between forward pass and update. The last block of a row is filled up
// with copies of its first feature.
typedef struct {
  float z[4], root_n[4], weight[4], lag[4];
} lrs_ftrl_block;

// A margin before the bias is added, in the order of `MarginSum`.
typedef struct {
  double learned, served;
} lrs_margins;

// The forward pass of `row`. Fetches the slots of the row `ahead` meanwhile.
// `blocks` has room for (count + 3) / 4.
lrs_margins lrs_ftrl_forward(lrs_path path, const lrs_ftrl_rule *rule, lrs_ftrl_table table,
                             lrs_row row, lrs_row ahead, lrs_ftrl_block *blocks);

// The update of `row` behind its forward pass. `key` and `multiplier` are those of `RoundingBits`.
// Returns 0; or, when a state would not be finite, another value: the table is then as it was.
int32_t lrs_ftrl_update(lrs_path path, const lrs_ftrl_rule *rule, lrs_ftrl_table table,
                        lrs_row row, double gradient, uint64_t key, uint64_t multiplier,
                        const lrs_ftrl_block *blocks);
