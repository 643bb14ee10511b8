/* winograd.c -- the matrices of F(4 x 4, 3 x 3) for the points 0, 1, -1, 2, -2 and infinity; the rows of winograd.def.
 */
#include "base/winograd.h"

const float weft_winograd_pixels[6][6] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
                                          {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
const float weft_winograd_weights[6][3] = {
    {1.0f / 4, 0, 0},
    {-1.0f / 6, -1.0f / 6, -1.0f / 6},
    {-1.0f / 6, 1.0f / 6, -1.0f / 6},
    {1.0f / 24, 1.0f / 12, 1.0f / 6},
    {1.0f / 24, -1.0f / 12, 1.0f / 6},
    {0, 0, 1},
};
const float weft_winograd_results[4][6] = {
    {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}};

#define WINOGRAD_LIMITS(least_channels, least_tiles, most_waste)
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
