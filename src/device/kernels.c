/* kernels.c -- the public calls of weft/kernel.h: the backend's functions with the checks that a caller outside the
 * library needs. The backends check ranges, sizes and bindings themselves. */
#include "device/backend.h"
#include <stdlib.h>
#include <weft/kernel.h>

static weft_status begin(weft_device *device) { return device ? weft_call_begin(device) : WEFT_BAD_ARGUMENT; }

/* Frees keep the text of the failure before them. */
static int is_open(const weft_device *device) { return device && device->state; }

static weft_status missing(weft_device *device, const char *call, const char *what) {
  return weft_fail(&device->error, WEFT_BAD_ARGUMENT, "%s: no %s was given", call, what);
}

weft_language weft_device_language(const weft_device *device) {
  if (!device || !device->state || device->backend == &weft_backend_reference) return WEFT_LANGUAGE_NONE;
  return device->backend->dialect == WEFT_GLSL ? WEFT_LANGUAGE_GLSL : WEFT_LANGUAGE_OPENCL_C;
}

const char *weft_device_failure(const weft_device *device) {
  if (!device) return "no memory for a device";
  return device->error.status == WEFT_OK ? "" : device->error.message;
}

uint64_t weft_device_binding_align(const weft_device *device) { return device ? device->limits.buffer_align : 0; }
uint64_t weft_device_largest_binding(const weft_device *device) { return device ? device->limits.max_binding : 0; }

uint32_t weft_device_largest_texels(const weft_device *device) { return device ? device->limits.max_texels : 0; }

weft_status weft_device_sync(weft_device *device) {
  weft_status status = begin(device);
  return status == WEFT_OK ? device->backend->sync(device) : status;
}

/* ---- buffers ---- */

weft_status weft_buffer_new(weft_device *device, uint64_t bytes, weft_buffer **out_buffer) {
  *out_buffer = NULL;
  weft_status status = begin(device);
  return status == WEFT_OK ? device->backend->buffer_new(device, bytes, out_buffer) : status;
}

void weft_buffer_free(weft_device *device, weft_buffer *buffer) {
  if (buffer && is_open(device)) device->backend->buffer_free(device, buffer);
}

weft_status weft_buffer_new_host(weft_device *device, uint64_t bytes, weft_buffer **out_buffer, void **out_host) {
  *out_buffer = NULL;
  *out_host = NULL;
  weft_status status = begin(device);
  return status == WEFT_OK ? device->backend->host_buffer_new(device, bytes, out_buffer, out_host) : status;
}

weft_status weft_buffer_map(weft_device *device, weft_buffer *buffer, void **out_host) {
  *out_host = NULL;
  weft_status status = begin(device);
  if (status != WEFT_OK) return status;
  if (!buffer || buffer->host) return missing(device, "buffer map", "buffer in device memory");
  return device->backend->map(device, buffer, out_host);
}

weft_status weft_buffer_unmap(weft_device *device, weft_buffer *buffer, void *host) {
  weft_status status = begin(device);
  if (status != WEFT_OK) return status;
  if (!buffer || !host || buffer->host) return missing(device, "buffer unmap", "mapped buffer");
  return device->backend->unmap(device, buffer, host);
}

weft_status weft_buffer_write(weft_device *device, weft_buffer *buffer, uint64_t offset, const void *data,
                              uint64_t bytes) {
  weft_status status = begin(device);
  if (status != WEFT_OK) return status;
  if (!buffer || buffer->host || (!data && bytes))
    return missing(device, "buffer write", buffer && !buffer->host ? "data" : "buffer in device memory");
  return device->backend->write(device, buffer, offset, data, bytes);
}

weft_status weft_buffer_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out_data,
                             uint64_t bytes) {
  weft_status status = begin(device);
  if (status != WEFT_OK) return status;
  if (!buffer || buffer->host || (!out_data && bytes))
    return missing(device, "buffer read", buffer && !buffer->host ? "place for the data" : "buffer in device memory");
  return device->backend->read(device, buffer, offset, out_data, bytes);
}

weft_status weft_buffer_copy(weft_device *device, weft_buffer *from, uint64_t from_offset, weft_buffer *to,
                             uint64_t to_offset, uint64_t bytes) {
  weft_status status = begin(device);
  if (status != WEFT_OK) return status;
  if (!from || !to) return missing(device, "buffer copy", "buffer");
  return device->backend->copy(device, from, from_offset, to, to_offset, bytes);
}

weft_status weft_buffer_clear(weft_device *device, weft_buffer *buffer, uint64_t offset, uint64_t bytes) {
  weft_status status = begin(device);
  if (status != WEFT_OK) return status;
  if (!buffer || buffer->host) return missing(device, "buffer clear", "buffer in device memory");
  return device->backend->clear(device, buffer, offset, bytes);
}

/* ---- kernels ---- */

weft_status weft_kernels_new(weft_device *device, const weft_kernel_spec *specs, size_t count,
                             weft_kernel **out_kernels) {
  for (size_t i = 0; i < count; i++) out_kernels[i] = NULL;
  weft_status status = begin(device);
  if (status != WEFT_OK || !count) return status;
  for (size_t i = 0; i < count; i++)
    if (!specs[i].entry || !specs[i].text) return missing(device, "kernel", specs[i].entry ? "text" : "entry");
  weft_kernel_source *sources = calloc(count, sizeof *sources);
  if (!sources) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for %zu kernels", count);
  for (size_t i = 0; i < count; i++)
    sources[i] = (weft_kernel_source){.entry = specs[i].entry,
                                      .text = specs[i].text,
                                      .n_bindings = specs[i].n_bindings,
                                      .written = specs[i].written,
                                      .texels = specs[i].texels,
                                      .local = {specs[i].local[0], specs[i].local[1], specs[i].local[2]}};
  status = device->backend->kernels_new(device, sources, count, out_kernels);
  free(sources);
  return status;
}

void weft_kernel_free(weft_device *device, weft_kernel *kernel) {
  if (kernel && is_open(device)) device->backend->kernel_free(device, kernel);
}

/* ---- recordings ---- */

weft_status weft_record(weft_device *device, const weft_dispatch *dispatches, size_t count,
                        weft_recording **out_recording) {
  *out_recording = NULL;
  weft_status status = begin(device);
  if (status != WEFT_OK) return status;
  for (size_t i = 0; i < count; i++)
    if (!dispatches[i].kernel || !dispatches[i].bindings)
      return missing(device, "dispatch", dispatches[i].kernel ? "binding" : "kernel");
  return device->backend->record(device, dispatches, count, out_recording);
}

void weft_recording_free(weft_device *device, weft_recording *recording) {
  if (recording && is_open(device)) device->backend->recording_free(device, recording);
}

weft_status weft_replay(weft_device *device, weft_recording *recording) {
  weft_status status = begin(device);
  if (status != WEFT_OK) return status;
  return recording ? device->backend->replay(device, recording) : missing(device, "replay", "recording");
}

weft_status weft_replay_timed(weft_device *device, weft_recording *recording, double *out_seconds) {
  weft_status status = begin(device);
  if (status != WEFT_OK) return status;
  if (!recording || !out_seconds)
    return missing(device, "timed replay", recording ? "place for the seconds" : "recording");
  return device->backend->replay_timed(device, recording, out_seconds);
}
