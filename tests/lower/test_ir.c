/* test_ir.c -- the kernel IR: what folds and what does not, ranges, where values are placed, and what the checks find.
 */
#include "lower/ir.h"
#include <criterion/criterion.h>
#include <limits.h>
#include <math.h>

typedef struct kernel {
  weft_arena arena;
  weft_ir ir;
} kernel;

static kernel *begin(void) {
  static kernel k;
  k = (kernel){0};
  weft_ir_begin(&k.ir, &k.arena);
  return &k;
}

static void end(kernel *k) { weft_arena_free(&k->arena); }

static weft_ir_value *index_of(weft_ir *ir, const char *name, int64_t size, int64_t multiple) {
  return weft_ir_param(ir, name, WEFT_IR_I32, 1, 0, (size - 1) / multiple * multiple, multiple);
}

Test(ir, sums_have_one_form) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  weft_ir_value *x = index_of(ir, "x", 100, 1), *y = index_of(ir, "y", 100, 1);
  weft_ir_value *a = weft_ir_add(ir, weft_ir_mul(ir, x, 3), weft_ir_add_int(ir, y, 2));
  weft_ir_value *b = weft_ir_add_int(ir, weft_ir_add(ir, weft_ir_add(ir, x, y), weft_ir_mul(ir, x, 2)), 2);
  cr_assert_eq(a, b);
  cr_assert_eq(a->lo, 2);
  cr_assert_eq(a->hi, 99 * 4 + 2);
  cr_assert_eq(weft_ir_sub(ir, a, weft_ir_add_int(ir, y, 2)), weft_ir_mul(ir, x, 3));
  cr_assert_eq(weft_ir_sub(ir, x, x), weft_ir_int(ir, 0));
  cr_assert_eq(weft_ir_mul(ir, x, 1), x);
  cr_assert_eq(weft_ir_mul(ir, x, 0), weft_ir_int(ir, 0));
  cr_assert_eq(weft_ir_add(ir, weft_ir_int(ir, 4), weft_ir_int(ir, -4)), weft_ir_int(ir, 0));
  cr_assert_neq(weft_ir_add(ir, x, y), weft_ir_sub(ir, x, y));
  end(k);
}

Test(ir, division_splits_what_it_can) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  weft_ir_value *x = index_of(ir, "x", 50, 1), *y = index_of(ir, "y", 28, 1), *z = index_of(ir, "z", 29, 1);
  weft_ir_value *joined = weft_ir_add(ir, weft_ir_mul(ir, x, 28), y);
  cr_assert_eq(weft_ir_div(ir, joined, 28), x);
  cr_assert_eq(weft_ir_mod(ir, joined, 28), y);
  cr_assert_eq(weft_ir_div(ir, joined, 7)->op, WEFT_IR_SUM, "4 x + y / 7");
  cr_assert_eq(weft_ir_div(ir, weft_ir_div(ir, x, 3), 4), weft_ir_div(ir, x, 12));
  cr_assert_eq(weft_ir_mod(ir, weft_ir_mod(ir, x, 12), 4), weft_ir_mod(ir, x, 4));
  cr_assert_eq(weft_ir_div(ir, y, 28), weft_ir_int(ir, 0));
  cr_assert_eq(weft_ir_mod(ir, y, 28), y);
  cr_assert_eq(weft_ir_mod(ir, weft_ir_mul(ir, x, 6), 3), weft_ir_int(ir, 0));
  weft_ir_value *loose = weft_ir_add(ir, weft_ir_mul(ir, x, 28), z); /* z may be 28 */
  cr_assert_neq(weft_ir_div(ir, loose, 28), x);
  cr_assert_neq(weft_ir_mod(ir, loose, 28), z);
  end(k);
}

Test(ir, what_was_split_joins_again) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  weft_ir_value *m = index_of(ir, "m", 5 * 7 * 11, 1);
  weft_ir_value *a = weft_ir_div(ir, m, 77), *b = weft_ir_mod(ir, weft_ir_div(ir, m, 11), 7),
                *c = weft_ir_mod(ir, m, 11);
  weft_ir_value *ab = weft_ir_add(ir, weft_ir_mul(ir, a, 7), b), *bc = weft_ir_add(ir, weft_ir_mul(ir, b, 11), c);
  cr_assert_eq(ab, weft_ir_div(ir, m, 11));
  cr_assert_eq(bc, weft_ir_mod(ir, m, 77));
  cr_assert_eq(weft_ir_add(ir, weft_ir_mul(ir, ab, 11), c), m);
  cr_assert_eq(weft_ir_add(ir, weft_ir_mul(ir, a, 77), bc), m);
  cr_assert_eq(weft_ir_add(ir, weft_ir_mul(ir, weft_ir_add(ir, weft_ir_mul(ir, a, 77), bc), 3), a),
               weft_ir_add(ir, weft_ir_mul(ir, m, 3), a));
  cr_assert_neq(weft_ir_add(ir, weft_ir_mul(ir, a, 76), bc), m, "another ratio");
  end(k);
}

Test(ir, negative_indices_round_down) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  weft_ir_value *x = weft_ir_add_int(ir, index_of(ir, "x", 20, 1), -3);
  weft_ir_value *q = weft_ir_div(ir, x, 4), *r = weft_ir_mod(ir, x, 4);
  cr_assert_eq(q->lo, -1);
  cr_assert_eq(q->hi, 4);
  cr_assert_eq(r->lo, 0);
  cr_assert_eq(r->hi, 3);
  cr_assert_eq(weft_ir_add(ir, weft_ir_mul(ir, q, 4), r), x);
  end(k);
}

Test(ir, lanes_pass_through_division) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  weft_ir_value *i = index_of(ir, "i", 1024, 8), *uneven = index_of(ir, "j", 1024, 4), *base;
  weft_ir_value *vector = weft_ir_add(ir, i, weft_ir_lane(ir, 8));
  int64_t stride;
  cr_assert_eq(weft_ir_div(ir, vector, 32), weft_ir_div(ir, i, 32));
  cr_assert(weft_ir_lane_form(ir, weft_ir_mod(ir, vector, 32), &base, &stride));
  cr_assert_eq(base, weft_ir_mod(ir, i, 32));
  cr_assert_eq(stride, 1);
  cr_assert(weft_ir_lane_form(ir, weft_ir_add_int(ir, weft_ir_mul(ir, vector, -3), 7000), &base, &stride));
  cr_assert_eq(stride, -3);
  cr_assert_not(weft_ir_lane_form(ir, weft_ir_mod(ir, vector, 12), &base, &stride));
  vector = weft_ir_add(ir, uneven, weft_ir_lane(ir, 8)); /* may cross a multiple of 32 */
  cr_assert_not(weft_ir_lane_form(ir, weft_ir_mod(ir, vector, 32), &base, &stride));
  end(k);
}

Test(ir, comparisons_that_always_hold) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  weft_ir_value *x = index_of(ir, "x", 10, 1), *y = index_of(ir, "y", 10, 1);
  cr_assert(weft_ir_is_true(weft_ir_less(ir, x, weft_ir_int(ir, 10))));
  cr_assert(weft_ir_is_false(weft_ir_less(ir, x, weft_ir_int(ir, 0))));
  cr_assert(weft_ir_is_true(weft_ir_less(ir, weft_ir_add(ir, x, y), weft_ir_add_int(ir, y, 10))));
  cr_assert(weft_ir_is_true(weft_ir_equal(ir, weft_ir_add(ir, x, y), weft_ir_add(ir, y, x))));
  cr_assert_eq(weft_ir_less(ir, x, y)->op, WEFT_IR_LESS);
  cr_assert_null(weft_ir_in_range(ir, x, 10));
  cr_assert_not_null(weft_ir_in_range(ir, x, 9));
  weft_ir_value *c = weft_ir_less(ir, x, y), *d = weft_ir_less(ir, y, weft_ir_int(ir, 5));
  cr_assert_eq(weft_ir_and(ir, c, NULL), c);
  cr_assert_eq(weft_ir_and(ir, weft_ir_and(ir, c, d), c), weft_ir_and(ir, c, d));
  cr_assert_eq(weft_ir_not(ir, weft_ir_not(ir, c)), c);
  cr_assert_eq(weft_ir_select(ir, c, x, x), x);
  cr_assert_eq(weft_ir_min(ir, x, weft_ir_int(ir, 9)), x);
  cr_assert_eq(weft_ir_min(ir, weft_ir_min(ir, x, weft_ir_int(ir, 7)), weft_ir_int(ir, 5)),
               weft_ir_min(ir, x, weft_ir_int(ir, 5)));
  end(k);
}

Test(ir, promises_are_dropped_from_addresses) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  weft_ir_value *x = weft_ir_add_int(ir, index_of(ir, "x", 12, 1), -1);
  weft_ir_value *inside = weft_ir_assume(ir, x, 0, 9);
  cr_assert_eq(inside->op, WEFT_IR_ASSUME);
  cr_assert_eq(weft_ir_div(ir, inside, 10), weft_ir_int(ir, 0));
  cr_assert_eq(weft_ir_strip(ir, weft_ir_mul(ir, inside, 5)), weft_ir_mul(ir, x, 5));
  cr_assert_eq(weft_ir_assume(ir, x, -1, 10), x, "known already");
  end(k);
}

Test(ir, too_large_an_index_is_an_error) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  weft_ir_value *x = index_of(ir, "x", INT32_MAX, 1);
  weft_ir_add(ir, x, x);
  cr_assert_eq(ir->error.status, WEFT_NO_FEATURE);
  cr_assert_not_null(weft_ir_load(ir, 0, x, NULL, NULL), "building goes on");
  end(k);
}

Test(ir, what_does_not_change_leaves_the_loop) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  int in = weft_ir_add_binding(ir, WEFT_F32, 64, 0), out = weft_ir_add_binding(ir, WEFT_F32, 64, 1);
  weft_ir_value *g = weft_ir_group_id(ir, 0, 8), *i;
  weft_ir_loop_begin(ir, weft_ir_int(ir, 0), weft_ir_int(ir, 8), 1, 0, NULL, &i, NULL);
  weft_ir_value *same = weft_ir_load(ir, in, weft_ir_mul(ir, g, 8), NULL, NULL);
  weft_ir_value *other = weft_ir_load(ir, in, weft_ir_add(ir, weft_ir_mul(ir, g, 8), i), NULL, NULL);
  weft_ir_value *old = weft_ir_load(ir, out, weft_ir_mul(ir, g, 8), NULL, NULL);
  weft_ir_store(ir, out, weft_ir_add(ir, weft_ir_mul(ir, g, 8), i),
                weft_ir_scalar_op(ir, WEFT_OP_ADD, same, other, NULL));
  weft_ir_loop_end(ir, 0, NULL, NULL);
  cr_assert_eq(same->block, ir->body);
  cr_assert_neq(other->block, ir->body);
  cr_assert_neq(old->block, ir->body, "a written buffer is read in order");
  weft_error error = {0};
  cr_assert_eq(weft_ir_validate(ir, &error), WEFT_OK, "%s", error.message);
  cr_assert_eq(weft_ir_check_bounds(ir, &error), WEFT_OK, "%s", error.message);
  end(k);
}

Test(ir, a_load_stays_behind_its_condition) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  int in = weft_ir_add_binding(ir, WEFT_F32, 100, 0), out = weft_ir_add_binding(ir, WEFT_F32, 100, 1);
  weft_ir_value *g = weft_ir_group_id(ir, 0, 128);
  weft_ir_if_begin(ir, weft_ir_less(ir, g, weft_ir_int(ir, 100)));
  weft_ir_value *inside = weft_ir_assume(ir, g, 0, 99), *value = weft_ir_load(ir, in, inside, NULL, NULL);
  weft_ir_value *first = weft_ir_load(ir, in, weft_ir_int(ir, 3), NULL, NULL);
  weft_ir_store(ir, out, inside, weft_ir_scalar_op(ir, WEFT_OP_ADD, value, first, NULL));
  weft_ir_if_end(ir);
  cr_assert_neq(value->block, ir->body);
  cr_assert_eq(first->block, ir->body, "its index is in range anyway");
  weft_error error = {0};
  cr_assert_eq(weft_ir_check_bounds(ir, &error), WEFT_OK, "%s", error.message);
  end(k);
}

Test(ir, a_loop_that_runs_once_is_none) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  weft_ir_value *i, *start = weft_ir_float(ir, 1), *carry, *result;
  weft_ir_loop_begin(ir, weft_ir_int(ir, 8), weft_ir_int(ir, 15), 8, 1, &start, &i, &carry);
  cr_assert_eq(i, weft_ir_int(ir, 8));
  cr_assert_eq(carry, start);
  weft_ir_value *next = weft_ir_scalar_op(ir, WEFT_OP_ADD, carry, carry, NULL);
  weft_ir_loop_end(ir, 1, &next, &result);
  cr_assert_eq(result, next);
  cr_assert_eq(ir->current, ir->body);
  end(k);
}

Test(ir, bounds_are_checked) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  int in = weft_ir_add_binding(ir, WEFT_F32, 64, 0), out = weft_ir_add_binding(ir, WEFT_F32, 64, 1);
  weft_ir_value *g = weft_ir_group_id(ir, 0, 8), *far = weft_ir_add(ir, weft_ir_mul(ir, g, 8), weft_ir_lane(ir, 8));
  weft_error error = {0};
  weft_ir_store(ir, out, far, weft_ir_load(ir, in, far, NULL, NULL));
  cr_assert_eq(weft_ir_check_bounds(ir, &error), WEFT_OK, "%s", error.message);
  weft_ir_value *beyond = weft_ir_add_int(ir, far, 1);
  weft_ir_load(ir, in, beyond, weft_ir_in_range(ir, beyond, 64), weft_ir_float(ir, 0));
  cr_assert_eq(weft_ir_check_bounds(ir, &error), WEFT_OK, "%s", error.message);
  weft_ir_load(ir, in, beyond, NULL, NULL);
  cr_assert_eq(weft_ir_check_bounds(ir, &error), WEFT_INTERNAL);
  cr_assert_not_null(strstr(error.message, "reaches 1 to 64"), "%s", error.message);
  end(k);
}

Test(ir, the_validator_finds_wrong_types) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  int out = weft_ir_add_binding(ir, WEFT_F32, 4, 1), in = weft_ir_add_binding(ir, WEFT_F32, 4, 0);
  weft_error error = {0};
  weft_ir_store(ir, out, weft_ir_int(ir, 0), weft_ir_float(ir, 1));
  cr_assert_eq(weft_ir_validate(ir, &error), WEFT_OK, "%s", error.message);
  weft_ir_value *bad = weft_ir_int(ir, 1);
  weft_ir_store(ir, out, weft_ir_int(ir, 0), bad);
  cr_assert_eq(weft_ir_validate(ir, &error), WEFT_INTERNAL);
  cr_assert_not_null(strstr(error.message, "type"), "%s", error.message);
  end(k);
  k = begin();
  ir = &k->ir;
  in = weft_ir_add_binding(ir, WEFT_F32, 4, 0);
  weft_ir_store(ir, in, weft_ir_int(ir, 0), weft_ir_float(ir, 1));
  error = (weft_error){0};
  cr_assert_eq(weft_ir_validate(ir, &error), WEFT_INTERNAL, "a read-only binding");
  end(k);
}

Test(ir, printed_one_value_a_line) {
  kernel *k = begin();
  weft_ir *ir = &k->ir;
  int in = weft_ir_add_binding(ir, WEFT_F32, 64, 0), out = weft_ir_add_binding(ir, WEFT_F32, 8, 1);
  weft_ir_value *g = weft_ir_group_id(ir, 0, 8), *i, *sum = weft_ir_float(ir, 0), *carry;
  weft_ir_value *first = weft_ir_int(ir, 0), *last = weft_ir_int(ir, 8);
  weft_ir_loop_begin(ir, first, last, 1, 1, &sum, &i, &carry);
  weft_ir_value *x = weft_ir_load(ir, in, weft_ir_add(ir, weft_ir_mul(ir, g, 8), i), NULL, NULL);
  weft_ir_value *next = weft_ir_scalar_op(ir, WEFT_OP_ADD, carry, x, NULL);
  weft_ir_loop_end(ir, 1, &next, &sum);
  weft_ir_store(ir, out, g, sum);
  weft_text text = {0};
  weft_ir_print(ir, &text);
  cr_assert_str_eq(text.data, "binding 0: f32 of 64\n"
                              "binding 1: f32 of 8, written\n"
                              "v1 i32 [0,7] = group_id 0\n"
                              "v2 f32 = float 0\n"
                              "v3 i32 [0,0] = int 0\n"
                              "v4 i32 [8,8] = int 8\n"
                              "v8 i32 [0,56] = sum 0 v1*8\n"
                              "v5 = loop 1 v3 v4 v2\n"
                              "  v6 i32 = loop_index 0\n"
                              "  v7 f32 = carry 0\n"
                              "  v9 i32 [0,63] = sum 0 v1*8 v6*1\n"
                              "  v10 f32 = load 0 v9\n"
                              "  v11 f32 = add v7 v10\n"
                              "  v7 becomes v11\n"
                              "v12 f32 = result 0 v5\n"
                              "v13 = store 1 v1 v12\n");
  weft_text_release(&text);
  end(k);
}
