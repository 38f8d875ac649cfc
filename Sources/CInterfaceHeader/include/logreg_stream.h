/*
 * logreg-stream in C: score rows with a model, and train one, inside another program.
 *
 * Every function but those of the first group returns an error code: 0, or the exit code that the
 * program would end with. What went wrong and what to do about it then stand in
 * lrs_error_message() and lrs_error_cure(), for the calling thread. What a function gives through
 * pointers is set only when it returns 0, unless it says otherwise.
 *
 * A bad argument (NULL where something is needed, a handle that was closed, a length that cannot be)
 * is LRS_USAGE, never a crash. A pointer to too little memory cannot be noticed.
 *
 * Threads: any number may use a model at once, and all functions may be called from any thread. One
 * thread feeds a training; the others may ask it for its state or cancel it. Closing a handle that
 * another thread uses is safe for that call, but what it gave through pointers ends with the handle.
 *
 * No function installs a signal handler, writes to a standard stream, or calls exit().
 */
#ifndef LOGREG_STREAM_H
#define LOGREG_STREAM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes when a function of this header does. */
#define LRS_INTERFACE_VERSION 1

/* Error codes: the exit codes of the program. */
enum {
  LRS_OK = 0,
  LRS_USAGE = 64,         /* a bad argument, an impossible option, a missing column */
  LRS_BAD_DATA = 65,      /* damaged input, a bad row beyond the budget, a damaged model */
  LRS_MISSING_INPUT = 66, /* a file is missing or unreadable */
  LRS_BUG = 70,           /* a bug of ours */
  LRS_CANNOT_CREATE = 73, /* an output cannot be created */
  LRS_INPUT_OUTPUT = 74,  /* reading or writing failed; the old output is intact */
  LRS_LOCKED = 75,        /* somebody else holds the checkpoint directory */
  LRS_CANCELLED = 130     /* lrs_training_cancel() was called */
};

typedef struct lrs_model lrs_model;
typedef struct lrs_training lrs_training;

/* Bytes that are not ended by a NUL. */
typedef struct lrs_text {
  const char *bytes;
  size_t length;
} lrs_text;

/* Takes a text, which is valid during the call. */
typedef void (*lrs_text_handler)(void *context, const char *text, size_t length);

/* Takes a feature that moves the margin of a row, and by how much; the name is valid during the call. */
typedef void (*lrs_contribution_handler)(
    void *context, size_t row, const char *feature, size_t length, double contribution);

/* --- About the library, and about the last error ------------------------------------------------ */

/* The version of the program whose models this library reads and writes, such as "0.1.0". */
const char *lrs_version(void);

/* LRS_INTERFACE_VERSION of the library, which may be another one than that of this header. */
int lrs_interface_version(void);

/* What went wrong in the last call of this thread that failed; never NULL. Valid until the next call
 * of this thread. At most 4095 bytes, UTF-8. */
const char *lrs_error_message(void);

/* What to do about it; empty when there is nothing to say. */
const char *lrs_error_cure(void);

/* --- Models --------------------------------------------------------------------------------------- */

/* Opens a model that a file holds. */
int lrs_model_open(const char *path, lrs_model **model);

/* Opens a model from the bytes of such a file; they are not needed afterwards. */
int lrs_model_open_memory(const void *bytes, size_t length, lrs_model **model);

/* Ends a model. */
int lrs_model_close(lrs_model *model);

/* What follows about a model is valid until it is closed. */

/* "logistic", "probit", "softmax" or "squared". */
int lrs_model_loss(const lrs_model *model, const char **name);

/* Margins of a row, and probabilities: 1, or the number of classes for softmax. */
int lrs_model_output_count(const lrs_model *model, size_t *count);

/* Classes: 2 (the negative one first), the number of classes for softmax, or 0 where labels are
 * numbers. */
int lrs_model_class_count(const lrs_model *model, size_t *count);
int lrs_model_class_name(const lrs_model *model, size_t index, lrs_text *name);

/* Columns of the first training file, label and weight among them; 0 where rows name their own
 * features (LibSVM, VW). */
int lrs_model_column_count(const lrs_model *model, size_t *count);
int lrs_model_column_name(const lrs_model *model, size_t index, lrs_text *name);

/* What the model is, as JSON: what `inspect --json` says. */
int lrs_model_describe(const lrs_model *model, lrs_text *json);

/* Calls `handler` once with the same and the largest weights, at most so many: what
 * `inspect --json --top N` says. */
int lrs_model_describe_weights(
    const lrs_model *model, size_t most, lrs_text_handler handler, void *context);

/* Scores rows as a file holds them: CSV (with the header line, where the model was trained with one),
 * LibSVM or VW text, plain or gzip. They are read as `predict` reads them.
 *
 * margins and probabilities have room for `capacity` rows of as many numbers as the model has outputs;
 * either may be NULL. A row that cannot be read has NaN, and counts in *bad_rows, which may be NULL.
 * *rows is set to the number of rows also when there are more than `capacity`, which is LRS_USAGE; then
 * nothing is written to the arrays. */
int lrs_model_score_rows(
    const lrs_model *model, const void *bytes, size_t length, size_t capacity, double *margins,
    double *probabilities, size_t *rows, size_t *bad_rows);

/* Scores rows of named columns: the cell of row r and column c is cells[c][r], the text that would
 * stand in the CSV file, with bytes NULL where a value is missing. Columns may come in any order; those
 * that the model does not use are ignored. margins and probabilities have room for `rows` rows. */
int lrs_model_score_columns(
    const lrs_model *model, const lrs_text *names, const lrs_text *const *cells, size_t columns,
    size_t rows, double *margins, double *probabilities, size_t *bad_rows);

/* Calls `handler` with the `most` features that move the margin of each row most, by falling size:
 * weight times value, before prior shift and calibrator; for softmax, of the likeliest class. */
int lrs_model_explain_rows(
    const lrs_model *model, const void *bytes, size_t length, size_t most,
    lrs_contribution_handler handler, void *context);
int lrs_model_explain_columns(
    const lrs_model *model, const lrs_text *names, const lrs_text *const *cells, size_t columns,
    size_t rows, size_t most, lrs_contribution_handler handler, void *context);

/* Holds predictions against the labels of rows, and calls `handler` once with the figures as JSON:
 * what `evaluate --json` says. */
int lrs_model_evaluate_rows(
    const lrs_model *model, const void *bytes, size_t length, lrs_text_handler handler,
    void *context);

/* --- Training ------------------------------------------------------------------------------------- */

/* Makes a training that has not begun.
 *
 * `config` is YAML whose keys are the long options of `train`, as in its --config:
 *     label: clicked
 *     checkpoint: state
 * It may be empty. The model goes to the file model_path, or to memory when that is NULL. */
int lrs_training_open(
    const void *config, size_t length, const char *model_path, lrs_training **training);

/* Before the training begins. `handler` is called with a JSON object, about once a second, on a thread
 * of the training, which waits for it. It may call lrs_training_cancel(); calls that would wait for the
 * training are LRS_USAGE there. */
int lrs_training_on_progress(lrs_training *training, lrs_text_handler handler, void *context);

/* Before the training begins. `handler` is called with each warning and notice, by one thread at a
 * time. */
int lrs_training_on_notice(lrs_training *training, lrs_text_handler handler, void *context);

/* Before the training begins: names the next input file. */
int lrs_training_add_path(lrs_training *training, const char *path);

/* Gives the next bytes of the one input, plain or gzip; they may end anywhere. The first call begins the
 * training. Waits while the training is behind. Not together with lrs_training_add_path(). */
int lrs_training_feed(lrs_training *training, const void *bytes, size_t length);

/* Says that the input is complete; a training of files begins now. Does not wait. */
int lrs_training_end_input(lrs_training *training);

/* Waits at most so many milliseconds (negative: for ever), and sets *has_ended to 1 or 0. */
int lrs_training_wait(lrs_training *training, int milliseconds, int *has_ended);

/* Says that the input is complete, waits for the end, and returns how the training ended: 0 when the
 * model stands under its name or in memory. LRS_CANCELLED with a checkpoint directory: the same training
 * goes on from there. Can be called again. */
int lrs_training_finish(lrs_training *training);

/* The final figures, as `train --json` says them, and the model in memory; after lrs_training_finish()
 * returned 0. Valid until the training is closed. */
int lrs_training_summary(lrs_training *training, lrs_text *json);
int lrs_training_model(lrs_training *training, lrs_text *model);

/* The training ends soon: after a checkpoint where there is a directory for one. Does not wait. */
int lrs_training_cancel(lrs_training *training);

/* Cancels what has not ended, waits for its end, and frees the training. */
int lrs_training_close(lrs_training *training);

#ifdef __cplusplus
}
#endif

#endif
