/* test_builders.c -- what the public builders make: shapes by tables, and the form of the composites. */
#include "graph/graph.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static weft_tensor *input(weft_graph *g, weft_dtype dtype, weft_shape shape) {
  static int number;
  char name[16];
  snprintf(name, sizeof name, "v%d", number++);
  return weft_input_shaped(g, name, dtype, shape);
}

static void check(weft_tensor *x, weft_shape shape, weft_dtype dtype) {
  char have[200], want[200];
  cr_assert_not_null(x);
  cr_assert(weft_shape_equal(x->shape, shape), "%s, not %s", weft_describe_tensor(x, have, sizeof have),
            weft_shape_text(shape, want, sizeof want));
  cr_assert_eq(x->dtype, dtype);
}

/* How many nodes of an op a result depends on. */
static int count(weft_tensor *root, weft_op op) {
  weft_arena arena = {0};
  size_t n;
  int found = 0;
  weft_tensor **order = weft_graph_order(&arena, &root, 1, &n);
  for (size_t i = 0; i < n; i++) found += order[i]->op == op;
  weft_arena_free(&arena);
  return found;
}

Test(builders, broadcasting) {
  static const struct {
    weft_shape a, b, result;
  } table[] = {
      {{2, {3, 4}}, {2, {3, 4}}, {2, {3, 4}}},
      {{2, {3, 4}}, {1, {4}}, {2, {3, 4}}},
      {{2, {3, 1}}, {1, {4}}, {2, {3, 4}}},
      {{0, {0}}, {2, {3, 4}}, {2, {3, 4}}},
      {{0, {0}}, {0, {0}}, {0, {0}}},
      {{3, {5, 1, 4}}, {2, {3, 1}}, {3, {5, 3, 4}}},
      {{1, {1}}, {3, {2, 3, 4}}, {3, {2, 3, 4}}},
      {{8, {1, 2, 1, 2, 1, 2, 1, 2}}, {1, {2}}, {8, {1, 2, 1, 2, 1, 2, 1, 2}}},
  };
  weft_graph *g = weft_graph_create(NULL, NULL);
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    weft_tensor *a = input(g, WEFT_F32, table[i].a), *b = input(g, WEFT_F32, table[i].b);
    check(weft_add(a, b), table[i].result, WEFT_F32);
    check(weft_lt(b, a), table[i].result, WEFT_I32);
    check(weft_where(weft_gt(a, b), a, weft_number(g, 0)), table[i].result, WEFT_F32);
    check(weft_broadcast(a, table[i].result), table[i].result, WEFT_F32);
  }
  weft_tensor *x = input(g, WEFT_F32, weft_shape_of(3, 4)), *half = weft_mul(x, weft_number(g, 0.5));
  cr_assert_eq(half->in[1]->op, WEFT_OP_CONST, "a constant takes the shape at once");
  cr_assert_eq(count(half, WEFT_OP_EXPAND), 0);
  weft_graph_destroy(g);
}

Test(builders, reductions) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = input(g, WEFT_F32, weft_shape_of(2, 3, 4)), *n = input(g, WEFT_I32, weft_shape_of(2, 3));
  check(weft_sum(x), WEFT_SCALAR_SHAPE, WEFT_F32);
  check(weft_mean(x), WEFT_SCALAR_SHAPE, WEFT_F32);
  check(weft_sum(n), WEFT_SCALAR_SHAPE, WEFT_I32);
  check(weft_sum_axes(x, WEFT_AXIS(1)), weft_shape_of(2, 4), WEFT_F32);
  check(weft_sum_axes(x, WEFT_AXIS(-1) | WEFT_AXIS(0)), weft_shape_of(3), WEFT_F32);
  check(weft_sum_axes(x, WEFT_AXIS(-3) | WEFT_KEEP), weft_shape_of(1, 3, 4), WEFT_F32);
  check(weft_max_axes(x, WEFT_ALL_AXES | WEFT_KEEP), weft_shape_of(1, 1, 1), WEFT_F32);
  check(weft_var_axes(x, WEFT_AXIS(2)), weft_shape_of(2, 3), WEFT_F32);
  check(weft_argmax(x, 1), weft_shape_of(2, 4), WEFT_I32);
  check(weft_argmin(n, -1), weft_shape_of(2), WEFT_I32);
  check(weft_sum(weft_sum(x)), WEFT_SCALAR_SHAPE, WEFT_F32);
  cr_assert_eq(weft_sum_axes(x, WEFT_AXIS(2)), weft_sum_axes(x, WEFT_AXIS(-1)));
  weft_tensor *wide = input(g, WEFT_F32, weft_shape_of(1, 1, 1, 1, 1, 1, 1, 2));
  check(weft_sum_axes(wide, WEFT_AXIS(-8) | WEFT_AXIS(7)), weft_shape_of(1, 1, 1, 1, 1, 1), WEFT_F32);
  weft_graph_destroy(g);
}

Test(builders, views) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = input(g, WEFT_F32, weft_shape_of(2, 3, 10));
  check(weft_reshape(x, weft_shape_of(-1)), weft_shape_of(60), WEFT_F32);
  check(weft_reshape(x, weft_shape_of(5, -1, 4)), weft_shape_of(5, 3, 4), WEFT_F32);
  check(weft_permute(x, weft_shape_of(-1, 0, 1)), weft_shape_of(10, 2, 3), WEFT_F32);
  check(weft_transpose(x), weft_shape_of(2, 10, 3), WEFT_F32);
  check(weft_pad(x, 1, 1, 2, 0), weft_shape_of(2, 6, 10), WEFT_F32);
  weft_tensor *parts[2] = {x, weft_slice(x, 1, 0, 1, 1)};
  check(weft_concat(parts, 2, -2), weft_shape_of(2, 4, 10), WEFT_F32);
  check(weft_iota(g, weft_shape_of(2, 3), -1), weft_shape_of(2, 3), WEFT_I32);
  static const struct {
    int64_t start, stop, step, size, first, flip;
  } slices[] = {
      {0, 10, 1, 10, 0, 0}, {2, 5, 1, 3, 2, 0},         {-3, 10, 1, 3, 7, 0},       {0, -1, 1, 9, 0, 0},
      {1, 10, 3, 3, 1, 0},  {1, 11, 4, 3, 1, 0},        {9, 0, -1, 9, 1, 1},        {-1, -11, -1, 10, 0, 1},
      {8, 1, -3, 3, 2, 1},  {5, 4, -7, 1, 5, 0},        {0, INT64_MAX, 9, 2, 0, 0}, {-1, INT64_MIN, INT64_MIN, 1, 9, 0},
      {9, 10, 1, 1, 9, 0},  {0, 3, INT64_MAX, 1, 0, 0}, {-10, -9, 1, 1, 0, 0},
  };
  for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++) {
    weft_tensor *y = weft_slice(x, 2, slices[i].start, slices[i].stop, slices[i].step);
    check(y, weft_shape_of(2, 3, slices[i].size), WEFT_F32);
    cr_assert_eq(y->op == WEFT_OP_FLIP, slices[i].flip, "row %zu", i);
    if (y->op == WEFT_OP_FLIP) y = y->in[0];
    if (y->op == WEFT_OP_SLICE) cr_assert_eq(y->attr[2], slices[i].first, "row %zu", i);
  }
  weft_graph_destroy(g);
}

Test(builders, matrices) {
  static const struct {
    weft_shape a, b, result;
    int rank; /* of the matmul node: 2 where the batch became rows */
  } table[] = {
      {{2, {4, 5}}, {2, {5, 6}}, {2, {4, 6}}, 2},
      {{3, {2, 4, 5}}, {2, {5, 6}}, {3, {2, 4, 6}}, 2},
      {{4, {3, 2, 4, 5}}, {3, {1, 5, 6}}, {4, {3, 2, 4, 6}}, 2},
      {{3, {2, 4, 5}}, {3, {2, 5, 6}}, {3, {2, 4, 6}}, 3},
      {{2, {4, 5}}, {3, {2, 5, 6}}, {3, {2, 4, 6}}, 3},
      {{4, {3, 1, 4, 5}}, {3, {2, 5, 6}}, {4, {3, 2, 4, 6}}, 4},
  };
  weft_graph *g = weft_graph_create(NULL, NULL);
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    weft_tensor *y = weft_matmul(input(g, WEFT_F32, table[i].a), input(g, WEFT_F32, table[i].b));
    check(y, table[i].result, WEFT_F32);
    cr_assert_eq(y->op == WEFT_OP_MATMUL ? y->shape.rank : y->in[0]->shape.rank, table[i].rank, "row %zu", i);
  }
  weft_graph_destroy(g);
}

Test(builders, images) {
  static const struct {
    int64_t c, h, w, oc, r, s;
    weft_conv_options options;
    int64_t oh, ow;
  } table[] = {
      {3, 8, 9, 4, 3, 3, {0, 0, 0, 0}, 6, 7},  {3, 8, 9, 4, 3, 3, {.pad = 1}, 8, 9},
      {3, 8, 9, 4, 3, 3, {.stride = 2}, 3, 4}, {4, 8, 9, 4, 3, 2, {.groups = 2, .pad = 1}, 8, 10},
      {4, 8, 9, 8, 3, 3, {.groups = 4}, 6, 7}, {1, 8, 9, 1, 3, 3, {.dilation = 3}, 2, 3},
      {2, 5, 5, 2, 5, 5, {0, 0, 0, 0}, 1, 1},  {2, 3, 3, 2, 5, 5, {.pad = 1}, 1, 1},
  };
  weft_graph *g = weft_graph_create(NULL, NULL);
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    int64_t groups = table[i].options.groups ? table[i].options.groups : 1;
    weft_tensor *x = input(g, WEFT_F32, weft_shape_of(2, table[i].c, table[i].h, table[i].w));
    weft_tensor *w = input(g, WEFT_F32, weft_shape_of(table[i].oc, table[i].c / groups, table[i].r, table[i].s));
    weft_tensor *y = weft_conv2d(x, w, &table[i].options);
    check(y, weft_shape_of(2, table[i].oc, table[i].oh, table[i].ow), WEFT_F32);
    cr_assert_eq(y->op, WEFT_OP_PERMUTE);
    cr_assert_eq(y->in[0]->op, WEFT_OP_CONV);
    cr_assert_eq(count(y, WEFT_OP_PAD), table[i].options.pad > 0);
  }
  weft_tensor *x = input(g, WEFT_F32, weft_shape_of(2, 3, 8, 9));
  check(weft_conv2d(x, input(g, WEFT_F32, weft_shape_of(5, 3, 1, 1)), NULL), weft_shape_of(2, 5, 8, 9), WEFT_F32);
  check(weft_max_pool2d(x, 2, 0, 0), weft_shape_of(2, 3, 4, 4), WEFT_F32);
  check(weft_max_pool2d(x, 3, 2, 1), weft_shape_of(2, 3, 4, 5), WEFT_F32);
  check(weft_avg_pool2d(x, 3, 1, 0), weft_shape_of(2, 3, 6, 7), WEFT_F32);
  weft_graph_destroy(g);
}

Test(builders, rows_and_activations) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = input(g, WEFT_F32, weft_shape_of(2, 3, 10)), *t = input(g, WEFT_I32, weft_shape_of(2, 3));
  weft_tensor *soft = weft_softmax(x, -1), *loss = weft_cross_entropy(x, t);
  check(soft, x->shape, WEFT_F32);
  cr_assert_eq(soft->op, WEFT_OP_MUL);
  cr_assert_eq(count(soft, WEFT_OP_DETACH), 1);
  cr_assert_eq(count(soft, WEFT_OP_PERMUTE), 0);
  check(weft_softmax(x, 0), x->shape, WEFT_F32);
  cr_assert_eq(count(weft_softmax(x, 0), WEFT_OP_PERMUTE), 0, "rows may lie along any axis");
  check(weft_log_softmax(x, 1), x->shape, WEFT_F32);
  check(loss, t->shape, WEFT_F32);
  cr_assert_eq(loss->op, WEFT_OP_RESHAPE, "only the last step leaves the kept dims");
  cr_assert_eq(count(loss, WEFT_OP_REDUCE_SUM), 2);
  check(weft_cross_entropy(input(g, WEFT_F32, weft_shape_of(4)), weft_full(g, WEFT_I32, WEFT_SCALAR_SHAPE, 1)),
        WEFT_SCALAR_SHAPE, WEFT_F32);
  check(weft_leaky_relu(x, 0.1), x->shape, WEFT_F32);
  check(weft_elu(x, 1), x->shape, WEFT_F32);
  check(weft_clamp(t, 0, 2), t->shape, WEFT_I32);
  check(weft_dropout(x, 0.5), x->shape, WEFT_F32);
  check(weft_normal(g, weft_shape_of(7), 0, 0), weft_shape_of(7), WEFT_F32);
  check(weft_assign(x, weft_number(g, 0)), x->shape, WEFT_F32);
  check(weft_cast(t, WEFT_F32), t->shape, WEFT_F32);
  check(weft_after(loss, NULL, 0), t->shape, WEFT_F32);
  weft_graph_destroy(g);
}
