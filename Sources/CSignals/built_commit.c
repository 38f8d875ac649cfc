// Which commit was built: see README.md.
#include "built_commit.h"

#include <stddef.h>

const char *logreg_stream_built_commit(void) {
#ifdef LOGREG_STREAM_COMMIT
  return LOGREG_STREAM_COMMIT;
#else
  return NULL;
#endif
}
