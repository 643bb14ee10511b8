/* card.c -- a Vulkan driver that hands every call on to $CARD_DRIVER, and tells of a second family of queues, which
 * only copies, as cards have one. What goes to its queue goes to that driver's only one. So what is meant for two
 * queues runs, and the validation layers see two. */
#include <vulkan/vk_icd.h>
#include <vulkan/vulkan.h>

enum { COPIES = 1 /* the second family's number; the driver behind has the first alone */ };

static PFN_vkGetPhysicalDeviceQueueFamilyProperties get_families;
static PFN_vkGetPhysicalDeviceQueueFamilyProperties2 get_families2;
static PFN_vkCreateDevice create_device;
static PFN_vkGetDeviceQueue get_queue;
static PFN_vkQueueSubmit submit;
static PFN_vkCreateCommandPool create_pool;

/* As the loader wants a queue to begin. */
static struct {
  VK_LOADER_DATA loader;
  VkQueue behind;
} second = {.loader = {ICD_LOADER_MAGIC}};

static VkQueue behind(VkQueue queue) { return (void *)queue == (void *)&second ? second.behind : queue; }

static const VkQueueFamilyProperties copies = {.queueFlags = VK_QUEUE_TRANSFER_BIT, .queueCount = 1};

static VKAPI_ATTR void VKAPI_CALL card_families(VkPhysicalDevice physical, uint32_t *count,
                                                VkQueueFamilyProperties *out) {
  uint32_t one = 1, room = *count;
  *count = !out || room > 2 ? 2 : room;
  if (out && room > 0) get_families(physical, &one, out);
  if (out && room > COPIES) out[COPIES] = copies;
}

static VKAPI_ATTR void VKAPI_CALL card_families2(VkPhysicalDevice physical, uint32_t *count,
                                                 VkQueueFamilyProperties2 *out) {
  uint32_t one = 1, room = *count;
  *count = !out || room > 2 ? 2 : room;
  if (out && room > 0) get_families2(physical, &one, out);
  if (out && room > COPIES) out[COPIES].queueFamilyProperties = copies;
}

static VKAPI_ATTR VkResult VKAPI_CALL card_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
                                                  const VkAllocationCallbacks *callbacks, VkDevice *out) {
  VkDeviceCreateInfo first = *info;
  if (info->queueCreateInfoCount > 1) first.queueCreateInfoCount = 1; /* weft names the family for compute first */
  return create_device(physical, &first, callbacks, out);
}

static VKAPI_ATTR void VKAPI_CALL card_queue(VkDevice device, uint32_t family, uint32_t index, VkQueue *out) {
  get_queue(device, 0, index, out);
  if (family != COPIES) return;
  second.behind = *out;
  *out = (VkQueue)(void *)&second;
}

static VKAPI_ATTR VkResult VKAPI_CALL card_submit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos,
                                                  VkFence fence) {
  return submit(behind(queue), count, infos, fence);
}

static VKAPI_ATTR VkResult VKAPI_CALL card_pool(VkDevice device, const VkCommandPoolCreateInfo *info,
                                                const VkAllocationCallbacks *callbacks, VkCommandPool *out) {
  VkCommandPoolCreateInfo first = *info;
  first.queueFamilyIndex = 0;
  return create_pool(device, &first, callbacks, out);
}

#define DRIVER_BEHIND "CARD_DRIVER"
#define REPLACED                                                                                                       \
  REPLACE(vkGetPhysicalDeviceQueueFamilyProperties, get_families, card_families)                                       \
  REPLACE(vkGetPhysicalDeviceQueueFamilyProperties2, get_families2, card_families2)                                    \
  REPLACE(vkGetPhysicalDeviceQueueFamilyProperties2KHR, get_families2, card_families2)                                 \
  REPLACE(vkCreateDevice, create_device, card_device)                                                                  \
  REPLACE(vkGetDeviceQueue, get_queue, card_queue)                                                                     \
  REPLACE(vkQueueSubmit, submit, card_submit)                                                                          \
  REPLACE(vkCreateCommandPool, create_pool, card_pool)
#include "../driver_in_front.h"
