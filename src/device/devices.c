/* devices.c -- the public calls on devices: list, open, close, describe.
 *
 * Environment. WEFT_DEVICE names the device that weft_device_open(NULL) takes. WEFT_CLASS=cpu|gpu overrides the class
 * of every device but the reference: WEFT_CLASS=gpu has the kernels meant for GPUs built and run by a driver for CPUs,
 * slow but without a GPU. WEFT_DEBUG=device tells every device found, and why one is left out. */
#include "base/debug.h"
#include "device/backend.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a GPU that both find Vulkan is the first: a step is recorded there, and its kernels run side by side. */
static const weft_backend *const backends[] = {
#ifdef WEFT_HAVE_VULKAN
    &weft_backend_vulkan,
#endif
#ifdef WEFT_HAVE_OPENCL
    &weft_backend_opencl,
#endif
    &weft_backend_reference,
    &weft_backend_null,
};
enum { N_BACKENDS = sizeof backends / sizeof *backends };

typedef struct found_device {
  weft_device_info info;
  int rank;
  int backend, index; /* into backends, and of the device in it */
} found_device;
typedef struct found_list {
  found_device *items; /* the fastest first */
  size_t count;
  int out_of_memory;
} found_list;

static int is_hidden(const weft_backend *backend) { return backend == &weft_backend_null; }

/* Usable before unusable, then the rank, then the order in which the drivers tell them. */
static int compare(const void *a, const void *b) {
  const found_device *x = a, *y = b;
  if (x->info.usable != y->info.usable) return y->info.usable - x->info.usable;
  if (x->rank != y->rank) return y->rank - x->rank;
  if (x->backend != y->backend) return x->backend - y->backend;
  return x->index - y->index;
}

static void append(found_list *list, int backend) {
  size_t capacity = backends[backend]->list(NULL, NULL, 0);
  if (!capacity) return;
  weft_device_info *infos = calloc(capacity, sizeof *infos);
  int *ranks = calloc(capacity, sizeof *ranks);
  found_device *items = realloc(list->items, (list->count + capacity) * sizeof *items);
  if (items) list->items = items;
  if (infos && ranks && items) {
    size_t count = backends[backend]->list(infos, ranks, capacity);
    for (size_t i = 0; i < count && i < capacity; i++)
      items[list->count++] = (found_device){infos[i], ranks[i], backend, (int)i};
  } else {
    list->out_of_memory = 1;
  }
  free(infos);
  free(ranks);
}

static void tell(const found_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    const weft_device_info *d = &list->items[i].info;
    if (d->usable)
      fprintf(stderr, "weft: device %s: %s (%s)\n", d->id, d->name, d->driver);
    else
      fprintf(stderr, "weft: device %s: %s: left out: %s\n", d->id, d->name, d->why_not);
  }
}

/* The devices of one backend, or of all that are not hidden. */
static found_list find(const weft_backend *only) {
  found_list list = {0};
  for (int b = 0; b < N_BACKENDS; b++)
    if (only ? backends[b] == only : !is_hidden(backends[b])) append(&list, b);
  if (list.count) qsort(list.items, list.count, sizeof *list.items, compare);
  if (weft_debug(WEFT_DEBUG_DEVICE)) tell(&list);
  return list;
}

size_t weft_devices(weft_device_info *out_devices, size_t capacity) {
  found_list list = find(NULL);
  for (size_t i = 0; i < list.count && i < capacity; i++) out_devices[i] = list.items[i].info;
  free(list.items);
  return list.count;
}

static weft_status no_driver(weft_device *device) {
#if defined(WEFT_HAVE_OPENCL) || defined(WEFT_HAVE_VULKAN)
  return weft_fail(
      &device->error, WEFT_NO_DEVICE,
      "no usable OpenCL or Vulkan device found: install a driver (Debian, for a CPU: pocl-opencl-icd or "
      "mesa-vulkan-drivers; for a GPU the vendor's), or take WEFT_DEVICE=reference; WEFT_DEBUG=device tells "
      "what was found");
#else
  return weft_fail(
      &device->error, WEFT_NO_DEVICE,
      "this weft was built without OpenCL and without Vulkan: build it with their headers installed, or take "
      "WEFT_DEVICE=reference");
#endif
}

/* "opencl:0 (name), vulkan:0 (name)" */
static void describe_list(const found_list *list, char *out, size_t size) {
  size_t used = 0;
  out[0] = 0;
  for (size_t i = 0; i < list->count && used < size; i++) {
    int n =
        snprintf(out + used, size - used, "%s%s (%s)", i ? ", " : "", list->items[i].info.id, list->items[i].info.name);
    if (n < 0) break;
    used += (size_t)n;
  }
  if (!list->count) snprintf(out, size, "none");
}

/* Splits "opencl:12" and "opencl" (index -1). Fails on unknown words. */
static weft_status parse_id(weft_device *device, const char *id, const weft_backend **out_backend, int *out_index) {
  size_t word = strcspn(id, ":");
  *out_index = -1;
  if (id[word] == ':') {
    const char *digits = id + word + 1;
    size_t length = strspn(digits, "0123456789");
    if (length == 0 || length > 6 || digits[length])
      return weft_fail(&device->error, WEFT_BAD_ARGUMENT, "device \"%s\": what follows ':' is not a number", id);
    *out_index = atoi(digits);
  }
  for (int b = 0; b < N_BACKENDS; b++) {
    const weft_backend *backend = backends[b];
    if (strlen(backend->name) != word || strncmp(backend->name, id, word)) continue;
    *out_backend = backend;
    return WEFT_OK;
  }
  if ((word == 6 && !strncmp(id, "opencl", word)) || (word == 6 && !strncmp(id, "vulkan", word)))
    return weft_fail(&device->error, WEFT_NO_DEVICE, "device \"%s\": this weft was built without %.*s", id, (int)word,
                     id);
  return weft_fail(&device->error, WEFT_BAD_ARGUMENT,
                   "device \"%s\": expected opencl, opencl:N, vulkan, vulkan:N, reference or null", id);
}

static weft_status open_found(weft_device *device, const found_device *found) {
  device->info = found->info;
  if (!found->info.usable)
    return weft_fail(&device->error, WEFT_NO_FEATURE, "device %s (%s) cannot be used: %s", found->info.id,
                     found->info.name, found->info.why_not);
  device->backend = backends[found->backend];
  return device->backend->open(device, found->index);
}

static weft_status open_fastest(weft_device *device) {
  found_list list = find(NULL);
  weft_status status;
  if (list.out_of_memory)
    status = weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for the list of devices");
  else if (list.count == 0 || list.items[0].rank == WEFT_RANK_HOST || !list.items[0].info.usable)
    status = no_driver(device);
  else
    status = open_found(device, &list.items[0]);
  free(list.items);
  return status;
}

static weft_status open_named(weft_device *device, const char *id) {
  const weft_backend *backend = NULL;
  int index;
  snprintf(device->info.id, sizeof device->info.id, "%s", id);
  weft_status status = parse_id(device, id, &backend, &index);
  if (status != WEFT_OK) return status;
  found_list list = find(backend);
  const found_device *chosen = NULL;
  for (size_t i = 0; i < list.count && !chosen; i++)
    if (index < 0 || list.items[i].index == index) chosen = &list.items[i];
  if (chosen) {
    status = open_found(device, chosen);
  } else if (list.out_of_memory) {
    status = weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for the list of devices");
  } else {
    char all[512];
    describe_list(&list, all, sizeof all);
    status = weft_fail(&device->error, WEFT_NO_DEVICE, "no device \"%s\"; %s devices found: %s%s", id, backend->name,
                       all, list.count ? "" : " (is a driver installed?)");
  }
  free(list.items);
  return status;
}

static weft_status check_class(weft_device *device) {
  const char *text = getenv("WEFT_CLASS");
  if (!text || !*text || !strcmp(text, "cpu") || !strcmp(text, "gpu")) return WEFT_OK;
  return weft_fail(&device->error, WEFT_BAD_ARGUMENT, "WEFT_CLASS=%s: expected cpu or gpu", text);
}

weft_device *weft_device_open(const char *id) {
  weft_device *device = calloc(1, sizeof *device);
  if (!device) return NULL;
  if (!id) id = getenv("WEFT_DEVICE");
  if (check_class(device) != WEFT_OK) return device;
  if (id && *id)
    open_named(device, id);
  else
    open_fastest(device);
  return device;
}

void weft_device_close(weft_device *device) {
  if (!device) return;
  if (device->state) device->backend->close(device);
  free(device);
}

/* A call's own failure stands in device->error until the next call; only a device that never opened or is lost has one
 * of its own. */
weft_status weft_device_status(const weft_device *device) {
  if (!device) return WEFT_NO_MEMORY;
  if (!device->state || device->error.status == WEFT_DEVICE_LOST) return device->error.status;
  return WEFT_OK;
}

const char *weft_device_message(const weft_device *device) {
  if (!device) return "no memory for a device";
  return weft_device_status(device) == WEFT_OK ? "" : device->error.message;
}

void weft_device_describe(const weft_device *device, weft_device_info *out_info) {
  if (device)
    *out_info = device->info;
  else
    memset(out_info, 0, sizeof *out_info);
}
