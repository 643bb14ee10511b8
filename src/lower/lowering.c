/* lowering.c -- loops, work-groups and outputs, as map, reduce and row lowerings need them. */
#include "lower/lowering.h"
#include <string.h>

/* ---- loops ---- */

enum { SHORT_RUN = 64 }; /* vectors */

void weft_for(weft_lowering *l, weft_ir_value *first, weft_ir_value *end, int64_t step, int lanes, int n,
              weft_ir_value **state, weft_loop_body *body, void *context) {
  enum { MAX_STATE = 128 };
  weft_ir *ir = &l->ir;
  weft_ir_value *index, *carry[MAX_STATE], *next[MAX_STATE];
  if (n > MAX_STATE) {
    weft_fail(&ir->error, WEFT_INTERNAL, "lower: a loop that carries %d values", n);
    return;
  }
  if (end->hi <= first->lo) return;
  weft_ir_loop_begin(ir, first, end, step, n, state, &index, carry);
  for (int i = 0; i < n; i++) next[i] = carry[i];
  body(context, weft_ir_add(ir, index, weft_ir_lane(ir, lanes)), lanes, carry, next);
  weft_ir_loop_end(ir, n, next, state);
}

int weft_narrower(int lanes) { return lanes > 4 ? lanes / 2 : lanes > 1; }

/* A long run leaves little over for its length: numbers one by one, and a shorter kernel. */
void weft_for_vectors(weft_lowering *l, weft_ir_value *first, weft_ir_value *end, int64_t size, weft_loop_body *body,
                      void *context) {
  int64_t done = 0;
  for (int lanes = l->lanes; lanes > 0 && done < size; lanes = size < SHORT_RUN * lanes ? weft_narrower(lanes) : 1) {
    int64_t whole = size / lanes * lanes;
    if (whole > done)
      weft_for(l, weft_ir_max(&l->ir, first, weft_ir_int(&l->ir, done)),
               weft_ir_min(&l->ir, end, weft_ir_int(&l->ir, whole)), lanes, lanes, 0, NULL, body, context);
    done = whole;
  }
}

/* ---- work-groups ---- */

weft_ir_value *weft_begin_groups(weft_lowering *l, int64_t count) {
  weft_ir *ir = &l->ir;
  int64_t limit = l->target->max_groups[0] ? l->target->max_groups[0] : 65535;
  if (limit > INT32_MAX) limit = INT32_MAX;
  int64_t across = count < limit ? count : limit, down = (count + across - 1) / across;
  l->groups[0] = (uint32_t)across;
  l->groups[1] = (uint32_t)down;
  l->groups[2] = 1;
  weft_ir_value *group = weft_ir_group_id(ir, 0, across);
  if (down > 1) group = weft_ir_add(ir, group, weft_ir_mul(ir, weft_ir_group_id(ir, 1, down), across));
  weft_ir_if_begin(ir, across * down == count ? NULL : weft_ir_less(ir, group, weft_ir_int(ir, count)));
  return weft_ir_assume(ir, group, 0, count - 1);
}

void weft_end_groups(weft_lowering *l) { weft_ir_if_end(&l->ir); }

uint32_t weft_local_size(const weft_lowering *l, int64_t work, uint32_t most) {
  uint32_t limit = l->target->max_group ? l->target->max_group : 64, size = 1;
  if (limit > most) limit = most;
  while (size * 2 <= limit && size < work) size *= 2;
  while (l->few_items && size > 8 && work < 4 * (int64_t)size * l->target->compute_units) size /= 2;
  return size;
}

weft_ir_value *weft_begin_items(weft_lowering *l, int64_t count, uint32_t local) {
  weft_ir *ir = &l->ir;
  ir->local[0] = local;
  weft_ir_value *group = weft_begin_groups(l, (count + local - 1) / local);
  weft_ir_value *local_id = weft_ir_local_id(ir, 0), *item = weft_ir_add(ir, weft_ir_mul(ir, group, local), local_id);
  weft_ir_if_begin(ir, count % local == 0 ? NULL : weft_ir_less(ir, item, weft_ir_int(ir, count)));
  return weft_ir_assume(ir, item, 0, count - 1);
}

void weft_end_items(weft_lowering *l) {
  weft_ir_if_end(&l->ir);
  weft_end_groups(l);
}

weft_ir_value *weft_lanes_of_item(weft_lowering *l, weft_ir_value *item, int lanes) {
  return weft_ir_add(&l->ir, weft_ir_mul(&l->ir, item, lanes), weft_ir_lane(&l->ir, lanes));
}

/* ---- outputs ---- */

void weft_store_outputs(weft_lowering *l, int64_t size, weft_ir_value *linear) {
  weft_emitted *emitted = WEFT_NEW(l->arena, weft_emitted, weft_emit_most_outputs(l->group));
  if (!emitted) {
    weft_fail(&l->ir.error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
    return;
  }
  int n = weft_emit_outputs(&l->emitter, size, linear, emitted);
  for (int i = 0; i < n; i++) weft_ir_store(&l->ir, emitted[i].binding, emitted[i].at, emitted[i].value);
}

/* ---- sets of nodes ---- */

static size_t slot_of(const weft_node_set *set, const weft_tensor *node) {
  size_t at = node->id * (size_t)2654435761u & (set->capacity - 1);
  while (set->slots[at] && set->slots[at] != node) at = (at + 1) & (set->capacity - 1);
  return at;
}

int weft_set_has(const weft_node_set *set, const weft_tensor *node) {
  return set->capacity && set->slots[slot_of(set, node)] == node;
}

int weft_set_add(weft_node_set *set, const weft_tensor *node) {
  if (weft_set_has(set, node)) return 0;
  if (2 * (set->count + 1) > set->capacity) {
    weft_node_set larger = {.arena = set->arena, .capacity = set->capacity ? 2 * set->capacity : 64};
    larger.slots = WEFT_NEW(set->arena, const weft_tensor *, larger.capacity);
    if (!larger.slots) {
      set->failed = 1;
      return 0;
    }
    for (size_t i = 0; i < set->capacity; i++)
      if (set->slots[i]) larger.slots[slot_of(&larger, set->slots[i])] = set->slots[i];
    larger.count = set->count;
    *set = larger;
  }
  set->slots[slot_of(set, node)] = node;
  set->count++;
  return 1;
}

/* ---- how much ---- */

/* A work-group of one item costs some 10 ns to start and is the unit that threads share out: it should be worth so many
 * scalar operations, and where this makes few groups fewer, so that every thread gets some. */
static const double group_cost = 262144, least_group_cost = 8192;
static const int64_t groups_of_unit = 8;
static const int64_t most_parts = 1 << 16;

int64_t weft_parts_of_group(const weft_lowering *l, int64_t parts, double cost) {
  double least = least_group_cost / (cost > 1 ? cost : 1), wanted = group_cost / (cost > 1 ? cost : 1);
  double even = (double)parts / (double)(groups_of_unit * l->target->compute_units);
  if (wanted > even) wanted = even > least ? even : least;
  int64_t share = wanted < 1 ? 1 : wanted > (double)most_parts ? most_parts : (int64_t)wanted;
  return share < parts ? share : parts;
}

double weft_row_cost(weft_op op) {
  static const struct {
    const char *word;
    double cost;
  } words[] = {{"w_exp(", 10}, {"w_log(", 10},  {"w_log1p(", 12}, {"w_expm1(", 12}, {"w_sin(", 12},
               {"w_cos(", 12}, {"w_tanh(", 20}, {"w_erf(", 20},   {"w_pow(", 25},   {"w_div(", 4},
               {"w_mod(", 8},  {"w_sqrt(", 4},  {"w_rsqrt(", 6}};
  double cost = 1;
  if (op == WEFT_OP_UNIFORM) return 60;
  if (op == WEFT_OP_NORMAL) return 100;
  for (size_t i = 0; i < sizeof words / sizeof *words && weft_ops[op].expression; i++)
    if (strstr(weft_ops[op].expression, words[i].word)) cost += words[i].cost;
  return cost;
}
