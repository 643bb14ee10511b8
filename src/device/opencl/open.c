/* open.c -- finds, describes and opens OpenCL devices. A device's index counts over all platforms in the order in which
 * the loader tells them. */
#include "base/debug.h"
#include "base/hash.h"
#include "device/opencl/opencl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PLATFORMS = 32, MAX_DEVICES = 64, STACK_BYTES = 8 << 20 };

/* Of vendors' extensions; not in the common headers. */
#ifndef CL_DEVICE_WARP_SIZE_NV
#define CL_DEVICE_WARP_SIZE_NV 0x4003
#endif
#ifndef CL_DEVICE_WAVEFRONT_WIDTH_AMD
#define CL_DEVICE_WAVEFRONT_WIDTH_AMD 0x4043
#endif
#ifndef CL_DEVICE_UUID_KHR
#define CL_DEVICE_UUID_KHR 0x106A
#endif

/* Drivers for CPUs start their threads when they are first asked for devices, with the process's default stack, on
 * which kernels keep some MiB: 8 as a rule, but 2 under `ulimit -s unlimited` and 0.1 with musl. Returns whether
 * `before` is to be set again. */
static int enlarge_stacks(pthread_attr_t *before) {
  pthread_attr_t wanted;
  size_t size = 0;
  if (pthread_getattr_default_np(before) != 0) return 0;
  int small = pthread_attr_getstacksize(before, &size) == 0 && size < STACK_BYTES;
  int done = small && pthread_getattr_default_np(&wanted) == 0 &&
             pthread_attr_setstacksize(&wanted, STACK_BYTES) == 0 && pthread_setattr_default_np(&wanted) == 0;
  if (!done) pthread_attr_destroy(before);
  return done;
}

static size_t ask_for_devices(const weft_cl_api *cl, cl_device_id *out) {
  cl_platform_id platforms[MAX_PLATFORMS];
  cl_uint n_platforms = 0;
  size_t count = 0;
  if (cl->clGetPlatformIDs(MAX_PLATFORMS, platforms, &n_platforms) != CL_SUCCESS) return 0;
  if (n_platforms > MAX_PLATFORMS) n_platforms = MAX_PLATFORMS;
  for (cl_uint p = 0; p < n_platforms && count < MAX_DEVICES; p++) {
    cl_uint found = 0, room = (cl_uint)(MAX_DEVICES - count);
    if (cl->clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, room, out + count, &found) != CL_SUCCESS) continue;
    count += found < room ? found : room;
  }
  return count;
}

static size_t find_devices(const weft_cl_api *cl, cl_device_id *out) {
  pthread_attr_t before;
  int enlarged = enlarge_stacks(&before);
  size_t count = ask_for_devices(cl, out);
  if (enlarged) {
    pthread_setattr_default_np(&before);
    pthread_attr_destroy(&before);
  }
  return count;
}

static void get(const weft_cl_api *cl, cl_device_id id, cl_device_info what, void *out, size_t size) {
  memset(out, 0, size);
  cl->clGetDeviceInfo(id, what, size, out, NULL);
}

/* A text of any length, cut to fit. */
static void get_text(const weft_cl_api *cl, cl_device_id id, cl_device_info what, char *out, size_t size) {
  size_t length = 0;
  out[0] = 0;
  if (cl->clGetDeviceInfo(id, what, 0, NULL, &length) != CL_SUCCESS || length == 0) return;
  char *text = calloc(length + 1, 1);
  if (text && cl->clGetDeviceInfo(id, what, length, text, NULL) == CL_SUCCESS) snprintf(out, size, "%s", text);
  free(text);
}

/* Whole words of the list: cl_khr_fp16 is no cl_khr_fp16_something. */
static int has_extension(const weft_cl_api *cl, cl_device_id id, const char *name) {
  char *all = malloc(16384);
  int has = 0;
  if (all) get_text(cl, id, CL_DEVICE_EXTENSIONS, all, 16384);
  for (const char *at = all; at && !has && (at = strstr(at, name)); at += strlen(name))
    has = (at == all || at[-1] == ' ') && (at[strlen(name)] == ' ' || !at[strlen(name)]);
  free(all);
  return has;
}

static unsigned features_of(const weft_cl_api *cl, cl_device_id id) {
  static const struct {
    const char *extension;
    unsigned feature;
  } rows[] = {{"cl_khr_fp16", WEFT_HAS_F16},
              {"cl_khr_fp64", WEFT_HAS_F64},
              {"cl_intel_bfloat16_conversions", WEFT_HAS_BF16},
              {"cl_khr_integer_dot_product", WEFT_HAS_DOT8},
              {"cl_intel_subgroup_matrix_multiply_accumulate", WEFT_HAS_MATRIX},
              {"cl_khr_subgroups", WEFT_HAS_SUBGROUPS},
              {"cl_intel_subgroups", WEFT_HAS_SUBGROUPS},
              {"cl_khr_command_buffer", WEFT_HAS_RECORDING}};
  unsigned features = WEFT_HAS_INT8; /* char is a type of the language */
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (has_extension(cl, id, rows[i].extension)) features |= rows[i].feature;
  return features;
}

static uint32_t subgroup_of(const weft_cl_api *cl, cl_device_id id) {
  cl_uint width = 0;
  if (has_extension(cl, id, "cl_nv_device_attribute_query"))
    get(cl, id, CL_DEVICE_WARP_SIZE_NV, &width, sizeof width);
  else if (has_extension(cl, id, "cl_amd_device_attribute_query"))
    get(cl, id, CL_DEVICE_WAVEFRONT_WIDTH_AMD, &width, sizeof width);
  return width;
}

static void refuse(weft_device_info *info, const char *why) {
  if (!info->usable) return;
  info->usable = 0;
  snprintf(info->why_not, sizeof info->why_not, "%s", why);
}

static void check_usable(const weft_cl_api *cl, cl_device_id id, cl_device_type type, weft_device_info *info) {
  cl_bool available, compiler, little;
  char version[128];
  int major = 0, minor = 0;
  get(cl, id, CL_DEVICE_AVAILABLE, &available, sizeof available);
  get(cl, id, CL_DEVICE_COMPILER_AVAILABLE, &compiler, sizeof compiler);
  get(cl, id, CL_DEVICE_ENDIAN_LITTLE, &little, sizeof little);
  get_text(cl, id, CL_DEVICE_VERSION, version, sizeof version);
  if (!available) refuse(info, "the driver says that it is not available");
  if (sscanf(version, "OpenCL %d.%d", &major, &minor) != 2 || major * 100 + minor < 102)
    refuse(info, "OpenCL 1.2 is needed");
  if (!compiler) refuse(info, "the driver has no compiler");
  if (type & CL_DEVICE_TYPE_CUSTOM) refuse(info, "a custom device runs no kernels");
  if (!little) refuse(info, "it is big-endian");
}

/* Lanes that a work-item of a CPU kernel should have: the driver's, within what the renderer knows. */
static uint32_t vector_width_of(const weft_cl_api *cl, cl_device_id id) {
  cl_uint native;
  get(cl, id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, &native, sizeof native);
  return native >= 16 ? 16 : native >= 8 ? 8 : 4;
}

static void describe(const weft_cl_api *cl, cl_device_id id, int index, weft_device_info *info, int *out_rank) {
  cl_device_type type;
  cl_bool unified;
  cl_ulong memory, largest, local;
  cl_uint units;
  size_t group, resolution;
  char version[160];
  weft_info_begin(info, "opencl", index);
  get(cl, id, CL_DEVICE_TYPE, &type, sizeof type);
  get(cl, id, CL_DEVICE_HOST_UNIFIED_MEMORY, &unified, sizeof unified);
  get(cl, id, CL_DEVICE_GLOBAL_MEM_SIZE, &memory, sizeof memory);
  get(cl, id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, &largest, sizeof largest);
  get(cl, id, CL_DEVICE_LOCAL_MEM_SIZE, &local, sizeof local);
  get(cl, id, CL_DEVICE_MAX_COMPUTE_UNITS, &units, sizeof units);
  get(cl, id, CL_DEVICE_MAX_WORK_GROUP_SIZE, &group, sizeof group);
  get(cl, id, CL_DEVICE_PROFILING_TIMER_RESOLUTION, &resolution, sizeof resolution);
  get_text(cl, id, CL_DEVICE_NAME, info->name, sizeof info->name);
  get_text(cl, id, CL_DEVICE_VERSION, version, sizeof version);
  char driver[96];
  get_text(cl, id, CL_DRIVER_VERSION, driver, sizeof driver);
  snprintf(info->driver, sizeof info->driver, "%.90s, %.35s", version, driver);
  int is_cpu = (type & CL_DEVICE_TYPE_CPU) != 0;
  info->device_class = weft_class_asked(is_cpu ? WEFT_CLASS_CPU : WEFT_CLASS_GPU);
  info->vector_width = info->device_class == WEFT_CLASS_CPU ? vector_width_of(cl, id) : 1;
  info->memory = memory;
  info->max_buffer = largest;
  info->compute_units = units;
  info->max_group = group > UINT32_MAX ? UINT32_MAX : (uint32_t)group;
  info->local_memory = local > UINT32_MAX ? UINT32_MAX : (uint32_t)local;
  info->subgroup = is_cpu ? 0 : subgroup_of(cl, id);
  info->subgroup_min = info->subgroup_max = info->subgroup;
  info->features = features_of(cl, id);
  if (has_extension(cl, id, "cl_khr_device_uuid")) get(cl, id, CL_DEVICE_UUID_KHR, info->uuid, sizeof info->uuid);
  info->timestamp_ns = (double)resolution;
  check_usable(cl, id, type, info);
  if (is_cpu)
    *out_rank = WEFT_RANK_OPENCL_CPU;
  else if (type & CL_DEVICE_TYPE_GPU)
    *out_rank = unified ? WEFT_RANK_INTEGRATED : WEFT_RANK_DISCRETE;
  else
    *out_rank = WEFT_RANK_VIRTUAL;
}

size_t weft_cl_list(weft_device_info *out, int *out_rank, size_t capacity) {
  const weft_cl_api *cl = weft_cl_load();
  cl_device_id ids[MAX_DEVICES];
  if (!cl) return 0;
  size_t count = find_devices(cl, ids);
  for (size_t i = 0; i < count && i < capacity; i++) describe(cl, ids[i], (int)i, &out[i], &out_rank[i]);
  return count;
}

static void set_limits(weft_device *device, const weft_cl_api *cl, cl_device_id id) {
  cl_uint align_bits;
  size_t argument_bytes;
  get(cl, id, CL_DEVICE_MEM_BASE_ADDR_ALIGN, &align_bits, sizeof align_bits);
  get(cl, id, CL_DEVICE_MAX_PARAMETER_SIZE, &argument_bytes, sizeof argument_bytes);
  weft_device_limits *limits = &device->limits;
  limits->buffer_align = align_bits / 8 > 64 ? align_bits / 8 : 64;
  limits->max_binding = device->info.max_buffer;
  if (device->info.device_class == WEFT_CLASS_CPU) {
    get(cl, id, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, &limits->cache, sizeof limits->cache);
    limits->apart = (768 + limits->buffer_align - 1) / limits->buffer_align * limits->buffer_align;
  }
  /* OpenCL bounds only the global size. GPU drivers hand groups on to grids whose second and third direction have 16
   * bits on some hardware, and few tell so before the enqueue fails. */
  int is_gpu = device->info.device_class == WEFT_CLASS_GPU;
  limits->max_groups[0] = INT32_MAX;
  limits->max_groups[1] = limits->max_groups[2] = is_gpu ? 65535 : INT32_MAX;
  size_t bindings = argument_bytes / sizeof(cl_mem);
  limits->max_bindings = bindings > 32 ? 32 : (uint32_t)bindings;
}

/* Compilers for CPUs are slow to start and fast to go on; GPU drivers build several programs at once.
 * PoCL keeps what it compiles on disk by itself. Asking it for a binary has it compile every kernel once more, for any
 * work-group size, which doubles the time of a first build and is not what later runs. */
static void choose_builds(weft_cl_state *state) {
  cl_device_type type;
  char version[128];
  get(state->cl, state->id, CL_DEVICE_TYPE, &type, sizeof type);
  get_text(state->cl, state->id, CL_DEVICE_VERSION, version, sizeof version);
  state->merges = (type & CL_DEVICE_TYPE_CPU) != 0;
  state->keeps_binaries = !strstr(version, "PoCL") && !strstr(version, "pocl");
}

static weft_status make_objects(weft_device *device, weft_cl_state *state) {
  cl_int code;
  state->context = state->cl->clCreateContext(NULL, 1, &state->id, NULL, NULL, &code);
  if (!state->context) return weft_cl_check(device, "clCreateContext", code);
  state->queue = state->cl->clCreateCommandQueue(state->context, state->id, 0, &code);
  if (!state->queue) return weft_cl_check(device, "clCreateCommandQueue", code);
  weft_cl_staging_open(state);
  return WEFT_OK;
}

static void free_state(weft_cl_state *state) {
  const weft_cl_api *cl = state->cl;
  weft_cl_staging_close(state);
  weft_cl_rounds_close(state);
  weft_cl_product_close(state);
  if (state->timed_queue) cl->clReleaseCommandQueue(state->timed_queue);
  if (state->queue) cl->clReleaseCommandQueue(state->queue);
  if (state->context) cl->clReleaseContext(state->context);
  free(state);
}

weft_status weft_cl_open(weft_device *device, int index) {
  const weft_cl_api *cl = weft_cl_load();
  cl_device_id ids[MAX_DEVICES];
  if (!cl) return weft_fail(&device->error, WEFT_NO_DEVICE, "opencl:%d: no libOpenCL.so.1", index);
  size_t count = find_devices(cl, ids);
  if (index < 0 || (size_t)index >= count)
    return weft_fail(&device->error, WEFT_NO_DEVICE, "opencl:%d: the driver tells %zu devices", index, count);
  int rank;
  describe(cl, ids[index], index, &device->info, &rank);
  set_limits(device, cl, ids[index]);
  device->fingerprint = weft_hash_text(WEFT_HASH_SEED, "opencl");
  device->fingerprint = weft_hash_text(device->fingerprint, device->info.name);
  device->fingerprint = weft_hash_text(device->fingerprint, device->info.driver);
  weft_cl_state *state = calloc(1, sizeof *state);
  if (!state) return weft_fail(&device->error, WEFT_NO_MEMORY, "opencl:%d: no memory", index);
  state->cl = cl;
  state->id = ids[index];
  state->idle = 1;
  choose_builds(state);
  cl_bool is_unified;
  get(cl, state->id, CL_DEVICE_HOST_UNIFIED_MEMORY, &is_unified, sizeof is_unified);
  state->shares = is_unified && !weft_debug_skips("share");
  weft_status status = make_objects(device, state);
  if (status == WEFT_OK)
    device->state = state;
  else
    free_state(state);
  return status;
}

void weft_cl_close(weft_device *device) {
  weft_cl_state *state = weft_cl(device);
  state->cl->clFinish(state->queue);
  free_state(state);
  device->state = NULL;
}

const weft_backend weft_backend_opencl = {
    .name = "opencl",
    .dialect = WEFT_OPENCL_C,
    .list = weft_cl_list,
    .open = weft_cl_open,
    .close = weft_cl_close,
    .buffer_new = weft_cl_buffer_new,
    .buffer_free = weft_cl_buffer_free,
    .write = weft_cl_write,
    .read = weft_cl_read,
    .copy = weft_cl_copy,
    .clear = weft_cl_clear,
    .host_buffer_new = weft_cl_host_buffer_new,
    .map = weft_cl_map,
    .unmap = weft_cl_unmap,
    .kernels_new = weft_cl_kernels_new,
    .kernel_free = weft_cl_kernel_free,
    .has_product = weft_cl_has_product,
    .record = weft_cl_record,
    .recording_free = weft_cl_recording_free,
    .replay = weft_cl_replay,
    .replay_timed = weft_cl_replay_timed,
    .sync = weft_cl_sync,
};
