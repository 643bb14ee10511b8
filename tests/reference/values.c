/* values.c -- see values.h. */
#include "values.h"
#include "base/hash.h"
#include "base/philox.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

weft_status random_leaf(void *user, weft_tensor *leaf, weft_ref_array *out) {
  uint64_t key = weft_hash_text(WEFT_HASH_SEED, leaf->name);
  int zeros = strncmp(leaf->name, "zero", 4) == 0, positive = strncmp(leaf->name, "positive", 8) == 0;
  (void)user;
  for (int64_t i = 0; i < out->size; i++) {
    double u = weft_philox_uniform(key, 0, (uint64_t)i);
    if (leaf->dtype == WEFT_I32)
      out->i32[i] = (int32_t)floor(u * 5) - 1;
    else
      out->f32[i] = zeros && i % 3 == 0 ? 0 : positive ? u + 0.5 : u * 4 - 2;
  }
  return WEFT_OK;
}

int is_near(double a, double b, double tolerance) {
  if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
  if (isinf(a) || isinf(b)) return a == b;
  return fabs(a - b) <= tolerance * (1 + fabs(b));
}

const double *values_of(weft_arena *arena, weft_tensor *t) {
  weft_ref_array array;
  weft_error error = {0};
  cr_assert_not_null(t);
  cr_assert_eq(weft_ref_eval_all(arena, &t, 1, random_leaf, NULL, &array, &error), WEFT_OK, "%s", error.message);
  if (array.dtype == WEFT_F32) return array.f32;
  double *values = WEFT_NEW(arena, double, array.size);
  cr_assert_not_null(values);
  for (int64_t i = 0; i < array.size; i++) values[i] = array.i32[i];
  return values;
}

void expect_values(weft_tensor *t, const double *values, size_t n, double tolerance, const char *what) {
  weft_arena arena = {0};
  cr_assert_not_null(t, "%s", what);
  const double *found = values_of(&arena, t);
  cr_assert_eq((size_t)weft_shape_size(t->shape), n, "%s: %lld values", what, (long long)weft_shape_size(t->shape));
  for (size_t i = 0; i < n; i++)
    cr_expect(is_near(found[i], values[i], tolerance), "%s: element %zu is %.17g, not %.17g", what, i, found[i],
              values[i]);
  weft_arena_free(&arena);
}

void expect_same(weft_tensor *a, weft_tensor *b, double tolerance, const char *what) {
  weft_arena arena = {0};
  cr_assert(a && b, "%s", what);
  cr_assert(weft_shape_equal(a->shape, b->shape), "%s: shapes differ", what);
  expect_values(a, values_of(&arena, b), (size_t)weft_shape_size(b->shape), tolerance, what);
  weft_arena_free(&arena);
}
