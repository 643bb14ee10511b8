/* index.c -- gather and scatter_add, element by element. */
#include "reference/rows.h"

/* Walks the indices' shape; the element of the other tensor that each names begins at `side` beside the axis. */
static void each_place(const weft_ref_call *call, weft_shape under, int is_gather) {
  int64_t axis = call->node->attr[0], index[WEFT_MAX_RANK] = {0}, at = 0;
  weft_ref_walker side = weft_ref_walker_of(under);
  int64_t stride = side.stride[axis], count = under.dims[axis];
  side.stride[axis] = 0;
  do {
    int64_t place = call->in[1].i32[at], there = side.offset + place * stride;
    int inside = place >= 0 && place < count;
    if (is_gather && inside)
      weft_ref_move(call->out, at, &call->in[0], there);
    else if (inside && call->out->dtype == WEFT_F32)
      call->out->f32[there] += call->in[0].f32[at];
    else if (inside)
      call->out->i32[there] = weft_ref_wrap((int64_t)call->out->i32[there] + call->in[0].i32[at]);
    at++;
  } while (weft_ref_next(call->node->in[1]->shape, index, &side, 1));
}

static void clear(const weft_ref_call *call) {
  for (int64_t i = 0; i < call->out->size; i++)
    if (call->out->dtype == WEFT_F32)
      call->out->f32[i] = 0;
    else
      call->out->i32[i] = 0;
}

void weft_ref_gather(const weft_ref_call *call) {
  clear(call);
  each_place(call, call->node->in[0]->shape, 1);
}

void weft_ref_scatter_add(const weft_ref_call *call) {
  clear(call);
  each_place(call, call->node->shape, 0);
}
