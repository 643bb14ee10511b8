/* test_kernel.c -- building kernels: several at once, failures, texts that share names. */
#include "support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef WEFT_HAVE_OPENCL
#include "device/opencl/opencl.h"
#endif
#ifdef WEFT_HAVE_VULKAN
#include "device/vulkan/vulkan.h"
#endif

enum { N = 64 };

/* Runs a kernel (from, to) of N floats and compares with 2 x + i. */
static void run_scale(weft_device *device, weft_kernel *kernel) {
  weft_buffer *buffers[2] = {new_buffer(device, N * 4), new_buffer(device, N * 4)};
  float from[N], to[N];
  for (int i = 0; i < N; i++) from[i] = (float)(i * i);
  must(device, device->backend->write(device, buffers[0], 0, from, sizeof from));
  weft_recording *recording = record_one(device, kernel, buffers, N / 16);
  must(device, device->backend->replay(device, recording));
  must(device, device->backend->read(device, buffers[1], 0, to, sizeof to));
  for (int i = 0; i < N; i++) cr_assert(to[i] == 2 * from[i] + (float)i, "%s: %d: %g", device->info.id, i, to[i]);
  device->backend->recording_free(device, recording);
  for (int i = 0; i < 2; i++) device->backend->buffer_free(device, buffers[i]);
}

static void check_run(weft_device *device) {
  weft_kernel *kernel = build_kernel(device, "scale", 2, 16, 1, 1);
  run_scale(device, kernel);
  device->backend->kernel_free(device, kernel);
  device->backend->kernel_free(device, NULL);
}
Test(kernel, builds_and_runs) { each_device(check_run); }

static void check_shared_text(weft_device *device) {
  char *text = kernel_text(device, "scale");
  weft_kernel_source source = {"scale", text, 2, 2, {16, 1, 1}, 0}, sources[3] = {source, source, source};
  weft_kernel *kernels[3], *again;
  must(device, device->backend->kernels_new(device, sources, 3, kernels));
  must(device, device->backend->kernels_new(device, sources, 1, &again));
  for (int i = 0; i < 3; i++) {
    run_scale(device, kernels[i]);
    device->backend->kernel_free(device, kernels[i]);
  }
  run_scale(device, again);
  device->backend->kernel_free(device, again);
  must(device, device->backend->kernels_new(device, sources, 0, NULL));
  free(text);
}
Test(kernel, equal_texts_share_a_program) { each_device(check_shared_text); }

static void check_failures(weft_device *device) {
  const weft_backend *b = device->backend;
  char *good = kernel_text(device, "scale"), *bad = kernel_text(device, "broken");
  weft_kernel_source sources[2] = {{"scale", good, 2, 2, {16, 1, 1}, 0}, {"broken", bad, 1, 1, {1, 1, 1}, 0}};
  weft_kernel *kernels[2] = {(weft_kernel *)good, (weft_kernel *)good};
  must_fail(device, b->kernels_new(device, sources, 2, kernels), WEFT_BUILD_FAILED, "kernel broken did not build");
  must_fail(device, b->kernels_new(device, &sources[1], 1, kernels), WEFT_BUILD_FAILED, "not_declared_anywhere");
  cr_assert(strstr(device->error.message, device->info.name));
  must_fail(device, b->kernels_new(device, sources, 2, kernels), WEFT_BUILD_FAILED, "not_declared_anywhere");
  cr_assert(kernels[0] == NULL && kernels[1] == NULL);
  sources[0].n_bindings = 0;
  must_fail(device, b->kernels_new(device, sources, 1, kernels), WEFT_BAD_ARGUMENT, "kernel scale has 0 buffers");
  sources[0].n_bindings = 33;
  must_fail(device, b->kernels_new(device, sources, 1, kernels), WEFT_BAD_ARGUMENT, "33 buffers");
  sources[0].n_bindings = 2;
  sources[0].local[1] = 1 << 20;
  must_fail(device, b->kernels_new(device, sources, 1, kernels), WEFT_BAD_ARGUMENT, "work-groups of 16 x 1048576 x 1");
  sources[0].local[1] = 1;
  if (b->dialect == WEFT_OPENCL_C) {
    sources[0].n_bindings = 3;
    must_fail(device, b->kernels_new(device, sources, 1, kernels), WEFT_BUILD_FAILED, "takes 2 arguments, not the 3");
    sources[0].n_bindings = 2;
    sources[0].entry = "scales";
    must_fail(device, b->kernels_new(device, sources, 1, kernels), WEFT_BUILD_FAILED,
              "kernel scales is not in the text");
    sources[0].entry = "scale";
  }
  /* The device is none the worse for it. */
  must(device, b->kernels_new(device, sources, 1, kernels));
  run_scale(device, kernels[0]);
  b->kernel_free(device, kernels[0]);
  free(good);
  free(bad);
}
Test(kernel, a_failed_build_names_entry_and_log) { each_device(check_failures); }

/* Texels of a number of elements that is no multiple of four, at an offset, in a buffer without room behind it; every
 * bit as it was written, whatever float it would be. */
static void check_texels(weft_device *device) {
  enum { COUNT = 61, OFFSET = 64, BYTES = COUNT * 4 };
  const weft_backend *b = device->backend;
  if (!device->limits.max_texels) cr_skip_test("%s has no texels", device->info.id);
  char *text = kernel_text(device, "texels");
  weft_kernel_source source = {"texels", text, 3, 4, {16, 1, 1}, 2};
  weft_kernel *kernel;
  must(device, b->kernels_new(device, &source, 1, &kernel));
  weft_buffer *buffers[3] = {new_buffer(device, BYTES), new_buffer(device, OFFSET + BYTES), new_buffer(device, BYTES)};
  uint32_t add[COUNT], read[COUNT], to[COUNT];
  for (uint32_t i = 0; i < COUNT; i++) {
    add[i] = i;
    read[i] = i % 3 == 0 ? i : i % 3 == 1 ? 0x7f800001u + i : 2654435761u * i;
  }
  must(device, b->write(device, buffers[0], 0, add, BYTES));
  must(device, b->write(device, buffers[1], OFFSET, read, BYTES));
  weft_binding bindings[3] = {{buffers[0], 0, BYTES}, {buffers[1], OFFSET, BYTES}, {buffers[2], 0, BYTES}};
  weft_dispatch dispatches[2] = {{.kernel = kernel, .bindings = bindings, .groups = {4, 1, 1}}};
  dispatches[1] = dispatches[0];
  weft_recording *recording;
  must(device, b->record(device, dispatches, 2, &recording));
  must(device, b->replay(device, recording));
  must(device, b->read(device, buffers[2], 0, to, BYTES));
  for (uint32_t i = 0; i < COUNT; i++)
    cr_assert(to[i] == read[i] + i, "%s: %u: %x, not %x", device->info.id, i, to[i], read[i] + i);
  b->recording_free(device, recording);
  uint32_t most = device->limits.max_texels;
  device->limits.max_texels = COUNT / 4;
  must_fail(device, b->record(device, dispatches, 1, &recording), WEFT_NO_DEVICE_MEMORY, "binding 1 has 244 bytes");
  device->limits.max_texels = most;
  b->kernel_free(device, kernel);
  for (int i = 0; i < 3; i++) b->buffer_free(device, buffers[i]);
  source.texels = 6;
  must_fail(device, b->kernels_new(device, &source, 1, &kernel), WEFT_BAD_ARGUMENT, "bindings that are not written");
  source.texels = 8;
  must_fail(device, b->kernels_new(device, &source, 1, &kernel), WEFT_BAD_ARGUMENT, "bindings 0x8 of 3");
  free(text);
}
Test(kernel, texels_are_read_bit_by_bit) { each_device_of("vulkan", check_texels); }

static void check_no_texels(weft_device *device) {
  char *text = kernel_text(device, "scale");
  weft_kernel_source source = {"scale", text, 2, 2, {16, 1, 1}, 1};
  weft_kernel *kernel;
  must_fail(device, device->backend->kernels_new(device, &source, 1, &kernel), WEFT_BAD_ARGUMENT, "has no texels");
  free(text);
}
Test(kernel, texels_are_refused_where_there_are_none) { each_device_of("opencl", check_no_texels); }

/* OpenCL C texts that cannot stand in one file as they are: equal entries, helpers and macros with other meanings. */
static const char common_text[] =
    "#define WORDS(N) float part##N(float x) { return 0.5f * x; } float twice##N(float x) { return 4 * part##N(x); }\n";

static void make_text(char *out, size_t size, int i) {
  snprintf(out, size,
           "%s%s"
           "#define ADD %d.0f /* a comment\n that goes on */\n"
           "#ifdef LEAKED\n#error a macro of another text is seen\n#endif\n"
           "%s"
           "static float helper(float x) { return x + ADD; } // the same name (everywhere)\n"
           "__kernel __attribute__((reqd_work_group_size(16, 1, 1))) void map(__global const float *a, __global float "
           "*b) {\n"
           "  size_t i = get_global_id(0);\n"
           "  b[i] = helper(%s(a[i]));\n"
           "}\n",
           common_text, i % 2 ? "" : "WORDS(4)\n", i, i == 0 ? "#define LEAKED 1\n" : "", i % 2 ? "2 * " : "twice4");
}

static void check_names(weft_device *device) {
  enum { COUNT = 6 };
  char texts[COUNT][2048];
  weft_kernel_source sources[COUNT];
  weft_kernel *kernels[COUNT];
  for (int i = 0; i < COUNT; i++) {
    make_text(texts[i], sizeof texts[i], i);
    sources[i] = (weft_kernel_source){"map", texts[i], 2, 2, {16, 1, 1}, 0};
  }
  must(device, device->backend->kernels_new(device, sources, COUNT, kernels));
  weft_buffer *buffers[2] = {new_buffer(device, N * 4), new_buffer(device, N * 4)};
  float from[N], to[N];
  for (int i = 0; i < N; i++) from[i] = (float)i;
  must(device, device->backend->write(device, buffers[0], 0, from, sizeof from));
  for (int k = 0; k < COUNT; k++) {
    weft_recording *recording = record_one(device, kernels[k], buffers, N / 16);
    must(device, device->backend->replay(device, recording));
    must(device, device->backend->read(device, buffers[1], 0, to, sizeof to));
    for (int i = 0; i < N; i++) cr_assert(to[i] == 2 * from[i] + (float)k, "kernel %d: %d: %g", k, i, to[i]);
    device->backend->recording_free(device, recording);
    device->backend->kernel_free(device, kernels[k]);
  }
  for (int i = 0; i < 2; i++) device->backend->buffer_free(device, buffers[i]);
}
Test(kernel, texts_of_one_call_do_not_see_each_other) { each_device_of("opencl", check_names); }

#ifdef WEFT_HAVE_OPENCL
/* Binaries are not kept for every driver: here they are, to see that they work. */
static void check_binaries(weft_device *device) {
  char folder[64];
  fresh_cache(folder, sizeof folder);
  ((weft_cl_state *)device->state)->keeps_binaries = 1;
  weft_kernel *kernel = build_kernel(device, "scale", 2, 16, 1, 1);
  run_scale(device, kernel);
  device->backend->kernel_free(device, kernel);
  cr_assert(each_file(folder, NULL) == 1, "%s: no binary kept", device->info.id);
  kernel = build_kernel(device, "scale", 2, 16, 1, 1);
  run_scale(device, kernel);
  device->backend->kernel_free(device, kernel);
  cr_assert(each_file(folder, NULL) == 1);
  remove_cache(folder);
}
Test(kernel, binaries_are_kept_and_used) { each_device_of("opencl", check_binaries); }
#endif

static void truncate_file(const char *path) {
  FILE *file = fopen(path, "wb");
  fputs("weft", file);
  fclose(file);
}

static void check_spirv(weft_device *device) {
  char folder[64];
  fresh_cache(folder, sizeof folder);
  for (int round = 0; round < 3; round++) { /* cold, warm, damaged */
    if (round == 2) each_file(folder, truncate_file);
    weft_kernel *kernel = build_kernel(device, "scale", 2, 16, 1, 1);
    run_scale(device, kernel);
    device->backend->kernel_free(device, kernel);
    cr_assert(each_file(folder, NULL) >= 1, "%s: no SPIR-V kept", device->info.id);
  }
  remove_cache(folder);
}
Test(kernel, spirv_is_kept_and_damage_repaired) { each_device_of("vulkan", check_spirv); }

#ifdef WEFT_HAVE_VULKAN
/* A module that asks for special values is the module and three instructions: a capability, its extension and a mode of
 * the entry point, each among its kind. */
static void check_special_values(weft_device *device) {
  char *text = kernel_text(device, "scale"), *log;
  size_t plain_size, size, n = 5;
  cr_assert(weft_spirv_hold());
  for (int cached = 0; cached < 2; cached++, n = 5) {
    uint32_t *plain = weft_spirv_new(text, 0, &plain_size, &log), *asked = weft_spirv_new(text, 1, &size, &log);
    cr_assert(plain && asked && size == plain_size + 13 * sizeof *asked);
    cr_assert(memcmp(plain, asked, n * sizeof *plain) == 0);
    uint32_t kind = 0, entry = 0, added = 0;
    for (size_t i = n, length; i < size / sizeof *asked; i += length) {
      const uint32_t *words = &asked[i];
      length = words[0] >> 16;
      int is_capability = words[0] == (2 << 16 | 17) && words[1] == 4466;
      int is_extension = words[0] == (7 << 16 | 10) && !strcmp((const char *)&words[1], "SPV_KHR_float_controls");
      int is_mode = words[0] == (4 << 16 | 16) && words[2] == 4461 && words[3] == 32;
      if (is_capability) cr_assert_eq(kind, 17);
      if (is_extension) cr_assert_eq(kind, 17);
      if (is_mode) cr_assert(kind == 15 && words[1] == entry);
      added += is_capability + is_extension + is_mode;
      kind = words[0] & 0xffff;
      if (kind == 15) entry = words[2];
      if (is_capability || is_extension || is_mode) continue;
      cr_assert(memcmp(words, &plain[n], length * sizeof *words) == 0, "word %zu", i);
      n += length;
    }
    cr_assert(added == 3 && n == plain_size / sizeof *plain);
    free(plain);
    free(asked);
  }
  weft_spirv_drop();
  free(text);
}
Test(kernel, special_values_are_asked_for) { each_device_of("vulkan", check_special_values); }
#endif
