/* dot_cpu.c -- the contraction for OpenCL devices of the CPU class (kernels/gemm_cpu.cl): register tiles, blocks of k
 * that fit into the cache, blocks of tiles that keep every compute unit busy. */
#include "lower/dot_template.h"
#include <math.h>

/* A run of at most so many steps is unrolled whole. */
enum { SHORT_RUN = 32 };
/* Numbers of b that a work-item copies at most: half of a second cache. */
enum { MOST_PACKED = 1 << 17 };
/* Tiles of rows that read a copy of b's piece, so that it is worth its making. */
enum { MANY_READERS = 8 };
/* Steps of k for which a is read across its rows in memory: more lines than this leave the first cache before the next
 * tile of rows, which shares them, gets there. */
enum { MOST_ACROSS = 512 };
/* Sums that a work-item keeps between blocks of k, and numbers of a that it reads again for each column of tiles. */
enum { MOST_KEPT = 1 << 17 };

/* ---- tiles ---- */

static int64_t runs_of_n(const weft_dot *d) { return d->panel ? 1 : d->n.total / weft_inner_size(&d->n); }
static int64_t run_of_n(const weft_dot *d) { return d->panel ? d->n.total : weft_inner_size(&d->n); }
static int64_t n_tiles(const weft_dot *d, int nr) { return runs_of_n(d) * weft_ceil_div(run_of_n(d), nr); }

/* Widest vectors that cut nr into whole ones. */
static int lanes_for(const weft_dot *d, int64_t nr) {
  int width = weft_lanes_of(d->target->vector_width);
  while (nr % width) width /= 2;
  return width;
}

/* Rows of a tile of the table's row: a few less where all tiles are flat then, since pointers to each row of a want
 * more registers than there are. */
static int rows_of_tile(const weft_dot *d, int most) {
  int mr = weft_rows_of_tile(d, most), flat = mr;
  while (!weft_dot_is_flat(d, flat)) flat--;
  return 4 * flat >= 3 * mr ? flat : mr;
}

/* Estimated time of the product in half cycles of one compute unit, with two multiplications and two loads a cycle. */
static double cpu_cost(const weft_dot *d, const weft_tile *t) {
  int lanes = lanes_for(d, t->nr), vectors = t->nr / lanes, mr = rows_of_tile(d, t->mr);
  double loads = vectors + mr * (weft_dot_is_flat(d, mr) ? 1 : 2.5); /* a pointer from the stack, then the number */
  double step = mr * vectors > loads ? mr * vectors : loads;
  if (step < 8) step = 8; /* a sum is ready four cycles after it was begun */
  double tile = step * (double)d->k.total + 16 + 2 * mr * vectors + (weft_dot_is_flat(d, mr) ? 0 : 12 * mr);
  return tile * (double)(d->batch.total * weft_ceil_div(d->m.total, mr) * n_tiles(d, t->nr));
}

/* A tile for panels of a width that no row has. */
static weft_tile tile_of_panel(const weft_dot *d, const weft_tile *like) {
  weft_tile t = *like;
  int lanes = lanes_for(d, d->panel), vectors = (int)weft_least(d->panel / lanes, 1 << 16);
  t.nr = t.panel = (int)d->panel;
  t.mr = vectors >= 12 ? 1 : 12 / vectors;
  return t;
}

/* The first row of the table is left only where another promises more than the estimate's own error, which is small
 * between tiles of the same columns and of enough sums. */
static double margin_of(const weft_tile *t, const weft_tile *first) {
  enum { ENOUGH_VECTORS = 16 };
  return t == first ? 1 : t->nr == first->nr && t->mr * t->nr >= ENOUGH_VECTORS * t->vector_width ? 1.02 : 1.1;
}

static const weft_tile *cpu_rows(const weft_dot *d, size_t *out_count) {
  uint32_t width = d->target->vector_width;
  return weft_tiles_for(WEFT_CLASS_CPU, width < 4 ? 4 : width > 16 ? 16 : (int)width, out_count);
}

static int fits_cpu(const weft_dot *d, const weft_tile *t) {
  return d->panel ? t->nr == d->panel : t->nr <= run_of_n(d);
}

/* 0 where the variant names a tile that is wider than b's runs of columns. */
static int choose_cpu_tile(weft_dot *d) {
  size_t count = 0;
  const weft_tile *rows = cpu_rows(d, &count);
  double best = 0;
  for (size_t i = 0; i < count; i++) {
    if (weft_is_barred(d, i) || !fits_cpu(d, &rows[i])) continue;
    double cost = cpu_cost(d, &rows[i]) * margin_of(&rows[i], rows);
    if (best > 0 && cost >= best) continue;
    best = cost;
    d->tile = rows[i];
  }
  if (best <= 0 && !d->panel) {
    weft_fail(d->error, WEFT_NO_FEATURE, "dot: tile %d is wider than b's %lld columns that are neighbours",
              (int)d->variant.tile, (long long)run_of_n(d));
    return 0;
  }
  if (best <= 0) d->tile = tile_of_panel(d, &rows[0]);
  d->lanes = lanes_for(d, d->tile.nr);
  d->tile.mr = rows_of_tile(d, d->tile.mr);
  return 1;
}

/* How k is cut: runs of constant strides, blocks that fit into the cache. */
typedef struct k_plan {
  int64_t segments, run, parts, depth, blocks;
} k_plan;

static k_plan plan_k(const weft_dot *d) {
  k_plan p = {.run = weft_inner_size(&d->k), .parts = 1};
  int64_t depth = d->tile.tk > 0 ? d->tile.tk : 256;
  if (weft_inner_a(&d->k) != 1) depth = weft_least(depth, MOST_ACROSS);
  if (d->variant.depth > 0) depth = d->variant.depth;
  p.segments = d->k.total / p.run;
  if (p.run > depth) {
    p.parts = weft_ceil_div(p.run, depth);
    p.depth = weft_ceil_div(p.run, p.parts);
    p.parts = weft_ceil_div(p.run, p.depth);
    p.blocks = p.parts * p.segments;
  } else {
    int64_t whole = weft_ceil_div(p.segments, depth / p.run), each = weft_ceil_div(p.segments, whole);
    p.depth = each * p.run;
    p.blocks = weft_ceil_div(p.segments, each);
  }
  return p;
}

/* Elements of memory that an operand's view covers, repeats left out. */
static double footprint(weft_tensor *view) {
  return (double)weft_least(weft_shape_size(view->shape), weft_shape_size(weft_view_base(view)->shape));
}

/* How the tiles make up blocks: m x n tiles each; whether they copy b's piece. */
typedef struct block_plan {
  int64_t m_count, n_count, m, n;
  int packs;
} block_plan;

static int64_t count_blocks(const weft_dot *d, const block_plan *p, int64_t m, int64_t n) {
  return d->batch.total * weft_ceil_div(p->m_count, m) * weft_ceil_div(p->n_count, n);
}

/* Whether some compute units have no block left for more than a sixteenth of the time. */
static int is_uneven(const weft_dot *d, int64_t blocks) {
  int64_t units = weft_least(d->target->compute_units, blocks);
  return units > 1 && weft_ceil_div(blocks, units) * units * 16 > blocks * 17;
}

/* Whether b's piece should be copied: its rows are so far apart that they meet in few sets of the cache, or each opens
 * a page, and there are enough rows of a to be worth it. */
static int should_pack(const weft_dot *d, int64_t depth, int64_t m_tiles) {
  int64_t stride = weft_inner_b(&d->k) * 4;
  if (d->panel || depth * d->tile.nr > MOST_PACKED) return 0;
  if (d->variant.pack) return d->variant.pack > 0;
  return depth > SHORT_RUN && (stride >= 512 || stride <= -512) && m_tiles >= MANY_READERS;
}

/* Where b's piece is copied, a block has as many rows as keep all compute units busy: one column of tiles, or several
 * where the rows' share of a is so small that it stays in the second cache from one to the next. 0: too few rows. */
static int plan_columns(const weft_dot *d, const k_plan *k, int64_t wanted, block_plan *p) {
  int64_t room = k->blocks > 1 ? MOST_KEPT / (d->tile.mr * d->tile.nr) : p->m_count, m = weft_least(p->m_count, room);
  int64_t least = d->variant.pack > 0 ? 1 : MANY_READERS, near = MOST_KEPT / d->k.total / d->tile.mr, n = 1, blocks;
  if (!should_pack(d, k->depth, m)) return 0;
  if (near >= MANY_READERS) m = weft_least(m, near);
  while ((blocks = count_blocks(d, p, m, 1)) < wanted || is_uneven(d, blocks)) {
    if (m < 2 * least) break;
    m = (m + 1) / 2;
  }
  if (blocks < wanted && d->variant.pack <= 0) return 0;
  for (int64_t wide = 2; near >= MANY_READERS && wide <= p->n_count; wide *= 2) {
    blocks = count_blocks(d, p, m, wide);
    if (blocks < wanted || is_uneven(d, blocks) || (k->blocks > 1 && m * wide > room)) break;
    n = wide;
  }
  p->m = weft_ceil_div(p->m_count, weft_ceil_div(p->m_count, m)); /* of about equal size */
  p->n = weft_ceil_div(p->n_count, weft_ceil_div(p->n_count, n));
  p->packs = 1;
  return 1;
}

/* Numbers of a that each step of k of an m-tile block reads: a window's rows overlap, so no more than memory holds. */
static double a_of_step(const weft_dot *d, int64_t m) {
  double held = footprint(d->core->in[0]) / (double)(d->batch.total * d->k.total);
  return fmin((double)(m * d->tile.mr), held);
}

/* As many tiles as the row of the table says; fewer where that leaves compute units idle, cut so that the operands are
 * read again as little as possible; more where units stay busy with them: rows where that changes the number of sums to
 * keep little enough, and where sums are kept, whatever saves more of the operands' traffic while the block's share of
 * a and its sums stay in the second cache. */
static block_plan plan_blocks(const weft_dot *d, const k_plan *k) {
  const weft_tile *t = &d->tile;
  block_plan p = {.m_count = weft_ceil_div(d->m.total, t->mr), .n_count = n_tiles(d, t->nr)};
  double tile_work = 2.0 * t->mr * t->nr * (double)d->k.total;
  double a = footprint(d->core->in[0]), b = footprint(d->core->in[1]);
  int64_t each = d->variant.groups > 0 ? d->variant.groups : WEFT_GROUPS_A_UNIT;
  int64_t wanted = (int64_t)d->target->compute_units * each, room = MOST_KEPT / (t->mr * t->nr);
  if (plan_columns(d, k, wanted, &p)) return p;
  int64_t m = weft_least(p.m_count, t->tm >= t->mr ? t->tm / t->mr : 1),
          n = weft_least(p.n_count, t->tn >= t->nr ? t->tn / t->nr : 1);
  while (m * n > 1 && (double)(m * n) * tile_work > weft_least_work) {
    int64_t blocks = count_blocks(d, &p, m, n);
    if (blocks >= wanted && !(is_uneven(d, blocks) && (double)(m * n) * tile_work > 4 * weft_least_work)) break;
    double more_a = a * (double)weft_ceil_div(p.n_count, n), more_b = b * (double)weft_ceil_div(p.m_count, m);
    if (n == 1 || (m > 1 && more_b <= more_a))
      m = (m + 1) / 2;
    else
      n = (n + 1) / 2;
  }
  for (int keeps_sums = k->blocks > 1;;) {
    int64_t wide = weft_least(2 * n, p.n_count), high = weft_least(2 * m, p.m_count);
    double less_a = a * (double)(weft_ceil_div(p.n_count, n) - weft_ceil_div(p.n_count, wide));
    double less_b = b * (double)(weft_ceil_div(p.m_count, m) - weft_ceil_div(p.m_count, high));
    int may_widen = keeps_sums && wide > n && m * wide <= room && count_blocks(d, &p, m, wide) >= wanted;
    int may_heighten = high > m && count_blocks(d, &p, high, n) >= wanted &&
                       (keeps_sums ? high * n <= room && a_of_step(d, high) * (double)k->depth <= MOST_KEPT
                                   : (double)(m * n) * tile_work < weft_least_work);
    if (may_heighten && (!may_widen || less_b >= less_a))
      m = high;
    else if (may_widen)
      n = wide;
    else
      break;
  }
  p.m = weft_ceil_div(p.m_count, weft_ceil_div(p.m_count, m));
  p.n = weft_ceil_div(p.n_count, weft_ceil_div(p.n_count, n));
  return p;
}

/* Whether a's rows come from memory, which the first panel's tiles read, or long ones the only tiles; they are asked
 * for one by one, a line for each 16 steps. */
static int fetches_rows(const weft_dot *d, const k_plan *k) {
  enum { LONG_ROW = 256 };
  int is_first = d->panel || (d->n.total <= d->tile.nr && k->run >= LONG_ROW);
  return is_first && k->segments == 1 && weft_inner_a(&d->k) == 1 && footprint(d->core->in[0]) > WEFT_MOST_NEAR;
}

/* ---- text ---- */

static int write_cpu(weft_dot *d) {
  if (!d->panel && d->n.n > 0 && weft_inner_b(&d->n) != 1) {
    char text[160];
    weft_fail(d->error, WEFT_INTERNAL, "dot: the columns of %s are %lld elements apart; b must be packed or dense",
              weft_describe_tensor(d->core->in[1], text, sizeof text), (long long)weft_inner_b(&d->n));
    return 0;
  }
  if (!choose_cpu_tile(d)) return 0;
  const weft_tile *t = &d->tile;
  k_plan k = plan_k(d);
  block_plan p = plan_blocks(d, &k);
  int64_t m_blocks = weft_ceil_div(p.m_count, p.m), n_blocks = weft_ceil_div(p.n_count, p.n);
  int64_t blocks = d->batch.total * m_blocks * n_blocks;
  int flat = weft_dot_is_flat(d, t->mr), size_of_epilogue = 0;
  d->groups = weft_limited_groups(d, blocks);
  d->threads = 1;
  d->file = "kernels/gemm_cpu.cl";

  weft_dot_define(d, "MR", t->mr);
  weft_dot_define(d, "NV", t->nr / d->lanes);
  weft_dot_define(d, "LANES", d->lanes);
  weft_dot_define(d, "M", d->m.total);
  weft_dot_define(d, "N", d->n.total);
  weft_dot_define(d, "M_COUNT", p.m_count);
  weft_dot_define(d, "N_COUNT", p.n_count);
  weft_dot_define(d, "M_TILES", p.m);
  weft_dot_define(d, "N_TILES", p.n);
  weft_dot_define(d, "M_BLOCKS", m_blocks);
  weft_dot_define(d, "N_BLOCKS", n_blocks);
  weft_dot_define(d, "BLOCKS", blocks);
  weft_dot_define(d, "GROUPS", d->groups);
  weft_dot_define(d, "N_RUN", run_of_n(d));
  weft_dot_define(d, "N_RUN_TILES", weft_ceil_div(run_of_n(d), t->nr));
  weft_dot_define(d, "K_SEGMENTS", k.segments);
  weft_dot_define(d, "K_RUN", k.run);
  weft_dot_define(d, "K_DEPTH", k.depth);
  weft_dot_define(d, "K_PARTS", k.parts);
  weft_dot_define(d, "K_BLOCKS", k.blocks);
  weft_dot_define(d, "PANEL", d->panel > 0);
  weft_dot_define(d, "PACK_B", p.packs);
  weft_dot_define(d, "A_FLAT", flat);
  weft_dot_define(d, "A_M", weft_inner_a(&d->m));
  weft_dot_define(d, "A_K", weft_inner_a(&d->k));
  weft_dot_define(d, "FETCH_A", flat && fetches_rows(d, &k));
  weft_dot_define(d, "FETCH_B", d->panel && p.m > 1 ? weft_fetched(footprint(d->core->in[1]), t->nr, p.m) : 0);
  weft_dot_define(d, "B_K", weft_inner_b(&d->k));
  weft_text_printf(&d->text, "#define A b%d\n#define B b%d\n", d->a, d->b);
  weft_dot_define_address(d, "A_BATCH", "batch", d->batch.n, &d->batch, 0, d->a_offset);
  weft_dot_define_address(d, "B_BATCH", "batch", d->batch.n, &d->batch, 1, d->b_offset);
  weft_dot_define_address(d, "A_ROW", "m", d->m.n, &d->m, 0, 0);
  weft_dot_define_address(d, "A_SEGMENT", "s", d->k.n - (d->k.n > 0), &d->k, 0, 0);
  weft_dot_define_address(d, "B_SEGMENT", "s", d->k.n - (d->k.n > 0), &d->k, 1, 0);
  if (d->panel)
    weft_text_printf(&d->text, "#define B_COLUMN(n) ((n) / NR * %lld)\n", (long long)d->panel_stride);
  else
    weft_dot_define_address(d, "B_COLUMN", "n", d->n.n, &d->n, 1, 0);
  weft_text_printf(&d->text, "#define UNROLL_RUN _Pragma(\"unroll%s\")\n", k.run <= SHORT_RUN ? "" : " 1");
  if (!weft_dot_write_epilogue(d, "store_one", "STORE_C", 1, &size_of_epilogue)) return 0;
  weft_dot_define(d, "LONG_EPILOGUE", size_of_epilogue > 16);
  if (d->lanes == 1)
    weft_text_add(&d->text, "#define STORE_CV STORE_C\n");
  else if (d->n.total < d->lanes)
    weft_text_add(&d->text, "#define STORE_CV(batch, m, n, value) (void)0\n"); /* all is edge */
  else
    return weft_dot_write_epilogue(d, "store_vector", "STORE_CV", d->lanes, NULL) &&
           weft_dot_write_fetch(d, d->lanes, 0);
  return 1;
}

static double cost_of_row(const weft_dot *d, const weft_tile *t) { return fits_cpu(d, t) ? cpu_cost(d, t) : HUGE_VAL; }

/* Round 1: whether b's piece is copied; 2: how deep sums stay in registers; 3: how many work-groups. */
static int refine(const weft_dot *d, const weft_variant *best, int round, weft_variant *out) {
  static const int32_t depths[] = {256, 512, 1024, 1 << 16}, groups[] = {1, 2, 8, 16};
  int n = 0;
  for (int i = 0; i < 4; i++) out[i] = *best;
  if (round == 1 && !d->panel)
    for (; n < 2; n++) out[n].pack = n ? 1 : -1;
  if (round == 2 && d->k.total > depths[0])
    for (; n < 4; n++) out[n].depth = depths[n];
  if (round == 3)
    for (; n < 4; n++) out[n].groups = groups[n];
  return n;
}

const weft_dot_template weft_dot_cpu = {
    .rows = cpu_rows, .cost = cost_of_row, .write = write_cpu, .refine = refine, .rounds = 4};
