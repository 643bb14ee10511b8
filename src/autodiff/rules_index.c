/* rules_index.c -- gather and scatter_add are each other's adjoint; an index has no gradient. */
#include "autodiff/rules.h"

void weft_grad_gather(weft_grad_call *call) {
  weft_tensor *x = call->node->in[0];
  if (call->wanted[0])
    call->out[0] = weft_make_scatter_add(call->upstream, call->node->in[1], (int)call->node->attr[0], x->shape);
}

void weft_grad_scatter_add(weft_grad_call *call) {
  if (call->wanted[0]) call->out[0] = weft_make_gather(call->upstream, call->node->in[1], (int)call->node->attr[0]);
}
