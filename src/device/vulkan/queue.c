/* queue.c -- submissions. A ring of batches, each a command buffer for transfers, a fence and staging memory: the open
 * one gathers transfers; those before it are on their way, the oldest first. Fences of a ring do without timeline
 * semaphores, which Vulkan 1.1 lacks.
 *
 * A submission costs some microseconds, on the host and between two of them on the device, which is much beside a step
 * of a few kernels. So a short replay is held in the open batch while two submissions are on their way, and goes with
 * those that follow. The device never waits for what is held as long as calls come: each submits when less is on its
 * way, and whatever waits, reads, writes or frees submits first. */
#include "base/clock.h"
#include "device/vulkan/vulkan.h"
#include <sched.h>

/* Seconds for which a wait polls. */
static const double longest_poll = 2e-3;

weft_status weft_vk_queue_open(weft_device *device) {
  weft_vk_state *state = weft_vk(device);
  const weft_vk_api *vk = &state->vk;
  VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                  .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT |
                                           VK_COMMAND_POOL_CREATE_TRANSIENT_BIT,
                                  .queueFamilyIndex = state->family};
  VkResult result = vk->vkCreateCommandPool(state->device, &pool, NULL, &state->pool);
  if (result != VK_SUCCESS) {
    state->pool = VK_NULL_HANDLE;
    return weft_vk_check(device, "vkCreateCommandPool", result);
  }
  VkCommandBufferAllocateInfo commands = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                          .commandPool = state->pool,
                                          .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                          .commandBufferCount = 1};
  VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  for (int i = 0; i < WEFT_VK_BATCHES; i++) {
    weft_vk_batch *batch = &state->batches[i];
    result = vk->vkAllocateCommandBuffers(state->device, &commands, &batch->commands);
    if (result != VK_SUCCESS) return weft_vk_check(device, "vkAllocateCommandBuffers", result);
    result = vk->vkCreateFence(state->device, &fence, NULL, &batch->fence);
    if (result != VK_SUCCESS) {
      batch->fence = VK_NULL_HANDLE;
      return weft_vk_check(device, "vkCreateFence", result);
    }
  }
  weft_vk_feed_open(device);
  return WEFT_OK;
}

/* The device is idle, or lost. */
void weft_vk_queue_close(weft_vk_state *state) {
  weft_vk_feed_close(state);
  for (int i = 0; i < WEFT_VK_BATCHES; i++) {
    weft_vk_memory_free(state, &state->batches[i].staging);
    state->vk.vkDestroyFence(state->device, state->batches[i].fence, NULL);
  }
  state->vk.vkDestroyCommandPool(state->device, state->pool, NULL);
}

void weft_vk_barrier(const weft_vk_state *state, VkCommandBuffer commands, VkPipelineStageFlags from,
                     VkPipelineStageFlags to) {
  VkMemoryBarrier barrier = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER};
  if (from & VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT) barrier.srcAccessMask |= VK_ACCESS_SHADER_WRITE_BIT;
  if (from & VK_PIPELINE_STAGE_TRANSFER_BIT) barrier.srcAccessMask |= VK_ACCESS_TRANSFER_WRITE_BIT;
  if (to & VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT)
    barrier.dstAccessMask |= VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;
  if (to & VK_PIPELINE_STAGE_TRANSFER_BIT)
    barrier.dstAccessMask |= VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
  if (to & VK_PIPELINE_STAGE_HOST_BIT) barrier.dstAccessMask |= VK_ACCESS_HOST_READ_BIT | VK_ACCESS_HOST_WRITE_BIT;
  state->vk.vkCmdPipelineBarrier(commands, from, to, 0, 1, &barrier, 0, NULL, 0, NULL);
}

VkPipelineStageFlags weft_vk_users(const weft_vk_state *state) {
  return VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT |
         (state->host_writes ? VK_PIPELINE_STAGE_HOST_BIT : 0);
}

static int overlap(const weft_vk_range *a, const weft_vk_range *b) {
  return a->buffer == b->buffer && a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

/* Whether a transfer of the batch since its last barrier touches the range, or no further one can be kept in mind. Two
 * that read the same are taken for two that do not, as they are rare. */
static int must_wait(const weft_vk_batch *batch, const weft_vk_range *range) {
  for (int i = 0; i < batch->n_touched; i++)
    if (overlap(&batch->touched[i], range)) return 1;
  return batch->n_touched + 2 > WEFT_VK_MOST_TOUCHED;
}

static void order(const weft_vk_state *state, weft_vk_batch *batch, weft_vk_range from, weft_vk_range to) {
  if ((from.buffer && must_wait(batch, &from)) || must_wait(batch, &to)) {
    weft_vk_barrier(state, batch->commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT);
    batch->n_touched = 0;
  }
  if (from.buffer) batch->touched[batch->n_touched++] = from;
  batch->touched[batch->n_touched++] = to;
}

weft_status weft_vk_batch_begin(weft_device *device, weft_vk_range from, weft_vk_range to, weft_vk_batch **out) {
  weft_vk_state *state = weft_vk(device);
  weft_vk_batch *batch = &state->batches[state->open];
  VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                    .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
  if (batch->n_held) { /* transfers come before them in a batch */
    weft_status status = weft_vk_submit(device, VK_NULL_HANDLE);
    if (status != WEFT_OK) return status;
    batch = &state->batches[state->open];
  }
  *out = batch;
  if (!batch->recording) {
    VkResult result = state->vk.vkBeginCommandBuffer(batch->commands, &begin);
    if (result != VK_SUCCESS) return weft_vk_check(device, "vkBeginCommandBuffer", result);
    batch->recording = 1;
    batch->n_touched = 0;
  }
  order(state, batch, from, to);
  return WEFT_OK;
}

weft_status weft_vk_batch_stage(weft_device *device, weft_vk_range to, weft_vk_batch **out, uint64_t *out_offset) {
  weft_vk_state *state = weft_vk(device);
  weft_vk_batch *batch = &state->batches[state->open];
  weft_status status = WEFT_OK;
  if (batch->n_held || (batch->staged && batch->staged + to.size > batch->staging.size)) {
    status = weft_vk_submit(device, VK_NULL_HANDLE);
    batch = &state->batches[state->open];
  }
  if (status == WEFT_OK && batch->staged + to.size > batch->staging.size) {
    uint64_t room = 256 << 10;
    while (room < to.size + (16 << 10)) room *= 2; /* a small write often follows a large one */
    if (room > WEFT_VK_STAGING_BYTES) room = WEFT_VK_STAGING_BYTES;
    weft_vk_memory_free(state, &batch->staging);
    weft_vk_memory_free(state, &batch->landing);
    status = weft_vk_memory_new(device, room, state->upload_type, WEFT_VK_MAPPED | WEFT_VK_FED, &batch->staging);
  }
  if (status == WEFT_OK) status = weft_vk_batch_begin(device, (weft_vk_range){0}, to, out);
  if (status != WEFT_OK) return status;
  *out_offset = batch->staged;
  batch->staged = (batch->staged + to.size + 15) & ~UINT64_C(15);
  return WEFT_OK;
}

/* A thread that sleeps is woken some 30 microseconds after the fence, which is what a small step takes. Others that
 * want the core have it in between. */
static VkResult wait_for(const weft_vk_state *state, VkFence fence) {
  for (double end = state->polls ? weft_clock() + longest_poll : 0; weft_clock() < end; sched_yield()) {
    VkResult result = state->vk.vkGetFenceStatus(state->device, fence);
    if (result != VK_NOT_READY) return result;
  }
  return state->vk.vkWaitForFences(state->device, 1, &fence, VK_TRUE, UINT64_MAX);
}

static unsigned on_their_way(const weft_vk_state *state) {
  return (state->open + WEFT_VK_BATCHES - state->oldest) % WEFT_VK_BATCHES;
}

/* Waits for the first `count` batches on their way. They end in order, so that the last one is waited for. */
static weft_status retire(weft_device *device, unsigned count) {
  weft_vk_state *state = weft_vk(device);
  VkFence fences[WEFT_VK_BATCHES];
  for (unsigned i = 0; i < count; i++) fences[i] = state->batches[(state->oldest + i) % WEFT_VK_BATCHES].fence;
  weft_status status = weft_vk_check(device, "vkWaitForFences", wait_for(state, fences[count - 1]));
  if (status == WEFT_OK && count > 1)
    status = weft_vk_check(device, "vkWaitForFences",
                           state->vk.vkWaitForFences(state->device, count - 1, fences, VK_TRUE, UINT64_MAX));
  if (status != WEFT_OK) return status;
  for (unsigned i = 0; i < count; i++) state->batches[(state->oldest + i) % WEFT_VK_BATCHES].staged = 0;
  state->oldest = (state->oldest + count) % WEFT_VK_BATCHES;
  if (state->oldest == state->open) state->runs = 0;
  return weft_vk_check(device, "vkResetFences", state->vk.vkResetFences(state->device, count, fences));
}

weft_status weft_vk_submit(weft_device *device, VkCommandBuffer then) {
  weft_vk_state *state = weft_vk(device);
  weft_vk_batch *batch = &state->batches[state->open];
  VkCommandBuffer commands[2 + WEFT_VK_MOST_HELD];
  uint32_t count = 0;
  weft_status status = WEFT_OK;
  if (batch->recording) {
    batch->recording = 0;
    weft_vk_barrier(state, batch->commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
                    VK_PIPELINE_STAGE_TRANSFER_BIT | VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_HOST_BIT);
    status = weft_vk_check(device, "vkEndCommandBuffer", state->vk.vkEndCommandBuffer(batch->commands));
    commands[count++] = batch->commands;
  }
  for (int i = 0; i < batch->n_held; i++) commands[count++] = batch->held[i];
  batch->n_held = 0;
  if (then) commands[count++] = then;
  if (count == 0 || status != WEFT_OK) return status;
  const int is_fed = batch->feeding;
  const VkPipelineStageFlags copies = VK_PIPELINE_STAGE_TRANSFER_BIT;
  VkSubmitInfo info = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
                       .waitSemaphoreCount = is_fed ? 1 : 0,
                       .pWaitSemaphores = &batch->arrived,
                       .pWaitDstStageMask = &copies,
                       .commandBufferCount = count,
                       .pCommandBuffers = commands};
  if (is_fed) status = weft_vk_feed_submit(device, batch);
  if (status == WEFT_OK) {
    status = weft_vk_check(device, "vkQueueSubmit", state->vk.vkQueueSubmit(state->queue, 1, &info, batch->fence));
    if (status != WEFT_OK && is_fed) weft_vk_feed_cancel(device, batch);
  }
  if (status != WEFT_OK) {
    batch->staged = 0;
    return status;
  }
  state->open = (state->open + 1) % WEFT_VK_BATCHES;
  return state->open == state->oldest ? retire(device, 1) : WEFT_OK;
}

static int is_busy(const weft_vk_state *state) {
  const weft_vk_batch *before_last = &state->batches[(state->open + WEFT_VK_BATCHES - 2) % WEFT_VK_BATCHES];
  return on_their_way(state) >= 2 && state->vk.vkGetFenceStatus(state->device, before_last->fence) == VK_NOT_READY;
}

weft_status weft_vk_hold(weft_device *device, VkCommandBuffer then) {
  weft_vk_state *state = weft_vk(device);
  weft_vk_batch *batch = &state->batches[state->open];
  batch->held[batch->n_held++] = then;
  return batch->n_held < WEFT_VK_MOST_HELD && is_busy(state) ? WEFT_OK : weft_vk_submit(device, VK_NULL_HANDLE);
}

weft_status weft_vk_finish(weft_device *device) {
  weft_vk_state *state = weft_vk(device);
  weft_status status = weft_vk_submit(device, VK_NULL_HANDLE);
  unsigned count = on_their_way(state);
  return status == WEFT_OK && count ? retire(device, count) : status;
}

int weft_vk_is_idle(weft_vk_state *state) {
  while (state->oldest != state->open) {
    weft_vk_batch *batch = &state->batches[state->oldest];
    if (state->vk.vkGetFenceStatus(state->device, batch->fence) != VK_SUCCESS) return 0;
    if (state->vk.vkResetFences(state->device, 1, &batch->fence) != VK_SUCCESS) return 0;
    state->oldest = (state->oldest + 1) % WEFT_VK_BATCHES;
    batch->staged = 0;
  }
  state->runs = 0;
  return !state->batches[state->open].recording && !state->batches[state->open].n_held;
}

weft_status weft_vk_sync(weft_device *device) {
  weft_status status = weft_call_begin(device);
  return status == WEFT_OK ? weft_vk_finish(device) : status;
}
