/* Batches: order, padding, epochs, tensors that do not fit. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/data.h>
#include <weft/ops.h>

enum { COUNT = 23, SIZE = 3, BATCH = 5 };

static weft_device *device;
static weft_graph *graph;
static weft_dataset *data;

/* Sample i is (i, i + 0.25, i + 0.5), its class i % 4. */
static weft_dataset *numbered(int count) {
  float *samples = malloc(sizeof *samples * SIZE * (size_t)count);
  int32_t *classes = malloc(sizeof *classes * (size_t)count);
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < SIZE; j++) samples[i * SIZE + j] = (float)i + 0.25f * (float)j;
    classes[i] = i % 4;
  }
  weft_dataset *dataset =
      weft_dataset_from_arrays(count, WEFT_F32, weft_shape_of(SIZE), samples, WEFT_I32, WEFT_SCALAR_SHAPE, classes);
  free(samples);
  free(classes);
  return dataset;
}

static void begin(void) {
  device = weft_device_open("reference");
  graph = weft_graph_new(device);
  data = numbered(COUNT);
  cr_assert(weft_dataset_status(data) == WEFT_OK && weft_graph_status(graph) == WEFT_OK);
}

static void end(void) {
  weft_dataset_free(data);
  weft_graph_free(graph);
  weft_device_close(device);
}

TestSuite(batches, .init = begin, .fini = end);

static weft_tensor *input_x(int64_t batch) {
  char name[32];
  snprintf(name, sizeof name, "x%d", (int)batch);
  return weft_input(graph, name, WEFT_F32, batch, SIZE);
}

static weft_tensor *input_t(int64_t batch) {
  char name[32];
  snprintf(name, sizeof name, "t%d", (int)batch);
  return weft_input(graph, name, WEFT_I32, batch);
}

/* The numbers of the samples in the tensors: -1 for a row that is filled up. Checks that rows and classes agree. */
static void numbers_of(weft_tensor *x, weft_tensor *t, int batch, int *out) {
  float samples[64 * SIZE];
  int32_t classes[64];
  cr_assert(weft_read(x, samples, sizeof *samples * SIZE * (size_t)batch) == WEFT_OK);
  cr_assert(weft_read(t, classes, sizeof *classes * (size_t)batch) == WEFT_OK);
  for (int i = 0; i < batch; i++) {
    out[i] = classes[i] < 0 ? -1 : (int)samples[i * SIZE];
    cr_assert(classes[i] == (out[i] < 0 ? -1 : out[i] % 4));
    for (int j = 0; j < SIZE; j++)
      cr_assert(samples[i * SIZE + j] == (out[i] < 0 ? 0 : (float)out[i] + 0.25f * (float)j));
  }
}

/* The numbers of a whole epoch in order; returns how many. */
static int epoch(weft_tensor *x, weft_tensor *t, int batch, int *out) {
  int count = 0;
  while (weft_dataset_next(data, x, t)) {
    numbers_of(x, t, batch, out + count);
    count += batch;
  }
  cr_assert(weft_dataset_status(data) == WEFT_OK, "%s", weft_dataset_message(data));
  return count;
}

Test(batches, in_order_and_without_the_rest) {
  weft_tensor *x = input_x(BATCH), *t = input_t(BATCH);
  for (int e = 0; e < 3; e++) {
    int numbers[64];
    cr_assert(epoch(x, t, BATCH, numbers) == 20);
    for (int i = 0; i < 20; i++) cr_assert(numbers[i] == i);
    cr_assert(weft_dataset_valid(data) == BATCH);
  }
}

Test(batches, padded) {
  weft_tensor *x = input_x(BATCH), *t = input_t(BATCH);
  weft_dataset_pad(data, 1);
  for (int e = 0; e < 2; e++) {
    int numbers[64];
    cr_assert(epoch(x, t, BATCH, numbers) == 25);
    for (int i = 0; i < 25; i++) cr_assert(numbers[i] == (i < COUNT ? i : -1));
    cr_assert(weft_dataset_valid(data) == 3);
  }
}

Test(batches, padded_batch_larger_than_the_dataset) {
  weft_tensor *x = input_x(40), *t = input_t(40);
  int numbers[64];
  weft_dataset_pad(data, 1);
  cr_assert(epoch(x, t, 40, numbers) == 40);
  for (int i = 0; i < 40; i++) cr_assert(numbers[i] == (i < COUNT ? i : -1));
  cr_assert(weft_dataset_valid(data) == COUNT);
}

Test(batches, exact_fit_has_no_further_batch) {
  weft_tensor *x = input_x(COUNT), *t = input_t(COUNT);
  int numbers[64];
  cr_assert(epoch(x, t, COUNT, numbers) == COUNT);
  weft_dataset_pad(data, 1);
  cr_assert(epoch(x, t, COUNT, numbers) == COUNT);
}

Test(batches, shuffled_epochs_differ_and_repeat_by_seed) {
  weft_tensor *x = input_x(BATCH), *t = input_t(BATCH);
  int first[3][64], again[3][64], other[64], in_place = 0;
  weft_dataset_pad(data, 1);
  weft_dataset_shuffle(data, 42);
  for (int e = 0; e < 3; e++) cr_assert(epoch(x, t, BATCH, first[e]) == 25);
  for (int e = 0; e < 3; e++) {
    int seen[COUNT] = {0};
    for (int i = 0; i < COUNT; i++) seen[first[e][i]]++, in_place += first[e][i] == i;
    for (int i = 0; i < COUNT; i++) cr_assert(seen[i] == 1, "sample %d in epoch %d: %d times", i, e, seen[i]);
  }
  cr_assert(in_place < 20);
  cr_assert(memcmp(first[0], first[1], sizeof *first[0] * COUNT) &&
            memcmp(first[1], first[2], sizeof *first[0] * COUNT));
  weft_dataset_rewind(data);
  for (int e = 0; e < 3; e++) {
    epoch(x, t, BATCH, again[e]);
    cr_assert(!memcmp(first[e], again[e], sizeof *again[e] * COUNT));
  }
  weft_dataset_shuffle(data, 43);
  epoch(x, t, BATCH, other);
  cr_assert(memcmp(first[0], other, sizeof *other * COUNT));
  weft_dataset *twin = numbered(COUNT);
  weft_dataset *kept = data;
  data = twin;
  weft_dataset_pad(data, 1);
  weft_dataset_shuffle(data, 42);
  epoch(x, t, BATCH, other);
  cr_assert(!memcmp(first[0], other, sizeof *other * COUNT), "another dataset, the same seed");
  weft_dataset_free(twin);
  data = kept;
}

Test(batches, shuffles_are_even) {
  /* Where sample 0 goes over many seeds: each place as often as any other, within five deviations. */
  weft_tensor *x = input_x(COUNT), *t = input_t(COUNT);
  int places[COUNT] = {0}, numbers[64], n = 4600;
  for (int seed = 0; seed < n; seed++) {
    weft_dataset_shuffle(data, (uint64_t)seed);
    cr_assert(weft_dataset_next(data, x, t) == 1);
    numbers_of(x, t, COUNT, numbers);
    for (int i = 0; i < COUNT; i++) places[i] += numbers[i] == 0;
  }
  for (int i = 0; i < COUNT; i++) cr_assert(abs(places[i] - n / COUNT) < 70, "place %d: %d", i, places[i]);
}

Test(batches, the_batch_size_may_change_within_an_epoch) {
  weft_tensor *x = input_x(BATCH), *t = input_t(BATCH), *wide_x = input_x(8), *wide_t = input_t(8);
  int numbers[64];
  cr_assert(weft_dataset_next(data, x, t) == 1);
  cr_assert(weft_dataset_next(data, wide_x, wide_t) == 1);
  numbers_of(wide_x, wide_t, 8, numbers);
  for (int i = 0; i < 8; i++) cr_assert(numbers[i] == 5 + i);
  cr_assert(weft_dataset_next(data, x, t) == 1);
  numbers_of(x, t, BATCH, numbers);
  for (int i = 0; i < BATCH; i++) cr_assert(numbers[i] == 13 + i);
  cr_assert(weft_dataset_next(data, wide_x, wide_t) == 0, "5 samples are no batch of 8");
  cr_assert(weft_dataset_next(data, wide_x, wide_t) == 1);
  numbers_of(wide_x, wide_t, 8, numbers);
  cr_assert(numbers[0] == 0);
}

Test(batches, any_shape_of_a_row) {
  weft_tensor *x = weft_input(graph, "x", WEFT_F32, BATCH, 1, SIZE, 1), *t = weft_input(graph, "t", WEFT_I32, BATCH, 1);
  cr_assert(weft_dataset_next(data, x, t) == 1, "%s", weft_dataset_message(data));
}

Test(batches, whole_numbers_as_samples) {
  int32_t tokens[] = {1, 2, 3, 4, 5, 6}, following[] = {2, 3, 4, 5, 6, 7}, got[4];
  weft_dataset *text =
      weft_dataset_from_arrays(3, WEFT_I32, weft_shape_of(2), tokens, WEFT_I32, weft_shape_of(2), following);
  weft_tensor *x = weft_input(graph, "x", WEFT_I32, 2, 2), *t = weft_input(graph, "t", WEFT_I32, 2, 2);
  cr_assert(weft_dataset_classes(text) == 0);
  weft_dataset_pad(text, 1);
  cr_assert(weft_dataset_next(text, x, t) && weft_dataset_next(text, x, t));
  weft_read(x, got, sizeof got);
  cr_assert_arr_eq(got, ((int32_t[]){5, 6, 0, 0}), sizeof got);
  weft_read(t, got, sizeof got);
  cr_assert_arr_eq(got, ((int32_t[]){6, 7, -1, -1}), sizeof got);
  weft_dataset_free(text);
}

static void expect_failure(weft_tensor *x, weft_tensor *t, weft_status status, const char *message) {
  weft_dataset *fresh = numbered(COUNT);
  cr_expect(weft_dataset_next(fresh, x, t) == 0);
  cr_expect(weft_dataset_status(fresh) == status);
  cr_expect_str_eq(weft_dataset_message(fresh), message);
  cr_expect(weft_dataset_next(fresh, x, t) == 0, "a failure is sticky");
  if (x) {
    cr_expect(weft_graph_status(graph) == status);
    cr_expect_str_eq(weft_graph_message(graph), message);
    weft_graph_clear_error(graph);
  }
  weft_dataset_free(fresh);
}

Test(batches, tensors_that_do_not_fit) {
  weft_tensor *x = input_x(BATCH), *t = input_t(BATCH);
  weft_tensor *narrow = weft_input(graph, "narrow", WEFT_F32, BATCH, 2),
              *whole = weft_input(graph, "whole", WEFT_I32, BATCH, SIZE);
  weft_tensor *real = weft_input(graph, "real", WEFT_F32, BATCH), *short_t = input_t(4);
  weft_tensor *scalar = weft_input_shaped(graph, "scalar", WEFT_F32, WEFT_SCALAR_SHAPE);
  expect_failure(narrow, t, WEFT_BAD_SHAPE, "dataset: narrow (5,2) does not hold a batch of samples of shape (3)");
  expect_failure(whole, t, WEFT_BAD_DTYPE, "dataset: whole is i32, the samples are f32");
  expect_failure(x, real, WEFT_BAD_DTYPE, "dataset: real is f32, the targets are i32");
  expect_failure(x, short_t, WEFT_BAD_SHAPE, "dataset: x5 has a batch of 5, t4 of 4");
  expect_failure(scalar, t, WEFT_BAD_SHAPE, "dataset: scalar () does not hold a batch of samples of shape (3)");
  expect_failure(input_x(24), input_t(24), WEFT_BAD_SHAPE, "dataset: 23 samples do not fill a batch of 24");
  expect_failure(NULL, t, WEFT_BAD_ARGUMENT, "dataset: a tensor is NULL");
  expect_failure(x, NULL, WEFT_BAD_ARGUMENT, "dataset: a tensor is NULL");
}

Test(batches, a_tensor_that_is_no_leaf_cannot_be_written) {
  weft_tensor *x = input_x(BATCH), *t = input_t(BATCH);
  weft_dataset *fresh = numbered(COUNT);
  cr_assert(weft_dataset_next(fresh, weft_reshape(x, weft_shape_of(BATCH, 1, SIZE)), t) == 0);
  cr_assert(weft_dataset_status(fresh) != WEFT_OK && *weft_dataset_message(fresh));
  weft_dataset_free(fresh);
}

Test(batches, bad_arrays) {
  float number = 0;
  int32_t class = 0;
  const struct {
    int64_t count;
    weft_dtype dtype;
    weft_shape shape;
    const void *samples;
    weft_status status;
    const char *message;
  } cases[] = {
      {0, WEFT_F32, WEFT_SCALAR_SHAPE, &number, WEFT_BAD_ARGUMENT,
       "dataset: the number of samples is not in 1 .. 4294967295"},
      {-1, WEFT_F32, WEFT_SCALAR_SHAPE, &number, WEFT_BAD_ARGUMENT,
       "dataset: the number of samples is not in 1 .. 4294967295"},
      {1, WEFT_F32, WEFT_SCALAR_SHAPE, NULL, WEFT_BAD_ARGUMENT, "dataset: an array is NULL"},
      {1, (weft_dtype)9, WEFT_SCALAR_SHAPE, &number, WEFT_BAD_DTYPE, "dataset: unknown dtype 9 of the samples"},
      {1, WEFT_F32, weft_shape_of(2, 0), &number, WEFT_BAD_SHAPE, "dataset: samples of shape (2,0)"},
      {4000000000, WEFT_F32, weft_shape_of(1 << 30, 1 << 20), &number, WEFT_NO_MEMORY,
       "dataset: no memory for 4000000000 samples of shape (1073741824,1048576)"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    weft_dataset *bad = weft_dataset_from_arrays(cases[i].count, cases[i].dtype, cases[i].shape, cases[i].samples,
                                                 WEFT_I32, WEFT_SCALAR_SHAPE, &class);
    cr_expect(weft_dataset_status(bad) == cases[i].status);
    cr_expect_str_eq(weft_dataset_message(bad), cases[i].message);
    cr_expect(weft_dataset_count(bad) == 0 && weft_dataset_next(bad, input_x(BATCH), input_t(BATCH)) == 0);
    weft_graph_clear_error(graph);
    weft_dataset_free(bad);
  }
}

Test(batches, freeing_while_the_thread_works) {
  weft_tensor *x = input_x(BATCH), *t = input_t(BATCH);
  for (int i = 0; i < 200; i++) {
    weft_dataset *brief = numbered(COUNT);
    weft_dataset_shuffle(brief, (uint64_t)i);
    if (i % 3) cr_assert(weft_dataset_next(brief, x, t) == 1);
    if (i % 3 == 2) weft_dataset_rewind(brief);
    weft_dataset_free(brief);
  }
}
