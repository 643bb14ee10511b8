/* dot_items.c -- the contraction by work-items on CPUs that run shaders (shaders/gemm_direct.comp), without shared
 * memory; and what it has in common with that on GPUs (dot_gpu.c). */
#include "lower/dot_template.h"
#include <math.h>

/* ---- what both have in common ---- */

int weft_dot_choose_row(weft_dot *d, const weft_dot_template *template) {
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

void weft_dot_define_tiles(weft_dot *d, int threads, double work) {
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

void weft_dot_define_columns(weft_dot *d, const char *head) {
  if (d->panel)
    weft_text_printf(&d->text, "#define %s(n) (w_quot(n, %lld) * %lld + w_rem(n, %lld))\n", head, (long long)d->panel,
                     (long long)d->panel_stride, (long long)d->panel);
  else
    weft_dot_define_address(d, head, "n", d->n.n, &d->n, 1, 0);
}

static int are_fours(const int64_t *stride, int n) {
  for (int i = 0; i < n; i++)
    if (stride[i] % 4) return 0;
  return 1;
}

weft_read_form weft_dot_form(const weft_dot *d, int of_b) {
  const weft_role *self = of_b ? &d->n : &d->m;
  const int64_t *batch = of_b ? d->batch.b : d->batch.a, *k = of_b ? d->k.b : d->k.a, *own = of_b ? self->b : self->a;
  int panel = of_b && d->panel > 0, last_k = d->k.n - 1, last = self->n - 1;
  if ((of_b ? d->b_offset : d->a_offset) % 4 || !are_fours(batch, d->batch.n)) return WEFT_ONE;
  if (panel) return d->panel % 4 == 0 && d->panel_stride % 4 == 0 && are_fours(k, d->k.n) ? WEFT_ALONG_SELF : WEFT_ONE;
  if (last_k >= 0 && k[last_k] == 1 && are_fours(k, last_k) && are_fours(own, self->n)) return WEFT_ALONG_K;
  if (last >= 0 && own[last] == 1 && self->size[last] % 4 == 0 && are_fours(own, last) && are_fours(k, d->k.n))
    return WEFT_ALONG_SELF;
  return WEFT_ONE;
}

/* ---- shaders on CPUs ---- */

/* How a shader on a CPU reads an operand (gemm_direct.comp): four neighbours are a texel. */
static weft_read_form form_of(const weft_dot *d, int of_b) {
  return d->texels >> (of_b ? d->b : d->a) & 1 ? weft_dot_form(d, of_b) : WEFT_ONE;
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
static weft_tile direct_tile(const weft_dot *d, const weft_tile *row, weft_read_form a) {
  weft_tile t = *row;
  if (t.tm > t.mr) return t; /* work-items along m */
  t.mr = t.tm = a == WEFT_ALONG_SELF ? (int)weft_least(t.mr, d->m.total / 4 * 4) : weft_rows_of_tile(d, t.mr);
  return t;
}

static const weft_tile *direct_rows(const weft_dot *d, size_t *out_count) {
  (void)d;
  return weft_tiles_for(WEFT_CLASS_CPU, 1, out_count);
}

/* A read of one number or four costs as much as a hundred sums. */
static double direct_cost(const weft_dot *d, const weft_tile *row) {
  weft_read_form a = form_of(d, 0), b = form_of(d, 1);
  if (b == WEFT_ALONG_SELF && row->nr % 4) return HUGE_VAL;
  weft_tile t = direct_tile(d, row, a);
  int64_t tiles = d->batch.total * weft_ceil_div(d->m.total, t.tm) * weft_ceil_div(d->n.total, t.tn);
  int64_t units = d->target->compute_units ? d->target->compute_units : 1;
  double reads = t.mr / (a == WEFT_ONE ? 1.0 : 4.0) + t.nr / (b == WEFT_ONE ? 1.0 : 4.0);
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
  weft_read_form a = form_of(d, 0), b = form_of(d, 1);
  if (!weft_dot_choose_row(d, &weft_dot_direct)) { /* the variant's row is for another form */
    d->variant.tile = 0;
    weft_dot_choose_row(d, &weft_dot_direct);
  }
  d->tile = direct_tile(d, &d->tile, a);
  weft_dot_define_tiles(d, d->tile.tm / d->tile.mr * (d->tile.tn / d->tile.nr),
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
  weft_dot_define_columns(d, "B_COLUMN");
  define_reads(d, 'A', d->a);
  define_reads(d, 'B', d->b);
  if (d->tile.nr % 4 == 0 && d->n.total % 4 == 0) {
    weft_dot_define(d, "HAS_FOURS", 1);
    return weft_dot_write_epilogue(d, "store_four", "STORE_C", 4, NULL);
  }
  return weft_dot_write_epilogue(d, "store_one", "STORE_C", 1, NULL);
}

const weft_dot_template weft_dot_direct = {
    .rows = direct_rows, .cost = direct_cost, .write = write_direct, .rounds = 1};
