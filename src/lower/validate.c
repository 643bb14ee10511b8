/* validate.c -- checks of the kernel IR: operands computed before and in scope, types and lanes that fit, and (apart)
 * that every access to memory is inside of it. A failure is weft's own: it names the value and the rule. */
#include "lower/ir.h"

static weft_status fail(weft_error *error, const weft_ir_value *v, const char *rule) {
  return weft_fail(error, WEFT_INTERNAL, "kernel IR: v%d (%s): %s", v->id, weft_ir_op_name(v->op), rule);
}

static int in_scope(const weft_ir_block *user, const weft_ir_block *maker) {
  while (user && user != maker) user = user->parent;
  return user != NULL;
}

typedef struct check {
  const weft_ir *ir;
  weft_error *error;
  unsigned char *seen;
} check;

static weft_status check_types(const check *c, const weft_ir_value *v) {
  const weft_ir_value *a = v->n_in > 0 ? v->in[0] : NULL, *b = v->n_in > 1 ? v->in[1] : NULL;
  for (int i = 0; i < v->n_in && v->op != WEFT_IR_RESULT && v->op != WEFT_IR_LOOP; i++) {
    int lanes = v->in[i]->lanes;
    if (v->op == WEFT_IR_LOW || v->op == WEFT_IR_HIGH ? lanes != 2 * v->lanes : lanes != 1 && lanes != v->lanes)
      if (v->op != WEFT_IR_IF) return fail(c->error, v, "operands differ in lanes");
  }
  switch (v->op) {
  case WEFT_IR_SUM:
  case WEFT_IR_MIN:
  case WEFT_IR_MAX:
    for (int i = 0; i < v->n_in; i++)
      if (v->in[i]->type != WEFT_IR_I32) return fail(c->error, v, "an operand is not i32");
    break;
  case WEFT_IR_DIV:
  case WEFT_IR_MOD:
    if (a->type != WEFT_IR_I32 || a->lo < 0 || v->imm < 1)
      return fail(c->error, v, "not an i32 >= 0 by a divisor >= 1");
    break;
  case WEFT_IR_LESS:
  case WEFT_IR_EQUAL:
    if (a->type != b->type || a->type == WEFT_IR_BOOL) return fail(c->error, v, "operands differ in type");
    break;
  case WEFT_IR_AND:
  case WEFT_IR_OR:
  case WEFT_IR_NOT:
    if (a->type != WEFT_IR_BOOL || (b && b->type != WEFT_IR_BOOL)) return fail(c->error, v, "an operand is not bool");
    break;
  case WEFT_IR_SELECT:
    if (a->type != WEFT_IR_BOOL || b->type != v->type || v->in[2]->type != v->type)
      return fail(c->error, v, "not a condition and two operands of one type");
    break;
  case WEFT_IR_LOAD:
    if (v->imm < 0 || v->imm >= c->ir->n_bindings || a->type != WEFT_IR_I32)
      return fail(c->error, v, "no such address");
    if (b && (b->type != WEFT_IR_BOOL || v->in[2]->type != v->type))
      return fail(c->error, v, "guard or fill of a wrong type");
    break;
  case WEFT_IR_STORE:
    if (v->imm < 0 || v->imm >= c->ir->n_bindings || a->type != WEFT_IR_I32)
      return fail(c->error, v, "no such address");
    if (!c->ir->bindings[v->imm].written) return fail(c->error, v, "the binding is read-only");
    if (b->type != v->type) return fail(c->error, v, "the value's type is not the binding's");
    break;
  case WEFT_IR_PREFETCH:
    if (v->imm < 0 || v->imm >= c->ir->n_bindings || a->type != WEFT_IR_I32 || a->lanes != 1)
      return fail(c->error, v, "no such address");
    break;
  case WEFT_IR_ARRAY_LOAD:
  case WEFT_IR_ARRAY_STORE:
    if (v->imm < 0 || v->imm >= c->ir->n_arrays || a->type != WEFT_IR_I32) return fail(c->error, v, "no such address");
    if (b && b->type != v->type) return fail(c->error, v, "the value's type is not the array's");
    break;
  case WEFT_IR_LOOP:
    if (a->type != WEFT_IR_I32 || b->type != WEFT_IR_I32 || a->lanes != 1 || b->lanes != 1 || v->imm < 1)
      return fail(c->error, v, "bounds are not two i32 and a step >= 1");
    for (int i = 0; i < v->body->n_carry; i++) {
      const weft_ir_value *carry = v->body->carry[i], *next = v->body->carry_next[i];
      if (v->in[2 + i]->type != carry->type || v->in[2 + i]->lanes != carry->lanes)
        return fail(c->error, carry, "starts as another type");
      if (next->type != carry->type || (next->lanes != carry->lanes && next->lanes != 1))
        return fail(c->error, carry, "becomes another type");
      if (!in_scope(v->body, next->block)) return fail(c->error, carry, "becomes a value out of scope");
      if (next->op == WEFT_IR_CARRY && next->block == v->body && next != carry)
        return fail(c->error, carry, "becomes another carried variable");
    }
    break;
  case WEFT_IR_IF:
    if (a->type != WEFT_IR_BOOL || a->lanes != 1) return fail(c->error, v, "not a condition of one lane");
    break;
  default: break;
  }
  return WEFT_OK;
}

static weft_status check_block(const check *c, const weft_ir_block *block) {
  for (const weft_ir_value *v = block->first; v; v = v->next) {
    if (v->block != block) return fail(c->error, v, "stands in another block than it says");
    for (int i = 0; i < v->n_in; i++) {
      if (!in_scope(block, v->in[i]->block)) return fail(c->error, v, "an operand is out of scope");
      if (!c->seen[v->in[i]->id]) return fail(c->error, v, "an operand comes later");
    }
    weft_status status = check_types(c, v);
    if (status == WEFT_OK && v->body) status = check_block(c, v->body);
    if (status != WEFT_OK) return status;
    c->seen[v->id] = 1;
  }
  return WEFT_OK;
}

weft_status weft_ir_validate(const weft_ir *ir, weft_error *error) {
  if (ir->error.status != WEFT_OK) return weft_error_copy(error, &ir->error);
  if (ir->n_loops || ir->current != ir->body)
    return weft_fail(error, WEFT_INTERNAL, "kernel IR: a loop or if is not ended");
  check c = {ir, error, WEFT_NEW(ir->arena, unsigned char, ir->n_values + 1)};
  if (!c.seen) return weft_fail(error, WEFT_NO_MEMORY, "lower: no memory to check a kernel");
  return check_block(&c, ir->body);
}

static weft_status bounds_of(const weft_ir *ir, const weft_ir_block *block, weft_error *error) {
  for (const weft_ir_value *v = block->first; v; v = v->next) {
    weft_status status = WEFT_OK;
    int buffer = v->op == WEFT_IR_STORE || (v->op == WEFT_IR_LOAD && v->n_in == 1);
    if (buffer || v->op == WEFT_IR_ARRAY_LOAD || v->op == WEFT_IR_ARRAY_STORE) {
      int64_t size = buffer ? ir->bindings[v->imm].size : ir->arrays[v->imm].size;
      if (v->least < 0 || v->most >= size)
        status = weft_fail(error, WEFT_INTERNAL,
                           "kernel IR: v%d (%s) reaches %lld to %lld of %s %lld, which has %lld elements", v->id,
                           weft_ir_op_name(v->op), (long long)v->least, (long long)v->most,
                           buffer ? "binding" : "array", (long long)v->imm, (long long)size);
    }
    if (status == WEFT_OK && v->body) status = bounds_of(ir, v->body, error);
    if (status != WEFT_OK) return status;
  }
  return WEFT_OK;
}

weft_status weft_ir_check_bounds(const weft_ir *ir, weft_error *error) { return bounds_of(ir, ir->body, error); }
