/* norm.c -- normalisation: over a batch, with running statistics, and over features. */
#include "train/layer.h"
#include <stddef.h>

static const double epsilon = 1e-5, momentum = 0.1;

static weft_tensor *normalised(weft_tensor *x, weft_tensor *mean, weft_tensor *var, weft_tensor *weight, weft_tensor *bias) {
  weft_tensor *scale = weft_mul(weft_rsqrt(weft_add(var, weft_number(weft_tensor_graph(x), epsilon))), weight);
  return weft_add(weft_mul(weft_sub(x, mean), scale), bias);
}

/* An assign that moves a running statistic towards this batch's. */
static weft_tensor *follow(weft_tensor *running, weft_tensor *now, double factor) {
  weft_graph *g = weft_tensor_graph(running);
  now = weft_mul(weft_reshape(now, weft_tensor_shape(running)), weft_number(g, momentum * factor));
  return weft_assign(running, weft_add(weft_mul(running, weft_number(g, 1 - momentum)), now));
}

weft_tensor *weft_batch_norm(weft_tensor *x, const char *name, int training) {
  weft_graph *g = weft_tensor_graph(x);
  weft_shape shape = weft_tensor_shape(x), channels = weft_shape_of(1), line = shape;
  if (!g) return NULL;
  if (shape.rank < 2) return weft_layer_fail(x, name, "batch_norm", "the input is not (N, C, ...)");
  channels.dims[0] = shape.dims[1];
  for (int d = 0; d < shape.rank; d++)
    if (d != 1) line.dims[d] = 1;
  double count = (double)weft_shape_size(shape) / (double)shape.dims[1];
  weft_tensor *weight = weft_layer_param(g, name, "weight", channels, (weft_init){WEFT_INIT_CONSTANT, 1, 0});
  weft_tensor *bias = weft_layer_param(g, name, "bias", channels, (weft_init){WEFT_INIT_ZEROS, 0, 0});
  weft_tensor *running_mean = weft_layer_state(g, name, "running_mean", channels, 0);
  weft_tensor *running_var = weft_layer_state(g, name, "running_var", channels, 1);
  weight = weft_reshape(weight, line);
  bias = weft_reshape(bias, line);
  if (!training)
    return normalised(x, weft_reshape(running_mean, line), weft_reshape(running_var, line), weight, bias);
  if (count < 2) return weft_layer_fail(x, name, "batch_norm", "training needs more than one value a channel");
  unsigned others = ((1u << shape.rank) - 1) & ~2u;
  weft_tensor *mean = weft_mean_axes(x, others | WEFT_KEEP);
  weft_tensor *var = weft_mean_axes(weft_square(weft_sub(x, mean)), others | WEFT_KEEP);
  weft_tensor *effects[2] = {follow(running_mean, mean, 1), follow(running_var, var, count / (count - 1))};
  return weft_after(normalised(x, mean, var, weight, bias), effects, 2);
}

weft_tensor *weft_layer_norm(weft_tensor *x, const char *name) {
  weft_graph *g = weft_tensor_graph(x);
  weft_shape shape = weft_tensor_shape(x);
  if (!g) return NULL;
  if (shape.rank < 1) return weft_layer_fail(x, name, "layer_norm", "the input is a scalar");
  weft_shape features = weft_shape_of(shape.dims[shape.rank - 1]);
  unsigned last = WEFT_AXIS(shape.rank - 1) | WEFT_KEEP;
  weft_tensor *weight = weft_layer_param(g, name, "weight", features, (weft_init){WEFT_INIT_CONSTANT, 1, 0});
  weft_tensor *bias = weft_layer_param(g, name, "bias", features, (weft_init){WEFT_INIT_ZEROS, 0, 0});
  weft_tensor *mean = weft_mean_axes(x, last), *var = weft_mean_axes(weft_square(weft_sub(x, mean)), last);
  return normalised(x, mean, var, weight, bias);
}
