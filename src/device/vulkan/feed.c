/* feed.c -- large writes while kernels run: ahead of their turn. On the one queue a write's way over the link begins
 * when the step before has ended, and the kernels wait for it. So a second queue, of the engines that do nothing but
 * copy where the device has them, brings the bytes from a batch's staging memory to its landing, which is device
 * memory, while kernels run; the batch itself only copies them on within the device. A step's inputs so travel during
 * the step before, and neither they nor the step's recording are needed twice.
 *
 * A batch waits for its feed by a semaphore. The other way there is nothing to wait for: staging memory and landing are
 * used again when the batch's fence was waited for. So each semaphore is signalled once and waited for once in between,
 * and a binary one does, which every Vulkan 1.1 has. (The validation layers' check of hazards between submissions,
 * which is off unless asked for, calls it a race: as of 1.3.239 it does not carry the wait for a fence over a semaphore
 * to what another queue did before. A fence of the feed's own silences it.)
 *
 * A device whose only queue is taken for the second one too is none that gains by it: WEFT_SKIP=share makes one, to
 * test all this without a card. */
#include "base/debug.h"
#include "device/vulkan/vulkan.h"

/* Kinds of work that tell nothing about what else a family is for. */
static const VkQueueFlags anything = VK_QUEUE_SPARSE_BINDING_BIT | VK_QUEUE_PROTECTED_BIT;

/* A family that only copies (not one for video, which may copy too, for its own sake); a second queue for compute; any
 * other that computes or draws, which can copy by definition. */
uint32_t weft_vk_feed_family(const VkQueueFamilyProperties *families, uint32_t count, uint32_t first) {
  uint32_t best = families[first].queueCount > 1 ? first : WEFT_VK_NO_FAMILY;
  for (uint32_t i = 0; i < count; i++) {
    if (i == first || !families[i].queueCount) continue;
    if ((families[i].queueFlags & ~anything) == VK_QUEUE_TRANSFER_BIT) return i;
    if (best == WEFT_VK_NO_FAMILY && (families[i].queueFlags & (VK_QUEUE_COMPUTE_BIT | VK_QUEUE_GRAPHICS_BIT)))
      best = i;
  }
  return best;
}

static VkResult make_semaphore(const weft_vk_state *state, VkSemaphore *out) {
  VkSemaphoreCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
  VkResult result = state->vk.vkCreateSemaphore(state->device, &info, NULL, out);
  if (result != VK_SUCCESS) *out = VK_NULL_HANDLE;
  return result;
}

void weft_vk_feed_open(weft_device *device) {
  weft_vk_state *state = weft_vk(device);
  const weft_vk_api *vk = &state->vk;
  if (!state->feed_queue) return;
  VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                  .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT |
                                           VK_COMMAND_POOL_CREATE_TRANSIENT_BIT,
                                  .queueFamilyIndex = state->feed_family};
  VkResult result = vk->vkCreateCommandPool(state->device, &pool, NULL, &state->feed_pool);
  if (result != VK_SUCCESS) state->feed_pool = VK_NULL_HANDLE;
  VkCommandBufferAllocateInfo commands = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                          .commandPool = state->feed_pool,
                                          .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                          .commandBufferCount = 1};
  for (int i = 0; i < WEFT_VK_BATCHES && result == VK_SUCCESS; i++) {
    result = vk->vkAllocateCommandBuffers(state->device, &commands, &state->batches[i].feed);
    if (result == VK_SUCCESS) result = make_semaphore(state, &state->batches[i].arrived);
  }
  state->feeds = result == VK_SUCCESS;
  if (!state->feeds) weft_vk_feed_close(state);
}

void weft_vk_feed_close(weft_vk_state *state) {
  for (int i = 0; i < WEFT_VK_BATCHES; i++) {
    weft_vk_memory_free(state, &state->batches[i].landing);
    state->vk.vkDestroySemaphore(state->device, state->batches[i].arrived, NULL);
    state->batches[i].arrived = VK_NULL_HANDLE;
  }
  state->vk.vkDestroyCommandPool(state->device, state->feed_pool, NULL);
  state->feed_pool = VK_NULL_HANDLE;
  state->feed_queue = VK_NULL_HANDLE;
}

/* The batch's feed, begun, and its landing. */
static int is_ready(weft_device *device, weft_vk_batch *batch) {
  weft_vk_state *state = weft_vk(device);
  VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                    .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
  if (!batch->landing.size)
    weft_vk_memory_new(device, batch->staging.size, state->buffer_type, WEFT_VK_FED, &batch->landing);
  if (batch->landing.size && !batch->feeding)
    batch->feeding = state->vk.vkBeginCommandBuffer(batch->feed, &begin) == VK_SUCCESS;
  return batch->landing.size && batch->feeding;
}

VkBuffer weft_vk_feed(weft_device *device, weft_vk_batch *batch, uint64_t place, uint64_t size) {
  weft_vk_state *state = weft_vk(device);
  if (!is_ready(device, batch)) { /* the device is full: the write takes its turn, and so do all that follow */
    weft_call_begin(device);
    state->feeds = 0;
    return batch->staging.buffer;
  }
  VkBufferCopy region = {.srcOffset = place, .dstOffset = place, .size = size};
  state->vk.vkCmdCopyBuffer(batch->feed, batch->staging.buffer, batch->landing.buffer, 1, &region);
  return batch->landing.buffer;
}

weft_status weft_vk_feed_submit(weft_device *device, weft_vk_batch *batch) {
  weft_vk_state *state = weft_vk(device);
  VkSubmitInfo info = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
                       .commandBufferCount = 1,
                       .pCommandBuffers = &batch->feed,
                       .signalSemaphoreCount = 1,
                       .pSignalSemaphores = &batch->arrived};
  batch->feeding = 0;
  weft_status status = weft_vk_check(device, "vkEndCommandBuffer", state->vk.vkEndCommandBuffer(batch->feed));
  if (status != WEFT_OK) return status;
  return weft_vk_check(device, "vkQueueSubmit", state->vk.vkQueueSubmit(state->feed_queue, 1, &info, VK_NULL_HANDLE));
}

/* The semaphore is or will be signalled, for nobody: another one takes its place. */
void weft_vk_feed_cancel(weft_device *device, weft_vk_batch *batch) {
  weft_vk_state *state = weft_vk(device);
  state->vk.vkDeviceWaitIdle(state->device);
  state->vk.vkDestroySemaphore(state->device, batch->arrived, NULL);
  if (make_semaphore(state, &batch->arrived) != VK_SUCCESS) state->feeds = 0;
}
