#pragma once
#include <zlib.h>

// inflateInit2 is a macro: Swift cannot see it. Raw deflate, window of 32 KiB.
static inline int lrs_zlib_inflate_init_raw(z_stream *stream) {
  return inflateInit2(stream, -15);
}
