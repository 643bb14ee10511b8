/* null.h -- a device that counts and does nothing: plans, memory and recordings are tried on it without a driver. */
#ifndef WEFT_DEVICE_NULL_NULL_H
#define WEFT_DEVICE_NULL_NULL_H
#include "device/device.h"

/* What happened on a null device since it was opened, and what is alive. */
typedef struct weft_null_counts {
  size_t buffers, kernels, recordings; /* alive */
  uint64_t bytes, peak_bytes;          /* of buffers */
  size_t writes, reads, copies, clears, replays, dispatches;
} weft_null_counts;

const weft_null_counts *weft_null_count(const weft_device *device);
#endif
