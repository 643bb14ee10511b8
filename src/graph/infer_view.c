/* infer_view.c -- inference of makes (constants, counters, random numbers), views and effects. */
#include "graph/infer.h"
#include <string.h>

static weft_status begin(weft_node_spec *spec, int n_attr, weft_dtype dtype) {
  spec->dtype = dtype;
  if (spec->op != WEFT_OP_CONST && spec->op != WEFT_OP_PAD) spec->value = 0;
  return weft_spec_attrs(spec, n_attr);
}

static const char *input_text(weft_node_spec *spec, char *buffer) {
  return weft_describe_tensor(spec->in[0], buffer, WEFT_DESCRIPTION);
}

static weft_status check_rank(weft_node_spec *spec) {
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  if (spec->in[0]->shape.rank == spec->shape.rank) return WEFT_OK;
  return weft_spec_fail(spec, WEFT_BAD_SHAPE, "ranks differ: %s to %s", input_text(spec, x),
                        weft_shape_text(spec->shape, y, sizeof y));
}

/* ---- makes ---- */

weft_status weft_infer_const(weft_node_spec *spec) {
  weft_status status = weft_spec_attrs(spec, 0);
  if (status == WEFT_OK) status = weft_spec_shape(spec);
  if (status != WEFT_OK) return status;
  if ((unsigned)spec->dtype >= WEFT_DTYPE_COUNT)
    return weft_spec_fail(spec, WEFT_BAD_DTYPE, "no known element type: %d", (int)spec->dtype);
  double value = spec->value;
  if (!weft_round_value(spec->dtype, &spec->value))
    return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "%g is not an %s", value, weft_dtype_name(spec->dtype));
  return WEFT_OK;
}

weft_status weft_infer_iota(weft_node_spec *spec) {
  weft_status status = begin(spec, 1, WEFT_I32);
  if (status == WEFT_OK) status = weft_spec_shape(spec);
  if (status != WEFT_OK) return status;
  char text[WEFT_DESCRIPTION];
  int64_t axis = spec->attr[0];
  if (axis < 0 || axis >= spec->shape.rank)
    return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "%s has no axis %lld",
                          weft_shape_text(spec->shape, text, sizeof text), (long long)axis);
  if (spec->shape.dims[axis] - 1 > INT32_MAX)
    return weft_spec_fail(spec, WEFT_BAD_SHAPE, "the indices along axis %lld of %s do not fit into i32",
                          (long long)axis, weft_shape_text(spec->shape, text, sizeof text));
  return WEFT_OK;
}

static weft_status infer_random(weft_node_spec *spec) {
  weft_status status = begin(spec, 1, WEFT_F32);
  if (status == WEFT_OK) status = weft_spec_shape(spec);
  if (status == WEFT_OK) status = weft_spec_dtype(spec, 0, WEFT_I32);
  if (status != WEFT_OK) return status;
  char text[WEFT_DESCRIPTION];
  if (spec->in[0]->shape.rank != 0)
    return weft_spec_fail(spec, WEFT_BAD_SHAPE, "the counter %s is not a scalar", input_text(spec, text));
  return WEFT_OK;
}

weft_status weft_infer_uniform(weft_node_spec *spec) { return infer_random(spec); }
weft_status weft_infer_normal(weft_node_spec *spec) { return infer_random(spec); }

/* ---- views ---- */

weft_status weft_infer_reshape(weft_node_spec *spec) {
  weft_status status = begin(spec, 0, spec->in[0]->dtype);
  if (status == WEFT_OK) status = weft_spec_shape(spec);
  if (status != WEFT_OK) return status;
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  if (weft_shape_size(spec->shape) != weft_shape_size(spec->in[0]->shape))
    return weft_spec_fail(spec, WEFT_BAD_SHAPE, "%s has %lld elements, %s has %lld", input_text(spec, x),
                          (long long)weft_shape_size(spec->in[0]->shape), weft_shape_text(spec->shape, y, sizeof y),
                          (long long)weft_shape_size(spec->shape));
  return WEFT_OK;
}

weft_status weft_infer_permute(weft_node_spec *spec) {
  weft_shape from = spec->in[0]->shape;
  weft_status status = begin(spec, from.rank, spec->in[0]->dtype);
  if (status != WEFT_OK) return status;
  char text[WEFT_DESCRIPTION];
  unsigned seen = 0;
  spec->shape.rank = from.rank;
  for (int d = 0; d < from.rank; d++) {
    int64_t axis = spec->attr[d];
    if (axis < 0 || axis >= from.rank || (seen >> axis & 1))
      return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "axis %lld is %s: %s", (long long)axis,
                            axis >= 0 && axis < from.rank ? "named twice" : "out of range", input_text(spec, text));
    seen |= 1u << axis;
    spec->shape.dims[d] = from.dims[axis];
  }
  return WEFT_OK;
}

weft_status weft_infer_expand(weft_node_spec *spec) {
  weft_status status = begin(spec, 0, spec->in[0]->dtype);
  if (status == WEFT_OK) status = weft_spec_shape(spec);
  if (status == WEFT_OK) status = check_rank(spec);
  if (status != WEFT_OK) return status;
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  for (int d = 0; d < spec->shape.rank; d++)
    if (spec->in[0]->shape.dims[d] != 1 && spec->in[0]->shape.dims[d] != spec->shape.dims[d])
      return weft_spec_fail(spec, WEFT_BAD_SHAPE, "dimension %d is not 1: %s to %s", d, input_text(spec, x),
                            weft_shape_text(spec->shape, y, sizeof y));
  return WEFT_OK;
}

weft_status weft_infer_slice(weft_node_spec *spec) {
  weft_shape from = spec->in[0]->shape;
  weft_status status = begin(spec, 2 * from.rank, spec->in[0]->dtype);
  if (status == WEFT_OK) status = weft_spec_shape(spec);
  if (status == WEFT_OK) status = check_rank(spec);
  if (status != WEFT_OK) return status;
  char x[WEFT_DESCRIPTION];
  for (int d = 0; d < from.rank; d++) {
    int64_t start = spec->attr[d], step = spec->attr[from.rank + d], n = spec->shape.dims[d];
    if (n == 1 && step >= 1) step = spec->attr[from.rank + d] = 1; /* one element: one way to write it */
    if (start < 0 || step < 1 || start >= from.dims[d] || (n - 1) > (from.dims[d] - 1 - start) / step)
      return weft_spec_fail(spec, WEFT_BAD_ARGUMENT,
                            "%lld elements from %lld in steps of %lld leave dimension %d of %s", (long long)n,
                            (long long)start, (long long)step, d, input_text(spec, x));
  }
  return WEFT_OK;
}

weft_status weft_infer_pad(weft_node_spec *spec) {
  weft_shape from = spec->in[0]->shape;
  weft_status status = begin(spec, 2 * from.rank, spec->in[0]->dtype);
  if (status == WEFT_OK) status = weft_spec_shape(spec);
  if (status == WEFT_OK) status = check_rank(spec);
  if (status != WEFT_OK) return status;
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  double value = spec->value;
  if (!weft_round_value(spec->dtype, &spec->value))
    return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "%g is not an %s", value, weft_dtype_name(spec->dtype));
  for (int d = 0; d < from.rank; d++) {
    int64_t lo = spec->attr[d], interior = spec->attr[from.rank + d], need = 0;
    if (from.dims[d] == 1 && interior >= 0) interior = spec->attr[from.rank + d] = 0;
    if (lo < 0 || interior < 0 || interior == INT64_MAX || !weft_mul64(from.dims[d] - 1, interior + 1, &need) ||
        !weft_add64(need, 1, &need) || !weft_add64(need, lo, &need) || need > spec->shape.dims[d])
      return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "dimension %d (lo %lld, interior %lld): %s does not fit into %s",
                            d, (long long)lo, (long long)interior, input_text(spec, x),
                            weft_shape_text(spec->shape, y, sizeof y));
  }
  return WEFT_OK;
}

weft_status weft_infer_flip(weft_node_spec *spec) {
  weft_status status = begin(spec, spec->in[0]->shape.rank, spec->in[0]->dtype);
  spec->shape = spec->in[0]->shape;
  for (int d = 0; status == WEFT_OK && d < spec->shape.rank; d++)
    if (spec->attr[d] != 0 && spec->attr[d] != 1)
      status = weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "flag %d is %lld, neither 0 nor 1", d, (long long)spec->attr[d]);
  return status;
}

int64_t weft_window_extent(int64_t n, int64_t size, int64_t stride, int64_t dilation) {
  int64_t reach = dilation * (size - 1) + 1;
  return reach > n ? 0 : (n - reach) / stride + 1;
}

int weft_window_shape(weft_shape x, const int64_t *attr, weft_shape *out) {
  weft_shape y = x;
  for (int d = 0; d < x.rank; d++) {
    int64_t size = attr[d];
    if (size == 0) continue;
    y.dims[d] = weft_window_extent(x.dims[d], size, attr[x.rank + d], attr[2 * x.rank + d]);
    if (y.dims[d] < 1 || y.rank == WEFT_MAX_RANK) return 0;
    y.dims[y.rank++] = size;
  }
  *out = y;
  return 1;
}

/* The window attributes of a shape: in range, and one way to write what has no effect. */
static weft_status check_window(weft_node_spec *spec, int rank) {
  for (int d = 0; d < rank; d++) {
    int64_t *size = &spec->attr[d], *stride = &spec->attr[rank + d], *dilation = &spec->attr[2 * rank + d];
    if (*size < 0 || *stride < 1 || *dilation < 1 || *size > INT32_MAX || *stride > INT32_MAX || *dilation > INT32_MAX)
      return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "dimension %d: size %lld, stride %lld, dilation %lld", d,
                            (long long)*size, (long long)*stride, (long long)*dilation);
    if (*size == 0) *stride = 1;
    if (*size <= 1) *dilation = 1;
  }
  return WEFT_OK;
}

weft_status weft_infer_window(weft_node_spec *spec) {
  weft_shape from = spec->in[0]->shape;
  weft_status status = begin(spec, 3 * from.rank, spec->in[0]->dtype);
  if (status == WEFT_OK) status = check_window(spec, from.rank);
  if (status != WEFT_OK) return status;
  char x[WEFT_DESCRIPTION];
  if (!weft_window_shape(from, spec->attr, &spec->shape))
    return weft_spec_fail(spec, WEFT_BAD_SHAPE, "the windows do not fit: %s", input_text(spec, x));
  return WEFT_OK;
}

weft_status weft_infer_fold(weft_node_spec *spec) {
  weft_status status = weft_spec_shape(spec);
  if (status == WEFT_OK) status = begin(spec, 3 * spec->shape.rank, spec->in[0]->dtype);
  if (status == WEFT_OK) status = check_window(spec, spec->shape.rank);
  if (status != WEFT_OK) return status;
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  weft_shape windows;
  if (!weft_window_shape(spec->shape, spec->attr, &windows) || !weft_shape_equal(windows, spec->in[0]->shape))
    return weft_spec_fail(spec, WEFT_BAD_SHAPE, "%s is not made of windows of %s", input_text(spec, x),
                          weft_shape_text(spec->shape, y, sizeof y));
  return WEFT_OK;
}

weft_status weft_infer_concat(weft_node_spec *spec) {
  weft_status status = begin(spec, 1, spec->in[0]->dtype);
  if (status != WEFT_OK) return status;
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  int64_t axis = spec->attr[0];
  weft_shape shape = spec->in[0]->shape;
  if (axis < 0 || axis >= shape.rank)
    return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "%s has no axis %lld", input_text(spec, x), (long long)axis);
  for (int i = 1; i < spec->n_in; i++) {
    weft_shape other = spec->in[i]->shape;
    int64_t total = shape.dims[axis];
    if ((status = weft_spec_dtype(spec, i, spec->dtype)) != WEFT_OK) return status;
    int fits = other.rank == shape.rank && weft_add64(total, other.dims[axis], &total);
    if (fits) other.dims[axis] = shape.dims[axis];
    if (!fits || !weft_shape_equal(other, shape))
      return weft_spec_fail(spec, WEFT_BAD_SHAPE, "shapes differ beside axis %lld: %s, %s", (long long)axis,
                            input_text(spec, x), weft_describe_tensor(spec->in[i], y, sizeof y));
    shape.dims[axis] = total;
  }
  spec->shape = shape;
  return WEFT_OK;
}

/* ---- effects ---- */

static weft_status infer_same(weft_node_spec *spec) {
  spec->shape = spec->in[0]->shape;
  return begin(spec, 0, spec->in[0]->dtype);
}

weft_status weft_infer_copy(weft_node_spec *spec) { return infer_same(spec); }
weft_status weft_infer_after(weft_node_spec *spec) { return infer_same(spec); }
weft_status weft_infer_detach(weft_node_spec *spec) { return infer_same(spec); }

weft_status weft_infer_assign(weft_node_spec *spec) {
  weft_op op = spec->in[0]->op;
  weft_status status = infer_same(spec);
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  if (status != WEFT_OK) return status;
  if (op != WEFT_OP_INPUT && op != WEFT_OP_PARAM && op != WEFT_OP_STATE)
    return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "%s is not an input, param or state", input_text(spec, x));
  if (!weft_shape_equal(spec->in[0]->shape, spec->in[1]->shape))
    return weft_spec_fail(spec, WEFT_BAD_SHAPE, "shapes differ: %s, %s", input_text(spec, x),
                          weft_describe_tensor(spec->in[1], y, sizeof y));
  return weft_spec_dtype(spec, 1, spec->in[0]->dtype);
}
