/* test_join.c -- many dispatches as one launch: what depends on what is kept, replay after replay; what cannot join is
 * launched alone; the limits of one launch. */
#include "support.h"
#ifdef WEFT_HAVE_OPENCL
#include "device/opencl/opencl.h"
#include <stdlib.h>
#include <string.h>

enum { GROUPS = 64, ITEMS = GROUPS * 16, BYTES = ITEMS * 4, CHAIN = 40 };

static weft_kernel *joining(weft_device *device, const char *name, int joins) {
  char *text = kernel_text(device, name);
  weft_kernel_source source = {
      .entry = name, .text = text, .n_bindings = 2, .written = 2, .local = {1, 1, 1}, .joins = joins};
  weft_kernel *kernel;
  must(device, device->backend->kernels_new(device, &source, 1, &kernel));
  free(text);
  return kernel;
}

typedef struct chain {
  weft_buffer *buffers[2];
  weft_binding bindings[2][2];
  weft_dispatch dispatches[CHAIN];
} chain;

/* Each dispatch turns what the one before wrote, to the other buffer. kernels[i] is used by every second one. */
static chain chain_of(weft_device *device, weft_kernel *const kernels[2]) {
  chain c = {.buffers = {new_buffer(device, BYTES), new_buffer(device, BYTES)}};
  for (int i = 0; i < 2; i++) {
    c.bindings[i][0] = (weft_binding){c.buffers[i], 0, BYTES};
    c.bindings[i][1] = (weft_binding){c.buffers[1 - i], 0, BYTES};
  }
  for (int i = 0; i < CHAIN; i++) c.dispatches[i] = (weft_dispatch){kernels[i % 2], NULL, {GROUPS, 1, 1}, 1};
  return c;
}

static void check_replays(weft_device *device, weft_kernel *const kernels[2]) {
  const weft_backend *b = device->backend;
  chain c = chain_of(device, kernels);
  for (int i = 0; i < CHAIN; i++) c.dispatches[i].bindings = c.bindings[i % 2];
  weft_recording *recording;
  must(device, b->record(device, c.dispatches, CHAIN, &recording));
  int data[ITEMS], out[ITEMS];
  for (int i = 0; i < ITEMS; i++) data[i] = 3 * i;
  must(device, b->write(device, c.buffers[0], 0, data, BYTES));
  for (int replay = 1; replay <= 200; replay++) {
    must(device, b->replay(device, recording));
    if (replay % 50) continue;
    must(device, b->read(device, c.buffers[0], 0, out, BYTES));
    for (int i = 0; i < ITEMS; i++)
      cr_assert(out[i] == data[(i + 16 * replay * CHAIN) % ITEMS] + replay * CHAIN, "%s: replay %d, %d: %d",
                device->info.id, replay, i, out[i]);
  }
  b->recording_free(device, recording);
  for (int i = 0; i < 2; i++) b->buffer_free(device, c.buffers[i]);
}

static void check_chain(weft_device *device) {
  weft_kernel *ring = joining(device, "ring", 1), *alone = joining(device, "ring", 0),
              *hidden = joining(device, "hidden", 1);
  check_replays(device, (weft_kernel *[]){ring, ring});
  check_replays(device, (weft_kernel *[]){ring, alone});
  check_replays(device, (weft_kernel *[]){ring, hidden}); /* does not build as functions: falls back */
  device->backend->kernel_free(device, ring);
  device->backend->kernel_free(device, alone);
  device->backend->kernel_free(device, hidden);
}
Test(join, joined_dispatches_see_each_other) { each_device_of("opencl", check_chain); }

/* Replays that follow each other become rounds of one launch, and writes in between keep their place. */
static void check_rounds(weft_device *device) {
  enum { STEPS = 4, REPLAYS = 500 };
  const weft_backend *b = device->backend;
  const weft_cl_rounds *rounds = &weft_cl(device)->rounds;
  weft_kernel *ring = joining(device, "ring", 1);
  chain c = chain_of(device, (weft_kernel *[]){ring, ring});
  for (int i = 0; i < STEPS; i++) c.dispatches[i].bindings = c.bindings[i % 2];
  weft_recording *recording;
  must(device, b->record(device, c.dispatches, STEPS, &recording));
  int now[ITEMS], next[ITEMS], out[ITEMS], most = 0;
  for (int replay = 0; replay < REPLAYS; replay++) {
    int in_a_row = replay > 200 && replay < 300; /* more launches at once than there are slots */
    if (in_a_row || replay % 71 == 0) {
      for (int i = 0; i < ITEMS; i++) now[i] = (i + 1) * replay;
      must(device, b->write(device, c.buffers[0], 0, now, BYTES));
    }
    must(device, b->replay(device, recording));
    if (replay == 0) must(device, b->sync(device));
    if (rounds->count > most) most = rounds->count;
    for (int i = 0; i < ITEMS; i++) next[i] = now[(i + 16 * STEPS) % ITEMS] + STEPS;
    memcpy(now, next, BYTES);
  }
  must(device, b->read(device, c.buffers[0], 0, out, BYTES));
  for (int i = 0; i < ITEMS; i++) cr_assert(out[i] == now[i], "%s: %d: %d, not %d", device->info.id, i, out[i], now[i]);
  cr_assert(rounds->is_shared || device->info.device_class != WEFT_CLASS_CPU, "a launch was seen to end");
  int may_be_done = device->info.compute_units == 1; /* a driver without threads runs all in the call */
  cr_assert(most <= WEFT_CL_MOST_ROUNDS && (most > 1 || !rounds->is_shared || may_be_done), "%d rounds at most", most);
  b->recording_free(device, recording);
  b->kernel_free(device, ring);
  for (int i = 0; i < 2; i++) b->buffer_free(device, c.buffers[i]);
}
Test(join, replays_in_a_row_are_rounds) { each_device_of("opencl", check_rounds); }

/* What two recordings, writes of any range and reads leave in two buffers, of which the kernels use the beginning. */
enum { LARGE = 12 * ITEMS };
typedef struct model {
  int values[2][LARGE];
} model;

static void model_replay(model *m, int steps) {
  int from[ITEMS];
  for (int s = 0; s < steps; s++) {
    memcpy(from, m->values[s % 2], BYTES);
    for (int i = 0; i < ITEMS; i++) m->values[1 - s % 2][i] = from[(i + 16) % ITEMS] + 1;
  }
}

static unsigned next_random(unsigned *state, unsigned below) {
  *state = *state * 1664525u + 1013904223u;
  return (*state >> 8) % below;
}

static void check_mixture(weft_device *device) {
  static model m;
  static int data[LARGE];
  static const int steps[2] = {4, 3};
  const weft_backend *b = device->backend;
  const weft_cl_rounds *rounds = &weft_cl(device)->rounds;
  weft_kernel *ring = joining(device, "ring", 1);
  weft_buffer *buffers[2] = {new_buffer(device, sizeof data), new_buffer(device, sizeof data)};
  weft_binding bindings[2][2] = {{{buffers[0], 0, BYTES}, {buffers[1], 0, BYTES}},
                                 {{buffers[1], 0, BYTES}, {buffers[0], 0, BYTES}}};
  weft_dispatch dispatches[4];
  weft_recording *recordings[2];
  unsigned state = 1;
  int most_held = 0;
  for (int i = 0; i < 4; i++) dispatches[i] = (weft_dispatch){ring, bindings[i % 2], {GROUPS, 1, 1}, 1};
  for (int r = 0; r < 2; r++) must(device, b->record(device, dispatches, (size_t)steps[r], &recordings[r]));
  for (int k = 0; k < 2; k++) must(device, b->write(device, buffers[k], 0, m.values[k], sizeof data));
  for (int op = 0; op < 4000; op++) {
    unsigned what = next_random(&state, 100), k = next_random(&state, 2);
    if (what < 40) {
      unsigned grain = what < 35 ? 4 : 1, first = next_random(&state, LARGE / grain) * grain;
      unsigned count = 1 + next_random(&state, LARGE - first);
      for (unsigned i = 0; i < count; i++) m.values[k][first + i] = data[i] = (int)next_random(&state, 1u << 20);
      must(device, b->write(device, buffers[k], 4 * first, data, 4 * count));
    } else if (what < 98) {
      int r = what > 90;
      must(device, b->replay(device, recordings[r]));
      model_replay(&m, steps[r]);
    } else {
      must(device, b->read(device, buffers[k], 0, data, sizeof data));
      cr_assert(memcmp(data, m.values[k], sizeof data) == 0, "%s: after %d calls", device->info.id, op);
    }
    if (rounds->n_held > most_held) most_held = rounds->n_held;
  }
  cr_assert(most_held > 1 || !rounds->is_shared, "writes are held for the next run");
  for (int r = 0; r < 2; r++) b->recording_free(device, recordings[r]);
  for (int k = 0; k < 2; k++) {
    must(device, b->read(device, buffers[k], 0, data, sizeof data));
    cr_assert(memcmp(data, m.values[k], sizeof data) == 0, "%s: in the end", device->info.id);
    b->buffer_free(device, buffers[k]);
  }
  b->kernel_free(device, ring);
}
Test(join, writes_between_runs_keep_their_place) { each_device_of("opencl", check_mixture); }

static void check_limits(weft_device *device) {
  enum { MANY = 120 };
  if (!weft_cl(device)->merges) {
    cr_log_info("%s is no CPU: nothing is joined\n", device->info.id);
    return;
  }
  const weft_backend *b = device->backend;
  weft_kernel *ring = joining(device, "ring", 1), *alone = joining(device, "ring", 0);
  weft_buffer *buffers[MANY + 1];
  weft_binding bindings[MANY][2];
  weft_dispatch dispatches[MANY];
  for (int i = 0; i <= MANY; i++) buffers[i] = new_buffer(device, BYTES);
  for (int i = 0; i < MANY; i++) {
    bindings[i][0] = (weft_binding){buffers[i], 0, BYTES};
    bindings[i][1] = (weft_binding){buffers[i + 1], 0, BYTES};
    dispatches[i] = (weft_dispatch){ring, bindings[i], {GROUPS, 1, 1}, 1};
  }
  cr_assert(weft_cl_joinable(device, dispatches, 5) == 5);
  size_t n = weft_cl_joinable(device, dispatches, MANY);
  cr_assert(n >= 50 && n < MANY, "a launch takes so many buffers as its arguments hold, not %zu", n + 1);
  cl_mem counters;
  size_t groups;
  cl_kernel kernel = weft_cl_join(device, dispatches, n, &counters, &groups);
  cr_assert(kernel && counters && groups >= 1 && groups <= device->info.compute_units);
  weft_cl(device)->cl->clReleaseKernel(kernel);
  weft_cl(device)->cl->clReleaseMemObject(counters);
  dispatches[3].kernel = alone;
  cr_assert(weft_cl_joinable(device, dispatches, 5) == 3 && weft_cl_joinable(device, &dispatches[3], 2) == 0);
  dispatches[1].groups[1] = 2;
  cr_assert(weft_cl_joinable(device, dispatches, 5) == 1, "groups in one direction");
  b->kernel_free(device, ring);
  b->kernel_free(device, alone);
  for (int i = 0; i <= MANY; i++) b->buffer_free(device, buffers[i]);
}
Test(join, limits_of_a_launch) { each_device_of("opencl", check_limits); }
#endif
