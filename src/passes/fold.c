/* fold.c -- constant folding: what depends on constants alone becomes a constant.
 *
 * A constant is one number everywhere, so a view of it is the same number in another shape, and an elementwise op over
 * constants is one evaluation of the row's own formula. f32 is computed in double and rounded once a node, which is at
 * least as exact as any device. What is left alone: numbers that have no value (an i32 conversion out of range),
 * paddings with another value, and overlapping windows, whose sums differ from place to place. */
#include "graph/scalar.h"
#include "passes/pass.h"
#include "passes/rules.h"
#include <math.h>
#include <string.h>

static int all_const(const weft_tensor *node) {
  for (int i = 0; i < node->n_in; i++)
    if (!weft_is_const(node->in[i])) return 0;
  return node->n_in > 0;
}

/* Bits, so that NaN equals itself and -0 differs from 0. */
static int same_value(double a, double b) { return memcmp(&a, &b, sizeof a) == 0; }

static int32_t wrap(uint64_t bits) {
  int64_t low = (int64_t)(bits & UINT64_C(0xffffffff));
  return (int32_t)(low > INT32_MAX ? low - INT64_C(4294967296) : low);
}

/* ---- values ---- */

static int scalar_value(const weft_tensor *node, double *out) {
  double in[3] = {0};
  int32_t whole[3] = {0}, y;
  for (int i = 0; i < node->n_in; i++) in[i] = node->in[i]->value;
  if (node->op == WEFT_OP_TO_I32 && !(in[0] > -2147483649.0 && in[0] < 2147483648.0)) return 0;
  if (node->in[node->n_in - 1]->dtype == WEFT_F32 || node->op == WEFT_OP_TO_F32)
    return weft_scalar_eval_f64(node->op, in, out);
  for (int i = 0; i < node->n_in; i++) whole[i] = (int32_t)in[i];
  if (!weft_scalar_eval_i32(node->op, whole, &y)) return 0;
  *out = y;
  return 1;
}

/* The value to the power n, n >= 1, by squaring; modulo 2^32 for i32. */
static double repeated_product(weft_dtype dtype, double value, int64_t n) {
  uint64_t result = 1, factor = (uint64_t)(int64_t)(dtype == WEFT_I32 ? value : 0);
  if (dtype == WEFT_F32) return pow(value, (double)n);
  for (; n > 0; n >>= 1) {
    if (n & 1) result = (result * factor) & UINT64_C(0xffffffff);
    factor = (factor * factor) & UINT64_C(0xffffffff);
  }
  return wrap(result);
}

static int reduced_value(const weft_tensor *node, double *out) {
  double value = node->in[0]->value;
  int64_t n = weft_shape_size(node->in[0]->shape) / weft_shape_size(node->shape);
  switch (node->op) {
  case WEFT_OP_REDUCE_SUM:
    *out = node->dtype == WEFT_F32 ? value * (double)n : wrap((uint64_t)(int64_t)value * (uint64_t)n);
    return 1;
  case WEFT_OP_REDUCE_PROD: *out = repeated_product(node->dtype, value, n); return 1;
  case WEFT_OP_REDUCE_MAX:
  case WEFT_OP_REDUCE_MIN: *out = value; return 1;
  case WEFT_OP_ARGMAX:
  case WEFT_OP_ARGMIN: *out = 0; return !isnan(value);
  case WEFT_OP_FOLD: *out = 0; return value == 0;
  default: return 0;
  }
}

static int view_value(const weft_tensor *node, double *out) {
  *out = node->in[0]->value;
  if (node->op == WEFT_OP_PAD) return same_value(node->value, *out);
  for (int i = 1; i < node->n_in; i++) /* concat */
    if (!same_value(node->in[i]->value, *out)) return 0;
  return 1;
}

/* ---- nodes ---- */

weft_tensor *weft_fold_node(weft_tensor *node) {
  double value;
  int known = 0;
  if (node->op == WEFT_OP_IOTA && node->shape.dims[node->attr[0]] == 1) {
    value = 0;
    known = 1;
  } else if (node->op == WEFT_OP_DATA && weft_shape_size(node->shape) == 1) {
    value = node->dtype == WEFT_F32 ? (double)*(const float *)node->data : (double)*(const int32_t *)node->data;
    known = 1;
  } else if (all_const(node)) {
    switch (weft_ops[node->op].kind) {
    case W_SCALAR: known = scalar_value(node, &value); break;
    case W_VIEW: known = view_value(node, &value); break;
    case W_REDUCE: known = reduced_value(node, &value); break;
    default: break;
    }
  }
  return known ? weft_value_like(node, value) : node;
}

static weft_tensor *fold(void *user, weft_tensor *node, weft_tensor *const *in) {
  (void)user;
  weft_tensor *with = weft_node_with_inputs(node, in);
  return with ? weft_fold_node(with) : NULL;
}

weft_status weft_pass_fold(weft_tensor **roots, size_t n_roots, const weft_pass_target *target, weft_error *error) {
  (void)target;
  return weft_rewrite(roots, n_roots, fold, NULL, error);
}
