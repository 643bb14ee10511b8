/* features.c -- what a Vulkan device computes with besides f32 and i32. Graphs use none of it; kernels of a user may
 * (weft/kernel.h), and a shader that names a type is valid only on a device that was made with its feature.
 *
 * Vulkan lets compilers assume that no f32 is NaN or infinite, and some do (NVIDIA's turns a maximum that is NaN where
 * an operand is into one that is not), unless a shader asks for float controls: every shader does where they are there.
 */
#include "base/debug.h"
#include "device/vulkan/vulkan.h"
#include <stdlib.h>
#include <string.h>

typedef struct extension_list {
  VkExtensionProperties *items; /* NULL: none, or memory ran out */
  uint32_t count;
} extension_list;

static extension_list list_extensions(const weft_vk_api *vk, VkPhysicalDevice physical) {
  extension_list list = {0};
  if (vk->vkEnumerateDeviceExtensionProperties(physical, NULL, &list.count, NULL) != VK_SUCCESS || !list.count)
    return (extension_list){0};
  list.items = calloc(list.count, sizeof *list.items);
  if (!list.items || vk->vkEnumerateDeviceExtensionProperties(physical, NULL, &list.count, list.items) < VK_SUCCESS)
    list.count = 0;
  return list;
}

static int has(const extension_list *list, const char *name) {
  for (uint32_t i = 0; i < list->count; i++)
    if (!strcmp(list->items[i].extensionName, name)) return 1;
  return 0;
}

static int can_keep_nan(const weft_vk_api *vk, VkPhysicalDevice physical) {
  VkPhysicalDeviceFloatControlsPropertiesKHR controls = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FLOAT_CONTROLS_PROPERTIES_KHR};
  VkPhysicalDeviceProperties2 all = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &controls};
  vk->vkGetPhysicalDeviceProperties2(physical, &all);
  return controls.shaderSignedZeroInfNanPreserveFloat32 == VK_TRUE;
}

void weft_vk_find_features(const weft_vk_api *vk, VkPhysicalDevice physical, weft_vk_features *out) {
  extension_list list = list_extensions(vk, physical);
  memset(out, 0, sizeof *out);
  out->small.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES_KHR;
  out->storage16.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES;
  out->core.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  out->core.pNext = &out->storage16;
#ifdef VK_KHR_shader_integer_dot_product
  out->dot.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES_KHR;
  if (has(&list, VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME)) {
    out->storage16.pNext = &out->dot;
    out->extensions[out->n_extensions++] = VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME;
  }
#endif
  if (has(&list, VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME)) {
    out->small.pNext = out->storage16.pNext;
    out->storage16.pNext = &out->small;
    out->extensions[out->n_extensions++] = VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME;
  }
  if (has(&list, VK_KHR_SHADER_FLOAT_CONTROLS_EXTENSION_NAME) && can_keep_nan(vk, physical)) {
    out->keeps_nan = 1;
    out->extensions[out->n_extensions++] = VK_KHR_SHADER_FLOAT_CONTROLS_EXTENSION_NAME;
  }
  out->executables.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR;
  if (weft_debug(WEFT_DEBUG_KERNEL) && has(&list, VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME)) {
    out->executables.pNext = out->storage16.pNext;
    out->storage16.pNext = &out->executables;
    out->extensions[out->n_extensions++] = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
  }
  vk->vkGetPhysicalDeviceFeatures2(physical, &out->core);
  /* Checks of every access cost time, and pipelines with statistics are for profilers of vendors. */
  const VkPhysicalDeviceFeatures found = out->core.features;
  out->core.features = (VkPhysicalDeviceFeatures){
      .shaderFloat64 = found.shaderFloat64, .shaderInt64 = found.shaderInt64, .shaderInt16 = found.shaderInt16};
  /* A driver that has this extension demands that it is asked for. */
  if (has(&list, "VK_KHR_portability_subset")) out->extensions[out->n_extensions++] = "VK_KHR_portability_subset";
  free(list.items);
}

/* Only vendors' extensions tell the number of compute units; 0: none of them is there. */
static uint32_t count_units(const weft_vk_api *vk, VkPhysicalDevice physical, const extension_list *list) {
  VkPhysicalDeviceProperties2 all = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2};
  VkPhysicalDeviceShaderCorePropertiesAMD amd = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_CORE_PROPERTIES_AMD};
  VkPhysicalDeviceShaderSMBuiltinsPropertiesNV nv = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_SM_BUILTINS_PROPERTIES_NV};
  if (has(list, VK_AMD_SHADER_CORE_PROPERTIES_EXTENSION_NAME))
    all.pNext = &amd;
  else if (has(list, VK_NV_SHADER_SM_BUILTINS_EXTENSION_NAME))
    all.pNext = &nv;
  if (all.pNext) vk->vkGetPhysicalDeviceProperties2(physical, &all);
  return nv.shaderSMCount + amd.shaderEngineCount * amd.shaderArraysPerEngineCount * amd.computeUnitsPerShaderArray;
}

void weft_vk_describe_features(const weft_vk_api *vk, VkPhysicalDevice physical, weft_device_info *info) {
  weft_vk_features f;
  extension_list list = list_extensions(vk, physical);
  VkPhysicalDeviceSubgroupSizeControlPropertiesEXT sizes = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES_EXT};
  VkPhysicalDeviceIDProperties id = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES};
  VkPhysicalDeviceProperties2 all = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &id};
  if (has(&list, VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME)) id.pNext = &sizes;
  vk->vkGetPhysicalDeviceProperties2(physical, &all);
  info->subgroup_min = sizes.minSubgroupSize ? sizes.minSubgroupSize : info->subgroup;
  info->subgroup_max = sizes.maxSubgroupSize ? sizes.maxSubgroupSize : info->subgroup;
  memcpy(info->uuid, id.deviceUUID, sizeof info->uuid);
  if (!info->compute_units) info->compute_units = count_units(vk, physical, &list);
  weft_vk_find_features(vk, physical, &f);
  info->features = WEFT_HAS_RECORDING;
  if (f.small.shaderFloat16) info->features |= WEFT_HAS_F16;
  if (f.small.shaderInt8) info->features |= WEFT_HAS_INT8;
  if (f.core.features.shaderFloat64) info->features |= WEFT_HAS_F64;
  if (info->subgroup > 1) info->features |= WEFT_HAS_SUBGROUPS;
  if (has(&list, "VK_KHR_shader_bfloat16")) info->features |= WEFT_HAS_BF16;
#ifdef VK_KHR_shader_integer_dot_product
  if (f.dot.shaderIntegerDotProduct) info->features |= WEFT_HAS_DOT8;
#endif
  if (has(&list, "VK_KHR_cooperative_matrix") || has(&list, "VK_NV_cooperative_matrix"))
    info->features |= WEFT_HAS_MATRIX;
  free(list.items);
}
