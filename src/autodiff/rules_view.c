/* rules_view.c -- gradients of views and effects. A view moves elements and is linear: its gradient is the inverse
 * view, and a sum where one element was read more than once. */
#include "autodiff/rules.h"

/* ---- shared ---- */

weft_tensor *weft_grad_sum_to(weft_tensor *x, weft_shape to) {
  uint32_t mask = 0;
  if (!x) return NULL;
  for (int d = 0; d < to.rank; d++)
    if (x->shape.dims[d] != to.dims[d]) mask |= 1u << d;
  return weft_make_reduce(WEFT_OP_REDUCE_SUM, x, mask);
}

weft_tensor *weft_grad_swap(weft_tensor *x, int first, int n, int m) {
  int64_t axes[WEFT_MAX_RANK];
  if (!x) return NULL;
  for (int d = 0; d < x->shape.rank; d++) axes[d] = d;
  for (int d = 0; d < m; d++) axes[first + d] = first + n + d;
  for (int d = 0; d < n; d++) axes[first + m + d] = first + d;
  return weft_make_permute(x, axes);
}

/* ---- views ---- */

void weft_grad_reshape(weft_grad_call *call) {
  call->out[0] = weft_make_reshape(call->upstream, call->node->in[0]->shape);
}

void weft_grad_permute(weft_grad_call *call) {
  int64_t inverse[WEFT_MAX_RANK];
  for (int d = 0; d < call->node->shape.rank; d++) inverse[call->node->attr[d]] = d;
  call->out[0] = weft_make_permute(call->upstream, inverse);
}

void weft_grad_expand(weft_grad_call *call) {
  call->out[0] = weft_grad_sum_to(call->upstream, call->node->in[0]->shape);
}

/* Elements go back to where they were read; the ones between were not read. */
void weft_grad_slice(weft_grad_call *call) {
  const int64_t *start = call->node->attr, *step = start + call->node->shape.rank;
  int64_t interior[WEFT_MAX_RANK];
  for (int d = 0; d < call->node->shape.rank; d++) interior[d] = step[d] - 1;
  call->out[0] = weft_make_pad(call->upstream, start, interior, call->node->in[0]->shape, 0);
}

void weft_grad_pad(weft_grad_call *call) {
  weft_shape from = call->node->in[0]->shape;
  const int64_t *lo = call->node->attr, *interior = lo + from.rank;
  int64_t step[WEFT_MAX_RANK];
  for (int d = 0; d < from.rank; d++) step[d] = interior[d] + 1;
  call->out[0] = weft_make_slice(call->upstream, lo, step, from.dims);
}

void weft_grad_flip(weft_grad_call *call) { call->out[0] = weft_make_flip(call->upstream, call->node->attr); }

void weft_grad_window(weft_grad_call *call) {
  weft_shape from = call->node->in[0]->shape;
  const int64_t *attr = call->node->attr;
  call->out[0] = weft_make_fold(call->upstream, from, attr, attr + from.rank, attr + 2 * from.rank);
}

void weft_grad_fold(weft_grad_call *call) {
  int rank = call->node->shape.rank;
  const int64_t *attr = call->node->attr;
  call->out[0] = weft_make_window(call->upstream, attr, attr + rank, attr + 2 * rank);
}

void weft_grad_concat(weft_grad_call *call) {
  int64_t start[WEFT_MAX_RANK] = {0}, step[WEFT_MAX_RANK], axis = call->node->attr[0];
  for (int d = 0; d < WEFT_MAX_RANK; d++) step[d] = 1;
  for (int k = 0; k < call->node->n_in; k++) {
    weft_shape part = call->node->in[k]->shape;
    if (call->wanted[k]) call->out[k] = weft_make_slice(call->upstream, start, step, part.dims);
    start[axis] += part.dims[axis];
  }
}

/* ---- effects ---- */

void weft_grad_copy(weft_grad_call *call) { call->out[0] = call->upstream; }

/* The result is the value; what the target held before is not in it. */
void weft_grad_assign(weft_grad_call *call) { call->out[1] = call->upstream; }

/* The result is the first input; the others only happen. */
void weft_grad_after(weft_grad_call *call) { call->out[0] = call->upstream; }

void weft_grad_detach(weft_grad_call *call) { (void)call; }
