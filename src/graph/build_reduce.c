/* build_reduce.c -- reductions over sets of axes, and the row ops made of them: softmax and cross-entropy.
 *
 * The row ops reduce over the last axis with kept dimensions, and all else in them is elementwise over one shape, so
 * that fusion makes one row kernel of the whole. */
#include "graph/infer.h"
#include <math.h>

/* The mask of a public axis set; -1 and an error when x lacks one of the axes. */
static int64_t mask_of(weft_tensor *x, const char *op, unsigned axes) {
  char text[WEFT_DESCRIPTION];
  int rank = x->shape.rank;
  uint32_t every = (1u << rank) - 1, mask = axes & 0xffu;
  if (mask == WEFT_ALL_AXES) mask = every;
  if (mask & ~every) {
    int axis = rank;
    while (!(mask >> axis & 1)) axis++;
    return weft_plain_axis(x, op, axis);
  }
  for (int back = 1; back <= WEFT_MAX_RANK; back++)
    if (axes & WEFT_AXIS(-back)) {
      int axis = weft_plain_axis(x, op, -back);
      if (axis < 0) return -1;
      mask |= 1u << axis;
    }
  uint32_t known = 0xffu | WEFT_KEEP;
  for (int back = 1; back <= WEFT_MAX_RANK; back++) known |= WEFT_AXIS(-back);
  if (axes & ~known) {
    weft_graph_fail(x->graph, WEFT_BAD_ARGUMENT, "%s: 0x%x is not a set of axes of %s", op, axes,
                    weft_describe_tensor(x, text, sizeof text));
    return -1;
  }
  return mask;
}

/* Takes the dims of the mask, each of size 1, out of x's shape. */
static weft_tensor *drop(weft_tensor *x, int64_t mask) {
  weft_shape shape = {0};
  if (!x) return NULL;
  for (int d = 0; d < x->shape.rank; d++)
    if (!(mask >> d & 1)) shape.dims[shape.rank++] = x->shape.dims[d];
  return weft_make_reshape(x, shape);
}

static weft_tensor *reduce(weft_op op, weft_tensor *x, const char *name, unsigned axes) {
  if (!weft_common_graph(name, &x, 1)) return NULL;
  int64_t mask = mask_of(x, name, axes);
  if (mask < 0) return NULL;
  weft_tensor *y = weft_make_reduce(op, x, (uint32_t)mask);
  return axes & WEFT_KEEP ? y : drop(y, mask);
}

weft_tensor *weft_sum_axes(weft_tensor *x, unsigned axes) { return reduce(WEFT_OP_REDUCE_SUM, x, "sum", axes); }
weft_tensor *weft_prod_axes(weft_tensor *x, unsigned axes) { return reduce(WEFT_OP_REDUCE_PROD, x, "prod", axes); }
weft_tensor *weft_max_axes(weft_tensor *x, unsigned axes) { return reduce(WEFT_OP_REDUCE_MAX, x, "max", axes); }
weft_tensor *weft_min_axes(weft_tensor *x, unsigned axes) { return reduce(WEFT_OP_REDUCE_MIN, x, "min", axes); }
weft_tensor *weft_sum(weft_tensor *x) { return weft_sum_axes(x, WEFT_ALL_AXES); }
weft_tensor *weft_mean(weft_tensor *x) { return weft_mean_axes(x, WEFT_ALL_AXES); }

/* The mean over a mask, dims kept. */
static weft_tensor *mean_kept(weft_tensor *x, int64_t mask) {
  weft_tensor *sum = weft_make_reduce(WEFT_OP_REDUCE_SUM, x, (uint32_t)mask);
  if (!sum || sum == x) return sum;
  double count = (double)weft_shape_size(x->shape) / (double)weft_shape_size(sum->shape);
  return weft_make_scalar(WEFT_OP_DIV, sum, weft_const_like(sum, count), NULL);
}

weft_tensor *weft_mean_axes(weft_tensor *x, unsigned axes) {
  if (!weft_all_f32("mean", &x, 1)) return NULL;
  int64_t mask = mask_of(x, "mean", axes);
  if (mask < 0) return NULL;
  weft_tensor *y = mean_kept(x, mask);
  return axes & WEFT_KEEP ? y : drop(y, mask);
}

/* Two passes, the second over the centred values: a difference of the mean square and the squared mean would cancel. */
weft_tensor *weft_var_axes(weft_tensor *x, unsigned axes) {
  if (!weft_all_f32("var", &x, 1)) return NULL;
  int64_t mask = mask_of(x, "var", axes);
  if (mask < 0) return NULL;
  weft_tensor *centred = weft_make_scalar(WEFT_OP_SUB, x, weft_make_expand(mean_kept(x, mask), x->shape), NULL);
  weft_tensor *y = mean_kept(weft_make_scalar(WEFT_OP_SQUARE, centred, NULL, NULL), mask);
  return axes & WEFT_KEEP ? y : drop(y, mask);
}

static weft_tensor *position(weft_op op, weft_tensor *x, int axis) {
  if (!weft_common_graph(weft_ops[op].name, &x, 1)) return NULL;
  int d = weft_plain_axis(x, weft_ops[op].name, axis);
  return d < 0 ? NULL : drop(weft_make_reduce(op, x, 1u << d), INT64_C(1) << d);
}

weft_tensor *weft_argmax(weft_tensor *x, int axis) { return position(WEFT_OP_ARGMAX, x, axis); }
weft_tensor *weft_argmin(weft_tensor *x, int axis) { return position(WEFT_OP_ARGMIN, x, axis); }

/* ---- rows ---- */

/* A reduction over one axis, dims kept. */
static weft_tensor *reduce_row(weft_op op, weft_tensor *x, int axis) {
  return x ? weft_make_reduce(op, x, 1u << axis) : NULL;
}

/* x less the largest of its row, so that exp() does not overflow. The shift cancels in every value made of it, hence
 * the maximum needs no gradient. */
static weft_tensor *shifted(weft_tensor *x, int axis) {
  weft_tensor *largest = weft_detach(reduce_row(WEFT_OP_REDUCE_MAX, x, axis));
  return weft_make_scalar(WEFT_OP_SUB, x, weft_make_expand(largest, x->shape), NULL);
}

static weft_tensor *log_of_sum(weft_tensor *z, int axis) {
  weft_tensor *sum = reduce_row(WEFT_OP_REDUCE_SUM, weft_make_scalar(WEFT_OP_EXP, z, NULL, NULL), axis);
  return weft_make_scalar(WEFT_OP_LOG, sum, NULL, NULL);
}

/* The sum is at least 1. One division a row: a product each takes a fraction of its time. */
weft_tensor *weft_softmax(weft_tensor *x, int axis) {
  if (!weft_all_f32("softmax", &x, 1)) return NULL;
  int d = weft_plain_axis(x, "softmax", axis);
  if (d < 0) return NULL;
  weft_tensor *e = weft_make_scalar(WEFT_OP_EXP, shifted(x, d), NULL, NULL);
  weft_tensor *part = weft_make_scalar(WEFT_OP_RECIPROCAL, reduce_row(WEFT_OP_REDUCE_SUM, e, d), NULL, NULL);
  return weft_make_scalar(WEFT_OP_MUL, e, weft_make_expand(part, x->shape), NULL);
}

weft_tensor *weft_log_softmax(weft_tensor *x, int axis) {
  if (!weft_all_f32("log_softmax", &x, 1)) return NULL;
  int d = weft_plain_axis(x, "log_softmax", axis);
  if (d < 0) return NULL;
  weft_tensor *z = shifted(x, d);
  return weft_make_scalar(WEFT_OP_SUB, z, weft_make_expand(log_of_sum(z, d), x->shape), NULL);
}

/* With z = x - max(x): log(sum(exp z)) - z[class]. The class is picked by comparing with a counter, which needs no
 * gather and whose gradient is the same comparison. */
weft_tensor *weft_cross_entropy(weft_tensor *logits, weft_tensor *classes) {
  weft_tensor *in[2] = {logits, classes};
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  weft_graph *graph = weft_common_graph("cross_entropy", in, 2);
  if (!graph || !weft_all_f32("cross_entropy", &logits, 1)) return NULL;
  weft_describe_tensor(logits, x, sizeof x);
  weft_describe_tensor(classes, y, sizeof y);
  if (classes->dtype != WEFT_I32)
    return weft_graph_fail(graph, WEFT_BAD_DTYPE, "cross_entropy: classes %s is %s, not i32", y,
                           weft_dtype_name(classes->dtype));
  weft_shape shape = logits->shape, rows = logits->shape;
  rows.rank--;
  if (shape.rank < 1 || !weft_shape_equal(rows, classes->shape))
    return weft_graph_fail(graph, WEFT_BAD_SHAPE, "cross_entropy: not one class a row: logits %s, classes %s", x, y);
  rows.dims[rows.rank++] = 1;
  weft_tensor *t = weft_make_reshape(classes, rows);
  int last = shape.rank - 1;
  weft_tensor *z = shifted(logits, last);
  weft_tensor *hit =
      weft_make_scalar(WEFT_OP_EQ, weft_make_iota(graph, shape, shape.rank - 1), weft_make_expand(t, shape), NULL);
  weft_tensor *picked =
      reduce_row(WEFT_OP_REDUCE_SUM, weft_make_scalar(WEFT_OP_WHERE, hit, z, weft_const_like(logits, 0)), last);
  weft_tensor *loss = weft_make_scalar(WEFT_OP_SUB, log_of_sum(z, last), picked, NULL);
  weft_tensor *valid = weft_make_scalar(
      WEFT_OP_AND, weft_make_scalar(WEFT_OP_GE, t, weft_const_like(t, 0), NULL),
      weft_make_scalar(WEFT_OP_LT, t, weft_const_like(t, (double)shape.dims[shape.rank - 1]), NULL), NULL);
  loss = weft_make_scalar(WEFT_OP_WHERE, valid, loss, weft_const_like(loss, 0));
  return drop(loss, INT64_C(1) << (shape.rank - 1));
}
