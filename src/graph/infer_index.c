/* infer_index.c -- inference of gather and scatter_add. */
#include "graph/infer.h"

/* One attribute, an axis; index i32; both inputs of one rank. */
static weft_status begin(weft_node_spec *spec) {
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  weft_status status = weft_spec_attrs(spec, 1);
  if (status == WEFT_OK) status = weft_spec_dtype(spec, 1, WEFT_I32);
  if (status != WEFT_OK) return status;
  weft_describe_tensor(spec->in[0], x, sizeof x);
  weft_describe_tensor(spec->in[1], y, sizeof y);
  if (spec->in[0]->shape.rank != spec->in[1]->shape.rank)
    return weft_spec_fail(spec, WEFT_BAD_SHAPE, "ranks differ: %s, indices %s", x, y);
  if (spec->attr[0] < 0 || spec->attr[0] >= spec->in[0]->shape.rank)
    return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "%s has no axis %lld", x, (long long)spec->attr[0]);
  spec->dtype = spec->in[0]->dtype;
  spec->value = 0;
  return WEFT_OK;
}

static int same_beside(weft_shape a, weft_shape b, int64_t axis) {
  if (a.rank == b.rank && axis < a.rank) a.dims[axis] = b.dims[axis];
  return weft_shape_equal(a, b);
}

weft_status weft_infer_gather(weft_node_spec *spec) {
  weft_status status = begin(spec);
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  if (status != WEFT_OK) return status;
  spec->shape = spec->in[1]->shape;
  if (same_beside(spec->in[0]->shape, spec->shape, spec->attr[0])) return WEFT_OK;
  return weft_spec_fail(spec, WEFT_BAD_SHAPE, "shapes differ beside axis %lld: %s, indices %s",
                        (long long)spec->attr[0], weft_describe_tensor(spec->in[0], x, sizeof x),
                        weft_describe_tensor(spec->in[1], y, sizeof y));
}

weft_status weft_infer_scatter_add(weft_node_spec *spec) {
  weft_status status = begin(spec);
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  if (status == WEFT_OK) status = weft_spec_shape(spec);
  if (status != WEFT_OK) return status;
  if (!weft_shape_equal(spec->in[0]->shape, spec->in[1]->shape))
    return weft_spec_fail(spec, WEFT_BAD_SHAPE, "shapes differ: %s, indices %s",
                          weft_describe_tensor(spec->in[0], x, sizeof x),
                          weft_describe_tensor(spec->in[1], y, sizeof y));
  if (same_beside(spec->in[0]->shape, spec->shape, spec->attr[0])) return WEFT_OK;
  return weft_spec_fail(spec, WEFT_BAD_SHAPE, "shapes differ beside axis %lld: %s to %s", (long long)spec->attr[0],
                        weft_describe_tensor(spec->in[0], x, sizeof x), weft_shape_text(spec->shape, y, sizeof y));
}
