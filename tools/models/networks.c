/* networks.c -- the networks, each a function from its input to its output, and their table. */
#include "networks.h"
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LAYERS(x, table, training) weft_layers(x, table, COUNT(table), training)

static weft_tensor *build_softmax(weft_tensor *x, int training) {
  static const weft_layer layers[] = {weft_layer_flatten(), weft_layer_dense(10)};
  return LAYERS(x, layers, training);
}

static weft_tensor *build_mlp(weft_tensor *x, int training) {
  static const weft_layer layers[] = {
      weft_layer_flatten(),
      weft_layer_dense(512, .act = WEFT_RELU),
      weft_layer_dense(512, .act = WEFT_RELU),
      weft_layer_dense(10),
  };
  return LAYERS(x, layers, training);
}

/* After LeCun et al., Gradient-based learning applied to document recognition (1998), with today's widths. */
static weft_tensor *build_lenet(weft_tensor *x, int training) {
  static const weft_layer layers[] = {
      weft_layer_conv2d(32, 3, .pad = 1, .act = WEFT_RELU),
      weft_layer_max_pool2d(2),
      weft_layer_conv2d(64, 3, .pad = 1, .act = WEFT_RELU),
      weft_layer_max_pool2d(2),
      weft_layer_flatten(),
      weft_layer_dense(128, .act = WEFT_RELU),
      weft_layer_dense(10),
  };
  return LAYERS(x, layers, training);
}

/* ---- residual networks: He, Zhang, Ren and Sun, Deep residual learning (CVPR 2016) ---- */

static weft_tensor *conv_norm(weft_tensor *x, int channels, int kernel, int stride, const char *name, int training) {
  char norm[64];
  const weft_layer conv = weft_layer_conv2d(channels, kernel, .stride = stride, .pad = kernel / 2, .no_bias = 1);
  snprintf(norm, sizeof norm, "%s.norm", name);
  return weft_batch_norm(weft_layer_apply(x, &conv, name, training), norm, training);
}

static weft_tensor *basic_block(weft_tensor *x, int channels, int stride, const char *name, int training) {
  char part[3][48];
  for (int i = 0; i < 3; i++) snprintf(part[i], sizeof part[i], "%s.%d", name, i);
  weft_tensor *y = weft_relu(conv_norm(x, channels, 3, stride, part[0], training));
  y = conv_norm(y, channels, 3, 1, part[1], training);
  if (stride != 1 || weft_tensor_shape(x).dims[1] != channels) x = conv_norm(x, channels, 1, stride, part[2], training);
  return weft_relu(weft_add(y, x));
}

/* For images of 32 x 32: a first window of 3 x 3, no pooling before the blocks. */
static weft_tensor *build_resnet18(weft_tensor *x, int training) {
  static const int widths[] = {64, 128, 256, 512};
  x = weft_relu(conv_norm(x, 64, 3, 1, "stem", training));
  for (int stage = 0; stage < 4; stage++)
    for (int block = 0; block < 2; block++) {
      char name[32];
      snprintf(name, sizeof name, "%d.%d", stage, block);
      x = basic_block(x, widths[stage], stage && !block ? 2 : 1, name, training);
    }
  return weft_dense(weft_global_avg_pool(x), 10, "out", WEFT_LINEAR);
}

/* ---- sequences ---- */

enum { GPT_WORDS = 96, GPT_PLACES = 128, GPT_WIDTH = 128, GPT_HEADS = 4, GPT_BLOCKS = 4 };

/* A decoder with its norms before the layers: Radford et al., Language models are unsupervised multitask learners (2019). */
static weft_tensor *build_gpt(weft_tensor *x, int training) {
  weft_graph *g = weft_tensor_graph(x);
  int64_t batch = weft_tensor_shape(x).dims[0];
  (void)training;
  weft_tensor *places =
      weft_param_init(g, "places", weft_shape_of(GPT_PLACES, GPT_WIDTH), (weft_init){WEFT_INIT_NORMAL, 0, 0.02});
  x = weft_add(weft_embedding(x, GPT_WORDS, GPT_WIDTH, "words"), places);
  for (int i = 0; i < GPT_BLOCKS; i++) {
    char name[5][32];
    static const char *const parts[5] = {"norm1", "attention", "norm2", "up", "down"};
    for (int k = 0; k < 5; k++) snprintf(name[k], sizeof name[k], "%d.%s", i, parts[k]);
    x = weft_add(x, weft_attention(weft_layer_norm(x, name[0]), GPT_HEADS, 1, name[1]));
    weft_tensor *y = weft_dense(weft_layer_norm(x, name[2]), 4 * GPT_WIDTH, name[3], WEFT_GELU);
    x = weft_add(x, weft_dense(y, GPT_WIDTH, name[4], WEFT_LINEAR));
  }
  const weft_layer out = weft_layer_dense(GPT_WORDS, .no_bias = 1);
  x = weft_reshape(weft_layer_norm(x, "norm"), weft_shape_of(batch * GPT_PLACES, GPT_WIDTH));
  return weft_layer_apply(x, &out, "out", training);
}

static weft_tensor *build_lstm(weft_tensor *x, int training) {
  weft_tensor *last;
  (void)training;
  weft_lstm(x, 128, "lstm", &last);
  return weft_dense(last, 1, "out", WEFT_LINEAR);
}

#define GRAY_28 WORKLOAD_IMAGES, {3, {1, 28, 28}}, 10

const workload workloads[] = {
    {"softmax", "784-10", GRAY_28, 100, "sgd", 0.1, build_softmax},
    {"mlp", "784-512-512-10", GRAY_28, 128, "adam", 1e-3, build_mlp},
    {"lenet", "conv 32, conv 64, dense 128", GRAY_28, 128, "adam", 1e-3, build_lenet},
    {"resnet18", "18 layers on 3 x 32 x 32", WORKLOAD_IMAGES, {3, {3, 32, 32}}, 10, 32, "momentum", 0.1, build_resnet18},
    {"gpt", "4 layers, 128 wide, 4 heads, 128 places", WORKLOAD_TEXT, {1, {GPT_PLACES}}, GPT_WORDS, 16, "adamw", 1e-3,
     build_gpt},
    {"lstm", "128 units, 64 steps of 8 features", WORKLOAD_SERIES, {2, {64, 8}}, 1, 64, "adam", 1e-3, build_lstm},
};
const size_t n_workloads = COUNT(workloads);
