#pragma once
#include "processor.h"
#include <stddef.h>

// Losses of `LogisticLoss`, four rows at a time: the same operations as in Elementary.swift and
// MarginLoss.swift, so the same bits.
//
// Returns how many of the rows it did: a multiple of four, ending before the first four of which one
// margin is beyond ±700.
size_t lrs_logistic_losses(lrs_path path, const double *margins, const float *labels, size_t count,
                           double *losses);
