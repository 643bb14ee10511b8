/* dot_items.c -- the contraction by work-items: on GPUs tiles in shared memory (shaders/gemm.comp,
 * kernels/gemm_gpu.cl), on CPUs that run shaders without it (shaders/gemm_direct.comp). */
#include "lower/dot_template.h"
#include <math.h>

/* ---- GPUs ---- */

/* Estimated time of a GPU's tile shape: rounds of work-groups over the device, each as long as its multiplications and
 * its reads of shared memory. */
static double gpu_cost(const weft_dot *d, const weft_tile *t) {
  int64_t tiles = d->batch.total * weft_ceil_div(d->m.total, t->tm) * weft_ceil_div(d->n.total, t->tn);
  int64_t units = d->target->compute_units ? d->target->compute_units : 1;
  double outputs = (double)t->tm * t->tn, reads = 1.0 / t->mr + 1.0 / t->nr;
  return (double)weft_ceil_div(tiles, units) * outputs * (1 + 2 * reads);
}

static int fits_gpu(const weft_dot *d, const weft_tile *t) {
  uint32_t threads = (uint32_t)((t->tm / t->mr) * (t->tn / t->nr)), bytes = (uint32_t)((t->tm + t->tn + 8) * t->tk * 4);
  uint32_t most = d->target->max_group ? d->target->max_group : 128, memory = d->target->local_memory;
  return threads <= most && bytes <= (memory ? memory : 16384);
}

static const weft_tile *gpu_rows(const weft_dot *d, size_t *out_count) {
  (void)d;
  return weft_tiles_for(WEFT_CLASS_GPU, 1, out_count);
}

static double cost_of_gpu_row(const weft_dot *d, const weft_tile *t) {
  return fits_gpu(d, t) ? gpu_cost(d, t) : HUGE_VAL;
}

/* The row that is estimated to be fastest, or that the variant names; 0: none fits. */
static int choose_row(weft_dot *d, const weft_dot_template *template) {
  size_t count = 0;
  const weft_tile *rows = template->rows(d, &count);
  double best = HUGE_VAL;
  for (size_t i = 0; i < count; i++) {
    double cost = template->cost(d, &rows[i]);
    if (weft_is_barred(d, i) || cost >= best) continue;
    best = cost;
    d->tile = rows[i];
  }
  return best < HUGE_VAL;
}

static int choose_gpu_tile(weft_dot *d) {
  int found = choose_row(d, &weft_dot_gpu);
  if (!found)
    weft_fail(d->error, WEFT_NO_FEATURE,
              "dot: no tile fits into work-groups of %u work-items and %u bytes of shared memory", d->target->max_group,
              d->target->local_memory);
  return found;
}

/* Sizes of the templates for work-items: tiles, and the work-groups that do them. work: operations of a tile where a
 * work-group may take several, so that it is worth starting; else 0. */
static void define_tiles(weft_dot *d, int threads, double work) {
  const weft_tile *t = &d->tile;
  int64_t m_tiles = weft_ceil_div(d->m.total, t->tm), n_count = weft_ceil_div(d->n.total, t->tn);
  int64_t tiles = d->batch.total * m_tiles * n_count, units = d->target->compute_units, each = 1;
  while (work > 0 && 2 * (double)each * work <= weft_least_work && tiles >= 2 * each * units * WEFT_GROUPS_A_UNIT)
    each *= 2;
  d->threads = (uint32_t)threads;
  d->groups = weft_limited_groups(d, weft_ceil_div(tiles, each));
  weft_dot_define(d, "TM", t->tm);
  weft_dot_define(d, "TN", t->tn);
  weft_dot_define(d, "RM", t->mr);
  weft_dot_define(d, "RN", t->nr);
  weft_dot_define(d, "M", d->m.total);
  weft_dot_define(d, "N", d->n.total);
  weft_dot_define(d, "M_TILES", m_tiles);
  weft_dot_define(d, "N_TILES", n_count);
  weft_dot_define(d, "TILES", tiles);
  weft_dot_define(d, "GROUPS", d->groups);
}

/* The address of b's column n, in panels or not. */
static void define_columns(weft_dot *d, const char *head) {
  if (d->panel)
    weft_text_printf(&d->text, "#define %s(n) (w_quot(n, %lld) * %lld + w_rem(n, %lld))\n", head, (long long)d->panel,
                     (long long)d->panel_stride, (long long)d->panel);
  else
    weft_dot_define_address(d, head, "n", d->n.n, &d->n, 1, 0);
}

static int write_items(weft_dot *d) {
  int is_glsl = d->target->dialect == WEFT_GLSL;
  d->file = is_glsl ? "shaders/gemm.comp" : "kernels/gemm_gpu.cl";
  if (!choose_gpu_tile(d)) return 0;
  const weft_tile *t = &d->tile;
  define_tiles(d, t->tm / t->mr * (t->tn / t->nr), 0);
  weft_dot_define(d, "TK", t->tk);
  weft_dot_define(d, "K", d->k.total);
  weft_dot_define(d, "A_ALONG_M", weft_inner_a(&d->m) == 1 && weft_inner_a(&d->k) != 1);
  weft_dot_define(d, "B_ALONG_K", !d->panel && weft_inner_b(&d->k) == 1 && weft_inner_b(&d->n) != 1);
  weft_dot_define(d, "HAS_BINDINGS", 1);
  weft_dot_define_address(d, "A_BATCH", "batch", d->batch.n, &d->batch, 0, d->a_offset);
  weft_dot_define_address(d, "B_BATCH", "batch", d->batch.n, &d->batch, 1, d->b_offset);
  weft_dot_define_address(d, "A_M", "m", d->m.n, &d->m, 0, 0);
  weft_dot_define_address(d, "A_K", "k", d->k.n, &d->k, 0, 0);
  weft_dot_define_address(d, "B_K", "k", d->k.n, &d->k, 1, 0);
  define_columns(d, "B_N");
  weft_text_printf(&d->text, "#define LOAD_A(batch, m, k) ELEMENT(b%d, A_BATCH(batch) + A_M(m) + A_K(k))\n", d->a);
  weft_text_printf(&d->text, "#define LOAD_B(batch, k, n) ELEMENT(b%d, B_BATCH(batch) + B_K(k) + B_N(n))\n", d->b);
  return weft_dot_write_epilogue(d, "store_one", "STORE_C", 1, NULL);
}

/* ---- shaders on CPUs ---- */

/* How a shader on a CPU reads an operand (gemm_direct.comp): four neighbours are a texel, which begins at a multiple of
 * four. */
typedef enum read_form { ONE, ALONG_K, ALONG_SELF } read_form;

static int are_fours(const int64_t *stride, int n) {
  for (int i = 0; i < n; i++)
    if (stride[i] % 4) return 0;
  return 1;
}

static read_form form_of(const weft_dot *d, int of_b) {
  const weft_role *self = of_b ? &d->n : &d->m;
  const int64_t *batch = of_b ? d->batch.b : d->batch.a, *k = of_b ? d->k.b : d->k.a, *own = of_b ? self->b : self->a;
  int panel = of_b && d->panel > 0, last_k = d->k.n - 1, last = self->n - 1;
  if (!(d->texels >> (of_b ? d->b : d->a) & 1) || (of_b ? d->b_offset : d->a_offset) % 4 ||
      !are_fours(batch, d->batch.n))
    return ONE;
  if (panel) return d->panel % 4 == 0 && d->panel_stride % 4 == 0 && are_fours(k, d->k.n) ? ALONG_SELF : ONE;
  if (last_k >= 0 && k[last_k] == 1 && are_fours(k, last_k) && are_fours(own, self->n)) return ALONG_K;
  if (last >= 0 && own[last] == 1 && self->size[last] % 4 == 0 && are_fours(own, last) && are_fours(k, d->k.n))
    return ALONG_SELF;
  return ONE;
}

/* A dim of k along which an operand's elements are neighbours becomes the last one, which is walked in fours. */
static void put_neighbours_last(weft_role *k) {
  int last = k->n - 1;
  if (last < 1 || k->a[last] == 1 || k->b[last] == 1) return;
  for (int i = 0; i < last; i++) {
    if (k->a[i] != 1 && k->b[i] != 1) continue;
    int64_t size = k->size[i], a = k->a[i], b = k->b[i];
    for (; i < last; i++) {
      k->size[i] = k->size[i + 1];
      k->a[i] = k->a[i + 1];
      k->b[i] = k->b[i + 1];
    }
    k->size[last] = size;
    k->a[last] = a;
    k->b[last] = b;
  }
}

/* A row as it is used: as many rows as fill the tiles about equally, or fours of them. */
static weft_tile direct_tile(const weft_dot *d, const weft_tile *row, read_form a) {
  weft_tile t = *row;
  if (t.tm > t.mr) return t; /* work-items along m */
  t.mr = t.tm = a == ALONG_SELF ? (int)weft_least(t.mr, d->m.total / 4 * 4) : weft_rows_of_tile(d, t.mr);
  return t;
}

static const weft_tile *direct_rows(const weft_dot *d, size_t *out_count) {
  (void)d;
  return weft_tiles_for(WEFT_CLASS_CPU, 1, out_count);
}

/* A read of one number or four costs as much as a hundred sums. */
static double direct_cost(const weft_dot *d, const weft_tile *row) {
  read_form a = form_of(d, 0), b = form_of(d, 1);
  if (b == ALONG_SELF && row->nr % 4) return HUGE_VAL;
  weft_tile t = direct_tile(d, row, a);
  int64_t tiles = d->batch.total * weft_ceil_div(d->m.total, t.tm) * weft_ceil_div(d->n.total, t.tn);
  int64_t units = d->target->compute_units ? d->target->compute_units : 1;
  double reads = t.mr / (a == ONE ? 1.0 : 4.0) + t.nr / (b == ONE ? 1.0 : 4.0);
  return (double)weft_ceil_div(tiles, units) * (100 * reads + t.mr * t.nr);
}

static void define_reads(weft_dot *d, char operand, int binding) {
  int texels = d->texels >> binding & 1;
  weft_text_printf(&d->text, texels ? "#define %c_ONE(i) w_load_f32(b%d, i)\n" : "#define %c_ONE(i) b%d.d[i]\n",
                   operand, binding);
  if (texels) weft_text_printf(&d->text, "#define %c_FOUR(i) w_load4_f32(b%d, i)\n", operand, binding);
}

static int write_direct(weft_dot *d) {
  d->file = "shaders/gemm_direct.comp";
  put_neighbours_last(&d->k);
  read_form a = form_of(d, 0), b = form_of(d, 1);
  if (!choose_row(d, &weft_dot_direct)) { /* the variant's row is for another form */
    d->variant.tile = 0;
    choose_row(d, &weft_dot_direct);
  }
  d->tile = direct_tile(d, &d->tile, a);
  define_tiles(d, d->tile.tm / d->tile.mr * (d->tile.tn / d->tile.nr),
               2.0 * d->tile.tm * d->tile.tn * (double)d->k.total);
  weft_dot_define(d, "K_SEGMENTS", d->k.total / weft_inner_size(&d->k));
  weft_dot_define(d, "K_RUN", weft_inner_size(&d->k));
  weft_dot_define(d, "ITEMS_ALONG_M", d->tile.tm > d->tile.mr);
  weft_dot_define(d, "A_FORM", a);
  weft_dot_define(d, "B_FORM", b);
  weft_dot_define(d, "A_K", weft_inner_a(&d->k));
  weft_dot_define(d, "B_K", weft_inner_b(&d->k));
  weft_dot_define_address(d, "A_BATCH", "batch", d->batch.n, &d->batch, 0, d->a_offset);
  weft_dot_define_address(d, "B_BATCH", "batch", d->batch.n, &d->batch, 1, d->b_offset);
  weft_dot_define_address(d, "A_ROW", "m", d->m.n, &d->m, 0, 0);
  weft_dot_define_address(d, "A_SEGMENT", "s", d->k.n - (d->k.n > 0), &d->k, 0, 0);
  weft_dot_define_address(d, "B_SEGMENT", "s", d->k.n - (d->k.n > 0), &d->k, 1, 0);
  define_columns(d, "B_COLUMN");
  define_reads(d, 'A', d->a);
  define_reads(d, 'B', d->b);
  if (d->tile.nr % 4 == 0 && d->n.total % 4 == 0) {
    weft_dot_define(d, "HAS_FOURS", 1);
    return weft_dot_write_epilogue(d, "store_four", "STORE_C", 4, NULL);
  }
  return weft_dot_write_epilogue(d, "store_one", "STORE_C", 1, NULL);
}

const weft_dot_template weft_dot_gpu = {.rows = gpu_rows, .cost = cost_of_gpu_row, .write = write_items, .rounds = 1};
const weft_dot_template weft_dot_direct = {
    .rows = direct_rows, .cost = direct_cost, .write = write_direct, .rounds = 1};
