/* memory.c -- buffers of a Vulkan device, and transfers. A buffer has memory of its own: the scheduler asks for a few
 * large slabs. Kernels may read it as texels. Where host and device share memory and the device is idle, reads and
 * writes are plain copies; else they go through staging memory. */
#include "device/vulkan/vulkan.h"
#include <stdlib.h>
#include <string.h>

/* families: of the queues that use the buffer, when there are two of them; NULL: the first alone does. */
static VkBufferCreateInfo buffer_info(uint64_t size, const uint32_t *families) {
  return (VkBufferCreateInfo){.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
                              .size = (size + WEFT_VK_TEXEL - 1) / WEFT_VK_TEXEL * WEFT_VK_TEXEL,
                              .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT |
                                       VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                              .sharingMode = families ? VK_SHARING_MODE_CONCURRENT : VK_SHARING_MODE_EXCLUSIVE,
                              .queueFamilyIndexCount = families ? 2 : 0,
                              .pQueueFamilyIndices = families};
}

weft_status weft_vk_memory_types(weft_device *device, uint32_t *out_bits) {
  weft_vk_state *state = weft_vk(device);
  VkBufferCreateInfo info = buffer_info(4096, NULL);
  VkBuffer probe;
  VkMemoryRequirements needs;
  VkResult result = state->vk.vkCreateBuffer(state->device, &info, NULL, &probe);
  *out_bits = 0;
  if (result != VK_SUCCESS) return weft_vk_check(device, "vkCreateBuffer", result);
  state->vk.vkGetBufferMemoryRequirements(state->device, probe, &needs);
  state->vk.vkDestroyBuffer(state->device, probe, NULL);
  *out_bits = needs.memoryTypeBits;
  return WEFT_OK;
}

static weft_status fill_memory(weft_device *device, uint32_t type, int map, weft_vk_memory *m) {
  weft_vk_state *state = weft_vk(device);
  const weft_vk_api *vk = &state->vk;
  VkMemoryRequirements needs;
  vk->vkGetBufferMemoryRequirements(state->device, m->buffer, &needs);
  VkMemoryAllocateInfo info = {
      .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = needs.size, .memoryTypeIndex = type};
  VkResult result = vk->vkAllocateMemory(state->device, &info, NULL, &m->memory);
  if (result != VK_SUCCESS) {
    m->memory = VK_NULL_HANDLE;
    return weft_vk_check(device, "vkAllocateMemory", result);
  }
  result = vk->vkBindBufferMemory(state->device, m->buffer, m->memory, 0);
  if (result != VK_SUCCESS) return weft_vk_check(device, "vkBindBufferMemory", result);
  void *mapped = NULL;
  if (map) result = vk->vkMapMemory(state->device, m->memory, 0, VK_WHOLE_SIZE, 0, &mapped);
  m->mapped = result == VK_SUCCESS ? mapped : NULL;
  return weft_vk_check(device, "vkMapMemory", result);
}

weft_status weft_vk_memory_new(weft_device *device, uint64_t size, uint32_t type, int use, weft_vk_memory *out) {
  weft_vk_state *state = weft_vk(device);
  const uint32_t families[2] = {state->family, state->feed_family};
  int has_two = (use & WEFT_VK_FED) && state->feed_queue && families[0] != families[1];
  VkBufferCreateInfo info = buffer_info(size, has_two ? families : NULL);
  memset(out, 0, sizeof *out);
  VkResult result = state->vk.vkCreateBuffer(state->device, &info, NULL, &out->buffer);
  if (result != VK_SUCCESS) {
    out->buffer = VK_NULL_HANDLE;
    return weft_vk_check(device, "vkCreateBuffer", result);
  }
  out->size = size;
  weft_status status = fill_memory(device, type, use & WEFT_VK_MAPPED, out);
  if (status != WEFT_OK) weft_vk_memory_free(state, out);
  return status;
}

/* Freeing mapped memory unmaps it. */
void weft_vk_memory_free(weft_vk_state *state, weft_vk_memory *memory) {
  state->vk.vkDestroyBuffer(state->device, memory->buffer, NULL);
  state->vk.vkFreeMemory(state->device, memory->memory, NULL);
  memset(memory, 0, sizeof *memory);
}

static weft_status new_buffer(weft_device *device, uint64_t size, uint32_t type, int use, weft_buffer **out) {
  *out = NULL;
  weft_status status = weft_call_begin(device);
  if (status != WEFT_OK) return status;
  if (size == 0 || size > device->info.max_buffer)
    return weft_fail(&device->error, size ? WEFT_NO_DEVICE_MEMORY : WEFT_BAD_ARGUMENT,
                     "buffer of %llu bytes on %s (%s): 1 to %llu are possible", (unsigned long long)size,
                     device->info.id, device->info.name, (unsigned long long)device->info.max_buffer);
  weft_vk_buffer *b = calloc(1, sizeof *b);
  if (!b) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for a buffer");
  b->head.size = size;
  status = weft_vk_memory_new(device, size, type, use, &b->memory);
  if (status == WEFT_OK)
    *out = &b->head;
  else
    free(b);
  return status;
}

weft_status weft_vk_buffer_new(weft_device *device, uint64_t size, weft_buffer **out) {
  return new_buffer(device, size, weft_vk(device)->buffer_type, weft_vk(device)->host_writes ? WEFT_VK_MAPPED : 0, out);
}

weft_status weft_vk_host_buffer_new(weft_device *device, uint64_t size, weft_buffer **out, void **out_host) {
  *out_host = NULL;
  weft_status status = new_buffer(device, size, weft_vk(device)->download_type, WEFT_VK_MAPPED, out);
  if (status == WEFT_OK) (*out)->host = *out_host = weft_vk_memory_of(*out)->mapped;
  return status;
}

weft_status weft_vk_map(weft_device *device, weft_buffer *buffer, void **out_host) {
  *out_host = NULL;
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_vk_finish(device);
  if (status != WEFT_OK) return status;
  if (!weft_vk_memory_of(buffer)->mapped)
    return weft_fail(&device->error, WEFT_NO_FEATURE, "map: the host does not reach the memory of %s (%s)",
                     device->info.id, device->info.name);
  *out_host = weft_vk_memory_of(buffer)->mapped;
  return WEFT_OK;
}

weft_status weft_vk_unmap(weft_device *device, weft_buffer *buffer, void *host) {
  (void)buffer, (void)host;
  return weft_call_begin(device);
}

void weft_vk_buffer_free(weft_device *device, weft_buffer *buffer) {
  if (!buffer) return;
  if (!weft_vk_is_idle(weft_vk(device))) weft_vk_finish(device);
  weft_vk_memory_free(weft_vk(device), weft_vk_memory_of(buffer));
  free(buffer);
}

static weft_status write_part(weft_device *device, weft_vk_memory *to, uint64_t offset, const void *data, uint64_t size,
                              int ahead) {
  weft_vk_batch *batch;
  uint64_t place;
  weft_status status = weft_vk_batch_stage(device, (weft_vk_range){to->buffer, offset, size}, &batch, &place);
  if (status != WEFT_OK) return status;
  memcpy(batch->staging.mapped + place, data, (size_t)size);
  VkBuffer from = ahead ? weft_vk_feed(device, batch, place, size) : batch->staging.buffer;
  VkBufferCopy region = {.srcOffset = place, .dstOffset = offset, .size = size};
  weft_vk(device)->vk.vkCmdCopyBuffer(batch->commands, from, to->buffer, 1, &region);
  return WEFT_OK;
}

static weft_status write_all(weft_device *device, weft_vk_memory *to, uint64_t offset, const char *data,
                             uint64_t size) {
  weft_status status = WEFT_OK;
  weft_vk_state *state = weft_vk(device);
  if (state->host_writes && weft_vk_is_idle(state)) {
    memcpy(to->mapped + offset, data, (size_t)size);
    return WEFT_OK;
  }
  for (uint64_t done = 0, part; done < size && status == WEFT_OK; done += part) {
    part = size - done < WEFT_VK_STAGING_BYTES ? size - done : WEFT_VK_STAGING_BYTES;
    status =
        write_part(device, to, offset + done, data + done, part, state->feeds && state->runs && size >= WEFT_VK_LARGE);
  }
  return status;
}

weft_status weft_vk_write(weft_device *device, weft_buffer *buffer, uint64_t offset, const void *data, uint64_t size) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "write", buffer, offset, size);
  if (status != WEFT_OK || size == 0) return status;
  return write_all(device, weft_vk_memory_of(buffer), offset, data, size);
}

static weft_status read_part(weft_device *device, const weft_vk_memory *from, uint64_t offset, void *out,
                             uint64_t size) {
  weft_vk_state *state = weft_vk(device);
  weft_vk_batch *batch;
  weft_status status = weft_vk_batch_begin(device, (weft_vk_range){from->buffer, offset, size},
                                           (weft_vk_range){state->download.buffer, 0, size}, &batch);
  if (status != WEFT_OK) return status;
  VkBufferCopy region = {.srcOffset = offset, .size = size};
  state->vk.vkCmdCopyBuffer(batch->commands, from->buffer, state->download.buffer, 1, &region);
  status = weft_vk_finish(device);
  if (status == WEFT_OK) memcpy(out, state->download.mapped, (size_t)size);
  return status;
}

static weft_status need_download(weft_device *device, uint64_t size) {
  weft_vk_state *state = weft_vk(device);
  uint64_t room = 256 << 10;
  while (room < size && room < WEFT_VK_STAGING_BYTES) room *= 2;
  if (room <= state->download.size) return WEFT_OK;
  weft_status status = weft_vk_finish(device);
  if (status != WEFT_OK) return status;
  weft_vk_memory_free(state, &state->download);
  return weft_vk_memory_new(device, room, state->download_type, WEFT_VK_MAPPED, &state->download);
}

weft_status weft_vk_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out, uint64_t size) {
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "read", buffer, offset, size);
  if (status != WEFT_OK || size == 0) return status;
  weft_vk_state *state = weft_vk(device);
  weft_vk_memory *from = weft_vk_memory_of(buffer);
  if (state->host_reads) {
    status = weft_vk_finish(device);
    if (status == WEFT_OK) memcpy(out, from->mapped + offset, (size_t)size);
    return status;
  }
  status = need_download(device, size);
  for (uint64_t done = 0, part; done < size && status == WEFT_OK; done += part) {
    part = size - done < WEFT_VK_STAGING_BYTES ? size - done : WEFT_VK_STAGING_BYTES;
    status = read_part(device, from, offset + done, (char *)out + done, part);
  }
  return status;
}

weft_status weft_vk_copy(weft_device *device, weft_buffer *from, uint64_t from_offset, weft_buffer *to,
                         uint64_t to_offset, uint64_t size) {
  weft_vk_batch *batch;
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_copy(device, from, from_offset, to, to_offset, size);
  if (status != WEFT_OK || size == 0) return status;
  VkBuffer source = weft_vk_memory_of(from)->buffer, target = weft_vk_memory_of(to)->buffer;
  status = weft_vk_batch_begin(device, (weft_vk_range){source, from_offset, size},
                               (weft_vk_range){target, to_offset, size}, &batch);
  if (status != WEFT_OK) return status;
  VkBufferCopy region = {.srcOffset = from_offset, .dstOffset = to_offset, .size = size};
  weft_vk(device)->vk.vkCmdCopyBuffer(batch->commands, source, target, 1, &region);
  return WEFT_OK;
}

/* vkCmdFillBuffer takes whole words; the bytes before and after them are written. */
weft_status weft_vk_clear(weft_device *device, weft_buffer *buffer, uint64_t offset, uint64_t size) {
  static const char zeros[4];
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_range(device, "clear", buffer, offset, size);
  if (status != WEFT_OK || size == 0) return status;
  weft_vk_state *state = weft_vk(device);
  weft_vk_memory *memory = weft_vk_memory_of(buffer);
  if (state->host_writes && weft_vk_is_idle(state)) {
    memset(memory->mapped + offset, 0, (size_t)size);
    return WEFT_OK;
  }
  uint64_t before = (4 - offset % 4) % 4;
  if (before > size) before = size;
  uint64_t words = (size - before) & ~UINT64_C(3), after = size - before - words;
  if (before) status = write_all(device, memory, offset, zeros, before);
  if (words && status == WEFT_OK) {
    weft_vk_batch *batch;
    status = weft_vk_batch_begin(device, (weft_vk_range){0}, (weft_vk_range){memory->buffer, offset + before, words},
                                 &batch);
    if (status == WEFT_OK) state->vk.vkCmdFillBuffer(batch->commands, memory->buffer, offset + before, words, 0);
  }
  if (after && status == WEFT_OK) status = write_all(device, memory, offset + before + words, zeros, after);
  return status;
}
