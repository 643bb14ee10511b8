/* loader.c -- libvulkan at run time, the instance, and what results mean. */
#include "device/vulkan/vulkan.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PFN_vkGetInstanceProcAddr get_address;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The library stays loaded: drivers below it have threads and exit handlers of their own. */
static void load(void) {
  void *library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("libvulkan.so", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  void *symbol = dlsym(library, "vkGetInstanceProcAddr");
  memcpy(&get_address, &symbol, sizeof symbol); /* C has no cast from an object pointer to a function pointer */
}

PFN_vkGetInstanceProcAddr weft_vk_load(void) {
  pthread_once(&once, load);
  return get_address;
}

/* Drivers that lack parts of Vulkan (on top of Metal) are told only to who asks for them. */
static int has_portability(const weft_vk_api *vk) {
  uint32_t count = 0;
  int found = 0;
  if (vk->vkEnumerateInstanceExtensionProperties(NULL, &count, NULL) != VK_SUCCESS || !count) return 0;
  VkExtensionProperties *all = calloc(count, sizeof *all);
  if (all && vk->vkEnumerateInstanceExtensionProperties(NULL, &count, all) >= VK_SUCCESS)
    for (uint32_t i = 0; i < count && !found; i++)
      found = !strcmp(all[i].extensionName, "VK_KHR_portability_enumeration");
  free(all);
  return found;
}

VkResult weft_vk_instance_new(weft_vk_api *vk, VkInstance *out_instance) {
  PFN_vkGetInstanceProcAddr get = weft_vk_load();
  int complete = 1;
  *out_instance = VK_NULL_HANDLE;
  memset(vk, 0, sizeof *vk);
  if (!get) return VK_ERROR_INITIALIZATION_FAILED;
  /* A loader of Vulkan 1.0 lacks this call, and refuses a later version. */
  if (!get(NULL, "vkEnumerateInstanceVersion")) return VK_ERROR_INCOMPATIBLE_DRIVER;
#define VK_GLOBAL(name) complete &= (vk->name = (PFN_##name)get(NULL, #name)) != NULL;
#define VK_INSTANCE(name)
#define VK_DEVICE(name)
#include "device/vulkan/functions.def"
#undef VK_GLOBAL
#undef VK_INSTANCE
  if (!complete) return VK_ERROR_INITIALIZATION_FAILED;
  static const char *const extensions[] = {"VK_KHR_portability_enumeration"};
  VkApplicationInfo application = {
      .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .pEngineName = "weft", .apiVersion = VK_MAKE_VERSION(1, 1, 0)};
  VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &application};
  if (has_portability(vk)) {
    info.flags = 1; /* VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR, younger than Vulkan 1.1's headers */
    info.enabledExtensionCount = 1;
    info.ppEnabledExtensionNames = extensions;
  }
  VkResult result = vk->vkCreateInstance(&info, NULL, out_instance);
  if (result != VK_SUCCESS) return result;
#define VK_GLOBAL(name)
#define VK_INSTANCE(name) complete &= (vk->name = (PFN_##name)get(*out_instance, #name)) != NULL;
#include "device/vulkan/functions.def"
#undef VK_GLOBAL
#undef VK_INSTANCE
#undef VK_DEVICE
  if (complete) return VK_SUCCESS;
  if (vk->vkDestroyInstance) vk->vkDestroyInstance(*out_instance, NULL);
  *out_instance = VK_NULL_HANDLE;
  return VK_ERROR_INITIALIZATION_FAILED;
}

int weft_vk_load_device(weft_vk_api *vk, VkDevice device) {
  int complete = 1;
#define VK_GLOBAL(name)
#define VK_INSTANCE(name)
#define VK_DEVICE(name) complete &= (vk->name = (PFN_##name)vk->vkGetDeviceProcAddr(device, #name)) != NULL;
#include "device/vulkan/functions.def"
#undef VK_GLOBAL
#undef VK_INSTANCE
#undef VK_DEVICE
  return complete;
}

const char *weft_vk_result_name(VkResult result) {
  static _Thread_local char number[32];
  switch ((int)result) {
#define VK_RESULT(name)                                                                                                \
  case name:                                                                                                           \
    return #name;
#include "device/vulkan/results.def"
#undef VK_RESULT
  default: snprintf(number, sizeof number, "Vulkan result %d", (int)result); return number;
  }
}

weft_status weft_vk_check(weft_device *device, const char *call, VkResult result) {
  weft_status status = WEFT_INTERNAL;
  if (result == VK_SUCCESS) return WEFT_OK;
  if (result == VK_ERROR_DEVICE_LOST) status = WEFT_DEVICE_LOST;
  if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_POOL_MEMORY ||
      result == VK_ERROR_FRAGMENTED_POOL || result == VK_ERROR_TOO_MANY_OBJECTS)
    status = WEFT_NO_DEVICE_MEMORY;
  if (result == VK_ERROR_OUT_OF_HOST_MEMORY) status = WEFT_NO_MEMORY;
  return weft_fail(&device->error, status, "%s on %s (%s): %s", call, device->info.id, device->info.name,
                   weft_vk_result_name(result));
}
