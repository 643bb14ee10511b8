/* rounds.c -- runs of one recording as rounds of one launch. On a CPU a launch costs what a small training step takes:
 * its threads go to sleep at the end and are woken again. A joined kernel (kernels/join_cpu.cl) therefore goes on as
 * long as the host asks for more, by a word in memory that both see while it runs: twice the rounds asked for, plus one
 * when the kernel closed it, which it does when it finds nothing more to do. A run whose launch is closed is a new
 * launch, so none is ever held back, and with anything enqueued in between it is one too, so the order is the queue's.
 *
 * Writes to the launch's buffers, as of a batch between two runs, are no commands of their own: they are held, their
 * data in a ring in memory that kernels see, until the next run, whose round begins by copying them. Anything else that
 * the device is asked for first enqueues what is held as the writes that they are.
 *
 * That a kernel and the host see each other's writes while it runs is more than OpenCL 1.2 promises: it holds where
 * both are the same processors. So nothing is added or held before a kernel was seen to write into the host's memory by
 * itself; until then, and wherever that never happens, every launch has one round. */
#include "device/opencl/opencl.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
#define ROUNDS(name, value) name = value,
#include "device/opencl/rounds.def"
#undef ROUNDS
};
_Static_assert(SLOT >= FEEDS + WEFT_CL_MOST_ROUNDS * FEED && FEED >= COPIES + WEFT_CL_MOST_COPIES * COPY, "overlap");

/* Launches on their way at once that take rounds, and slot 0, for those that take none. */
enum { PAGE = 4096, SLOTS = 16, BYTES = (SLOTS * SLOT * 4 + PAGE - 1) / PAGE * PAGE };
enum { CLOSED = 1, ROUND = 2 };
/* Of the ring, and of the writes before a round at most. */
static const size_t arena_bytes = (size_t)8 << 20, most_held = (size_t)2 << 20;

/* Memory that kernels see too, at a page's begin, so that no driver for CPUs has a reason to keep a copy; NULL, and it
 * is freed: it cannot be had. */
static void *shared(const weft_cl_state *state, void *memory, size_t bytes, cl_mem *out) {
  cl_int code;
  if (!memory) return NULL;
  *out = state->cl->clCreateBuffer(state->context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes, memory, &code);
  if (*out) return memory;
  free(memory);
  return NULL;
}

static int32_t *new_words(void) {
  int32_t *words = aligned_alloc(PAGE, BYTES);
  if (!words) return NULL;
  memset(words, 0, BYTES);
  words[0] = ROUND | CLOSED;
  return words;
}

int weft_cl_rounds_open(weft_cl_state *state) {
  weft_cl_rounds *r = &state->rounds;
  if (!r->words) r->words = shared(state, new_words(), BYTES, &r->memory);
  if (!r->arena) r->arena = shared(state, aligned_alloc(PAGE, arena_bytes), arena_bytes, &r->arena_memory);
  return r->words && r->arena;
}

void weft_cl_rounds_close(weft_cl_state *state) {
  weft_cl_rounds *r = &state->rounds;
  if (r->words) state->cl->clReleaseMemObject(r->memory);
  if (r->arena) state->cl->clReleaseMemObject(r->arena_memory);
  free((void *)r->words);
  free(r->arena);
}

/* ---- rounds ---- */

/* Until a kernel is seen to write, the first slot is given once, and its word is the one to look at. */
static int free_slot(weft_cl_rounds *r) {
  int slot = 1;
  if (!r->is_shared) r->is_shared = r->is_used && atomic_load(&r->words[SLOT]) != ROUND;
  r->is_used = 1;
  while (slot < SLOTS && atomic_load(&r->words[slot * SLOT]) != 0) slot++;
  return slot < SLOTS ? slot : 0;
}

/* What is held becomes the feed of a round that is about to be asked for. */
static void feed(weft_cl_rounds *r, int round) {
  _Atomic int32_t *words = &r->words[r->slot * SLOT + FEEDS + round * FEED];
  int pieces = 0;
  for (int i = 0; i < r->n_held; i++) {
    const weft_cl_held *c = &r->held[i];
    const int32_t numbers[COPY] = {(int32_t)(c->at % arena_bytes / 16), c->number, (int32_t)(c->offset / 16),
                                   (int32_t)(c->size / 4)};
    for (int k = 0; k < COPY; k++)
      atomic_store_explicit(&words[COPIES + i * COPY + k], numbers[k], memory_order_relaxed);
    pieces += (numbers[3] + PIECE - 1) / PIECE;
  }
  atomic_store_explicit(&words[0], pieces, memory_order_relaxed);
  if (!r->n_held) return;
  atomic_store_explicit(&words[1], (int32_t)++r->number, memory_order_relaxed);
  r->fed[r->n_fed].number = r->number;
  r->fed[r->n_fed++].end = r->head;
}

weft_status weft_cl_rounds_begin(weft_device *device, const weft_recording *recording, cl_kernel kernel, cl_int *told) {
  weft_cl_rounds *r = &weft_cl(device)->rounds;
  int slot = recording ? free_slot(r) : 0;
  weft_status status = slot ? WEFT_OK : weft_cl_rounds_release(device);
  if (status != WEFT_OK) return status;
  r->last = r->recent = recording;
  r->slot = slot;
  r->count = 1;
  if (slot) {
    feed(r, 0);
    r->n_held = 0;
    atomic_store(&r->words[slot * SLOT], ROUND);
  }
  if (*told == slot) return WEFT_OK;
  *told = slot;
  status = weft_cl_check(device, "clSetKernelArg", weft_cl(device)->cl->clSetKernelArg(kernel, 3, sizeof *told, told));
  if (status == WEFT_OK) return WEFT_OK;
  *told = -1;
  weft_cl_rounds_cancel(weft_cl(device));
  return status;
}

void weft_cl_rounds_cancel(weft_cl_state *state) {
  weft_cl_rounds *r = &state->rounds;
  if (r->last && r->slot) {
    _Atomic int32_t *words = &r->words[r->slot * SLOT];
    if (atomic_load(&words[FEEDS]) > 0) r->n_fed--;
    atomic_store(words, 0);
  }
  r->last = NULL;
}

int weft_cl_rounds_add(weft_cl_state *state, const weft_recording *recording) {
  weft_cl_rounds *r = &state->rounds;
  if (r->last != recording || !r->is_shared || !r->slot || r->count == WEFT_CL_MOST_ROUNDS) return 0;
  const uint32_t number = r->number;
  const int n_fed = r->n_fed;
  int32_t open = r->count * ROUND;
  feed(r, r->count);
  if (!atomic_compare_exchange_strong(&r->words[r->slot * SLOT], &open, open + ROUND)) {
    r->n_fed = n_fed; /* the launch was closed: nobody looks at that feed */
    r->number = number;
    return 0;
  }
  r->n_held = 0;
  r->count++;
  return 1;
}

/* ---- writes ---- */

/* What rounds have copied is free again. */
static void reclaim(weft_cl_rounds *r) {
  int done = 0;
  const uint32_t number = (uint32_t)atomic_load(&r->words[FED]);
  while (done < r->n_fed && (int32_t)(number - r->fed[done].number) >= 0) r->tail = r->fed[done++].end;
  memmove(r->fed, r->fed + done, sizeof *r->fed * (size_t)(r->n_fed -= done));
  if (!r->n_fed) r->tail = r->n_held ? r->held[0].at : r->head;
}

/* Where so many bytes stand together in the ring; waits for rounds on their way, as any write does that is far ahead.
 */
static uint64_t take_room(weft_cl_rounds *r, uint64_t size) {
  static const struct timespec pause = {.tv_nsec = 20000};
  uint64_t at = r->head, left = arena_bytes - at % arena_bytes;
  if (left < size) at += left;
  reclaim(r);
  while (at + size - r->tail > arena_bytes || r->n_fed == WEFT_CL_MOST_ROUNDS) {
    nanosleep(&pause, NULL);
    reclaim(r);
  }
  r->head = (at + size + 63) & ~(uint64_t)63;
  return at;
}

int weft_cl_rounds_hold(weft_cl_state *state, weft_buffer *buffer, uint64_t offset, const void *data, uint64_t size) {
  weft_cl_rounds *r = &state->rounds;
  uint64_t held = size;
  int number = r->recent && r->is_shared ? weft_cl_recording_number(r->recent, buffer) : -1;
  if (number < 0 || r->n_held == WEFT_CL_MOST_COPIES || offset % 16 || size % 4) return 0;
  for (int i = 0; i < r->n_held; i++) {
    if (r->held[i].buffer == buffer) return 0;
    held += r->held[i].size;
  }
  if (held > most_held) return 0;
  weft_cl_held copy = {.buffer = buffer, .number = number, .offset = offset, .size = size, .at = take_room(r, size)};
  memcpy(r->arena + copy.at % arena_bytes, data, (size_t)size);
  r->held[r->n_held++] = copy;
  return 1;
}

weft_status weft_cl_rounds_release(weft_device *device) {
  weft_cl_rounds *r = &weft_cl(device)->rounds;
  weft_status status = WEFT_OK;
  for (int i = 0; i < r->n_held && status == WEFT_OK; i++) {
    const weft_cl_held *c = &r->held[i];
    status = weft_cl_enqueue_write(device, c->buffer, c->offset, r->arena + c->at % arena_bytes, c->size);
  }
  r->n_held = 0;
  return status;
}
