/* layers.c -- see layers.h. Images lie channels last in memory, as in the middle of a network. */
#include "layers.h"
#include <stdlib.h>
#include <string.h>
#include <weft/nn.h>
#include <weft/ops.h>

/* What a layer is built from, and by what its gradients are taken. */
typedef struct operands {
  weft_graph *graph;
  weft_tensor *items[LAYER_MOST_RESULTS - 1];
  int n;
} operands;

#define SHAPE(...) weft_shape_of(__VA_ARGS__)

weft_tensor *layer_filled(weft_tensor *x) {
  int64_t size = weft_shape_size(weft_tensor_shape(x));
  float *values = malloc((size_t)size * sizeof *values);
  for (int64_t i = 0; values && i < size; i++) values[i] = (float)((uint32_t)i * 2654435761u >> 9) / (1 << 22) - 1;
  weft_write(x, values, (size_t)size * sizeof *values);
  free(values);
  return x;
}

weft_tensor *layer_input(weft_graph *graph, const char *name, weft_shape shape) {
  return layer_filled(weft_input_shaped(graph, name, WEFT_F32, shape));
}

static weft_tensor *operand(operands *o, const char *name, weft_shape shape) {
  return o->items[o->n++] = layer_input(o->graph, name, shape);
}

weft_tensor *layer_places(weft_graph *graph, int64_t count, int limit) {
  weft_tensor *x = weft_input_shaped(graph, "places", WEFT_I32, SHAPE(count));
  int32_t *values = malloc((size_t)count * sizeof *values);
  for (int64_t i = 0; values && i < count; i++) values[i] = (int32_t)(i * 7919 % limit);
  weft_write(x, values, (size_t)count * sizeof *values);
  free(values);
  return x;
}

static weft_tensor *image(operands *o, int64_t n, int64_t channels, int64_t edge) {
  return weft_permute(operand(o, "x", SHAPE(n, edge, edge, channels)), SHAPE(0, 3, 1, 2));
}

static weft_tensor *in_memory(weft_tensor *image) { return weft_permute(image, SHAPE(0, 2, 3, 1)); }

static weft_tensor *conv(operands *o, int64_t n, int64_t channels, int64_t edge, int64_t outer, int64_t window,
                         weft_conv_options options) {
  int64_t inner = channels / (options.groups ? options.groups : 1);
  weft_tensor *x = image(o, n, channels, edge);
  return in_memory(weft_conv2d(x, operand(o, "w", SHAPE(outer, inner, window, window)), &options));
}

/* A causal convolution of a sequence. */
static weft_tensor *conv1d(operands *o, int64_t channels, int64_t dilation) {
  weft_conv_options options = {.dilation = dilation};
  weft_tensor *x = weft_pad(operand(o, "x", SHAPE(16, channels, 1, 256)), 3, 2 * dilation, 0, 0);
  return weft_conv2d(x, operand(o, "w", SHAPE(channels, channels, 1, 3)), &options);
}

static weft_tensor *attention(operands *o, int causal) {
  weft_shape shape = SHAPE(2, 8, 512, 64);
  weft_tensor *q = operand(o, "q", shape), *k = operand(o, "k", shape), *v = operand(o, "v", shape);
  return weft_scaled_dot_product_attention(q, k, v, causal);
}

static weft_tensor *concat(operands *o) {
  static const char *const names[4] = {"a", "b", "c", "d"};
  weft_tensor *parts[4];
  for (int i = 0; i < 4; i++) parts[i] = operand(o, names[i], SHAPE(256, 64, 64));
  return weft_concat(parts, 4, 1);
}

static weft_tensor *lstm(operands *o) {
  weft_tensor *last;
  weft_lstm(operand(o, "x", SHAPE(32, 32, 64)), 128, "lstm", &last);
  return last;
}

static weft_tensor *product(operands *o, weft_shape a, weft_shape b) {
  weft_tensor *x = operand(o, "a", a);
  return weft_matmul(x, operand(o, "b", b));
}

static weft_tensor *scaled(operands *o) {
  weft_tensor *x = operand(o, "x", SHAPE(64, 256, 256));
  return weft_mul(x, operand(o, "scale", SHAPE(64, 1, 256)));
}

static weft_tensor *table(operands *o) { return operand(o, "x", SHAPE(4096, 1024)); }

/* name, the layer from operands o */
#define LAYERS(LAYER)                                                                                                  \
  LAYER(conv3x3_stride2, conv(o, 16, 128, 28, 128, 3, (weft_conv_options){.stride = 2, .pad = 1}))                     \
  LAYER(conv1x1, conv(o, 8, 256, 56, 64, 1, (weft_conv_options){0}))                                                   \
  LAYER(conv1x1_stride2, conv(o, 8, 256, 56, 512, 1, (weft_conv_options){.stride = 2}))                                \
  LAYER(conv3x3_groups32, conv(o, 8, 128, 28, 128, 3, (weft_conv_options){.pad = 1, .groups = 32}))                    \
  LAYER(conv3x3_groups8, conv(o, 8, 128, 28, 128, 3, (weft_conv_options){.pad = 1, .groups = 8}))                      \
  LAYER(conv3x3_groups4, conv(o, 8, 128, 28, 128, 3, (weft_conv_options){.pad = 1, .groups = 4}))                      \
  LAYER(conv3x3_dilation2, conv(o, 8, 64, 28, 64, 3, (weft_conv_options){.pad = 2, .dilation = 2}))                    \
  LAYER(conv5x5, conv(o, 32, 32, 14, 64, 5, (weft_conv_options){.pad = 2}))                                            \
  LAYER(conv7x7_stride2, conv(o, 2, 3, 224, 64, 7, (weft_conv_options){.pad = 3, .stride = 2}))                        \
  LAYER(depthwise3x3, conv(o, 8, 144, 56, 144, 3, (weft_conv_options){.pad = 1, .groups = 144}))                       \
  LAYER(depthwise7x7, conv(o, 8, 96, 28, 96, 7, (weft_conv_options){.pad = 3, .groups = 96}))                          \
  LAYER(depthwise5x5_stride2, conv(o, 8, 144, 56, 144, 5, (weft_conv_options){.pad = 2, .groups = 144, .stride = 2}))  \
  LAYER(conv1d, conv1d(o, 64, 1))                                                                                      \
  LAYER(conv1d_dilation8, conv1d(o, 32, 8))                                                                            \
  LAYER(max_pool2x2, in_memory(weft_max_pool2d(image(o, 32, 64, 28), 2, 2, 0)))                                        \
  LAYER(max_pool3x3_stride2, in_memory(weft_max_pool2d(image(o, 8, 64, 112), 3, 2, 1)))                                \
  LAYER(avg_pool2x2, in_memory(weft_avg_pool2d(image(o, 32, 64, 28), 2, 2, 0)))                                        \
  LAYER(global_avg_pool, weft_global_avg_pool(image(o, 32, 512, 7)))                                                   \
  LAYER(batch_norm_relu, in_memory(weft_relu(weft_batch_norm(image(o, 8, 64, 56), "bn", 1))))                          \
  LAYER(layer_norm, weft_layer_norm(operand(o, "x", SHAPE(2048, 512)), "ln"))                                          \
  LAYER(cross_entropy_32768,                                                                                           \
        weft_cross_entropy(operand(o, "x", SHAPE(512, 32768)), layer_places(o->graph, 512, 32768)))                    \
  LAYER(cross_entropy_10, weft_cross_entropy(operand(o, "x", SHAPE(8192, 10)), layer_places(o->graph, 8192, 10)))      \
  LAYER(embedding, weft_gather(operand(o, "x", SHAPE(30000, 256)), layer_places(o->graph, 4096, 30000), 0))            \
  LAYER(attention_causal, attention(o, 1))                                                                             \
  LAYER(attention, attention(o, 0))                                                                                    \
  LAYER(batched_matmul, product(o, SHAPE(64, 128, 64), SHAPE(64, 64, 128)))                                            \
  LAYER(vector_by_matrix, product(o, SHAPE(1, 2048), SHAPE(2048, 1000)))                                               \
  LAYER(dense_gelu, weft_gelu(product(o, SHAPE(512, 768), SHAPE(768, 3072))))                                          \
  LAYER(dropout, weft_dropout(table(o), 0.3))                                                                          \
  LAYER(mean_of_columns, weft_mean_axes(table(o), WEFT_AXIS(0)))                                                       \
  LAYER(variance_of_columns, weft_var_axes(table(o), WEFT_AXIS(0)))                                                    \
  LAYER(max_of_rows, weft_max_axes(table(o), WEFT_AXIS(1)))                                                            \
  LAYER(transpose,                                                                                                     \
        weft_add(weft_permute(operand(o, "x", SHAPE(64, 128, 256)), SHAPE(0, 2, 1)), weft_number(o->graph, 1)))        \
  LAYER(concat, concat(o))                                                                                             \
  LAYER(silu, weft_silu(table(o)))                                                                                     \
  LAYER(tanh, weft_tanh(table(o)))                                                                                     \
  LAYER(softmax_of_columns, weft_softmax(operand(o, "x", SHAPE(1024, 1024)), 0))                                       \
  LAYER(lstm, lstm(o))                                                                                                 \
  LAYER(log_softmax, weft_log_softmax(operand(o, "x", SHAPE(4096, 1000)), 1))                                          \
  LAYER(binary_cross_entropy, weft_binary_cross_entropy(operand(o, "x", SHAPE(4096, 256)),                             \
                                                        layer_input(o->graph, "wanted", SHAPE(4096, 256))))            \
  LAYER(broadcast_mul, scaled(o))

static weft_tensor *build(operands *o, const char *name) {
#define LAYER(layer, tensor)                                                                                           \
  if (strcmp(name, #layer) == 0) return tensor;
  LAYERS(LAYER)
#undef LAYER
  return NULL;
}

int layer_build(weft_graph *graph, const char *name, int with_gradients, weft_tensor *out[LAYER_MOST_RESULTS]) {
  operands o = {.graph = graph};
  if (!(out[0] = build(&o, name))) return 0;
  if (!with_gradients) return 1;
  weft_tensor *param;
  for (size_t i = 0; (param = weft_graph_param(graph, i)) && o.n < LAYER_MOST_RESULTS - 1; i++) o.items[o.n++] = param;
  weft_tensor *dy = layer_input(graph, "dy", weft_tensor_shape(out[0]));
  weft_gradients(weft_sum(weft_mul(out[0], dy)), o.items, (size_t)o.n, out + 1);
  return o.n + 1;
}
