/* grouping.h -- what the three steps of grouping share (group.c tells them). */
#ifndef WEFT_PASSES_GROUPING_H
#define WEFT_PASSES_GROUPING_H
#include "passes/group.h"

/* How the index of a dependency follows from the index of the node that reads it. */
enum {
  WEFT_SAME = 1,
  WEFT_KEPT = 2, /* the same with the masked trailing dims at 0 */
  WEFT_OTHER = 4,
  WEFT_GATE = 8 /* one of 2 or 4 neighbours in a product; where the index counts these as one */
};

typedef struct weft_group_dep {
  int at;       /* position of an anchor or leaf */
  int relation; /* bits of these seen */
} weft_group_dep;

typedef struct weft_group_cell {
  weft_tensor *node;
  int users, root, forced, core, stored, needed;
  int group;       /* anchors: index into the drafts, else -1 */
  int stamp, seen; /* of the walk in progress */
  /* Operands of products that may compute them: how often each element is computed then, 0: it is to be stored; other
   * readers. Of any node: whether it is the same in all runs, and whether reductions decide it. */
  double loads;
  int others, steady, reduced;
  int gated; /* 1: elementwise made of a product's gates, -1: of a core's result, so that it is no such epilogue */
  weft_group_dep *deps;
  int n_deps, readers; /* anchors that have it as a dependency */
} weft_group_cell;

typedef struct weft_group_draft {
  weft_group_kind kind;
  int *members, n_members, room;
  weft_shape space;
  uint32_t mask;
  int gates; /* as the group has them */
  int stamp;
} weft_group_draft;

typedef struct weft_grouping {
  weft_arena *arena;
  weft_group_cell *cells;
  int *position; /* by node id, -1 when not reached */
  int n, stamp;
  weft_group_draft *groups;
  int n_groups;
  const weft_group_limits *limits;
  weft_group_dep *found; /* dependencies of the walk in progress */
  int n_found;
  uint32_t mask; /* the axes of WEFT_KEPT in the walk in progress */
  int out_of_memory;
} weft_grouping;

static inline int weft_is_leaf(const weft_tensor *node) { return weft_ops[node->op].kind == W_LEAF; }
/* Cores of templates, which read their operands through strides. */
static inline int weft_is_template(const weft_tensor *node) {
  return node->op == WEFT_OP_DOT || weft_is_winograd(node->op) || weft_is_grouped(node->op) ||
         weft_is_strassen(node->op);
}
static inline int weft_is_anchor(const weft_group_cell *c) { return c->core || c->stored; }
static inline weft_group_cell *weft_cell_of(weft_grouping *w, const weft_tensor *node) {
  return &w->cells[w->position[node->id]];
}
static inline double weft_elements(const weft_tensor *node) { return (double)weft_shape_size(node->shape); }

/* What a kernel of its own costs besides what it moves, in bytes: about 1.5 microseconds of memory traffic. */
static const double weft_launch_bytes = 65536;

/* ---- group_mark.c ---- */

/* Of the cores that read element by element, so that what is elementwise in front of them can be fused, how often each
 * element is read; 0: another core. */
double weft_reads_of_element(const weft_tensor *node);

/* What the node's value lies in is stored. */
void weft_grouping_store(weft_grouping *w, weft_tensor *node);
/* Step 1, of what is stored already for certain. */
void weft_grouping_mark(weft_grouping *w);

/* Work of one elementwise op, in additions. */
double weft_grouping_work(weft_op op);

/* ---- group_operand.c ---- */

/* Notes of every node how products read it, where they may compute what they read; stores what nothing may compute,
 * copies above all. To be called once, before anything is decided by cost. */
void weft_grouping_find_operands(weft_grouping *w);
/* Stores the operand at a position if that is cheaper than computing it in the products that read it. */
void weft_grouping_weigh_operand(weft_grouping *w, int at);

/* ---- group_join.c ---- */

/* What the anchor at a position reads. */
void weft_grouping_find_deps(weft_grouping *w, int at);
/* Step 2 for the anchor at a position; all dependencies are known, and those before it have joined. */
void weft_grouping_join(weft_grouping *w, int at);

/* ---- group.c ---- */

/* Parts of a list along the outermost dimension live inside of it (the plan sees to that), so they had better be stored
 * each than be computed by a kernel that looks for the part of every element. */
int weft_joins_outermost(const weft_tensor *node);
#endif
