/* test_fold.c -- constant folding. */
#include "check.h"
#include <criterion/criterion.h>
#include <math.h>

static weft_tensor *number(weft_graph *g, double value, weft_shape shape) {
  return weft_full(g, WEFT_F32, shape, value);
}
static weft_tensor *whole(weft_graph *g, double value, weft_shape shape) {
  return weft_full(g, WEFT_I32, shape, value);
}

static const int64_t lo[2] = {1, 0}, gaps[2] = {0, 1};

static weft_tensor *arithmetic(weft_graph *g, int after) {
  weft_shape s = weft_shape_of(2, 3);
  if (after) return number(g, -2.5, s);
  return weft_sub(weft_mul(number(g, 3, s), number(g, 0.5, s)), weft_full(g, WEFT_F32, WEFT_SCALAR_SHAPE, 4));
}

static weft_tensor *functions(weft_graph *g, int after) {
  if (after) return weft_number(g, (double)(float)(1 / (1 + (double)(float)exp(-0.5))));
  return weft_reciprocal(weft_add(weft_number(g, 1), weft_exp(weft_number(g, -0.5))));
}

static weft_tensor *wraps(weft_graph *g, int after) {
  if (after) return whole(g, INT32_MIN, WEFT_SCALAR_SHAPE);
  return weft_add(whole(g, INT32_MAX, WEFT_SCALAR_SHAPE), whole(g, 1, WEFT_SCALAR_SHAPE));
}

static weft_tensor *division_by_zero(weft_graph *g, int after) {
  if (after) return whole(g, 0, WEFT_SCALAR_SHAPE);
  return weft_div(whole(g, 7, WEFT_SCALAR_SHAPE), whole(g, 0, WEFT_SCALAR_SHAPE));
}

static weft_tensor *conversions(weft_graph *g, int after) {
  if (after) return number(g, -3, weft_shape_of(2));
  return weft_cast(weft_cast(number(g, -3.75, weft_shape_of(2)), WEFT_I32), WEFT_F32);
}

static weft_tensor *conversion_out_of_range(weft_graph *g, int after) {
  (void)after;
  return weft_cast(weft_number(g, 3e9), WEFT_I32);
}

static weft_tensor *choice(weft_graph *g, int after) {
  weft_shape s = weft_shape_of(3);
  if (after) return number(g, 2, s);
  return weft_where(weft_lt(number(g, 1, s), number(g, NAN, s)), number(g, 1, s), number(g, 2, s));
}

static weft_tensor *views(weft_graph *g, int after) {
  if (after) return number(g, 5, weft_shape_of(4, 2, 3));
  weft_tensor *x = weft_make_expand(number(g, 5, weft_shape_of(1, 3, 1)), weft_shape_of(2, 3, 4));
  x = weft_flip(weft_permute(x, weft_shape_of(2, 0, 1)), 1);
  return weft_slice(weft_reshape(x, weft_shape_of(4, 2, 3)), 0, 0, 4, 1);
}

static weft_tensor *same_border(weft_graph *g, int after) {
  if (after) return number(g, 5, weft_shape_of(4, 5));
  return weft_make_pad(number(g, 5, weft_shape_of(2, 3)), lo, gaps, weft_shape_of(4, 5), 5);
}

static weft_tensor *other_border(weft_graph *g, int after) {
  (void)after;
  return weft_make_pad(number(g, 5, weft_shape_of(2, 3)), lo, gaps, weft_shape_of(4, 5), 4);
}

static weft_tensor *concatenation(weft_graph *g, int after) {
  weft_tensor *parts[2] = {number(g, 5, weft_shape_of(2, 3)), number(g, 5, weft_shape_of(1, 3))};
  return after ? number(g, 5, weft_shape_of(3, 3)) : weft_concat(parts, 2, 0);
}

static weft_tensor *concatenation_of_two(weft_graph *g, int after) {
  (void)after;
  weft_tensor *parts[2] = {number(g, 5, weft_shape_of(2, 3)), number(g, 6, weft_shape_of(1, 3))};
  return weft_concat(parts, 2, 0);
}

static weft_tensor *sums(weft_graph *g, int after) {
  weft_shape s = weft_shape_of(4, 5);
  if (after) return weft_number(g, 30);
  return weft_sum(number(g, 1.5, s));
}

static weft_tensor *products(weft_graph *g, int after) {
  if (after) return whole(g, 956385313, WEFT_SCALAR_SHAPE); /* 7^12 - 3 2^32 */
  return weft_prod_axes(whole(g, 7, weft_shape_of(12)), WEFT_ALL_AXES);
}

static weft_tensor *extremes(weft_graph *g, int after) {
  weft_shape s = weft_shape_of(4, 5);
  if (after) return number(g, -2.25, weft_shape_of(5));
  return weft_min_axes(weft_reshape(weft_max_axes(number(g, -2.25, s), WEFT_AXIS(0)), weft_shape_of(1, 5)),
                       WEFT_AXIS(0));
}

static weft_tensor *position(weft_graph *g, int after) {
  if (after) return whole(g, 0, weft_shape_of(4));
  return weft_argmax(number(g, 3, weft_shape_of(4, 5)), 1);
}

static weft_tensor *counter_of_one(weft_graph *g, int after) {
  if (after) return whole(g, 0, weft_shape_of(4, 1));
  return weft_iota(g, weft_shape_of(4, 1), 1);
}

static weft_tensor *data_of_one(weft_graph *g, int after) {
  const float value = 0.3f;
  if (after) return number(g, (double)value, weft_shape_of(1, 1));
  return weft_data(g, WEFT_F32, weft_shape_of(1, 1), &value);
}

static weft_tensor *inside_a_graph(weft_graph *g, int after) {
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 3);
  weft_tensor *rate =
      after ? number(g, 6, weft_shape_of(3)) : weft_mul(number(g, 2, weft_shape_of(3)), number(g, 3, weft_shape_of(3)));
  return weft_assign(x, weft_mul(x, rate));
}

static weft_tensor *not_constant(weft_graph *g, int after) {
  (void)after;
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 3), *c = number(g, 2, weft_shape_of(3));
  return weft_sum(weft_mul(weft_mul(x, c), c));
}

static const pass_case cases[] = {
    CASE(arithmetic),  CASE(functions),      CASE(wraps),        CASE(division_by_zero),
    CASE(conversions), CASE(choice),         CASE(views),        CASE(conversion_out_of_range),
    CASE(same_border), CASE(other_border),   CASE(sums),         CASE(concatenation),
    CASE(products),    CASE(extremes),       CASE(position),     CASE(concatenation_of_two),
    CASE(data_of_one), CASE(counter_of_one), CASE(not_constant), CASE(inside_a_graph),
};

Test(fold, cases) { check_cases(weft_pass_fold, cases, sizeof cases / sizeof cases[0]); }
