#pragma once
#include <stdint.h>

// Which instructions the kernels use. One program runs on every x86-64: each kernel is compiled once
// for each path, from one source, and the path is an argument. The bits are the same on every path:
// nothing is fused (no FMA), and sums keep their order.

typedef enum {
  lrs_path_baseline = 0,  // what every processor of the architecture has: SSE2 on x86-64
  lrs_path_avx2 = 1,      // and BMI, BMI2, POPCNT
  lrs_path_avx512 = 2,    // and AVX-512 F, BW, VL, VBMI2
} lrs_path;

// The best path of this machine.
lrs_path lrs_best_path(void);

// Call behind code that may have used AVX and leaves the upper halves of the registers dirty, as
// ISA-L does: on many processors legacy SSE instructions run slower from then on, for as long as the
// thread lives.
void lrs_clear_upper_halves(void);
