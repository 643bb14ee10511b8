/* transpose.c -- maps on GPUs that read memory across the order in which they write it.
 *
 * In a transpose, or where weights are put in another order, neighbours of the result lie far apart in what is read,
 * and each number costs a read of 32 bytes and a cache line's turn. So a work-group takes a box of the result which is
 * long along what is contiguous on either side, reads what crosses it in that one's order into shared memory, and
 * computes from there in the result's order. Pitches in shared memory are odd, so that neighbours in either order lie
 * in different banks. What is read in the result's order anyway is read where it is. */
#include "lower/lowering.h"
#include <stdlib.h>

/* What a box holds at least of what is contiguous, and along a dimension that it cuts; elements of a box; groups that
 * are worth while; quarters of the shared memory that a group takes at most. Steps: elements of a work-item. */
enum { PIECE = 32, SECTOR = 8, LEAST_BOX = 1024, MOST_STEPS = 16, LEAST_GROUPS = 64, QUARTERS = 3, MOST_LOADS = 16 };

/* A load that crosses: its address is affine in the result's index. */
typedef struct staged {
  int binding, array, n, order[WEFT_MAX_RANK]; /* order: dimensions on which it depends, nearest first */
  int64_t base, stride[WEFT_MAX_RANK], pitch[WEFT_MAX_RANK], elements, room;
  weft_ir_value *address, *place; /* of the element that is computed */
} staged;

typedef struct tiles {
  weft_lowering *l;
  weft_shape space, box;
  int64_t elements, local; /* of a box; work-items of a group */
  int n_staged;
  staged staged[MOST_LOADS];
  weft_ir_value *first[WEFT_MAX_RANK];
} tiles;

/* ---- what crosses ---- */

/* Orders the dimensions by how far apart neighbours along them lie. */
static void sort(const tiles *t, staged *s) {
  s->n = 0;
  for (int d = t->space.rank - 1; d >= 0; d--) {
    if (s->stride[d] == 0) continue;
    int i = s->n++;
    for (; i > 0 && llabs(s->stride[s->order[i - 1]]) > llabs(s->stride[d]); i--) s->order[i] = s->order[i - 1];
    s->order[i] = d;
  }
}

static int is_affine(const tiles *t, weft_trial *trial, weft_ir_value *load, staged *s) {
  weft_ir *ir = &trial->l.ir;
  if (load->op != WEFT_IR_LOAD || load->n_in > 1) return 0;
  weft_ir_value *rest = weft_ir_strip(ir, load->in[0]);
  *s = (staged){.binding = (int)load->imm};
  for (int d = 0; d < t->space.rank; d++) {
    int elsewhere = 0;
    if (t->space.dims[d] == 1) continue;
    s->stride[d] = weft_ir_coefficient(load->in[0], trial->axis[d], &elsewhere);
    if (elsewhere) return 0;
    rest = weft_ir_sub(ir, rest, weft_ir_mul(ir, trial->axis[d], s->stride[d]));
  }
  if (rest->op != WEFT_IR_INT) return 0;
  s->base = rest->imm;
  return 1;
}

/* Makes one dimension of those that all of the map walks as one, and leaves out those of size 1. */
static void merge(tiles *t, const weft_trial *trial) {
  weft_shape was = t->space;
  int last = -1;
  t->space.rank = 0;
  for (int d = 0; d < was.rank; d++) {
    if (was.dims[d] == 1) continue;
    int joins = last >= 0 && weft_trial_merges(trial, last, d), to = t->space.rank - joins;
    t->space.dims[to] = was.dims[d] * (joins ? t->space.dims[to] : 1);
    for (int i = 0; i < t->n_staged; i++) t->staged[i].stride[to] = t->staged[i].stride[d];
    t->space.rank = to + 1;
    last = d;
  }
}

/* Whether neighbours of the result are none in this load, but others are. */
static int crosses(const tiles *t, staged *s) {
  sort(t, s);
  return s->n > 0 && llabs(s->stride[t->space.rank - 1]) > 1 && llabs(s->stride[s->order[0]]) == 1;
}

static void find_staged(tiles *t) {
  weft_lowering *l = t->l;
  weft_trial trial;
  int64_t size = weft_shape_size(t->space);
  int most = weft_emit_most_outputs(l->group);
  weft_emitted *emitted = WEFT_NEW(l->arena, weft_emitted, most);
  weft_ir_value *index[WEFT_MAX_RANK];
  weft_trial_begin(&trial, l, 2 * most);
  for (int d = 0; d < t->space.rank; d++) index[d] = weft_trial_axis(&trial, t->space.dims[d]);
  weft_ir_value *linear = weft_emit_linear(&trial.l.ir, t->space, index);
  int n = emitted ? weft_emit_outputs(&trial.l.emitter, size, linear, emitted) : 0;
  for (int i = 0; i < n; i++) {
    weft_trial_add(&trial, emitted[i].value);
    weft_trial_add(&trial, emitted[i].at);
  }
  weft_trial_end(&trial);
  weft_error_copy(&l->ir.error, &trial.l.ir.error);
  if (l->ir.error.status != WEFT_OK) return;
  for (int i = 0; i < trial.n_live && t->n_staged < MOST_LOADS; i++)
    t->n_staged += is_affine(t, &trial, trial.live[i], &t->staged[t->n_staged]);
  merge(t, &trial);
  n = t->n_staged;
  t->n_staged = 0;
  for (int i = 0; i < n; i++)
    if (crosses(t, &t->staged[i])) t->staged[t->n_staged++] = t->staged[i];
}

/* ---- the box ---- */

/* The least divisor of `size` that is at least `least`. */
static int64_t divisor(int64_t size, int64_t least) {
  while (least < size && size % least) least++;
  return least < size ? least : size;
}

/* Makes the box longer, until it has a piece of what is contiguous in this load. */
static void cover(tiles *t, const staged *s) {
  int64_t piece = 1, size = 1; /* of the box; of everything that is contiguous so far */
  for (int i = 0; i < s->n && piece < PIECE; i++) {
    int d = s->order[i];
    int64_t least = (PIECE + piece - 1) / piece;
    if (llabs(s->stride[d]) != size || piece < size) break;
    int64_t part = divisor(t->space.dims[d], least > SECTOR ? least : SECTOR);
    if (part > t->box.dims[d]) t->box.dims[d] = part;
    piece *= t->box.dims[d];
    size *= t->space.dims[d];
  }
}

/* Whether a box is found that fits, and of which there are enough. */
static int choose_box(tiles *t) {
  weft_shape space = t->space;
  staged result = {.n = 0}; /* the result, as if it were a load */
  int64_t stride = 1, bytes = 0;
  t->box = space;
  for (int d = space.rank - 1; d >= 0; d--) {
    t->box.dims[d] = 1;
    result.stride[d] = space.dims[d] > 1 ? stride : 0;
    stride *= space.dims[d];
  }
  sort(t, &result);
  cover(t, &result);
  for (int i = 0; i < t->n_staged; i++) cover(t, &t->staged[i]);
  for (int d = space.rank - 1; d >= 0; d--) {
    int64_t elements = weft_shape_size(t->box), times = (LEAST_BOX + elements - 1) / elements;
    if (times > 1) t->box.dims[d] = divisor(space.dims[d], times * t->box.dims[d]);
  }
  t->elements = weft_shape_size(t->box);
  for (int i = 0; i < t->n_staged; i++) {
    staged *s = &t->staged[i];
    s->elements = s->room = 1;
    for (int k = 0; k < s->n; k++) {
      int d = s->order[k];
      s->pitch[d] = s->room + (k > 0 && s->room % 2 == 0);
      s->room = s->pitch[d] * t->box.dims[d];
      s->elements *= t->box.dims[d];
    }
    bytes += s->room * 4;
  }
  t->local = weft_local_size(t->l, t->elements, 256);
  return t->elements >= LEAST_BOX && t->elements <= MOST_STEPS * t->local &&
         4 * bytes <= QUARTERS * (int64_t)t->l->target->local_memory &&
         weft_shape_size(space) / t->elements >= LEAST_GROUPS;
}

/* ---- the kernel ---- */

/* Element number k of a load's part of the box, in memory's order: its index inside of the box. */
static void split_staged(tiles *t, const staged *s, weft_ir_value *k, weft_ir_value **out_inside) {
  weft_ir *ir = &t->l->ir;
  for (int d = 0; d < t->space.rank; d++) out_inside[d] = weft_ir_int(ir, 0);
  for (int i = 0; i < s->n; i++) {
    int64_t size = t->box.dims[s->order[i]];
    out_inside[s->order[i]] = i < s->n - 1 ? weft_ir_mod(ir, k, size) : k;
    k = weft_ir_div(ir, k, size);
  }
}

static weft_ir_value *place_of(tiles *t, const staged *s, weft_ir_value *const *inside) {
  weft_ir_value *place = weft_ir_int(&t->l->ir, 0);
  for (int i = 0; i < s->n; i++)
    place = weft_ir_add(&t->l->ir, place, weft_ir_mul(&t->l->ir, inside[s->order[i]], s->pitch[s->order[i]]));
  return place;
}

static weft_ir_value *address_of(tiles *t, const staged *s, weft_ir_value *const *index) {
  weft_ir_value *address = weft_ir_int(&t->l->ir, s->base);
  for (int d = 0; d < t->space.rank; d++)
    address = weft_ir_add(&t->l->ir, address, weft_ir_mul(&t->l->ir, index[d], s->stride[d]));
  return address;
}

/* Reads what crosses into shared memory: all loads of one go out before the first is stored. */
static void stage(tiles *t, staged *s) {
  weft_ir *ir = &t->l->ir;
  weft_ir_value *value[MOST_STEPS], *place[MOST_STEPS], *there[MOST_STEPS];
  weft_ir_value *inside[WEFT_MAX_RANK], *index[WEFT_MAX_RANK];
  int64_t n = (s->elements + t->local - 1) / t->local;
  s->array = weft_ir_add_array(ir, ir->bindings[s->binding].type, s->room, 1);
  for (int64_t i = 0; i < n; i++) {
    weft_ir_value *k = weft_ir_add_int(ir, weft_ir_local_id(ir, 0), i * t->local);
    there[i] = weft_ir_in_range(ir, k, s->elements);
    split_staged(t, s, weft_ir_assume(ir, k, 0, s->elements - 1), inside);
    for (int d = 0; d < t->space.rank; d++) index[d] = weft_ir_add(ir, t->first[d], inside[d]);
    place[i] = place_of(t, s, inside);
    value[i] = weft_emit_element(&t->l->emitter, s->binding, address_of(t, s, index), there[i]);
  }
  for (int64_t i = 0; i < n; i++) {
    weft_ir_if_begin(ir, there[i]);
    weft_ir_array_store(ir, s->array, place[i], value[i]);
    weft_ir_if_end(ir);
  }
}

static weft_ir_value *read_staged(void *context, weft_emitter *e, weft_tensor *node, weft_ir_value *const *index) {
  tiles *t = context;
  int binding = weft_emit_input(e, node);
  weft_ir_value *address = binding >= 0 ? weft_emit_linear(e->ir, node->shape, index) : NULL;
  for (int i = 0; i < t->n_staged; i++)
    if (t->staged[i].binding == binding && t->staged[i].address == address)
      return weft_ir_array_load(e->ir, t->staged[i].array, t->staged[i].place);
  return NULL;
}

/* What the outputs have for element number k of the box. */
static int compute(tiles *t, weft_ir_value *k, weft_emitted *out) {
  weft_lowering *l = t->l;
  weft_ir *ir = &l->ir;
  weft_ir_value *inside[WEFT_MAX_RANK], *index[WEFT_MAX_RANK];
  weft_emit_delinear(ir, t->box, k, inside);
  for (int d = 0; d < t->space.rank; d++) {
    inside[d] = weft_ir_keep(ir, inside[d]); /* the address that emission makes of it has one form then */
    index[d] = weft_ir_add(ir, t->first[d], inside[d]);
  }
  for (int i = 0; i < t->n_staged; i++) {
    t->staged[i].address = address_of(t, &t->staged[i], index);
    t->staged[i].place = place_of(t, &t->staged[i], inside);
  }
  return weft_emit_outputs(&l->emitter, weft_shape_size(t->space), weft_emit_linear(ir, t->space, index), out);
}

static void store(weft_ir *ir, const weft_emitted *emitted, int n) {
  for (int i = 0; i < n; i++) weft_ir_store(ir, emitted[i].binding, emitted[i].at, emitted[i].value);
}

static void compute_box(tiles *t, weft_emitted *emitted) {
  weft_ir *ir = &t->l->ir;
  int64_t local = t->local, whole = t->elements / local;
  int n = 0;
  for (int64_t i = 0; i < whole; i++)
    n += compute(t, weft_ir_add_int(ir, weft_ir_local_id(ir, 0), i * local), &emitted[n]);
  store(ir, emitted, n);
  if (t->elements % local == 0) return;
  weft_ir_value *k = weft_ir_add_int(ir, weft_ir_local_id(ir, 0), whole * local);
  weft_ir_if_begin(ir, weft_ir_in_range(ir, k, t->elements));
  n = compute(t, weft_ir_assume(ir, k, 0, t->elements - 1), emitted);
  store(ir, emitted, n);
  weft_ir_if_end(ir);
}

int weft_lower_map_by_tiles(weft_lowering *l) {
  tiles t = {.l = l, .space = l->group->space};
  weft_ir *ir = &l->ir;
  find_staged(&t);
  if (t.n_staged == 0 || !choose_box(&t)) return 0;
  ir->local[0] = (uint32_t)t.local;
  weft_emitted *emitted = WEFT_NEW(l->arena, weft_emitted, MOST_STEPS * weft_emit_most_outputs(l->group));
  if (!emitted) {
    weft_fail(&ir->error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
    return 1;
  }
  weft_ir_value *group = weft_begin_groups(l, weft_shape_size(t.space) / t.elements);
  weft_shape boxes = t.space;
  for (int d = 0; d < boxes.rank; d++) boxes.dims[d] /= t.box.dims[d];
  weft_emit_delinear(ir, boxes, group, t.first);
  for (int d = 0; d < boxes.rank; d++) t.first[d] = weft_ir_mul(ir, t.first[d], t.box.dims[d]);
  for (int i = 0; i < t.n_staged; i++) stage(&t, &t.staged[i]);
  weft_ir_barrier(ir);
  l->emitter.hook = read_staged;
  l->emitter.hook_context = &t;
  compute_box(&t, emitted);
  l->emitter.hook = NULL;
  weft_end_groups(l);
  return 1;
}
