/* scalar.h -- the value of a row of scalar.def for given operands, computed by the row's own expression. */
#ifndef WEFT_GRAPH_SCALAR_H
#define WEFT_GRAPH_SCALAR_H
#include "graph/graph.h"

/* Rows over f32 operands, to_f32 and to_i32, in double precision without rounding to f32; i32 operands and results
 * (conditions, comparisons) are whole numbers. 0: the row has no f32 form. */
int weft_scalar_eval_f64(weft_op op, const double *in, double *out);
/* Rows of i32 operands and an i32 result, wrapping as devices do. 0: the row has no such form. */
int weft_scalar_eval_i32(weft_op op, const int32_t *in, int32_t *out);
#endif
