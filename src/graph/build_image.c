/* build_image.c -- matrix products, convolution and pooling.
 *
 * The API speaks (N, C, H, W); inside, images are (N, H, W, C): each builder permutes, works in NHWC and permutes back,
 * and the layout pass cancels what meets. Errors speak of what the caller gave. */
#include "graph/infer.h"
#include <math.h>
#include <string.h>

static const int64_t to_nhwc[4] = {0, 2, 3, 1};
static const int64_t to_nchw[4] = {0, 3, 1, 2};
static const int64_t zeros[WEFT_MAX_RANK] = {0};

/* ---- matrices ---- */

/* Where b is one matrix for all of a's batches, the batch is just more rows: one tall product instead of many small
 * ones. */
static weft_tensor *matmul_rows(weft_tensor *a, weft_tensor *b) {
  weft_shape shape = a->shape;
  int64_t k = shape.dims[shape.rank - 1];
  weft_shape tall = weft_shape_of(weft_shape_size(shape) / k, k);
  weft_shape matrix = weft_shape_of(k, b->shape.dims[b->shape.rank - 1]);
  shape.dims[shape.rank - 1] = matrix.dims[1];
  return weft_make_reshape(weft_make_matmul(weft_make_reshape(a, tall), weft_make_reshape(b, matrix)), shape);
}

weft_tensor *weft_matmul(weft_tensor *a, weft_tensor *b) {
  weft_tensor *in[2] = {a, b};
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  if (!weft_all_f32("matmul", in, 2)) return NULL;
  weft_graph *graph = a->graph;
  weft_shape sa = a->shape, sb = b->shape;
  weft_describe_tensor(a, x, sizeof x);
  weft_describe_tensor(b, y, sizeof y);
  if (sa.rank < 2 || sb.rank < 2)
    return weft_graph_fail(graph, WEFT_BAD_SHAPE, "matmul: not two matrices: %s, %s", x, y);
  if (sa.dims[sa.rank - 1] != sb.dims[sb.rank - 2])
    return weft_graph_fail(graph, WEFT_BAD_SHAPE, "matmul: inner sizes differ: %s, %s", x, y);
  int64_t batches_of_b = 1;
  weft_shape batch = {.rank = sa.rank > sb.rank ? sa.rank - 2 : sb.rank - 2};
  for (int d = 1; d <= batch.rank; d++) {
    int64_t m = d <= sa.rank - 2 ? sa.dims[sa.rank - 2 - d] : 1, n = d <= sb.rank - 2 ? sb.dims[sb.rank - 2 - d] : 1;
    if (m != n && m != 1 && n != 1)
      return weft_graph_fail(graph, WEFT_BAD_SHAPE, "matmul: batch sizes do not broadcast: %s, %s", x, y);
    batch.dims[batch.rank - d] = m > n ? m : n;
    batches_of_b *= n;
  }
  if (batches_of_b == 1 && sa.rank >= sb.rank && sa.rank > 2) return matmul_rows(a, b);
  weft_shape wide_a = batch, wide_b = batch;
  wide_a.rank = wide_b.rank = batch.rank + 2;
  memcpy(&wide_a.dims[batch.rank], &sa.dims[sa.rank - 2], 2 * sizeof sa.dims[0]);
  memcpy(&wide_b.dims[batch.rank], &sb.dims[sb.rank - 2], 2 * sizeof sb.dims[0]);
  return weft_make_matmul(weft_broadcast_to(a, wide_a, "matmul"), weft_broadcast_to(b, wide_b, "matmul"));
}

/* ---- images ---- */

/* x (N, C, H, W) as (N, H, W, C) with a border of value. */
static weft_tensor *padded_nhwc(weft_tensor *x, int pad, double value) {
  int64_t lo[4] = {0, pad, pad, 0};
  weft_tensor *y = weft_make_permute(x, to_nhwc);
  if (!y) return NULL;
  weft_shape shape = y->shape;
  shape.dims[1] += 2 * (int64_t)pad;
  shape.dims[2] += 2 * (int64_t)pad;
  return weft_make_pad(y, lo, zeros, shape, value);
}

static weft_tensor *nchw(weft_tensor *x) { return weft_make_permute(x, to_nchw); }

weft_tensor *weft_conv2d(weft_tensor *x, weft_tensor *w, const weft_conv_options *options) {
  weft_tensor *in[2] = {x, w};
  weft_conv_options o = options ? *options : (weft_conv_options){0};
  char a[WEFT_DESCRIPTION], b[WEFT_DESCRIPTION];
  if (!weft_all_f32("conv2d", in, 2)) return NULL;
  weft_graph *graph = x->graph;
  weft_describe_tensor(x, a, sizeof a);
  weft_describe_tensor(w, b, sizeof b);
  if (o.stride < 0 || o.pad < 0 || o.dilation < 0 || o.groups < 0)
    return weft_graph_fail(graph, WEFT_BAD_ARGUMENT,
                           "conv2d: a negative option: stride %d, pad %d, dilation %d, groups %d", o.stride, o.pad,
                           o.dilation, o.groups);
  if (o.stride == 0) o.stride = 1;
  if (o.dilation == 0) o.dilation = 1;
  if (o.groups == 0) o.groups = 1;
  if (x->shape.rank != 4 || w->shape.rank != 4)
    return weft_graph_fail(graph, WEFT_BAD_SHAPE, "conv2d: not x (N,C,H,W), w (OC,C/groups,R,S): %s, %s", a, b);
  const int64_t *xs = x->shape.dims, *ws = w->shape.dims;
  if (xs[1] % o.groups != 0 || ws[0] % o.groups != 0)
    return weft_graph_fail(graph, WEFT_BAD_SHAPE, "conv2d: %d groups do not divide the channels: %s, %s", o.groups, a,
                           b);
  if (xs[1] / o.groups != ws[1])
    return weft_graph_fail(graph, WEFT_BAD_SHAPE, "conv2d: channels differ: %s, %s, %d groups", a, b, o.groups);
  for (int d = 2; d < 4; d++)
    if (ws[d] > INT32_MAX || weft_window_extent(xs[d] + 2 * (int64_t)o.pad, ws[d], o.stride, o.dilation) < 1)
      return weft_graph_fail(graph, WEFT_BAD_SHAPE,
                             "conv2d: the kernel is larger than the padded image: %s, %s, pad %d, dilation %d", a, b,
                             o.pad, o.dilation);
  const int64_t to_rsc[4] = {2, 3, 1, 0}, steps[5] = {o.stride, o.stride, o.dilation, o.dilation, o.groups};
  weft_tensor *kernel = weft_make_permute(w, to_rsc);
  return nchw(weft_make_conv(WEFT_OP_CONV, padded_nhwc(x, o.pad, 0), kernel, steps, WEFT_SCALAR_SHAPE));
}

/* Windows of x reduced by op: (N, OH, OW, C). */
static weft_tensor *pool(weft_op op, const char *name, weft_tensor *x, int size, int stride, int pad, double border) {
  if (!weft_all_f32(name, &x, 1)) return NULL;
  char text[WEFT_DESCRIPTION];
  weft_describe_tensor(x, text, sizeof text);
  if (x->shape.rank != 4) return weft_graph_fail(x->graph, WEFT_BAD_SHAPE, "%s: not x (N,C,H,W): %s", name, text);
  if (size < 1 || stride < 0 || pad < 0 || pad >= size)
    return weft_graph_fail(x->graph, WEFT_BAD_ARGUMENT,
                           "%s: size %d, stride %d, pad %d (size from 1, stride from 0, pad from 0 to below size): %s",
                           name, size, stride, pad, text);
  if (stride == 0) stride = size;
  for (int d = 2; d < 4; d++)
    if (weft_window_extent(x->shape.dims[d] + 2 * (int64_t)pad, size, stride, 1) < 1)
      return weft_graph_fail(x->graph, WEFT_BAD_SHAPE, "%s: windows of %d are larger than the padded image: %s, pad %d",
                             name, size, text, pad);
  const int64_t sizes[4] = {0, size, size, 0}, strides[4] = {1, stride, stride, 1}, dilations[4] = {1, 1, 1, 1};
  weft_tensor *windows = weft_make_window(padded_nhwc(x, pad, border), sizes, strides, dilations);
  weft_tensor *y = weft_make_reduce(op, windows, 1u << 4 | 1u << 5);
  if (!y) return NULL;
  weft_shape shape = y->shape;
  shape.rank = 4;
  return weft_make_reshape(y, shape);
}

weft_tensor *weft_max_pool2d(weft_tensor *x, int size, int stride, int pad) {
  return nchw(pool(WEFT_OP_REDUCE_MAX, "max_pool2d", x, size, stride, pad, -(double)INFINITY));
}

weft_tensor *weft_avg_pool2d(weft_tensor *x, int size, int stride, int pad) {
  weft_tensor *sum = pool(WEFT_OP_REDUCE_SUM, "avg_pool2d", x, size, stride, pad, 0);
  if (!sum) return NULL;
  return nchw(weft_make_scalar(WEFT_OP_DIV, sum, weft_const_like(sum, (double)size * size), NULL));
}
