/* device.h -- what every backend offers: buffers, kernels, recordings, timestamps. Knows text, bindings and sizes;
 * never a node. All calls on one device come from one thread at a time. */
#ifndef WEFT_DEVICE_DEVICE_H
#define WEFT_DEVICE_DEVICE_H
#include "base/error.h"
#include <weft/kernel.h> /* buffers, kernels, bindings, dispatches and recordings, as a user sees them */

typedef enum weft_dialect { WEFT_OPENCL_C, WEFT_GLSL } weft_dialect;

/* A matrix of a library's product: the element of a row and a column stands at offset + row * (its row) + (its column)
 * of the binding, or, transposed, with the two exchanged; the next one of a batch `batch` further on. All in elements.
 */
typedef struct weft_operand {
  int binding, transposed;
  int64_t offset, row, batch;
} weft_operand;
/* c (m, n) = a (m, k) b (k, n) for each of a batch, f32. */
typedef struct weft_library_product {
  int64_t batch, m, n, k; /* batch 0: there is no product */
  weft_operand a, b, c;
} weft_library_product;

/* One kernel to build. Bindings are storage buffers 0 .. n_bindings-1, the kernel's arguments in order. All sizes stand
 * in the text; there are no other arguments. A GLSL kernel may read bindings as texels instead: uniform texel buffers
 * of four 32-bit unsigned numbers, where limits.max_texels allows it. What lies behind the end in the last texel is
 * undefined. */
typedef struct weft_kernel_source {
  const char *entry; /* entry point (OpenCL C; in GLSL it is main) */
  const char *text;  /* the whole source, preludes included */
  int n_bindings;
  uint32_t written;  /* bit i: binding i is written */
  uint32_t local[3]; /* work-group size, also stated in the text */
  uint32_t texels;   /* bit i: binding i is read as texels */
  int joins;         /* 1: may run inside a kernel that does others' groups too. It has one work-item a group, in one
                        direction, no local memory, and its entry alone asks for its number, as get_group_id(0) */
  uint32_t private_bytes;       /* where a work-item keeps much in private memory: about so much */
  weft_library_product product; /* a library computes this instead, and text only describes it; see has_product */
} weft_kernel_source;

typedef struct weft_device_limits {
  uint64_t buffer_align;  /* bytes: offsets of bindings */
  uint64_t max_binding;   /* bytes of one binding */
  uint32_t max_groups[3]; /* work-groups of a dispatch */
  uint32_t max_bindings;  /* buffers of one kernel */
  uint32_t max_texels;    /* of one binding; 0: kernels cannot read texels */
  uint64_t cache;         /* CPU: bytes of the last cache; 0: unknown */
  uint64_t apart; /* CPU: bytes from where one large value begins in its page to where the next does. A cache has
                     few places for what lies pages apart, and a kernel that goes through several values of one
                     shape, a param and its moments, would have all of them there. 0: anywhere */
} weft_device_limits;

/* A backend's functions. Errors: the text goes to device->error (sticky only for a lost device; otherwise per call). */
typedef struct weft_backend {
  const char *name; /* "opencl" */
  weft_dialect dialect;
  /* Lists usable and unusable devices; returns the count, writes up to capacity. out_rank: how fast a device of that
   * kind is likely to be (enum weft_device_rank in backend.h). */
  size_t (*list)(weft_device_info *out, int *out_rank, size_t capacity);
  /* Fills state, info, limits and fingerprint. On failure state stays NULL. */
  weft_status (*open)(weft_device *device, int index);
  void (*close)(weft_device *device);
  weft_status (*buffer_new)(weft_device *device, uint64_t size, weft_buffer **out);
  void (*buffer_free)(weft_device *device, weft_buffer *buffer);
  /* Copies now from data; takes effect after everything enqueued before. Does not wait for the device. */
  weft_status (*write)(weft_device *device, weft_buffer *buffer, uint64_t offset, const void *data, uint64_t size);
  /* Waits for everything enqueued before, then copies. */
  weft_status (*read)(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out, uint64_t size);
  weft_status (*copy)(weft_device *device, weft_buffer *from, uint64_t from_offset, weft_buffer *to, uint64_t to_offset,
                      uint64_t size);
  /* Zeroes. */
  weft_status (*clear)(weft_device *device, weft_buffer *buffer, uint64_t offset, uint64_t size);
  /* A buffer in host memory that copies to and from device memory reach without staging; *out_host is its memory.
   * Kernels cannot bind it. Freed by buffer_free. */
  weft_status (*host_buffer_new)(weft_device *device, uint64_t size, weft_buffer **out, void **out_host);
  /* Waits for everything enqueued before; then the buffer's memory as the host sees it, until unmap. Fails with
   * WEFT_NO_FEATURE where the host does not reach it. */
  weft_status (*map)(weft_device *device, weft_buffer *buffer, void **out_host);
  weft_status (*unmap)(weft_device *device, weft_buffer *buffer, void *host);
  /* Builds kernels, together and through the program cache; a failure names the entry and holds the driver's log. */
  weft_status (*kernels_new)(weft_device *device, const weft_kernel_source *sources, size_t count, weft_kernel **out);
  void (*kernel_free)(weft_device *device, weft_kernel *kernel);
  /* Whether a library at hand computes the product as a kernel would, by a dispatch of one work-group. NULL: none does.
   */
  int (*has_product)(weft_device *device, const weft_library_product *product);
  /* Records the dispatches in order; what they point to is copied, buffers and kernels must outlive the recording. */
  weft_status (*record)(weft_device *device, const weft_dispatch *dispatches, size_t count, weft_recording **out);
  void (*recording_free)(weft_device *device, weft_recording *recording);
  /* Enqueues the whole recording; does not wait. May keep it until a later call, at the latest one that waits. */
  weft_status (*replay)(weft_device *device, weft_recording *recording);
  /* Replays with timestamps, waits, writes seconds of each dispatch. */
  weft_status (*replay_timed)(weft_device *device, weft_recording *recording, double *out_seconds);
  weft_status (*sync)(weft_device *device);
} weft_backend;

extern const weft_backend weft_backend_opencl, weft_backend_vulkan, weft_backend_reference, weft_backend_null;

struct weft_device {
  const weft_backend *backend;
  void *state; /* the backend's */
  weft_device_info info;
  weft_device_limits limits;
  weft_error error;
  uint64_t fingerprint; /* hash of device, driver and version: cache key */
};

/* ---- program cache on disk (src/device/cache.c) ---- */
/* An entry is found by kind ("spirv", "clbin") and key; content is checksummed: a damaged or short entry is a miss and
 * is removed. load returns malloc'ed bytes or NULL. store writes atomically and never fails loudly. */
void *weft_cache_load(const char *kind, uint64_t key, size_t *out_size);
/* Copies an entry of exactly so many bytes; 0: there is none. */
int weft_cache_read(const char *kind, uint64_t key, void *out, size_t size);
void weft_cache_store(const char *kind, uint64_t key, const void *data, size_t size);
#endif
