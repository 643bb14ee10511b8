/* row.c -- groups of several reductions over the same rows, each possibly using earlier ones: softmax, norms,
 * cross-entropy.
 *
 * Cores that do not depend on each other are one level: one pass over the row reduces them together. After the last
 * level a pass writes the results. What an earlier pass has computed at some expense (an exponential) and a later one
 * needs again is kept in an array of the work-item, where the row is short enough for that.
 *
 * With vectors, passes also fetch ahead what they read of the rows some KiB further on, since no hardware foresees the
 * step from page to page: the last one what it reads itself, the last of reductions the rest. Where much is computed
 * for each element, the last of reductions fetches all of it, and the lines where the row's results go. Of several
 * levels the first goes over the next rows along with the pass that writes the results of these, so that neither
 * memory nor arithmetic waits for the other.
 *
 * With vectors: lanes along the row, rows one by one, or a few side by side where rows are so short that joining the
 * lanes would be waited for; rows shorter than a few vectors side by side, a lane a row, their elements one by one.
 * Without: work-items share out a row (team.c), a few rows a work-group where these are short. What a work-item has of
 * a row stays in its registers where it fits: all passes over it are written out, and what one has read or computed the
 * next ones find. Many rows of a few numbers: one work-item a row. Shaders on a CPU: one work-item a row, in vectors
 * where it is long. */
#include "lower/row.h"
#include <string.h>

/* Fetching ahead: so many numbers, of rows of which two fit into a first cache beside what is at work; numbers of a
 * line. */
enum { AHEAD = 2048, LONGEST_AHEAD = 4096, LINE = 16 };

/* LARGER: so many times are work-groups, since the first rows of each have nothing to go along with. */
enum { SHORT_ROW = 32, MANY_ROWS = 1 << 16, LARGER = 4 };

/* ---- one pass of reductions ---- */

static weft_ir_value *row_at_hand(const weft_rows *r) { return weft_ir_add_int(&r->l->ir, r->first, r->which); }

void weft_rows_move_to(weft_rows *r, weft_ir_value *inside) {
  r->inside = inside;
  r->at = weft_ir_add(&r->l->ir, weft_ir_mul(&r->l->ir, row_at_hand(r), r->length), inside);
}

void weft_rows_turn_to(weft_rows *r, int which) {
  const weft_group *group = r->l->group;
  if (r->which == which) return;
  r->which = which;
  for (int c = 0; c < group->n_cores; c++)
    if (r->level[c] < r->phase) weft_emit_bind(&r->l->emitter, group->cores[c], r->result[which * group->n_cores + c]);
}

int weft_rows_accumulate(weft_rows *r, weft_ir_value *guard, int slot) {
  const weft_group *group = r->l->group;
  weft_ir *ir = &r->l->ir;
  for (int c = 0; c < group->n_cores; c++) {
    weft_tensor *core = group->cores[c];
    weft_ir_value *nothing[WEFT_STATE];
    if (r->level[c] != r->phase) continue;
    weft_ir_value *x = weft_emit_at(&r->l->emitter, core->in[0], r->at);
    if (guard) {
      weft_state_start(ir, core, r->lanes, nothing);
      x = weft_ir_select(ir, guard, x, nothing[0]);
    }
    weft_state_add(ir, core, &r->state[slot], x, r->inside, &r->state[slot]);
    slot += weft_state_size(ir, core);
  }
  weft_rows_keep(r);
  return slot;
}

/* ---- fetching ahead ---- */

static void find_ahead(weft_rows *r) {
  weft_ir *ir = &r->l->ir;
  int64_t step = r->now * r->length < AHEAD ? AHEAD / (r->now * r->length) * r->now : r->now;
  if (r->rolled) step += r->now;
  r->ahead = NULL;
  if (r->how != WEFT_ROWS_VECTORS || !r->l->vectors || r->length > LONGEST_AHEAD || r->rows <= step) return;
  weft_ir_value *far = weft_ir_min(ir, weft_ir_add_int(ir, r->first, step), weft_ir_int(ir, r->rows - r->now));
  r->ahead = weft_ir_sub(ir, far, r->first);
}

/* What the loads after `last` read, rows ahead: those that the pass is to fetch. */
static void fetch_ahead(weft_rows *r, const weft_ir_value *last) {
  weft_ir_fetch(&r->l->ir, last, r->first, r->ahead, r->phase > r->n_levels ? r->last_reads : ~r->last_reads);
}

/* The lines where the results of the elements at hand go. */
static void fetch_results(weft_rows *r) {
  weft_lowering *l = r->l;
  weft_ir_value *base;
  int64_t stride;
  for (int i = 0; i < l->group->n_outputs; i++)
    if (weft_rows_is_full(r, l->group->outputs[i]) && !l->ir.bindings[l->group->n_inputs + i].past &&
        weft_ir_lane_form(&l->ir, r->at, &base, &stride))
      weft_ir_prefetch(&l->ir, l->group->n_inputs + i, base);
}

static int states_of_row(const weft_rows *r) { return r->n_states / r->now; }

void weft_rows_step(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry, weft_ir_value **next) {
  weft_rows *r = context;
  size_t bytes = sizeof(weft_ir_value *) * (size_t)r->n_states;
  memcpy(r->state, carry, bytes);
  for (int b = 0; b < r->now; b++) {
    int slot = b * states_of_row(r);
    weft_rows_turn_to(r, b);
    for (int u = 0; u < r->tiles; u++) {
      const weft_ir_value *last = r->l->ir.current->last;
      weft_rows_move_to(r, weft_ir_add_int(&r->l->ir, index, (int64_t)u * lanes));
      slot = weft_rows_accumulate(r, NULL, slot);
      if (!r->ahead || r->phase < r->n_levels || lanes == 1 || u * lanes % LINE) continue;
      fetch_ahead(r, last);
      if (r->is_dear) fetch_results(r);
    }
  }
  memcpy(next, r->state, bytes);
}

/* What whole vectors leave over of each row: the row's last vector, without what was added before. */
static void add_rest(weft_rows *r) {
  weft_ir *ir = &r->l->ir;
  int64_t over = r->length % r->lanes;
  if (over == 0) return;
  weft_ir_value *inside = weft_ir_add_int(ir, weft_ir_lane(ir, r->lanes), r->length - r->lanes);
  weft_ir_value *guard = weft_ir_less(ir, weft_ir_int(ir, r->length - over - 1), inside);
  for (int b = 0; b < r->now; b++) {
    weft_rows_turn_to(r, b);
    weft_rows_move_to(r, inside);
    weft_rows_accumulate(r, guard, b * states_of_row(r));
  }
}

void weft_rows_add_state(weft_rows *r, int copies, int lanes) {
  const weft_group *group = r->l->group;
  for (int u = 0; u < copies; u++)
    for (int c = 0; c < group->n_cores; c++) {
      if (r->level[c] != r->phase) continue;
      int n = weft_state_size(&r->l->ir, group->cores[c]);
      memset(&r->state[r->n_states], 0, sizeof(weft_ir_value *) * (size_t)n);
      if (lanes) weft_state_start(&r->l->ir, group->cores[c], lanes, &r->state[r->n_states]);
      r->n_states += n;
    }
}

/* The states of one row joined into its first ones, of one lane. */
static void join_vectors(weft_rows *r, weft_ir_value **states) {
  const weft_group *group = r->l->group;
  weft_ir *ir = &r->l->ir;
  for (int c = 0, slot = 0; c < group->n_cores; c++) {
    if (r->level[c] != r->phase) continue;
    const weft_tensor *core = group->cores[c];
    weft_ir_value **state = &states[slot];
    for (int u = 1; u < r->tiles; u++) weft_state_join(ir, core, state, &states[u * r->states + slot], state);
    weft_state_across(ir, core, state);
    slot += weft_state_size(ir, core);
  }
}

/* ---- a level ---- */

/* The body is weft_rows_step, or something that ends with it. */
static void reduce_level(weft_rows *r, weft_loop_body *body) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  const weft_group *group = l->group;
  weft_ir_value *zero = weft_ir_int(ir, 0);
  r->n_states = 0;
  r->tiles = 1;
  r->states = 0;
  for (int c = 0; c < group->n_cores; c++)
    if (r->level[c] == r->phase) r->states += weft_state_size(ir, group->cores[c]);
  switch (r->how) {
  case WEFT_ROWS_UNROLLED:
    weft_rows_add_state(r, 1, 0);
    weft_rows_turn_to(r, 0);
    for (int64_t j = 0; j < r->length; j++) {
      weft_rows_move_to(r, weft_ir_int(ir, j));
      weft_rows_accumulate(r, NULL, 0);
    }
    break;
  case WEFT_ROWS_TEAM: weft_rows_reduce_by_team(r); break;
  case WEFT_ROWS_VECTORS: {
    int most = r->now > 2 ? 1 : r->now > 1 || r->states > 3 ? 2 : 4;
    while (most > 1 && (most * r->states > 12 || (int64_t)most * r->lanes > r->length)) most /= 2;
    int64_t width = (int64_t)most * r->lanes, whole = r->length / r->lanes * r->lanes;
    weft_ir_value *in_tiles = weft_ir_int(ir, r->in_tiles = r->length / width * width);
    for (int b = 0; b < r->now; b++) weft_rows_add_state(r, most, r->lanes);
    r->tiles = most;
    weft_for(l, zero, in_tiles, width, r->lanes, r->n_states, r->state, body, r);
    r->tiles = 1;
    weft_for(l, in_tiles, weft_ir_int(ir, whole), r->lanes, r->lanes, r->n_states, r->state, weft_rows_step, r);
    add_rest(r);
    r->tiles = most;
    for (int b = 0; b < r->now; b++) join_vectors(r, &r->state[b * states_of_row(r)]);
    break;
  }
  }
  for (int b = 0; b < r->now; b++)
    for (int c = 0, slot = b * states_of_row(r); c < group->n_cores; c++) {
      if (r->level[c] != r->phase) continue;
      r->result[b * group->n_cores + c] = weft_state_result(ir, group->cores[c], &r->state[slot]);
      slot += weft_state_size(ir, group->cores[c]);
    }
  r->which = -1; /* the next row that is turned to gets its results */
}

/* ---- results ---- */

static int has_full_outputs(const weft_rows *r) {
  for (int i = 0; i < r->l->group->n_outputs; i++)
    if (weft_rows_is_full(r, r->l->group->outputs[i])) return 1;
  return 0;
}

static void store_element(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                          weft_ir_value **next) {
  weft_rows *r = context;
  (void)carry, (void)next;
  for (int b = 0; b < r->now; b++) {
    const weft_ir_value *last = r->l->ir.current->last;
    weft_rows_turn_to(r, b);
    weft_rows_move_to(r, index);
    weft_store_outputs(r->l, r->rows * r->length, r->at);
    if (r->ahead && lanes > 1) fetch_ahead(r, last);
  }
}

/* The results, from this element of each row on. */
static void store_rows(weft_rows *r, int64_t from) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  weft_ir_value *begin = weft_ir_int(ir, from), *end = weft_ir_int(ir, r->length);
  int kept = 0;
  for (int i = 0; i < l->group->n_outputs; i++) kept |= !weft_rows_is_full(r, l->group->outputs[i]);
  if (has_full_outputs(r)) {
    if (r->how == WEFT_ROWS_UNROLLED)
      for (int64_t j = 0; j < r->length; j++) store_element(r, weft_ir_int(ir, j), 1, NULL, NULL);
    else if (r->how == WEFT_ROWS_VECTORS)
      weft_for_vectors(l, begin, end, r->length, store_element, r);
    else if (r->pieces > 0)
      weft_rows_store_pieces(r);
    else
      weft_for(l, weft_ir_mul(ir, r->member, r->lanes), end, r->team.members * r->lanes, r->lanes, 0, NULL,
               store_element, r);
  }
  if (!kept) return;
  weft_ir_if_begin(ir, r->how == WEFT_ROWS_TEAM ? weft_ir_less(ir, r->member, weft_ir_int(ir, 1)) : NULL);
  for (int b = 0; b < r->now; b++) {
    weft_rows_turn_to(r, b);
    weft_store_outputs(l, r->rows, row_at_hand(r));
  }
  weft_ir_if_end(ir);
}

void weft_rows_some(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry, weft_ir_value **next) {
  weft_rows *r = context;
  (void)lanes, (void)carry, (void)next;
  r->first = index;
  r->which = -1;
  find_ahead(r);
  for (r->phase = 1; r->phase <= r->n_levels; r->phase++) reduce_level(r, weft_rows_step);
  store_rows(r, 0);
}

/* ---- the next rows along with these ---- */

static void go_to(weft_rows *r, weft_ir_value *first, int phase) {
  r->first = first;
  r->phase = phase;
  r->which = -1;
}

/* What the first level has found of the rows at hand, from there or to it; how much that is. */
static int first_results(weft_rows *r, weft_ir_value *const *from, weft_ir_value **to) {
  const weft_group *group = r->l->group;
  int n = 0;
  for (int b = 0; b < r->now; b++)
    for (int c = 0; c < group->n_cores; c++) {
      weft_ir_value **result = &r->result[b * group->n_cores + c];
      if (r->level[c] != 1) continue;
      if (from) *result = from[n];
      if (to) to[n] = *result;
      n++;
    }
  return n;
}

static void store_and_step(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                           weft_ir_value **next) {
  weft_rows *r = context;
  weft_ir_value *after = r->first;
  go_to(r, r->these, r->n_levels + 1);
  for (int u = 0; u < r->tiles; u++)
    store_element(r, weft_ir_add_int(&r->l->ir, index, (int64_t)u * lanes), lanes, NULL, NULL);
  go_to(r, after, 1);
  weft_rows_step(r, index, lanes, carry, next);
}

static void some_rows_rolled(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                             weft_ir_value **next) {
  weft_rows *r = context;
  weft_ir *ir = &r->l->ir;
  (void)lanes;
  first_results(r, carry, NULL);
  go_to(r, index, 2);
  find_ahead(r);
  for (; r->phase <= r->n_levels; r->phase++) reduce_level(r, weft_rows_step);
  r->these = index;
  go_to(r, weft_ir_min(ir, weft_ir_add_int(ir, index, r->now), weft_ir_add_int(ir, r->end, -r->now)), 1);
  reduce_level(r, store_and_step);
  first_results(r, NULL, next);
  first_results(r, carry, NULL);
  go_to(r, index, r->n_levels + 1);
  store_rows(r, r->in_tiles);
}

/* Rows first .. end - 1, `now` at a time. */
static void all_rows(weft_rows *r, weft_ir_value *first, weft_ir_value *end, int now) {
  weft_lowering *l = r->l;
  weft_ir_value *found[WEFT_ROWS_STATES];
  r->now = now;
  r->end = end;
  if (!r->rolled) {
    weft_for(l, first, end, now, 1, 0, NULL, weft_rows_some, r);
    return;
  }
  if (end->hi <= first->lo) return;
  weft_ir_if_begin(&l->ir, weft_ir_less(&l->ir, first, end));
  go_to(r, first, 1);
  reduce_level(r, weft_rows_step);
  weft_for(l, first, end, now, 1, first_results(r, NULL, found), found, some_rows_rolled, r);
  weft_ir_if_end(&l->ir);
}

/* Whether it is worth while and can be done: what the first level keeps in arrays would be overwritten too early. */
static int can_roll(const weft_rows *r) {
  for (int i = 0; i < r->n_kept; i++)
    if (r->first_use[i] == 1) return 0;
  return r->how == WEFT_ROWS_VECTORS && r->n_levels > 1 && has_full_outputs(r) &&
         r->beside * r->l->group->n_cores <= WEFT_ROWS_STATES;
}

/* ---- choosing ---- */

static double cost_of_group(weft_lowering *l) {
  weft_node_set seen = {.arena = l->arena};
  double cost = 0;
  const weft_tensor **stack = WEFT_NEW(l->arena, const weft_tensor *, 4096);
  int n = 0;
  for (int i = 0; stack && i < l->group->n_outputs && n < 4096; i++) stack[n++] = l->group->outputs[i];
  while (n > 0) {
    const weft_tensor *node = stack[--n];
    if (!weft_set_add(&seen, node)) continue;
    cost += weft_ops[node->op].kind == W_VIEW ? 0 : weft_row_cost(node->op);
    if (weft_emit_input(&l->emitter, node) >= 0) continue;
    for (int i = 0; i < node->n_in && n < 4096; i++) stack[n++] = node->in[i];
  }
  return cost;
}

static int lanes_of_row(const weft_rows *r) {
  int lanes = r->l->lanes;
  while (lanes > r->length) lanes = weft_narrower(lanes);
  return lanes;
}

static void rows_by_vectors(weft_rows *r) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  int side_by_side = r->length <= SHORT_ROW && r->rows >= l->lanes;
  r->how = side_by_side ? WEFT_ROWS_UNROLLED : WEFT_ROWS_VECTORS;
  r->lanes = lanes_of_row(r);
  if (!side_by_side) weft_rows_find_kept(r);
  weft_rows_share_out_fetching(r);
  int64_t share = weft_parts_of_group(l, r->rows, cost_of_group(l) * (double)r->length / LARGER);
  int64_t unit = side_by_side ? l->lanes : r->beside;
  share = (share + unit - 1) / unit * unit;
  weft_ir_value *group = weft_begin_groups(l, (r->rows + share - 1) / share);
  weft_ir_value *first = weft_ir_mul(ir, group, share);
  weft_ir_value *end = weft_ir_min(ir, weft_ir_add_int(ir, first, share), weft_ir_int(ir, r->rows));
  if (side_by_side) {
    weft_for_vectors(l, first, end, r->rows, weft_rows_some, r);
  } else {
    weft_ir_value *whole = weft_ir_int(ir, r->rows / r->beside * r->beside);
    r->rolled = can_roll(r);
    all_rows(r, first, weft_ir_min(ir, end, whole), r->beside);
    r->rolled = 0;
    all_rows(r, weft_ir_max(ir, first, whole), end, 1);
  }
  weft_end_groups(l);
}

static void rows_by_items(weft_rows *r) {
  weft_lowering *l = r->l;
  r->how = r->length <= SHORT_ROW ? WEFT_ROWS_UNROLLED : WEFT_ROWS_VECTORS;
  r->lanes = lanes_of_row(r);
  weft_rows_some(r, weft_begin_items(l, r->rows, weft_local_size(l, r->rows, l->few_items ? 64 : 256)), 1, NULL, NULL);
  weft_end_items(l);
}

void weft_lower_row(weft_lowering *l) {
  const weft_group *group = l->group;
  weft_rows r = {.l = l, .rows = 1, .length = 1, .beside = 1, .now = 1};
  for (int d = 0; d < group->space.rank; d++)
    if (group->mask >> d & 1)
      r.length *= group->space.dims[d];
    else
      r.rows *= group->space.dims[d];
  if (group->n_cores == 0 || 10 * group->n_cores > WEFT_ROWS_STATES) {
    weft_fail(&l->ir.error, WEFT_INTERNAL, "lower: a row kernel of %d reductions", group->n_cores);
    return;
  }
  weft_rows_find_levels(&r);
  weft_rows_find_shown(&r);
  l->emitter.hook = weft_rows_read_kept;
  l->emitter.hook_context = &r;
  if (l->ir.error.status != WEFT_OK) return;
  if (l->vectors)
    rows_by_vectors(&r);
  else if (l->few_items || (r.length <= SHORT_ROW && r.rows >= MANY_ROWS))
    rows_by_items(&r);
  else
    weft_rows_by_teams(&r);
  l->emitter.hook = NULL;
}
