#include "losses.h"

#include "vectors.h"

// A product and a sum are rounded one after the other, on every path.
#pragma STDC FP_CONTRACT OFF

#define SUFFIX _baseline
#include "losses.inc"
#undef SUFFIX

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define SUFFIX _avx2
#include "losses.inc"
#undef SUFFIX
#pragma clang attribute pop
#endif

size_t lrs_logistic_losses(lrs_path path, const double *margins, const float *labels, size_t count,
                           double *losses) {
#if defined(__x86_64__)
  if (path != lrs_path_baseline) return logistic_losses_avx2(margins, labels, count, losses);
#endif
  (void)path;
  return logistic_losses_baseline(margins, labels, count, losses);
}
