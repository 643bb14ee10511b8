/* test_networks.c -- training: some steps of small networks on every device as on the reference, with each optimizer;
 * and LeNet on Vulkan as on OpenCL, for 50 steps. */
#include "base/philox.h"
#include "conformance.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <weft/nn.h>
#include <weft/optim.h>

enum { MOST_STEPS = 50, LENET_BATCH = 8 };

typedef struct network {
  const char *name;
  const weft_layer *layers;
  size_t n_layers;
  int64_t batch;
} network;

static const weft_layer mlp_layers[] = {weft_layer_flatten(), weft_layer_dense(24, .act = WEFT_TANH),
                                        weft_layer_dense(10)};
static const weft_layer conv_layers[] = {weft_layer_conv2d(6, 3, .pad = 1, .act = WEFT_RELU),
                                         weft_layer_max_pool2d(2),
                                         weft_layer_conv2d(8, 3, .stride = 2, .act = WEFT_GELU),
                                         weft_layer_flatten(),
                                         weft_layer_dropout(0.2),
                                         weft_layer_dense(10)};
static const weft_layer lenet_layers[] = {weft_layer_conv2d(32, 3, .pad = 1, .act = WEFT_RELU),
                                          weft_layer_max_pool2d(2),
                                          weft_layer_conv2d(64, 3, .pad = 1, .act = WEFT_RELU),
                                          weft_layer_max_pool2d(2),
                                          weft_layer_flatten(),
                                          weft_layer_dense(128, .act = WEFT_RELU),
                                          weft_layer_dense(10)};

#define NETWORK(name, batch)                                                                                           \
  { #name, name##_layers, sizeof name##_layers / sizeof *name##_layers, batch }
static const network mlp = NETWORK(mlp, 6), conv = NETWORK(conv, 4), lenet = NETWORK(lenet, LENET_BATCH);

/* Blots whose place is the class: a network learns them in some steps, so the losses move. */
static void make_batch(int64_t n, int64_t edge, int step, float *x, int32_t *t) {
  for (int64_t i = 0; i < n; i++) {
    t[i] = (int32_t)((i * 7 + step * 3) % 10);
    for (int64_t p = 0; p < edge * edge; p++) {
      double noise = weft_philox_uniform(5, (uint64_t)step, (uint64_t)(i * edge * edge + p));
      x[i * edge * edge + p] = (float)(0.3 * noise + (p * 10 / (edge * edge) == t[i] ? 0.7 : 0));
    }
  }
}

static void train(weft_device *device, const char *where, const network *net, int64_t edge, weft_optimizer opt,
                  int steps, float *out_losses) {
  weft_graph *g = weft_graph_new(device);
  weft_graph_seed(g, 3);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, net->batch, 1, edge, edge),
              *t = weft_input(g, "t", WEFT_I32, net->batch);
  weft_tensor *loss = weft_mean(weft_cross_entropy(weft_layers(x, net->layers, net->n_layers, 1), t));
  weft_program *p = weft_compile(weft_minimize(loss, opt));
  cr_assert_not_null(p, "%s: %s: %s", where, net->name, weft_graph_message(g));
  float *pixels = malloc((size_t)(net->batch * edge * edge) * sizeof *pixels);
  int32_t *classes = malloc((size_t)net->batch * sizeof *classes);
  cr_assert(pixels && classes);
  for (int step = 0; step < steps; step++) {
    make_batch(net->batch, edge, step, pixels, classes);
    weft_write(x, pixels, (size_t)(net->batch * edge * edge) * sizeof *pixels);
    weft_write(t, classes, (size_t)net->batch * sizeof *classes);
    weft_run(p);
    cr_assert_eq(weft_read(loss, &out_losses[step], sizeof *out_losses), WEFT_OK, "%s: %s", where,
                 weft_graph_message(g));
  }
  free(pixels);
  free(classes);
  weft_graph_free(g);
}

static void same_losses(const char *where, const char *what, const float *got, const float *want, int steps,
                        double tolerance) {
  for (int i = 0; i < steps; i++)
    cr_assert(fabs((double)got[i] - (double)want[i]) <= tolerance * (1 + fabs((double)want[i])),
              "%s: %s: step %d: loss %.7g, not %.7g", where, what, i + 1, (double)got[i], (double)want[i]);
}

enum { STEPS = 10 };
static const struct {
  const network *net;
  const char *optimizer;
} runs[] = {{&mlp, "sgd"}, {&mlp, "adamw"}, {&conv, "nesterov"}, {&conv, "adam"}};
enum { RUNS = sizeof runs / sizeof *runs };

static weft_optimizer optimizer(int run) {
  switch (run) {
  case 0: return weft_sgd_with(0.1, 0, 0, 1e-3);
  case 1: return weft_adamw(3e-3);
  case 2: return weft_sgd_with(0.05, 0.9, 1, 0);
  default: return weft_adam(3e-3);
  }
}

static void check_networks(weft_device *device, const char *where, void *user) {
  const float(*want)[STEPS] = user;
  for (int r = 0; r < RUNS; r++) {
    float got[STEPS];
    train(device, where, runs[r].net, 12, optimizer(r), STEPS, got);
    same_losses(where, runs[r].optimizer, got, want[r], STEPS, 2e-4);
  }
}

Test(networks, small_ones_as_on_the_reference) {
  static float want[RUNS][STEPS];
  weft_device *reference = weft_device_open("reference");
  for (int r = 0; r < RUNS; r++) {
    train(reference, "reference", runs[r].net, 12, optimizer(r), STEPS, want[r]);
    cr_assert_neq(want[r][0], want[r][STEPS - 1], "%s: nothing is learnt", runs[r].optimizer);
  }
  weft_device_close(reference);
  on_devices(check_networks, want);
}

Test(networks, lenet_on_vulkan_as_on_opencl) {
  static float losses[2][MOST_STEPS];
  static const char *const ids[] = {"opencl:0", "vulkan:0"};
  for (int i = 0; i < 2; i++) {
    weft_device *device = weft_device_open(ids[i]);
    if (weft_device_status(device) != WEFT_OK) cr_skip_test("%s: %s", ids[i], weft_device_message(device));
    train(device, ids[i], &lenet, 28, weft_adam(1e-3), MOST_STEPS, losses[i]);
    weft_device_close(device);
  }
  /* Fifty updates amplify roundings; Adam divides by roots of small numbers. */
  same_losses("vulkan:0", "lenet", losses[1], losses[0], MOST_STEPS, 2e-3);
  cr_assert_lt(losses[0][MOST_STEPS - 1], losses[0][0] / 2, "lenet learns: %g, then %g", (double)losses[0][0],
               (double)losses[0][MOST_STEPS - 1]);
}
