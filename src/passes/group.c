/* group.c -- fusion: which nodes become one kernel.
 *
 * A node is either stored (written to memory by exactly one group) or inlined (recomputed in every kernel that needs
 * it). Three steps:
 *   1. mark   what must be stored (roots, bases of contraction operands, copies), but for operands that a product
 *             had better compute (group_operand.c); what is cheaper stored than computed again; and for each core
 *             (reduction or contraction) the end of its chain of single users: its epilogue.
 *   2. join   anchors (cores and stored nodes) in topological order: each joins the newest group that it can join
 *             without making a circle among groups, rather one that it reads from, or opens one. An elementwise result
 *             joins the group of the core it follows at the same index (epilogue), of the product whose columns are
 *             its gates, of the row it normalises (row kernel), or of a map over the same space (several outputs); a
 *             reduction joins reductions over the same rows. What a row kernel reads once a row, and nothing but
 *             inputs makes, it makes itself.
 *   3. close  outputs are the members that others need; inputs are the stored nodes and leaves that the outputs reach.
 *
 * The obvious way, merging a producer into its consumer pair by pair, fails on softmax and on optimizers: a value
 * needed by two consumers of the same kernel looks shared, and is stored; hence groups that grow by what is read at one
 * index.
 */
#include "passes/grouping.h"
#include <stdlib.h>
#include <string.h>

/* Parts that one kernel stores together. */
enum { MOST_PARTS = 16 };

const char *weft_group_kind_name(weft_group_kind kind) {
  static const char *const names[] = {"map", "reduce", "row", "dot", "scatter", "attention", "bundle"};
  return names[kind];
}

int weft_group_bindings(const weft_group *group) {
  int n = group->n_inputs;
  for (int o = 0; o < group->n_outputs; o++)
    if (weft_group_place(group, o) >= n) n = weft_group_place(group, o) + 1;
  return n;
}

weft_tensor *weft_stored_node(weft_tensor *node) {
  while (node->op == WEFT_OP_RESHAPE) node = node->in[0];
  return node;
}

weft_tensor *weft_gates_of(const weft_tensor *slice, int *out_gates, int *out_gate) {
  if (slice->op != WEFT_OP_SLICE || slice->shape.rank == 0) return NULL;
  weft_tensor *x = slice->in[0];
  int rank = x->shape.rank, last = rank - 1;
  int64_t gate = slice->attr[last], gates = slice->attr[rank + last];
  if ((gates != 2 && gates != 4) || gate >= gates) return NULL;
  if (slice->shape.dims[last] * gates != x->shape.dims[last]) return NULL;
  for (int d = 0; d < last; d++)
    if (slice->shape.dims[d] != x->shape.dims[d]) return NULL;
  *out_gates = (int)gates;
  *out_gate = (int)gate;
  return weft_stored_node(x);
}

int weft_joins_outermost(const weft_tensor *node) {
  if (node->op != WEFT_OP_CONCAT) return 0;
  for (int d = 0; d < node->attr[0]; d++)
    if (node->shape.dims[d] != 1) return 0;
  return 1;
}

const weft_tensor *weft_in_parts(const weft_tensor *node) {
  if (node->op == WEFT_OP_COPY) node = node->in[0];
  if (node->op != WEFT_OP_CONCAT || node->n_in > MOST_PARTS) return NULL;
  for (int i = 0; i < node->n_in; i++) {
    if (!weft_shape_equal(node->in[i]->shape, node->in[0]->shape)) return NULL;
    if (node->in[i]->op == WEFT_OP_COPY && weft_joins_outermost(node)) return NULL; /* stored anyway */
  }
  return node;
}

/* ---- 3. close ---- */

static void collect(weft_grouping *w, int group, weft_tensor *node, weft_group *out) {
  weft_group_cell *c = weft_cell_of(w, node);
  if (c->stamp == w->stamp) return;
  c->stamp = w->stamp;
  if (weft_is_leaf(node) || (weft_is_anchor(c) && c->group != group)) {
    out->inputs[out->n_inputs++] = node;
    return;
  }
  for (int i = 0; i < node->n_in; i++) collect(w, group, node->in[i], out);
  if (c->core) out->cores[out->n_cores++] = node;
}

static weft_group *close_group(weft_grouping *w, int index) {
  weft_group_draft *g = &w->groups[index];
  weft_group *out = WEFT_NEW(w->arena, weft_group, 1);
  int n_deps = 0;
  for (int m = 0; m < g->n_members; m++) n_deps += w->cells[g->members[m]].n_deps;
  if (out) {
    out->outputs = WEFT_NEW(w->arena, weft_tensor *, g->n_members);
    out->cores = WEFT_NEW(w->arena, weft_tensor *, g->n_members);
    out->inputs = WEFT_NEW(w->arena, weft_tensor *, n_deps);
  }
  if (!out || !out->outputs || !out->cores || !out->inputs) {
    w->out_of_memory = 1;
    return NULL;
  }
  out->kind = g->kind;
  out->space = g->space;
  out->mask = g->mask;
  out->gates = g->gates;
  w->stamp++;
  for (int m = 0; m < g->n_members; m++) {
    weft_group_cell *c = &w->cells[g->members[m]];
    if (!c->needed) continue;
    out->outputs[out->n_outputs++] = c->node;
    collect(w, index, c->node, out);
  }
  return out;
}

/* Groups in an order in which each follows those it reads from; one may have lost its members to another. */
static void emit_in_order(weft_grouping *w, int index, char *done, weft_group **groups, size_t *count) {
  if (done[index] || !w->groups[index].n_members) return;
  done[index] = 1;
  for (int m = 0; m < w->groups[index].n_members; m++) {
    const weft_group_cell *c = &w->cells[w->groups[index].members[m]];
    for (int i = 0; i < c->n_deps; i++) {
      int other = w->cells[c->deps[i].at].group;
      if (other >= 0) emit_in_order(w, other, done, groups, count);
    }
  }
  weft_group *g = close_group(w, index);
  if (g && g->n_outputs) groups[(*count)++] = g;
}

weft_status weft_group_graph(weft_arena *arena, weft_tensor *const *roots, size_t n_roots,
                             const weft_group_limits *limits, weft_group ***out_groups, size_t *out_count,
                             weft_error *error) {
  *out_groups = NULL;
  *out_count = 0;
  if (n_roots == 0) return WEFT_OK;
  size_t count = 0;
  weft_tensor **order = weft_graph_order(arena, roots, n_roots, &count);
  uint32_t max_id = order && count ? order[count - 1]->id : 0;
  weft_grouping w = {.arena = arena, .n = (int)count, .limits = limits};
  w.cells = WEFT_NEW(arena, weft_group_cell, count);
  w.position = WEFT_NEW(arena, int, (size_t)max_id + 1);
  w.groups = WEFT_NEW(arena, weft_group_draft, count + 1);
  w.found = WEFT_NEW(arena, weft_group_dep, count);
  char *done = WEFT_NEW(arena, char, count + 1);
  if (!order || !w.cells || !w.position || !w.groups || !w.found || !done)
    return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory to group %zu nodes", count);
  memset(w.position, 0xff, sizeof(int) * ((size_t)max_id + 1));
  for (int p = 0; p < w.n; p++) {
    w.cells[p].node = order[p];
    w.cells[p].group = -1;
    w.position[order[p]->id] = p;
  }
  for (size_t i = 0; i < n_roots; i++) {
    weft_grouping_store(&w, roots[i]);
    weft_cell_of(&w, weft_stored_node(roots[i]))->root = 1;
  }
  weft_grouping_mark(&w);
  for (int p = 0; p < w.n && !w.out_of_memory; p++)
    if (weft_is_anchor(&w.cells[p])) weft_grouping_find_deps(&w, p);
  for (int p = 0; p < w.n && !w.out_of_memory; p++)
    if (weft_is_anchor(&w.cells[p])) weft_grouping_join(&w, p);
  for (int p = 0; p < w.n; p++) {
    weft_group_cell *c = &w.cells[p];
    if (c->root) c->needed = 1;
    if (c->group < 0) continue;
    for (int i = 0; i < c->n_deps; i++)
      if (w.cells[c->deps[i].at].group != c->group) w.cells[c->deps[i].at].needed = 1;
  }
  weft_group **groups = WEFT_NEW(arena, weft_group *, w.n_groups + 1);
  if (groups)
    for (int g = 0; g < w.n_groups && !w.out_of_memory; g++) emit_in_order(&w, g, done, groups, out_count);
  if (!groups || w.out_of_memory)
    return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory to group %zu nodes", count);
  *out_groups = groups;
  return WEFT_OK;
}
