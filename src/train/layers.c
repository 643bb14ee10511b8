/* layers.c -- layers as functions, tables of layers, metrics. */
#include "train/layer.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NAME_SIZE 512

weft_tensor *weft_activate(weft_tensor *x, weft_activation act) {
  switch (act) {
  case WEFT_LINEAR: return x;
  case WEFT_RELU: return weft_relu(x);
  case WEFT_GELU: return weft_gelu(x);
  case WEFT_SILU: return weft_silu(x);
  case WEFT_TANH: return weft_tanh(x);
  case WEFT_SIGMOID: return weft_sigmoid(x);
  case WEFT_SOFTPLUS: return weft_softplus(x);
  case WEFT_LEAKY_RELU: return weft_leaky_relu(x, 0.01);
  }
  weft_graph_report(weft_tensor_graph(x), WEFT_BAD_ARGUMENT, "weft_activate: unknown activation");
  return NULL;
}

weft_tensor *weft_layer_fail(weft_tensor *x, const char *name, const char *kind, const char *what) {
  char text[512];
  snprintf(text, sizeof text, "layer \"%.100s\" (%s): %s", name ? name : "", kind, what);
  weft_graph_report(weft_tensor_graph(x), WEFT_BAD_ARGUMENT, text);
  return NULL;
}

/* "name.suffix"; 0 after an error kept in the graph. */
static int join_name(weft_graph *graph, const char *name, const char *suffix, char *out) {
  int n = name && name[0] ? snprintf(out, NAME_SIZE, "%s.%s", name, suffix) : 0;
  if (n > 0 && n < NAME_SIZE) return 1;
  weft_graph_report(graph, WEFT_BAD_ARGUMENT, n ? "layer: the name is longer than 500 bytes" : "layer: the name is missing");
  return 0;
}

weft_tensor *weft_layer_param(weft_graph *graph, const char *name, const char *suffix, weft_shape shape, weft_init init) {
  char full[NAME_SIZE];
  return join_name(graph, name, suffix, full) ? weft_param_init(graph, full, shape, init) : NULL;
}

weft_tensor *weft_layer_state(weft_graph *graph, const char *name, const char *suffix, weft_shape shape, double value) {
  char full[NAME_SIZE];
  if (!join_name(graph, name, suffix, full)) return NULL;
  weft_tensor *found = weft_graph_find(graph, full), *state = weft_state_shaped(graph, full, WEFT_F32, shape);
  if (state && !found && weft_initialise(state, (weft_init){WEFT_INIT_CONSTANT, value, 0}) != WEFT_OK) return NULL;
  return state;
}

/* A bias's default bound follows from the fan of the weights it goes with, which its own shape does not tell. */
static weft_init bias_values(weft_init init, double fan_in) {
  if (init.kind != WEFT_INIT_DEFAULT) return init;
  double bound = 1 / sqrt(fan_in);
  return (weft_init){WEFT_INIT_UNIFORM, -bound, bound};
}

static weft_tensor *dense(weft_tensor *x, const weft_layer *layer, const char *name) {
  weft_graph *graph = weft_tensor_graph(x);
  weft_shape shape = weft_tensor_shape(x);
  if (shape.rank < 2) return weft_layer_fail(x, name, "dense", "the input is not (..., features) of at least two dimensions");
  if (layer->units < 1) return weft_layer_fail(x, name, "dense", "the number of units is below 1");
  int64_t in = shape.dims[shape.rank - 1], out = layer->units;
  weft_tensor *w = weft_layer_param(graph, name, "weight", weft_shape_of(in, out), layer->init);
  weft_tensor *y = weft_matmul(x, w);
  if (!layer->no_bias)
    y = weft_add(y, weft_layer_param(graph, name, "bias", weft_shape_of(out), bias_values(layer->bias_init, (double)in)));
  return weft_activate(y, layer->act);
}

static weft_tensor *conv2d(weft_tensor *x, const weft_layer *layer, const char *name) {
  weft_graph *graph = weft_tensor_graph(x);
  weft_shape shape = weft_tensor_shape(x);
  int groups = layer->groups ? layer->groups : 1;
  if (shape.rank != 4) return weft_layer_fail(x, name, "conv2d", "the input is not (N, C, H, W)");
  if (layer->units < 1 || layer->kernel < 1) return weft_layer_fail(x, name, "conv2d", "channels or kernel are below 1");
  if (groups < 1 || shape.dims[1] % groups || layer->units % groups)
    return weft_layer_fail(x, name, "conv2d", "the groups do not divide the channels");
  int64_t in = shape.dims[1] / groups, out = layer->units, k = layer->kernel;
  weft_conv_options options = {layer->stride, layer->pad, layer->dilation, layer->groups};
  weft_tensor *w = weft_layer_param(graph, name, "weight", weft_shape_of(out, in, k, k), layer->init);
  weft_tensor *y = weft_conv2d(x, w, &options);
  if (!layer->no_bias) {
    weft_init init = bias_values(layer->bias_init, (double)(in * k * k));
    weft_tensor *b = weft_layer_param(graph, name, "bias", weft_shape_of(out), init);
    y = weft_add(y, weft_reshape(b, weft_shape_of(1, out, 1, 1)));
  }
  return weft_activate(y, layer->act);
}

weft_tensor *weft_flatten(weft_tensor *x) {
  weft_shape shape = weft_tensor_shape(x);
  if (!weft_tensor_graph(x)) return NULL;
  if (shape.rank < 1) return weft_layer_fail(x, "", "flatten", "the input is a scalar");
  return weft_reshape(x, weft_shape_of(shape.dims[0], -1));
}

weft_tensor *weft_global_avg_pool(weft_tensor *x) {
  if (!weft_tensor_graph(x)) return NULL;
  if (weft_tensor_shape(x).rank != 4) return weft_layer_fail(x, "", "global_avg_pool", "the input is not (N, C, H, W)");
  return weft_mean_axes(x, WEFT_AXIS(2) | WEFT_AXIS(3));
}

weft_tensor *weft_layer_apply(weft_tensor *x, const weft_layer *layer, const char *name, int training) {
  if (!weft_tensor_graph(x) || weft_graph_status(weft_tensor_graph(x)) != WEFT_OK) return NULL;
  if (!layer || !name || !name[0]) return weft_layer_fail(x, name, "layer", "the row or the name is missing");
  switch (layer->kind) {
  case WEFT_LAYER_DENSE: return dense(x, layer, name);
  case WEFT_LAYER_CONV2D: return conv2d(x, layer, name);
  case WEFT_LAYER_MAX_POOL2D:
    return weft_activate(weft_max_pool2d(x, layer->kernel, layer->stride, layer->pad), layer->act);
  case WEFT_LAYER_AVG_POOL2D:
    return weft_activate(weft_avg_pool2d(x, layer->kernel, layer->stride, layer->pad), layer->act);
  case WEFT_LAYER_GLOBAL_AVG_POOL: return weft_activate(weft_global_avg_pool(x), layer->act);
  case WEFT_LAYER_BATCH_NORM: return weft_activate(weft_batch_norm(x, name, training), layer->act);
  case WEFT_LAYER_LAYER_NORM: return weft_activate(weft_layer_norm(x, name), layer->act);
  case WEFT_LAYER_FLATTEN: return weft_flatten(x);
  case WEFT_LAYER_DROPOUT: return training ? weft_dropout(x, layer->rate) : x;
  case WEFT_LAYER_ACTIVATION: return weft_activate(x, layer->act);
  case WEFT_LAYER_NONE: break;
  }
  return weft_layer_fail(x, name, "layer", "unknown kind of layer");
}

weft_tensor *weft_dense(weft_tensor *x, int units, const char *name, weft_activation act) {
  weft_layer layer = {.kind = WEFT_LAYER_DENSE, .units = units, .act = act};
  return weft_layer_apply(x, &layer, name, 0);
}

weft_tensor *weft_conv(weft_tensor *x, int channels, int kernel, const weft_conv_options *options, const char *name,
                       weft_activation act) {
  weft_layer layer = {.kind = WEFT_LAYER_CONV2D, .units = channels, .kernel = kernel, .act = act};
  if (options) {
    layer.stride = options->stride;
    layer.pad = options->pad;
    layer.dilation = options->dilation;
    layer.groups = options->groups;
  }
  return weft_layer_apply(x, &layer, name, 0);
}

/* Builders know nothing of rows: a failure inside one is kept again with the row in front. */
static void name_row(weft_graph *graph, size_t row) {
  char text[1024];
  weft_status status = weft_graph_status(graph);
  snprintf(text, sizeof text, "row %zu of the layers: %.900s", row, weft_graph_message(graph));
  weft_graph_clear_error(graph);
  weft_graph_report(graph, status, text);
}

weft_tensor *weft_layers(weft_tensor *x, const weft_layer *layers, size_t count, int training) {
  weft_graph *graph = weft_tensor_graph(x);
  if (!graph || weft_graph_status(graph) != WEFT_OK) return NULL;
  for (size_t i = 0; i < count; i++) {
    char name[32];
    snprintf(name, sizeof name, "%zu", i);
    x = weft_layer_apply(x, &layers[i], name, training);
    if (weft_graph_status(graph) != WEFT_OK) {
      name_row(graph, i);
      return NULL;
    }
  }
  return x;
}

/* ---- losses and metrics ---- */

weft_tensor *weft_mse(weft_tensor *y, weft_tensor *wanted) { return weft_mean(weft_square(weft_sub(y, wanted))); }

/* log(1 + e^z) - z t, which neither overflows nor loses digits. */
weft_tensor *weft_binary_cross_entropy(weft_tensor *logits, weft_tensor *wanted) {
  return weft_sub(weft_softplus(logits), weft_mul(logits, wanted));
}

static weft_tensor *hits(weft_tensor *logits, weft_tensor *classes) {
  return weft_cast(weft_eq(weft_argmax(logits, -1), classes), WEFT_F32);
}

weft_tensor *weft_correct(weft_tensor *logits, weft_tensor *classes) { return weft_sum(hits(logits, classes)); }

weft_tensor *weft_accuracy(weft_tensor *logits, weft_tensor *classes) { return weft_mean(hits(logits, classes)); }
