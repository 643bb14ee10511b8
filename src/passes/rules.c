/* rules.c -- constants, shapes, views in normal form, and the reductions that make rows: what the passes share. */
#include "passes/rules.h"
#include <string.h>

/* ---- constants ---- */

int weft_is_const(const weft_tensor *x) { return x->op == WEFT_OP_CONST; }

int weft_is_value(const weft_tensor *x, double value) { return x->op == WEFT_OP_CONST && x->value == value; }

weft_tensor *weft_value_like(weft_tensor *x, double value) {
  return weft_make_const(x->graph, x->dtype, x->shape, value);
}

/* ---- shapes and axes ---- */

int weft_same_but_ones(weft_shape a, weft_shape b) {
  int i = 0, j = 0;
  for (;;) {
    while (i < a.rank && a.dims[i] == 1) i++;
    while (j < b.rank && b.dims[j] == 1) j++;
    if (i == a.rank || j == b.rank) return i == a.rank && j == b.rank;
    if (a.dims[i++] != b.dims[j++]) return 0;
  }
}

int weft_moves_ones_only(weft_shape shape, const int64_t *axes) {
  int64_t last = -1;
  for (int d = 0; d < shape.rank; d++) {
    if (shape.dims[axes[d]] == 1) continue;
    if (axes[d] < last) return 0;
    last = axes[d];
  }
  return 1;
}

void weft_inverse_axes(int rank, const int64_t *axes, int64_t *out_axes) {
  for (int d = 0; d < rank; d++) out_axes[axes[d]] = d;
}

uint32_t weft_expanded_dims(const weft_tensor *expand) {
  uint32_t mask = 0;
  for (int d = 0; d < expand->shape.rank; d++)
    if (expand->shape.dims[d] != expand->in[0]->shape.dims[d]) mask |= 1u << d;
  return mask;
}

int weft_is_trailing(weft_shape shape, uint32_t mask) {
  int reduced = 0;
  for (int d = 0; d < shape.rank; d++) {
    if (shape.dims[d] == 1) continue;
    if (mask >> d & 1)
      reduced = 1;
    else if (reduced)
      return 0;
  }
  return reduced;
}

weft_shape weft_kept_shape(weft_shape shape, uint32_t mask) {
  for (int d = 0; d < shape.rank; d++)
    if (mask >> d & 1) shape.dims[d] = 1;
  return shape;
}

/* ---- views ---- */

/* The axis of `to` that the only dim of `from` worth counting along becomes, where dims of size 1 come and go. */
static int same_axis(weft_shape from, int axis, weft_shape to) {
  int nth = 0, d = 0;
  for (int i = 0; i < axis; i++) nth += from.dims[i] != 1;
  while (to.dims[d] == 1 || nth-- > 0) d++;
  return d;
}

weft_tensor *weft_view_reshape(weft_tensor *x, weft_shape shape) {
  while (x && x->op == WEFT_OP_RESHAPE) x = x->in[0];
  if (!x) return NULL;
  if (x->op == WEFT_OP_CONST) return weft_make_const(x->graph, x->dtype, shape, x->value);
  if (x->op == WEFT_OP_IOTA && x->shape.dims[x->attr[0]] != 1 && weft_same_but_ones(x->shape, shape))
    return weft_make_iota(x->graph, shape, same_axis(x->shape, (int)x->attr[0], shape));
  return weft_make_reshape(x, shape);
}

weft_tensor *weft_view_permute(weft_tensor *x, const int64_t *axes) {
  int64_t composed[WEFT_MAX_RANK];
  weft_shape shape;
  if (!x) return NULL;
  int rank = x->shape.rank;
  memcpy(composed, axes, sizeof axes[0] * (size_t)rank);
  while (x->op == WEFT_OP_PERMUTE) {
    for (int d = 0; d < rank; d++) composed[d] = x->attr[composed[d]];
    x = x->in[0];
  }
  shape.rank = rank;
  for (int d = 0; d < rank; d++) shape.dims[d] = x->shape.dims[composed[d]];
  if (x->op == WEFT_OP_IOTA) {
    int axis = 0;
    while (composed[axis] != x->attr[0]) axis++;
    return weft_make_iota(x->graph, shape, axis);
  }
  if (x->op == WEFT_OP_CONST || weft_moves_ones_only(x->shape, composed)) return weft_view_reshape(x, shape);
  return weft_make_permute(x, composed);
}

/* ---- rows ---- */

static int is_scalar(const weft_tensor *node) { return weft_ops[node->op].kind == W_SCALAR; }

/* Marks the trailing reductions that an expand of their shape wants back, and that expand. One sweep from users to
 * inputs: wants[id] is the expand that repeats the node, or what is elementwise made of it. */
static void mark_reductions(weft_tensor **order, size_t count, weft_tensor **wants, uint32_t *rows) {
  for (size_t i = count; i-- > 0;) {
    weft_tensor *node = order[i], *expand = wants[node->id];
    weft_op_kind kind = weft_ops[node->op].kind;
    if (node->op == WEFT_OP_EXPAND) {
      if (!wants[node->in[0]->id]) wants[node->in[0]->id] = node;
    } else if (expand && (kind == W_SCALAR || node->op == WEFT_OP_DETACH ||
                          (node->op == WEFT_OP_RESHAPE && weft_same_but_ones(node->shape, node->in[0]->shape)))) {
      for (int k = 0; k < node->n_in; k++)
        if (!wants[node->in[k]->id]) wants[node->in[k]->id] = expand;
    } else if (expand && kind == W_REDUCE && node->op != WEFT_OP_FOLD &&
               weft_shape_equal(expand->shape, node->in[0]->shape) &&
               weft_is_trailing(expand->shape, (uint32_t)node->attr[0])) {
      rows[node->id] = rows[expand->id] = (uint32_t)node->attr[0];
    }
  }
}

uint32_t *weft_find_rows(weft_arena *arena, weft_tensor *const *roots, size_t n_roots, size_t *out_count) {
  size_t count = 0;
  *out_count = 0;
  weft_tensor **order = weft_graph_order(arena, roots, n_roots, &count);
  if (!order) return NULL;
  size_t ids = count ? (size_t)order[count - 1]->id + 1 : 0;
  uint32_t *rows = WEFT_NEW(arena, uint32_t, ids);
  weft_tensor **wants = WEFT_NEW(arena, weft_tensor *, ids);
  if (!rows || !wants) return NULL;
  mark_reductions(order, count, wants, rows);
  for (size_t i = count; i-- > 0;) {
    weft_tensor *node = order[i];
    for (int k = 0; is_scalar(node) && k < node->n_in; k++)
      if (node->in[k]->op == WEFT_OP_EXPAND && rows[node->in[k]->id]) rows[node->id] = rows[node->in[k]->id];
    if (!rows[node->id] || (!is_scalar(node) && weft_ops[node->op].kind != W_REDUCE)) continue;
    for (int k = 0; k < node->n_in; k++)
      if (is_scalar(node->in[k])) rows[node->in[k]->id] = rows[node->id];
  }
  *out_count = ids;
  return rows;
}
