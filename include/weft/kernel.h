/* kernel.h -- kernels of your own on a device of weft: buffers, kernels in OpenCL C or GLSL, recordings, times.
 *
 * Below the graphs, for what is no op: measuring a device (dlbench is written on it), or a kernel that no graph makes.
 * Text in, the caller's own sizes; nothing is planned. The language is the backend's:
 *
 *   weft_kernel_spec spec = {.entry = "twice", .text = weft_device_language(d) == WEFT_LANGUAGE_GLSL ? comp : cl,
 *                            .n_bindings = 1, .written = 1, .local = {64, 1, 1}};
 *   weft_kernel *k;
 *   weft_buffer *b;
 *   weft_recording *r;
 *   double seconds;
 *   if (weft_kernels_new(d, &spec, 1, &k) || weft_buffer_new(d, 4096, &b)) puts(weft_device_failure(d));
 *   weft_binding whole = {b, 0, 4096};
 *   weft_dispatch dispatch = {.kernel = k, .bindings = &whole, .groups = {16, 1, 1}};
 *   weft_record(d, &dispatch, 1, &r);
 *   weft_replay_timed(d, r, &seconds);
 *
 * Errors. Every call returns a weft_status; weft_device_failure() is the text of the last call's. A lost device fails
 * every later call with the same text.
 *
 * Ownership. What a _new call or weft_record() made is the caller's, to free before the device is closed; a recording
 * goes before its kernels and buffers. Free functions take NULL, and wait for the device where they must.
 *
 * Threads. As for graphs: one thread at a time on a device, graphs included. */
#ifndef WEFT_KERNEL_H
#define WEFT_KERNEL_H

#include <weft/weft.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the device ---- */

typedef enum weft_language {
  WEFT_LANGUAGE_NONE, /* the reference device runs no kernels */
  WEFT_LANGUAGE_OPENCL_C,
  WEFT_LANGUAGE_GLSL
} weft_language;

/* What the device's kernels are written in; WEFT_LANGUAGE_NONE also for a device that could not be opened. */
WEFT_API weft_language weft_device_language(const weft_device *device);
/* Text of the failure of the last call of this header on the device, with what and where; "" after a success. Lives
 * until the next call on the device. */
WEFT_API const char *weft_device_failure(const weft_device *device);
/* Bytes that the offset of a binding is a multiple of, and bytes of the largest binding. */
WEFT_API uint64_t weft_device_binding_align(const weft_device *device);
WEFT_API uint64_t weft_device_largest_binding(const weft_device *device);
/* Texels of the largest binding that a kernel reads as texels; 0: none can. */
WEFT_API uint32_t weft_device_largest_texels(const weft_device *device);
/* Waits until everything enqueued on the device is done. */
WEFT_API weft_status weft_device_sync(weft_device *device);

/* ---- buffers ---- */

typedef struct weft_buffer weft_buffer;

/* Device memory of `bytes` bytes, its content undefined. Fails: 0 bytes, more than the device's largest buffer, no
 * memory. */
WEFT_API weft_status weft_buffer_new(weft_device *device, uint64_t bytes, weft_buffer **out_buffer);
WEFT_API void weft_buffer_free(weft_device *device, weft_buffer *buffer);
/* Copies the data before it returns; takes effect after everything enqueued before. Does not wait for the device. */
WEFT_API weft_status weft_buffer_write(weft_device *device, weft_buffer *buffer, uint64_t offset, const void *data,
                                       uint64_t bytes);
/* Waits for everything enqueued before, then copies. */
WEFT_API weft_status weft_buffer_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out_data,
                                      uint64_t bytes);
/* Enqueues a copy from buffer to buffer; inside one buffer the ranges must not overlap. */
WEFT_API weft_status weft_buffer_copy(weft_device *device, weft_buffer *from, uint64_t from_offset, weft_buffer *to,
                                      uint64_t to_offset, uint64_t bytes);
/* Enqueues the writing of zeros. */
WEFT_API weft_status weft_buffer_clear(weft_device *device, weft_buffer *buffer, uint64_t offset, uint64_t bytes);

/* A buffer in memory of the host that copies to and from device memory reach directly (pinned, where the driver pins),
 * for weft_buffer_copy() only: kernels cannot bind it, and what a copy brings is there after weft_device_sync().
 * *out_host is its memory, which lives until weft_buffer_free(). */
WEFT_API weft_status weft_buffer_new_host(weft_device *device, uint64_t bytes, weft_buffer **out_buffer,
                                          void **out_host);
/* Waits for everything enqueued before; then *out_host is the buffer's memory, to read and to write, until
 * weft_buffer_unmap(), before which nothing may be enqueued that uses the buffer. Fails with WEFT_NO_FEATURE where the
 * host does not reach the memory. */
WEFT_API weft_status weft_buffer_map(weft_device *device, weft_buffer *buffer, void **out_host);
WEFT_API weft_status weft_buffer_unmap(weft_device *device, weft_buffer *buffer, void *host);

/* ---- kernels ---- */

typedef struct weft_kernel weft_kernel;

/* One kernel to build. Bindings are storage buffers, numbered from 0: the arguments of an OpenCL C kernel in order,
 * layout(set = 0, binding = i) buffers of a GLSL shader. There are no other arguments: what is constant stands in the
 * text, what is not in a buffer. */
typedef struct weft_kernel_spec {
  const char *entry; /* name of the kernel; in GLSL, where the entry is main(), only for error texts */
  const char *text;  /* the whole source; nothing is put before it, #include finds nothing */
  int n_bindings;    /* 1 .. 32 */
  uint32_t written;  /* bit i: the kernel writes binding i */
  uint32_t local[3]; /* work-items of a work-group, as the text states them */
  uint32_t texels;   /* bit i: binding i is a uniform usamplerBuffer, of texels of 16 bytes, and is not written; GLSL
                        only.   Drivers for CPUs read them far faster than buffers */
} weft_kernel_spec;

/* Builds `count` kernels, at once and through the cache on disk. All or none: on failure every out_kernels[i] is NULL,
 * and the text names the entry and holds the compiler's log. */
WEFT_API weft_status weft_kernels_new(weft_device *device, const weft_kernel_spec *specs, size_t count,
                                      weft_kernel **out_kernels);
WEFT_API void weft_kernel_free(weft_device *device, weft_kernel *kernel);

/* ---- recordings ---- */

typedef struct weft_recording weft_recording;

/* A range of a buffer, as a kernel sees it. */
typedef struct weft_binding {
  weft_buffer *buffer;
  uint64_t offset, size; /* bytes; offset a multiple of weft_device_binding_align() */
} weft_binding;

/* One run of a kernel over groups[0] x groups[1] x groups[2] work-groups. */
typedef struct weft_dispatch {
  weft_kernel *kernel;
  const weft_binding *bindings; /* the kernel's n_bindings */
  uint32_t groups[3];
  int barrier; /* 1: must see the writes of every earlier dispatch of the recording */
} weft_dispatch;

/* Prepares `count` dispatches to be run in order, again and again. What they point to is copied; kernels and buffers
 * must outlive the recording. Fails: a binding outside its buffer or badly aligned, too many groups. */
WEFT_API weft_status weft_record(weft_device *device, const weft_dispatch *dispatches, size_t count,
                                 weft_recording **out_recording);
WEFT_API void weft_recording_free(weft_device *device, weft_recording *recording);
/* Enqueues the recording; does not wait. Sees the writes of everything enqueued before. While the device is busy short
 * ones may be kept for a submission of several: the next calls submit them, at the latest one that waits
 * (weft_device_sync()). */
WEFT_API weft_status weft_replay(weft_device *device, weft_recording *recording);
/* Runs the recording with the device's own clock around every dispatch, one after the other, waits, and writes the
 * seconds of each to out_seconds. Fails with WEFT_NO_FEATURE where the device has no timestamps
 * (weft_device_info.timestamp_ns). */
WEFT_API weft_status weft_replay_timed(weft_device *device, weft_recording *recording, double *out_seconds);

#ifdef __cplusplus
}
#endif
#endif
