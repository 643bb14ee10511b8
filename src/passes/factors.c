/* factors.c -- sums of what is constant along the summed axes times something: the factor goes outside. And terms of a
 * sum that vanish: distances from the mean over the summed axes, times what is constant along them.
 *
 * Together they leave of a normalisation's gradient what is written down by hand: the mean's share of it is a sum over
 *
 *   dy e + 2 f (x - mean),   e and f constant along the axes,
 *
 * whose second term vanishes, and whose first is e times the sum of dy, which the bias wants anyway: one pass over
 * memory instead of two. (Where x is not finite, neither is the rest of the gradient.) */
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

weft_tensor *weft_simplify_sum(weft_tensor *node) {
  weft_tensor *x = node->in[0];
  uint32_t mask = (uint32_t)node->attr[0];
  if (node->dtype != WEFT_F32) return node;
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
