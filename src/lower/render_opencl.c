/* render_opencl.c -- the words of OpenCL C 1.2. A vector is loaded by vloadN where its lanes are neighbours, else lane
 * by lane; a scalar guard decides for the whole vector, a guard of lanes for each. */
#include "lower/render_dialect.h"

static const char *type(weft_ir_type t, int lanes) {
  static const char *const names[2][5] = {{"int", "int2", "int4", "int8", "int16"},
                                          {"float", "float2", "float4", "float8", "float16"}};
  int log2 = lanes == 1 ? 0 : lanes == 2 ? 1 : lanes == 4 ? 2 : lanes == 8 ? 3 : 4;
  return names[t == WEFT_IR_F32][log2];
}

static void lane(weft_renderer *r, int lanes) {
  weft_text_printf(r->out, "(%s)(", type(WEFT_IR_I32, lanes));
  for (int i = 0; i < lanes; i++) weft_text_printf(r->out, "%s%d", i ? ", " : "", i);
  weft_text_add(r->out, ")");
}

static char memory_of(const weft_ir_value *v) { return v->op == WEFT_IR_LOAD || v->op == WEFT_IR_STORE ? 'b' : 'a'; }

static const char *space_of(const weft_ir *ir, const weft_ir_value *v) {
  return memory_of(v) == 'b' ? "__global" : ir->arrays[v->imm].shared ? "__local" : "__private";
}

/* One element: the access's lane l. */
static void element(weft_renderer *r, const weft_ir_value *v, int l) {
  weft_text_printf(r->out, "%c%lld[", memory_of(v), (long long)v->imm);
  weft_render_lane_of(r, v->in[0], l);
  if (v->in[0]->lanes == 1 && v->stride && l)
    weft_text_printf(r->out, " %c %lld", v->stride < 0 ? '-' : '+',
                     (long long)(v->stride < 0 ? -v->stride : v->stride) * l);
  weft_text_add(r->out, "]");
}

static int is_vector_access(const weft_ir_value *v) { return v->lanes > 1 && v->in[0]->lanes == 1 && v->stride == 1; }

/* Four neighbours that begin at a multiple of four: as such they are one access on any device, where vload4 promises
 * no more than the alignment of a number. Buffers and shared arrays begin at whole fours. */
static int is_four(const weft_ir *ir, const weft_ir_value *v) {
  return is_vector_access(v) && v->lanes == 4 && v->in[0]->multiple % 4 == 0 &&
         (memory_of(v) == 'b' || ir->arrays[v->imm].shared);
}

static void four(weft_renderer *r, const weft_ir_value *v) {
  int is_const = v->op == WEFT_IR_LOAD && !r->ir->bindings[v->imm].written;
  weft_text_printf(r->out, "*(%s %s%s *)(%c%lld + ", space_of(r->ir, v), is_const ? "const " : "", type(v->type, 4),
                   memory_of(v), (long long)v->imm);
  weft_render_operand(r, v->in[0], 1);
  weft_text_add(r->out, ")");
}

/* The rows are read, each of whole vectors, and turned round in registers. */
static void turn(weft_renderer *r, const weft_ir_value *first) {
  int n = first->lanes;
  weft_render_indent(r);
  weft_text_printf(r->out, "%s t%d[%d];\n", type(first->type, n), first->id, n);
  for (int i = 0; i < n; i++) {
    weft_render_indent(r);
    weft_text_printf(r->out, "t%d[%d] = vload%d(0, b%lld + ", first->id, i, n, (long long)first->imm);
    weft_render_operand(r, first->in[0], 1);
    weft_text_printf(r->out, " + (%lld));\n", (long long)first->stride * i);
  }
  weft_render_indent(r);
  weft_text_printf(r->out, "W_TURN_%d(t%d)\n", n, first->id);
}

static void load(weft_renderer *r, const weft_ir_value *v) {
  if (v->turned) {
    weft_text_printf(r->out, "t%d[%d]", v->turned->id, v->turn);
    return;
  }
  const weft_ir_value *guard = v->n_in == 3 ? v->in[1] : NULL;
  int whole = is_vector_access(v) && (!guard || guard->lanes == 1);
  if (guard && guard->lanes == 1) {
    weft_render_operand(r, guard, 1);
    weft_text_add(r->out, " ? ");
  }
  if (whole && is_four(r->ir, v)) {
    four(r, v);
  } else if (whole) {
    weft_text_printf(r->out, "vload%d(0, %c%lld + ", v->lanes, memory_of(v), (long long)v->imm);
    weft_render_operand(r, v->in[0], 1);
    weft_text_add(r->out, ")");
  } else {
    if (v->lanes > 1) weft_text_printf(r->out, "(%s)(", type(v->type, v->lanes));
    for (int l = 0; l < v->lanes; l++) {
      if (l) weft_text_add(r->out, ", ");
      if (guard && guard->lanes > 1) {
        weft_render_lane_of(r, guard, l);
        weft_text_add(r->out, " ? ");
      }
      element(r, v, l);
      if (guard && guard->lanes > 1) {
        weft_text_add(r->out, " : ");
        weft_render_lane_of(r, v->in[2], l);
      }
    }
    if (v->lanes > 1) weft_text_add(r->out, ")");
  }
  if (guard && guard->lanes == 1) {
    weft_text_add(r->out, " : ");
    weft_render_operand(r, v->in[2], v->lanes);
  }
}

static void store(weft_renderer *r, const weft_ir_value *v) {
  int past = v->op == WEFT_IR_STORE && v->lanes == r->ir->bindings[v->imm].past && v->in[0]->multiple % v->lanes == 0;
  weft_render_indent(r);
  if (is_four(r->ir, v) && !past) {
    four(r, v);
    weft_text_add(r->out, " = ");
    weft_render_operand(r, v->in[1], v->lanes);
    weft_text_add(r->out, ";\n");
    return;
  }
  if (is_vector_access(v)) {
    weft_text_printf(r->out, "%s(%s, %s, %d, ", past ? "w_store_past" : "w_store", space_of(r->ir, v), type(v->type, 1),
                     v->lanes);
    weft_render_operand(r, v->in[1], v->lanes);
    weft_text_printf(r->out, ", %c%lld + ", memory_of(v), (long long)v->imm);
    weft_render_operand(r, v->in[0], 1);
    weft_text_add(r->out, ");\n");
    return;
  }
  for (int l = 0; l < v->lanes; l++) {
    if (l) weft_render_indent(r);
    element(r, v, l);
    weft_text_add(r->out, " = ");
    weft_render_lane_of(r, v->in[1], l);
    weft_text_add(r->out, ";\n");
  }
}

static void prefetch(weft_renderer *r, const weft_ir_value *v) {
  weft_render_indent(r);
  weft_text_printf(r->out, "w_prefetch(b%lld + ", (long long)v->imm);
  weft_render_operand(r, v->in[0], 1);
  weft_text_printf(r->out, ", %d);\n", r->ir->bindings[v->imm].written);
}

static void bindings(const weft_ir *ir, weft_text *out) {
  for (int i = 0; i < ir->n_bindings; i++)
    weft_text_printf(out, "%s__global %s%s *b%d", i ? ", " : "", ir->bindings[i].written ? "" : "const ",
                     type(ir->bindings[i].type, 1), i);
}

static void head(const weft_ir *ir, const char *entry, weft_text *out) {
  weft_text_printf(out, "__attribute__((reqd_work_group_size(%u, %u, %u)))\n__kernel void %s(", ir->local[0],
                   ir->local[1], ir->local[2], entry);
  bindings(ir, out);
  weft_text_add(out, ") {\n");
}

const weft_dialect_words weft_words_opencl = {
    .prelude = "kernels/prelude.cl",
    .group_id = "(int)get_group_id(%s)",
    .local_id = "(int)get_local_id(%s)",
    .dimension = {"0", "1", "2"},
    .true_word = "1",
    .false_word = "0",
    .widen = "(%s)(",
    .lane_of = ".s%x",
    .shared = "__local ",
    .of_lines = " __attribute__((aligned(64)))",
    .type = type,
    .lane = lane,
    .load = load,
    .turn = turn,
    .store = store,
    .prefetch = prefetch,
    .bindings = bindings,
    .head = head,
};
