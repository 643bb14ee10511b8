/* driver_in_front.h -- a Vulkan driver that hands every call on to another one, whose path a variable of the
 * environment holds. Who includes this defines before
 *
 *   DRIVER_BEHIND   the variable's name
 *   REPLACED        REPLACE(function, what keeps the function behind, the function in its place) for each that is not
 *                   handed on as it is */
#ifndef WEFT_TESTS_DRIVER_IN_FRONT_H
#define WEFT_TESTS_DRIVER_IN_FRONT_H
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vk_icd.h>
#include <vulkan/vulkan.h>

#ifndef EXPORT
#define EXPORT __attribute__((visibility("default")))
#endif

/* C has no cast from an object pointer to a function pointer. */
static PFN_vkVoidFunction from_driver(const char *name) {
  static void *driver;
  PFN_vkVoidFunction function;
  const char *path = getenv(DRIVER_BEHIND);
  if (!driver && path) driver = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  void *symbol = driver ? dlsym(driver, name) : NULL;
  memcpy(&function, &symbol, sizeof function);
  return function;
}

static PFN_vkGetDeviceProcAddr get_device_address;
static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL device_address(VkDevice device, const char *name);

static PFN_vkVoidFunction replaced(const char *name, PFN_vkVoidFunction real) {
#define REPLACE(function, keep, by)                                                                                    \
  if (real && !strcmp(name, #function)) {                                                                              \
    keep = (PFN_##function)real;                                                                                       \
    return (PFN_vkVoidFunction)by;                                                                                     \
  }
  REPLACED
  REPLACE(vkGetDeviceProcAddr, get_device_address, device_address)
#undef REPLACE
  return real;
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL device_address(VkDevice device, const char *name) {
  return replaced(name, get_device_address(device, name));
}

/* What Vulkan's loader looks for in a driver. */
EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vk_icdGetInstanceProcAddr(VkInstance instance, const char *name) {
  PFN_vkGetInstanceProcAddr get = (PFN_vkGetInstanceProcAddr)from_driver("vk_icdGetInstanceProcAddr");
  return get ? replaced(name, get(instance, name)) : NULL;
}

EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vk_icdGetPhysicalDeviceProcAddr(VkInstance instance, const char *name) {
  PFN_vkGetInstanceProcAddr get = (PFN_vkGetInstanceProcAddr)from_driver("vk_icdGetPhysicalDeviceProcAddr");
  return get ? replaced(name, get(instance, name)) : NULL;
}

EXPORT VKAPI_ATTR VkResult VKAPI_CALL vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version) {
  VkResult (*negotiate)(uint32_t *) = (VkResult(*)(uint32_t *))from_driver("vk_icdNegotiateLoaderICDInterfaceVersion");
  return negotiate ? negotiate(version) : VK_ERROR_INITIALIZATION_FAILED;
}
#endif
