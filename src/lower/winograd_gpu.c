/* winograd_gpu.c -- on GPUs, a group around one transform of Winograd's convolution (kernels/winograd_gpu.cl,
 * shaders/winograd.comp). The product that stands between two of them is a dot like any other. */
#include "base/hash.h"
#include "base/winograd.h"
#include "lower/dot_template.h"
#include "lower/winograd.h"
#include <stdlib.h>

/* Work-items of a work-group: fewer where there would be too few groups for the device. */
enum { MOST_ITEMS = 256, LEAST_ITEMS = 64, GROUPS_A_UNIT = 2 };
/* Columns of a block of weights that goes through shared memory. */
enum { COLUMNS_OF_BLOCK = 32 };

typedef struct transform {
  weft_dot d;
  const char *name; /* as the template knows it */
  const int64_t *image;
  weft_winograd_grid grid; /* of the image, where there is one; else the taps alone */
  int64_t rows, columns;
  int64_t offset, strides[WEFT_MAX_RANK];
} transform;

static void define(transform *p, const char *name, int64_t value) { weft_dot_define(&p->d, name, value); }

/* Work-items by rows and columns; the epilogue's batch, m and n. */
static int find_sizes(transform *p) {
  const weft_tensor *core = p->d.core;
  const int64_t *x = core->in[0]->shape.dims, *y = core->shape.dims;
  int64_t m, n = 0, batch = WEFT_WINOGRAD_PLACES;
  switch (core->op) {
  case WEFT_OP_WINOGRAD_PIXELS:
  case WEFT_OP_WINOGRAD_RESULTS_DX:
    p->name = core->op == WEFT_OP_WINOGRAD_PIXELS ? "PIXELS" : "RESULTS_DX";
    p->image = x;
    p->columns = y[4];
    m = p->rows = y[1] * y[2] * y[3];
    break;
  case WEFT_OP_WINOGRAD_RESULTS:
    p->name = "RESULTS";
    p->image = y;
    p->columns = y[3];
    p->rows = x[1] * x[2] * x[3];
    batch = 1;
    m = y[0] * y[1] * y[2];
    break;
  case WEFT_OP_WINOGRAD_WEIGHTS:
    p->name = "WEIGHTS";
    p->grid.taps = (int)x[0];
    p->columns = y[3];
    m = p->rows = y[2];
    if (y[0] == 1) break;
    weft_fail(p->d.error, WEFT_INTERNAL, "winograd_weights: on GPUs columns are not packed");
    return 0;
  case WEFT_OP_WINOGRAD_WEIGHTS_DX:
    p->name = "WEIGHTS_DX";
    p->grid.taps = (int)y[2];
    p->columns = y[0];
    p->rows = y[1];
    batch = 1;
    m = y[0];
    n = y[1] * y[2] * y[3];
    break;
  default: weft_fail(p->d.error, WEFT_INTERNAL, "winograd: no such kernel for GPUs"); return 0;
  }
  if (p->image) p->grid = weft_winograd_grid_of(p->image, core->attr);
  p->d.batch.total = batch;
  p->d.m.total = m;
  p->d.n.total = n ? n : p->columns;
  return 1;
}

/* Images are computed where they are read. */
static int is_of_image(const transform *p) {
  return p->d.core->op == WEFT_OP_WINOGRAD_PIXELS || p->d.core->op == WEFT_OP_WINOGRAD_RESULTS_DX;
}

static int find_operand(transform *p) {
  return is_of_image(p) || weft_dot_operand(&p->d, 0, &p->offset, p->strides, &p->d.a);
}

/* #define LOAD_X(i0, i1, ..) */
static int define_operand(transform *p) {
  weft_text *text = &p->d.text;
  int rank = p->d.core->in[0]->shape.rank;
  weft_text_add(text, "#define LOAD_X(");
  for (int i = 0; i < rank; i++) weft_text_printf(text, "%si%d", i ? ", " : "", i);
  weft_text_printf(text, ") ELEMENT(b%d, %lld", p->d.a, (long long)p->offset);
  for (int i = 0; i < rank; i++) weft_text_printf(text, " + (i%d) * %lld", i, (long long)p->strides[i]);
  weft_text_add(text, ")\n");
  return 1;
}

static void define_tiles(transform *p) {
  const weft_tensor *core = p->d.core;
  int is_pixels = core->op == WEFT_OP_WINOGRAD_PIXELS;
  define(p, "H", p->image[1]);
  define(p, "W", p->image[2]);
  define(p, "PAD_H", is_pixels ? core->attr[WEFT_WINOGRAD_PAD] : 0);
  define(p, "PAD_W", is_pixels ? core->attr[WEFT_WINOGRAD_PAD + 1] : 0);
  define(p, "DILATION_H", p->grid.dilation[0]);
  define(p, "DILATION_W", p->grid.dilation[1]);
  define(p, "TH", is_pixels ? core->shape.dims[2] : p->grid.th);
  define(p, "TW", is_pixels ? core->shape.dims[3] : p->grid.tw);
}

/* Whether weights go through shared memory, since neighbouring columns are no neighbours outside: a gradient, and what
 * lies in runs. */
static int is_staged(const transform *p) {
  if (p->d.core->op == WEFT_OP_WINOGRAD_WEIGHTS_DX) return 1;
  return p->d.core->op == WEFT_OP_WINOGRAD_WEIGHTS && llabs(p->strides[3]) != 1 && llabs(p->strides[1]) == 1;
}

/* Where the epilogue reads more than the core, that of a whole tile, or of what a work-item writes of a block of
 * weights, at once: a read does not wait for the store of another number. */
static int write_epilogue_of_many(transform *p) {
  weft_dot *d = &p->d;
  const weft_winograd_grid *g = &p->grid;
  if (d->group->n_inputs == 1) return 1;
  if (d->core->op == WEFT_OP_WINOGRAD_WEIGHTS_DX) {
    d->by_place = 1;
    d->n_rows = g->taps * g->taps;
  } else if (d->core->op == WEFT_OP_WINOGRAD_RESULTS && p->image[1] > (g->edge - 1) * g->dilation[0] &&
             p->image[2] > (g->edge - 1) * g->dilation[1]) {
    d->n_rows = g->edge * g->edge;
    for (int i = 0; i < d->n_rows; i++)
      d->row_at[i] = i / g->edge * g->dilation[0] * p->image[2] + i % g->edge * g->dilation[1];
  } else {
    return 1;
  }
  return weft_dot_write_epilogue(d, "store_many", "STORE_MANY", 1, NULL);
}

/* Bytes of shared memory for the weights of a block. */
static int64_t shared_bytes(const transform *p, int64_t threads) {
  int64_t columns = weft_least(threads, COLUMNS_OF_BLOCK), apart = (p->grid.taps * p->grid.taps) | 1;
  return threads / columns * (columns + 1) * apart * (int64_t)sizeof(float);
}

/* Work-items of a work-group, a power of two. */
static int64_t threads_for(const transform *p, int64_t items, int staged) {
  const weft_target *target = p->d.target;
  int64_t units = target->compute_units ? target->compute_units : 1, threads = MOST_ITEMS;
  while (threads > LEAST_ITEMS && items < threads * units * GROUPS_A_UNIT) threads /= 2;
  while (threads > 1 && target->max_group && threads > target->max_group) threads /= 2;
  while (staged && threads > 1 && target->local_memory && shared_bytes(p, threads) > (int64_t)target->local_memory)
    threads /= 2;
  return threads;
}

static int write(transform *p) {
  weft_dot *d = &p->d;
  int staged = is_staged(p);
  int64_t items = p->rows * p->columns, threads = threads_for(p, items, staged);
  int64_t columns_of_block = weft_least(threads, COLUMNS_OF_BLOCK), rows_of_block = threads / columns_of_block;
  int64_t blocks = staged ? weft_ceil_div(p->rows, rows_of_block) * weft_ceil_div(p->columns, columns_of_block)
                          : weft_ceil_div(items, threads);
  d->file = d->target->dialect == WEFT_GLSL ? "shaders/winograd.comp" : "kernels/winograd_gpu.cl";
  d->groups = weft_limited_groups(d, blocks);
  d->threads = (uint32_t)threads;
  weft_text_printf(&d->text, "#define TRANSFORM %s\n", p->name);
  define(p, "THREADS", threads);
  define(p, "GROUPS", d->groups);
  define(p, "TAPS", p->grid.taps);
  define(p, "ROWS", p->rows);
  define(p, "COLUMNS", p->columns);
  define(p, "STAGED", staged);
  define(p, "COLUMNS_OF_BLOCK", columns_of_block);
  if (staged)
    define(p, "ROWS_NEAR", d->core->op == WEFT_OP_WINOGRAD_WEIGHTS_DX || llabs(p->strides[2]) < llabs(p->strides[3]));
  if (p->image) define_tiles(p);
  if (d->core->op == WEFT_OP_WINOGRAD_WEIGHTS_DX) define(p, "PARTS", d->core->in[0]->shape.dims[1]);
  define(p, "HAS_BINDINGS", 1);
  if (!weft_dot_write_epilogue(d, "store", "STORE_C", 1, NULL)) return 0;
  return is_of_image(p) ? weft_dot_write_prologue(d, "load", "LOAD_X") : define_operand(p) && write_epilogue_of_many(p);
}

/* Some twelve lines of six, a dozen operations each. */
static double flops_of(const transform *p) { return 144.0 * (double)p->rows * (double)p->columns; }

static uint64_t hash_of(const transform *p) {
  uint64_t hash = weft_hash_text(WEFT_HASH_SEED, p->name);
  hash = weft_hash(hash, p->d.core->attr, sizeof *p->d.core->attr * (size_t)p->d.core->n_attr);
  return weft_hash(hash, p->strides, sizeof *p->strides * (size_t)p->d.core->in[0]->shape.rank);
}

weft_status weft_lower_winograd_transform(const weft_group *group, const weft_target *target, weft_arena *arena,
                                          weft_lowered *out, weft_error *error) {
  weft_error own = {0};
  transform p = {.d = {.group = group, .target = target, .arena = arena, .error = &own, .core = group->cores[0]}};
  *out = (weft_lowered){.what = "winograd"};
  if (find_sizes(&p) && find_operand(&p) && write(&p)) weft_dot_finish(&p.d, flops_of(&p), hash_of(&p), out);
  weft_text_release(&p.d.helpers);
  weft_text_release(&p.d.functions);
  weft_text_release(&p.d.text);
  return own.status == WEFT_OK ? WEFT_OK : weft_error_copy(error, &own);
}
