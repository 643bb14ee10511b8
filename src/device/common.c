/* common.c -- the checks that every backend makes before it calls a driver. A driver's answer to a bad range is often a
 * crash, so the ranges are compared here, where the text can name the kernel and the binding. */
#include "base/debug.h"
#include "device/backend.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

weft_status weft_call_begin(weft_device *device) {
  if (!device->state || device->error.status == WEFT_DEVICE_LOST) return device->error.status;
  device->error.status = WEFT_OK;
  device->error.message[0] = 0;
  return WEFT_OK;
}

weft_status weft_check_range(weft_device *device, const char *call, const weft_buffer *buffer, uint64_t offset,
                             uint64_t size) {
  if (offset <= buffer->size && size <= buffer->size - offset) return WEFT_OK;
  return weft_fail(&device->error, WEFT_BAD_ARGUMENT, "%s: bytes %llu to %llu do not lie in a buffer of %llu bytes",
                   call, (unsigned long long)offset, (unsigned long long)(offset + size),
                   (unsigned long long)buffer->size);
}

weft_status weft_check_copy(weft_device *device, const weft_buffer *from, uint64_t from_offset, const weft_buffer *to,
                            uint64_t to_offset, uint64_t size) {
  weft_status status = weft_check_range(device, "copy from", from, from_offset, size);
  if (status == WEFT_OK) status = weft_check_range(device, "copy to", to, to_offset, size);
  if (status != WEFT_OK) return status;
  if (from == to && from_offset < to_offset + size && to_offset < from_offset + size)
    return weft_fail(&device->error, WEFT_BAD_ARGUMENT, "copy: %llu bytes at %llu and at %llu of one buffer overlap",
                     (unsigned long long)size, (unsigned long long)from_offset, (unsigned long long)to_offset);
  return WEFT_OK;
}

weft_status weft_check_sources(weft_device *device, const weft_kernel_source *sources, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const weft_kernel_source *s = &sources[i];
    if (s->n_bindings < 1 || (uint32_t)s->n_bindings > device->limits.max_bindings || s->n_bindings > 32)
      return weft_fail(&device->error, WEFT_BAD_ARGUMENT, "kernel %s has %d buffers; %s takes 1 to %u", s->entry,
                       s->n_bindings, device->info.name, device->limits.max_bindings);
    uint64_t items = (uint64_t)s->local[0] * s->local[1] * s->local[2];
    if (items < 1 || items > device->info.max_group)
      return weft_fail(&device->error, WEFT_BAD_ARGUMENT, "kernel %s has work-groups of %u x %u x %u; %s takes 1 to %u",
                       s->entry, s->local[0], s->local[1], s->local[2], device->info.name, device->info.max_group);
    if (s->texels && (!device->limits.max_texels || (s->texels & s->written) || (uint64_t)s->texels >> s->n_bindings))
      return weft_fail(
          &device->error, WEFT_BAD_ARGUMENT, "kernel %s reads bindings 0x%x of %d as texels and writes 0x%x; %s %s",
          s->entry, s->texels, s->n_bindings, s->written, device->info.name,
          device->limits.max_texels ? "reads texels only of bindings that are not written" : "has no texels");
  }
  return WEFT_OK;
}

static weft_status check_binding(weft_device *device, const weft_dispatch *dispatch, size_t index, int i) {
  const weft_binding *b = &dispatch->bindings[i];
  const char *entry = dispatch->kernel->entry;
  unsigned long long offset = b->offset, size = b->size;
  if (!b->buffer)
    return weft_fail(&device->error, WEFT_BAD_ARGUMENT, "dispatch %zu, kernel %s: binding %d has no buffer", index,
                     entry, i);
  if (b->buffer->host)
    return weft_fail(&device->error, WEFT_BAD_ARGUMENT,
                     "dispatch %zu, kernel %s: binding %d is a host buffer, which is only for copies", index, entry, i);
  if (b->size == 0 || b->offset > b->buffer->size || b->size > b->buffer->size - b->offset)
    return weft_fail(&device->error, WEFT_BAD_ARGUMENT,
                     "dispatch %zu, kernel %s: binding %d, %llu bytes at %llu, does not lie in a buffer of %llu", index,
                     entry, i, size, offset, (unsigned long long)b->buffer->size);
  if (b->offset % device->limits.buffer_align)
    return weft_fail(&device->error, WEFT_BAD_ARGUMENT,
                     "dispatch %zu, kernel %s: binding %d at %llu is not a multiple of %llu", index, entry, i, offset,
                     (unsigned long long)device->limits.buffer_align);
  if (b->size > device->limits.max_binding)
    return weft_fail(&device->error, WEFT_NO_DEVICE_MEMORY,
                     "dispatch %zu, kernel %s: binding %d has %llu bytes; %s binds at most %llu", index, entry, i, size,
                     device->info.name, (unsigned long long)device->limits.max_binding);
  if ((dispatch->kernel->texels >> i & 1) && (b->size + 15) / 16 > device->limits.max_texels)
    return weft_fail(&device->error, WEFT_NO_DEVICE_MEMORY,
                     "dispatch %zu, kernel %s: binding %d has %llu bytes; %s reads at most %u texels of 16", index,
                     entry, i, size, device->info.name, device->limits.max_texels);
  return WEFT_OK;
}

weft_status weft_check_dispatches(weft_device *device, const weft_dispatch *dispatches, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const weft_dispatch *d = &dispatches[i];
    for (int k = 0; k < 3; k++)
      if (d->groups[k] < 1 || d->groups[k] > device->limits.max_groups[k])
        return weft_fail(&device->error, WEFT_BAD_ARGUMENT,
                         "dispatch %zu, kernel %s: %u work-groups in direction %d; %s takes 1 to %u", i,
                         d->kernel->entry, d->groups[k], k, device->info.name, device->limits.max_groups[k]);
    for (int b = 0; b < d->kernel->n_bindings; b++) {
      weft_status status = check_binding(device, d, i, b);
      if (status != WEFT_OK) return status;
    }
  }
  return WEFT_OK;
}

int weft_kernel_fill(weft_kernel *kernel, const weft_kernel_source *source) {
  kernel->entry = strdup(source->entry);
  kernel->n_bindings = source->n_bindings;
  kernel->written = source->written;
  kernel->texels = source->texels;
  kernel->joins = source->joins;
  kernel->private_bytes = source->private_bytes;
  memcpy(kernel->local, source->local, sizeof kernel->local);
  return kernel->entry != NULL;
}

void weft_kernel_release(weft_kernel *kernel) { free(kernel->entry); }

weft_status weft_build_fail(weft_device *device, const char *entry, const char *log) {
  while (*log == '\n' || *log == ' ') log++;
  if (weft_debug(WEFT_DEBUG_KERNEL)) fprintf(stderr, "weft: kernel %s on %s:\n%s\n", entry, device->info.name, log);
  return weft_fail(&device->error, WEFT_BUILD_FAILED, "kernel %s did not build on %s: %s", entry, device->info.name,
                   *log ? log : "the driver gave no log");
}

void weft_info_begin(weft_device_info *info, const char *backend, int index) {
  memset(info, 0, sizeof *info);
  if (index < 0)
    snprintf(info->id, sizeof info->id, "%s", backend);
  else
    snprintf(info->id, sizeof info->id, "%s:%d", backend, index);
  snprintf(info->backend, sizeof info->backend, "%s", backend);
  info->usable = 1;
}

weft_device_class weft_class_asked(weft_device_class natural) {
  const char *text = getenv("WEFT_CLASS");
  if (text && !strcmp(text, "cpu")) return WEFT_CLASS_CPU;
  if (text && !strcmp(text, "gpu")) return WEFT_CLASS_GPU;
  return natural;
}
