#pragma once
#include <stdint.h>

// Clang's vector types: each path compiles the same source, and splits what its registers cannot hold.

// Every function that takes or returns one is inlined: how others would is of no matter.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float f4 __attribute__((vector_size(16)));
typedef double d4 __attribute__((vector_size(32)));
typedef int32_t i4 __attribute__((vector_size(16)));
typedef uint64_t w2 __attribute__((vector_size(16)));
typedef uint32_t u8 __attribute__((vector_size(32)));
typedef uint64_t w4 __attribute__((vector_size(32)));

typedef uint64_t w8 __attribute__((vector_size(64)));

#define KERNEL static __attribute__((always_inline)) inline
// Of a path's own instructions, so that it cannot be a part of a function without them.
#define ENTRY static __attribute__((noinline))
#define GLUE2(a, b) a##b
#define GLUE(a, b) GLUE2(a, b)
#define NAMED(name) GLUE(name, SUFFIX)
