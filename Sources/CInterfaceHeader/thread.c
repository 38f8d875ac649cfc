#include "logreg_stream_thread.h"

#include <string.h>

enum { CAPACITY = 4096 };

static _Thread_local char error_message[CAPACITY];
static _Thread_local char error_cure[CAPACITY];
static _Thread_local int handlers;

static void keep(char *target, const char *text, size_t length) {
  if (length >= CAPACITY) {
    length = CAPACITY - 1;
    // A byte 10xxxxxx goes on with a character: cut before its first byte.
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) length -= 1;
  }
  memcpy(target, text, length);
  target[length] = 0;
}

void logreg_stream_keep_error(
    const char *message, size_t length, const char *cure, size_t cure_length) {
  keep(error_message, message, length);
  keep(error_cure, cure, cure_length);
}

const char *logreg_stream_kept_message(void) { return error_message; }
const char *logreg_stream_kept_cure(void) { return error_cure; }

void logreg_stream_enter_handler(void) { handlers += 1; }
void logreg_stream_leave_handler(void) { handlers -= 1; }
int logreg_stream_is_in_handler(void) { return handlers > 0; }
