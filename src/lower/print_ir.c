/* print_ir.c -- the kernel IR as text, one value a line: "v12 i32x8 [0,63] = sum 4 + v3*8 + v5". */
#include "lower/ir.h"

static const char *const names[WEFT_IR_OP_COUNT] = {
    [WEFT_IR_INT] = "int",
    [WEFT_IR_FLOAT] = "float",
    [WEFT_IR_GROUP_ID] = "group_id",
    [WEFT_IR_LOCAL_ID] = "local_id",
    [WEFT_IR_LANE] = "lane",
    [WEFT_IR_PARAM] = "param",
    [WEFT_IR_SUM] = "sum",
    [WEFT_IR_DIV] = "div",
    [WEFT_IR_MOD] = "mod",
    [WEFT_IR_MIN] = "min",
    [WEFT_IR_MAX] = "max",
    [WEFT_IR_ASSUME] = "assume",
    [WEFT_IR_LESS] = "less",
    [WEFT_IR_EQUAL] = "equal",
    [WEFT_IR_AND] = "and",
    [WEFT_IR_OR] = "or",
    [WEFT_IR_NOT] = "not",
    [WEFT_IR_SELECT] = "select",
    [WEFT_IR_SCALAR_OP] = "op",
    [WEFT_IR_UNIFORM] = "uniform",
    [WEFT_IR_NORMAL] = "normal",
    [WEFT_IR_LOW] = "low",
    [WEFT_IR_HIGH] = "high",
    [WEFT_IR_SPLAT] = "splat",
    [WEFT_IR_LOAD] = "load",
    [WEFT_IR_LOOP_INDEX] = "loop_index",
    [WEFT_IR_CARRY] = "carry",
    [WEFT_IR_RESULT] = "result",
    [WEFT_IR_ARRAY_LOAD] = "array_load",
    [WEFT_IR_ARRAY_STORE] = "array_store",
    [WEFT_IR_STORE] = "store",
    [WEFT_IR_PREFETCH] = "prefetch",
    [WEFT_IR_LOOP] = "loop",
    [WEFT_IR_IF] = "if",
    [WEFT_IR_BARRIER] = "barrier",
    [WEFT_IR_RETURN] = "return",
};

const char *weft_ir_op_name(weft_ir_op op) { return names[op]; }

static void print_block(const weft_ir_block *block, int depth, weft_text *out);

static void print_value(const weft_ir_value *v, int depth, weft_text *out) {
  static const char *const types[] = {"i32", "f32", "bool"};
  weft_text_printf(out, "%*sv%d", 2 * depth, "", v->id);
  if (v->op < WEFT_IR_ARRAY_STORE) {
    weft_text_printf(out, " %s", types[v->type]);
    if (v->lanes > 1) weft_text_printf(out, "x%d", v->lanes);
    if (v->type == WEFT_IR_I32 && v->op <= WEFT_IR_ASSUME)
      weft_text_printf(out, " [%lld,%lld]", (long long)v->lo, (long long)v->hi);
  }
  weft_text_printf(out, " = %s", v->op == WEFT_IR_SCALAR_OP ? weft_ops[v->row].name : names[v->op]);
  if (v->op == WEFT_IR_FLOAT)
    weft_text_printf(out, " %.9g", v->number);
  else if (v->op == WEFT_IR_PARAM)
    weft_text_printf(out, " %s", v->name);
  else if (v->op != WEFT_IR_SCALAR_OP && v->op != WEFT_IR_LESS)
    weft_text_printf(out, " %lld", (long long)v->imm);
  if (v->stride) weft_text_printf(out, " stride %lld", (long long)v->stride);
  for (int i = 0; i < v->n_in; i++) {
    weft_text_printf(out, " v%d", v->in[i]->id);
    if (v->coef) weft_text_printf(out, "*%lld", (long long)v->coef[i]);
  }
  weft_text_add(out, "\n");
  if (!v->body) return;
  print_block(v->body, depth + 1, out);
  for (int i = 0; i < v->body->n_carry; i++)
    weft_text_printf(out, "%*sv%d becomes v%d\n", 2 * depth + 2, "", v->body->carry[i]->id, v->body->carry_next[i]->id);
}

static void print_block(const weft_ir_block *block, int depth, weft_text *out) {
  for (const weft_ir_value *v = block->first; v; v = v->next) print_value(v, depth, out);
}

void weft_ir_print(const weft_ir *ir, weft_text *out) {
  for (int i = 0; i < ir->n_bindings; i++)
    weft_text_printf(out, "binding %d: %s of %lld%s\n", i, ir->bindings[i].type == WEFT_IR_F32 ? "f32" : "i32",
                     (long long)ir->bindings[i].size, ir->bindings[i].written ? ", written" : "");
  for (int i = 0; i < ir->n_arrays; i++)
    weft_text_printf(out, "array %d: %s of %lld%s\n", i, ir->arrays[i].type == WEFT_IR_F32 ? "f32" : "i32",
                     (long long)ir->arrays[i].size, ir->arrays[i].shared ? ", shared" : "");
  print_block(ir->body, 0, out);
}
