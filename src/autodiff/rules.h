/* rules.h -- the gradient rule of a row of the op table: a function that builds graph. */
#ifndef WEFT_AUTODIFF_RULES_H
#define WEFT_AUTODIFF_RULES_H
#include "graph/graph.h"

/* The chain rule at one node y = op(x0, x1, ..), whose result is f32. */
typedef struct weft_grad_call {
  weft_tensor *node;           /* y */
  weft_tensor *upstream;       /* gradient of the loss by y; y's shape */
  const unsigned char *wanted; /* for each input: 1 when its gradient is asked for */
  weft_tensor **out;           /* for each input: its gradient, of its shape; stays NULL where there is none */
} weft_grad_call;

typedef void weft_grad_rule(weft_grad_call *call);

/* Leaves and what is made from nothing have no inputs to differentiate by, hence no rule. */
#define WEFT_RULE_W_LEAF(name)
#define WEFT_RULE_W_MAKE(name)
#define WEFT_RULE_W_VIEW(name) void weft_grad_##name(weft_grad_call *call);
#define WEFT_RULE_W_REDUCE(name) void weft_grad_##name(weft_grad_call *call);
#define WEFT_RULE_W_HEAVY(name) void weft_grad_##name(weft_grad_call *call);
#define WEFT_RULE_W_INDEX(name) void weft_grad_##name(weft_grad_call *call);
#define WEFT_RULE_W_EFFECT(name) void weft_grad_##name(weft_grad_call *call);
#define OP(NAME, name, kind, arity, attributes, doc) WEFT_RULE_##kind(name)
#include "graph/ops.def"
#undef OP

/* All rows of scalar.def. */
void weft_grad_scalar(weft_grad_call *call);

/* ---- what the rules share ---- */

/* The chain rule through the graph between wrt and y, y being made of wrt and constants alone (what wrt are made of does not
 * count): out[i] is the gradient by wrt[i], NULL where it is 0 or where wrt[i] stands in the list before. 0: no memory. */
int weft_autodiff_through(weft_tensor *y, weft_tensor *upstream, weft_tensor *const *wrt, int n, weft_tensor **out);

/* x summed to the shape `to` of the same rank, where to has 1 and x has more. */
weft_tensor *weft_grad_sum_to(weft_tensor *x, weft_shape to);
/* x with dims first and first + 1 .. of two neighbouring runs of lengths n and m swapped: (.., n.., m.., ..) ->
 * (.., m.., n.., ..). */
weft_tensor *weft_grad_swap(weft_tensor *x, int first, int n, int m);
#endif
