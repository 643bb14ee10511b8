/* layout.c -- moves permutes towards the results, where they meet their opposites and vanish.
 *
 * The builders of image ops permute NCHW to NHWC, work there, and permute back. Between two of them stand elementwise
 * ops, reductions and borders, which do not care about the order of dims: with op(permute(a)) as permute(op(a)) the
 * permutes of neighbours meet and cancel, and every image stays NHWC from the first convolution to the flatten.
 *
 * An operand beside the permuted one must be brought into the inner order for nothing: a permute by the same axes,
 * a constant, a counter, a repeated smaller tensor (a bias, a mean), or an elementwise op over such. A tensor in memory
 * is not: permuting it instead of the result would gain nothing, and the permutes would run in circles. Permutes move
 * towards users only and their number does not grow, so the rounds end.
 *
 * Rows (softmax along some axis) are left alone where they would lose their trailing axis: reduction, shift and
 * quotient are one kernel only while the reduced dims are the last. */
#include "passes/pass.h"
#include "passes/rules.h"
#include <string.h>

enum { MOST_ROUNDS = 8, MOST_OPERANDS = 64 };

typedef struct rows_of {
  const uint32_t *rows;
  size_t count;
} rows_of;

static int64_t size_of(const weft_tensor *x) { return weft_shape_size(x->shape); }

/* ---- operands ---- */

static weft_tensor *absorb(weft_tensor *x, const int64_t *axes, int *budget);

static weft_tensor *absorb_scalar(weft_tensor *x, const int64_t *axes, int *budget) {
  weft_tensor *in[3] = {NULL, NULL, NULL};
  for (int i = 0; i < x->n_in; i++)
    if (!(in[i] = absorb(x->in[i], axes, budget))) return NULL;
  return weft_make_scalar(x->op, in[0], in[1], in[2]);
}

/* The same elements with the dims ordered by `axes`, when no permute of a tensor in memory comes of it; else NULL. */
static weft_tensor *absorb(weft_tensor *x, const int64_t *axes, int *budget) {
  if (--*budget < 0) return NULL;
  if (x->op == WEFT_OP_CONST || x->op == WEFT_OP_IOTA || weft_moves_ones_only(x->shape, axes))
    return weft_view_permute(x, axes);
  switch (x->op) {
  case WEFT_OP_PERMUTE: {
    weft_tensor *y = weft_view_permute(x, axes);
    return y && y->op == WEFT_OP_PERMUTE ? NULL : y;
  }
  case WEFT_OP_EXPAND: {
    weft_tensor *small = x->in[0];
    weft_shape shape = x->shape;
    small = 2 * size_of(small) <= size_of(x) ? weft_view_permute(small, axes) : absorb(small, axes, budget);
    for (int d = 0; d < shape.rank; d++) shape.dims[d] = x->shape.dims[axes[d]];
    return small ? weft_make_expand(small, shape) : NULL;
  }
  case WEFT_OP_UNIFORM:
  case WEFT_OP_NORMAL: return weft_make_permute(x, axes);
  default: return weft_ops[x->op].kind == W_SCALAR ? absorb_scalar(x, axes, budget) : NULL;
  }
}

/* ---- rows ---- */

/* A mask over the dims of a permute as one over the dims beneath it. */
static uint32_t mask_beneath(const weft_tensor *permute, uint32_t mask) {
  uint32_t beneath = 0;
  for (int d = 0; d < permute->shape.rank; d++)
    if (mask >> d & 1) beneath |= 1u << permute->attr[d];
  return beneath;
}

/* Whether what the node was before this round belongs to rows that must not move beneath the permute. */
static int keeps_rows(const rows_of *all, const weft_tensor *was, const weft_tensor *permute) {
  uint32_t mask = was->id < all->count ? all->rows[was->id] : 0;
  return mask && !weft_is_trailing(permute->in[0]->shape, mask_beneath(permute, mask));
}

/* ---- ops over a permute ---- */

/* Random numbers are made where they are read, in any order: a permute of them is no reason to move anything. */
static int is_random(const weft_tensor *x) { return x->op == WEFT_OP_UNIFORM || x->op == WEFT_OP_NORMAL; }

static weft_tensor *sink_scalar(weft_tensor *node, const rows_of *rows, const weft_tensor *was) {
  for (int k = 0; k < node->n_in; k++) {
    weft_tensor *permute = node->in[k], *in[3] = {NULL, NULL, NULL};
    int64_t inverse[WEFT_MAX_RANK];
    int i = 0, budget = MOST_OPERANDS;
    if (permute->op != WEFT_OP_PERMUTE || is_random(permute->in[0]) || keeps_rows(rows, was, permute)) continue;
    weft_inverse_axes(permute->shape.rank, permute->attr, inverse);
    while (i < node->n_in && (in[i] = absorb(node->in[i], inverse, &budget))) i++;
    if (i == node->n_in) return weft_view_permute(weft_make_scalar(node->op, in[0], in[1], in[2]), permute->attr);
  }
  return node;
}

/* The position that argmax tells counts the reduced dims in their order. */
static int keeps_order(const weft_tensor *permute, uint32_t mask) {
  int64_t last = -1;
  for (int d = 0; d < permute->shape.rank; d++) {
    if (!(mask >> d & 1) || permute->shape.dims[d] == 1) continue;
    if (permute->attr[d] < last) return 0;
    last = permute->attr[d];
  }
  return 1;
}

static weft_tensor *sink_reduce(weft_tensor *node, const rows_of *rows, const weft_tensor *was) {
  weft_tensor *permute = node->in[0];
  uint32_t mask = (uint32_t)node->attr[0];
  int is_position = node->op == WEFT_OP_ARGMAX || node->op == WEFT_OP_ARGMIN;
  if (keeps_rows(rows, was, permute) || (is_position && !keeps_order(permute, mask))) return node;
  weft_tensor *y = weft_make_reduce(node->op, permute->in[0], mask_beneath(permute, mask));
  return weft_view_permute(y, permute->attr);
}

/* attr[] lists of the result's dims, as lists of the dims beneath the permute. */
static void lists_beneath(const weft_tensor *permute, const int64_t *lists, int n_lists, int64_t *out) {
  int rank = permute->shape.rank;
  for (int list = 0; list < n_lists; list++)
    for (int d = 0; d < rank; d++) out[list * rank + permute->attr[d]] = lists[list * rank + d];
}

static weft_tensor *sink_view(weft_tensor *node) {
  weft_tensor *permute = node->in[0], *x = permute->in[0], *y;
  int rank = permute->shape.rank;
  int64_t lists[2 * WEFT_MAX_RANK];
  weft_shape shape = {.rank = rank};
  lists_beneath(permute, node->attr, node->n_attr / (rank ? rank : 1), lists);
  lists_beneath(permute, node->shape.dims, 1, shape.dims);
  switch (node->op) {
  case WEFT_OP_SLICE: y = weft_make_slice(x, lists, lists + rank, shape.dims); break;
  case WEFT_OP_PAD: y = weft_make_pad(x, lists, lists + rank, shape, node->value); break;
  default: y = weft_make_flip(x, lists); break;
  }
  return weft_view_permute(y, permute->attr);
}

/* A reshape that adds or drops dims of size 1 alone: beneath the permute the ones stand last. */
static weft_tensor *sink_reshape(weft_tensor *node) {
  weft_tensor *permute = node->in[0], *x = permute->in[0];
  weft_shape to = node->shape, inner = {.rank = to.rank};
  int64_t axes[WEFT_MAX_RANK];
  int place[WEFT_MAX_RANK], n = 0, from = 0;
  if (!weft_same_but_ones(permute->shape, to)) return node;
  for (int d = 0; d < x->shape.rank; d++) {
    if (x->shape.dims[d] == 1) continue;
    place[d] = n;
    inner.dims[n++] = x->shape.dims[d];
  }
  for (int d = n; d < to.rank; d++) inner.dims[d] = 1;
  for (int d = 0; d < to.rank; d++) {
    if (to.dims[d] == 1) {
      axes[d] = n++;
    } else {
      while (permute->shape.dims[from] == 1) from++;
      axes[d] = place[permute->attr[from++]];
    }
  }
  return weft_view_permute(weft_view_reshape(x, inner), axes);
}

static weft_tensor *sink_concat(weft_tensor *node) {
  weft_tensor *first = node->in[0];
  int64_t inverse[WEFT_MAX_RANK];
  weft_arena arena = {0};
  weft_tensor **in = WEFT_NEW(&arena, weft_tensor *, node->n_in), *y = node;
  int i = 0, budget = MOST_OPERANDS;
  weft_inverse_axes(first->shape.rank, first->attr, inverse);
  while (in && i < node->n_in && (in[i] = absorb(node->in[i], inverse, &budget))) i++;
  if (in && i == node->n_in) {
    weft_node_spec spec = {.graph = node->graph, .op = WEFT_OP_CONCAT, .n_in = i, .in = in, .n_attr = 1};
    spec.attr[0] = first->attr[node->attr[0]];
    y = weft_node(&spec);
    y = y ? weft_view_permute(y, first->attr) : NULL;
  }
  weft_arena_free(&arena);
  return y;
}

/* ---- permutes themselves ---- */

/* A permute of what is computed from constants, counters and repeated tensors: nothing of it is in memory. */
static weft_tensor *dissolve(weft_tensor *node) {
  weft_tensor *x = node->in[0];
  int budget = MOST_OPERANDS;
  weft_tensor *y = weft_view_permute(x, node->attr);
  if (y != node) return y;
  if (weft_ops[x->op].kind != W_SCALAR && x->op != WEFT_OP_EXPAND) return node;
  y = absorb(x, node->attr, &budget);
  return y ? y : node;
}

static weft_tensor *sink(void *user, weft_tensor *node, weft_tensor *const *in) {
  const rows_of *rows = user;
  weft_tensor *was = node;
  node = weft_node_with_inputs(node, in);
  if (!node || node->n_in == 0) return node;
  if (node->op == WEFT_OP_PERMUTE) return dissolve(node);
  if (weft_ops[node->op].kind == W_SCALAR) return sink_scalar(node, rows, was);
  if (node->in[0]->op != WEFT_OP_PERMUTE) return node;
  switch (node->op) {
  case WEFT_OP_RESHAPE: return sink_reshape(node);
  case WEFT_OP_SLICE:
  case WEFT_OP_PAD:
  case WEFT_OP_FLIP: return sink_view(node);
  case WEFT_OP_CONCAT: return sink_concat(node);
  case WEFT_OP_FOLD: return node;
  default: return weft_ops[node->op].kind == W_REDUCE ? sink_reduce(node, rows, was) : node;
  }
}

weft_status weft_pass_layout(weft_tensor **roots, size_t n_roots, const weft_pass_target *target, weft_error *error) {
  (void)target;
  weft_arena arena = {0};
  weft_status status = WEFT_OK;
  size_t size = n_roots * sizeof(weft_tensor *);
  weft_tensor **before = WEFT_NEW(&arena, weft_tensor *, n_roots);
  for (int round = 0; round < MOST_ROUNDS && status == WEFT_OK; round++) {
    rows_of rows = {0};
    rows.rows = weft_find_rows(&arena, roots, n_roots, &rows.count); /* of the graph as this round finds it */
    if (!before || !rows.rows) {
      status = weft_fail(error, WEFT_NO_MEMORY, "layout: out of memory");
      break;
    }
    memcpy(before, roots, size);
    status = weft_rewrite(roots, n_roots, sink, &rows, error);
    if (memcmp(before, roots, size) == 0) break;
  }
  weft_arena_free(&arena);
  return status;
}
