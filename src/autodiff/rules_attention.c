/* rules_attention.c -- gradients of attention: three ops that make the scores again; theirs, which are rarely asked
 * for, go through what they are in full. */
#include "autodiff/rules.h"

void weft_grad_attention(weft_grad_call *call) {
  static const weft_op by[3] = {WEFT_OP_ATTENTION_DQ, WEFT_OP_ATTENTION_DK, WEFT_OP_ATTENTION_DV};
  weft_tensor *y = call->node, **in = y->in;
  int causal = (int)y->attr[0];
  weft_tensor *l = weft_make_attention(WEFT_OP_ATTENTION_LOG, in, 2, causal, y->value);
  weft_tensor *all[6] = {in[0], in[1], in[2], y, l, call->upstream};
  for (int i = 0; i < 3; i++)
    if (call->wanted[i]) call->out[i] = weft_make_attention(by[i], all, 6, causal, y->value);
}

static void in_full(weft_grad_call *call) {
  weft_tensor *node = call->node;
  if (!weft_autodiff_through(weft_attention_in_full(node, node->in), call->upstream, node->in, node->n_in, call->out))
    weft_graph_fail(node->graph, WEFT_NO_MEMORY, "gradients: out of memory");
}

void weft_grad_attention_log(weft_grad_call *call) { in_full(call); }
void weft_grad_attention_dq(weft_grad_call *call) { in_full(call); }
void weft_grad_attention_dk(weft_grad_call *call) { in_full(call); }
void weft_grad_attention_dv(weft_grad_call *call) { in_full(call); }
