/* emit.c -- nodes at an index become values of the kernel IR.
 *
 * Going down from an output, a view changes the index and disappears. A pad turns into a guard (the condition under
 * which the index below it is inside) and a fill (the value elsewhere), which are handed down so that the load itself
 * is guarded: memory beyond the tensor is never touched. Each (node, index, guard, fill) is emitted once. */
#include "lower/emit.h"
#include <string.h>

enum { BUCKETS = 512 };

struct weft_emit_memo {
  weft_tensor *node;
  weft_ir_value *index[WEFT_MAX_RANK], *guard, *fill, *value;
  weft_emit_memo *next;
};

/* Where an index is asked for: under a guard (NULL: always), with the value wanted where it is false (NULL: any). */
typedef struct place {
  weft_ir_value *guard, *fill;
} place;

static weft_ir_value *emit(weft_emitter *e, weft_tensor *node, weft_ir_value *const *index, place at);

/* ---- the group's buffers ---- */

void weft_origins_read(weft_origins *origins, int input, int64_t first) {
  if (!origins) return;
  if (first < 0) first = 0; /* of a guarded access */
  if (first < origins->least[input]) origins->least[input] = first;
}

weft_status weft_emit_begin(weft_emitter *e, const weft_group *group, weft_origins *origins, weft_ir *ir) {
  *e = (weft_emitter){.ir = ir, .group = group, .origins = origins};
  e->memo = WEFT_NEW(ir->arena, weft_emit_memo *, BUCKETS);
  e->bound = WEFT_NEW(ir->arena, weft_tensor *, group->n_cores + 8);
  e->bound_value = WEFT_NEW(ir->arena, weft_ir_value *, group->n_cores + 8);
  if (!e->memo || !e->bound || !e->bound_value)
    return weft_fail(&ir->error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
  for (int i = 0; i < group->n_inputs + group->n_outputs; i++) {
    int written = i >= group->n_inputs, number = written ? weft_group_place(group, i - group->n_inputs) : i;
    weft_tensor *node = written ? group->outputs[i - group->n_inputs] : group->inputs[i];
    int64_t size = weft_shape_size(node->shape);
    if (size > INT32_MAX) {
      char text[160];
      return weft_fail(&ir->error, WEFT_NO_FEATURE, "%s: %s has %lld elements; kernels address at most %d",
                       weft_ops[node->op].name, weft_describe_tensor(node, text, sizeof text), (long long)size,
                       INT32_MAX);
    }
    if (number < ir->n_bindings)
      ir->bindings[number].written = 1; /* in the place of an input */
    else
      weft_ir_add_binding(ir, node->dtype, size - (origins && !written ? origins->at[i] : 0), written);
  }
  return ir->error.status;
}

static void forget(weft_emitter *e) { memset(e->memo, 0, sizeof(weft_emit_memo *) * BUCKETS); }

void weft_emit_part(weft_emitter *e, const weft_group *part, const int *bindings) {
  e->group = part;
  e->bindings = bindings;
  forget(e);
}

/* The kernel's binding of the group's input or output. */
static int bound(const weft_emitter *e, int number) { return e->bindings ? e->bindings[number] : number; }

int weft_emit_input(const weft_emitter *e, const weft_tensor *node) {
  for (int i = 0; i < e->group->n_inputs; i++)
    if (e->group->inputs[i] == node) return i;
  return -1;
}

int weft_emit_output(const weft_emitter *e, const weft_tensor *node) {
  for (int i = 0; i < e->group->n_outputs; i++)
    if (e->group->outputs[i] == node) return e->group->n_inputs + i;
  return -1;
}

void weft_emit_bind(weft_emitter *e, weft_tensor *node, weft_ir_value *value) {
  forget(e);
  int i = 0;
  while (i < e->n_bound && e->bound[i] != node) i++;
  if (i == e->n_bound) {
    if (i == e->group->n_cores + 8) {
      weft_fail(&e->ir->error, WEFT_INTERNAL, "lower: more values bound than the group has cores");
      return;
    }
    e->n_bound++;
  }
  e->bound[i] = node;
  e->bound_value[i] = value;
}

void weft_emit_bind_gates(weft_emitter *e, weft_tensor *node, int gates, weft_ir_value *const *values) {
  forget(e);
  e->gated = node;
  e->n_gates = gates;
  for (int i = 0; i < gates; i++) e->gate_value[i] = values[i];
}

/* The value of a slice that reads a gate of what has gates; NULL: it is none. */
static weft_ir_value *bound_gate(const weft_emitter *e, const weft_tensor *slice) {
  int gates, gate;
  if (!e->n_gates || weft_gates_of(slice, &gates, &gate) != e->gated || gates != e->n_gates) return NULL;
  return e->gate_value[gate];
}

/* ---- indices ---- */

static weft_ir_value *linear_of(weft_ir *ir, const int64_t *dims, int n, weft_ir_value *const *index) {
  weft_ir_value *linear = weft_ir_int(ir, 0);
  for (int d = 0; d < n; d++) linear = weft_ir_add(ir, weft_ir_mul(ir, linear, dims[d]), index[d]);
  return linear;
}

static void delinear_of(weft_ir *ir, const int64_t *dims, int n, weft_ir_value *linear, weft_ir_value **out_index) {
  for (int d = n - 1; d > 0; d--) {
    out_index[d] = weft_ir_mod(ir, linear, dims[d]);
    linear = weft_ir_div(ir, linear, dims[d]);
  }
  if (n) out_index[0] = linear;
}

weft_ir_value *weft_emit_linear(weft_ir *ir, weft_shape shape, weft_ir_value *const *index) {
  return linear_of(ir, shape.dims, shape.rank, index);
}

void weft_emit_delinear(weft_ir *ir, weft_shape shape, weft_ir_value *linear, weft_ir_value **out_index) {
  delinear_of(ir, shape.dims, shape.rank, linear, out_index);
}

/* Dimensions of size 1 left out. */
typedef struct packed {
  int n;
  int64_t dims[WEFT_MAX_RANK];
  weft_ir_value *index[WEFT_MAX_RANK];
  int at[WEFT_MAX_RANK];
} packed;

static packed pack(weft_shape shape, weft_ir_value *const *index) {
  packed p = {0};
  for (int d = 0; d < shape.rank; d++) {
    if (shape.dims[d] == 1) continue;
    p.dims[p.n] = shape.dims[d];
    if (index) p.index[p.n] = index[d];
    p.at[p.n++] = d;
  }
  return p;
}

/* Runs of dimensions of equal size on both sides are split and joined each by itself, so that what a reshape leaves
 * alone keeps its index. */
static void reshape_index(weft_emitter *e, weft_tensor *node, weft_ir_value *const *index, weft_ir_value *guard,
                          weft_ir_value **out) {
  weft_shape below = node->in[0]->shape;
  packed from = pack(node->shape, index), to = pack(below, NULL);
  for (int d = 0; d < below.rank; d++) out[d] = weft_ir_int(e->ir, 0);
  int i = from.n, j = to.n;
  while (i > 0 && j > 0) {
    int end_i = i--, end_j = j--;
    int64_t size_i = from.dims[i], size_j = to.dims[j];
    while (size_i != size_j) {
      if (size_i < size_j)
        size_i *= from.dims[--i];
      else
        size_j *= to.dims[--j];
    }
    if (end_i - i == 1 && end_j - j == 1) {
      out[to.at[j]] = from.index[i];
      continue;
    }
    if (guard)
      for (int d = i; d < end_i; d++) from.index[d] = weft_ir_assume(e->ir, from.index[d], 0, from.dims[d] - 1);
    weft_ir_value *parts[WEFT_MAX_RANK], *linear = linear_of(e->ir, from.dims + i, end_i - i, from.index + i);
    delinear_of(e->ir, to.dims + j, end_j - j, linear, parts);
    for (int d = j; d < end_j; d++) out[to.at[d]] = parts[d - j];
  }
}

/* Changes the index of a view to that of its input, dimension by dimension. */
static void view_index(weft_emitter *e, weft_tensor *node, weft_ir_value *const *index, weft_ir_value **out) {
  weft_ir *ir = e->ir;
  weft_shape below = node->in[0]->shape;
  const int64_t *attr = node->attr;
  int rank = below.rank, next_window = rank;
  for (int d = 0; d < rank; d++) {
    switch (node->op) {
    case WEFT_OP_PERMUTE: out[attr[d]] = index[d]; break;
    case WEFT_OP_EXPAND: out[d] = below.dims[d] == 1 ? weft_ir_int(ir, 0) : index[d]; break;
    case WEFT_OP_SLICE: out[d] = weft_ir_add_int(ir, weft_ir_mul(ir, index[d], attr[rank + d]), attr[d]); break;
    case WEFT_OP_FLIP:
      out[d] = attr[d] ? weft_ir_sub(ir, weft_ir_int(ir, below.dims[d] - 1), index[d]) : index[d];
      break;
    case WEFT_OP_WINDOW:
      out[d] = index[d];
      if (attr[d]) {
        weft_ir_value *start = weft_ir_mul(ir, index[d], attr[rank + d]);
        out[d] = weft_ir_add(ir, start, weft_ir_mul(ir, index[next_window++], attr[2 * rank + d]));
      }
      break;
    default: out[d] = index[d];
    }
  }
}

/* ---- values ---- */

static weft_ir_value *filled(weft_emitter *e, weft_ir_value *value, place at) {
  return at.fill && at.guard ? weft_ir_select(e->ir, at.guard, value, at.fill) : value;
}

static weft_ir_value *emit_pad(weft_emitter *e, weft_tensor *node, weft_ir_value *const *index, place at) {
  weft_ir *ir = e->ir;
  weft_shape below = node->in[0]->shape;
  weft_ir_value *inner[WEFT_MAX_RANK], *inside = at.guard;
  for (int d = 0; d < below.rank; d++) {
    int64_t step = node->attr[below.rank + d] + 1;
    inner[d] = weft_ir_add_int(ir, index[d], -node->attr[d]);
    if (step > 1) {
      inside = weft_ir_and(ir, inside, weft_ir_equal(ir, weft_ir_mod(ir, inner[d], step), weft_ir_int(ir, 0)));
      inner[d] = weft_ir_div(ir, inner[d], step);
    }
    inside = weft_ir_and(ir, inside, weft_ir_in_range(ir, inner[d], below.dims[d]));
  }
  weft_ir_value *border = weft_ir_number(ir, node->dtype, node->value);
  weft_ir_value *value = emit(e, node->in[0], inner, (place){inside, border});
  return at.fill == border ? value : filled(e, value, at);
}

static weft_ir_value *emit_concat(weft_emitter *e, weft_tensor *node, weft_ir_value *const *index, place at) {
  weft_ir *ir = e->ir;
  int axis = (int)node->attr[0];
  weft_ir_value *inner[WEFT_MAX_RANK], *value = NULL;
  int64_t end = node->shape.dims[axis];
  for (int d = 0; d < node->shape.rank; d++) inner[d] = index[d];
  for (int i = node->n_in - 1; i >= 0; i--) {
    int64_t size = node->in[i]->shape.dims[axis], start = end - size;
    inner[axis] = weft_ir_add_int(ir, index[axis], -start);
    weft_ir_value *inside = weft_ir_in_range(ir, inner[axis], size);
    end = start;
    if (weft_ir_is_false(inside)) continue;
    value = emit(e, node->in[i], inner, (place){weft_ir_and(ir, at.guard, inside), value});
  }
  return value ? filled(e, value, at) : weft_ir_number(ir, node->dtype, 0);
}

/* An index that is out of range reads 0. */
static weft_ir_value *emit_gather(weft_emitter *e, weft_tensor *node, weft_ir_value *const *index, place at) {
  weft_ir *ir = e->ir;
  weft_ir_value *inner[WEFT_MAX_RANK];
  int64_t axis = node->attr[0], size = node->in[0]->shape.dims[axis];
  for (int d = 0; d < node->shape.rank; d++) inner[d] = index[d];
  inner[axis] = emit(e, node->in[1], index, (place){at.guard, NULL});
  weft_ir_value *inside = weft_ir_and(ir, at.guard, weft_ir_in_range(ir, inner[axis], size));
  weft_ir_value *nothing = weft_ir_number(ir, node->dtype, 0);
  inner[axis] = weft_ir_assume(ir, inner[axis], 0, size - 1);
  weft_ir_value *value = emit(e, node->in[0], inner, (place){inside, nothing});
  return at.fill == nothing ? value : filled(e, value, at);
}

static weft_ir_value *emit_load(weft_emitter *e, int input, weft_ir_value *linear, place at) {
  int binding = bound(e, input);
  weft_origins_read(e->origins, binding, linear->lo);
  if (e->origins) linear = weft_ir_add_int(e->ir, linear, -e->origins->at[binding]);
  weft_dtype dtype = e->group->inputs[input]->dtype;
  weft_ir_value *fill = at.guard && !at.fill ? weft_ir_number(e->ir, dtype, 0) : at.fill;
  return weft_ir_load(e->ir, binding, linear, at.guard, fill);
}

weft_ir_value *weft_emit_element(weft_emitter *e, int input, weft_ir_value *linear, weft_ir_value *guard) {
  return emit_load(e, input, linear, (place){weft_ir_is_true(guard) ? NULL : guard, NULL});
}

static weft_ir_value *emit_node(weft_emitter *e, weft_tensor *node, weft_ir_value *const *index, place at) {
  weft_ir *ir = e->ir;
  for (int i = 0; i < e->n_bound; i++)
    if (e->bound[i] == node) return filled(e, e->bound_value[i], at);
  weft_ir_value *gate = bound_gate(e, node);
  if (gate) return filled(e, gate, at);
  int binding = weft_emit_input(e, node);
  weft_op_kind kind = weft_ops[node->op].kind;
  if (e->hook && (binding >= 0 || kind == W_SCALAR || kind == W_MAKE)) {
    weft_ir_value *known = e->hook(e->hook_context, e, node, index);
    if (known) return filled(e, known, at);
  }
  if (binding >= 0) return emit_load(e, binding, weft_emit_linear(ir, node->shape, index), at);
  weft_ir_value *below[WEFT_MAX_RANK], *in[3] = {NULL, NULL, NULL};
  if (kind == W_SCALAR) {
    for (int i = 0; i < node->n_in; i++) in[i] = emit(e, node->in[i], index, (place){at.guard, NULL});
    return filled(e, weft_ir_scalar_op(ir, node->op, in[0], in[1], in[2]), at);
  }
  switch (node->op) {
  case WEFT_OP_CONST: return filled(e, weft_ir_number(ir, node->dtype, node->value), at);
  case WEFT_OP_IOTA: return filled(e, index[node->attr[0]], at);
  case WEFT_OP_UNIFORM:
  case WEFT_OP_NORMAL:
    in[0] = emit(e, node->in[0], NULL, (place){NULL, NULL});
    return filled(
        e, weft_ir_random(ir, node->op, (uint64_t)node->attr[0], in[0], weft_emit_linear(ir, node->shape, index)), at);
  case WEFT_OP_RESHAPE: reshape_index(e, node, index, at.guard, below); return emit(e, node->in[0], below, at);
  case WEFT_OP_PERMUTE:
  case WEFT_OP_EXPAND:
  case WEFT_OP_SLICE:
  case WEFT_OP_FLIP:
  case WEFT_OP_WINDOW: view_index(e, node, index, below); return emit(e, node->in[0], below, at);
  case WEFT_OP_COPY:
  case WEFT_OP_DETACH: return emit(e, node->in[0], index, at);
  case WEFT_OP_PAD: return emit_pad(e, node, index, at);
  case WEFT_OP_CONCAT: return emit_concat(e, node, index, at);
  case WEFT_OP_GATHER: return emit_gather(e, node, index, at);
  default: break;
  }
  char text[160];
  weft_fail(&ir->error, WEFT_INTERNAL, "lower: %s %s is neither an input of its group nor computed in it",
            weft_ops[node->op].name, weft_describe_tensor(node, text, sizeof text));
  return &ir->dummy;
}

static size_t bucket_of(const weft_tensor *node, weft_ir_value *const *index, place at) {
  size_t hash = node->id;
  for (int d = 0; d < node->shape.rank; d++) hash = hash * 31 + (size_t)index[d]->id;
  if (at.guard) hash = hash * 31 + (size_t)at.guard->id;
  return hash % BUCKETS;
}

static weft_ir_value *emit(weft_emitter *e, weft_tensor *node, weft_ir_value *const *index, place at) {
  weft_ir *ir = e->ir;
  if (ir->error.status != WEFT_OK) return &ir->dummy;
  if (weft_ir_is_true(at.guard)) at.guard = at.fill = NULL;
  if (weft_ir_is_false(at.guard)) return at.fill ? at.fill : weft_ir_number(ir, node->dtype, 0);
  weft_emit_memo **bucket = &e->memo[bucket_of(node, index, at)];
  size_t index_bytes = sizeof(weft_ir_value *) * (size_t)node->shape.rank;
  for (weft_emit_memo *m = *bucket; m; m = m->next)
    if (m->node == node && m->guard == at.guard && m->fill == at.fill && m->value->block->open &&
        (index_bytes == 0 || !memcmp(m->index, index, index_bytes)))
      return m->value;
  weft_ir_value *value = emit_node(e, node, index, at);
  weft_emit_memo *m = WEFT_NEW(ir->arena, weft_emit_memo, 1);
  if (!m) {
    weft_fail(&ir->error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
    return &ir->dummy;
  }
  *m = (weft_emit_memo){.node = node, .guard = at.guard, .fill = at.fill, .value = value, .next = *bucket};
  if (index_bytes) memcpy(m->index, index, index_bytes);
  *bucket = m;
  return value;
}

weft_ir_value *weft_emit(weft_emitter *e, weft_tensor *node, weft_ir_value *const *index) {
  return emit(e, node, index, (place){e->guard, NULL});
}

weft_ir_value *weft_emit_guarded(weft_emitter *e, weft_tensor *node, weft_ir_value *const *index, weft_ir_value *guard,
                                 weft_ir_value *fill) {
  return emit(e, node, index, (place){weft_ir_and(e->ir, e->guard, guard), fill});
}

/* Element `linear` of part i of a list of tensors end to end, in the whole. */
static weft_ir_value *place_in_whole(weft_ir *ir, const weft_tensor *whole, int i, weft_ir_value *linear) {
  weft_ir_value *index[WEFT_MAX_RANK];
  weft_shape part = whole->in[i]->shape;
  int64_t axis = whole->attr[0];
  weft_emit_delinear(ir, part, linear, index);
  index[axis] = weft_ir_add_int(ir, index[axis], i * part.dims[axis]);
  return weft_emit_linear(ir, whole->shape, index);
}

/* The element of part i that belongs there; of a list that is in memory, a copy of which is stored, the list's. */
static weft_ir_value *emit_part(weft_emitter *e, const weft_tensor *whole, int i, weft_ir_value *linear,
                                weft_ir_value *there) {
  int input = weft_emit_input(e, whole);
  return input < 0 ? weft_emit_at(e, whole->in[i], linear) : weft_emit_element(e, input, there, NULL);
}

int weft_emit_outputs(weft_emitter *e, int64_t size, weft_ir_value *linear, weft_emitted *out) {
  const weft_group *group = e->group;
  int n = 0;
  for (int i = 0; i < group->n_outputs; i++) {
    weft_tensor *node = group->outputs[i];
    const weft_tensor *whole = weft_in_parts(node);
    int binding = bound(e, group->n_inputs + i);
    if (weft_shape_size((whole ? whole->in[0] : node)->shape) != size) continue;
    if (!whole) out[n++] = (weft_emitted){.binding = binding, .at = linear, .value = weft_emit_at(e, node, linear)};
    for (int p = 0; whole && p < whole->n_in; p++) {
      weft_ir_value *there = place_in_whole(e->ir, whole, p, linear);
      out[n++] = (weft_emitted){.binding = binding, .at = there, .value = emit_part(e, whole, p, linear, there)};
    }
  }
  return n;
}

int weft_emit_most_outputs(const weft_group *group) {
  int n = 0;
  for (int i = 0; i < group->n_outputs; i++) {
    const weft_tensor *whole = weft_in_parts(group->outputs[i]);
    n += whole ? whole->n_in : 1;
  }
  return n;
}

weft_ir_value *weft_emit_at(weft_emitter *e, weft_tensor *node, weft_ir_value *linear) {
  weft_ir_value *index[WEFT_MAX_RANK];
  weft_emit_delinear(e->ir, node->shape, linear, index);
  return weft_emit(e, node, index);
}
