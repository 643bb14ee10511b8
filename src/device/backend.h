/* backend.h -- what the backends share: the heads of their objects, the checks that every call begins with, keys of
 * programs and jobs in parallel. Only for files of src/device. */
#ifndef WEFT_DEVICE_BACKEND_H
#define WEFT_DEVICE_BACKEND_H
#include "device/device.h"
#include <pthread.h>

/* How fast a device of a kind is likely to be; a larger one is tried first. lavapipe stands below OpenCL on the same
 * CPU since its code is several times slower. */
enum weft_device_rank {
  WEFT_RANK_HOST,
  WEFT_RANK_VULKAN_CPU,
  WEFT_RANK_OPENCL_CPU,
  WEFT_RANK_VIRTUAL, /* accelerators, virtual GPUs, what the driver does not tell */
  WEFT_RANK_INTEGRATED,
  WEFT_RANK_DISCRETE
};

/* The first member of every backend's buffer and kernel. */
struct weft_buffer {
  uint64_t size;
  void *host; /* of a host buffer: its memory; NULL: device memory */
};
struct weft_kernel {
  char *entry; /* owned */
  int n_bindings;
  uint32_t written, texels;
  int joins;
  uint32_t private_bytes;
  uint32_t local[3];
};

/* Every call on a device begins here: forgets the failure of the call before. Fails where the device was never opened
 * or is lost. */
weft_status weft_call_begin(weft_device *device);

/* Fails when [offset, offset + size) is not inside the buffer; call names the caller in the text. */
weft_status weft_check_range(weft_device *device, const char *call, const weft_buffer *buffer, uint64_t offset,
                             uint64_t size);
/* Ranges of a copy; source and destination must not overlap. */
weft_status weft_check_copy(weft_device *device, const weft_buffer *from, uint64_t from_offset, const weft_buffer *to,
                            uint64_t to_offset, uint64_t size);
/* Sources against the device: number of bindings, work-group size. */
weft_status weft_check_sources(weft_device *device, const weft_kernel_source *sources, size_t count);
/* Dispatches against the device: group counts, bindings inside their buffers, alignment. */
weft_status weft_check_dispatches(weft_device *device, const weft_dispatch *dispatches, size_t count);

/* Fills the head of a kernel; 0 when memory ran out. weft_kernel_release frees what the head owns. */
int weft_kernel_fill(weft_kernel *kernel, const weft_kernel_source *source);
void weft_kernel_release(weft_kernel *kernel);

/* Fails with the status of a build that a driver or compiler refused: entry, device and log in the text. The whole log
 * goes to stderr under WEFT_DEBUG=kernel, since a message holds only its beginning. */
weft_status weft_build_fail(weft_device *device, const char *entry, const char *log);

/* Processors that this process may use. */
long weft_processors(void);
/* Calls job(context, 0 .. count-1), each once, on threads of its own up to the number of processors, with large stacks;
 * on the caller's where none can be started. Returns when all are done. */
void weft_parallel(size_t count, void (*job)(void *context, size_t index), void *context);

/* Fills id, backend, and usable = 1 of an info. */
void weft_info_begin(weft_device_info *info, const char *backend, int index);
/* The device class that $WEFT_CLASS asks for; `natural` when it is unset or unknown. */
weft_device_class weft_class_asked(weft_device_class natural);
#endif
