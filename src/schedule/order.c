/* order.c -- the order of steps, and which assigned values are written straight into their target.
 *
 * A value may be written into the target's own memory when its group reads the old content at the same index or not at
 * all, and when every other reader of the old content can run before. The last may make a circle (two params swapped):
 * then the value gets memory of its own and a step that copies it at the end.
 *
 * What is put end to end along the outermost dimension takes no step: its parts are written where they belong in it.
 *
 * What depends only on params and states that the program does not assign (weights packed, transformed, in another
 * layout) comes first, and its values live to the end: later runs find them there. What depends on leaves alone but
 * must be computed in every run comes just before its first reader, which then finds it in a cache. */
#include "base/debug.h"
#include "schedule/plan.h"
#include <stdlib.h>
#include <string.h>

typedef struct edge_list {
  int *items, n, room;
} edge_list;

/* What is known of a node that groups store or read. */
typedef struct entry {
  weft_value *value; /* NULL: none was needed yet */
  int writer;        /* group; -1: none */
  int readers;       /* groups that are still to read it, and results */
} entry;

typedef struct ordering {
  weft_arena *arena;
  weft_plan *plan;
  weft_group **groups;
  int n_groups;
  edge_list *after; /* of each group: the groups that it must follow */
  char *mark;
  char *once;     /* groups that need not run every time */
  char *late;     /* groups that can run at any time, and had better be put off until they are needed */
  char *done;     /* groups that have their place */
  entry *entries; /* by node id */
  int failed;
} ordering;

static entry *entry_of(const ordering *o, const weft_tensor *node) { return &o->entries[node->id]; }

static void add_edge(ordering *o, int group, int must_follow) {
  edge_list *e = &o->after[group];
  if (group == must_follow) return;
  for (int i = 0; i < e->n; i++)
    if (e->items[i] == must_follow) return;
  if (e->n == e->room) {
    int room = e->room ? 2 * e->room : 8;
    int *items = WEFT_NEW(o->arena, int, room);
    if (!items) {
      o->failed = 1;
      return;
    }
    if (e->n) memcpy(items, e->items, sizeof(int) * (size_t)e->n);
    e->items = items;
    e->room = room;
  }
  e->items[e->n++] = must_follow;
}

static int follows(ordering *o, int group, int other) {
  if (group == other) return 1;
  if (o->mark[group]) return 0;
  o->mark[group] = 1;
  for (int i = 0; i < o->after[group].n; i++)
    if (follows(o, o->after[group].items[i], other)) return 1;
  return 0;
}

static int must_follow(ordering *o, int group, int other) {
  memset(o->mark, 0, (size_t)o->n_groups);
  return follows(o, group, other);
}

static int reads(const weft_group *g, const weft_tensor *node) {
  for (int i = 0; i < g->n_inputs; i++)
    if (g->inputs[i] == node) return 1;
  return 0;
}

/* ---- reading at the same index ---- */

static int in_place(const weft_group *group, const weft_tensor *at, const weft_tensor *node, int same, int depth) {
  if (at == node) return same;
  if (depth > 4096) return 0;
  if (reads(group, at)) return 1;
  weft_op_kind kind = weft_ops[at->op].kind;
  int below = same && (kind == W_SCALAR || at->op == WEFT_OP_RESHAPE || at->op == WEFT_OP_COPY);
  for (int i = 0; i < at->n_in; i++)
    if (!in_place(group, at->in[i], node, below, depth + 1)) return 0;
  return 1;
}

static int writes(const weft_group *g, const weft_tensor *node) {
  for (int i = 0; i < g->n_outputs; i++)
    if (g->outputs[i] == node) return 1;
  return 0;
}

int weft_group_reads_in_place(const weft_group *group, const weft_tensor *node, const weft_tensor *output) {
  if (group->kind == WEFT_GROUP_ROW) return !reads(group, node); /* rows read their inputs several times */
  for (int p = 0; p < group->n_parts; p++) {
    const weft_group *part = group->parts[p];
    if (writes(part, output) ? !weft_group_reads_in_place(part, node, output) : reads(part, node)) return 0;
  }
  if (group->n_parts) return 1;
  for (int i = 0; i < group->n_outputs; i++)
    if (!in_place(group, group->outputs[i], node, 1, 0)) return 0;
  return 1;
}

/* ---- values ---- */

static weft_value *need_value(ordering *o, weft_tensor *node) {
  weft_value *v = entry_of(o, node)->value;
  if (v || !(v = WEFT_NEW(o->arena, weft_value, 1))) return v;
  int leaf = weft_ops[node->op].kind == W_LEAF;
  *v = (weft_value){.node = node, .leaf = leaf ? node : NULL, .slab = -1, .first = -1, .last = -1};
  v->size = (uint64_t)weft_shape_size(node->shape) * weft_dtype_size(node->dtype);
  entry_of(o, node)->value = o->plan->values[o->plan->n_values++] = v;
  return v;
}

static int64_t bytes_of(const weft_tensor *node) {
  return weft_shape_size(node->shape) * (int64_t)weft_dtype_size(node->dtype);
}

static int is_result(const weft_module *m, const weft_tensor *node) {
  for (size_t i = 0; i < m->n_results; i++)
    if (weft_stored_node(m->results[i]) == node) return 1;
  return 0;
}

/* Puts the assigned value into its target's memory when that is safe; otherwise 0. */
static int write_straight(ordering *o, const weft_module *m, const weft_assignment *a, weft_value *v) {
  if (v->leaf || is_result(m, v->node)) return 0;
  int writer = entry_of(o, v->node)->writer;
  if (writer < 0 || !weft_group_reads_in_place(o->groups[writer], a->target, v->node)) return 0;
  for (int g = 0; g < o->n_groups; g++)
    if (g != writer && reads(o->groups[g], a->target) && must_follow(o, g, writer)) return 0;
  for (int g = 0; g < o->n_groups; g++)
    if (g != writer && reads(o->groups[g], a->target)) add_edge(o, writer, g);
  v->leaf = a->target;
  return 1;
}

/* ---- what need not run every time ---- */

static int is_assigned(const weft_module *m, const weft_tensor *leaf) {
  for (size_t i = 0; i < m->n_assignments; i++)
    if (m->assignments[i].target == leaf) return 1;
  return 0;
}

static int is_steady(const weft_module *m, const weft_tensor *leaf) {
  return leaf->op == WEFT_OP_DATA || (leaf->op != WEFT_OP_INPUT && !is_assigned(m, leaf));
}

/* Producers stand before their users. A value that is written into a leaf is that leaf's from then on. */
static void find_once(ordering *o, const weft_module *m) {
  for (int g = 0; g < o->n_groups; g++) {
    const weft_group *group = o->groups[g];
    int once = !weft_debug_skips("once");
    for (int i = 0; i < group->n_inputs; i++)
      if (weft_ops[group->inputs[i]->op].kind == W_LEAF) once &= is_steady(m, group->inputs[i]);
    for (int i = 0; i < o->after[g].n; i++) once &= o->after[g].items[i] < g && o->once[o->after[g].items[i]];
    for (int i = 0; i < group->n_outputs; i++) {
      const weft_value *v = entry_of(o, group->outputs[i])->value;
      once &= !v || !v->leaf;
    }
    o->once[g] = (char)once;
  }
}

/* Whether the group reads leaves alone and writes what only later steps want. */
static int is_late(const ordering *o, const weft_module *m, int g) {
  const weft_group *group = o->groups[g];
  int late = !o->once[g] && o->after[g].n == 0 && group->n_inputs > 0;
  for (int i = 0; i < group->n_outputs; i++) {
    const weft_value *v = entry_of(o, group->outputs[i])->value;
    late &= !(v && v->leaf) && !is_result(m, group->outputs[i]);
  }
  return late;
}

static weft_group *copy_group(weft_arena *arena, weft_tensor *value) {
  weft_group *g = WEFT_NEW(arena, weft_group, 1);
  weft_tensor **nodes = WEFT_NEW(arena, weft_tensor *, 2);
  weft_tensor *copy = weft_make_copy(value);
  if (!g || !nodes || !copy) return NULL;
  nodes[0] = value;
  nodes[1] = copy;
  *g = (weft_group){.kind = WEFT_GROUP_MAP,
                    .n_inputs = 1,
                    .inputs = nodes,
                    .n_outputs = 1,
                    .outputs = nodes + 1,
                    .space = value->shape};
  return g;
}

/* ---- parts of a whole ---- */

/* The concat along the outermost dimension that the group does nothing but store; NULL: another group. */
static const weft_tensor *only_joins(const weft_group *group) {
  const weft_tensor *node = group->outputs[0];
  if (group->kind != WEFT_GROUP_MAP || group->n_outputs != 1) return NULL;
  if (node->op == WEFT_OP_COPY) node = node->in[0];
  if (node->op != WEFT_OP_CONCAT || node->n_in != group->n_inputs) return NULL;
  for (int d = 0; d < node->attr[0]; d++)
    if (node->shape.dims[d] != 1) return NULL;
  return node;
}

/* Lets the parts of a concat live inside of it, where each can; 0: it takes a step that copies them. */
static int join_parts(ordering *o, const weft_group *group, uint64_t align) {
  const weft_tensor *node = only_joins(group);
  weft_value *whole = node ? need_value(o, group->outputs[0]) : NULL;
  uint64_t shift = 0;
  if (!whole || whole->leaf) return 0;
  for (int i = 0; i < node->n_in; i++) {
    const weft_tensor *stored = weft_stored_node(node->in[i]);
    weft_value *part = reads(group, stored) ? entry_of(o, stored)->value : NULL;
    if (!part || part->leaf || part->whole || part->first < o->plan->n_once || shift % align) return 0;
    for (int k = 0; k < i; k++)
      if (weft_stored_node(node->in[k]) == stored) return 0;
    shift += part->size;
  }
  whole->first = o->plan->n_steps;
  shift = 0;
  for (int i = 0; i < node->n_in; i++) {
    weft_value *part = entry_of(o, weft_stored_node(node->in[i]))->value;
    part->whole = whole;
    part->shift = shift;
    shift += part->size;
    if (part->first < whole->first) whole->first = part->first;
  }
  return 1;
}

static weft_status add_step(ordering *o, weft_group *group, weft_value *only_out, weft_error *error) {
  weft_plan *plan = o->plan;
  weft_plan_step *s = &plan->steps[plan->n_steps];
  s->group = group;
  s->in = WEFT_NEW(o->arena, weft_value *, group->n_inputs + 1);
  s->out = WEFT_NEW(o->arena, weft_value *, group->n_outputs + 1);
  if (!s->in || !s->out) return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory for the plan");
  for (int i = 0; i < group->n_inputs; i++)
    if (!(s->in[i] = need_value(o, group->inputs[i])))
      return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory for the plan");
  for (int i = 0; i < group->n_outputs; i++) {
    weft_value *v = only_out ? only_out : need_value(o, group->outputs[i]);
    if (!v) return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory for the plan");
    s->out[i] = v;
    v->first = plan->n_steps;
  }
  plan->n_steps++;
  return WEFT_OK;
}

static int is_ready(const ordering *o, int g) {
  int ready = !o->done[g];
  for (int i = 0; ready && i < o->after[g].n; i++) {
    int before = o->after[g].items[i];
    ready = o->done[before] || o->late[before];
  }
  return ready;
}

/* Bytes that the group takes beyond those that it is the last to read. */
static int64_t bytes_taken(const ordering *o, const weft_group *group) {
  int64_t bytes = 0;
  for (int i = 0; i < group->n_outputs; i++) {
    const weft_value *v = entry_of(o, group->outputs[i])->value;
    if (!v || !v->leaf) bytes += bytes_of(group->outputs[i]);
  }
  for (int i = 0; i < group->n_inputs; i++) {
    const entry *in = entry_of(o, group->inputs[i]);
    if (in->writer >= 0 && o->done[in->writer] && in->readers == 1) bytes -= bytes_of(group->inputs[i]);
  }
  return bytes;
}

/* A group whose producers are done, or can be: the first that gives more memory back than it takes, as an update does
 * with its gradient, or else the first. -1: there is none. */
static int next_group(const ordering *o, int once) {
  int first = -1;
  for (int g = 0; g < o->n_groups; g++) {
    if ((once && !o->once[g]) || !is_ready(o, g)) continue;
    if (first < 0 || (o->late[first] && !o->late[g])) first = g;
    if (o->late[g]) continue;
    if (bytes_taken(o, o->groups[g]) < 0) return g;
  }
  return first;
}

static weft_status add_group(ordering *o, uint64_t align, int g, weft_error *error) {
  weft_status status = WEFT_OK;
  if (!join_parts(o, o->groups[g], align)) status = add_step(o, o->groups[g], NULL, error);
  for (int i = 0; i < o->groups[g]->n_inputs; i++) entry_of(o, o->groups[g]->inputs[i])->readers--;
  o->done[g] = 1;
  return status;
}

static weft_status add_groups(ordering *o, uint64_t align, int once, weft_error *error) {
  weft_status status = WEFT_OK;
  for (int g; status == WEFT_OK && (g = next_group(o, once)) >= 0;) {
    for (int i = 0; i < o->after[g].n && status == WEFT_OK; i++)
      if (!o->done[o->after[g].items[i]]) status = add_group(o, align, o->after[g].items[i], error);
    if (status == WEFT_OK) status = add_group(o, align, g, error);
  }
  return status;
}

/* Steps in an order that keeps every edge; ties by memory, then by the order of the groups, which is depth first. */
static weft_status order_steps(ordering *o, uint64_t align, weft_error *error) {
  weft_status status = add_groups(o, align, 1, error);
  o->plan->n_once = o->plan->n_steps;
  if (status == WEFT_OK) status = add_groups(o, align, 0, error);
  for (int g = 0; g < o->n_groups && status == WEFT_OK; g++)
    if (!o->done[g]) status = weft_fail(error, WEFT_INTERNAL, "compile: the groups depend on each other in a circle");
  return status;
}

static weft_status finish(ordering *o, const weft_module *m, const char *straight, weft_error *error) {
  weft_plan *plan = o->plan;
  for (size_t i = 0; i < m->n_assignments; i++) {
    if (straight[i]) continue;
    weft_value *target = WEFT_NEW(o->arena, weft_value, 1);
    weft_group *group = copy_group(o->arena, weft_stored_node(m->assignments[i].value));
    if (!target || !group) return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory for the plan");
    *target = (weft_value){.node = group->outputs[0], .leaf = m->assignments[i].target, .slab = -1, .last = -1};
    target->size = (uint64_t)weft_shape_size(target->node->shape) * weft_dtype_size(target->node->dtype);
    weft_status status = add_step(o, group, target, error);
    if (status != WEFT_OK) return status;
    plan->values[plan->n_values++] = target;
  }
  for (size_t i = 0; i < m->n_results; i++) {
    plan->results[i] = need_value(o, weft_stored_node(m->results[i]));
    if (!plan->results[i]) return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory for the plan");
  }
  return WEFT_OK;
}

static void count_id(uint32_t *n_ids, const weft_tensor *node) {
  if (node->id >= *n_ids) *n_ids = node->id + 1;
}

/* Who writes and reads each node. Producers stand before their users. */
static int find_entries(ordering *o, const weft_module *m) {
  uint32_t n_ids = 0;
  for (int g = 0; g < o->n_groups; g++) {
    for (int i = 0; i < o->groups[g]->n_inputs; i++) count_id(&n_ids, o->groups[g]->inputs[i]);
    for (int i = 0; i < o->groups[g]->n_outputs; i++) count_id(&n_ids, o->groups[g]->outputs[i]);
  }
  for (size_t i = 0; i < m->n_results; i++) count_id(&n_ids, weft_stored_node(m->results[i]));
  for (size_t i = 0; i < m->n_assignments; i++) {
    count_id(&n_ids, weft_stored_node(m->assignments[i].value));
    count_id(&n_ids, m->assignments[i].target);
  }
  if (!(o->entries = WEFT_NEW(o->arena, entry, n_ids + 1))) return 0;
  for (uint32_t i = 0; i < n_ids; i++) o->entries[i].writer = -1;
  for (int g = 0; g < o->n_groups; g++) {
    for (int i = 0; i < o->groups[g]->n_inputs; i++) {
      entry *in = entry_of(o, o->groups[g]->inputs[i]);
      if (in->writer >= 0) add_edge(o, g, in->writer);
      in->readers++;
    }
    for (int i = 0; i < o->groups[g]->n_outputs; i++) entry_of(o, o->groups[g]->outputs[i])->writer = g;
  }
  for (size_t i = 0; i < m->n_results; i++) entry_of(o, weft_stored_node(m->results[i]))->readers++;
  return 1;
}

weft_status weft_plan_order(weft_arena *arena, const weft_module *module, weft_group **groups, size_t n_groups,
                            const weft_plan_limits *limits, weft_plan *out, weft_error *error) {
  ordering o = {.arena = arena, .plan = out, .groups = groups, .n_groups = (int)n_groups};
  size_t n_values = module->n_results + 2 * module->n_assignments + 1, n_steps = n_groups + module->n_assignments;
  for (size_t g = 0; g < n_groups; g++) n_values += (size_t)(groups[g]->n_inputs + groups[g]->n_outputs);
  o.after = WEFT_NEW(arena, edge_list, n_groups + 1);
  o.mark = WEFT_NEW(arena, char, n_groups + 1);
  o.once = WEFT_NEW(arena, char, n_groups + 1);
  o.late = WEFT_NEW(arena, char, n_groups + 1);
  o.done = WEFT_NEW(arena, char, n_groups + 1);
  char *straight = WEFT_NEW(arena, char, module->n_assignments + 1);
  *out = (weft_plan){.steps = WEFT_NEW(arena, weft_plan_step, n_steps + 1),
                     .values = WEFT_NEW(arena, weft_value *, n_values),
                     .results = WEFT_NEW(arena, weft_value *, module->n_results + 1)};
  if (!o.after || !o.mark || !o.once || !o.late || !o.done || !straight || !out->steps || !out->values ||
      !out->results || !find_entries(&o, module))
    return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory for the plan");
  for (size_t i = 0; i < module->n_assignments && !o.failed; i++) {
    weft_value *v = need_value(&o, weft_stored_node(module->assignments[i].value));
    if (!v) return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory for the plan");
    straight[i] = (char)write_straight(&o, module, &module->assignments[i], v);
  }
  if (o.failed) return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory for the plan");
  find_once(&o, module);
  for (int g = 0; g < o.n_groups; g++) o.late[g] = (char)is_late(&o, module, g);
  weft_status status = order_steps(&o, limits->align, error);
  if (status == WEFT_OK) status = finish(&o, module, straight, error);
  if (status == WEFT_OK) weft_plan_lives(module, out);
  return status;
}
