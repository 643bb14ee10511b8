/* row.c -- groups of several reductions over the same rows, each possibly using earlier ones: softmax, norms,
 * cross-entropy.
 *
 * Cores that do not depend on each other are one level: one pass over the row reduces them together. After the last
 * level a pass writes the results. What an earlier pass has computed at some expense (an exponential) and a later one
 * needs again is kept in an array of the work-item, where the row is short enough for that.
 *
 * With vectors, the last pass of reductions also fetches ahead, while memory would idle: the lines where the row's
 * results go, and what it reads of the rows some KiB further on, since no hardware foresees the step from page to page.
 *
 * With vectors: lanes along the row, rows one by one, or a few side by side where rows are so short that joining the
 * lanes would be waited for; rows shorter than a few vectors side by side, a lane a row, their elements one by one.
 * Without: work-items share out a row (team.c), a few rows a work-group where these are short. What a work-item has of
 * a row stays in its registers where it fits: all passes over it are written out, and what one has read or computed the
 * next ones find. Many rows of a few numbers: one work-item a row. Shaders on a CPU: one work-item a row, in vectors
 * where it is long. */
#include "lower/lowering.h"
#include <string.h>

enum { MAX_STATES = 64, MAX_CACHED = 4, CACHE_ELEMENTS = 4096, SHORT_ROW = 32, MAX_BESIDE = 4 };
/* Fetching ahead: so many numbers, of rows of which two fit into a first cache beside what is at work; numbers of a
 * line. */
enum { AHEAD = 2048, LONGEST_AHEAD = 4096, LINE = 16 };

/* By teams: numbers of a row that a work-item keeps; vectors of results that wait to be stored. */
enum { MOST_KEPT = 32, STORED_AT_ONCE = 4, MANY_ROWS = 1 << 16 };

typedef enum strategy { UNROLLED, VECTORS, TEAM } strategy;

typedef struct rows {
  weft_lowering *l;
  strategy how;
  int64_t rows, length;
  int *level, n_levels; /* level of each core */
  int beside;           /* rows side by side, at most */
  int n_cached, first_use[MAX_CACHED], array[MAX_BESIDE][MAX_CACHED];
  weft_tensor *cached[MAX_CACHED];
  double cost;
  weft_team team; /* work-items of a row, rows of a work-group; vectors and pieces of a work-item, 0: not kept */
  int lanes;      /* of a vector along the row */
  int64_t pieces;
  /* while emitting */
  int phase, tiles, states;   /* states: of one accumulator of this level's cores */
  int now, which;             /* rows side by side, and the one at hand */
  weft_ir_value *first;       /* number of the first of them */
  weft_ir_value *ahead;       /* from it to the rows to be fetched; NULL: none */
  weft_ir_value **result;     /* of each core, for each of them */
  weft_ir_value *at, *inside; /* linear index of the element at hand, and within its row */
  weft_ir_value *state[MAX_STATES];
  int n_states;
  weft_ir_value *member; /* the work-item's number in its team */
} rows;

static int64_t size_of(const weft_tensor *node) { return weft_shape_size(node->shape); }
static int is_full(const rows *r, const weft_tensor *node) { return size_of(node) == r->rows * r->length; }

/* ---- levels ---- */

static int core_number(const rows *r, const weft_tensor *node) {
  for (int c = 0; c < r->l->group->n_cores; c++)
    if (r->l->group->cores[c] == node) return c;
  return -1;
}

static int highest_level(const rows *r, weft_node_set *seen, const weft_tensor *node) {
  int core = core_number(r, node), highest = 0;
  if (core >= 0) return r->level[core];
  if (!weft_set_add(seen, node) || weft_emit_input(&r->l->emitter, node) >= 0) return 0;
  for (int i = 0; i < node->n_in; i++) {
    int below = highest_level(r, seen, node->in[i]);
    if (below > highest) highest = below;
  }
  return highest;
}

static void find_levels(rows *r) {
  const weft_group *group = r->l->group;
  r->level = WEFT_NEW(r->l->arena, int, group->n_cores);
  r->result = WEFT_NEW(r->l->arena, weft_ir_value *, MAX_BESIDE * group->n_cores);
  if (!r->level || !r->result) {
    weft_fail(&r->l->ir.error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
    return;
  }
  for (int c = 0; c < group->n_cores; c++) {
    weft_node_set seen = {.arena = r->l->arena};
    r->level[c] = 1 + highest_level(r, &seen, group->cores[c]->in[0]);
    if (r->level[c] > r->n_levels) r->n_levels = r->level[c];
  }
}

/* ---- what is worth keeping from pass to pass ---- */

typedef struct seen_node {
  const weft_tensor *node;
  int phase;
} seen_node;
typedef struct cache_walk {
  rows *r;
  weft_node_set now, before, expensive;
} cache_walk;

static const double expensive = 8;

static void walk(cache_walk *w, weft_tensor *node) {
  rows *r = w->r;
  if (core_number(r, node) >= 0 || weft_emit_input(&r->l->emitter, node) >= 0 || !weft_set_add(&w->now, node)) return;
  for (int i = 0; i < r->n_cached; i++)
    if (r->cached[i] == node) return;
  if (is_full(r, node) && weft_ops[node->op].kind == W_SCALAR && weft_row_cost(node->op) >= expensive &&
      weft_set_has(&w->before, node) && r->n_cached < MAX_CACHED && (r->n_cached + 1) * r->length <= CACHE_ELEMENTS) {
    r->cached[r->n_cached++] = node;
    return;
  }
  for (int i = 0; i < node->n_in; i++) walk(w, node->in[i]);
}

static void walk_phase(cache_walk *w, int phase) {
  const weft_group *group = w->r->l->group;
  for (int c = 0; c < group->n_cores; c++)
    if (w->r->level[c] == phase) walk(w, group->cores[c]->in[0]);
  if (phase > w->r->n_levels)
    for (int i = 0; i < group->n_outputs; i++)
      if (is_full(w->r, group->outputs[i])) walk(w, group->outputs[i]);
}

static void add_all(weft_node_set *to, const weft_node_set *from) {
  for (size_t i = 0; i < from->capacity; i++)
    if (from->slots[i]) weft_set_add(to, from->slots[i]);
}

/* So many that they are a few KiB: streams that lie further apart are not foreseen by the memory system. */
static int rows_beside(const rows *r) {
  enum { NEAR = 512, NEAR_DEAR = 2048, MOST_STATES = 24 };
  int64_t near = r->n_cached > 0 ? NEAR_DEAR : NEAR;
  int states = 0, beside = MAX_BESIDE;
  for (int c = 0; c < r->l->group->n_cores; c++) states += weft_state_size(&r->l->ir, r->l->group->cores[c]);
  while (beside > 1 && (beside * r->length > near || beside > r->rows || 2 * beside * states > MOST_STATES))
    beside /= 2;
  return beside;
}

/* Expensive nodes that two passes need, in an array for each of the rows side by side: found when a later pass meets
 * what an earlier one has met. */
static void find_cached(rows *r) {
  weft_arena *arena = r->l->arena;
  weft_node_set before = {.arena = arena};
  for (int phase = 1; phase <= r->n_levels + 1; phase++) {
    cache_walk w = {.r = r, .now = {.arena = arena}, .before = before};
    walk_phase(&w, phase);
    before = w.before;
    add_all(&before, &w.now);
  }
  int count = r->n_cached;
  for (int i = 0; i < count; i++) r->first_use[i] = 0;
  for (int phase = 1; phase <= r->n_levels + 1; phase++) { /* where each is computed */
    cache_walk w = {.r = r, .now = {.arena = arena}};
    walk_phase(&w, phase);
    for (int i = 0; i < count; i++)
      if (!r->first_use[i] && weft_set_has(&w.now, r->cached[i])) r->first_use[i] = phase;
  }
  r->beside = rows_beside(r);
  for (int b = 0; b < r->beside; b++)
    for (int i = 0; i < count; i++)
      r->array[b][i] =
          weft_ir_add_array(&r->l->ir, r->cached[i]->dtype == WEFT_F32 ? WEFT_IR_F32 : WEFT_IR_I32, r->length, 0);
}

static weft_ir_value *read_cached(void *context, weft_emitter *e, weft_tensor *node, weft_ir_value *const *index) {
  rows *r = context;
  for (int i = 0; i < r->n_cached; i++)
    if (r->cached[i] == node && r->first_use[i] < r->phase && weft_emit_linear(e->ir, node->shape, index) == r->at)
      return weft_ir_array_load(e->ir, r->array[r->which][i], r->inside);
  return NULL;
}

static void keep_cached(rows *r) {
  for (int i = 0; i < r->n_cached; i++)
    if (r->first_use[i] == r->phase)
      weft_ir_array_store(&r->l->ir, r->array[r->which][i], r->inside,
                          weft_emit_at(&r->l->emitter, r->cached[i], r->at));
}

/* ---- one pass of reductions ---- */

static weft_ir_value *row_at_hand(const rows *r) { return weft_ir_add_int(&r->l->ir, r->first, r->which); }

static void move_to(rows *r, weft_ir_value *inside) {
  r->inside = inside;
  r->at = weft_ir_add(&r->l->ir, weft_ir_mul(&r->l->ir, row_at_hand(r), r->length), inside);
}

/* Row number `which` of those side by side: what is emitted from here on is of it. */
static void turn_to(rows *r, int which) {
  const weft_group *group = r->l->group;
  if (r->which == which) return;
  r->which = which;
  for (int c = 0; c < group->n_cores; c++)
    if (r->level[c] < r->phase) weft_emit_bind(&r->l->emitter, group->cores[c], r->result[which * group->n_cores + c]);
}

/* The elements at hand, added to the states from `slot` on; where there is a guard, those that it holds for. */
static int accumulate(rows *r, weft_ir_value *guard, int slot) {
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
  keep_cached(r);
  return slot;
}

/* ---- fetching ahead ---- */

static void find_ahead(rows *r) {
  weft_ir *ir = &r->l->ir;
  int64_t step = r->now * r->length < AHEAD ? AHEAD / (r->now * r->length) * r->now : r->now;
  r->ahead = NULL;
  if (r->how != VECTORS || !r->l->vectors || r->length > LONGEST_AHEAD || r->rows <= step) return;
  weft_ir_value *far = weft_ir_min(ir, weft_ir_add_int(ir, r->first, step), weft_ir_int(ir, r->rows - r->now));
  r->ahead = weft_ir_sub(ir, far, r->first);
}

/* The lines of the element at hand: of the results, and of what the loads after `last` read, rows ahead. */
static void fetch_ahead(rows *r, const weft_ir_value *last) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  weft_ir_value *base;
  int64_t stride;
  const weft_ir_value *end = ir->current->last;
  for (const weft_ir_value *v = last ? last->next : ir->current->first; v; v = v == end ? NULL : v->next) {
    int elsewhere = 0;
    int64_t row = v->op == WEFT_IR_LOAD && v->stride == 1 ? weft_ir_coefficient(v->in[0], r->first, &elsewhere) : 0;
    if (row > 0 && !elsewhere && v->n_in == 1)
      weft_ir_prefetch(ir, (int)v->imm, weft_ir_add(ir, v->in[0], weft_ir_mul(ir, r->ahead, row)));
  }
  for (int i = 0; i < l->group->n_outputs; i++)
    if (is_full(r, l->group->outputs[i]) && !ir->bindings[l->group->n_inputs + i].past &&
        weft_ir_lane_form(ir, r->at, &base, &stride))
      weft_ir_prefetch(ir, l->group->n_inputs + i, base);
}

static int states_of_row(const rows *r) { return r->n_states / r->now; }

static void step(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry, weft_ir_value **next) {
  rows *r = context;
  size_t bytes = sizeof(weft_ir_value *) * (size_t)r->n_states;
  memcpy(r->state, carry, bytes);
  for (int b = 0; b < r->now; b++) {
    int slot = b * states_of_row(r);
    turn_to(r, b);
    for (int u = 0; u < r->tiles; u++) {
      const weft_ir_value *last = r->l->ir.current->last;
      move_to(r, weft_ir_add_int(&r->l->ir, index, (int64_t)u * lanes));
      slot = accumulate(r, NULL, slot);
      if (r->ahead && r->phase == r->n_levels && lanes > 1 && u * lanes % LINE == 0) fetch_ahead(r, last);
    }
  }
  memcpy(next, r->state, bytes);
}

/* What whole vectors leave over of each row: the row's last vector, without what was added before. */
static void add_rest(rows *r) {
  weft_ir *ir = &r->l->ir;
  int64_t over = r->length % r->lanes;
  if (over == 0) return;
  weft_ir_value *inside = weft_ir_add_int(ir, weft_ir_lane(ir, r->lanes), r->length - r->lanes);
  weft_ir_value *guard = weft_ir_less(ir, weft_ir_int(ir, r->length - over - 1), inside);
  for (int b = 0; b < r->now; b++) {
    turn_to(r, b);
    move_to(r, inside);
    accumulate(r, guard, b * states_of_row(r));
  }
}

/* State of `copies` accumulators; lanes 0: none yet (the first element starts it). */
static void add_state(rows *r, int copies, int lanes) {
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
static void join_vectors(rows *r, weft_ir_value **states) {
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

/* ---- rows by teams ---- */

/* Piece k of what the work-item has of its row, up to weft_emitter.guard: whether it is there at all. */
static void turn_to_piece(rows *r, int64_t k) {
  weft_ir *ir = &r->l->ir;
  int64_t width = r->team.members * r->lanes;
  turn_to(r, 0);
  weft_ir_value *inside = weft_ir_add_int(ir, weft_ir_mul(ir, r->member, r->lanes), k * width);
  r->l->emitter.guard = (k + 1) * width <= r->length ? NULL : weft_ir_less(ir, inside, weft_ir_int(ir, r->length));
  inside = weft_ir_assume(ir, inside, 0, r->length - r->lanes);
  move_to(r, weft_ir_add(ir, inside, weft_ir_lane(ir, r->lanes)));
}

static void reduce_by_team(rows *r) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  const weft_group *group = l->group;
  weft_tensor *cores[MAX_STATES];
  int n = 0;
  int64_t width = r->team.members * r->lanes;
  add_state(r, 1, r->lanes);
  for (int64_t k = 0; k < r->pieces; k++) {
    turn_to_piece(r, k);
    accumulate(r, l->emitter.guard, 0);
  }
  l->emitter.guard = NULL;
  if (r->pieces == 0)
    weft_for(l, weft_ir_mul(ir, r->member, r->lanes), weft_ir_int(ir, r->length), width, r->lanes, r->n_states,
             r->state, step, r);
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
static void store_pieces(rows *r) {
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

/* ---- a level ---- */

static void reduce_level(rows *r) {
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
  case UNROLLED:
    add_state(r, 1, 0);
    turn_to(r, 0);
    for (int64_t j = 0; j < r->length; j++) {
      move_to(r, weft_ir_int(ir, j));
      accumulate(r, NULL, 0);
    }
    break;
  case TEAM: reduce_by_team(r); break;
  case VECTORS: {
    int most = r->now > 2 ? 1 : r->now > 1 || r->states > 2 ? 2 : 4;
    while (most > 1 && (most * r->states > 8 || (int64_t)most * r->lanes > r->length)) most /= 2;
    int64_t width = (int64_t)most * r->lanes, in_tiles = r->length / width * width,
            whole = r->length / r->lanes * r->lanes;
    for (int b = 0; b < r->now; b++) add_state(r, most, r->lanes);
    r->tiles = most;
    weft_for(l, zero, weft_ir_int(ir, in_tiles), width, r->lanes, r->n_states, r->state, step, r);
    r->tiles = 1;
    weft_for(l, weft_ir_int(ir, in_tiles), weft_ir_int(ir, whole), r->lanes, r->lanes, r->n_states, r->state, step, r);
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

static void store_element(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                          weft_ir_value **next) {
  rows *r = context;
  (void)lanes, (void)carry, (void)next;
  for (int b = 0; b < r->now; b++) {
    turn_to(r, b);
    move_to(r, index);
    weft_store_outputs(r->l, r->rows * r->length, r->at);
  }
}

static void store_rows(rows *r) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  weft_ir_value *zero = weft_ir_int(ir, 0), *end = weft_ir_int(ir, r->length);
  int full = 0, kept = 0;
  for (int i = 0; i < l->group->n_outputs; i++)
    if (is_full(r, l->group->outputs[i]))
      full = 1;
    else
      kept = 1;
  if (full) {
    if (r->how == UNROLLED)
      for (int64_t j = 0; j < r->length; j++) store_element(r, weft_ir_int(ir, j), 1, NULL, NULL);
    else if (r->how == VECTORS)
      weft_for_vectors(l, zero, end, r->length, store_element, r);
    else if (r->pieces > 0)
      store_pieces(r);
    else
      weft_for(l, weft_ir_mul(ir, r->member, r->lanes), end, r->team.members * r->lanes, r->lanes, 0, NULL,
               store_element, r);
  }
  if (!kept) return;
  weft_ir_if_begin(ir, r->how == TEAM ? weft_ir_less(ir, r->member, weft_ir_int(ir, 1)) : NULL);
  for (int b = 0; b < r->now; b++) {
    turn_to(r, b);
    weft_store_outputs(l, r->rows, row_at_hand(r));
  }
  weft_ir_if_end(ir);
}

static void some_rows(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                      weft_ir_value **next) {
  rows *r = context;
  (void)lanes, (void)carry, (void)next;
  r->first = index;
  r->which = -1;
  find_ahead(r);
  for (r->phase = 1; r->phase <= r->n_levels; r->phase++) reduce_level(r);
  store_rows(r);
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

static int lanes_of_row(const rows *r) {
  int lanes = r->l->lanes;
  while (lanes > r->length) lanes = weft_narrower(lanes);
  return lanes;
}

static void rows_by_vectors(rows *r) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  int side_by_side = r->length <= SHORT_ROW && r->rows >= l->lanes;
  r->how = side_by_side ? UNROLLED : VECTORS;
  r->lanes = lanes_of_row(r);
  if (!side_by_side) find_cached(r);
  int64_t share = weft_parts_of_group(l, r->rows, cost_of_group(l) * (double)r->length);
  int64_t unit = side_by_side ? l->lanes : r->beside;
  share = (share + unit - 1) / unit * unit;
  weft_ir_value *group = weft_begin_groups(l, (r->rows + share - 1) / share);
  weft_ir_value *first = weft_ir_mul(ir, group, share);
  weft_ir_value *end = weft_ir_min(ir, weft_ir_add_int(ir, first, share), weft_ir_int(ir, r->rows));
  if (side_by_side) {
    weft_for_vectors(l, first, end, r->rows, some_rows, r);
  } else {
    weft_ir_value *whole = weft_ir_int(ir, r->beside > 1 ? r->rows / r->beside * r->beside : 0);
    r->now = r->beside;
    if (r->now > 1) weft_for(l, first, weft_ir_min(ir, end, whole), r->now, 1, 0, NULL, some_rows, r);
    r->now = 1;
    weft_for(l, weft_ir_max(ir, first, whole), end, 1, 1, 0, NULL, some_rows, r);
  }
  weft_end_groups(l);
}

static void rows_by_items(rows *r) {
  weft_lowering *l = r->l;
  r->how = r->length <= SHORT_ROW ? UNROLLED : VECTORS;
  r->lanes = lanes_of_row(r);
  some_rows(r, weft_begin_items(l, r->rows, weft_local_size(l, r->rows, l->few_items ? 64 : 256)), 1, NULL, NULL);
  weft_end_items(l);
}

/* Whether rows are read and written in fours. */
static int are_fours(const rows *r) {
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
    if (is_full(r, group->outputs[i])) weft_trial_add(&t, weft_emit_at(&t.l.emitter, group->outputs[i], at));
  weft_trial_end(&t);
  weft_error_copy(&r->l->ir.error, &t.l.ir.error);
  return ir->error.status == WEFT_OK && weft_trial_reads_fours(&t);
}

static void rows_by_teams(rows *r) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  r->how = TEAM;
  r->lanes = are_fours(r) ? 4 : 1;
  r->team = weft_team_of_rows(l, r->rows, r->length);
  while (r->rows % r->team.columns) r->team.columns /= 2;
  int64_t width = r->team.members * r->lanes;
  r->pieces = (r->length + width - 1) / width;
  if (r->pieces * r->lanes > MOST_KEPT) r->pieces = 0;
  ir->local[0] = (uint32_t)(r->team.members * r->team.columns);
  weft_ir_value *group = weft_begin_groups(l, r->rows / r->team.columns);
  r->member = weft_team_member(l, &r->team, 1);
  some_rows(r, weft_ir_add(ir, weft_ir_mul(ir, group, r->team.columns), weft_team_column(l, &r->team, 1)), 1, NULL,
            NULL);
  weft_end_groups(l);
}

void weft_lower_row(weft_lowering *l) {
  const weft_group *group = l->group;
  rows r = {.l = l, .rows = 1, .length = 1, .beside = 1, .now = 1};
  for (int d = 0; d < group->space.rank; d++)
    if (group->mask >> d & 1)
      r.length *= group->space.dims[d];
    else
      r.rows *= group->space.dims[d];
  if (group->n_cores == 0 || 10 * group->n_cores > MAX_STATES) {
    weft_fail(&l->ir.error, WEFT_INTERNAL, "lower: a row kernel of %d reductions", group->n_cores);
    return;
  }
  find_levels(&r);
  l->emitter.hook = read_cached;
  l->emitter.hook_context = &r;
  if (l->ir.error.status != WEFT_OK) return;
  if (l->vectors)
    rows_by_vectors(&r);
  else if (l->few_items || (r.length <= SHORT_ROW && r.rows >= MANY_ROWS))
    rows_by_items(&r);
  else
    rows_by_teams(&r);
  l->emitter.hook = NULL;
}
