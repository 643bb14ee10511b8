/* vulkan.h -- the Vulkan backend's own types. Vulkan 1.1, reached through a table of functions that is filled at run
 * time, so that weft starts where no Vulkan is installed.
 *
 * Order. All work goes to one queue. Every command buffer ends with a barrier from what it did to everything after it
 * (compute, transfer, and the host where it can see the results), and so begins with nothing to wait for. Transfers are
 * gathered in the open batch, which goes to the queue together with the next recording, or alone when somebody waits.
 * Only large writes while kernels run go over a second queue, halfway (feed.c). */
#ifndef WEFT_DEVICE_VULKAN_VULKAN_H
#define WEFT_DEVICE_VULKAN_VULKAN_H
#define VK_NO_PROTOTYPES
#include "device/backend.h"
#include <vulkan/vulkan_core.h>

typedef struct weft_vk_api {
#define VK_GLOBAL(name) PFN_##name name;
#define VK_INSTANCE(name) PFN_##name name;
#define VK_DEVICE(name) PFN_##name name;
#include "device/vulkan/functions.def"
#undef VK_GLOBAL
#undef VK_INSTANCE
#undef VK_DEVICE
} weft_vk_api;

enum {
  WEFT_VK_MAX_BINDINGS = 32,
  WEFT_VK_TEXEL = 16,              /* bytes of a texel; every buffer is some whole ones */
  WEFT_VK_MOST_TOUCHED = 16,       /* ranges of a batch's transfers without a barrier between them */
  WEFT_VK_BATCHES = 16,            /* submissions on their way at once; one more waits for the oldest */
  WEFT_VK_MOST_HELD = 8,           /* replays of one submission */
  WEFT_VK_STAGING_BYTES = 8 << 20, /* of one submission, and of a read; more goes in several */
  WEFT_VK_LARGE = 1 << 20          /* bytes of a write from which on it goes ahead of its turn */
};
#define WEFT_VK_NO_FAMILY UINT32_MAX

/* Memory that the host sees, mapped as long as it lives. */
typedef struct weft_vk_memory {
  VkBuffer buffer;
  VkDeviceMemory memory;
  char *mapped; /* NULL where the host cannot see it */
  uint64_t size;
} weft_vk_memory;

/* Bytes of a buffer that a transfer reads or writes. */
typedef struct weft_vk_range {
  VkBuffer buffer; /* VK_NULL_HANDLE: none */
  uint64_t offset, size;
} weft_vk_range;

/* One submission: transfers, then perhaps a recording. */
typedef struct weft_vk_batch {
  VkCommandBuffer commands;
  VkFence fence;
  weft_vk_memory staging;                      /* what its transfers read from; grows */
  uint64_t staged;                             /* bytes of it in use */
  int recording;                               /* commands is begun */
  weft_vk_range touched[WEFT_VK_MOST_TOUCHED]; /* by its transfers since the last barrier */
  int n_touched;
  VkCommandBuffer held[WEFT_VK_MOST_HELD]; /* replays that follow its transfers */
  int n_held;
  VkCommandBuffer feed;   /* for the second queue: from staging to landing */
  int feeding;            /* feed is begun */
  VkSemaphore arrived;    /* when it is done; the batch waits for it */
  weft_vk_memory landing; /* memory of the device, as large as staging; size 0: not needed yet */
} weft_vk_batch;

/* The bindings of a kernel: storage buffers, and uniform texel buffers where the mask says so. Lives as long as the
 * device. */
typedef struct weft_vk_layout {
  struct weft_vk_layout *next;
  int n_bindings;
  uint32_t texels;
  VkDescriptorSetLayout set;
  VkPipelineLayout pipeline;
} weft_vk_layout;

/* A compiled text; lives as long as kernels of it do. */
typedef struct weft_vk_program {
  struct weft_vk_program *next;
  uint64_t key;
  const weft_vk_layout *layout;
  VkPipeline pipeline;
  size_t users; /* kernels */
} weft_vk_program;

typedef struct weft_vk_state {
  weft_vk_api vk;
  VkInstance instance;
  VkPhysicalDevice physical;
  VkDevice device;
  VkQueue queue;
  uint32_t family;
  VkQueue feed_queue; /* the second; VK_NULL_HANDLE: there is none. May be the first itself (feed.c) */
  uint32_t feed_family;
  VkCommandPool feed_pool;
  int feeds;               /* large writes go ahead over it */
  int shares;              /* its memory is the host's */
  int runs;                /* a recording was submitted since the last wait for everything */
  uint64_t timestamp_mask; /* 0: no timestamps */
  double timestamp_ns;
  uint32_t buffer_type, upload_type, download_type; /* memory types */
  int host_writes, host_reads;                      /* buffers are mapped, and the host is fast at them */
  int polls;                                        /* a wait looks at the fence for a while before it sleeps */
  int holds;                                        /* short replays, see queue.c */
  int keeps_nan;                                    /* shaders ask for it, see features.c */
  int tells_statistics;                             /* see statistics.c */
  VkCommandPool pool;
  weft_vk_batch batches[WEFT_VK_BATCHES]; /* a ring */
  unsigned open;                          /* the batch that gathers transfers */
  unsigned oldest;                        /* the first that may be on its way; equals open when idle */
  weft_vk_memory download;                /* for reads of memory that the host cannot see */
  VkPipelineCache pipeline_cache;
  size_t pipeline_cache_size;
  weft_vk_layout *layouts; /* made when needed */
  weft_vk_program *programs;
  int holds_compiler;
} weft_vk_state;

typedef struct weft_vk_buffer {
  weft_buffer head;
  weft_vk_memory memory;
} weft_vk_buffer;

typedef struct weft_vk_kernel {
  weft_kernel head;
  weft_vk_program *program;
} weft_vk_kernel;

static inline weft_vk_state *weft_vk(weft_device *device) { return device->state; }
static inline weft_vk_memory *weft_vk_memory_of(weft_buffer *buffer) { return &((weft_vk_buffer *)buffer)->memory; }

/* ---- loader.c ---- */
/* vkGetInstanceProcAddr of libvulkan, loaded once a process; NULL where there is none. */
PFN_vkGetInstanceProcAddr weft_vk_load(void);
/* Makes an instance and fills the table's global and instance rows. On failure *out_instance is VK_NULL_HANDLE. */
VkResult weft_vk_instance_new(weft_vk_api *vk, VkInstance *out_instance);
/* Fills the device rows; 0 when one is missing. */
int weft_vk_load_device(weft_vk_api *vk, VkDevice device);
/* "VK_ERROR_DEVICE_LOST", or the number. Static or thread-local text. */
const char *weft_vk_result_name(VkResult result);
/* Fails with what the result means; names device, call and result. WEFT_OK for VK_SUCCESS. */
weft_status weft_vk_check(weft_device *device, const char *call, VkResult result);

/* ---- open.c ---- */
size_t weft_vk_list(weft_device_info *out, int *out_rank, size_t capacity);
weft_status weft_vk_open(weft_device *device, int index);
void weft_vk_close(weft_device *device);

/* ---- features.c ---- */
/* What a device is made with: every feature that lets a kernel compute with further types. */
typedef struct weft_vk_features {
  VkPhysicalDeviceFeatures2 core;
  VkPhysicalDevice16BitStorageFeatures storage16;
  VkPhysicalDeviceShaderFloat16Int8FeaturesKHR small; /* where its extension is there */
#ifdef VK_KHR_shader_integer_dot_product
  VkPhysicalDeviceShaderIntegerDotProductFeaturesKHR dot; /* likewise */
#endif
  int keeps_nan; /* float controls: a shader may ask that NaN, infinities and signed zeros of f32 stay what they are */
  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR executables; /* likewise, where statistics are wanted */
  const char *extensions[6];
  uint32_t n_extensions;
} weft_vk_features;
/* Fills info->features, the range of subgroup sizes and the uuid. For a device of Vulkan 1.1. */
void weft_vk_describe_features(const weft_vk_api *vk, VkPhysicalDevice physical, weft_device_info *info);
/* Fills the features and names the extensions to ask for. Points into itself: it may not be moved. */
void weft_vk_find_features(const weft_vk_api *vk, VkPhysicalDevice physical, weft_vk_features *out);

/* ---- memory.c ---- */
/* The memory types that buffers may have, as bits. */
weft_status weft_vk_memory_types(weft_device *device, uint32_t *out_bits);
/* A buffer for kernels and transfers with its own memory. */
enum {
  WEFT_VK_MAPPED = 1, /* the host sees it */
  WEFT_VK_FED = 2     /* both queues use it */
};
weft_status weft_vk_memory_new(weft_device *device, uint64_t size, uint32_t type, int use, weft_vk_memory *out);
void weft_vk_memory_free(weft_vk_state *state, weft_vk_memory *memory);
weft_status weft_vk_buffer_new(weft_device *device, uint64_t size, weft_buffer **out);
void weft_vk_buffer_free(weft_device *device, weft_buffer *buffer);
weft_status weft_vk_write(weft_device *device, weft_buffer *buffer, uint64_t offset, const void *data, uint64_t size);
weft_status weft_vk_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out, uint64_t size);
weft_status weft_vk_host_buffer_new(weft_device *device, uint64_t size, weft_buffer **out, void **out_host);
weft_status weft_vk_map(weft_device *device, weft_buffer *buffer, void **out_host);
weft_status weft_vk_unmap(weft_device *device, weft_buffer *buffer, void *host);
weft_status weft_vk_copy(weft_device *device, weft_buffer *from, uint64_t from_offset, weft_buffer *to,
                         uint64_t to_offset, uint64_t size);
weft_status weft_vk_clear(weft_device *device, weft_buffer *buffer, uint64_t offset, uint64_t size);

/* ---- queue.c ---- */
weft_status weft_vk_queue_open(weft_device *device);
void weft_vk_queue_close(weft_vk_state *state);
/* A barrier from the writes of the first kind of stage to everything of the second. */
void weft_vk_barrier(const weft_vk_state *state, VkCommandBuffer commands, VkPipelineStageFlags from,
                     VkPipelineStageFlags to);
/* The open batch, its command buffer begun, for a transfer that comes after those that touch the same bytes. */
weft_status weft_vk_batch_begin(weft_device *device, weft_vk_range from, weft_vk_range to, weft_vk_batch **out);
/* The same, with room for to.size bytes (at most WEFT_VK_STAGING_BYTES) in its staging memory to transfer from. */
weft_status weft_vk_batch_stage(weft_device *device, weft_vk_range to, weft_vk_batch **out, uint64_t *out_offset);
/* Where the results of kernels are used afterwards. */
VkPipelineStageFlags weft_vk_users(const weft_vk_state *state);
/* Hands the open batch to the queue, followed by `then` unless that is VK_NULL_HANDLE. Nothing to do when both are
 * empty. */
weft_status weft_vk_submit(weft_device *device, VkCommandBuffer then);
/* The same, but holds `then` in the open batch, for a submission of several, while the device has enough to do. */
weft_status weft_vk_hold(weft_device *device, VkCommandBuffer then);
/* Submits and waits for everything. */
weft_status weft_vk_finish(weft_device *device);
/* Whether nothing is on its way nor gathered. Does not wait. */
int weft_vk_is_idle(weft_vk_state *state);
weft_status weft_vk_sync(weft_device *device);

/* ---- feed.c ---- */
/* The family of the second queue, perhaps the first one's; WEFT_VK_NO_FAMILY: there is none. */
uint32_t weft_vk_feed_family(const VkQueueFamilyProperties *families, uint32_t count, uint32_t first);
/* Makes what batches need to use the queue; without it, it is not used. */
void weft_vk_feed_open(weft_device *device);
void weft_vk_feed_close(weft_vk_state *state);
/* Sends bytes of the batch's staging memory ahead. Returns the buffer to copy them from in their turn, at the same
 * place: staging, when they are not sent. */
VkBuffer weft_vk_feed(weft_device *device, weft_vk_batch *batch, uint64_t place, uint64_t size);
/* Hands what a batch sends ahead to the queue; the batch, submitted next, is to wait for batch->arrived. */
weft_status weft_vk_feed_submit(weft_device *device, weft_vk_batch *batch);
/* The batch was not submitted after all. */
void weft_vk_feed_cancel(weft_device *device, weft_vk_batch *batch);

/* ---- spirv.c ---- */
/* SPIR-V of a compute shader's text, from the cache on disk or from glslang. Returns malloc'ed words or NULL; then
 * *out_log is a malloc'ed text, or NULL when memory ran out. May be called by several threads at once. keeps_nan: the
 * module asks for what weft_vk_features.keeps_nan says. */
uint32_t *weft_spirv_new(const char *text, int keeps_nan, size_t *out_size, char **out_log);
/* The compiler's tables are shared by all devices that hold it. */
int weft_spirv_hold(void);
void weft_spirv_drop(void);

/* ---- kernel.c ---- */
weft_status weft_vk_kernels_new(weft_device *device, const weft_kernel_source *sources, size_t count,
                                weft_kernel **out);
void weft_vk_kernel_free(weft_device *device, weft_kernel *kernel);
void weft_vk_layouts_free(weft_vk_state *state);
void weft_vk_pipeline_cache_open(weft_device *device);
void weft_vk_pipeline_cache_close(weft_device *device);

/* ---- record.c ---- */
weft_status weft_vk_record(weft_device *device, const weft_dispatch *dispatches, size_t count, weft_recording **out);
void weft_vk_recording_free(weft_device *device, weft_recording *recording);
weft_status weft_vk_replay(weft_device *device, weft_recording *recording);
weft_status weft_vk_replay_timed(weft_device *device, weft_recording *recording, double *out_seconds);
/* statistics.c: prints what the driver tells of the pipeline with that number among those that are compiled together.
 */
void weft_vk_tell_statistics(const weft_vk_state *state, VkPipeline pipeline, size_t number);
#endif
