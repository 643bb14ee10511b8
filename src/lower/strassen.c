/* strassen.c -- a group around the sums in front of Strassen's products, or around the result behind them, becomes a
 * template (kernels/strassen_sums_cpu.cl, strassen_results_cpu.cl) with its sizes, its addresses and its epilogue
 * written in front of it. The products between them are a dot like any other. */
#include "lower/strassen.h"
#include "base/hash.h"
#include "base/strassen.h"
#include "lower/dot_template.h"

/* Columns of a unit, at most: on two levels 28 sums of each wait in the first cache for the second. Sums are read in
 * long rows and written in short runs, results the other way round. */
enum { MOST_OF_SUMS = 128, MOST_OF_RESULTS = 192 };
/* Work-groups for each compute unit, so that all end at about the same time. */
enum { GROUPS_A_UNIT = 8 };
typedef struct strassen {
  weft_dot d;
  int levels, is_sums;
  int64_t rows, columns, offset, strides[WEFT_MAX_RANK]; /* of a block; of the operand */
  int64_t chunk, chunks;
} strassen;

static int refuse(strassen *p, const char *why) { return weft_dot_refuse(&p->d, weft_ops[p->d.core->op].name, why); }

static void define(strassen *p, const char *name, int64_t value) { weft_dot_define(&p->d, name, value); }

/* The address of an element in dense rows. */
static void define_rows(strassen *p, const char *name, int64_t offset, int64_t stride) {
  weft_text_printf(&p->d.text, "#define %s(row, column) (%lld + (row) * %lld + (column))\n", name, (long long)offset,
                   (long long)stride);
}

/* Sizes and strides; 0 where the kernels cannot serve the group. */
static int begin(strassen *p) {
  weft_dot *d = &p->d;
  weft_tensor *core = d->core = d->group->cores[0];
  const weft_target *target = d->target;
  const int64_t *x = core->in[0]->shape.dims;
  d->lanes = weft_lanes_of(target->vector_width);
  p->is_sums = core->op == WEFT_OP_STRASSEN_SUMS;
  p->levels = (int)core->attr[0];
  if (target->device_class != WEFT_CLASS_CPU || target->dialect != WEFT_OPENCL_C) return refuse(p, "no such kernel");
  if (!weft_dot_operand(d, 0, &p->offset, p->strides, &d->a)) return 0;
  int edge = weft_strassen_edge(p->levels), rank = core->in[0]->shape.rank;
  p->rows = p->is_sums ? x[0] / edge : x[1];
  p->columns = p->is_sums ? x[1] / edge : x[2];
  if (p->columns < d->lanes || p->strides[rank - 1] != 1) return refuse(p, "rows are no vectors");
  int64_t least = weft_least(p->columns, p->is_sums ? MOST_OF_SUMS : MOST_OF_RESULTS) / d->lanes * d->lanes;
  p->chunks = weft_ceil_div(p->columns, least);
  p->chunk = weft_ceil_div(weft_ceil_div(p->columns, p->chunks), d->lanes) * d->lanes;
  p->chunk = weft_least(p->chunk, least);
  return 1;
}

/* What both templates want to know. */
static void write_common(strassen *p) {
  weft_dot *d = &p->d;
  int64_t units = p->rows * p->chunks;
  int64_t groups = weft_least(units, (int64_t)d->target->compute_units * GROUPS_A_UNIT);
  int64_t of_group = weft_ceil_div(units, weft_limited_groups(d, groups));
  d->groups = (uint32_t)weft_ceil_div(units, of_group);
  d->threads = 1;
  define(p, "LEVELS", p->levels);
  define(p, "LANES", d->lanes);
  define(p, "ROWS", p->rows);
  define(p, "COLUMNS", p->columns);
  define(p, "CHUNK", p->chunk);
  define(p, "CHUNKS", p->chunks);
  define(p, "UNITS_OF_GROUP", of_group);
}

static int write_sums(strassen *p) {
  weft_dot *d = &p->d;
  int is_right = d->core->attr[1] != 0;
  int64_t panel = is_right ? d->core->shape.dims[3] : p->columns;
  if (panel % d->lanes && is_right) return refuse(p, "panels are no vectors");
  d->file = "kernels/strassen_sums_cpu.cl";
  d->by_place = 1;
  write_common(p);
  define(p, "RIGHT", is_right);
  define(p, "PANEL", panel);
  /* Whole vectors, at addresses of such: values begin at multiples of them. */
  define(p, "PAST_CACHES",
         d->group->outputs[0] == d->core && d->group->n_outputs == 1 && p->columns % d->lanes == 0 &&
             weft_shape_size(d->core->shape) > WEFT_MOST_NEAR);
  weft_text_printf(&d->text, "#define X b%d\n#define SUMS b%d\n", d->a, d->group->n_inputs);
  define_rows(p, "X_AT", p->offset, p->strides[0]);
  return 1;
}

static int write_results(strassen *p) {
  weft_dot *d = &p->d;
  const int64_t *y = d->core->shape.dims;
  d->file = "kernels/strassen_results_cpu.cl";
  d->batch.total = 1;
  d->m.total = y[0];
  d->n.total = y[1];
  write_common(p);
  define(p, "REST", y[1] - p->columns * weft_strassen_edge(p->levels));
  weft_text_printf(&d->text, "#define PRODUCTS b%d\n", d->a);
  weft_text_printf(&d->text, "#define M_AT(p, row, column) (%lld + (p) * %lld + (row) * %lld + (column))\n",
                   (long long)p->offset, (long long)p->strides[0], (long long)p->strides[1]);
  if (d->core->n_in < 2) return 1;
  int64_t offset, rest[WEFT_MAX_RANK];
  if (!weft_dot_operand(d, 1, &offset, rest, &d->b)) return 0;
  if (d->core->in[1]->shape.dims[1] > 1 && rest[1] != 1) return refuse(p, "the last columns do not lie dense");
  weft_text_printf(&d->text, "#define OTHERS b%d\n", d->b);
  define_rows(p, "REST_AT", offset, rest[0]);
  return 1;
}

static uint64_t hash_of(const strassen *p) {
  const weft_tensor *core = p->d.core;
  const int64_t about[] = {(int64_t)core->op, core->attr[0], core->n_attr > 1 ? core->attr[1] : 0, p->rows, p->columns};
  return weft_hash(weft_hash(WEFT_HASH_SEED, about, sizeof about), core->shape.dims, sizeof core->shape.dims);
}

/* Sums of two each; of the result's blocks, two levels of some more. */
static double flops_of(const strassen *p) {
  const weft_tensor *larger = p->is_sums ? p->d.core : p->d.core->in[0];
  return (double)weft_shape_size(larger->shape) * (double)p->levels;
}

weft_status weft_lower_strassen(const weft_group *group, const weft_target *target, weft_arena *arena,
                                weft_lowered *out, weft_error *error) {
  weft_error own = {0};
  strassen p = {.d = {.group = group, .target = target, .arena = arena, .error = &own}};
  *out = (weft_lowered){.what = "strassen"};
  if (begin(&p) && (p.is_sums ? write_sums(&p) : write_results(&p)) &&
      weft_dot_write_epilogue(&p.d, "store_one", "STORE_C", 1, NULL) &&
      weft_dot_write_epilogue(&p.d, "store_vector", "STORE_CV", p.d.lanes, NULL))
    weft_dot_finish(&p.d, flops_of(&p), hash_of(&p), out);
  return weft_dot_end(&p.d, error);
}
