/* staging.c -- host memory between the caller's and the device's. A write must not wait for the device and must not
 * keep the caller's pointer, so it copies into a slot that a queue reads later. Slots make a ring: the open one is
 * filled by one write after the other, the oldest is taken again when the last command that reads it is done, and only
 * where all are on their way does a write wait. Where the device has memory of its own, slots are memory that the
 * driver gave out for the host and that stays mapped, which it pins: the device fetches it by itself, while a copy from
 * any other memory goes through the driver's staging on the caller's time.
 *
 * A large write while kernels may run goes ahead of its turn: a second queue brings the bytes to the slot's landing,
 * which is device memory, while the kernels run, and in its turn the write is a copy within the device. So a step's
 * batch travels during the step before, and no input needs two buffers, nor a step two recordings. A slot is taken
 * again only after that copy, which makes its landing free too, so that the second queue never waits for the first. */
#include "base/debug.h"
#include "device/opencl/opencl.h"
#include <stdlib.h>
#include <string.h>

/* A slot's memory at least, what it is a multiple of, and what stays free of it for the small write that often follows
 * a large one; where a write begins in it. */
enum { GRAIN = 256 << 10, SPARE = 16 << 10, ALIGN = 64 };
/* Of a large read, two of which are on their way at once. */
static const size_t read_part = (size_t)4 << 20;

/* ---- slots ---- */

/* Memory of the host that the device reaches by itself; NULL: it cannot be had, and is not asked for again. Mapping
 * waits for what its queue has to do: on the second one that is never a kernel. */
static char *pin(weft_cl_state *state, size_t bytes, cl_mem *out) {
  const weft_cl_api *cl = state->cl;
  char *data = NULL;
  cl_int code;
  *out = NULL;
  if (!state->staging.pins) return NULL;
  *out = cl->clCreateBuffer(state->context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, bytes, NULL, &code);
  if (*out)
    data = cl->clEnqueueMapBuffer(state->staging.queue, *out, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, bytes, 0, NULL,
                                  NULL, &code);
  if (data) return data;
  if (*out) cl->clReleaseMemObject(*out);
  *out = NULL;
  state->staging.pins = 0;
  return NULL;
}

static void unpin(weft_cl_state *state, cl_mem pinned, char *data) {
  state->cl->clEnqueueUnmapMemObject(state->staging.queue, pinned, data, 0, NULL, NULL);
  state->cl->clReleaseMemObject(pinned);
}

static int is_done(const weft_cl_state *state, weft_cl_slot *slot) {
  if (!slot->done) return 1;
  cl_int execution = CL_QUEUED;
  state->cl->clGetEventInfo(slot->done, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof execution, &execution, NULL);
  if (execution > CL_COMPLETE) return 0; /* below: complete, or failed, which the next wait reports */
  state->cl->clReleaseEvent(slot->done);
  slot->done = NULL;
  return 1;
}

static void wait_for(const weft_cl_state *state, weft_cl_slot *slot) {
  if (is_done(state, slot)) return;
  state->cl->clWaitForEvents(1, &slot->done);
  state->cl->clReleaseEvent(slot->done);
  slot->done = NULL;
}

/* Nothing on its way uses it. */
static void empty_slot(weft_cl_state *state, weft_cl_slot *slot) {
  if (slot->landing) state->cl->clReleaseMemObject(slot->landing);
  if (slot->pinned)
    unpin(state, slot->pinned, slot->data);
  else
    free(slot->data);
  slot->landing = slot->pinned = NULL;
  slot->data = NULL;
  slot->capacity = 0;
}

static int fill_slot(weft_cl_state *state, weft_cl_slot *slot, size_t size) {
  size_t capacity = (size + SPARE + GRAIN - 1) / GRAIN * GRAIN;
  if (capacity > WEFT_CL_SLOT_BYTES) capacity = WEFT_CL_SLOT_BYTES;
  slot->data = pin(state, capacity, &slot->pinned);
  if (!slot->data) slot->data = malloc(capacity);
  if (slot->data) slot->capacity = capacity;
  return slot->data != NULL;
}

/* Takes the oldest slot out of the ring. */
static weft_cl_slot *take_oldest(weft_cl_state *state) {
  weft_cl_staging *s = &state->staging;
  weft_cl_slot *slot = s->oldest;
  wait_for(state, slot);
  s->oldest = slot->next;
  if (!s->oldest) s->open = NULL;
  s->count--;
  return slot;
}

/* The open slot, with room for so many bytes (at most WEFT_CL_SLOT_BYTES); NULL when memory ran out. */
static weft_cl_slot *open_slot(weft_cl_state *state, size_t size) {
  weft_cl_staging *s = &state->staging;
  weft_cl_slot *slot = s->open;
  if (slot && slot->used + size <= slot->capacity) return slot;
  if (s->oldest && (s->count == WEFT_CL_SLOTS || is_done(state, s->oldest)))
    slot = take_oldest(state);
  else if (!(slot = calloc(1, sizeof *slot)))
    return NULL;
  slot->next = NULL;
  slot->used = 0;
  if (slot->capacity < size) {
    empty_slot(state, slot);
    if (!fill_slot(state, slot, size)) {
      free(slot);
      return NULL;
    }
  }
  if (s->open)
    s->open->next = slot;
  else
    s->oldest = slot;
  s->open = slot;
  s->count++;
  return slot;
}

void weft_cl_staging_open(weft_cl_state *state) {
  weft_cl_staging *s = &state->staging;
  cl_int code;
  if (state->shares) return;
  s->queue = state->cl->clCreateCommandQueue(state->context, state->id, 0, &code);
  s->pins = s->queue != NULL;
  s->lands = s->queue != NULL && !weft_debug_skips("feed");
}

static void free_slots(weft_cl_state *state) {
  while (state->staging.oldest) {
    weft_cl_slot *slot = take_oldest(state);
    empty_slot(state, slot);
    free(slot);
  }
}

void weft_cl_staging_close(weft_cl_state *state) {
  weft_cl_staging *s = &state->staging;
  free_slots(state);
  if (s->download) unpin(state, s->download, s->download_data);
  if (!s->queue) return;
  state->cl->clFinish(s->queue);
  state->cl->clReleaseCommandQueue(s->queue);
}

void weft_cl_staging_trim(weft_cl_state *state) {
  size_t bytes = 0;
  for (const weft_cl_slot *slot = state->staging.oldest; slot; slot = slot->next) bytes += slot->capacity;
  if (bytes > WEFT_CL_LARGE) free_slots(state);
}

/* ---- writes ---- */

static int has_landing(weft_cl_state *state, weft_cl_slot *slot) {
  cl_int code;
  if (slot->landing || !state->staging.lands) return slot->landing != NULL;
  slot->landing = state->cl->clCreateBuffer(state->context, CL_MEM_READ_WRITE, slot->capacity, NULL, &code);
  if (!slot->landing) state->staging.lands = 0; /* the device is full */
  return slot->landing != NULL;
}

/* From `at` in the slot to its landing on one queue, from there to the memory on the other, which waits for it. */
static cl_int send_ahead(weft_cl_state *state, const weft_cl_slot *slot, size_t at, cl_mem memory, size_t offset,
                         size_t size, cl_event *out_done) {
  const weft_cl_api *cl = state->cl;
  cl_event arrived;
  cl_int code = cl->clEnqueueWriteBuffer(state->staging.queue, slot->landing, CL_FALSE, at, size, slot->data + at, 0,
                                         NULL, &arrived);
  if (code != CL_SUCCESS) return code;
  code = cl->clFlush(state->staging.queue);
  if (code == CL_SUCCESS)
    code =
        cl->clEnqueueCopyBuffer(weft_cl_queue(state), slot->landing, memory, at, offset, size, 1, &arrived, out_done);
  if (code == CL_SUCCESS)
    cl->clReleaseEvent(arrived);
  else
    *out_done = arrived; /* which reads the slot all the same */
  return code;
}

static weft_status write_part(weft_device *device, cl_mem memory, size_t offset, const char *data, size_t size,
                              int ahead) {
  weft_cl_state *state = weft_cl(device);
  weft_cl_slot *slot = open_slot(state, size);
  if (!slot) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory to stage a write of %zu bytes", size);
  size_t at = slot->used;
  cl_event done = NULL;
  cl_int code;
  memcpy(slot->data + at, data, size);
  slot->used = (at + size + ALIGN - 1) / ALIGN * ALIGN;
  if (ahead && has_landing(state, slot))
    code = send_ahead(state, slot, at, memory, offset, size, &done);
  else
    code = state->cl->clEnqueueWriteBuffer(weft_cl_queue(state), memory, CL_FALSE, offset, size, slot->data + at, 0,
                                           NULL, &done);
  if (done && slot->done) state->cl->clReleaseEvent(slot->done);
  if (done) slot->done = done;
  return weft_cl_check(device, "clEnqueueWriteBuffer", code);
}

weft_status weft_cl_enqueue_write(weft_device *device, weft_buffer *buffer, uint64_t offset, const void *data,
                                  uint64_t size) {
  weft_cl_state *state = weft_cl(device);
  cl_mem memory = weft_cl_memory(buffer);
  /* Where memory is shared a second copy costs more than the wait for a transfer on an idle queue; and what does not
   * fit into the ring waits anyway. */
  if (state->shares &&
      ((state->idle && size >= WEFT_CL_LARGE) || size > (uint64_t)WEFT_CL_SLOTS * WEFT_CL_SLOT_BYTES)) {
    cl_int code = state->cl->clEnqueueWriteBuffer(state->queue, memory, CL_TRUE, (size_t)offset, (size_t)size, data, 0,
                                                  NULL, NULL);
    if (code == CL_SUCCESS) weft_cl_waited(state);
    return weft_cl_check_wait(device, "clEnqueueWriteBuffer", code);
  }
  weft_status status = WEFT_OK;
  const int ahead = state->runs && size >= WEFT_CL_LARGE;
  for (uint64_t done = 0, part; done < size && status == WEFT_OK; done += part) {
    part = size - done < WEFT_CL_SLOT_BYTES ? size - done : WEFT_CL_SLOT_BYTES;
    status = write_part(device, memory, (size_t)(offset + done), (const char *)data + done, (size_t)part, ahead);
  }
  return status;
}

/* ---- reads ---- */

/* A large read: parts arrive in the two halves of pinned memory in turn, one while the one before is copied on. */
typedef struct reading {
  cl_mem memory;
  size_t offset, size, asked, done;
  cl_event arrived[2];
} reading;

static size_t part_of(const reading *r, size_t at) { return r->size - at < read_part ? r->size - at : read_part; }

static cl_int ask(weft_cl_state *state, reading *r) {
  size_t half = r->asked / read_part % 2, part = part_of(r, r->asked);
  cl_int code =
      state->cl->clEnqueueReadBuffer(weft_cl_queue(state), r->memory, CL_FALSE, r->offset + r->asked, part,
                                     state->staging.download_data + half * read_part, 0, NULL, &r->arrived[half]);
  if (code == CL_SUCCESS) r->asked += part;
  return code;
}

static cl_int take(weft_cl_state *state, reading *r, char *out) {
  size_t half = r->done / read_part % 2, part = part_of(r, r->done);
  cl_int code = state->cl->clWaitForEvents(1, &r->arrived[half]);
  if (code != CL_SUCCESS) return code;
  memcpy(out + r->done, state->staging.download_data + half * read_part, part);
  state->cl->clReleaseEvent(r->arrived[half]);
  r->arrived[half] = NULL;
  r->done += part;
  return CL_SUCCESS;
}

static cl_int read_parts(weft_cl_state *state, cl_mem memory, size_t offset, char *out, size_t size) {
  reading r = {.memory = memory, .offset = offset, .size = size};
  cl_int code = ask(state, &r);
  while (r.done < size && code == CL_SUCCESS) {
    if (r.asked < size) code = ask(state, &r);
    if (code == CL_SUCCESS) code = take(state, &r, out);
  }
  for (int i = 0; i < 2; i++)
    if (r.arrived[i]) state->cl->clReleaseEvent(r.arrived[i]);
  return code;
}

weft_status weft_cl_finish_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out, uint64_t size) {
  weft_cl_state *state = weft_cl(device);
  weft_cl_staging *s = &state->staging;
  cl_mem memory = weft_cl_memory(buffer);
  cl_int code;
  if (size >= WEFT_CL_LARGE && !s->download) s->download_data = pin(state, 2 * read_part, &s->download);
  if (size >= WEFT_CL_LARGE && s->download)
    code = read_parts(state, memory, (size_t)offset, out, (size_t)size);
  else
    code =
        state->cl->clEnqueueReadBuffer(state->queue, memory, CL_TRUE, (size_t)offset, (size_t)size, out, 0, NULL, NULL);
  if (code == CL_SUCCESS) weft_cl_waited(state);
  return weft_cl_check_wait(device, "clEnqueueReadBuffer", code);
}
