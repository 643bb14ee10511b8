/* kernel.c -- compute pipelines. Every distinct text is one pipeline; several are compiled at once. A pipeline that a
 * live kernel holds is used again. What the driver makes of SPIR-V is kept in a pipeline cache on disk. */
#include "base/hash.h"
#include "device/vulkan/vulkan.h"
#include <stdlib.h>
#include <string.h>

static const char cache_kind[] = "vkpipeline";

typedef struct build_job {
  const char *text;
  weft_vk_program *program;
  VkResult result;
  const char *call; /* that failed; NULL: glslang */
  char *log;        /* malloc'ed, or NULL */
} build_job;

typedef struct build_work {
  weft_vk_state *state;
  build_job *jobs;
} build_work;

void weft_vk_pipeline_cache_open(weft_device *device) {
  weft_vk_state *state = weft_vk(device);
  VkPipelineCacheCreateInfo info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO};
  size_t size;
  void *data = weft_cache_load(cache_kind, device->fingerprint, &size);
  info.pInitialData = data;
  info.initialDataSize = size;
  VkResult result = state->vk.vkCreatePipelineCache(state->device, &info, NULL, &state->pipeline_cache);
  if (result != VK_SUCCESS && data) { /* the driver may refuse another driver's data */
    info.pInitialData = NULL;
    info.initialDataSize = 0;
    result = state->vk.vkCreatePipelineCache(state->device, &info, NULL, &state->pipeline_cache);
  }
  if (result != VK_SUCCESS) state->pipeline_cache = VK_NULL_HANDLE; /* pipelines are made without one */
  state->pipeline_cache_size = size;
  free(data);
}

/* Writes the cache when it grew. */
static void save_pipeline_cache(weft_device *device) {
  weft_vk_state *state = weft_vk(device);
  size_t size = 0;
  if (!state->pipeline_cache) return;
  if (state->vk.vkGetPipelineCacheData(state->device, state->pipeline_cache, &size, NULL) != VK_SUCCESS) return;
  if (size <= state->pipeline_cache_size) return;
  void *data = malloc(size);
  if (data && state->vk.vkGetPipelineCacheData(state->device, state->pipeline_cache, &size, data) == VK_SUCCESS) {
    weft_cache_store(cache_kind, device->fingerprint, data, size);
    state->pipeline_cache_size = size;
  }
  free(data);
}

void weft_vk_pipeline_cache_close(weft_device *device) { save_pipeline_cache(device); }

static VkDescriptorType type_of(const weft_kernel_source *source, int binding) {
  return source->texels >> binding & 1 ? VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
}

static VkResult make_layout(const weft_vk_state *state, const weft_kernel_source *source, weft_vk_layout *layout,
                            const char **out_call) {
  VkDescriptorSetLayoutBinding bindings[WEFT_VK_MAX_BINDINGS];
  for (int i = 0; i < source->n_bindings; i++)
    bindings[i] = (VkDescriptorSetLayoutBinding){.binding = (uint32_t)i,
                                                 .descriptorType = type_of(source, i),
                                                 .descriptorCount = 1,
                                                 .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT};
  VkDescriptorSetLayoutCreateInfo set = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
                                         .bindingCount = (uint32_t)source->n_bindings,
                                         .pBindings = bindings};
  *out_call = "vkCreateDescriptorSetLayout";
  VkResult result = state->vk.vkCreateDescriptorSetLayout(state->device, &set, NULL, &layout->set);
  if (result != VK_SUCCESS) {
    layout->set = VK_NULL_HANDLE;
    return result;
  }
  VkPipelineLayoutCreateInfo pipeline = {
      .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = 1, .pSetLayouts = &layout->set};
  *out_call = "vkCreatePipelineLayout";
  result = state->vk.vkCreatePipelineLayout(state->device, &pipeline, NULL, &layout->pipeline);
  if (result != VK_SUCCESS) layout->pipeline = VK_NULL_HANDLE;
  return result;
}

/* The layout of a kernel's bindings, made when it is the first of its kind. */
static weft_status need_layout(weft_device *device, const weft_kernel_source *source, const weft_vk_layout **out) {
  weft_vk_state *state = weft_vk(device);
  weft_vk_layout *layout = state->layouts;
  while (layout && (layout->n_bindings != source->n_bindings || layout->texels != source->texels))
    layout = layout->next;
  *out = layout;
  if (layout) return WEFT_OK;
  layout = calloc(1, sizeof *layout);
  if (!layout) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for kernel %s", source->entry);
  layout->n_bindings = source->n_bindings;
  layout->texels = source->texels;
  const char *call;
  VkResult result = make_layout(state, source, layout, &call);
  if (result != VK_SUCCESS) {
    state->vk.vkDestroyDescriptorSetLayout(state->device, layout->set, NULL);
    free(layout);
    return weft_vk_check(device, call, result);
  }
  layout->next = state->layouts;
  *out = state->layouts = layout;
  return WEFT_OK;
}

void weft_vk_layouts_free(weft_vk_state *state) {
  for (weft_vk_layout *layout = state->layouts, *next; layout; layout = next) {
    next = layout->next;
    state->vk.vkDestroyPipelineLayout(state->device, layout->pipeline, NULL);
    state->vk.vkDestroyDescriptorSetLayout(state->device, layout->set, NULL);
    free(layout);
  }
  state->layouts = NULL;
}

static void build(void *context, size_t index) {
  const build_work *work = context;
  weft_vk_state *state = work->state;
  build_job *job = &work->jobs[index];
  size_t size;
  uint32_t *spirv = weft_spirv_new(job->text, state->keeps_nan, &size, &job->log);
  if (!spirv) {
    job->result = VK_ERROR_OUT_OF_HOST_MEMORY;
    return;
  }
  VkShaderModuleCreateInfo module_info = {
      .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = size, .pCode = spirv};
  VkShaderModule module;
  job->call = "vkCreateShaderModule";
  job->result = state->vk.vkCreateShaderModule(state->device, &module_info, NULL, &module);
  free(spirv);
  if (job->result != VK_SUCCESS) return;
  VkComputePipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
                                      .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                                                .module = module,
                                                .pName = "main"},
                                      .layout = job->program->layout->pipeline};
  if (state->tells_statistics) info.flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR;
  job->call = "vkCreateComputePipelines";
  job->result =
      state->vk.vkCreateComputePipelines(state->device, state->pipeline_cache, 1, &info, NULL, &job->program->pipeline);
  if (job->result != VK_SUCCESS)
    job->program->pipeline = VK_NULL_HANDLE;
  else if (state->tells_statistics)
    weft_vk_tell_statistics(state, job->program->pipeline, index);
  state->vk.vkDestroyShaderModule(state->device, module, NULL);
}

/* A program without users is freed. */
static void release(weft_vk_state *state, weft_vk_program *program) {
  if (program->users) return;
  for (weft_vk_program **link = &state->programs; *link; link = &(*link)->next) {
    if (*link != program) continue;
    *link = program->next;
    break;
  }
  state->vk.vkDestroyPipeline(state->device, program->pipeline, NULL);
  free(program);
}

static weft_vk_program *find(weft_vk_state *state, uint64_t key) {
  for (weft_vk_program *p = state->programs; p; p = p->next)
    if (p->key == key) return p;
  return NULL;
}

void weft_vk_kernel_free(weft_device *device, weft_kernel *kernel) {
  if (!kernel) return;
  weft_vk_program *program = ((weft_vk_kernel *)kernel)->program;
  if (program->users == 1 && !weft_vk_is_idle(weft_vk(device))) weft_vk_finish(device);
  program->users--;
  release(weft_vk(device), program);
  weft_kernel_release(kernel);
  free(kernel);
}

static weft_status make_kernel(weft_device *device, const weft_kernel_source *source, weft_vk_program *program,
                               weft_kernel **out) {
  weft_vk_kernel *kernel = calloc(1, sizeof *kernel);
  if (!kernel || !weft_kernel_fill(&kernel->head, source)) {
    free(kernel);
    return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for kernel %s", source->entry);
  }
  kernel->program = program;
  program->users++;
  *out = &kernel->head;
  return WEFT_OK;
}

/* Links a program for every text that has none yet; jobs tells those to build. */
static weft_status plan(weft_device *device, const weft_kernel_source *sources, size_t count,
                        weft_vk_program **programs, build_job *jobs, size_t *out_jobs) {
  weft_vk_state *state = weft_vk(device);
  for (size_t i = 0; i < count; i++) {
    uint64_t key = weft_hash(WEFT_HASH_SEED, &sources[i].n_bindings, sizeof sources[i].n_bindings);
    key = weft_hash_text(weft_hash(key, &sources[i].texels, sizeof sources[i].texels), sources[i].text);
    const weft_vk_layout *layout;
    weft_status status = need_layout(device, &sources[i], &layout);
    if (status != WEFT_OK) return status;
    if ((programs[i] = find(state, key))) continue;
    weft_vk_program *p = calloc(1, sizeof *p);
    if (!p) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for kernel %s", sources[i].entry);
    p->key = key;
    p->layout = layout;
    p->next = state->programs;
    programs[i] = state->programs = p;
    jobs[(*out_jobs)++] = (build_job){.text = sources[i].text, .program = p};
  }
  return WEFT_OK;
}

static weft_status check_builds(weft_device *device, const weft_kernel_source *sources,
                                weft_vk_program *const *programs, const build_job *jobs, size_t n_jobs) {
  for (size_t j = 0; j < n_jobs; j++) {
    if (jobs[j].result == VK_SUCCESS) continue;
    size_t i = 0;
    while (programs[i] != jobs[j].program) i++;
    if (jobs[j].log) return weft_build_fail(device, sources[i].entry, jobs[j].log);
    if (!jobs[j].call) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory to compile %s", sources[i].entry);
    if (jobs[j].result == VK_ERROR_DEVICE_LOST || jobs[j].result == VK_ERROR_OUT_OF_HOST_MEMORY ||
        jobs[j].result == VK_ERROR_OUT_OF_DEVICE_MEMORY)
      return weft_vk_check(device, jobs[j].call, jobs[j].result);
    return weft_build_fail(device, sources[i].entry, weft_vk_result_name(jobs[j].result));
  }
  return WEFT_OK;
}

static weft_status need_compiler(weft_device *device) {
  weft_vk_state *state = weft_vk(device);
  if (!state->holds_compiler) state->holds_compiler = weft_spirv_hold();
  return state->holds_compiler ? WEFT_OK : weft_fail(&device->error, WEFT_INTERNAL, "glslang could not be initialised");
}

weft_status weft_vk_kernels_new(weft_device *device, const weft_kernel_source *sources, size_t count,
                                weft_kernel **out) {
  for (size_t i = 0; i < count; i++) out[i] = NULL;
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_sources(device, sources, count);
  if (status != WEFT_OK || !count) return status;
  weft_vk_state *state = weft_vk(device);
  weft_vk_program **programs = calloc(count, sizeof *programs);
  build_job *jobs = calloc(count, sizeof *jobs);
  size_t n_jobs = 0;
  if (!programs || !jobs)
    status = weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for %zu kernels", count);
  else
    status = plan(device, sources, count, programs, jobs, &n_jobs);
  if (status == WEFT_OK && n_jobs) status = need_compiler(device);
  if (status == WEFT_OK && n_jobs) {
    weft_parallel(n_jobs, build, &(build_work){state, jobs});
    status = check_builds(device, sources, programs, jobs, n_jobs);
    save_pipeline_cache(device);
  }
  for (size_t i = 0; i < count && status == WEFT_OK; i++)
    status = make_kernel(device, &sources[i], programs[i], &out[i]);
  for (size_t i = 0; i < count && status != WEFT_OK; i++) {
    weft_vk_kernel_free(device, out[i]);
    out[i] = NULL;
  }
  /* Programs that were built but that no kernel came to hold. */
  for (weft_vk_program *p = state->programs, *next; p; p = next) {
    next = p->next;
    release(state, p);
  }
  for (size_t j = 0; j < n_jobs; j++) free(jobs[j].log);
  free(jobs);
  free(programs);
  return status;
}
