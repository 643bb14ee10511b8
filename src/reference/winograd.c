/* winograd.c -- Winograd's convolution as the op table defines it: the convolution through its 36 places, and the
 * gradient by the weights as the plain sum that it is, so that it is held against another way of computing it; and the
 * transforms that devices without such kernels put around a dot. */
#include "base/winograd.h"
#include "reference/rows.h"

enum { EDGE = WEFT_WINOGRAD_EDGE, PATCH = WEFT_WINOGRAD_PATCH, PLACES = WEFT_WINOGRAD_PLACES };

/* Element (n, h, w, c) of an image; 0 outside. */
static double pixel(const double *x, weft_shape shape, int64_t n, int64_t h, int64_t w, int64_t c) {
  const int64_t *size = shape.dims;
  if (h < 0 || w < 0 || h >= size[1] || w >= size[2]) return 0;
  return x[((n * size[1] + h) * size[2] + w) * size[3] + c];
}

/* The places of one channel's patch that begins at (h, w). */
static void places_of(const double *x, weft_shape shape, int64_t n, int64_t h, int64_t w, int64_t c, double *out) {
  double half[PATCH][PATCH] = {{0}};
  for (int i = 0; i < PATCH; i++)
    for (int j = 0; j < PATCH; j++)
      for (int k = 0; k < PATCH; k++)
        half[i][j] += (double)weft_winograd_pixels[i][k] * pixel(x, shape, n, h + k, w + j, c);
  for (int i = 0; i < PATCH; i++)
    for (int j = 0; j < PATCH; j++) {
      double sum = 0;
      for (int k = 0; k < PATCH; k++) sum += (double)weft_winograd_pixels[j][k] * half[i][k];
      out[i * PATCH + j] = sum;
    }
}

static double result_of(const double *places, int64_t i, int64_t j) {
  double sum = 0;
  for (int p = 0; p < PLACES; p++)
    sum += (double)weft_winograd_results[i][p / PATCH] * (double)weft_winograd_results[j][p % PATCH] * places[p];
  return sum;
}

/* All results of a tile in column `oc`. */
static void tile_of(const weft_ref_call *call, int64_t n, int64_t th, int64_t tw, int64_t oc) {
  const weft_tensor *node = call->node;
  const int64_t *y = node->shape.dims, *u = node->in[1]->shape.dims;
  double sums[PLACES] = {0}, places[PLACES];
  for (int64_t c = 0; c < u[2]; c++) {
    places_of(call->in[0].f32, node->in[0]->shape, n, th * EDGE - node->attr[0], tw * EDGE - node->attr[1], c, places);
    for (int p = 0; p < PLACES; p++)
      sums[p] += places[p] * call->in[1].f32[((oc / u[3] * PLACES + p) * u[2] + c) * u[3] + oc % u[3]];
  }
  for (int64_t h = th * EDGE; h < y[1] && h < (th + 1) * EDGE; h++)
    for (int64_t w = tw * EDGE; w < y[2] && w < (tw + 1) * EDGE; w++)
      call->out->f32[((n * y[1] + h) * y[2] + w) * y[3] + oc] = result_of(sums, h % EDGE, w % EDGE);
}

void weft_ref_winograd(const weft_ref_call *call) {
  const int64_t *y = call->node->shape.dims;
  for (int64_t n = 0; n < y[0]; n++)
    for (int64_t th = 0; th < weft_winograd_tiles(y[1]); th++)
      for (int64_t tw = 0; tw < weft_winograd_tiles(y[2]); tw++)
        for (int64_t oc = 0; oc < y[3]; oc++) tile_of(call, n, th, tw, oc);
}

void weft_ref_winograd_weights(const weft_ref_call *call) {
  const int64_t *u = call->node->shape.dims, *w = call->node->in[0]->shape.dims;
  for (int64_t at = 0; at < call->out->size; at++) {
    int64_t c = at / u[3] % u[2], p = at / u[3] / u[2] % PLACES, n = at / u[3] / u[2] / PLACES * u[3] + at % u[3];
    call->out->f32[at] = 0;
    for (int rs = 0; rs < 9 && n < w[3]; rs++)
      call->out->f32[at] += weft_winograd_share(p, rs) * call->in[0].f32[(rs * w[2] + c) * w[3] + n];
  }
}

void weft_ref_winograd_dw(const weft_ref_call *call) {
  const weft_tensor *node = call->node;
  weft_shape x = node->in[0]->shape;
  const int64_t *dy = node->in[1]->shape.dims, *w = node->shape.dims;
  int64_t tw = weft_winograd_tiles(dy[2]), of_image = weft_winograd_tiles(dy[1]) * tw, tiles = dy[0] * of_image;
  for (int64_t at = 0, size = weft_shape_size(node->shape); at < size; at++) {
    int64_t oc = at % w[4], c = at / w[4] % w[3], s = at / w[4] / w[3] % 3, r = at / w[4] / w[3] / 3 % 3;
    int64_t part = at / w[4] / w[3] / 9;
    double sum = 0;
    for (int64_t t = part * tiles / w[0]; t < (part + 1) * tiles / w[0]; t++)
      for (int64_t i = 0; i < EDGE * EDGE; i++) {
        int64_t n = t / of_image, h = t / tw % (of_image / tw) * EDGE + i / EDGE, v = t % tw * EDGE + i % EDGE;
        sum += pixel(call->in[1].f32, node->in[1]->shape, n, h, v, oc) *
               pixel(call->in[0].f32, x, n, h + r - node->attr[0], v + s - node->attr[1], c);
      }
    call->out->f32[at] = sum;
  }
}

void weft_ref_winograd_pixels(const weft_ref_call *call) {
  const weft_tensor *node = call->node;
  const int64_t *v = node->shape.dims;
  for (int64_t at = 0; at < call->out->size; at++) {
    int64_t c = at % v[4], tw = at / v[4] % v[3], th = at / v[4] / v[3] % v[2], n = at / v[4] / v[3] / v[2] % v[1];
    int64_t place = at / v[4] / v[3] / v[2] / v[1], h = th * EDGE - node->attr[0], w = tw * EDGE - node->attr[1];
    call->out->f32[at] = 0;
    for (int i = 0; i < PLACES; i++)
      call->out->f32[at] += weft_winograd_pixel_share(place, i) *
                            pixel(call->in[0].f32, node->in[0]->shape, n, h + i / PATCH, w + i % PATCH, c);
  }
}

void weft_ref_winograd_results(const weft_ref_call *call) {
  const int64_t *m = call->node->in[0]->shape.dims, *y = call->node->shape.dims;
  int64_t place_size = m[1] * m[2] * m[3] * m[4];
  for (int64_t at = 0; at < call->out->size; at++) {
    int64_t c = at % y[3], w = at / y[3] % y[2], h = at / y[3] / y[2] % y[1], n = at / y[3] / y[2] / y[1];
    int64_t first = ((n * m[2] + h / EDGE) * m[3] + w / EDGE) * m[4] + c;
    call->out->f32[at] = 0;
    for (int p = 0; p < PLACES; p++)
      call->out->f32[at] +=
          weft_winograd_result_share((int)(h % EDGE * EDGE + w % EDGE), p) * call->in[0].f32[p * place_size + first];
  }
}

void weft_ref_winograd_results_dx(const weft_ref_call *call) {
  const weft_tensor *node = call->node;
  const int64_t *m = node->shape.dims;
  for (int64_t at = 0; at < call->out->size; at++) {
    int64_t c = at % m[4], tw = at / m[4] % m[3], th = at / m[4] / m[3] % m[2], n = at / m[4] / m[3] / m[2] % m[1];
    int64_t place = at / m[4] / m[3] / m[2] / m[1];
    call->out->f32[at] = 0;
    for (int i = 0; i < EDGE * EDGE; i++)
      call->out->f32[at] += weft_winograd_result_share(i, place) * pixel(call->in[0].f32, node->in[0]->shape, n,
                                                                         th * EDGE + i / EDGE, tw * EDGE + i % EDGE, c);
  }
}

void weft_ref_winograd_weights_dx(const weft_ref_call *call) {
  const int64_t *u = call->node->in[0]->shape.dims;
  int64_t size = u[2] * u[3], places = u[0] * u[1];
  for (int64_t at = 0; at < call->out->size; at++) {
    int64_t from = at / 9 % u[2] * u[3] + at / 9 / u[2];
    call->out->f32[at] = 0;
    for (int64_t p = 0; p < places; p++)
      call->out->f32[at] += weft_winograd_share(p / u[1], (int)(at % 9)) * call->in[0].f32[p * size + from];
  }
}
