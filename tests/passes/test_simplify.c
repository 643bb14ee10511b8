/* test_simplify.c -- algebra, views, reductions: each rule once where it applies, and beside it what it must not
 * touch. */
#include "check.h"
#include <criterion/criterion.h>
#include <math.h>

static weft_tensor *input(weft_graph *g) { return weft_input(g, "x", WEFT_F32, 4, 6); }
static weft_tensor *whole(weft_graph *g) { return weft_input(g, "i", WEFT_I32, 4, 6); }
static weft_tensor *like(weft_tensor *x, double value) { return weft_make_const(x->graph, x->dtype, x->shape, value); }
static weft_tensor *row(weft_graph *g) { return weft_input(g, "row", WEFT_F32, 1, 6); }

/* ---- neutral operands and signs ---- */

static weft_tensor *neutral(weft_graph *g, int after) {
  weft_tensor *x = input(g), *y = x;
  if (after) return x;
  y = weft_add(like(x, 0), y);
  y = weft_mul(y, like(x, 1));
  y = weft_sub(weft_div(y, like(x, 1)), like(x, 0));
  y = weft_neg(weft_neg(weft_pow(y, like(x, 1))));
  return weft_maximum(weft_minimum(y, like(x, INFINITY)), like(x, -(double)INFINITY));
}

static weft_tensor *zero_times_float(weft_graph *g, int after) {
  (void)after; /* NaN times 0 is NaN */
  return weft_mul(input(g), like(input(g), 0));
}

static weft_tensor *zero_times_whole(weft_graph *g, int after) {
  return after ? like(whole(g), 0) : weft_mul(like(whole(g), 0), whole(g));
}

static weft_tensor *less_itself(weft_graph *g, int after) {
  weft_tensor *i = whole(g), *x = input(g); /* inf - inf is NaN */
  if (after) return weft_add(weft_sub(x, x), like(x, 3));
  return weft_add(weft_cast(weft_add(weft_sub(i, i), like(i, 3)), WEFT_F32), weft_sub(x, x));
}

static weft_tensor *signs(weft_graph *g, int after) {
  weft_tensor *x = input(g), *y = weft_exp(x);
  if (after) return weft_sub(weft_mul(weft_sub(x, y), like(x, 3)), weft_mul(x, y));
  return weft_add(weft_mul(weft_neg(weft_neg(weft_neg(weft_add(y, weft_neg(x))))), like(x, 3)),
                  weft_neg(weft_mul(weft_neg(x), weft_neg(y))));
}

static weft_tensor *scales(weft_graph *g, int after) {
  weft_tensor *x = input(g);
  if (after) return weft_mul(x, like(x, 0.75));
  return weft_div(weft_mul(weft_div(weft_mul(x, like(x, 2)), like(x, 4)), like(x, 3)), like(x, 2));
}

static weft_tensor *scales_that_overflow(weft_graph *g, int after) {
  (void)after;
  weft_tensor *x = input(g);
  return weft_mul(weft_mul(x, like(x, 1e30)), like(x, 1e30));
}

static weft_tensor *sums_of_constants(weft_graph *g, int after) {
  weft_tensor *x = input(g), *i = whole(g);
  weft_tensor *f = weft_add(weft_add(x, like(x, 1e9)), like(x, -1e9)); /* rounds: stays */
  i = after ? weft_add(i, like(i, 5)) : weft_add(weft_add(i, like(i, 2)), like(i, 3));
  return weft_add(f, weft_cast(i, WEFT_F32));
}

static weft_tensor *division(weft_graph *g, int after) {
  weft_tensor *x = input(g);
  weft_tensor *thirds = weft_div(x, like(x, 3)); /* 1/3 is not exact: stays */
  return weft_mul(thirds, after ? weft_mul(x, like(x, 0.125)) : weft_div(x, like(x, 8)));
}

static weft_tensor *powers(weft_graph *g, int after) {
  weft_tensor *x = weft_exp(input(g));
  if (after) return weft_mul(weft_mul(weft_square(x), weft_sqrt(x)), weft_mul(weft_rsqrt(x), weft_pow(x, like(x, 3))));
  return weft_mul(weft_mul(weft_pow(x, like(x, 2)), weft_pow(x, like(x, 0.5))),
                  weft_mul(weft_pow(x, like(x, -0.5)), weft_pow(x, like(x, 3))));
}

static weft_tensor *even_functions(weft_graph *g, int after) {
  weft_tensor *x = input(g);
  if (after) return weft_mul(weft_square(x), weft_relu(x));
  return weft_mul(weft_abs(weft_square(weft_neg(weft_abs(x)))), weft_relu(weft_relu(x)));
}

static weft_tensor *square_root_of_square(weft_graph *g, int after) {
  (void)after;
  return weft_cast(weft_cast(weft_sqrt(weft_square(input(g))), WEFT_I32), WEFT_F32);
}

/* ---- truth ---- */

static weft_tensor *choices(weft_graph *g, int after) {
  weft_tensor *x = input(g), *y = weft_exp(x), *t = weft_gt(x, like(x, 0)), *one = like(whole(g), 1);
  if (after) return weft_where(t, x, y);
  weft_tensor *z = weft_where(t, weft_where(t, x, like(x, 9)), weft_where(t, like(x, 8), y));
  z = weft_where(weft_logical_not(weft_logical_not(t)), z, z);
  return weft_where(one, weft_where(weft_ne(t, like(one, 0)), z, y), y);
}

static weft_tensor *flags(weft_graph *g, int after) {
  weft_tensor *x = input(g), *t = weft_gt(x, like(x, 0));
  if (after) return weft_cast(t, WEFT_F32);
  t = weft_logical_or(weft_logical_and(like(t, 3), t), like(t, 0));
  return weft_where(weft_lt(like(x, 0), x), weft_where(t, like(x, 1), x), like(x, 0));
}

static weft_tensor *comparison_with_itself(weft_graph *g, int after) {
  weft_tensor *x = input(g), *i = whole(g); /* NaN differs from itself */
  return weft_add(weft_eq(x, x), after ? like(i, 4) : weft_add(weft_eq(i, i), like(i, 3)));
}

static weft_tensor *whole_as_flag(weft_graph *g, int after) {
  weft_tensor *i = whole(g); /* i is not 0 or 1 */
  return after ? weft_ne(i, like(i, 0)) : weft_logical_and(i, like(i, 1));
}

/* ---- views ---- */

static weft_tensor *chains(weft_graph *g, int after) {
  weft_tensor *x = input(g);
  if (after) return weft_reshape(x, weft_shape_of(3, 8));
  x = weft_reshape(weft_reshape(x, weft_shape_of(2, 12)), weft_shape_of(4, 6));
  x = weft_permute(weft_permute(x, weft_shape_of(1, 0)), weft_shape_of(1, 0));
  x = weft_flip(weft_flip(weft_flip(weft_flip(x, 0), 1), 0), 1);
  return weft_reshape(weft_slice(weft_pad(x, 1, 2, 3, 0), 1, 2, 8, 1), weft_shape_of(3, 8));
}

static weft_tensor *part_of_border(weft_graph *g, int after) {
  if (after) return weft_pad(weft_slice(input(g), 0, 1, 3, 1), 1, 1, 0, 5);
  return weft_slice(weft_slice(weft_pad(input(g), 1, 2, 3, 5), 1, 1, 8, 1), 0, 1, 3, 1);
}

static weft_tensor *other_slice_of_pad(weft_graph *g, int after) {
  (void)after;
  return weft_slice(weft_pad(input(g), 1, 2, 3, 0), 1, 1, 8, 2);
}

static weft_tensor *slices(weft_graph *g, int after) {
  weft_tensor *x = weft_input(g, "long", WEFT_F32, 40);
  if (after) return weft_slice(x, 0, 7, 40, 6); /* 3 + 2 (2 + 3 i) */
  return weft_slice(weft_slice(x, 0, 3, 40, 2), 0, 2, 19, 3);
}

static weft_tensor *borders(weft_graph *g, int after) {
  weft_tensor *x = input(g);
  const int64_t lo[2] = {1, 3}, gaps[2] = {0, 2}, none[2] = {0, 0}, outer[2] = {2, 1};
  if (after) return weft_make_pad(x, (int64_t[]){3, 4}, gaps, weft_shape_of(9, 25), 1);
  return weft_make_pad(weft_make_pad(x, lo, gaps, weft_shape_of(6, 22), 1), outer, none, weft_shape_of(9, 25), 1);
}

static weft_tensor *borders_of_two_values(weft_graph *g, int after) {
  (void)after;
  return weft_pad(weft_pad(input(g), 0, 1, 1, 0), 0, 1, 1, 1);
}

static weft_tensor *permute_of_ones(weft_graph *g, int after) {
  weft_tensor *x = weft_input(g, "ones", WEFT_F32, 1, 5, 1, 3);
  weft_tensor *kept = weft_permute(x, weft_shape_of(3, 0, 1, 2)); /* 5 and 3 change places */
  weft_tensor *moved = after ? x : weft_permute(x, weft_shape_of(1, 0, 2, 3));
  return weft_matmul(weft_reshape(kept, weft_shape_of(3, 5)), weft_reshape(moved, weft_shape_of(5, 3)));
}

static weft_tensor *views_of_expand(weft_graph *g, int after) {
  weft_tensor *r = row(g);
  if (after)
    return weft_make_expand(weft_flip(weft_slice(weft_reshape(r, weft_shape_of(6, 1, 1)), 0, 1, 5, 1), 0),
                            weft_shape_of(4, 2, 2));
  weft_tensor *x = weft_broadcast(r, weft_shape_of(4, 6));
  x = weft_reshape(weft_permute(x, weft_shape_of(1, 0)), weft_shape_of(6, 2, 2));
  return weft_flip(weft_flip(weft_slice(x, 0, 1, 5, 1), 0), 1);
}

static weft_tensor *reshape_across_expand(weft_graph *g, int after) {
  (void)after;
  return weft_reshape(weft_broadcast(row(g), weft_shape_of(4, 6)), weft_shape_of(8, 3));
}

static weft_tensor *counters(weft_graph *g, int after) {
  if (after) return weft_iota(g, weft_shape_of(3, 5, 2), 1);
  weft_tensor *x =
      weft_make_expand(weft_reshape(weft_iota(g, weft_shape_of(5), 0), weft_shape_of(1, 5)), weft_shape_of(2, 5));
  x = weft_permute(weft_reshape(x, weft_shape_of(1, 2, 5)), weft_shape_of(0, 2, 1));
  return weft_slice(weft_broadcast(x, weft_shape_of(4, 5, 2)), 0, 1, 4, 1);
}

static weft_tensor *windows(weft_graph *g, int after) {
  weft_tensor *x = input(g);
  const int64_t one[2] = {1, 0}, two[2] = {2, 0}, step[2] = {1, 1}, two_steps[2] = {2, 1};
  weft_tensor *y = weft_make_window(x, two, step, step);      /* (3, 6, 2) */
  weft_tensor *z = weft_make_window(x, one, two_steps, step); /* (2, 6, 1) */
  weft_tensor *w = after ? weft_reshape(x, weft_shape_of(4, 6, 1)) : weft_make_window(x, one, step, step);
  weft_tensor *parts[3] = {weft_make_reduce(WEFT_OP_REDUCE_SUM, y, 7), weft_make_reduce(WEFT_OP_REDUCE_SUM, z, 3),
                           weft_make_reduce(WEFT_OP_REDUCE_MAX, w, 3)};
  return weft_concat(parts, 3, 0);
}

static weft_tensor *fold_without_overlap(weft_graph *g, int after) {
  weft_tensor *y = weft_input(g, "y", WEFT_F32, 2, 3, 3, 2);
  const int64_t size[2] = {3, 2}, dilation[2] = {1, 1}, lo[2] = {0, 0};
  if (!after) return weft_make_fold(y, weft_shape_of(7, 6), size, size, dilation);
  weft_tensor *x = weft_reshape(weft_permute(y, weft_shape_of(0, 2, 1, 3)), weft_shape_of(6, 6));
  return weft_make_pad(x, lo, lo, weft_shape_of(7, 6), 0);
}

static weft_tensor *fold_of_single_elements(weft_graph *g, int after) {
  weft_tensor *y = weft_input(g, "y", WEFT_F32, 3, 4, 1);
  const int64_t size[2] = {1, 0}, stride[2] = {2, 1}, dilation[2] = {1, 1}, lo[2] = {0, 0}, gaps[2] = {1, 0};
  if (!after) return weft_make_fold(y, weft_shape_of(6, 4), size, stride, dilation);
  return weft_make_pad(weft_reshape(y, weft_shape_of(3, 4)), lo, gaps, weft_shape_of(6, 4), 0);
}

static weft_tensor *fold_with_overlap(weft_graph *g, int after) {
  (void)after;
  weft_tensor *y = weft_input(g, "y", WEFT_F32, 3, 4, 3);
  const int64_t size[2] = {3, 0}, stride[2] = {2, 1}, dilation[2] = {1, 1};
  return weft_make_fold(y, weft_shape_of(7, 4), size, stride, dilation);
}

/* ---- reductions ---- */

static weft_tensor *reductions_of_ones(weft_graph *g, int after) {
  weft_tensor *r = row(g);
  if (after) return weft_make_reduce(WEFT_OP_REDUCE_SUM, r, 2);
  return weft_make_reduce(WEFT_OP_REDUCE_SUM, weft_make_reduce(WEFT_OP_REDUCE_MAX, r, 1), 3);
}

static weft_tensor *position_among_one(weft_graph *g, int after) {
  weft_tensor *r = row(g);
  return after ? weft_make_const(g, WEFT_I32, r->shape, 0) : weft_make_reduce(WEFT_OP_ARGMAX, r, 1);
}

static weft_tensor *sums_of_sums(weft_graph *g, int after) {
  weft_tensor *x = weft_input(g, "cube", WEFT_F32, 3, 4, 5);
  if (after) return weft_reshape(weft_make_reduce(WEFT_OP_REDUCE_SUM, x, 7), weft_shape_of(1));
  weft_tensor *y = weft_sum_axes(weft_sum_axes(x, WEFT_AXIS(1) | WEFT_KEEP), WEFT_AXIS(0));
  return weft_make_reduce(WEFT_OP_REDUCE_SUM, weft_reshape(y, weft_shape_of(5)), 1);
}

static weft_tensor *maximum_of_sums(weft_graph *g, int after) {
  (void)after;
  weft_tensor *x = weft_input(g, "cube", WEFT_F32, 3, 4, 5);
  return weft_make_reduce(WEFT_OP_REDUCE_MAX, weft_make_reduce(WEFT_OP_REDUCE_SUM, x, 2), 1);
}

static weft_tensor *sum_of_repeated(weft_graph *g, int after) {
  weft_tensor *r = row(g);
  if (!after) return weft_make_reduce(WEFT_OP_REDUCE_SUM, weft_broadcast(r, weft_shape_of(4, 6)), 3);
  weft_tensor *sum = weft_make_reduce(WEFT_OP_REDUCE_SUM, r, 2);
  return weft_mul(sum, like(sum, 4));
}

static weft_tensor *maximum_of_repeated(weft_graph *g, int after) {
  weft_tensor *r = row(g);
  if (!after) return weft_make_reduce(WEFT_OP_REDUCE_MAX, weft_broadcast(r, weft_shape_of(4, 6)), 2);
  return weft_make_expand(weft_make_reduce(WEFT_OP_REDUCE_MAX, r, 2), weft_shape_of(4, 1));
}

static weft_tensor *product_of_repeated(weft_graph *g, int after) {
  (void)after;
  return weft_make_reduce(WEFT_OP_REDUCE_PROD, weft_broadcast(row(g), weft_shape_of(4, 6)), 1);
}

static weft_tensor *ops_of_repeated(weft_graph *g, int after) {
  weft_tensor *r = row(g), *column = weft_input(g, "column", WEFT_F32, 4, 1);
  weft_tensor *both = weft_add(r, column); /* nothing is repeated in both */
  if (after) return weft_mul(both, weft_broadcast(weft_exp(weft_mul(r, like(r, 3))), both->shape));
  r = weft_broadcast(r, both->shape);
  return weft_mul(both, weft_exp(weft_mul(r, like(both, 3))));
}

static weft_tensor *ops_of_reshaped(weft_graph *g, int after) {
  weft_tensor *r = row(g), *mean = weft_make_reduce(WEFT_OP_REDUCE_SUM, r, 2), *x = input(g);
  weft_shape flat = weft_shape_of(1), wide = weft_shape_of(24);
  weft_tensor *other = weft_exp(weft_reshape(x, wide)); /* no dim of size 1 */
  if (after) return weft_mul(other, weft_make_expand(weft_reshape(weft_mul(mean, like(mean, 0.25)), flat), wide));
  weft_tensor *scaled = weft_mul(weft_reshape(mean, flat), weft_number(g, 0.25));
  return weft_mul(other, weft_make_expand(scaled, wide));
}

/* ---- effects ---- */

static weft_tensor *effects(weft_graph *g, int after) {
  weft_tensor *w = weft_param(g, "w", WEFT_F32, 4, 6), *x = input(g);
  weft_tensor *value = after ? weft_sub(w, x) : weft_add(weft_detach(w), weft_mul(x, like(x, -1)));
  weft_tensor *step = weft_assign(w, value), *in[1] = {w};
  weft_tensor *alone = weft_node(&(weft_node_spec){.graph = g, .op = WEFT_OP_AFTER, .n_in = 1, .in = in});
  return weft_after(weft_sum(after ? w : alone), &step, 1);
}

static weft_tensor *copies(weft_graph *g, int after) {
  (void)after;
  return weft_make_copy(weft_make_copy(weft_transpose(input(g))));
}

static weft_tensor *constant_factors(weft_graph *g, int after) {
  weft_tensor *x = input(g), *r = row(g);
  if (after) {
    weft_tensor *sum = weft_sum_axes(x, WEFT_AXIS(0) | WEFT_KEEP);
    return weft_mul(weft_mul(sum, r), like(sum, -3));
  }
  return weft_sum_axes(weft_mul(weft_neg(weft_mul(x, r)), like(x, 3)), WEFT_AXIS(0) | WEFT_KEEP);
}

static weft_tensor *factor_along_the_sum(weft_graph *g, int after) {
  (void)after;
  return weft_sum_axes(weft_mul(input(g), row(g)), WEFT_AXIS(1) | WEFT_KEEP);
}

/* Nothing is left of the distances from the mean, but where they are all there is. */
static weft_tensor *distances_from_mean(weft_graph *g, int after) {
  weft_tensor *x = input(g), *y = weft_exp(x), *r = row(g);
  weft_tensor *total = weft_sum_axes(x, WEFT_AXIS(0) | WEFT_KEEP), *mean = weft_mul(total, like(total, 0.25));
  weft_tensor *distance = weft_sub(x, mean);
  weft_tensor *alone = weft_sum_axes(distance, WEFT_AXIS(0) | WEFT_KEEP);
  weft_tensor *of_rows = weft_sub(x, weft_mean_axes(x, WEFT_AXIS(1) | WEFT_KEEP));
  weft_tensor *other = weft_sum_axes(weft_add(y, of_rows), WEFT_AXIS(0) | WEFT_KEEP);
  weft_tensor *sum = after ? y : weft_add(y, weft_mul(weft_mul(distance, like(x, 2)), r));
  return weft_add(weft_add(weft_sum_axes(sum, WEFT_AXIS(0) | WEFT_KEEP), alone), other);
}

/* The squares of distances from the mean wait for no mean; from something else they stay. */
static weft_tensor *squared_distances_from_mean(weft_graph *g, int after) {
  const int64_t first[2] = {0, 0}, step[2] = {1, 1};
  weft_tensor *x = input(g), *r = row(g), *other = weft_sum_axes(weft_square(weft_sub(x, r)), WEFT_AXIS(0) | WEFT_KEEP);
  if (!after) {
    weft_tensor *distance = weft_sub(x, weft_mean_axes(x, WEFT_AXIS(0) | WEFT_KEEP));
    return weft_add(weft_sum_axes(weft_square(distance), WEFT_AXIS(0) | WEFT_KEEP), other);
  }
  weft_tensor *from_first = weft_sub(x, weft_make_slice(x, first, step, other->shape.dims));
  weft_tensor *squares = weft_sum_axes(weft_square(from_first), WEFT_AXIS(0) | WEFT_KEEP);
  weft_tensor *sum = weft_square(weft_sum_axes(from_first, WEFT_AXIS(0) | WEFT_KEEP));
  return weft_add(weft_maximum(weft_sub(squares, weft_mul(sum, like(sum, 0.25))), like(sum, 0)), other);
}

static const pass_case cases[] = {
    CASE(neutral),
    CASE(constant_factors),
    CASE(factor_along_the_sum),
    CASE(distances_from_mean),
    CASE(squared_distances_from_mean),
    CASE(zero_times_float),
    CASE(zero_times_whole),
    CASE(less_itself),
    CASE(signs),
    CASE(scales),
    CASE(scales_that_overflow),
    CASE(sums_of_constants),
    CASE(division),
    CASE(powers),
    CASE(even_functions),
    CASE(square_root_of_square),
    CASE(choices),
    CASE(flags),
    CASE(comparison_with_itself),
    CASE(whole_as_flag),
    CASE(chains),
    CASE(part_of_border),
    CASE(other_slice_of_pad),
    CASE(slices),
    CASE(borders),
    CASE(borders_of_two_values),
    CASE(permute_of_ones),
    CASE(views_of_expand),
    CASE(reshape_across_expand),
    CASE(counters),
    CASE(windows),
    CASE(fold_without_overlap),
    CASE(fold_of_single_elements),
    CASE(fold_with_overlap),
    CASE(reductions_of_ones),
    CASE(position_among_one),
    CASE(sums_of_sums),
    CASE(maximum_of_sums),
    CASE(sum_of_repeated),
    CASE(maximum_of_repeated),
    CASE(product_of_repeated),
    CASE(ops_of_repeated),
    CASE(ops_of_reshaped),
    CASE(effects),
    CASE(copies),
};

Test(simplify, cases) { check_cases(weft_pass_simplify, cases, sizeof cases / sizeof cases[0]); }

/* Of a padded image's gradient the border is never computed: one convolution, of the image's own size. Half an image
 * might be one of two halves, and stays cut out of the whole. */
Test(simplify, gradient_of_a_padded_image) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *dy = weft_input(g, "dy", WEFT_F32, 2, 9, 9, 8), *w = weft_param(g, "w", WEFT_F32, 3, 3, 2, 8);
  const int64_t options[5] = {1, 1, 2, 1, 2}, start[4] = {0, 2, 1, 0}, step[4] = {1, 1, 1, 1};
  const int64_t image[4] = {2, 9, 9, 4}, half[4] = {2, 4, 9, 4};
  weft_tensor *dx = weft_make_conv(WEFT_OP_CONV_DX, dy, w, options, weft_shape_of(2, 13, 11, 4));
  weft_tensor *y = check_pass(weft_pass_simplify, weft_make_slice(dx, start, step, image), &cpu_target, 1, "image");
  cr_assert(y->op == WEFT_OP_CONV && weft_shape_equal(y->shape, weft_shape_of(2, 9, 9, 4)));
  cr_assert(y->in[0]->op == WEFT_OP_PAD && weft_shape_equal(y->in[0]->shape, weft_shape_of(2, 13, 11, 8)), "%s",
            weft_graph_print(&y, 1));
  y = check_pass(weft_pass_simplify, weft_make_slice(dx, start, step, half), &cpu_target, 1, "half");
  cr_assert(y->op == WEFT_OP_SLICE && y->in[0]->op == WEFT_OP_CONV);
  weft_graph_destroy(g);
}
