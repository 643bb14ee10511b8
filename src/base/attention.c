/* attention.c -- blocks of scores: sizes of shared memory as kernels/common/attention_gpu_tiles.inc and
 * attention_gradient_gpu_tiles.inc have them. */
#include "base/attention.h"

/* Those first that read the least for what they compute. */
static const weft_attention_tile forward_tiles[] = {
    {64, 32, 8, 4, 1}, {64, 32, 8, 4, 2}, {32, 32, 4, 4, 1}, {32, 32, 4, 4, 2}, {32, 32, 4, 4, 4}, {32, 64, 4, 8, 2},
    {32, 32, 2, 4, 2}, {16, 32, 4, 4, 4}, {16, 32, 2, 4, 4}, {32, 16, 4, 2, 1}, {16, 16, 2, 2, 1}};
static const weft_attention_tile gradient_tiles[] = {
    {64, 32, 8, 4, 1}, {32, 32, 4, 4, 1}, {32, 32, 4, 4, 2}, {32, 64, 4, 8, 1}, {32, 32, 2, 4, 1},
    {32, 32, 2, 4, 2}, {32, 32, 2, 2, 1}, {16, 32, 4, 4, 2}, {16, 32, 2, 4, 2}, {16, 16, 2, 2, 1}};

/* Work-items that keep a compute unit busy; numbers of a work-item beyond which, with all addresses, it runs out of
 * registers. */
enum { BUSY = 256, MOST_NUMBERS = 128 };

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t odd_pitch(int64_t fours) { return fours / 2 * 2 + 1; }

int weft_attention_threads(const weft_attention_tile *t) { return t->tr / t->rr * (t->tc / t->rc) * t->slices; }

int64_t weft_attention_blocks(const weft_attention_sizes *z, const weft_attention_tile *t, int64_t *out_by_keys) {
  *out_by_keys = z->by_keys ? z->heads * ceil_div(z->s, t->tr) : 0;
  return *out_by_keys + (!z->is_gradient || z->by_queries ? z->heads * ceil_div(z->t, t->tr) : 0);
}

int weft_attention_columns(const weft_attention_tile *t, int64_t width) {
  int columns = 1;
  while (columns < t->tc / t->rc && 4 * columns < width) columns *= 2;
  return columns;
}

/* Of the slices' sums of so many numbers a row, in fours. */
static int64_t sums_of(const weft_attention_tile *t, int64_t width) {
  return (int64_t)t->slices * (t->tc / t->rc / weft_attention_columns(t, width)) * t->tr * ceil_div(width, 4);
}

static int64_t forward_fours(const weft_attention_tile *t, int64_t d, int64_t e) {
  int64_t d_pitch = odd_pitch(ceil_div(d, 4)), p_pitch = t->tc / 4;
  int64_t rows = (int64_t)t->slices * t->tr * (t->tc / t->rc + 1) / 4;
  int64_t keys = t->slices * most(t->tc * d_pitch, t->tr * p_pitch), values = t->slices * t->tc * ceil_div(e, 4);
  return rows + most(t->tr * d_pitch + keys + values, sums_of(t, e));
}

static int64_t gradient_fours(const weft_attention_tile *t, int64_t d, int64_t e) {
  int64_t pitches = odd_pitch(ceil_div(d, 4)) + odd_pitch(ceil_div(e, 4)), columns = t->slices * t->tc;
  int64_t scores = 2 * (int64_t)t->slices * t->tr * (t->tc / 4);
  int64_t gy = most(t->tr, columns) * ceil_div(e, 16), l = columns / 4;
  return most((t->tr + columns) * pitches + scores + gy + l, most(sums_of(t, d), sums_of(t, e)));
}

/* Numbers that a work-item keeps at a time: its sums, and what is on its way or scores and what they are made of. */
static int64_t numbers_of(const weft_attention_sizes *z, const weft_attention_tile *t) {
  int64_t d4 = ceil_div(z->d, 4), e4 = ceil_div(z->e, 4), threads = weft_attention_threads(t);
  int64_t each_d = ceil_div(d4, weft_attention_columns(t, z->d)),
          each_e = ceil_div(e4, weft_attention_columns(t, z->e));
  int64_t d_parts = ceil_div(t->slices * t->tc * d4, threads), e_parts = ceil_div(t->slices * t->tc * e4, threads);
  int64_t sums = t->rr * 4 * (z->is_gradient ? each_d + (z->by_keys ? each_e : 0) : each_e);
  int64_t fetched = 4 * (d_parts + (z->is_gradient && z->by_keys ? 2 : 1) * e_parts);
  int64_t scores = (z->is_gradient ? 2 : 1) * t->rr * t->rc + 4 * (t->rr + t->rc);
  return sums + most(fetched, scores);
}

const weft_attention_tile *weft_attention_tiles(const weft_attention_sizes *z, size_t *out_count) {
  *out_count =
      z->is_gradient ? sizeof gradient_tiles / sizeof *gradient_tiles : sizeof forward_tiles / sizeof *forward_tiles;
  return z->is_gradient ? gradient_tiles : forward_tiles;
}

int weft_attention_fits(const weft_attention_sizes *z, const weft_attention_tile *t, uint32_t local_memory,
                        uint32_t max_group) {
  int64_t fours = z->is_gradient ? gradient_fours(t, z->d, z->e) : forward_fours(t, z->d, z->e);
  return 16 * fours <= local_memory && weft_attention_threads(t) <= (int64_t)max_group;
}

const weft_attention_tile *weft_attention_tile_for(const weft_attention_sizes *z, uint32_t local_memory,
                                                   uint32_t max_group, uint32_t compute_units) {
  size_t count;
  const weft_attention_tile *tiles = weft_attention_tiles(z, &count), *best = NULL;
  int64_t most_items = 0, by_keys;
  for (int is_choosy = 1; is_choosy >= 0 && !best; is_choosy--)
    for (size_t i = 0; i < count && (!best || most_items < BUSY * (int64_t)compute_units); i++) {
      const weft_attention_tile *t = &tiles[i];
      int64_t items = weft_attention_blocks(z, t, &by_keys) * weft_attention_threads(t);
      if (!weft_attention_fits(z, t, local_memory, max_group) || (is_choosy && numbers_of(z, t) > MOST_NUMBERS) ||
          (best && items <= most_items))
        continue;
      best = t;
      most_items = items;
    }
  return best;
}
