/* test_buffer.c -- write, read, copy and clear against a model in host memory, on every device. */
#include "support.h"
#include <stdlib.h>
#include <string.h>

/* The same numbers everywhere (xorshift). */
static uint32_t next(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static void fill(unsigned char *data, size_t size, uint32_t seed) {
  for (size_t i = 0; i < size; i++) data[i] = (unsigned char)(next(&seed) >> 8);
}

static void check_round_trips(weft_device *device) {
  static const struct {
    uint64_t buffer, offset, size;
  } cases[] = {{1, 0, 1}, {4, 0, 4}, {7, 3, 4}, {64, 63, 1}, {4099, 0, 4099}, {4099, 17, 4001}, {1 << 20, 5, 77777}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    weft_buffer *buffer = new_buffer(device, cases[i].buffer);
    unsigned char *out = malloc(cases[i].size), *data = malloc(cases[i].size);
    fill(data, cases[i].size, (uint32_t)i + 1);
    memset(out, 0, cases[i].size);
    must(device, device->backend->write(device, buffer, cases[i].offset, data, cases[i].size));
    must(device, device->backend->read(device, buffer, cases[i].offset, out, cases[i].size));
    cr_assert(memcmp(out, data, cases[i].size) == 0, "%s: case %zu", device->info.id, i);
    device->backend->buffer_free(device, buffer);
    free(out);
    free(data);
  }
}
Test(buffer, what_is_written_is_read) { each_device(check_round_trips); }

enum { SIZE = 5003, N_BUFFERS = 3, STEPS = 600 };

/* Random operations without a wait in between, so that their order on the device is what is tested. */
static void check_operations(weft_device *device) {
  weft_buffer *buffers[N_BUFFERS];
  unsigned char *model[N_BUFFERS], data[SIZE], out[SIZE];
  uint32_t seed = 12345;
  for (int b = 0; b < N_BUFFERS; b++) {
    buffers[b] = new_buffer(device, SIZE);
    model[b] = calloc(SIZE, 1);
    must(device, device->backend->clear(device, buffers[b], 0, SIZE));
  }
  for (int step = 0; step < STEPS; step++) {
    uint32_t b = next(&seed) % N_BUFFERS, c = (b + 1) % N_BUFFERS, kind = next(&seed) % 16;
    size_t from = next(&seed) % SIZE, to = next(&seed) % SIZE, size = next(&seed) % SIZE;
    if (size > SIZE - from) size = SIZE - from;
    if (size > SIZE - to) size = SIZE - to;
    if (kind < 6) {
      fill(data, size, seed);
      must(device, device->backend->write(device, buffers[b], from, data, size));
      memcpy(model[b] + from, data, size);
      memset(data, 0xee, size); /* the device must have its own copy */
    } else if (kind < 10) {
      must(device, device->backend->copy(device, buffers[b], from, buffers[c], to, size));
      memcpy(model[c] + to, model[b] + from, size);
    } else if (kind < 13) {
      must(device, device->backend->clear(device, buffers[b], from, size));
      memset(model[b] + from, 0, size);
    } else if (kind < 15) {
      must(device, device->backend->read(device, buffers[b], from, out, size));
      cr_assert(memcmp(out, model[b] + from, size) == 0, "%s: step %d", device->info.id, step);
    } else {
      must(device, device->backend->sync(device));
    }
  }
  for (int b = 0; b < N_BUFFERS; b++) {
    must(device, device->backend->read(device, buffers[b], 0, out, SIZE));
    cr_assert(memcmp(out, model[b], SIZE) == 0, "%s: buffer %d", device->info.id, b);
    device->backend->buffer_free(device, buffers[b]);
    free(model[b]);
  }
}
Test(buffer, operations_take_effect_in_order) { each_device(check_operations); }

/* More than any staging memory holds at once. The copy in front keeps the device from being idle. */
static void check_large(weft_device *device) {
  const size_t size = (40 << 20) + 13;
  unsigned char *data = malloc(size), *out = malloc(size);
  weft_buffer *buffer = new_buffer(device, size), *other = new_buffer(device, size);
  fill(data, size, 99);
  must(device, device->backend->clear(device, other, 0, size));
  must(device, device->backend->write(device, buffer, 0, data, size));
  must(device, device->backend->copy(device, buffer, 0, other, 0, size));
  must(device, device->backend->write(device, buffer, 1, data, size - 1));
  must(device, device->backend->read(device, other, 0, out, size));
  cr_assert(memcmp(out, data, size) == 0, "%s", device->info.id);
  must(device, device->backend->read(device, buffer, 0, out, size));
  cr_assert(memcmp(out + 1, data, size - 1) == 0 && out[0] == data[0], "%s", device->info.id);
  device->backend->buffer_free(device, buffer);
  device->backend->buffer_free(device, other);
  free(out);
  free(data);
}
Test(buffer, large_transfers) { each_device(check_large); }

/* Large buffers may lie in memory of another kind: freed while commands on them are on their way, and made again. */
static void check_large_lives(weft_device *device) {
  const uint64_t size = (uint64_t)20 << 20, last = size - 4;
  const uint32_t word = 0x600df00d;
  for (int round = 0; round < 4; round++) {
    weft_buffer *from = new_buffer(device, size), *to = new_buffer(device, size);
    uint32_t found = 0;
    must(device, device->backend->write(device, from, last, &word, sizeof word));
    must(device, device->backend->copy(device, from, 0, to, 0, size));
    device->backend->buffer_free(device, from);
    must(device, device->backend->read(device, to, last, &found, sizeof found));
    cr_assert_eq(found, word, "%s: %x", device->info.id, (unsigned)found);
    must(device, device->backend->clear(device, to, 0, size));
    device->backend->buffer_free(device, to);
  }
}
Test(buffer, large_ones_outlive_what_is_enqueued) { each_device(check_large_lives); }

/* Many small writes in a row: staging memory is used again. */
static void check_many(weft_device *device) {
  enum { COUNT = 20000 };
  weft_buffer *buffer = new_buffer(device, COUNT * 4);
  uint32_t *out = malloc(COUNT * 4);
  for (uint32_t i = 0; i < COUNT; i++) must(device, device->backend->write(device, buffer, i * 4, &i, 4));
  must(device, device->backend->read(device, buffer, 0, out, COUNT * 4));
  for (uint32_t i = 0; i < COUNT; i++) cr_assert(out[i] == i, "%s: %u is %u", device->info.id, i, out[i]);
  device->backend->buffer_free(device, buffer);
  free(out);
}
Test(buffer, many_small_writes) { each_device(check_many); }

static void check_errors(weft_device *device) {
  const weft_backend *b = device->backend;
  weft_buffer *buffer = new_buffer(device, 100), *none = NULL;
  char data[200] = {0};
  must_fail(device, b->write(device, buffer, 0, data, 101), WEFT_BAD_ARGUMENT, "write: bytes 0 to 101");
  must_fail(device, b->read(device, buffer, 100, data, 1), WEFT_BAD_ARGUMENT, "buffer of 100 bytes");
  must_fail(device, b->read(device, buffer, UINT64_MAX, data, 2), WEFT_BAD_ARGUMENT, "read");
  must_fail(device, b->clear(device, buffer, 1, 100), WEFT_BAD_ARGUMENT, "clear");
  must_fail(device, b->copy(device, buffer, 0, buffer, 50, 51), WEFT_BAD_ARGUMENT, "copy to");
  must_fail(device, b->copy(device, buffer, 0, buffer, 10, 20), WEFT_BAD_ARGUMENT, "overlap");
  must_fail(device, b->buffer_new(device, 0, &none), WEFT_BAD_ARGUMENT, "0 bytes");
  must_fail(device, b->buffer_new(device, UINT64_MAX, &none), WEFT_NO_DEVICE_MEMORY, device->info.id);
  cr_assert(none == NULL);
  /* A failed call is forgotten by the next; nothing of size 0 fails. */
  must(device, b->copy(device, buffer, 0, buffer, 50, 50));
  must(device, b->write(device, buffer, 100, data, 0));
  must(device, b->read(device, buffer, 100, data, 0));
  must(device, b->clear(device, buffer, 100, 0));
  cr_assert_str_eq(device->error.message, "");
  cr_assert(weft_device_status(device) == WEFT_OK);
  b->buffer_free(device, buffer);
  b->buffer_free(device, NULL);
}
Test(buffer, bad_ranges_are_refused_with_a_text) { each_device(check_errors); }
