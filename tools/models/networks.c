/* networks.c -- the table of networks, each a function from its input to its output, and the small ones. */
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
#define IMAGENET WORKLOAD_IMAGES, {3, {3, 224, 224}}, 1000

const workload workloads[] = {
    {"softmax", "784-10", GRAY_28, 100, "sgd", 0.1, build_softmax},
    {"mlp", "784-512-512-10", GRAY_28, 128, "adam", 1e-3, build_mlp},
    {"lenet", "conv 32, conv 64, dense 128", GRAY_28, 128, "adam", 1e-3, build_lenet},
    {"resnet18",
     "18 layers on 3 x 32 x 32",
     WORKLOAD_IMAGES,
     {3, {3, 32, 32}},
     10,
     32,
     "momentum",
     0.1,
     build_resnet18},
    {"gpt",
     "4 layers, 128 wide, 4 heads, 128 places",
     WORKLOAD_TEXT,
     {1, {GPT_PLACES}},
     GPT_WORDS,
     16,
     "adamw",
     1e-3,
     build_gpt},
    {"lstm", "128 units, 64 steps of 8 features", WORKLOAD_SERIES, {2, {64, 8}}, 1, 64, "adam", 1e-3, build_lstm},
    {"mobilenetv2", "inverted residuals on 3 x 224 x 224", IMAGENET, 32, "momentum", 0.05, build_mobilenetv2},
    {"resnet50", "50 layers on 3 x 224 x 224", IMAGENET, 32, "momentum", 0.1, build_resnet50},
    {"vgg16", "16 layers on 3 x 224 x 224", IMAGENET, 32, "momentum", 0.01, build_vgg16},
};
const size_t n_workloads = COUNT(workloads);
