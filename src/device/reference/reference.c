/* reference.c -- the reference device. It has memory and copies, which happen at once, and refuses kernels: who holds
 * this device interprets the graph. */
#include "device/reference/reference.h"
#include "base/hash.h"
#include "device/backend.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DATA_ALIGN = 64 };

typedef struct reference_buffer {
  weft_buffer head;
  char *data;
} reference_buffer;

static char *data_of(weft_buffer *buffer) { return ((reference_buffer *)buffer)->data; }
void *weft_reference_data(weft_buffer *buffer) { return data_of(buffer); }

static uint64_t host_memory(void) {
  long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
}

static size_t reference_list(weft_device_info *out, int *out_rank, size_t capacity) {
  if (capacity < 1) return 1;
  weft_info_begin(out, "reference", -1);
  snprintf(out->name, sizeof out->name, "interpreter in double precision");
  snprintf(out->driver, sizeof out->driver, "weft " WEFT_VERSION);
  out->device_class = WEFT_CLASS_CPU;
  out->memory = out->max_buffer = host_memory();
  out->compute_units = 1;
  out->vector_width = 4;
  out->max_group = 1;
  *out_rank = WEFT_RANK_HOST;
  return 1;
}

static weft_status reference_open(weft_device *device, int index) {
  (void)index;
  int rank;
  reference_list(&device->info, &rank, 1);
  device->limits = (weft_device_limits){.buffer_align = DATA_ALIGN,
                                        .max_binding = device->info.max_buffer,
                                        .max_groups = {INT32_MAX, INT32_MAX, INT32_MAX},
                                        .max_bindings = 32};
  device->fingerprint = weft_hash_text(WEFT_HASH_SEED, device->info.driver);
  device->state = malloc(1); /* a state says that the device is open */
  return device->state ? WEFT_OK : weft_fail(&device->error, WEFT_NO_MEMORY, "reference: no memory");
}

static void reference_close(weft_device *device) { free(device->state); }

static void reference_buffer_free(weft_device *device, weft_buffer *buffer) {
  (void)device;
  if (!buffer) return;
  free(data_of(buffer));
  free(buffer);
}

static weft_status reference_buffer_new(weft_device *device, uint64_t size, weft_buffer **out) {
  *out = NULL;
  weft_status status = weft_call_begin(device);
  if (status != WEFT_OK) return status;
  reference_buffer *b = calloc(1, sizeof *b);
  void *data = NULL;
  size_t room = (size_t)size + DATA_ALIGN;
  if (b && size <= SIZE_MAX / 2 && posix_memalign(&data, DATA_ALIGN, room) == 0) {
    b->data = data;
    b->head.size = size;
    *out = &b->head;
    return WEFT_OK;
  }
  free(b);
  return weft_fail(&device->error, WEFT_NO_MEMORY, "reference: no memory for a buffer of %llu bytes",
                   (unsigned long long)size);
}

static weft_status reference_write(weft_device *device, weft_buffer *buffer, uint64_t offset, const void *data,
                                   uint64_t size) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "write", buffer, offset, size);
  if (status == WEFT_OK && size) memcpy(data_of(buffer) + offset, data, (size_t)size);
  return status;
}

static weft_status reference_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out, uint64_t size) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "read", buffer, offset, size);
  if (status == WEFT_OK && size) memcpy(out, data_of(buffer) + offset, (size_t)size);
  return status;
}

static weft_status reference_copy(weft_device *device, weft_buffer *from, uint64_t from_offset, weft_buffer *to,
                                  uint64_t to_offset, uint64_t size) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_copy(device, from, from_offset, to, to_offset, size);
  if (status == WEFT_OK && size) memcpy(data_of(to) + to_offset, data_of(from) + from_offset, (size_t)size);
  return status;
}

static weft_status reference_clear(weft_device *device, weft_buffer *buffer, uint64_t offset, uint64_t size) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "clear", buffer, offset, size);
  if (status == WEFT_OK) memset(data_of(buffer) + offset, 0, (size_t)size);
  return status;
}

static weft_status reference_host_buffer_new(weft_device *device, uint64_t size, weft_buffer **out, void **out_host) {
  weft_status status = reference_buffer_new(device, size, out);
  *out_host = status == WEFT_OK ? data_of(*out) : NULL;
  if (*out) (*out)->host = *out_host;
  return status;
}

static weft_status reference_map(weft_device *device, weft_buffer *buffer, void **out_host) {
  *out_host = data_of(buffer);
  return weft_call_begin(device);
}

static weft_status reference_unmap(weft_device *device, weft_buffer *buffer, void *host) {
  (void)buffer, (void)host;
  return weft_call_begin(device);
}

static weft_status no_kernels(weft_device *device) {
  weft_status status = weft_call_begin(device);
  if (status != WEFT_OK) return status;
  return weft_fail(&device->error, WEFT_NO_FEATURE, "reference: has no kernels, since it interprets programs");
}

static weft_status reference_kernels_new(weft_device *device, const weft_kernel_source *sources, size_t count,
                                         weft_kernel **out) {
  (void)sources;
  for (size_t i = 0; i < count; i++) out[i] = NULL;
  return no_kernels(device);
}

static weft_status reference_record(weft_device *device, const weft_dispatch *dispatches, size_t count,
                                    weft_recording **out) {
  (void)dispatches, (void)count;
  *out = NULL;
  return no_kernels(device);
}

static weft_status reference_replay(weft_device *device, weft_recording *recording) {
  (void)recording;
  return no_kernels(device);
}

static weft_status reference_replay_timed(weft_device *device, weft_recording *recording, double *out_seconds) {
  (void)recording, (void)out_seconds;
  return no_kernels(device);
}

static void reference_kernel_free(weft_device *device, weft_kernel *kernel) { (void)device, (void)kernel; }
static void reference_recording_free(weft_device *device, weft_recording *recording) { (void)device, (void)recording; }
static weft_status reference_sync(weft_device *device) { return weft_call_begin(device); }

const weft_backend weft_backend_reference = {
    .name = "reference",
    .dialect = WEFT_OPENCL_C,
    .list = reference_list,
    .open = reference_open,
    .close = reference_close,
    .buffer_new = reference_buffer_new,
    .buffer_free = reference_buffer_free,
    .write = reference_write,
    .read = reference_read,
    .copy = reference_copy,
    .clear = reference_clear,
    .host_buffer_new = reference_host_buffer_new,
    .map = reference_map,
    .unmap = reference_unmap,
    .kernels_new = reference_kernels_new,
    .kernel_free = reference_kernel_free,
    .record = reference_record,
    .recording_free = reference_recording_free,
    .replay = reference_replay,
    .replay_timed = reference_replay_timed,
    .sync = reference_sync,
};
