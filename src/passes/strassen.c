/* strassen.c -- products by weights that no run changes, with fewer multiplications: seven products of half the size in
 * each direction for eight, or 49 of a quarter for 64 (base/strassen.h tells the algorithm).
 *
 * The weights' sums are made once for all runs, in panels as the products read them; they take 7 / 4 and 49 / 16 of the
 * weights' memory. What each run pays are sums of the other operand's blocks, and of products for the result: memory
 * traffic, which large sums are worth. Columns that do not divide are a plain product, which the result's kernel puts
 * beside. Weights that change would have to be summed in every run: one level gains 3 % then with 2048 cubed.
 *
 * Errors are 1.4 to 1.8 times those of the plain sum on one level and 1.9 to 2.5 times on two, relative to the largest
 * terms of a block: a row that is much smaller than those it is summed with keeps fewer digits, and what is infinite or
 * no number in one row makes all rows that are summed with it no numbers. */
#include "base/strassen.h"
#include "base/debug.h"
#include "base/tiles.h"
#include "passes/contract.h"
#include "passes/rules.h"
#include <math.h>

#define LIMIT(name, value) static const double name = value;
#include "base/strassen.def"
#undef LIMIT

typedef struct product {
  const weft_product *p;
  const weft_pass_target *target;
  weft_tensor *a; /* as a matrix, in memory */
  int64_t m, n, k;
  int lanes;
  const weft_tile *tiles[1 + WEFT_STRASSEN_MOST_LEVELS]; /* the fastest of each level; NULL: none is possible */
} product;

/* Columns that are cut into blocks of whole panels. */
static int64_t columns_of(const product *s, int levels, const weft_tile *tile) {
  int64_t unit = tile->panel * weft_strassen_edge(levels);
  return s->n / unit * unit;
}

/* How many times as large an operand's sums are as the operand. */
static double growth(int levels) {
  int edge = weft_strassen_edge(levels);
  return (double)weft_strassen_products(levels) / (edge * edge);
}

/* Whether a tensor may have so many numbers. */
static int fits(const product *s, double numbers) { return numbers <= INT32_MAX && weft_can_bind(s->target, numbers); }

static int is_possible(const product *s, int levels, const weft_tile *tile) {
  int edge = weft_strassen_edge(levels);
  double m = growth(levels) * (double)s->m, k = (double)s->k, n = (double)s->n;
  return s->m % edge == 0 && s->k % edge == 0 && (double)(s->m / edge) >= least_rows && s->k / edge >= tile->panel &&
         columns_of(s, levels, tile) > 0 && growth(levels) * k * n <= most_numbers && fits(s, m * k) && fits(s, m * n);
}

/* What devices have of units and lanes that these costs were measured on, as multiples of it. */
static double units_of(const product *s) {
  return s->target->compute_units ? s->target->compute_units / measured_units : 1;
}
static double lanes_of(const product *s) { return s->lanes / measured_lanes; }

static double moved(const product *s, double numbers) {
  double far = fmin(fmax((numbers - near_numbers) / (far_numbers - near_numbers), 0), 1);
  double near_cost = moved_near * lanes_of(s), far_cost = moved_far * lanes_of(s) * units_of(s);
  return numbers * (near_cost + far * (far_cost - near_cost));
}

static double cost(const product *s, int levels, const weft_tile *tile) {
  double m = (double)s->m, n = (double)columns_of(s, levels, tile), k = (double)s->k, rest = (double)s->n - n;
  double products = weft_strassen_products(levels), edge = weft_strassen_edge(levels);
  double rows = m / edge, tiles = ceil(rows / tile->mr), of_tile = ceil(rows / tiles); /* all about equally high */
  double sum = products / edge * tiles * of_tile * n * (k / edge + steps_of_tile);
  double whole = sum + m * rest * (k + steps_of_tile);
  if (levels == 0) return whole;
  return whole + moved(s, m * k * (1 + growth(levels))) + moved(s, m * n * 2 * growth(levels)) +
         launches * units_of(s) * lanes_of(s);
}

/* Tiles of so many vectors' sums, in panels of some vectors. */
static int is_full(const weft_tile *t, int lanes) {
  enum { LEAST_VECTORS = 12 };
  return t->nr >= 2 * lanes && t->mr * t->nr >= LEAST_VECTORS * lanes;
}

static const weft_tile *tile_for(const product *s, int levels) {
  size_t count;
  const weft_tile *rows = weft_tiles_for(WEFT_CLASS_CPU, s->lanes, &count), *best = NULL;
  for (const weft_tile *t = rows; t < rows + count; t++)
    if (is_full(t, s->lanes) && is_possible(s, levels, t) && (!best || cost(s, levels, t) < cost(s, levels, best)))
      best = t;
  return best;
}

static int levels_of(product *s) {
  weft_form form = {.kind = WEFT_FORM_LEVELS, .n = 1, .product = {.product = *s->p, .b_stays = 1}};
  int estimate = 0, most = 0;
  while (most <= WEFT_STRASSEN_MOST_LEVELS && (s->tiles[most] = tile_for(s, most))) most++;
  for (int levels = 1; levels < most; levels++)
    if (cost(s, levels, s->tiles[levels]) < gain * cost(s, estimate, s->tiles[estimate])) estimate = levels;
  form.candidates[0] = estimate;
  for (int levels = 0; levels < most; levels++)
    if (levels != estimate) form.candidates[form.n++] = levels;
  return form.n > 1 ? weft_form_of(s->target, &form) : 0;
}

/* Columns from .. to - 1 of a matrix. */
static weft_tensor *columns(weft_tensor *x, int64_t from, int64_t to) {
  static const int64_t step[2] = {1, 1};
  const int64_t start[2] = {0, from}, size[2] = {x->shape.dims[0], to - from};
  return to - from == x->shape.dims[1] ? x : weft_make_slice(x, start, step, size);
}

/* x, or a copy of it, with dense rows in memory. */
static weft_tensor *dense(weft_tensor *x) { return weft_last_dense(weft_in_memory(x)); }

/* The blocks of x (R, C) summed: in panels (products, C / edge / panel, R / edge, panel) of the right operand, else
 * (products, R / edge, C / edge). */
static weft_tensor *sums(weft_tensor *x, int levels, int64_t panel) {
  if (!x) return NULL;
  int64_t edge = weft_strassen_edge(levels), products = weft_strassen_products(levels);
  int64_t rows = x->shape.dims[0] / edge, columns = x->shape.dims[1] / edge;
  weft_shape shape =
      panel ? weft_shape_of(products, columns / panel, rows, panel) : weft_shape_of(products, rows, columns);
  return weft_make_strassen_sums(x, levels, panel != 0, shape);
}

static weft_tensor *multiply(const product *s, weft_tensor *b, int levels) {
  const weft_tile *tile = s->tiles[levels];
  int64_t edge = weft_strassen_edge(levels), n = columns_of(s, levels, tile);
  weft_tensor *rest = NULL;
  if (n < s->n) {
    /* First, so that it leaves a in the caches for the sums; its columns as dense as a panel. */
    weft_tensor *last = weft_make_copy(columns(b, n, s->n));
    rest = last ? weft_in_memory(weft_contract(&(weft_product){s->a, last, 0, 1, 1, 1}, s->target)) : NULL;
    if (!rest) return NULL;
  }
  weft_tensor *left = sums(s->a, levels, 0), *right = sums(columns(b, 0, n), levels, tile->panel);
  if (!left || !right) return NULL;
  weft_shape products = weft_shape_of(weft_strassen_products(levels), s->m / edge, n / edge);
  weft_tensor *m = weft_make_dot(left, right, 1, 1, 1, 1, tile->panel, products);
  return m ? weft_make_strassen_results(m, rest, levels, weft_shape_of(s->m, s->n)) : NULL;
}

weft_tensor *weft_strassen(const weft_product *p, const weft_pass_target *target) {
  if (target->device_class != WEFT_CLASS_CPU || target->glsl || !target->is_steady || weft_debug_skips("strassen"))
    return NULL;
  if (weft_size_of(p->a, 0, p->nb) != 1 || !weft_is_weights(p->b)) return NULL;
  product s = {.p = p,
               .target = target,
               .m = weft_size_of(p->a, p->nb, p->nm),
               .n = weft_size_of(p->b, p->nb + p->nk, p->nn),
               .k = weft_size_of(p->a, p->nb + p->nm, p->nk),
               .lanes = weft_lanes_of(target->vector_width)};
  s.a = weft_view_reshape(p->a, weft_shape_of(s.m, s.k));
  int levels = s.a && dense(s.a) == s.a ? levels_of(&s) : 0;
  if (levels == 0) return NULL;
  weft_tensor *b = dense(weft_view_reshape(p->b, weft_shape_of(s.k, s.n)));
  return b ? multiply(&s, b, levels) : NULL;
}
