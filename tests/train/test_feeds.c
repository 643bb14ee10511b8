/* test_feeds.c -- training on batches of a MiB and more, another one every step and none waited for, leaves the same
 * bits as training that waits for every step: where memory is shared, and where devices are to take theirs for their
 * own (WEFT_SKIP=share), so that batches travel while the step before runs. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <weft/data.h>
#include <weft/nn.h>
#include <weft/optim.h>

enum { BATCH = 256, FEATURES = 1100, CLASSES = 8, SAMPLES = 1024, EPOCHS = 6 };

static weft_dataset *make_dataset(void) {
  float *samples = malloc(sizeof *samples * SAMPLES * FEATURES);
  int32_t classes[SAMPLES];
  for (int i = 0; i < SAMPLES * FEATURES; i++) samples[i] = (float)((i * 31 + i / FEATURES * 7) % 103) / 51 - 1;
  for (int i = 0; i < SAMPLES; i++) classes[i] = (i * 5 + i / 9) % CLASSES;
  weft_dataset *data = weft_dataset_from_arrays(SAMPLES, WEFT_F32, weft_shape_of(FEATURES), samples, WEFT_I32,
                                                WEFT_SCALAR_SHAPE, classes);
  weft_dataset_shuffle(data, 42);
  free(samples);
  return data;
}

typedef struct state {
  float weight[FEATURES * CLASSES], loss;
} state;

static void train(weft_device *device, weft_dataset *data, int waits, state *out) {
  static const weft_layer net[] = {weft_layer_dense(CLASSES)};
  weft_graph *g = weft_graph_new(device);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, BATCH, FEATURES), *t = weft_input(g, "t", WEFT_I32, BATCH);
  weft_tensor *loss = weft_mean(weft_cross_entropy(weft_layers(x, net, 1, 1), t));
  weft_tensor *step = weft_minimize(loss, weft_adam(1e-3));
  weft_program *program = weft_compile(step);
  cr_assert_not_null(program, "%s", weft_graph_message(g));
  weft_dataset_rewind(data);
  for (int epoch = 0, steps; epoch < EPOCHS; epoch++) {
    for (steps = 0; weft_dataset_next(data, x, t); steps++) {
      weft_run(program);
      if (waits) weft_sync(g);
    }
    cr_assert_eq(steps, SAMPLES / BATCH, "%s", weft_dataset_message(data));
  }
  weft_read(weft_graph_find(g, "0.weight"), out->weight, sizeof out->weight);
  weft_read(step, &out->loss, sizeof out->loss);
  cr_assert_eq(weft_graph_status(g), WEFT_OK, "%s", weft_graph_message(g));
  weft_graph_free(g);
}

static void on_devices(void) {
  static state together, apart;
  weft_device_info all[16];
  size_t n = weft_devices(all, 16);
  weft_dataset *data = make_dataset();
  for (size_t i = 0; i < n && i < 16; i++) {
    if (!all[i].usable) continue;
    weft_device *device = weft_device_open(all[i].id);
    train(device, data, 0, &together);
    train(device, data, 1, &apart);
    cr_expect(memcmp(&together, &apart, sizeof apart) == 0, "%s: losses %.9g and %.9g", all[i].id, together.loss,
              apart.loss);
    cr_expect(apart.loss > 0 && apart.loss < 2.2f, "%s: a loss of %g has not fallen", all[i].id, apart.loss);
    weft_device_close(device);
  }
  weft_dataset_free(data);
}

Test(feeds, in_flight_train_as_one_by_one) { on_devices(); }
Test(feeds, ahead_of_their_step_train_as_one_by_one) {
  setenv("WEFT_SKIP", "share", 1);
  on_devices();
}
Test(feeds, ahead_of_launches_of_their_own_train_as_one_by_one) {
  setenv("WEFT_SKIP", "share,join", 1);
  on_devices();
}
