/* winograd.h -- Winograd's convolution of stride 1 in tiles with 6 x 6 pixels, F(E x E, T x T) of Lavin and Gray, Fast
 * Algorithms for Convolutional Neural Networks (CVPR 2016), for windows of T x T weights, T = 3 .. 5: its matrices, how
 * images are cut into tiles, and the sizes of the kernels' blocks (winograd.def).
 *
 * E x E results, E = 7 - T, come from 6 x 6 pixels d and the weights g:  y = R [(W g W') * (P d P')] R', where *
 * multiplies 36 places one by one. Summed over channels, each place is a product of matrices. The points 0, 1, -1, 2,
 * -2 and infinity are those of all T: P is the same, R and W are the points' powers, W scaled.
 *
 * Of a dilated convolution every d-th pixel is an image of its own, a phase, whose convolution is an ordinary one. */
#ifndef WEFT_BASE_WINOGRAD_H
#define WEFT_BASE_WINOGRAD_H
#include <stddef.h>
#include <stdint.h>

enum { WEFT_WINOGRAD_PATCH = 6, WEFT_WINOGRAD_PLACES = 36 };
/* Weights of a window's edge: two were 0.94 times as fast as the direct form. */
enum { WEFT_WINOGRAD_LEAST_TAPS = 3, WEFT_WINOGRAD_MOST_TAPS = 5 };
/* Phases of a dilated image are images: their number stays within 64 bits. */
enum { WEFT_WINOGRAD_MOST_DILATION = 1 << 12 };

/* The ops' options in order: those about tiles, and what stands in front of the image. */
enum {
  WEFT_WINOGRAD_DILATION = 0,
  WEFT_WINOGRAD_TAPS = 2,
  WEFT_WINOGRAD_TILE_OPTIONS = 3,
  WEFT_WINOGRAD_PAD = 3,
  WEFT_WINOGRAD_OPTIONS = 5
};

/* Where it pays. */
enum {
#define WINOGRAD_LIMITS(least_channels, of_tile, of_weights)                                                           \
  WEFT_WINOGRAD_LEAST_CHANNELS = least_channels, WEFT_WINOGRAD_OF_TILE = of_tile, WEFT_WINOGRAD_OF_WEIGHTS = of_weights
#define WINOGRAD_BLOCK(tiles, panels, most_weights)
#define WINOGRAD_SUMS(width, mr, nr, rows, columns)
#include "base/winograd.def"
#undef WINOGRAD_LIMITS
#undef WINOGRAD_BLOCK
#undef WINOGRAD_SUMS
};

/* P. */
extern const float weft_winograd_pixels[6][6];

/* A work-group of the convolution takes so many tiles with all their channels, and so many panels of weights at once.
 */
typedef struct weft_winograd_block {
  int tiles, panels;
  int most_weights; /* KiB of transformed weights up to which the row is the choice by estimate; 0: it is for the tuner
                     */
} weft_winograd_block;

/* A work-group of the gradient by the weights sums so many rows (channels of the image) by columns (of the results). */
typedef struct weft_winograd_sums {
  int vector_width, mr, nr; /* register tile, divides the block */
  int rows, columns;
} weft_winograd_sums;

const weft_winograd_block *weft_winograd_blocks(size_t *out_count);
/* The rows for the widest vectors that the device has; the first is the choice by estimate. */
const weft_winograd_sums *weft_winograd_sums_for(int vector_width, size_t *out_count);

/* The shares in one direction: of weight i of `taps` in a place, W; of a place in result i of `edge`, R. */
double weft_winograd_weight(int place, int i, int taps);
double weft_winograd_result(int place, int i, int edge);

/* The share of weight rs = r * taps + s in a place, of pixel 0 .. 35 of a patch in a place, and of a place in result
 * i * edge + j of a tile. */
static inline double weft_winograd_weight_share(int place, int rs, int taps) {
  return weft_winograd_weight(place / 6, rs / taps, taps) * weft_winograd_weight(place % 6, rs % taps, taps);
}
static inline double weft_winograd_pixel_share(int place, int pixel) {
  return (double)weft_winograd_pixels[place / 6][pixel / 6] * (double)weft_winograd_pixels[place % 6][pixel % 6];
}
static inline double weft_winograd_result_share(int place, int result, int edge) {
  return weft_winograd_result(place / 6, result / edge, edge) * weft_winograd_result(place % 6, result % edge, edge);
}

/* How the results (N, H, W, ..) of a convolution are cut into tiles (images, th, tw). An image here is a phase,
 * image = (n * dilation[0] + phase of the rows) * dilation[1] + phase of the columns; some of its tiles' results stand
 * beyond H and W. */
typedef struct weft_winograd_grid {
  int taps, edge;
  int64_t dilation[2], images, th, tw;
} weft_winograd_grid;

static inline weft_winograd_grid weft_winograd_grid_of(const int64_t *size, const int64_t *options) {
  int64_t dh = options[WEFT_WINOGRAD_DILATION], dw = options[WEFT_WINOGRAD_DILATION + 1];
  int taps = (int)options[WEFT_WINOGRAD_TAPS], edge = WEFT_WINOGRAD_PATCH + 1 - taps;
  return (weft_winograd_grid){.taps = taps,
                              .edge = edge,
                              .dilation = {dh, dw},
                              .images = size[0] * dh * dw,
                              .th = (size[1] - 1) / (edge * dh) + 1,
                              .tw = (size[2] - 1) / (edge * dw) + 1};
}
static inline int64_t weft_winograd_tiles(const weft_winograd_grid *g) { return g->images * g->th * g->tw; }

/* Where a tile's first result stands: n, h, w. */
static inline void weft_winograd_tile_at(const weft_winograd_grid *g, int64_t tile, int64_t out[3]) {
  int64_t image = tile / g->tw / g->th, dh = g->dilation[0], dw = g->dilation[1];
  out[0] = image / dw / dh;
  out[1] = tile / g->tw % g->th * g->edge * dh + image / dw % dh;
  out[2] = tile % g->tw * g->edge * dw + image % dw;
}
/* The tile of result (n, h, w), and which of its results that is. */
static inline int64_t weft_winograd_tile_with(const weft_winograd_grid *g, int64_t n, int64_t h, int64_t w,
                                              int *out_result) {
  int64_t dh = g->dilation[0], dw = g->dilation[1], image = (n * dh + h % dh) * dw + w % dw;
  *out_result = (int)(h / dh % g->edge * g->edge + w / dw % g->edge);
  return (image * g->th + h / dh / g->edge) * g->tw + w / dw / g->edge;
}
#endif
