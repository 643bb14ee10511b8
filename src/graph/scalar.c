/* scalar.c -- scalar.def expanded into functions over numbers. */
#include "graph/scalar.h"
#include "graph/words.h"

/* Which rows have which forms; a row without one is not expanded, as its words would not compile. */
#define F64_W_F(...) __VA_ARGS__
#define F64_W_N(...) __VA_ARGS__
#define F64_W_I(...)
#define F64_W_CMP(...) __VA_ARGS__
#define F64_W_SEL(...) __VA_ARGS__
#define F64_W_TOF(...) __VA_ARGS__
#define F64_W_TOI(...) __VA_ARGS__
#define I32_W_F(...)
#define I32_W_N(...) __VA_ARGS__
#define I32_W_I(...) __VA_ARGS__
#define I32_W_CMP(...) __VA_ARGS__
#define I32_W_SEL(...) __VA_ARGS__
#define I32_W_TOF(...)
#define I32_W_TOI(...)

int weft_scalar_eval_f64(weft_op op, const double *in, double *out) {
  int n = weft_ops[op].arity;
  double a = in[0], b = n > 1 ? in[1] : 0, c = n > 2 ? in[2] : 0;
  switch (op) {
#define SCALAR(NAME, name, arity, types, expr, ga, gb, gc, low, high, tolerance, doc)                                  \
  F64_##types(case WEFT_OP_##NAME : *out = (double)(expr); return 1;)
#include "graph/scalar.def"
#undef SCALAR
  default: return 0;
  }
}

int weft_scalar_eval_i32(weft_op op, const int32_t *in, int32_t *out) {
  int n = weft_ops[op].arity;
  int64_t a = in[0], b = n > 1 ? in[1] : 0, c = n > 2 ? in[2] : 0, y;
  switch (op) {
#define SCALAR(NAME, name, arity, types, expr, ga, gb, gc, low, high, tolerance, doc)                                  \
  I32_##types(case WEFT_OP_##NAME : y = (int64_t)(expr); break;)
#include "graph/scalar.def"
#undef SCALAR
  default: return 0;
  }
  uint32_t wrapped = (uint32_t)(uint64_t)y;
  *out = wrapped <= INT32_MAX ? (int32_t)wrapped : (int32_t)((int64_t)wrapped - INT64_C(4294967296));
  return 1;
}
