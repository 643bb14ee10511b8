/* values.h -- what the tests of the oracle and of gradients share: small constant tensors, random leaves, comparison.
 */
#ifndef WEFT_TESTS_REFERENCE_VALUES_H
#define WEFT_TESTS_REFERENCE_VALUES_H
#include "reference/reference.h"

/* A constant of the values listed, row-major. */
#define REALS(g, shape, ...) weft_data(g, WEFT_F32, shape, (const float[]){__VA_ARGS__})
#define WHOLES(g, shape, ...) weft_data(g, WEFT_I32, shape, (const int32_t[]){__VA_ARGS__})

/* A leaf's value: random numbers by its name, f32 in [-2, 2), i32 in -1..3. Names that begin with "zero" have 0 in
 * every third element, names that begin with "positive" are in [0.5, 1.5). A weft_ref_leaf. */
weft_status random_leaf(void *user, weft_tensor *leaf, weft_ref_array *out);

/* The value of t as doubles (i32 as whole numbers), from the arena. The test fails where it cannot be computed. */
const double *values_of(weft_arena *arena, weft_tensor *t);
/* Fails unless t has the n values, up to tolerance (1 + |value|); NaN equals NaN. */
void expect_values(weft_tensor *t, const double *values, size_t n, double tolerance, const char *what);
#define EXPECT(t, ...)                                                                                                 \
  expect_values(t, (const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double), 1e-12, #t)
/* Fails unless a and b have the same shape and values. */
void expect_same(weft_tensor *a, weft_tensor *b, double tolerance, const char *what);
int is_near(double a, double b, double tolerance);
#endif
