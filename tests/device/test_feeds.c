/* test_feeds.c -- large writes while kernels run, on devices whose memory is taken for their own (WEFT_SKIP=share):
 * they reach the kernels in their turn whatever way they take, do not wait while there is room, and do without memory
 * that cannot be had. Without launches in rounds (WEFT_SKIP=join), which hold writes back by themselves. */
#include "base/file.h"
#include "support.h"
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef WEFT_HAVE_OPENCL
#include "device/opencl/opencl.h"
#endif
#ifdef WEFT_HAVE_VULKAN
#include "device/vulkan/vulkan.h"
#endif

/* Bytes, but for ITEMS. The largest write takes several slots of staging memory, or batches. */
enum { MIB = 1 << 20, BYTES = 10 * MIB, ITEMS = BYTES / 4 };
/* What a step reads of it, in items: from the beginning, over the end of a slot, to the end. (Few, since lavapipe under
 * a sanitizer takes much memory for every work-group.) */
enum { WINDOWS = 4, WINDOW = 8192, STEP = WINDOWS * WINDOW };
static const unsigned windows[WINDOWS] = {0, MIB / 4 - 64, 2 * MIB - WINDOW / 2, ITEMS - WINDOW};

static void apart(void) { setenv("WEFT_SKIP", "share,join", 1); }
static int is_opencl(const weft_device *device) { return !strcmp(device->backend->name, "opencl"); }

static unsigned next_random(unsigned *state, unsigned below) {
  *state = *state * 1664525u + 1013904223u;
  return (*state >> 8) % below;
}

/* A step reads numbers of `in`, window by window, and writes each one's neighbour and one to `out`. */
typedef struct network {
  weft_kernel *kernel;
  weft_buffer *in, *out, *seen; /* seen: out, step by step */
  weft_recording *recording;
  int *model, *data, *found; /* what stands in `in`; of one write or read */
} network;

static network open_network(weft_device *device, int steps) {
  network n = {.kernel = build_kernel(device, "turn", 2, 64, 1, 1),
               .in = new_buffer(device, BYTES),
               .out = new_buffer(device, STEP * 4),
               .seen = new_buffer(device, (uint64_t)steps * STEP * 4),
               .model = calloc(ITEMS, 4),
               .data = malloc(BYTES),
               .found = malloc(BYTES)};
  weft_binding bindings[WINDOWS][2];
  weft_dispatch dispatches[WINDOWS];
  for (int w = 0; w < WINDOWS; w++) {
    bindings[w][0] = (weft_binding){n.in, (uint64_t)windows[w] * 4, WINDOW * 4};
    bindings[w][1] = (weft_binding){n.out, (uint64_t)w * WINDOW * 4, WINDOW * 4};
    dispatches[w] = (weft_dispatch){n.kernel, bindings[w], {WINDOW / 64, 1, 1}, 0};
  }
  must(device, device->backend->record(device, dispatches, WINDOWS, &n.recording));
  must(device, device->backend->clear(device, n.in, 0, BYTES));
  return n;
}

static void close_network(weft_device *device, network *n) {
  device->backend->recording_free(device, n->recording);
  device->backend->kernel_free(device, n->kernel);
  device->backend->buffer_free(device, n->in);
  device->backend->buffer_free(device, n->out);
  device->backend->buffer_free(device, n->seen);
  free(n->model);
  free(n->data);
  free(n->found);
}

/* New numbers for a range of `in`; what the caller's memory holds afterwards must not matter. */
static weft_status feed(weft_device *device, network *n, unsigned *seed, unsigned first, unsigned count) {
  for (unsigned i = 0; i < count; i++) n->data[i] = (int)next_random(seed, 1u << 24);
  weft_status status = device->backend->write(device, n->in, (uint64_t)first * 4, n->data, (uint64_t)count * 4);
  if (status == WEFT_OK) memcpy(n->model + first, n->data, (size_t)count * 4);
  cr_assert(device->error.status == status, "%s: a text of what was done without: %s", device->info.id,
            device->error.message);
  memset(n->data, 0xee, (size_t)count * 4);
  return status;
}

/* What a step makes of what stands in `in`. */
static int result(const network *n, unsigned i) { return n->model[windows[i / WINDOW] + (i + 1) % WINDOW] + 1; }

/* Everything of `in`, and what the last step made of it. */
static void check_all(weft_device *device, network *n) {
  must(device, device->backend->read(device, n->out, 0, n->found, STEP * 4));
  for (unsigned i = 0; i < STEP; i++)
    cr_assert(n->found[i] == result(n, i), "%s: number %u is %d, not %d", device->info.id, i, n->found[i],
              result(n, i));
  must(device, device->backend->read(device, n->in, 0, n->found, BYTES));
  cr_assert(memcmp(n->found, n->model, BYTES) == 0, "%s: what was written", device->info.id);
}

/* Steps in flight, each with another feed of another size and place; now and then one is waited for. */
enum { STEPS = 40 };
static void run_steps(weft_device *device, network *n) {
  static const unsigned sizes[] = {ITEMS, MIB / 4, MIB / 4 - 1, 25, 3 * MIB / 4 + 5, 2 * MIB};
  static int expected[STEPS * STEP], seen[STEPS * STEP];
  const weft_backend *b = device->backend;
  unsigned seed = 7;
  for (int step = 0; step < STEPS; step++) {
    for (int write = 0; write <= step % 3; write++) {
      unsigned count = sizes[next_random(&seed, sizeof sizes / sizeof *sizes)];
      unsigned first = next_random(&seed, 2) ? windows[next_random(&seed, WINDOWS)] + next_random(&seed, WINDOW - 25)
                                             : next_random(&seed, ITEMS);
      if (first > ITEMS - count) first = ITEMS - count;
      must(device, feed(device, n, &seed, first, count));
    }
    must(device, b->replay(device, n->recording));
    must(device, b->copy(device, n->out, 0, n->seen, (uint64_t)step * STEP * 4, STEP * 4));
    for (unsigned i = 0; i < STEP; i++) expected[step * STEP + (int)i] = result(n, i);
    if (step == STEPS / 2) must(device, b->sync(device));
  }
  check_all(device, n);
  must(device, b->read(device, n->seen, 0, seen, sizeof seen));
  for (int i = 0; i < STEPS * STEP; i++)
    cr_assert(seen[i] == expected[i], "%s: step %d, number %d", device->info.id, i / STEP, i % STEP);
}

/* Whether writes have gone ahead of their turn. */
static int has_landed(weft_device *device) {
  int count = 0;
#ifdef WEFT_HAVE_OPENCL
  if (is_opencl(device))
    for (const weft_cl_slot *s = weft_cl(device)->staging.oldest; s; s = s->next) count += s->landing != NULL;
#endif
#ifdef WEFT_HAVE_VULKAN
  if (!is_opencl(device))
    for (int i = 0; i < WEFT_VK_BATCHES; i++) count += weft_vk(device)->batches[i].landing.size > 0;
#endif
  return count > 0;
}

static void check_steps(weft_device *device) {
  network n = open_network(device, STEPS);
  cr_assert(!has_landed(device));
  run_steps(device, &n);
  cr_assert(has_landed(device), "%s: no write went ahead", device->info.id);
  close_network(device, &n);
}
Test(feeds, steps_in_flight_have_their_own) {
  apart();
  each_device(check_steps);
}

static void check_in_turn(weft_device *device) {
  network n = open_network(device, STEPS);
  run_steps(device, &n);
  cr_assert(!has_landed(device), "%s: a write went ahead", device->info.id);
  close_network(device, &n);
}
Test(feeds, take_their_turn_when_asked_to) {
  setenv("WEFT_SKIP", "share,join,feed", 1);
  each_device(check_in_turn);
}

static void check_shared(weft_device *device) {
  int shares = 1;
#ifdef WEFT_HAVE_OPENCL
  if (is_opencl(device)) shares = weft_cl(device)->shares;
#endif
#ifdef WEFT_HAVE_VULKAN
  if (!is_opencl(device)) shares = weft_vk(device)->shares;
#endif
  network n = open_network(device, STEPS);
  run_steps(device, &n);
  cr_assert(!shares || !has_landed(device), "%s: what is shared needs no landing", device->info.id);
  close_network(device, &n);
}
Test(feeds, of_shared_memory_take_their_turn) { each_device(check_shared); }

/* Writes while nothing runs, as of parameters, have no use for a landing. */
static void check_at_rest(weft_device *device) {
  unsigned seed = 3;
  network n = open_network(device, 1);
  for (int i = 0; i < 3; i++) must(device, feed(device, &n, &seed, 0, ITEMS));
  must(device, device->backend->replay(device, n.recording));
  check_all(device, &n);
  must(device, feed(device, &n, &seed, 5, ITEMS - 5));
  must(device, device->backend->replay(device, n.recording));
  check_all(device, &n);
  cr_assert(!has_landed(device), "%s: a write went ahead of nothing", device->info.id);
  close_network(device, &n);
}
Test(feeds, at_rest_go_straight) {
  apart();
  each_device(check_at_rest);
}

/* Nobody waits before buffers, kernels and the device are gone. */
static void check_freed(weft_device *device) {
  unsigned seed = 5;
  network n = open_network(device, 1);
  must(device, device->backend->replay(device, n.recording));
  for (int i = 0; i < 3; i++) must(device, feed(device, &n, &seed, 0, ITEMS));
  must(device, device->backend->replay(device, n.recording));
  must(device, feed(device, &n, &seed, 0, ITEMS));
  close_network(device, &n);
}
Test(feeds, may_be_on_their_way_when_all_is_freed) {
  apart();
  each_device(check_freed);
}

/* Large reads come in parts. */
static void check_reads(weft_device *device) {
  static const unsigned ranges[][2] = {{0, MIB},         {3, 4 * MIB},     {0, 4 * MIB + 1},
                                       {7, 8 * MIB},     {1, BYTES - 1},   {5, 8 * MIB + 3},
                                       {100, MIB + 333}, {0, 4 * MIB - 1}, {BYTES - 5, 5}};
  unsigned seed = 11;
  network n = open_network(device, 1);
  must(device, feed(device, &n, &seed, 0, ITEMS));
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
    memset(n.found, 0, BYTES);
    must(device, device->backend->read(device, n.in, ranges[i][0], n.found, ranges[i][1]));
    cr_assert(memcmp(n.found, (char *)n.model + ranges[i][0], ranges[i][1]) == 0, "%s: read %zu", device->info.id, i);
    if (ranges[i][1] < BYTES) cr_assert(((char *)n.found)[ranges[i][1]] == 0, "%s: past read %zu", device->info.id, i);
  }
#ifdef WEFT_HAVE_OPENCL
  if (is_opencl(device)) cr_assert(weft_cl(device)->staging.download != NULL, "large reads go through pinned memory");
#endif
  close_network(device, &n);
}
Test(feeds, large_reads_are_whole) {
  apart();
  each_device(check_reads);
}

/* ---- OpenCL: a device that stands still, and one that has no memory ---- */

#ifdef WEFT_HAVE_OPENCL
static weft_cl_api real, *table;
static int waits, fails,
    queues; /* fails: 'p' pinned memory, 'm' mapping, 'l' landings, 'q' a second queue, 'r' reads */

static cl_int CL_API_CALL counting_wait(cl_uint count, const cl_event *events) {
  waits++;
  return real.clWaitForEvents(count, events);
}

static cl_mem CL_API_CALL failing_buffer(cl_context context, cl_mem_flags flags, size_t size, void *host,
                                         cl_int *code) {
  int refused = (fails == 'p' && (flags & CL_MEM_ALLOC_HOST_PTR)) || (fails == 'l' && flags == CL_MEM_READ_WRITE);
  if (!refused) return real.clCreateBuffer(context, flags, size, host, code);
  *code = CL_MEM_OBJECT_ALLOCATION_FAILURE;
  return NULL;
}

static void *CL_API_CALL failing_map(cl_command_queue queue, cl_mem memory, cl_bool blocks, cl_map_flags flags,
                                     size_t offset, size_t size, cl_uint count, const cl_event *events, cl_event *event,
                                     cl_int *code) {
  if (fails != 'm')
    return real.clEnqueueMapBuffer(queue, memory, blocks, flags, offset, size, count, events, event, code);
  *code = CL_MAP_FAILURE;
  return NULL;
}

static cl_command_queue CL_API_CALL failing_queue(cl_context context, cl_device_id id,
                                                  cl_command_queue_properties properties, cl_int *code) {
  if (fails != 'q' || ++queues != 2) return real.clCreateCommandQueue(context, id, properties, code);
  *code = CL_OUT_OF_HOST_MEMORY;
  return NULL;
}

static cl_int CL_API_CALL failing_read(cl_command_queue queue, cl_mem memory, cl_bool blocks, size_t offset,
                                       size_t size, void *out, cl_uint count, const cl_event *events, cl_event *event) {
  if (fails == 'r' && offset > 0) return CL_OUT_OF_HOST_MEMORY;
  return real.clEnqueueReadBuffer(queue, memory, blocks, offset, size, out, count, events, event);
}

/* The table of functions is the process's, and the test is a process. */
static void hook(void) {
  apart();
  if (!weft_cl_load()) cr_skip_test("no OpenCL");
  table = (weft_cl_api *)weft_cl_load();
  real = *table;
  table->clWaitForEvents = counting_wait;
  table->clCreateBuffer = failing_buffer;
  table->clEnqueueMapBuffer = failing_map;
  table->clCreateCommandQueue = failing_queue;
  table->clEnqueueReadBuffer = failing_read;
}

typedef cl_event(CL_API_CALL *new_event)(cl_context, cl_int *);
typedef cl_int(CL_API_CALL *set_event)(cl_event, cl_int);

static void *function(const char *name) {
  void *library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("libOpenCL.so", RTLD_NOW | RTLD_LOCAL);
  void *symbol = library ? dlsym(library, name) : NULL;
  cr_assert(symbol != NULL, "%s", name);
  return symbol;
}

/* Everything that the kernels' queue is asked for from now on waits for the event. */
static cl_event stall(weft_device *device) {
  void *symbol = function("clCreateUserEvent");
  new_event create;
  cl_int code;
  memcpy(&create, &symbol, sizeof create);
  cl_event gate = create(weft_cl(device)->context, &code);
  cr_assert(gate && real.clEnqueueMarkerWithWaitList(weft_cl(device)->queue, 1, &gate, NULL) == CL_SUCCESS);
  return gate;
}

static void *open_gate(void *gate) {
  void *symbol = function("clSetUserEventStatus");
  set_event set;
  memcpy(&set, &symbol, sizeof set);
  usleep(100000);
  set(gate, CL_COMPLETE);
  return NULL;
}

/* While the device stands still, as many writes as there are slots come back; those behind kernels have their bytes on
 * the device already. One more waits until it goes on. */
static void check_stall(weft_device *device) {
  const unsigned count = 5 * MIB / 4;
  const weft_cl_staging *s = &weft_cl(device)->staging;
  unsigned seed = 13;
  network n = open_network(device, 1);
  must(device, device->backend->sync(device));
  cl_event gate = stall(device);
  waits = 0;
  must(device, feed(device, &n, &seed, 500, count)); /* to a device that weft takes for idle */
  must(device, feed(device, &n, &seed, 0, 100));     /* into the same slot */
  cr_assert(s->count == 1 && s->open->pinned && !s->open->landing);
  must(device, device->backend->replay(device, n.recording));
  for (int i = 1; i < WEFT_CL_SLOTS; i++) {
    must(device, feed(device, &n, &seed, (unsigned)i * 1000, count));
    cr_assert(s->count == i + 1 && s->open->pinned && s->open->landing, "a slot a write, and pinned");
    cr_assert(real.clEnqueueReadBuffer(s->queue, s->open->landing, CL_TRUE, 0, count * 4, n.found, 0, NULL, NULL) ==
              CL_SUCCESS);
    cr_assert(memcmp(n.found, n.model + (size_t)i * 1000, count * 4) == 0, "write %d is there before its turn", i);
  }
  cr_assert(waits == 0, "nothing waits while there are slots");
  pthread_t thread;
  cr_assert(pthread_create(&thread, NULL, open_gate, gate) == 0);
  must(device, feed(device, &n, &seed, 77, count));
  cr_assert(waits > 0 && s->count == WEFT_CL_SLOTS, "the ring is full: one is used again");
  must(device, device->backend->replay(device, n.recording));
  check_all(device, &n);
  pthread_join(thread, NULL);
  real.clReleaseEvent(gate);
  /* A larger write takes an old slot, which grows, and no further one. */
  must(device, device->backend->replay(device, n.recording));
  must(device, feed(device, &n, &seed, 0, ITEMS));
  must(device, device->backend->replay(device, n.recording));
  check_all(device, &n);
  cr_assert(s->count == WEFT_CL_SLOTS);
  int largest = 0;
  for (const weft_cl_slot *slot = s->oldest; slot; slot = slot->next) largest += slot->capacity == WEFT_CL_SLOT_BYTES;
  cr_assert(largest == 1, "%d slots have grown", largest);
  close_network(device, &n);
}
Test(feeds, opencl_does_not_wait_for_kernels, .timeout = 120) {
  hook();
  each_device_of("opencl", check_stall);
}

/* Whatever memory is refused, steps see the same. */
static void check_refused(weft_device *device) {
  const weft_cl_staging *s = &weft_cl(device)->staging;
  const int asked = fails;
  fails = 0;
  network n = open_network(device, STEPS);
  fails = asked;
  run_steps(device, &n);
  cr_assert(!fails || !has_landed(device) || fails != 'l', "landings were refused");
  cr_assert((fails == 0 || fails == 'l') == (s->oldest->pinned != NULL), "'%c': pinned", fails);
  cr_assert((fails == 'q') == !s->queue);
  cr_assert(fails != 'l' || !s->lands);
  fails = 0;
  run_steps(device, &n); /* what is there again is not asked for, and not missed */
  close_network(device, &n);
}

#define REFUSED(name, what)                                                                                            \
  Test(feeds, name, .timeout = 120) {                                                                                  \
    hook();                                                                                                            \
    fails = what;                                                                                                      \
    each_device_of("opencl", check_refused);                                                                           \
  }
REFUSED(opencl_does_without_pinned_memory, 'p')
REFUSED(opencl_does_without_mapped_memory, 'm')
REFUSED(opencl_does_without_landings, 'l')
REFUSED(opencl_does_without_a_second_queue, 'q')

/* A read that fails halfway leaves nothing on its way. */
static void check_failed_read(weft_device *device) {
  unsigned seed = 17;
  network n = open_network(device, 1);
  must(device, feed(device, &n, &seed, 0, ITEMS));
  fails = 'r';
  must_fail(device, device->backend->read(device, n.in, 0, n.found, BYTES), WEFT_NO_MEMORY, "clEnqueueReadBuffer");
  fails = 0;
  must(device, device->backend->replay(device, n.recording));
  check_all(device, &n);
  close_network(device, &n);
}
Test(feeds, opencl_reads_again_after_a_failure) {
  hook();
  each_device_of("opencl", check_failed_read);
}
#endif

/* ---- Vulkan ---- */

#ifdef WEFT_HAVE_VULKAN
static void check_families(const VkQueueFlags *flags, const uint32_t *counts, uint32_t n, uint32_t first,
                           uint32_t expected) {
  VkQueueFamilyProperties families[4] = {{0}};
  for (uint32_t i = 0; i < n; i++)
    families[i] = (VkQueueFamilyProperties){.queueFlags = flags[i], .queueCount = counts[i]};
  uint32_t got = weft_vk_feed_family(families, n, first);
  cr_assert(got == expected, "family %u, not %u", got, expected);
}

Test(feeds, vulkan_takes_the_queue_that_copies) {
  enum {
    G = VK_QUEUE_GRAPHICS_BIT,
    C = VK_QUEUE_COMPUTE_BIT,
    T = VK_QUEUE_TRANSFER_BIT,
    S = VK_QUEUE_SPARSE_BINDING_BIT,
    VIDEO = 0x20
  };
  check_families((VkQueueFlags[]){G | C | T | S, T | S, C | T | S}, (uint32_t[]){16, 2, 8}, 3, 2, 1);
  check_families((VkQueueFlags[]){G | C | T, T | VIDEO, T}, (uint32_t[]){1, 1, 1}, 3, 0, 2);
  check_families((VkQueueFlags[]){G | C | T, T | VIDEO}, (uint32_t[]){1, 1}, 2, 0, WEFT_VK_NO_FAMILY);
  check_families((VkQueueFlags[]){G | C | T, C | T}, (uint32_t[]){1, 4}, 2, 1, 1);
  check_families((VkQueueFlags[]){G | C | T, C | T}, (uint32_t[]){1, 1}, 2, 1, 0);
  check_families((VkQueueFlags[]){G | C | T, T}, (uint32_t[]){1, 0}, 2, 0, WEFT_VK_NO_FAMILY);
  check_families((VkQueueFlags[]){G | C | T}, (uint32_t[]){1}, 1, 0, WEFT_VK_NO_FAMILY);
}

static weft_vk_api real_vk;
static int vk_waits, vk_count, vk_fails; /* vk_fails: the how manieth call from now on fails; 0: none */

static VKAPI_ATTR VkResult VKAPI_CALL counting_fences(VkDevice device, uint32_t count, const VkFence *fences,
                                                      VkBool32 all, uint64_t timeout) {
  vk_waits++;
  return real_vk.vkWaitForFences(device, count, fences, all, timeout);
}

static VKAPI_ATTR VkResult VKAPI_CALL never_ready(VkDevice device, VkFence fence) {
  (void)device, (void)fence;
  return VK_NOT_READY;
}

static VKAPI_ATTR VkResult VKAPI_CALL failing_allocate(VkDevice device, const VkMemoryAllocateInfo *info,
                                                       const VkAllocationCallbacks *callbacks, VkDeviceMemory *out) {
  if (++vk_count == vk_fails) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  return real_vk.vkAllocateMemory(device, info, callbacks, out);
}

static VKAPI_ATTR VkResult VKAPI_CALL failing_submit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos,
                                                     VkFence fence) {
  if (++vk_count == vk_fails) return VK_ERROR_OUT_OF_HOST_MEMORY;
  return real_vk.vkQueueSubmit(queue, count, infos, fence);
}

/* A device that never tells that it is done: nothing waits before all batches are on their way. */
static void check_waits(weft_device *device) {
  weft_vk_state *state = weft_vk(device);
  unsigned seed = 19;
  network n = open_network(device, 1);
  must(device, device->backend->sync(device));
  real_vk = state->vk;
  state->vk.vkWaitForFences = counting_fences;
  state->vk.vkGetFenceStatus = never_ready;
  vk_waits = 0;
  for (int i = 0; i < WEFT_VK_BATCHES - 1; i++) {
    must(device, feed(device, &n, &seed, (unsigned)i * 1000, MIB));
    must(device, device->backend->replay(device, n.recording));
  }
  cr_assert(vk_waits == 0, "nothing waits while there are batches");
  for (int i = 0; i < 2; i++) { /* the second write submits the replay that is held */
    must(device, feed(device, &n, &seed, 33, MIB));
    must(device, device->backend->replay(device, n.recording));
  }
  cr_assert(vk_waits > 0, "the ring is full");
  for (int i = 0; i < 2 * WEFT_VK_BATCHES; i++) {
    must(device, feed(device, &n, &seed, (unsigned)i * 500, MIB + (unsigned)i));
    must(device, device->backend->replay(device, n.recording));
  }
  check_all(device, &n);
  state->vk = real_vk;
  cr_assert(has_landed(device));
  close_network(device, &n);
}
Test(feeds, vulkan_does_not_wait_for_kernels) {
  apart();
  each_device_of("vulkan", check_waits);
}

/* Without memory for staging a write fails, and may be tried again; without a landing it takes its turn. */
static int refused, failed;
static void check_no_memory(weft_device *device) {
  weft_vk_state *state = weft_vk(device);
  unsigned seed = 29;
  network n = open_network(device, STEPS);
  must(device, device->backend->replay(device, n.recording));
  real_vk = state->vk;
  state->vk.vkAllocateMemory = failing_allocate;
  vk_count = 0;
  for (int step = 0; step < 4; step++) {
    if (feed(device, &n, &seed, (unsigned)step, ITEMS - 10) != WEFT_OK) {
      failed++;
      must_fail(device, device->error.status, WEFT_NO_DEVICE_MEMORY, "vkAllocateMemory");
      must(device, feed(device, &n, &seed, (unsigned)step, ITEMS - 10));
    }
    must(device, device->backend->replay(device, n.recording));
  }
  state->vk = real_vk;
  refused += !state->feeds;
  check_all(device, &n);
  run_steps(device, &n);
  close_network(device, &n);
}
Test(feeds, vulkan_does_without_landings, .timeout = 120) {
  apart();
  for (vk_fails = 1; vk_fails <= 4; vk_fails++) each_device_of("vulkan", check_no_memory);
  cr_assert(refused > 0 && failed > 0, "%d landings and %d of staging memory", refused, failed);
}

/* A submission that fails takes its writes with it; those after it arrive. The first is that of the feed, the second
 * that of the batch which waits for it. */
static void check_failed_submit(weft_device *device) {
  weft_vk_state *state = weft_vk(device);
  unsigned seed = 23;
  network n = open_network(device, STEPS);
  real_vk = state->vk;
  for (int at = 1; at <= 2; at++) {
    must(device, device->backend->sync(device));
    must(device, device->backend->replay(device, n.recording));
    state->vk.vkQueueSubmit = failing_submit;
    vk_count = 0;
    vk_fails = at;
    must(device, feed(device, &n, &seed, 0, MIB));
    must_fail(device, device->backend->replay(device, n.recording), WEFT_NO_MEMORY, "vkQueueSubmit");
    state->vk = real_vk;
    must(device, feed(device, &n, &seed, 0, MIB));
    must(device, device->backend->replay(device, n.recording));
    check_all(device, &n);
    for (int i = 0; i < 2 * WEFT_VK_BATCHES; i++) { /* the ring comes round to the batch that failed */
      must(device, feed(device, &n, &seed, (unsigned)i, MIB));
      must(device, device->backend->replay(device, n.recording));
    }
    check_all(device, &n);
  }
  cr_assert(has_landed(device));
  close_network(device, &n);
}
Test(feeds, vulkan_goes_on_after_a_failed_submission) {
  apart();
  each_device_of("vulkan", check_failed_submit);
}

/* ---- Vulkan, on a driver with two families of queues (card.c) ---- */

/* The library that a driver's manifest names, the one for CPUs if there is one; "": none is installed. */
static void find_driver(char *out, size_t size) {
  static const char *const patterns[] = {"/usr/share/vulkan/icd.d/lvp*.json", "/etc/vulkan/icd.d/lvp*.json",
                                         "/usr/share/vulkan/icd.d/*.json", "/etc/vulkan/icd.d/*.json"};
  glob_t found = {0};
  void *text = NULL;
  size_t length;
  out[0] = 0;
  for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) glob(patterns[i], i ? GLOB_APPEND : 0, NULL, &found);
  if (found.gl_pathc && weft_file_read(found.gl_pathv[0], &text, &length, NULL) == WEFT_OK) {
    const char *at = strstr(text, "\"library_path\"");
    if (at) at = strchr(at, ':');
    if (at) at = strchr(at, '"');
    if (at) snprintf(out, size, "%.*s", (int)strcspn(at + 1, "\""), at + 1);
  }
  free(text);
  globfree(&found);
}

/* Buffers that were made for both families. */
static VkBuffer for_both[256];
static size_t n_for_both;
static VKAPI_ATTR VkResult VKAPI_CALL noting_buffer(VkDevice device, const VkBufferCreateInfo *info,
                                                    const VkAllocationCallbacks *callbacks, VkBuffer *out) {
  VkResult result = real_vk.vkCreateBuffer(device, info, callbacks, out);
  if (result == VK_SUCCESS && info->sharingMode == VK_SHARING_MODE_CONCURRENT && info->queueFamilyIndexCount == 2)
    for_both[n_for_both++ % 256] = *out;
  return result;
}

static int is_for_both(const weft_vk_memory *memory) {
  size_t i = 0;
  while (i < 256 && for_both[i] != memory->buffer) i++;
  return i < 256 || !memory->size;
}

static void check_card(weft_device *device) {
  weft_vk_state *state = weft_vk(device);
  cr_assert(state->feeds && state->feed_family != state->family && state->feed_queue != state->queue);
  real_vk = state->vk;
  state->vk.vkCreateBuffer = noting_buffer;
  check_steps(device);
  state->vk = real_vk;
  for (int i = 0; i < WEFT_VK_BATCHES; i++)
    cr_assert(is_for_both(&state->batches[i].staging) && is_for_both(&state->batches[i].landing), "batch %d", i);
  check_waits(device);
  check_failed_submit(device);
  check_freed(device);
}
Test(feeds, vulkan_uses_a_queue_of_another_family, .timeout = 120) {
  char driver[1024], manifest[] = "/tmp/weft-card-XXXXXX.json", text[3072];
  find_driver(driver, sizeof driver);
  if (!driver[0]) cr_skip_test("no Vulkan driver");
  int n = snprintf(
      text, sizeof text,
      "{\"file_format_version\": \"1.0.0\", \"ICD\": {\"library_path\": \"%s\", \"api_version\": \"1.1.0\"}}", CARD);
  int file = mkstemps(manifest, 5);
  cr_assert(file >= 0 && write(file, text, (size_t)n) == n);
  close(file);
  setenv("CARD_DRIVER", driver, 1);
  setenv("VK_DRIVER_FILES", manifest, 1);
  setenv("VK_ICD_FILENAMES", manifest, 1);
  apart();
  weft_device *device = weft_device_open("vulkan:0");
  must(device, weft_device_status(device));
  check_card(device);
  weft_device_close(device);
  unlink(manifest);
}
#endif
