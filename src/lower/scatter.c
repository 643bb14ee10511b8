/* scatter.c -- sums to places that a tensor names.
 *
 * What is summed to one place is added in the order of the indices, so that a device always gives the same bits; no
 * atomics. A work-item owns some columns (the elements beside the axis) and a range of places along it: it clears them,
 * walks over all indices, and adds where an index is in its range. Columns are vectors where neighbours share an index,
 * as rows of a table do; ranges are split only as far as it takes to keep a device busy, since each walks over all
 * indices.
 *
 * On a GPU that walk is what takes the time: every work-item would read every index. Where all columns share their
 * indices, a work-group owns a range. Its work-items share out the indices, and note in shared memory which chunks of
 * neighbours have one in the range; then each walks over the notes, and over the indices of a few chunks, in order. */
#include "lower/lowering.h"

typedef struct scatter {
  weft_lowering *l;
  weft_tensor *node;
  int axis, output;
  weft_shape sides; /* the result's shape with 1 along the axis: a column's place */
  int64_t columns;
  weft_ir_value *first, *end; /* the range of places */
  int64_t each;               /* how many there are, but for the last range */
  int64_t rows;               /* work-items that share out a column's places in turn, */
  weft_ir_value *row;         /* and which of them this is; NULL: all places are its own */
  weft_ir_value *along;       /* the place or the number of the index, in the loop */
} scatter;

/* The element at `along` of the columns, in a tensor of the given shape. */
static weft_ir_value *address(scatter *s, weft_shape shape, weft_ir_value *column, weft_ir_value *along) {
  weft_ir_value *index[WEFT_MAX_RANK];
  weft_emit_delinear(&s->l->ir, s->sides, column, index);
  index[s->axis] = along;
  return weft_emit_linear(&s->l->ir, shape, index);
}

static weft_ir_value *input(scatter *s, int i, weft_ir_value *column) {
  weft_ir_value *index[WEFT_MAX_RANK];
  weft_emit_delinear(&s->l->ir, s->sides, column, index);
  index[s->axis] = s->along;
  return weft_emit(&s->l->emitter, s->node->in[i], index);
}

static void clear_column(void *context, weft_ir_value *column, int lanes, weft_ir_value *const *carry,
                         weft_ir_value **next) {
  scatter *s = context;
  (void)lanes, (void)carry, (void)next;
  weft_ir_store(&s->l->ir, s->output, address(s, s->node->shape, column, s->along),
                weft_ir_number(&s->l->ir, s->node->dtype, 0));
}

static weft_ir_value *is_inside(scatter *s, weft_ir_value *place) {
  weft_ir *ir = &s->l->ir;
  return weft_ir_and(ir, weft_ir_not(ir, weft_ir_less(ir, place, s->first)), weft_ir_less(ir, place, s->end));
}

/* The same, of a place in the range: whether it is the work-item's. */
static weft_ir_value *is_own(scatter *s, weft_ir_value *place) {
  weft_ir *ir = &s->l->ir;
  if (!s->row) return NULL;
  place = weft_ir_assume(ir, weft_ir_sub(ir, place, s->first), 0, s->each - 1);
  return weft_ir_equal(ir, weft_ir_mod(ir, place, s->rows), s->row);
}

static void add_column(void *context, weft_ir_value *column, int lanes, weft_ir_value *const *carry,
                       weft_ir_value **next) {
  scatter *s = context;
  weft_ir *ir = &s->l->ir;
  (void)lanes, (void)carry, (void)next;
  weft_ir_value *place = input(s, 1, column), *along = s->along;
  weft_ir_value *inside = is_inside(s, place);
  place = weft_ir_assume(ir, place, 0, s->node->shape.dims[s->axis] - 1);
  weft_ir_if_begin(ir, weft_ir_and(ir, inside, is_own(s, place)));
  s->along = weft_ir_keep(ir, along); /* what is added is read nowhere else: its load would leave the branch */
  weft_ir_value *to = address(s, s->node->shape, column, place);
  weft_op add = WEFT_OP_ADD;
  weft_ir_store(ir, s->output, to,
                weft_ir_scalar_op(ir, add, weft_ir_load(ir, s->output, to, NULL, NULL), input(s, 0, column), NULL));
  s->along = along;
  weft_ir_if_end(ir);
}

/* ---- columns: a loop where a work-item owns many, else the one ---- */

enum { SEVERAL = 8 };

typedef struct sweep {
  scatter *s;
  weft_ir_value *column, *first, *end; /* one column (or vector of them), or a range */
  int vectors;
  weft_loop_body *body;
} sweep;

static void sweep_columns(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                          weft_ir_value **next) {
  sweep *w = context;
  scatter *s = w->s;
  s->along = index;
  if (w->column)
    w->body(s, w->column, lanes, carry, next);
  else if (w->vectors)
    weft_for_vectors(s->l, w->first, w->end, s->columns, w->body, s);
  else
    weft_for(s->l, w->first, w->end, 1, 1, 0, NULL, w->body, s);
}

/* Several indices, of which most often none is in the range: they are read together, and asked about once. */
static void sweep_several(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                          weft_ir_value **next) {
  sweep *w = context;
  scatter *s = w->s;
  weft_ir *ir = &s->l->ir;
  weft_ir_value *any = weft_ir_bool(ir, 0);
  for (int u = 0; u < SEVERAL; u++) {
    s->along = weft_ir_add_int(ir, index, u);
    any = weft_ir_or(ir, any, is_inside(s, input(s, 1, w->column)));
  }
  weft_ir_if_begin(ir, any);
  for (int u = 0; u < SEVERAL; u++) sweep_columns(w, weft_ir_add_int(ir, index, u), lanes, carry, next);
  weft_ir_if_end(ir);
}

static void clear(sweep *w) {
  scatter *s = w->s;
  weft_ir_value *first = s->row ? weft_ir_add(&s->l->ir, s->first, s->row) : s->first;
  w->body = clear_column;
  weft_for(s->l, first, s->end, s->rows, 1, 0, NULL, sweep_columns, w);
  w->body = add_column;
}

/* Adds what the indices from `first` on, a multiple of SEVERAL, have for the range. */
static void add(sweep *w, int64_t first) {
  scatter *s = w->s;
  weft_ir *ir = &s->l->ir;
  int64_t indices = s->node->in[1]->shape.dims[s->axis];
  int64_t together = w->column && !s->l->few_items ? indices / SEVERAL * SEVERAL : first;
  weft_for(s->l, weft_ir_int(ir, first), weft_ir_int(ir, together), SEVERAL, 1, 0, NULL, sweep_several, w);
  weft_for(s->l, weft_ir_int(ir, together), weft_ir_int(ir, indices), 1, 1, 0, NULL, sweep_columns, w);
}

/* The index of a column, or of as many neighbours as there are lanes, in a trial emission. */
static weft_ir_value *try_index(const scatter *s, weft_trial *t, int lanes, weft_ir_value **out_column) {
  scatter trial = *s;
  weft_trial_begin(t, s->l, 1);
  trial.l = &t->l;
  trial.along = weft_trial_axis(t, s->node->in[1]->shape.dims[s->axis]);
  *out_column = weft_trial_axis(t, s->columns / lanes);
  weft_ir_value *place = input(&trial, 1, weft_lanes_of_item(&t->l, *out_column, lanes));
  weft_error_copy(&s->l->ir.error, &t->l.ir.error);
  return place;
}

/* Whether so many neighbouring columns share their index, and whether all do. */
static int shares_index(const scatter *s, int lanes) {
  weft_trial t;
  weft_ir_value *column;
  return try_index(s, &t, lanes, &column)->lanes == 1;
}

static int has_one_index(const scatter *s) {
  weft_trial t;
  weft_ir_value *column, *place = try_index(s, &t, 1, &column);
  return s->columns == 1 || !weft_ir_depends_on(place, column);
}

/* Ranges of places: enough of them that `parts` columns (or groups of them) fill the device. */
static int64_t split_places(scatter *s, int64_t parts, int64_t wanted) {
  int64_t places = s->node->shape.dims[s->axis], ranges = wanted / parts;
  if (ranges > places) ranges = places;
  if (ranges < 1) ranges = 1;
  s->each = (places + ranges - 1) / ranges;
  return (places + s->each - 1) / s->each;
}

static void set_range(scatter *s, weft_ir_value *range) {
  weft_ir *ir = &s->l->ir;
  s->first = weft_ir_mul(ir, range, s->each);
  s->end = weft_ir_min(ir, weft_ir_add_int(ir, s->first, s->each), weft_ir_int(ir, s->node->shape.dims[s->axis]));
}

/* One work-item a group, many columns each: where there are more places to clear than sums to add, all of a range of
 * places, so that memory is written in order. */
static void scatter_vectors(scatter *s, int vectors) {
  weft_lowering *l = s->l;
  weft_ir *ir = &l->ir;
  int clears = vectors && s->node->shape.dims[s->axis] > 2 * s->node->in[1]->shape.dims[s->axis];
  int64_t lanes = vectors ? l->lanes : 1, wanted = 4 * (int64_t)l->target->compute_units;
  int64_t share = clears ? s->columns : (s->columns / wanted + lanes) / lanes * lanes;
  int64_t parts = (s->columns + share - 1) / share;
  int64_t ranges = split_places(s, parts, wanted);
  weft_ir_value *group = weft_begin_groups(l, parts * ranges);
  weft_ir_value *first = weft_ir_mul(ir, weft_ir_mod(ir, group, parts), share);
  set_range(s, weft_ir_div(ir, group, parts));
  weft_ir_value *end = weft_ir_min(ir, weft_ir_add_int(ir, first, share), weft_ir_int(ir, s->columns));
  sweep w = {.s = s, .first = first, .end = end, .vectors = vectors};
  clear(&w);
  add(&w, 0);
  weft_end_groups(l);
}

/* One column, or four neighbours, a work-item. */
static void scatter_items(scatter *s, int lanes) {
  enum { FULL = 32768 }; /* work-items that keep a large device busy */
  weft_lowering *l = s->l;
  weft_ir *ir = &l->ir;
  int64_t parts = s->columns / lanes, wanted = l->few_items ? 8 * (int64_t)l->target->compute_units : FULL;
  int64_t ranges = split_places(s, parts, wanted), items = parts * ranges;
  weft_ir_value *item = weft_begin_items(l, items, weft_local_size(l, items, 64));
  set_range(s, weft_ir_div(ir, item, parts));
  sweep w = {.s = s, .column = weft_lanes_of_item(l, weft_ir_mod(ir, item, parts), lanes)};
  clear(&w);
  add(&w, 0);
  weft_end_items(l);
}

/* ---- work-groups that share out the indices ---- */

/* Work-items of a group and groups of a compute unit; indices of a chunk, notes that are asked about at once, and those
 * that a work-item makes before they are walked over. */
enum { TEAM = 256, LEAST_TEAM = 32, GROUPS_A_UNIT = 4, CHUNK = 16, ASKED = 8, MOST_NOTES = 4 };

typedef struct notes {
  sweep w;
  int64_t local, chunks, room; /* work-items; whole chunks; notes of a round */
  int array;
  weft_ir_value *first; /* the round's first chunk */
  weft_ir_value *mine;  /* whether the work-item has a column */
} notes;

/* The largest lane. */
static weft_ir_value *across(weft_ir *ir, weft_ir_value *a) {
  while (a->lanes > 1) a = weft_ir_max(ir, weft_ir_low(ir, a), weft_ir_high(ir, a));
  return a;
}

/* 1 where an index of the chunk is in the range, else 0. */
static weft_ir_value *note_of(notes *n, weft_ir_value *chunk) {
  enum { LANES = 4 };
  scatter *s = n->w.s;
  weft_ir *ir = &s->l->ir;
  weft_ir_value *any = weft_ir_bool(ir, 0);
  for (int u = 0; u < CHUNK; u += LANES) {
    s->along = weft_ir_add_int(ir, weft_ir_add(ir, weft_ir_mul(ir, chunk, CHUNK), weft_ir_lane(ir, LANES)), u);
    any = weft_ir_or(ir, any, is_inside(s, input(s, 1, weft_ir_int(ir, 0))));
  }
  return across(ir, weft_ir_select(ir, any, weft_ir_int(ir, 1), weft_ir_int(ir, 0)));
}

static void make_notes(notes *n) {
  weft_ir *ir = &n->w.s->l->ir;
  for (int64_t k = 0; k < n->room; k += n->local) {
    weft_ir_value *at = weft_ir_add_int(ir, weft_ir_local_id(ir, 0), k), *chunk = weft_ir_add(ir, n->first, at);
    weft_ir_value *there = weft_ir_in_range(ir, chunk, n->chunks);
    weft_ir_value *note = note_of(n, weft_ir_min(ir, chunk, weft_ir_int(ir, n->chunks - 1)));
    if (there) note = weft_ir_select(ir, there, note, weft_ir_int(ir, 0));
    weft_ir_array_store(ir, n->array, at, note);
  }
}

/* ---- the walk: several notes, one, its chunk ---- */

static void walk_chunk(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                       weft_ir_value **next) {
  notes *n = context;
  weft_lowering *l = n->w.s->l;
  weft_ir *ir = &l->ir;
  (void)lanes, (void)carry, (void)next;
  weft_ir_if_begin(ir, weft_ir_less(ir, weft_ir_int(ir, 0), weft_ir_array_load(ir, n->array, index)));
  weft_ir_value *chunk = weft_ir_assume(ir, weft_ir_add(ir, n->first, index), 0, n->chunks - 1);
  weft_ir_value *first = weft_ir_mul(ir, chunk, CHUNK);
  weft_for(l, first, weft_ir_add_int(ir, first, CHUNK), SEVERAL, 1, 0, NULL, sweep_several, &n->w);
  weft_ir_if_end(ir);
}

static void walk_notes(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                       weft_ir_value **next) {
  enum { LANES = 4 };
  notes *n = context;
  weft_lowering *l = n->w.s->l;
  weft_ir *ir = &l->ir;
  weft_ir_value *any = NULL;
  (void)lanes, (void)carry, (void)next;
  for (int u = 0; u < ASKED; u += LANES) {
    weft_ir_value *at = weft_ir_add_int(ir, weft_ir_add(ir, index, weft_ir_lane(ir, LANES)), u);
    weft_ir_value *some = weft_ir_array_load(ir, n->array, at);
    any = any ? weft_ir_max(ir, any, some) : some;
  }
  weft_ir_if_begin(ir, weft_ir_less(ir, weft_ir_int(ir, 0), across(ir, any)));
  weft_for(l, index, weft_ir_add_int(ir, index, ASKED), 1, 1, 0, NULL, walk_chunk, n);
  weft_ir_if_end(ir);
}

static void clear_mine(notes *n) {
  weft_ir *ir = &n->w.s->l->ir;
  weft_ir_if_begin(ir, n->mine);
  clear(&n->w);
  weft_ir_if_end(ir);
}

/* Makes and reads the notes of `room` chunks from `index` on. What is left of the notes behind the last chunk is 0. */
static void one_round(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                      weft_ir_value **next) {
  notes *n = context;
  weft_lowering *l = n->w.s->l;
  weft_ir *ir = &l->ir;
  (void)lanes, (void)carry, (void)next;
  n->first = index;
  make_notes(n);
  if (n->chunks <= n->room) clear_mine(n); /* while the indices are on their way */
  weft_ir_barrier(ir);
  weft_ir_if_begin(ir, n->mine);
  weft_ir_value *left = weft_ir_sub(ir, weft_ir_int(ir, n->chunks), index);
  weft_for(l, weft_ir_int(ir, 0), weft_ir_min(ir, left, weft_ir_int(ir, n->room)), ASKED, 1, 0, NULL, walk_notes, n);
  weft_ir_if_end(ir);
  if (n->chunks > n->room) weft_ir_barrier(ir);
}

/* A group has a row of neighbouring columns, or several where they are few, which take the places in turn. */
static void scatter_by_teams(scatter *s, int lanes) {
  weft_lowering *l = s->l;
  weft_ir *ir = &l->ir;
  int64_t indices = s->node->in[1]->shape.dims[s->axis];
  int64_t columns = s->columns / lanes, local = weft_local_size(l, TEAM, TEAM);
  int64_t parts = (columns + local - 1) / local, width = (columns + parts - 1) / parts;
  int64_t ranges = split_places(s, parts, GROUPS_A_UNIT * (int64_t)l->target->compute_units);
  s->rows = local / width < s->each ? local / width : s->each;
  ir->local[0] = (uint32_t)local;
  weft_ir_value *group = weft_begin_groups(l, parts * ranges), *item = weft_ir_local_id(ir, 0);
  weft_ir_value *column = weft_ir_mul(ir, weft_ir_mod(ir, group, parts), width);
  column = weft_ir_add(ir, column, weft_ir_mod(ir, item, width));
  weft_ir_value *mine =
      weft_ir_and(ir, weft_ir_in_range(ir, item, s->rows * width), weft_ir_in_range(ir, column, columns));
  column = weft_ir_assume(ir, column, 0, columns - 1);
  set_range(s, weft_ir_div(ir, group, parts));
  if (s->rows > 1) s->row = weft_ir_assume(ir, weft_ir_div(ir, item, width), 0, s->rows - 1);
  int64_t chunks = indices / CHUNK, notes_of_item = (chunks + local - 1) / local;
  if (notes_of_item > MOST_NOTES) notes_of_item = MOST_NOTES;
  notes n = {.w = {.s = s, .column = weft_lanes_of_item(l, column, lanes)},
             .local = local,
             .chunks = chunks,
             .room = notes_of_item * local,
             .mine = mine};
  if (chunks > 0) n.array = weft_ir_add_array(ir, WEFT_IR_I32, n.room, 1);
  if (chunks <= 0 || chunks > n.room) clear_mine(&n);
  if (chunks > 0) weft_for(l, weft_ir_int(ir, 0), weft_ir_int(ir, chunks), n.room, 1, 0, NULL, one_round, &n);
  weft_ir_if_begin(ir, mine);
  add(&n.w, chunks * CHUNK);
  weft_ir_if_end(ir);
  weft_end_groups(l);
}

/* A GPU holds every place against every index as long as that takes some microseconds (reduce.c). */
static const int64_t most_comparisons = 1 << 29;

void weft_lower_scatter(weft_lowering *l) {
  weft_tensor *node = l->group->outputs[0];
  int64_t indices = node->in[1]->shape.dims[node->attr[0]];
  if (!l->few_items && weft_shape_size(node->shape) <= most_comparisons / indices) {
    weft_lower_reduce(l);
    return;
  }
  scatter s = {
      .l = l, .node = node, .axis = (int)node->attr[0], .output = l->group->n_inputs, .sides = node->shape, .rows = 1};
  s.sides.dims[s.axis] = 1;
  s.columns = weft_shape_size(s.sides);
  int lanes = l->lanes > 1 || l->few_items ? l->lanes : 4;
  int vectors = s.columns >= lanes && shares_index(&s, lanes);
  if (!vectors || s.columns % lanes) lanes = 1;
  if (l->vectors)
    scatter_vectors(&s, vectors);
  else if (!l->few_items && weft_local_size(l, TEAM, TEAM) >= LEAST_TEAM && has_one_index(&s))
    scatter_by_teams(&s, lanes);
  else
    scatter_items(&s, lanes);
}
