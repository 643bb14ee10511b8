/* dot_gpu.c -- the contraction on GPUs (kernels/gemm_gpu.cl, shaders/gemm.comp): tiles in shared memory, sums in
 * registers, operands read in fours where these are neighbours, and each output's steps of k shared out among slices of
 * a work-group where outputs are few. */
#include "lower/dot_template.h"
#include <math.h>

enum { MOST_SLICES = 8 };
/* Sums of a work-group: what the registers of one compute unit hold, beside the rest. */
enum { MOST_SUMS = 16384 };

/* ---- the estimate ---- */

/* A compute unit in round numbers: multiplications a clock, numbers that reach it a clock (mostly from a cache),
 * work-items that keep it busy, those that it holds at a time, clocks from a read of memory to the next step. */
static const double lanes = 128, moved_a_clock = 8, enough = 256, wait = 500;
enum { RESIDENT = 1024 };

static int64_t threads_of(const weft_tile *t, int slices) {
  return (int64_t)(t->tm / t->mr) * (t->tn / t->nr) * slices;
}

/* Bytes of shared memory, as gemm_defaults.inc has them. */
static int64_t shared_bytes(const weft_tile *t, int slices, int stages) {
  int64_t tiles = (int64_t)stages * t->tk * slices * (t->tm + t->tn + 8), sums = slices * t->tm * t->tn;
  return 4 * (slices > 1 && sums > tiles ? sums : tiles);
}

static int64_t shared_limit(const weft_dot *d) { return d->target->local_memory ? d->target->local_memory : 16384; }

static int fits(const weft_dot *d, const weft_tile *t, int slices) {
  int64_t threads = threads_of(t, slices), most = d->target->max_group ? d->target->max_group : 128;
  return threads <= most && threads * t->mr * t->nr <= MOST_SUMS && shared_bytes(t, slices, 1) <= shared_limit(d);
}

/* Clocks of a unit for its share of the tiles: the longer of what it computes or moves, and of the waits of the
 * work-groups that do not find room beside each other. A multiplication costs as much as half a read of shared memory.
 */
static double cost_of(const weft_dot *d, const weft_tile *t, int slices) {
  if (!fits(d, t, slices)) return HUGE_VAL;
  double outputs = (double)t->tm * t->tn, computed = outputs * (1 + 2 * (1.0 / t->mr + 1.0 / t->nr)) / lanes;
  double moved = (t->tm + t->tn) / moved_a_clock, step = computed > moved ? computed : moved;
  int64_t threads = threads_of(t, slices), depth = (int64_t)t->tk * slices;
  int64_t tiles = d->batch.total * weft_ceil_div(d->m.total, t->tm) * weft_ceil_div(d->n.total, t->tn);
  int64_t groups = weft_ceil_div(tiles, d->target->compute_units), room = threads < RESIDENT ? RESIDENT / threads : 1;
  int64_t beside = weft_least(groups, room);
  double share = (double)(beside * threads) / enough, busy = (double)(groups * depth) * step / (share < 1 ? share : 1);
  double waits = (double)weft_ceil_div(groups, beside) * wait;
  double joining = slices > 1 ? (double)groups * (wait + 2 * slices * outputs / moved_a_clock / 4) : 0;
  return (double)weft_ceil_div(d->k.total, depth) * (busy > waits ? busy : waits) + joining;
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

/* Two stages are worth their memory where two work-groups still find room. */
static int choose_stages(const weft_dot *d, int slices) {
  int64_t two = shared_bytes(&d->tile, slices, 2);
  if (two > shared_limit(d) || d->variant.stages == 1) return 1;
  return d->variant.stages == 2 || two <= shared_limit(d) / 2 ? 2 : 1;
}

/* ---- text ---- */

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

/* #define LOAD_A(batch, m, k) and its like. */
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
  const weft_tile *t = &d->tile;
  int slices = best_slices(d, t, &cost);
  weft_read_form a = form_of(d, 0, &a_width), b = form_of(d, 1, &b_width);
  c_width = t->nr % 4 == 0 && d->n.total % 4 == 0 && d->variant.fours >= 0 ? 4 : 1;
  weft_dot_define_tiles(d, (int)threads_of(t, slices), 0);
  weft_dot_define(d, "TK", t->tk);
  weft_dot_define(d, "SLICES", slices);
  weft_dot_define(d, "STAGES", choose_stages(d, slices));
  weft_dot_define(d, "K", d->k.total);
  weft_dot_define(d, "A_ALONG_M", a == WEFT_ALONG_SELF);
  weft_dot_define(d, "B_ALONG_K", b == WEFT_ALONG_K);
  weft_dot_define(d, "A_WIDTH", a_width);
  weft_dot_define(d, "B_WIDTH", b_width);
  weft_dot_define(d, "C_WIDTH", c_width);
  weft_dot_define(d, "HAS_BINDINGS", 1);
  weft_dot_define_address(d, "A_BATCH", "batch", d->batch.n, &d->batch, 0, d->a_offset);
  weft_dot_define_address(d, "B_BATCH", "batch", d->batch.n, &d->batch, 1, d->b_offset);
  weft_dot_define_address(d, "A_M", "m", d->m.n, &d->m, 0, 0);
  weft_dot_define_address(d, "A_K", "k", d->k.n, &d->k, 0, 0);
  weft_dot_define_address(d, "B_K", "k", d->k.n, &d->k, 1, 0);
  weft_dot_define_columns(d, "B_N");
  define_load(d, "LOAD_A(batch, m, k)", "A_BATCH(batch) + A_M(m) + A_K(k)", d->a, a_width);
  define_load(d, "LOAD_B(batch, k, n)", "B_BATCH(batch) + B_K(k) + B_N(n)", d->b, b_width);
  if (a_width == 4) declare_fours(d, d->a);
  if (b_width == 4 && !(a_width == 4 && d->a == d->b)) declare_fours(d, d->b);
  return weft_dot_write_epilogue(d, "store", "STORE_C", c_width, NULL);
}

/* ---- variants ---- */

/* Round 1: slices; 2: stages; 3: one by one. What does not fit is left out, what is there already costs no run. */
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
  if (round == 3) {
    out[n] = *best;
    out[n++].fours = -1;
  }
  return n;
}

const weft_dot_template weft_dot_gpu = {
    .rows = gpu_rows, .cost = gpu_cost, .write = write_gpu, .refine = refine, .rounds = 4};
