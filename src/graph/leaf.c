/* leaf.c -- inputs, params and states by name, and what a tensor tells of itself. */
#include "graph/infer.h"
#include <stdlib.h>
#include <string.h>

static weft_tensor *leaf(weft_graph *graph, weft_op op, const char *name, weft_dtype dtype, weft_shape shape) {
  return weft_node(&(weft_node_spec){.graph = graph, .op = op, .dtype = dtype, .shape = shape, .name = name});
}

weft_tensor *weft_input_shaped(weft_graph *graph, const char *name, weft_dtype dtype, weft_shape shape) {
  return leaf(graph, WEFT_OP_INPUT, name, dtype, shape);
}

weft_tensor *weft_param_shaped(weft_graph *graph, const char *name, weft_dtype dtype, weft_shape shape) {
  return leaf(graph, WEFT_OP_PARAM, name, dtype, shape);
}

weft_tensor *weft_state_shaped(weft_graph *graph, const char *name, weft_dtype dtype, weft_shape shape) {
  return leaf(graph, WEFT_OP_STATE, name, dtype, shape);
}

static weft_status infer_leaf(weft_node_spec *spec) {
  if (!spec->name || !spec->name[0]) return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "the name is missing");
  for (const char *c = spec->name; *c; c++)
    if ((unsigned char)*c < ' ' || *c == 127)
      return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "byte %d of the name is a control character",
                            (int)(c - spec->name));
  if ((unsigned)spec->dtype >= WEFT_DTYPE_COUNT)
    return weft_spec_fail(spec, WEFT_BAD_DTYPE, "\"%.80s\" has no known element type: %d", spec->name,
                          (int)spec->dtype);
  weft_status status = weft_spec_attrs(spec, 0);
  if (status == WEFT_OK) status = weft_spec_shape(spec);
  spec->value = 0;
  return status;
}

weft_status weft_infer_input(weft_node_spec *spec) { return infer_leaf(spec); }
weft_status weft_infer_param(weft_node_spec *spec) { return infer_leaf(spec); }
weft_status weft_infer_state(weft_node_spec *spec) { return infer_leaf(spec); }

weft_status weft_infer_data(weft_node_spec *spec) {
  if ((unsigned)spec->dtype >= WEFT_DTYPE_COUNT)
    return weft_spec_fail(spec, WEFT_BAD_DTYPE, "no known element type: %d", (int)spec->dtype);
  if (!spec->data) return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "the array is NULL");
  weft_status status = weft_spec_attrs(spec, 0);
  return status == WEFT_OK ? weft_spec_shape(spec) : status;
}

/* ---- tensors ---- */

weft_graph *weft_tensor_graph(const weft_tensor *tensor) { return tensor ? tensor->graph : NULL; }

weft_shape weft_tensor_shape(const weft_tensor *tensor) { return tensor ? tensor->shape : WEFT_SCALAR_SHAPE; }

weft_dtype weft_tensor_dtype(const weft_tensor *tensor) { return tensor ? tensor->dtype : WEFT_F32; }

const char *weft_tensor_name(const weft_tensor *tensor) { return tensor ? tensor->name : ""; }

/* ---- by name and by index ---- */

weft_tensor *weft_graph_find(const weft_graph *graph, const char *name) {
  if (!graph || !name) return NULL;
  for (size_t i = 0; i < graph->n_leaves; i++)
    if (strcmp(graph->leaves[i]->name, name) == 0) return graph->leaves[i];
  return NULL;
}

static weft_tensor *nth_leaf(const weft_graph *graph, size_t index, int with_states) {
  for (size_t i = 0; graph && i < graph->n_leaves; i++) {
    weft_op op = graph->leaves[i]->op;
    if ((op == WEFT_OP_PARAM || (with_states && op == WEFT_OP_STATE)) && index-- == 0) return graph->leaves[i];
  }
  return NULL;
}

weft_tensor *weft_graph_param(const weft_graph *graph, size_t index) { return nth_leaf(graph, index, 0); }

weft_tensor *weft_graph_saved(const weft_graph *graph, size_t index) { return nth_leaf(graph, index, 1); }
