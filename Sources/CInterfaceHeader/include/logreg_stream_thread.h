// For the Swift side alone: what each thread has of its own.
#ifndef LOGREG_STREAM_THREAD_H
#define LOGREG_STREAM_THREAD_H

#include <stddef.h>

/// Keeps the start of both texts for the calling thread, up to 4095 bytes, never a part of a character.
void logreg_stream_keep_error(const char *message, size_t length, const char *cure, size_t cure_length);
const char *logreg_stream_kept_message(void);
const char *logreg_stream_kept_cure(void);

/// Whether the calling thread is inside a handler of the other program.
void logreg_stream_enter_handler(void);
void logreg_stream_leave_handler(void);
int logreg_stream_is_in_handler(void);

#endif
