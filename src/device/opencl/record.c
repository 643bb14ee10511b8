/* record.c -- a recording of an OpenCL device: one cl_kernel a dispatch with its arguments set once, so that a replay
 * is nothing but enqueues. The queue is in order, which makes every launch see the writes of those before it. On a CPU
 * runs of dispatches become one launch each (join.c), which keeps their barriers; timed, every dispatch is launched
 * alone, and only what is launched alone has a kernel made for it. A binding at an offset is a sub-buffer; those that
 * begin at the same place are one within the recording, as long as the longest, and the last to be made is the first to
 * be released: there are drivers that lose count otherwise. */
#include "base/debug.h"
#include "device/opencl/opencl.h"
#include <stdlib.h>
#include <string.h>

typedef struct step {
  cl_kernel kernel;
  cl_uint directions;
  size_t global[3], local[3];
  cl_int slot;               /* joined: of the rounds, as its kernel was told it last; -1: it was not */
  weft_cl_product_call call; /* instead of a kernel */
} step;

typedef struct part {
  cl_mem whole, memory;
  uint64_t offset, size;
} part;

struct weft_recording {
  size_t count;
  weft_dispatch *dispatches; /* copies, and so are their bindings, */
  weft_binding *bindings;    /* which stand here */
  step *steps;               /* of each dispatch; its kernel is NULL until it is launched alone */
  size_t n_launches;
  step *launches;   /* what a replay enqueues: joined kernels, and some of the steps */
  cl_mem *counters; /* of each launch that is joined; NULL: it is a step */
  part *parts;      /* in the order of their first use, */
  size_t n_parts;
  size_t *slots; /* and a hash table of `n_slots` places: the part's number and one; 0: free */
  size_t n_slots;
  weft_buffer **buffers; /* of the launch, where it is the only one and joined */
  int n_buffers;
};

/* The place in the table of the part that begins there, or a free one. */
static size_t slot_of(const weft_recording *r, cl_mem whole, uint64_t offset) {
  uint64_t hash = ((uint64_t)(uintptr_t)whole >> 4) * UINT64_C(0x9e3779b97f4a7c15);
  hash = (hash ^ offset) * UINT64_C(0x9e3779b97f4a7c15);
  size_t slot = (size_t)(hash >> 32) & (r->n_slots - 1);
  while (r->slots[slot]) {
    const part *q = &r->parts[r->slots[slot] - 1];
    if (q->whole == whole && q->offset == offset) break;
    slot = (slot + 1) & (r->n_slots - 1);
  }
  return slot;
}

static void add_part(weft_recording *r, const weft_binding *binding) {
  cl_mem whole = weft_cl_memory(binding->buffer);
  if (binding->offset == 0) return;
  size_t slot = slot_of(r, whole, binding->offset);
  if (!r->slots[slot]) {
    r->parts[r->n_parts] = (part){.whole = whole, .offset = binding->offset};
    r->slots[slot] = ++r->n_parts;
  }
  part *p = &r->parts[r->slots[slot] - 1];
  if (p->size < binding->size) p->size = binding->size;
}

static weft_status memory_of(weft_device *device, weft_recording *r, const weft_binding *binding, cl_mem *out) {
  weft_cl_state *state = weft_cl(device);
  *out = weft_cl_memory(binding->buffer);
  if (binding->offset == 0) return WEFT_OK;
  part *p = &r->parts[r->slots[slot_of(r, *out, binding->offset)] - 1];
  if (!p->memory) {
    cl_buffer_region region = {(size_t)p->offset, (size_t)p->size};
    cl_int code;
    p->memory = state->cl->clCreateSubBuffer(p->whole, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    if (!p->memory) return weft_cl_check(device, "clCreateSubBuffer", code);
  }
  *out = p->memory;
  return WEFT_OK;
}

static void make_call(step *s, const weft_dispatch *dispatch) {
  const weft_library_product *p = &((const weft_cl_kernel *)dispatch->kernel)->product;
  const weft_operand *operands[3] = {&p->a, &p->b, &p->c};
  s->call.product = p;
  for (int i = 0; i < 3; i++) {
    const weft_binding *b = &dispatch->bindings[operands[i]->binding];
    s->call.memory[i] = weft_cl_memory(b->buffer);
    s->call.offset[i] = (size_t)b->offset / sizeof(float) + (size_t)operands[i]->offset;
  }
}

static weft_status make_step(weft_device *device, weft_recording *r, size_t index) {
  weft_cl_state *state = weft_cl(device);
  const weft_dispatch *dispatch = &r->dispatches[index];
  const weft_cl_kernel *kernel = (const weft_cl_kernel *)dispatch->kernel;
  step *s = &r->steps[index];
  cl_int code;
  if (!kernel->text) {
    make_call(s, dispatch);
    return WEFT_OK;
  }
  s->kernel = weft_cl_kernel_instance(state, kernel->text, kernel->head.entry, &code);
  if (!s->kernel) return weft_cl_check(device, "clCreateKernel", code);
  for (int i = 0; i < kernel->head.n_bindings; i++) {
    cl_mem memory;
    weft_status status = memory_of(device, r, &dispatch->bindings[i], &memory);
    if (status != WEFT_OK) return status;
    code = state->cl->clSetKernelArg(s->kernel, (cl_uint)i, sizeof memory, &memory);
    if (code != CL_SUCCESS) return weft_cl_check(device, "clSetKernelArg", code);
  }
  for (int k = 0; k < 3; k++) {
    s->local[k] = kernel->head.local[k];
    s->global[k] = (size_t)dispatch->groups[k] * s->local[k];
    if (s->global[k] > 1 || k == 0) s->directions = (cl_uint)k + 1;
  }
  return WEFT_OK;
}

/* Steps first .. first + n - 1, so that they can be launched alone. */
static weft_status make_steps(weft_device *device, weft_recording *r, size_t first, size_t n) {
  weft_kernel **kernels = calloc(n + 1, sizeof *kernels);
  if (!kernels) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for %zu kernels", n);
  for (size_t i = 0; i < n; i++) kernels[i] = r->dispatches[first + i].kernel;
  weft_status status = weft_cl_build_deferred(device, kernels, n);
  free(kernels);
  for (size_t i = first; i < first + n && status == WEFT_OK; i++)
    if (!r->steps[i].kernel) status = make_step(device, r, i);
  return status;
}

void weft_cl_recording_free(weft_device *device, weft_recording *recording) {
  if (!recording) return;
  const weft_cl_api *cl = weft_cl(device)->cl;
  weft_cl_rounds *rounds = &weft_cl(device)->rounds;
  if (rounds->last == recording) rounds->last = NULL;
  if (rounds->recent == recording) {
    weft_cl_rounds_release(device);
    rounds->recent = NULL;
  }
  for (size_t i = 0; i < recording->n_launches; i++) {
    if (!recording->counters[i]) continue;
    cl->clReleaseKernel(recording->launches[i].kernel);
    cl->clReleaseMemObject(recording->counters[i]);
  }
  for (size_t i = 0; i < recording->count; i++)
    if (recording->steps[i].kernel) cl->clReleaseKernel(recording->steps[i].kernel);
  for (size_t i = recording->n_parts; i-- > 0;)
    if (recording->parts[i].memory) cl->clReleaseMemObject(recording->parts[i].memory);
  free(recording->dispatches);
  free(recording->bindings);
  free(recording->launches);
  free(recording->counters);
  free(recording->steps);
  free(recording->parts);
  free(recording->slots);
  free(recording->buffers);
  free(recording);
}

/* Joins what can be joined; a run that does not become one launch is launched step by step. */
static weft_status add_launches(weft_device *device, weft_recording *r) {
  for (size_t i = 0, n; i < r->count; i += n) {
    step joined = {.directions = 1, .local = {1, 1, 1}, .global = {1, 1, 1}, .slot = -1};
    cl_mem counters = NULL;
    n = weft_debug_skips("join") ? 0 : weft_cl_joinable(device, &r->dispatches[i], r->count - i);
    if (n > 0) joined.kernel = weft_cl_join(device, &r->dispatches[i], n, &counters, &joined.global[0]);
    if (joined.kernel) {
      r->launches[r->n_launches] = joined;
      r->counters[r->n_launches++] = counters;
      continue;
    }
    if (n == 0) n = 1;
    weft_status status = make_steps(device, r, i, n);
    if (status != WEFT_OK) return status;
    for (size_t k = 0; k < n; k++) r->launches[r->n_launches++] = r->steps[i + k];
  }
  return WEFT_OK;
}

int weft_cl_recording_number(const weft_recording *r, const weft_buffer *buffer) {
  int i = 0;
  while (i < r->n_buffers && r->buffers[i] != buffer) i++;
  return i < r->n_buffers ? i : -1;
}

static weft_status list_buffers(weft_device *device, weft_recording *r) {
  if (r->n_launches != 1 || !r->counters[0]) return WEFT_OK;
  r->buffers = calloc(WEFT_CL_MOST_BUFFERS, sizeof *r->buffers);
  if (!r->buffers) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for a recording");
  r->n_buffers = weft_cl_join_buffers(device, r->dispatches, r->count, r->buffers);
  return WEFT_OK;
}

static void copy_dispatches(weft_recording *r, const weft_dispatch *dispatches) {
  weft_binding *to = r->bindings;
  for (size_t i = 0; i < r->count; i++) {
    int n = dispatches[i].kernel->n_bindings;
    r->dispatches[i] = dispatches[i];
    r->dispatches[i].bindings = to;
    for (int k = 0; k < n; k++) {
      add_part(r, &dispatches[i].bindings[k]);
      *to++ = dispatches[i].bindings[k];
    }
  }
}

weft_status weft_cl_record(weft_device *device, const weft_dispatch *dispatches, size_t count, weft_recording **out) {
  *out = NULL;
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_dispatches(device, dispatches, count);
  if (status != WEFT_OK) return status;
  weft_cl_staging_trim(weft_cl(device));
  weft_recording *r = calloc(1, sizeof *r);
  if (!r) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for a recording");
  size_t bindings = 0, slots = 16;
  for (size_t i = 0; i < count; i++) bindings += (size_t)dispatches[i].kernel->n_bindings;
  while (slots < bindings * 2) slots *= 2;
  r->dispatches = calloc(count + 1, sizeof *r->dispatches);
  r->bindings = calloc(bindings + 1, sizeof *r->bindings);
  r->steps = calloc(count + 1, sizeof *r->steps);
  r->launches = calloc(count + 1, sizeof *r->launches);
  r->counters = calloc(count + 1, sizeof *r->counters);
  r->parts = calloc(bindings + 1, sizeof *r->parts);
  r->slots = calloc(slots, sizeof *r->slots);
  if (!r->dispatches || !r->bindings || !r->steps || !r->launches || !r->counters || !r->parts || !r->slots) {
    weft_cl_recording_free(device, r);
    return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for a recording of %zu dispatches", count);
  }
  r->n_slots = slots;
  r->count = count;
  copy_dispatches(r, dispatches);
  status = add_launches(device, r);
  if (status == WEFT_OK) status = list_buffers(device, r);
  if (status == WEFT_OK)
    *out = r;
  else
    weft_cl_recording_free(device, r);
  return status;
}

static cl_int enqueue(const weft_cl_state *state, cl_command_queue queue, const step *s, cl_event *event) {
  if (s->call.product) return weft_cl_product(&s->call, queue, event);
  return state->cl->clEnqueueNDRangeKernel(queue, s->kernel, s->directions, NULL, s->global, s->local, 0, NULL, event);
}

weft_status weft_cl_replay(weft_device *device, weft_recording *recording) {
  weft_status status = weft_call_begin(device);
  if (status != WEFT_OK) return status;
  weft_cl_state *state = weft_cl(device);
  state->runs = 1;
  if (weft_cl_rounds_add(state, recording)) return WEFT_OK;
  if (state->rounds.recent != recording) status = weft_cl_rounds_release(device);
  cl_command_queue queue = weft_cl_queue(state);
  for (size_t i = 0; i < recording->n_launches && status == WEFT_OK; i++) {
    step *launch = &recording->launches[i];
    if (recording->counters[i])
      status = weft_cl_rounds_begin(device, recording->n_buffers ? recording : NULL, launch->kernel, &launch->slot);
    if (status != WEFT_OK) break;
    status = weft_cl_check(device, "clEnqueueNDRangeKernel", enqueue(state, queue, launch, NULL));
    if (status != WEFT_OK) weft_cl_rounds_cancel(state);
  }
  return status == WEFT_OK ? weft_cl_check(device, "clFlush", state->cl->clFlush(state->queue)) : status;
}

/* begin: an event that ends when the step may begin, for steps of several kernels; NULL: the step has one. */
static cl_int seconds_of(const weft_cl_state *state, cl_event begin, cl_event event, double *out) {
  cl_ulong start = 0, end = 0;
  cl_int code = begin
                    ? state->cl->clGetEventProfilingInfo(begin, CL_PROFILING_COMMAND_END, sizeof start, &start, NULL)
                    : state->cl->clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL);
  if (code == CL_SUCCESS)
    code = state->cl->clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL);
  *out = end > start ? (double)(end - start) * 1e-9 : 0;
  return code;
}

static weft_status make_timed_queue(weft_device *device) {
  weft_cl_state *state = weft_cl(device);
  cl_int code;
  if (state->timed_queue) return WEFT_OK;
  state->timed_queue = state->cl->clCreateCommandQueue(state->context, state->id, CL_QUEUE_PROFILING_ENABLE, &code);
  return state->timed_queue ? WEFT_OK : weft_cl_check(device, "clCreateCommandQueue", code);
}

/* The two queues are not ordered with each other; both are empty before and after. */
weft_status weft_cl_replay_timed(weft_device *device, weft_recording *recording, double *out_seconds) {
  weft_status status = weft_cl_sync(device);
  if (status == WEFT_OK) status = make_timed_queue(device);
  if (status == WEFT_OK) status = make_steps(device, recording, 0, recording->count);
  if (status != WEFT_OK || !recording->count) return status;
  weft_cl_state *state = weft_cl(device);
  cl_event *events = calloc(recording->count, 2 * sizeof *events), *begins = events + recording->count;
  if (!events) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for %zu events", recording->count);
  cl_int code = CL_SUCCESS;
  size_t enqueued = 0;
  while (enqueued < recording->count && code == CL_SUCCESS) {
    if (recording->steps[enqueued].call.product)
      code = state->cl->clEnqueueMarkerWithWaitList(state->timed_queue, 0, NULL, &begins[enqueued]);
    if (code == CL_SUCCESS) code = enqueue(state, state->timed_queue, &recording->steps[enqueued], &events[enqueued]);
    if (code == CL_SUCCESS) enqueued++;
  }
  status = weft_cl_check(device, "clEnqueueNDRangeKernel", code);
  code = state->cl->clFinish(state->timed_queue);
  if (status == WEFT_OK) status = weft_cl_check_wait(device, "clFinish", code);
  for (size_t i = 0; i < enqueued; i++) {
    if (status == WEFT_OK)
      status =
          weft_cl_check(device, "clGetEventProfilingInfo", seconds_of(state, begins[i], events[i], &out_seconds[i]));
    if (begins[i]) state->cl->clReleaseEvent(begins[i]);
    state->cl->clReleaseEvent(events[i]);
  }
  free(events);
  return status;
}
