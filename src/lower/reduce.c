/* reduce.c -- groups of reductions over one mask, and fold.
 *
 * The kept dimensions form one linear index, the reduced ones form runs (dimensions that every access walks as one).
 * fold is a sum too: kept are the dimensions of its result, reduced are the windows that can hold an element, and what
 * is summed is guarded by "this window exists". So is scatter_add on GPUs, where its result is small: reduced are all
 * indices, and the guard is "this index is that place".
 *
 * With vectors, lanes go over kept elements where these are neighbours in memory (sums of columns, pooling of NHWC
 * images), several vectors at a time so that whole cache lines are used; else over the last run of reduced elements,
 * with several accumulators, joined at the end. Without vectors, one work-item a kept element, or, where these are few,
 * one work-group a kept element and a tree. Shaders on a CPU: one work-item a kept element, or four where lanes go over
 * these. */
#include "lower/lowering.h"
#include <string.h>

/* NEIGHBOURS: work-items of a GPU that reach memory together. */
enum { MAX_TILES = 4, MAX_STATES = 64, UNROLL = 16, NEIGHBOURS = 32 };

typedef struct reduction {
  weft_lowering *l;
  int n_kept, kept_axis[WEFT_MAX_RANK]; /* dimensions of the index that are kept, in order */
  int n_reduced;
  int64_t reduced_size[WEFT_MAX_RANK]; /* reduced dimensions, or fold's windows by dimension */
  int reduced_axis[WEFT_MAX_RANK];
  int n_runs, run_of[WEFT_MAX_RANK]; /* runs of reduced dimensions */
  int64_t run_size[WEFT_MAX_RANK];
  int64_t kept, reduced, kept_run; /* elements; of the longest run of kept dimensions */
  int unroll, over_kept;           /* all reduced elements one by one; lanes over kept elements */
  double cost;
  /* while emitting */
  int lanes, tiles, n_states; /* tiles: vectors of kept elements, or accumulators */
  weft_ir_value *at;          /* first kept element */
  weft_ir_value *run_index[WEFT_MAX_RANK];
  weft_ir_value *state[MAX_STATES];
} reduction;

static weft_tensor *core_of(const reduction *r, int c) { return r->l->group->cores[c]; }
static int is_fold(const reduction *r) { return core_of(r, 0)->op == WEFT_OP_FOLD; }
static int is_scatter(const reduction *r) { return core_of(r, 0)->op == WEFT_OP_SCATTER_ADD; }
/* Whether what is kept has all dimensions of the result, and what is reduced is none of them. */
static int keeps_all(const reduction *r) { return is_fold(r) || is_scatter(r); }

/* ---- shape ---- */

/* Windows of fold that can hold one element, along a dimension: with dilation 1 they are neighbours. */
static int64_t fold_windows(const weft_tensor *fold, int d) {
  int rank = fold->shape.rank;
  int64_t size = fold->attr[d], stride = fold->attr[rank + d], dilation = fold->attr[2 * rank + d];
  return dilation == 1 ? (size + stride - 1) / stride : size;
}

static void find_dimensions(reduction *r) {
  const weft_group *group = r->l->group;
  r->kept = r->reduced = 1;
  if (is_scatter(r)) {
    const weft_tensor *scatter = core_of(r, 0);
    for (int d = 0; d < scatter->shape.rank; d++) r->kept_axis[r->n_kept++] = d;
    r->kept = weft_shape_size(scatter->shape);
    r->reduced_axis[0] = (int)scatter->attr[0];
    r->reduced_size[r->n_reduced++] = scatter->in[1]->shape.dims[scatter->attr[0]];
  } else if (is_fold(r)) {
    const weft_tensor *fold = core_of(r, 0);
    for (int d = 0; d < fold->shape.rank; d++) {
      r->kept_axis[r->n_kept++] = d;
      r->kept *= fold->shape.dims[d];
      if (!fold->attr[d]) continue;
      r->reduced_axis[r->n_reduced] = d;
      r->reduced_size[r->n_reduced++] = fold_windows(fold, d);
    }
  } else {
    for (int d = 0; d < group->space.rank; d++) {
      if (group->mask >> d & 1) {
        r->reduced_axis[r->n_reduced] = d;
        r->reduced_size[r->n_reduced++] = group->space.dims[d];
      } else {
        r->kept_axis[r->n_kept++] = d;
        r->kept *= group->space.dims[d];
      }
    }
  }
  for (int i = 0; i < r->n_reduced; i++) r->reduced *= r->reduced_size[i];
}

static weft_shape index_shape(const reduction *r) { return keeps_all(r) ? core_of(r, 0)->shape : r->l->group->space; }

/* What is summed into the result's element i where fold's window number k (by dimension) has it. */
static weft_ir_value *fold_value(weft_emitter *e, weft_tensor *fold, weft_ir_value *const *index,
                                 weft_ir_value *const *k) {
  weft_ir *ir = e->ir;
  int rank = fold->shape.rank, window = 0;
  weft_tensor *y = fold->in[0];
  weft_ir_value *at[WEFT_MAX_RANK], *guard = NULL;
  for (int d = 0; d < rank; d++) {
    at[d] = index[d];
    if (!fold->attr[d]) continue;
    int64_t size = fold->attr[d], stride = fold->attr[rank + d], dilation = fold->attr[2 * rank + d];
    weft_ir_value *inside = k[window]; /* position inside of the window */
    if (dilation == 1) {
      at[d] = weft_ir_sub(ir, weft_ir_div(ir, index[d], stride), k[window]);
      inside = weft_ir_mod(ir, index[d], stride);
      inside = weft_ir_add(ir, inside, weft_ir_mul(ir, k[window], stride));
      guard = weft_ir_and(ir, guard, weft_ir_in_range(ir, inside, size));
    } else {
      weft_ir_value *start = weft_ir_sub(ir, index[d], weft_ir_mul(ir, k[window], dilation));
      guard = weft_ir_and(ir, guard, weft_ir_equal(ir, weft_ir_mod(ir, start, stride), weft_ir_int(ir, 0)));
      at[d] = weft_ir_div(ir, start, stride);
    }
    guard = weft_ir_and(ir, guard, weft_ir_in_range(ir, at[d], y->shape.dims[d]));
    at[rank + window++] = inside;
  }
  return weft_emit_guarded(e, y, at, guard, weft_ir_number(ir, y->dtype, 0));
}

/* What index number k adds to the result's element i. */
static weft_ir_value *scatter_value(weft_emitter *e, weft_tensor *scatter, weft_ir_value *const *index,
                                    weft_ir_value *k) {
  weft_ir_value *at[WEFT_MAX_RANK];
  int64_t axis = scatter->attr[0];
  for (int d = 0; d < scatter->shape.rank; d++) at[d] = d == axis ? k : index[d];
  weft_ir_value *is_here = weft_ir_equal(e->ir, weft_emit(e, scatter->in[1], at), index[axis]);
  return weft_emit_guarded(e, scatter->in[0], at, is_here, weft_ir_number(e->ir, scatter->dtype, 0));
}

static weft_ir_value *core_value(weft_emitter *e, weft_tensor *core, weft_ir_value *const *index,
                                 weft_ir_value *const *reduced) {
  if (core->op == WEFT_OP_SCATTER_ADD) return scatter_value(e, core, index, reduced[0]);
  return core->op == WEFT_OP_FOLD ? fold_value(e, core, index, reduced) : weft_emit(e, core->in[0], index);
}

/* ---- choosing loops ---- */

static void merge_reduced(reduction *r, const weft_trial *t, const int *axis) {
  int last = -1;
  for (int i = 0; i < r->n_reduced; i++) {
    int joins = last >= 0 && !keeps_all(r) && weft_trial_merges(t, axis[last], axis[i]);
    if (!joins) r->run_size[r->n_runs++] = 1;
    r->run_of[i] = r->n_runs - 1;
    r->run_size[r->n_runs - 1] *= r->reduced_size[i];
    if (r->reduced_size[i] != 1 || last < 0) last = i;
  }
}

static void choose(reduction *r) {
  weft_lowering *l = r->l;
  const weft_group *group = l->group;
  weft_shape shape = index_shape(r);
  weft_trial t;
  weft_trial_begin(&t, l, group->n_cores + group->n_outputs);
  weft_ir_value *index[WEFT_MAX_RANK], *reduced[WEFT_MAX_RANK], *linear = weft_ir_int(&t.l.ir, 0);
  int kept[WEFT_MAX_RANK], axis[WEFT_MAX_RANK];
  for (int i = 0; i < r->n_kept; i++) {
    kept[i] = t.n_axes;
    int64_t size = shape.dims[r->kept_axis[i]];
    index[r->kept_axis[i]] = weft_trial_axis(&t, size);
    linear = weft_ir_add(&t.l.ir, weft_ir_mul(&t.l.ir, linear, size), index[r->kept_axis[i]]);
  }
  for (int i = 0; i < r->n_reduced; i++) {
    axis[i] = t.n_axes;
    reduced[i] = weft_trial_axis(&t, r->reduced_size[i]);
    if (!keeps_all(r)) index[r->reduced_axis[i]] = reduced[i];
  }
  for (int c = 0; c < group->n_cores; c++) weft_trial_add(&t, core_value(&t.l.emitter, core_of(r, c), index, reduced));
  for (int c = 0; c < group->n_cores; c++) {
    weft_ir_type type = core_of(r, c)->dtype == WEFT_F32 ? WEFT_IR_F32 : WEFT_IR_I32;
    weft_emit_bind(&t.l.emitter, core_of(r, c), weft_ir_param(&t.l.ir, "core", type, 1, INT32_MIN, INT32_MAX, 1));
  }
  for (int i = 0; i < group->n_outputs; i++) weft_trial_add(&t, weft_emit_at(&t.l.emitter, group->outputs[i], linear));
  weft_trial_end(&t);
  weft_error_copy(&l->ir.error, &t.l.ir.error);
  if (l->ir.error.status != WEFT_OK) return;

  r->cost = weft_trial_cost(&t) + group->n_cores;
  merge_reduced(r, &t, axis);
  r->kept_run = 1;
  int inner = -1, last = -1;
  for (int i = r->n_kept - 1; i >= 0; i--) {
    int64_t size = shape.dims[r->kept_axis[i]];
    if (size == 1) continue;
    if (inner >= 0 && !weft_trial_merges(&t, kept[i], kept[inner])) break;
    r->kept_run *= size;
    inner = i;
    if (last < 0) last = i;
  }
  r->unroll = r->reduced <= UNROLL;
  /* Cost of an element by either choice of lanes; a run shorter than a vector wastes the rest of it. */
  int wide = l->vectors || l->few_items ? l->lanes : NEIGHBOURS;
  double lanes = wide, by_kept = 1e30, by_reduced = 1e30;
  int last_reduced = r->n_reduced - 1;
  while (last_reduced >= 0 && r->reduced_size[last_reduced] == 1) last_reduced--;
  if (last >= 0) {
    double used = (double)r->kept_run < lanes ? (double)r->kept_run : lanes;
    by_kept = (weft_trial_load_cost(&t, kept[last], wide) + r->cost) / used;
  }
  if (last_reduced >= 0 && !keeps_all(r)) {
    double run = (double)r->run_size[r->n_runs - 1], used = run < lanes ? run : lanes;
    by_reduced = (weft_trial_load_cost(&t, axis[last_reduced], wide) + r->cost) / used + 4 * lanes / (double)r->reduced;
  }
  r->over_kept = by_kept <= by_reduced || keeps_all(r) || last_reduced < 0;
}

/* ---- emission ---- */

static void begin_state(reduction *r, int tiles, int lanes, weft_ir_value *at, int started) {
  r->tiles = tiles;
  r->lanes = lanes;
  r->at = at;
  r->n_states = 0;
  for (int u = 0; u < tiles; u++)
    for (int c = 0; c < r->l->group->n_cores; c++) {
      memset(&r->state[r->n_states], 0, sizeof(weft_ir_value *) * (size_t)weft_state_size(&r->l->ir, core_of(r, c)));
      if (started) weft_state_start(&r->l->ir, core_of(r, c), lanes, &r->state[r->n_states]);
      r->n_states += weft_state_size(&r->l->ir, core_of(r, c));
    }
}

/* One reduced element (run_index, last plus `shift` in the last run) of kept element `at` into the state from `slot`
 * on. */
static int accumulate(reduction *r, weft_ir_value *at, weft_ir_value *shift, int slot) {
  weft_ir *ir = &r->l->ir;
  weft_shape shape = index_shape(r);
  weft_ir_value *index[WEFT_MAX_RANK], *reduced[WEFT_MAX_RANK], *run[WEFT_MAX_RANK], *position = weft_ir_int(ir, 0);
  for (int i = 0; i < r->n_runs; i++) {
    run[i] = i == r->n_runs - 1 && shift ? weft_ir_add(ir, r->run_index[i], shift) : r->run_index[i];
    position = weft_ir_add(ir, weft_ir_mul(ir, position, r->run_size[i]), run[i]);
  }
  for (int i = r->n_reduced - 1; i >= 0; i--) {
    int run_number = r->run_of[i];
    int outermost = i == 0 || r->run_of[i - 1] != run_number;
    reduced[i] = outermost ? run[run_number] : weft_ir_mod(ir, run[run_number], r->reduced_size[i]);
    run[run_number] = weft_ir_div(ir, run[run_number], r->reduced_size[i]);
    if (!keeps_all(r)) index[r->reduced_axis[i]] = reduced[i];
  }
  for (int i = r->n_kept - 1; i >= 0; i--) {
    int64_t size = shape.dims[r->kept_axis[i]];
    index[r->kept_axis[i]] = i == 0 ? at : weft_ir_mod(ir, at, size);
    at = weft_ir_div(ir, at, size);
  }
  for (int c = 0; c < r->l->group->n_cores; c++) {
    weft_tensor *core = core_of(r, c);
    weft_ir_value *x = core_value(&r->l->emitter, core, index, reduced);
    weft_state_add(ir, core, &r->state[slot], x, position, &r->state[slot]);
    slot += weft_state_size(ir, core);
  }
  return slot;
}

static void accumulate_tiles(reduction *r) {
  int slot = 0;
  for (int u = 0; u < r->tiles; u++)
    slot = accumulate(r, weft_ir_add_int(&r->l->ir, r->at, (int64_t)u * r->lanes), NULL, slot);
}

/* The loops over the runs from `level` on; the state is carried through all of them. */
static void nest(reduction *r, int level) {
  weft_ir *ir = &r->l->ir;
  if (level == r->n_runs) {
    accumulate_tiles(r);
  } else if (r->unroll) {
    for (int64_t k = 0; k < r->run_size[level]; k++) {
      r->run_index[level] = weft_ir_int(ir, k);
      nest(r, level + 1);
    }
  } else {
    weft_ir_value *results[MAX_STATES];
    weft_ir_loop_begin(ir, weft_ir_int(ir, 0), weft_ir_int(ir, r->run_size[level]), 1, r->n_states, r->state,
                       &r->run_index[level], r->state);
    nest(r, level + 1);
    weft_ir_loop_end(ir, r->n_states, r->state, results);
    memcpy(r->state, results, sizeof(weft_ir_value *) * (size_t)r->n_states);
  }
}

/* The outputs of tile u of the kept elements. */
static void finish(reduction *r, int u) {
  const weft_group *group = r->l->group;
  int slot = u * (r->n_states / r->tiles);
  for (int c = 0; c < group->n_cores; c++) {
    weft_emit_bind(&r->l->emitter, core_of(r, c), weft_state_result(&r->l->ir, core_of(r, c), &r->state[slot]));
    slot += weft_state_size(&r->l->ir, core_of(r, c));
  }
  weft_store_outputs(r->l, r->kept, weft_ir_add_int(&r->l->ir, r->at, (int64_t)u * r->lanes));
}

/* ---- lanes over kept elements ---- */

typedef struct span {
  reduction *r;
  weft_ir_value *start;
  int tiles;
} span;

static void kept_tile(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                      weft_ir_value **next) {
  span *s = context;
  (void)carry, (void)next;
  begin_state(s->r, s->tiles, lanes, s->start ? weft_ir_add(&s->r->l->ir, s->start, index) : index, !s->r->unroll);
  nest(s->r, 0);
  for (int u = 0; u < s->tiles; u++) finish(s->r, u);
}

/* Kept elements first .. end of a run of `size`: tiles of several vectors, vectors, what is left. */
static void kept_span(reduction *r, weft_ir_value *start, weft_ir_value *first, weft_ir_value *end, int64_t size,
                      int tiles) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  int64_t width = (int64_t)l->lanes * tiles, in_tiles = size / width * width;
  span s = {r, start, tiles};
  if (tiles > 1)
    weft_for(l, first, weft_ir_min(ir, end, weft_ir_int(ir, in_tiles)), width, l->lanes, 0, NULL, kept_tile, &s);
  else
    in_tiles = 0;
  s.tiles = 1;
  weft_for_vectors(l, weft_ir_max(ir, first, weft_ir_int(ir, in_tiles)), end, size, kept_tile, &s);
}

typedef struct runs {
  reduction *r;
  int64_t size;
  int tiles;
} runs;

static void kept_run(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                     weft_ir_value **next) {
  runs *k = context;
  weft_ir *ir = &k->r->l->ir;
  (void)lanes, (void)carry, (void)next;
  kept_span(k->r, weft_ir_mul(ir, index, k->size), weft_ir_int(ir, 0), weft_ir_int(ir, k->size), k->size, k->tiles);
}

static weft_ir_value *bounded_end(weft_ir *ir, weft_ir_value *first, int64_t count, int64_t size) {
  return weft_ir_min(ir, weft_ir_add_int(ir, first, count), weft_ir_int(ir, size));
}

static int64_t round_up(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

static int states_of_cores(const reduction *r) {
  int n = 0;
  for (int c = 0; c < r->l->group->n_cores; c++) n += weft_state_size(&r->l->ir, core_of(r, c));
  return n;
}

static void reduce_over_kept(reduction *r) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  if (r->kept_run % l->lanes && r->kept_run < 4 * l->lanes) r->kept_run = r->kept;
  int states = states_of_cores(r), tiles = r->unroll ? 1 : MAX_TILES;
  int most = l->lanes >= 16 ? 16 : 8; /* half of the registers */
  while (tiles > 1 && (tiles * states > most || (int64_t)tiles * l->lanes > r->kept_run)) tiles /= 2;
  int64_t share = weft_parts_of_group(l, r->kept, r->cost * (double)r->reduced), runs_count = r->kept / r->kept_run;
  if (share < r->kept_run) {
    share = round_up(share, (int64_t)l->lanes * tiles);
    int64_t pieces = (r->kept_run + share - 1) / share;
    weft_ir_value *group = weft_begin_groups(l, runs_count * pieces);
    weft_ir_value *first = weft_ir_mul(ir, weft_ir_mod(ir, group, pieces), share);
    weft_ir_value *start = weft_ir_mul(ir, weft_ir_div(ir, group, pieces), r->kept_run);
    kept_span(r, start, first, bounded_end(ir, first, share, r->kept_run), r->kept_run, tiles);
  } else {
    runs k = {r, r->kept_run, tiles};
    share /= r->kept_run;
    weft_ir_value *group = weft_begin_groups(l, (runs_count + share - 1) / share);
    weft_ir_value *first = weft_ir_mul(ir, group, share);
    weft_for(l, first, bounded_end(ir, first, share, runs_count), 1, 1, 0, NULL, kept_run, &k);
  }
  weft_end_groups(l);
}

/* ---- lanes over reduced elements ---- */

/* States: `tiles` accumulators of vectors for each core, then one of a single lane for what whole vectors leave over.
 */
typedef struct row {
  reduction *r;
  int tiles, states;
} row;

static void row_step(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                     weft_ir_value **next) {
  row *w = context;
  reduction *r = w->r;
  (void)next;
  memcpy(r->state, carry, sizeof(weft_ir_value *) * (size_t)r->n_states);
  r->run_index[r->n_runs - 1] = index;
  int slot = lanes > 1 ? 0 : r->n_states - w->states;
  for (int u = 0; u < (lanes > 1 ? w->tiles : 1); u++)
    slot = accumulate(r, r->at, weft_ir_int(&r->l->ir, (int64_t)u * lanes), slot);
  memcpy(next, r->state, sizeof(weft_ir_value *) * (size_t)r->n_states);
}

static void row_loops(row *w, int level) {
  reduction *r = w->r;
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  int64_t size = r->run_size[level];
  if (level < r->n_runs - 1) {
    weft_ir_value *results[MAX_STATES];
    weft_ir_loop_begin(ir, weft_ir_int(ir, 0), weft_ir_int(ir, size), 1, r->n_states, r->state, &r->run_index[level],
                       r->state);
    row_loops(w, level + 1);
    weft_ir_loop_end(ir, r->n_states, r->state, results);
    memcpy(r->state, results, sizeof(weft_ir_value *) * (size_t)r->n_states);
    return;
  }
  int all = w->tiles;
  int64_t width = (int64_t)l->lanes * all, in_tiles = size / width * width, whole = size / l->lanes * l->lanes;
  weft_for(l, weft_ir_int(ir, 0), weft_ir_int(ir, in_tiles), width, l->lanes, r->n_states, r->state, row_step, w);
  w->tiles = 1;
  weft_for(l, weft_ir_int(ir, in_tiles), weft_ir_int(ir, whole), l->lanes, l->lanes, r->n_states, r->state, row_step,
           w);
  w->tiles = all;
  weft_for(l, weft_ir_int(ir, whole), weft_ir_int(ir, size), 1, 1, r->n_states, r->state, row_step, w);
}

/* Joins the accumulators into the first ones, of one lane. */
static void join_row(row *w) {
  reduction *r = w->r;
  weft_ir *ir = &r->l->ir;
  int64_t size = r->run_size[r->n_runs - 1];
  for (int c = 0, slot = 0; c < r->l->group->n_cores; slot += weft_state_size(ir, core_of(r, c)), c++) {
    weft_tensor *core = core_of(r, c);
    weft_ir_value **state = &r->state[slot], **rest = &r->state[r->n_states - w->states + slot];
    for (int u = 1; u < w->tiles; u++) weft_state_join(ir, core, state, &r->state[u * w->states + slot], state);
    weft_state_across(ir, core, state);
    if (size < r->l->lanes)
      memcpy(state, rest, sizeof(weft_ir_value *) * (size_t)weft_state_size(ir, core));
    else if (size % r->l->lanes)
      weft_state_join(ir, core, state, rest, state);
  }
}

static void one_row(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry, weft_ir_value **next) {
  row *w = context;
  reduction *r = w->r;
  (void)lanes, (void)carry, (void)next;
  begin_state(r, w->tiles, r->l->lanes, index, 1);
  int vectors = r->n_states;
  for (int c = 0; c < r->l->group->n_cores; c++) {
    weft_state_start(&r->l->ir, core_of(r, c), 1, &r->state[r->n_states]);
    r->n_states += weft_state_size(&r->l->ir, core_of(r, c));
  }
  row_loops(w, 0);
  join_row(w);
  r->n_states = vectors;
  r->lanes = 1;
  finish(r, 0);
}

static int tiles_of_row(const reduction *r) {
  int tiles = MAX_TILES, states = states_of_cores(r);
  while (tiles > 1 && (tiles * states > 8 || (int64_t)tiles * r->l->lanes > r->run_size[r->n_runs - 1])) tiles /= 2;
  return tiles;
}

static void reduce_over_reduced(reduction *r) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  row w = {r, tiles_of_row(r), states_of_cores(r)};
  int64_t share = weft_parts_of_group(l, r->kept, r->cost * (double)r->reduced);
  weft_ir_value *group = weft_begin_groups(l, (r->kept + share - 1) / share);
  weft_ir_value *first = weft_ir_mul(ir, group, share);
  weft_for(l, first, bounded_end(ir, first, share, r->kept), 1, 1, 0, NULL, one_row, &w);
  weft_end_groups(l);
}

/* ---- work-groups ---- */

/* Groups that keep a GPU busy; columns that use up the least that memory delivers; numbers that a work-item asks for at
 * a time, and where its group has a unit for itself, with all registers. */
enum { ENOUGH_GROUPS = 128, LEAST_COLUMNS = 8, ON_THE_WAY = 32, MOST_ON_THE_WAY = 128 };

typedef struct shared_out {
  reduction *r;
  weft_team team;
  int lanes, unroll;
  int64_t stride;            /* reduced elements that the members do in one step */
  weft_ir_value *first, *at; /* the first reduced element and the kept element(s) of the work-item */
} shared_out;

static weft_ir_value *lanes_from(weft_ir *ir, weft_ir_value *base, int lanes) {
  return weft_ir_add(ir, base, weft_ir_lane(ir, lanes));
}

/* All reduced elements are one run. */
static void one_run(reduction *r) {
  r->n_runs = 1;
  r->run_size[0] = r->reduced;
  memset(r->run_of, 0, sizeof r->run_of);
}

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/* The numbers that a step of the loop reads, and whether vectors of four along kept or reduced elements are read as
 * such. */
static int64_t count_numbers(const reduction *r, int *out_fours) {
  weft_trial t;
  reduction trial = *r;
  int64_t size = r->over_kept ? r->kept : r->reduced;
  int lanes = size % 4 == 0 ? 4 : 1;
  weft_trial_begin(&t, r->l, MAX_STATES);
  trial.l = &t.l;
  weft_ir_value *kept = weft_trial_axis(&t, r->over_kept ? r->kept / lanes : r->kept);
  weft_ir_value *reduced = weft_trial_axis(&t, r->over_kept ? r->reduced : r->reduced / lanes);
  weft_ir_value **along = r->over_kept ? &kept : &reduced;
  *along = lanes_from(&t.l.ir, weft_ir_mul(&t.l.ir, *along, lanes), lanes);
  trial.run_index[0] = reduced;
  begin_state(&trial, 1, lanes, kept, 1);
  accumulate(&trial, kept, NULL, 0);
  for (int i = 0; i < trial.n_states; i++) weft_trial_add(&t, trial.state[i]);
  weft_trial_end(&t);
  weft_error_copy(&r->l->ir.error, &t.l.ir.error);
  if (t.l.ir.error.status != WEFT_OK) return 0;
  int numbers = weft_trial_numbers(&t, 1);
  *out_fours = lanes == 4 && weft_trial_reads_fours(&t);
  return *out_fours ? numbers : ceil_div(numbers, lanes);
}

/* Columns: neighbouring work-items have neighbouring columns, few enough that there are groups for the whole device.
 * Else the reduced elements are a row. */
static void choose_team(shared_out *s) {
  const reduction *r = s->r;
  int64_t local = weft_local_size(r->l, WEFT_TEAM_GROUP, WEFT_TEAM_GROUP), columns = s->lanes;
  if (!r->over_kept) {
    s->team = weft_team_of_rows(r->l, r->kept, r->reduced);
  } else {
    int64_t most = is_scatter(r) ? 2 * LEAST_COLUMNS : 32 * s->lanes; /* members share out indices of one place */
    while (columns < most && columns < r->kept && (columns < LEAST_COLUMNS || r->kept >= 2 * columns * ENOUGH_GROUPS))
      columns *= 2;
    int64_t members = local * s->lanes / columns;
    while (members > 1 && members > r->reduced) members /= 2;
    s->team = (weft_team){.members = members, .columns = columns, .across = 1};
  }
  int lanes = r->over_kept ? s->lanes : 1;
  r->l->ir.local[0] = (uint32_t)(s->team.members * s->team.columns / lanes);
}

/* The states of `count` steps that begin at `base`, one after the other, whose loads do not wait for each other. */
static void take_steps(shared_out *s, weft_ir_value *base, int64_t count) {
  reduction *r = s->r;
  weft_ir *ir = &r->l->ir;
  for (int64_t u = 0; u < count; u++) {
    weft_ir_value *index = weft_ir_add_int(ir, weft_ir_add(ir, base, s->first), u * s->stride);
    r->run_index[0] = lanes_from(ir, index, r->over_kept ? 1 : s->lanes);
    accumulate(r, s->at, NULL, 0);
  }
}

static void one_block(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                      weft_ir_value **next) {
  shared_out *s = context;
  size_t bytes = sizeof(weft_ir_value *) * (size_t)s->r->n_states;
  (void)lanes;
  memcpy(s->r->state, carry, bytes);
  take_steps(s, index, s->unroll);
  memcpy(next, s->r->state, bytes);
}

/* What the whole steps leave over: not all work-items have one. */
static void one_more(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                     weft_ir_value **next) {
  shared_out *s = context;
  size_t bytes = sizeof(weft_ir_value *) * (size_t)s->r->n_states;
  (void)lanes;
  memcpy(s->r->state, carry, bytes);
  take_steps(s, weft_ir_sub(&s->r->l->ir, index, s->first), 1);
  memcpy(next, s->r->state, bytes);
}

static void reduce_share(shared_out *s) {
  reduction *r = s->r;
  weft_ir *ir = &r->l->ir;
  int64_t block = s->stride * s->unroll, in_blocks = r->reduced / block * block;
  int64_t whole = r->reduced / s->stride * s->stride;
  weft_for(r->l, weft_ir_int(ir, 0), weft_ir_int(ir, in_blocks), block, 1, r->n_states, r->state, one_block, s);
  take_steps(s, weft_ir_int(ir, in_blocks), (whole - in_blocks) / s->stride);
  weft_for(r->l, weft_ir_add_int(ir, s->first, whole), weft_ir_int(ir, r->reduced), s->stride, 1, r->n_states, r->state,
           one_more, s);
}

static void reduce_by_teams(reduction *r) {
  weft_lowering *l = r->l;
  weft_ir *ir = &l->ir;
  weft_tensor **cores = l->group->cores;
  shared_out s = {.r = r};
  int fours = 0, n = l->group->n_cores, states = states_of_cores(r);
  one_run(r);
  int64_t numbers = count_numbers(r, &fours), most = MOST_ON_THE_WAY;
  if (is_scatter(r)) numbers = 0; /* most are not made */
  s.lanes = fours && 4 * states * WEFT_TEAM_GROUP * 4 <= (int64_t)l->target->local_memory / 2 ? 4 : 1;
  choose_team(&s);
  s.stride = s.team.members * (r->over_kept ? 1 : s.lanes);
  s.unroll = 1;
  if (fours && s.lanes == 1) numbers = ceil_div(numbers, 4);
  for (int64_t g = ceil_div(r->kept, s.team.columns); g > l->target->compute_units && most > ON_THE_WAY; g /= 2)
    most /= 2;
  while (2 * s.unroll * numbers <= most && 2 * s.unroll * s.stride <= r->reduced && s.unroll < UNROLL) s.unroll *= 2;
  int64_t columns = s.team.columns;
  int lanes = r->over_kept ? s.lanes : 1;
  weft_ir_value *first = weft_ir_mul(ir, weft_begin_groups(l, ceil_div(r->kept, columns)), columns);
  weft_ir_value *kept = weft_ir_add(ir, first, weft_team_column(l, &s.team, lanes));
  if (r->kept % columns) kept = weft_ir_min(ir, kept, weft_ir_int(ir, r->kept - lanes)); /* once more what others do */
  s.at = lanes_from(ir, kept, lanes);
  s.first = weft_ir_mul(ir, weft_team_member(l, &s.team, lanes), r->over_kept ? 1 : s.lanes);
  begin_state(r, 1, s.lanes, s.at, 1);
  reduce_share(&s);
  for (int c = 0, slot = 0; c < n && !r->over_kept; slot += weft_state_size(ir, cores[c]), c++)
    weft_state_across(ir, cores[c], &r->state[slot]);
  weft_team_join(l, &s.team, cores, n, r->state);
  weft_ir_value *column = weft_ir_local_id(ir, 0);
  weft_ir_value *mine = columns < ir->local[0] ? weft_ir_less(ir, column, weft_ir_int(ir, columns)) : NULL;
  r->at = weft_ir_add(ir, first, column);
  if (r->kept % columns) mine = weft_ir_and(ir, mine, weft_ir_less(ir, r->at, weft_ir_int(ir, r->kept)));
  weft_ir_if_begin(ir, mine);
  column = weft_ir_assume(ir, column, 0, columns - 1);
  weft_team_take(l, &s.team, column, cores, n, r->state);
  r->at = weft_ir_assume(ir, weft_ir_add(ir, first, column), 0, r->kept - 1);
  r->lanes = 1;
  finish(r, 0);
  weft_ir_if_end(ir);
  weft_end_groups(l);
}

/* ---- without vectors ---- */

/* As many work-items keep a GPU busy for a short time. */
static const int64_t enough_items = 8192;

static void reduce_items(reduction *r) {
  weft_lowering *l = r->l;
  if (l->few_items && !r->over_kept) {
    row w = {r, tiles_of_row(r), states_of_cores(r)};
    one_row(&w, weft_begin_items(l, r->kept, weft_local_size(l, r->kept, 64)), 1, NULL, NULL);
    weft_end_items(l);
    return;
  }
  if (is_fold(r) || r->reduced <= (r->kept >= enough_items ? 2 * UNROLL : UNROLL) || l->few_items) {
    int lanes = r->kept_run % l->lanes ? 1 : l->lanes;
    int64_t items = r->kept / lanes;
    r->unroll = r->reduced <= UNROLL;
    weft_ir_value *item = weft_begin_items(l, items, weft_local_size(l, items, l->few_items ? 64 : 256));
    begin_state(r, 1, lanes, weft_lanes_of_item(l, item, lanes), !r->unroll);
    nest(r, 0);
    finish(r, 0);
    weft_end_items(l);
    return;
  }
  reduce_by_teams(r);
}

void weft_lower_reduce(weft_lowering *l) {
  reduction r = {.l = l};
  if (l->group->n_cores == 0 || 2 * states_of_cores(&r) > MAX_STATES) {
    weft_fail(&l->ir.error, WEFT_INTERNAL, "lower: a reduction of %d cores", l->group->n_cores);
    return;
  }
  find_dimensions(&r);
  choose(&r);
  if (l->ir.error.status != WEFT_OK) return;
  if (!l->vectors)
    reduce_items(&r);
  else if (r.over_kept)
    reduce_over_kept(&r);
  else
    reduce_over_reduced(&r);
}
