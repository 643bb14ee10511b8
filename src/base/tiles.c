/* tiles.c -- looks up rows of tiles.def. */
#include "base/tiles.h"

static const weft_tile tiles[] = {
#define TILE(device_class, width, mr, nr, tm, tn, tk) {WEFT_CLASS_##device_class, width, mr, nr, tm, tn, tk, nr},
#include "base/tiles.def"
#undef TILE
};
enum { N_TILES = sizeof tiles / sizeof *tiles };

/* The largest width that the device has; where all are larger, the smallest. */
static int is_better(int width, int than, int wanted) {
  return width <= wanted ? than > wanted || width > than : than > wanted && width < than;
}

const weft_tile *weft_tiles_for(weft_device_class device_class, int vector_width, size_t *out_count) {
  size_t first = N_TILES, end;
  for (size_t i = 0; i < N_TILES; i++) {
    if (tiles[i].device_class != device_class) continue;
    if (first == N_TILES || is_better(tiles[i].vector_width, tiles[first].vector_width, vector_width)) first = i;
  }
  for (end = first; end < N_TILES; end++)
    if (tiles[end].device_class != device_class || tiles[end].vector_width != tiles[first].vector_width) break;
  if (out_count) *out_count = end - first;
  return &tiles[first];
}

const weft_tile *weft_tile_for(weft_device_class device_class, int vector_width) {
  return weft_tiles_for(device_class, vector_width, NULL);
}
