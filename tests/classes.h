/* classes.h -- which kernels a device at hand is tested with. */
#ifndef WEFT_TESTS_CLASSES_H
#define WEFT_TESTS_CLASSES_H
#include <stdlib.h>
#include <string.h>
#include <weft/weft.h>

/* Whether the device runs the kernels of a class, "cpu" or "gpu". Every device runs those for GPUs. Those for CPUs,
 * vectors and launches whose work-groups wait for each other, run on CPUs: compilers for GPUs refuse some and crash at
 * others. A device that cannot be opened runs all, so that the caller is told why. */
static inline int runs_class(const char *id, const char *device_class) {
  const char *asked = getenv("WEFT_CLASS");
  char *before = asked ? strdup(asked) : NULL;
  weft_device_info info;
  unsetenv("WEFT_CLASS");
  weft_device *device = weft_device_open(id);
  int is_gpu = weft_device_status(device) == WEFT_OK;
  weft_device_describe(device, &info);
  is_gpu = is_gpu && info.device_class == WEFT_CLASS_GPU;
  weft_device_close(device);
  if (before) setenv("WEFT_CLASS", before, 1);
  free(before);
  return !is_gpu || strcmp(device_class, "cpu") != 0;
}
#endif
