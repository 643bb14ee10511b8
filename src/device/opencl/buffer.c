/* buffer.c -- memory of an OpenCL device. A write must not wait for the device and must not keep the caller's pointer,
 * so it copies into staging memory that the queue reads later. Staging blocks are used again once their event is done;
 * the queue is in order, so that the oldest block is done first. */
#include "device/opencl/opencl.h"
#include <stdlib.h>
#include <string.h>

/* Bytes on their way at once; beyond them a write waits for the oldest, which bounds the host's memory. */
static const size_t max_staged = (size_t)256 << 20;
/* From here on a second copy costs more than the wait for a transfer on an idle queue. */
static const size_t direct_bytes = (size_t)1 << 20;

weft_status weft_cl_buffer_new(weft_device *device, uint64_t size, weft_buffer **out) {
  *out = NULL;
  weft_status status = weft_call_begin(device);
  if (status != WEFT_OK) return status;
  weft_cl_state *state = weft_cl(device);
  if (size == 0 || size > device->info.max_buffer)
    return weft_fail(&device->error, size ? WEFT_NO_DEVICE_MEMORY : WEFT_BAD_ARGUMENT,
                     "buffer of %llu bytes on %s (%s): 1 to %llu are possible", (unsigned long long)size,
                     device->info.id, device->info.name, (unsigned long long)device->info.max_buffer);
  weft_cl_buffer *b = calloc(1, sizeof *b);
  if (!b) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for a buffer");
  cl_int code;
  b->head.size = size;
  b->memory = state->cl->clCreateBuffer(state->context, CL_MEM_READ_WRITE, (size_t)size, NULL, &code);
  if (!b->memory) {
    free(b);
    return weft_cl_check(device, "clCreateBuffer", code);
  }
  *out = &b->head;
  return WEFT_OK;
}

/* What is enqueued holds on to the memory: the runtime frees it when the last command is done. */
void weft_cl_buffer_free(weft_device *device, weft_buffer *buffer) {
  if (!buffer) return;
  weft_cl(device)->cl->clReleaseMemObject(weft_cl_memory(buffer));
  free(buffer);
}

static int is_done(const weft_cl_state *state, weft_cl_staging *block) {
  if (!block->done) return 1;
  cl_int execution = CL_QUEUED;
  state->cl->clGetEventInfo(block->done, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof execution, &execution, NULL);
  if (execution > CL_COMPLETE) return 0; /* below: complete, or failed, which the next wait reports */
  state->cl->clReleaseEvent(block->done);
  block->done = NULL;
  return 1;
}

static void drop_oldest(weft_cl_state *state) {
  weft_cl_staging *block = state->staging;
  state->staging = block->next;
  state->staged -= block->capacity;
  if (block->done) {
    state->cl->clWaitForEvents(1, &block->done);
    state->cl->clReleaseEvent(block->done);
  }
  free(block);
}

void weft_cl_staging_free(weft_cl_state *state) {
  while (state->staging) drop_oldest(state);
}

/* A free block of at least size bytes at the end of the list; NULL when memory ran out. */
static weft_cl_staging *take_staging(weft_cl_state *state, size_t size) {
  weft_cl_staging *block = NULL, **link = &state->staging;
  for (; *link && is_done(state, *link); link = &(*link)->next) {
    if ((*link)->capacity < size || (*link)->capacity / 4 > size + 4096) continue;
    block = *link;
    *link = block->next;
    break;
  }
  if (!block) {
    while (state->staging && state->staged + size > max_staged) drop_oldest(state);
    size_t capacity = (size + 4095) & ~(size_t)4095;
    if (!(block = malloc(sizeof *block + capacity))) return NULL;
    block->capacity = capacity;
    block->done = NULL;
    state->staged += capacity;
  }
  block->next = NULL;
  for (link = &state->staging; *link; link = &(*link)->next) {}
  *link = block;
  return block;
}

weft_status weft_cl_write(weft_device *device, weft_buffer *buffer, uint64_t offset, const void *data, uint64_t size) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "write", buffer, offset, size);
  if (status != WEFT_OK || size == 0) return status;
  weft_cl_state *state = weft_cl(device);
  cl_mem memory = weft_cl_memory(buffer);
  if ((state->idle && size >= direct_bytes) || size > max_staged) {
    cl_int code = state->cl->clEnqueueWriteBuffer(state->queue, memory, CL_TRUE, (size_t)offset, (size_t)size, data, 0,
                                                  NULL, NULL);
    if (code == CL_SUCCESS) state->idle = 1;
    return weft_cl_check_wait(device, "clEnqueueWriteBuffer", code);
  }
  weft_cl_staging *block = take_staging(state, (size_t)size);
  if (!block)
    return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory to stage a write of %llu bytes",
                     (unsigned long long)size);
  memcpy(block->data, data, (size_t)size);
  state->idle = 0;
  return weft_cl_check(device, "clEnqueueWriteBuffer",
                       state->cl->clEnqueueWriteBuffer(state->queue, memory, CL_FALSE, (size_t)offset, (size_t)size,
                                                       block->data, 0, NULL, &block->done));
}

weft_status weft_cl_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out, uint64_t size) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "read", buffer, offset, size);
  if (status != WEFT_OK || size == 0) return status;
  weft_cl_state *state = weft_cl(device);
  cl_int code = state->cl->clEnqueueReadBuffer(state->queue, weft_cl_memory(buffer), CL_TRUE, (size_t)offset,
                                               (size_t)size, out, 0, NULL, NULL);
  if (code == CL_SUCCESS) state->idle = 1;
  return weft_cl_check_wait(device, "clEnqueueReadBuffer", code);
}

weft_status weft_cl_copy(weft_device *device, weft_buffer *from, uint64_t from_offset, weft_buffer *to,
                         uint64_t to_offset, uint64_t size) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_copy(device, from, from_offset, to, to_offset, size);
  if (status != WEFT_OK || size == 0) return status;
  weft_cl_state *state = weft_cl(device);
  state->idle = 0;
  cl_int code = state->cl->clEnqueueCopyBuffer(state->queue, weft_cl_memory(from), weft_cl_memory(to),
                                               (size_t)from_offset, (size_t)to_offset, (size_t)size, 0, NULL, NULL);
  return weft_cl_check(device, "clEnqueueCopyBuffer", code);
}

weft_status weft_cl_clear(weft_device *device, weft_buffer *buffer, uint64_t offset, uint64_t size) {
  static const char zeros[16];
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "clear", buffer, offset, size);
  if (status != WEFT_OK || size == 0) return status;
  weft_cl_state *state = weft_cl(device);
  /* Offset and size must be multiples of the pattern, and drivers loop over patterns: the largest that fits. */
  size_t pattern = (offset | size) % 16 == 0 ? 16 : (offset | size) % 4 == 0 ? 4 : 1;
  state->idle = 0;
  cl_int code = state->cl->clEnqueueFillBuffer(state->queue, weft_cl_memory(buffer), zeros, pattern, (size_t)offset,
                                               (size_t)size, 0, NULL, NULL);
  return weft_cl_check(device, "clEnqueueFillBuffer", code);
}

weft_status weft_cl_sync(weft_device *device) {
  weft_status status = weft_call_begin(device);
  if (status != WEFT_OK) return status;
  weft_cl_state *state = weft_cl(device);
  cl_int code = state->cl->clFinish(state->queue);
  if (code == CL_SUCCESS) state->idle = 1;
  return weft_cl_check_wait(device, "clFinish", code);
}
