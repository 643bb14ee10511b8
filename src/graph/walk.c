/* walk.c -- the nodes that some roots depend on, and whether they keep every invariant of the graph.
 *
 * Inputs have smaller ids than their users, so one sweep from the largest id down marks everything: no stack, and no
 * recursion that a deep graph could overflow. */
#include "base/hash.h"
#include "graph/infer.h"
#include <stdlib.h>
#include <string.h>

weft_tensor **weft_graph_order(weft_arena *arena, weft_tensor *const *roots, size_t n_roots, size_t *out_count) {
  size_t n = 0, count = 0;
  *out_count = 0;
  for (size_t i = 0; i < n_roots; i++)
    if (roots[i] && roots[i]->id >= n) n = (size_t)roots[i]->id + 1;
  weft_tensor **marked = calloc(n ? n : 1, sizeof *marked);
  if (!marked) return NULL;
  for (size_t i = 0; i < n_roots; i++)
    if (roots[i]) marked[roots[i]->id] = roots[i];
  for (size_t id = n; id-- > 0;) {
    if (!marked[id]) continue;
    count++;
    for (int i = 0; i < marked[id]->n_in; i++) {
      weft_tensor *in = marked[id]->in[i];
      if (in->id < id) marked[in->id] = in; /* else the graph is broken, which weft_graph_validate() tells */
    }
  }
  weft_tensor **order = WEFT_NEW(arena, weft_tensor *, count);
  if (order) {
    for (size_t id = 0; id < n; id++)
      if (marked[id]) order[(*out_count)++] = marked[id];
  }
  free(marked);
  return order;
}

/* ---- validation ---- */

static weft_status check_node(weft_tensor *node, weft_error *error) {
  weft_graph *graph = node->graph;
  char text[WEFT_DESCRIPTION], again[WEFT_DESCRIPTION];
  weft_node_spec spec;
  weft_describe_tensor(node, text, sizeof text);
  if (node->id >= graph->next_id) return weft_fail(error, WEFT_INTERNAL, "graph: %s has an id from nowhere", text);
  for (int i = 0; i < node->n_in; i++)
    if (!node->in[i] || node->in[i]->graph != graph || node->in[i]->id >= node->id)
      return weft_fail(error, WEFT_INTERNAL, "graph: input %d of %s does not come before it", i, text);
  const weft_tensor *found = graph->buckets[node->hash & (graph->n_buckets - 1)];
  while (found && found != node) found = found->chain;
  if (!found) return weft_fail(error, WEFT_INTERNAL, "graph: %s is not in the node table", text);
  weft_spec_from_node(node, node->in, &spec);
  if (weft_spec_infer(&spec) != WEFT_OK)
    return weft_fail(error, WEFT_INTERNAL, "graph: %s: %s", text, graph->error.message);
  if (spec.dtype != node->dtype || !weft_shape_equal(spec.shape, node->shape))
    return weft_fail(error, WEFT_INTERNAL, "graph: %s %s should be %s %s", weft_dtype_name(node->dtype), text,
                     weft_dtype_name(spec.dtype), weft_shape_text(spec.shape, again, sizeof again));
  if (spec.n_attr != node->n_attr ||
      (node->n_attr && memcmp(spec.attr, node->attr, sizeof spec.attr[0] * (size_t)spec.n_attr) != 0))
    return weft_fail(error, WEFT_INTERNAL, "graph: %s has attributes in an unusual form", text);
  return WEFT_OK;
}

/* Inference keeps its errors in the graph: the graph's own is put aside meanwhile. */
weft_status weft_graph_validate(weft_tensor *const *roots, size_t n_roots, weft_error *error) {
  weft_arena arena = {0};
  size_t count = 0;
  weft_status status = WEFT_OK;
  for (size_t i = 0; i < n_roots; i++)
    if (!roots[i] || roots[i]->graph != roots[0]->graph)
      return weft_fail(error, WEFT_INTERNAL, "graph: root %zu is %s", i, roots[i] ? "of another graph" : "NULL");
  if (n_roots == 0) return WEFT_OK;
  weft_graph *graph = roots[0]->graph;
  weft_error kept = graph->error;
  weft_graph_clear_error(graph);
  weft_tensor **order = weft_graph_order(&arena, roots, n_roots, &count);
  if (!order) status = weft_fail(error, WEFT_NO_MEMORY, "graph: out of memory");
  for (size_t i = 0; i < count && status == WEFT_OK; i++) status = check_node(order[i], error);
  graph->error = kept;
  weft_arena_free(&arena);
  return status;
}
