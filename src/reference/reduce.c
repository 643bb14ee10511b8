/* reduce.c -- reductions: for each element of the result, one walk over the elements of the input that meet in it. */
#include "graph/words.h"
#include "reference/rows.h"

/* The input of a reduction seen as (result's index, index among the reduced dims). */
typedef struct reduction {
  weft_shape kept, reduced; /* the input's rank; dims of size 1 where the other one has the input's size */
  int64_t kept_at[WEFT_MAX_RANK], reduced_at[WEFT_MAX_RANK];
  weft_ref_walker outer, inner;
} reduction;

static reduction begin(const weft_tensor *node) {
  reduction r = {.kept = node->shape, .reduced = node->in[0]->shape};
  r.outer = r.inner = weft_ref_walker_of(node->in[0]->shape);
  for (int d = 0; d < r.reduced.rank; d++)
    if (!(node->attr[0] >> d & 1)) r.reduced.dims[d] = 1;
  return r;
}

static int next_outer(reduction *r) { return weft_ref_next(r->kept, r->kept_at, &r->outer, 1); }

/* Moves on among the elements that meet in one, in row-major order; at the end it is back at the first. */
static int next_inner(reduction *r) { return weft_ref_next(r->reduced, r->reduced_at, &r->inner, 1); }

static int64_t at(const reduction *r) { return r->outer.offset + r->inner.offset; }

/* y starts as `first` of the result's dtype and becomes `join` of y and each x. */
#define REDUCE(first_f32, first_i32, join)                                                                             \
  reduction r = begin(call->node);                                                                                     \
  int64_t k = 0;                                                                                                       \
  do {                                                                                                                 \
    if (call->out->dtype == WEFT_F32) {                                                                                \
      double y = (first_f32), x;                                                                                       \
      do {                                                                                                             \
        x = call->in[0].f32[at(&r)];                                                                                   \
        y = (join);                                                                                                    \
      } while (next_inner(&r));                                                                                        \
      call->out->f32[k++] = y;                                                                                         \
    } else {                                                                                                           \
      int64_t y = (first_i32), x;                                                                                      \
      do {                                                                                                             \
        x = call->in[0].i32[at(&r)];                                                                                   \
        y = weft_ref_wrap(join);                                                                                       \
      } while (next_inner(&r));                                                                                        \
      call->out->i32[k++] = (int32_t)y;                                                                                \
    }                                                                                                                  \
  } while (next_outer(&r))

void weft_ref_reduce_sum(const weft_ref_call *call) { REDUCE(0, 0, y + x); }
void weft_ref_reduce_prod(const weft_ref_call *call) { REDUCE(1, 1, y * x); }
void weft_ref_reduce_max(const weft_ref_call *call) { REDUCE(-(double)INFINITY, INT32_MIN, w_max(y, x)); }
void weft_ref_reduce_min(const weft_ref_call *call) { REDUCE((double)INFINITY, INT32_MAX, w_min(y, x)); }

/* Position of the first element that is largest when multiplied by sign; a NaN is larger than nothing, and where
 * nothing is larger than -infinity the position is 0. Every i32 is exact in double. */
static void position(const weft_ref_call *call, double sign) {
  reduction r = begin(call->node);
  int64_t k = 0;
  do {
    double best = -(double)INFINITY;
    int32_t p = 0, best_p = 0;
    do {
      double x = call->in[0].dtype == WEFT_F32 ? call->in[0].f32[at(&r)] : (double)call->in[0].i32[at(&r)];
      if (sign * x > best) {
        best = sign * x;
        best_p = p;
      }
      p++;
    } while (next_inner(&r));
    call->out->i32[k++] = best_p;
  } while (next_outer(&r));
}

void weft_ref_argmax(const weft_ref_call *call) { position(call, 1); }
void weft_ref_argmin(const weft_ref_call *call) { position(call, -1); }
