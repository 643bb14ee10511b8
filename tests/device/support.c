/* support.c -- what the device tests share. */
#include "support.h"
#include "base/file.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEVICES = 32 };

void each_device_of(const char *backend, void (*check)(weft_device *device)) {
  weft_device_info infos[MAX_DEVICES];
  size_t count = weft_devices(infos, MAX_DEVICES);
  int checked = 0;
  for (size_t i = 0; i < count && i < MAX_DEVICES; i++) {
    int has_kernels = strcmp(infos[i].backend, "reference") != 0;
    if (!infos[i].usable || (backend ? strcmp(infos[i].backend, backend) != 0 : !has_kernels)) continue;
    weft_device *device = weft_device_open(infos[i].id);
    cr_assert(weft_device_status(device) == WEFT_OK, "%s: %s", infos[i].id, weft_device_message(device));
    check(device);
    weft_device_close(device);
    checked++;
  }
  if (!checked) cr_skip_test("no %s device", backend ? backend : "OpenCL or Vulkan");
}

void each_device(void (*check)(weft_device *device)) { each_device_of(NULL, check); }

void must(weft_device *device, weft_status status) {
  cr_assert(status == WEFT_OK, "%s: %s: %s", device->info.id, weft_status_text(status), device->error.message);
}

void must_fail(weft_device *device, weft_status got, weft_status expected, const char *words) {
  cr_assert(got == expected, "%s: got \"%s\" (%s), expected \"%s\"", device->info.id, weft_status_text(got),
            device->error.message, weft_status_text(expected));
  cr_assert(device->error.status == expected);
  cr_assert(strstr(device->error.message, words), "%s: \"%s\" lacks \"%s\"", device->info.id, device->error.message,
            words);
}

char *kernel_text(const weft_device *device, const char *name) {
  char path[1024];
  void *text = NULL;
  size_t size;
  snprintf(path, sizeof path, "%s/%s.%s", KERNEL_FOLDER, name,
           device->backend->dialect == WEFT_OPENCL_C ? "cl" : "comp");
  cr_assert(weft_file_read(path, &text, &size, NULL) == WEFT_OK, "cannot read %s", path);
  return text;
}

weft_kernel *build_kernel(weft_device *device, const char *name, int n_bindings, uint32_t x, uint32_t y, uint32_t z) {
  char *text = kernel_text(device, name);
  weft_kernel_source source = {
      .entry = name, .text = text, .n_bindings = n_bindings, .written = 1u << (n_bindings - 1), .local = {x, y, z}};
  weft_kernel *kernel = NULL;
  must(device, device->backend->kernels_new(device, &source, 1, &kernel));
  free(text);
  return kernel;
}

weft_buffer *new_buffer(weft_device *device, uint64_t size) {
  weft_buffer *buffer = NULL;
  must(device, device->backend->buffer_new(device, size, &buffer));
  return buffer;
}

weft_recording *record_one(weft_device *device, weft_kernel *kernel, weft_buffer *const *buffers, uint32_t groups) {
  weft_binding bindings[8];
  for (int i = 0; i < kernel->n_bindings; i++) bindings[i] = (weft_binding){buffers[i], 0, buffers[i]->size};
  weft_dispatch dispatch = {.kernel = kernel, .bindings = bindings, .groups = {groups, 1, 1}};
  weft_recording *recording = NULL;
  must(device, device->backend->record(device, &dispatch, 1, &recording));
  return recording;
}

void fresh_cache(char *out_path, size_t size) {
  snprintf(out_path, size, "/tmp/weft-test-XXXXXX");
  cr_assert(mkdtemp(out_path) != NULL);
  setenv("WEFT_CACHE", out_path, 1);
}

size_t each_file(const char *folder, void (*visit)(const char *path)) {
  DIR *all = opendir(folder);
  size_t count = 0;
  if (!all) return 0;
  for (struct dirent *e; (e = readdir(all));) {
    char path[4096];
    struct stat info;
    if (e->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    if (stat(path, &info) != 0) continue;
    if (S_ISDIR(info.st_mode)) {
      count += each_file(path, visit);
    } else {
      count++;
      if (visit) visit(path);
    }
  }
  closedir(all);
  return count;
}

static void remove_file(const char *path) { unlink(path); }

void remove_cache(const char *path) {
  static const char *const kinds[] = {"clbin", "spirv", "vkpipeline", "test"};
  each_file(path, remove_file);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/%s", path, kinds[i]);
    rmdir(folder);
  }
  rmdir(path);
}
