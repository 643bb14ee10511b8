/* spies.c -- see spies.h. */
#include "spies.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef WEFT_HAVE_OPENCL
#include "device/opencl/opencl.h"
#endif
#ifdef WEFT_HAVE_VULKAN
#include "device/vulkan/vulkan.h"
#include <glslang/Include/glslang_c_interface.h>
#endif

static struct { atomic_long allocations, objects, waits, texts, programs, arguments, repeated, launches; } counts;

static atomic_int piles_up;
void spies_pile_up(int on) { piles_up = on; }

void spies_reset(void) {
  counts.allocations = counts.objects = counts.waits = counts.texts = 0;
  counts.programs = counts.arguments = counts.repeated = counts.launches = 0;
}

spied spies_count(void) {
  return (spied){counts.allocations, counts.objects,   counts.waits,    counts.texts,
                 counts.programs,    counts.arguments, counts.repeated, counts.launches};
}

/* ---- wrapped by the linker: a call of X in weft's objects is one of __wrap_X, and __real_X is X ---- */

#define WRAP(result, name, parameters, words, count)                                                                   \
  result __real_##name parameters;                                                                                     \
  result __wrap_##name parameters;                                                                                     \
  result __wrap_##name parameters {                                                                                    \
    counts.count++;                                                                                                    \
    return __real_##name words;                                                                                        \
  }
WRAP(void *, malloc, (size_t size), (size), allocations)
WRAP(void *, calloc, (size_t count, size_t size), (count, size), allocations)
WRAP(void *, realloc, (void *memory, size_t size), (memory, size), allocations)
WRAP(void *, aligned_alloc, (size_t align, size_t size), (align, size), allocations)
WRAP(char *, strdup, (const char *text), (text), allocations)
WRAP(int, nanosleep, (const struct timespec *time, struct timespec *left), (time, left), waits)
#ifdef WEFT_HAVE_VULKAN
WRAP(glslang_shader_t *, glslang_shader_create, (const glslang_input_t *input), (input), texts)
#endif

/* ---- OpenCL ---- */

#ifdef WEFT_HAVE_OPENCL
static weft_cl_api cl; /* the real ones */
static int is_watched;

static cl_int CL_API_CALL spy_clFinish(cl_command_queue queue) {
  counts.waits++;
  return cl.clFinish(queue);
}
static cl_int CL_API_CALL spy_clWaitForEvents(cl_uint count, const cl_event *events) {
  counts.waits++;
  return cl.clWaitForEvents(count, events);
}
static cl_int CL_API_CALL spy_clEnqueueReadBuffer(cl_command_queue queue, cl_mem memory, cl_bool blocks, size_t offset,
                                                  size_t size, void *to, cl_uint count, const cl_event *events,
                                                  cl_event *out) {
  counts.waits += blocks != CL_FALSE;
  return cl.clEnqueueReadBuffer(queue, memory, blocks, offset, size, to, count, events, out);
}
static cl_int CL_API_CALL spy_clEnqueueWriteBuffer(cl_command_queue queue, cl_mem memory, cl_bool blocks, size_t offset,
                                                   size_t size, const void *from, cl_uint count, const cl_event *events,
                                                   cl_event *out) {
  counts.waits += blocks != CL_FALSE;
  return cl.clEnqueueWriteBuffer(queue, memory, blocks, offset, size, from, count, events, out);
}
static void *CL_API_CALL spy_clEnqueueMapBuffer(cl_command_queue queue, cl_mem memory, cl_bool blocks,
                                                cl_map_flags flags, size_t offset, size_t size, cl_uint count,
                                                const cl_event *events, cl_event *out, cl_int *out_code) {
  counts.waits += blocks != CL_FALSE;
  return cl.clEnqueueMapBuffer(queue, memory, blocks, flags, offset, size, count, events, out, out_code);
}
static cl_int CL_API_CALL spy_clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint directions,
                                                     const size_t *offset, const size_t *global, const size_t *local,
                                                     cl_uint count, const cl_event *events, cl_event *out) {
  counts.launches++;
  return cl.clEnqueueNDRangeKernel(queue, kernel, directions, offset, global, local, count, events, out);
}
static cl_mem CL_API_CALL spy_clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host,
                                             cl_int *out_code) {
  counts.objects++;
  return cl.clCreateBuffer(context, flags, size, host, out_code);
}
static cl_mem CL_API_CALL spy_clCreateSubBuffer(cl_mem memory, cl_mem_flags flags, cl_buffer_create_type type,
                                                const void *region, cl_int *out_code) {
  counts.objects++;
  return cl.clCreateSubBuffer(memory, flags, type, region, out_code);
}
static cl_program CL_API_CALL spy_clCreateProgramWithSource(cl_context context, cl_uint count, const char **texts,
                                                            const size_t *sizes, cl_int *out_code) {
  counts.texts++;
  return cl.clCreateProgramWithSource(context, count, texts, sizes, out_code);
}
static cl_int CL_API_CALL spy_clBuildProgram(cl_program program, cl_uint count, const cl_device_id *devices,
                                             const char *options, void(CL_CALLBACK *notify)(cl_program, void *),
                                             void *data) {
  counts.programs++;
  return cl.clBuildProgram(program, count, devices, options, notify, data);
}
static cl_kernel CL_API_CALL spy_clCreateKernel(cl_program program, const char *name, cl_int *out_code) {
  counts.programs++;
  return cl.clCreateKernel(program, name, out_code);
}
static cl_int CL_API_CALL spy_clGetEventInfo(cl_event event, cl_event_info what, size_t size, void *out,
                                             size_t *out_size) {
  if (!piles_up || what != CL_EVENT_COMMAND_EXECUTION_STATUS)
    return cl.clGetEventInfo(event, what, size, out, out_size);
  memcpy(out, &(cl_int){CL_QUEUED}, sizeof(cl_int));
  return CL_SUCCESS;
}

/* What small arguments are, as far as there is room to keep them in mind. */
static cl_int CL_API_CALL spy_clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void *value) {
  enum { MOST = 4096, BYTES = 8 };
  static struct {
    cl_kernel kernel;
    cl_uint index;
    size_t size;
    char value[BYTES];
  } known[MOST];
  static size_t n;
  size_t i = 0;
  counts.arguments++;
  while (i < n && (known[i].kernel != kernel || known[i].index != index)) i++;
  if (size <= BYTES && i < MOST) {
    counts.repeated += i < n && known[i].size == size && memcmp(known[i].value, value, size) == 0;
    n += i == n;
    known[i].kernel = kernel, known[i].index = index, known[i].size = size;
    memcpy(known[i].value, value, size);
  }
  return cl.clSetKernelArg(kernel, index, size, value);
}

/* The table is no constant but to those who read it. */
static void watch_opencl(void) {
  weft_cl_api *table = (weft_cl_api *)weft_cl_load();
  if (is_watched) return;
  is_watched = 1;
  cl = *table;
#define SPY(name) table->name = spy_##name;
  SPY(clFinish)
  SPY(clWaitForEvents)
  SPY(clEnqueueReadBuffer)
  SPY(clEnqueueWriteBuffer)
  SPY(clEnqueueMapBuffer)
  SPY(clEnqueueNDRangeKernel)
  SPY(clCreateBuffer)
  SPY(clCreateSubBuffer)
  SPY(clCreateProgramWithSource)
  SPY(clBuildProgram)
  SPY(clCreateKernel)
  SPY(clGetEventInfo)
  SPY(clSetKernelArg)
#undef SPY
}
#endif

/* ---- Vulkan ---- */

#ifdef WEFT_HAVE_VULKAN
static weft_vk_api vk; /* of the device that is watched */

#define VK_SPY(name, parameters, words, count)                                                                         \
  static VKAPI_ATTR VkResult VKAPI_CALL spy_##name parameters {                                                        \
    counts.count++;                                                                                                    \
    return vk.name words;                                                                                              \
  }
#define VK_SETS(name, parameters, words)                                                                               \
  static VKAPI_ATTR void VKAPI_CALL spy_##name parameters {                                                            \
    counts.arguments++;                                                                                                \
    vk.name words;                                                                                                     \
  }
#define VK_MAKES(name, info_type, out_type, count)                                                                     \
  VK_SPY(name, (VkDevice d, const info_type *i, const VkAllocationCallbacks *a, out_type *o), (d, i, a, o), count)
VK_SPY(vkWaitForFences, (VkDevice d, uint32_t n, const VkFence *f, VkBool32 all, uint64_t t), (d, n, f, all, t), waits)
VK_SPY(vkDeviceWaitIdle, (VkDevice d), (d), waits)
VK_SPY(vkQueueSubmit, (VkQueue q, uint32_t n, const VkSubmitInfo *i, VkFence f), (q, n, i, f), launches)
VK_MAKES(vkAllocateMemory, VkMemoryAllocateInfo, VkDeviceMemory, objects)
VK_MAKES(vkCreateBuffer, VkBufferCreateInfo, VkBuffer, objects)
VK_MAKES(vkCreateBufferView, VkBufferViewCreateInfo, VkBufferView, objects)
VK_MAKES(vkCreateFence, VkFenceCreateInfo, VkFence, objects)
VK_MAKES(vkCreateCommandPool, VkCommandPoolCreateInfo, VkCommandPool, objects)
VK_MAKES(vkCreateDescriptorPool, VkDescriptorPoolCreateInfo, VkDescriptorPool, objects)
VK_MAKES(vkCreateShaderModule, VkShaderModuleCreateInfo, VkShaderModule, programs)
VK_SPY(vkCreateComputePipelines,
       (VkDevice d, VkPipelineCache c, uint32_t n, const VkComputePipelineCreateInfo *i, const VkAllocationCallbacks *a,
        VkPipeline *o),
       (d, c, n, i, a, o), programs)
VK_SPY(vkAllocateCommandBuffers, (VkDevice d, const VkCommandBufferAllocateInfo *i, VkCommandBuffer *o), (d, i, o),
       objects)
VK_SPY(vkAllocateDescriptorSets, (VkDevice d, const VkDescriptorSetAllocateInfo *i, VkDescriptorSet *o), (d, i, o),
       objects)
VK_SETS(vkUpdateDescriptorSets,
        (VkDevice d, uint32_t n, const VkWriteDescriptorSet *w, uint32_t m, const VkCopyDescriptorSet *c),
        (d, n, w, m, c))
VK_SETS(vkCmdBindPipeline, (VkCommandBuffer b, VkPipelineBindPoint p, VkPipeline l), (b, p, l))
VK_SETS(vkCmdBindDescriptorSets,
        (VkCommandBuffer b, VkPipelineBindPoint p, VkPipelineLayout l, uint32_t f, uint32_t n, const VkDescriptorSet *s,
         uint32_t m, const uint32_t *o),
        (b, p, l, f, n, s, m, o))
VK_SETS(vkCmdDispatch, (VkCommandBuffer b, uint32_t x, uint32_t y, uint32_t z), (b, x, y, z))

static VKAPI_ATTR VkResult VKAPI_CALL spy_vkGetFenceStatus(VkDevice d, VkFence f) {
  return piles_up ? VK_NOT_READY : vk.vkGetFenceStatus(d, f);
}

static void watch_vulkan(weft_device *device) {
  weft_vk_api *table = &weft_vk(device)->vk;
  weft_vk(device)->polls = 0;
  vk = *table;
#define SPY(name) table->name = spy_##name;
  SPY(vkWaitForFences)
  SPY(vkGetFenceStatus)
  SPY(vkDeviceWaitIdle)
  SPY(vkQueueSubmit)
  SPY(vkAllocateMemory)
  SPY(vkCreateBuffer)
  SPY(vkCreateBufferView)
  SPY(vkCreateFence)
  SPY(vkCreateCommandPool)
  SPY(vkCreateDescriptorPool)
  SPY(vkCreateShaderModule)
  SPY(vkCreateComputePipelines)
  SPY(vkAllocateCommandBuffers)
  SPY(vkAllocateDescriptorSets)
  SPY(vkUpdateDescriptorSets)
  SPY(vkCmdBindPipeline)
  SPY(vkCmdBindDescriptorSets)
  SPY(vkCmdDispatch)
#undef SPY
}
#endif

void spies_watch(weft_device *device) {
#ifdef WEFT_HAVE_OPENCL
  if (strcmp(device->backend->name, "opencl") == 0) watch_opencl();
#endif
#ifdef WEFT_HAVE_VULKAN
  if (strcmp(device->backend->name, "vulkan") == 0) watch_vulkan(device);
#endif
}
