/* rows.h -- what the rows' functions share: the call, and walks over all indices of a shape. */
#ifndef WEFT_REFERENCE_ROWS_H
#define WEFT_REFERENCE_ROWS_H
#include "reference/reference.h"

/* One evaluation. Arrays fit their nodes: weft_ref_eval() has checked. */
typedef struct weft_ref_call {
  const weft_tensor *node;
  const weft_ref_array *in;
  weft_ref_array *out;
} weft_ref_call;

#define SCALAR(NAME, name, arity, types, expr, ga, gb, gc, low, high, tolerance, doc)                                  \
  void weft_ref_##name(const weft_ref_call *call);
#include "graph/scalar.def"
#undef SCALAR
/* Those of inputs, params and states do nothing: their values come from outside. */
#define OP(NAME, name, kind, arity, attributes, doc) void weft_ref_##name(const weft_ref_call *call);
#include "graph/ops.def"
#undef OP

/* The functions above by op. */
typedef void weft_ref_row(const weft_ref_call *call);
extern weft_ref_row *const weft_ref_rows[WEFT_OP_COUNT];

/* A linear offset that goes with an index: offset = start + sum stride[d] * index[d]. */
typedef struct weft_ref_walker {
  int64_t offset;
  int64_t stride[WEFT_MAX_RANK];
} weft_ref_walker;

/* Moves index (zeros at first) to the following one of the shape in row-major order, and each walker with it. 0 when
 * the index was the last; it is then zeros again. */
int weft_ref_next(weft_shape shape, int64_t *index, weft_ref_walker *walkers, int n_walkers);
/* A walker through a tensor of the shape, element by element. */
weft_ref_walker weft_ref_walker_of(weft_shape shape);

/* Copies element `from` of an array to element `to` of another of the same dtype. */
void weft_ref_move(weft_ref_array *to_array, int64_t to, const weft_ref_array *from_array, int64_t from);
/* An int64_t taken modulo 2^32 into the range of i32, as devices do. */
int32_t weft_ref_wrap(int64_t value);
#endif
