// The commit that the program was built from.
#ifndef LOGREG_STREAM_BUILT_COMMIT_H
#define LOGREG_STREAM_BUILT_COMMIT_H

/// Its short name, ended by a NUL; null where the build was not told.
const char *logreg_stream_built_commit(void);

#endif
