/* factors.c -- sums of what is constant along the summed axes times something: the factor goes outside. And terms of a
 * sum that vanish: distances from the mean over the summed axes, times what is constant along them.
 *
 * Together they leave of a normalisation's gradient what is written down by hand: the mean's share of it is a sum over
 *
 *   dy e + 2 f (x - mean),   e and f constant along the axes,
 *
 * whose second term vanishes, and whose first is e times the sum of dy, which the bias wants anyway: one pass over
 * memory instead of two. (Where x is not finite, neither is the rest of the gradient.)
 *
 * And squares of distances from the mean, which need not wait for it: mean and variance are one pass. */
#include "passes/rules.h"
#include <math.h>

enum { MOST_DEPTH = 8 };

static weft_tensor *sum_of(weft_tensor *x, uint32_t mask) { return weft_make_reduce(WEFT_OP_REDUCE_SUM, x, mask); }

/* Whether x is constant along the axes of the mask. */
static int is_factor(const weft_tensor *x, uint32_t mask) {
  return weft_is_const(x) || (x->op == WEFT_OP_EXPAND && (mask & ~weft_expanded_dims(x)) == 0);
}

/* A factor in the shape of the sum. */
static weft_tensor *kept_factor(weft_tensor *x, weft_shape kept) {
  return weft_is_const(x) ? weft_make_const(x->graph, x->dtype, kept, x->value) : weft_make_expand(x->in[0], kept);
}

/* Whether m is the mean of x over the mask, of the kept shape. */
static int is_mean(const weft_tensor *m, const weft_tensor *x, uint32_t mask) {
  if ((m->op != WEFT_OP_DIV && m->op != WEFT_OP_MUL) || !weft_is_const(m->in[1])) return 0;
  const weft_tensor *sum = m->in[0];
  if (sum->op != WEFT_OP_REDUCE_SUM || sum->in[0] != x || (uint32_t)sum->attr[0] != mask) return 0;
  double count = (double)(weft_shape_size(x->shape) / weft_shape_size(sum->shape)), value = m->in[1]->value;
  return fabs((m->op == WEFT_OP_DIV ? value : 1 / value) - count) < 1e-6 * count;
}

/* Whether the sum over the mask is zero but for rounding. */
static int vanishes(const weft_tensor *x, uint32_t mask, int depth) {
  if (depth > MOST_DEPTH) return 0;
  if (x->op == WEFT_OP_NEG) return vanishes(x->in[0], mask, depth + 1);
  if (x->op == WEFT_OP_SUB) return x->in[1]->op == WEFT_OP_EXPAND && is_mean(x->in[1]->in[0], x->in[0], mask);
  for (int i = 0; i < 2 && x->op == WEFT_OP_MUL; i++)
    if (is_factor(x->in[i], mask) && vanishes(x->in[1 - i], mask, depth + 1)) return 1;
  return 0;
}

/* sum (x - mean)^2, without waiting for the mean: with distances d from one of the elements it is sum d^2 - (sum d)^2 /
 * n. Rounding is that of (x - mean)^2 times how many variances the element's own distance is, at most n. */
static weft_tensor *squared_distances(weft_tensor *x, uint32_t mask) {
  static const int64_t zeros[WEFT_MAX_RANK] = {0}, ones[WEFT_MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
  weft_shape kept = x->shape;
  for (int d = 0; d < kept.rank; d++)
    if (mask >> d & 1) kept.dims[d] = 1;
  weft_tensor *first = weft_make_slice(x, zeros, ones, kept.dims);
  weft_tensor *distance = weft_make_scalar(WEFT_OP_SUB, x, weft_make_expand(first, x->shape), NULL);
  weft_tensor *squares = sum_of(weft_make_scalar(WEFT_OP_SQUARE, distance, NULL, NULL), mask);
  weft_tensor *sum = sum_of(distance, mask);
  double share = (double)weft_shape_size(kept) / (double)weft_shape_size(x->shape);
  weft_tensor *less = weft_make_scalar(WEFT_OP_MUL, weft_make_scalar(WEFT_OP_SQUARE, sum, NULL, NULL),
                                       weft_value_like(sum, share), NULL);
  weft_tensor *rest = weft_make_scalar(WEFT_OP_SUB, squares, less, NULL);
  return weft_make_scalar(WEFT_OP_MAX, rest, weft_value_like(rest, 0), NULL);
}

weft_tensor *weft_simplify_sum(weft_tensor *node) {
  weft_tensor *x = node->in[0];
  uint32_t mask = (uint32_t)node->attr[0];
  if (node->dtype != WEFT_F32) return node;
  if (x->op == WEFT_OP_SQUARE && x->in[0]->op == WEFT_OP_SUB && vanishes(x->in[0], mask, 0))
    return squared_distances(x->in[0]->in[0], mask);
  if (x->op == WEFT_OP_NEG) return weft_make_scalar(WEFT_OP_NEG, sum_of(x->in[0], mask), NULL, NULL);
  if (x->op == WEFT_OP_ADD || x->op == WEFT_OP_SUB) {
    if (vanishes(x->in[1], mask, 0)) return sum_of(x->in[0], mask);
    if (x->op == WEFT_OP_ADD && vanishes(x->in[0], mask, 0)) return sum_of(x->in[1], mask);
  }
  for (int i = 0; i < 2 && x->op == WEFT_OP_MUL; i++)
    if (is_factor(x->in[i], mask))
      return weft_make_scalar(WEFT_OP_MUL, sum_of(x->in[1 - i], mask), kept_factor(x->in[i], node->shape), NULL);
  return node;
}
