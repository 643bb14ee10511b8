/* view.c -- views, and the effects, which pass a value on.
 *
 * Save for pad and concat, a view reads element offset + sum stride[d] * i[d] of its input for index i of the result.
 */
#include "reference/rows.h"

/* Element by element in row-major order of the result, read where the walker is. */
static void read_through(const weft_ref_call *call, weft_ref_walker from) {
  int64_t index[WEFT_MAX_RANK] = {0}, to = 0;
  do weft_ref_move(call->out, to++, &call->in[0], from.offset);
  while (weft_ref_next(call->node->shape, index, &from, 1));
}

static void pass_on(const weft_ref_call *call, int input) {
  for (int64_t i = 0; i < call->out->size; i++) weft_ref_move(call->out, i, &call->in[input], i);
}

void weft_ref_reshape(const weft_ref_call *call) { pass_on(call, 0); }

void weft_ref_permute(const weft_ref_call *call) {
  weft_ref_walker x = weft_ref_walker_of(call->node->in[0]->shape), y = {0};
  for (int d = 0; d < call->node->shape.rank; d++) y.stride[d] = x.stride[call->node->attr[d]];
  read_through(call, y);
}

void weft_ref_expand(const weft_ref_call *call) {
  weft_shape from = call->node->in[0]->shape;
  weft_ref_walker x = weft_ref_walker_of(from);
  for (int d = 0; d < from.rank; d++)
    if (from.dims[d] == 1) x.stride[d] = 0;
  read_through(call, x);
}

void weft_ref_slice(const weft_ref_call *call) {
  const int64_t *start = call->node->attr, *step = start + call->node->shape.rank;
  weft_ref_walker x = weft_ref_walker_of(call->node->in[0]->shape);
  for (int d = 0; d < call->node->shape.rank; d++) {
    x.offset += start[d] * x.stride[d];
    x.stride[d] *= step[d];
  }
  read_through(call, x);
}

void weft_ref_flip(const weft_ref_call *call) {
  weft_shape shape = call->node->shape;
  weft_ref_walker x = weft_ref_walker_of(shape);
  for (int d = 0; d < shape.rank; d++)
    if (call->node->attr[d]) {
      x.offset += (shape.dims[d] - 1) * x.stride[d];
      x.stride[d] = -x.stride[d];
    }
  read_through(call, x);
}

/* Where an index of windows lies in the tensor under them, of the given shape. */
static weft_ref_walker through_windows(weft_shape under, const int64_t *attr) {
  const int64_t *size = attr, *stride = attr + under.rank, *dilation = attr + 2 * under.rank;
  weft_ref_walker x = weft_ref_walker_of(under), y = x;
  int next = under.rank;
  for (int d = 0; d < under.rank; d++)
    if (size[d] > 0) {
      y.stride[d] = x.stride[d] * stride[d];
      y.stride[next++] = x.stride[d] * dilation[d];
    }
  return y;
}

void weft_ref_window(const weft_ref_call *call) {
  read_through(call, through_windows(call->node->in[0]->shape, call->node->attr));
}

void weft_ref_fold(const weft_ref_call *call) {
  const weft_tensor *y = call->node->in[0];
  weft_ref_walker to = through_windows(call->node->shape, call->node->attr);
  int64_t index[WEFT_MAX_RANK] = {0}, from = 0;
  int is_real = call->out->dtype == WEFT_F32;
  for (int64_t i = 0; i < call->out->size; i++) {
    if (is_real)
      call->out->f32[i] = 0;
    else
      call->out->i32[i] = 0;
  }
  do {
    if (is_real)
      call->out->f32[to.offset] += call->in[0].f32[from];
    else
      call->out->i32[to.offset] = weft_ref_wrap((int64_t)call->out->i32[to.offset] + call->in[0].i32[from]);
    from++;
  } while (weft_ref_next(y->shape, index, &to, 1));
}

/* The value everywhere, then the elements of x over it. */
void weft_ref_pad(const weft_ref_call *call) {
  weft_shape from = call->node->in[0]->shape;
  const int64_t *lo = call->node->attr, *interior = lo + from.rank;
  weft_ref_walker to = weft_ref_walker_of(call->node->shape);
  int64_t index[WEFT_MAX_RANK] = {0}, i = 0;
  weft_ref_const(call);
  for (int d = 0; d < from.rank; d++) {
    to.offset += lo[d] * to.stride[d];
    to.stride[d] *= interior[d] + 1;
  }
  do weft_ref_move(call->out, to.offset, &call->in[0], i++);
  while (weft_ref_next(from, index, &to, 1));
}

void weft_ref_concat(const weft_ref_call *call) {
  int64_t axis = call->node->attr[0], begin = 0;
  for (int k = 0; k < call->node->n_in; k++) {
    weft_shape part = call->node->in[k]->shape;
    weft_ref_walker to = weft_ref_walker_of(call->node->shape);
    int64_t index[WEFT_MAX_RANK] = {0}, from = 0;
    to.offset = begin * to.stride[axis];
    do weft_ref_move(call->out, to.offset, &call->in[k], from++);
    while (weft_ref_next(part, index, &to, 1));
    begin += part.dims[axis];
  }
}

/* ---- effects ---- */

void weft_ref_copy(const weft_ref_call *call) { pass_on(call, 0); }
void weft_ref_detach(const weft_ref_call *call) { pass_on(call, 0); }
void weft_ref_after(const weft_ref_call *call) { pass_on(call, 0); }
/* The value; storing it in the target is the work of whoever owns the target's memory. */
void weft_ref_assign(const weft_ref_call *call) { pass_on(call, 1); }
