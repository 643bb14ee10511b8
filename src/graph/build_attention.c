/* build_attention.c -- attention as one node, and what it and its gradients are in products and softmax. */
#include "graph/infer.h"
#include <math.h>

weft_tensor *weft_make_attention(weft_op op, weft_tensor *const *in, int n_in, int causal, double scale) {
  if (!in[0]) return NULL;
  return weft_node(&(weft_node_spec){
      .graph = in[0]->graph, .op = op, .n_in = n_in, .in = in, .n_attr = 1, .attr = {causal}, .value = scale});
}

int weft_is_same_attention(const weft_tensor *a, const weft_tensor *b) {
  int n = a->n_in < b->n_in ? a->n_in : b->n_in;
  if (!weft_is_attention(a->op) || !weft_is_attention(b->op) || (a->n_in == 6) != (b->n_in == 6)) return 0;
  for (int i = 0; i < n; i++)
    if (a->in[i] != b->in[i]) return 0;
  return a->attr[0] == b->attr[0] && a->value == b->value;
}

weft_attention_sizes weft_attention_sizes_of(const weft_tensor *core) {
  weft_shape q = core->in[0]->shape;
  int rank = q.rank;
  weft_attention_sizes z = {.t = q.dims[rank - 2], .s = core->in[1]->shape.dims[rank - 2], .d = q.dims[rank - 1]};
  z.e = core->n_in > 2 ? core->in[2]->shape.dims[rank - 1] : 1;
  z.heads = weft_shape_size(q) / (z.t * z.d);
  z.is_gradient = core->n_in == 6;
  return z;
}

weft_tensor *weft_scaled_dot_product_attention(weft_tensor *q, weft_tensor *k, weft_tensor *v, int causal) {
  weft_tensor *in[3] = {q, k, v}, *heads[3];
  if (!weft_common_graph("attention", in, 3)) return NULL;
  for (int i = 0; i < 3; i++)
    if (in[i]->shape.rank < 2)
      return weft_graph_fail(q->graph, WEFT_BAD_SHAPE, "attention: queries, keys or values are not (..., T, D)");
  for (int i = 0; i < 3; i++) { /* the leading dims alone, to be broadcast against each other */
    weft_shape shape = in[i]->shape;
    shape.dims[shape.rank - 1] = shape.dims[shape.rank - 2] = 1;
    heads[i] = weft_make_const(q->graph, WEFT_F32, shape, 0);
  }
  weft_shape all;
  if (!heads[0] || !heads[1] || !heads[2] || !weft_broadcast_shape("attention", heads, 3, &all)) return NULL;
  for (int i = 0; i < 3; i++) {
    weft_shape shape = all;
    for (int d = 1; d <= 2; d++) shape.dims[shape.rank - d] = in[i]->shape.dims[in[i]->shape.rank - d];
    if (!(in[i] = weft_broadcast_to(in[i], shape, "attention"))) return NULL;
  }
  double width = (double)in[0]->shape.dims[in[0]->shape.rank - 1];
  return weft_make_attention(WEFT_OP_ATTENTION, in, 3, causal != 0, 1 / sqrt(width));
}

/* ---- in simpler ops ---- */

static weft_tensor *scores(const weft_tensor *node, weft_tensor *const *in) {
  weft_tensor *x = weft_matmul(weft_mul(in[0], weft_number(node->graph, node->value)), weft_transpose(in[1]));
  if (!x || !node->attr[0]) return x;
  int rank = x->shape.rank;
  weft_tensor *later =
      weft_gt(weft_make_iota(x->graph, x->shape, rank - 1), weft_make_iota(x->graph, x->shape, rank - 2));
  return weft_where(later, weft_number(x->graph, -1e30), x);
}

/* value p (g v' - sum of p g v'), the gradient by the products of q and k. */
static weft_tensor *by_products(const weft_tensor *node, weft_tensor *p, weft_tensor *const *in) {
  weft_tensor *dp = weft_matmul(in[5], weft_transpose(in[2]));
  weft_tensor *mean = weft_sum_axes(weft_mul(p, dp), WEFT_AXIS(-1) | WEFT_KEEP);
  return weft_mul(weft_mul(p, weft_sub(dp, mean)), weft_number(node->graph, node->value));
}

weft_tensor *weft_attention_in_full(const weft_tensor *node, weft_tensor *const *in) {
  weft_tensor *x = scores(node, in), *p, *top;
  if (node->op == WEFT_OP_ATTENTION_LOG) {
    top = weft_max_axes(x, WEFT_AXIS(-1) | WEFT_KEEP);
    return weft_add(top, weft_log(weft_sum_axes(weft_exp(weft_sub(x, top)), WEFT_AXIS(-1) | WEFT_KEEP)));
  }
  p = weft_softmax(x, -1);
  switch (node->op) {
  case WEFT_OP_ATTENTION: return weft_matmul(p, in[2]);
  case WEFT_OP_ATTENTION_DQ: return weft_matmul(by_products(node, p, in), in[1]);
  case WEFT_OP_ATTENTION_DK: return weft_matmul(weft_transpose(by_products(node, p, in)), in[0]);
  default: return weft_matmul(weft_transpose(p), in[5]);
  }
}
