/* dataset.h -- what a dataset holds, and the thread that prepares its batches. */
#ifndef WEFT_DATA_DATASET_H
#define WEFT_DATA_DATASET_H
#include "base/error.h"
#include <pthread.h>
#include <weft/data.h>

/* One side of the data, samples or targets: count rows of `elements` each. */
typedef struct weft_column {
  weft_dtype dtype;    /* of the tensors it is written to */
  weft_shape shape;    /* of one row */
  int64_t elements;    /* of one row */
  int from_bytes;      /* rows are stored as bytes b and mean b / 255 (f32) or b (i32): a quarter of the memory */
  unsigned char *data; /* malloc'ed */
} weft_column;

/* A batch being prepared (ready 0) or waiting to be taken (ready 1). */
typedef struct weft_slot {
  unsigned char *samples, *targets; /* malloc'ed: batch rows each */
  int64_t valid;
  int ready;
} weft_slot;

/* Where in the data a batch begins. */
typedef struct weft_position {
  uint64_t epoch;
  int64_t sample;
} weft_position;

/* Everything here is guarded by the mutex, save that the thread fills a slot without it while `filling` is set. */
typedef struct weft_batches {
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int started, stop, filling;
  int shuffled, pad;
  uint64_t seed;
  int64_t batch; /* rows of a batch; 0 before the first */
  weft_slot slots[2];
  int take, fill; /* the slot to be taken and the one to be filled next */
  weft_position taken, filled;
  uint32_t *order; /* malloc'ed: the order of the epoch being filled; used by the thread alone */
  uint64_t order_epoch;
  int order_known;
  int64_t valid; /* of the batch last taken */
} weft_batches;

struct weft_dataset {
  weft_error error;
  int64_t count;
  weft_column samples, targets;
  int classes;
  weft_batches batches;
};

/* Copies rows of a column into out: row i is the column's row order[i], or first + i where order is NULL. */
void weft_column_copy(const weft_column *column, const uint32_t *order, int64_t first, int64_t count, void *out);
size_t weft_column_bytes(const weft_column *column); /* of one row in a tensor */

/* batches.c */
void weft_batches_init(weft_batches *batches);
void weft_batches_end(weft_batches *batches);
#endif
