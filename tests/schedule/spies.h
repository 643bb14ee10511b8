/* spies.h -- what weft asks of the system and of drivers, counted where it asks. The functions of OpenCL and Vulkan
 * that a device calls are replaced by ones that count; malloc() and its kin, nanosleep() and glslang are wrapped by the
 * linker (meson.build), so that what drivers and Criterion do for themselves does not count. */
#ifndef WEFT_TESTS_SCHEDULE_SPIES_H
#define WEFT_TESTS_SCHEDULE_SPIES_H
#include "device/device.h"

typedef struct spied {
  long allocations; /* of the host's memory */
  long objects;     /* of the device: memory, buffers, views of them, pools, sets */
  long waits;       /* calls that may block, nanosleep() among them */
  long texts;       /* compiled: OpenCL programs from source, GLSL by glslang */
  long programs;    /* handed to a driver that makes kernels of them: all OpenCL programs, modules, pipelines */
  long arguments;   /* set: of kernels, in descriptor sets, or by recording a command that binds or dispatches */
  long repeated;    /* arguments of OpenCL's kernels that were what they are set to already */
  long launches;    /* enqueued kernels, submissions */
} spied;

/* From here on the device is watched. Waits by polling become calls. */
void spies_watch(weft_device *device);
/* Counts anew. */
void spies_reset(void);
spied spies_count(void);
/* While it is on, drivers tell of no command that it is done: what is on its way seems to pile up. */
void spies_pile_up(int on);
#endif
