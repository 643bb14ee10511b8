/* grouped.c -- convolutions with few channels in and out a group, one of each included (depthwise), and their gradients
 * on CPUs through OpenCL: as many small products as there are groups would use a few lanes of a vector,
 * so they have kernels of their own (kernels/grouped_cpu.cl, grouped_dw_cpu.cl), which read the image without a border.
 *
 * The gradient by the image is such a convolution of dy with the weights turned round, over dy with zeros between its
 * pixels where the convolution had a stride. The one by the weights is summed in parts, so that all compute units have
 * some. */
#include "base/debug.h"
#include "base/tiles.h"
#include "passes/contract.h"
#include "passes/rules.h"

/* Channels of a group, at most; with more a product fills its vectors. */
enum { MOST_CHANNELS = 16, PARTS_A_UNIT = 8 };

/* Channels of the image and of the result, all in all and of a group. */
static int is_served(int64_t c, int64_t oc, int64_t groups, const weft_pass_target *target) {
  int64_t of_group = c / groups, lanes = weft_lanes_of(target->vector_width);
  return target->device_class == WEFT_CLASS_CPU && !target->glsl && groups > 1 && c == oc && c >= lanes &&
         of_group <= MOST_CHANNELS && lanes % of_group == 0 && !weft_debug_skips("grouped");
}

static const int64_t no_expansion[2] = {1, 1};

weft_tensor *weft_grouped(weft_tensor *x, weft_tensor *w, weft_shape y, const int64_t *options,
                          const weft_pass_target *target) {
  int64_t pad[2];
  if (!is_served(x->shape.dims[3], y.dims[3], options[4], target)) return NULL;
  x = weft_dense_image(weft_without_border(x, pad));
  w = weft_last_dense(weft_in_memory(w));
  return x && w ? weft_make_grouped(WEFT_OP_GROUPED, x, w, options, pad, no_expansion, y) : NULL;
}

weft_tensor *weft_grouped_dx(weft_tensor *dy, weft_tensor *w, weft_shape x, const int64_t *options,
                             const weft_pass_target *target) {
  const int64_t dense[5] = {1, 1, options[2], options[3], options[4]};
  const int64_t pad[2] = {options[2] * (w->shape.dims[0] - 1), options[3] * (w->shape.dims[1] - 1)};
  if (!is_served(x.dims[3], dy->shape.dims[3], options[4], target)) return NULL;
  dy = weft_dense_image(dy);
  w = weft_last_dense(weft_in_memory(weft_turned_weights(w, options[4])));
  return dy && w ? weft_make_grouped(WEFT_OP_GROUPED, dy, w, dense, pad, options, x) : NULL;
}

weft_tensor *weft_slice_of_grouped(weft_tensor *slice, weft_tensor *grouped) {
  int64_t pad[2];
  for (int d = 0; d < 4; d++)
    if (slice->attr[4 + d] != 1 || ((d == 0 || d == 3) && slice->shape.dims[d] != grouped->shape.dims[d])) return NULL;
  for (int d = 0; d < 2; d++) pad[d] = grouped->attr[5 + d] - slice->attr[1 + d] * grouped->attr[d];
  if (pad[0] < 0 || pad[1] < 0) return NULL;
  return weft_make_grouped(WEFT_OP_GROUPED, grouped->in[0], grouped->in[1], grouped->attr, pad, grouped->attr + 7,
                           slice->shape);
}

weft_tensor *weft_grouped_dw(weft_tensor *x, weft_tensor *dy, weft_shape w, const int64_t *options,
                             const weft_pass_target *target) {
  int64_t pad[2], rows = dy->shape.dims[0] * dy->shape.dims[1];
  int64_t parts = (int64_t)(target->compute_units ? target->compute_units : 1) * PARTS_A_UNIT;
  if (!is_served(x->shape.dims[3], dy->shape.dims[3], options[4], target)) return NULL;
  if (parts > rows) parts = rows;
  x = weft_dense_image(weft_without_border(x, pad));
  dy = weft_dense_image(dy);
  if (!x || !dy) return NULL;
  weft_shape of_parts = weft_shape_of(parts, w.dims[0], w.dims[1], w.dims[2], w.dims[3]);
  weft_tensor *dw = weft_make_grouped(WEFT_OP_GROUPED_DW, x, dy, options, pad, NULL, of_parts);
  return dw ? weft_view_reshape(weft_make_reduce(WEFT_OP_REDUCE_SUM, dw, 1), w) : NULL;
}
