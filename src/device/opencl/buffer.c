/* buffer.c -- memory of an OpenCL device. */
#include "device/opencl/opencl.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* ---- where a CPU's buffers begin ---- */

/* Large buffers lie in pages of this size where the system has them: a CPU finds its way to 4 KiB pages so often that
 * streams over buffers lose up to a tenth. */
static const size_t large_page = (size_t)2 << 20, page = 4096;
enum { LARGE_PAGES = 8 }; /* that a buffer fills at least: what the last one has too much is little beside them */

static void CL_CALLBACK free_pages(cl_mem memory, void *pages) {
  (void)memory;
  free(pages);
}

/* A buffer that begins where it should in its page (weft_device_limits.apart); NULL: there is no such buffer to be had,
 * or it is not worth it. */
static cl_mem in_pages(weft_device *device, size_t size, cl_mem_flags flags) {
  weft_cl_state *state = weft_cl(device);
  int large = size >= LARGE_PAGES * large_page;
  size_t unit = large ? large_page : page, begin = state->next_begin;
  if (!state->merges || flags != CL_MEM_READ_WRITE || size < page) return NULL;
  size_t room = (begin + size + unit - 1) / unit * unit;
  char *pages = aligned_alloc(unit, room);
  if (!pages) return NULL;
#ifdef MADV_HUGEPAGE
  if (large) madvise(pages, room, MADV_HUGEPAGE);
#endif
  cl_int code;
  cl_mem memory = state->cl->clCreateBuffer(state->context, flags | CL_MEM_USE_HOST_PTR, size, pages + begin, &code);
  if (memory && state->cl->clSetMemObjectDestructorCallback(memory, free_pages, pages) == CL_SUCCESS) {
    state->next_begin = (begin + (size_t)device->limits.apart) % page;
    return memory;
  }
  if (memory) state->cl->clReleaseMemObject(memory);
  free(pages);
  return NULL;
}

static weft_status new_buffer(weft_device *device, uint64_t size, cl_mem_flags flags, weft_buffer **out) {
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
  b->memory = in_pages(device, (size_t)size, flags);
  if (!b->memory) b->memory = state->cl->clCreateBuffer(state->context, flags, (size_t)size, NULL, &code);
  if (!b->memory) {
    free(b);
    return weft_cl_check(device, "clCreateBuffer", code);
  }
  *out = &b->head;
  return WEFT_OK;
}

weft_status weft_cl_buffer_new(weft_device *device, uint64_t size, weft_buffer **out) {
  return new_buffer(device, size, CL_MEM_READ_WRITE, out);
}

weft_status weft_cl_map(weft_device *device, weft_buffer *buffer, void **out_host) {
  *out_host = NULL;
  weft_status status = weft_cl_begin(device);
  if (status != WEFT_OK) return status;
  weft_cl_state *state = weft_cl(device);
  cl_int code;
  *out_host = state->cl->clEnqueueMapBuffer(state->queue, weft_cl_memory(buffer), CL_TRUE, CL_MAP_READ | CL_MAP_WRITE,
                                            0, (size_t)buffer->size, 0, NULL, NULL, &code);
  if (code == CL_SUCCESS) weft_cl_waited(state);
  return weft_cl_check_wait(device, "clEnqueueMapBuffer", code);
}

weft_status weft_cl_unmap(weft_device *device, weft_buffer *buffer, void *host) {
  weft_status status = weft_cl_begin(device);
  if (status != WEFT_OK) return status;
  weft_cl_state *state = weft_cl(device);
  return weft_cl_check(
      device, "clEnqueueUnmapMemObject",
      state->cl->clEnqueueUnmapMemObject(weft_cl_queue(state), weft_cl_memory(buffer), host, 0, NULL, NULL));
}

/* Memory that a driver allocates for the host is pinned where the device has a use for that. It stays mapped: copies go
 * through its pointer, since a buffer that is mapped may not be used by other commands. */
weft_status weft_cl_host_buffer_new(weft_device *device, uint64_t size, weft_buffer **out, void **out_host) {
  *out_host = NULL;
  weft_status status = new_buffer(device, size, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, out);
  if (status == WEFT_OK) status = weft_cl_map(device, *out, out_host);
  if (status == WEFT_OK) {
    (*out)->host = *out_host;
  } else {
    weft_cl_buffer_free(device, *out);
    *out = NULL;
  }
  return status;
}

/* What is enqueued holds on to the memory: the runtime frees it when the last command is done. */
void weft_cl_buffer_free(weft_device *device, weft_buffer *buffer) {
  if (!buffer) return;
  weft_cl_state *state = weft_cl(device);
  if (buffer->host) { /* copies on their way read from the pointer */
    state->cl->clFinish(state->queue);
    state->cl->clEnqueueUnmapMemObject(state->queue, weft_cl_memory(buffer), buffer->host, 0, NULL, NULL);
    state->cl->clFinish(state->queue);
    weft_cl_waited(state);
  }
  state->cl->clReleaseMemObject(weft_cl_memory(buffer));
  free(buffer);
}

weft_status weft_cl_write(weft_device *device, weft_buffer *buffer, uint64_t offset, const void *data, uint64_t size) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "write", buffer, offset, size);
  if (status != WEFT_OK || size == 0) return status;
  if (weft_cl_rounds_hold(weft_cl(device), buffer, offset, data, size)) return WEFT_OK;
  status = weft_cl_rounds_release(device);
  return status == WEFT_OK ? weft_cl_enqueue_write(device, buffer, offset, data, size) : status;
}

weft_status weft_cl_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out, uint64_t size) {
  weft_status status = weft_cl_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "read", buffer, offset, size);
  if (status != WEFT_OK || size == 0) return status;
  return weft_cl_finish_read(device, buffer, offset, out, size);
}

static weft_status copy_host(weft_device *device, weft_buffer *from, uint64_t from_offset, weft_buffer *to,
                             uint64_t to_offset, size_t size) {
  weft_cl_state *state = weft_cl(device);
  const weft_cl_api *cl = state->cl;
  if (from->host && to->host) {
    weft_status status = weft_cl_sync(device);
    if (status == WEFT_OK) memcpy((char *)to->host + to_offset, (const char *)from->host + from_offset, size);
    return status;
  }
  if (from->host)
    return weft_cl_check(device, "clEnqueueWriteBuffer",
                         cl->clEnqueueWriteBuffer(weft_cl_queue(state), weft_cl_memory(to), CL_FALSE, (size_t)to_offset,
                                                  size, (const char *)from->host + from_offset, 0, NULL, NULL));
  return weft_cl_check(device, "clEnqueueReadBuffer",
                       cl->clEnqueueReadBuffer(weft_cl_queue(state), weft_cl_memory(from), CL_FALSE,
                                               (size_t)from_offset, size, (char *)to->host + to_offset, 0, NULL, NULL));
}

weft_status weft_cl_copy(weft_device *device, weft_buffer *from, uint64_t from_offset, weft_buffer *to,
                         uint64_t to_offset, uint64_t size) {
  weft_status status = weft_cl_begin(device);
  if (status == WEFT_OK) status = weft_check_copy(device, from, from_offset, to, to_offset, size);
  if (status != WEFT_OK || size == 0) return status;
  weft_cl_state *state = weft_cl(device);
  if (from->host || to->host) return copy_host(device, from, from_offset, to, to_offset, (size_t)size);
  cl_int code = state->cl->clEnqueueCopyBuffer(weft_cl_queue(state), weft_cl_memory(from), weft_cl_memory(to),
                                               (size_t)from_offset, (size_t)to_offset, (size_t)size, 0, NULL, NULL);
  return weft_cl_check(device, "clEnqueueCopyBuffer", code);
}

weft_status weft_cl_clear(weft_device *device, weft_buffer *buffer, uint64_t offset, uint64_t size) {
  static const char zeros[16];
  weft_status status = weft_cl_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "clear", buffer, offset, size);
  if (status != WEFT_OK || size == 0) return status;
  weft_cl_state *state = weft_cl(device);
  /* Offset and size must be multiples of the pattern, and drivers loop over patterns: the largest that fits. */
  size_t pattern = (offset | size) % 16 == 0 ? 16 : (offset | size) % 4 == 0 ? 4 : 1;
  cl_int code = state->cl->clEnqueueFillBuffer(weft_cl_queue(state), weft_cl_memory(buffer), zeros, pattern,
                                               (size_t)offset, (size_t)size, 0, NULL, NULL);
  return weft_cl_check(device, "clEnqueueFillBuffer", code);
}

weft_status weft_cl_sync(weft_device *device) {
  weft_status status = weft_cl_begin(device);
  if (status != WEFT_OK) return status;
  weft_cl_state *state = weft_cl(device);
  cl_int code = state->cl->clFinish(state->queue);
  if (code == CL_SUCCESS) weft_cl_waited(state);
  if (state->shares) weft_cl_staging_trim(state);
  return weft_cl_check_wait(device, "clFinish", code);
}
