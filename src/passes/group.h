/* group.h -- fusion: a group is what becomes one kernel. */
#ifndef WEFT_PASSES_GROUP_H
#define WEFT_PASSES_GROUP_H
#include "graph/graph.h"

typedef enum weft_group_kind {
  WEFT_GROUP_MAP,    /* every output has the same element count and is computed elementwise over `space` */
  WEFT_GROUP_REDUCE, /* `cores` reduce (reduce_*, argmax, argmin or fold) inputs of one shape over one mask; outputs are
                        elementwise over the cores' (kept) shape */
  WEFT_GROUP_ROW,    /* `cores` are several reductions over the same trailing axes of one shape `space`, each possibly
                        depending on earlier ones expanded back; outputs have shape `space` or the kept shape */
  WEFT_GROUP_DOT,    /* core is one dot, winograd.. or grouped..; outputs are elementwise over its shape, or over the
                        gates of a dot's columns */
  WEFT_GROUP_SCATTER,   /* core and only output is one scatter_add */
  WEFT_GROUP_ATTENTION, /* cores are attention and its log, or its gradients, of the same inputs; outputs are the cores,
                           or copies of what reshapes, permutes and concats make of them (weft_place_in()) */
  WEFT_GROUP_BUNDLE     /* `parts` are maps of any spaces, none of which reads what another writes; inputs and outputs
                           are those of all of them. The schedule makes these of maps; grouping makes none */
} weft_group_kind;

/* "map", "reduce", .. */
const char *weft_group_kind_name(weft_group_kind kind);

/* The nodes of a group are those reachable from outputs without passing through inputs. Nodes in `inputs` are in
 * memory: leaves, or outputs of earlier groups, each contiguous and row-major. Within a group only scalar ops, makes
 * (const, iota, uniform, normal), views, the cores and, in front of these or as outputs, copies occur. Views between a
 * core and the outputs: only ones that keep the row-major linear index (reshape), expand a core back to `space` (ROW)
 * or read its gates (DOT). */
typedef struct weft_group {
  weft_group_kind kind;
  int n_outputs, n_inputs, n_cores;
  weft_tensor **outputs; /* distinct nodes to be written */
  weft_tensor **inputs;  /* distinct nodes to be read */
  weft_tensor **cores;   /* in topological order */
  weft_shape space; /* MAP: the outputs' shape, or that of their parts; REDUCE: the cores' input shape; ROW: the rows'
                       full shape; DOT: the core's shape */
  uint32_t mask;    /* REDUCE, ROW: reduced axes of space */
  int gates;        /* DOT: 2 or 4: so many neighbours of the core make an element of an output, which reads each by a
                       slice (weft_gates_of()); the core itself may be an output too. Else 0 */
  struct weft_group **parts; /* BUNDLE */
  int n_parts;
  int *places; /* BUNDLE: weft_group_place() of each output; NULL: one of its own for each */
} weft_group;

/* Bindings of a group's kernel: the inputs in order, then the outputs in order, but for those of a bundle that are
 * written to the memory of an input: they share its binding. */
static inline int weft_group_place(const weft_group *group, int output) {
  return group->places ? group->places[output] : group->n_inputs + output;
}
/* How many bindings there are. */
int weft_group_bindings(const weft_group *group);

/* What grouping needs to know of a device. */
typedef struct weft_group_limits {
  int max_bindings;      /* buffers of one kernel */
  int computes_operands; /* 1: products can compute their operands where they read them (devices of class GPU) */
  int joins_gates;       /* 1: products can take what reads their columns in twos or fours (devices of class GPU) */
  int is_steady;         /* 1: what params and states alone decide is computed once for all runs */
} weft_group_limits;

/* Partitions everything that the roots depend on into groups, producers first. Roots are free of effects (assign,
 * after, detach). Reshapes of a value share its memory: a root is stored as weft_stored_node(root). Everything lives in
 * the arena. */
weft_status weft_group_graph(weft_arena *arena, weft_tensor *const *roots, size_t n_roots,
                             const weft_group_limits *limits, weft_group ***out_groups, size_t *out_count,
                             weft_error *error);
/* The concat of tensors of one shape that the node is (or keeps in memory); NULL: it is none. A kernel that stores it
 * computes an element of each part at once. */
const weft_tensor *weft_in_parts(const weft_tensor *node);
/* The node under reshapes: the one whose memory holds the value. */
weft_tensor *weft_stored_node(weft_tensor *node);
/* What the slice reads one of every 2 or 4 neighbours of, row by row: the node under reshapes; how many they are, and
 * which of them it is. NULL: it does something else. */
weft_tensor *weft_gates_of(const weft_tensor *slice, int *out_gates, int *out_gate);
#endif
