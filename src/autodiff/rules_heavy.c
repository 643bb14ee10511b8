/* rules_heavy.c -- gradients of products: families that are closed under differentiation.
 *
 * All of them are bilinear. With T(a, b, c) = <c, f(a, b)> the op is f = dT/dc, and the gradients for an upstream c are
 * dT/da and dT/db, which are bilinear in the two that remain. So three ops (or one and its permutes) have each other as
 * gradients, to every order:
 *
 *   op              upstream        by the first            by the second
 *   conv(x, w)      G like dy       conv_dx(G, w)           conv_dw(x, G)
 *   conv_dx(dy, w)  G like x        conv(G, w)              conv_dw(G, dy)
 *   conv_dw(x, dy)  G like w        conv_dx(dy, G)          conv(x, G)
 *
 * Stride, dilation and groups are those of the one convolution that the three share. */
#include "autodiff/rules.h"

/* ---- matmul ---- */

static weft_tensor *transposed(weft_tensor *x) { return x ? weft_grad_swap(x, x->shape.rank - 2, 1, 1) : NULL; }

/* c = a b: da = G b^T, db = a^T G. */
void weft_grad_matmul(weft_grad_call *call) {
  weft_tensor *a = call->node->in[0], *b = call->node->in[1], *g = call->upstream;
  if (call->wanted[0]) call->out[0] = weft_make_matmul(g, transposed(b));
  if (call->wanted[1]) call->out[1] = weft_make_matmul(transposed(a), g);
}

/* ---- convolutions ---- */

void weft_grad_conv(weft_grad_call *call) {
  weft_tensor *x = call->node->in[0], *w = call->node->in[1], *g = call->upstream;
  const int64_t *options = call->node->attr;
  if (call->wanted[0]) call->out[0] = weft_make_conv(WEFT_OP_CONV_DX, g, w, options, x->shape);
  if (call->wanted[1]) call->out[1] = weft_make_conv(WEFT_OP_CONV_DW, x, g, options, w->shape);
}

void weft_grad_conv_dx(weft_grad_call *call) {
  weft_tensor *dy = call->node->in[0], *w = call->node->in[1], *g = call->upstream;
  const int64_t *options = call->node->attr;
  if (call->wanted[0]) call->out[0] = weft_make_conv(WEFT_OP_CONV, g, w, options, dy->shape);
  if (call->wanted[1]) call->out[1] = weft_make_conv(WEFT_OP_CONV_DW, g, dy, options, w->shape);
}

void weft_grad_conv_dw(weft_grad_call *call) {
  weft_tensor *x = call->node->in[0], *dy = call->node->in[1], *g = call->upstream;
  const int64_t *options = call->node->attr;
  if (call->wanted[0]) call->out[0] = weft_make_conv(WEFT_OP_CONV_DX, dy, g, options, x->shape);
  if (call->wanted[1]) call->out[1] = weft_make_conv(WEFT_OP_CONV, x, g, options, dy->shape);
}

/* ---- dot ---- */

/* x with count dims from `first` on made one dim. */
static weft_tensor *merged(weft_tensor *x, int first, int count) {
  weft_shape shape = {0};
  if (!x) return NULL;
  if (x->shape.rank - count >= WEFT_MAX_RANK)
    return weft_graph_fail(x->graph, WEFT_BAD_SHAPE,
                           "gradients: dot: a packed operand of %d dims leaves no room for columns", x->shape.rank);
  for (int d = 0; d < first; d++) shape.dims[shape.rank++] = x->shape.dims[d];
  int64_t n = 1;
  for (int d = first; d < first + count; d++) n *= x->shape.dims[d];
  shape.dims[shape.rank++] = n;
  for (int d = first + count; d < x->shape.rank; d++) shape.dims[shape.rank++] = x->shape.dims[d];
  return weft_make_reshape(x, shape);
}

/* b (batch.., ceil(N/P), k.., P) -> (batch.., k.., N) */
static weft_tensor *unpacked(weft_tensor *b, int nb, int nk, int64_t n) {
  const int64_t start[WEFT_MAX_RANK] = {0}, step[WEFT_MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
  b = merged(weft_grad_swap(b, nb, 1, nk), nb + nk, 2);
  if (!b) return NULL;
  weft_shape shape = b->shape;
  shape.dims[nb + nk] = n;
  return weft_make_slice(b, start, step, shape.dims);
}

/* b (batch.., k.., N) -> the packed shape, zeros beyond N */
static weft_tensor *packed(weft_tensor *b, int nb, int nk, weft_shape shape) {
  const int64_t none[WEFT_MAX_RANK] = {0};
  int64_t panels = shape.dims[nb], panel = shape.dims[nb + 1 + nk];
  if (!b) return NULL;
  weft_shape wide = b->shape, split = b->shape;
  wide.dims[nb + nk] = panels * panel;
  split.dims[nb + nk] = panels;
  split.dims[split.rank++] = panel;
  b = weft_make_reshape(weft_make_pad(b, none, none, wide, 0), split);
  return weft_grad_swap(b, nb, nk, 1);
}

/* As matmul, with lists of dims: da (batch, m, k) = G (batch, m, n) b^T (batch, n, k), db (batch, k, n) = a^T (batch,
 * k, m) G. The columns of a packed b count as one dim, since the rank of its panels leaves no room for more. */
void weft_grad_dot(weft_grad_call *call) {
  const int64_t *attr = call->node->attr;
  int nb = (int)attr[0], nm = (int)attr[1], nk = (int)attr[2], nn = (int)attr[3], panel = attr[4] != 0;
  weft_tensor *a = call->node->in[0], *b = call->node->in[1], *g = call->upstream;
  weft_shape db = b->shape;
  if (panel) {
    g = merged(g, nb + nm, nn);
    nn = 1;
    if (!g) return;
    b = unpacked(b, nb, nk, g->shape.dims[nb + nm]);
    if (!b) return;
    db = b->shape;
  }
  if (call->wanted[0]) call->out[0] = weft_make_dot(g, weft_grad_swap(b, nb, nk, nn), nb, nm, nn, nk, 0, a->shape);
  if (!call->wanted[1]) return;
  call->out[1] = weft_make_dot(weft_grad_swap(a, nb, nm, nk), g, nb, nk, nm, nn, 0, db);
  if (panel) call->out[1] = packed(call->out[1], nb, nk, call->node->in[1]->shape);
}

/* ---- what gradients never meet ---- */

static void refuse(weft_grad_call *call) {
  weft_graph_fail(call->node->graph, WEFT_BAD_ARGUMENT,
                  "gradients: %s is made by the contract pass, after gradients; differentiate what it came from",
                  weft_ops[call->node->op].name);
}

void weft_grad_winograd_weights(weft_grad_call *call) { refuse(call); }
void weft_grad_winograd(weft_grad_call *call) { refuse(call); }
void weft_grad_winograd_dw(weft_grad_call *call) { refuse(call); }
void weft_grad_winograd_pixels(weft_grad_call *call) { refuse(call); }
void weft_grad_winograd_results(weft_grad_call *call) { refuse(call); }
void weft_grad_winograd_results_dx(weft_grad_call *call) { refuse(call); }
void weft_grad_winograd_weights_dx(weft_grad_call *call) { refuse(call); }
void weft_grad_strassen_sums(weft_grad_call *call) { refuse(call); }
void weft_grad_strassen_results(weft_grad_call *call) { refuse(call); }
void weft_grad_grouped(weft_grad_call *call) { refuse(call); }
void weft_grad_grouped_dw(weft_grad_call *call) { refuse(call); }
