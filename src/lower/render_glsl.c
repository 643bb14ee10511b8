/* render_glsl.c -- the words of GLSL 4.50 for compute shaders. One lane only. Buffers are storage buffers of set 0,
 * each with one array d without a size, or uniform texel buffers of it. */
#include "lower/render_dialect.h"
#include <assert.h>

static const char *type(weft_ir_type t, int lanes) {
  assert(lanes == 1);
  (void)lanes;
  return t == WEFT_IR_F32 ? "float" : t == WEFT_IR_I32 ? "int" : "bool";
}

static void lane(weft_renderer *r, int lanes) {
  assert(lanes == 1);
  (void)lanes;
  weft_text_add(r->out, "0");
}

static void element(weft_renderer *r, const weft_ir_value *v) {
  int buffer = v->op == WEFT_IR_LOAD || v->op == WEFT_IR_STORE;
  if (buffer && r->ir->bindings[v->imm].texels) {
    weft_text_printf(r->out, "w_load_%s(b%lld, ", v->type == WEFT_IR_F32 ? "f32" : "i32", (long long)v->imm);
    weft_render_operand(r, v->in[0], 1);
    weft_text_add(r->out, ")");
    return;
  }
  weft_text_printf(r->out, buffer ? "b%lld.d[" : "a%lld[", (long long)v->imm);
  weft_render_operand(r, v->in[0], 1);
  weft_text_add(r->out, "]");
}

static void load(weft_renderer *r, const weft_ir_value *v) {
  if (v->n_in == 3) {
    weft_render_operand(r, v->in[1], 1);
    weft_text_add(r->out, " ? ");
  }
  element(r, v);
  if (v->n_in == 3) {
    weft_text_add(r->out, " : ");
    weft_render_operand(r, v->in[2], 1);
  }
}

static void store(weft_renderer *r, const weft_ir_value *v) {
  weft_render_indent(r);
  element(r, v);
  weft_text_add(r->out, " = ");
  weft_render_operand(r, v->in[1], 1);
  weft_text_add(r->out, ";\n");
}

static void bindings(const weft_ir *ir, weft_text *out) {
  for (int i = 0; i < ir->n_bindings; i++) {
    const weft_ir_binding *b = &ir->bindings[i];
    weft_text_printf(out, "layout(set = 0, binding = %d) ", i);
    if (b->texels)
      weft_text_printf(out, "uniform usamplerBuffer b%d;\n", i);
    else
      weft_text_printf(out, "%sbuffer B%d { %s d[]; } b%d;\n", b->written ? "" : "readonly ", i, type(b->type, 1), i);
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
    .shared = "shared ",
    .shared_outside = 1,
    .type = type,
    .lane = lane,
    .load = load,
    .store = store,
    .bindings = bindings,
    .head = head,
};
