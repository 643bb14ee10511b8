/* open.c -- finds, describes and opens Vulkan devices, and chooses their memory types.
 *
 * lavapipe is of class CPU, since it wants few work-groups and no work-group memory; but its compiler lays the
 * work-items of a group over the lanes of the CPU's vectors, so that a work-item has one lane, as on a GPU. */
#include "base/debug.h"
#include "base/hash.h"
#include "device/vulkan/vulkan.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEVICES = 64, MAX_FAMILIES = 32 };

static size_t find_devices(const weft_vk_api *vk, VkInstance instance, VkPhysicalDevice *out) {
  uint32_t count = MAX_DEVICES;
  VkResult result = vk->vkEnumeratePhysicalDevices(instance, &count, out);
  return result == VK_SUCCESS || result == VK_INCOMPLETE ? count : 0;
}

/* A family for compute; one without graphics where there is one, since it shares with no desktop. */
static uint32_t compute_family(const weft_vk_api *vk, VkPhysicalDevice physical, uint32_t *out_timestamp_bits) {
  VkQueueFamilyProperties families[MAX_FAMILIES];
  uint32_t count = MAX_FAMILIES, best = WEFT_VK_NO_FAMILY;
  vk->vkGetPhysicalDeviceQueueFamilyProperties(physical, &count, families);
  for (uint32_t i = 0; i < count; i++) {
    if (!(families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) || !families[i].queueCount) continue;
    int has_graphics = (families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT) != 0;
    if (best != WEFT_VK_NO_FAMILY && has_graphics) continue;
    if (best != WEFT_VK_NO_FAMILY && !(families[best].queueFlags & VK_QUEUE_GRAPHICS_BIT)) continue;
    best = i;
    *out_timestamp_bits = families[i].timestampValidBits;
  }
  return best;
}

static int rank_of(VkPhysicalDeviceType type) {
  switch (type) {
  case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: return WEFT_RANK_DISCRETE;
  case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: return WEFT_RANK_INTEGRATED;
  case VK_PHYSICAL_DEVICE_TYPE_CPU: return WEFT_RANK_VULKAN_CPU;
  default: return WEFT_RANK_VIRTUAL;
  }
}

static void refuse(weft_device_info *info, const char *why) {
  if (!info->usable) return;
  info->usable = 0;
  snprintf(info->why_not, sizeof info->why_not, "%s", why);
}

static uint64_t device_memory(const weft_vk_api *vk, VkPhysicalDevice physical) {
  VkPhysicalDeviceMemoryProperties memory;
  uint64_t sum = 0;
  vk->vkGetPhysicalDeviceMemoryProperties(physical, &memory);
  for (uint32_t i = 0; i < memory.memoryHeapCount; i++)
    if (memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) sum += memory.memoryHeaps[i].size;
  return sum;
}

/* Texts and sizes that came with Vulkan 1.1 and 1.2. */
static void describe_further(const weft_vk_api *vk, VkPhysicalDevice physical, uint32_t version,
                             weft_device_info *info) {
  VkPhysicalDeviceSubgroupProperties subgroup = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES};
  VkPhysicalDeviceMaintenance3Properties largest = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES,
                                                    .pNext = &subgroup};
  VkPhysicalDeviceProperties2 all = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &largest};
#ifdef VK_VERSION_1_2
  VkPhysicalDeviceDriverProperties driver = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES};
  if (version >= VK_MAKE_VERSION(1, 2, 0)) subgroup.pNext = &driver;
#endif
  vk->vkGetPhysicalDeviceProperties2(physical, &all);
  info->subgroup = subgroup.subgroupSize;
  info->max_buffer = largest.maxMemoryAllocationSize < info->memory ? largest.maxMemoryAllocationSize : info->memory;
  snprintf(info->driver, sizeof info->driver, "Vulkan %u.%u.%u, driver %u", VK_VERSION_MAJOR(version),
           VK_VERSION_MINOR(version), VK_VERSION_PATCH(version), all.properties.driverVersion);
#ifdef VK_VERSION_1_2
  if (driver.driverName[0])
    snprintf(info->driver, sizeof info->driver, "Vulkan %u.%u.%u, %.40s %.60s", VK_VERSION_MAJOR(version),
             VK_VERSION_MINOR(version), VK_VERSION_PATCH(version), driver.driverName, driver.driverInfo);
#endif
}

static void describe(const weft_vk_api *vk, VkPhysicalDevice physical, int index, weft_device_info *info,
                     int *out_rank) {
  VkPhysicalDeviceProperties p;
  uint32_t bits = 0;
  vk->vkGetPhysicalDeviceProperties(physical, &p);
  weft_info_begin(info, "vulkan", index);
  snprintf(info->name, sizeof info->name, "%.127s", p.deviceName);
  info->device_class = weft_class_asked(p.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU ? WEFT_CLASS_CPU : WEFT_CLASS_GPU);
  info->vector_width = 1;
  if (p.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU) info->compute_units = (uint32_t)weft_processors();
  info->max_group = p.limits.maxComputeWorkGroupInvocations;
  info->local_memory = p.limits.maxComputeSharedMemorySize;
  info->memory = device_memory(vk, physical);
  *out_rank = rank_of(p.deviceType);
  if (compute_family(vk, physical, &bits) == WEFT_VK_NO_FAMILY) refuse(info, "it has no queue for compute");
  info->timestamp_ns = bits ? p.limits.timestampPeriod : 0;
  if (p.apiVersion < VK_MAKE_VERSION(1, 1, 0))
    refuse(info, "Vulkan 1.1 is needed");
  else {
    describe_further(vk, physical, p.apiVersion, info);
    weft_vk_describe_features(vk, physical, info);
  }
  if (p.limits.maxPerStageDescriptorStorageBuffers < 4 || p.limits.maxBoundDescriptorSets < 1)
    refuse(info, "4 storage buffers a kernel are needed");
}

size_t weft_vk_list(weft_device_info *out, int *out_rank, size_t capacity) {
  weft_vk_api vk;
  VkInstance instance;
  VkPhysicalDevice physical[MAX_DEVICES];
  if (weft_vk_instance_new(&vk, &instance) != VK_SUCCESS) return 0;
  size_t count = find_devices(&vk, instance, physical);
  for (size_t i = 0; i < count && i < capacity; i++) describe(&vk, physical[i], (int)i, &out[i], &out_rank[i]);
  vk.vkDestroyInstance(instance, NULL);
  return count;
}

/* The first type that has all flags; a driver lists the better ones first. UINT32_MAX: none. */
static uint32_t memory_type(const VkPhysicalDeviceMemoryProperties *memory, uint32_t allowed,
                            VkMemoryPropertyFlags flags) {
  for (uint32_t i = 0; i < memory->memoryTypeCount; i++)
    if ((allowed >> i & 1) && (memory->memoryTypes[i].propertyFlags & flags) == flags) return i;
  return UINT32_MAX;
}

static uint32_t first_of(const VkPhysicalDeviceMemoryProperties *memory, uint32_t allowed,
                         const VkMemoryPropertyFlags *flags, size_t count) {
  uint32_t type = UINT32_MAX;
  for (size_t i = 0; i < count && type == UINT32_MAX; i++) type = memory_type(memory, allowed, flags[i]);
  return type;
}

/* Where host and device share their memory, buffers are mapped, and reads and writes of an idle device are plain
 * copies. Where they do not, mapped device memory is a small window or slow to read, and staging is faster. */
static weft_status choose_memory(weft_device *device, weft_vk_state *state) {
  enum {
    LOCAL = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT,
    SEEN = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
    CACHED = VK_MEMORY_PROPERTY_HOST_CACHED_BIT
  };
  static const VkMemoryPropertyFlags shared[] = {LOCAL | SEEN | CACHED, LOCAL | SEEN, LOCAL, 0};
  static const VkMemoryPropertyFlags separate[] = {LOCAL, 0};
  static const VkMemoryPropertyFlags download[] = {SEEN | CACHED, SEEN};
  VkPhysicalDeviceMemoryProperties memory;
  uint32_t allowed;
  weft_status status = weft_vk_memory_types(device, &allowed);
  if (status != WEFT_OK) return status;
  state->vk.vkGetPhysicalDeviceMemoryProperties(state->physical, &memory);
  state->buffer_type = state->shares ? first_of(&memory, allowed, shared, 4) : first_of(&memory, allowed, separate, 2);
  state->download_type = first_of(&memory, allowed, download, 2);
  /* What is not cached is slow to fill by a copy of one thread, and a card reads either through the same link. */
  state->upload_type = state->shares ? memory_type(&memory, allowed, SEEN) : state->download_type;
  if (state->buffer_type == UINT32_MAX || state->upload_type == UINT32_MAX)
    return weft_fail(&device->error, WEFT_NO_FEATURE, "%s (%s): no memory that the host can reach", device->info.id,
                     device->info.name);
  VkMemoryPropertyFlags flags = memory.memoryTypes[state->buffer_type].propertyFlags;
  state->host_writes = state->shares && (flags & SEEN) == SEEN;
  state->host_reads = state->host_writes && (flags & CACHED);
  state->polls = device->info.device_class == WEFT_CLASS_GPU; /* a CPU would wait for the core */
  return WEFT_OK;
}

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

static void set_limits(weft_device *device, const VkPhysicalDeviceProperties *p) {
  weft_device_limits *limits = &device->limits;
  const VkPhysicalDeviceLimits *l = &p->limits;
  uint64_t align = l->minStorageBufferOffsetAlignment;
  limits->buffer_align = align > 64 ? align : 64;
  limits->max_binding = l->maxStorageBufferRange;
  for (int k = 0; k < 3; k++) limits->max_groups[k] = l->maxComputeWorkGroupCount[k];
  limits->max_bindings = least(least(l->maxPerStageDescriptorStorageBuffers, l->maxDescriptorSetStorageBuffers),
                               least(l->maxPerStageResources, WEFT_VK_MAX_BINDINGS));
  uint32_t views = least(l->maxPerStageDescriptorSampledImages, l->maxDescriptorSetSampledImages);
  if (views >= limits->max_bindings && l->minTexelBufferOffsetAlignment <= limits->buffer_align)
    limits->max_texels = l->maxTexelBufferElements;
  uint64_t hash = weft_hash_text(weft_hash_text(WEFT_HASH_SEED, "vulkan"), device->info.name);
  hash = weft_hash_text(hash, device->info.driver);
  hash = weft_hash(hash, &p->driverVersion, sizeof p->driverVersion);
  device->fingerprint = weft_hash(hash, p->pipelineCacheUUID, sizeof p->pipelineCacheUUID);
}

/* The family of the queue for feeds, where device and host do not share memory. */
static uint32_t choose_feed_family(const weft_vk_state *state) {
  VkQueueFamilyProperties families[MAX_FAMILIES];
  uint32_t count = MAX_FAMILIES;
  if (state->shares || weft_debug_skips("feed")) return WEFT_VK_NO_FAMILY;
  state->vk.vkGetPhysicalDeviceQueueFamilyProperties(state->physical, &count, families);
  return weft_vk_feed_family(families, count, state->family);
}

static void take_queues(weft_vk_state *state) {
  const weft_vk_api *vk = &state->vk;
  vk->vkGetDeviceQueue(state->device, state->family, 0, &state->queue);
  if (state->feed_family != WEFT_VK_NO_FAMILY) {
    vk->vkGetDeviceQueue(state->device, state->feed_family, state->feed_family == state->family, &state->feed_queue);
  } else if (weft_debug_skips("share") && !weft_debug_skips("feed")) {
    state->feed_family = state->family;
    state->feed_queue = state->queue;
  }
}

static weft_status make_device(weft_device *device, weft_vk_state *state) {
  const float priorities[2] = {1, 1};
  weft_vk_features features;
  state->feed_family = choose_feed_family(state);
  int has_two = state->feed_family != WEFT_VK_NO_FAMILY, are_apart = has_two && state->feed_family != state->family;
  VkDeviceQueueCreateInfo queues[2] = {{.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                        .queueFamilyIndex = state->family,
                                        .queueCount = has_two && !are_apart ? 2 : 1,
                                        .pQueuePriorities = priorities},
                                       {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                        .queueFamilyIndex = state->feed_family,
                                        .queueCount = 1,
                                        .pQueuePriorities = priorities}};
  weft_vk_find_features(&state->vk, state->physical, &features);
  state->keeps_nan = features.keeps_nan;
  state->holds = !weft_debug_skips("hold");
  state->tells_statistics = features.executables.pipelineExecutableInfo == VK_TRUE;
  VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                             .pNext = &features.core,
                             .queueCreateInfoCount = are_apart ? 2 : 1,
                             .pQueueCreateInfos = queues,
                             .enabledExtensionCount = features.n_extensions,
                             .ppEnabledExtensionNames = features.extensions};
  VkResult result = state->vk.vkCreateDevice(state->physical, &info, NULL, &state->device);
  if (result != VK_SUCCESS) {
    state->device = VK_NULL_HANDLE;
    return weft_vk_check(device, "vkCreateDevice", result);
  }
  if (!weft_vk_load_device(&state->vk, state->device)) {
    if (state->vk.vkDestroyDevice) state->vk.vkDestroyDevice(state->device, NULL);
    state->device = VK_NULL_HANDLE;
    return weft_fail(&device->error, WEFT_NO_FEATURE, "%s (%s): the driver lacks functions of Vulkan 1.1",
                     device->info.id, device->info.name);
  }
  take_queues(state);
  return WEFT_OK;
}

static weft_status open_state(weft_device *device, weft_vk_state *state, int index) {
  VkPhysicalDevice physical[MAX_DEVICES];
  VkResult result = weft_vk_instance_new(&state->vk, &state->instance);
  if (result != VK_SUCCESS)
    return weft_fail(&device->error, WEFT_NO_DEVICE, "vulkan:%d: no instance (is libvulkan.so.1 installed?): %s", index,
                     weft_vk_result_name(result));
  size_t count = find_devices(&state->vk, state->instance, physical);
  if (index < 0 || (size_t)index >= count)
    return weft_fail(&device->error, WEFT_NO_DEVICE, "vulkan:%d: the driver tells %zu devices", index, count);
  state->physical = physical[index];
  int rank;
  uint32_t bits = 0;
  VkPhysicalDeviceProperties properties;
  describe(&state->vk, state->physical, index, &device->info, &rank);
  if (!device->info.usable)
    return weft_fail(&device->error, WEFT_NO_FEATURE, "%s (%s): %s", device->info.id, device->info.name,
                     device->info.why_not);
  state->vk.vkGetPhysicalDeviceProperties(state->physical, &properties);
  state->family = compute_family(&state->vk, state->physical, &bits);
  state->timestamp_mask = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
  state->timestamp_ns = device->info.timestamp_ns;
  set_limits(device, &properties);
  int type = properties.deviceType;
  state->shares = (type == VK_PHYSICAL_DEVICE_TYPE_CPU || type == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU) &&
                  !weft_debug_skips("share");
  weft_status status = make_device(device, state);
  if (status == WEFT_OK) status = choose_memory(device, state);
  return status;
}

static void free_state(weft_vk_state *state) {
  const weft_vk_api *vk = &state->vk;
  if (state->device) {
    weft_vk_queue_close(state);
    weft_vk_memory_free(state, &state->download);
    weft_vk_layouts_free(state);
    vk->vkDestroyPipelineCache(state->device, state->pipeline_cache, NULL);
    vk->vkDestroyDevice(state->device, NULL);
  }
  if (state->instance) vk->vkDestroyInstance(state->instance, NULL);
  if (state->holds_compiler) weft_spirv_drop();
  free(state);
}

weft_status weft_vk_open(weft_device *device, int index) {
  weft_vk_state *state = calloc(1, sizeof *state);
  if (!state) return weft_fail(&device->error, WEFT_NO_MEMORY, "vulkan:%d: no memory", index);
  device->state = state;
  weft_status status = open_state(device, state, index);
  if (status == WEFT_OK) status = weft_vk_queue_open(device);
  if (status == WEFT_OK) {
    weft_vk_pipeline_cache_open(device);
    return WEFT_OK;
  }
  device->state = NULL;
  free_state(state);
  return status;
}

void weft_vk_close(weft_device *device) {
  weft_vk_finish(device);
  weft_vk_pipeline_cache_close(device);
  free_state(weft_vk(device));
  device->state = NULL;
}

const weft_backend weft_backend_vulkan = {
    .name = "vulkan",
    .dialect = WEFT_GLSL,
    .list = weft_vk_list,
    .open = weft_vk_open,
    .close = weft_vk_close,
    .buffer_new = weft_vk_buffer_new,
    .buffer_free = weft_vk_buffer_free,
    .write = weft_vk_write,
    .read = weft_vk_read,
    .copy = weft_vk_copy,
    .clear = weft_vk_clear,
    .host_buffer_new = weft_vk_host_buffer_new,
    .map = weft_vk_map,
    .unmap = weft_vk_unmap,
    .kernels_new = weft_vk_kernels_new,
    .kernel_free = weft_vk_kernel_free,
    .record = weft_vk_record,
    .recording_free = weft_vk_recording_free,
    .replay = weft_vk_replay,
    .replay_timed = weft_vk_replay_timed,
    .sync = weft_vk_sync,
};
