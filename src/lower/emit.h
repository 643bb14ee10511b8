/* emit.h -- graph nodes at an index become values of the kernel IR: views are index arithmetic, elementwise ops are
 * rows of the op table, what is in memory is loaded. */
#ifndef WEFT_LOWER_EMIT_H
#define WEFT_LOWER_EMIT_H
#include "lower/ir.h"
#include "passes/group.h"

typedef struct weft_emit_memo weft_emit_memo;

/* Where the bindings of a group's inputs begin, in elements of the tensor: at[], given, from where the text's indices
 * count; least[], found, the first that is read, or less. A slice that the text reads from its begin is the same text
 * for every slice of the tensor. */
typedef struct weft_origins {
  int64_t at[32], least[32]; /* least: INT64_MAX: nothing is read, or nothing is known of it */
} weft_origins;

typedef struct weft_emitter {
  weft_ir *ir;
  const weft_group *group;
  const int *bindings;   /* the kernel's, of the group's inputs and outputs; NULL: weft_emit_begin()'s */
  weft_emit_memo **memo; /* (node, index, guard) -> value, hashed */
  int n_bound;
  weft_tensor **bound; /* nodes whose value the lowering has computed itself */
  weft_ir_value **bound_value;
  int n_gates; /* of `gated`, 0: of nothing */
  weft_tensor *gated;
  weft_ir_value *gate_value[4];
  weft_ir_value *(*hook)(void *context, struct weft_emitter *emitter, weft_tensor *node, weft_ir_value *const *index);
  weft_ir_value *guard;  /* where whatever is asked for matters, and memory may be touched; NULL: everywhere */
  weft_origins *origins; /* NULL: all at 0 */
  void *hook_context;    /* asked first for every input, scalar row or make; NULL goes on (caches are read here) */
} weft_emitter;

/* Adds the group's inputs, then its outputs, as bindings 0, 1, .. of an IR just begun. origins may be NULL. */
weft_status weft_emit_begin(weft_emitter *emitter, const weft_group *group, weft_origins *origins, weft_ir *ir);
/* What is emitted from now on is of this part of the bundle that the emitter began with. bindings: the bundle's, of the
 * part's inputs, then of its outputs; must outlive the emission. */
void weft_emit_part(weft_emitter *emitter, const weft_group *part, const int *bindings);
/* The text reads the input from element `first` on. origins may be NULL. */
void weft_origins_read(weft_origins *origins, int input, int64_t first);
/* The node has this value from now on, at whatever index it is asked for (a core's result, a template's accumulator).
 * Binding a node again replaces its value. */
void weft_emit_bind(weft_emitter *emitter, weft_tensor *node, weft_ir_value *value);
/* The node's `gates` neighbours (weft_gates_of()) at whatever index slices ask for them have these values from now on.
 */
void weft_emit_bind_gates(weft_emitter *emitter, weft_tensor *node, int gates, weft_ir_value *const *values);
/* The node's value at index[0 .. rank-1]. Indices of the node must be in range. Some index may have lanes. */
weft_ir_value *weft_emit(weft_emitter *emitter, weft_tensor *node, weft_ir_value *const *index);
/* The same where the guard holds, else fill (both NULL: as above); memory is not touched where it does not hold. */
weft_ir_value *weft_emit_guarded(weft_emitter *emitter, weft_tensor *node, weft_ir_value *const *index,
                                 weft_ir_value *guard, weft_ir_value *fill);
/* Element `linear` of an input; 0 where the guard (may be NULL) does not hold. */
weft_ir_value *weft_emit_element(weft_emitter *emitter, int input, weft_ir_value *linear, weft_ir_value *guard);
/* Row-major linear index, and back. */
weft_ir_value *weft_emit_linear(weft_ir *ir, weft_shape shape, weft_ir_value *const *index);
void weft_emit_delinear(weft_ir *ir, weft_shape shape, weft_ir_value *linear, weft_ir_value **out_index);
/* The binding of an input or of an output of the group; -1 when it is neither. */
int weft_emit_input(const weft_emitter *emitter, const weft_tensor *node);
int weft_emit_output(const weft_emitter *emitter, const weft_tensor *node);
/* The value that the output has at the linear index of the group's result (linear index over the core's or the map's
 * elements; output shapes of equal size may differ by reshape). */
weft_ir_value *weft_emit_at(weft_emitter *emitter, weft_tensor *node, weft_ir_value *linear);

/* What is to be stored for one element of a group's space. */
typedef struct weft_emitted {
  int binding;
  weft_ir_value *at, *value;
} weft_emitted;
/* What the outputs of `size` elements, and those in as many parts of `size`, have for element `linear`; returns how
 * many, at most weft_emit_most_outputs(). To be stored behind all loads: an output may lie where an input did. */
int weft_emit_outputs(weft_emitter *emitter, int64_t size, weft_ir_value *linear, weft_emitted *out);
int weft_emit_most_outputs(const weft_group *group);

/* ---- what the lowerings share (lower.c) ---- */

/* "matmul+add+relu": the ops between inputs and outputs, cores first; views and makes are left out. In the arena. */
const char *weft_group_what(const weft_group *group, weft_arena *arena);
/* Bytes of inputs and outputs, once each, of an input no more than what is chosen of it; scalar ops times elements and
 * reduction elements. */
void weft_group_cost(const weft_group *group, double *out_bytes, double *out_flops);
#endif
