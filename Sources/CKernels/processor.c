#include "processor.h"

#if defined(__x86_64__)
#include <immintrin.h>

lrs_path lrs_best_path(void) {
  __builtin_cpu_init();
  // Both the processor and the system must know of them; the builtin looks at both.
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") ||
      !__builtin_cpu_supports("bmi2") || !__builtin_cpu_supports("popcnt"))
    return lrs_path_baseline;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512vbmi") ||
      !__builtin_cpu_supports("avx512vbmi2"))
    return lrs_path_avx2;
  return lrs_path_avx512;
}

__attribute__((target("avx"))) static void zero_upper(void) { _mm256_zeroupper(); }

void lrs_clear_upper_halves(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx")) zero_upper();
}
#else
lrs_path lrs_best_path(void) { return lrs_path_baseline; }
void lrs_clear_upper_halves(void) {}
#endif
