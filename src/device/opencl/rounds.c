/* rounds.c -- runs of one recording as rounds of one launch. On a CPU a launch costs what a small training step takes:
 * its threads go to sleep at the end and are woken again. A joined kernel (kernels/join_cpu.cl) therefore goes on as
 * long as the host asks for more, by a word in memory that both see while it runs: twice the rounds asked for, plus one
 * when the kernel closed it, which it does when it finds nothing more to do. A run whose launch is closed is a new
 * launch, so none is ever held back, and with anything enqueued in between it is one too, so the order is the queue's.
 *
 * That a kernel and the host see each other's writes while it runs is more than OpenCL 1.2 promises: it holds where
 * both are the same processors. So nothing is added before a kernel was seen to write into the host's memory by itself;
 * until then, and wherever that never happens, every launch has one round. */
#include "device/opencl/opencl.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Launches on their way at once that take rounds; slot 0 is for those that take none. */
enum { SLOTS = 64, WORD = 16, BYTES = SLOTS * WORD * 4, PAGE = 4096 };
enum { CLOSED = 1, ROUND = 2 };

int weft_cl_rounds_open(weft_cl_state *state) {
  weft_cl_rounds *r = &state->rounds;
  if (r->words) return 1;
  cl_int code;
  void *memory = aligned_alloc(PAGE, BYTES); /* so that a driver for CPUs has no reason to keep a copy */
  if (!memory) return 0;
  memset(memory, 0, BYTES);
  ((int32_t *)memory)[0] = ROUND | CLOSED;
  r->memory = state->cl->clCreateBuffer(state->context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, BYTES, memory, &code);
  if (r->memory)
    r->words = memory;
  else
    free(memory);
  return r->memory != NULL;
}

void weft_cl_rounds_close(weft_cl_state *state) {
  weft_cl_rounds *r = &state->rounds;
  if (!r->words) return;
  state->cl->clReleaseMemObject(r->memory);
  free((void *)r->words);
  r->words = NULL;
}

/* Until a kernel is seen to write, the first slot is given once, and its word is the one to look at. */
static int free_slot(weft_cl_rounds *r) {
  int slot = 1;
  if (!r->is_shared) r->is_shared = r->is_used && atomic_load(&r->words[WORD]) != ROUND;
  r->is_used = 1;
  while (slot < SLOTS && atomic_load(&r->words[slot * WORD]) != 0) slot++;
  return slot < SLOTS ? slot : 0;
}

cl_int weft_cl_rounds_begin(weft_cl_state *state, const weft_recording *recording, cl_kernel kernel) {
  weft_cl_rounds *r = &state->rounds;
  r->last = recording;
  r->slot = recording ? free_slot(r) : 0;
  r->count = 1;
  if (r->slot) atomic_store(&r->words[r->slot * WORD], ROUND);
  return state->cl->clSetKernelArg(kernel, 2, sizeof(cl_int), &(cl_int){r->slot});
}

void weft_cl_rounds_cancel(weft_cl_state *state) {
  weft_cl_rounds *r = &state->rounds;
  if (r->last && r->slot) atomic_store(&r->words[r->slot * WORD], 0);
  r->last = NULL;
}

int weft_cl_rounds_add(weft_cl_state *state, const weft_recording *recording) {
  weft_cl_rounds *r = &state->rounds;
  if (r->last != recording || !r->is_shared || !r->slot || r->count == WEFT_CL_MOST_ROUNDS) return 0;
  int32_t open = r->count * ROUND;
  if (!atomic_compare_exchange_strong(&r->words[r->slot * WORD], &open, open + ROUND)) return 0;
  r->count++;
  return 1;
}
