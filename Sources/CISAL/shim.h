#pragma once
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdint.h>
#include <stdlib.h>

// inflate_state holds arrays that Swift does not import (over 4096 elements): it is used as an
// opaque pointer through these wrappers.
typedef struct {
  int32_t status;     // ISAL_DECOMP_OK or a negative ISA-L error
  uint32_t consumed;  // bytes taken from the input
  uint32_t produced;  // bytes written to the output
  uint32_t finished;  // 1 when the final block has ended
} lrs_isal_progress;

static inline void *lrs_isal_new(void) { return malloc(sizeof(struct inflate_state)); }

static inline void lrs_isal_reset(void *state) { isal_inflate_init((struct inflate_state *)state); }

static inline lrs_isal_progress lrs_isal_inflate(
    void *opaque, const uint8_t *input, uint32_t input_count, uint8_t *output,
    uint32_t output_count) {
  struct inflate_state *state = (struct inflate_state *)opaque;
  state->next_in = (uint8_t *)input;
  state->avail_in = input_count;
  state->next_out = output;
  state->avail_out = output_count;
  state->crc_flag = ISAL_DEFLATE;
  lrs_isal_progress progress;
  progress.status = isal_inflate(state);
  progress.consumed = input_count - state->avail_in;
  progress.produced = output_count - state->avail_out;
  progress.finished = state->block_state == ISAL_BLOCK_FINISH;
  return progress;
}
