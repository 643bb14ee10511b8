/* rules_reduce.c -- gradients of reductions. The result keeps the reduced dims as 1, so the upstream gradient expands
 * to the input's shape. */
#include "autodiff/rules.h"
#include "autodiff/terms.h"

void weft_grad_reduce_sum(weft_grad_call *call) {
  call->out[0] = weft_make_expand(call->upstream, call->node->in[0]->shape);
}

/* ---- extremes ---- */

/* i32, for each element of x its row-major position among the dims of the mask. */
static weft_tensor *positions(weft_tensor *x, int64_t mask) {
  weft_tensor *sum = NULL;
  int64_t stride = 1;
  for (int d = x->shape.rank - 1; d >= 0; d--) {
    if (!(mask >> d & 1) || x->shape.dims[d] == 1) continue;
    weft_tensor *index = weft_make_iota(x->graph, x->shape, d);
    if (stride != 1) index = t_MUL(index, weft_term_like(index, (double)stride));
    sum = sum ? t_ADD(index, sum) : index;
    stride *= x->shape.dims[d];
  }
  return sum ? sum : weft_make_const(x->graph, WEFT_I32, x->shape, 0);
}

/* The gradient goes to the one element that was taken, hence at a tie to the first. Comparing x with the extreme
 * instead would give it to all that tie, and a sum of windows after a relu ties often. */
static void grad_extreme(weft_grad_call *call, weft_op position_op) {
  weft_tensor *x = call->node->in[0];
  int64_t mask = call->node->attr[0];
  weft_tensor *taken = weft_make_expand(weft_make_reduce(position_op, x, (uint32_t)mask), x->shape);
  weft_tensor *g = weft_make_expand(call->upstream, x->shape);
  call->out[0] = t_WHERE(t_EQ(positions(x, mask), taken), g, weft_term_like(x, 0));
}

void weft_grad_reduce_max(weft_grad_call *call) { grad_extreme(call, WEFT_OP_ARGMAX); }
void weft_grad_reduce_min(weft_grad_call *call) { grad_extreme(call, WEFT_OP_ARGMIN); }

/* ---- product ---- */

/* Elements first to first + size of the last dim of x (rows, n). */
static weft_tensor *columns(weft_tensor *x, int64_t first, int64_t size) {
  const int64_t step[2] = {1, 1};
  if (!x) return NULL;
  return weft_make_slice(x, (int64_t[]){0, first}, step, (int64_t[]){x->shape.dims[0], size});
}

/* x (rows, n) behind which columns of ones make it (rows, width). */
static weft_tensor *widened(weft_tensor *x, int64_t width) {
  const int64_t none[2] = {0, 0};
  return x ? weft_make_pad(x, none, none, weft_shape_of(x->shape.dims[0], width), 1) : NULL;
}

/* For each element of x (rows, n) the product of all others of its row. Y / x fails where x is 0. Instead, with the row
 * cut into halves a and b, the others of a_i are b_i and the others of (a b)_i: n multiplications at each of log2(n)
 * halvings, no division, and every derivative of it is right at 0 as well. */
static weft_tensor *products_of_others(weft_tensor *x) {
  if (!x) return NULL;
  int64_t n = x->shape.dims[1], half = (n + 1) / 2;
  if (n == 1) return weft_term_like(x, 1);
  weft_tensor *a = columns(x, 0, half), *b = widened(columns(x, half, n - half), half);
  if (n == 2) { /* half is 1: the others of a are b alone */
    weft_tensor *last[2] = {b, a};
    return weft_node(
        &(weft_node_spec){.graph = x->graph, .op = WEFT_OP_CONCAT, .n_in = 2, .in = last, .n_attr = 1, .attr = {1}});
  }
  weft_tensor *others = products_of_others(t_MUL(a, b));
  weft_tensor *parts[2] = {t_MUL(others, b), columns(t_MUL(others, a), 0, n - half)};
  return weft_node(
      &(weft_node_spec){.graph = x->graph, .op = WEFT_OP_CONCAT, .n_in = 2, .in = parts, .n_attr = 1, .attr = {1}});
}

void weft_grad_reduce_prod(weft_grad_call *call) {
  weft_tensor *x = call->node->in[0];
  int64_t axes[WEFT_MAX_RANK], inverse[WEFT_MAX_RANK], mask = call->node->attr[0], n = 1;
  int next = 0;
  for (int reduced = 0; reduced <= 1; reduced++) /* the reduced dims go last */
    for (int d = 0; d < x->shape.rank; d++)
      if ((mask >> d & 1) == reduced) {
        inverse[d] = next;
        axes[next++] = d;
        if (reduced) n *= x->shape.dims[d];
      }
  weft_tensor *last = weft_make_permute(x, axes);
  if (!last) return;
  weft_shape rows = weft_shape_of(weft_shape_size(x->shape) / n, n);
  weft_tensor *others = products_of_others(weft_make_reshape(last, rows));
  others = weft_make_permute(weft_make_reshape(others, last->shape), inverse);
  call->out[0] = t_MUL(weft_make_expand(call->upstream, x->shape), others);
}

/* ---- positions: i32 ---- */

void weft_grad_argmax(weft_grad_call *call) { (void)call; }
void weft_grad_argmin(weft_grad_call *call) { (void)call; }
