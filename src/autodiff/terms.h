/* terms.h -- the words of scalar.def's gradient columns: t_ADD(a, b) is a node of the row ADD, and so on. */
#ifndef WEFT_AUTODIFF_TERMS_H
#define WEFT_AUTODIFF_TERMS_H
#include "graph/graph.h"

#define WEFT_TERM_1(NAME)                                                                                              \
  static inline weft_tensor *t_##NAME(weft_tensor *a) { return weft_make_scalar(WEFT_OP_##NAME, a, NULL, NULL); }
#define WEFT_TERM_2(NAME)                                                                                              \
  static inline weft_tensor *t_##NAME(weft_tensor *a, weft_tensor *b) {                                                \
    return weft_make_scalar(WEFT_OP_##NAME, a, b, NULL);                                                               \
  }
#define WEFT_TERM_3(NAME)                                                                                              \
  static inline weft_tensor *t_##NAME(weft_tensor *a, weft_tensor *b, weft_tensor *c) {                                \
    return weft_make_scalar(WEFT_OP_##NAME, a, b, c);                                                                  \
  }
#define SCALAR(NAME, name, arity, types, expr, ga, gb, gc, low, high, tolerance, doc) WEFT_TERM_##arity(NAME)
#include "graph/scalar.def"
#undef SCALAR

/* A constant of x's dtype and shape. */
static inline weft_tensor *weft_term_like(weft_tensor *x, double value) {
  return x ? weft_make_const(x->graph, x->dtype, x->shape, value) : NULL;
}
#endif
