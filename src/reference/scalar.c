/* scalar.c -- the rows of scalar.def: each row's expression, compiled into a loop over the elements.
 *
 * The words of graph/words.h mean what kernels/prelude.cl and shaders/prelude.glsl mean, in double; i32 is computed in
 * int64_t, where nothing overflows, and wrapped at the end. */
#include "graph/words.h"
#include "reference/rows.h"

/* Element i of operand k; 0 for an operand that the row does not have. */
static double real(const weft_ref_call *call, int k, int64_t i) {
  return k < call->node->n_in ? call->in[k].f32[i] : 0;
}

static int64_t whole(const weft_ref_call *call, int k, int64_t i) {
  return k < call->node->n_in ? call->in[k].i32[i] : 0;
}

#define TO_REAL(expr) call->out->f32[i] = (double)(expr)
#define TO_WHOLE(expr) call->out->i32[i] = weft_ref_wrap((int64_t)(expr))

#define LOOP(type_a, get_a, type, get, store, expr)                                                                    \
  for (int64_t i = 0; i < call->out->size; i++) {                                                                      \
    type_a a = get_a(call, 0, i);                                                                                      \
    type b = get(call, 1, i), c = get(call, 2, i);                                                                     \
    (void)a, (void)b, (void)c;                                                                                         \
    store(expr);                                                                                                       \
  }
#define REAL_LOOP(store, expr) LOOP(double, real, double, real, store, expr)
#define WHOLE_LOOP(store, expr) LOOP(int64_t, whole, int64_t, whole, store, expr)

#define BODY_W_F(expr) REAL_LOOP(TO_REAL, expr)
#define BODY_W_N(expr)                                                                                                 \
  if (call->out->dtype == WEFT_F32) {                                                                                  \
    REAL_LOOP(TO_REAL, expr)                                                                                           \
  } else                                                                                                               \
    WHOLE_LOOP(TO_WHOLE, expr)
#define BODY_W_I(expr) WHOLE_LOOP(TO_WHOLE, expr)
#define BODY_W_CMP(expr)                                                                                               \
  if (call->in[0].dtype == WEFT_F32) {                                                                                 \
    REAL_LOOP(TO_WHOLE, expr)                                                                                          \
  } else                                                                                                               \
    WHOLE_LOOP(TO_WHOLE, expr)
#define BODY_W_SEL(expr)                                                                                               \
  if (call->out->dtype == WEFT_F32) {                                                                                  \
    LOOP(int64_t, whole, double, real, TO_REAL, expr)                                                                  \
  } else                                                                                                               \
    WHOLE_LOOP(TO_WHOLE, expr)
#define BODY_W_TOF(expr) WHOLE_LOOP(TO_REAL, expr)
#define BODY_W_TOI(expr) REAL_LOOP(TO_WHOLE, expr)

#define SCALAR(NAME, name, arity, types, expr, ga, gb, gc, low, high, tolerance, doc)                                  \
  void weft_ref_##name(const weft_ref_call *call) { BODY_##types(expr) }
#include "graph/scalar.def"
#undef SCALAR
