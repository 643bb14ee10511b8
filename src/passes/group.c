/* group.c -- fusion: which nodes become one kernel.
 *
 * A node is either stored (written to memory by exactly one group) or inlined (recomputed in every kernel that needs
 * it). Three steps:
 *   1. mark   what must be stored (roots, bases of contraction operands, copies), what is cheaper stored than computed
 *             again, and for each core (reduction or contraction) the end of its chain of single users: its epilogue.
 *   2. join   anchors (cores and stored nodes) in topological order: each joins the newest group that it can join
 *             without making a circle among groups, or opens one. An elementwise result joins the group of the core it
 *             follows at the same index (epilogue), of the row it normalises (row kernel), or of a map over the same
 *             space (several outputs); a reduction joins reductions over the same rows.
 *   3. close  outputs are the members that others need; inputs are the stored nodes and leaves that the outputs reach.
 *
 * The obvious way, merging a producer into its consumer pair by pair, fails on softmax and on optimizers: a value
 * needed by two consumers of the same kernel looks shared, and is stored; hence groups that grow by what is read at one
 * index.
 */
#include "passes/group.h"
#include <stdlib.h>
#include <string.h>

/* How the index of a dependency follows from the index of the node that reads it. */
enum { SAME = 1, KEPT = 2, OTHER = 4 }; /* KEPT: the same with the masked trailing dims at 0 */

/* Parts that one kernel stores together. */
enum { MOST_PARTS = 16 };

typedef struct dep {
  int at;       /* position of an anchor or leaf */
  int relation; /* bits of SAME, KEPT, OTHER seen */
} dep;

typedef struct cell {
  weft_tensor *node;
  int users, root, forced, core, stored, needed;
  int group;       /* anchors: index into work.groups, else -1 */
  int stamp, seen; /* of the walk in progress */
  dep *deps;
  int n_deps;
} cell;

typedef struct draft {
  weft_group_kind kind;
  int *members, n_members, room;
  weft_shape space;
  uint32_t mask;
  int stamp;
} draft;

typedef struct work {
  weft_arena *arena;
  cell *cells;
  int *position; /* by node id, -1 when not reached */
  int n, stamp;
  draft *groups;
  int n_groups;
  const weft_group_limits *limits;
  dep *found; /* dependencies of the walk in progress */
  int n_found;
  uint32_t mask; /* KEPT's axes in the walk in progress */
  int out_of_memory;
} work;

const char *weft_group_kind_name(weft_group_kind kind) {
  static const char *const names[] = {"map", "reduce", "row", "dot", "scatter", "attention"};
  return names[kind];
}

weft_tensor *weft_stored_node(weft_tensor *node) {
  while (node->op == WEFT_OP_RESHAPE) node = node->in[0];
  return node;
}

/* Parts of a list along the outermost dimension live inside of it (the plan sees to that), so they had better be stored
 * each than be computed by a kernel that looks for the part of every element. */
static int joins_outermost(const weft_tensor *node) {
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
    if (node->in[i]->op == WEFT_OP_COPY && joins_outermost(node)) return NULL; /* stored anyway */
  }
  return node;
}

/* What an elementwise kernel that stores the node runs over. */
static weft_shape space_of(const weft_tensor *node) {
  const weft_tensor *whole = weft_in_parts(node);
  return whole ? whole->in[0]->shape : node->shape;
}

static int is_leaf(const weft_tensor *node) { return weft_ops[node->op].kind == W_LEAF; }
/* Cores of templates, which read their operands through strides. */
static int is_product(const weft_tensor *node) { return node->op == WEFT_OP_DOT || weft_is_winograd(node->op); }
/* Of those the cores that read element by element, so that what is elementwise in front of them can be fused: each
 * element so many times. */
static double reads_of_element(const weft_tensor *node) {
  return node->op == WEFT_OP_WINOGRAD_PIXELS ? 2.25 : node->op == WEFT_OP_WINOGRAD_RESULTS_DX ? 1 : 0;
}
static int is_core(const weft_tensor *node) {
  return weft_ops[node->op].kind == W_REDUCE || is_product(node) || node->op == WEFT_OP_SCATTER_ADD ||
         weft_is_attention(node->op);
}
/* Cores that share a kernel with no other core, but for those of attention with their like. */
static int is_alone(const weft_tensor *node) {
  return is_product(node) || node->op == WEFT_OP_FOLD || node->op == WEFT_OP_SCATTER_ADD || weft_is_attention(node->op);
}
static int is_anchor(const cell *c) { return c->core || c->stored; }
static cell *cell_of(work *w, const weft_tensor *node) { return &w->cells[w->position[node->id]]; }
static double elements(const weft_tensor *node) { return (double)weft_shape_size(node->shape); }

/* Work of one elementwise op, in additions. */
static double op_weight(weft_op op) {
  switch (op) {
  case WEFT_OP_EXP:
  case WEFT_OP_LOG:
  case WEFT_OP_LOG1P:
  case WEFT_OP_EXPM1:
  case WEFT_OP_SIN:
  case WEFT_OP_COS:
  case WEFT_OP_SIGMOID:
  case WEFT_OP_SILU: return 10;
  case WEFT_OP_TANH:
  case WEFT_OP_ERF:
  case WEFT_OP_GELU:
  case WEFT_OP_SOFTPLUS:
  case WEFT_OP_POW: return 20;
  case WEFT_OP_DIV:
  case WEFT_OP_SQRT:
  case WEFT_OP_RSQRT:
  case WEFT_OP_RECIPROCAL:
  case WEFT_OP_MOD: return 4;
  case WEFT_OP_UNIFORM: return 40;
  case WEFT_OP_NORMAL: return 100;
  default: return weft_ops[op].kind == W_SCALAR ? 1 : 0;
  }
}

/* ---- 1. mark ---- */

/* Work and bytes of computing a node from what is stored, each shared node counted once. */
static void cone_cost(work *w, weft_tensor *node, int top, double *flops, double *bytes) {
  cell *c = cell_of(w, node);
  if (c->stamp == w->stamp) return;
  c->stamp = w->stamp;
  if (!top && (is_anchor(c) || is_leaf(node))) {
    *bytes += 4 * elements(node);
    return;
  }
  *flops += op_weight(node->op);
  for (int i = 0; i < node->n_in; i++) cone_cost(w, node->in[i], 0, flops, bytes);
}

/* A byte of memory traffic costs about two additions on every device measured. */
static const double flop_bytes = 0.5;
/* What a kernel of its own costs besides: about 1.5 microseconds of memory traffic. */
static const double launch_bytes = 65536;

static void mark_if_cheaper(work *w, weft_tensor *node, double times) {
  node = weft_stored_node(node);
  cell *c = cell_of(w, node);
  weft_op_kind kind = weft_ops[node->op].kind;
  if (is_anchor(c) || kind == W_LEAF || node->op == WEFT_OP_CONST || node->op == WEFT_OP_IOTA) return;
  if (kind == W_VIEW &&
      node->op != WEFT_OP_CONCAT) { /* storing a view saves nothing that storing its input would not */
    return;
  }
  double flops = 0, bytes = 0, size = elements(node);
  w->stamp++;
  cone_cost(w, node, 1, &flops, &bytes);
  double once = bytes + flops * size * flop_bytes;
  if (times * once > once + 4 * size * (1 + times) + launch_bytes) c->stored = 1;
}

static void force(work *w, weft_tensor *node) {
  node = weft_stored_node(node);
  if (is_leaf(node)) return;
  cell *c = cell_of(w, node);
  c->stored = c->forced = 1;
}

/* The last of the chain of single users that work elementwise at a core's index: stored instead of the core. */
static void mark_epilogue(work *w, weft_tensor **only_user, int at) {
  int end = at;
  for (int p = at;;) {
    cell *c = &w->cells[p];
    if (c->users != 1 || c->root || c->forced || !only_user[p]) break;
    weft_tensor *user = only_user[p];
    if (user->op != WEFT_OP_RESHAPE && weft_ops[user->op].kind != W_SCALAR) break;
    p = w->position[user->id];
    if (user->op != WEFT_OP_RESHAPE) end = p;
  }
  if (end != at) w->cells[end].stored = 1;
}

/* A node read at several indices is emitted for each; through a chain of such nodes the number doubles at every link
 * (the gradient of a product over a row is one). Where it gets out of hand, the chain is cut by storing a link. */
enum { MOST_EMITTED = 2000 };
/* Buffers that a kernel is left to write. */
enum { MOST_WRITTEN = 3 };

static void mark_if_huge(work *w, double *emitted, int at) {
  cell *c = &w->cells[at];
  weft_tensor *node = c->node;
  int is_plain_view = weft_ops[node->op].kind == W_VIEW && node->op != WEFT_OP_CONCAT;
  emitted[at] = 1;
  if (is_anchor(c) || is_leaf(node)) return;
  for (int i = 0; i < node->n_in; i++) emitted[at] += emitted[w->position[node->in[i]->id]];
  if (emitted[at] < MOST_EMITTED || is_plain_view) return;
  c->stored = 1;
  emitted[at] = 1;
}

/* Distinct stored nodes and leaves that a kernel of the node would read. */
static int count_reads(work *w, weft_tensor *node, int top) {
  cell *c = cell_of(w, node);
  if (c->stamp == w->stamp) return 0;
  c->stamp = w->stamp;
  if (!top && (is_anchor(c) || is_leaf(node))) return 1;
  int n = 0;
  for (int i = 0; i < node->n_in; i++) n += count_reads(w, node->in[i], 0);
  return n;
}

/* A sum of many stored values (the gradient of what every step of a sequence reads) binds more buffers than a kernel
 * may: the input that reads the most is stored, until it fits. `reads` are estimates, too high where values are shared.
 */
static void mark_if_wide(work *w, double *reads, int at) {
  cell *c = &w->cells[at];
  weft_tensor *node = c->node;
  int most = w->limits->max_bindings - MOST_WRITTEN;
  for (;;) {
    cell *widest = NULL;
    double total = 0, wide = 1;
    for (int i = 0; i < node->n_in; i++) {
      weft_tensor *in = node->in[i];
      while (weft_ops[in->op].kind == W_VIEW && in->op != WEFT_OP_CONCAT && !is_anchor(cell_of(w, in))) in = in->in[0];
      double n = reads[w->position[in->id]];
      total += n;
      if (n > wide && !is_anchor(cell_of(w, in)) && !is_leaf(in)) {
        wide = n;
        widest = cell_of(w, in);
      }
    }
    reads[at] = is_anchor(c) || is_leaf(node) ? 1 : total;
    w->stamp++;
    if (total <= most || !widest || count_reads(w, node, 1) <= most) return;
    widest->stored = 1;
    reads[w->position[widest->node->id]] = 1;
  }
}

static void mark(work *w) {
  double *emitted = WEFT_NEW(w->arena, double, w->n);
  weft_tensor **only_user = WEFT_NEW(w->arena, weft_tensor *, w->n);
  if (!only_user || !emitted) {
    w->out_of_memory = 1;
    return;
  }
  for (int p = 0; p < w->n; p++) {
    weft_tensor *node = w->cells[p].node;
    w->cells[p].core = is_core(node);
    for (int i = 0; i < node->n_in; i++) {
      cell *c = cell_of(w, node->in[i]);
      c->users++;
      only_user[w->position[node->in[i]->id]] = c->users == 1 ? node : NULL;
    }
    if (node->op == WEFT_OP_COPY) w->cells[p].stored = w->cells[p].forced = 1;
    if (node->op == WEFT_OP_COPY && joins_outermost(node->in[0]) && !weft_in_parts(node))
      for (int i = 0; i < node->in[0]->n_in; i++)
        if (weft_stored_node(node->in[0]->in[i])->op != WEFT_OP_CONST) force(w, node->in[0]->in[i]);
    if ((is_product(node) && reads_of_element(node) == 0) || weft_is_attention(node->op))
      for (int i = 0; i < node->n_in; i++) {
        weft_tensor *base;
        int64_t offset, strides[WEFT_MAX_RANK];
        weft_view_affine(node->in[i], &base, &offset, strides);
        force(w, base);
      }
  }
  for (int p = 0; p < w->n; p++) { /* sums to chosen places are complete only at the kernel's end */
    weft_op op = w->cells[p].node->op;
    if (w->cells[p].core && op != WEFT_OP_SCATTER_ADD && !weft_is_attention(op)) mark_epilogue(w, only_user, p);
  }
  for (int p = 0; p < w->n; p++) {
    cell *c = &w->cells[p];
    weft_tensor *node = c->node;
    if (c->users > 1) mark_if_cheaper(w, node, c->users);
    if (reads_of_element(node) > 0) {
      weft_tensor *x = node->in[0];
      while (weft_ops[x->op].kind == W_VIEW && x->op != WEFT_OP_CONCAT && !is_anchor(cell_of(w, x))) x = x->in[0];
      mark_if_cheaper(w, x, reads_of_element(node) + cell_of(w, x)->users - 1);
    }
    int reads_one = (weft_ops[node->op].kind == W_VIEW && node->n_in == 1) || node->op == WEFT_OP_GATHER;
    if (reads_one && elements(node) > elements(node->in[0]))
      mark_if_cheaper(w, node->in[0], elements(node) / elements(node->in[0]) + c->users - 1);
  }
  for (int p = 0; p < w->n; p++) mark_if_huge(w, emitted, p);
  for (int p = 0; p < w->n; p++) mark_if_wide(w, emitted, p);
}

/* ---- 2. join ---- */

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
static void walk(work *w, weft_tensor *node, int relation) {
  cell *c = cell_of(w, node);
  if (c->stamp != w->stamp) {
    c->stamp = w->stamp;
    c->seen = 0;
  }
  if (c->seen & relation) return;
  int first = c->seen == 0;
  c->seen |= relation;
  if (is_anchor(c) || is_leaf(node)) {
    if (first) w->found[w->n_found++] = (dep){(int)(c - w->cells), 0};
    return;
  }
  for (int i = 0; i < node->n_in; i++) {
    int below = relation;
    weft_op_kind kind = weft_ops[node->op].kind;
    if (kind == W_VIEW && node->op == WEFT_OP_EXPAND && relation == SAME) {
      uint32_t mask = trailing_mask(node->shape, node->in[i]->shape);
      below = mask && (!w->mask || w->mask == mask) ? KEPT : OTHER;
      if (below == KEPT) w->mask = mask;
    } else if (kind == W_VIEW && !(node->op == WEFT_OP_RESHAPE && relation == SAME)) {
      below = OTHER;
    } else if (kind != W_VIEW && kind != W_SCALAR) {
      below = OTHER;
    }
    walk(w, node->in[i], below);
  }
}

static void find_deps(work *w, int at) {
  cell *c = &w->cells[at];
  w->stamp++;
  w->n_found = 0;
  w->mask = 0;
  int relation = SAME;
  weft_op op = c->node->op;
  const weft_tensor *top = weft_in_parts(c->node) ? weft_in_parts(c->node) : c->node;
  int is_view = weft_ops[op].kind == W_VIEW && op != WEFT_OP_RESHAPE && top != weft_in_parts(top);
  if (is_alone(c->node) || op == WEFT_OP_GATHER || is_view) relation = OTHER;
  for (int i = 0; i < top->n_in; i++) walk(w, top->in[i], relation);
  for (int i = 0; i < w->n_found; i++) w->found[i].relation = w->cells[w->found[i].at].seen;
  c->n_deps = w->n_found;
  c->deps = WEFT_NEW(w->arena, dep, w->n_found);
  if (!c->deps) {
    w->out_of_memory = 1;
    c->n_deps = 0;
    return;
  }
  if (w->n_found) memcpy(c->deps, w->found, sizeof(dep) * (size_t)w->n_found);
}

/* Whether group g needs the result of group target, directly or through others. */
static int depends(work *w, int g, int target) {
  if (g == target) return 1;
  if (w->groups[g].stamp == w->stamp) return 0;
  w->groups[g].stamp = w->stamp;
  for (int m = 0; m < w->groups[g].n_members; m++) {
    const cell *c = &w->cells[w->groups[g].members[m]];
    for (int i = 0; i < c->n_deps; i++) {
      int other = w->cells[c->deps[i].at].group;
      if (other >= 0 && other != g && depends(w, other, target)) return 1;
    }
  }
  return 0;
}

static int makes_circle(work *w, int at, int group) {
  const cell *c = &w->cells[at];
  w->stamp++;
  for (int i = 0; i < c->n_deps; i++) {
    int other = w->cells[c->deps[i].at].group;
    if (other >= 0 && other != group && depends(w, other, group)) return 1;
  }
  return 0;
}

static int shares_input(work *w, int at, const draft *g) {
  const cell *c = &w->cells[at];
  for (int m = 0; m < g->n_members; m++) {
    const cell *o = &w->cells[g->members[m]];
    for (int i = 0; i < o->n_deps; i++)
      for (int j = 0; j < c->n_deps; j++)
        if (o->deps[i].at == c->deps[j].at &&
            elements(w->cells[o->deps[i].at].node) * 4 >= (double)weft_shape_size(g->space))
          return 1;
  }
  return 0;
}

/* Whether one kernel makes what the anchor reads and what the group reads: second stages of sums that a first one has
 * side by side. */
static int shares_maker(work *w, int at, const draft *g) {
  const cell *c = &w->cells[at];
  for (int m = 0; m < g->n_members; m++) {
    const cell *o = &w->cells[g->members[m]];
    for (int i = 0; i < o->n_deps; i++)
      for (int j = 0; j < c->n_deps; j++) {
        const cell *mine = &w->cells[c->deps[j].at], *other = &w->cells[o->deps[i].at];
        if (mine->group >= 0 && mine->group == other->group && elements(mine->node) == elements(other->node)) return 1;
      }
  }
  return 0;
}

/* Buffers that the group would bind with one more member, at most. */
static int bindings_with(work *w, int at, const draft *g) {
  w->stamp++;
  int count = 0;
  for (int m = 0; m <= g->n_members; m++) {
    cell *c = &w->cells[m < g->n_members ? g->members[m] : at];
    count += !c->core || c->root;
    for (int i = 0; i < c->n_deps; i++) {
      cell *d = &w->cells[c->deps[i].at];
      if (d->stamp != w->stamp) {
        d->stamp = w->stamp;
        count++;
      }
    }
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

/* Whether every dependency of the anchor inside the group is read at an index that the group has at hand:
 * full: the anchor lives at the group's full index (rows), else at the index of the cores' results. */
static int reads_fit(work *w, int at, int group, int full, int *out_inside) {
  const draft *g = &w->groups[group];
  const cell *c = &w->cells[at];
  int inside = 0;
  for (int i = 0; i < c->n_deps; i++) {
    const cell *d = &w->cells[c->deps[i].at];
    if (d->group != group) continue;
    inside = 1;
    int want = SAME;
    if (full && (g->kind == WEFT_GROUP_REDUCE || g->kind == WEFT_GROUP_ROW) &&
        !weft_shape_equal(d->node->shape, g->space))
      want = KEPT;
    if (c->deps[i].relation != want) return 0;
  }
  *out_inside = inside;
  return 1;
}

static uint32_t reduce_mask(const weft_tensor *node) { return node->op == WEFT_OP_FOLD ? 0 : (uint32_t)node->attr[0]; }

/* Whether all that the copy puts together are ops of attention of the group, read by nothing else: it stores them
 * there. */
static int is_placed(work *w, const weft_tensor *copy, weft_tensor *at, int group) {
  int64_t offset, strides[WEFT_MAX_RANK];
  const cell *c = cell_of(w, at);
  if (weft_ops[at->op].kind != W_VIEW && !weft_is_attention(at->op)) return 0;
  if (c->users != 1 || c->root || (c->stored && !c->core)) return 0;
  if (c->core) return c->group == group && weft_place_in(copy, at, &offset, strides);
  for (int i = 0; i < at->n_in; i++)
    if (!is_placed(w, copy, at->in[i], group)) return 0;
  return 1;
}

/* Whether the anchor may join; out_kind is what the group then is. */
static int can_join(work *w, int at, int group, weft_group_kind *out_kind) {
  const draft *g = &w->groups[group];
  const cell *c = &w->cells[at];
  const weft_tensor *node = c->node;
  int inside = 0;
  *out_kind = g->kind;
  if (g->kind == WEFT_GROUP_SCATTER) return 0;
  if (g->kind == WEFT_GROUP_ATTENTION) {
    if (node->op == WEFT_OP_COPY) return is_placed(w, node, node->in[0], group) && !makes_circle(w, at, group);
    for (int m = 0; m < g->n_members; m++)
      if (w->cells[g->members[m]].core && !weft_is_same_attention(node, w->cells[g->members[m]].node)) return 0;
    return !makes_circle(w, at, group);
  }
  if (bindings_with(w, at, g) > w->limits->max_bindings) return 0;
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
    weft_shape space = space_of(node);
    if (g->kind == WEFT_GROUP_MAP ? !weft_shape_equal(space, g->space)
                                  : weft_shape_size(space) != weft_shape_size(g->space))
      return 0;
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

static int add_member(work *w, int group, int at) {
  draft *g = &w->groups[group];
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

static void join(work *w, int at) {
  cell *c = &w->cells[at];
  find_deps(w, at);
  weft_group_kind kind;
  int oldest = weft_is_attention(c->node->op) ? 0 : w->n_groups - LOOK_BACK;
  for (int i = 0; i < c->n_deps; i++) {
    int g = w->cells[c->deps[i].at].group;
    if (g >= 0 && g < oldest && can_join(w, at, g, &kind)) oldest = g;
  }
  for (int g = w->n_groups - 1; g >= 0 && g >= oldest; g--)
    if (can_join(w, at, g, &kind)) {
      w->groups[g].kind = kind;
      add_member(w, g, at);
      return;
    }
  draft *g = &w->groups[w->n_groups];
  weft_tensor *node = c->node;
  g->kind = !c->core                          ? WEFT_GROUP_MAP
            : is_product(node)                ? WEFT_GROUP_DOT
            : node->op == WEFT_OP_SCATTER_ADD ? WEFT_GROUP_SCATTER
            : weft_is_attention(node->op)     ? WEFT_GROUP_ATTENTION
                                              : WEFT_GROUP_REDUCE;
  g->space = g->kind == WEFT_GROUP_REDUCE ? node->in[0]->shape
             : g->kind == WEFT_GROUP_MAP  ? space_of(node)
                                          : node->shape;
  g->mask = g->kind == WEFT_GROUP_REDUCE ? reduce_mask(node) : 0;
  add_member(w, w->n_groups++, at);
}

/* ---- 3. close ---- */

static void collect(work *w, int group, weft_tensor *node, weft_group *out) {
  cell *c = cell_of(w, node);
  if (c->stamp == w->stamp) return;
  c->stamp = w->stamp;
  if (is_leaf(node) || (is_anchor(c) && c->group != group)) {
    out->inputs[out->n_inputs++] = node;
    return;
  }
  for (int i = 0; i < node->n_in; i++) collect(w, group, node->in[i], out);
  if (c->core) out->cores[out->n_cores++] = node;
}

static weft_group *close_group(work *w, int index) {
  draft *g = &w->groups[index];
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
  w->stamp++;
  for (int m = 0; m < g->n_members; m++) {
    cell *c = &w->cells[g->members[m]];
    if (!c->needed) continue;
    out->outputs[out->n_outputs++] = c->node;
    collect(w, index, c->node, out);
  }
  return out;
}

/* Groups in an order in which each follows those it reads from. */
static void emit_in_order(work *w, int index, char *done, weft_group **groups, size_t *count) {
  if (done[index]) return;
  done[index] = 1;
  for (int m = 0; m < w->groups[index].n_members; m++) {
    const cell *c = &w->cells[w->groups[index].members[m]];
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
  work w = {.arena = arena, .n = (int)count, .limits = limits};
  w.cells = WEFT_NEW(arena, cell, count);
  w.position = WEFT_NEW(arena, int, (size_t)max_id + 1);
  w.groups = WEFT_NEW(arena, draft, count + 1);
  w.found = WEFT_NEW(arena, dep, count);
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
    force(&w, roots[i]);
    cell_of(&w, weft_stored_node(roots[i]))->root = 1;
  }
  mark(&w);
  for (int p = 0; p < w.n && !w.out_of_memory; p++)
    if (is_anchor(&w.cells[p])) join(&w, p);
  for (int p = 0; p < w.n; p++) {
    cell *c = &w.cells[p];
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
