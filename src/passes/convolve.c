/* convolve.c -- rules of convolutions: the gradient by the input is a convolution itself, and of a convolution whose
 * border is cut off the border is not computed. Together they leave of the gradient of a padded image what the image
 * needs. */
#include "passes/rules.h"
#include <string.h>

static const int64_t zeros[WEFT_MAX_RANK] = {0};

weft_tensor *weft_turned_weights(weft_tensor *w, int64_t groups) {
  static const int64_t flags[4] = {1, 1, 0, 0}, swap[5] = {0, 1, 4, 3, 2};
  int64_t r = w->shape.dims[0], s = w->shape.dims[1], c = w->shape.dims[2], oc = w->shape.dims[3];
  w = weft_view_reshape(weft_make_flip(w, flags), weft_shape_of(r, s, c, groups, oc / groups));
  return weft_view_reshape(weft_view_permute(w, swap), weft_shape_of(r, s, oc / groups, groups * c));
}

/* With stride 1, dx is dy with a border, convolved with the weights turned round. (With a larger stride dy would be
 * mostly zeros.) */
weft_tensor *weft_simplify_conv_dx(weft_tensor *node) {
  weft_tensor *dy = node->in[0], *w = node->in[1];
  const int64_t *options = node->attr; /* stride, dilation, groups */
  if (options[0] != 1 || options[1] != 1) return node;
  int64_t lo[WEFT_MAX_RANK] = {0, options[2] * (w->shape.dims[0] - 1), options[3] * (w->shape.dims[1] - 1), 0};
  weft_shape shape = dy->shape;
  shape.dims[1] += 2 * lo[1];
  shape.dims[2] += 2 * lo[2];
  dy = weft_make_pad(dy, lo, zeros, shape, 0);
  w = weft_turned_weights(w, options[4]);
  return dy && w ? weft_make_conv(WEFT_OP_CONV, dy, w, options, WEFT_SCALAR_SHAPE) : NULL;
}

/* A slice that takes all but a border no wider than the windows. (Others might be one of several parts, which are
 * cheaper computed together.) */
weft_tensor *weft_slice_of_conv(weft_tensor *slice) {
  weft_tensor *conv = slice->in[0], *x = conv->in[0], *w = conv->in[1];
  int64_t start[WEFT_MAX_RANK] = {0}, step[WEFT_MAX_RANK] = {1, 1, 1, 1}, size[WEFT_MAX_RANK];
  memcpy(size, x->shape.dims, sizeof size);
  for (int d = 0; d < 4; d++) {
    int64_t cut = conv->shape.dims[d] - slice->shape.dims[d];
    if (slice->attr[4 + d] != 1) return slice;
    if (d == 0 || d == 3) {
      if (cut) return slice;
      continue;
    }
    int64_t stride = conv->attr[d - 1], reach = conv->attr[d + 1] * (w->shape.dims[d - 1] - 1);
    if (cut > 2 * reach) return slice;
    start[d] = slice->attr[d] * stride;
    size[d] = (slice->shape.dims[d] - 1) * stride + reach + 1;
  }
  x = weft_make_slice(x, start, step, size);
  return x ? weft_make_conv(WEFT_OP_CONV, x, w, conv->attr, WEFT_SCALAR_SHAPE) : NULL;
}
