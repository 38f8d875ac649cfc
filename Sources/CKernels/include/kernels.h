#pragma once
// Instructions that Swift cannot express. Header-only, each a few lines.
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Fetch the cache line at `address` for writing: hides the memory latency of a random slot.
static inline void lrs_prefetch_for_write(const void *address) { __builtin_prefetch(address, 1, 3); }

// One rotation: written with shifts, the compiler folds a multiplication before it into both of them
// (six instructions instead of three).
static inline uint32_t lrs_rotate_left32(uint32_t word, unsigned bits) {
#if defined(__clang__)
  return __builtin_rotateleft32(word, bits);
#else
  return word << (bits & 31) | word >> (-bits & 31);
#endif
}

// Bit i of the result is set when bytes[i] == wanted, for i in 0..<64.
static inline uint64_t lrs_match_mask64(const uint8_t *bytes, uint8_t wanted) {
#if defined(__SSE2__)
  const __m128i pattern = _mm_set1_epi8((char)wanted);
  const __m128i *p = (const __m128i *)bytes;
  uint64_t a = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(p + 0), pattern));
  uint64_t b = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(p + 1), pattern));
  uint64_t c = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(p + 2), pattern));
  uint64_t d = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(p + 3), pattern));
  return a | b << 16 | c << 32 | d << 48;
#else
  uint64_t mask = 0;
  for (int i = 0; i < 64; i++) mask |= (uint64_t)(bytes[i] == wanted) << i;
  return mask;
#endif
}

// Whether any of 64 bytes is the wanted one.
static inline int lrs_holds_byte64(const uint8_t *bytes, uint8_t wanted) {
#if defined(__SSE2__)
  const __m128i pattern = _mm_set1_epi8((char)wanted);
  const __m128i *p = (const __m128i *)bytes;
  __m128i low = _mm_or_si128(_mm_cmpeq_epi8(_mm_loadu_si128(p + 0), pattern),
                             _mm_cmpeq_epi8(_mm_loadu_si128(p + 1), pattern));
  __m128i high = _mm_or_si128(_mm_cmpeq_epi8(_mm_loadu_si128(p + 2), pattern),
                              _mm_cmpeq_epi8(_mm_loadu_si128(p + 3), pattern));
  return _mm_movemask_epi8(_mm_or_si128(low, high));
#else
  int found = 0;
  for (int i = 0; i < 64; i++) found |= bytes[i] == wanted;
  return found;
#endif
}
