/* batches.c -- batches prepared ahead. A thread fills two slots in turn while the caller's program runs, so that the
 * conversion of bytes and the gathering of shuffled rows take no time of a training step. The thread starts with the
 * first batch, and touches nothing but the dataset: graphs and devices belong to the caller's thread.
 *
 * Both sides count positions the same way, so that a change of batch size, order or padding just empties the slots and
 * lets the thread begin again where the caller stands. */
#include "base/philox.h"
#include "base/shape.h"
#include "data/dataset.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

void weft_batches_init(weft_batches *b) {
  pthread_mutex_init(&b->mutex, NULL);
  pthread_cond_init(&b->changed, NULL);
}

void weft_batches_end(weft_batches *b) {
  if (b->started) {
    pthread_mutex_lock(&b->mutex);
    b->stop = 1;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->mutex);
    pthread_join(b->thread, NULL);
  }
  for (int i = 0; i < 2; i++) {
    free(b->slots[i].samples);
    free(b->slots[i].targets);
  }
  free(b->order);
  pthread_cond_destroy(&b->changed);
  pthread_mutex_destroy(&b->mutex);
}

/* ---- the thread's side ---- */

/* Rows of the batch that begins at a sample: the whole batch, the rest where it is to be padded, or 0 at the end. */
static int64_t rows_at(const weft_dataset *dataset, int64_t sample) {
  const weft_batches *b = &dataset->batches;
  int64_t left = dataset->count - sample;
  return left >= b->batch ? b->batch : b->pad ? left : 0;
}

/* Fisher and Yates' shuffle (Durstenfeld's form). A 32-bit word scaled to 0 .. i by its high part favours some places
 * by less than i / 2^32. */
static void shuffle(weft_dataset *dataset, uint64_t epoch) {
  weft_batches *b = &dataset->batches;
  for (int64_t i = 0; i < dataset->count; i++) b->order[i] = (uint32_t)i;
  for (int64_t i = dataset->count - 1; i > 0; i--) {
    uint32_t word = weft_philox_word(b->seed, (uint32_t)epoch, (uint64_t)i);
    int64_t j = (int64_t)((uint64_t)word * (uint64_t)(i + 1) >> 32);
    uint32_t kept = b->order[i];
    b->order[i] = b->order[j];
    b->order[j] = kept;
  }
}

/* Zeros behind the valid rows; -1, which is no class, for whole numbers. */
static void pad_rows(const weft_column *column, int64_t valid, int64_t batch, int is_target, unsigned char *out) {
  size_t row = weft_column_bytes(column);
  memset(out + (size_t)valid * row, is_target && column->dtype == WEFT_I32 ? 0xff : 0, (size_t)(batch - valid) * row);
}

static void fill(weft_dataset *dataset, weft_slot *slot, weft_position at) {
  weft_batches *b = &dataset->batches;
  if (b->shuffled && (!b->order_known || b->order_epoch != at.epoch)) {
    shuffle(dataset, at.epoch);
    b->order_epoch = at.epoch;
    b->order_known = 1;
  }
  const uint32_t *order = b->shuffled ? b->order + at.sample : NULL;
  slot->valid = rows_at(dataset, at.sample);
  weft_column_copy(&dataset->samples, order, at.sample, slot->valid, slot->samples);
  weft_column_copy(&dataset->targets, order, at.sample, slot->valid, slot->targets);
  pad_rows(&dataset->samples, slot->valid, b->batch, 0, slot->samples);
  pad_rows(&dataset->targets, slot->valid, b->batch, 1, slot->targets);
}

static void *prepare(void *argument) {
  weft_dataset *dataset = argument;
  weft_batches *b = &dataset->batches;
  pthread_mutex_lock(&b->mutex);
  while (!b->stop) {
    weft_slot *slot = &b->slots[b->fill];
    if (!b->batch || slot->ready) {
      pthread_cond_wait(&b->changed, &b->mutex);
      continue;
    }
    if (!rows_at(dataset, b->filled.sample)) b->filled = (weft_position){b->filled.epoch + 1, 0};
    b->filling = 1;
    pthread_mutex_unlock(&b->mutex);
    fill(dataset, slot, b->filled);
    pthread_mutex_lock(&b->mutex);
    b->filling = 0;
    slot->ready = 1;
    b->filled.sample += b->batch;
    if (b->filled.sample > dataset->count) b->filled.sample = dataset->count;
    b->fill = !b->fill;
    pthread_cond_broadcast(&b->changed);
  }
  pthread_mutex_unlock(&b->mutex);
  return NULL;
}

/* ---- the caller's side ---- */

/* Locks with the thread at rest and the slots empty; unlocking lets it begin again at `taken`. */
static void pause_thread(weft_batches *b) {
  pthread_mutex_lock(&b->mutex);
  while (b->filling) pthread_cond_wait(&b->changed, &b->mutex);
  b->slots[0].ready = b->slots[1].ready = 0;
  b->take = b->fill = 0;
}

static void resume_thread(weft_batches *b) {
  b->filled = b->taken;
  pthread_cond_broadcast(&b->changed);
  pthread_mutex_unlock(&b->mutex);
}

void weft_dataset_rewind(weft_dataset *dataset) {
  if (!dataset) return;
  weft_batches *b = &dataset->batches;
  pause_thread(b);
  b->taken = (weft_position){0, 0};
  resume_thread(b);
}

void weft_dataset_pad(weft_dataset *dataset, int pad) {
  if (!dataset) return;
  weft_batches *b = &dataset->batches;
  pause_thread(b);
  b->pad = pad != 0;
  b->taken = (weft_position){0, 0};
  resume_thread(b);
}

void weft_dataset_shuffle(weft_dataset *dataset, uint64_t seed) {
  if (!dataset || dataset->error.status != WEFT_OK) return;
  weft_batches *b = &dataset->batches;
  pause_thread(b);
  if (!b->order) b->order = malloc((size_t)dataset->count * sizeof *b->order);
  if (!b->order) weft_fail(&dataset->error, WEFT_NO_MEMORY, "dataset: no memory to shuffle");
  b->shuffled = b->order != NULL;
  b->seed = seed;
  b->order_known = 0;
  b->taken = (weft_position){0, 0};
  resume_thread(b);
}

int64_t weft_dataset_valid(const weft_dataset *dataset) { return dataset ? dataset->batches.valid : 0; }

static int start_thread(weft_dataset *dataset) {
  weft_batches *b = &dataset->batches;
  if (b->started) return 1;
  /* The program's signals are for its own threads. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  b->started = pthread_create(&b->thread, NULL, prepare, dataset) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (!b->started) weft_fail(&dataset->error, WEFT_NO_MEMORY, "dataset: cannot start its thread");
  return b->started;
}

/* Slots for another batch size. */
static int set_batch(weft_dataset *dataset, int64_t batch) {
  weft_batches *b = &dataset->batches;
  size_t sample = weft_column_bytes(&dataset->samples), target = weft_column_bytes(&dataset->targets);
  int good = (uint64_t)batch <= PTRDIFF_MAX / sample && (uint64_t)batch <= PTRDIFF_MAX / target;
  pause_thread(b);
  b->batch = 0;
  for (int i = 0; i < 2 && good; i++) {
    unsigned char *samples = realloc(b->slots[i].samples, (size_t)batch * sample);
    if (samples) b->slots[i].samples = samples;
    unsigned char *targets = realloc(b->slots[i].targets, (size_t)batch * target);
    if (targets) b->slots[i].targets = targets;
    good = samples && targets;
  }
  if (good) b->batch = batch;
  resume_thread(b);
  if (!good) weft_fail(&dataset->error, WEFT_NO_MEMORY, "dataset: no memory for batches of %lld", (long long)batch);
  return good;
}

/* Whether an input fits a column: (batch, ...) with one row's elements behind the batch. */
static int fits(weft_dataset *dataset, const weft_column *column, const weft_tensor *tensor, const char *what) {
  char have[96], want[96];
  weft_shape shape = weft_tensor_shape(tensor);
  const char *name = weft_tensor_name(tensor);
  if (weft_tensor_dtype(tensor) != column->dtype) {
    weft_fail(&dataset->error, WEFT_BAD_DTYPE, "dataset: %s is %s, the %s are %s", name,
              weft_dtype_name(weft_tensor_dtype(tensor)), what, weft_dtype_name(column->dtype));
    return 0;
  }
  if (shape.rank >= 1 && weft_shape_size(shape) / shape.dims[0] == column->elements) return 1;
  weft_fail(&dataset->error, WEFT_BAD_SHAPE, "dataset: %s %s does not hold a batch of %s of shape %s", name,
            weft_shape_text(shape, have, sizeof have), what, weft_shape_text(column->shape, want, sizeof want));
  return 0;
}

static int check(weft_dataset *dataset, const weft_tensor *x, const weft_tensor *t) {
  if (!x || !t) {
    weft_fail(&dataset->error, WEFT_BAD_ARGUMENT, "dataset: a tensor is NULL");
    return 0;
  }
  if (!fits(dataset, &dataset->samples, x, "samples") || !fits(dataset, &dataset->targets, t, "targets")) return 0;
  int64_t batch = weft_tensor_shape(x).dims[0], targets = weft_tensor_shape(t).dims[0];
  if (batch != targets) {
    weft_fail(&dataset->error, WEFT_BAD_SHAPE, "dataset: %s has a batch of %lld, %s of %lld", weft_tensor_name(x),
              (long long)batch, weft_tensor_name(t), (long long)targets);
    return 0;
  }
  if (batch > dataset->count && !dataset->batches.pad) {
    weft_fail(&dataset->error, WEFT_BAD_SHAPE, "dataset: %lld samples do not fill a batch of %lld",
              (long long)dataset->count, (long long)batch);
    return 0;
  }
  return batch == dataset->batches.batch || set_batch(dataset, batch);
}

/* Writes a slot's rows; the thread keeps off a ready slot. */
static int write_slot(weft_dataset *dataset, const weft_slot *slot, weft_tensor *x, weft_tensor *t) {
  size_t batch = (size_t)dataset->batches.batch;
  weft_status status = weft_write(x, slot->samples, batch * weft_column_bytes(&dataset->samples));
  if (status == WEFT_OK) status = weft_write(t, slot->targets, batch * weft_column_bytes(&dataset->targets));
  if (status == WEFT_OK) return 1;
  const char *message = weft_graph_message(weft_tensor_graph(x));
  weft_fail(&dataset->error, status, "%s", *message ? message : weft_graph_message(weft_tensor_graph(t)));
  return 0;
}

static int next(weft_dataset *dataset, weft_tensor *x, weft_tensor *t) {
  weft_batches *b = &dataset->batches;
  if (!check(dataset, x, t)) return 0;
  if (!rows_at(dataset, b->taken.sample)) {
    b->taken = (weft_position){b->taken.epoch + 1, 0};
    return 0;
  }
  if (!start_thread(dataset)) return 0;
  weft_slot *slot = &b->slots[b->take];
  pthread_mutex_lock(&b->mutex);
  while (!slot->ready) pthread_cond_wait(&b->changed, &b->mutex);
  pthread_mutex_unlock(&b->mutex);
  if (!write_slot(dataset, slot, x, t)) return 0;
  pthread_mutex_lock(&b->mutex);
  b->valid = slot->valid;
  b->taken.sample += b->batch;
  if (b->taken.sample > dataset->count) b->taken.sample = dataset->count;
  b->take = !b->take;
  slot->ready = 0;
  pthread_cond_broadcast(&b->changed);
  pthread_mutex_unlock(&b->mutex);
  return 1;
}

int weft_dataset_next(weft_dataset *dataset, weft_tensor *x, weft_tensor *t) {
  if (!dataset) {
    if (x) weft_graph_report(weft_tensor_graph(x), WEFT_NO_MEMORY, "dataset: out of memory");
    return 0;
  }
  if (dataset->error.status == WEFT_OK && next(dataset, x, t)) return 1;
  if (dataset->error.status != WEFT_OK && x)
    weft_graph_report(weft_tensor_graph(x), dataset->error.status, dataset->error.message);
  return 0;
}
