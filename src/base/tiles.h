/* tiles.h -- the tile sizes of the contraction template, some rows a device class and vector width (tiles.def). */
#ifndef WEFT_BASE_TILES_H
#define WEFT_BASE_TILES_H
#include <stddef.h>
#include <weft/weft.h>
typedef struct weft_tile {
  weft_device_class device_class;
  int vector_width; /* CPU: lanes, or 1 for shaders; GPU: 1 */
  int mr, nr;       /* CPU: rows and columns of a register tile; GPU: of a work-item's tile */
  int tm, tn, tk;   /* outputs of a work-group (CPU: at most), depth of a tile of it */
  int panel;        /* CPU: columns of a packed panel of b (equals nr) */
} weft_tile;
/* Lanes of the vectors of a CPU's kernels: 4, 8 or 16. */
static inline int weft_lanes_of(uint32_t vector_width) { return vector_width >= 16 ? 16 : vector_width >= 8 ? 8 : 4; }
/* The first row of the class and of the width that fits best; never NULL. */
const weft_tile *weft_tile_for(weft_device_class device_class, int vector_width);
/* All rows of that class and width, the one above first. */
const weft_tile *weft_tiles_for(weft_device_class device_class, int vector_width, size_t *out_count);
#endif
