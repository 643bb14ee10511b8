/* combine.c -- what a reduction carries: a value, for argmax and argmin a value and its position. The order in which
 * elements are joined is fixed by the loops, so that a kernel gives the same bits every time.
 *
 * The largest or smallest is NaN where any number is. Vectors keep two values for that (weft_ir.nan_apart), the extreme
 * of what compares and the last NaN seen: each is an instruction or two that do not wait for each other, where an
 * extreme that hands on NaN is four in a chain. */
#include "lower/lowering.h"
#include <limits.h>
#include <math.h>

static int is_arg(const weft_tensor *core) { return core->op == WEFT_OP_ARGMAX || core->op == WEFT_OP_ARGMIN; }
static int wants_largest(const weft_tensor *core) {
  return core->op == WEFT_OP_ARGMAX || core->op == WEFT_OP_REDUCE_MAX;
}

/* Whether state[0] leaves NaN out. */
static int is_apart(const weft_ir *ir, const weft_tensor *core) {
  return ir->nan_apart && core->in[0]->dtype == WEFT_F32 &&
         (core->op == WEFT_OP_REDUCE_MAX || core->op == WEFT_OP_REDUCE_MIN);
}

/* Whether state[1] is a NaN where one was seen, else 0. */
static int keeps_nan(const weft_ir *ir, const weft_tensor *core) {
  int i = 0;
  while (i < ir->n_nan_shown && ir->nan_shown[i] != core) i++;
  return is_apart(ir, core) && i == ir->n_nan_shown;
}

int weft_state_size(const weft_ir *ir, const weft_tensor *core) { return is_arg(core) || keeps_nan(ir, core) ? 2 : 1; }

static weft_op row_of(const weft_tensor *core) {
  switch (core->op) {
  case WEFT_OP_REDUCE_PROD: return WEFT_OP_MUL;
  case WEFT_OP_REDUCE_MAX: return WEFT_OP_MAX;
  case WEFT_OP_REDUCE_MIN: return WEFT_OP_MIN;
  default: return WEFT_OP_ADD; /* reduce_sum, fold */
  }
}

void weft_state_start(weft_ir *ir, const weft_tensor *core, int lanes, weft_ir_value **out) {
  weft_dtype dtype = core->in[0]->dtype;
  double start = core->op == WEFT_OP_REDUCE_PROD;
  if (is_arg(core) || core->op == WEFT_OP_REDUCE_MAX || core->op == WEFT_OP_REDUCE_MIN) {
    if (dtype == WEFT_F32)
      start = wants_largest(core) ? -INFINITY : INFINITY;
    else
      start = wants_largest(core) ? INT32_MIN : INT32_MAX;
  }
  out[0] = weft_ir_splat(ir, weft_ir_number(ir, dtype, start), lanes);
  if (is_arg(core)) out[1] = weft_ir_splat(ir, weft_ir_int(ir, 0), lanes);
  if (keeps_nan(ir, core)) out[1] = weft_ir_splat(ir, weft_ir_number(ir, dtype, 0), lanes);
}

static weft_ir_value *is_better(weft_ir *ir, const weft_tensor *core, weft_ir_value *x, weft_ir_value *than) {
  return wants_largest(core) ? weft_ir_less(ir, than, x) : weft_ir_less(ir, x, than);
}

static weft_ir_value *unless_nan(weft_ir *ir, weft_ir_value *x, weft_ir_value *value) {
  return weft_ir_select(ir, weft_ir_equal(ir, x, x), value, x);
}

void weft_state_add(weft_ir *ir, const weft_tensor *core, weft_ir_value *const *state, weft_ir_value *x,
                    weft_ir_value *position, weft_ir_value **out) {
  if (!state[0]) {
    out[0] = x;
    if (is_arg(core)) out[1] = position;
    if (keeps_nan(ir, core)) out[1] = unless_nan(ir, x, weft_ir_number(ir, core->in[0]->dtype, 0));
  } else if (is_apart(ir, core)) {
    if (keeps_nan(ir, core)) out[1] = unless_nan(ir, x, state[1]);
    out[0] = weft_ir_select(ir, is_better(ir, core, x, state[0]), x, state[0]);
  } else if (is_arg(core)) {
    weft_ir_value *better = is_better(ir, core, x, state[0]);
    weft_ir_value *value = weft_ir_select(ir, better, x, state[0]);
    out[1] = weft_ir_select(ir, better, position, state[1]);
    out[0] = value;
  } else {
    out[0] = weft_ir_scalar_op(ir, row_of(core), state[0], x, NULL);
  }
}

void weft_state_join(weft_ir *ir, const weft_tensor *core, weft_ir_value *const *a, weft_ir_value *const *b,
                     weft_ir_value **out) {
  if (is_apart(ir, core)) {
    if (keeps_nan(ir, core)) out[1] = weft_ir_scalar_op(ir, WEFT_OP_ADD, a[1], b[1], NULL);
    out[0] = weft_ir_select(ir, is_better(ir, core, b[0], a[0]), b[0], a[0]);
    return;
  }
  if (!is_arg(core)) {
    out[0] = weft_ir_scalar_op(ir, row_of(core), a[0], b[0], NULL);
    return;
  }
  weft_ir_value *better = is_better(ir, core, b[0], a[0]);
  weft_ir_value *tie = weft_ir_equal(ir, a[0], b[0]), *earlier = weft_ir_less(ir, b[1], a[1]);
  earlier = weft_ir_and(ir, tie, earlier);
  weft_ir_value *take = weft_ir_or(ir, better, earlier);
  weft_ir_value *value = weft_ir_select(ir, take, b[0], a[0]);
  out[1] = weft_ir_select(ir, take, b[1], a[1]);
  out[0] = value;
}

void weft_state_across(weft_ir *ir, const weft_tensor *core, weft_ir_value **state) {
  int n = weft_state_size(ir, core);
  while (state[0]->lanes > 1) {
    weft_ir_value *low[WEFT_STATE], *high[WEFT_STATE];
    for (int i = 0; i < n; i++) {
      low[i] = weft_ir_low(ir, state[i]);
      high[i] = weft_ir_high(ir, state[i]);
    }
    weft_state_join(ir, core, low, high, state);
  }
}

weft_ir_value *weft_state_result(weft_ir *ir, const weft_tensor *core, weft_ir_value *const *state) {
  if (keeps_nan(ir, core)) return unless_nan(ir, state[1], state[0]);
  return state[is_arg(core) ? 1 : 0];
}
