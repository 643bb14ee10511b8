/* op.c -- the op table: one row an op, in the order of weft_op, expanded from scalar.def and ops.def. */
#include "graph/graph.h"

const weft_op_info weft_ops[WEFT_OP_COUNT] = {
#define SCALAR(NAME, row, count, row_types, expr, ga, gb, gc, from, to, error, text)                                   \
  [WEFT_OP_##NAME] = {.name = #row,                                                                                    \
                      .kind = W_SCALAR,                                                                                \
                      .arity = count,                                                                                  \
                      .types = row_types,                                                                              \
                      .attributes = "",                                                                                \
                      .expression = #expr,                                                                             \
                      .low = from,                                                                                     \
                      .high = to,                                                                                      \
                      .tolerance = error,                                                                              \
                      .doc = text},
#include "graph/scalar.def"
#undef SCALAR
#define OP(NAME, row, row_kind, count, row_attributes, text)                                                           \
  [WEFT_OP_##NAME] = {                                                                                                 \
      .name = #row, .kind = row_kind, .arity = count, .attributes = row_attributes, .expression = "", .doc = text},
#include "graph/ops.def"
#undef OP
};

_Static_assert(WEFT_OP_ADD == 0, "the scalar rows come first");
_Static_assert((int)WEFT_OP_INPUT == (int)WEFT_OP_SOFTPLUS + 1, "ops.def follows scalar.def");
