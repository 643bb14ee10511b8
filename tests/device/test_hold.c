/* test_hold.c -- short replays on Vulkan that come faster than the device is done: several go in one submission, in
 * their order, and whatever depends on them submits them first. */
#include "support.h"
#ifdef WEFT_HAVE_VULKAN
#include "device/vulkan/vulkan.h"
#include <stdlib.h>
#include <string.h>

enum { ITEMS = 1024, BYTES = ITEMS * 4 };

static weft_vk_api real_vk;
static int n_submissions, n_commands;

static VKAPI_ATTR VkResult VKAPI_CALL never_ready(VkDevice device, VkFence fence) {
  (void)device, (void)fence;
  return VK_NOT_READY;
}

static VKAPI_ATTR VkResult VKAPI_CALL always_ready(VkDevice device, VkFence fence) {
  return real_vk.vkWaitForFences(device, 1, &fence, VK_TRUE, UINT64_MAX);
}

static VKAPI_ATTR VkResult VKAPI_CALL counting_submit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos,
                                                      VkFence fence) {
  n_submissions++;
  for (uint32_t i = 0; i < count; i++) n_commands += (int)infos[i].commandBufferCount;
  return real_vk.vkQueueSubmit(queue, count, infos, fence);
}

/* Two buffers; the recording turns the first by one place and adds one, into the second, and back. */
typedef struct ring {
  weft_kernel *kernel;
  weft_buffer *buffers[2];
  weft_recording *recording;
  int first, turns; /* what the host wrote: first, first + 1, .. */
} ring;

static void write_ring(weft_device *device, ring *r, int first) {
  int data[ITEMS];
  for (int i = 0; i < ITEMS; i++) data[i] = first + i;
  must(device, device->backend->write(device, r->buffers[0], 0, data, sizeof data));
  r->first = first;
  r->turns = 0;
}

static ring open_ring(weft_device *device, size_t turns) {
  ring r = {.kernel = build_kernel(device, "turn", 2, 64, 1, 1),
            .buffers = {new_buffer(device, BYTES), new_buffer(device, BYTES)}};
  weft_binding bindings[2][2] = {{{r.buffers[0], 0, BYTES}, {r.buffers[1], 0, BYTES}},
                                 {{r.buffers[1], 0, BYTES}, {r.buffers[0], 0, BYTES}}};
  weft_dispatch *dispatches = calloc(turns, sizeof *dispatches);
  for (size_t i = 0; i < turns; i++) dispatches[i] = (weft_dispatch){r.kernel, bindings[i % 2], {ITEMS / 64, 1, 1}, 1};
  must(device, device->backend->record(device, dispatches, turns, &r.recording));
  free(dispatches);
  write_ring(device, &r, 0);
  must(device, device->backend->sync(device));
  return r;
}

static void replay(weft_device *device, ring *r, int times, int turns) {
  for (int i = 0; i < times; i++) must(device, device->backend->replay(device, r->recording));
  r->turns += times * turns;
}

static void check_ring(weft_device *device, const ring *r) {
  int found[ITEMS];
  must(device, device->backend->read(device, r->buffers[0], 0, found, sizeof found));
  for (int i = 0; i < ITEMS; i++) {
    int expected = r->first + (i + r->turns) % ITEMS + r->turns;
    cr_assert(found[i] == expected, "%s: %d is %d, not %d", device->info.id, i, found[i], expected);
  }
}

static void close_ring(weft_device *device, ring *r) {
  device->backend->recording_free(device, r->recording);
  device->backend->kernel_free(device, r->kernel);
  for (int i = 0; i < 2; i++) device->backend->buffer_free(device, r->buffers[i]);
}

/* From here on the device tells that it is done, or not; submissions are counted. */
static void watch(weft_device *device, PFN_vkGetFenceStatus status) {
  weft_vk_state *state = weft_vk(device);
  real_vk = state->vk;
  state->vk.vkGetFenceStatus = status;
  state->vk.vkQueueSubmit = counting_submit;
  n_submissions = n_commands = 0;
}

static void check_busy(weft_device *device) {
  const weft_backend *b = device->backend;
  enum { MANY = 2 + 3 * WEFT_VK_MOST_HELD + 5 };
  ring r = open_ring(device, 2);
  watch(device, never_ready);
  replay(device, &r, MANY, 2);
  cr_assert(n_submissions == 2 + 3 && n_commands == MANY - 5, "%d replays in %d submissions", n_commands,
            n_submissions);
  must(device, b->sync(device)); /* brings the rest */
  cr_assert(n_submissions == 2 + 3 + 1 && n_commands == MANY);
  check_ring(device, &r);

  replay(device, &r, 5, 2); /* so does a write, which comes after them */
  write_ring(device, &r, 1000);
  replay(device, &r, 2, 2);
  write_ring(device, &r, 2000);
  replay(device, &r, 3, 2);
  check_ring(device, &r);

  weft_buffer *copy = new_buffer(device, BYTES), *own = r.buffers[0]; /* a copy of what they made */
  replay(device, &r, 6, 2);
  must(device, b->copy(device, own, 0, copy, 0, BYTES));
  r.buffers[0] = copy;
  check_ring(device, &r);
  r.buffers[0] = own;
  b->buffer_free(device, copy);

  double seconds[2]; /* a replay with times, and the end of the recording */
  replay(device, &r, 4, 2);
  must(device, b->replay_timed(device, r.recording, seconds));
  r.turns += 2;
  check_ring(device, &r);
  replay(device, &r, 4, 2);
  weft_vk(device)->vk.vkGetFenceStatus = always_ready; /* all is done but what is held */
  weft_recording *recording = r.recording;
  r.recording = NULL;
  b->recording_free(device, recording);
  check_ring(device, &r);
  weft_vk(device)->vk = real_vk;
  close_ring(device, &r);
}
Test(hold, many_replays_are_one_submission) { each_device_of("vulkan", check_busy); }

static void expect_each_alone(weft_device *device, PFN_vkGetFenceStatus status, int turns) {
  ring r = open_ring(device, (size_t)turns);
  watch(device, status);
  replay(device, &r, 7, turns);
  cr_assert(n_submissions == 7, "%d submissions of 7 replays", n_submissions);
  check_ring(device, &r);
  weft_vk(device)->vk = real_vk;
  close_ring(device, &r);
}

/* Nothing is held for a device that would wait for it. */
static void check_quick(weft_device *device) { expect_each_alone(device, always_ready, 2); }
Test(hold, a_device_at_rest_gets_each_at_once) { each_device_of("vulkan", check_quick); }

static void check_long(weft_device *device) { expect_each_alone(device, never_ready, 200); }
Test(hold, long_replays_go_alone) { each_device_of("vulkan", check_long); }

static void check_left_out(weft_device *device) { expect_each_alone(device, never_ready, 2); }
Test(hold, may_be_left_out) {
  setenv("WEFT_SKIP", "hold", 1);
  each_device_of("vulkan", check_left_out);
}
#endif
