/* test_record.c -- recordings: offsets, dependent dispatches, replays behind each other, timestamps, refusals. */
#include "support.h"
#include <stdlib.h>
#include <string.h>

enum { ITEMS = 1024, BYTES = ITEMS * 4, CHAIN = 100 };

static void ints(int *data, int first) {
  for (int i = 0; i < ITEMS; i++) data[i] = first + 7 * i;
}

/* Each dispatch turns the ring of the one before by one and adds one. */
static void check_chain(weft_device *device) {
  const weft_backend *b = device->backend;
  weft_kernel *kernel = build_kernel(device, "turn", 2, 64, 1, 1);
  weft_buffer *buffer = new_buffer(device, 2 * BYTES);
  weft_binding bindings[2][2] = {{{buffer, 0, BYTES}, {buffer, BYTES, BYTES}},
                                 {{buffer, BYTES, BYTES}, {buffer, 0, BYTES}}};
  weft_dispatch dispatches[CHAIN];
  for (int i = 0; i < CHAIN; i++) dispatches[i] = (weft_dispatch){kernel, bindings[i % 2], {ITEMS / 64, 1, 1}, 1};
  weft_recording *recording;
  must(device, b->record(device, dispatches, CHAIN, &recording));
  memset(bindings, 0, sizeof bindings); /* what dispatches point to was copied */
  int data[ITEMS], out[ITEMS];
  ints(data, -5);
  must(device, b->write(device, buffer, 0, data, sizeof data));
  for (int replay = 1; replay <= 3; replay++) {
    must(device, b->replay(device, recording));
    must(device, b->read(device, buffer, 0, out, sizeof out));
    for (int i = 0; i < ITEMS; i++)
      cr_assert(out[i] == data[(i + replay * CHAIN) % ITEMS] + replay * CHAIN, "%s: replay %d, %d: %d", device->info.id,
                replay, i, out[i]);
  }
  double seconds[CHAIN], sum = 0;
  for (int i = 0; i < CHAIN; i++) seconds[i] = -1;
  must(device, b->replay_timed(device, recording, seconds));
  for (int i = 0; i < CHAIN; i++) {
    cr_assert(seconds[i] >= 0 && seconds[i] < 60, "%s: %g s", device->info.id, seconds[i]);
    sum += seconds[i];
  }
  cr_assert(sum > 0, "%s: no time passed", device->info.id);
  must(device, b->replay_timed(device, recording, seconds));
  must(device, b->read(device, buffer, 0, out, sizeof out)); /* timed replays compute too */
  for (int i = 0; i < ITEMS; i++) cr_assert(out[i] == data[(i + 5 * CHAIN) % ITEMS] + 5 * CHAIN, "%s", device->info.id);
  b->recording_free(device, recording);
  b->kernel_free(device, kernel);
  b->buffer_free(device, buffer);
}
Test(record, dependent_dispatches_see_each_other) { each_device(check_chain); }

/* More replays than submissions can be on their way, each with its own input, and none waited for. */
static void check_pipeline(weft_device *device) {
  enum { STEPS = 50 };
  const weft_backend *b = device->backend;
  weft_kernel *kernel = build_kernel(device, "turn", 2, 64, 1, 1);
  weft_buffer *in = new_buffer(device, BYTES), *out = new_buffer(device, BYTES),
              *all = new_buffer(device, STEPS * BYTES);
  weft_recording *recording = record_one(device, kernel, (weft_buffer *[]){in, out}, ITEMS / 64);
  int data[ITEMS], *results = malloc((size_t)STEPS * BYTES);
  for (int step = 0; step < STEPS; step++) {
    ints(data, step * 1000);
    must(device, b->write(device, in, 0, data, sizeof data));
    must(device, b->replay(device, recording));
    must(device, b->copy(device, out, 0, all, (uint64_t)step * BYTES, BYTES));
  }
  must(device, b->read(device, all, 0, results, (uint64_t)STEPS * BYTES));
  for (int step = 0; step < STEPS; step++)
    for (int i = 0; i < ITEMS; i++)
      cr_assert(results[step * ITEMS + i] == step * 1000 + 7 * ((i + 1) % ITEMS) + 1, "%s: step %d, %d",
                device->info.id, step, i);
  /* Freed while it may still be on its way. */
  must(device, b->replay(device, recording));
  b->recording_free(device, recording);
  must(device, b->sync(device));
  b->kernel_free(device, kernel);
  b->buffer_free(device, in);
  b->buffer_free(device, out);
  b->buffer_free(device, all);
  free(results);
}
Test(record, replays_follow_each_other_in_order) { each_device(check_pipeline); }

/* Independent dispatches without barriers on many parts of one buffer. */
static void check_offsets(weft_device *device) {
  enum { PARTS = 40 };
  const weft_backend *b = device->backend;
  uint64_t align = device->limits.buffer_align, stride = (BYTES + align - 1) / align * align;
  weft_kernel *kernel = build_kernel(device, "turn", 2, 64, 1, 1);
  weft_buffer *in = new_buffer(device, BYTES), *slab = new_buffer(device, PARTS * stride + 12);
  weft_binding bindings[PARTS][2];
  weft_dispatch dispatches[PARTS];
  for (int p = 0; p < PARTS; p++) {
    bindings[p][0] = (weft_binding){in, 0, BYTES};
    bindings[p][1] = (weft_binding){slab, (uint64_t)(p ^ 1) * stride, BYTES};
    dispatches[p] = (weft_dispatch){kernel, bindings[p], {ITEMS / 64, 1, 1}, 0};
  }
  weft_recording *recording;
  must(device, b->record(device, dispatches, PARTS, &recording));
  int data[ITEMS], out[ITEMS];
  ints(data, 3);
  must(device, b->clear(device, slab, 0, PARTS * stride + 12));
  must(device, b->write(device, in, 0, data, sizeof data));
  must(device, b->replay(device, recording));
  for (int p = 0; p < PARTS; p++) {
    must(device, b->read(device, slab, (uint64_t)p * stride, out, sizeof out));
    for (int i = 0; i < ITEMS; i++) cr_assert(out[i] == data[(i + 1) % ITEMS] + 1, "%s: part %d", device->info.id, p);
  }
  b->recording_free(device, recording);
  b->kernel_free(device, kernel);
  b->buffer_free(device, in);
  b->buffer_free(device, slab);
}
Test(record, bindings_at_offsets) { each_device(check_offsets); }

static void check_grid(weft_device *device) {
  enum { X = 12, Y = 6, Z = 5 };
  weft_kernel *kernel = build_kernel(device, "grid", 1, 4, 2, 1);
  weft_buffer *buffer = new_buffer(device, X * Y * Z * 4);
  weft_binding binding = {buffer, 0, buffer->size};
  weft_dispatch dispatch = {kernel, &binding, {X / 4, Y / 2, Z}, 1};
  weft_recording *recording;
  int out[Z][Y][X];
  must(device, device->backend->record(device, &dispatch, 1, &recording));
  must(device, device->backend->replay(device, recording));
  must(device, device->backend->read(device, buffer, 0, out, sizeof out));
  for (int z = 0; z < Z; z++)
    for (int y = 0; y < Y; y++)
      for (int x = 0; x < X; x++) cr_assert(out[z][y][x] == (z * 1000 + y) * 1000 + x, "%s", device->info.id);
  device->backend->recording_free(device, recording);
  device->backend->kernel_free(device, kernel);
  device->backend->buffer_free(device, buffer);
}
Test(record, three_directions) { each_device(check_grid); }

static void check_empty(weft_device *device) {
  weft_recording *recording;
  must(device, device->backend->record(device, NULL, 0, &recording));
  must(device, device->backend->replay(device, recording));
  must(device, device->backend->replay_timed(device, recording, NULL));
  must(device, device->backend->sync(device));
  device->backend->recording_free(device, recording);
  device->backend->recording_free(device, NULL);
}
Test(record, an_empty_recording_does_nothing) { each_device(check_empty); }

static void check_refusals(weft_device *device) {
  const weft_backend *b = device->backend;
  weft_kernel *kernel = build_kernel(device, "turn", 2, 64, 1, 1);
  weft_buffer *buffer = new_buffer(device, 4 * BYTES);
  const weft_binding good = {buffer, 0, BYTES};
  static const char *const words[] = {"no buffer", "not a multiple", "does not lie", "does not lie", "does not lie"};
  const weft_binding bad[] = {
      {NULL, 0, BYTES}, {buffer, 4, BYTES}, {buffer, 0, 4 * BYTES + 4}, {buffer, UINT64_MAX, 8}, {buffer, 0, 0}};
  weft_recording *recording;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    weft_binding bindings[2] = {good, bad[i]};
    weft_dispatch dispatch = {kernel, bindings, {1, 1, 1}, 0};
    must_fail(device, b->record(device, &dispatch, 1, &recording), WEFT_BAD_ARGUMENT, words[i]);
    must_fail(device, b->record(device, &dispatch, 1, &recording), WEFT_BAD_ARGUMENT, "kernel turn: binding 1");
    cr_assert(recording == NULL);
  }
  weft_binding bindings[2] = {good, good};
  weft_dispatch dispatch = {kernel, bindings, {1, 0, 1}, 0};
  must_fail(device, b->record(device, &dispatch, 1, &recording), WEFT_BAD_ARGUMENT, "0 work-groups in direction 1");
  dispatch.groups[1] = UINT32_MAX;
  must_fail(device, b->record(device, &dispatch, 1, &recording), WEFT_BAD_ARGUMENT, "work-groups in direction 1");
  b->kernel_free(device, kernel);
  b->buffer_free(device, buffer);
}
Test(record, bad_dispatches_are_refused_with_a_text) { each_device(check_refusals); }
