/* test_runs.c -- runs that follow each other without a wait, whose launches a device may put together, leave the same
 * bits as runs that are waited for one by one: random numbers and an optimizer's steps count the runs. */
#include <criterion/criterion.h>
#include <string.h>
#include <weft/nn.h>
#include <weft/optim.h>

enum { BATCH = 24, FEATURES = 40, HIDDEN = 32, CLASSES = 6, UNFED = 150, FED = 30 };

typedef struct state {
  float hidden[FEATURES * HIDDEN], last[HIDDEN * CLASSES], loss;
} state;

static void feed(weft_tensor *x, weft_tensor *t, int step) {
  float xs[BATCH * FEATURES];
  int ts[BATCH];
  for (int i = 0; i < BATCH * FEATURES; i++) xs[i] = (float)((i * 37 + step * 11) % 101) / 50 - 1;
  for (int i = 0; i < BATCH; i++) ts[i] = (i * 5 + step) % CLASSES;
  cr_assert_eq(weft_write(x, xs, sizeof xs), WEFT_OK);
  cr_assert_eq(weft_write(t, ts, sizeof ts), WEFT_OK);
}

static void run(weft_program *train, weft_graph *g, int waits) {
  cr_assert_eq(weft_run(train), WEFT_OK, "%s", weft_graph_message(g));
  if (waits) cr_assert_eq(weft_sync(g), WEFT_OK, "%s", weft_graph_message(g));
}

static state train(weft_device *device, int waits) {
  static const weft_layer net[] = {weft_layer_dense(HIDDEN, .act = WEFT_RELU, .no_bias = 1), weft_layer_dropout(0.3),
                                   weft_layer_dense(CLASSES)};
  state s;
  weft_graph *g = weft_graph_new(device);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, BATCH, FEATURES), *t = weft_input(g, "t", WEFT_I32, BATCH);
  weft_tensor *loss = weft_mean(weft_cross_entropy(weft_layers(x, net, 3, 1), t));
  weft_tensor *step = weft_minimize(loss, weft_adam(1e-3));
  weft_program *program = weft_compile(step);
  cr_assert_not_null(program, "%s", weft_graph_message(g));
  feed(x, t, 0);
  for (int i = 0; i < UNFED; i++) run(program, g, waits);
  for (int i = 1; i <= FED; i++) {
    feed(x, t, i);
    run(program, g, waits);
  }
  for (int i = 0; i < UNFED; i++) run(program, g, waits);
  weft_read(weft_graph_find(g, "0.weight"), s.hidden, sizeof s.hidden);
  weft_read(weft_graph_find(g, "2.weight"), s.last, sizeof s.last);
  weft_read(step, &s.loss, sizeof s.loss);
  cr_assert_eq(weft_graph_status(g), WEFT_OK, "%s", weft_graph_message(g));
  weft_graph_free(g);
  return s;
}

Test(runs, together_leave_what_runs_one_by_one_leave) {
  weft_device_info all[16];
  size_t n = weft_devices(all, 16);
  for (size_t i = 0; i < n && i < 16; i++) {
    if (!all[i].usable) continue;
    weft_device *device = weft_device_open(all[i].id);
    state together = train(device, 0), apart = train(device, 1);
    cr_expect(memcmp(&together, &apart, sizeof apart) == 0, "%s: losses %.9g and %.9g", all[i].id, together.loss,
              apart.loss);
    weft_device_close(device);
  }
}
