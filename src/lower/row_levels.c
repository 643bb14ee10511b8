/* row_levels.c -- of row kernels (row.c) what is known before anything is emitted: levels of reductions, what passes
 * keep for later ones, who fetches what. */
#include "lower/row.h"

enum { KEPT_ELEMENTS = 4096 };

/* ---- levels ---- */

static int core_number(const weft_rows *r, const weft_tensor *node) {
  for (int c = 0; c < r->l->group->n_cores; c++)
    if (r->l->group->cores[c] == node) return c;
  return -1;
}

static int highest_level(const weft_rows *r, weft_node_set *seen, const weft_tensor *node) {
  int core = core_number(r, node), highest = 0;
  if (core >= 0) return r->level[core];
  if (!weft_set_add(seen, node) || weft_emit_input(&r->l->emitter, node) >= 0) return 0;
  for (int i = 0; i < node->n_in; i++) {
    int below = highest_level(r, seen, node->in[i]);
    if (below > highest) highest = below;
  }
  return highest;
}

void weft_rows_find_levels(weft_rows *r) {
  const weft_group *group = r->l->group;
  r->level = WEFT_NEW(r->l->arena, int, group->n_cores);
  r->result = WEFT_NEW(r->l->arena, weft_ir_value *, WEFT_ROWS_BESIDE * group->n_cores);
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

/* ---- whose NaN shows anyway ---- */

/* Whether the node is NaN wherever a number of the target is. */
static int spreads(const weft_rows *r, weft_node_set *seen, const weft_tensor *target, const weft_tensor *node) {
  const weft_op_info *op = &weft_ops[node->op];
  int is_float = node->n_in > 0 && node->dtype == WEFT_F32 && node->in[0]->dtype == WEFT_F32;
  int hands_on = op->kind == W_SCALAR ? (op->types == W_N || op->types == W_F) && node->op != WEFT_OP_POW
                                      : node->op == WEFT_OP_EXPAND || node->op == WEFT_OP_RESHAPE ||
                                            (node->op == WEFT_OP_REDUCE_SUM && core_number(r, node) >= 0);
  if (node == target) return 1;
  if (!is_float || !hands_on || weft_emit_input(&r->l->emitter, node) >= 0 || !weft_set_add(seen, node)) return 0;
  for (int i = 0; i < node->n_in; i++)
    if (spreads(r, seen, target, node->in[i])) return 1;
  return 0;
}

static int is_nan_with(const weft_rows *r, const weft_tensor *target, const weft_tensor *node) {
  weft_node_set seen = {.arena = r->l->arena};
  return spreads(r, &seen, target, node);
}

/* An extreme need not be NaN where a later sum over the same numbers is, and all results with it: a softmax. */
static int shows(const weft_rows *r, const weft_tensor *extreme, const weft_tensor *sum) {
  const weft_group *group = r->l->group;
  if (sum->op != WEFT_OP_REDUCE_SUM || !is_nan_with(r, extreme->in[0], sum->in[0])) return 0;
  for (int i = 0; i < group->n_outputs; i++)
    if (!is_nan_with(r, sum, group->outputs[i])) return 0;
  return 1;
}

void weft_rows_find_shown(weft_rows *r) {
  const weft_group *group = r->l->group;
  weft_ir *ir = &r->l->ir;
  ir->nan_shown = WEFT_NEW(r->l->arena, const weft_tensor *, group->n_cores);
  for (int c = 0; c < group->n_cores && ir->nan_shown; c++)
    for (int s = 0; s < group->n_cores; s++) {
      if (!shows(r, group->cores[c], group->cores[s])) continue;
      ir->nan_shown[ir->n_nan_shown++] = group->cores[c];
      break;
    }
}

/* ---- what is worth keeping from pass to pass ---- */

typedef struct cache_walk {
  weft_rows *r;
  weft_node_set now, before;
} cache_walk;

/* Whether it costs much for each element. */
static int is_dear(const weft_rows *r, const weft_tensor *node) {
  static const double expensive = 8;
  return weft_rows_is_full(r, node) && weft_ops[node->op].kind == W_SCALAR && weft_row_cost(node->op) >= expensive;
}

static void walk(cache_walk *w, weft_tensor *node) {
  weft_rows *r = w->r;
  if (core_number(r, node) >= 0 || weft_emit_input(&r->l->emitter, node) >= 0 || !weft_set_add(&w->now, node)) return;
  for (int i = 0; i < r->n_kept; i++)
    if (r->kept[i] == node) return;
  if (is_dear(r, node) && weft_set_has(&w->before, node) && r->n_kept < WEFT_ROWS_KEPT &&
      (r->n_kept + 1) * r->length <= KEPT_ELEMENTS) {
    r->kept[r->n_kept++] = node;
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
      if (weft_rows_is_full(w->r, group->outputs[i])) walk(w, group->outputs[i]);
}

static void add_all(weft_node_set *to, const weft_node_set *from) {
  for (size_t i = 0; i < from->capacity; i++)
    if (from->slots[i]) weft_set_add(to, from->slots[i]);
}

/* So many that they are a few KiB: streams that lie further apart are not foreseen by the memory system. */
static int rows_beside(const weft_rows *r) {
  enum { NEAR = 512, NEAR_DEAR = 2048, MOST_STATES = 24 };
  int64_t near = r->n_kept > 0 ? NEAR_DEAR : NEAR;
  int states = 0, beside = WEFT_ROWS_BESIDE;
  for (int c = 0; c < r->l->group->n_cores; c++) states += weft_state_size(&r->l->ir, r->l->group->cores[c]);
  while (beside > 1 && (beside * r->length > near || beside > r->rows || 2 * beside * states > MOST_STATES))
    beside /= 2;
  return beside;
}

/* Expensive nodes that two passes need, in an array for each of the rows side by side: found when a later pass meets
 * what an earlier one has met. */
void weft_rows_find_kept(weft_rows *r) {
  weft_arena *arena = r->l->arena;
  weft_node_set before = {.arena = arena};
  for (int phase = 1; phase <= r->n_levels + 1; phase++) {
    cache_walk w = {.r = r, .now = {.arena = arena}, .before = before};
    walk_phase(&w, phase);
    before = w.before;
    add_all(&before, &w.now);
  }
  int count = r->n_kept;
  for (int i = 0; i < count; i++) r->first_use[i] = 0;
  for (int phase = 1; phase <= r->n_levels + 1; phase++) { /* where each is computed */
    cache_walk w = {.r = r, .now = {.arena = arena}};
    walk_phase(&w, phase);
    for (int i = 0; i < count; i++)
      if (!r->first_use[i] && weft_set_has(&w.now, r->kept[i])) r->first_use[i] = phase;
  }
  r->beside = rows_beside(r);
  for (int b = 0; b < r->beside; b++)
    for (int i = 0; i < count; i++)
      r->array[b][i] =
          weft_ir_add_array(&r->l->ir, r->kept[i]->dtype == WEFT_F32 ? WEFT_IR_F32 : WEFT_IR_I32, r->length, 0);
}

weft_ir_value *weft_rows_read_kept(void *context, weft_emitter *e, weft_tensor *node, weft_ir_value *const *index) {
  weft_rows *r = context;
  for (int i = 0; i < r->n_kept; i++)
    if (r->kept[i] == node && r->first_use[i] < r->phase && weft_emit_linear(e->ir, node->shape, index) == r->at)
      return weft_ir_array_load(e->ir, r->array[r->which][i], r->inside);
  return NULL;
}

void weft_rows_keep(weft_rows *r) {
  for (int i = 0; i < r->n_kept; i++)
    if (r->first_use[i] == r->phase)
      weft_ir_array_store(&r->l->ir, r->array[r->which][i], r->inside, weft_emit_at(&r->l->emitter, r->kept[i], r->at));
}

/* ---- fetching ahead ---- */

/* The inputs between the node and cores, a bit each; whether anything there is dear for each element. */
static uint64_t inputs_below(weft_rows *r, weft_node_set *seen, const weft_tensor *node) {
  uint64_t mask = 0;
  if (core_number(r, node) >= 0 || !weft_set_add(seen, node)) return 0;
  int input = weft_emit_input(&r->l->emitter, node);
  if (input >= 0) return (uint64_t)1 << input;
  if (is_dear(r, node)) r->is_dear = 1;
  for (int i = 0; i < node->n_in; i++) mask |= inputs_below(r, seen, node->in[i]);
  return mask;
}

void weft_rows_share_out_fetching(weft_rows *r) {
  const weft_group *group = r->l->group;
  weft_node_set of_sums = {.arena = r->l->arena}, of_results = {.arena = r->l->arena};
  for (int c = 0; c < group->n_cores; c++)
    if (r->level[c] == r->n_levels) inputs_below(r, &of_sums, group->cores[c]->in[0]);
  for (int i = 0; i < group->n_outputs; i++)
    if (weft_rows_is_full(r, group->outputs[i])) r->last_reads |= inputs_below(r, &of_results, group->outputs[i]);
  if (r->is_dear) r->last_reads = 0;
}
