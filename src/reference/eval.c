/* eval.c -- evaluation of a node by its row's function, and of graphs in the order of their nodes. */
#include "base/philox.h"
#include "reference/rows.h"
#include <stdlib.h>

weft_ref_row *const weft_ref_rows[WEFT_OP_COUNT] = {
#define SCALAR(NAME, name, arity, types, expr, ga, gb, gc, low, high, tolerance, doc)                                  \
  [WEFT_OP_##NAME] = weft_ref_##name,
#include "graph/scalar.def"
#undef SCALAR
#define OP(NAME, name, kind, arity, attributes, doc) [WEFT_OP_##NAME] = weft_ref_##name,
#include "graph/ops.def"
#undef OP
};

/* ---- shared ---- */

int weft_ref_next(weft_shape shape, int64_t *index, weft_ref_walker *walkers, int n_walkers) {
  for (int d = shape.rank - 1; d >= 0; d--) {
    int ends = ++index[d] == shape.dims[d];
    if (ends) index[d] = 0;
    for (int w = 0; w < n_walkers; w++) walkers[w].offset += walkers[w].stride[d] * (ends ? 1 - shape.dims[d] : 1);
    if (!ends) return 1;
  }
  return 0;
}

weft_ref_walker weft_ref_walker_of(weft_shape shape) {
  weft_ref_walker walker = {0};
  weft_shape_strides(shape, walker.stride);
  return walker;
}

void weft_ref_move(weft_ref_array *to_array, int64_t to, const weft_ref_array *from_array, int64_t from) {
  if (to_array->dtype == WEFT_F32)
    to_array->f32[to] = from_array->f32[from];
  else
    to_array->i32[to] = from_array->i32[from];
}

int32_t weft_ref_wrap(int64_t value) {
  int64_t low = (int64_t)((uint64_t)value & UINT64_C(0xffffffff));
  return (int32_t)(low > INT32_MAX ? low - INT64_C(4294967296) : low);
}

/* ---- leaves and makes ---- */

void weft_ref_input(const weft_ref_call *call) { (void)call; }
void weft_ref_param(const weft_ref_call *call) { (void)call; }
void weft_ref_state(const weft_ref_call *call) { (void)call; }

void weft_ref_data(const weft_ref_call *call) {
  const float *f32 = call->node->data;
  const int32_t *i32 = call->node->data;
  for (int64_t i = 0; i < call->out->size; i++) {
    if (call->out->dtype == WEFT_F32)
      call->out->f32[i] = (double)f32[i];
    else
      call->out->i32[i] = i32[i];
  }
}

void weft_ref_const(const weft_ref_call *call) {
  for (int64_t i = 0; i < call->out->size; i++) {
    if (call->out->dtype == WEFT_F32)
      call->out->f32[i] = call->node->value;
    else
      call->out->i32[i] = (int32_t)call->node->value;
  }
}

void weft_ref_iota(const weft_ref_call *call) {
  int64_t index[WEFT_MAX_RANK] = {0}, i = 0;
  do call->out->i32[i++] = (int32_t)index[call->node->attr[0]];
  while (weft_ref_next(call->node->shape, index, NULL, 0));
}

void weft_ref_uniform(const weft_ref_call *call) {
  uint64_t key = (uint64_t)call->node->attr[0];
  for (int64_t i = 0; i < call->out->size; i++)
    call->out->f32[i] = weft_philox_uniform(key, (uint32_t)call->in[0].i32[0], (uint64_t)i);
}

void weft_ref_normal(const weft_ref_call *call) {
  uint64_t key = (uint64_t)call->node->attr[0];
  for (int64_t i = 0; i < call->out->size; i++)
    call->out->f32[i] = weft_philox_normal(key, (uint32_t)call->in[0].i32[0], (uint64_t)i);
}

/* ---- one node ---- */

static int is_given(const weft_tensor *node) {
  return node->op == WEFT_OP_INPUT || node->op == WEFT_OP_PARAM || node->op == WEFT_OP_STATE;
}

static int fits(const weft_ref_array *array, const weft_tensor *node) {
  return array->dtype == node->dtype && array->size == weft_shape_size(node->shape) &&
         (node->dtype == WEFT_F32 ? array->f32 != NULL : array->i32 != NULL);
}

weft_status weft_ref_eval(const weft_tensor *node, const weft_ref_array *in, weft_ref_array *out, weft_error *error) {
  char text[160];
  weft_describe_tensor(node, text, sizeof text);
  if (is_given(node)) return weft_fail(error, WEFT_BAD_ARGUMENT, "reference: the value of %s comes from outside", text);
  for (int i = 0; i < node->n_in; i++)
    if (!fits(&in[i], node->in[i]))
      return weft_fail(error, WEFT_BAD_ARGUMENT, "reference: input %d of %s has another type or size", i + 1, text);
  if (!fits(out, node))
    return weft_fail(error, WEFT_BAD_ARGUMENT, "reference: the result of %s has another type or size", text);
  weft_ref_rows[node->op](&(weft_ref_call){.node = node, .in = in, .out = out});
  return WEFT_OK;
}

/* ---- graphs ---- */

/* An evaluation under way. Values are found by id; uses counts the readers that are still to come, roots among them. */
typedef struct evaluation {
  weft_arena arena; /* tables */
  weft_tensor **order;
  size_t n_order;
  weft_ref_array *values;
  size_t *uses;
} evaluation;

static size_t bytes_of(const weft_tensor *node) {
  size_t element = node->dtype == WEFT_F32 ? sizeof(double) : sizeof(int32_t);
  return (size_t)weft_shape_size(node->shape) * element;
}

static weft_ref_array array_of(const weft_tensor *node, void *memory) {
  weft_ref_array array = {.dtype = node->dtype, .size = weft_shape_size(node->shape)};
  if (node->dtype == WEFT_F32)
    array.f32 = memory;
  else
    array.i32 = memory;
  return array;
}

static void *memory_of(const weft_ref_array *array) {
  return array->dtype == WEFT_F32 ? (void *)array->f32 : (void *)array->i32;
}

static void release(evaluation *e, const weft_tensor *node) {
  if (--e->uses[node->id] > 0) return;
  free(memory_of(&e->values[node->id]));
  e->values[node->id] = (weft_ref_array){0};
}

static int begin(evaluation *e, weft_tensor *const *roots, size_t n) {
  e->order = weft_graph_order(&e->arena, roots, n, &e->n_order);
  if (!e->order) return 0;
  size_t n_ids = e->n_order ? (size_t)e->order[e->n_order - 1]->id + 1 : 0;
  e->values = WEFT_NEW(&e->arena, weft_ref_array, n_ids);
  e->uses = WEFT_NEW(&e->arena, size_t, n_ids);
  if (!e->values || !e->uses) return 0;
  for (size_t i = 0; i < n; i++) e->uses[roots[i]->id]++;
  for (size_t i = 0; i < e->n_order; i++)
    for (int k = 0; k < e->order[i]->n_in; k++) e->uses[e->order[i]->in[k]->id]++;
  return 1;
}

static weft_status compute(evaluation *e, weft_tensor *node, weft_ref_leaf *leaf, void *user, weft_error *error) {
  weft_ref_array few[4], *in = few, *out = &e->values[node->id];
  char text[160];
  void *memory = calloc(1, bytes_of(node));
  if (node->n_in > 4) in = WEFT_NEW(&e->arena, weft_ref_array, node->n_in);
  *out = array_of(node, memory);
  if (!memory || !in)
    return weft_fail(error, WEFT_NO_MEMORY, "reference: out of memory at %s",
                     weft_describe_tensor(node, text, sizeof text));
  if (is_given(node)) return leaf ? leaf(user, node, out) : WEFT_OK;
  for (int k = 0; k < node->n_in; k++) in[k] = e->values[node->in[k]->id];
  weft_status status = weft_ref_eval(node, in, out, error);
  for (int k = 0; k < node->n_in; k++) release(e, node->in[k]);
  return status;
}

weft_status weft_ref_eval_all(weft_arena *arena, weft_tensor *const *roots, size_t n, weft_ref_leaf *leaf, void *user,
                              weft_ref_array *out_roots, weft_error *error) {
  evaluation e = {0};
  weft_status status = WEFT_OK;
  for (size_t i = 0; i < n; i++)
    if (!roots[i]) return weft_fail(error, WEFT_BAD_ARGUMENT, "reference: root %zu is NULL", i);
  if (!begin(&e, roots, n)) status = weft_fail(error, WEFT_NO_MEMORY, "reference: out of memory");
  for (size_t i = 0; status == WEFT_OK && i < e.n_order; i++) status = compute(&e, e.order[i], leaf, user, error);
  for (size_t i = 0; status == WEFT_OK && i < n; i++) {
    void *copy = weft_arena_copy(arena, memory_of(&e.values[roots[i]->id]), bytes_of(roots[i]));
    if (!copy) status = weft_fail(error, WEFT_NO_MEMORY, "reference: out of memory");
    out_roots[i] = array_of(roots[i], copy);
  }
  for (size_t i = 0; e.values && i < e.n_order; i++) free(memory_of(&e.values[e.order[i]->id]));
  weft_arena_free(&e.arena);
  return status;
}
