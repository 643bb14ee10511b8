/* simplify.c -- the pass that applies the rules of algebra.c, views.c, fold.c and factors.c, and those of reductions
 * below, until nothing changes.
 *
 * Each node is rewritten by one rule after another; what a rule builds besides the node it returns is met in the next
 * round over the graph. Every rule either removes a node, makes a tensor smaller or moves an expand outwards, so the
 * rounds end; their number is bounded all the same, since what is left undone costs speed and nothing else. */
#include "passes/pass.h"
#include "passes/rules.h"

enum { MOST_STEPS = 32, MOST_ROUNDS = 16 };

/* ---- reductions ---- */

static int is_position(weft_op op) { return op == WEFT_OP_ARGMAX || op == WEFT_OP_ARGMIN; }

/* Reducing a dim of size 1 changes nothing. */
static weft_tensor *drop_ones(weft_tensor *node) {
  weft_tensor *x = node->in[0];
  uint32_t mask = (uint32_t)node->attr[0];
  for (int d = 0; d < x->shape.rank; d++)
    if (x->shape.dims[d] == 1) mask &= ~(1u << d);
  if (mask == (uint32_t)node->attr[0] && mask) return node;
  if (mask == 0 && is_position(node->op)) return weft_value_like(node, 0);
  return weft_make_reduce(node->op, x, mask);
}

/* The same reduction twice is one over both masks; dims of size 1 may come or go between. */
static weft_tensor *merge_reductions(weft_tensor *node) {
  weft_tensor *x = node->in[0], *inner = x->op == WEFT_OP_RESHAPE ? x->in[0] : x;
  uint32_t mask = 0;
  if (inner->op != node->op || !weft_same_but_ones(inner->shape, x->shape)) return node;
  for (int d = 0, e = 0; d < inner->shape.rank; d++) {
    if (inner->shape.dims[d] == 1) continue;
    while (x->shape.dims[e] == 1) e++;
    if (node->attr[0] >> e++ & 1) mask |= 1u << d;
  }
  weft_tensor *both = weft_make_reduce(node->op, inner->in[0], mask | (uint32_t)inner->attr[0]);
  return weft_view_reshape(both, node->shape);
}

/* A sum of n equal numbers is n times the number, their maximum the number itself. */
static weft_tensor *reduce_of_expand(weft_tensor *node) {
  weft_tensor *expand = node->in[0], *x = expand->in[0];
  uint32_t mask = (uint32_t)node->attr[0], repeats = weft_expanded_dims(expand);
  int64_t count = 1;
  for (int d = 0; d < expand->shape.rank; d++)
    if (mask & repeats & 1u << d) count *= expand->shape.dims[d];
  if (count > 1 && (node->op == WEFT_OP_REDUCE_PROD || (node->dtype == WEFT_I32 && count > INT32_MAX))) return node;
  weft_tensor *y = weft_make_reduce(node->op, x, mask & ~repeats);
  if (y && count > 1 && node->op == WEFT_OP_REDUCE_SUM)
    y = weft_make_scalar(WEFT_OP_MUL, y, weft_value_like(y, (double)count), NULL);
  return weft_make_expand(y, node->shape);
}

weft_tensor *weft_simplify_reduce(weft_tensor *node) {
  weft_tensor *better;
  if (node->op == WEFT_OP_FOLD) return weft_simplify_fold(node);
  if ((better = drop_ones(node)) != node || is_position(node->op)) return better;
  if ((better = merge_reductions(node)) != node) return better;
  if (node->in[0]->op == WEFT_OP_EXPAND) return reduce_of_expand(node);
  return node->op == WEFT_OP_REDUCE_SUM ? weft_simplify_sum(node) : node;
}

/* ---- effects ---- */

/* Gradients are graph by now, so detach has done its work. */
static weft_tensor *simplify_effect(weft_tensor *node) {
  if (node->op == WEFT_OP_DETACH || (node->op == WEFT_OP_AFTER && node->n_in == 1)) return node->in[0];
  return node;
}

/* ---- the pass ---- */

static weft_tensor *one_step(weft_tensor *node) {
  weft_tensor *better = weft_fold_node(node);
  if (better != node) return better;
  switch (weft_ops[node->op].kind) {
  case W_SCALAR: return weft_simplify_scalar(node);
  case W_VIEW: return weft_simplify_view(node);
  case W_REDUCE: return weft_simplify_reduce(node);
  case W_EFFECT: return simplify_effect(node);
  case W_HEAVY: return node->op == WEFT_OP_CONV_DX ? weft_simplify_conv_dx(node) : node;
  default: return node;
  }
}

static weft_tensor *simplify(void *user, weft_tensor *node, weft_tensor *const *in) {
  (void)user;
  node = weft_node_with_inputs(node, in);
  for (int step = 0; node && step < MOST_STEPS; step++) {
    weft_tensor *better = one_step(node);
    if (better == node) break;
    node = better;
  }
  return node;
}

weft_status weft_pass_simplify(weft_tensor **roots, size_t n_roots, const weft_pass_target *target, weft_error *error) {
  (void)target;
  return weft_rewrite_until_stable(roots, n_roots, simplify, NULL, MOST_ROUNDS, error);
}
