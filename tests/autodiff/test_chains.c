/* test_chains.c -- gradients of whole networks against finite differences, first and second order. */
#include "differences.h"
#include <criterion/criterion.h>

static weft_tensor *leaf(weft_graph *g, const char *name, weft_shape shape) {
  return weft_param_shaped(g, name, WEFT_F32, shape);
}

static weft_tensor *softmax_cross_entropy(weft_graph *g) {
  weft_tensor *t = weft_input(g, "t", WEFT_I32, 4); /* -1..3 of 3 classes: some are out of range */
  return weft_mean(weft_cross_entropy(leaf(g, "logits", weft_shape_of(4, 3)), t));
}

static weft_tensor *softmax(weft_graph *g) { return weft_softmax(leaf(g, "x", weft_shape_of(2, 3, 2)), 1); }
static weft_tensor *log_softmax(weft_graph *g) { return weft_log_softmax(leaf(g, "x", weft_shape_of(3, 4)), -1); }

static weft_tensor *image_classifier(weft_graph *g) {
  weft_tensor *x = leaf(g, "x", weft_shape_of(2, 2, 6, 6)), *w = leaf(g, "w", weft_shape_of(3, 2, 3, 3));
  weft_tensor *h = weft_conv2d(x, w, &(weft_conv_options){.stride = 1, .pad = 1}); /* (2, 3, 6, 6) */
  h = weft_max_pool2d(weft_tanh(h), 2, 2, 0);                                      /* (2, 3, 3, 3) */
  h = weft_reshape(weft_avg_pool2d(h, 2, 1, 0), weft_shape_of(2, 12));             /* (2, 12) */
  h = weft_add(weft_matmul(weft_silu(h), leaf(g, "v", weft_shape_of(12, 3))), leaf(g, "b", weft_shape_of(3)));
  return weft_mean(weft_cross_entropy(h, weft_input(g, "t", WEFT_I32, 2)));
}

static weft_tensor *perceptron(weft_graph *g) {
  weft_tensor *x = leaf(g, "x", weft_shape_of(3, 4)), *w = leaf(g, "w", weft_shape_of(4, 5));
  weft_tensor *h = weft_gelu(weft_add(weft_matmul(x, w), leaf(g, "b", weft_shape_of(5))));
  h = weft_elu(weft_matmul(h, leaf(g, "v", weft_shape_of(5, 2))), 0.5);
  return weft_mean(weft_square(weft_sub(h, weft_number(g, 0.25))));
}

static weft_tensor *normalised(weft_graph *g) {
  weft_tensor *x = leaf(g, "x", weft_shape_of(3, 5)), *mean = weft_mean_axes(x, WEFT_AXIS(1) | WEFT_KEEP);
  weft_tensor *variance = weft_var_axes(x, WEFT_AXIS(1) | WEFT_KEEP);
  weft_tensor *y = weft_mul(weft_sub(x, mean), weft_rsqrt(weft_add(variance, weft_number(g, 1e-3))));
  return weft_add(weft_mul(y, leaf(g, "gamma", weft_shape_of(5))), leaf(g, "beta", weft_shape_of(5)));
}

static weft_tensor *attention(weft_graph *g) {
  weft_shape shape = weft_shape_of(2, 3, 4); /* (B, T, C) */
  weft_tensor *q = leaf(g, "q", shape), *k = leaf(g, "k", shape), *v = leaf(g, "v", shape);
  weft_tensor *scores = weft_mul(weft_matmul(q, weft_transpose(k)), weft_number(g, 0.5));
  return weft_matmul(weft_softmax(scores, -1), v);
}

static weft_tensor *dropped(weft_graph *g) {
  return weft_square(
      weft_dropout(weft_add(leaf(g, "x", weft_shape_of(4, 5)), weft_normal(g, weft_shape_of(5), 0, 1)), 0.4));
}

static weft_tensor *shapes(weft_graph *g) {
  weft_tensor *x = leaf(g, "x", weft_shape_of(3, 4));
  weft_tensor *parts[2] = {weft_flip(weft_slice(x, 1, -1, 0, -2), 0),
                           weft_pad(weft_transpose(weft_slice(x, 1, 0, 3, 1)), 1, 1, 0, 2)};
  weft_tensor *y = weft_concat(parts, 2, 1);
  y = weft_mul(weft_clamp(y, -1, 1),
               weft_leaky_relu(weft_broadcast(weft_prod_axes(x, WEFT_AXIS(1) | WEFT_KEEP), weft_tensor_shape(y)), 0.1));
  return weft_add(weft_max_axes(y, WEFT_AXIS(0)), weft_min_axes(weft_exp(y), WEFT_AXIS(0)));
}

typedef struct chain {
  const char *name;
  weft_tensor *(*build)(weft_graph *g);
} chain;

#define CHAIN(name)                                                                                                    \
  { #name, name }

Test(chains, networks) {
  const chain chains[] = {CHAIN(softmax_cross_entropy),
                          CHAIN(softmax),
                          CHAIN(log_softmax),
                          CHAIN(image_classifier),
                          CHAIN(perceptron),
                          CHAIN(normalised),
                          CHAIN(attention),
                          CHAIN(dropped),
                          CHAIN(shapes)};
  for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *y = chains[i].build(g);
    cr_assert_not_null(y, "%s: %s", chains[i].name, weft_graph_message(g));
    check_gradients(y, -1, 1, chains[i].name);
    weft_graph_destroy(g);
  }
}
