/* statistics.c -- what the driver tells of a pipeline that it compiled (registers, spills, occupancy), with
 * WEFT_DEBUG=kernel on devices that have VK_KHR_pipeline_executable_properties: how a shader's speed is understood
 * where no machine code can be seen. */
#include "base/text.h"
#include "device/vulkan/vulkan.h"
#include <stdio.h>

enum { MOST_EXECUTABLES = 8, MOST_STATISTICS = 64 };

static void add_value(weft_text *out, const VkPipelineExecutableStatisticKHR *s) {
  weft_text_printf(out, ", %s ", s->name);
  switch (s->format) {
  case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR: weft_text_add(out, s->value.b32 ? "yes" : "no"); break;
  case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_INT64_KHR: weft_text_printf(out, "%lld", (long long)s->value.i64); break;
  case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_UINT64_KHR:
    weft_text_printf(out, "%llu", (unsigned long long)s->value.u64);
    break;
  default: weft_text_printf(out, "%g", s->value.f64); break;
  }
}

void weft_vk_tell_statistics(const weft_vk_state *state, VkPipeline pipeline, size_t number) {
  PFN_vkGetPipelineExecutablePropertiesKHR executables =
      (PFN_vkGetPipelineExecutablePropertiesKHR)state->vk.vkGetDeviceProcAddr(state->device,
                                                                              "vkGetPipelineExecutablePropertiesKHR");
  PFN_vkGetPipelineExecutableStatisticsKHR statistics =
      (PFN_vkGetPipelineExecutableStatisticsKHR)state->vk.vkGetDeviceProcAddr(state->device,
                                                                              "vkGetPipelineExecutableStatisticsKHR");
  VkPipelineInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, .pipeline = pipeline};
  VkPipelineExecutablePropertiesKHR parts[MOST_EXECUTABLES];
  uint32_t n_parts = MOST_EXECUTABLES;
  for (uint32_t i = 0; i < n_parts; i++)
    parts[i] = (VkPipelineExecutablePropertiesKHR){.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR};
  if (!executables || !statistics || executables(state->device, &info, &n_parts, parts) < VK_SUCCESS) return;
  for (uint32_t part = 0; part < n_parts; part++) {
    VkPipelineExecutableInfoKHR which = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, .pipeline = pipeline, .executableIndex = part};
    VkPipelineExecutableStatisticKHR values[MOST_STATISTICS];
    uint32_t n = MOST_STATISTICS;
    weft_text text = {0};
    for (uint32_t i = 0; i < n; i++)
      values[i] = (VkPipelineExecutableStatisticKHR){.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR};
    if (statistics(state->device, &which, &n, values) < VK_SUCCESS) n = 0;
    for (uint32_t i = 0; i < n; i++) add_value(&text, &values[i]);
    fprintf(stderr, "weft: pipeline %zu: %s%s\n", number, parts[part].name, text.data ? text.data : "");
    weft_text_release(&text);
  }
}
