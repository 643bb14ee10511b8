/* test_walk.c -- the walk: what gradients are by, where they stop, what they cost in nodes, and errors. */
#include "../reference/values.h"
#include "autodiff/autodiff.h"
#include <criterion/criterion.h>

static weft_tensor *gradient(weft_tensor *loss, weft_tensor *by) {
  weft_tensor *out;
  cr_assert_not_null(loss);
  cr_assert_eq(weft_autodiff(loss, &by, 1, &out), WEFT_OK, "%s", weft_graph_message(loss->graph));
  return out;
}

static int is_zero(weft_tensor *t) { return t->op == WEFT_OP_CONST && t->value == 0; }

/* By inputs, params, states, constants, intermediate results and the loss itself, at once. */
Test(walk, by_any_node) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *c = REALS(g, weft_shape_of(2), 3, 5), *x = weft_input(g, "positive", WEFT_F32, 2);
  weft_tensor *square = weft_square(c), *loss = weft_sum(weft_mul(square, x)); /* sum c^2 x */
  weft_tensor *by[4] = {c, square, loss, x}, *out[4];
  cr_assert_eq(weft_autodiff(loss, by, 4, out), WEFT_OK);
  expect_same(out[0], weft_mul(weft_mul(x, c), weft_number(g, 2)), 1e-12, "2 c x");
  expect_same(out[1], x, 0, "x");
  EXPECT(out[2], 1);
  EXPECT(out[3], 9, 25);
  weft_graph_destroy(g);
}

/* d/dx (x x + x + x^3 / x) at 3 = 6 + 1 + 6, over four uses of x. */
Test(walk, uses_add_up) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_number(g, 3), *y = weft_div(weft_mul(weft_square(x), x), x);
  EXPECT(gradient(weft_add(weft_add(weft_mul(x, x), x), y), x), 13);
  weft_graph_destroy(g);
}

Test(walk, zero_where_independent) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_param(g, "x", WEFT_F32, 2, 3), *other = weft_param(g, "other", WEFT_F32, 4);
  weft_tensor *loss = weft_sum(weft_exp(x)), *later = weft_exp(loss);
  weft_tensor *zero = gradient(loss, other);
  cr_expect(is_zero(zero) && weft_shape_equal(zero->shape, other->shape));
  cr_expect(is_zero(gradient(loss, later)), "a node that depends on the loss");
  cr_expect_not(is_zero(gradient(loss, x)));
  weft_graph_destroy(g);
}

/* Steps, positions, conversions and detach() end the path; so does a zero rule. */
Test(walk, where_gradients_stop) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_param(g, "x", WEFT_F32, 2, 3);
  weft_tensor *stopped[] = {weft_detach(weft_exp(x)),
                            weft_sign(x),
                            weft_floor(weft_exp(x)),
                            weft_ceil(x),
                            weft_round(x),
                            weft_cast(weft_gt(x, weft_number(g, 0)), WEFT_F32),
                            weft_cast(weft_argmax(x, 1), WEFT_F32),
                            weft_cast(weft_cast(x, WEFT_I32), WEFT_F32)};
  for (size_t i = 0; i < sizeof stopped / sizeof stopped[0]; i++)
    cr_expect(is_zero(gradient(weft_sum(stopped[i]), x)), "%zu", i);
  weft_tensor *y = weft_mul(x, weft_detach(x)); /* only one of the factors counts */
  expect_same(gradient(weft_sum(y), x), x, 0, "detach");
  weft_graph_destroy(g);
}

/* At a tie the first one takes it all; maximum and minimum give it to a. */
Test(walk, ties) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = REALS(g, weft_shape_of(2, 4), 0, 7, 7, 7, -1, -1, 3, -1),
              *b = REALS(g, weft_shape_of(2, 4), 0, 7, 8, 6, -1, -1, 3, -2);
  EXPECT(gradient(weft_sum(weft_max_axes(x, WEFT_AXIS(1))), x), 0, 1, 0, 0, 0, 0, 1, 0);
  EXPECT(gradient(weft_sum(weft_min_axes(x, WEFT_AXIS(1))), x), 1, 0, 0, 0, 1, 0, 0, 0);
  EXPECT(gradient(weft_sum(weft_max_axes(x, WEFT_ALL_AXES)), x), 0, 1, 0, 0, 0, 0, 0, 0);
  EXPECT(gradient(weft_sum(weft_maximum(x, b)), x), 1, 1, 0, 1, 1, 1, 1, 1);
  EXPECT(gradient(weft_sum(weft_maximum(x, b)), b), 0, 0, 1, 0, 0, 0, 0, 0);
  EXPECT(gradient(weft_sum(weft_minimum(x, b)), x), 1, 1, 1, 0, 1, 1, 1, 0);
  weft_graph_destroy(g);
}

/* With p zeros in a row: none, one, two. Y / x would be NaN. */
Test(walk, products_with_zeros) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = REALS(g, weft_shape_of(3, 5), 1, 2, 3, 4, 5, 1, 2, 0, 4, 5, 0, 2, 0, 4, 5);
  weft_tensor *first = gradient(weft_sum(weft_prod_axes(x, WEFT_AXIS(1))), x);
  EXPECT(first, 120, 60, 40, 30, 24, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0);
  weft_tensor *third = weft_sum(weft_slice(first, 1, 2, 3, 1)); /* products without column 2 */
  EXPECT(gradient(third, x), 40, 20, 0, 10, 8, 40, 20, 0, 10, 8, 40, 0, 0, 0, 0);
  weft_graph_destroy(g);
}

/* Only the path from wrt to the loss is differentiated: no gradient by the images of a first layer. */
Test(walk, builds_only_what_is_asked_for) {
  weft_arena arena = {0};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 1, 5, 5, 2), *w = weft_param(g, "w", WEFT_F32, 3, 3, 2, 4);
  const int64_t options[5] = {1, 1, 1, 1, 1};
  weft_tensor *loss = weft_sum(weft_make_conv(WEFT_OP_CONV, x, w, options, WEFT_SCALAR_SHAPE));
  uint32_t before = g->next_id;
  weft_tensor *dw = gradient(loss, w);
  size_t n;
  weft_tensor **order = weft_graph_order(&arena, &dw, 1, &n);
  for (size_t i = 0; i < n; i++) cr_expect_neq(order[i]->op, WEFT_OP_CONV_DX);
  cr_expect_leq(g->next_id - before, 5u, "%u nodes", (unsigned)(g->next_id - before));
  cr_expect_eq(gradient(loss, w), dw, "asked again, the same nodes");
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

Test(walk, deep_graphs) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_number(g, 1), *y = x;
  for (int i = 0; i < 100000; i++) y = weft_neg(weft_make_copy(y));
  EXPECT(gradient(y, x), 1);
  weft_graph_destroy(g);
}

/* ---- errors ---- */

static void fails(weft_graph *g, weft_tensor *loss, weft_tensor *by, weft_status status, const char *message) {
  weft_tensor *out = loss;
  cr_expect_eq(weft_autodiff(loss, &by, 1, &out), status, "%s", message);
  cr_expect_str_eq(weft_graph_message(g), message);
  cr_expect_null(out);
  weft_graph_clear_error(g);
}

Test(walk, errors) {
  weft_graph *g = weft_graph_create(NULL, NULL), *other = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 3), *t = weft_input(g, "t", WEFT_I32, 4), *loss = weft_sum(x);
  fails(g, x, x, WEFT_BAD_SHAPE, "gradients: the loss must be an f32 scalar (), not f32 x (2,3)");
  fails(g, weft_sum(t), x, WEFT_BAD_DTYPE, "gradients: the loss must be an f32 scalar (), not i32 reshape#5 ()");
  fails(g, loss, t, WEFT_BAD_DTYPE, "gradients: t (4) is i32, and only f32 has gradients");
  fails(g, loss, NULL, WEFT_BAD_ARGUMENT, "gradients: tensor 1 is NULL");
  fails(g, loss, weft_input(other, "far", WEFT_F32, 1), WEFT_BAD_ARGUMENT,
        "gradients: far (1) is of another graph than the loss");
  weft_tensor *images = weft_input(g, "images", WEFT_F32, 1, 4, 4, 2);
  weft_tensor *dw =
      weft_make_winograd(WEFT_OP_WINOGRAD_DW, images, images, (int64_t[]){1, 1, 3, 1, 1}, weft_shape_of(1, 2, 2, 3, 3));
  fails(g, weft_sum(dw), images, WEFT_BAD_ARGUMENT,
        "gradients: winograd_dw is made by the contract pass, after gradients; differentiate what it came from");
  weft_tensor *y = weft_make_winograd(WEFT_OP_WINOGRAD, images, weft_input(g, "u", WEFT_F32, 1, 36, 2, 2),
                                      (int64_t[]){1, 1, 3, 1, 1}, images->shape);
  fails(g, weft_sum(y), images, WEFT_BAD_ARGUMENT,
        "gradients: winograd is made by the contract pass, after gradients; differentiate what it came from");
  weft_tensor *places = weft_make_winograd_transform(WEFT_OP_WINOGRAD_PIXELS, images, (int64_t[]){1, 1, 3, 1, 1},
                                                     weft_shape_of(36, 1, 1, 1, 2));
  fails(g, weft_sum(places), images, WEFT_BAD_ARGUMENT,
        "gradients: winograd_pixels is made by the contract pass, after gradients; differentiate what it came from");
  weft_tensor *grouped =
      weft_make_grouped(WEFT_OP_GROUPED, images, weft_input(g, "few", WEFT_F32, 1, 1, 1, 2), (int64_t[]){1, 1, 1, 1, 2},
                        (int64_t[]){0, 0}, (int64_t[]){1, 1}, images->shape);
  fails(g, weft_sum(grouped), images, WEFT_BAD_ARGUMENT,
        "gradients: grouped is made by the contract pass, after gradients; differentiate what it came from");
  weft_tensor *sums = weft_make_strassen_sums(weft_reshape(images, weft_shape_of(8, 4)), 1, 0, weft_shape_of(7, 4, 2));
  fails(g, weft_sum(sums), images, WEFT_BAD_ARGUMENT,
        "gradients: strassen_sums is made by the contract pass, after gradients; differentiate what it came from");
  weft_matmul(x, x); /* fails: what failed before stays the reason */
  weft_tensor *out = x;
  cr_expect_eq(weft_autodiff(loss, &x, 1, &out), WEFT_BAD_SHAPE);
  cr_expect_null(out);
  cr_expect_eq(weft_autodiff(NULL, &x, 1, &out), WEFT_BAD_ARGUMENT);
  weft_graph_destroy(g);
  weft_graph_destroy(other);
}
