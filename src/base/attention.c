/* attention.c -- blocks of scores: sizes of shared memory as kernels/common/attention_gpu_tiles.inc and
 * attention_gradient_gpu_tiles.inc have them. */
#include "base/attention.h"
#include <stddef.h>

static const weft_attention_tile tiles[] = {{64, 32, 4, 4}, {32, 32, 4, 4}, {16, 16, 2, 2}};

static int64_t forward_bytes(const weft_attention_tile *t, int64_t d, int64_t e) {
  int64_t columns = t->tc / t->rc, r_pitch = t->tr + 4, c_pitch = t->tc + 4;
  int64_t keys = d * c_pitch, scores = t->tc * r_pitch, values = (e + columns - 1) / columns * columns * t->tc;
  return 4 * (d * r_pitch + (keys > scores ? keys : scores) + values + t->tr * columns);
}

static int64_t gradient_bytes(const weft_attention_tile *t, int64_t d, int64_t e) {
  int64_t r_pitch = t->tr + 4, c_pitch = t->tc + 4, threads = t->tr / t->rr * (t->tc / t->rc);
  return 4 * ((d + e) * (r_pitch + c_pitch) + t->tc * r_pitch + 2 * t->tr + threads);
}

const weft_attention_tile *weft_attention_tile_for(int is_gradient, int64_t d, int64_t e, uint32_t local_memory,
                                                   uint32_t max_group) {
  for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
    const weft_attention_tile *t = &tiles[i];
    int64_t bytes = is_gradient ? gradient_bytes(t, d, e) : forward_bytes(t, d, e);
    /* The largest only where two work-groups find room beside each other. */
    if (i == 0) bytes *= 2;
    if (bytes <= local_memory && t->tr / t->rr * (t->tc / t->rc) <= (int)max_group) return t;
  }
  return NULL;
}
