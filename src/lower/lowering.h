/* lowering.h -- what the lowerings of map, reduce, row and scatter groups share. */
#ifndef WEFT_LOWER_LOWERING_H
#define WEFT_LOWER_LOWERING_H
#include "lower/emit.h"
#include "lower/lower.h"

/* One group being lowered. */
typedef struct weft_lowering {
  const weft_group *group;
  const weft_target *target;
  weft_arena *arena;
  weft_origins *origins;
  weft_ir ir;
  weft_emitter emitter;
  uint32_t groups[3];
  int vectors;   /* one work-item a group, vectors: an OpenCL device of the CPU class */
  int lanes;     /* lanes of a vector; where shaders run on a CPU 4, memory's unit there; else 1 without vectors */
  int few_items; /* barriers are dear: no trees */
} weft_lowering;

void weft_lower_map(weft_lowering *l);     /* map.c */
void weft_lower_reduce(weft_lowering *l);  /* reduce.c */
void weft_lower_row(weft_lowering *l);     /* row.c */
void weft_lower_scatter(weft_lowering *l); /* scatter.c */
void weft_lower_bundle(weft_lowering *l);  /* bundle.c */
/* "2 mul+add, sub": what its parts are. In the arena; NULL: no memory. */
const char *weft_bundle_what(const weft_group *group, weft_arena *arena);
/* Where a map on a GPU reads memory across the order in which it writes it: the kernel that does so through shared
 * memory. Else 0, and nothing is emitted. */
int weft_lower_map_by_tiles(weft_lowering *l); /* transpose.c */

/* ---- loops and work-groups (lowering.c) ---- */

/* The body of a loop: index has `lanes` lanes; carry[] holds the state, next[] takes what it becomes. */
typedef void weft_loop_body(void *context, weft_ir_value *index, int lanes, weft_ir_value *const *carry,
                            weft_ir_value **next);

/* for (i = first; i < end; i += step) body(i + lane). state[n] is carried. Nothing is emitted where it never runs. */
void weft_for(weft_lowering *l, weft_ir_value *first, weft_ir_value *end, int64_t step, int lanes, int n,
              weft_ir_value **state, weft_loop_body *body, void *context);
/* Of the next narrower vector: half as many, 1 below 4 (GLSL has vectors of 4), then none. */
int weft_narrower(int lanes);
/* first .. end (end <= size, first a multiple of the lanes) in whole vectors, then what is left of `size` in narrower
 * ones and one by one; nothing is carried. */
void weft_for_vectors(weft_lowering *l, weft_ir_value *first, weft_ir_value *end, int64_t size, weft_loop_body *body,
                      void *context);
/* The number of this work-group among `count`; statements up to weft_end_groups() are for these. */
weft_ir_value *weft_begin_groups(weft_lowering *l, int64_t count);
void weft_end_groups(weft_lowering *l);
/* Without vectors: the number of this work-item among `count`, work-groups of `local`. Ends with weft_end_items(). */
weft_ir_value *weft_begin_items(weft_lowering *l, int64_t count, uint32_t local);
void weft_end_items(weft_lowering *l);
/* Work-items of a work-group for so much parallel work: a power of two within the device's limit. On a CPU at most so
 * many that every compute unit gets some groups, and no fewer than fill a vector. */
uint32_t weft_local_size(const weft_lowering *l, int64_t work, uint32_t most);

/* The kept or mapped elements item * lanes + lane, for a work-item's number. */
weft_ir_value *weft_lanes_of_item(weft_lowering *l, weft_ir_value *item, int lanes);

/* Stores the outputs that have `size` elements at a linear index: all values first, then all stores, since an output
 * may lie where an input did. */
void weft_store_outputs(weft_lowering *l, int64_t size, weft_ir_value *linear);

/* How many parts of the work go to one work-group, when a part is worth `cost` scalar operations. */
int64_t weft_parts_of_group(const weft_lowering *l, int64_t parts, double cost);
/* Scalar operations of one evaluation of a row of the op table, judged by the words of its formula. */
double weft_row_cost(weft_op op);

/* ---- sets of nodes (lowering.c) ---- */

typedef struct weft_node_set {
  weft_arena *arena;
  const weft_tensor **slots;
  size_t capacity, count;
  int failed;
} weft_node_set;
/* Adds the node; 1 when it was not in the set before. */
int weft_set_add(weft_node_set *set, const weft_tensor *node);
int weft_set_has(const weft_node_set *set, const weft_tensor *node);

/* ---- a trial emission: which axes merge, which have neighbours in memory (trial.c) ---- */

#define WEFT_TRIAL_AXES (2 * WEFT_MAX_RANK)

typedef struct weft_trial {
  weft_lowering l;
  int n_axes, n_roots, n_live, room;
  weft_ir_value *axis[WEFT_TRIAL_AXES];
  int64_t size[WEFT_TRIAL_AXES];
  weft_ir_value **roots, **live;
} weft_trial;

void weft_trial_begin(weft_trial *trial, const weft_lowering *like, int max_roots);
/* A further axis; returns its index value (the constant 0 where size is 1). */
weft_ir_value *weft_trial_axis(weft_trial *trial, int64_t size);
void weft_trial_add(weft_trial *trial, weft_ir_value *root);
/* To be called after the last root. */
void weft_trial_end(weft_trial *trial);
/* Whether every address and index treats axes outer and inner as one. */
int weft_trial_merges(const weft_trial *trial, int outer, int inner);
/* Memory operations of one vector of `lanes` along the axis, over all loads. */
double weft_trial_load_cost(const weft_trial *trial, int axis, int lanes);
/* Whether a load that has no neighbours along axis `lane` has them along axis `other`. */
int weft_trial_crosses(const weft_trial *trial, int lane, int other);
/* Whether loads of four lanes are each one access. */
int weft_trial_reads_fours(const weft_trial *trial);
/* How many numbers are loaded anew at each step along an axis. */
int weft_trial_numbers(const weft_trial *trial, int axis);
/* Scalar operations and loads of one element. */
double weft_trial_cost(const weft_trial *trial);

/* ---- the state of a reduction (combine.c) ---- */

#define WEFT_STATE 2 /* values of a core's state, at most: argmax carries value and position */

int weft_state_size(const weft_ir *ir, const weft_tensor *core);
/* What reduces to itself with any x. */
void weft_state_start(weft_ir *ir, const weft_tensor *core, int lanes, weft_ir_value **out);
/* State and one more element; position is its number among the reduced ones. state[0] NULL: the first element. */
void weft_state_add(weft_ir *ir, const weft_tensor *core, weft_ir_value *const *state, weft_ir_value *x,
                    weft_ir_value *position, weft_ir_value **out);
void weft_state_join(weft_ir *ir, const weft_tensor *core, weft_ir_value *const *a, weft_ir_value *const *b,
                     weft_ir_value **out);
/* The lanes joined into one, halves at a time. */
void weft_state_across(weft_ir *ir, const weft_tensor *core, weft_ir_value **state);
weft_ir_value *weft_state_result(weft_ir *ir, const weft_tensor *core, weft_ir_value *const *state);

/* ---- work-items that share out reductions (team.c) ---- */

enum { WEFT_TEAM_STATES = 64, WEFT_TEAM_GROUP = 256 }; /* of a work-group: states of a work-item, work-items */

/* A work-group computes so many columns (results of reductions, or rows); each has as many members, which share out
 * what is reduced. Both are powers of two; members * columns is the size of the work-group, times the lanes of a
 * work-item that has neighbouring columns. */
typedef struct weft_team {
  int64_t members, columns;
  int across; /* 1: neighbouring work-items have neighbouring columns; 0: they are members of one */
  int n_states, array[WEFT_TEAM_STATES]; /* where the states lie, from weft_team_join() on */
  int64_t first[WEFT_TEAM_STATES];
} weft_team;

/* For rows whose numbers are neighbours. */
weft_team weft_team_of_rows(const weft_lowering *l, int64_t rows, int64_t length);
/* The work-item's member number and its column (the first of `lanes`). */
weft_ir_value *weft_team_member(weft_lowering *l, const weft_team *team, int lanes);
weft_ir_value *weft_team_column(weft_lowering *l, const weft_team *team, int lanes);
/* Joins the members' states of the cores (state[]: those of the first, of the second, ..) in shared memory, in a fixed
 * order; all work-items of the group come by. Then weft_team_take() gives any of them those of a column. */
void weft_team_join(weft_lowering *l, weft_team *team, weft_tensor *const *cores, int n, weft_ir_value **state);
void weft_team_take(weft_lowering *l, const weft_team *team, weft_ir_value *column, weft_tensor *const *cores, int n,
                    weft_ir_value **state);
#endif
