/* map.c -- groups whose outputs are computed elementwise over one shape.
 *
 * With vectors: the trailing dimensions that every access treats as one are the run. Where the run is everything, or is
 * too short and uneven for whole vectors, the lanes go over the linear index (addresses that are not neighbours are
 * gathered); else an outer loop goes over the runs, so that indices are split once a run and not once a vector. Where a
 * run gathers what is contiguous from run to run (a transpose; weights put in another order), several runs go side by
 * side, so that each cache line read is used up: as many as lanes are squares, turned round in registers. Without: one
 * work-item an element, neighbours in neighbouring work-items; some of them, in fours where these are neighbours, where
 * there is work enough. Shaders on a CPU: one work-item four neighbours of a run. */
#include "lower/lowering.h"

/* Runs whose cache lines are shared; elements of a work-group that has so many. */
enum { SIDE_BY_SIDE = 16, MOST_OF_GROUP = 1 << 17 };

typedef struct map {
  weft_lowering *l;
  int64_t size, run; /* elements; of one run */
  double cost;
  int crosses; /* runs side by side share cache lines */
  int beside;  /* runs being emitted side by side */
  weft_ir_value *start;
} map;

/* Whether so many elements leave work-groups for all units. */
static int is_share(const map *m, int64_t share) {
  return share <= MOST_OF_GROUP && m->size / share >= m->l->target->compute_units;
}

/* Dimensions that do not merge make up a run too, whose lanes are gathered: all of them, or those inside of one along
 * which what is gathered is contiguous. */
static void find_long_run(map *m, const weft_trial *t, int last) {
  weft_lowering *l = m->l;
  weft_shape space = l->group->space;
  int64_t inside = 1;
  m->crosses = 0;
  m->run = m->size;
  for (int d = space.rank - 1; d > 0 && m->cost < 32; d--) {
    inside *= space.dims[d];
    if (inside % l->lanes || space.dims[d - 1] < SIDE_BY_SIDE || !is_share(m, SIDE_BY_SIDE * inside) ||
        !weft_trial_crosses(t, last, d - 1))
      continue;
    m->run = inside;
    m->crosses = 1;
    return;
  }
}

/* The longest trailing run of dimensions that merge. */
static void find_run(map *m) {
  weft_lowering *l = m->l;
  weft_shape space = l->group->space;
  weft_trial t;
  int most = weft_emit_most_outputs(l->group);
  weft_emitted *emitted = WEFT_NEW(l->arena, weft_emitted, most);
  weft_trial_begin(&t, l, 2 * most);
  weft_ir_value *index[WEFT_MAX_RANK];
  for (int d = 0; d < space.rank; d++) index[d] = weft_trial_axis(&t, space.dims[d]);
  int n = emitted ? weft_emit_outputs(&t.l.emitter, m->size, weft_emit_linear(&t.l.ir, space, index), emitted) : 0;
  for (int i = 0; i < n; i++) {
    weft_trial_add(&t, emitted[i].value);
    weft_trial_add(&t, emitted[i].at);
  }
  weft_trial_end(&t);
  weft_error_copy(&l->ir.error, &t.l.ir.error);
  m->cost = weft_trial_cost(&t) + n;
  m->run = 1;
  int last = -1, inner = -1;
  for (int d = space.rank - 1; d >= 0; d--) {
    if (space.dims[d] == 1) continue;
    if (inner >= 0 && !weft_trial_merges(&t, d, inner)) {
      m->crosses = weft_trial_crosses(&t, last, d) && m->cost < 32;
      break;
    }
    m->run *= space.dims[d];
    inner = d;
    if (last < 0) last = d;
  }
  if (l->vectors && m->run % l->lanes && m->run < 4 * l->lanes) find_long_run(m, &t, last);
}

static void element(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry, weft_ir_value **next) {
  map *m = context;
  weft_ir *ir = &m->l->ir;
  (void)lanes, (void)carry, (void)next;
  const weft_ir_value *last = ir->current->last;
  weft_ir_value *at = m->start ? weft_ir_add(ir, m->start, index) : index;
  for (int u = 0; u < m->beside; u++) weft_store_outputs(m->l, m->size, weft_ir_add_int(ir, at, u * m->run));
  if (m->beside > 1) weft_ir_turn(ir, last);
}

static void one_run(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry, weft_ir_value **next) {
  map *m = context;
  (void)lanes, (void)carry, (void)next;
  m->start = weft_ir_mul(&m->l->ir, index, m->run);
  weft_for_vectors(m->l, weft_ir_int(&m->l->ir, 0), weft_ir_int(&m->l->ir, m->run), m->run, element, m);
}

static weft_ir_value *bounded_end(weft_ir *ir, weft_ir_value *first, int64_t count, int64_t size) {
  return weft_ir_min(ir, weft_ir_add_int(ir, first, count), weft_ir_int(ir, size));
}

static void map_vectors(map *m) {
  weft_lowering *l = m->l;
  weft_ir *ir = &l->ir;
  find_run(m);
  int64_t share = weft_parts_of_group(l, m->size, m->cost);
  if (share > 16384) share = 16384;
  if (m->crosses && share < SIDE_BY_SIDE * m->run && is_share(m, SIDE_BY_SIDE * m->run)) share = SIDE_BY_SIDE * m->run;
  int64_t runs = m->size / m->run;
  if (share < m->run) { /* a run is shared out among work-groups */
    share = (share + l->lanes - 1) / l->lanes * l->lanes;
    int64_t pieces = (m->run + share - 1) / share;
    weft_ir_value *group = weft_begin_groups(l, runs * pieces);
    weft_ir_value *first = weft_ir_mul(ir, weft_ir_mod(ir, group, pieces), share);
    if (runs > 1) m->start = weft_ir_mul(ir, weft_ir_div(ir, group, pieces), m->run);
    weft_for_vectors(l, first, bounded_end(ir, first, share, m->run), m->run, element, m);
  } else {
    share /= m->run;
    int beside = m->crosses && share >= SIDE_BY_SIDE ? SIDE_BY_SIDE : 1;
    share = share / beside * beside;
    weft_ir_value *group = weft_begin_groups(l, (runs + share - 1) / share);
    weft_ir_value *first = weft_ir_mul(ir, group, share), *end = bounded_end(ir, first, share, runs);
    weft_ir_value *whole = weft_ir_int(ir, runs / beside * beside);
    m->beside = beside;
    weft_for(l, first, weft_ir_min(ir, end, whole), beside, 1, 0, NULL, one_run, m);
    m->beside = 1;
    weft_for(l, weft_ir_max(ir, first, whole), end, 1, 1, 0, NULL, one_run, m);
  }
  weft_end_groups(l);
}

static void map_fours(map *m) {
  weft_lowering *l = m->l;
  weft_ir *ir = &l->ir;
  int64_t whole = m->size / l->lanes, rest = m->size % l->lanes, items = whole + (rest > 0);
  weft_ir_value *item = weft_begin_items(l, items, weft_local_size(l, items, 256));
  if (whole > 0) {
    weft_ir_if_begin(ir, rest ? weft_ir_less(ir, item, weft_ir_int(ir, whole)) : NULL);
    weft_store_outputs(l, m->size, weft_lanes_of_item(l, weft_ir_assume(ir, item, 0, whole - 1), l->lanes));
    weft_ir_if_end(ir);
  }
  if (rest > 0) {
    weft_ir_if_begin(ir, whole ? weft_ir_equal(ir, item, weft_ir_int(ir, whole)) : NULL);
    for (int64_t i = m->size - rest; i < m->size; i++) weft_store_outputs(l, m->size, weft_ir_int(ir, i));
    weft_ir_if_end(ir);
  }
  weft_end_items(l);
}

/* ---- GPUs ---- */

/* Elements from which fours, and more than one of what a work-item has, leave enough work-items for any device. */
enum { MANY_FOR_FOURS = 1 << 17, MANY = 1 << 20, MANY_FOURS = 1 << 22 };

/* Whether everything is read and written in fours. */
static int are_fours(const map *m) {
  weft_lowering *l = m->l;
  weft_trial t;
  int most = weft_emit_most_outputs(l->group), fours = 0;
  weft_emitted *emitted = WEFT_NEW(l->arena, weft_emitted, most);
  if (m->size % 4 || m->size < MANY_FOR_FOURS || !emitted) return 0;
  weft_trial_begin(&t, l, 2 * most);
  weft_ir *ir = &t.l.ir;
  weft_ir_value *item = weft_trial_axis(&t, m->size / 4), *base;
  int n = weft_emit_outputs(&t.l.emitter, m->size, weft_lanes_of_item(&t.l, item, 4), emitted);
  for (int i = 0; i < n; i++) weft_trial_add(&t, emitted[i].value);
  weft_trial_end(&t);
  weft_error_copy(&l->ir.error, &ir->error);
  if (ir->error.status != WEFT_OK) return 0;
  fours = weft_trial_reads_fours(&t);
  for (int i = 0; i < n; i++) {
    int64_t stride = 0;
    fours = fours && weft_ir_lane_form(ir, weft_ir_strip(ir, emitted[i].at), &base, &stride) && stride == 1 &&
            base->multiple % 4 == 0;
  }
  return fours;
}

/* Elements or fours of a work-item, `local` apart from number `first` on, all of which are there. */
static void store_units(map *m, weft_ir_value *first, int count, int lanes) {
  weft_lowering *l = m->l;
  weft_ir *ir = &l->ir;
  int n = 0;
  weft_emitted *emitted = WEFT_NEW(l->arena, weft_emitted, count * weft_emit_most_outputs(l->group));
  if (!emitted) {
    weft_fail(&ir->error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
    return;
  }
  for (int k = 0; k < count; k++) {
    weft_ir_value *unit = weft_ir_add_int(ir, first, (int64_t)k * ir->local[0]);
    unit = weft_ir_assume(ir, unit, 0, m->size / lanes - 1);
    n += weft_emit_outputs(&l->emitter, m->size, weft_lanes_of_item(l, unit, lanes), &emitted[n]);
  }
  for (int i = 0; i < n; i++) weft_ir_store(ir, emitted[i].binding, emitted[i].at, emitted[i].value);
}

/* A work-item has `each` elements or fours, apart, so that neighbours have neighbours. All are computed before any is
 * stored: loads need not wait for stores to what might be the same memory. */
static void map_items(map *m) {
  weft_lowering *l = m->l;
  weft_ir *ir = &l->ir;
  int lanes = !l->few_items && are_fours(m) ? 4 : 1, each = 1;
  if (m->size >= (lanes == 4 ? MANY_FOURS : MANY)) each = lanes == 4 ? 2 : 4;
  int64_t units = m->size / lanes, local = weft_local_size(l, units, 256), block = local * each;
  ir->local[0] = (uint32_t)local;
  weft_ir_value *group = weft_begin_groups(l, (units + block - 1) / block), *end = weft_ir_int(ir, units);
  weft_ir_value *item = weft_ir_add(ir, weft_ir_mul(ir, group, block), weft_ir_local_id(ir, 0));
  weft_ir_value *all = units % block ? weft_ir_less(ir, weft_ir_add_int(ir, item, block - local), end) : NULL;
  weft_ir_if_begin(ir, all);
  store_units(m, item, each, lanes);
  weft_ir_if_end(ir);
  for (int k = 0; k < each - 1 && all; k++) { /* the first of those of which the last is not there */
    weft_ir_value *is_there = weft_ir_less(ir, weft_ir_add_int(ir, item, k * local), end);
    weft_ir_if_begin(ir, weft_ir_and(ir, is_there, weft_ir_not(ir, all)));
    store_units(m, weft_ir_add_int(ir, item, k * local), 1, lanes);
    weft_ir_if_end(ir);
  }
  weft_end_groups(l);
}

void weft_lower_map(weft_lowering *l) {
  map m = {.l = l, .beside = 1, .size = weft_shape_size(l->group->space)};
  if (l->vectors) {
    map_vectors(&m);
    return;
  }
  if (l->lanes > 1) find_run(&m);
  if (l->lanes > 1 && (m.run == m.size || m.run % l->lanes == 0))
    map_fours(&m);
  else if (l->few_items || !weft_lower_map_by_tiles(l))
    map_items(&m);
}
