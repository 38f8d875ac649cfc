// Counts what a program allocates; preloaded by tools/check-allocations.
//
//     clang -shared -fPIC -o counter.so tools/allocation-counter.c
//     LD_PRELOAD=./counter.so program …      # standard error ends with "allocations: N"
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

// The functions of glibc behind the public names, which are defined below.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static atomic_ulong allocations;

static void count(void) { atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed); }

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t elements, size_t size) {
  count();
  return __libc_calloc(elements, size);
}

void *realloc(void *old, size_t size) {
  count();
  return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  count();
  *result = __libc_memalign(alignment, size);
  return *result == NULL ? 12 : 0;  // ENOMEM
}

__attribute__((destructor)) static void report(void) {
  dprintf(2, "allocations: %lu\n", atomic_load(&allocations));
}
