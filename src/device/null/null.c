/* null.c -- the null device: buffers are sizes, kernels are never built, a replay only counts. Reads give zeros. Every
 * check of a true device is made, so that a plan that fits here has no bad range. */
#include "device/null/null.h"
#include "base/hash.h"
#include "device/backend.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct weft_recording {
  size_t count;
};

static weft_null_counts *counts_of(weft_device *device) { return device->state; }
const weft_null_counts *weft_null_count(const weft_device *device) { return device->state; }

static size_t null_list(weft_device_info *out, int *out_rank, size_t capacity) {
  if (capacity < 1) return 1;
  weft_info_begin(out, "null", -1);
  snprintf(out->name, sizeof out->name, "counts and runs nothing");
  out->device_class = weft_class_asked(WEFT_CLASS_GPU);
  out->vector_width = out->device_class == WEFT_CLASS_CPU ? 8 : 1;
  out->memory = out->max_buffer = UINT64_C(1) << 40;
  out->compute_units = 1;
  out->max_group = 1024;
  out->local_memory = 32768;
  *out_rank = WEFT_RANK_HOST;
  return 1;
}

static weft_status null_open(weft_device *device, int index) {
  (void)index;
  int rank;
  null_list(&device->info, &rank, 1);
  device->limits = (weft_device_limits){.buffer_align = 256,
                                        .max_binding = device->info.max_buffer,
                                        .max_groups = {INT32_MAX, 65535, 65535},
                                        .max_bindings = 32};
  device->fingerprint = weft_hash_text(WEFT_HASH_SEED, "null");
  device->state = calloc(1, sizeof(weft_null_counts));
  return device->state ? WEFT_OK : weft_fail(&device->error, WEFT_NO_MEMORY, "null: no memory");
}

static void null_close(weft_device *device) { free(device->state); }

static weft_status null_buffer_new(weft_device *device, uint64_t size, weft_buffer **out) {
  *out = NULL;
  weft_status status = weft_call_begin(device);
  if (status != WEFT_OK) return status;
  weft_null_counts *c = counts_of(device);
  if (size > device->info.memory - c->bytes)
    return weft_fail(&device->error, WEFT_NO_DEVICE_MEMORY, "null: no room for a buffer of %llu bytes",
                     (unsigned long long)size);
  if (!(*out = calloc(1, sizeof **out))) return weft_fail(&device->error, WEFT_NO_MEMORY, "null: no memory");
  (*out)->size = size;
  c->buffers++;
  c->bytes += size;
  if (c->bytes > c->peak_bytes) c->peak_bytes = c->bytes;
  return WEFT_OK;
}

static weft_status null_host_buffer_new(weft_device *device, uint64_t size, weft_buffer **out, void **out_host) {
  *out_host = NULL;
  void *host = size <= SIZE_MAX ? calloc(1, (size_t)size) : NULL;
  if (!host) return weft_fail(&device->error, WEFT_NO_MEMORY, "null: no memory");
  weft_status status = null_buffer_new(device, size, out);
  if (status == WEFT_OK)
    (*out)->host = *out_host = host;
  else
    free(host);
  return status;
}

static weft_status null_map(weft_device *device, weft_buffer *buffer, void **out_host) {
  *out_host = buffer->host;
  weft_status status = weft_call_begin(device);
  if (status != WEFT_OK || buffer->host) return status;
  return weft_fail(&device->error, WEFT_NO_FEATURE, "null: its buffers have no memory");
}

static weft_status null_unmap(weft_device *device, weft_buffer *buffer, void *host) {
  (void)buffer, (void)host;
  return weft_call_begin(device);
}

static void null_buffer_free(weft_device *device, weft_buffer *buffer) {
  if (!buffer) return;
  counts_of(device)->buffers--;
  counts_of(device)->bytes -= buffer->size;
  free(buffer->host);
  free(buffer);
}

static weft_status null_write(weft_device *device, weft_buffer *buffer, uint64_t offset, const void *data,
                              uint64_t size) {
  (void)data;
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "write", buffer, offset, size);
  if (status == WEFT_OK) counts_of(device)->writes++;
  return status;
}

static weft_status null_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out, uint64_t size) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "read", buffer, offset, size);
  if (status != WEFT_OK) return status;
  memset(out, 0, (size_t)size);
  counts_of(device)->reads++;
  return WEFT_OK;
}

static weft_status null_copy(weft_device *device, weft_buffer *from, uint64_t from_offset, weft_buffer *to,
                             uint64_t to_offset, uint64_t size) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_copy(device, from, from_offset, to, to_offset, size);
  if (status == WEFT_OK) counts_of(device)->copies++;
  return status;
}

static weft_status null_clear(weft_device *device, weft_buffer *buffer, uint64_t offset, uint64_t size) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "clear", buffer, offset, size);
  if (status == WEFT_OK) counts_of(device)->clears++;
  return status;
}

static void null_kernel_free(weft_device *device, weft_kernel *kernel) {
  if (!kernel) return;
  counts_of(device)->kernels--;
  weft_kernel_release(kernel);
  free(kernel);
}

static weft_status null_kernels_new(weft_device *device, const weft_kernel_source *sources, size_t count,
                                    weft_kernel **out) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_sources(device, sources, count);
  if (status != WEFT_OK) return status;
  for (size_t i = 0; i < count; i++) {
    out[i] = calloc(1, sizeof *out[i]);
    if (!out[i] || !weft_kernel_fill(out[i], &sources[i])) {
      free(out[i]);
      while (i--) null_kernel_free(device, out[i]);
      return weft_fail(&device->error, WEFT_NO_MEMORY, "null: no memory");
    }
    counts_of(device)->kernels++;
  }
  return WEFT_OK;
}

static weft_status null_record(weft_device *device, const weft_dispatch *dispatches, size_t count,
                               weft_recording **out) {
  *out = NULL;
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_dispatches(device, dispatches, count);
  if (status != WEFT_OK) return status;
  if (!(*out = calloc(1, sizeof **out))) return weft_fail(&device->error, WEFT_NO_MEMORY, "null: no memory");
  (*out)->count = count;
  counts_of(device)->recordings++;
  return WEFT_OK;
}

static void null_recording_free(weft_device *device, weft_recording *recording) {
  if (!recording) return;
  counts_of(device)->recordings--;
  free(recording);
}

static weft_status null_replay(weft_device *device, weft_recording *recording) {
  weft_status status = weft_call_begin(device);
  if (status != WEFT_OK) return status;
  counts_of(device)->replays++;
  counts_of(device)->dispatches += recording->count;
  return WEFT_OK;
}

static weft_status null_replay_timed(weft_device *device, weft_recording *recording, double *out_seconds) {
  for (size_t i = 0; i < recording->count; i++) out_seconds[i] = 0;
  return null_replay(device, recording);
}

static weft_status null_sync(weft_device *device) { return weft_call_begin(device); }

const weft_backend weft_backend_null = {
    .name = "null",
    .dialect = WEFT_OPENCL_C,
    .list = null_list,
    .open = null_open,
    .close = null_close,
    .buffer_new = null_buffer_new,
    .buffer_free = null_buffer_free,
    .write = null_write,
    .read = null_read,
    .copy = null_copy,
    .clear = null_clear,
    .host_buffer_new = null_host_buffer_new,
    .map = null_map,
    .unmap = null_unmap,
    .kernels_new = null_kernels_new,
    .kernel_free = null_kernel_free,
    .record = null_record,
    .recording_free = null_recording_free,
    .replay = null_replay,
    .replay_timed = null_replay_timed,
    .sync = null_sync,
};
