// Keeps argc and argv for Swift, whose CommandLine reads /proc/self/cmdline on Linux: see README.md.
#include "process_arguments.h"

#include <stddef.h>
#include <stdint.h>

extern char **environ;

static int count = 0;
static char **words = NULL;

int logreg_stream_words_before(char **environment, char ***found) {
  // argc, argv[0] … argv[argc - 1], null, environment: so the kernel lays them out on every platform
  // of Linux (System V ABI, "initial process stack"). No address is as small as a count.
  enum { most = 1 << 24 };
  if (environment == NULL || environment[-1] != NULL) return 0;
  char **word = environment - 1;
  for (intptr_t seen = 0; seen < most; seen++) {
    if ((intptr_t)word[-1] == seen) {
      *found = word;
      return (int)seen;
    }
    if (word[-1] == NULL) return 0;
    word--;
  }
  return 0;
}

#if defined(__GLIBC__)
// glibc passes constructors what it passes main, linked dynamically or not.
__attribute__((constructor, used, retain)) static void keep(int argc, char **argv) {
  count = argc;
  words = argv;
}
#else
// Others pass nothing. Before main `environ` is where the kernel put it.
__attribute__((constructor, used, retain)) static void keep(void) {
  count = logreg_stream_words_before(environ, &words);
}
#endif

int logreg_stream_argument_count(void) {
  return words == NULL || count < 1 || words[0] == NULL ? 0 : count;
}

const char *logreg_stream_argument(int index) {
  return index >= 0 && index < logreg_stream_argument_count() ? words[index] : NULL;
}
