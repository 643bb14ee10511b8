/* trial.c -- a trial emission with one variable an axis, to see how memory is reached before the loops are chosen.
 *
 * Two axes may be walked as one when every sum in which either occurs has them in the ratio of the inner one's size:
 * then with the merged variable m the parts m / size and m % size join into a multiple of m again (simplify.c). */
#include "lower/lowering.h"
#include <stdio.h>

void weft_trial_begin(weft_trial *trial, const weft_lowering *like, int max_roots) {
  *trial = (weft_trial){.l = *like, .room = max_roots};
  weft_ir_begin(&trial->l.ir, like->arena);
  weft_emit_begin(&trial->l.emitter, like->group, NULL, &trial->l.ir);
  trial->roots = WEFT_NEW(like->arena, weft_ir_value *, max_roots);
  if (!trial->roots) weft_fail(&trial->l.ir.error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
}

weft_ir_value *weft_trial_axis(weft_trial *trial, int64_t size) {
  char name[16];
  int i = trial->n_axes++;
  snprintf(name, sizeof name, "d%d", i);
  trial->size[i] = size;
  trial->axis[i] =
      size == 1 ? weft_ir_int(&trial->l.ir, 0) : weft_ir_param(&trial->l.ir, name, WEFT_IR_I32, 1, 0, size - 1, 1);
  return trial->axis[i];
}

void weft_trial_add(weft_trial *trial, weft_ir_value *root) {
  if (trial->n_roots < trial->room && trial->roots) trial->roots[trial->n_roots++] = root;
}

static void mark(weft_trial *trial, weft_ir_value *v) {
  if (v->uses++) return;
  for (int i = 0; i < v->n_in; i++) mark(trial, v->in[i]);
  trial->live[trial->n_live++] = v;
}

void weft_trial_end(weft_trial *trial) {
  weft_ir *ir = &trial->l.ir;
  trial->live = WEFT_NEW(trial->l.arena, weft_ir_value *, ir->n_values + 1);
  if (!trial->live) weft_fail(&ir->error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
  if (ir->error.status != WEFT_OK) return;
  for (int i = 0; i < trial->n_roots; i++) mark(trial, trial->roots[i]);
}

/* Whether one use of an integer has the axes in ratio, or not at all. */
static int in_ratio(const weft_trial *trial, weft_ir_value *used, int outer, int inner) {
  if (used->type != WEFT_IR_I32 || used->op > WEFT_IR_ASSUME) return 1;
  int64_t a = weft_ir_coefficient(used, trial->axis[outer], NULL),
          b = weft_ir_coefficient(used, trial->axis[inner], NULL);
  return a == b * trial->size[inner];
}

int weft_trial_merges(const weft_trial *trial, int outer, int inner) {
  if (trial->size[outer] == 1 || trial->size[inner] == 1) return 1;
  for (int i = 0; i < trial->n_roots; i++)
    if (!in_ratio(trial, trial->roots[i], outer, inner)) return 0;
  for (int i = 0; i < trial->n_live; i++) {
    weft_ir_value *v = trial->live[i];
    if (v->op == WEFT_IR_SUM || v->op == WEFT_IR_ASSUME) continue; /* seen through by their users */
    for (int k = 0; k < v->n_in; k++)
      if (!in_ratio(trial, v->in[k], outer, inner)) return 0;
  }
  return 1;
}

/* What a number costs that is read for a lane of its own: the lanes of a vector have to be put together; and such that
 * lie a multiple of some numbers apart meet in few sets of a first cache, so their lines are gone when the next numbers
 * of them are read. Work-items read theirs anyway. */
static double lane_cost(const weft_trial *trial, int64_t stride) {
  enum { FEW_SETS = 256 };
  return !trial->l.vectors ? 1 : stride % FEW_SETS == 0 ? 4 : 1.5;
}

double weft_trial_load_cost(const weft_trial *trial, int axis, int lanes) {
  double cost = 0;
  for (int i = 0; i < trial->n_live; i++) {
    weft_ir_value *v = trial->live[i];
    if (v->op != WEFT_IR_LOAD) continue;
    int elsewhere = 0;
    int64_t stride = weft_ir_coefficient(v->in[0], trial->axis[axis], &elsewhere);
    if (v->n_in == 3 && weft_ir_depends_on(v->in[1], trial->axis[axis])) elsewhere = 1;
    cost += elsewhere ? 2.0 * lanes : stride == 0 || stride == 1 ? 1 : lane_cost(trial, stride) * lanes;
  }
  return cost;
}

int weft_trial_crosses(const weft_trial *trial, int lane, int other) {
  for (int i = 0; i < trial->n_live; i++) {
    weft_ir_value *v = trial->live[i];
    if (v->op != WEFT_IR_LOAD) continue;
    int64_t along = weft_ir_coefficient(v->in[0], trial->axis[lane], NULL);
    if (along != 0 && along != 1 && weft_ir_coefficient(v->in[0], trial->axis[other], NULL) == 1) return 1;
  }
  return 0;
}

double weft_trial_cost(const weft_trial *trial) {
  double cost = 0;
  for (int i = 0; i < trial->n_live; i++) {
    const weft_ir_value *v = trial->live[i];
    if (v->op == WEFT_IR_LOAD)
      cost += 1;
    else if (v->op == WEFT_IR_SCALAR_OP)
      cost += weft_row_cost(v->row);
    else if (v->op == WEFT_IR_UNIFORM)
      cost += weft_row_cost(WEFT_OP_UNIFORM);
    else if (v->op == WEFT_IR_NORMAL)
      cost += weft_row_cost(WEFT_OP_NORMAL);
  }
  return cost;
}

int weft_trial_reads_fours(const weft_trial *trial) {
  for (int i = 0; i < trial->n_live; i++) {
    const weft_ir_value *v = trial->live[i];
    if (v->op != WEFT_IR_LOAD || v->lanes == 1) continue;
    if (v->lanes != 4 || v->in[0]->lanes > 1 || v->stride != 1 || v->in[0]->multiple % 4) return 0;
    if (v->n_in == 3 && v->in[1]->lanes > 1) return 0;
  }
  return 1;
}

int weft_trial_numbers(const weft_trial *trial, int axis) {
  int numbers = 0;
  for (int i = 0; i < trial->n_live; i++) {
    const weft_ir_value *v = trial->live[i];
    if (v->op == WEFT_IR_LOAD && weft_ir_depends_on(v, trial->axis[axis])) numbers += v->lanes;
  }
  return numbers;
}
