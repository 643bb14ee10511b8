/* test_host.c -- the devices without a driver: reference and null. */
#include "device/null/null.h"
#include "device/reference/reference.h"
#include "support.h"
#include <stdint.h>
#include <string.h>

Test(host, reference_has_memory_and_no_kernels) {
  weft_device *device = weft_device_open("reference");
  const weft_backend *b = device->backend;
  weft_buffer *buffer = new_buffer(device, 100), *empty = new_buffer(device, 0);
  char data[100], out[100];
  for (int i = 0; i < 100; i++) data[i] = (char)i;
  must(device, b->write(device, buffer, 0, data, 100));
  cr_assert(memcmp(weft_reference_data(buffer), data, 100) == 0);
  cr_assert((uintptr_t)weft_reference_data(buffer) % device->limits.buffer_align == 0);
  must(device, b->copy(device, buffer, 10, buffer, 50, 40));
  must(device, b->clear(device, buffer, 0, 3));
  must(device, b->read(device, buffer, 0, out, 100));
  cr_assert(out[2] == 0 && out[3] == 3 && out[50] == 10 && out[89] == 49 && out[90] == 90);
  must_fail(device, b->read(device, buffer, 99, out, 2), WEFT_BAD_ARGUMENT, "100 bytes");
  weft_kernel *kernel;
  weft_recording *recording;
  weft_kernel_source source = {"k", "", 1, 1, {1, 1, 1}};
  must_fail(device, b->kernels_new(device, &source, 1, &kernel), WEFT_NO_FEATURE, "no kernels");
  must_fail(device, b->record(device, NULL, 0, &recording), WEFT_NO_FEATURE, "no kernels");
  cr_assert(kernel == NULL && recording == NULL);
  must(device, b->sync(device));
  b->buffer_free(device, buffer);
  b->buffer_free(device, empty);
  b->buffer_free(device, NULL);
  weft_device_close(device);
}

Test(host, null_counts_and_checks) {
  weft_device *device = weft_device_open("null");
  const weft_backend *b = device->backend;
  const weft_null_counts *n = weft_null_count(device);
  weft_buffer *x = new_buffer(device, UINT64_C(1) << 38), *y = new_buffer(device, 1000), *z;
  must_fail(device, b->buffer_new(device, UINT64_MAX, &z), WEFT_NO_DEVICE_MEMORY, "no room");
  char data[8] = {1, 2, 3};
  must(device, b->write(device, y, 8, data, 8));
  must(device, b->read(device, y, 8, data, 8));
  cr_assert(data[0] == 0 && data[2] == 0);
  must_fail(device, b->write(device, y, 996, data, 8), WEFT_BAD_ARGUMENT, "1000 bytes");
  weft_kernel_source sources[2] = {{"k", "any text", 2, 1, {8, 1, 1}}, {"l", "", 1, 1, {1, 1, 1}}};
  weft_kernel *kernels[2];
  must(device, b->kernels_new(device, sources, 2, kernels));
  weft_binding bindings[2] = {{x, 256, 100}, {y, 0, 1000}};
  weft_dispatch dispatches[2] = {{kernels[0], bindings, {4, 1, 1}, 0}, {kernels[1], bindings, {1, 1, 1}, 1}};
  weft_recording *recording;
  must(device, b->record(device, dispatches, 2, &recording));
  must(device, b->replay(device, recording));
  must(device, b->replay(device, recording));
  double seconds[2] = {1, 1};
  must(device, b->replay_timed(device, recording, seconds));
  cr_assert(seconds[0] == 0 && seconds[1] == 0);
  bindings[0].offset = 255;
  weft_recording *none;
  must_fail(device, b->record(device, dispatches, 2, &none), WEFT_BAD_ARGUMENT, "kernel k: binding 0");
  cr_assert(n->replays == 3 && n->dispatches == 6 && n->writes == 1 && n->reads == 1);
  cr_assert(n->buffers == 2 && n->kernels == 2 && n->recordings == 1 && n->bytes == (UINT64_C(1) << 38) + 1000);
  b->recording_free(device, recording);
  for (int i = 0; i < 2; i++) b->kernel_free(device, kernels[i]);
  b->buffer_free(device, x);
  b->buffer_free(device, y);
  cr_assert(n->buffers == 0 && n->kernels == 0 && n->recordings == 0 && n->bytes == 0);
  cr_assert(n->peak_bytes == (UINT64_C(1) << 38) + 1000);
  weft_device_close(device);
}
