// Blocks SIGUSR1 from the first instruction of the executable on; see README.md.
#include "block_signals.h"

#include <signal.h>

static void block_status_signal(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  // One thread so far; those to come inherit its mask.
  sigprocmask(SIG_BLOCK, &signals, 0);
}

// Run before the constructors of all libraries. Executables only, which the program is.
__attribute__((section(".preinit_array"), used, retain)) static void (*const first)(void) =
    block_status_signal;
