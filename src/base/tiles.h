/* tiles.h -- the default tile sizes of the contraction template, a row a device class and vector width (tiles.def). */
#ifndef WEFT_BASE_TILES_H
#define WEFT_BASE_TILES_H
#include <weft/weft.h>
typedef struct weft_tile {
  weft_device_class device_class;
  int vector_width; /* CPU: lanes; GPU: 1 */
  int mr, nr;       /* CPU: rows and columns of a register tile; GPU: of a work-item's tile */
  int tm, tn, tk;   /* GPU: outputs of a work-group, depth of a shared tile; CPU: 0 */
  int panel;        /* CPU: columns of a packed panel of b (equals nr) */
} weft_tile;
/* The row that fits best; never NULL. */
const weft_tile *weft_tile_for(weft_device_class device_class, int vector_width);
#endif
