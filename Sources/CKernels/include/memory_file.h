#pragma once
#include <sys/syscall.h>
#include <unistd.h>

// Opens a file without a name, in memory, closed by exec: memfd_create, which Swift's Glibc leaves out.
//
// Returns its descriptor; -1 with errno set when the system refuses.
static inline int lrs_memory_file(void) {
  const unsigned int close_on_exec = 1;
  return (int)syscall(SYS_memfd_create, "logreg-stream", close_on_exec);
}
