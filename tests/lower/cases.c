/* cases.c -- the graphs, smallest first in each kind: broadcasts, every view, random numbers, several results; sums by
 * column, row and whole; windows and their adjoint; rows short, long and uneven. */
#include "cases.h"
#include <string.h>

#define F32(name, ...) weft_input(g, name, WEFT_F32, __VA_ARGS__)
#define I32(name, ...) weft_input(g, name, WEFT_I32, __VA_ARGS__)
#define CASE(name) static int name(weft_graph *g, weft_tensor **out)
#define NUMBER(value) weft_number(g, value)

static weft_tensor *both(weft_tensor *x) { return weft_neg(x); } /* keeps a view from being a root of its own */

/* ---- maps ---- */

CASE(bias_nhwc) { return out[0] = weft_relu(weft_add(F32("x", 16, 7, 7, 32), F32("b", 32))), 1; }
CASE(bias_uneven) { return out[0] = weft_relu(weft_add(F32("x", 128, 10), F32("b", 10))), 1; }
CASE(flat_uneven) { return out[0] = weft_gelu(weft_mul(F32("x", 1003), F32("y", 1003))), 1; }
CASE(flat_large) { return out[0] = weft_add(F32("x", 1050003), F32("y", 1050003)), 1; }
CASE(one_element) { return out[0] = weft_add(F32("x", 1), F32("y", 1)), 1; }
CASE(two_results) {
  out[0] = weft_exp(F32("x", 37, 50));
  out[1] = weft_mul(out[0], NUMBER(2));
  return 2;
}
CASE(permuted) { return out[0] = both(weft_permute(F32("x", 6, 10, 14, 16), weft_shape_of(0, 2, 3, 1))), 1; }
CASE(to_nchw) {
  weft_tensor *x = weft_permute(F32("x", 6, 10, 14, 16), weft_shape_of(0, 3, 1, 2));
  return out[0] = weft_add(x, F32("b", 16, 1, 1)), 1;
}
CASE(weights_to_oihw) { return out[0] = weft_permute(F32("x", 3, 3, 64, 48), weft_shape_of(3, 2, 0, 1)), 1; }
CASE(transposed) { return out[0] = both(weft_transpose(F32("x", 72, 90))), 1; }
CASE(panels) { /* squares turned round in registers */
  weft_tensor *x = weft_reshape(F32("x", 128, 96), weft_shape_of(4, 32, 96));
  return out[0] = weft_neg(weft_permute(x, weft_shape_of(0, 2, 1))), 1;
}
/* So large that a GPU reads it through shared memory. */
CASE(transposed_large) { return out[0] = weft_neg(weft_transpose(I32("x", 480, 360))), 1; }
CASE(weights_to_hwio) {
  weft_tensor *w = F32("w", 128, 128, 3, 3), *flipped = weft_flip(weft_flip(w, 2), 3);
  out[0] = weft_permute(w, weft_shape_of(2, 3, 1, 0));
  out[1] = weft_permute(flipped, weft_shape_of(2, 3, 0, 1));
  return 2;
}
CASE(update_of_oihw) {
  weft_tensor *g_w = weft_permute(F32("g", 3, 3, 96, 256), weft_shape_of(3, 2, 0, 1)), *w = F32("w", 256, 96, 3, 3);
  return out[0] = weft_sub(w, weft_mul(weft_add(g_w, weft_mul(F32("v", 256, 96, 3, 3), NUMBER(0.9))), F32("r", 1))), 1;
}
CASE(channels_first) {
  weft_tensor *x = weft_permute(F32("x", 24, 16, 15, 24), weft_shape_of(0, 3, 1, 2));
  return out[0] = weft_mul(x, weft_reshape(F32("s", 24), weft_shape_of(24, 1, 1))), 1;
}
CASE(reshaped) { return out[0] = weft_add(weft_reshape(F32("x", 6, 35), weft_shape_of(5, 42)), F32("b", 42)), 1; }
CASE(permuted_reshaped) {
  weft_tensor *x = weft_reshape(weft_permute(F32("x", 6, 35), weft_shape_of(1, 0)), weft_shape_of(5, 42));
  return out[0] = weft_add(x, F32("b", 42)), 1;
}
CASE(sliced) {
  weft_tensor *x = F32("x", 20, 33), *y = F32("y", 20, 33);
  return out[0] = weft_add(weft_slice(x, 1, 3, 30, 2), weft_slice(y, 1, 29, 2, -2)), 1;
}
CASE(steps_of_sequence) { /* bindings that may begin later, and one that is read from its begin too */
  weft_tensor *x = F32("x", 6, 8, 64), *y = F32("y", 6, 8, 64), *z = F32("z", 6, 8, 64), *v = F32("v", 1, 8, 64);
  out[0] = weft_relu(weft_add(weft_slice(x, 0, 2, 3, 1), v));
  out[1] = weft_sum_axes(weft_slice(y, 0, 3, 5, 1), 1u << 1 | 1u << 2);
  out[2] = weft_add(weft_slice(z, 0, 4, 5, 1), weft_slice(z, 1, 7, 8, 1));
  out[3] = weft_add(weft_slice(z, 1, 3, 4, 1), weft_pad(weft_slice(v, 1, 5, 6, 1), 0, 5, 0, 1));
  return 4;
}
CASE(padded_nhwc) {
  weft_tensor *x = F32("x", 3, 9, 11, 16);
  return out[0] = weft_relu(weft_pad(weft_pad(x, 1, 1, 2, 0), 2, 2, 1, -1)), 1;
}
CASE(padded_row) {
  weft_tensor *x = F32("x", 5, 30);
  return out[0] = weft_exp(weft_pad(weft_mul(x, x), 1, 3, 4, 0.5)), 1;
}
CASE(padded_inside) {
  const int64_t lo[] = {0, 1, 0}, interior[] = {0, 2, 0};
  return out[0] = both(weft_make_pad(weft_relu(F32("x", 3, 5, 16)), lo, interior, weft_shape_of(3, 16, 16), 2)), 1;
}
CASE(padded_reshaped) {
  weft_tensor *x = weft_reshape(weft_transpose(F32("x", 6, 35)), weft_shape_of(5, 42));
  return out[0] = both(weft_pad(weft_pad(x, 0, 1, 1, 3), 1, 2, 3, 4)), 1;
}
CASE(reshaped_padded) {
  weft_tensor *x = weft_pad(F32("x", 7, 9, 4), 1, 2, 1, 5);
  return out[0] = both(weft_reshape(weft_pad(x, 2, 1, 0, 6), weft_shape_of(14, 30))), 1;
}
CASE(joined) {
  weft_tensor *parts[] = {F32("x", 4, 5, 24), F32("y", 4, 3, 24), weft_relu(F32("z", 4, 1, 24))};
  return out[0] = both(weft_concat(parts, 3, 1)), 1;
}
CASE(joined_rows) {
  weft_tensor *parts[] = {F32("x", 9, 5), F32("y", 9, 3), weft_exp(F32("z", 9, 11))};
  return out[0] = both(weft_concat(parts, 3, 1)), 1;
}
CASE(flipped) { return out[0] = weft_add(weft_flip(F32("x", 7, 40), 1), weft_flip(F32("y", 7, 40), 0)), 1; }
CASE(counted) {
  out[0] = weft_cast(weft_iota(g, weft_shape_of(9, 21), 1), WEFT_F32);
  out[1] = weft_iota(g, weft_shape_of(9, 21), 0);
  return 2;
}
CASE(table_rows) { return out[0] = weft_gather(F32("x", 50, 24), I32("class", 40), 0), 1; }
CASE(table_columns) { return out[0] = both(weft_gather(F32("x", 9, 50), I32("class", 21), 1)), 1; }
CASE(rows_of_computed) { return out[0] = weft_relu(weft_gather(weft_exp(F32("x", 50, 24)), I32("class", 40), 0)), 1; }
/* So large that work-items of a GPU have fours, and the last of them not all. */
CASE(large_map) {
  weft_tensor *x = F32("x", 3, 65540), *bias = weft_reshape(F32("b", 3), weft_shape_of(3, 1));
  return out[0] = weft_relu(weft_add(weft_mul(x, F32("y", 3, 65540)), weft_broadcast(bias, x->shape))), 1;
}
CASE(scattered_rows) {
  weft_tensor *index = weft_broadcast(weft_reshape(I32("class", 60), weft_shape_of(60, 1)), weft_shape_of(60, 40));
  return out[0] = weft_make_scatter_add(weft_mul(F32("x", 60, 40), NUMBER(0.5)), index, 0, weft_shape_of(50, 40)), 1;
}
CASE(scattered_uneven) {
  weft_tensor *index = weft_broadcast(weft_reshape(I32("class", 60), weft_shape_of(60, 1)), weft_shape_of(60, 13));
  return out[0] = weft_make_scatter_add(F32("x", 60, 13), index, 0, weft_shape_of(5, 13)), 1;
}
/* So large that no GPU holds every place against every index: `count` classes, `apart` places from each other, over
 * rows of `columns`. */
static weft_tensor *scattered_large(weft_graph *g, int64_t count, int64_t places, int apart, int64_t columns,
                                    int is_shared) {
  weft_shape shape = weft_shape_of(count, columns);
  weft_tensor *index = is_shared ? I32("class", count, 1) : I32("class", count, columns);
  index = weft_mul(index, weft_full(g, WEFT_I32, weft_shape_of(1, 1), apart));
  index = weft_broadcast(index, shape);
  return weft_make_scatter_add(F32("x", count, columns), index, 0, weft_shape_of(places, columns));
}
CASE(scattered_far) { return out[0] = scattered_large(g, 211, 40000, 4441, 64, 1), 1; }
/* More indices than a work-group takes notes of at a time, of one column; more columns than it has work-items. */
CASE(scattered_numbers) { return out[0] = scattered_large(g, 20003, 27000, 2999, 1, 1), 1; }
/* Few of a group's indices are in its range; and each place gets a large number, its negative, and a small one, far
 * from each other in the list: added in another order the small one is lost. */
CASE(scattered_thinly) {
  const weft_shape thrice = weft_shape_of(3, 1668, 4);
  weft_tensor *turn = weft_iota(g, thrice, 0), *none = weft_full(g, WEFT_I32, weft_shape_of(1, 1, 1), 0);
  weft_tensor *index =
      weft_add(weft_mul(weft_iota(g, weft_shape_of(1, 1668, 1), 1), weft_full(g, WEFT_I32, weft_shape_of(1, 1, 1), 2)),
               I32("class", 1, 1668, 1));
  index = weft_mul(index, weft_full(g, WEFT_I32, weft_shape_of(1, 1, 1), 8));
  weft_tensor *one = weft_full(g, WEFT_I32, weft_shape_of(1, 1, 1), 1);
  weft_tensor *sign = weft_cast(weft_sub(weft_eq(turn, none), weft_eq(turn, one)), WEFT_F32);
  weft_tensor *small = weft_mul(F32("x", 3, 1668, 4), weft_sub(NUMBER(1), weft_mul(sign, sign)));
  weft_tensor *x = weft_reshape(weft_add(small, weft_mul(sign, NUMBER(1e8))), weft_shape_of(5004, 4));
  index = weft_reshape(weft_broadcast(index, thrice), x->shape);
  return out[0] = weft_make_scatter_add(x, index, 0, weft_shape_of(27000, 4)), 1;
}
CASE(scattered_wide) { return out[0] = scattered_large(g, 600, 900, 97, 1030, 1), 1; }
CASE(scattered_apart) { return out[0] = scattered_large(g, 300, 28000, 3109, 64, 0), 1; }
CASE(scattered_elements) {
  return out[0] = weft_make_scatter_add(F32("x", 6, 30), I32("class", 6, 30), 1, weft_shape_of(6, 11)), 1;
}
CASE(one_hot) {
  weft_tensor *t = weft_broadcast(weft_reshape(I32("class", 50), weft_shape_of(50, 1)), weft_shape_of(50, 10));
  return out[0] = weft_cast(weft_eq(t, weft_iota(g, weft_shape_of(50, 10), 1)), WEFT_F32), 1;
}
CASE(chosen) {
  weft_tensor *x = F32("x", 33, 17), *y = F32("y", 33, 17);
  return out[0] = weft_where(weft_gt(x, y), weft_sin(x), weft_tanh(y)), 1;
}
CASE(integers) {
  weft_tensor *a = I32("a", 333), *b = I32("b", 333);
  out[0] = weft_add(weft_div(a, b), weft_mul(weft_mod(a, b), weft_maximum(a, weft_neg(b))));
  out[1] = weft_minimum(weft_abs(weft_sub(a, b)), weft_sign(weft_sub(a, b)));
  return 2;
}
CASE(uniform) { return out[0] = weft_uniform(g, weft_shape_of(30, 11), -1, 1), 1; }
CASE(normal) { return out[0] = weft_normal(g, weft_shape_of(1001), 0, 1), 1; }
CASE(dropout) { return out[0] = weft_dropout(F32("x", 64, 50), 0.3), 1; }
CASE(momentum) {
  weft_tensor *w = F32("w", 784, 10), *velocity = F32("v", 784, 10);
  out[0] = weft_add(weft_mul(velocity, NUMBER(0.9)), F32("gradient", 784, 10));
  out[1] = weft_sub(w, weft_mul(out[0], NUMBER(0.01)));
  return 2;
}

/* ---- reductions ---- */

CASE(sum_columns) { return out[0] = weft_sum_axes(F32("x", 128, 10), WEFT_AXIS(0)), 1; }
CASE(sum_nhwc) { return out[0] = weft_mul(weft_sum_axes(F32("x", 8, 14, 14, 32), 7), NUMBER(0.5)), 1; }
CASE(max_columns_uneven) { return out[0] = weft_max_axes(F32("x", 50, 43), WEFT_AXIS(0)), 1; }
CASE(mean_rows) { return out[0] = weft_mean_axes(F32("x", 37, 1000), WEFT_AXIS(1)), 1; }
/* The reduced elements are neighbours, the kept ones lie far apart. */
CASE(scores_of_one_query) {
  weft_tensor *q = F32("q", 8, 1, 64), *k = weft_permute(F32("k", 96, 8, 64), weft_shape_of(1, 0, 2));
  return out[0] = weft_mul(weft_sum_axes(weft_mul(q, k), WEFT_AXIS(2)), NUMBER(0.125)), 1;
}
CASE(sum_short_rows) { return out[0] = weft_sum_axes(F32("x", 128, 10), WEFT_AXIS(1)), 1; }
CASE(two_sums) {
  weft_tensor *x = F32("x", 19, 77);
  out[0] = weft_log(weft_sum_axes(weft_exp(x), WEFT_AXIS(1)));
  out[1] = weft_sum_axes(weft_square(x), WEFT_AXIS(1));
  return 2;
}
CASE(sum_all) { return out[0] = weft_sum(weft_square(F32("x", 33, 77))), 1; }
CASE(sum_middle) { return out[0] = weft_sum_axes(F32("x", 6, 50, 24), WEFT_AXIS(1)), 1; }
CASE(product_of_two_axes) {
  weft_tensor *x = weft_mul(F32("x", 3, 2, 5, 3, 16), NUMBER(0.9));
  return out[0] = weft_prod_axes(x, WEFT_AXIS(1) | WEFT_AXIS(3)), 1;
}
CASE(sum_permuted) {
  weft_tensor *x = weft_permute(F32("x", 12, 40, 20), weft_shape_of(2, 1, 0));
  return out[0] = weft_sum_axes(x, WEFT_AXIS(1)), 1;
}
CASE(sum_nchw) { return out[0] = weft_sum_axes(F32("x", 8, 6, 15, 15), WEFT_AXIS(0) | WEFT_AXIS(2) | WEFT_AXIS(3)), 1; }
CASE(extremes_of_integers) {
  weft_tensor *a = I32("a", 40, 60);
  out[0] = weft_min_axes(a, WEFT_AXIS(1));
  out[1] = weft_max_axes(a, WEFT_AXIS(1));
  return 2;
}
CASE(argmax_rows) { return out[0] = weft_argmax(F32("x", 33, 100), 1), 1; }
CASE(argmax_short_rows) { return out[0] = weft_argmax(F32("x", 128, 10), 1), 1; }
CASE(argmin_columns) { return out[0] = weft_argmin(F32("x", 60, 40), 0), 1; }
CASE(argmax_with_ties) {
  weft_tensor *a = weft_mod(I32("a", 12, 90), weft_full(g, WEFT_I32, WEFT_SCALAR_SHAPE, 4));
  return out[0] = weft_argmax(a, 1), 1;
}
CASE(max_pool_nchw) { return out[0] = weft_max_pool2d(F32("x", 2, 3, 12, 12), 2, 2, 0), 1; }
CASE(mean_pool_padded) { return out[0] = weft_avg_pool2d(F32("x", 2, 3, 11, 11), 3, 2, 1), 1; }

static weft_tensor *windows(weft_tensor *x, int size, int stride) {
  const int64_t sizes[] = {0, size, size, 0}, strides[] = {1, stride, stride, 1}, dilations[] = {1, 1, 1, 1};
  return weft_make_window(x, sizes, strides, dilations);
}
static weft_tensor *pool(weft_op op, weft_tensor *x, int size, int stride) {
  return weft_make_reduce(op, windows(x, size, stride), 48);
}

CASE(max_pool_nhwc) { return out[0] = pool(WEFT_OP_REDUCE_MAX, weft_relu(F32("x", 2, 12, 12, 32)), 2, 2), 1; }
CASE(sum_pool_nhwc) { return out[0] = pool(WEFT_OP_REDUCE_SUM, F32("x", 2, 11, 11, 20), 3, 2), 1; }
CASE(max_pool_large) { return out[0] = pool(WEFT_OP_REDUCE_MAX, F32("x", 2, 17, 17, 16), 5, 3), 1; }

CASE(fold_apart) {
  const int64_t size[] = {0, 2, 2, 0}, stride[] = {1, 2, 2, 1}, dilation[] = {1, 1, 1, 1};
  weft_tensor *y = weft_make_fold(F32("x", 2, 6, 6, 16, 2, 2), weft_shape_of(2, 12, 12, 16), size, stride, dilation);
  return out[0] = weft_relu(y), 1;
}
CASE(fold_overlapping) {
  const int64_t size[] = {0, 3, 3, 0}, stride[] = {1, 2, 2, 1}, dilation[] = {1, 1, 1, 1};
  return out[0] = weft_make_fold(F32("x", 2, 5, 5, 9, 3, 3), weft_shape_of(2, 12, 12, 9), size, stride, dilation), 1;
}
CASE(fold_dilated) {
  const int64_t size[] = {0, 3, 0}, stride[] = {1, 2, 1}, dilation[] = {1, 2, 1};
  return out[0] = weft_make_fold(F32("x", 2, 5, 9, 3), weft_shape_of(2, 13, 9), size, stride, dilation), 1;
}
CASE(fold_large) {
  const int64_t size[] = {0, 7, 5}, stride[] = {1, 1, 1}, dilation[] = {1, 1, 1};
  return out[0] = weft_make_fold(F32("x", 2, 5, 9, 7, 5), weft_shape_of(2, 11, 13), size, stride, dilation), 1;
}
CASE(max_pool_gradient) {
  const int64_t size[] = {0, 2, 2, 0}, stride[] = {1, 2, 2, 1}, dilation[] = {1, 1, 1, 1};
  weft_tensor *x = F32("x", 2, 12, 12, 16), *w = windows(x, 2, 2);
  weft_shape full = w->shape;
  out[0] = weft_make_reduce(WEFT_OP_REDUCE_MAX, w, 48);
  weft_tensor *upstream = weft_make_reshape(F32("dy", 2, 6, 6, 16), weft_shape_of(2, 6, 6, 16, 1, 1));
  weft_tensor *taken = weft_where(weft_eq(w, weft_make_expand(out[0], full)), weft_make_expand(upstream, full),
                                  weft_full(g, WEFT_F32, full, 0));
  out[1] = weft_make_fold(taken, x->shape, size, stride, dilation);
  return 2;
}

/* ---- rows ---- */

static weft_tensor *softmax(weft_tensor *x) { /* without the detached maximum, so that all of it is one group */
  unsigned last = WEFT_AXIS(x->shape.rank - 1) | WEFT_KEEP;
  weft_tensor *e = weft_exp(weft_sub(x, weft_max_axes(x, last)));
  return weft_div(e, weft_sum_axes(e, last));
}
static weft_tensor *normed(weft_graph *g, weft_tensor *x, unsigned axes, weft_tensor **out_mean) {
  *out_mean = weft_mean_axes(x, axes | WEFT_KEEP);
  weft_tensor *variance = weft_var_axes(x, axes | WEFT_KEEP);
  return weft_mul(weft_sub(x, *out_mean), weft_rsqrt(weft_add(variance, NUMBER(1e-5))));
}

CASE(softmax_rows) { return out[0] = softmax(F32("x", 40, 1000)), 1; }
CASE(softmax_short) { return out[0] = softmax(F32("x", 130, 10)), 1; }
CASE(softmax_uneven) { return out[0] = softmax(F32("x", 43, 45)), 1; }
CASE(softmax_long) { return out[0] = softmax(F32("x", 20, 5000)), 1; }
CASE(softmax_scores) { return out[0] = weft_softmax(weft_mul(F32("x", 4, 5, 33, 33), NUMBER(0.3)), -1), 1; }
CASE(log_softmax) { return out[0] = weft_log_softmax(F32("x", 64, 100), 1), 1; }
CASE(cross_entropy) { return out[0] = weft_cross_entropy(F32("x", 128, 10), I32("class", 128)), 1; }
CASE(cross_entropy_wide) { return out[0] = weft_cross_entropy(F32("x", 32, 300), I32("class", 32)), 1; }
CASE(layer_norm) {
  weft_tensor *y = normed(g, F32("x", 32, 256), WEFT_AXIS(1), &out[1]);
  out[0] = weft_add(weft_mul(y, F32("scale", 256)), F32("shift", 256));
  return 2;
}
CASE(norm_of_two_axes) {
  weft_tensor *mean;
  return out[0] = normed(g, F32("x", 2, 30, 7, 9), WEFT_AXIS(2) | WEFT_AXIS(3), &mean), 1;
}

/* ---- contractions ---- */

static weft_tensor *dot(weft_tensor *a, weft_tensor *b) {
  return weft_make_dot(a, b, 0, 1, 1, 1, 0, weft_shape_of(a->shape.dims[0], b->shape.dims[1]));
}

CASE(dot_square) { return out[0] = dot(F32("a", 128, 256), F32("b", 256, 128)), 1; }
CASE(dot_few_columns) {
  weft_tensor *y = weft_add(dot(F32("x", 256, 784), F32("w", 784, 10)), F32("b", 10));
  return out[0] = weft_relu(y), 1;
}
CASE(dot_few_rows) {
  weft_tensor *y = weft_add(dot(F32("x", 4, 512), F32("w", 512, 256)), F32("b", 256));
  return out[0] = weft_tanh(y), 1;
}
CASE(dot_gradient) { /* of weights, and their step */
  const int64_t turn[] = {1, 0};
  weft_tensor *w = F32("w", 64, 48), *dw = dot(weft_make_permute(F32("x", 200, 64), turn), F32("dy", 200, 48));
  return out[0] = weft_sub(w, weft_mul(dw, NUMBER(0.1))), 1;
}
CASE(dot_convolution) {
  const int64_t axes[6] = {0, 1, 2, 4, 5, 3};
  weft_tensor *a = weft_make_permute(windows(F32("x", 2, 10, 10, 8), 3, 1), axes);
  weft_tensor *y = weft_make_dot(a, F32("w", 3, 3, 8, 32), 0, 3, 3, 1, 0, weft_shape_of(2, 8, 8, 32));
  return out[0] = weft_relu(weft_add(y, F32("b", 32))), 1;
}
CASE(dot_prologues) { /* for a, and for b, of which a part is read one by one */
  weft_tensor *parts[2] = {F32("w0", 64, 32), F32("w1", 64, 10)};
  weft_tensor *a = weft_make_scalar(WEFT_OP_EXP, F32("x", 128, 64), NULL, NULL);
  return out[0] = dot(a, weft_make_copy(weft_concat(parts, 2, 1))), 1;
}
CASE(dot_border) { /* of an image, in front of a convolution of stride 2 */
  const int64_t axes[6] = {0, 1, 2, 4, 5, 3}, lo[4] = {0, 1, 1, 0}, gaps[4] = {0};
  weft_tensor *x = weft_make_copy(weft_make_pad(F32("x", 2, 16, 16, 8), lo, gaps, weft_shape_of(2, 18, 18, 8), 0));
  weft_tensor *a = weft_make_permute(windows(x, 3, 2), axes);
  return out[0] = weft_make_dot(a, F32("w", 3, 3, 8, 32), 0, 3, 3, 1, 0, weft_shape_of(2, 8, 8, 32)), 1;
}

/* Element `gate` of every `gates` neighbours. */
static weft_tensor *gate_of(weft_tensor *z, int gates, int gate) {
  const int64_t start[2] = {0, gate}, step[2] = {1, gates}, size[2] = {z->shape.dims[0], z->shape.dims[1] / gates};
  return weft_make_slice(z, start, step, size);
}
CASE(dot_cell) {
  weft_tensor *z = dot(F32("x", 64, 128), F32("w", 128, 512));
  weft_tensor *in = weft_mul(weft_sigmoid(gate_of(z, 4, 0)), weft_tanh(gate_of(z, 4, 2)));
  out[1] = weft_add(weft_mul(weft_sigmoid(gate_of(z, 4, 1)), F32("c", 64, 128)), in);
  return out[0] = weft_mul(weft_sigmoid(gate_of(z, 4, 3)), weft_tanh(out[1])), 2;
}
CASE(dot_linear_unit) { /* the product is a result too */
  out[1] = dot(F32("x", 100, 64), F32("w", 64, 96));
  return out[0] = weft_mul(gate_of(out[1], 2, 0), weft_sigmoid(gate_of(out[1], 2, 1))), 2;
}

/* A list and a copy of it, for which the kernel of the list and of others may bind no more. */
CASE(list_kept_twice) {
  weft_tensor *y = F32("y", 9, 20), *parts[2] = {weft_add(F32("x", 9, 20), F32("a", 9, 20)), weft_mul(y, F32("b", 20))};
  out[0] = weft_concat(parts, 2, 1);
  out[1] = weft_neg(parts[0]);
  out[2] = weft_exp(parts[1]);
  out[3] = weft_abs(weft_add(parts[0], F32("c", 9, 20)));
  return out[4] = weft_make_copy(out[0]), 5;
}

/* ---- bundles ---- */

CASE(bundle_of_updates) {
  weft_tensor *rate = F32("rate", 1);
  for (int i = 0; i < 2; i++) {
    int64_t size = i ? 40 : 300;
    weft_tensor *w = F32(i ? "w1" : "w0", size), *velocity = F32(i ? "v1" : "v0", size);
    out[2 * i] = weft_add(weft_mul(velocity, NUMBER(0.9)), F32(i ? "g1" : "g0", size));
    out[2 * i + 1] = weft_sub(w, weft_mul(out[2 * i], rate));
  }
  return 4;
}
CASE(bundle_of_kinds) { /* views, what is made, a list in parts; x and y are read by two maps each */
  weft_tensor *x = F32("x", 72, 90), *y = F32("y", 12, 24), *parts[] = {weft_exp(y), y, weft_neg(y)};
  out[0] = weft_add(F32("a", 1), F32("b", 1));
  out[1] = both(weft_transpose(x));
  out[2] = weft_relu(weft_slice(x, 0, 64, 70, 1));
  out[3] = weft_gather(F32("table", 50, 24), I32("class", 40), 0);
  out[4] = weft_make_copy(weft_concat(parts, 3, 1));
  out[5] = weft_uniform(g, weft_shape_of(30, 11), -1, 1);
  out[6] = weft_div(I32("i", 333), I32("j", 333));
  out[7] = both(weft_pad(weft_pad(F32("z", 5, 31), 0, 1, 1, 3), 1, 2, 3, 4));
  return 8;
}

weft_group *lower_bundle(weft_arena *arena, weft_group **maps, size_t count) {
  weft_group *bundle = WEFT_NEW(arena, weft_group, 1);
  int most = 0;
  for (size_t m = 0; m < count; m++) most += maps[m]->n_inputs + maps[m]->n_outputs;
  *bundle = (weft_group){.kind = WEFT_GROUP_BUNDLE,
                         .inputs = WEFT_NEW(arena, weft_tensor *, most),
                         .outputs = WEFT_NEW(arena, weft_tensor *, most),
                         .parts = maps,
                         .n_parts = (int)count};
  for (size_t m = 0; m < count; m++) {
    if (maps[m]->kind != WEFT_GROUP_MAP) return NULL;
    for (int i = 0, k; i < maps[m]->n_inputs; i++) {
      for (k = 0; k < bundle->n_inputs && bundle->inputs[k] != maps[m]->inputs[i];) k++;
      bundle->inputs[k] = maps[m]->inputs[i];
      if (k == bundle->n_inputs) bundle->n_inputs++;
    }
    for (int o = 0; o < maps[m]->n_outputs; o++) bundle->outputs[bundle->n_outputs++] = maps[m]->outputs[o];
  }
  return bundle;
}

const lower_case lower_bundles[] = {{"bundle_of_updates", bundle_of_updates}, {"bundle_of_kinds", bundle_of_kinds}};
const int n_lower_bundles = sizeof lower_bundles / sizeof *lower_bundles;

const lower_case lower_cases[] = {
#define ROW(name)                                                                                                      \
  { #name, name }
    ROW(bias_nhwc),
    ROW(bias_uneven),
    ROW(flat_uneven),
    ROW(flat_large),
    ROW(one_element),
    ROW(two_results),
    ROW(permuted),
    ROW(to_nchw),
    ROW(weights_to_oihw),
    ROW(transposed),
    ROW(panels),
    ROW(transposed_large),
    ROW(weights_to_hwio),
    ROW(update_of_oihw),
    ROW(channels_first),
    ROW(reshaped),
    ROW(permuted_reshaped),
    ROW(sliced),
    ROW(steps_of_sequence),
    ROW(padded_nhwc),
    ROW(padded_row),
    ROW(padded_inside),
    ROW(padded_reshaped),
    ROW(reshaped_padded),
    ROW(joined),
    ROW(joined_rows),
    ROW(flipped),
    ROW(counted),
    ROW(table_rows),
    ROW(table_columns),
    ROW(rows_of_computed),
    ROW(large_map),
    ROW(scattered_rows),
    ROW(scattered_uneven),
    ROW(scattered_elements),
    ROW(scattered_far),
    ROW(scattered_numbers),
    ROW(scattered_thinly),
    ROW(scattered_wide),
    ROW(scattered_apart),
    ROW(one_hot),
    ROW(chosen),
    ROW(integers),
    ROW(uniform),
    ROW(normal),
    ROW(dropout),
    ROW(momentum),
    ROW(sum_columns),
    ROW(sum_nhwc),
    ROW(max_columns_uneven),
    ROW(mean_rows),
    ROW(scores_of_one_query),
    ROW(sum_short_rows),
    ROW(two_sums),
    ROW(sum_all),
    ROW(sum_middle),
    ROW(product_of_two_axes),
    ROW(sum_permuted),
    ROW(sum_nchw),
    ROW(extremes_of_integers),
    ROW(argmax_rows),
    ROW(argmax_short_rows),
    ROW(argmin_columns),
    ROW(argmax_with_ties),
    ROW(max_pool_nchw),
    ROW(mean_pool_padded),
    ROW(max_pool_nhwc),
    ROW(sum_pool_nhwc),
    ROW(max_pool_large),
    ROW(fold_apart),
    ROW(fold_overlapping),
    ROW(fold_dilated),
    ROW(fold_large),
    ROW(max_pool_gradient),
    ROW(softmax_rows),
    ROW(softmax_short),
    ROW(softmax_uneven),
    ROW(softmax_long),
    ROW(softmax_scores),
    ROW(log_softmax),
    ROW(cross_entropy),
    ROW(cross_entropy_wide),
    ROW(layer_norm),
    ROW(norm_of_two_axes),
    ROW(dot_square),
    ROW(dot_few_columns),
    ROW(dot_few_rows),
    ROW(dot_gradient),
    ROW(dot_convolution),
    ROW(dot_prologues),
    ROW(dot_border),
    ROW(dot_cell),
    ROW(list_kept_twice),
    ROW(dot_linear_unit),
};
const int n_lower_cases = sizeof lower_cases / sizeof *lower_cases;

weft_target lower_target(const char *name) {
  weft_target target = {.dialect = WEFT_OPENCL_C,
                        .device_class = WEFT_CLASS_CPU,
                        .vector_width = 8,
                        .compute_units = 2,
                        .max_group = 256,
                        .local_memory = 32768,
                        .max_groups = {65535, 65535, 65535},
                        .binding_align = 64};
  if (!strcmp(name, "cpu4")) target.vector_width = 4;
  if (!strcmp(name, "cpu16")) target.vector_width = 16;
  if (!strcmp(name, "gpu") || !strcmp(name, "glsl")) target.device_class = WEFT_CLASS_GPU;
  if (!strncmp(name, "glsl", 4)) target.dialect = WEFT_GLSL;
  if (!strcmp(name, "glsl-cpu")) target.max_texels = 1 << 20;
  return target;
}
