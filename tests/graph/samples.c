/* samples.c -- see samples.h. */
#include "samples.h"
#include <math.h>

static weft_tensor *mlp(weft_graph *g) {
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 100, 784), *t = weft_input(g, "t", WEFT_I32, 100);
  weft_tensor *w = weft_param(g, "w", WEFT_F32, 784, 10), *b = weft_param(g, "b", WEFT_F32, 10);
  weft_tensor *loss = weft_mean(weft_cross_entropy(weft_add(weft_matmul(x, w), b), t));
  weft_tensor *step = weft_assign(w, weft_sub(w, weft_mul(w, weft_number(g, 0.1))));
  return weft_after(loss, &step, 1);
}

static weft_tensor *images(weft_graph *g) {
  weft_tensor *x = weft_input(g, "image", WEFT_F32, 2, 4, 9, 11), *w = weft_param(g, "kernel", WEFT_F32, 6, 2, 3, 3);
  weft_tensor *y = weft_conv2d(x, w, &(weft_conv_options){.stride = 2, .pad = 1, .groups = 2});
  y = weft_avg_pool2d(weft_max_pool2d(weft_relu(y), 3, 1, 1), 2, 0, 0);
  return weft_softmax(weft_reshape(y, weft_shape_of(2, -1)), -1);
}

static weft_tensor *gradients_of_images(weft_graph *g) {
  const int64_t options[5] = {2, 1, 1, 2, 1}, size[2] = {3, 2}, stride[2] = {1, 2}, dilation[2] = {2, 1};
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 8, 9, 4), *w = weft_param(g, "w", WEFT_F32, 3, 3, 4, 5);
  weft_tensor *y = weft_make_conv(WEFT_OP_CONV, x, w, options, WEFT_SCALAR_SHAPE);
  weft_tensor *dx = weft_make_conv(WEFT_OP_CONV_DX, y, w, options, weft_tensor_shape(x));
  weft_tensor *dw = weft_make_conv(WEFT_OP_CONV_DW, x, y, options, weft_tensor_shape(w));
  weft_tensor *z = weft_input(g, "z", WEFT_F32, 7, 6);
  weft_tensor *folded =
      weft_make_fold(weft_make_window(z, size, stride, dilation), weft_shape_of(7, 6), size, stride, dilation);
  return weft_add(weft_add(weft_sum(dx), weft_sum(dw)), weft_sum(folded));
}

static weft_tensor *views(weft_graph *g) {
  const float table[6] = {0.1f, -2.5e-30f, 3e30f, INFINITY, -0.0f, 7};
  const int32_t whole[3] = {INT32_MIN, 0, INT32_MAX};
  weft_tensor *x = weft_data(g, WEFT_F32, weft_shape_of(2, 3), table);
  weft_tensor *n = weft_cast(weft_data(g, WEFT_I32, weft_shape_of(3), whole), WEFT_F32);
  weft_tensor *parts[3] = {x, weft_flip(x, 1), weft_broadcast(n, weft_shape_of(4, 3))};
  weft_tensor *y = weft_concat(parts, 3, 0);
  y = weft_pad(weft_slice(y, 0, -1, 0, -3), -1, 1, 2, -INFINITY);
  const int64_t lo[2] = {0, 1}, interior[2] = {2, 0};
  y = weft_make_pad(y, lo, interior, weft_shape_of(9, 8), 0.5);
  y = weft_mul(weft_transpose(y), weft_cast(weft_iota(g, weft_shape_of(8, 9), 0), WEFT_F32));
  return weft_make_copy(weft_detach(y));
}

static weft_tensor *random_numbers(weft_graph *g) {
  weft_graph_seed(g, UINT64_C(0xfedcba9876543210));
  weft_tensor *x = weft_dropout(weft_normal(g, weft_shape_of(5, 6), 1, 0.02), 0.25);
  return weft_add(x, weft_uniform(g, weft_shape_of(6), -1, 1));
}

static weft_tensor *reductions(weft_graph *g) {
  weft_tensor *x = weft_input(g, "a \"quoted\\ name\" #1", WEFT_F32, 3, 4, 5);
  weft_tensor *y = weft_add(weft_var_axes(x, WEFT_AXIS(0) | WEFT_AXIS(-1) | WEFT_KEEP),
                            weft_prod_axes(x, WEFT_AXIS(0) | WEFT_AXIS(2) | WEFT_KEEP));
  y = weft_mul(y, weft_sub(weft_max_axes(x, WEFT_AXIS(1) | WEFT_KEEP), weft_min_axes(x, WEFT_AXIS(1) | WEFT_KEEP)));
  weft_tensor *at = weft_add(weft_argmax(x, 1), weft_argmin(x, 1));
  return weft_sum(weft_where(weft_gt(at, weft_full(g, WEFT_I32, WEFT_SCALAR_SHAPE, 2)), weft_sum_axes(y, WEFT_AXIS(1)),
                             weft_number(g, NAN)));
}

static weft_tensor *contractions(weft_graph *g) {
  weft_tensor *a = weft_input(g, "a", WEFT_F32, 2, 3, 4, 5, 6), *b = weft_input(g, "b", WEFT_F32, 2, 5, 6, 7);
  weft_tensor *c = weft_make_dot(a, b, 1, 2, 2, 1, 0, weft_shape_of(2, 3, 4, 7));
  weft_tensor *packed = weft_input(g, "packed", WEFT_F32, 2, 1, 5, 6, 8);
  weft_tensor *d = weft_make_dot(a, packed, 1, 2, 2, 1, 8, weft_shape_of(2, 3, 4, 7));
  weft_tensor *e = weft_input(g, "e", WEFT_F32, 3, 7, 2);
  return weft_matmul(weft_add(c, d), e);
}

static weft_tensor *transformed(weft_graph *g) {
  const int64_t options[5] = {1, 1, 3, 1, 2};
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 5, 6, 3), *w = weft_input(g, "w", WEFT_F32, 3, 3, 3, 7);
  weft_tensor *u = weft_make_winograd_weights(w, weft_shape_of(2, 36, 3, 4));
  weft_tensor *y = weft_make_winograd(WEFT_OP_WINOGRAD, x, u, options, weft_shape_of(2, 5, 6, 7));
  return weft_make_winograd(WEFT_OP_WINOGRAD_DW, x, y, options, weft_shape_of(2, 7, 3, 3, 3));
}

static weft_tensor *transformed_in_steps(weft_graph *g) {
  const int64_t options[5] = {2, 1, 5, 1, 2};
  weft_shape places = weft_shape_of(36, 4, 2, 3, 3);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 5, 6, 3);
  weft_tensor *v = weft_make_winograd_transform(WEFT_OP_WINOGRAD_PIXELS, x, options, places);
  weft_tensor *y = weft_make_winograd_transform(WEFT_OP_WINOGRAD_RESULTS, v, options, x->shape);
  weft_tensor *z = weft_make_winograd_transform(WEFT_OP_WINOGRAD_RESULTS_DX, y, options, places);
  z = weft_reshape(z, weft_shape_of(36, 6, 4, 3));
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_WEIGHTS_DX, z, NULL, weft_shape_of(3, 4, 5, 5));
}

static weft_tensor *in_fewer_products(weft_graph *g) {
  weft_tensor *left = weft_make_strassen_sums(weft_input(g, "a", WEFT_F32, 4, 6), 1, 0, weft_shape_of(7, 2, 3));
  weft_tensor *right = weft_make_strassen_sums(weft_param(g, "b", WEFT_F32, 6, 8), 1, 1, weft_shape_of(7, 2, 3, 2));
  weft_tensor *m = weft_make_dot(left, right, 1, 1, 1, 1, 2, weft_shape_of(7, 2, 4));
  return weft_make_strassen_results(m, weft_input(g, "rest", WEFT_F32, 4, 1), 1, weft_shape_of(4, 9));
}

static weft_tensor *few_channels_a_group(weft_graph *g) {
  const int64_t options[5] = {1, 2, 2, 1, 3}, pad[2] = {2, 1}, expand[2] = {1, 3};
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 5, 6, 6), *w = weft_input(g, "w", WEFT_F32, 3, 3, 2, 6);
  weft_tensor *y = weft_make_grouped(WEFT_OP_GROUPED, x, w, options, pad, expand, weft_shape_of(2, 5, 8, 6));
  return weft_make_grouped(WEFT_OP_GROUPED_DW, x, y, options, pad, NULL, weft_shape_of(4, 3, 3, 2, 6));
}

static weft_tensor *indices(weft_graph *g) {
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 4, 6), *n = weft_input(g, "n", WEFT_I32, 3, 2);
  weft_tensor *y = weft_gather(x, n, 1), *z = weft_gather_elements(x, n, 0);
  return weft_scatter_add(weft_sum_axes(y, WEFT_AXIS(1)), n, z, 0);
}

static weft_tensor *attention(weft_graph *g) {
  weft_tensor *q = weft_input(g, "q", WEFT_F32, 2, 3, 4), *k = weft_input(g, "k", WEFT_F32, 2, 5, 4);
  weft_tensor *v = weft_input(g, "v", WEFT_F32, 2, 5, 6), *all[3] = {q, k, v}, *gradients[3];
  weft_gradients(weft_sum(weft_square(weft_scaled_dot_product_attention(q, k, v, 1))), all, 3, gradients);
  return weft_add(weft_sum(gradients[0]), weft_add(weft_sum(gradients[1]), weft_sum(gradients[2])));
}

/* Every scalar row, in one sum. */
static weft_tensor *scalars(weft_graph *g) {
  weft_tensor *f = weft_state(g, "f", WEFT_F32, 3, 2), *i = weft_state(g, "i", WEFT_I32, 3, 2), *sum = NULL;
  for (int op = 0; op < WEFT_OP_COUNT; op++) {
    if (weft_ops[op].kind != W_SCALAR) continue;
    int whole = weft_ops[op].types == W_I || weft_ops[op].types == W_TOF;
    weft_tensor *x = whole ? i : f;
    weft_tensor *y = weft_make_scalar((weft_op)op, weft_ops[op].types == W_SEL ? i : x, x, x);
    y = weft_cast(y, WEFT_F32);
    sum = sum ? weft_add(sum, y) : y;
  }
  return sum;
}

static weft_tensor *scalar_result(weft_graph *g) { return weft_number(g, -1.0 / 3); }

const sample samples[] = {
    {"mlp", mlp},
    {"images", images},
    {"gradients of images", gradients_of_images},
    {"views", views},
    {"random numbers", random_numbers},
    {"reductions", reductions},
    {"contractions", contractions},
    {"transformed", transformed},
    {"transformed in steps", transformed_in_steps},
    {"in fewer products", in_fewer_products},
    {"few channels a group", few_channels_a_group},
    {"indices", indices},
    {"attention", attention},
    {"scalars", scalars},
    {"one number", scalar_result},
};
const size_t n_samples = sizeof samples / sizeof samples[0];
