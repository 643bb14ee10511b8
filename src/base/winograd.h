/* winograd.h -- Winograd's convolution with 3 x 3 weights in tiles of 4 x 4 results, F(4 x 4, 3 x 3) of Lavin and Gray,
 * Fast Algorithms for Convolutional Neural Networks (CVPR 2016): its matrices, and the sizes of the kernels' blocks
 * (winograd.def).
 *
 * 4 x 4 results come from 6 x 6 pixels d and the weights g:  y = R [(W g W') * (P d P')] R', where * multiplies 36
 * places one by one. Summed over channels, each place is a product of matrices. */
#ifndef WEFT_BASE_WINOGRAD_H
#define WEFT_BASE_WINOGRAD_H
#include <stddef.h>

enum { WEFT_WINOGRAD_EDGE = 4, WEFT_WINOGRAD_PATCH = 6, WEFT_WINOGRAD_PLACES = 36 };

/* Where it pays. */
enum {
#define WINOGRAD_LIMITS(least_channels, least_tiles, most_waste)                                                       \
  WEFT_WINOGRAD_LEAST_CHANNELS = least_channels, WEFT_WINOGRAD_LEAST_TILES = least_tiles,                              \
  WEFT_WINOGRAD_MOST_WASTE = most_waste
#define WINOGRAD_BLOCK(tiles, panels, most_weights)
#define WINOGRAD_SUMS(width, mr, nr, rows, columns)
#include "base/winograd.def"
#undef WINOGRAD_LIMITS
#undef WINOGRAD_BLOCK
#undef WINOGRAD_SUMS
};

/* P, W and R. */
extern const float weft_winograd_pixels[6][6], weft_winograd_weights[6][3], weft_winograd_results[4][6];

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

/* The share of weight rs, 0 .. 8, in a place. */
static inline double weft_winograd_share(long long place, int rs) {
  return (double)weft_winograd_weights[place / 6][rs / 3] * (double)weft_winograd_weights[place % 6][rs % 3];
}

/* The share of pixel 0 .. 35 of a patch in a place, and of a place in result 0 .. 15 of a tile. */
static inline double weft_winograd_pixel_share(long long place, int pixel) {
  return (double)weft_winograd_pixels[place / 6][pixel / 6] * (double)weft_winograd_pixels[place % 6][pixel % 6];
}
static inline double weft_winograd_result_share(int result, long long place) {
  return (double)weft_winograd_results[result / 4][place / 6] * (double)weft_winograd_results[result % 4][place % 6];
}

static inline long long weft_winograd_tiles(long long edge) {
  return (edge + WEFT_WINOGRAD_EDGE - 1) / WEFT_WINOGRAD_EDGE;
}
#endif
