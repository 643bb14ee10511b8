/* row_team.c -- rows (row.c) that teams of work-items share out. What a work-item has of a row stays in its registers
 * where it fits: all passes over it are written out, and what one has read or computed the next ones find. */
#include "lower/row.h"

/* Numbers of a row that a work-item keeps; vectors of results that wait to be stored. */
enum { MOST_KEPT = 32, STORED_AT_ONCE = 4 };

/* Piece k of what the work-item has of its row, up to weft_emitter.guard: whether it is there at all. */
static void turn_to_piece(weft_rows *r, int64_t k) {
  weft_ir *ir = &r->l->ir;
  int64_t width = r->team.members * r->lanes;
  weft_rows_turn_to(r, 0);
  weft_ir_value *inside = weft_ir_add_int(ir, weft_ir_mul(ir, r->member, r->lanes), k * width);
  r->l->emitter.guard = (k + 1) * width <= r->length ? NULL : weft_ir_less(ir, inside, weft_ir_int(ir, r->length));
  inside = weft_ir_assume(ir, inside, 0, r->length - r->lanes);
  weft_rows_move_to(r, weft_ir_add(ir, inside, weft_ir_lane(ir, r->lanes)));
}

void weft_rows_reduce_by_team(weft_rows *r) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  const weft_group *group = l->group;
  weft_tensor *cores[WEFT_ROWS_STATES];
  int n = 0;
  int64_t width = r->team.members * r->lanes;
  weft_rows_add_state(r, 1, r->lanes);
  for (int64_t k = 0; k < r->pieces; k++) {
    turn_to_piece(r, k);
    weft_rows_accumulate(r, l->emitter.guard, 0);
  }
  l->emitter.guard = NULL;
  if (r->pieces == 0)
    weft_for(l, weft_ir_mul(ir, r->member, r->lanes), weft_ir_int(ir, r->length), width, r->lanes, r->n_states,
             r->state, weft_rows_step, r);
  for (int c = 0, slot = 0; c < group->n_cores; c++) {
    if (r->level[c] != r->phase) continue;
    cores[n++] = group->cores[c];
    weft_state_across(ir, group->cores[c], &r->state[slot]);
    slot += weft_state_size(ir, group->cores[c]);
  }
  weft_team team = r->team;
  weft_team_join(l, &team, cores, n, r->state);
  weft_team_take(l, &team, weft_team_column(l, &r->team, 1), cores, n, r->state);
}

/* Some pieces' results are computed, then stored: what is still to be read might lie where they go, for all that the
 * device's compiler knows. */
void weft_rows_store_pieces(weft_rows *r) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  int most = weft_emit_most_outputs(l->group);
  weft_emitted *emitted = WEFT_NEW(l->arena, weft_emitted, STORED_AT_ONCE * most);
  if (!emitted) {
    weft_fail(&ir->error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
    return;
  }
  for (int64_t first = 0; first < r->pieces; first += STORED_AT_ONCE) {
    weft_ir_value *guard[STORED_AT_ONCE];
    int n = 0, count = r->pieces - first < STORED_AT_ONCE ? (int)(r->pieces - first) : STORED_AT_ONCE;
    for (int k = 0; k < count; k++) {
      turn_to_piece(r, first + k);
      guard[k] = l->emitter.guard;
      n = weft_emit_outputs(&l->emitter, r->rows * r->length, r->at, &emitted[k * most]);
    }
    l->emitter.guard = NULL;
    for (int k = 0; k < count; k++) {
      weft_ir_if_begin(ir, guard[k]);
      for (int i = k * most; i < k * most + n; i++)
        weft_ir_store(ir, emitted[i].binding, emitted[i].at, emitted[i].value);
      weft_ir_if_end(ir);
    }
  }
}

/* Whether rows are read and written in fours. */
static int are_fours(const weft_rows *r) {
  const weft_group *group = r->l->group;
  weft_trial t;
  if (r->length % 4) return 0;
  weft_trial_begin(&t, r->l, group->n_cores + group->n_outputs);
  weft_ir *ir = &t.l.ir;
  for (int c = 0; c < group->n_cores; c++) {
    weft_ir_type type = group->cores[c]->dtype == WEFT_F32 ? WEFT_IR_F32 : WEFT_IR_I32;
    weft_emit_bind(&t.l.emitter, group->cores[c], weft_ir_param(ir, "core", type, 1, INT32_MIN, INT32_MAX, 1));
  }
  weft_ir_value *at = weft_ir_mul(ir, weft_trial_axis(&t, r->rows), r->length);
  at = weft_ir_add(ir, at, weft_ir_mul(ir, weft_trial_axis(&t, r->length / 4), 4));
  at = weft_ir_add(ir, at, weft_ir_lane(ir, 4));
  for (int c = 0; c < group->n_cores; c++) weft_trial_add(&t, weft_emit_at(&t.l.emitter, group->cores[c]->in[0], at));
  for (int i = 0; i < group->n_outputs; i++)
    if (weft_rows_is_full(r, group->outputs[i])) weft_trial_add(&t, weft_emit_at(&t.l.emitter, group->outputs[i], at));
  weft_trial_end(&t);
  weft_error_copy(&r->l->ir.error, &t.l.ir.error);
  return ir->error.status == WEFT_OK && weft_trial_reads_fours(&t);
}

void weft_rows_by_teams(weft_rows *r) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  r->how = WEFT_ROWS_TEAM;
  r->lanes = are_fours(r) ? 4 : 1;
  r->team = weft_team_of_rows(l, r->rows, r->length);
  while (r->rows % r->team.columns) r->team.columns /= 2;
  int64_t width = r->team.members * r->lanes;
  r->pieces = (r->length + width - 1) / width;
  if (r->pieces * r->lanes > MOST_KEPT) r->pieces = 0;
  ir->local[0] = (uint32_t)(r->team.members * r->team.columns);
  weft_ir_value *group = weft_begin_groups(l, r->rows / r->team.columns);
  r->member = weft_team_member(l, &r->team, 1);
  weft_rows_some(r, weft_ir_add(ir, weft_ir_mul(ir, group, r->team.columns), weft_team_column(l, &r->team, 1)), 1, NULL,
                 NULL);
  weft_end_groups(l);
}
