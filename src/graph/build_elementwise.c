/* build_elementwise.c -- constants, the public builder of every scalar row, and the activations made of them.
 *
 * Rows need equal shapes; the builders check dtypes on the tensors that the caller knows, then broadcast. */
#include "graph/infer.h"
#include <math.h>

/* ---- constants ---- */

weft_tensor *weft_full(weft_graph *graph, weft_dtype dtype, weft_shape shape, double value) {
  return weft_make_const(graph, dtype, shape, value);
}

weft_tensor *weft_number(weft_graph *graph, double value) {
  return weft_make_const(graph, WEFT_F32, WEFT_SCALAR_SHAPE, value);
}

weft_tensor *weft_data(weft_graph *graph, weft_dtype dtype, weft_shape shape, const void *data) {
  return weft_node(&(weft_node_spec){.graph = graph, .op = WEFT_OP_DATA, .dtype = dtype, .shape = shape, .data = data});
}

weft_tensor *weft_iota(weft_graph *graph, weft_shape shape, int axis) {
  return weft_make_iota(graph, shape, axis < 0 ? axis + shape.rank : axis);
}

/* ---- rows of scalar.def ---- */

static weft_tensor *elementwise(weft_op op, weft_tensor *a, weft_tensor *b, weft_tensor *c) {
  weft_tensor *in[3] = {a, b, c};
  int n = weft_ops[op].arity;
  weft_dtype dtype;
  weft_shape shape;
  weft_graph *graph = weft_common_graph(weft_ops[op].name, in, (size_t)n);
  if (!graph || weft_scalar_dtypes(graph, op, in, n, &dtype) != WEFT_OK ||
      !weft_broadcast_shape(weft_ops[op].name, in, n, &shape))
    return NULL;
  for (int i = 0; i < n; i++) in[i] = weft_broadcast_to(in[i], shape, weft_ops[op].name);
  return weft_make_scalar(op, in[0], in[1], in[2]);
}

#define BUILD_1(NAME, name)                                                                                            \
  weft_tensor *weft_##name(weft_tensor *a) { return elementwise(WEFT_OP_##NAME, a, NULL, NULL); }
#define BUILD_2(NAME, name)                                                                                            \
  weft_tensor *weft_##name(weft_tensor *a, weft_tensor *b) { return elementwise(WEFT_OP_##NAME, a, b, NULL); }
#define BUILD_3(NAME, name)                                                                                            \
  weft_tensor *weft_##name(weft_tensor *a, weft_tensor *b, weft_tensor *c) {                                           \
    return elementwise(WEFT_OP_##NAME, a, b, c);                                                                       \
  }
#define BUILD_W_F(arity, NAME, name) BUILD_##arity(NAME, name)
#define BUILD_W_N(arity, NAME, name) BUILD_##arity(NAME, name)
#define BUILD_W_I(arity, NAME, name) BUILD_##arity(NAME, name)
#define BUILD_W_CMP(arity, NAME, name) BUILD_##arity(NAME, name)
#define BUILD_W_SEL(arity, NAME, name) BUILD_##arity(NAME, name)
#define BUILD_W_TOF(arity, NAME, name) /* reached through weft_cast() */
#define BUILD_W_TOI(arity, NAME, name)
#define SCALAR(NAME, name, arity, types, expr, ga, gb, gc, low, high, tolerance, doc) BUILD_##types(arity, NAME, name)
#include "graph/scalar.def"
#undef SCALAR

weft_tensor *weft_cast(weft_tensor *x, weft_dtype dtype) {
  if (!weft_common_graph("cast", &x, 1) || x->dtype == dtype) return x;
  if ((unsigned)dtype >= WEFT_DTYPE_COUNT)
    return weft_graph_fail(x->graph, WEFT_BAD_DTYPE, "cast: no known element type: %d", (int)dtype);
  return elementwise(dtype == WEFT_F32 ? WEFT_OP_TO_F32 : WEFT_OP_TO_I32, x, NULL, NULL);
}

/* ---- made of rows ---- */

weft_tensor *weft_leaky_relu(weft_tensor *x, double slope) {
  if (!weft_all_f32("leaky_relu", &x, 1)) return NULL;
  return weft_where(weft_ge(x, weft_const_like(x, 0)), x, weft_mul(x, weft_const_like(x, slope)));
}

/* The minimum keeps expm1 finite where its branch is not taken: an infinity there would turn into NaN in the gradient,
 * as 0 times infinity. */
weft_tensor *weft_elu(weft_tensor *x, double alpha) {
  if (!weft_all_f32("elu", &x, 1)) return NULL;
  weft_tensor *low = weft_mul(weft_expm1(weft_minimum(x, weft_const_like(x, 0))), weft_const_like(x, alpha));
  return weft_where(weft_ge(x, weft_const_like(x, 0)), x, low);
}

weft_tensor *weft_clamp(weft_tensor *x, double low, double high) {
  if (!weft_common_graph("clamp", &x, 1)) return NULL;
  if (!(low <= high)) return weft_graph_fail(x->graph, WEFT_BAD_ARGUMENT, "clamp: low %g is above high %g", low, high);
  return weft_minimum(weft_maximum(x, weft_const_like(x, low)), weft_const_like(x, high));
}

/* ---- random numbers ---- */

/* A new stream of random numbers. The counter that moves them from run to run is the state "weft.random"; a key that some
 * node of the graph has already (a parsed graph brings its own) is passed over. */
static weft_tensor *random_node(weft_graph *graph, weft_op op, weft_shape shape) {
  weft_tensor *counter = weft_state_shaped(graph, "weft.random", WEFT_I32, WEFT_SCALAR_SHAPE), *node;
  weft_node_spec spec = {.op = op, .graph = graph, .shape = shape, .n_in = 1, .in = &counter, .n_attr = 1};
  uint32_t first_new;
  if (!counter) return NULL;
  do {
    first_new = graph->next_id;
    spec.attr[0] = (int64_t)weft_graph_random_key(graph);
    node = weft_node(&spec);
  } while (node && node->id < first_new);
  return node;
}

/* u scale + offset, leaving out what changes nothing. */
static weft_tensor *scaled(weft_tensor *u, double scale, double offset) {
  if (u && scale != 1) u = weft_mul(u, weft_const_like(u, scale));
  if (u && offset != 0) u = weft_add(u, weft_const_like(u, offset));
  return u;
}

weft_tensor *weft_uniform(weft_graph *graph, weft_shape shape, double low, double high) {
  if (graph && !(low < high && isfinite(high - low)))
    return weft_graph_fail(graph, WEFT_BAD_ARGUMENT, "uniform: no numbers from %g to below %g", low, high);
  return scaled(random_node(graph, WEFT_OP_UNIFORM, shape), high - low, low);
}

weft_tensor *weft_normal(weft_graph *graph, weft_shape shape, double mean, double deviation) {
  if (graph && !(deviation >= 0 && isfinite(deviation) && isfinite(mean)))
    return weft_graph_fail(graph, WEFT_BAD_ARGUMENT, "normal: mean %g, deviation %g", mean, deviation);
  return scaled(random_node(graph, WEFT_OP_NORMAL, shape), deviation, mean);
}

weft_tensor *weft_dropout(weft_tensor *x, double rate) {
  if (!weft_all_f32("dropout", &x, 1)) return NULL;
  if (!(rate >= 0 && rate < 1))
    return weft_graph_fail(x->graph, WEFT_BAD_ARGUMENT, "dropout: rate %g is not in 0 to below 1", rate);
  if (rate == 0) return x;
  weft_tensor *keep = weft_ge(weft_uniform(x->graph, x->shape, 0, 1), weft_const_like(x, rate));
  return weft_where(keep, weft_mul(x, weft_const_like(x, 1 / (1 - rate))), weft_const_like(x, 0));
}

/* ---- effects ---- */

weft_tensor *weft_assign(weft_tensor *target, weft_tensor *value) {
  weft_tensor *in[2] = {target, value};
  if (!weft_common_graph("assign", in, 2)) return NULL;
  in[1] = weft_broadcast_to(value, target->shape, "assign");
  weft_node_spec spec = weft_spec_of(WEFT_OP_ASSIGN, in, 2);
  return weft_node(&spec);
}

weft_tensor *weft_detach(weft_tensor *x) {
  weft_node_spec spec = weft_spec_of(WEFT_OP_DETACH, &x, 1);
  return weft_node(&spec);
}
