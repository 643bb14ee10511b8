/* scatter.c -- sums to places that a tensor names.
 *
 * What is summed to one place is added in the order of the indices, so that a device always gives the same bits; no
 * atomics. A work-item owns some columns (the elements beside the axis) and a range of places along it: it clears them,
 * walks over all indices, and adds where an index is in its range. Columns are vectors where neighbours share an index,
 * as rows of a table do; ranges are split only as far as it takes to keep a device busy, since each walks over all
 * indices. */
#include "lower/lowering.h"

typedef struct scatter {
  weft_lowering *l;
  weft_tensor *node;
  int axis, output;
  weft_shape sides; /* the result's shape with 1 along the axis: a column's place */
  int64_t columns;
  weft_ir_value *first, *end; /* the range of places */
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

static void add_column(void *context, weft_ir_value *column, int lanes, weft_ir_value *const *carry,
                       weft_ir_value **next) {
  scatter *s = context;
  weft_ir *ir = &s->l->ir;
  (void)lanes, (void)carry, (void)next;
  weft_ir_value *place = input(s, 1, column), *along = s->along;
  weft_ir_if_begin(ir, is_inside(s, place));
  s->along = weft_ir_keep(ir, along); /* what is added is read nowhere else: its load would leave the branch */
  weft_ir_value *to =
      address(s, s->node->shape, column, weft_ir_assume(ir, place, 0, s->node->shape.dims[s->axis] - 1));
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

static void clear_and_add(sweep *w) {
  scatter *s = w->s;
  weft_ir *ir = &s->l->ir;
  int64_t indices = s->node->in[1]->shape.dims[s->axis];
  int64_t together = w->column && !s->l->few_items ? indices / SEVERAL * SEVERAL : 0;
  w->body = clear_column;
  weft_for(s->l, s->first, s->end, 1, 1, 0, NULL, sweep_columns, w);
  w->body = add_column;
  weft_for(s->l, weft_ir_int(ir, 0), weft_ir_int(ir, together), SEVERAL, 1, 0, NULL, sweep_several, w);
  weft_for(s->l, weft_ir_int(ir, together), weft_ir_int(ir, indices), 1, 1, 0, NULL, sweep_columns, w);
}

/* Whether neighbouring columns share their index: a trial emission with a vector of them. */
static int shares_index(const scatter *s, int lanes) {
  weft_trial t;
  scatter trial = *s;
  weft_trial_begin(&t, s->l, 1);
  trial.l = &t.l;
  trial.along = weft_trial_axis(&t, s->node->in[1]->shape.dims[s->axis]);
  weft_ir_value *column = weft_lanes_of_item(&t.l, weft_trial_axis(&t, s->columns / lanes), lanes);
  weft_ir_value *place = input(&trial, 1, column);
  weft_error_copy(&s->l->ir.error, &t.l.ir.error);
  return place->lanes == 1;
}

/* Ranges of places: enough of them that `parts` columns (or groups of them) fill the device. */
static int64_t split_places(const scatter *s, int64_t parts, int64_t wanted, int64_t *out_each) {
  int64_t places = s->node->shape.dims[s->axis], ranges = wanted / parts;
  if (ranges > places) ranges = places;
  if (ranges < 1) ranges = 1;
  *out_each = (places + ranges - 1) / ranges;
  return (places + *out_each - 1) / *out_each;
}

static void set_range(scatter *s, weft_ir_value *range, int64_t each) {
  weft_ir *ir = &s->l->ir;
  s->first = weft_ir_mul(ir, range, each);
  s->end = weft_ir_min(ir, weft_ir_add_int(ir, s->first, each), weft_ir_int(ir, s->node->shape.dims[s->axis]));
}

/* One work-item a group, many columns each: where there are more places to clear than sums to add, all of a range of
 * places, so that memory is written in order. */
static void scatter_vectors(scatter *s, int vectors) {
  weft_lowering *l = s->l;
  weft_ir *ir = &l->ir;
  int clears = vectors && s->node->shape.dims[s->axis] > 2 * s->node->in[1]->shape.dims[s->axis];
  int64_t lanes = vectors ? l->lanes : 1, wanted = 4 * (int64_t)l->target->compute_units, each;
  int64_t share = clears ? s->columns : (s->columns / wanted + lanes) / lanes * lanes;
  int64_t parts = (s->columns + share - 1) / share;
  int64_t ranges = split_places(s, parts, wanted, &each);
  weft_ir_value *group = weft_begin_groups(l, parts * ranges);
  weft_ir_value *first = weft_ir_mul(ir, weft_ir_mod(ir, group, parts), share);
  set_range(s, weft_ir_div(ir, group, parts), each);
  weft_ir_value *end = weft_ir_min(ir, weft_ir_add_int(ir, first, share), weft_ir_int(ir, s->columns));
  clear_and_add(&(sweep){.s = s, .first = first, .end = end, .vectors = vectors});
  weft_end_groups(l);
}

/* One column, or four neighbours, a work-item. */
static void scatter_items(scatter *s, int lanes) {
  enum { FULL = 32768 }; /* work-items that keep a large device busy */
  weft_lowering *l = s->l;
  weft_ir *ir = &l->ir;
  int64_t each, parts = s->columns / lanes, wanted = l->few_items ? 8 * (int64_t)l->target->compute_units : FULL;
  int64_t ranges = split_places(s, parts, wanted, &each), items = parts * ranges;
  weft_ir_value *item = weft_begin_items(l, items, weft_local_size(l, items, 64));
  set_range(s, weft_ir_div(ir, item, parts), each);
  clear_and_add(&(sweep){.s = s, .column = weft_lanes_of_item(l, weft_ir_mod(ir, item, parts), lanes)});
  weft_end_items(l);
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
  scatter s = {.l = l, .node = node, .axis = (int)node->attr[0], .output = l->group->n_inputs, .sides = node->shape};
  s.sides.dims[s.axis] = 1;
  s.columns = weft_shape_size(s.sides);
  int lanes = l->lanes > 1 || l->few_items ? l->lanes : 4;
  int vectors = s.columns >= lanes && shares_index(&s, lanes);
  if (l->vectors)
    scatter_vectors(&s, vectors);
  else
    scatter_items(&s, vectors && s.columns % lanes == 0 ? lanes : 1);
}
