/* infer.h -- what the inference functions and builders share: attribute checks, error texts, safe products.
 *
 * weft_infer_<name>() looks at a spec's inputs, attributes and (where the op table says so) given shape, and either
 * fills in dtype and shape or keeps an error that begins with the op's name. */
#ifndef WEFT_GRAPH_INFER_H
#define WEFT_GRAPH_INFER_H
#include "graph/graph.h"

#define OP(NAME, name, kind, arity, attributes, doc) weft_status weft_infer_##name(weft_node_spec *spec);
#include "graph/ops.def"
#undef OP
/* All rows of scalar.def. */
weft_status weft_infer_scalar(weft_node_spec *spec);

/* Room for a tensor or shape in an error text. */
#define WEFT_DESCRIPTION 160

/* Keeps "<op>: <text>" in the spec's graph; returns the status. */
weft_status weft_spec_fail(weft_node_spec *spec, weft_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Fails unless the spec has exactly n attributes. */
weft_status weft_spec_attrs(weft_node_spec *spec, int n);
/* Fails unless a given shape is sound: rank 0..8, sizes of 1 or more, a countable product. */
weft_status weft_spec_shape(weft_node_spec *spec);
/* Fails unless input i has the dtype. */
weft_status weft_spec_dtype(weft_node_spec *spec, int i, weft_dtype dtype);
/* Whether the operands' dtypes fit the row; writes the result's dtype. `op` is the row's op. */
weft_status weft_scalar_dtypes(weft_graph *graph, weft_op op, weft_tensor *const *in, int n, weft_dtype *out_dtype);
/* Whether a number is a value of the dtype, rounded to it in place: f32 takes any, i32 whole numbers in its range. */
int weft_round_value(weft_dtype dtype, double *value);

/* Sums and products of values >= 0; 0 when the result does not fit. */
int weft_mul64(int64_t a, int64_t b, int64_t *out);
int weft_add64(int64_t a, int64_t b, int64_t *out);
/* Number of elements; 0 when rank, a size or the product is out of bounds. */
int weft_shape_count(weft_shape shape, int64_t *out_count);

/* Extent of a sliding window over n elements: (n - dilation (size - 1) - 1) / stride + 1; below 1: it does not fit. */
int64_t weft_window_extent(int64_t n, int64_t size, int64_t stride, int64_t dilation);
/* The shape of windows over x; attr holds size[], stride[], dilation[] of x's rank. 0 when the rank is too large or a
 * window does not fit. */
int weft_window_shape(weft_shape x, const int64_t *attr, weft_shape *out);

/* Checks a spec as weft_node() does: arity, inputs, the row's inference, the resulting shape. */
weft_status weft_spec_infer(weft_node_spec *spec);
/* The spec that makes the same node over other inputs. */
void weft_spec_from_node(weft_tensor *node, weft_tensor *const *in, weft_node_spec *out);

/* ---- for builders ---- */

/* The graph of the inputs; NULL when it failed already, or an input is NULL or from another graph (kept as an error
 * that begins with `op`). */
weft_graph *weft_common_graph(const char *op, weft_tensor *const *in, size_t n);
/* Whether the inputs can be used together (as weft_common_graph() tells) and all are f32. */
int weft_all_f32(const char *op, weft_tensor *const *in, int n);
/* A constant of x's dtype and shape; NULL where x is. */
weft_tensor *weft_const_like(weft_tensor *x, double value);
/* Axis counted from the end made plain; -1 and an error when out of range. */
int weft_plain_axis(weft_tensor *x, const char *op, int axis);
/* The shape that all inputs broadcast to. 0 and an error naming both tensors when there is none. */
int weft_broadcast_shape(const char *op, weft_tensor *const *in, int n, weft_shape *out);
/* Makes a spec of one or two inputs. */
weft_node_spec weft_spec_of(weft_op op, weft_tensor *const *in, int n_in);
#endif
