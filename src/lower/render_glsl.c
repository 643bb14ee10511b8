/* render_glsl.c -- the words of GLSL 4.50 for compute shaders. Buffers are storage buffers of set 0,
 * each with one array d without a size (and one of vectors, where fours are read or stored), or uniform texel buffers
 * of it.
 *
 * Vectors have at most four lanes. They are memory's form only: a compiler that lays work-items over the lanes of its
 * registers takes them apart, so that formulas are printed lane by lane. */
#include "lower/render_dialect.h"
#include <assert.h>

static const char *type(weft_ir_type t, int lanes) {
  static const char *const names[3][3] = {
      {"int", "ivec2", "ivec4"}, {"float", "vec2", "vec4"}, {"bool", "bvec2", "bvec4"}};
  assert(lanes == 1 || lanes == 2 || lanes == 4);
  return names[t == WEFT_IR_F32 ? 1 : t == WEFT_IR_I32 ? 0 : 2][lanes / 2];
}

static void lane(weft_renderer *r, int lanes) {
  assert(lanes == 1 || lanes == 4);
  weft_text_add(r->out, lanes == 1 ? "0" : "ivec4(0, 1, 2, 3)");
}

static const char *suffix(weft_ir_type t) { return t == WEFT_IR_F32 ? "f32" : "i32"; }

static int is_buffer(const weft_ir_value *v) { return v->op == WEFT_IR_LOAD || v->op == WEFT_IR_STORE; }
static int is_texels(const weft_ir *ir, const weft_ir_value *v) { return is_buffer(v) && ir->bindings[v->imm].texels; }

/* Four neighbours that begin at a multiple of four. */
static int is_four(const weft_ir_value *v) {
  return is_buffer(v) && v->lanes == 4 && v->in[0]->lanes == 1 && v->stride == 1 && v->in[0]->multiple % 4 == 0;
}

/* One element: the access's lane l. */
static void element(weft_renderer *r, const weft_ir_value *v, int l) {
  int texels = is_texels(r->ir, v);
  if (texels)
    weft_text_printf(r->out, "w_load_%s(b%lld, ", suffix(v->type), (long long)v->imm);
  else
    weft_text_printf(r->out, is_buffer(v) ? "b%lld.d[" : "a%lld[", (long long)v->imm);
  weft_render_lane_of(r, v->in[0], l);
  if (v->in[0]->lanes == 1 && v->stride && l)
    weft_text_printf(r->out, " %c %lld", v->stride < 0 ? '-' : '+',
                     (long long)(v->stride < 0 ? -v->stride : v->stride) * l);
  weft_text_add(r->out, texels ? ")" : "]");
}

/* A four as one access. */
static void four(weft_renderer *r, const weft_ir_value *v) {
  if (is_texels(r->ir, v))
    weft_text_printf(r->out, "w_load4_%s(b%lld, ", suffix(v->type), (long long)v->imm);
  else
    weft_text_printf(r->out, "v%lld.d[(", (long long)v->imm);
  weft_render_operand(r, v->in[0], 1);
  weft_text_add(r->out, is_texels(r->ir, v) ? ")" : ") >> 2]");
}

static void load(weft_renderer *r, const weft_ir_value *v) {
  const weft_ir_value *guard = v->n_in == 3 ? v->in[1] : NULL;
  int whole = is_four(v) && (!guard || guard->lanes == 1);
  if (v->lanes > 1 && !whole) weft_text_printf(r->out, "%s(", type(v->type, v->lanes));
  for (int l = 0; l < (whole ? 1 : v->lanes); l++) {
    if (l) weft_text_add(r->out, ", ");
    if (guard) {
      weft_render_lane_of(r, guard, l);
      weft_text_add(r->out, " ? ");
    }
    if (whole) {
      four(r, v);
    } else {
      element(r, v, l);
    }
    if (guard) {
      weft_text_add(r->out, " : ");
      if (whole)
        weft_render_operand(r, v->in[2], v->lanes);
      else
        weft_render_lane_of(r, v->in[2], l);
    }
  }
  if (v->lanes > 1 && !whole) weft_text_add(r->out, ")");
}

static void store(weft_renderer *r, const weft_ir_value *v) {
  if (is_four(v)) {
    weft_render_indent(r);
    four(r, v);
    weft_text_add(r->out, " = ");
    weft_render_operand(r, v->in[1], v->lanes);
    weft_text_add(r->out, ";\n");
    return;
  }
  for (int l = 0; l < v->lanes; l++) {
    weft_render_indent(r);
    element(r, v, l);
    weft_text_add(r->out, " = ");
    weft_render_lane_of(r, v->in[1], l);
    weft_text_add(r->out, ";\n");
  }
}

/* Whether the block reads or stores fours of a binding. */
static int has_fours(const weft_ir_block *block, int binding) {
  for (const weft_ir_value *v = block->first; v; v = v->next)
    if ((is_four(v) && v->imm == binding) || (v->body && has_fours(v->body, binding))) return 1;
  return 0;
}

static void bindings(const weft_ir *ir, weft_text *out) {
  for (int i = 0; i < ir->n_bindings; i++) {
    const weft_ir_binding *b = &ir->bindings[i];
    weft_text_printf(out, "layout(set = 0, binding = %d) ", i);
    if (b->texels)
      weft_text_printf(out, "uniform usamplerBuffer b%d;\n", i);
    else
      weft_text_printf(out, "%sbuffer B%d { %s d[]; } b%d;\n", b->written ? "" : "readonly ", i, type(b->type, 1), i);
    if (!b->texels && has_fours(ir->body, i)) /* the same buffer, seen as fours */
      weft_text_printf(out, "layout(set = 0, binding = %d) %sbuffer V%d { %s d[]; } v%d;\n", i,
                       b->written ? "" : "readonly ", i, type(b->type, 4), i);
  }
}

static void head(const weft_ir *ir, const char *entry, weft_text *out) {
  (void)entry;
  weft_text_printf(out, "layout(local_size_x = %u, local_size_y = %u, local_size_z = %u) in;\n", ir->local[0],
                   ir->local[1], ir->local[2]);
  bindings(ir, out);
  weft_text_add(out, "void main() {\n");
}

const weft_dialect_words weft_words_glsl = {
    .prelude = "shaders/prelude.glsl",
    .group_id = "int(gl_WorkGroupID.%s)",
    .local_id = "int(gl_LocalInvocationID.%s)",
    .dimension = {"x", "y", "z"},
    .true_word = "true",
    .false_word = "false",
    .widen = "%s(",
    .lane_of = "[%u]",
    .lane_by_lane = 1,
    .shared = "shared ",
    .shared_outside = 1,
    .type = type,
    .lane = lane,
    .load = load,
    .store = store,
    .bindings = bindings,
    .head = head,
};
