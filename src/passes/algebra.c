/* algebra.c -- simplification of elementwise ops.
 *
 * A rule may change the last bit of a result (x c1 c2 is x (c1 c2)), and the sign of a zero (x + 0 is x), as devices
 * differ there anyway. It never turns NaN or infinity into a number or back: x 0 is 0 for i32 alone, x - x likewise,
 * and factors are merged only where the product is a normal f32. Sums of constants are not merged in f32:
 * (x + 1e9) - 1e9 is not x.
 *
 * Constants stand on the right, so that each rule has one form. */
#include "passes/rules.h"
#include <float.h>
#include <math.h>

static weft_tensor *unary(weft_op op, weft_tensor *a) { return weft_make_scalar(op, a, NULL, NULL); }
static weft_tensor *binary(weft_op op, weft_tensor *a, weft_tensor *b) { return weft_make_scalar(op, a, b, NULL); }

/* x times a number, given as what it is like. */
static weft_tensor *times(weft_tensor *x, double factor) { return binary(WEFT_OP_MUL, x, weft_value_like(x, factor)); }

static int is_normal(double value) { return fabs(value) >= FLT_MIN && fabs(value) <= FLT_MAX; }

/* Whether 1 / value and every product with it are exact but for overflow. */
static int is_power_of_two(double value) {
  int exponent;
  return is_normal(value) && fabs(frexp(value, &exponent)) == 0.5 && is_normal(1 / value);
}

/* 0 or 1 in every element. */
static int is_truth(const weft_tensor *x) {
  while (x->op == WEFT_OP_EXPAND || x->op == WEFT_OP_RESHAPE || x->op == WEFT_OP_PERMUTE) x = x->in[0];
  if (weft_ops[x->op].kind == W_SCALAR)
    return weft_ops[x->op].types == W_CMP || x->op == WEFT_OP_AND || x->op == WEFT_OP_OR || x->op == WEFT_OP_NOT;
  return x->dtype == WEFT_I32 && (weft_is_value(x, 0) || weft_is_value(x, 1));
}

/* x times the factor, when the node is a product or quotient with one constant whose factor is safe to merge. */
static int is_scaled(const weft_tensor *node, double *out_factor) {
  if (node->dtype != WEFT_F32 || node->n_in != 2 || !weft_is_const(node->in[1]) || !is_normal(node->in[1]->value))
    return 0;
  if (node->op == WEFT_OP_MUL)
    *out_factor = node->in[1]->value;
  else if (node->op == WEFT_OP_DIV)
    *out_factor = 1 / node->in[1]->value;
  else
    return 0;
  return 1;
}

/* ---- operands in their order ---- */

static weft_op mirrored(weft_op op) {
  switch (op) {
  case WEFT_OP_LT: return WEFT_OP_GT;
  case WEFT_OP_GT: return WEFT_OP_LT;
  case WEFT_OP_LE: return WEFT_OP_GE;
  case WEFT_OP_GE: return WEFT_OP_LE;
  case WEFT_OP_ADD:
  case WEFT_OP_MUL:
  case WEFT_OP_MAX:
  case WEFT_OP_MIN:
  case WEFT_OP_EQ:
  case WEFT_OP_NE:
  case WEFT_OP_AND:
  case WEFT_OP_OR: return op;
  default: return WEFT_OP_COUNT;
  }
}

static weft_tensor *constant_last(weft_tensor *node) {
  if (node->n_in != 2 || !weft_is_const(node->in[0]) || weft_is_const(node->in[1])) return node;
  weft_op op = mirrored(node->op);
  return op == WEFT_OP_COUNT ? node : binary(op, node->in[1], node->in[0]);
}

/* ---- rows ---- */

static weft_tensor *simplify_add(weft_tensor *node) {
  weft_tensor *a = node->in[0], *b = node->in[1];
  if (weft_is_value(b, 0)) return a;
  if (b->op == WEFT_OP_NEG) return binary(WEFT_OP_SUB, a, b->in[0]);
  if (a->op == WEFT_OP_NEG) return binary(WEFT_OP_SUB, b, a->in[0]);
  if (node->dtype == WEFT_I32 && a->op == WEFT_OP_ADD && weft_is_const(a->in[1]) && weft_is_const(b))
    return binary(WEFT_OP_ADD, a->in[0], binary(WEFT_OP_ADD, a->in[1], b));
  return node;
}

static weft_tensor *simplify_sub(weft_tensor *node) {
  weft_tensor *a = node->in[0], *b = node->in[1];
  if (weft_is_value(b, 0)) return a;
  if (weft_is_value(a, 0)) return unary(WEFT_OP_NEG, b);
  if (b->op == WEFT_OP_NEG) return binary(WEFT_OP_ADD, a, b->in[0]);
  if (a == b && node->dtype == WEFT_I32) return weft_value_like(node, 0);
  return node;
}

static weft_tensor *simplify_mul(weft_tensor *node) {
  weft_tensor *a = node->in[0], *b = node->in[1];
  double inner;
  if (weft_is_value(b, 1)) return a;
  if (weft_is_value(b, -1)) return unary(WEFT_OP_NEG, a);
  if (weft_is_value(b, 0) && node->dtype == WEFT_I32) return b;
  if (a->op == WEFT_OP_NEG && b->op == WEFT_OP_NEG) return binary(WEFT_OP_MUL, a->in[0], b->in[0]);
  if (node->dtype == WEFT_I32 || !weft_is_const(b)) return a == b ? unary(WEFT_OP_SQUARE, a) : node;
  if (a->op == WEFT_OP_NEG) return times(a->in[0], -b->value);
  if (is_scaled(a, &inner) && is_normal(b->value) && is_normal(inner * b->value))
    return times(a->in[0], inner * b->value);
  return node;
}

static weft_tensor *simplify_div(weft_tensor *node) {
  weft_tensor *a = node->in[0], *b = node->in[1];
  double inner, factor;
  if (weft_is_value(b, 1)) return a;
  if (node->dtype == WEFT_I32) return node;
  if (weft_is_value(a, 1)) return unary(WEFT_OP_RECIPROCAL, b);
  if (a->op == WEFT_OP_NEG && b->op == WEFT_OP_NEG) return binary(WEFT_OP_DIV, a->in[0], b->in[0]);
  if (!weft_is_const(b)) return node;
  if (weft_is_value(b, -1)) return unary(WEFT_OP_NEG, a);
  if (a->op == WEFT_OP_NEG) return binary(WEFT_OP_DIV, a->in[0], weft_value_like(b, -b->value));
  if (is_power_of_two(b->value)) return times(a, 1 / b->value);
  if (is_scaled(node, &factor) && is_scaled(a, &inner) && is_normal(inner * factor))
    return times(a->in[0], inner * factor);
  return node;
}

static weft_tensor *simplify_neg(weft_tensor *node) {
  weft_tensor *a = node->in[0];
  if (a->op == WEFT_OP_NEG) return a->in[0];
  if (a->op == WEFT_OP_SUB) return binary(WEFT_OP_SUB, a->in[1], a->in[0]);
  if (a->op == WEFT_OP_MUL && a->dtype == WEFT_F32 && weft_is_const(a->in[1])) return times(a->in[0], -a->in[1]->value);
  return node;
}

/* Powers that have a row of their own, which devices compute faster and closer. */
static weft_tensor *simplify_pow(weft_tensor *node) {
  weft_tensor *a = node->in[0], *b = node->in[1];
  if (weft_is_value(b, 1)) return a;
  if (weft_is_value(b, 2)) return unary(WEFT_OP_SQUARE, a);
  if (weft_is_value(b, -1)) return unary(WEFT_OP_RECIPROCAL, a);
  if (weft_is_value(b, 0.5)) return unary(WEFT_OP_SQRT, a);
  if (weft_is_value(b, -0.5)) return unary(WEFT_OP_RSQRT, a);
  return node;
}

static weft_tensor *simplify_extreme(weft_tensor *node) {
  double neutral = node->dtype == WEFT_I32 ? INT32_MIN : -(double)INFINITY;
  if (node->op == WEFT_OP_MIN) neutral = node->dtype == WEFT_I32 ? INT32_MAX : (double)INFINITY;
  if (node->in[0] == node->in[1] || weft_is_value(node->in[1], neutral)) return node->in[0];
  return node;
}

static weft_tensor *simplify_logic(weft_tensor *node) {
  weft_tensor *a = node->in[0], *b = node->in[1];
  if (a == b && is_truth(a)) return a;
  if (!weft_is_const(b)) return node;
  int decides = node->op == WEFT_OP_AND ? b->value == 0 : b->value != 0;
  if (decides) return weft_value_like(node, node->op == WEFT_OP_OR);
  return is_truth(a) ? a : binary(WEFT_OP_NE, a, weft_value_like(a, 0));
}

static weft_tensor *simplify_compare(weft_tensor *node) {
  weft_tensor *a = node->in[0], *b = node->in[1];
  if (a->dtype != WEFT_I32) return node;
  if (a == b) return weft_value_like(node, node->op == WEFT_OP_EQ || node->op == WEFT_OP_LE || node->op == WEFT_OP_GE);
  if (is_truth(a) && (node->op == WEFT_OP_NE ? weft_is_value(b, 0) : node->op == WEFT_OP_EQ && weft_is_value(b, 1)))
    return a;
  if (node->op == WEFT_OP_EQ && weft_is_value(b, 0)) return unary(WEFT_OP_NOT, a);
  return node;
}

static weft_tensor *simplify_where(weft_tensor *node) {
  weft_tensor *test = node->in[0], *yes = node->in[1], *no = node->in[2];
  if (weft_is_const(test)) return test->value != 0 ? yes : no;
  if (yes == no) return yes;
  if (test->op == WEFT_OP_NOT) return weft_make_scalar(WEFT_OP_WHERE, test->in[0], no, yes);
  if (test->op == WEFT_OP_NE && test->in[0]->dtype == WEFT_I32 && weft_is_value(test->in[1], 0))
    return weft_make_scalar(WEFT_OP_WHERE, test->in[0], yes, no);
  if (yes->op == WEFT_OP_WHERE && yes->in[0] == test) return weft_make_scalar(WEFT_OP_WHERE, test, yes->in[1], no);
  if (no->op == WEFT_OP_WHERE && no->in[0] == test) return weft_make_scalar(WEFT_OP_WHERE, test, yes, no->in[2]);
  if (is_truth(test) && weft_is_value(yes, 1) && weft_is_value(no, 0))
    return node->dtype == WEFT_I32 ? test : unary(WEFT_OP_TO_F32, test);
  return node;
}

/* Ops that undo or repeat what stands beneath them. */
static weft_tensor *simplify_unary(weft_tensor *node) {
  weft_tensor *a = node->in[0];
  int even = node->op == WEFT_OP_ABS || node->op == WEFT_OP_SQUARE || node->op == WEFT_OP_COS;
  if (even && (a->op == WEFT_OP_NEG || a->op == WEFT_OP_ABS)) return unary(node->op, a->in[0]);
  int settles = node->op == WEFT_OP_RELU || node->op == WEFT_OP_FLOOR || node->op == WEFT_OP_CEIL ||
                node->op == WEFT_OP_ROUND || node->op == WEFT_OP_SIGN;
  if (settles && a->op == node->op) return a;
  if (node->op == WEFT_OP_ABS && (a->op == WEFT_OP_SQUARE || a->op == WEFT_OP_RELU) && a->dtype == WEFT_F32) return a;
  if (node->op == WEFT_OP_NOT && a->op == WEFT_OP_NOT && is_truth(a->in[0])) return a->in[0];
  return node;
}

/* ---- ops over views ---- */

/* op(expand a, expand b, constant) as expand(op(a, b, constant)), computed once an element that differs. */
static weft_tensor *op_of_expands(weft_tensor *node) {
  weft_shape small = node->shape;
  weft_tensor *in[3] = {NULL, NULL, NULL};
  int expands = 0;
  for (int d = 0; d < small.rank; d++) small.dims[d] = 1;
  for (int i = 0; i < node->n_in; i++) {
    weft_tensor *x = node->in[i];
    if (weft_is_const(x)) continue;
    if (x->op != WEFT_OP_EXPAND) return node;
    expands++;
    for (int d = 0; d < small.rank; d++)
      if (x->in[0]->shape.dims[d] != 1) small.dims[d] = node->shape.dims[d];
  }
  if (!expands || weft_shape_equal(small, node->shape)) return node;
  for (int i = 0; i < node->n_in; i++) {
    weft_tensor *x = node->in[i];
    in[i] = weft_is_const(x) ? weft_make_const(x->graph, x->dtype, small, x->value) : weft_make_expand(x->in[0], small);
  }
  return weft_make_expand(weft_make_scalar(node->op, in[0], in[1], in[2]), node->shape);
}

/* op(reshape a, reshape b, constant) as reshape(op(a, b, constant)) where dims of size 1 alone come or go: the reshape
 * of a mean before its scale meets the one after it. */
static weft_tensor *op_of_reshapes(weft_tensor *node) {
  const weft_tensor *source = NULL;
  weft_tensor *in[3] = {NULL, NULL, NULL};
  for (int i = 0; i < node->n_in; i++) {
    weft_tensor *x = node->in[i];
    if (weft_is_const(x)) continue;
    if (x->op != WEFT_OP_RESHAPE || !weft_same_but_ones(x->shape, x->in[0]->shape)) return node;
    if (source && !weft_shape_equal(source->shape, x->in[0]->shape)) return node;
    source = x->in[0];
    if (weft_ops[source->op].kind == W_LEAF) return node;
  }
  if (!source) return node;
  for (int i = 0; i < node->n_in; i++) in[i] = weft_view_reshape(node->in[i], source->shape);
  return weft_view_reshape(weft_make_scalar(node->op, in[0], in[1], in[2]), node->shape);
}

weft_tensor *weft_simplify_scalar(weft_tensor *node) {
  weft_tensor *better = op_of_expands(node);
  if (better == node) better = op_of_reshapes(node);
  if (better == node) better = constant_last(node);
  if (better != node) return better;
  switch (node->op) {
  case WEFT_OP_ADD: return simplify_add(node);
  case WEFT_OP_SUB: return simplify_sub(node);
  case WEFT_OP_MUL: return simplify_mul(node);
  case WEFT_OP_DIV: return simplify_div(node);
  case WEFT_OP_NEG: return simplify_neg(node);
  case WEFT_OP_POW: return simplify_pow(node);
  case WEFT_OP_MAX:
  case WEFT_OP_MIN: return simplify_extreme(node);
  case WEFT_OP_AND:
  case WEFT_OP_OR: return simplify_logic(node);
  case WEFT_OP_EQ:
  case WEFT_OP_NE:
  case WEFT_OP_LT:
  case WEFT_OP_LE:
  case WEFT_OP_GT:
  case WEFT_OP_GE: return simplify_compare(node);
  case WEFT_OP_WHERE: return simplify_where(node);
  default: return node->n_in == 1 ? simplify_unary(node) : node;
  }
}
