/* record.c -- a recording of a Vulkan device: one command buffer, submitted again and again, and a descriptor set a
 * dispatch, with a view of each buffer that is read as texels. It may be on its way several times at once
 * (SIMULTANEOUS_USE): waiting for the replay before would leave the device idle between steps. A timed replay has a
 * command buffer of its own, in which a barrier and a timestamp stand after every dispatch. */
#include "device/vulkan/vulkan.h"
#include <stdlib.h>

typedef struct step {
  VkPipeline pipeline;
  VkPipelineLayout layout;
  VkDescriptorSet set;
  uint32_t groups[3];
  int barrier;
} step;

struct weft_recording {
  size_t count;
  step *steps;
  VkCommandPool pool;
  VkDescriptorPool sets;
  VkBufferView *views;
  size_t n_views;
  VkCommandBuffer commands, timed; /* timed: NULL until asked for */
  VkQueryPool queries;
};

/* Dispatches of a replay beside which a submission is dear. */
enum { MOST_OF_SHORT = 40 };

static const VkPipelineStageFlags compute = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;

static weft_status make_pools(weft_device *device, weft_recording *r, const weft_dispatch *dispatches) {
  weft_vk_state *state = weft_vk(device);
  VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                  .queueFamilyIndex = state->family};
  VkResult result = state->vk.vkCreateCommandPool(state->device, &pool, NULL, &r->pool);
  if (result != VK_SUCCESS) {
    r->pool = VK_NULL_HANDLE;
    return weft_vk_check(device, "vkCreateCommandPool", result);
  }
  VkDescriptorPoolSize sizes[2] = {{.type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER},
                                   {.type = VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER}};
  for (size_t i = 0; i < r->count; i++)
    for (int b = 0; b < dispatches[i].kernel->n_bindings; b++)
      sizes[dispatches[i].kernel->texels >> b & 1].descriptorCount++;
  int first = sizes[0].descriptorCount == 0, kinds = 2 - first - (sizes[1].descriptorCount == 0);
  if (kinds == 0) return WEFT_OK;
  r->views = calloc(sizes[1].descriptorCount + 1, sizeof *r->views);
  if (!r->views) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for a recording");
  VkDescriptorPoolCreateInfo sets = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
                                     .maxSets = (uint32_t)r->count,
                                     .poolSizeCount = (uint32_t)kinds,
                                     .pPoolSizes = sizes + first};
  result = state->vk.vkCreateDescriptorPool(state->device, &sets, NULL, &r->sets);
  if (result != VK_SUCCESS) r->sets = VK_NULL_HANDLE;
  return weft_vk_check(device, "vkCreateDescriptorPool", result);
}

/* A further view of the recording: the binding's bytes as texels. Buffers and the places in them are whole texels, so
 * that the last one may be rounded up. */
static weft_status make_view(weft_device *device, weft_recording *r, const weft_binding *binding) {
  weft_vk_state *state = weft_vk(device);
  VkBufferViewCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO,
                                 .buffer = weft_vk_memory_of(binding->buffer)->buffer,
                                 .format = VK_FORMAT_R32G32B32A32_UINT,
                                 .offset = binding->offset,
                                 .range = (binding->size + WEFT_VK_TEXEL - 1) / WEFT_VK_TEXEL * WEFT_VK_TEXEL};
  VkResult result = state->vk.vkCreateBufferView(state->device, &info, NULL, &r->views[r->n_views]);
  if (result == VK_SUCCESS) r->n_views++;
  return weft_vk_check(device, "vkCreateBufferView", result);
}

/* One write a binding, since neighbours may be of different kinds. */
static weft_status fill_set(weft_device *device, weft_recording *r, const weft_dispatch *dispatch,
                            VkDescriptorSet set) {
  VkDescriptorBufferInfo buffers[WEFT_VK_MAX_BINDINGS];
  VkWriteDescriptorSet writes[WEFT_VK_MAX_BINDINGS];
  for (int i = 0; i < dispatch->kernel->n_bindings; i++) {
    const weft_binding *binding = &dispatch->bindings[i];
    int is_texels = dispatch->kernel->texels >> i & 1;
    writes[i] = (VkWriteDescriptorSet){.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                       .dstSet = set,
                                       .dstBinding = (uint32_t)i,
                                       .descriptorCount = 1,
                                       .descriptorType = is_texels ? VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER
                                                                   : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    if (is_texels) {
      weft_status status = make_view(device, r, binding);
      if (status != WEFT_OK) return status;
      writes[i].pTexelBufferView = &r->views[r->n_views - 1];
    } else {
      buffers[i] = (VkDescriptorBufferInfo){
          .buffer = weft_vk_memory_of(binding->buffer)->buffer, .offset = binding->offset, .range = binding->size};
      writes[i].pBufferInfo = &buffers[i];
    }
  }
  weft_vk_state *state = weft_vk(device);
  state->vk.vkUpdateDescriptorSets(state->device, (uint32_t)dispatch->kernel->n_bindings, writes, 0, NULL);
  return WEFT_OK;
}

static weft_status fill_step(weft_device *device, weft_recording *r, const weft_dispatch *dispatch, step *s) {
  weft_vk_state *state = weft_vk(device);
  const weft_vk_program *program = ((const weft_vk_kernel *)dispatch->kernel)->program;
  *s = (step){.pipeline = program->pipeline, .layout = program->layout->pipeline, .barrier = dispatch->barrier};
  for (int k = 0; k < 3; k++) s->groups[k] = dispatch->groups[k];
  VkDescriptorSetAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
                                      .descriptorPool = r->sets,
                                      .descriptorSetCount = 1,
                                      .pSetLayouts = &program->layout->set};
  VkResult result = state->vk.vkAllocateDescriptorSets(state->device, &info, &s->set);
  if (result != VK_SUCCESS) return weft_vk_check(device, "vkAllocateDescriptorSets", result);
  return fill_set(device, r, dispatch, s->set);
}

static void put_step(const weft_vk_state *state, VkCommandBuffer commands, const step *s, const step *before) {
  const weft_vk_api *vk = &state->vk;
  if (!before || before->pipeline != s->pipeline)
    vk->vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, s->pipeline);
  vk->vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, s->layout, 0, 1, &s->set, 0, NULL);
  vk->vkCmdDispatch(commands, s->groups[0], s->groups[1], s->groups[2]);
}

static void put_commands(const weft_vk_state *state, const weft_recording *r, VkCommandBuffer commands) {
  for (size_t i = 0; i < r->count; i++) {
    if (r->steps[i].barrier && i) weft_vk_barrier(state, commands, compute, compute);
    put_step(state, commands, &r->steps[i], i ? &r->steps[i - 1] : NULL);
  }
  weft_vk_barrier(state, commands, compute, weft_vk_users(state));
}

/* Query 0 stands before all dispatches, query i + 1 after dispatch i. */
static void put_timed_commands(const weft_vk_state *state, const weft_recording *r, VkCommandBuffer commands) {
  const weft_vk_api *vk = &state->vk;
  vk->vkCmdResetQueryPool(commands, r->queries, 0, (uint32_t)r->count + 1);
  vk->vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, r->queries, 0);
  for (size_t i = 0; i < r->count; i++) {
    put_step(state, commands, &r->steps[i], i ? &r->steps[i - 1] : NULL);
    vk->vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, r->queries, (uint32_t)i + 1);
    weft_vk_barrier(state, commands, compute, weft_vk_users(state));
  }
}

static weft_status write_commands(weft_device *device, const weft_recording *r, VkCommandBuffer *out,
                                  void (*put)(const weft_vk_state *, const weft_recording *, VkCommandBuffer)) {
  weft_vk_state *state = weft_vk(device);
  VkCommandBufferAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                      .commandPool = r->pool,
                                      .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                      .commandBufferCount = 1};
  VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                    .flags = VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT};
  VkCommandBuffer commands;
  VkResult result = state->vk.vkAllocateCommandBuffers(state->device, &info, &commands);
  if (result != VK_SUCCESS) return weft_vk_check(device, "vkAllocateCommandBuffers", result);
  result = state->vk.vkBeginCommandBuffer(commands, &begin);
  if (result != VK_SUCCESS) return weft_vk_check(device, "vkBeginCommandBuffer", result);
  put(state, r, commands);
  result = state->vk.vkEndCommandBuffer(commands);
  if (result == VK_SUCCESS) *out = commands;
  return weft_vk_check(device, "vkEndCommandBuffer", result);
}

static void free_recording(weft_vk_state *state, weft_recording *r) {
  state->vk.vkDestroyQueryPool(state->device, r->queries, NULL);
  state->vk.vkDestroyDescriptorPool(state->device, r->sets, NULL);
  state->vk.vkDestroyCommandPool(state->device, r->pool, NULL);
  for (size_t i = 0; i < r->n_views; i++) state->vk.vkDestroyBufferView(state->device, r->views[i], NULL);
  free(r->views);
  free(r->steps);
  free(r);
}

void weft_vk_recording_free(weft_device *device, weft_recording *recording) {
  if (!recording) return;
  if (!weft_vk_is_idle(weft_vk(device))) weft_vk_finish(device);
  free_recording(weft_vk(device), recording);
}

weft_status weft_vk_record(weft_device *device, const weft_dispatch *dispatches, size_t count, weft_recording **out) {
  *out = NULL;
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_dispatches(device, dispatches, count);
  if (status != WEFT_OK) return status;
  weft_recording *r = calloc(1, sizeof *r);
  if (r) r->steps = calloc(count + 1, sizeof *r->steps);
  if (!r || !r->steps) {
    free(r);
    return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for a recording of %zu dispatches", count);
  }
  r->count = count;
  status = make_pools(device, r, dispatches);
  for (size_t i = 0; i < count && status == WEFT_OK; i++) status = fill_step(device, r, &dispatches[i], &r->steps[i]);
  if (status == WEFT_OK) status = write_commands(device, r, &r->commands, put_commands);
  if (status == WEFT_OK)
    *out = r;
  else
    free_recording(weft_vk(device), r);
  return status;
}

weft_status weft_vk_replay(weft_device *device, weft_recording *recording) {
  int holds = weft_vk(device)->holds && recording->count <= MOST_OF_SHORT;
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = (holds ? weft_vk_hold : weft_vk_submit)(device, recording->commands);
  if (status == WEFT_OK) weft_vk(device)->runs = 1;
  return status;
}

static weft_status need_timed(weft_device *device, weft_recording *r) {
  weft_vk_state *state = weft_vk(device);
  if (!state->timestamp_mask)
    return weft_fail(&device->error, WEFT_NO_FEATURE, "%s (%s) has no timestamps", device->info.id, device->info.name);
  if (r->timed) return WEFT_OK;
  VkQueryPoolCreateInfo info = {.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
                                .queryType = VK_QUERY_TYPE_TIMESTAMP,
                                .queryCount = (uint32_t)r->count + 1};
  VkResult result = VK_SUCCESS;
  if (!r->queries) result = state->vk.vkCreateQueryPool(state->device, &info, NULL, &r->queries);
  if (result != VK_SUCCESS) {
    r->queries = VK_NULL_HANDLE;
    return weft_vk_check(device, "vkCreateQueryPool", result);
  }
  return write_commands(device, r, &r->timed, put_timed_commands);
}

weft_status weft_vk_replay_timed(weft_device *device, weft_recording *recording, double *out_seconds) {
  weft_vk_state *state = weft_vk(device);
  size_t n = recording->count + 1;
  weft_status status = weft_vk_sync(device);
  if (status == WEFT_OK) status = need_timed(device, recording);
  if (status == WEFT_OK) status = weft_vk_submit(device, recording->timed);
  if (status == WEFT_OK) status = weft_vk_finish(device);
  if (status != WEFT_OK) return status;
  uint64_t *ticks = malloc(n * sizeof *ticks);
  if (!ticks) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for %zu timestamps", n);
  VkResult result =
      state->vk.vkGetQueryPoolResults(state->device, recording->queries, 0, (uint32_t)n, n * sizeof *ticks, ticks,
                                      sizeof *ticks, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT);
  for (size_t i = 0; i + 1 < n && result == VK_SUCCESS; i++)
    out_seconds[i] = (double)((ticks[i + 1] - ticks[i]) & state->timestamp_mask) * state->timestamp_ns * 1e-9;
  free(ticks);
  return weft_vk_check(device, "vkGetQueryPoolResults", result);
}
