#include "fields.h"

#include "kernels.h"
#include "vectors.h"

#define SUFFIX _baseline
KERNEL uint64_t matches_baseline(const uint8_t *bytes, uint8_t wanted) {
  return lrs_match_mask64(bytes, wanted);
}
#include "cut.inc"
#undef SUFFIX

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt"))), apply_to = function)
#define SUFFIX _avx2
KERNEL uint64_t matches_avx2(const uint8_t *bytes, uint8_t wanted) {
  const __m256i pattern = _mm256_set1_epi8((char)wanted);
  __m256i low = _mm256_loadu_si256((const __m256i *)bytes);
  __m256i high = _mm256_loadu_si256((const __m256i *)(bytes + 32));
  return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, pattern)) |
         (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, pattern)) << 32;
}
#include "categories.inc"
#include "cut.inc"
#undef SUFFIX
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt"))), \
    apply_to = function)
// The positions of a block's delimiters, packed by one instruction.
ENTRY lrs_cut cut_row_avx512(const uint8_t *base, size_t offset, size_t end, uint8_t delimiter,
                              lrs_extent *fields, size_t room) {
  const __m512i wanted = _mm512_set1_epi8((char)delimiter), blank = _mm512_set1_epi8(' ');
  uint8_t numbers[64];
  for (int i = 0; i < 64; i++) numbers[i] = (uint8_t)i;
  const __m512i indices = _mm512_loadu_si512(numbers);
  const __m512i one_up = _mm512_set1_epi64(1ll << 32);
  size_t found = 0;
  uint64_t blanks = 0;
  for (; offset < end && found + 65 <= room; offset += 64) {
    __m512i bytes = _mm512_loadu_si512(base + offset);
    uint64_t mask = _mm512_cmpeq_epi8_mask(bytes, wanted);
    blanks |= _mm512_cmpeq_epi8_mask(bytes, blank);
    if (end - offset < 64) mask &= (1ull << (end - offset)) - 1;
    int total = __builtin_popcountll(mask);
    __m512i packed = _mm512_maskz_compress_epi8(mask, indices);
    __m512i start = _mm512_set1_epi64((long long)offset);
    uint32_t *next = &fields[found].end;
    for (int done = 0; done < total; done += 8, next += 16) {
      // A field's end in the low half, the start of the next one in the high half.
      __m512i position = _mm512_add_epi64(
          start, _mm512_cvtepu8_epi64(_mm512_castsi512_si128(packed)));
      __m512i pairs = _mm512_add_epi64(
          _mm512_or_si512(position, _mm512_slli_epi64(position, 32)), one_up);
      _mm512_storeu_si512(next, pairs);
      packed = _mm512_alignr_epi64(packed, packed, 1);
    }
    found += (size_t)total;
  }
  return (lrs_cut){found, offset, blanks != 0};
}
#pragma clang attribute pop
#endif

lrs_cut lrs_cut_row(lrs_path path, const uint8_t *base, size_t offset, size_t end,
                    uint8_t delimiter, lrs_extent *fields, size_t room) {
#if defined(__x86_64__)
  if (path == lrs_path_avx512) return cut_row_avx512(base, offset, end, delimiter, fields, room);
  if (path == lrs_path_avx2) return cut_row_avx2(base, offset, end, delimiter, fields, room);
#endif
  (void)path;
  return cut_row_baseline(base, offset, end, delimiter, fields, room);
}

lrs_category_marks lrs_hash_categories(const lrs_categories *columns, const uint8_t *base,
                                       const lrs_extent *extents, uint32_t *hashes,
                                       uint32_t *slots, float *values) {
#if defined(__x86_64__)
  return hash_categories_avx2(columns, base, extents, hashes, slots, values);
#else
  (void)columns, (void)base, (void)extents, (void)hashes, (void)slots, (void)values;
  __builtin_trap();
#endif
}
