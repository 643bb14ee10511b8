/* cases_reduce.c -- every reduction over leading, trailing, middle and all axes, of sizes that fill no vector, and of
 * what views and elementwise ops put before and behind it; pooling, which is a reduction of windows. */
#include "conformance.h"
#include <stdio.h>
#include <string.h>

#define SHAPE(...) weft_shape_of(__VA_ARGS__)

typedef struct place {
  const char *name;
  weft_shape shape;
  unsigned mask;
} place;

static const place places[] = {
    {"columns", {2, {9, 37}}, 1},
    {"rows", {2, {37, 9}}, 2},
    {"long rows", {2, {3, 1030}}, 2},
    {"middle", {3, {3, 11, 5}}, 2},
    {"outer and inner", {3, {3, 4, 5}}, 5},
    {"all", {3, {3, 7, 9}}, 7},
    {"one element", {2, {1, 1}}, 3},
    {"rank 8", {8, {2, 1, 3, 1, 2, 1, 2, 2}}, 0xa4},
    {"channels last", {4, {2, 5, 5, 16}}, 6},
};
enum { PLACES = sizeof places / sizeof *places };

static const weft_op ops[] = {WEFT_OP_REDUCE_SUM, WEFT_OP_REDUCE_PROD, WEFT_OP_REDUCE_MAX,
                              WEFT_OP_REDUCE_MIN, WEFT_OP_ARGMAX,      WEFT_OP_ARGMIN};
enum { OPS = sizeof ops / sizeof *ops };

static weft_tensor *reduce(bench *b) {
  const place *p = &places[b->variant % PLACES];
  weft_op op = ops[b->variant / PLACES % OPS];
  weft_tensor *x = b->variant / PLACES / OPS ? whole_leaf(b, p->shape) : real_leaf(b, p->shape);
  if (op == WEFT_OP_REDUCE_PROD && x->dtype == WEFT_F32) /* near 1, so that long products are numbers */
    x = weft_add(weft_mul(x, weft_number(b->graph, 0.01)), weft_number(b->graph, 1));
  return weft_make_reduce(op, x, p->mask);
}

static weft_tensor *mean_of_views(bench *b) {
  weft_tensor *x = weft_flip(weft_permute(real_leaf(b, SHAPE(5, 9, 6)), SHAPE(2, 0, 1)), 1);
  return weft_mean_axes(weft_slice(x, 2, 1, 9, 2), WEFT_AXIS(0) | WEFT_AXIS(2));
}
static weft_tensor *variance(bench *b) { return weft_var_axes(real_leaf(b, SHAPE(7, 45)), WEFT_AXIS(1) | WEFT_KEEP); }
/* Of numbers that lie close together far from zero, and of equal ones, along rows, columns and all but channels. */
static weft_tensor *variance_far_from_zero(bench *b) {
  const unsigned axes[] = {WEFT_AXIS(3), WEFT_AXIS(0) | WEFT_AXIS(1) | WEFT_AXIS(2), WEFT_AXIS(0)};
  weft_tensor *x = weft_add(real_leaf(b, SHAPE(3, 9, 7, 33)), weft_number(b->graph, 1000));
  weft_tensor *equal = weft_broadcast(real_leaf(b, SHAPE(1, 1, 1, 1)), SHAPE(3, 9, 7, 33));
  return weft_add(weft_var_axes(x, axes[b->variant] | WEFT_KEEP), weft_var_axes(equal, axes[b->variant] | WEFT_KEEP));
}
static weft_tensor *fused(bench *b) {
  weft_tensor *x = real_leaf(b, SHAPE(6, 21)), *y = real_leaf(b, SHAPE(21));
  return weft_sqrt(weft_add(weft_sum_axes(weft_square(weft_sub(x, y)), WEFT_AXIS(1)), weft_number(b->graph, 1)));
}
static weft_tensor *max_with_ties(bench *b) {
  return weft_max_axes(weft_round(real_leaf(b, SHAPE(8, 33))), WEFT_AXIS(1));
}
static weft_tensor *max_of_padded(bench *b) {
  return weft_max_axes(weft_pad(real_leaf(b, SHAPE(4, 6)), 1, 1, 2, -9), WEFT_AXIS(1));
}
static weft_tensor *min_of_expanded(bench *b) {
  return weft_min_axes(weft_broadcast(real_leaf(b, SHAPE(4, 1, 5)), SHAPE(4, 3, 5)), WEFT_AXIS(1) | WEFT_AXIS(2));
}

/* (size, stride, pad) by variant */
static const int pooling[][3] = {{2, 0, 0}, {3, 2, 1}, {3, 1, 1}, {2, 3, 0}};
static weft_tensor *max_pool(bench *b) {
  const int *o = pooling[b->variant];
  return weft_max_pool2d(real_leaf(b, SHAPE(2, 3, 9, 8)), o[0], o[1], o[2]);
}
static weft_tensor *avg_pool(bench *b) {
  const int *o = pooling[b->variant];
  return weft_avg_pool2d(real_leaf(b, SHAPE(2, 3, 9, 8)), o[0], o[1], o[2]);
}

static int add(conformance_case *out, const char *name, build_case *build, int variant, double tolerance) {
  *out = (conformance_case){.build = build, .variant = variant, .low = -4, .high = 4, .tolerance = tolerance};
  snprintf(out->name, sizeof out->name, "%s", name);
  return 1;
}

int list_reductions(conformance_case *out) {
  int n = 0;
  for (int op = 0; op < OPS; op++)
    for (int p = 0; p < PLACES; p++) {
      char name[48];
      double tolerance = ops[op] == WEFT_OP_REDUCE_SUM || ops[op] == WEFT_OP_REDUCE_PROD ? 2e-5 : 0;
      /* Every place with sums and positions; the others take turns. */
      if (op != 0 && op != 4 && (p + op) % 3) continue;
      /* A product's gradient is a tree of products of all others: a long row is many kernels. */
      if (ops[op] == WEFT_OP_REDUCE_PROD && places[p].shape.dims[1] > 1000) continue;
      snprintf(name, sizeof name, "%s, %s", weft_ops[ops[op]].name, places[p].name);
      n += add(out + n, name, reduce, op * PLACES + p, tolerance);
      if ((p + op) % 4) continue;
      snprintf(name, sizeof name, "%s, %s, i32", weft_ops[ops[op]].name, places[p].name);
      n += add(out + n, name, reduce, (OPS + op) * PLACES + p, 0);
    }
  for (int i = 0; i < 4; i++) {
    n += add(out + n, "max pool", max_pool, i, 0);
    n += add(out + n, "average pool", avg_pool, i, 3e-6);
  }
  n += add(out + n, "mean of views", mean_of_views, 0, 1e-5);
  n += add(out + n, "variance", variance, 0, 1e-5);
  for (int i = 0; i < 3; i++) n += add(out + n, "variance far from zero", variance_far_from_zero, i, 3e-4);
  n += add(out + n, "sum between elementwise ops", fused, 0, 1e-5);
  n += add(out + n, "maximum with ties", max_with_ties, 0, 0);
  n += add(out + n, "maximum of a padded row", max_of_padded, 0, 0);
  n += add(out + n, "minimum of repeated numbers", min_of_expanded, 0, 0);
  return n;
}
