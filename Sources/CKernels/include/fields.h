#pragma once
#include "processor.h"
#include <stddef.h>
#include <stdint.h>

// Fields of delimited rows: where they are, and the hashes of short ones. `FieldSplitter.swift` and
// `ColumnFeatures.swift` have the Swift forms, which the tests hold these against.

// Where a field lies: what `FieldExtent` is in Swift.
typedef struct {
  uint32_t start, end;
} lrs_extent;

typedef struct {
  size_t delimiters;    // found and written
  size_t offset;        // up to here; `end` or beyond when all was looked at
  int32_t holds_blank;  // not 0: there may be a space in the row
} lrs_cut;

// Finds the delimiters of base[offset ..< end], block by block of 64 bytes. For the next delimiter
// found, writes `fields[0].end` and `fields[1].start`, and so on; stops before a block for which
// `room` (of extents) might not do: 64 more and one beyond.
// The 64 bytes at each block can be read, also behind `end`.
lrs_cut lrs_cut_row(lrs_path path, const uint8_t *base, size_t offset, size_t end,
                    uint8_t delimiter, lrs_extent *fields, size_t room);

// Up to 64 categorical columns, one after the other.
typedef struct {
  const uint32_t *fields;  // whose extents; followed by lrs_category_padding valid ones more
  const uint32_t *seeds;   // of their hashes; as many
  size_t count;            // 1...64
  uint64_t token_starts;   // bit b: a token starts with a byte whose low six bits are b
  uint64_t token_lengths;  // bit n: a token has n bytes
  uint32_t slot_mask;
  uint32_t pass_mask;  // of `FeatureGate`
} lrs_categories;

enum { lrs_category_padding = 7 };

// A bit for each column.
typedef struct {
  uint64_t other;  // longer than eight bytes, or perhaps a missing token: not hashed
  uint64_t empty;
  uint64_t let_in;  // by the gate; not of `other`
} lrs_category_marks;

// Hashes fields of up to eight bytes. Writes hashes, slots and values of 1, each with room for the
// padding. Eight bytes can be read at each field's start.
// For paths from lrs_path_avx2 on: without a product of lanes it takes more instructions than one text
// after the other.
lrs_category_marks lrs_hash_categories(const lrs_categories *columns, const uint8_t *base,
                                       const lrs_extent *extents, uint32_t *hashes,
                                       uint32_t *slots, float *values);
