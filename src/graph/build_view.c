/* build_view.c -- the public views: reshape, permute, slice, pad, flip, concat; and weft_after, which takes a list as
 * concat does. */
#include "graph/infer.h"
#include <stdlib.h>
#include <string.h>

static const int64_t zeros[WEFT_MAX_RANK] = {0};
static const int64_t ones[WEFT_MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};

weft_tensor *weft_reshape(weft_tensor *x, weft_shape shape) {
  if (!weft_common_graph("reshape", &x, 1)) return NULL;
  char from[WEFT_DESCRIPTION], to[WEFT_DESCRIPTION];
  int64_t known, total = weft_shape_size(x->shape);
  int open = -1;
  weft_shape given = shape;
  for (int d = 0; d < shape.rank && d < WEFT_MAX_RANK; d++) {
    if (shape.dims[d] != -1) continue;
    if (open >= 0)
      return weft_graph_fail(x->graph, WEFT_BAD_SHAPE, "reshape: two sizes to be worked out: %s",
                             weft_shape_text(given, to, sizeof to));
    open = d;
    shape.dims[d] = 1;
  }
  if (open >= 0 && weft_shape_count(shape, &known)) {
    if (total % known != 0)
      return weft_graph_fail(x->graph, WEFT_BAD_SHAPE, "reshape: %s has %lld elements, which %s does not divide",
                             weft_describe_tensor(x, from, sizeof from), (long long)total,
                             weft_shape_text(given, to, sizeof to));
    shape.dims[open] = total / known;
  }
  return weft_make_reshape(x, shape);
}

weft_tensor *weft_permute(weft_tensor *x, weft_shape order) {
  if (!weft_common_graph("permute", &x, 1)) return NULL;
  char from[WEFT_DESCRIPTION], to[WEFT_DESCRIPTION];
  int64_t axes[WEFT_MAX_RANK];
  if (order.rank != x->shape.rank)
    return weft_graph_fail(x->graph, WEFT_BAD_ARGUMENT, "permute: %d axes for %s: %s", order.rank,
                           weft_describe_tensor(x, from, sizeof from), weft_shape_text(order, to, sizeof to));
  for (int d = 0; d < order.rank; d++) axes[d] = order.dims[d] < 0 ? order.dims[d] + order.rank : order.dims[d];
  return weft_make_permute(x, axes);
}

weft_tensor *weft_transpose(weft_tensor *x) {
  if (!weft_common_graph("transpose", &x, 1)) return NULL;
  char text[WEFT_DESCRIPTION];
  int64_t axes[WEFT_MAX_RANK];
  int rank = x->shape.rank;
  if (rank < 2)
    return weft_graph_fail(x->graph, WEFT_BAD_SHAPE, "transpose: %s is not a matrix",
                           weft_describe_tensor(x, text, sizeof text));
  for (int d = 0; d < rank; d++) axes[d] = d;
  axes[rank - 1] = rank - 2;
  axes[rank - 2] = rank - 1;
  return weft_make_permute(x, axes);
}

weft_tensor *weft_broadcast(weft_tensor *x, weft_shape shape) { return weft_broadcast_to(x, shape, "broadcast"); }

/* A backward slice is a forward slice of the same elements, flipped. */
weft_tensor *weft_slice(weft_tensor *x, int axis, int64_t start, int64_t stop, int64_t step) {
  if (!weft_common_graph("slice", &x, 1)) return NULL;
  char text[WEFT_DESCRIPTION];
  int d = weft_plain_axis(x, "slice", axis);
  if (d < 0) return NULL;
  int64_t n = x->shape.dims[d], first = start < 0 ? start + n : start, last = stop < 0 ? stop + n : stop, count = 0;
  if (last > n) last = n;
  if (last < -1) last = -1;
  if (step > 0 && last > first) count = (last - first - 1) / step + 1;
  if (step < 0 && last < first) {
    if (step < -n) step = -n; /* also keeps -step in range */
    count = (first - last - 1) / -step + 1;
  }
  if (first < 0 || first >= n || count < 1)
    return weft_graph_fail(
        x->graph, WEFT_BAD_ARGUMENT, "slice: no elements from %lld to %lld in steps of %lld along axis %d of %s",
        (long long)start, (long long)stop, (long long)step, axis, weft_describe_tensor(x, text, sizeof text));
  int64_t starts[WEFT_MAX_RANK] = {0}, steps[WEFT_MAX_RANK], flags[WEFT_MAX_RANK] = {0};
  weft_shape shape = x->shape;
  memcpy(steps, ones, sizeof steps);
  starts[d] = step > 0 ? first : first + (count - 1) * step;
  steps[d] = step > 0 ? step : -step;
  shape.dims[d] = count;
  flags[d] = step < 0 && count > 1;
  return weft_make_flip(weft_make_slice(x, starts, steps, shape.dims), flags);
}

weft_tensor *weft_pad(weft_tensor *x, int axis, int64_t lo, int64_t hi, double value) {
  if (!weft_common_graph("pad", &x, 1)) return NULL;
  char text[WEFT_DESCRIPTION];
  int d = weft_plain_axis(x, "pad", axis);
  if (d < 0) return NULL;
  int64_t los[WEFT_MAX_RANK] = {0}, size = x->shape.dims[d];
  weft_shape shape = x->shape;
  if (lo < 0 || hi < 0 || !weft_add64(size, lo, &size) || !weft_add64(size, hi, &size))
    return weft_graph_fail(x->graph, WEFT_BAD_ARGUMENT, "pad: %lld before and %lld after along axis %d of %s",
                           (long long)lo, (long long)hi, axis, weft_describe_tensor(x, text, sizeof text));
  los[d] = lo;
  shape.dims[d] = size;
  return weft_make_pad(x, los, zeros, shape, value);
}

weft_tensor *weft_flip(weft_tensor *x, int axis) {
  if (!weft_common_graph("flip", &x, 1)) return NULL;
  int64_t flags[WEFT_MAX_RANK] = {0};
  int d = weft_plain_axis(x, "flip", axis);
  if (d < 0) return NULL;
  flags[d] = 1;
  return weft_make_flip(x, flags);
}

weft_tensor *weft_concat(weft_tensor *const *tensors, size_t count, int axis) {
  if (count == 0 || !tensors || count > INT32_MAX || !weft_common_graph("concat", tensors, count)) return NULL;
  int d = weft_plain_axis(tensors[0], "concat", axis);
  if (d < 0) return NULL;
  if (count == 1) return tensors[0];
  weft_node_spec spec = weft_spec_of(WEFT_OP_CONCAT, tensors, (int)count);
  spec.attr[spec.n_attr++] = d;
  return weft_node(&spec);
}

weft_tensor *weft_after(weft_tensor *value, weft_tensor *const *effects, size_t count) {
  if (!weft_common_graph("after", &value, 1) || count == 0) return value;
  if (!effects || count >= INT32_MAX)
    return weft_graph_fail(value->graph, WEFT_BAD_ARGUMENT, "after: %zu effects, none given", count);
  weft_tensor **in = malloc((count + 1) * sizeof(weft_tensor *)), *node = NULL;
  if (!in) return weft_graph_fail(value->graph, WEFT_NO_MEMORY, "after: out of memory");
  in[0] = value;
  memcpy(in + 1, effects, count * sizeof(weft_tensor *));
  weft_node_spec spec = weft_spec_of(WEFT_OP_AFTER, in, (int)count + 1);
  node = weft_node(&spec);
  free(in);
  return node;
}
