#include "ftrl.h"

#include "vectors.h"

// A product and a sum are rounded one after the other, on every path.
#pragma STDC FP_CONTRACT OFF

#define SUFFIX _baseline
#include "ftrl_row.inc"
#undef SUFFIX

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,popcnt"))), apply_to = function)
#define SUFFIX _avx2
#include "ftrl_row.inc"
#undef SUFFIX
#pragma clang attribute pop
#endif

// Wider vectors gain nothing here: a row's slots are fetched one by one.
#if defined(__x86_64__)
#define CHOOSE(name, ...) \
  return path == lrs_path_baseline ? name##_baseline(__VA_ARGS__) : name##_avx2(__VA_ARGS__)
#else
#define CHOOSE(name, ...) \
  (void)path;             \
  return name##_baseline(__VA_ARGS__)
#endif

lrs_margins lrs_ftrl_forward(lrs_path path, const lrs_ftrl_rule *rule, lrs_ftrl_table table,
                             lrs_row row, lrs_row ahead, lrs_ftrl_block *blocks) {
  if (rule->is_averaged) CHOOSE(forward_averaged, rule, table, row, ahead, blocks);
  CHOOSE(forward_plain, rule, table, row, ahead, blocks);
}

static int32_t update(lrs_path path, const lrs_ftrl_rule *rule, lrs_ftrl_table table,
                      lrs_row row, double gradient, uint64_t key, uint64_t multiplier,
                      const lrs_ftrl_block *blocks) {
  if (rule->is_averaged)
    CHOOSE(update_averaged, rule, table, row, gradient, key, multiplier, blocks);
  CHOOSE(update_plain, rule, table, row, gradient, key, multiplier, blocks);
}

// Puts the states before the update back.
static void take_back(const lrs_ftrl_rule *rule, lrs_ftrl_table table, lrs_row row,
                      const lrs_ftrl_block *blocks) {
  size_t width = rule->is_averaged ? 3 : 2;
  for (size_t i = 0; i < row.count; i++) {
    float *state = table.states + width * (row.slots[i] & table.mask);
    state[0] = blocks[i / 4].z[i % 4];
    state[1] = blocks[i / 4].root_n[i % 4];
    if (rule->is_averaged) state[2] = blocks[i / 4].lag[i % 4];
  }
}

int32_t lrs_ftrl_update(lrs_path path, const lrs_ftrl_rule *rule, lrs_ftrl_table table,
                        lrs_row row, double gradient, uint64_t key, uint64_t multiplier,
                        const lrs_ftrl_block *blocks) {
  int32_t is_bad = update(path, rule, table, row, gradient, key, multiplier, blocks);
  if (is_bad) take_back(rule, table, row, blocks);
  return is_bad;
}
