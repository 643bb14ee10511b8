/* rules_scalar.c -- the gradients of elementwise rows, expanded from the gradient columns of scalar.def. */
#include "autodiff/rules.h"
#include "autodiff/terms.h"

#define t_lit(x) weft_term_like(Y, x)

void weft_grad_scalar(weft_grad_call *call) {
  weft_tensor *Y = call->node, *G = call->upstream, *A = Y->in[0], *B = Y->n_in > 1 ? Y->in[1] : NULL;
  const unsigned char *wanted = call->wanted;
  /* A column of 0 is a null pointer: no gradient. */
  switch (Y->op) {
#define SCALAR(NAME, name, arity, types, expr, ga, gb, gc, low, high, tolerance, doc)                                  \
  case WEFT_OP_##NAME:                                                                                                 \
    if (wanted[0]) call->out[0] = ga;                                                                                  \
    if ((arity) > 1 && wanted[1]) call->out[1] = gb;                                                                   \
    if ((arity) > 2 && wanted[2]) call->out[2] = gc;                                                                   \
    break;
#include "graph/scalar.def"
#undef SCALAR
  default: break;
  }
}
