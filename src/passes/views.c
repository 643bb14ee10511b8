/* views.c -- simplification of views: chains of one kind become one view, and an expand goes outermost.
 *
 * A view costs nothing by itself, but every view between two ops is a place where fusion, strides and further rules
 * stop. So views of the same kind are composed, a permute that moves dims of size 1 alone becomes a reshape, and expand
 * moves towards the users (reshape, permute, slice and flip pass beneath it), where reductions and elementwise ops meet
 * it: their rules then work on the small tensor. fold is a sum only where windows overlap; without overlap it is
 * a view, which spares the gradient of common pooling its reduction. */
#include "passes/rules.h"
#include <string.h>

static const int64_t zeros[WEFT_MAX_RANK] = {0};

static void mark_expanded(const weft_tensor *expand, int *out_repeats) {
  uint32_t mask = weft_expanded_dims(expand);
  for (int d = 0; d < expand->shape.rank; d++) out_repeats[d] = (int)(mask >> d & 1);
}

/* ---- reshape ---- */

/* reshape(expand(x)) as expand(reshape(x)): dims correspond in runs of the same product; a run either repeats one
 * element in all its dims or nothing. */
static weft_tensor *reshape_of_expand(weft_tensor *node) {
  weft_tensor *expand = node->in[0], *x = expand->in[0];
  weft_shape from = expand->shape, to = node->shape, small = to;
  int repeats[WEFT_MAX_RANK], i = 0, j = 0;
  mark_expanded(expand, repeats);
  while (i < from.rank || j < to.rank) {
    int i_end = i, j_end = j, any = 0, all = 1;
    int64_t a = 1, b = 1;
    do {
      if (i_end < from.rank && (a <= b || j_end == to.rank))
        a *= from.dims[i_end++];
      else
        b *= to.dims[j_end++];
    } while (a != b);
    for (int d = i; d < i_end; d++) {
      if (from.dims[d] == 1) continue;
      any |= repeats[d];
      all &= repeats[d];
    }
    if (any && !all) return node;
    for (int d = j; any && d < j_end; d++) small.dims[d] = 1;
    i = i_end;
    j = j_end;
  }
  return weft_make_expand(weft_view_reshape(x, small), to);
}

/* ---- permute, expand, slice, pad, flip ---- */

static weft_tensor *permute_of_expand(weft_tensor *node) {
  return weft_make_expand(weft_view_permute(node->in[0]->in[0], node->attr), node->shape);
}

static weft_tensor *simplify_expand(weft_tensor *node) {
  weft_tensor *x = node->in[0];
  if (x->op == WEFT_OP_EXPAND) return weft_make_expand(x->in[0], node->shape);
  if (x->op == WEFT_OP_IOTA && x->shape.dims[x->attr[0]] != 1)
    return weft_make_iota(x->graph, node->shape, (int)x->attr[0]);
  return node;
}

static weft_tensor *slice_of_slice(weft_tensor *node) {
  weft_tensor *x = node->in[0];
  int rank = x->shape.rank;
  int64_t start[WEFT_MAX_RANK], step[WEFT_MAX_RANK];
  for (int d = 0; d < rank; d++) {
    start[d] = x->attr[d] + node->attr[d] * x->attr[rank + d];
    step[d] = node->attr[rank + d] * x->attr[rank + d];
  }
  return weft_make_slice(x->in[0], start, step, node->shape.dims);
}

static weft_tensor *slice_of_expand(weft_tensor *node) {
  weft_tensor *x = node->in[0];
  int rank = x->shape.rank, repeats[WEFT_MAX_RANK];
  int64_t start[WEFT_MAX_RANK], step[WEFT_MAX_RANK], size[WEFT_MAX_RANK];
  mark_expanded(x, repeats);
  for (int d = 0; d < rank; d++) {
    start[d] = repeats[d] ? 0 : node->attr[d];
    step[d] = repeats[d] ? 1 : node->attr[rank + d];
    size[d] = repeats[d] ? 1 : node->shape.dims[d];
  }
  return weft_make_expand(weft_make_slice(x->in[0], start, step, size), node->shape);
}

/* A slice that reads nothing but what was padded needs no padding; of a border without gaps it takes a part. */
static weft_tensor *slice_of_pad(weft_tensor *node) {
  weft_tensor *pad = node->in[0], *x = pad->in[0];
  int rank = x->shape.rank, is_inside = 1, is_plain = 1;
  int64_t start[WEFT_MAX_RANK], size[WEFT_MAX_RANK], lo[WEFT_MAX_RANK], gaps[WEFT_MAX_RANK] = {0};
  for (int d = 0; d < rank; d++) {
    int64_t step = node->attr[rank + d], first = node->attr[d] - pad->attr[d];
    int64_t last = first + (node->shape.dims[d] - 1) * step, end = x->shape.dims[d];
    if (pad->attr[rank + d] != 0) return node;
    if (first < 0 || last >= end) is_inside = 0;
    if (step != 1 || first >= end || last < 0) is_plain = 0;
    lo[d] = first < 0 ? -first : 0;
    start[d] = first < 0 ? 0 : first;
    size[d] = (last < end ? last + 1 : end) - start[d];
  }
  if (is_inside) return weft_make_slice(x, start, node->attr + rank, node->shape.dims);
  if (!is_plain) return node;
  x = weft_make_slice(x, start, node->attr + rank, size);
  return x ? weft_make_pad(x, lo, gaps, node->shape, pad->value) : NULL;
}

static weft_tensor *simplify_slice(weft_tensor *node) {
  weft_tensor *x = node->in[0];
  switch (x->op) {
  case WEFT_OP_SLICE: return slice_of_slice(node);
  case WEFT_OP_EXPAND: return slice_of_expand(node);
  case WEFT_OP_PAD: return slice_of_pad(node);
  case WEFT_OP_CONV: return weft_slice_of_conv(node);
  case WEFT_OP_IOTA: {
    int64_t axis = x->attr[0];
    if (node->attr[axis] != 0 || node->attr[x->shape.rank + axis] != 1) return node;
    return weft_make_iota(x->graph, node->shape, (int)axis);
  }
  default: return node;
  }
}

/* Two borders of one value are one border; gaps may stand in the inner one alone. */
static weft_tensor *simplify_pad(weft_tensor *node) {
  weft_tensor *x = node->in[0];
  int rank = node->shape.rank;
  int64_t lo[WEFT_MAX_RANK];
  if (x->op != WEFT_OP_PAD || memcmp(&x->value, &node->value, sizeof x->value) != 0) return node;
  for (int d = 0; d < rank; d++) {
    if (node->attr[rank + d] != 0) return node;
    lo[d] = node->attr[d] + x->attr[d];
  }
  return weft_make_pad(x->in[0], lo, x->attr + rank, node->shape, node->value);
}

static weft_tensor *simplify_flip(weft_tensor *node) {
  weft_tensor *x = node->in[0];
  int64_t flags[WEFT_MAX_RANK];
  int repeats[WEFT_MAX_RANK] = {0}, changed = x->op == WEFT_OP_FLIP || x->op == WEFT_OP_EXPAND;
  if (x->op == WEFT_OP_EXPAND) mark_expanded(x, repeats);
  for (int d = 0; d < node->shape.rank; d++) {
    flags[d] = node->attr[d] && node->shape.dims[d] != 1 && !repeats[d];
    if (x->op == WEFT_OP_FLIP && x->attr[d]) flags[d] = !flags[d] && node->shape.dims[d] != 1;
    changed |= flags[d] != node->attr[d];
  }
  if (!changed) return node;
  if (x->op == WEFT_OP_EXPAND) return weft_make_expand(weft_make_flip(x->in[0], flags), node->shape);
  return weft_make_flip(x->op == WEFT_OP_FLIP ? x->in[0] : x, flags);
}

/* ---- window and fold ---- */

/* Windows of one element, moved by one: the same elements with further dims of size 1. */
static weft_tensor *simplify_window(weft_tensor *node) {
  int rank = node->in[0]->shape.rank;
  for (int d = 0; d < rank; d++)
    if (node->attr[d] > 1 || node->attr[rank + d] != 1) return node;
  return weft_view_reshape(node->in[0], node->shape);
}

/* fold of windows that do not overlap. A dim whose windows touch (stride = size) is put behind its outputs and merged
 * with them; windows of one element a stride apart leave gaps; what no window reaches is 0.
 *   y (.., O.., k..)  permute  (.., O, k, ..)  reshape  (.., O k, ..)  pad  (.., I, ..) */
weft_tensor *weft_simplify_fold(weft_tensor *node) {
  weft_tensor *y = node->in[0];
  int rank = node->shape.rank, n = 0, next = rank;
  int64_t axes[WEFT_MAX_RANK], gaps[WEFT_MAX_RANK];
  weft_shape merged = node->shape;
  for (int d = 0; d < rank; d++) {
    int64_t size = node->attr[d], stride = node->attr[rank + d], dilation = node->attr[2 * rank + d];
    if (size > 1 && (size != stride || dilation != 1)) return node;
    merged.dims[d] = y->shape.dims[d] * (size ? size : 1);
    gaps[d] = size == 1 ? stride - 1 : 0;
    axes[n++] = d;
    if (size) axes[n++] = next++;
  }
  weft_tensor *x = weft_view_reshape(weft_view_permute(y, axes), merged);
  return weft_make_pad(x, zeros, gaps, node->shape, 0);
}

/* ---- all ---- */

weft_tensor *weft_simplify_view(weft_tensor *node) {
  weft_tensor *x = node->in[0];
  switch (node->op) {
  case WEFT_OP_RESHAPE: return x->op == WEFT_OP_EXPAND ? reshape_of_expand(node) : weft_view_reshape(x, node->shape);
  case WEFT_OP_PERMUTE: return x->op == WEFT_OP_EXPAND ? permute_of_expand(node) : weft_view_permute(x, node->attr);
  case WEFT_OP_EXPAND: return simplify_expand(node);
  case WEFT_OP_SLICE: return simplify_slice(node);
  case WEFT_OP_PAD: return simplify_pad(node);
  case WEFT_OP_FLIP: return simplify_flip(node);
  case WEFT_OP_WINDOW: return simplify_window(node);
  case WEFT_OP_CONCAT: return node->n_in == 1 ? x : node;
  default: return node;
  }
}
