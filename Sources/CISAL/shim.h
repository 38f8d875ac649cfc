#pragma once
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// inflate_state holds arrays that Swift does not import (over 4096 elements): it is used as an
// opaque pointer through these wrappers. They run ISA-L one deflate block at a time, so that the
// caller can check each block's header before ISA-L sees it.

typedef struct {
  int32_t status;     // ISAL_DECOMP_OK or a negative ISA-L error
  int32_t consumed;   // bytes taken from the input; negative: bytes of earlier calls given back
  uint32_t produced;  // bytes written to the output
  uint32_t finished;  // 1 when the block has ended and all its bytes are written
} lrs_isal_progress;

static inline void *lrs_isal_new(void) { return calloc(1, sizeof(struct inflate_state)); }

// Starts a raw deflate stream.
static inline void lrs_isal_reset(void *opaque) {
  struct inflate_state *state = (struct inflate_state *)opaque;
  isal_inflate_init(state);
  state->crc_flag = ISAL_DEFLATE;
}

// Starts in the middle of a raw deflate stream, between two blocks: behind `window_count` bytes of
// output, with fewer than eight bits of the byte before the input.
static inline int lrs_isal_restart(
    void *opaque, const uint8_t *window, uint32_t window_count, uint32_t bits, uint32_t bit_count) {
  struct inflate_state *state = (struct inflate_state *)opaque;
  state->read_in = bits;
  state->read_in_length = (int32_t)bit_count;
  return isal_inflate_set_dict(state, (uint8_t *)window, window_count);
}

// Bits of the byte before the input that belong to the next block: fewer than eight.
static inline uint32_t lrs_isal_bits(void *opaque, uint32_t *bit_count) {
  struct inflate_state *state = (struct inflate_state *)opaque;
  *bit_count = (uint32_t)state->read_in_length;
  return (uint32_t)state->read_in;
}

// Starts the next block and marks it as the last, so that ISA-L stops at its end.
// Returns how many input bytes (0 or 1) it took for the bit that says so.
static inline uint32_t lrs_isal_begin_block(void *opaque, const uint8_t *input) {
  struct inflate_state *state = (struct inflate_state *)opaque;
  uint32_t taken = 0;
  if (state->read_in_length == 0) {
    state->read_in = *input;
    state->read_in_length = 8;
    taken = 1;
  }
  state->read_in |= 1;
  state->block_state = ISAL_BLOCK_NEW_HDR;
  return taken;
}

// At the end of what it takes for the last block, ISA-L does not keep the 32 KiB that the next
// block may refer to. They are the end of the output when this call wrote that much; if it wrote
// less, all of it went through tmp_out_buffer, which then holds them. Bytes that had no room in
// the output (tmp_out_processed..<tmp_out_valid) stay behind them.
static inline void lrs_isal_keep_history(
    struct inflate_state *state, const uint8_t *output_end, uint32_t produced) {
  int32_t pending = state->tmp_out_valid - state->tmp_out_processed;
  uint8_t *history = state->tmp_out_buffer;
  if (produced >= ISAL_DEF_HIST_SIZE && pending <= ISAL_DEF_HIST_SIZE) {
    memmove(history + ISAL_DEF_HIST_SIZE, history + state->tmp_out_processed, (size_t)pending);
    memcpy(history, output_end - ISAL_DEF_HIST_SIZE, ISAL_DEF_HIST_SIZE);
  } else if (pending == 0 && state->tmp_out_valid > ISAL_DEF_HIST_SIZE) {
    memmove(history, history + state->tmp_out_valid - ISAL_DEF_HIST_SIZE, ISAL_DEF_HIST_SIZE);
  } else {
    return;
  }
  state->tmp_out_processed = ISAL_DEF_HIST_SIZE;
  state->tmp_out_valid = ISAL_DEF_HIST_SIZE + pending;
}

// Gives back the bytes that were read ahead and belong to the next block or the trailer.
static inline void lrs_isal_give_back(struct inflate_state *state) {
  int32_t unread = state->read_in_length / 8;
  state->next_in -= unread;
  state->read_in_length -= 8 * unread;
  state->read_in &= (1u << state->read_in_length) - 1;
}

// Decodes until the block ends, the input is used up or the output is full.
static inline lrs_isal_progress lrs_isal_inflate(
    void *opaque, const uint8_t *input, uint32_t input_count, uint8_t *output,
    uint32_t output_count) {
  struct inflate_state *state = (struct inflate_state *)opaque;
  state->next_in = (uint8_t *)input;
  state->avail_in = input_count;
  state->next_out = output;
  state->avail_out = output_count;
  lrs_isal_progress progress;
  progress.status = isal_inflate(state);
  progress.produced = output_count - state->avail_out;
  progress.finished = progress.status == ISAL_DECOMP_OK && state->block_state == ISAL_BLOCK_FINISH;
  if (progress.finished || state->block_state == ISAL_BLOCK_INPUT_DONE)
    lrs_isal_keep_history(state, state->next_out, progress.produced);
  if (progress.finished) lrs_isal_give_back(state);
  progress.consumed = (int32_t)(state->next_in - input);
  return progress;
}
