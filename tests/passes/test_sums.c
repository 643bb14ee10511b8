/* test_sums.c -- parts put in place become one list, products one product; only where that is the same and pays. */
#include "check.h"
#include <criterion/criterion.h>
#include <stdio.h>

static weft_tensor *input(weft_graph *g, const char *name, weft_shape shape) {
  return weft_input_shaped(g, name, WEFT_F32, shape);
}
static weft_tensor *zeros(weft_graph *g, weft_shape shape) { return weft_make_const(g, WEFT_F32, shape, 0); }
static weft_tensor *add(weft_tensor *a, weft_tensor *b) { return weft_make_scalar(WEFT_OP_ADD, a, b, NULL); }

/* x at column `lo` of (3, n). */
static weft_tensor *put(weft_tensor *x, int64_t lo, int64_t n) {
  const int64_t start[2] = {0, lo}, gaps[2] = {0, 0};
  return weft_make_pad(x, start, gaps, weft_shape_of(3, n), 0);
}

static weft_tensor *two_parts(weft_graph *g, int after) {
  weft_tensor *in[2] = {input(g, "a", weft_shape_of(3, 4)), input(g, "b", weft_shape_of(3, 5))};
  return after ? weft_concat(in, 2, 1) : add(put(in[1], 4, 9), put(in[0], 0, 9));
}

static weft_tensor *with_gaps(weft_graph *g, int after) {
  weft_tensor *a = input(g, "a", weft_shape_of(3, 4)), *b = input(g, "b", weft_shape_of(3, 1));
  weft_tensor *in[5] = {zeros(g, weft_shape_of(3, 1)), a, zeros(g, weft_shape_of(3, 2)), b,
                        zeros(g, weft_shape_of(3, 3))};
  return after ? weft_concat(in, 5, 1) : add(put(a, 1, 11), put(b, 7, 11));
}

static weft_tensor *overlapping(weft_graph *g, int after) {
  weft_tensor *a = input(g, "a", weft_shape_of(3, 4)), *b = input(g, "b", weft_shape_of(3, 4));
  (void)after;
  return add(put(a, 0, 6), put(b, 2, 6));
}

/* Of three, two lie apart; the other stays a term, as does what is no pad. */
static weft_tensor *some_overlapping(weft_graph *g, int after) {
  weft_tensor *a = input(g, "a", weft_shape_of(3, 4)), *b = input(g, "b", weft_shape_of(3, 4));
  weft_tensor *c = input(g, "c", weft_shape_of(3, 3)), *x = input(g, "x", weft_shape_of(3, 7));
  weft_tensor *in[2] = {a, c};
  if (after) return add(add(x, put(b, 1, 7)), weft_concat(in, 2, 1));
  return add(add(put(a, 0, 7), x), add(put(b, 1, 7), put(c, 4, 7)));
}

static weft_tensor *outermost(weft_graph *g, int after) {
  weft_tensor *in[3], *sum = NULL;
  for (int i = 0; i < 3; i++) {
    char name[4];
    const int64_t start[2] = {2 * i, 0}, gaps[2] = {0, 0};
    snprintf(name, sizeof name, "x%d", i);
    in[i] = input(g, name, weft_shape_of(2, 5));
    weft_tensor *placed = weft_make_pad(in[i], start, gaps, weft_shape_of(6, 5), 0);
    sum = sum ? add(sum, placed) : placed;
  }
  return after ? weft_make_copy(weft_concat(in, 3, 0)) : sum;
}

/* A border that is not zero, and gaps between elements. */
static weft_tensor *other_pads(weft_graph *g, int after) {
  weft_tensor *a = input(g, "a", weft_shape_of(3)), *b = input(g, "b", weft_shape_of(3));
  const int64_t lo[2] = {0, 4}, gaps[2] = {0, 1};
  (void)after;
  weft_tensor *ones = weft_make_pad(a, lo, gaps, weft_shape_of(9), 1);
  return add(add(ones, weft_make_pad(b, lo + 1, gaps, weft_shape_of(9), 1)),
             weft_make_pad(b, lo, gaps + 1, weft_shape_of(9), 0));
}

static weft_tensor *products(weft_graph *g, int after) {
  weft_tensor *a[2], *b[2];
  for (int i = 0; i < 2; i++) {
    a[i] = input(g, i ? "a1" : "a0", weft_shape_of(6, 2 + i));
    b[i] = input(g, i ? "b1" : "b0", weft_shape_of(2 + i, 7));
  }
  if (!after) return add(weft_make_matmul(a[1], b[1]), weft_make_matmul(a[0], b[0]));
  return weft_make_matmul(weft_concat(a, 2, 1), weft_make_copy(weft_concat(b, 2, 0)));
}

/* As the gradient of weights that two steps share: the transposed operand is joined where it lies. */
static weft_tensor *transposed_products(weft_graph *g, int after) {
  weft_tensor *a[2], *b[2];
  for (int i = 0; i < 2; i++) {
    a[i] = input(g, i ? "a1" : "a0", weft_shape_of(2, 6));
    b[i] = input(g, i ? "b1" : "b0", weft_shape_of(2, 7));
  }
  if (!after) return add(weft_make_matmul(weft_transpose(a[0]), b[0]), weft_make_matmul(weft_transpose(a[1]), b[1]));
  return weft_make_matmul(weft_transpose(weft_make_copy(weft_concat(a, 2, 0))), weft_make_copy(weft_concat(b, 2, 0)));
}

static weft_tensor *long_products(weft_graph *g, int after) { /* joining would move more than it saves */
  weft_tensor *a = input(g, "a", weft_shape_of(3, 40)), *b = input(g, "b", weft_shape_of(40, 3));
  (void)after;
  return add(weft_make_matmul(a, b), weft_make_matmul(weft_neg(a), weft_neg(b)));
}

static weft_tensor *used_twice(weft_graph *g, int after) { /* the inner sum is a value of its own */
  weft_tensor *a = input(g, "a", weft_shape_of(3, 4)), *b = input(g, "b", weft_shape_of(3, 5));
  weft_tensor *in[2] = {a, b}, *inner = after ? weft_concat(in, 2, 1) : add(put(a, 0, 9), put(b, 4, 9));
  return add(inner, weft_exp(inner));
}

Test(sums, cases) {
  static const pass_case cases[] = {CASE(two_parts),  CASE(with_gaps), CASE(overlapping),         CASE(some_overlapping),
                                    CASE(outermost),  CASE(other_pads), CASE(products),           CASE(transposed_products),
                                    CASE(long_products), CASE(used_twice)};
  check_cases(weft_pass_sums, cases, sizeof cases / sizeof *cases);
}

/* Weights that every step of a sequence reads, and an input cut into steps: the gradients are one product each, and the
 * list of the steps' gradients is shared. */
Test(sums, a_sequence) {
  enum { STEPS = 5 };
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = input(g, "x", weft_shape_of(STEPS, 3, 8)), *h = input(g, "h", weft_shape_of(3, 8));
  weft_tensor *w = weft_param(g, "w", WEFT_F32, 8, 8), *gradient[2], *wrt[2] = {w, x};
  for (int t = 0; t < STEPS; t++)
    h = weft_tanh(weft_add(weft_matmul(h, w), weft_reshape(weft_slice(x, 0, t, t + 1, 1), weft_shape_of(3, 8))));
  cr_assert_eq(weft_gradients(weft_sum(weft_square(h)), wrt, 2, gradient), WEFT_OK);
  check_roots(weft_pass_simplify, gradient, 2, &cpu_target, 1, "a sequence");
  int before = count_ops(gradient, 2, WEFT_OP_MATMUL, 0);
  check_roots(weft_pass_sums, gradient, 2, &cpu_target, 1, "a sequence");
  cr_expect_eq(count_ops(gradient, 2, WEFT_OP_MATMUL, 0), before - STEPS + 1);
  cr_expect_eq(count_ops(gradient, 2, WEFT_OP_PAD, 0), 0);
  cr_expect_eq(count_ops(gradient, 2, WEFT_OP_CONCAT, 0), 2, "one of states, one of gradients");
  weft_graph_destroy(g);
}
