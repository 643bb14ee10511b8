/* winograd.c -- Winograd's convolution as the op table defines it: the convolution through its 36 places, and the
 * gradient by the weights as the plain sum that it is, so that it is held against another way of computing it; and the
 * transforms that devices without such kernels put around a dot. */
#include "base/winograd.h"
#include "reference/rows.h"

enum { PATCH = WEFT_WINOGRAD_PATCH, PLACES = WEFT_WINOGRAD_PLACES };
enum { PAD = WEFT_WINOGRAD_PAD };

/* Element (n, h, w, c) of an image; 0 outside. */
static double pixel(const double *x, weft_shape shape, int64_t n, int64_t h, int64_t w, int64_t c) {
  const int64_t *size = shape.dims;
  if (h < 0 || w < 0 || h >= size[1] || w >= size[2]) return 0;
  return x[((n * size[1] + h) * size[2] + w) * size[3] + c];
}

/* The places of one channel's patch, which begins at h, w. */
static void places_of(const double *x, weft_shape shape, const int64_t *dilation, int64_t n, int64_t h, int64_t w,
                      int64_t c, double *out) {
  double half[PATCH][PATCH] = {{0}};
  for (int i = 0; i < PATCH; i++)
    for (int j = 0; j < PATCH; j++)
      for (int k = 0; k < PATCH; k++)
        half[i][j] +=
            (double)weft_winograd_pixels[i][k] * pixel(x, shape, n, h + k * dilation[0], w + j * dilation[1], c);
  for (int i = 0; i < PATCH; i++)
    for (int j = 0; j < PATCH; j++) {
      double sum = 0;
      for (int k = 0; k < PATCH; k++) sum += (double)weft_winograd_pixels[j][k] * half[i][k];
      out[i * PATCH + j] = sum;
    }
}

/* All results of a tile in column `oc`. */
static void tile_of(const weft_ref_call *call, const weft_winograd_grid *grid, int64_t tile, int64_t oc) {
  const weft_tensor *node = call->node;
  const int64_t *y = node->shape.dims, *u = node->in[1]->shape.dims;
  double sums[PLACES] = {0}, places[PLACES];
  int64_t at[3];
  weft_winograd_tile_at(grid, tile, at);
  for (int64_t c = 0; c < u[2]; c++) {
    places_of(call->in[0].f32, node->in[0]->shape, grid->dilation, at[0], at[1] - node->attr[PAD],
              at[2] - node->attr[PAD + 1], c, places);
    for (int p = 0; p < PLACES; p++)
      sums[p] += places[p] * call->in[1].f32[((oc / u[3] * PLACES + p) * u[2] + c) * u[3] + oc % u[3]];
  }
  for (int i = 0; i < grid->edge * grid->edge; i++) {
    int64_t h = at[1] + i / grid->edge * grid->dilation[0], w = at[2] + i % grid->edge * grid->dilation[1];
    double sum = 0;
    for (int p = 0; p < PLACES; p++) sum += weft_winograd_result_share(p, i, grid->edge) * sums[p];
    if (h < y[1] && w < y[2]) call->out->f32[((at[0] * y[1] + h) * y[2] + w) * y[3] + oc] = sum;
  }
}

void weft_ref_winograd(const weft_ref_call *call) {
  weft_winograd_grid grid = weft_winograd_grid_of(call->node->shape.dims, call->node->attr);
  for (int64_t tile = 0; tile < weft_winograd_tiles(&grid); tile++)
    for (int64_t oc = 0; oc < call->node->shape.dims[3]; oc++) tile_of(call, &grid, tile, oc);
}

void weft_ref_winograd_weights(const weft_ref_call *call) {
  const int64_t *u = call->node->shape.dims, *w = call->node->in[0]->shape.dims;
  for (int64_t at = 0; at < call->out->size; at++) {
    int64_t c = at / u[3] % u[2], p = at / u[3] / u[2] % PLACES, n = at / u[3] / u[2] / PLACES * u[3] + at % u[3];
    call->out->f32[at] = 0;
    for (int rs = 0; rs < w[0] * w[1] && n < w[3]; rs++)
      call->out->f32[at] +=
          weft_winograd_weight_share((int)p, rs, (int)w[0]) * call->in[0].f32[(rs * w[2] + c) * w[3] + n];
  }
}

void weft_ref_winograd_dw(const weft_ref_call *call) {
  const weft_tensor *node = call->node;
  weft_shape x = node->in[0]->shape, dy = node->in[1]->shape;
  const int64_t *w = node->shape.dims, *attr = node->attr;
  weft_winograd_grid grid = weft_winograd_grid_of(dy.dims, attr);
  int64_t tiles = weft_winograd_tiles(&grid), window = w[3] * w[4], tile_at[3];
  for (int64_t at = 0, size = weft_shape_size(node->shape); at < size; at++) {
    int64_t rs = at % window, c = at / window % w[2], oc = at / window / w[2] % w[1], part = at / window / w[2] / w[1];
    int64_t dh = rs / w[4] * grid.dilation[0] - attr[PAD], dw = rs % w[4] * grid.dilation[1] - attr[PAD + 1];
    double sum = 0;
    for (int64_t t = part * tiles / w[0]; t < (part + 1) * tiles / w[0]; t++) {
      weft_winograd_tile_at(&grid, t, tile_at);
      for (int i = 0; i < grid.edge * grid.edge; i++) {
        int64_t n = tile_at[0], h = tile_at[1] + i / grid.edge * grid.dilation[0];
        int64_t v = tile_at[2] + i % grid.edge * grid.dilation[1];
        sum += pixel(call->in[1].f32, dy, n, h, v, oc) * pixel(call->in[0].f32, x, n, h + dh, v + dw, c);
      }
    }
    call->out->f32[at] = sum;
  }
}

/* An image to places (36, phases, TH, TW, C): of edge x edge pixels each by its share; they begin `pad` before the
 * tile's first result. */
static void transform_image(const weft_ref_call *call, int edge, const int64_t *pad,
                            double (*share)(int place, int i, int edge)) {
  const weft_tensor *node = call->node;
  const int64_t *v = node->shape.dims;
  weft_winograd_grid grid = weft_winograd_grid_of(node->in[0]->shape.dims, node->attr);
  grid.th = v[2];
  grid.tw = v[3];
  for (int64_t at = 0; at < call->out->size; at++) {
    int64_t tiles = v[1] * v[2] * v[3], first[3];
    int place = (int)(at / v[4] / tiles);
    weft_winograd_tile_at(&grid, at / v[4] % tiles, first);
    call->out->f32[at] = 0;
    for (int i = 0; i < edge * edge; i++)
      call->out->f32[at] += share(place, i, edge) * pixel(call->in[0].f32, node->in[0]->shape, first[0],
                                                          first[1] + i / edge * grid.dilation[0] - pad[0],
                                                          first[2] + i % edge * grid.dilation[1] - pad[1], at % v[4]);
  }
}

static double pixel_share(int place, int i, int edge) {
  (void)edge;
  return weft_winograd_pixel_share(place, i);
}
static double result_share(int place, int i, int edge) { return weft_winograd_result_share(place, i, edge); }

void weft_ref_winograd_pixels(const weft_ref_call *call) {
  transform_image(call, PATCH, &call->node->attr[PAD], pixel_share);
}

void weft_ref_winograd_results_dx(const weft_ref_call *call) {
  static const int64_t none[2] = {0, 0};
  int edge = weft_winograd_grid_of(call->node->in[0]->shape.dims, call->node->attr).edge;
  transform_image(call, edge, none, result_share);
}

void weft_ref_winograd_results(const weft_ref_call *call) {
  const int64_t *y = call->node->shape.dims;
  weft_winograd_grid grid = weft_winograd_grid_of(y, call->node->attr);
  int64_t tiles = weft_winograd_tiles(&grid);
  for (int64_t at = 0; at < call->out->size; at++) {
    int64_t c = at % y[3], w = at / y[3] % y[2], h = at / y[3] / y[2] % y[1], n = at / y[3] / y[2] / y[1];
    int result;
    int64_t tile = weft_winograd_tile_with(&grid, n, h, w, &result);
    call->out->f32[at] = 0;
    for (int p = 0; p < PLACES; p++)
      call->out->f32[at] +=
          weft_winograd_result_share(p, result, grid.edge) * call->in[0].f32[(p * tiles + tile) * y[3] + c];
  }
}

void weft_ref_winograd_weights_dx(const weft_ref_call *call) {
  const int64_t *u = call->node->in[0]->shape.dims, *w = call->node->shape.dims;
  int64_t size = u[2] * u[3], places = u[0] * u[1], window = w[2] * w[3];
  for (int64_t at = 0; at < call->out->size; at++) {
    int64_t from = at / window % u[2] * u[3] + at / window / u[2];
    call->out->f32[at] = 0;
    for (int64_t p = 0; p < places; p++)
      call->out->f32[at] +=
          weft_winograd_weight_share((int)(p / u[1]), (int)(at % window), (int)w[2]) * call->in[0].f32[p * size + from];
  }
}
