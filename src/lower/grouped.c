/* grouped.c -- a group around one convolution with few channels a group, or gradient by its weights, becomes a template
 * (kernels/grouped_cpu.cl, grouped_dw_cpu.cl) with its sizes, its addresses and its epilogue written in front of it. */
#include "lower/grouped.h"
#include "base/hash.h"
#include "lower/dot_template.h"

/* Results of a row at a time, at most; where each multiplication reads a number from memory, a vector of weights should
 * serve many. The tuner tries the others. */
enum { MOST_RESULTS = 8, MOST_OF_MEMORY = 14 };
static const int64_t results_tried[] = {MOST_RESULTS, MOST_OF_MEMORY, 4, 6};
/* Rows of results of a work-group, at most, and work-groups for each compute unit, at least. */
enum { MOST_LINES = 8, GROUPS_A_UNIT = 8 };

typedef struct grouped {
  weft_dot d;
  const int64_t *x, *other, *y, *attr; /* sizes of the image, of the other operand and of the result; attributes */
  int64_t r, s, of_group;
  int64_t x_offset, x_at[4], other_offset, other_at[4]; /* strides of the operands */
} grouped;

static int is_gradient(const grouped *p) { return p->d.core->op == WEFT_OP_GROUPED_DW; }

static int refuse(grouped *p, const char *why) { return weft_dot_refuse(&p->d, weft_ops[p->d.core->op].name, why); }

/* Sizes and strides; 0 where the kernels cannot serve the group. */
static int begin(grouped *p) {
  const weft_target *target = p->d.target;
  weft_tensor *core = p->d.core = p->d.group->cores[0];
  int64_t strides[WEFT_MAX_RANK];
  p->d.lanes = weft_lanes_of(target->vector_width);
  if (target->device_class != WEFT_CLASS_CPU || target->dialect != WEFT_OPENCL_C) return refuse(p, "no such kernel");
  if (!weft_dot_operand(&p->d, 0, &p->x_offset, strides, &p->d.a)) return 0;
  for (int d = 0; d < 4; d++) p->x_at[d] = strides[d];
  if (!weft_dot_operand(&p->d, 1, &p->other_offset, strides, &p->d.b)) return 0;
  for (int d = 0; d < 4; d++) p->other_at[d] = strides[d];
  p->x = core->in[0]->shape.dims;
  p->attr = core->attr;
  const int64_t *w = is_gradient(p) ? core->shape.dims + 1 : core->in[1]->shape.dims;
  p->y = is_gradient(p) ? core->in[1]->shape.dims : core->shape.dims;
  p->r = w[0];
  p->s = w[1];
  p->of_group = w[2];
  p->d.batch.total = is_gradient(p) ? core->shape.dims[0] : 1;
  p->d.m.total = is_gradient(p) ? p->r * p->s * p->of_group : p->y[0] * p->y[1] * p->y[2];
  p->d.n.total = p->y[3];
  if (p->x[3] != p->y[3] || p->d.lanes % p->of_group) return refuse(p, "vectors hold no whole groups");
  if (p->x[3] < p->d.lanes || p->x_at[3] != 1 || p->other_at[3] != 1) return refuse(p, "channels are no vectors");
  return 1;
}

/* ---- text ---- */

static void define(grouped *p, const char *name, int64_t value) { weft_dot_define(&p->d, name, value); }

static void define_address(grouped *p, const char *head, int64_t offset, const int64_t *strides) {
  weft_text_printf(&p->d.text, "#define %s(i, j, k) (%lld + (i) * %lld + (j) * %lld + (k) * %lld)\n", head,
                   (long long)offset, (long long)strides[0], (long long)strides[1], (long long)strides[2]);
}

/* #define SPREAD(x, i): for every lane the number i of its group, as a choice among constants that unrolling makes. */
static void define_spread(grouped *p) {
  int of_group = (int)p->of_group;
  weft_text_add(&p->d.text, "#define SPREAD(x, i) (");
  for (int i = 0; i < of_group; i++) {
    if (i + 1 < of_group) weft_text_printf(&p->d.text, "(i) == %d ? ", i);
    weft_text_add(&p->d.text, of_group > 1 ? "(x).s" : "x");
    for (int lane = 0; of_group > 1 && lane < p->d.lanes; lane++)
      weft_text_printf(&p->d.text, "%x", (unsigned)(lane / of_group * of_group + i));
    weft_text_add(&p->d.text, i + 1 < of_group ? " : " : ")\n");
  }
}

/* As many as the variant says, or else the estimate. */
static int64_t results_of(const grouped *p, int64_t estimate) {
  size_t row = (size_t)p->d.variant.tile - 1;
  return row < sizeof results_tried / sizeof *results_tried ? results_tried[row] : estimate;
}

static int write_common(grouped *p, int64_t results, int64_t blocks) {
  weft_dot *d = &p->d;
  static const char *const options[] = {"STEP_H", "STEP_W", "DILATION_H", "DILATION_W", NULL,
                                        "PAD_H",  "PAD_W",  "EXPAND_H",   "EXPAND_W"};
  int64_t of_row = weft_ceil_div(p->y[2], weft_ceil_div(p->y[2], results)), unit = 1; /* all about equally wide */
  static const char *const sizes[] = {"N", "H", "W", "C"};
  d->groups = weft_limited_groups(d, blocks);
  d->threads = 1;
  if (!is_gradient(p))
    while (unit * p->attr[1] % p->attr[8]) unit++;
  define(p, "T", weft_ceil_div(of_row, unit) * unit);
  define(p, "LANES", d->lanes);
  for (int i = 0; i < 4; i++) define(p, sizes[i], p->x[i]);
  for (int i = 0; i < d->core->n_attr; i++)
    if (options[i]) define(p, options[i], p->attr[i]);
  if (is_gradient(p)) define(p, "EXPAND_W", 1);
  define(p, "OH", p->y[1]);
  define(p, "OW", p->y[2]);
  define(p, "R", p->r);
  define(p, "S", p->s);
  define(p, "G", p->of_group);
  define(p, "GROUPS", d->groups);
  define_spread(p);
  define_address(p, "X_AT", p->x_offset, p->x_at);
  define_address(p, is_gradient(p) ? "DY_AT" : "W_AT", p->other_offset, p->other_at);
  weft_text_printf(&d->text, "#define X b%d\n#define %s b%d\n", d->a, is_gradient(p) ? "DY" : "WEIGHTS", d->b);
  return weft_dot_write_epilogue(d, "store_one", "STORE_C", 1, NULL) &&
         weft_dot_write_epilogue(d, "store_vector", "STORE_CV", d->lanes, NULL);
}

static int write_convolution(grouped *p) {
  int64_t each = p->d.variant.groups > 0 ? p->d.variant.groups : GROUPS_A_UNIT;
  int64_t rows = p->y[0] * p->y[1], lines = rows / ((int64_t)p->d.target->compute_units * each);
  if (lines > MOST_LINES) lines = MOST_LINES;
  if (lines < 1) lines = 1;
  int64_t blocks = weft_ceil_div(rows, lines);
  p->d.file = "kernels/grouped_cpu.cl";
  define(p, "LINES", lines);
  define(p, "BLOCKS", blocks);
  return write_common(p, results_of(p, p->of_group == p->d.lanes ? MOST_OF_MEMORY : MOST_RESULTS), blocks);
}

/* All sums, a few results and a pixel in registers; where that is too much, rows of weights one by one, then a part of
 * a group's numbers, which is possible where these come from memory. */
static int write_gradient(grouped *p) {
  enum { FEWEST_RESULTS = 4 };
  int from_memory = p->of_group == p->d.lanes;
  int64_t registers = p->d.lanes >= 16 ? 32 : 16, rows = p->r, numbers = p->of_group;
  if (rows * p->s * numbers + FEWEST_RESULTS + 2 > registers) rows = 1;
  while (from_memory && numbers > 1 && p->s * numbers + FEWEST_RESULTS + 2 > registers) numbers /= 2;
  int64_t results = from_memory ? MOST_RESULTS : registers - rows * p->s * numbers - 2;
  if (results < FEWEST_RESULTS) results = FEWEST_RESULTS;
  p->d.file = "kernels/grouped_dw_cpu.cl";
  define(p, "AT_ONCE", rows);
  define(p, "AT_ONCE_I", numbers);
  define(p, "PARTS", p->d.batch.total);
  return write_common(p, weft_least(results, results_of(p, MOST_RESULTS)), p->d.batch.total);
}

/* ---- the whole ---- */

static double flops_of(const grouped *p) {
  return 2.0 * (double)(p->y[0] * p->y[1] * p->y[2]) * (double)(p->y[3] * p->r * p->s * p->of_group);
}

static uint64_t hash_of(const grouped *p) {
  const weft_tensor *core = p->d.core;
  uint64_t hash = weft_hash(WEFT_HASH_SEED, &core->op, sizeof core->op);
  hash = weft_hash(weft_hash(hash, p->attr, sizeof *p->attr * (size_t)core->n_attr), core->shape.dims,
                   sizeof core->shape.dims);
  hash = weft_hash(weft_hash(hash, p->x, sizeof *p->x * 4), p->y, sizeof *p->y * 4);
  return weft_hash(weft_hash(hash, p->x_at, sizeof p->x_at), p->other_at, sizeof p->other_at);
}

weft_status weft_lower_grouped(const weft_group *group, const weft_target *target, const weft_variant *variant,
                               weft_arena *arena, weft_lowered *out, weft_error *error) {
  weft_error own = {0};
  grouped p = {.d = {.group = group, .target = target, .arena = arena, .error = &own}};
  if (variant) p.d.variant = *variant;
  *out = (weft_lowered){.what = "grouped"};
  if (begin(&p) && (is_gradient(&p) ? write_gradient(&p) : write_convolution(&p)))
    weft_dot_finish(&p.d, flops_of(&p), hash_of(&p), out);
  return weft_dot_end(&p.d, error);
}

/* Round 0: results of a row at a time; 1: how many work-groups. */
int weft_grouped_variants(const weft_group *group, const weft_variant *best, int round, weft_variant *out) {
  static const int32_t groups[] = {2, 4, 16};
  int n = 0;
  if (round > 1) return -1;
  if (round == 0)
    for (; n < (int)(sizeof results_tried / sizeof *results_tried); n++) out[n] = (weft_variant){.tile = n + 1};
  else if (group->cores[0]->op == WEFT_OP_GROUPED)
    for (; n < 3; n++) {
      out[n] = *best;
      out[n].groups = groups[n];
    }
  return n;
}
