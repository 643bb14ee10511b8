/* node.c -- graphs and their nodes: checked by the op's inference, hash-consed, numbered as they come.
 *
 * Two specs that agree in op, dtype, shape, inputs, attributes, value and data are one node, so that equal
 * subexpressions meet without a pass. Leaves are found by name instead: a name is one tensor. Nodes never change,
 * and an input always has a smaller id than its users. */
#include "base/hash.h"
#include "graph/infer.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BUCKETS = 256 };

/* ---- graphs ---- */

weft_graph *weft_graph_create(weft_device *device, const weft_error *initial) {
  weft_graph *graph = calloc(1, sizeof *graph);
  if (!graph) return NULL;
  graph->device = device;
  graph->buckets = calloc(FIRST_BUCKETS, sizeof(weft_tensor *));
  if (!graph->buckets) {
    free(graph);
    return NULL;
  }
  graph->n_buckets = FIRST_BUCKETS;
  if (initial) weft_error_copy(&graph->error, initial);
  return graph;
}

void weft_graph_destroy(weft_graph *graph) {
  if (!graph) return;
  weft_arena_free(&graph->arena);
  free(graph->buckets);
  free(graph->leaves);
  free(graph);
}

weft_status weft_graph_status(const weft_graph *graph) { return graph ? graph->error.status : WEFT_NO_MEMORY; }

const char *weft_graph_message(const weft_graph *graph) {
  return graph ? graph->error.message : weft_status_text(WEFT_NO_MEMORY);
}

void weft_graph_clear_error(weft_graph *graph) {
  if (graph) graph->error = (weft_error){0};
}

void weft_graph_seed(weft_graph *graph, uint64_t seed) {
  if (graph) graph->seed = seed;
}

uint64_t weft_graph_current_seed(const weft_graph *graph) { return graph ? graph->seed : 0; }

/* The finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). */
static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

uint64_t weft_graph_random_key(weft_graph *graph) {
  return mix(mix(graph->seed) + UINT64_C(0x9e3779b97f4a7c15) * ((uint64_t)graph->next_random++ + 1));
}

/* ---- errors ---- */

weft_tensor *weft_graph_fail(weft_graph *graph, weft_status status, const char *format, ...) {
  char text[sizeof graph->error.message];
  va_list args;
  if (!graph) return NULL;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  weft_fail(&graph->error, status, "%s", text);
  return NULL;
}

weft_status weft_graph_report(weft_graph *graph, weft_status status, const char *text) {
  if (status != WEFT_OK) weft_graph_fail(graph, status, "%s", text);
  return weft_graph_status(graph);
}

weft_status weft_spec_fail(weft_node_spec *spec, weft_status status, const char *format, ...) {
  char text[sizeof spec->graph->error.message];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return weft_fail(&spec->graph->error, status, "%s: %s", weft_ops[spec->op].name, text);
}

/* ---- the table ---- */

static size_t data_bytes(weft_dtype dtype, weft_shape shape) {
  return (size_t)weft_shape_size(shape) * weft_dtype_size(dtype);
}

static uint64_t hash_spec(const weft_node_spec *spec) {
  struct {
    int32_t op, dtype, rank, n_in, n_attr, zero;
    double value;
  } head = {(int32_t)spec->op, (int32_t)spec->dtype, spec->shape.rank, spec->n_in, spec->n_attr, 0, spec->value};
  uint64_t hash = weft_hash(WEFT_HASH_SEED, &head, sizeof head);
  hash = weft_hash(hash, spec->shape.dims, sizeof spec->shape.dims[0] * (size_t)spec->shape.rank);
  for (int i = 0; i < spec->n_in; i++) hash = weft_hash(hash, &spec->in[i]->id, sizeof spec->in[i]->id);
  hash = weft_hash(hash, spec->attr, sizeof spec->attr[0] * (size_t)spec->n_attr);
  if (spec->op == WEFT_OP_DATA) hash = weft_hash(hash, spec->data, data_bytes(spec->dtype, spec->shape));
  return weft_hash_text(hash, spec->name ? spec->name : "");
}

static int same(const weft_tensor *node, const weft_node_spec *spec) {
  if (node->op != spec->op || node->dtype != spec->dtype || !weft_shape_equal(node->shape, spec->shape) ||
      node->n_in != spec->n_in || node->n_attr != spec->n_attr)
    return 0;
  if (memcmp(&node->value, &spec->value, sizeof node->value) != 0) return 0; /* bits: -0 and NaN are values too */
  for (int i = 0; i < node->n_in; i++)
    if (node->in[i] != spec->in[i]) return 0;
  for (int i = 0; i < node->n_attr; i++)
    if (node->attr[i] != spec->attr[i]) return 0;
  if (strcmp(node->name, spec->name ? spec->name : "") != 0) return 0;
  return spec->op != WEFT_OP_DATA || memcmp(node->data, spec->data, data_bytes(spec->dtype, spec->shape)) == 0;
}

/* Twice the buckets, so that chains stay short. When memory is short the table just stays as it is. */
static void grow_table(weft_graph *graph) {
  size_t n = graph->n_buckets * 2;
  weft_tensor **buckets = calloc(n, sizeof *buckets);
  if (!buckets) return;
  for (size_t i = 0; i < graph->n_buckets; i++)
    for (weft_tensor *node = graph->buckets[i], *next; node; node = next) {
      next = node->chain;
      node->chain = buckets[node->hash & (n - 1)];
      buckets[node->hash & (n - 1)] = node;
    }
  free(graph->buckets);
  graph->buckets = buckets;
  graph->n_buckets = n;
}

/* ---- nodes ---- */

static weft_status (*const infer[WEFT_OP_COUNT])(weft_node_spec *) = {
#define SCALAR(NAME, name, arity, types, expr, ga, gb, gc, low, high, tolerance, doc)                                  \
  [WEFT_OP_##NAME] = weft_infer_scalar,
#include "graph/scalar.def"
#undef SCALAR
#define OP(NAME, name, kind, arity, attributes, doc) [WEFT_OP_##NAME] = weft_infer_##name,
#include "graph/ops.def"
#undef OP
};

weft_status weft_spec_infer(weft_node_spec *spec) {
  const weft_op_info *op = &weft_ops[spec->op];
  weft_status status;
  if (op->arity == W_ANY ? spec->n_in < 1 : spec->n_in != op->arity)
    return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "%d inputs where %s%d belong", spec->n_in,
                          op->arity == W_ANY ? "at least " : "", op->arity == W_ANY ? 1 : op->arity);
  if (spec->n_attr < 0 || spec->n_attr > WEFT_MAX_ATTRS)
    return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "%d attributes are too many", spec->n_attr);
  if (!weft_common_graph(op->name, spec->in, (size_t)spec->n_in) && spec->n_in > 0) return spec->graph->error.status;
  if (spec->n_in > 0 && spec->in[0]->graph != spec->graph)
    return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "the inputs belong to another graph");
  if ((status = infer[spec->op](spec)) != WEFT_OK) return status;
  return weft_spec_shape(spec);
}

/* A leaf of the spec's name: *out_known is it, or NULL when the name is free. */
static weft_status find_leaf(weft_node_spec *spec, weft_tensor **out_known) {
  weft_tensor *known = weft_graph_find(spec->graph, spec->name);
  char have[WEFT_DESCRIPTION], want[WEFT_DESCRIPTION];
  *out_known = known;
  if (!known || (known->op == spec->op && known->dtype == spec->dtype && weft_shape_equal(known->shape, spec->shape)))
    return WEFT_OK;
  return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "\"%.80s\" %s %s exists already as %s %s %s", spec->name,
                        weft_dtype_name(spec->dtype), weft_shape_text(spec->shape, want, sizeof want),
                        weft_ops[known->op].name, weft_dtype_name(known->dtype),
                        weft_shape_text(known->shape, have, sizeof have));
}

static int add_leaf(weft_graph *graph, weft_tensor *leaf) {
  if ((graph->n_leaves & (graph->n_leaves - 1)) == 0) { /* full at each power of two */
    size_t capacity = graph->n_leaves ? graph->n_leaves * 2 : 1;
    weft_tensor **leaves = realloc(graph->leaves, capacity * sizeof *leaves);
    if (!leaves) return 0;
    graph->leaves = leaves;
  }
  graph->leaves[graph->n_leaves++] = leaf;
  return 1;
}

static weft_tensor *new_node(const weft_node_spec *spec, uint64_t hash) {
  weft_graph *graph = spec->graph;
  size_t inputs = sizeof(weft_tensor *) * (size_t)spec->n_in, attrs = sizeof(int64_t) * (size_t)spec->n_attr;
  weft_tensor *node = weft_arena_alloc(&graph->arena, sizeof *node + inputs + attrs);
  if (!node) return NULL;
  node->graph = graph;
  node->op = spec->op;
  node->dtype = spec->dtype;
  node->shape.rank = spec->shape.rank;
  memcpy(node->shape.dims, spec->shape.dims, sizeof spec->shape.dims[0] * (size_t)spec->shape.rank);
  node->n_in = spec->n_in;
  node->in = (weft_tensor **)(node + 1);
  if (inputs) memcpy(node->in, spec->in, inputs);
  int64_t *attr = (int64_t *)((char *)(node + 1) + inputs);
  if (attrs) memcpy(attr, spec->attr, attrs);
  node->n_attr = spec->n_attr;
  node->attr = attr;
  node->value = spec->value;
  node->name = "";
  node->hash = hash;
  if (spec->name && !(node->name = weft_arena_text(&graph->arena, spec->name))) return NULL;
  if (spec->op == WEFT_OP_DATA &&
      !(node->data = weft_arena_copy(&graph->arena, spec->data, data_bytes(spec->dtype, spec->shape))))
    return NULL;
  return node;
}

weft_tensor *weft_node(const weft_node_spec *given) {
  weft_graph *graph = given->graph;
  weft_node_spec spec = *given;
  if (!graph || graph->error.status != WEFT_OK) return NULL;
  if (weft_spec_infer(&spec) != WEFT_OK) return NULL;
  int is_named = spec.op == WEFT_OP_INPUT || spec.op == WEFT_OP_PARAM || spec.op == WEFT_OP_STATE;
  weft_tensor *known = NULL;
  if (!is_named)
    spec.name = NULL;
  else if (find_leaf(&spec, &known) != WEFT_OK)
    return NULL;
  uint64_t hash = hash_spec(&spec);
  if (!is_named)
    for (known = graph->buckets[hash & (graph->n_buckets - 1)]; known; known = known->chain)
      if (known->hash == hash && same(known, &spec)) break;
  if (known) return known;
  weft_tensor *node = new_node(&spec, hash);
  if (!node || (is_named && !add_leaf(graph, node)))
    return weft_graph_fail(graph, WEFT_NO_MEMORY, "%s: out of memory", weft_ops[spec.op].name);
  node->id = graph->next_id++;
  if (++graph->n_nodes > graph->n_buckets) grow_table(graph);
  node->chain = graph->buckets[hash & (graph->n_buckets - 1)];
  graph->buckets[hash & (graph->n_buckets - 1)] = node;
  return node;
}

void weft_spec_from_node(weft_tensor *node, weft_tensor *const *in, weft_node_spec *out) {
  *out = (weft_node_spec){.graph = node->graph,
                          .op = node->op,
                          .dtype = node->dtype,
                          .shape = node->shape,
                          .n_in = node->n_in,
                          .in = in,
                          .n_attr = node->n_attr,
                          .value = node->value,
                          .name = node->name[0] ? node->name : NULL,
                          .data = node->data};
  if (node->n_attr) memcpy(out->attr, node->attr, sizeof node->attr[0] * (size_t)node->n_attr);
}

weft_tensor *weft_node_with_inputs(weft_tensor *node, weft_tensor *const *in) {
  weft_node_spec spec;
  int i = 0;
  while (i < node->n_in && in[i] == node->in[i]) i++;
  if (i == node->n_in) return node;
  weft_spec_from_node(node, in, &spec);
  return weft_node(&spec);
}
