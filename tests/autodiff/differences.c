/* differences.c -- see differences.h. */
#include "differences.h"
#include "../reference/values.h"
#include "base/philox.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LEAVES = 8 };

/* How leaves are filled: into low..high, with one element of one leaf moved. */
typedef struct filling {
  double low, high;
  const weft_tensor *moved;
  int64_t element;
  double by;
} filling;

static weft_status fill(void *user, weft_tensor *leaf, weft_ref_array *out) {
  const filling *f = user;
  weft_status status = random_leaf(NULL, leaf, out);
  int keeps = strncmp(leaf->name, "zero", 4) == 0 || strncmp(leaf->name, "positive", 8) == 0;
  for (int64_t i = 0; leaf->dtype == WEFT_F32 && i < out->size; i++) {
    if (!keeps) out->f32[i] = f->low + (f->high - f->low) * (out->f32[i] + 2) / 4;
    if (leaf == f->moved && i == f->element) out->f32[i] += f->by;
  }
  return status;
}

/* ---- evaluation ---- */

static const double *evaluate(weft_arena *arena, weft_tensor *t, filling f) {
  weft_ref_array array;
  weft_error error = {0};
  cr_assert_eq(weft_ref_eval_all(arena, &t, 1, fill, &f, &array, &error), WEFT_OK, "%s", error.message);
  return array.f32;
}

static double value_of(weft_tensor *scalar, filling f) {
  weft_arena arena = {0};
  double value = *evaluate(&arena, scalar, f);
  weft_arena_free(&arena);
  return value;
}

/* (f(h) - f(-h)) / 2h has an error in h^2; two of them cancel it (Richardson). */
static double difference(weft_tensor *loss, filling f, const weft_tensor *leaf, int64_t element) {
  const double h = 1e-3;
  double d[2];
  f.moved = leaf;
  f.element = element;
  for (int k = 0; k < 2; k++) {
    double step = h / (1 << k);
    filling up = f, down = f;
    up.by = step;
    down.by = -step;
    d[k] = (value_of(loss, up) - value_of(loss, down)) / (2 * step);
  }
  return (4 * d[1] - d[0]) / 3;
}

/* ---- graphs ---- */

/* The sum of t times fixed random numbers. */
static weft_tensor *weighted_sum(weft_tensor *t, uint64_t key) {
  int64_t n = weft_shape_size(t->shape);
  float *weights = malloc(sizeof *weights * (size_t)n);
  cr_assert_not_null(weights);
  for (int64_t i = 0; i < n; i++) weights[i] = (float)(weft_philox_uniform(key, 0, (uint64_t)i) * 2 - 1);
  weft_tensor *sum = weft_sum(weft_mul(t, weft_data(t->graph, WEFT_F32, t->shape, weights)));
  free(weights);
  return sum;
}

static int find_leaves(weft_tensor *t, weft_tensor **out) {
  weft_arena arena = {0};
  size_t n;
  int count = 0;
  weft_tensor **order = weft_graph_order(&arena, &t, 1, &n);
  cr_assert_not_null(order);
  for (size_t i = 0; i < n; i++)
    if (weft_ops[order[i]->op].kind == W_LEAF && order[i]->op != WEFT_OP_DATA && order[i]->dtype == WEFT_F32) {
      cr_assert(count < MOST_LEAVES);
      out[count++] = order[i];
    }
  weft_arena_free(&arena);
  return count;
}

/* Gradients of the loss by the leaves, checked; returns the loss of the second order. */
static weft_tensor *check_order(weft_tensor *loss, weft_tensor *const *leaves, int n, filling f, int order,
                                const char *what) {
  weft_tensor *gradients[MOST_LEAVES], *sum = NULL;
  weft_graph *g = loss->graph;
  weft_error error = {0};
  cr_assert_eq(weft_autodiff(loss, leaves, (size_t)n, gradients), WEFT_OK, "%s: %s", what, weft_graph_message(g));
  cr_assert_eq(weft_graph_validate(gradients, (size_t)n, &error), WEFT_OK, "%s: %s", what, error.message);
  for (int k = 0; k < n; k++) {
    weft_arena arena = {0};
    cr_assert(weft_shape_equal(gradients[k]->shape, leaves[k]->shape), "%s", what);
    const double *found = evaluate(&arena, gradients[k], f);
    for (int64_t i = 0; i < weft_shape_size(leaves[k]->shape); i++) {
      double want = difference(loss, f, leaves[k], i);
      cr_expect(is_near(found[i], want, 2e-7), "%s: order %d, by %s[%lld]: %.12g, difference %.12g", what, order,
                leaves[k]->name, (long long)i, found[i], want);
    }
    weft_arena_free(&arena);
    weft_tensor *part = weighted_sum(gradients[k], 1000 + (uint64_t)k);
    sum = sum ? weft_add(sum, part) : part;
  }
  return sum;
}

void check_gradients(weft_tensor *y, double low, double high, const char *what) {
  weft_tensor *leaves[MOST_LEAVES];
  filling f = {.low = low, .high = high};
  weft_error error = {0};
  cr_assert_not_null(y, "%s", what);
  int n = find_leaves(y, leaves);
  cr_assert(n > 0, "%s has no f32 leaf", what);
  weft_tensor *second = check_order(weighted_sum(y, 7), leaves, n, f, 1, what);
  cr_assert_eq(weft_graph_validate(&second, 1, &error), WEFT_OK, "%s: %s", what, error.message);
  check_order(second, leaves, n, f, 2, what);
}
