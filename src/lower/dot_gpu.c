/* dot_gpu.c -- the contraction on GPUs (kernels/gemm_gpu.cl, shaders/gemm.comp): tiles in shared memory, sums in
 * registers, operands read in fours where these are neighbours, and each output's steps of k shared out among slices of
 * a work-group where outputs are few. */
#include "lower/dot_template.h"
#include <math.h>

enum { MOST_SLICES = 8 };
/* Sums of a work-group: what the registers of one compute unit hold, beside the rest. Work-items of one: what every
 * driver launches of a kernel that takes many registers. Sums of a work-item that every device has registers for. */
enum { MOST_SUMS = 16384, MOST_ITEMS = 256, MANY_SUMS = 64 };
/* Sums of a work-item of which a step is over before memory answers; steps of k at a time of such ones. */
enum { FEW_SUMS = 8, DEEP = 32 };
/* Numbers side by side of which memory moves all or none. */
enum { LINE = 16 };

/* ---- how operands are read ---- */

/* How an operand is read: in fours, or one by one with neighbouring work-items along what lies side by side. */
static weft_read_form form_of(const weft_dot *d, int of_b, int *out_width) {
  weft_read_form form = weft_dot_form(d, of_b);
  const int64_t *k = of_b ? d->k.b : d->k.a;
  int last = d->k.n - 1;
  if (form == WEFT_ALONG_K && d->k.size[last] % 4) form = WEFT_ONE;
  *out_width = form != WEFT_ONE && d->variant.fours >= 0 ? 4 : 1;
  if (form != WEFT_ONE) return form;
  int64_t own = of_b ? weft_inner_b(&d->n) : weft_inner_a(&d->m);
  if (of_b) return !d->panel && last >= 0 && k[last] == 1 && own != 1 ? WEFT_ALONG_K : WEFT_ALONG_SELF;
  return own == 1 && !(last >= 0 && k[last] == 1) ? WEFT_ALONG_SELF : WEFT_ALONG_K;
}

/* ---- the estimate ---- */

/* A compute unit in round numbers, fitted to what 473 kernels of 44 shapes took on a large card: multiplications a
 * clock that it comes to, numbers that reach it a clock (mostly from a cache), sums that it adds and moves a clock when
 * slices join, clocks of the first reads and the last writes of a work-group; registers, work-items and bytes of shared
 * memory that it holds at a time. */
static const double lanes = 76, moved_a_clock = 2.75, joined_a_clock = 2.85, ends = 3500;
enum { REGISTERS = 65536, RESIDENT = 1536, SHARED_OF_UNIT = 131072 };

static int64_t threads_of(const weft_tile *t, int slices) {
  return (int64_t)(t->tm / t->mr) * (t->tn / t->nr) * slices;
}

static int64_t shared_limit(const weft_dot *d) { return d->target->local_memory ? d->target->local_memory : 16384; }

/* Bytes of one stage with its skew, at most, and of the slices' sums. */
static int64_t stage_bytes(const weft_tile *t, int slices) { return 4 * (int64_t)t->tk * slices * (t->tm + t->tn + 8); }
static int64_t sum_bytes(const weft_tile *t, int slices) {
  return slices > 1 ? 4 * (int64_t)slices * t->tm * t->tn : 0;
}

/* The slices' sums come in two halves where they alone would take more than the tiles. */
static int folds(const weft_tile *t, int slices) { return sum_bytes(t, slices) > 2 * stage_bytes(t, slices); }

/* Bytes of shared memory, as gemm_defaults.inc counts them. */
static int64_t shared_bytes(const weft_tile *t, int slices, int stages) {
  int64_t tiles = stages * stage_bytes(t, slices), sums = sum_bytes(t, slices) >> folds(t, slices);
  return sums > tiles ? sums : tiles;
}

static int64_t tiles_of(const weft_dot *d, const weft_tile *t) {
  return d->batch.total * weft_ceil_div(d->m.total, t->tm) * weft_ceil_div(d->n.total, t->tn);
}

/* Whether its work-groups have a unit each. */
static int is_alone(const weft_dot *d, const weft_tile *t) { return tiles_of(d, t) <= d->target->compute_units; }

/* The row as it is used with so many slices: of such depth that the stages fit, or as the variant says. Where a
 * work-group has a unit to itself and a step does little, a deep one is on its way at a time, as shared memory allows.
 */
static weft_tile in_slices(const weft_dot *d, const weft_tile *row, int slices) {
  weft_tile t = *row;
  int is_deep = !d->variant.depth && is_alone(d, &t) && t.mr * t.nr <= FEW_SUMS;
  int stages = is_deep && d->target->dialect == WEFT_GLSL ? 1 : 2;
  if (d->variant.depth > 0) t.tk = d->variant.depth;
  if (is_deep) t.tk = DEEP;
  while (is_deep && t.tk > row->tk && t.tk * slices / 2 >= d->k.total) t.tk /= 2;
  while (t.tk > 4 && stages * stage_bytes(&t, slices) > shared_limit(d)) t.tk /= 2;
  return t;
}

/* Gates are stored in fours. */
static int fits(const weft_dot *d, const weft_tile *t, int slices) {
  if (d->group->gates && t->nr % 4) return 0;
  int64_t threads = threads_of(t, slices), most = d->target->max_group ? d->target->max_group : 128;
  return threads <= weft_least(most, MOST_ITEMS) && threads * t->mr * t->nr <= MOST_SUMS &&
         shared_bytes(t, slices, 1) <= shared_limit(d);
}

/* What reading r numbers of shared memory costs for each multiplication, where each is multiplied so many times. */
static double read_cost(int r, int times) { return (r % 4 == 0 ? 0.58 : 1.2) / times; }

/* Work-items that keep a unit busy: the fewer sums each has, the more of them. */
static double enough_items(const weft_tile *t) { return 2000 / sqrt(t->mr * t->nr); }

/* Work-groups that a compute unit holds at a time. */
static int64_t room_of(const weft_tile *t, int slices) {
  int64_t threads = threads_of(t, slices), registers = threads * (t->mr * t->nr + 2 * (t->mr + t->nr) + 32);
  int64_t room = weft_least(RESIDENT / threads, REGISTERS / registers);
  room = weft_least(room, SHARED_OF_UNIT / shared_bytes(t, slices, 2));
  return room < 1 ? 1 : room;
}

/* Rows of a tile, or columns, that memory moves for each step of k: whole lines of them where they lie side by side. */
static int64_t moved_of(const weft_dot *d, int of_b, int64_t tile, int64_t total) {
  int width, is_along_self = form_of(d, of_b, &width) == WEFT_ALONG_SELF;
  return weft_least(is_along_self && tile < LINE ? LINE : tile, total);
}

/* Clocks of a unit for its share of the tiles: of the work-groups that find room beside each other at a time, each step
 * takes what one of them takes alone, or what all compute or move. */
static double cost_of(const weft_dot *d, const weft_tile *row, int slices) {
  weft_tile tile = in_slices(d, row, slices), *t = &tile;
  if (!fits(d, t, slices)) return HUGE_VAL;
  int64_t threads = threads_of(t, slices), depth = (int64_t)t->tk * slices;
  int64_t groups = weft_ceil_div(tiles_of(d, t), d->target->compute_units);
  int64_t beside = weft_least(groups, room_of(t, slices));
  double outputs = (double)t->tm * t->tn, share = (double)threads / enough_items(t);
  double computed = outputs * (double)depth * (1 + read_cost(t->mr, t->nr) + read_cost(t->nr, t->mr)) / lanes;
  if (t->mr * t->nr > MANY_SUMS)
    computed *= 1.06; /* where registers are scarce it is far more: for the tuner to find out */
  int64_t lines = moved_of(d, 0, t->tm, d->m.total) + moved_of(d, 1, t->tn, d->n.total);
  double moved = (double)(lines * depth) / moved_a_clock;
  double alone = computed / (share < 1 ? share : 1);
  double all = (double)beside * (computed > moved ? computed : moved), step = alone > all ? alone : all;
  double joining = slices > 1 ? (double)beside * 2 * slices * outputs / joined_a_clock : 0;
  return (double)weft_ceil_div(groups, beside) * ((double)weft_ceil_div(d->k.total, depth) * step + ends + joining);
}

/* The estimate's slices for a row, or what the variant says. */
static int best_slices(const weft_dot *d, const weft_tile *t, double *out_cost) {
  int best = 1;
  *out_cost = HUGE_VAL;
  for (int slices = 1; slices <= MOST_SLICES; slices *= 2) {
    double cost = cost_of(d, t, slices);
    if ((d->variant.slices > 0 && slices != d->variant.slices) || cost >= *out_cost) continue;
    *out_cost = cost;
    best = slices;
  }
  return best;
}

static const weft_tile *gpu_rows(const weft_dot *d, size_t *out_count) {
  (void)d;
  return weft_tiles_for(WEFT_CLASS_GPU, 1, out_count);
}

static double gpu_cost(const weft_dot *d, const weft_tile *t) {
  double cost;
  best_slices(d, t, &cost);
  return cost;
}

/* Two save a barrier; shaders' compilers make more of one, whose place they know. */
static int choose_stages(const weft_dot *d, int slices) {
  int knows_better = d->target->dialect == WEFT_GLSL && d->variant.stages != 2;
  return d->variant.stages == 1 || knows_better || shared_bytes(&d->tile, slices, 2) > shared_limit(d) ? 1 : 2;
}

/* A work-group that has a unit to itself waits for loads that shaders' compilers spread over a step; beside a second
 * one they cost more at its beginning. OpenCL's compilers find the place. */
static int loads_early(const weft_dot *d) {
  if (d->variant.early) return d->variant.early > 0;
  return d->target->dialect == WEFT_GLSL && is_alone(d, &d->tile);
}

/* ---- text ---- */

/* #define LOAD_A(batch, m, k) and its like, of an operand in memory. */
static void define_load(weft_dot *d, const char *head, const char *address, int binding, int width) {
  const char *at = width == 1 ? "ELEMENT" : "FOUR_AT";
  const char *name = width == 4 && d->target->dialect == WEFT_GLSL ? "fours" : "b";
  weft_text_printf(&d->text, "#define %s %s(%s%d, %s)\n", head, at, name, binding, address);
}

/* A shader sees a buffer that is read in fours as an array of vectors too. */
static void declare_fours(weft_dot *d, int binding) {
  if (d->target->dialect == WEFT_GLSL)
    weft_text_printf(&d->functions, "layout(set = 0, binding = %d) readonly buffer Fours%d { vec4 d[]; } fours%d;\n",
                     binding, binding, binding);
}

/* Of the operands in memory. */
static void define_loads(weft_dot *d, int a_width, int b_width) {
  int a = d->a >= 0, b = d->b >= 0;
  if (a) weft_dot_define_address(d, "A_BATCH", "batch", d->batch.n, &d->batch, 0, d->a_offset);
  if (b) weft_dot_define_address(d, "B_BATCH", "batch", d->batch.n, &d->batch, 1, d->b_offset);
  if (a) {
    weft_dot_define_address(d, "A_M", "m", d->m.n, &d->m, 0, 0);
    weft_dot_define_address(d, "A_K", "k", d->k.n, &d->k, 0, 0);
  }
  if (b) {
    weft_dot_define_address(d, "B_K", "k", d->k.n, &d->k, 1, 0);
    weft_dot_define_columns(d, "B_N");
  }
  if (a) define_load(d, "LOAD_A(batch, m, k)", "A_BATCH(batch) + A_M(m) + A_K(k)", d->a, a_width);
  if (b) define_load(d, "LOAD_B(batch, k, n)", "B_BATCH(batch) + B_K(k) + B_N(n)", d->b, b_width);
  if (a && a_width == 4) declare_fours(d, d->a);
  if (b && b_width == 4 && !(a && a_width == 4 && d->a == d->b)) declare_fours(d, d->b);
}

static int write_gpu(weft_dot *d) {
  double cost;
  int a_width, b_width, c_width;
  d->file = d->target->dialect == WEFT_GLSL ? "shaders/gemm.comp" : "kernels/gemm_gpu.cl";
  if (!weft_dot_choose_row(d, &weft_dot_gpu)) {
    weft_fail(d->error, WEFT_NO_FEATURE,
              "dot: no tile fits into work-groups of %u work-items and %u bytes of shared memory", d->target->max_group,
              d->target->local_memory);
    return 0;
  }
  int slices = best_slices(d, &d->tile, &cost);
  const weft_tile *t = &d->tile;
  d->tile = in_slices(d, t, slices);
  weft_read_form a = form_of(d, 0, &a_width), b = form_of(d, 1, &b_width);
  int in_fours = t->nr % 4 == 0 && d->n.total % 4 == 0 && d->variant.fours >= 0;
  c_width = in_fours || d->group->gates ? 4 : 1;
  weft_dot_define_tiles(d, (int)threads_of(t, slices), 0);
  weft_dot_define(d, "TK", t->tk);
  weft_dot_define(d, "SLICES", slices);
  weft_dot_define(d, "STAGES", choose_stages(d, slices));
  weft_dot_define(d, "EARLY", loads_early(d));
  weft_dot_define(d, "FOLDS", folds(t, slices));
  weft_dot_define(d, "K", d->k.total);
  weft_dot_define(d, "A_ALONG_M", a == WEFT_ALONG_SELF);
  weft_dot_define(d, "B_ALONG_K", b == WEFT_ALONG_K);
  weft_dot_define(d, "A_WIDTH", a_width);
  weft_dot_define(d, "B_WIDTH", b_width);
  weft_dot_define(d, "C_WIDTH", c_width);
  weft_dot_define(d, "HAS_BINDINGS", 1);
  define_loads(d, a_width, b_width);
  if (!weft_dot_write_epilogue(d, "store", "STORE_C", c_width, NULL)) return 0;
  if (d->a < 0 && !weft_dot_write_operand(d, 0, a, a_width)) return 0;
  return d->b >= 0 || weft_dot_write_operand(d, 1, b, b_width);
}

/* ---- variants ---- */

/* Round 1: slices; 2: stages and depth; 3: one by one, and where loads stand. What does not fit is left out, what is
 * there already costs no run. */
static int refine(const weft_dot *d, const weft_variant *best, int round, weft_variant *out) {
  int n = 0;
  for (int i = 1; round == 1 && i <= MOST_SLICES; i *= 2) {
    out[n] = *best;
    out[n].slices = i;
    n += i == 1 || d->k.total > i * 8;
  }
  for (int i = 1; round == 2 && i <= 2; i++) {
    out[n] = *best;
    out[n++].stages = i;
  }
  for (int depth = 8; round == 2 && depth <= DEEP; depth *= 2) {
    out[n] = *best;
    out[n++].depth = depth;
  }
  if (round == 3) {
    out[n] = *best;
    out[n++].fours = -1;
    for (int i = -1; i <= 1; i += 2) {
      out[n] = *best;
      out[n++].early = i;
    }
  }
  return n;
}

const weft_dot_template weft_dot_gpu = {
    .rows = gpu_rows, .cost = gpu_cost, .write = write_gpu, .refine = refine, .rounds = 4};
