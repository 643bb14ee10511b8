/* dot.c -- a group around one contraction becomes a template (kernels/gemm_cpu.cl, gemm_gpu.cl, shaders/gemm.comp,
 * gemm_direct.comp) with its sizes, its addresses and its epilogue written in front of it.
 *
 *   1. roles      the operands' strides, dim by dim, in the four roles batch, m, k and n; neighbouring dims that every
 *                 operand walks in step are merged, so that a matrix product is left with one dim a role, and
 *                 a convolution with few.
 *   2. tile       the row of tiles.def that is estimated to be fastest; how many tiles make up a work-group (dot_cpu.c,
 *                 dot_gpu.c, dot_items.c).
 *   3. epilogue   the elementwise part of the group, as a function of the accumulator: once for vectors, once for the
 *                 single numbers at the edges.
 *   4. prologue   on GPUs, what is computed of an operand where it is read (dot_prologue.c).
 *   5. text       prelude, functions, #defines, template. */
#include "base/embed.h"
#include "base/hash.h"
#include "lower/dot_template.h"
#include "lower/emit.h"
#include "lower/render.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- 1. roles ---- */

static void role_add(weft_role *r, int64_t size, int64_t a, int64_t b) {
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

/* Strides of operand i in its base, and the base's binding: -1 where it is no input of the group. */
static int look_up(const weft_dot *d, int i, int64_t *out_offset, int64_t *out_strides) {
  weft_tensor *base;
  weft_view_affine(d->core->in[i], &base, out_offset, out_strides);
  base = weft_stored_node(base);
  for (int k = 0; k < d->group->n_inputs; k++)
    if (d->group->inputs[k] == base) return k;
  return -1;
}

int weft_dot_operand(weft_dot *d, int i, int64_t *out_offset, int64_t *out_strides, int *out_binding) {
  *out_binding = look_up(d, i, out_offset, out_strides);
  if (*out_binding >= 0) return 1;
  const weft_tensor *view = d->core->in[i];
  char text[160];
  weft_fail(d->error, WEFT_INTERNAL, "dot: operand %d, %s, cannot be read through strides from an input of its group",
            i, weft_describe_tensor(view, text, sizeof text));
  return 0;
}

/* An operand's offset from where its binding begins; in what is computed, from the first element. */
static int64_t offset_from_origin(weft_dot *d, int i, int binding, int64_t offset, const int64_t *strides) {
  const weft_tensor *view = d->core->in[i];
  int64_t first = offset;
  if (!d->origins || binding < 0) return offset;
  for (int k = 0; k < view->shape.rank; k++)
    if (strides[k] < 0) first += strides[k] * (view->shape.dims[k] - 1);
  weft_origins_read(d->origins, binding, first);
  return offset - d->origins->at[binding];
}

/* The same for the contraction, whose operands GPUs compute where they read them. */
static int find_operand(weft_dot *d, int i, int64_t *out_offset, int64_t *out_strides, int *out_binding) {
  int computes = d->target->device_class == WEFT_CLASS_GPU && !(i == 1 && d->core->attr[4]);
  if (!computes) return weft_dot_operand(d, i, out_offset, out_strides, out_binding);
  *out_binding = look_up(d, i, out_offset, out_strides);
  return 1;
}

static int find_roles(weft_dot *d) {
  const weft_tensor *core = d->core;
  const int64_t *attr = core->attr, *sizes = core->in[0]->shape.dims;
  int nb = (int)attr[0], nm = (int)attr[1], nk = (int)attr[2], nn = (int)attr[3];
  int64_t a[WEFT_MAX_RANK], b[WEFT_MAX_RANK];
  if (!find_operand(d, 0, &d->a_offset, a, &d->a) || !find_operand(d, 1, &d->b_offset, b, &d->b)) return 0;
  d->a_offset = offset_from_origin(d, 0, d->a, d->a_offset, a);
  d->b_offset = offset_from_origin(d, 1, d->b, d->b_offset, b);
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

void weft_dot_define(weft_dot *d, const char *name, int64_t value) {
  weft_text_printf(&d->text, "#define %s %lld\n", name, (long long)value);
}

void weft_add_address(weft_text *out, const char *index, int n, const int64_t *size, const int64_t *stride) {
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

void weft_dot_define_address(weft_dot *d, const char *head, const char *index, int n, const weft_role *r, int of_b,
                             int64_t offset) {
  weft_text_printf(&d->text, "#define %s(%s) (", head, index);
  if (offset) weft_text_printf(&d->text, "%lld + ", (long long)offset);
  weft_add_address(&d->text, index, n, r->size, of_b ? r->b : r->a);
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

/* The epilogue's value or place i. */
static const char *name_of(const weft_dot *d, const char *what, int i, char name[16]) {
  snprintf(name, 16, d->n_rows ? "%s%d" : "%s", what, i);
  return name;
}

/* Where the first of the `lanes` neighbours of row i stands in c, of the epilogue's parameters. */
static weft_ir_value *place_of(const weft_dot *d, weft_ir *ir, int lanes, int i) {
  int64_t last = d->m.total - 1, last_place = weft_shape_size(d->core->shape) - lanes;
  char name[16];
  if (d->by_place) return weft_ir_param(ir, name_of(d, "place", i, name), WEFT_IR_I32, 1, 0, last_place, 1);
  for (int k = 0; k < d->n_rows; k++) last = weft_least(last, d->m.total - 1 - d->row_at[k]);
  weft_ir_value *batch = weft_ir_param(ir, "batch", WEFT_IR_I32, 1, 0, d->batch.total - 1, 1);
  weft_ir_value *m = weft_ir_param(ir, "m", WEFT_IR_I32, 1, 0, last, 1);
  int whole = d->target->dialect == WEFT_GLSL || d->target->device_class == WEFT_CLASS_GPU;
  int64_t step = whole ? lanes : 1; /* there vectors begin at whole ones */
  weft_ir_value *n = weft_ir_param(ir, "n", WEFT_IR_I32, 1, 0, d->n.total - lanes, step);
  if (d->n_rows) m = weft_ir_add(ir, m, weft_ir_int(ir, d->row_at[i]));
  weft_ir_value *row = weft_ir_add(ir, weft_ir_mul(ir, batch, d->m.total), m);
  return weft_ir_add(ir, weft_ir_mul(ir, row, d->n.total), n);
}

/* The outputs' values where the core's four neighbours from `first` on are the gates of one element or of two. */
static int emit_gates(const weft_dot *d, weft_emitter *emitter, weft_ir_value *first, weft_emitted *out) {
  static const char *const names[] = {"value.x", "value.y", "value.z", "value.w"};
  weft_ir *ir = emitter->ir;
  int gates = d->group->gates, n_emitted = 0;
  int64_t size = weft_shape_size(d->core->shape) / gates;
  for (int i = 0; i < 4; i += gates) {
    weft_ir_value *values[4], *linear = weft_ir_add_int(ir, weft_ir_div(ir, first, gates), i / gates);
    for (int g = 0; g < gates; g++) values[g] = weft_ir_param(ir, names[i + g], WEFT_IR_F32, 1, 0, 0, 1);
    weft_emit_bind_gates(emitter, d->core, gates, values);
    n_emitted += weft_emit_outputs(emitter, size, linear, out + n_emitted);
  }
  return n_emitted;
}

/* The outputs' values at one place (or `lanes` neighbours) of each row. Returns how many there are, and how many values
 * the IR had before. */
static int emit_epilogue(weft_dot *d, weft_ir *ir, int lanes, weft_emitted **out, int *out_before) {
  weft_emitter emitter;
  char name[16];
  int n_rows = d->n_rows ? d->n_rows : 1, n_emitted = 0;
  *out_before = 0;
  weft_ir_begin(ir, d->arena);
  if (weft_emit_begin(&emitter, d->group, d->origins, ir) != WEFT_OK) return 0;
  weft_ir_read_texels(ir, d->texels);
  int n_parts = d->group->gates ? 4 / d->group->gates + 1 : n_rows; /* of its elements, and the core itself */
  weft_emitted *emitted = *out = WEFT_NEW(d->arena, weft_emitted, n_parts * weft_emit_most_outputs(d->group));
  if (!emitted) {
    weft_fail(&ir->error, WEFT_NO_MEMORY, "dot: no memory for an epilogue");
    return 0;
  }
  for (int i = 0; i < n_rows; i++) {
    weft_ir_value *first = place_of(d, ir, lanes, i), *linear = weft_ir_add(ir, first, weft_ir_lane(ir, lanes));
    weft_emit_bind(&emitter, d->core, weft_ir_param(ir, name_of(d, "value", i, name), WEFT_IR_F32, lanes, 0, 0, 1));
    if (i == 0) *out_before = ir->n_values;
    if (d->group->gates) n_emitted += emit_gates(d, &emitter, first, emitted + n_emitted);
    n_emitted += weft_emit_outputs(&emitter, weft_shape_size(d->core->shape), linear, emitted + n_emitted);
  }
  return n_emitted;
}

/* "batch, m, n, value", or what there is of places and values, each behind its type ("": none). */
static void add_parameters(const weft_dot *d, const char *integer, const char *number, weft_text *out) {
  int n_rows = d->n_rows ? d->n_rows : 1;
  char name[16];
  if (!d->by_place) weft_text_printf(out, "%sbatch, %sm, %sn", integer, integer, integer);
  for (int i = 0; i < n_rows && d->by_place; i++)
    weft_text_printf(out, "%s%s%s", i ? ", " : "", integer, name_of(d, "place", i, name));
  for (int i = 0; i < n_rows; i++) weft_text_printf(out, ", %s%s", number, name_of(d, "value", i, name));
}

/* The same in a hook: of several, all places and all values are one parameter each, since lists of them are macros of
 * the template. */
static void add_hook_parameters(const weft_dot *d, weft_text *out) {
  if (!d->n_rows)
    add_parameters(d, "", "", out);
  else
    weft_text_add(out, d->by_place ? "places, values" : "batch, m, n, values");
}

int weft_dot_write_function(weft_dot *d, weft_ir *ir, const char *type, const char *name, const char *parameters,
                            const char *hook, const char *arguments) {
  weft_dialect dialect = d->target->dialect;
  weft_text bindings = {0}, names = {0}, helpers = {0};
  if (weft_ir_validate(ir, d->error) != WEFT_OK) return 0;
  weft_render_bindings(ir, dialect, &bindings);
  weft_render_helpers(ir, dialect, &helpers);
  add_new_lines(&d->helpers, helpers.data);
  if (dialect == WEFT_GLSL) add_new_lines(&d->functions, bindings.data);
  weft_text_printf(&d->functions, "%s %s(", type, name);
  weft_text_printf(&d->text, "#define %s(%s) %s(", hook, arguments, name);
  if (dialect == WEFT_OPENCL_C) {
    weft_render_binding_names(ir, &names);
    weft_text_printf(&d->functions, "%s, ", bindings.data ? bindings.data : "");
    weft_text_printf(&d->text, "%s, ", names.data ? names.data : "");
  }
  weft_text_printf(&d->functions, "%s) {\n", parameters);
  weft_text_printf(&d->text, "%s)\n", arguments);
  if (dialect == WEFT_OPENCL_C && !d->has_entry)
    weft_text_printf(&d->text, "#define ENTRY contract\n#define BINDINGS %s\n", bindings.data ? bindings.data : "");
  d->has_entry = 1;
  weft_render_body(ir, dialect, 1, &d->functions);
  weft_text_add(&d->functions, "}\n");
  if (bindings.failed || names.failed) d->functions.failed = 1;
  if (helpers.failed) d->helpers.failed = 1;
  weft_text_release(&bindings);
  weft_text_release(&names);
  weft_text_release(&helpers);
  return 1;
}

int weft_dot_write_epilogue(weft_dot *d, const char *name, const char *hook, int lanes, int *out_size) {
  weft_ir ir;
  char number[32];
  weft_text parameters = {0}, arguments = {0};
  weft_emitted *emitted;
  int before, n = emit_epilogue(d, &ir, lanes, &emitted, &before);
  for (int i = 0; i < n; i++) weft_ir_store(&ir, emitted[i].binding, emitted[i].at, emitted[i].value);
  if (out_size) *out_size = ir.n_values - before;
  snprintf(number, sizeof number, "%s ", weft_render_type(d->target->dialect, WEFT_IR_F32, lanes));
  add_parameters(d, "int ", number, &parameters);
  add_hook_parameters(d, &arguments);
  if (parameters.failed || arguments.failed) d->text.failed = 1;
  int good = weft_dot_write_function(d, &ir, "void", name, parameters.data ? parameters.data : "", hook,
                                     arguments.data ? arguments.data : "");
  weft_text_release(&parameters);
  weft_text_release(&arguments);
  return good;
}

int weft_dot_write_fetch(weft_dot *d, int lanes, int with_results) {
  weft_ir ir;
  weft_emitted *emitted;
  int before, n = emit_epilogue(d, &ir, lanes, &emitted, &before);
  const weft_ir_value *m = n ? weft_ir_param(&ir, "m", WEFT_IR_I32, 1, 0, d->m.total - 1, 1) : NULL;
  int fetched = m ? weft_ir_fetch(&ir, NULL, m, NULL, UINT64_MAX) : 0;
  for (int i = 0; i < n && with_results; i++, fetched++) weft_ir_prefetch(&ir, emitted[i].binding, emitted[i].at);
  if (m && !fetched) return 1;
  return weft_dot_write_function(d, &ir, "void", "fetch", "int batch, int m, int n", "FETCH_CV", "batch, m, n");
}

/* ---- the whole ---- */

static uint64_t hash_role(uint64_t hash, const weft_role *r) {
  hash = weft_hash(hash, r->size, sizeof *r->size * (size_t)r->n);
  hash = weft_hash(hash, r->a, sizeof *r->a * (size_t)r->n);
  return weft_hash(hash, r->b, sizeof *r->b * (size_t)r->n);
}

/* Of sizes and strides: not of offsets. */
static uint64_t hash_dot(const weft_dot *d) {
  const int64_t panel[2] = {d->panel, d->panel_stride};
  uint64_t hash = weft_hash(WEFT_HASH_SEED, panel, sizeof panel);
  hash = hash_role(hash_role(hash_role(hash_role(hash, &d->batch), &d->m), &d->k), &d->n);
  if (d->group->gates) hash = weft_hash(hash, &d->group->gates, sizeof d->group->gates);
  if (d->a < 0) hash = weft_dot_hash_operand(d, d->core->in[0], hash);
  return d->b < 0 ? weft_dot_hash_operand(d, d->core->in[1], hash) : hash;
}

static double flops_of(const weft_dot *d) {
  return 2.0 * (double)d->batch.total * (double)d->m.total * (double)d->n.total * (double)d->k.total;
}

/* The kernel's text; returns a hash of the template in it, with all that it includes. */
static uint64_t write_text(weft_dot *d, weft_lowered *out) {
  const weft_group *group = d->group;
  const char *prelude = weft_render_prelude(d->target->dialect);
  weft_text text = {0};
  weft_text_add(&text, prelude ? prelude : "");
  weft_text_add(&text, "\n");
  weft_text_add(&text, d->helpers.data ? d->helpers.data : "");
  weft_text_add(&text, d->functions.data ? d->functions.data : "");
  weft_text_add(&text, d->text.data ? d->text.data : "");
  size_t template_at = text.size;
  if (weft_embedded_expand(&text, d->file, d->error) != WEFT_OK) {
    weft_text_release(&text);
    return 0;
  }
  int is_c = d->target->dialect == WEFT_OPENCL_C;
  out->source = (weft_kernel_source){.entry = is_c ? "contract" : "main",
                                     .text = text.data ? weft_arena_text(d->arena, text.data) : NULL,
                                     .n_bindings = group->n_inputs + group->n_outputs,
                                     .local = {d->threads, 1, 1},
                                     .texels = d->texels};
  if (!prelude)
    weft_fail(d->error, WEFT_INTERNAL, "dot: the prelude is missing from the library");
  else if (text.failed || d->helpers.failed || d->functions.failed || d->text.failed || !out->source.text)
    weft_fail(d->error, WEFT_NO_MEMORY, "dot: no memory for a kernel's text");
  uint64_t hash = text.failed ? 0 : weft_hash_text(WEFT_HASH_SEED, text.data + template_at);
  weft_text_release(&text);
  return hash;
}

void weft_dot_finish(weft_dot *d, double flops, uint64_t alike, weft_lowered *out) {
  const weft_group *group = d->group;
  uint64_t hash = d->variant.library ? 0 : write_text(d, out);
  out->groups[0] = d->groups;
  out->groups[1] = out->groups[2] = 1;
  out->flops = flops;
  for (int i = 0; i < group->n_inputs + group->n_outputs; i++) {
    const weft_tensor *node = i < group->n_inputs ? group->inputs[i] : group->outputs[i - group->n_inputs];
    out->bytes += (double)weft_shape_size(node->shape) * (double)weft_dtype_size(node->dtype);
    if (i >= group->n_inputs) out->source.written |= 1u << i;
  }
  out->alike = weft_hash(weft_hash(alike, &hash, sizeof hash), &out->bytes, sizeof out->bytes);
}

int weft_dot_refuse(weft_dot *d, const char *what, const char *why) {
  char text[160];
  weft_fail(d->error, WEFT_INTERNAL, "%s: %s: %s", what, weft_describe_tensor(d->core, text, sizeof text), why);
  return 0;
}

weft_status weft_dot_end(weft_dot *d, weft_error *error) {
  weft_text_release(&d->helpers);
  weft_text_release(&d->functions);
  weft_text_release(&d->text);
  return d->error->status == WEFT_OK ? WEFT_OK : weft_error_copy(error, d->error);
}

static const weft_dot_template *template_for(const weft_dot *d) {
  if (d->target->device_class == WEFT_CLASS_GPU) return &weft_dot_gpu;
  if (d->target->dialect == WEFT_GLSL) return &weft_dot_direct;
  return weft_dot_is_narrow(d) ? &weft_dot_narrow : &weft_dot_cpu;
}

static weft_status begin(weft_dot *d, weft_error *error) {
  if (d->group->n_cores != 1 || d->group->cores[0]->op != WEFT_OP_DOT)
    return weft_fail(error, WEFT_INTERNAL, "dot: a group of %d cores", d->group->n_cores);
  d->core = d->group->cores[0];
  return WEFT_OK;
}

weft_status weft_lower_dot(const weft_group *group, const weft_target *target, const weft_variant *variant,
                           weft_arena *arena, weft_origins *origins, weft_lowered *out, weft_error *error) {
  weft_error own = {0};
  weft_dot d = {.group = group, .target = target, .arena = arena, .origins = origins, .error = &own};
  if (variant) d.variant = *variant;
  *out = (weft_lowered){.what = "dot"};
  weft_status status = begin(&d, error);
  if (status != WEFT_OK) return status;
  d.texels = weft_texels_of(group, target);
  if (find_roles(&d) && (d.variant.library ? weft_dot_write_product(&d, out) : template_for(&d)->write(&d)))
    weft_dot_finish(&d, flops_of(&d), hash_dot(&d), out);
  return weft_dot_end(&d, error);
}
/* ---- variants ---- */

/* The estimate errs by less than this. */
static const double hopeless = 1.6;

/* Those that may win, the best by the estimate first, as many as there is room for. */
static int add_tiles(const weft_dot *d, const weft_dot_template *template, weft_variant *out) {
  size_t count = 0;
  int n = 0;
  const weft_tile *rows = template->rows(d, &count);
  double best = HUGE_VAL, costs[WEFT_MOST_VARIANTS];
  for (size_t i = 0; i < count; i++) {
    double cost = template->cost(d, &rows[i]);
    if (cost < best) best = cost;
    if (cost == HUGE_VAL || (n == WEFT_MOST_VARIANTS && cost >= costs[n - 1])) continue;
    int at = n < WEFT_MOST_VARIANTS ? n++ : n - 1;
    for (; at > 0 && cost < costs[at - 1]; at--) {
      costs[at] = costs[at - 1];
      out[at] = out[at - 1];
    }
    costs[at] = cost;
    out[at] = (weft_variant){.tile = (int32_t)i + 1};
  }
  while (n > 1 && !d->target->tries_all && costs[n - 1] >= best * hopeless) n--;
  return n;
}

int weft_dot_variants(const weft_group *group, const weft_target *target, const weft_variant *best, int round,
                      weft_variant *out) {
  weft_error error = {0};
  weft_dot d = {.group = group, .target = target, .error = &error, .texels = weft_texels_of(group, target)};
  weft_library_product product;
  if (begin(&d, &error) != WEFT_OK || !find_roles(&d)) return -1;
  const weft_dot_template *template = template_for(&d);
  if (round > template->rounds) return -1;
  if (round == 0) return add_tiles(&d, template, out);
  if (round < template->rounds) return template->refine(&d, best, round, out);
  out[0] = (weft_variant){.library = 1};
  return target->libraries && weft_dot_is_product(&d, &product);
}
