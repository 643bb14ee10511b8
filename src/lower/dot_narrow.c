/* dot_narrow.c -- the contraction for OpenCL devices of the CPU class where b has fewer columns than a vector has lanes
 * and its rows lie side by side (kernels/gemm_narrow_cpu.cl): the last layer of a classifier and its gradient. Nothing
 * is packed, and the results of some rows are whole vectors for the epilogue. The lanes of a vector are columns of b,
 * or where these are neighbours in memory, rows of a. */
#include "lower/dot_template.h"
#include <math.h>

/* Rows of a tile, the estimate's preference first: sums in half of the registers and more. tm: vectors of rows, where
 * rows are the lanes. */
static const weft_tile few_registers[] = {{.mr = 12}, {.mr = 10}, {.mr = 8}, {.mr = 13},
                                          {.tm = 2},  {.tm = 1},  {.tm = 4}};
static const weft_tile many_registers[] = {{.mr = 16}, {.mr = 28}, {.mr = 25}, {.mr = 20}, {.mr = 13},
                                           {.mr = 10}, {.tm = 2},  {.tm = 1},  {.tm = 4},  {.tm = 8}};

int weft_dot_is_narrow(const weft_dot *d) {
  int64_t below = d->n.total;
  if (d->panel || d->n.total >= d->target->vector_width) return 0;
  if (d->n.n > 1 || (d->n.n == 1 && d->n.b[0] != 1)) return 0;
  for (int i = d->k.n - 1; i >= 0; below *= d->k.size[i--])
    if (d->k.b[i] != below) return 0;
  return 1;
}

static const weft_tile *narrow_rows(const weft_dot *d, size_t *out_count) {
  int has_many = d->target->vector_width >= 16;
  *out_count = has_many ? sizeof many_registers / sizeof *many_registers : sizeof few_registers / sizeof *few_registers;
  return has_many ? many_registers : few_registers;
}

/* Steps of k that a vector takes at once: as many rows of b as fit into it, whose numbers of a lie side by side. */
static int steps_at_once(const weft_dot *d) {
  int64_t steps = 8;
  if (weft_inner_a(&d->k) != 1) return 1;
  while (steps > 1 && (steps * d->n.total > d->target->vector_width || weft_inner_size(&d->k) % steps)) steps /= 2;
  return (int)steps;
}

/* Rows of a tile; 0: its lanes are rows, and there are too few of them, they are no neighbours, or their sums too many.
 */
static int height_of(const weft_dot *d, const weft_tile *t) {
  int64_t height = (int64_t)t->tm * d->target->vector_width, sums = t->tm * d->n.total;
  if (t->tm == 0) return weft_rows_of_tile(d, t->mr);
  int fits = sums + t->tm + 2 <= (d->target->vector_width >= 16 ? 32 : 16) && height <= d->m.total;
  return fits && d->m.n == 1 && d->m.a[0] == 1 ? (int)height : 0;
}

/* Half cycles of the compute unit that has the most tiles, with two loads and two multiplications a cycle: each row
 * loads a number of a, and b's vector lies across two cache lines; rows as lanes are turned round at the end. */
static double narrow_cost(const weft_dot *d, const weft_tile *t) {
  int mr = height_of(d, t);
  if (mr == 0) return HUGE_VAL;
  int64_t tiles = d->batch.total * weft_ceil_div(d->m.total, mr), units = d->target->compute_units;
  int64_t loads = t->tm ? t->tm + d->n.total : mr + 2, sums = t->tm ? t->tm * d->n.total : mr;
  double step = loads > sums ? (double)loads : (double)sums;
  if (step < 8) step = 8;
  return (step * (double)d->k.total / (t->tm ? 1 : steps_at_once(d)) + 16 + 4 * mr) *
         (double)weft_ceil_div(tiles, units > 0 ? units : 1);
}

/* 0 where the variant names a tile that does not fit. */
static int choose_height(weft_dot *d) {
  size_t count = 0;
  const weft_tile *rows = narrow_rows(d, &count);
  double best = HUGE_VAL;
  for (size_t i = 0; i < count; i++) {
    double cost = narrow_cost(d, &rows[i]);
    if (weft_is_barred(d, i) || cost >= best) continue;
    best = cost;
    d->tile = rows[i];
  }
  if (best < HUGE_VAL) return d->tile.mr = height_of(d, &d->tile);
  weft_fail(d->error, WEFT_NO_FEATURE, "dot: tile %d for few columns does not fit these operands",
            (int)d->variant.tile);
  return 0;
}

/* Tiles of a block: one, or so many that a group is worth starting while every unit has some. */
static int64_t tiles_of_block(const weft_dot *d, int64_t count) {
  double work = 2.0 * d->tile.mr * d->target->vector_width * (double)d->k.total;
  int64_t each = d->variant.groups > 0 ? d->variant.groups : WEFT_GROUPS_A_UNIT, tiles = 1;
  while ((double)tiles * work < weft_least_work / 4 &&
         d->batch.total * weft_ceil_div(count, 2 * tiles) >= each * (int64_t)d->target->compute_units)
    tiles *= 2;
  return weft_least(tiles, count);
}

/* #define SPREAD(x): each of the steps' numbers as often as b has columns. */
static void define_spread(weft_dot *d, int steps) {
  weft_text_add(&d->text, "#define SPREAD(x) (x).s");
  for (int lane = 0; lane < d->lanes; lane++) {
    int64_t step = lane / d->n.total;
    weft_text_printf(&d->text, "%d", step < steps ? (int)step : 0);
  }
  weft_text_add(&d->text, "\n");
}

static int write_narrow(weft_dot *d) {
  if (!choose_height(d)) return 0;
  int64_t mr = d->tile.mr, n = d->n.total, run = weft_inner_size(&d->k), count = weft_ceil_div(d->m.total, mr);
  int steps = d->tile.tm ? 1 : steps_at_once(d);
  int64_t tiles = tiles_of_block(d, count), blocks = weft_ceil_div(count, tiles);
  d->lanes = (int)d->target->vector_width;
  d->groups = weft_limited_groups(d, d->batch.total * blocks);
  d->threads = 1;
  d->file = "kernels/gemm_narrow_cpu.cl";
  d->by_place = 1;

  weft_dot_define(d, "MR", mr);
  weft_dot_define(d, "NV", 1);
  weft_dot_define(d, "LANES", d->lanes);
  weft_dot_define(d, "M", d->m.total);
  weft_dot_define(d, "N", n);
  weft_dot_define(d, "K", d->k.total);
  weft_dot_define(d, "STEPS", steps);
  weft_dot_define(d, "MV", d->tile.tm);
  if (steps > 1) define_spread(d, steps);
  weft_dot_define(d, "TAIL", weft_ceil_div(d->lanes - n, n));
  weft_dot_define(d, "M_COUNT", count);
  weft_dot_define(d, "M_TILES", tiles);
  weft_dot_define(d, "M_BLOCKS", blocks);
  weft_dot_define(d, "BLOCKS", d->batch.total * blocks);
  weft_dot_define(d, "GROUPS", d->groups);
  weft_dot_define(d, "K_SEGMENTS", d->k.total / run);
  weft_dot_define(d, "K_RUN", run);
  weft_dot_define(d, "A_FLAT", weft_dot_is_flat(d, (int)mr));
  weft_dot_define(d, "A_M", weft_inner_a(&d->m));
  weft_dot_define(d, "A_K", weft_inner_a(&d->k));
  weft_text_printf(&d->text, "#define A b%d\n#define B b%d\n", d->a, d->b);
  weft_dot_define_address(d, "A_BATCH", "batch", d->batch.n, &d->batch, 0, d->a_offset);
  weft_dot_define_address(d, "B_BATCH", "batch", d->batch.n, &d->batch, 1, d->b_offset);
  weft_dot_define_address(d, "A_ROW", "m", d->m.n, &d->m, 0, 0);
  weft_dot_define_address(d, "A_SEGMENT", "s", d->k.n - (d->k.n > 0), &d->k, 0, 0);
  if (!weft_dot_write_epilogue(d, "store_one", "STORE_C", 1, NULL)) return 0;
  if (mr * n < d->lanes) {
    weft_text_add(&d->text, "#define STORE_CV(place, value) (void)0\n"); /* no tile has a whole vector */
    return 1;
  }
  return weft_dot_write_epilogue(d, "store_vector", "STORE_CV", d->lanes, NULL);
}

/* Round 1: how many work-groups. */
static int refine(const weft_dot *d, const weft_variant *best, int round, weft_variant *out) {
  static const int32_t groups[] = {1, 2, 8, 16};
  int n = 0;
  (void)d;
  if (round == 1)
    for (; n < 4; n++) {
      out[n] = *best;
      out[n].groups = groups[n];
    }
  return n;
}

const weft_dot_template weft_dot_narrow = {
    .rows = narrow_rows, .cost = narrow_cost, .write = write_narrow, .refine = refine, .rounds = 2};
