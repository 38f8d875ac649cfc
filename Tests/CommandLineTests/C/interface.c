/* Runs the library for C; what it prints is compared with what the program says. */
#include "logreg_stream.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, int code) {
  fprintf(stderr, "%s: %d: %s (%s)\n", what, code, lrs_error_message(), lrs_error_cure());
  exit(code == 0 ? 1 : code);
}

#define TRY(call)                        \
  do {                                   \
    int code = (call);                   \
    if (code != LRS_OK) fail(#call, code); \
  } while (0)

/* A call that must fail, with this code and a message. */
#define REFUSED(expected, call)                                    \
  do {                                                             \
    int code = (call);                                             \
    if (code != (expected) || lrs_error_message()[0] == 0) {       \
      fprintf(stderr, "%s gave %d: %s\n", #call, code, lrs_error_message()); \
      exit(1);                                                     \
    }                                                              \
  } while (0)

static char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail(path, LRS_MISSING_INPUT);
  size_t capacity = 1 << 16, count = 0;
  char *bytes = malloc(capacity);
  for (;;) {
    size_t got = fread(bytes + count, 1, capacity - count, file);
    count += got;
    if (got == 0) break;
    if (count == capacity) bytes = realloc(bytes, capacity *= 2);
  }
  fclose(file);
  *length = count;
  return bytes;
}

static lrs_model *open_model(const char *path) {
  lrs_model *model = NULL;
  size_t length;
  char *bytes = read_file(path, &length);
  TRY(lrs_model_open_memory(bytes, length, &model));
  free(bytes);
  return model;
}

/* A line for each row: margins, then probabilities. */
static void print_scores(const double *margins, const double *probabilities, size_t rows,
                         size_t outputs) {
  for (size_t row = 0; row < rows; ++row) {
    for (size_t k = 0; k < outputs; ++k)
      printf("%s%.9g", k ? "," : "", margins[row * outputs + k]);
    for (size_t k = 0; k < outputs; ++k) printf(" %.17g", probabilities[row * outputs + k]);
    printf("\n");
  }
}

/* interface score MODEL ROWS */
static void score(const char *path, const char *rows_path) {
  lrs_model *model = NULL;
  TRY(lrs_model_open(path, &model));
  size_t length, outputs, rows = 0, bad = 0;
  char *bytes = read_file(rows_path, &length);
  TRY(lrs_model_output_count(model, &outputs));
  TRY(lrs_model_score_rows(model, bytes, length, 0, NULL, NULL, &rows, &bad));
  double *margins = malloc(rows * outputs * sizeof *margins);
  double *probabilities = malloc(rows * outputs * sizeof *probabilities);
  if (rows > 0)
    REFUSED(LRS_USAGE, lrs_model_score_rows(
        model, bytes, length, rows - 1, margins, probabilities, &rows, &bad));
  TRY(lrs_model_score_rows(model, bytes, length, rows, margins, probabilities, &rows, &bad));
  print_scores(margins, probabilities, rows, outputs);
  fprintf(stderr, "%zu rows, %zu bad\n", rows, bad);
  free(bytes);
  free(margins);
  free(probabilities);
  TRY(lrs_model_close(model));
}

static void print_part(
    void *context, size_t row, const char *feature, size_t length, double contribution) {
  size_t *next = context;
  if (row != *next) printf("\n");
  *next = row;
  printf("\t%.*s\t%.9g", (int)length, feature, contribution);
}

static void print_text(void *context, const char *text, size_t length) {
  (void)context;
  printf("%.*s\n", (int)length, text);
}

static void explain(const char *path, const char *rows_path, size_t most) {
  lrs_model *model = open_model(path);
  size_t length, row = 0;
  char *bytes = read_file(rows_path, &length);
  TRY(lrs_model_explain_rows(model, bytes, length, most, print_part, &row));
  printf("\n");
  free(bytes);
  TRY(lrs_model_close(model));
}

static void evaluate(const char *path, const char *rows_path) {
  lrs_model *model = open_model(path);
  size_t length;
  char *bytes = read_file(rows_path, &length);
  TRY(lrs_model_evaluate_rows(model, bytes, length, print_text, NULL));
  free(bytes);
  TRY(lrs_model_close(model));
}

static void describe(const char *path) {
  lrs_model *model = open_model(path);
  const char *loss;
  size_t count;
  lrs_text text;
  TRY(lrs_model_loss(model, &loss));
  printf("%s\n", loss);
  TRY(lrs_model_class_count(model, &count));
  for (size_t index = 0; index < count; ++index) {
    TRY(lrs_model_class_name(model, index, &text));
    printf("class %.*s\n", (int)text.length, text.bytes);
  }
  TRY(lrs_model_column_count(model, &count));
  for (size_t index = 0; index < count; ++index) {
    TRY(lrs_model_column_name(model, index, &text));
    printf("column %.*s\n", (int)text.length, text.bytes);
  }
  TRY(lrs_model_describe(model, &text));
  printf("%.*s\n", (int)text.length, text.bytes);
  TRY(lrs_model_close(model));
}

/* interface columns MODEL: cells that are hard to write as rows, with the names backwards. The file
 * has a cell a line, `\n` and `\0` (missing) escaped; a blank line ends a row; the first row has names. */
static void columns(const char *path, const char *cells_path) {
  lrs_model *model = open_model(path);
  size_t length, width = 0, rows = 0, bad = 0, count = 0;
  char *bytes = read_file(cells_path, &length);
  lrs_text *cells = malloc((length + 1) * sizeof *cells);
  for (char *line = bytes; line < bytes + length;) {
    char *end = memchr(line, '\n', (size_t)(bytes + length - line));
    if (end == line) {
      if (width == 0) width = count;
      rows += 1;
    } else {
      char *out = line;
      for (char *in = line; in < end; ++in) {
        if (in[0] == '\\' && in[1] == 'n') *out++ = '\n', ++in;
        else *out++ = *in;
      }
      int is_missing = out - line == 2 && line[0] == '\\' && line[1] == '0';
      cells[count].bytes = is_missing ? NULL : line;
      cells[count++].length = is_missing ? 77 : (size_t)(out - line);
    }
    line = end + 1;
  }
  rows -= 1;
  lrs_text *names = malloc(width * sizeof *names);
  const lrs_text **columns = malloc(width * sizeof *columns);
  lrs_text *block = malloc((rows * width + 1) * sizeof *block);
  for (size_t c = 0; c < width; ++c) {
    names[width - 1 - c] = cells[c];
    for (size_t r = 0; r < rows; ++r) block[c * rows + r] = cells[(r + 1) * width + c];
    columns[width - 1 - c] = block + c * rows;
  }
  size_t outputs;
  TRY(lrs_model_output_count(model, &outputs));
  double *margins = malloc((rows * outputs + 1) * sizeof *margins);
  double *probabilities = malloc((rows * outputs + 1) * sizeof *probabilities);
  TRY(lrs_model_score_columns(model, names, columns, width, rows, margins, probabilities, &bad));
  print_scores(margins, probabilities, rows, outputs);
  size_t row = 0;
  TRY(lrs_model_explain_columns(model, names, columns, width, rows, 2, print_part, &row));
  printf("\n");
  fprintf(stderr, "%zu rows, %zu bad\n", rows, bad);
  free(bytes), free(cells), free(names), free(columns), free(block), free(margins);
  free(probabilities);
  TRY(lrs_model_close(model));
}

/* --- Training ------------------------------------------------------------------------------------- */

static void count_text(void *context, const char *text, size_t length) {
  size_t *count = context;
  if (length > 0 && text[0] != 0) *count += 1;
}

/* interface train CONFIG MODEL|- CHUNK ROWS…: fed in chunks, or as files where CHUNK is 0. */
static void train(const char *config, const char *model_path, size_t chunk, char **rows, int count) {
  lrs_training *training = NULL;
  size_t progress = 0, notices = 0;
  int is_memory = strcmp(model_path, "-") == 0;
  TRY(lrs_training_open(config, strlen(config), is_memory ? NULL : model_path, &training));
  TRY(lrs_training_on_progress(training, count_text, &progress));
  TRY(lrs_training_on_notice(training, count_text, &notices));
  for (int index = 0; index < count; ++index) {
    if (chunk == 0) {
      TRY(lrs_training_add_path(training, rows[index]));
      continue;
    }
    size_t length;
    char *bytes = read_file(rows[index], &length);
    for (size_t start = 0; start < length; start += chunk)
      TRY(lrs_training_feed(training, bytes + start, length - start < chunk ? length - start : chunk));
    free(bytes);
  }
  int has_ended = 0;
  TRY(lrs_training_end_input(training));
  while (!has_ended) TRY(lrs_training_wait(training, 50, &has_ended));
  TRY(lrs_training_finish(training));
  lrs_text text;
  TRY(lrs_training_summary(training, &text));
  printf("%.*s\n", (int)text.length, text.bytes);
  if (is_memory) {
    TRY(lrs_training_model(training, &text));
    FILE *file = fopen("memory.lrs", "wb");
    fwrite(text.bytes, 1, text.length, file);
    fclose(file);
  } else {
    REFUSED(LRS_USAGE, lrs_training_model(training, &text));
  }
  fprintf(stderr, "%zu progress, %zu notices\n", progress, notices);
  TRY(lrs_training_close(training));
}

static lrs_training *running;

static void cancel_now(void *context, const char *text, size_t length) {
  (void)context, (void)text, (void)length;
  REFUSED(LRS_USAGE, lrs_training_finish(running));
  REFUSED(LRS_USAGE, lrs_training_close(running));
  TRY(lrs_training_cancel(running));
}

/* interface cancel CONFIG ROWS: by the first progress, while bytes are fed for ever. */
static void cancel(const char *config, const char *rows_path) {
  size_t length;
  char *bytes = read_file(rows_path, &length);
  char *body = strchr(bytes, '\n') + 1;
  lrs_text text;
  TRY(lrs_training_open(config, strlen(config), NULL, &running));
  TRY(lrs_training_on_progress(running, cancel_now, NULL));
  TRY(lrs_training_feed(running, bytes, length));
  int code = LRS_OK;
  while (code == LRS_OK)
    code = lrs_training_feed(running, body, length - (size_t)(body - bytes));
  if (code != LRS_CANCELLED) fail("feed", code);
  REFUSED(LRS_CANCELLED, lrs_training_finish(running));
  REFUSED(LRS_CANCELLED, lrs_training_summary(running, &text));
  REFUSED(LRS_CANCELLED, lrs_training_model(running, &text));
  TRY(lrs_training_close(running));
  /* One that waits for bytes that never come. */
  TRY(lrs_training_open(config, strlen(config), NULL, &running));
  TRY(lrs_training_feed(running, bytes, length));
  TRY(lrs_training_cancel(running));
  REFUSED(LRS_CANCELLED, lrs_training_finish(running));
  TRY(lrs_training_close(running));
  /* One that never began, one that is closed while it waits, and one that is cancelled before. */
  TRY(lrs_training_open(config, strlen(config), NULL, &running));
  TRY(lrs_training_close(running));
  TRY(lrs_training_open(config, strlen(config), NULL, &running));
  TRY(lrs_training_feed(running, bytes, length));
  TRY(lrs_training_close(running));
  TRY(lrs_training_open(config, strlen(config), NULL, &running));
  TRY(lrs_training_cancel(running));
  REFUSED(LRS_CANCELLED, lrs_training_finish(running));
  TRY(lrs_training_close(running));
  free(bytes);
}

/* --- Many threads, one model ------------------------------------------------------------------------ */

static lrs_model *shared;
static const char *shared_rows;
static size_t shared_length;

static void *score_often(void *context) {
  double *margins = context;
  for (int time = 0; time < 20; ++time) {
    size_t rows, bad;
    TRY(lrs_model_score_rows(shared, shared_rows, shared_length, 100000, margins, NULL, &rows, &bad));
    /* The error of one thread is none of another. */
    REFUSED(LRS_USAGE, lrs_model_close(NULL));
  }
  return NULL;
}

static void threads(const char *path, const char *rows_path) {
  enum { THREADS = 4 };
  shared = open_model(path);
  shared_rows = read_file(rows_path, &shared_length);
  size_t outputs;
  TRY(lrs_model_output_count(shared, &outputs));
  pthread_t all[THREADS];
  double *margins[THREADS];
  for (int index = 0; index < THREADS; ++index) {
    margins[index] = calloc(100000 * outputs, sizeof(double));
    pthread_create(&all[index], NULL, score_often, margins[index]);
  }
  for (int index = 0; index < THREADS; ++index) pthread_join(all[index], NULL);
  for (int index = 1; index < THREADS; ++index)
    if (memcmp(margins[0], margins[index], 100000 * outputs * sizeof(double)) != 0) exit(1);
  for (int index = 0; index < THREADS; ++index) free(margins[index]);
  TRY(lrs_model_close(shared));
  free((char *)shared_rows);
}

/* --- Bad use ---------------------------------------------------------------------------------------- */

static void misuse(const char *path, const char *rows_path) {
  size_t huge = (size_t)-1, number, rows, length;
  const char *name;
  lrs_text text, *const nothing = NULL;
  lrs_model *model = NULL, *closed = NULL, *wild = (lrs_model *)&number;
  int flag;
  double out[1];
  char *bytes = read_file(rows_path, &length);
  if (lrs_interface_version() != LRS_INTERFACE_VERSION || lrs_version()[0] == 0) exit(1);
  if (lrs_error_message() == NULL || lrs_error_cure() == NULL) exit(1);

  REFUSED(LRS_USAGE, lrs_model_open(NULL, &model));
  REFUSED(LRS_USAGE, lrs_model_open("", &model));
  REFUSED(LRS_USAGE, lrs_model_open(path, NULL));
  REFUSED(LRS_MISSING_INPUT, lrs_model_open("no/such/file", &model));
  REFUSED(LRS_BAD_DATA, lrs_model_open(rows_path, &model));
  REFUSED(LRS_USAGE, lrs_model_open_memory(NULL, 5, &model));
  REFUSED(LRS_USAGE, lrs_model_open_memory("x", huge, &model));
  REFUSED(LRS_USAGE, lrs_model_open_memory("x", 1, NULL));
  REFUSED(LRS_BAD_DATA, lrs_model_open_memory("x", 1, &model));
  REFUSED(LRS_BAD_DATA, lrs_model_open_memory(NULL, 0, &model));
  if (model != NULL) exit(1);

  TRY(lrs_model_open(path, &closed));
  TRY(lrs_model_close(closed));
  TRY(lrs_model_open(path, &model));
  lrs_training *training = NULL;
  TRY(lrs_training_open(NULL, 0, NULL, &training));
  lrs_model *const none[] = {NULL, closed, wild, (lrs_model *)training};
  for (int index = 0; index < 4; ++index) {
    lrs_model *bad = none[index];
    REFUSED(LRS_USAGE, lrs_model_close(bad));
    REFUSED(LRS_USAGE, lrs_model_loss(bad, &name));
    REFUSED(LRS_USAGE, lrs_model_output_count(bad, &number));
    REFUSED(LRS_USAGE, lrs_model_class_count(bad, &number));
    REFUSED(LRS_USAGE, lrs_model_class_name(bad, 0, &text));
    REFUSED(LRS_USAGE, lrs_model_column_count(bad, &number));
    REFUSED(LRS_USAGE, lrs_model_column_name(bad, 0, &text));
    REFUSED(LRS_USAGE, lrs_model_describe(bad, &text));
    REFUSED(LRS_USAGE, lrs_model_score_rows(bad, bytes, length, 1, out, out, &rows, NULL));
    REFUSED(LRS_USAGE, lrs_model_score_columns(bad, &text, NULL, 0, 0, out, out, NULL));
    REFUSED(LRS_USAGE, lrs_model_explain_rows(bad, bytes, length, 1, print_part, &number));
    REFUSED(LRS_USAGE, lrs_model_explain_columns(bad, &text, NULL, 0, 0, 1, print_part, &number));
    REFUSED(LRS_USAGE, lrs_model_evaluate_rows(bad, bytes, length, print_text, NULL));
    REFUSED(LRS_USAGE, lrs_model_describe_weights(bad, 1, print_text, NULL));
  }
  REFUSED(LRS_USAGE, lrs_model_loss(model, NULL));
  REFUSED(LRS_USAGE, lrs_model_output_count(model, NULL));
  REFUSED(LRS_USAGE, lrs_model_class_count(model, NULL));
  REFUSED(LRS_USAGE, lrs_model_class_name(model, 0, NULL));
  REFUSED(LRS_USAGE, lrs_model_class_name(model, 2, &text));
  REFUSED(LRS_USAGE, lrs_model_class_name(model, huge, &text));
  REFUSED(LRS_USAGE, lrs_model_column_count(model, NULL));
  REFUSED(LRS_USAGE, lrs_model_column_name(model, 0, NULL));
  REFUSED(LRS_USAGE, lrs_model_column_name(model, 1000, &text));
  REFUSED(LRS_USAGE, lrs_model_describe(model, NULL));
  REFUSED(LRS_USAGE, lrs_model_score_rows(model, NULL, 9, 1, out, out, &rows, NULL));
  REFUSED(LRS_USAGE, lrs_model_score_rows(model, bytes, huge, 1, out, out, &rows, NULL));
  REFUSED(LRS_USAGE, lrs_model_score_rows(model, bytes, length, huge, out, out, &rows, NULL));
  REFUSED(LRS_USAGE, lrs_model_score_rows(model, bytes, length, 1, out, out, NULL, NULL));
  REFUSED(LRS_USAGE, lrs_model_score_rows(model, "wrong\n1\n", 8, 1, out, out, &rows, NULL));
  const lrs_text names[] = {{"wrong", 5}}, long_names[] = {{"wrong", huge}};
  const lrs_text cells[] = {{"1", 1}}, long_cells[] = {{"1", huge}};
  const lrs_text *table[] = {cells}, *empty[] = {NULL}, *long_table[] = {long_cells};
  REFUSED(LRS_USAGE, lrs_model_score_columns(model, nothing, table, 1, 1, out, out, NULL));
  REFUSED(LRS_USAGE, lrs_model_score_columns(model, names, NULL, 1, 1, out, out, NULL));
  REFUSED(LRS_USAGE, lrs_model_score_columns(model, names, empty, 1, 1, out, out, NULL));
  REFUSED(LRS_USAGE, lrs_model_score_columns(model, names, table, huge, 1, out, out, NULL));
  REFUSED(LRS_USAGE, lrs_model_score_columns(model, names, table, 1, huge, out, out, NULL));
  REFUSED(LRS_USAGE, lrs_model_score_columns(model, long_names, table, 1, 1, out, out, NULL));
  REFUSED(LRS_USAGE, lrs_model_score_columns(model, names, long_table, 1, 1, out, out, NULL));
  REFUSED(LRS_USAGE, lrs_model_score_columns(model, names, table, 1, 1, out, out, NULL));
  REFUSED(LRS_USAGE, lrs_model_explain_rows(model, bytes, length, 0, print_part, &number));
  REFUSED(LRS_USAGE, lrs_model_explain_rows(model, bytes, length, huge, print_part, &number));
  REFUSED(LRS_USAGE, lrs_model_explain_rows(model, bytes, length, 1, NULL, &number));
  REFUSED(LRS_USAGE, lrs_model_explain_rows(model, NULL, 1, 1, print_part, &number));
  REFUSED(LRS_USAGE, lrs_model_explain_columns(model, names, table, 1, 1, 0, print_part, &number));
  REFUSED(LRS_USAGE, lrs_model_explain_columns(model, names, table, 1, 1, 1, NULL, &number));
  REFUSED(LRS_USAGE, lrs_model_evaluate_rows(model, bytes, length, NULL, NULL));
  REFUSED(LRS_USAGE, lrs_model_evaluate_rows(model, NULL, 1, print_text, NULL));
  REFUSED(LRS_USAGE, lrs_model_describe_weights(model, 1, NULL, NULL));
  REFUSED(LRS_USAGE, lrs_model_describe_weights(model, 0, print_text, NULL));

  lrs_training *no_training = NULL, *closed_training = NULL;
  REFUSED(LRS_USAGE, lrs_training_open(NULL, 4, NULL, &no_training));
  REFUSED(LRS_USAGE, lrs_training_open("x", huge, NULL, &no_training));
  REFUSED(LRS_USAGE, lrs_training_open("", 0, "", &no_training));
  REFUSED(LRS_USAGE, lrs_training_open("", 0, NULL, NULL));
  REFUSED(LRS_USAGE, lrs_training_open("lable: x", 8, NULL, &no_training));
  REFUSED(LRS_USAGE, lrs_training_open("model: x", 8, NULL, &no_training));
  REFUSED(LRS_USAGE, lrs_training_open("bits: many", 10, NULL, &no_training));
  REFUSED(LRS_USAGE, lrs_training_open("[", 1, NULL, &no_training));
  TRY(lrs_training_open(NULL, 0, NULL, &closed_training));
  TRY(lrs_training_close(closed_training));
  lrs_training *const gone[] = {NULL, closed_training, (lrs_training *)model, (lrs_training *)wild};
  for (int index = 0; index < 4; ++index) {
    lrs_training *bad = gone[index];
    REFUSED(LRS_USAGE, lrs_training_on_progress(bad, print_text, NULL));
    REFUSED(LRS_USAGE, lrs_training_on_notice(bad, print_text, NULL));
    REFUSED(LRS_USAGE, lrs_training_add_path(bad, "x"));
    REFUSED(LRS_USAGE, lrs_training_feed(bad, "x", 1));
    REFUSED(LRS_USAGE, lrs_training_end_input(bad));
    REFUSED(LRS_USAGE, lrs_training_wait(bad, 0, &flag));
    REFUSED(LRS_USAGE, lrs_training_finish(bad));
    REFUSED(LRS_USAGE, lrs_training_summary(bad, &text));
    REFUSED(LRS_USAGE, lrs_training_model(bad, &text));
    REFUSED(LRS_USAGE, lrs_training_cancel(bad));
    REFUSED(LRS_USAGE, lrs_training_close(bad));
  }
  REFUSED(LRS_USAGE, lrs_training_on_progress(training, NULL, NULL));
  REFUSED(LRS_USAGE, lrs_training_on_notice(training, NULL, NULL));
  REFUSED(LRS_USAGE, lrs_training_add_path(training, NULL));
  REFUSED(LRS_USAGE, lrs_training_add_path(training, "-"));
  REFUSED(LRS_USAGE, lrs_training_wait(training, 0, &flag));
  REFUSED(LRS_USAGE, lrs_training_wait(training, 0, NULL));
  REFUSED(LRS_USAGE, lrs_training_summary(training, NULL));
  REFUSED(LRS_USAGE, lrs_training_model(training, NULL));
  REFUSED(LRS_USAGE, lrs_training_summary(training, &text));
  REFUSED(LRS_USAGE, lrs_training_model(training, &text));
  REFUSED(LRS_USAGE, lrs_training_feed(training, NULL, 4));
  REFUSED(LRS_USAGE, lrs_training_feed(training, "x", huge));
  TRY(lrs_training_feed(training, "label,a\n", 8));
  REFUSED(LRS_USAGE, lrs_training_on_progress(training, print_text, NULL));
  REFUSED(LRS_USAGE, lrs_training_on_notice(training, print_text, NULL));
  REFUSED(LRS_USAGE, lrs_training_add_path(training, "x"));
  TRY(lrs_training_wait(training, 0, &flag));
  if (flag != 0) exit(1);
  /* No rows. */
  REFUSED(LRS_BAD_DATA, lrs_training_finish(training));
  REFUSED(LRS_USAGE, lrs_training_feed(training, "x", 1));
  REFUSED(LRS_BAD_DATA, lrs_training_model(training, &text));
  TRY(lrs_training_close(training));
  TRY(lrs_training_open(NULL, 0, NULL, &training));
  TRY(lrs_training_add_path(training, "no/such/file"));
  REFUSED(LRS_USAGE, lrs_training_feed(training, "x", 1));
  REFUSED(LRS_MISSING_INPUT, lrs_training_finish(training));
  TRY(lrs_training_close(training));
  TRY(lrs_model_close(model));
  free(bytes);
}

int main(int count, char **words) {
  const char *command = count > 1 ? words[1] : "";
  if (strcmp(command, "score") == 0) score(words[2], words[3]);
  else if (strcmp(command, "explain") == 0) explain(words[2], words[3], (size_t)atoi(words[4]));
  else if (strcmp(command, "evaluate") == 0) evaluate(words[2], words[3]);
  else if (strcmp(command, "describe") == 0) describe(words[2]);
  else if (strcmp(command, "columns") == 0) columns(words[2], words[3]);
  else if (strcmp(command, "train") == 0)
    train(words[2], words[3], (size_t)atol(words[4]), words + 5, count - 5);
  else if (strcmp(command, "cancel") == 0) cancel(words[2], words[3]);
  else if (strcmp(command, "threads") == 0) threads(words[2], words[3]);
  else if (strcmp(command, "misuse") == 0) misuse(words[2], words[3]);
  else return 2;
  return 0;
}
