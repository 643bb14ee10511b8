/* dot.c -- a group around one contraction becomes a template (kernels/gemm_cpu.cl, gemm_gpu.cl, shaders/gemm.comp,
 * gemm_direct.comp) with its sizes, its addresses and its epilogue written in front of it.
 *
 *   1. roles      the operands' strides, dim by dim, in the four roles batch, m, k and n; neighbouring dims that every
 *                 operand walks in step are merged, so that a matrix product is left with one dim a role, and
 *                 a convolution with few.
 *   2. tile       the row of tiles.def that is estimated to be fastest; how many tiles make up a work-group.
 *   3. epilogue   the elementwise part of the group, as a function of the accumulator: once for vectors, once for the
 *                 single numbers at the edges.
 *   4. text       prelude, functions, #defines, template. */
#include "lower/dot.h"
#include "base/embed.h"
#include "base/tiles.h"
#include "lower/emit.h"
#include "lower/render.h"
#include <limits.h>
#include <math.h>
#include <string.h>

/* A work-group should be worth so many operations: some 5 microseconds, hundreds of times what starting it costs. */
static const double least_work = 4e5;
/* A run of at most so many steps is unrolled whole. */
enum { SHORT_RUN = 32 };
/* Work-groups for each compute unit, so that all end at about the same time. */
enum { GROUPS_A_UNIT = 4 };
/* Numbers of b that a work-item copies at most: half of a common second cache. */
enum { MOST_PACKED = 65536 };

/* ---- 1. roles ---- */

/* The dims of one role, merged: sizes, strides in elements. */
typedef struct role {
  int n;
  int64_t size[WEFT_MAX_RANK], a[WEFT_MAX_RANK], b[WEFT_MAX_RANK];
  int64_t total;
} role;

typedef struct dot {
  const weft_group *group;
  const weft_target *target;
  weft_variant variant;
  weft_arena *arena;
  weft_error *error;
  weft_tensor *core;
  role batch, m, k, n;
  int a, b; /* bindings */
  int64_t a_offset, b_offset;
  int64_t panel, panel_stride; /* columns of a panel of b, from one panel to the next; 0: not packed */
  const char *file;
  weft_tile tile;
  int lanes; /* CPU: of a vector */
  uint32_t groups, threads;
  weft_text functions, text;
} dot;

static void role_add(role *r, int64_t size, int64_t a, int64_t b) {
  r->total *= size;
  if (size == 1) return;
  int last = r->n - 1;
  if (last >= 0 && r->a[last] == a * size && r->b[last] == b * size) {
    r->size[last] *= size;
    r->a[last] = a;
    r->b[last] = b;
    return;
  }
  r->size[r->n] = size;
  r->a[r->n] = a;
  r->b[r->n++] = b;
}

/* Stride of the innermost dim of a role, 0 when it is one element. */
static int64_t inner_a(const role *r) { return r->n ? r->a[r->n - 1] : 0; }
static int64_t inner_b(const role *r) { return r->n ? r->b[r->n - 1] : 0; }
static int64_t inner_size(const role *r) { return r->n ? r->size[r->n - 1] : 1; }

/* An operand's strides, and the binding that it lies in. */
static int find_operand(dot *d, int i, int64_t *out_offset, int64_t *out_strides, int *out_binding) {
  weft_tensor *base, *view = d->core->in[i];
  weft_view_affine(view, &base, out_offset, out_strides);
  base = weft_stored_node(base);
  for (*out_binding = 0; *out_binding < d->group->n_inputs; (*out_binding)++)
    if (d->group->inputs[*out_binding] == base) return 1;
  char text[160];
  weft_fail(d->error, WEFT_INTERNAL, "dot: operand %d, %s, cannot be read through strides from an input of its group",
            i, weft_describe_tensor(view, text, sizeof text));
  return 0;
}

static int find_roles(dot *d) {
  const weft_tensor *core = d->core;
  const int64_t *attr = core->attr, *sizes = core->in[0]->shape.dims;
  int nb = (int)attr[0], nm = (int)attr[1], nk = (int)attr[2], nn = (int)attr[3];
  int64_t a[WEFT_MAX_RANK], b[WEFT_MAX_RANK];
  if (!find_operand(d, 0, &d->a_offset, a, &d->a) || !find_operand(d, 1, &d->b_offset, b, &d->b)) return 0;
  d->panel = attr[4];
  int b_k = d->panel ? nb + 1 : nb;
  d->batch.total = d->m.total = d->k.total = d->n.total = 1;
  for (int i = 0; i < nb; i++) role_add(&d->batch, sizes[i], a[i], b[i]);
  for (int i = 0; i < nm; i++) role_add(&d->m, sizes[nb + i], a[nb + i], 0);
  for (int i = 0; i < nk; i++) role_add(&d->k, sizes[nb + nm + i], a[nb + nm + i], b[b_k + i]);
  for (int i = 0; i < nn; i++) role_add(&d->n, core->shape.dims[nb + nm + i], 0, d->panel ? 0 : b[nb + nk + i]);
  if (d->panel) {
    d->panel_stride = b[nb];
    if (d->panel > 1 && b[nb + 1 + nk] != 1) {
      char text[160];
      weft_fail(d->error, WEFT_INTERNAL, "dot: the panels of %s do not lie dense",
                weft_describe_tensor(core->in[1], text, sizeof text));
      return 0;
    }
  }
  return 1;
}

/* ---- texts ---- */

static void define(dot *d, const char *name, int64_t value) {
  weft_text_printf(&d->text, "#define %s %lld\n", name, (long long)value);
}

/* The address of the first `n` dims of a role as an expression in `index`, 0 .. product of their sizes - 1. */
static void address(weft_text *out, const char *index, int n, const int64_t *size, const int64_t *stride) {
  int64_t below = 1, terms = 0;
  for (int i = n - 1; i >= 0; below *= size[i--]) {
    if (stride[i] == 0) continue;
    weft_text_printf(out, terms++ ? " + %lld * " : "%lld * ", (long long)stride[i]);
    if (i > 0) weft_text_add(out, "w_rem(");
    if (below > 1)
      weft_text_printf(out, "w_quot(%s, %lld)", index, (long long)below);
    else
      weft_text_printf(out, "(%s)", index);
    if (i > 0) weft_text_printf(out, ", %lld)", (long long)size[i]);
  }
  if (!terms) weft_text_add(out, "0");
}

static void define_address(dot *d, const char *head, const char *index, int n, const role *r, int of_b,
                           int64_t offset) {
  weft_text_printf(&d->text, "#define %s(%s) (", head, index);
  if (offset) weft_text_printf(&d->text, "%lld + ", (long long)offset);
  address(&d->text, index, n, r->size, of_b ? r->b : r->a);
  weft_text_add(&d->text, ")\n");
}

/* ---- 3. epilogue ---- */

/* Lines that the functions have already are left out: helpers that both epilogues need. */
static void add_new_lines(weft_text *out, const char *lines) {
  for (const char *end; lines && *lines; lines = end) {
    end = strchr(lines, '\n') ? strchr(lines, '\n') + 1 : lines + strlen(lines);
    weft_text line = {0};
    weft_text_add_bytes(&line, lines, (size_t)(end - lines));
    if (line.data && !(out->data && strstr(out->data, line.data))) weft_text_add(out, line.data);
    if (line.failed) out->failed = 1;
    weft_text_release(&line);
  }
}

/* The outputs' values at one place (or `lanes` neighbours), stored. Returns how many values the IR takes. */
static int build_epilogue(dot *d, weft_ir *ir, int lanes) {
  weft_emitter emitter;
  weft_ir_begin(ir, d->arena);
  if (weft_emit_begin(&emitter, d->group, ir) != WEFT_OK) return 0;
  weft_ir_value *batch = weft_ir_param(ir, "batch", WEFT_IR_I32, 1, 0, d->batch.total - 1, 1);
  weft_ir_value *m = weft_ir_param(ir, "m", WEFT_IR_I32, 1, 0, d->m.total - 1, 1);
  weft_ir_value *n = weft_ir_param(ir, "n", WEFT_IR_I32, 1, 0, d->n.total - lanes, 1);
  weft_emit_bind(&emitter, d->core, weft_ir_param(ir, "value", WEFT_IR_F32, lanes, 0, 0, 1));
  weft_ir_value *row = weft_ir_add(ir, weft_ir_mul(ir, batch, d->m.total), m);
  weft_ir_value *linear =
      weft_ir_add(ir, weft_ir_mul(ir, row, d->n.total), weft_ir_add(ir, n, weft_ir_lane(ir, lanes)));
  weft_ir_value **values = WEFT_NEW(d->arena, weft_ir_value *, d->group->n_outputs);
  if (!values) {
    weft_fail(&ir->error, WEFT_NO_MEMORY, "dot: no memory for an epilogue");
    return 0;
  }
  int before = ir->n_values;
  for (int i = 0; i < d->group->n_outputs; i++) values[i] = weft_emit_at(&emitter, d->group->outputs[i], linear);
  for (int i = 0; i < d->group->n_outputs; i++) /* behind all loads: an output may lie where an input did */
    weft_ir_store(ir, d->group->n_inputs + i, linear, values[i]);
  return ir->n_values - before;
}

/* Writes void <name>(.., int batch, int m, int n, float<lanes> value) and the hook that calls it. */
static int write_epilogue(dot *d, const char *name, const char *hook, int lanes, int *out_size) {
  weft_ir ir;
  weft_text helpers = {0}, bindings = {0}, names = {0}, *out = &d->functions;
  int size = build_epilogue(d, &ir, lanes), is_c = d->target->dialect == WEFT_OPENCL_C;
  if (out_size) *out_size = size;
  if (weft_ir_validate(&ir, d->error) != WEFT_OK) return 0;
  weft_render_bindings(&ir, d->target->dialect, &bindings);
  weft_render_binding_names(&ir, &names);
  weft_render_helpers(&ir, d->target->dialect, &helpers);
  add_new_lines(out, helpers.data);
  if (!is_c) weft_text_add(out, bindings.data);
  weft_text_printf(out, "void %s(%s%sint batch, int m, int n, float", name, is_c ? bindings.data : "",
                   is_c ? ", " : "");
  weft_text_printf(out, lanes > 1 ? "%d value) {\n" : " value) {\n", lanes);
  weft_render_body(&ir, d->target->dialect, 1, out);
  weft_text_add(out, "}\n");
  weft_text_printf(&d->text, "#define %s(batch, m, n, value) %s(%s%sbatch, m, n, value)\n", hook, name,
                   is_c ? names.data : "", is_c ? ", " : "");
  if (is_c && lanes == 1) weft_text_printf(&d->text, "#define ENTRY contract\n#define BINDINGS %s\n", bindings.data);
  if (helpers.failed || bindings.failed || names.failed) out->failed = 1;
  weft_text_release(&helpers);
  weft_text_release(&bindings);
  weft_text_release(&names);
  return 1;
}

/* ---- 2. tiles of a CPU ---- */

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t runs_of_n(const dot *d) { return d->panel ? 1 : d->n.total / inner_size(&d->n); }
static int64_t run_of_n(const dot *d) { return d->panel ? d->n.total : inner_size(&d->n); }
static int64_t n_tiles(const dot *d, int nr) { return runs_of_n(d) * ceil_div(run_of_n(d), nr); }
/* Whether the rows of every tile of mr rows lie equally far apart. */
static int is_flat(const dot *d, int mr) { return d->m.n <= 1 || inner_size(&d->m) % mr == 0; }

/* Widest vectors that cut nr into whole ones. */
static int lanes_for(const dot *d, int64_t nr) {
  int width = d->target->vector_width >= 16 ? 16 : d->target->vector_width >= 8 ? 8 : 4;
  while (nr % width) width /= 2;
  return width;
}

/* At most `most` rows, so that the tiles are about equally high. */
static int rows_of_tile(const dot *d, int most) { return (int)ceil_div(d->m.total, ceil_div(d->m.total, most)); }

/* Estimated time of the product in half cycles of one compute unit, with two multiplications and two loads a cycle. */
static double cpu_cost(const dot *d, const weft_tile *t) {
  int lanes = lanes_for(d, t->nr), vectors = t->nr / lanes, mr = rows_of_tile(d, t->mr);
  double step = mr * vectors > mr + vectors ? mr * vectors : mr + vectors;
  if (step < 8) step = 8; /* a sum is ready four cycles after it was begun */
  double tile = step * (double)d->k.total + 16 + 2 * mr * vectors + (is_flat(d, mr) ? 0 : 12 * mr);
  return tile * (double)(d->batch.total * ceil_div(d->m.total, mr) * n_tiles(d, t->nr));
}

/* A tile for panels of a width that no row has. */
static weft_tile tile_of_panel(const dot *d, const weft_tile *like) {
  weft_tile t = *like;
  int lanes = lanes_for(d, d->panel), vectors = (int)least(d->panel / lanes, 1 << 16);
  t.nr = t.panel = (int)d->panel;
  t.mr = vectors >= 12 ? 1 : 12 / vectors;
  return t;
}

/* The first row of the table is left only where another promises more than the estimate's own error. */
static const double clearly = 1.1;

static const weft_tile *cpu_rows(const dot *d, size_t *out_count) {
  uint32_t width = d->target->vector_width;
  return weft_tiles_for(WEFT_CLASS_CPU, width < 4 ? 4 : width > 16 ? 16 : (int)width, out_count);
}

static int fits_cpu(const dot *d, const weft_tile *t) { return d->panel ? t->nr == d->panel : t->nr <= run_of_n(d); }

/* Whether row i is out of question since the variant names another. */
static int is_barred(const dot *d, size_t i) { return d->variant.tile > 0 && i + 1 != (size_t)d->variant.tile; }

static void choose_cpu_tile(dot *d) {
  size_t count = 0;
  const weft_tile *rows = cpu_rows(d, &count);
  double best = 0;
  for (size_t i = 0; i < count; i++) {
    if (is_barred(d, i) || !fits_cpu(d, &rows[i])) continue;
    double cost = cpu_cost(d, &rows[i]) * (i > 0 ? clearly : 1);
    if (best > 0 && cost >= best) continue;
    best = cost;
    d->tile = rows[i];
  }
  if (best <= 0) d->tile = tile_of_panel(d, &rows[0]);
  d->lanes = lanes_for(d, d->tile.nr);
  d->tile.mr = rows_of_tile(d, d->tile.mr);
}

/* How k is cut: runs of constant strides, blocks that fit into the cache. */
typedef struct k_plan {
  int64_t segments, run, parts, depth, blocks;
} k_plan;

static k_plan plan_k(const dot *d) {
  k_plan p = {.run = inner_size(&d->k), .parts = 1};
  int64_t depth = d->variant.depth > 0 ? d->variant.depth : d->tile.tk > 0 ? d->tile.tk : 256;
  p.segments = d->k.total / p.run;
  if (p.run > depth) {
    p.parts = ceil_div(p.run, depth);
    p.depth = ceil_div(p.run, p.parts);
    p.parts = ceil_div(p.run, p.depth);
    p.blocks = p.parts * p.segments;
  } else {
    int64_t whole = ceil_div(p.segments, depth / p.run), each = ceil_div(p.segments, whole);
    p.depth = each * p.run;
    p.blocks = ceil_div(p.segments, each);
  }
  return p;
}

/* Elements of memory that an operand's view covers, repeats left out. */
static double footprint(weft_tensor *view) {
  weft_tensor *base;
  int64_t offset, strides[WEFT_MAX_RANK], size = weft_shape_size(view->shape);
  weft_view_affine(view, &base, &offset, strides);
  return (double)least(size, weft_shape_size(base->shape));
}

/* How the tiles make up blocks: m x n tiles each. */
typedef struct block_plan {
  int64_t m_count, n_count, m, n;
} block_plan;

static int64_t count_blocks(const dot *d, const block_plan *p, int64_t m, int64_t n) {
  return d->batch.total * ceil_div(p->m_count, m) * ceil_div(p->n_count, n);
}

/* As many tiles as the row of the table says; fewer where that leaves compute units idle, cut so that the operands are
 * read again as little as possible; more rows where that changes the number of sums to keep little enough. */
static block_plan plan_blocks(const dot *d, const k_plan *k) {
  const weft_tile *t = &d->tile;
  block_plan p = {.m_count = ceil_div(d->m.total, t->mr), .n_count = n_tiles(d, t->nr)};
  double tile_work = 2.0 * t->mr * t->nr * (double)d->k.total;
  double a = footprint(d->core->in[0]), b = footprint(d->core->in[1]);
  int64_t each = d->variant.groups > 0 ? d->variant.groups : GROUPS_A_UNIT;
  int64_t wanted = (int64_t)d->target->compute_units * each, room = t->tm / t->mr * (t->tn / t->nr);
  int64_t m = least(p.m_count, t->tm >= t->mr ? t->tm / t->mr : 1),
          n = least(p.n_count, t->tn >= t->nr ? t->tn / t->nr : 1);
  while (count_blocks(d, &p, m, n) < wanted && m * n > 1 && (double)(m * n) * tile_work > least_work) {
    double more_a = a * (double)ceil_div(p.n_count, n), more_b = b * (double)ceil_div(p.m_count, m);
    if (n == 1 || (m > 1 && more_b <= more_a))
      m = (m + 1) / 2;
    else
      n = (n + 1) / 2;
  }
  while (m < p.m_count && count_blocks(d, &p, 2 * m, n) >= wanted) {
    int keeps_sums = k->blocks > 1, is_short = (double)(m * n) * tile_work < least_work;
    if (keeps_sums ? 2 * m * n > room : !is_short) break;
    m = least(2 * m, p.m_count);
  }
  p.m = ceil_div(p.m_count, ceil_div(p.m_count, m)); /* of about equal size */
  p.n = ceil_div(p.n_count, ceil_div(p.n_count, n));
  return p;
}

/* Whether b's piece should be copied: its rows are so far apart that they meet in few sets of the cache, or each opens
 * a page, and there are enough rows of a to be worth it. */
static int should_pack(const dot *d, int64_t depth, int64_t m_tiles) {
  int64_t stride = inner_b(&d->k) * 4;
  if (d->panel || depth * d->tile.nr > MOST_PACKED) return 0;
  if (d->variant.pack) return d->variant.pack > 0;
  return inner_size(&d->k) > SHORT_RUN && (stride >= 512 || stride <= -512) && m_tiles >= 12;
}

static uint32_t limited(uint32_t limit, int64_t count) {
  if (limit == 0) limit = 65535;
  return (uint32_t)least(count, limit);
}

/* ---- 4. the templates ---- */

static int write_cpu(dot *d) {
  if (!d->panel && d->n.n > 0 && inner_b(&d->n) != 1) {
    char text[160];
    weft_fail(d->error, WEFT_INTERNAL, "dot: the columns of %s are %lld elements apart; b must be packed or dense",
              weft_describe_tensor(d->core->in[1], text, sizeof text), (long long)inner_b(&d->n));
    return 0;
  }
  choose_cpu_tile(d);
  const weft_tile *t = &d->tile;
  k_plan k = plan_k(d);
  block_plan p = plan_blocks(d, &k);
  int64_t m_blocks = ceil_div(p.m_count, p.m), n_blocks = ceil_div(p.n_count, p.n);
  int64_t blocks = d->batch.total * m_blocks * n_blocks;
  int flat = is_flat(d, t->mr), size_of_epilogue = 0;
  d->groups = limited(d->target->max_groups[0], blocks);
  d->threads = 1;
  d->file = "kernels/gemm_cpu.cl";

  define(d, "MR", t->mr);
  define(d, "NV", t->nr / d->lanes);
  define(d, "LANES", d->lanes);
  define(d, "M", d->m.total);
  define(d, "N", d->n.total);
  define(d, "M_COUNT", p.m_count);
  define(d, "N_COUNT", p.n_count);
  define(d, "M_TILES", p.m);
  define(d, "N_TILES", p.n);
  define(d, "M_BLOCKS", m_blocks);
  define(d, "N_BLOCKS", n_blocks);
  define(d, "BLOCKS", blocks);
  define(d, "GROUPS", d->groups);
  define(d, "N_RUN", run_of_n(d));
  define(d, "N_RUN_TILES", ceil_div(run_of_n(d), t->nr));
  define(d, "K_SEGMENTS", k.segments);
  define(d, "K_RUN", k.run);
  define(d, "K_DEPTH", k.depth);
  define(d, "K_PARTS", k.parts);
  define(d, "K_BLOCKS", k.blocks);
  define(d, "PANEL", d->panel > 0);
  define(d, "PACK_B", should_pack(d, k.depth, p.m));
  define(d, "A_FLAT", flat);
  define(d, "A_M", inner_a(&d->m));
  define(d, "A_K", inner_a(&d->k));
  define(d, "B_K", inner_b(&d->k));
  weft_text_printf(&d->text, "#define A b%d\n#define B b%d\n", d->a, d->b);
  define_address(d, "A_BATCH", "batch", d->batch.n, &d->batch, 0, d->a_offset);
  define_address(d, "B_BATCH", "batch", d->batch.n, &d->batch, 1, d->b_offset);
  define_address(d, "A_ROW", "m", d->m.n, &d->m, 0, 0);
  define_address(d, "A_SEGMENT", "s", d->k.n - (d->k.n > 0), &d->k, 0, 0);
  define_address(d, "B_SEGMENT", "s", d->k.n - (d->k.n > 0), &d->k, 1, 0);
  if (d->panel)
    weft_text_printf(&d->text, "#define B_COLUMN(n) ((n) / NR * %lld)\n", (long long)d->panel_stride);
  else
    define_address(d, "B_COLUMN", "n", d->n.n, &d->n, 1, 0);
  weft_text_printf(&d->text, "#define UNROLL_RUN _Pragma(\"unroll%s\")\n", k.run <= SHORT_RUN ? "" : " 1");
  if (!write_epilogue(d, "store_one", "STORE_C", 1, &size_of_epilogue)) return 0;
  define(d, "LONG_EPILOGUE", size_of_epilogue > 16);
  if (d->lanes == 1)
    weft_text_add(&d->text, "#define STORE_CV STORE_C\n");
  else if (d->n.total < d->lanes)
    weft_text_add(&d->text, "#define STORE_CV(batch, m, n, value) (void)0\n"); /* all is edge */
  else if (!write_epilogue(d, "store_vector", "STORE_CV", d->lanes, NULL))
    return 0;
  return 1;
}

/* Estimated time of a GPU's tile shape: rounds of work-groups over the device, each as long as its multiplications and
 * its reads of shared memory. */
static double gpu_cost(const dot *d, const weft_tile *t) {
  int64_t tiles = d->batch.total * ceil_div(d->m.total, t->tm) * ceil_div(d->n.total, t->tn);
  int64_t units = d->target->compute_units ? d->target->compute_units : 1;
  double outputs = (double)t->tm * t->tn, reads = 1.0 / t->mr + 1.0 / t->nr;
  return (double)ceil_div(tiles, units) * outputs * (1 + 2 * reads);
}

static int fits_gpu(const dot *d, const weft_tile *t) {
  uint32_t threads = (uint32_t)((t->tm / t->mr) * (t->tn / t->nr)), bytes = (uint32_t)((t->tm + t->tn + 8) * t->tk * 4);
  uint32_t most = d->target->max_group ? d->target->max_group : 128, memory = d->target->local_memory;
  return threads <= most && bytes <= (memory ? memory : 16384);
}

static int choose_gpu_tile(dot *d) {
  size_t count = 0;
  const weft_tile *rows = weft_tiles_for(WEFT_CLASS_GPU, 1, &count);
  double best = 0;
  for (size_t i = 0; i < count; i++) {
    double cost = gpu_cost(d, &rows[i]);
    if (is_barred(d, i) || !fits_gpu(d, &rows[i]) || (best > 0 && cost >= best)) continue;
    best = cost;
    d->tile = rows[i];
  }
  if (best <= 0)
    weft_fail(d->error, WEFT_NO_FEATURE,
              "dot: no tile fits into work-groups of %u work-items and %u bytes of shared memory", d->target->max_group,
              d->target->local_memory);
  return best > 0;
}

/* Shaders on a CPU: the first row that the columns and rows fill. */
static void choose_direct_tile(dot *d) {
  size_t count = 0;
  const weft_tile *rows = weft_tiles_for(WEFT_CLASS_CPU, 1, &count);
  d->tile = rows[count - 1];
  for (size_t i = 0; i < count; i++)
    if (rows[i].tn <= d->n.total && rows[i].tm <= d->m.total) {
      d->tile = rows[i];
      return;
    }
}

static int write_items(dot *d) {
  int is_glsl = d->target->dialect == WEFT_GLSL, is_direct = is_glsl && d->target->device_class == WEFT_CLASS_CPU;
  d->file = is_direct ? "shaders/gemm_direct.comp" : is_glsl ? "shaders/gemm.comp" : "kernels/gemm_gpu.cl";
  if (is_direct)
    choose_direct_tile(d);
  else if (!choose_gpu_tile(d))
    return 0;
  const weft_tile *t = &d->tile;
  int64_t m_tiles = ceil_div(d->m.total, t->tm), n_count = ceil_div(d->n.total, t->tn);
  int64_t tiles = d->batch.total * m_tiles * n_count;
  d->threads = (uint32_t)(is_direct ? t->tn / t->nr : (t->tm / t->mr) * (t->tn / t->nr));
  d->groups = limited(d->target->max_groups[0], tiles);
  define(d, "TM", t->tm);
  define(d, "TN", t->tn);
  define(d, "TK", t->tk);
  define(d, "RM", t->mr);
  define(d, "RN", t->nr);
  define(d, "M", d->m.total);
  define(d, "N", d->n.total);
  define(d, "K", d->k.total);
  define(d, "M_TILES", m_tiles);
  define(d, "N_TILES", n_count);
  define(d, "TILES", tiles);
  define(d, "GROUPS", d->groups);
  define(d, "A_ALONG_M", inner_a(&d->m) == 1 && inner_a(&d->k) != 1);
  define(d, "B_ALONG_K", !d->panel && inner_b(&d->k) == 1 && inner_b(&d->n) != 1);
  define(d, "HAS_BINDINGS", 1);
  define_address(d, "A_BATCH", "batch", d->batch.n, &d->batch, 0, d->a_offset);
  define_address(d, "B_BATCH", "batch", d->batch.n, &d->batch, 1, d->b_offset);
  define_address(d, "A_M", "m", d->m.n, &d->m, 0, 0);
  define_address(d, "A_K", "k", d->k.n, &d->k, 0, 0);
  define_address(d, "B_K", "k", d->k.n, &d->k, 1, 0);
  if (d->panel)
    weft_text_printf(&d->text, "#define B_N(n) (w_quot(n, %lld) * %lld + w_rem(n, %lld))\n", (long long)d->panel,
                     (long long)d->panel_stride, (long long)d->panel);
  else
    define_address(d, "B_N", "n", d->n.n, &d->n, 1, 0);
  weft_text_printf(&d->text, "#define LOAD_A(batch, m, k) ELEMENT(b%d, A_BATCH(batch) + A_M(m) + A_K(k))\n", d->a);
  weft_text_printf(&d->text, "#define LOAD_B(batch, k, n) ELEMENT(b%d, B_BATCH(batch) + B_K(k) + B_N(n))\n", d->b);
  return write_epilogue(d, "store_one", "STORE_C", 1, NULL);
}

/* ---- the whole ---- */

static void finish(dot *d, weft_lowered *out) {
  const weft_group *group = d->group;
  const char *prelude = weft_render_prelude(d->target->dialect);
  weft_text text = {0};
  weft_text_add(&text, prelude ? prelude : "");
  weft_text_add(&text, "\n");
  weft_text_add(&text, d->functions.data ? d->functions.data : "");
  weft_text_add(&text, d->text.data ? d->text.data : "");
  if (weft_embedded_expand(&text, d->file, d->error) != WEFT_OK) {
    weft_text_release(&text);
    return;
  }
  int is_c = d->target->dialect == WEFT_OPENCL_C;
  out->source = (weft_kernel_source){.entry = is_c ? "contract" : "main",
                                     .text = text.data ? weft_arena_text(d->arena, text.data) : NULL,
                                     .n_bindings = group->n_inputs + group->n_outputs,
                                     .local = {d->threads, 1, 1}};
  if (!prelude)
    weft_fail(d->error, WEFT_INTERNAL, "dot: the prelude is missing from the library");
  else if (text.failed || d->functions.failed || d->text.failed || !out->source.text)
    weft_fail(d->error, WEFT_NO_MEMORY, "dot: no memory for a kernel's text");
  weft_text_release(&text);
  out->groups[0] = d->groups;
  out->groups[1] = out->groups[2] = 1;
  out->flops = 2.0 * (double)d->batch.total * (double)d->m.total * (double)d->n.total * (double)d->k.total;
  for (int i = 0; i < group->n_inputs + group->n_outputs; i++) {
    const weft_tensor *node = i < group->n_inputs ? group->inputs[i] : group->outputs[i - group->n_inputs];
    out->bytes += (double)weft_shape_size(node->shape) * (double)weft_dtype_size(node->dtype);
    if (i >= group->n_inputs) out->source.written |= 1u << i;
  }
}

/* Templates with vectors within a work-item; the others lay work-items over the lanes. */
static int has_vectors(const weft_target *target) {
  return target->device_class == WEFT_CLASS_CPU && target->dialect == WEFT_OPENCL_C;
}

static weft_status begin(dot *d, weft_error *error) {
  if (d->group->n_cores != 1 || d->group->cores[0]->op != WEFT_OP_DOT)
    return weft_fail(error, WEFT_INTERNAL, "dot: a group of %d cores", d->group->n_cores);
  d->core = d->group->cores[0];
  return WEFT_OK;
}

weft_status weft_lower_dot(const weft_group *group, const weft_target *target, const weft_variant *variant,
                           weft_arena *arena, weft_lowered *out, weft_error *error) {
  weft_error own = {0};
  dot d = {.group = group, .target = target, .arena = arena, .error = &own};
  if (variant) d.variant = *variant;
  *out = (weft_lowered){.what = "dot"};
  weft_status status = begin(&d, error);
  if (status != WEFT_OK) return status;
  if (find_roles(&d) && (has_vectors(target) ? write_cpu(&d) : write_items(&d))) finish(&d, out);
  weft_text_release(&d.functions);
  weft_text_release(&d.text);
  return own.status == WEFT_OK ? WEFT_OK : weft_error_copy(error, &own);
}

/* ---- variants ---- */

/* The estimate errs by less than this. */
static const double hopeless = 1.6;

static int add_tiles(const dot *d, weft_variant *out) {
  size_t count = 0;
  int is_cpu = has_vectors(d->target), n = 0;
  const weft_tile *rows = is_cpu ? cpu_rows(d, &count) : weft_tiles_for(WEFT_CLASS_GPU, 1, &count);
  double best = HUGE_VAL;
  for (int adds = 0; adds < 2; adds++)
    for (size_t i = 0; i < count && n < WEFT_MOST_VARIANTS; i++) {
      if (is_cpu ? !fits_cpu(d, &rows[i]) : !fits_gpu(d, &rows[i])) continue;
      double cost = is_cpu ? cpu_cost(d, &rows[i]) : gpu_cost(d, &rows[i]);
      if (adds && cost < best * hopeless) out[n++] = (weft_variant){.tile = (int32_t)i + 1};
      if (cost < best) best = cost;
    }
  return n;
}

int weft_dot_variants(const weft_group *group, const weft_target *target, const weft_variant *best, int round,
                      weft_variant *out) {
  static const int32_t depths[] = {128, 512, 1024, 1 << 16}, groups[] = {1, 2, 8, 16};
  weft_error error = {0};
  dot d = {.group = group, .target = target, .error = &error};
  int is_direct = target->device_class == WEFT_CLASS_CPU && target->dialect == WEFT_GLSL, n = 0;
  if (is_direct || round > (has_vectors(target) ? 3 : 0) || begin(&d, &error) != WEFT_OK || !find_roles(&d)) return -1;
  if (round == 0) return add_tiles(&d, out);
  for (int i = 0; i < 4; i++) out[i] = *best;
  if (round == 1 && !d.panel)
    for (; n < 2; n++) out[n].pack = n ? 1 : -1;
  if (round == 2 && d.k.total > depths[0])
    for (; n < 4; n++) out[n].depth = depths[n];
  if (round == 3)
    for (; n < 4; n++) out[n].groups = groups[n];
  return n;
}
