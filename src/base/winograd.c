/* winograd.c -- the matrices of F(E x E, T x T) for the points 0, 1, -1, 2, -2 and infinity; the rows of winograd.def.
 */
#include "base/winograd.h"

const float weft_winograd_pixels[6][6] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
                                          {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
static const double points[5] = {0, 1, -1, 2, -2};
static const double scales[6] = {1.0 / 4, -1.0 / 6, -1.0 / 6, 1.0 / 24, 1.0 / 24, 1};

double weft_winograd_result(int place, int i, int edge) {
  double power = 1;
  if (place == 5) return i == edge - 1; /* infinity: the highest power alone */
  while (i-- > 0) power *= points[place];
  return power;
}

double weft_winograd_weight(int place, int i, int taps) { return scales[place] * weft_winograd_result(place, i, taps); }

#define WINOGRAD_LIMITS(least_channels, of_tile, of_weights)
#define WINOGRAD_BLOCK(tiles, panels, most_weights) {tiles, panels, most_weights},
#define WINOGRAD_SUMS(width, mr, nr, rows, columns)
static const weft_winograd_block blocks[] = {
#include "base/winograd.def"
};
#undef WINOGRAD_BLOCK
#undef WINOGRAD_SUMS
#define WINOGRAD_BLOCK(tiles, panels, most_weights)
#define WINOGRAD_SUMS(width, mr, nr, rows, columns) {width, mr, nr, rows, columns},
static const weft_winograd_sums sums[] = {
#include "base/winograd.def"
};
#undef WINOGRAD_BLOCK
#undef WINOGRAD_SUMS
#undef WINOGRAD_LIMITS
enum { N_BLOCKS = sizeof blocks / sizeof *blocks, N_SUMS = sizeof sums / sizeof *sums };

const weft_winograd_block *weft_winograd_blocks(size_t *out_count) {
  *out_count = N_BLOCKS;
  return blocks;
}

const weft_winograd_sums *weft_winograd_sums_for(int vector_width, size_t *out_count) {
  size_t first = 0, end;
  for (size_t i = 0; i < N_SUMS; i++) /* ascending widths */
    if (sums[i].vector_width <= vector_width && sums[i].vector_width > sums[first].vector_width) first = i;
  for (end = first; end < N_SUMS && sums[end].vector_width == sums[first].vector_width; end++) {}
  *out_count = end - first;
  return &sums[first];
}
