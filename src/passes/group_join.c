/* group_join.c -- step 2 of grouping: each anchor joins the newest group that it can join without making a circle among
 * groups, or opens one. */
#include "passes/grouping.h"
#include <string.h>

/* Cores that share a kernel with no other core, but for those of attention with their like. */
static int is_alone(const weft_tensor *node) {
  return weft_is_template(node) || node->op == WEFT_OP_FOLD || node->op == WEFT_OP_SCATTER_ADD ||
         weft_is_attention(node->op);
}

/* What an elementwise kernel that stores the node runs over. */
static weft_shape space_of(const weft_tensor *node) {
  const weft_tensor *whole = weft_in_parts(node);
  return whole ? whole->in[0]->shape : node->shape;
}

static uint32_t trailing_mask(weft_shape full, weft_shape kept) {
  uint32_t mask = 0;
  if (full.rank != kept.rank) return 0;
  int d = full.rank - 1;
  for (; d >= 0 && kept.dims[d] == 1; d--)
    if (full.dims[d] != 1) mask |= 1u << d;
  for (; d >= 0; d--)
    if (full.dims[d] != kept.dims[d]) return 0;
  return mask;
}

/* Collects the anchors and leaves under a node, and how their index relates to the index at the top. */
static void walk(weft_grouping *w, weft_tensor *node, int relation) {
  weft_group_cell *c = weft_cell_of(w, node);
  if (c->stamp != w->stamp) {
    c->stamp = w->stamp;
    c->seen = 0;
  }
  if (c->seen & relation) return;
  int first = c->seen == 0;
  c->seen |= relation;
  if (weft_is_anchor(c) || weft_is_leaf(node)) {
    if (first) w->found[w->n_found++] = (weft_group_dep){(int)(c - w->cells), 0};
    return;
  }
  int gates, gate;
  weft_tensor *product = relation == WEFT_SAME && w->limits->joins_gates ? weft_gates_of(node, &gates, &gate) : NULL;
  if (product && product->op == WEFT_OP_DOT) {
    walk(w, product, WEFT_GATE);
    return;
  }
  for (int i = 0; i < node->n_in; i++) {
    int below = relation;
    weft_op_kind kind = weft_ops[node->op].kind;
    if (kind == W_VIEW && node->op == WEFT_OP_EXPAND && relation == WEFT_SAME) {
      uint32_t mask = trailing_mask(node->shape, node->in[i]->shape);
      below = mask && (!w->mask || w->mask == mask) ? WEFT_KEPT : WEFT_OTHER;
      if (below == WEFT_KEPT) w->mask = mask;
    } else if (kind == W_VIEW && !(node->op == WEFT_OP_RESHAPE && relation == WEFT_SAME)) {
      below = WEFT_OTHER;
    } else if (kind != W_VIEW && kind != W_SCALAR) {
      below = WEFT_OTHER;
    }
    walk(w, node->in[i], below);
  }
}

/* is_copied: of the list that the node is a copy of, no part is computed. */
static void find_deps(weft_grouping *w, int at, int is_copied) {
  weft_group_cell *c = &w->cells[at];
  for (int i = 0; i < c->n_deps; i++) w->cells[c->deps[i].at].readers--; /* of what was found before */
  w->stamp++;
  w->n_found = 0;
  w->mask = 0;
  int relation = WEFT_SAME;
  weft_op op = c->node->op;
  const weft_tensor *list = weft_in_parts(c->node), *top = list && !is_copied ? list : c->node;
  int is_view = weft_ops[op].kind == W_VIEW && op != WEFT_OP_RESHAPE && top != weft_in_parts(top);
  if (is_alone(c->node) || op == WEFT_OP_GATHER || is_view) relation = WEFT_OTHER;
  for (int i = 0; i < top->n_in; i++) walk(w, top->in[i], relation);
  for (int i = 0; i < w->n_found; i++) w->found[i].relation = w->cells[w->found[i].at].seen;
  c->n_deps = w->n_found;
  c->deps = WEFT_NEW(w->arena, weft_group_dep, w->n_found);
  if (!c->deps) {
    w->out_of_memory = 1;
    c->n_deps = 0;
    return;
  }
  if (w->n_found) memcpy(c->deps, w->found, sizeof(weft_group_dep) * (size_t)w->n_found);
  for (int i = 0; i < c->n_deps; i++) w->cells[c->deps[i].at].readers++;
}

void weft_grouping_find_deps(weft_grouping *w, int at) { find_deps(w, at, 0); }

/* Whether group g needs the result of group target, directly or through others. */
static int depends(weft_grouping *w, int g, int target) {
  if (g == target) return 1;
  if (w->groups[g].stamp == w->stamp) return 0;
  w->groups[g].stamp = w->stamp;
  for (int m = 0; m < w->groups[g].n_members; m++) {
    const weft_group_cell *c = &w->cells[w->groups[g].members[m]];
    for (int i = 0; i < c->n_deps; i++) {
      int other = w->cells[c->deps[i].at].group;
      if (other >= 0 && other != g && depends(w, other, target)) return 1;
    }
  }
  return 0;
}

static int makes_circle(weft_grouping *w, int at, int group) {
  const weft_group_cell *c = &w->cells[at];
  w->stamp++;
  for (int i = 0; i < c->n_deps; i++) {
    int other = w->cells[c->deps[i].at].group;
    if (other >= 0 && other != group && depends(w, other, group)) return 1;
  }
  return 0;
}

static int shares_input(weft_grouping *w, int at, const weft_group_draft *g) {
  const weft_group_cell *c = &w->cells[at];
  for (int m = 0; m < g->n_members; m++) {
    const weft_group_cell *o = &w->cells[g->members[m]];
    for (int i = 0; i < o->n_deps; i++)
      for (int j = 0; j < c->n_deps; j++)
        if (o->deps[i].at == c->deps[j].at &&
            weft_elements(w->cells[o->deps[i].at].node) * 4 >= (double)weft_shape_size(g->space))
          return 1;
  }
  return 0;
}

/* Whether one kernel makes what the anchor reads and what the group reads: second stages of sums that a first one has
 * side by side. */
static int shares_maker(weft_grouping *w, int at, const weft_group_draft *g) {
  const weft_group_cell *c = &w->cells[at];
  for (int m = 0; m < g->n_members; m++) {
    const weft_group_cell *o = &w->cells[g->members[m]];
    for (int i = 0; i < o->n_deps; i++)
      for (int j = 0; j < c->n_deps; j++) {
        const weft_group_cell *mine = &w->cells[c->deps[j].at], *other = &w->cells[o->deps[i].at];
        if (mine->group >= 0 && mine->group == other->group && weft_elements(mine->node) == weft_elements(other->node))
          return 1;
      }
  }
  return 0;
}

/* Buffers that the group would bind with one more member: what members read of others, and members that are results or
 * that others read, be it ones that might join later. So no group ever has more, whatever joins where. */
static int bindings_with(weft_grouping *w, int at, int group) {
  const weft_group_draft *g = &w->groups[group];
  int count = 0;
  w->stamp++;
  for (int m = 0; m <= g->n_members; m++) {
    const weft_group_cell *c = &w->cells[m < g->n_members ? g->members[m] : at];
    for (int i = 0; i < c->n_deps; i++) {
      weft_group_cell *d = &w->cells[c->deps[i].at];
      if (d->stamp != w->stamp) {
        d->stamp = w->stamp;
        d->seen = 0;
        count += d->group != group && c->deps[i].at != at;
      }
      d->seen++;
    }
  }
  for (int m = 0; m <= g->n_members; m++) {
    const weft_group_cell *c = &w->cells[m < g->n_members ? g->members[m] : at];
    count += c->root || c->readers > (c->stamp == w->stamp ? c->seen : 0);
  }
  return count;
}

static weft_shape kept_shape(weft_shape shape, uint32_t mask) {
  for (int d = 0; d < shape.rank; d++)
    if (mask >> d & 1) shape.dims[d] = 1;
  return shape;
}

static int is_trailing(weft_shape space, uint32_t mask) {
  return mask && trailing_mask(space, kept_shape(space, mask));
}

/* Rows in one kernel: enough of them to keep a device busy, or short enough that it does not matter. */
static int rows_fit(weft_shape space, uint32_t mask) {
  int64_t rows = weft_shape_size(kept_shape(space, mask)), length = weft_shape_size(space) / rows;
  return rows >= 16 || length <= 16384;
}

/* How many neighbours of the group's product an element of the anchor would be made of; 0: the anchor is as large as
 * the product, -1: it cannot be its epilogue. All but the product itself are of one size. */
static int gates_at(const weft_grouping *w, int at, const weft_group_draft *g) {
  int64_t size = weft_shape_size(space_of(w->cells[at].node)), whole = weft_shape_size(g->space);
  const weft_tensor *core = w->cells[g->members[0]].node;
  int gates = size == whole ? 0 : size * 2 == whole ? 2 : size * 4 == whole ? 4 : -1;
  if (g->n_members > 1 && gates != g->gates) return -1;
  if (gates <= 0) return gates;
  if (!w->limits->joins_gates || core->op != WEFT_OP_DOT || core->attr[3] == 0) return -1;
  return core->shape.dims[core->shape.rank - 1] % 4 == 0 ? gates : -1;
}

/* Whether every dependency of the anchor inside the group is read at an index that the group has at hand:
 * full: the anchor lives at the group's full index (rows), else at the index of the cores' results, or of the core's
 * gates. */
static int reads_fit(weft_grouping *w, int at, int group, int full, int *out_inside) {
  const weft_group_draft *g = &w->groups[group];
  const weft_group_cell *c = &w->cells[at];
  int inside = 0;
  for (int i = 0; i < c->n_deps; i++) {
    const weft_group_cell *d = &w->cells[c->deps[i].at];
    if (d->group != group) continue;
    inside = 1;
    int want = WEFT_SAME;
    if (full && (g->kind == WEFT_GROUP_REDUCE || g->kind == WEFT_GROUP_ROW) &&
        !weft_shape_equal(d->node->shape, g->space))
      want = WEFT_KEPT;
    if (g->kind == WEFT_GROUP_DOT && d->core && gates_at(w, at, g)) want = WEFT_GATE;
    if (c->deps[i].relation != want) return 0;
  }
  *out_inside = inside;
  return 1;
}

static uint32_t reduce_mask(const weft_tensor *node) { return node->op == WEFT_OP_FOLD ? 0 : (uint32_t)node->attr[0]; }

/* Whether all that the copy puts together are ops of attention of the group, read by nothing else: it stores them
 * there. */
static int is_placed(weft_grouping *w, const weft_tensor *copy, weft_tensor *at, int group) {
  int64_t offset, strides[WEFT_MAX_RANK];
  const weft_group_cell *c = weft_cell_of(w, at);
  if (weft_ops[at->op].kind != W_VIEW && !weft_is_attention(at->op)) return 0;
  if (c->users != 1 || c->root || (c->stored && !c->core)) return 0;
  if (c->core) return c->group == group && weft_place_in(copy, at, &offset, strides);
  for (int i = 0; i < at->n_in; i++)
    if (!is_placed(w, copy, at->in[i], group)) return 0;
  return 1;
}

/* Whether the anchor may join; out_kind is what the group then is. */
static int can_join(weft_grouping *w, int at, int group, weft_group_kind *out_kind) {
  const weft_group_draft *g = &w->groups[group];
  const weft_group_cell *c = &w->cells[at];
  const weft_tensor *node = c->node;
  int inside = 0;
  *out_kind = g->kind;
  if (g->kind == WEFT_GROUP_SCATTER || bindings_with(w, at, group) > w->limits->max_bindings) return 0;
  if (g->kind == WEFT_GROUP_ATTENTION) {
    if (node->op == WEFT_OP_COPY) return is_placed(w, node, node->in[0], group) && !makes_circle(w, at, group);
    for (int m = 0; m < g->n_members; m++)
      if (w->cells[g->members[m]].core && !weft_is_same_attention(node, w->cells[g->members[m]].node)) return 0;
    return !makes_circle(w, at, group);
  }
  if (c->core) {
    if (is_alone(node)) return 0;
    if (g->kind != WEFT_GROUP_REDUCE && g->kind != WEFT_GROUP_ROW) return 0;
    if (g->mask != reduce_mask(node) || !g->mask || !weft_shape_equal(g->space, node->in[0]->shape)) return 0;
    if (!reads_fit(w, at, group, 1, &inside)) return 0;
    if (!inside && !shares_input(w, at, g) && !shares_maker(w, at, g)) return 0;
    if (inside) {
      if (!is_trailing(g->space, g->mask) || !rows_fit(g->space, g->mask)) return 0;
      *out_kind = WEFT_GROUP_ROW;
    }
  } else if (g->kind == WEFT_GROUP_MAP || g->kind == WEFT_GROUP_DOT) {
    if (g->kind == WEFT_GROUP_MAP ? !weft_shape_equal(space_of(node), g->space) : gates_at(w, at, g) < 0) return 0;
    if (!reads_fit(w, at, group, 0, &inside)) return 0;
    if (!inside && (g->kind == WEFT_GROUP_DOT || !shares_input(w, at, g))) return 0;
  } else if (weft_in_parts(node)) {
    return 0;
  } else {
    weft_shape kept = g->mask ? kept_shape(g->space, g->mask) : w->cells[g->members[0]].node->shape;
    int full = g->mask && weft_shape_equal(node->shape, g->space);
    if (full) {
      if (!is_trailing(g->space, g->mask) || !rows_fit(g->space, g->mask)) return 0;
      *out_kind = WEFT_GROUP_ROW;
    } else if (weft_shape_size(node->shape) != weft_shape_size(kept)) {
      return 0;
    }
    if (!reads_fit(w, at, group, full, &inside) || !inside) return 0;
  }
  return !makes_circle(w, at, group);
}

static int add_member(weft_grouping *w, int group, int at) {
  weft_group_draft *g = &w->groups[group];
  if (g->n_members == g->room) {
    int room = g->room ? 2 * g->room : 8;
    int *members = WEFT_NEW(w->arena, int, room);
    if (!members) {
      w->out_of_memory = 1;
      return 0;
    }
    if (g->n_members) memcpy(members, g->members, sizeof(int) * (size_t)g->n_members);
    g->members = members;
    g->room = room;
  }
  g->members[g->n_members++] = at;
  w->cells[at].group = group;
  return 1;
}

/* How far back a group may lie that an anchor joins without depending on it: keeps grouping linear in graph size. */
enum { LOOK_BACK = 48 };

static int reads_from(const weft_grouping *w, int at, int group) {
  const weft_group_cell *c = &w->cells[at];
  for (int i = 0; i < c->n_deps; i++)
    if (w->cells[c->deps[i].at].group == group) return 1;
  return 0;
}

/* The newest group that the anchor can join, from `oldest` on: one that makes what it reads, else one that reads the
 * same; -1: none. */
static int find_group(weft_grouping *w, int at, int oldest, weft_group_kind *out_kind) {
  for (int only_read = 1; only_read >= 0; only_read--)
    for (int g = w->n_groups - 1; g >= 0 && g >= oldest; g--)
      if (reads_from(w, at, g) == only_read && can_join(w, at, g, out_kind)) return g;
  return -1;
}

/* Whether some group reads what `at` makes, and makes itself what the group needs. */
static int is_between(weft_grouping *w, int at, int group) {
  for (int p = at + 1; p < w->n; p++) {
    int reader = w->cells[p].group;
    if (reader < 0 || reader == group) continue;
    for (int i = 0; i < w->cells[p].n_deps; i++) {
      if (w->cells[p].deps[i].at != at) continue;
      w->stamp++;
      if (depends(w, group, reader)) return 1;
    }
  }
  return 0;
}

/* A value a row that is made of inputs alone has found no group yet when the first one reads it, and has a map of its
 * own: it moves into the group of rows. */
static void take_along(weft_grouping *w, int at, int group) {
  const weft_group_draft *g = &w->groups[group];
  if (g->kind != WEFT_GROUP_ROW) return;
  weft_shape kept = kept_shape(g->space, g->mask);
  const weft_group_cell *c = &w->cells[at];
  for (int i = 0; i < c->n_deps; i++) {
    weft_group_cell *d = &w->cells[c->deps[i].at];
    if (d->group < 0 || d->group == group || d->core || d->forced || !weft_shape_equal(d->node->shape, kept)) continue;
    weft_group_draft *own = &w->groups[d->group];
    if (own->kind != WEFT_GROUP_MAP || own->n_members != 1) continue;
    if (bindings_with(w, c->deps[i].at, group) > w->limits->max_bindings) continue;
    if (makes_circle(w, c->deps[i].at, group) || is_between(w, c->deps[i].at, group)) continue;
    own->n_members = 0;
    add_member(w, group, c->deps[i].at);
  }
}

/* The group that the anchor joins; -1: none. */
static int find_home(weft_grouping *w, int at, weft_group_kind *out_kind) {
  weft_group_cell *c = &w->cells[at];
  int oldest = weft_is_attention(c->node->op) ? 0 : w->n_groups - LOOK_BACK;
  for (int i = 0; i < c->n_deps; i++) {
    int g = w->cells[c->deps[i].at].group;
    if (g >= 0 && g < oldest && can_join(w, at, g, out_kind)) oldest = g;
  }
  return find_group(w, at, oldest, out_kind);
}

/* Whether the node is a copy of a list that another group stores. */
static int copies_list(weft_grouping *w, const weft_tensor *node, int group) {
  const weft_tensor *list = weft_in_parts(node);
  if (!list || list == node) return 0;
  const weft_group_cell *c = weft_cell_of(w, list);
  return weft_is_anchor(c) && c->group != group;
}

void weft_grouping_join(weft_grouping *w, int at) {
  weft_group_cell *c = &w->cells[at];
  weft_group_kind kind;
  int group = find_home(w, at, &kind);
  if (copies_list(w, c->node, group)) {
    find_deps(w, at, 1);
    group = find_home(w, at, &kind);
  }
  if (group >= 0) {
    w->groups[group].kind = kind;
    if (kind == WEFT_GROUP_DOT) w->groups[group].gates = gates_at(w, at, &w->groups[group]);
    add_member(w, group, at);
    take_along(w, at, group);
    return;
  }
  weft_group_draft *g = &w->groups[w->n_groups];
  weft_tensor *node = c->node;
  g->kind = !c->core                          ? WEFT_GROUP_MAP
            : weft_is_template(node)          ? WEFT_GROUP_DOT
            : node->op == WEFT_OP_SCATTER_ADD ? WEFT_GROUP_SCATTER
            : weft_is_attention(node->op)     ? WEFT_GROUP_ATTENTION
                                              : WEFT_GROUP_REDUCE;
  g->space = g->kind == WEFT_GROUP_REDUCE ? node->in[0]->shape
             : g->kind == WEFT_GROUP_MAP  ? space_of(node)
                                          : node->shape;
  g->mask = g->kind == WEFT_GROUP_REDUCE ? reduce_mask(node) : 0;
  add_member(w, w->n_groups++, at);
}
