/* test_layout.c -- permutes move to the results and cancel; what must stay where it is stays. */
#include "check.h"
#include <criterion/criterion.h>

/* y (N, H, W, C) from memory, seen as (N, C, H, W): what a convolution gives. */
static weft_tensor *nhwc(weft_graph *g) { return weft_input(g, "y", WEFT_F32, 2, 5, 6, 3); }
static weft_tensor *nchw(weft_tensor *y) { return weft_permute(y, weft_shape_of(0, 3, 1, 2)); }
static weft_tensor *seen(weft_graph *g) { return nchw(nhwc(g)); }

static weft_tensor *elementwise(weft_graph *g, int after) {
  return after ? nchw(weft_relu(weft_exp(nhwc(g)))) : weft_relu(weft_exp(seen(g)));
}

static weft_tensor *there_and_back(weft_graph *g, int after) {
  if (after) return weft_relu(nhwc(g));
  return weft_permute(weft_relu(seen(g)), weft_shape_of(0, 2, 3, 1));
}

static weft_tensor *two_alike(weft_graph *g, int after) {
  weft_tensor *z = weft_input(g, "z", WEFT_F32, 2, 5, 6, 3);
  return after ? nchw(weft_add(nhwc(g), z)) : weft_add(seen(g), nchw(z));
}

static weft_tensor *beside_a_tensor_in_memory(weft_graph *g, int after) {
  (void)after;
  return weft_add(seen(g), weft_input(g, "z", WEFT_F32, 2, 3, 5, 6));
}

static weft_tensor *two_unlike(weft_graph *g, int after) {
  (void)after;
  weft_tensor *z = weft_input(g, "z", WEFT_F32, 6, 3, 2, 5);
  return weft_add(seen(g), weft_permute(z, weft_shape_of(2, 1, 3, 0)));
}

static weft_tensor *bias_and_constant(weft_graph *g, int after) {
  weft_tensor *bias = weft_param(g, "bias", WEFT_F32, 3), *y = nhwc(g);
  if (after)
    return nchw(weft_mul(weft_add(y, weft_make_expand(weft_reshape(bias, weft_shape_of(1, 1, 1, 3)), y->shape)),
                         weft_number(g, 0.5)));
  return weft_mul(weft_add(seen(g), weft_reshape(bias, weft_shape_of(1, 3, 1, 1))), weft_number(g, 0.5));
}

static weft_tensor *dropout(weft_graph *g, int after) {
  weft_tensor *step = weft_state(g, "step", WEFT_I32, 1), *count = weft_reshape(step, WEFT_SCALAR_SHAPE);
  weft_tensor *x = seen(g), *u;
  u = weft_node(&(weft_node_spec){
      .graph = g, .op = WEFT_OP_UNIFORM, .shape = x->shape, .n_in = 1, .in = &count, .n_attr = 1, .attr = {7}});
  if (!after) return weft_where(weft_ge(u, weft_number(g, 0.5)), x, weft_number(g, 0));
  u = weft_permute(u, weft_shape_of(0, 2, 3, 1)); /* the same numbers in the same places */
  return nchw(weft_where(weft_ge(u, weft_number(g, 0.5)), nhwc(g), weft_number(g, 0)));
}

static weft_tensor *counter(weft_graph *g, int after) {
  if (after) return nchw(weft_mul(nhwc(g), weft_cast(weft_iota(g, weft_shape_of(2, 5, 6, 3), 3), WEFT_F32)));
  return weft_mul(seen(g), weft_cast(weft_iota(g, weft_shape_of(2, 3, 5, 6), 1), WEFT_F32));
}

static weft_tensor *batch_norm(weft_graph *g, int after) {
  weft_tensor *x = after ? nhwc(g) : seen(g);
  unsigned axes = after ? 7u : WEFT_AXIS(0) | WEFT_AXIS(2) | WEFT_AXIS(3);
  weft_tensor *mean = weft_sum_axes(x, axes | WEFT_KEEP), *y = weft_sub(x, mean);
  return after ? nchw(y) : y;
}

static weft_tensor *maximum_over_channels(weft_graph *g, int after) {
  if (!after) return weft_max_axes(seen(g), WEFT_AXIS(1) | WEFT_KEEP);
  return weft_reshape(weft_max_axes(nhwc(g), WEFT_AXIS(3) | WEFT_KEEP), weft_shape_of(2, 1, 5, 6));
}

static weft_tensor *position_in_order(weft_graph *g, int after) {
  if (!after) return weft_make_reduce(WEFT_OP_ARGMAX, seen(g), 12); /* over H and W */
  return weft_reshape(weft_make_reduce(WEFT_OP_ARGMAX, nhwc(g), 6), weft_shape_of(2, 3, 1, 1));
}

static weft_tensor *position_out_of_order(weft_graph *g, int after) {
  (void)after;
  return weft_make_reduce(WEFT_OP_ARGMAX, seen(g), 6); /* C counts before H here, after it beneath */
}

/* Softmax over an axis that is not the last in memory stays a row kernel. */
static weft_tensor *rows(weft_graph *g, int after) {
  (void)after;
  weft_tensor *x = weft_permute(weft_input(g, "logits", WEFT_F32, 4, 7, 9), weft_shape_of(0, 2, 1));
  weft_tensor *e = weft_exp(weft_sub(x, weft_max_axes(x, WEFT_AXIS(-1) | WEFT_KEEP)));
  return weft_div(e, weft_sum_axes(e, WEFT_AXIS(-1) | WEFT_KEEP));
}

/* Where the rows stay rows, the permute moves. */
static weft_tensor *rows_in_another_order(weft_graph *g, int after) {
  const int64_t swap[3] = {1, 0, 2};
  weft_tensor *x = weft_input(g, "logits", WEFT_F32, 4, 7, 9);
  if (!after) x = weft_make_permute(x, swap);
  x = weft_sub(x, weft_max_axes(x, WEFT_AXIS(-1) | WEFT_KEEP));
  return after ? weft_make_permute(x, swap) : x;
}

static weft_tensor *borders_and_slices(weft_graph *g, int after) {
  weft_tensor *x = after ? nhwc(g) : seen(g);
  int h = after ? 1 : 2, c = after ? 3 : 1;
  x = weft_flip(weft_slice(weft_pad(x, h, 1, 2, 0.5), c, 0, 3, 2), h);
  return after ? nchw(x) : x;
}

static weft_tensor *reshape_of_ones(weft_graph *g, int after) {
  if (!after) return weft_exp(weft_reshape(seen(g), weft_shape_of(1, 2, 3, 1, 5, 6)));
  weft_tensor *x = weft_exp(weft_reshape(nhwc(g), weft_shape_of(2, 5, 6, 3, 1, 1)));
  return weft_permute(x, weft_shape_of(4, 0, 3, 5, 1, 2));
}

static weft_tensor *flatten(weft_graph *g, int after) {
  if (after) return weft_reshape(nchw(weft_exp(nhwc(g))), weft_shape_of(2, 90));
  return weft_reshape(weft_exp(seen(g)), weft_shape_of(2, 90));
}

static weft_tensor *concatenation(weft_graph *g, int after) {
  weft_tensor *z = weft_input(g, "z", WEFT_F32, 2, 5, 6, 4), *parts[2] = {nhwc(g), z};
  if (after) return nchw(weft_concat(parts, 2, 3));
  parts[0] = nchw(parts[0]);
  parts[1] = nchw(parts[1]);
  return weft_concat(parts, 2, 1);
}

static weft_tensor *concatenation_of_unlike(weft_graph *g, int after) {
  (void)after;
  weft_tensor *parts[2] = {seen(g), weft_input(g, "z", WEFT_F32, 2, 4, 5, 6)};
  return weft_concat(parts, 2, 1);
}

static weft_tensor *nothing_in_memory(weft_graph *g, int after) {
  weft_tensor *row = weft_input(g, "row", WEFT_F32, 2, 1, 1, 7);
  weft_shape shape = weft_shape_of(2, 4, 5, 7), turned = weft_shape_of(2, 7, 4, 5);
  if (after) {
    weft_tensor *i = weft_cast(weft_iota(g, turned, 2), WEFT_F32);
    return weft_mul(i, weft_make_expand(weft_reshape(row, weft_shape_of(2, 7, 1, 1)), turned));
  }
  weft_tensor *x = weft_mul(weft_cast(weft_iota(g, shape, 1), WEFT_F32), weft_make_expand(row, shape));
  return nchw(x);
}

static weft_tensor *operand_of_a_product(weft_graph *g, int after) {
  (void)after;
  weft_tensor *a = weft_input(g, "a", WEFT_F32, 6, 4), *b = weft_input(g, "b", WEFT_F32, 5, 6);
  return weft_assign(weft_param(g, "w", WEFT_F32, 5, 4),
                     weft_transpose(weft_matmul(weft_transpose(a), weft_transpose(b))));
}

static const pass_case cases[] = {
    CASE(elementwise),
    CASE(there_and_back),
    CASE(two_alike),
    CASE(beside_a_tensor_in_memory),
    CASE(two_unlike),
    CASE(bias_and_constant),
    CASE(dropout),
    CASE(counter),
    CASE(batch_norm),
    CASE(maximum_over_channels),
    CASE(position_in_order),
    CASE(position_out_of_order),
    CASE(rows),
    CASE(rows_in_another_order),
    CASE(borders_and_slices),
    CASE(reshape_of_ones),
    CASE(flatten),
    CASE(concatenation),
    CASE(concatenation_of_unlike),
    CASE(nothing_in_memory),
    CASE(operand_of_a_product),
};

Test(layout, cases) { check_cases(weft_pass_layout, cases, sizeof cases / sizeof cases[0]); }

/* ---- networks ---- */

static weft_tensor *conv(weft_graph *g, weft_tensor *x, const char *name, int64_t channels, int pad) {
  weft_shape s = weft_shape_of(channels, x->shape.dims[1], 3, 3);
  return weft_conv2d(x, weft_param_shaped(g, name, WEFT_F32, s), &(weft_conv_options){.pad = pad});
}

/* Runs the passes that come before contraction. */
static void run_to_layout(weft_tensor **roots, size_t n, const char *what) {
  check_roots(weft_pass_fold, roots, n, &cpu_target, 1, what);
  check_roots(weft_pass_simplify, roots, n, &cpu_target, 1, what);
  check_roots(weft_pass_layout, roots, n, &cpu_target, 1, what);
  check_roots(weft_pass_simplify, roots, n, &cpu_target, 1, what);
}

Test(layout, images_stay_nhwc_through_a_residual_network) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 1, 12, 12);
  weft_tensor *y = weft_relu(conv(g, x, "w1", 8, 1));
  weft_tensor *z = weft_relu(conv(g, y, "w2", 8, 1));
  weft_tensor *scale = weft_reshape(weft_param(g, "scale", WEFT_F32, 8), weft_shape_of(8, 1, 1));
  weft_tensor *var = weft_var_axes(z, WEFT_AXIS(0) | WEFT_AXIS(2) | WEFT_AXIS(3) | WEFT_KEEP);
  z = weft_mul(weft_div(z, weft_sqrt(weft_add(var, weft_number(g, 1e-3)))), scale);
  y = weft_max_pool2d(weft_add(y, z), 2, 2, 0);
  y = weft_avg_pool2d(weft_relu(conv(g, y, "w3", 8, 1)), 3, 1, 1);
  weft_tensor *out = weft_sum_axes(y, WEFT_AXIS(2) | WEFT_AXIS(3));
  run_to_layout(&out, 1, "residual network");
  cr_assert_eq(count_ops(&out, 1, WEFT_OP_PERMUTE, 8 * 8 * 9), 0, "%s", weft_graph_print(&out, 1));
  weft_graph_destroy(g);
}
