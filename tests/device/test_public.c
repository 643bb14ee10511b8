/* test_public.c -- weft/kernel.h as a program outside the library uses it, on every device. */
#include "support.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 256, LOCAL = 16 };

static void must_succeed(weft_device *device, weft_status status) {
  cr_assert(status == WEFT_OK, "%s: %s", device->info.id, weft_device_failure(device));
  cr_assert(!strcmp(weft_device_failure(device), ""), "%s: a success leaves a text", device->info.id);
}

static void must_tell(weft_device *device, weft_status status, weft_status expected, const char *words) {
  cr_assert(status == expected, "%s: status %d, not %d: %s", device->info.id, status, expected,
            weft_device_failure(device));
  cr_assert(strstr(weft_device_failure(device), words), "%s: \"%s\" lacks \"%s\"", device->info.id,
            weft_device_failure(device), words);
}

/* out[i] = 2 in[i] + i, once from a replay and once from a timed one. */
static void check_run(weft_device *device) {
  char *text = kernel_text(device, "scale");
  weft_kernel_spec spec = {.entry = "scale", .text = text, .n_bindings = 2, .written = 2, .local = {LOCAL, 1, 1}};
  weft_kernel *kernel;
  weft_buffer *in, *out;
  weft_recording *recording;
  float from[N], to[N];
  double seconds[2] = {-1, -1};
  for (int i = 0; i < N; i++) from[i] = (float)(i % 7);
  must_succeed(device, weft_kernels_new(device, &spec, 1, &kernel));
  must_succeed(device, weft_buffer_new(device, sizeof from, &in));
  must_succeed(device, weft_buffer_new(device, sizeof from, &out));
  must_succeed(device, weft_buffer_write(device, in, 0, from, sizeof from));
  weft_binding forward[2] = {{in, 0, sizeof from}, {out, 0, sizeof from}};
  weft_binding back[2] = {{out, 0, sizeof from}, {in, 0, sizeof from}};
  weft_dispatch dispatches[2] = {{.kernel = kernel, .bindings = forward, .groups = {N / LOCAL, 1, 1}},
                                 {.kernel = kernel, .bindings = back, .groups = {N / LOCAL, 1, 1}, .barrier = 1}};
  must_succeed(device, weft_record(device, dispatches, 2, &recording));
  must_succeed(device, weft_replay(device, recording));
  must_succeed(device, weft_device_sync(device));
  must_succeed(device, weft_buffer_read(device, in, 0, to, sizeof to));
  for (int i = 0; i < N; i++) cr_assert(to[i] == 4 * from[i] + 3 * (float)i, "%s: %d: %g", device->info.id, i, to[i]);
  if (device->info.timestamp_ns > 0) {
    must_succeed(device, weft_buffer_write(device, in, 0, from, sizeof from));
    must_succeed(device, weft_replay_timed(device, recording, seconds));
    for (int i = 0; i < 2; i++)
      cr_assert(seconds[i] >= 0 && seconds[i] < 60, "%s: %g seconds", device->info.id, seconds[i]);
    must_succeed(device, weft_buffer_read(device, in, 0, to, sizeof to));
    for (int i = 0; i < N; i++) cr_assert(to[i] == 4 * from[i] + 3 * (float)i, "%s: %d: %g", device->info.id, i, to[i]);
  }
  must_succeed(device, weft_buffer_copy(device, in, 0, out, 0, sizeof to / 2));
  must_succeed(device, weft_buffer_clear(device, out, 0, sizeof to / 4));
  must_succeed(device, weft_buffer_read(device, out, 0, to, sizeof to / 2));
  for (int i = 0; i < N / 2; i++) cr_assert(to[i] == (i < N / 4 ? 0 : 4 * from[i] + 3 * (float)i));
  weft_recording_free(device, recording);
  weft_kernel_free(device, kernel);
  weft_buffer_free(device, in);
  weft_buffer_free(device, out);
  free(text);
}
/* A call that fails is over with its call: a graph on the device starts well. */
static void check_graph_after_failure(weft_device *device) {
  weft_buffer *buffer;
  must_tell(device, weft_buffer_new(device, 0, &buffer), WEFT_BAD_ARGUMENT, "");
  weft_graph *graph = weft_graph_new(device);
  cr_assert_eq(weft_graph_status(graph), WEFT_OK, "%s: %s", device->info.id, weft_graph_message(graph));
  weft_graph_free(graph);
}
Test(public, a_graph_starts_well_after_a_failed_call) { each_device(check_graph_after_failure); }

Test(public, kernels_of_a_user_run) { each_device(check_run); }

/* There and back through host memory and through the mapped buffer. */
static void check_host(weft_device *device) {
  enum { BYTES = 300000 };
  weft_buffer *up, *down, *buffer;
  void *source, *target, *mapped;
  must_succeed(device, weft_buffer_new_host(device, BYTES, &up, &source));
  must_succeed(device, weft_buffer_new_host(device, BYTES, &down, &target));
  must_succeed(device, weft_buffer_new(device, BYTES, &buffer));
  for (int i = 0; i < BYTES; i++) ((char *)source)[i] = (char)(i * 11);
  memset(target, 0, BYTES);
  must_succeed(device, weft_buffer_copy(device, up, 0, buffer, 0, BYTES));
  must_succeed(device, weft_buffer_copy(device, buffer, 64, down, 128, 1000));
  must_succeed(device, weft_device_sync(device));
  for (int i = 0; i < 1200; i++) {
    char want = i < 128 || i >= 1128 ? 0 : (char)((i - 64) * 11);
    cr_assert(((char *)target)[i] == want, "%s: byte %d", device->info.id, i);
  }
  weft_status status = weft_buffer_map(device, buffer, &mapped);
  if (status == WEFT_OK) {
    cr_assert(!memcmp(mapped, source, BYTES), "%s: the map shows something else", device->info.id);
    memset((char *)mapped + 100, 7, 200);
    must_succeed(device, weft_buffer_unmap(device, buffer, mapped));
    char part[300];
    must_succeed(device, weft_buffer_read(device, buffer, 50, part, sizeof part));
    for (int i = 50; i < 350; i++)
      cr_assert(part[i - 50] == (i < 100 || i >= 300 ? (char)(i * 11) : 7), "%s: byte %d", device->info.id, i);
  } else {
    must_tell(device, status, WEFT_NO_FEATURE, device->info.name);
  }
  must_succeed(device, weft_buffer_copy(device, up, 0, down, 0, BYTES));
  must_succeed(device, weft_device_sync(device));
  cr_assert(!memcmp(source, target, BYTES));
  /* A host buffer is for copies. */
  char *text = kernel_text(device, "scale");
  weft_kernel_spec spec = {"scale", text, 2, 2, {LOCAL, 1, 1}};
  weft_kernel *kernel;
  weft_recording *recording;
  must_succeed(device, weft_kernels_new(device, &spec, 1, &kernel));
  weft_binding bindings[2] = {{buffer, 0, 4096}, {up, 0, 4096}};
  weft_dispatch dispatch = {.kernel = kernel, .bindings = bindings, .groups = {1, 1, 1}};
  must_tell(device, weft_record(device, &dispatch, 1, &recording), WEFT_BAD_ARGUMENT, "binding 1 is a host buffer");
  must_tell(device, weft_buffer_write(device, up, 0, text, 1), WEFT_BAD_ARGUMENT, "no buffer in device memory");
  must_tell(device, weft_buffer_map(device, up, &mapped), WEFT_BAD_ARGUMENT, "no buffer in device memory");
  must_tell(device, weft_buffer_copy(device, up, BYTES - 10, buffer, 0, 11), WEFT_BAD_ARGUMENT, "do not lie");
  must_tell(device, weft_buffer_new_host(device, 0, &up, &source), WEFT_BAD_ARGUMENT, "0 bytes");
  weft_kernel_free(device, kernel);
  weft_buffer_free(device, bindings[1].buffer);
  weft_buffer_free(device, down);
  weft_buffer_free(device, buffer);
  free(text);
}
Test(public, host_buffers_and_maps) { each_device(check_host); }

static void check_failures(weft_device *device) {
  char *good = kernel_text(device, "scale"), *bad = kernel_text(device, "broken");
  weft_kernel_spec specs[2] = {{"scale", good, 2, 2, {LOCAL, 1, 1}}, {"broken", bad, 1, 1, {1, 1, 1}}};
  weft_kernel *kernels[2];
  weft_buffer *buffer;
  weft_recording *recording;
  must_tell(device, weft_kernels_new(device, specs, 2, kernels), WEFT_BUILD_FAILED, "not_declared_anywhere");
  cr_assert(!kernels[0] && !kernels[1]);
  specs[1].text = NULL;
  must_tell(device, weft_kernels_new(device, specs, 2, kernels), WEFT_BAD_ARGUMENT, "no text");
  must_tell(device, weft_buffer_new(device, 0, &buffer), WEFT_BAD_ARGUMENT, "0 bytes");
  cr_assert(!buffer);
  must_tell(device, weft_buffer_new(device, UINT64_MAX / 2, &buffer), WEFT_NO_DEVICE_MEMORY, device->info.name);
  must_succeed(device, weft_kernels_new(device, specs, 1, kernels));
  must_succeed(device, weft_buffer_new(device, 1024, &buffer));
  must_tell(device, weft_buffer_write(device, buffer, 1000, good, 25), WEFT_BAD_ARGUMENT, "1000 to 1025");
  must_tell(device, weft_buffer_read(device, buffer, 0, NULL, 4), WEFT_BAD_ARGUMENT, "no place");
  must_tell(device, weft_buffer_clear(device, NULL, 0, 4), WEFT_BAD_ARGUMENT, "no buffer");
  weft_binding bindings[2] = {{buffer, 0, 512}, {buffer, 1, 512}};
  weft_dispatch dispatch = {.kernel = kernels[0], .bindings = bindings, .groups = {1, 1, 1}};
  must_tell(device, weft_record(device, &dispatch, 1, &recording), WEFT_BAD_ARGUMENT, "binding 1");
  dispatch.kernel = NULL;
  must_tell(device, weft_record(device, &dispatch, 1, &recording), WEFT_BAD_ARGUMENT, "no kernel");
  must_tell(device, weft_replay(device, NULL), WEFT_BAD_ARGUMENT, "no recording");
  cr_assert(512 % weft_device_binding_align(device) == 0 && weft_device_largest_binding(device) >= 1 << 20);
  weft_buffer_free(device, buffer);
  weft_buffer_free(device, NULL);
  weft_kernel_free(device, kernels[0]);
  free(good);
  free(bad);
}
Test(public, failures_name_what_and_where) { each_device(check_failures); }

Test(public, devices_without_kernels_say_so) {
  weft_device *reference = weft_device_open("reference"), *none = weft_device_open("quantum:0");
  weft_kernel_spec spec = {"k", "", 1, 1, {1, 1, 1}};
  weft_kernel *kernel;
  weft_buffer *buffer;
  cr_assert(weft_device_language(reference) == WEFT_LANGUAGE_NONE && weft_device_language(none) == WEFT_LANGUAGE_NONE);
  must_tell(reference, weft_kernels_new(reference, &spec, 1, &kernel), WEFT_NO_FEATURE, "interprets");
  must_succeed(reference, weft_buffer_new(reference, 64, &buffer));
  weft_buffer_free(reference, buffer);
  must_tell(none, weft_buffer_new(none, 64, &buffer), WEFT_BAD_ARGUMENT, "quantum:0");
  cr_assert(weft_device_sync(NULL) == WEFT_BAD_ARGUMENT && weft_device_language(NULL) == WEFT_LANGUAGE_NONE);
  weft_device_close(reference);
  weft_device_close(none);
}

/* A device's description and what its drivers let kernels do agree: where f64 is told, a kernel that uses it builds. */
static void check_features(weft_device *device) {
  const weft_device_info *info = &device->info;
  cr_assert(info->subgroup_min <= info->subgroup && info->subgroup <= info->subgroup_max, "%s: subgroups", info->id);
  if (!(info->features & WEFT_HAS_F64)) return;
  char *text = kernel_text(device, "wide");
  weft_kernel_spec spec = {"wide", text, 1, 1, {1, 1, 1}};
  weft_kernel *kernel;
  weft_buffer *buffer;
  weft_recording *recording;
  double values[2] = {1.0 / 3.0, 0};
  must_succeed(device, weft_kernels_new(device, &spec, 1, &kernel));
  must_succeed(device, weft_buffer_new(device, sizeof values, &buffer));
  must_succeed(device, weft_buffer_write(device, buffer, 0, values, sizeof values));
  weft_binding binding = {buffer, 0, sizeof values};
  weft_dispatch dispatch = {.kernel = kernel, .bindings = &binding, .groups = {1, 1, 1}};
  must_succeed(device, weft_record(device, &dispatch, 1, &recording));
  must_succeed(device, weft_replay(device, recording));
  must_succeed(device, weft_buffer_read(device, buffer, 0, values, sizeof values));
  cr_assert(fabs(values[1] - 1.0 / 9.0) < 1e-16, "%s: %.17g", info->id, values[1]);
  weft_recording_free(device, recording);
  weft_kernel_free(device, kernel);
  weft_buffer_free(device, buffer);
  free(text);
}
Test(public, features_told_are_there) { each_device(check_features); }
