/* test_split.c -- long reductions in two stages. */
#include "check.h"
#include <criterion/criterion.h>

static weft_tensor *input(weft_graph *g, weft_shape shape) { return weft_input_shaped(g, "x", WEFT_F32, shape); }

static weft_tensor *loss(weft_graph *g, int after) {
  weft_tensor *x = input(g, weft_shape_of(100, 96));
  if (!after) return weft_make_reduce(WEFT_OP_REDUCE_SUM, x, 3);
  weft_tensor *y = weft_make_reduce(WEFT_OP_REDUCE_SUM, weft_reshape(x, weft_shape_of(32, 300)), 2);
  return weft_reshape(weft_make_reduce(WEFT_OP_REDUCE_SUM, y, 1), weft_shape_of(1, 1));
}

static weft_tensor *bias(weft_graph *g, int after) { /* (N, H, W, C) summed to (C): whole rows of channels a part */
  weft_tensor *x = input(g, weft_shape_of(8, 24, 24, 5));
  if (!after) return weft_make_reduce(WEFT_OP_REDUCE_SUM, x, 7);
  weft_tensor *y = weft_make_reduce(WEFT_OP_REDUCE_SUM, weft_reshape(x, weft_shape_of(18, 256, 5)), 2);
  return weft_reshape(weft_make_reduce(WEFT_OP_REDUCE_SUM, y, 1), weft_shape_of(1, 1, 1, 5));
}

static weft_tensor *two_runs(weft_graph *g, int after) {
  weft_tensor *x = input(g, weft_shape_of(13, 3, 128, 16));
  if (!after) return weft_make_reduce(WEFT_OP_REDUCE_MAX, x, 13);
  weft_tensor *y = weft_make_reduce(WEFT_OP_REDUCE_MAX, weft_reshape(x, weft_shape_of(13, 3, 8, 256)), 9);
  return weft_reshape(weft_make_reduce(WEFT_OP_REDUCE_MAX, y, 4), weft_shape_of(1, 3, 1, 1));
}

static weft_tensor *many_kept(weft_graph *g, int after) {
  (void)after;
  return weft_make_reduce(WEFT_OP_REDUCE_SUM, input(g, weft_shape_of(4096, 256)), 1);
}

static weft_tensor *short_length(weft_graph *g, int after) {
  (void)after;
  return weft_make_reduce(WEFT_OP_REDUCE_SUM, input(g, weft_shape_of(4000)), 1);
}

static weft_tensor *prime_length(weft_graph *g, int after) {
  (void)after;
  return weft_make_reduce(WEFT_OP_REDUCE_SUM, input(g, weft_shape_of(10007)), 1);
}

static weft_tensor *position(weft_graph *g, int after) {
  (void)after;
  return weft_make_reduce(WEFT_OP_ARGMAX, input(g, weft_shape_of(2, 8192)), 2);
}

static weft_tensor *row_kernel(weft_graph *g, int after) {
  (void)after;
  return weft_softmax(input(g, weft_shape_of(2, 8192)), -1);
}

static weft_tensor *overlong_rows(weft_graph *g, int after) {
  weft_tensor *x = input(g, weft_shape_of(2, 32768)), *sum;
  sum = weft_make_reduce(WEFT_OP_REDUCE_SUM, x, 2);
  if (after) {
    sum = weft_make_reduce(WEFT_OP_REDUCE_SUM, weft_reshape(x, weft_shape_of(2, 16, 2048)), 4);
    sum = weft_reshape(weft_make_reduce(WEFT_OP_REDUCE_SUM, sum, 2), weft_shape_of(2, 1));
  }
  return weft_sub(x, weft_make_expand(sum, x->shape));
}

static const pass_case cases[] = {
    CASE(loss),         CASE(bias),     CASE(two_runs),   CASE(many_kept),     CASE(short_length),
    CASE(prime_length), CASE(position), CASE(row_kernel), CASE(overlong_rows),
};

Test(split, cases) { check_cases(weft_pass_split, cases, sizeof cases / sizeof cases[0]); }

/* Columns are taken some vectors at a time: 64 of them are work for two cores of 8 lanes, not more; 64 rows are enough.
 */
Test(split, columns_and_rows) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *columns = weft_make_reduce(WEFT_OP_REDUCE_SUM, input(g, weft_shape_of(25088, 64)), 1);
  weft_tensor *rows = weft_make_reduce(WEFT_OP_REDUCE_SUM, weft_input(g, "y", WEFT_F32, 64, 25088), 2);
  cr_assert_eq(check_pass(weft_pass_split, rows, &cpu_target, 1, "rows"), rows);
  cr_assert_eq(check_pass(weft_pass_split, columns, &glsl_target, 1, "shaders"), columns);
  columns = check_pass(weft_pass_split, columns, &cpu_target, 1, "columns");
  cr_assert_eq(count_ops(&columns, 1, WEFT_OP_REDUCE_SUM, 0), 2);
  weft_graph_destroy(g);
}

/* A GPU wants more elements kept, but a group of it does 4096 in the time of a launch. */
Test(split, gpu_wants_more) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *y = weft_make_reduce(WEFT_OP_REDUCE_SUM, input(g, weft_shape_of(16384, 256)), 1);
  weft_tensor *shorter = weft_make_reduce(WEFT_OP_REDUCE_SUM, weft_input(g, "shorter", WEFT_F32, 4096, 256), 1);
  cr_assert_eq(check_pass(weft_pass_split, y, &cpu_target, 1, "cpu"), y);
  cr_assert_eq(check_pass(weft_pass_split, shorter, &gpu_target, 1, "shorter"), shorter);
  y = check_pass(weft_pass_split, y, &gpu_target, 1, "gpu");
  cr_assert_eq(count_ops(&y, 1, WEFT_OP_REDUCE_SUM, 0), 2);
  weft_graph_destroy(g);
}
