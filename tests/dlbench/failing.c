/* failing.c -- drivers that fail on demand. Preloaded together with libOpenCL it stands before OpenCL's calls; named in
 * a Vulkan driver's manifest it is a driver that hands every call on to $FAILING_DRIVER. $FAILING says what fails:
 *
 *   compile   kernels with numbers of 64 bits do not build
 *   memory    there is no memory for buffers of 48 MiB and more
 *   lost=N    every Nth start of a kernel, or submission, finds that the device was lost */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vulkan.h>

#define EXPORT __attribute__((visibility("default")))

static int fails(const char *what) {
  const char *asked = getenv("FAILING");
  return asked && !strcmp(asked, what);
}

static int is_too_large(uint64_t bytes) { return fails("memory") && bytes >= (uint64_t)48 << 20; }

static int is_lost_now(void) {
  static atomic_long starts;
  const char *asked = getenv("FAILING");
  if (!asked || strncmp(asked, "lost=", 5)) return 0;
  long period = atol(asked + 5);
  return period > 0 && atomic_fetch_add(&starts, 1) % period == period - 1;
}

/* The function behind this one. C has no cast from an object pointer to a function pointer. */
#define NEXT(name)                                                                                                     \
  void *symbol = dlsym(RTLD_NEXT, #name);                                                                              \
  __typeof__(&name) next;                                                                                              \
  memcpy(&next, &symbol, sizeof next);

/* ---- OpenCL ---- */

EXPORT cl_program clCreateProgramWithSource(cl_context context, cl_uint count, const char **texts,
                                            const size_t *lengths, cl_int *out_code) {
  NEXT(clCreateProgramWithSource)
  const char *broken = "__kernel void broken() { this does not compile; }";
  for (cl_uint i = 0; fails("compile") && i < count; i++)
    if (strstr(texts[i], "SCALAR double")) return next(context, 1, &broken, NULL, out_code);
  return next(context, count, texts, lengths, out_code);
}

EXPORT cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *out_code) {
  NEXT(clCreateBuffer)
  if (!is_too_large(size)) return next(context, flags, size, host, out_code);
  if (out_code) *out_code = CL_MEM_OBJECT_ALLOCATION_FAILURE;
  return NULL;
}

EXPORT cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dims, const size_t *offset,
                                     const size_t *global, const size_t *local, cl_uint count, const cl_event *events,
                                     cl_event *out_event) {
  NEXT(clEnqueueNDRangeKernel)
  if (is_lost_now()) return CL_DEVICE_NOT_AVAILABLE;
  return next(queue, kernel, dims, offset, global, local, count, events, out_event);
}

/* ---- Vulkan ---- */

static PFN_vkCreateShaderModule create_module;
static PFN_vkAllocateMemory allocate;
static PFN_vkQueueSubmit submit;

/* OpTypeFloat, a result, 64 */
static int has_doubles(const VkShaderModuleCreateInfo *info) {
  for (size_t i = 5; i + 2 < info->codeSize / 4; i += info->pCode[i] >> 16 ? info->pCode[i] >> 16 : 1)
    if ((info->pCode[i] & 0xffff) == 22 && info->pCode[i + 2] == 64) return 1;
  return 0;
}

static VKAPI_ATTR VkResult VKAPI_CALL failing_module(VkDevice device, const VkShaderModuleCreateInfo *info,
                                                     const VkAllocationCallbacks *callbacks, VkShaderModule *out) {
  if (fails("compile") && has_doubles(info)) return VK_ERROR_INVALID_SHADER_NV;
  return create_module(device, info, callbacks, out);
}

static VKAPI_ATTR VkResult VKAPI_CALL failing_allocate(VkDevice device, const VkMemoryAllocateInfo *info,
                                                       const VkAllocationCallbacks *callbacks, VkDeviceMemory *out) {
  if (is_too_large(info->allocationSize)) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  return allocate(device, info, callbacks, out);
}

static VKAPI_ATTR VkResult VKAPI_CALL failing_submit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos,
                                                     VkFence fence) {
  return is_lost_now() ? VK_ERROR_DEVICE_LOST : submit(queue, count, infos, fence);
}

#define DRIVER_BEHIND "FAILING_DRIVER"
#define REPLACED                                                                                                       \
  REPLACE(vkCreateShaderModule, create_module, failing_module)                                                         \
  REPLACE(vkAllocateMemory, allocate, failing_allocate)                                                                \
  REPLACE(vkQueueSubmit, submit, failing_submit)
#include "../driver_in_front.h"
