// The words that the process was started with, as the kernel passed them.
#ifndef LOGREG_STREAM_PROCESS_ARGUMENTS_H
#define LOGREG_STREAM_PROCESS_ARGUMENTS_H

/// How many there are, the name of the program included; 0 when they cannot be had.
int logreg_stream_argument_count(void);

/// One of them, ended by a NUL; null for an index that is out of range.
const char *logreg_stream_argument(int index);

/// The count of the vector of words that stands before `environment` on a fresh process's stack, and
/// the vector; 0 when there is none. For the C libraries that pass constructors nothing, and its test.
int logreg_stream_words_before(char **environment, char ***words);

#endif
