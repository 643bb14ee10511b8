/* winograd.c -- 3 x 3 convolutions of stride 1, and their gradients by the weights, with a quarter of the
 * multiplications: they become winograd and winograd_dw, which have kernels of their own on CPUs (base/winograd.h tells
 * the algorithm).
 *
 * The convolution's weights are transformed before, by one contraction with a constant matrix: 36 numbers for 9, in
 * panels of as many columns as a register tile has. A border of zeros is left to the kernel, so that the image stands
 * in memory once and as it is. The gradient by the weights is summed in parts where its blocks of channels are too few
 * for the compute units.
 *
 * Errors grow by some 5 to 10 times over the direct sum, which stays at 1e-5 of the largest value in f32. */
#include "base/winograd.h"
#include "base/debug.h"
#include "base/tiles.h"
#include "passes/contract.h"
#include "passes/rules.h"

enum { EDGE = WEFT_WINOGRAD_EDGE, PLACES = WEFT_WINOGRAD_PLACES };
/* Parts of a gradient have so many tiles at least. */
enum { LEAST_OF_PART = 64, GROUPS_A_UNIT = 4 };

/* y (N, OH, OW, OC) is the result or its gradient. */
static int pays(int64_t channels, weft_shape y, const weft_pass_target *target) {
  int64_t tiles = weft_winograd_tiles(y.dims[1]) * weft_winograd_tiles(y.dims[2]);
  double waste = (double)(tiles * EDGE * EDGE) / (double)(y.dims[1] * y.dims[2]);
  return !weft_debug_skips("winograd") && target->device_class == WEFT_CLASS_CPU && !target->glsl &&
         channels >= WEFT_WINOGRAD_LEAST_CHANNELS && y.dims[3] >= WEFT_WINOGRAD_LEAST_CHANNELS &&
         y.dims[0] * tiles >= WEFT_WINOGRAD_LEAST_TILES && waste * 100 <= WEFT_WINOGRAD_MOST_WASTE;
}

static int is_border(const weft_tensor *x) {
  if (x->op != WEFT_OP_PAD || x->value != 0) return 0;
  for (int d = 0; d < 4; d++)
    if (x->attr[4 + d] || ((d == 0 || d == 3) && x->shape.dims[d] != x->in[0]->shape.dims[d])) return 0;
  return 1;
}

/* The image under borders of zeros; how many rows and columns stand in front of it. */
static weft_tensor *without_border(weft_tensor *x, int64_t *out_pad) {
  out_pad[0] = out_pad[1] = 0;
  for (; is_border(x); x = x->in[0]) {
    out_pad[0] += x->attr[1];
    out_pad[1] += x->attr[2];
  }
  return x;
}

/* An image that strides reach in memory, channels beside each other. */
static weft_tensor *image_in_memory(weft_tensor *x) {
  weft_tensor *base;
  int64_t offset, strides[WEFT_MAX_RANK];
  x = weft_image_in_memory(x);
  if (!x) return NULL;
  weft_view_affine(x, &base, &offset, strides);
  return strides[3] == 1 ? x : weft_make_copy(x);
}

static weft_tensor *transformed(weft_tensor *w, const weft_pass_target *target) {
  int64_t columns = weft_tile_for(WEFT_CLASS_CPU, (int)target->vector_width)->panel;
  w = weft_in_memory(w);
  if (!w) return NULL;
  int64_t c = w->shape.dims[2], panels = (w->shape.dims[3] + columns - 1) / columns;
  return weft_make_winograd_weights(w, weft_shape_of(panels, PLACES, c, columns));
}

weft_tensor *weft_winograd(weft_tensor *x, weft_tensor *w, weft_shape y, const weft_pass_target *target) {
  int64_t pad[2];
  if (!pays(w->shape.dims[2], y, target)) return NULL;
  x = image_in_memory(without_border(x, pad));
  weft_tensor *u = transformed(w, target);
  return x && u ? weft_make_winograd(WEFT_OP_WINOGRAD, x, u, pad, y) : NULL;
}

weft_tensor *weft_winograd_dw(weft_tensor *x, weft_tensor *dy, const weft_pass_target *target) {
  int64_t pad[2], c = x->shape.dims[3], oc = dy->shape.dims[3];
  size_t count;
  const weft_winograd_sums *sums = weft_winograd_sums_for((int)target->vector_width, &count);
  if (!pays(c, dy->shape, target) || c < sums->mr || oc < sums->nr) return NULL;
  int64_t blocks = ((c + sums->rows - 1) / sums->rows) * ((oc + sums->columns - 1) / sums->columns);
  int64_t tiles = dy->shape.dims[0] * weft_winograd_tiles(dy->shape.dims[1]) * weft_winograd_tiles(dy->shape.dims[2]);
  int64_t parts = (int64_t)target->compute_units * GROUPS_A_UNIT / blocks;
  if (parts > tiles / LEAST_OF_PART) parts = tiles / LEAST_OF_PART;
  if (parts < 1) parts = 1;
  x = image_in_memory(without_border(x, pad));
  dy = image_in_memory(dy);
  if (!x || !dy) return NULL;
  weft_tensor *dw = weft_make_winograd(WEFT_OP_WINOGRAD_DW, x, dy, pad, weft_shape_of(parts, 3, 3, c, oc));
  if (dw && parts > 1) dw = weft_make_reduce(WEFT_OP_REDUCE_SUM, dw, 1);
  return weft_view_reshape(dw, weft_shape_of(3, 3, c, oc));
}
