/* networks.c -- the networks, each a function from its input to its output, and their table. */
#include "networks.h"

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

#define GRAY_28 WORKLOAD_IMAGES, {3, {1, 28, 28}}, 10

const workload workloads[] = {
    {"softmax", "784-10", GRAY_28, 100, "sgd", 0.1, build_softmax},
    {"mlp", "784-512-512-10", GRAY_28, 128, "adam", 1e-3, build_mlp},
    {"lenet", "conv 32, conv 64, dense 128", GRAY_28, 128, "adam", 1e-3, build_lenet},
};
const size_t n_workloads = COUNT(workloads);
