/* depthwise.c -- convolutions with one channel in and out a group, where the device has no kernel of its own for them
 * (grouped.c): no products of matrices, but sums of a few shifted images times weights, with channels side by side.
 *
 * The gradient by the weights is a sum over all pixels for each of the R x S weights of a channel. As one reduction it
 * would go over image and gradient R x S times; as R x S reductions over the same pixels it is one kernel, or as few as
 * the buffers of a kernel allow, which read both once. Each image has sums of its own, added up behind, so that there
 * is enough to do side by side. */
#include "passes/contract.h"
#include "passes/rules.h"
#include <stdlib.h>

/* (R, S, 1, C) weights as (1, 1, 1, C, R, S), channels next to each other in memory. */
weft_tensor *weft_depthwise_weights(weft_tensor *w) {
  static const int64_t axes[4] = {2, 3, 0, 1};
  weft_shape shape = weft_shape_of(1, 1, 1, w->shape.dims[3], w->shape.dims[0], w->shape.dims[1]);
  return weft_view_reshape(weft_view_permute(weft_last_dense(w), axes), shape);
}

/* What weight (r, s) of each channel meets: (N, OH, OW, C). */
static weft_tensor *shifted(weft_tensor *x, weft_shape y, const int64_t *options, int64_t r, int64_t s) {
  const int64_t start[4] = {0, r * options[2], s * options[3], 0}, step[4] = {1, options[0], options[1], 1};
  return weft_make_slice(x, start, step, y.dims);
}

/* Pixels for which a sum of its own is worth it. */
enum { LEAST_BAND = 128 };

weft_tensor *weft_depthwise_dw(weft_tensor *x, weft_tensor *dy, weft_shape w, const int64_t *options) {
  int64_t count = w.dims[0] * w.dims[1], n = dy->shape.dims[0], c = dy->shape.dims[3];
  int64_t rows = dy->shape.dims[1], columns = dy->shape.dims[2],
          bands = weft_equal_parts(rows, rows * columns / LEAST_BAND);
  weft_shape banded = weft_shape_of(n * bands, rows / bands, columns, c);
  weft_tensor **parts = malloc((size_t)count * sizeof(weft_tensor *));
  if (!parts) {
    weft_fail(&x->graph->error, WEFT_NO_MEMORY, "compile: no memory");
    return NULL;
  }
  for (int64_t i = 0; i < count; i++) {
    weft_tensor *product =
        weft_make_scalar(WEFT_OP_MUL, shifted(x, dy->shape, options, i / w.dims[1], i % w.dims[1]), dy, NULL);
    product = weft_view_reshape(product, banded);
    parts[i] = weft_view_reshape(weft_make_reduce(WEFT_OP_REDUCE_SUM, product, 1u << 1 | 1u << 2),
                                 weft_shape_of(1, n * bands, c));
  }
  weft_tensor *all = count > 1 ? weft_concat(parts, (size_t)count, 0) : parts[0];
  free(parts);
  return weft_view_reshape(weft_make_reduce(WEFT_OP_REDUCE_SUM, all, 1u << 1), w);
}
