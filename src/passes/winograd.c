/* winograd.c -- 3 x 3 convolution of stride 1 with a quarter of the multiplications: F(4 x 4, 3 x 3) of Lavin and Gray,
 * Fast Algorithms for Convolutional Neural Networks (CVPR 2016).
 *
 * A tile of 4 x 4 results comes from 6 x 6 pixels d and the weights g:  y = A' [(G g G') * (B' d B)] A. The three
 * transforms are products with constant matrices over both directions at once; the product in the middle is, for each of
 * the 36 places, a matrix of all tiles by all channels times a matrix of channels by outputs. So all four are
 * contractions, with the kernels, the tuning and the fusion of every other.
 *
 *   V (36, N, TH, TW, C)   = B'B' (36, 6, 6) x windows of x (6, 6, N, TH, TW, C)
 *   U (36, C, OC)          = GG (36, 3, 3) x w (3, 3, C, OC)
 *   M (36, N, TH, TW, OC)  = V x U, 36 times
 *   Y (16, N, TH, TW, OC)  = A'A' (16, 36) x M, then put in the order of an image
 *
 * Errors grow by some 5 to 10 times over the direct sum, which stays below 1e-5 of the largest value in f32. */
#include "base/debug.h"
#include "passes/contract.h"
#include "passes/rules.h"

enum { EDGE = 4, PATCH = 6, PLACES = PATCH * PATCH, TILE = EDGE * EDGE };
/* The transforms cost as much as a product with some 40 outputs and inputs: below, the direct form is as fast. */
enum { LEAST_CHANNELS = 48, LEAST_TILES = 24 };
/* Rows and columns computed beyond the image: at most so much of it. */
static const double most_waste = 1.4;

static const float of_pixels[PATCH][PATCH] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
                                              {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
static const float of_weights[PATCH][3] = {
    {1.0f / 4, 0, 0},
    {-1.0f / 6, -1.0f / 6, -1.0f / 6},
    {-1.0f / 6, 1.0f / 6, -1.0f / 6},
    {1.0f / 24, 1.0f / 12, 1.0f / 6},
    {1.0f / 24, -1.0f / 12, 1.0f / 6},
    {0, 0, 1},
};
static const float of_results[EDGE][PATCH] = {
    {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}};

/* The matrix for both directions at once: row (i, j), column (p, q) holds m[i][p] m[j][q]. */
static weft_tensor *both_ways(weft_graph *g, const float *m, int rows, int columns, weft_shape shape) {
  float both[PLACES * PLACES];
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < rows; j++)
      for (int p = 0; p < columns; p++)
        for (int q = 0; q < columns; q++)
          both[((i * rows + j) * columns + p) * columns + q] = m[i * columns + p] * m[j * columns + q];
  return weft_data(g, WEFT_F32, shape, both);
}

static int64_t tiles_of(int64_t size) { return (size + EDGE - 1) / EDGE; }

static int pays(weft_shape x, weft_shape w, const weft_pass_target *target) {
  int64_t height = x.dims[1] - 2, width = x.dims[2] - 2, tiles = tiles_of(height) * tiles_of(width);
  double waste = (double)(tiles * TILE) / (double)(height * width);
  return !weft_debug_skips("winograd") && target->device_class == WEFT_CLASS_CPU && !target->glsl && w.dims[2] >= LEAST_CHANNELS &&
         w.dims[3] >= LEAST_CHANNELS && x.dims[0] * tiles >= LEAST_TILES && waste <= most_waste;
}

/* V: the image gets a border at its end where tiles stand over it. */
static weft_tensor *patches(weft_tensor *x, int64_t th, int64_t tw, const weft_pass_target *target) {
  static const int64_t none[4] = {0}, size[4] = {0, PATCH, PATCH, 0}, stride[4] = {1, EDGE, EDGE, 1};
  static const int64_t dilation[4] = {1, 1, 1, 1}, patch_first[6] = {4, 5, 0, 1, 2, 3};
  weft_shape shape = x->shape;
  shape.dims[1] = th * EDGE + 2;
  shape.dims[2] = tw * EDGE + 2;
  if (!weft_shape_equal(shape, x->shape)) x = weft_make_pad(x, none, none, shape, 0);
  weft_tensor *a = both_ways(x->graph, &of_pixels[0][0], PATCH, PATCH, weft_shape_of(PLACES, PATCH, PATCH));
  x = weft_make_window(weft_make_copy(x), size, stride, dilation);
  return weft_contract(&(weft_product){a, weft_view_permute(x, patch_first), 0, 1, 2, 4}, target);
}

static weft_tensor *weights(weft_tensor *w, const weft_pass_target *target) {
  weft_tensor *a = both_ways(w->graph, &of_weights[0][0], PATCH, 3, weft_shape_of(PLACES, 3, 3));
  return weft_contract(&(weft_product){a, w, 0, 1, 2, 2}, target);
}

weft_tensor *weft_winograd(weft_tensor *x, weft_tensor *w, const weft_pass_target *target) {
  static const int64_t image_order[6] = {2, 3, 0, 4, 1, 5}, start[4] = {0}, step[4] = {1, 1, 1, 1};
  if (!pays(x->shape, w->shape, target)) return NULL;
  int64_t n = x->shape.dims[0], height = x->shape.dims[1] - 2, width = x->shape.dims[2] - 2, oc = w->shape.dims[3];
  int64_t th = tiles_of(height), tw = tiles_of(width);
  weft_tensor *v = patches(x, th, tw, target), *u = weights(w, target);
  weft_tensor *m = v && u ? weft_contract(&(weft_product){v, u, 1, 3, 1, 1}, target) : NULL;
  weft_tensor *a = both_ways(x->graph, &of_results[0][0], EDGE, PATCH, weft_shape_of(TILE, PLACES));
  weft_tensor *y = m ? weft_contract(&(weft_product){a, m, 0, 1, 1, 4}, target) : NULL;
  y = weft_view_permute(weft_view_reshape(y, (weft_shape){6, {EDGE, EDGE, n, th, tw, oc}}), image_order);
  y = weft_view_reshape(y, weft_shape_of(n, th * EDGE, tw * EDGE, oc));
  int64_t size[4] = {n, height, width, oc};
  return y && (th * EDGE != height || tw * EDGE != width) ? weft_make_slice(y, start, step, size) : y;
}
