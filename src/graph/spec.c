/* spec.c -- checks that every inference function uses: attributes, dtypes, shapes, graphs, axes. */
#include "graph/infer.h"
#include <math.h>
#include <string.h>

weft_status weft_spec_attrs(weft_node_spec *spec, int n) {
  if (spec->n_attr == n) return WEFT_OK;
  return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "%d attribute values where %d belong", spec->n_attr, n);
}

weft_status weft_spec_shape(weft_node_spec *spec) {
  int64_t count;
  char text[WEFT_DESCRIPTION];
  weft_shape shape = spec->shape;
  if (weft_shape_count(shape, &count)) return WEFT_OK;
  if (shape.rank < 0 || shape.rank > WEFT_MAX_RANK)
    return weft_spec_fail(spec, WEFT_BAD_SHAPE, "rank %d is not in 0..%d", shape.rank, WEFT_MAX_RANK);
  weft_shape_text(shape, text, sizeof text);
  for (int d = 0; d < shape.rank; d++)
    if (shape.dims[d] < 1)
      return weft_spec_fail(spec, WEFT_BAD_SHAPE, "dimension %d of %s is %lld: sizes begin at 1", d, text,
                            (long long)shape.dims[d]);
  return weft_spec_fail(spec, WEFT_BAD_SHAPE, "%s has too many elements", text);
}

weft_status weft_spec_dtype(weft_node_spec *spec, int i, weft_dtype dtype) {
  char text[WEFT_DESCRIPTION];
  if (spec->in[i]->dtype == dtype) return WEFT_OK;
  return weft_spec_fail(spec, WEFT_BAD_DTYPE, "%s is %s, not %s", weft_describe_tensor(spec->in[i], text, sizeof text),
                        weft_dtype_name(spec->in[i]->dtype), weft_dtype_name(dtype));
}

int weft_round_value(weft_dtype dtype, double *value) {
  if (dtype == WEFT_F32) {
    *value = fabs(*value) <= 3.4028235677973366e38 || isnan(*value) ? (double)(float)*value
                                                                    : copysign((double)INFINITY, *value);
    return 1;
  }
  if (!(*value >= INT32_MIN && *value <= INT32_MAX) || floor(*value) != *value) return 0;
  *value += 0.0; /* i32 has one zero */
  return 1;
}

/* ---- scalar rows ---- */

/* The dtype that operands of a row must have; -1: any, but the same as the others. Operand 0 of W_SEL stands apart. */
static int wanted_dtype(weft_op_types types, int operand) {
  switch (types) {
  case W_F:
  case W_TOI: return WEFT_F32;
  case W_I:
  case W_TOF: return WEFT_I32;
  case W_SEL: return operand == 0 ? WEFT_I32 : -1;
  default: return -1;
  }
}

weft_status weft_scalar_dtypes(weft_graph *graph, weft_op op, weft_tensor *const *in, int n, weft_dtype *out_dtype) {
  const weft_op_info *row = &weft_ops[op];
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  int first = row->types == W_SEL ? 1 : 0;
  for (int i = first + 1; i < n; i++)
    if (in[i]->dtype != in[first]->dtype) {
      weft_graph_fail(graph, WEFT_BAD_DTYPE, "%s: element types differ: %s is %s, %s is %s", row->name,
                      weft_describe_tensor(in[first], x, sizeof x), weft_dtype_name(in[first]->dtype),
                      weft_describe_tensor(in[i], y, sizeof y), weft_dtype_name(in[i]->dtype));
      return WEFT_BAD_DTYPE;
    }
  for (int i = 0; i < n; i++) {
    int want = wanted_dtype(row->types, i);
    if (want < 0 || in[i]->dtype == (weft_dtype)want) continue;
    weft_graph_fail(graph, WEFT_BAD_DTYPE, "%s: %s is %s, not %s", row->name, weft_describe_tensor(in[i], x, sizeof x),
                    weft_dtype_name(in[i]->dtype), weft_dtype_name((weft_dtype)want));
    return WEFT_BAD_DTYPE;
  }
  switch (row->types) {
  case W_CMP:
  case W_TOI: *out_dtype = WEFT_I32; break;
  case W_TOF: *out_dtype = WEFT_F32; break;
  default: *out_dtype = in[n - 1]->dtype; break;
  }
  return WEFT_OK;
}

weft_status weft_infer_scalar(weft_node_spec *spec) {
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  weft_status status = weft_spec_attrs(spec, 0);
  if (status != WEFT_OK) return status;
  for (int i = 1; i < spec->n_in; i++)
    if (!weft_shape_equal(spec->in[0]->shape, spec->in[i]->shape))
      return weft_spec_fail(spec, WEFT_BAD_SHAPE, "shapes differ: %s, %s",
                            weft_describe_tensor(spec->in[0], x, sizeof x),
                            weft_describe_tensor(spec->in[i], y, sizeof y));
  spec->shape = spec->in[0]->shape;
  spec->value = 0;
  return weft_scalar_dtypes(spec->graph, spec->op, spec->in, spec->n_in, &spec->dtype);
}

/* ---- for builders ---- */

weft_graph *weft_common_graph(const char *op, weft_tensor *const *in, size_t n) {
  const weft_tensor *first = NULL;
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  for (size_t i = 0; i < n && !first; i++) first = in[i];
  if (!first || first->graph->error.status != WEFT_OK) return NULL;
  for (size_t i = 0; i < n; i++) {
    if (!in[i]) {
      weft_graph_fail(first->graph, WEFT_BAD_ARGUMENT, "%s: input %zu is NULL", op, i + 1);
      return NULL;
    }
    if (in[i]->graph != first->graph) {
      weft_graph_fail(first->graph, WEFT_BAD_ARGUMENT, "%s: tensors of different graphs: %s, %s", op,
                      weft_describe_tensor(first, x, sizeof x), weft_describe_tensor(in[i], y, sizeof y));
      return NULL;
    }
  }
  return first->graph;
}

int weft_all_f32(const char *op, weft_tensor *const *in, int n) {
  char text[WEFT_DESCRIPTION];
  if (!weft_common_graph(op, in, (size_t)n)) return 0;
  for (int i = 0; i < n; i++)
    if (in[i]->dtype != WEFT_F32) {
      weft_graph_fail(in[i]->graph, WEFT_BAD_DTYPE, "%s: %s is %s, not f32", op,
                      weft_describe_tensor(in[i], text, sizeof text), weft_dtype_name(in[i]->dtype));
      return 0;
    }
  return 1;
}

weft_tensor *weft_const_like(weft_tensor *x, double value) {
  return x ? weft_make_const(x->graph, x->dtype, x->shape, value) : NULL;
}

int weft_plain_axis(weft_tensor *x, const char *op, int axis) {
  char text[WEFT_DESCRIPTION];
  int rank = x->shape.rank, plain = axis < 0 ? axis + rank : axis;
  if (plain >= 0 && plain < rank) return plain;
  weft_graph_fail(x->graph, WEFT_BAD_ARGUMENT, "%s: %s has no axis %d", op, weft_describe_tensor(x, text, sizeof text),
                  axis);
  return -1;
}

weft_node_spec weft_spec_of(weft_op op, weft_tensor *const *in, int n_in) {
  weft_node_spec spec = {.op = op, .n_in = n_in, .in = in};
  for (int i = 0; i < n_in && !spec.graph; i++)
    if (in[i]) spec.graph = in[i]->graph;
  return spec;
}
