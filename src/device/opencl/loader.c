/* loader.c -- libOpenCL at run time, and what its error codes mean. */
#include "device/opencl/opencl.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static weft_cl_api table;
static int loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* An OpenCL that is in the process already is taken: the program's own, or one that a tool (oclgrind) preloads, with
 * which a second one would not agree. The library stays loaded: drivers below it have threads and exit handlers of
 * their own. */
static void load(void) {
  void *library = RTLD_DEFAULT;
  if (!dlsym(library, "clGetPlatformIDs")) {
    library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) library = dlopen("libOpenCL.so", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
  }
  loaded = 1;
  void *symbol;
  /* C has no cast from an object pointer to a function pointer; POSIX promises that the bytes are the same. */
#define CL_FUNCTION(result, name, parameters)                                                                          \
  symbol = dlsym(library, #name);                                                                                      \
  memcpy(&table.name, &symbol, sizeof symbol);                                                                         \
  loaded &= symbol != NULL;
#include "device/opencl/functions.def"
#undef CL_FUNCTION
}

const weft_cl_api *weft_cl_load(void) {
  pthread_once(&once, load);
  return loaded ? &table : NULL;
}

const char *weft_cl_error_name(cl_int code) {
  static _Thread_local char number[32];
  switch (code) {
#define CL_ERROR(name)                                                                                                 \
  case name:                                                                                                           \
    return #name;
#include "device/opencl/errors.def"
#undef CL_ERROR
  default: snprintf(number, sizeof number, "OpenCL error %d", (int)code); return number;
  }
}

static weft_status fail(weft_device *device, const char *call, cl_int code, weft_status status) {
  return weft_fail(&device->error, status, "%s on %s (%s): %s", call, device->info.id, device->info.name,
                   weft_cl_error_name(code));
}

weft_status weft_cl_check(weft_device *device, const char *call, cl_int code) {
  switch (code) {
  case CL_SUCCESS: return WEFT_OK;
  case CL_MEM_OBJECT_ALLOCATION_FAILURE:
  case CL_OUT_OF_RESOURCES:
  case CL_INVALID_BUFFER_SIZE: return fail(device, call, code, WEFT_NO_DEVICE_MEMORY);
  case CL_OUT_OF_HOST_MEMORY: return fail(device, call, code, WEFT_NO_MEMORY);
  case CL_DEVICE_NOT_AVAILABLE:
  case CL_INVALID_COMMAND_QUEUE: /* the queue was good when it was made: its device is gone */
    return fail(device, call, code, WEFT_DEVICE_LOST);
  default: return fail(device, call, code, WEFT_INTERNAL);
  }
}

weft_status weft_cl_check_wait(weft_device *device, const char *call, cl_int code) {
  if (code == CL_OUT_OF_RESOURCES || code == CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)
    return fail(device, call, code, WEFT_DEVICE_LOST);
  return weft_cl_check(device, call, code);
}
