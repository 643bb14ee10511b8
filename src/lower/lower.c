/* lower.c -- a group becomes the source text of one kernel: chooses the lowering, renders, names it and says what it
 * costs. */
#include "lower/lower.h"
#include "base/debug.h"
#include "base/hash.h"
#include "base/tiles.h"
#include "lower/attention.h"
#include "lower/dot.h"
#include "lower/grouped.h"
#include "lower/lowering.h"
#include "lower/render.h"
#include "lower/strassen.h"
#include "lower/winograd.h"
#include <string.h>

/* Of a device whose driver does not tell: a GPU in the middle of the field. */
enum { GPU_UNITS = 32 };

weft_target weft_target_of(const weft_device *device) {
  const weft_device_info *info = &device->info;
  uint32_t unknown = info->device_class == WEFT_CLASS_GPU ? GPU_UNITS : 1;
  weft_target target = {.dialect = device->backend->dialect,
                        .device_class = info->device_class,
                        .vector_width = info->vector_width,
                        .compute_units = info->compute_units ? info->compute_units : unknown,
                        .max_group = info->max_group,
                        .local_memory = info->local_memory};
  memcpy(target.max_groups, device->limits.max_groups, sizeof target.max_groups);
  target.binding_align = (uint32_t)device->limits.buffer_align;
  target.libraries = device->backend->has_product != NULL;
  target.max_texels = device->limits.max_texels;
  target.cache = device->limits.cache;
  return target;
}

/* Drivers that run shaders on a CPU read storage buffers lane by lane through memory, texels several times faster; a
 * GPU is best at storage buffers. */
uint32_t weft_texels_of(const weft_group *group, const weft_target *target) {
  uint32_t texels = 0;
  if (target->dialect != WEFT_GLSL || target->device_class != WEFT_CLASS_CPU) return 0;
  for (int i = 0; i < group->n_inputs; i++)
    if ((weft_shape_size(group->inputs[i]->shape) + 3) / 4 <= (int64_t)target->max_texels) texels |= 1u << i;
  return texels;
}

/* ---- names and costs ---- */

typedef struct tally {
  const weft_group *group;
  weft_node_set seen;
  weft_text *what;
  int n_named;
  double flops;
  double *read; /* elements of each input, at most; NULL: not asked for */
} tally;

static int input_number(const weft_group *group, const weft_tensor *node) {
  for (int i = 0; i < group->n_inputs; i++)
    if (group->inputs[i] == node) return i;
  return -1;
}

enum { MOST_NAMES = 8 };

/* Nodes that read no more of their first operand than they have elements. */
static int is_choice(const weft_tensor *node) {
  return (weft_ops[node->op].kind == W_VIEW && node->n_in == 1) || node->op == WEFT_OP_GATHER;
}

static double elements(const weft_tensor *node) { return (double)weft_shape_size(node->shape); }

/* Counts what a user of the whole node reads of the input under it. */
static void count_read(tally *t, const weft_tensor *node) {
  double most = elements(node);
  int input;
  while ((input = input_number(t->group, node)) < 0 && is_choice(node)) {
    node = node->in[0];
    if (elements(node) < most) most = elements(node);
  }
  if (t->read && input >= 0) t->read[input] += most;
}

static void visit(tally *t, const weft_tensor *node) {
  if (input_number(t->group, node) >= 0 || !weft_set_add(&t->seen, node)) return;
  for (int i = 0; i < node->n_in; i++) {
    if (i > 0 || !is_choice(node)) count_read(t, node->in[i]);
    visit(t, node->in[i]);
  }
  weft_op_kind kind = weft_ops[node->op].kind;
  if (kind == W_REDUCE || node->op == WEFT_OP_SCATTER_ADD)
    t->flops += elements(node->in[0]);
  else if (kind == W_SCALAR)
    t->flops += elements(node);
  if (kind != W_SCALAR && kind != W_REDUCE && kind != W_HEAVY && kind != W_INDEX && node->op != WEFT_OP_UNIFORM &&
      node->op != WEFT_OP_NORMAL)
    return;
  if (t->what && t->n_named < MOST_NAMES) {
    if (t->n_named) weft_text_add(t->what, "+");
    weft_text_add(t->what, weft_ops[node->op].name);
  } else if (t->what && t->n_named == MOST_NAMES) {
    weft_text_add(t->what, "+..");
  }
  t->n_named++;
}

static void visit_all(tally *t) {
  for (int i = 0; i < t->group->n_cores && t->group->kind == WEFT_GROUP_DOT; i++) visit(t, t->group->cores[i]);
  for (int i = 0; i < t->group->n_outputs; i++) {
    count_read(t, t->group->outputs[i]);
    visit(t, t->group->outputs[i]);
  }
}

const char *weft_group_what(const weft_group *group, weft_arena *arena) {
  if (group->kind == WEFT_GROUP_BUNDLE) return weft_bundle_what(group, arena);
  weft_text text = {0};
  tally t = {.group = group, .seen = {.arena = arena}, .what = &text};
  visit_all(&t);
  const char *what = weft_arena_text(arena, t.n_named && text.data ? text.data : "move");
  weft_text_release(&text);
  return what;
}

void weft_group_cost(const weft_group *group, double *out_bytes, double *out_flops) {
  *out_bytes = *out_flops = 0;
  for (int p = 0; p < group->n_parts; p++) {
    double bytes, flops;
    weft_group_cost(group->parts[p], &bytes, &flops);
    *out_bytes += bytes;
    *out_flops += flops;
  }
  if (group->n_parts) return;
  weft_arena arena = {0};
  tally t = {.group = group, .seen = {.arena = &arena}};
  t.read = WEFT_NEW(&arena, double, group->n_inputs + 1);
  visit_all(&t);
  *out_flops = t.flops;
  for (int i = 0; i < group->n_inputs; i++) {
    const weft_tensor *node = group->inputs[i];
    double read = t.read && t.read[i] < elements(node) ? t.read[i] : elements(node);
    *out_bytes += read * (double)weft_dtype_size(node->dtype);
  }
  for (int i = 0; i < group->n_outputs; i++)
    *out_bytes += elements(group->outputs[i]) * (double)weft_dtype_size(group->outputs[i]->dtype);
  weft_arena_free(&arena);
}

/* ---- the kernel ---- */

/* Of a kernel that moves more than the last cache holds, nothing is left there of what it wrote first when its reader
 * begins: large results are written past the caches, so that their lines need not be read first. */
static void write_past_caches(weft_lowering *l) {
  enum { LARGE_SHARE = 8 };
  const weft_group *group = l->group;
  double cache = (double)l->target->cache, bytes = 0, flops;
  for (int i = 0; i < group->n_outputs && cache > 0; i++) {
    double size = elements(group->outputs[i]) * (double)weft_dtype_size(group->outputs[i]->dtype);
    if (size < cache / LARGE_SHARE) continue;
    if (bytes == 0) weft_group_cost(group, &bytes, &flops);
    l->ir.bindings[group->n_inputs + i].past = bytes > cache ? l->lanes : 0;
  }
}

static void lower_kernel(weft_lowering *l) {
  const weft_target *target = l->target;
  weft_ir_begin(&l->ir, l->arena);
  l->vectors = target->device_class == WEFT_CLASS_CPU && target->dialect == WEFT_OPENCL_C;
  l->few_items = target->device_class == WEFT_CLASS_CPU;
  l->lanes = l->vectors ? weft_lanes_of(target->vector_width) : l->few_items && target->dialect == WEFT_GLSL ? 4 : 1;
  l->ir.nan_apart = l->vectors;
  if (weft_emit_begin(&l->emitter, l->group, l->origins, &l->ir) != WEFT_OK) return;
  weft_ir_read_texels(&l->ir, weft_texels_of(l->group, target));
  if (l->vectors) write_past_caches(l);
  switch (l->group->kind) {
  case WEFT_GROUP_REDUCE: weft_lower_reduce(l); break;
  case WEFT_GROUP_ROW: weft_lower_row(l); break;
  case WEFT_GROUP_SCATTER: weft_lower_scatter(l); break;
  case WEFT_GROUP_BUNDLE: weft_lower_bundle(l); break;
  default: weft_lower_map(l);
  }
}

static weft_status lower_and_render(weft_lowering *l, weft_lowered *out, weft_error *error) {
  const weft_group *group = l->group;
  lower_kernel(l);
  weft_status status = weft_ir_validate(&l->ir, error);
  if (status == WEFT_OK && weft_debug(WEFT_DEBUG_BOUNDS)) status = weft_ir_check_bounds(&l->ir, error);
  if (status != WEFT_OK) return status;
  weft_text text = {0};
  const char *entry = weft_group_kind_name(group->kind);
  status = weft_render_kernel(&l->ir, l->target->dialect, entry, &text);
  out->source = (weft_kernel_source){.entry = entry, .n_bindings = weft_group_bindings(group)};
  if (status == WEFT_OK) out->source.text = weft_arena_text(l->arena, text.data);
  weft_text_release(&text);
  if (status != WEFT_OK) return weft_error_copy(error, &l->ir.error);
  if (!out->source.text) return weft_fail(error, WEFT_NO_MEMORY, "lower: no memory for a kernel's text");
  for (int i = 0; i < group->n_outputs; i++) out->source.written |= 1u << weft_group_place(group, i);
  out->source.texels = weft_texels_of(group, l->target);
  memcpy(out->source.local, l->ir.local, sizeof out->source.local);
  memcpy(out->groups, l->groups, sizeof out->groups);
  return WEFT_OK;
}

int weft_lower_variants(const weft_group *group, const weft_target *target, const weft_variant *best, int round,
                        weft_variant *out) {
  if (group->kind == WEFT_GROUP_ATTENTION) return weft_attention_variants(group, target, round, out);
  if (group->kind != WEFT_GROUP_DOT) return -1;
  if (weft_is_grouped(group->cores[0]->op)) return weft_grouped_variants(group, best, round, out);
  if (weft_is_strassen(group->cores[0]->op)) return -1;
  return group->cores[0]->op == WEFT_OP_DOT ? weft_dot_variants(group, target, best, round, out)
                                            : weft_winograd_variants(group, target, best, round, out);
}

static weft_status lower_template(const weft_group *group, const weft_target *target, const weft_variant *variant,
                                  weft_arena *arena, weft_origins *origins, weft_lowered *out, weft_error *error) {
  weft_op op = group->cores[0]->op;
  if (weft_is_grouped(op)) return weft_lower_grouped(group, target, variant, arena, out, error);
  if (weft_is_strassen(op)) return weft_lower_strassen(group, target, arena, out, error);
  return op == WEFT_OP_DOT ? weft_lower_dot(group, target, variant, arena, origins, out, error)
                           : weft_lower_winograd(group, target, variant, arena, out, error);
}

static weft_status lower_from(const weft_group *group, const weft_target *target, const weft_variant *variant,
                              weft_arena *arena, weft_origins *origins, weft_lowered *out, weft_error *error) {
  *out = (weft_lowered){0};
  if (group->kind == WEFT_GROUP_DOT) return lower_template(group, target, variant, arena, origins, out, error);
  if (group->kind == WEFT_GROUP_ATTENTION) return weft_lower_attention(group, target, variant, arena, out, error);
  weft_lowering *l = WEFT_NEW(arena, weft_lowering, 1);
  if (!l) return weft_fail(error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
  l->group = group;
  l->target = target;
  l->arena = arena;
  l->origins = origins;
  return lower_and_render(l, out, error);
}

/* Moves the inputs' origins as far as the device lets bindings begin. Whether any moved. */
static int move_origins(const weft_group *group, const weft_target *target, weft_origins *origins) {
  int moved = 0;
  for (int i = 0; i < group->n_inputs && target->binding_align; i++) {
    int64_t size = (int64_t)weft_dtype_size(group->inputs[i]->dtype), least = origins->least[i];
    if (least == INT64_MAX) continue;
    origins->at[i] = least * size / target->binding_align * target->binding_align / size;
    moved |= origins->at[i] > 0;
  }
  return moved;
}

weft_status weft_lower_group(const weft_group *group, const weft_target *target, const weft_variant *variant,
                             weft_arena *arena, weft_lowered *out, weft_error *error) {
  weft_origins origins = {{0}, {0}};
  for (size_t i = 0; i < sizeof origins.least / sizeof *origins.least; i++) origins.least[i] = INT64_MAX;
  *out = (weft_lowered){0};
  if (weft_group_bindings(group) > 32)
    return weft_fail(error, WEFT_NO_FEATURE, "lower: a kernel of %d buffers; 32 are possible",
                     weft_group_bindings(group));
  weft_status status = lower_from(group, target, variant, arena, &origins, out, error);
  if (status == WEFT_OK && move_origins(group, target, &origins))
    status = lower_from(group, target, variant, arena, &origins, out, error);
  if (status != WEFT_OK) return status;
  for (int i = 0; i < group->n_inputs; i++)
    out->shift[i] = (uint64_t)origins.at[i] * weft_dtype_size(group->inputs[i]->dtype);
  const uint32_t *local = out->source.local;
  out->source.joins = target->device_class == WEFT_CLASS_CPU && target->dialect == WEFT_OPENCL_C &&
                      !out->source.product.batch && local[0] * local[1] * local[2] == 1 &&
                      out->groups[1] * out->groups[2] == 1;
  out->what = weft_group_what(group, arena);
  if (!out->what) return weft_fail(error, WEFT_NO_MEMORY, "lower: no memory for a kernel's name");
  if (group->kind == WEFT_GROUP_DOT)
    out->alike = weft_hash_text(out->alike, out->what);
  else if (group->kind == WEFT_GROUP_ATTENTION)
    weft_group_cost(group, &out->bytes, &(double){0});
  else
    weft_group_cost(group, &out->bytes, &out->flops);
  return WEFT_OK;
}
