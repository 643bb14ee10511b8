/* build_index.c -- the public builders of gather and scatter_add: whole slices and single elements chosen by indices. */
#include "graph/infer.h"
#include <string.h>

/* A list of indices stretched along an axis of a shape: (n) -> the shape with n along the axis. */
static weft_tensor *along(weft_tensor *list, weft_shape shape, int axis) {
  weft_shape line = {.rank = shape.rank};
  for (int d = 0; d < shape.rank; d++) line.dims[d] = d == axis ? list->shape.dims[0] : 1;
  shape.dims[axis] = list->shape.dims[0];
  return weft_make_expand(weft_make_reshape(list, line), shape);
}

weft_tensor *weft_gather(weft_tensor *x, weft_tensor *index, int axis) {
  weft_tensor *in[2] = {x, index};
  char a[WEFT_DESCRIPTION], b[WEFT_DESCRIPTION];
  if (!weft_common_graph("gather", in, 2)) return NULL;
  int d = weft_plain_axis(x, "gather", axis);
  if (d < 0) return NULL;
  weft_shape from = x->shape, places = index->shape, shape = from;
  if (from.rank - 1 + places.rank > WEFT_MAX_RANK)
    return weft_graph_fail(x->graph, WEFT_BAD_SHAPE, "gather: more than %d dimensions: %s, indices %s", WEFT_MAX_RANK,
                           weft_describe_tensor(x, a, sizeof a), weft_describe_tensor(index, b, sizeof b));
  weft_tensor *list = weft_make_reshape(index, weft_shape_of(weft_shape_size(places)));
  if (!list) return NULL;
  shape.rank = from.rank - 1 + places.rank;
  memcpy(shape.dims + d, places.dims, sizeof *shape.dims * (size_t)places.rank);
  memcpy(shape.dims + d + places.rank, from.dims + d + 1, sizeof *shape.dims * (size_t)(from.rank - d - 1));
  return weft_make_reshape(weft_make_gather(x, along(list, from, d), d), shape);
}

weft_tensor *weft_gather_elements(weft_tensor *x, weft_tensor *index, int axis) {
  weft_tensor *in[2] = {x, index};
  char a[WEFT_DESCRIPTION], b[WEFT_DESCRIPTION];
  if (!weft_common_graph("gather_elements", in, 2)) return NULL;
  int d = weft_plain_axis(x, "gather_elements", axis);
  if (d < 0) return NULL;
  weft_shape part = index->shape;
  int64_t start[WEFT_MAX_RANK] = {0}, step[WEFT_MAX_RANK];
  int fits = part.rank == x->shape.rank;
  if (fits) part.dims[d] = x->shape.dims[d];
  for (int k = 0; k < x->shape.rank; k++) {
    step[k] = 1;
    fits = fits && part.dims[k] <= x->shape.dims[k];
  }
  if (!fits)
    return weft_graph_fail(x->graph, WEFT_BAD_SHAPE, "gather_elements: indices %s do not fit into %s beside axis %d",
                           weft_describe_tensor(index, b, sizeof b), weft_describe_tensor(x, a, sizeof a), d);
  return weft_make_gather(weft_make_slice(x, start, step, part.dims), index, d);
}

weft_tensor *weft_scatter_add(weft_tensor *x, weft_tensor *index, weft_tensor *values, int axis) {
  weft_tensor *in[3] = {x, index, values};
  char a[WEFT_DESCRIPTION], b[WEFT_DESCRIPTION];
  if (!weft_common_graph("scatter_add", in, 3)) return NULL;
  int d = weft_plain_axis(x, "scatter_add", axis);
  if (d < 0) return NULL;
  if (index->shape.rank == 1 && values->shape.rank == x->shape.rank && index->shape.dims[0] == values->shape.dims[d])
    index = along(index, values->shape, d);
  if (index && !weft_shape_equal(index->shape, values->shape))
    return weft_graph_fail(x->graph, WEFT_BAD_SHAPE, "scatter_add: indices %s for values %s along axis %d",
                           weft_describe_tensor(index, a, sizeof a), weft_describe_tensor(values, b, sizeof b), d);
  return weft_add(x, weft_make_scatter_add(values, index, d, x->shape));
}
