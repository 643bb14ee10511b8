/* reference.h -- the reference device: buffers in host memory and no kernels. Programs on it are interpreted by the
 * scheduler, which reaches the memory here. */
#ifndef WEFT_DEVICE_REFERENCE_REFERENCE_H
#define WEFT_DEVICE_REFERENCE_REFERENCE_H
#include "device/device.h"

/* The bytes of a buffer of a reference device, aligned to 64. */
void *weft_reference_data(weft_buffer *buffer);
#endif
