/* test_eval.c -- evaluation of single nodes and of graphs: leaves, roots, errors. */
#include "values.h"
#include <criterion/criterion.h>

static weft_status counting_leaf(void *user, weft_tensor *leaf, weft_ref_array *out) {
  ++*(int *)user;
  for (int64_t i = 0; i < out->size; i++) out->f32[i] = leaf->name[0] - 'a' + 1;
  return WEFT_OK;
}

static weft_status failing_leaf(void *user, weft_tensor *leaf, weft_ref_array *out) {
  (void)leaf, (void)out;
  return weft_fail(user, WEFT_BAD_ARGUMENT, "no value for %s", leaf->name);
}

/* A leaf is asked for once; a root may be a leaf, stand twice, and lie under another root. */
Test(eval, roots_and_leaves) {
  weft_arena arena = {0};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *a = weft_input(g, "a", WEFT_F32, 2), *b = weft_input(g, "b", WEFT_F32, 2), *sum = weft_add(a, b);
  weft_tensor *roots[5] = {weft_mul(sum, sum), sum, a, sum, weft_gt(b, a)};
  weft_ref_array out[5];
  int count = 0;
  cr_assert_eq(weft_ref_eval_all(&arena, roots, 5, counting_leaf, &count, out, NULL), WEFT_OK);
  cr_expect_eq(count, 2);
  cr_expect(out[0].f32[1] == 9 && out[1].f32[1] == 3 && out[2].f32[1] == 1 && out[3].f32[0] == 3);
  cr_expect(out[4].dtype == WEFT_I32 && out[4].size == 2 && out[4].i32[0] == 1);
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

Test(eval, without_leaf_function_leaves_are_zero) {
  weft_arena arena = {0};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *y = weft_cos(weft_input(g, "a", WEFT_F32, 2));
  weft_ref_array out;
  cr_assert_eq(weft_ref_eval_all(&arena, &y, 1, NULL, NULL, &out, NULL), WEFT_OK);
  cr_expect(out.f32[0] == 1 && out.f32[1] == 1);
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

Test(eval, no_roots) { cr_expect_eq(weft_ref_eval_all(NULL, NULL, 0, NULL, NULL, NULL, NULL), WEFT_OK); }

Test(eval, errors) {
  weft_arena arena = {0};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *a = weft_input(g, "a", WEFT_F32, 2), *y = weft_neg(a), *roots[2] = {y, NULL};
  weft_ref_array out[2];
  double values[3];
  weft_error error = {0};
  cr_expect_eq(weft_ref_eval_all(&arena, roots, 1, failing_leaf, &error, out, &error), WEFT_BAD_ARGUMENT);
  cr_expect_str_eq(error.message, "no value for a");
  error = (weft_error){0};
  cr_expect_eq(weft_ref_eval_all(&arena, roots, 2, NULL, NULL, out, &error), WEFT_BAD_ARGUMENT);
  cr_expect_str_eq(error.message, "reference: root 1 is NULL");
  weft_ref_array good = {.dtype = WEFT_F32, .size = 2, .f32 = values}, large = good, whole = good;
  large.size = 3;
  whole.dtype = WEFT_I32;
  error = (weft_error){0};
  cr_expect_eq(weft_ref_eval(y, &large, &good, &error), WEFT_BAD_ARGUMENT);
  cr_expect_str_eq(error.message, "reference: input 1 of neg#1 (2) has another type or size");
  error = (weft_error){0};
  cr_expect_eq(weft_ref_eval(y, &good, &whole, &error), WEFT_BAD_ARGUMENT);
  cr_expect_str_eq(error.message, "reference: the result of neg#1 (2) has another type or size");
  error = (weft_error){0};
  cr_expect_eq(weft_ref_eval(a, NULL, &good, &error), WEFT_BAD_ARGUMENT);
  cr_expect_str_eq(error.message, "reference: the value of a (2) comes from outside");
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

/* f32 is not rounded on the way: 1 + 2^-40 stays above 1. */
Test(eval, double_precision) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *one = weft_number(g, 1), *y = weft_sub(weft_add(one, weft_number(g, 0x1p-40)), one);
  EXPECT(weft_mul(y, weft_number(g, 0x1p40)), 1);
  weft_graph_destroy(g);
}

static int known(void *user, const weft_tensor *node, int64_t linear, double *out_value) {
  (void)user;
  *out_value = (double)linear + 1;
  return node->op == WEFT_OP_INPUT || node->op == WEFT_OP_STATE;
}

static weft_status same_leaf(void *user, weft_tensor *leaf, weft_ref_array *out) {
  (void)user, (void)leaf;
  for (int64_t i = 0; i < out->size; i++)
    if (out->dtype == WEFT_I32)
      out->i32[i] = (int32_t)i + 1;
    else
      out->f32[i] = (double)i + 1;
  return WEFT_OK;
}

/* Attention and its gradients, with and without later keys. */
Test(eval, single_elements_of_attention) {
  static const weft_op ops[] = {WEFT_OP_ATTENTION, WEFT_OP_ATTENTION_LOG, WEFT_OP_ATTENTION_DQ, WEFT_OP_ATTENTION_DK,
                                WEFT_OP_ATTENTION_DV};
  static const int n_in[] = {3, 2, 6, 6, 6}, widths[] = {3, 3, 2, 2, 1, 2};
  weft_arena arena = {0};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *in[6];
  for (int i = 0; i < 6; i++) {
    weft_shape shape = weft_shape_of(2, i == 1 || i == 2 ? 5 : 4, widths[i]);
    in[i] = weft_sin(
        weft_mul(weft_number(g, 0.3 + i), weft_input_shaped(g, (char[]){(char)('a' + i), 0}, WEFT_F32, shape)));
  }
  for (int r = 0; r < 10; r++) {
    weft_tensor *root = weft_make_attention(ops[r % 5], in, n_in[r % 5], r / 5, 0.7);
    weft_ref_array whole;
    cr_assert_eq(weft_ref_eval_all(&arena, &root, 1, same_leaf, NULL, &whole, NULL), WEFT_OK, "%s",
                 weft_graph_message(g));
    for (int64_t i = 0; i < whole.size; i++) {
      double value = 0;
      cr_assert(weft_ref_element(root, i, known, NULL, &value));
      cr_expect(is_near(value, whole.f32[i], 1e-12), "root %d, element %d: %g, not %g", r, (int)i, value, whole.f32[i]);
    }
  }
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

/* Element by element through views, reductions, random numbers and scalar ops: what evaluation of the whole gives. */
Test(eval, single_elements) {
  weft_arena arena = {0};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 4, 5), *y = weft_flip(weft_slice(x, 1, 0, 5, 2), 0);
  weft_tensor *parts[] = {weft_pad(y, 1, 2, 1, 7), weft_transpose(weft_pad(weft_transpose(x), 0, 0, 1, -1))};
  weft_tensor *all = weft_concat(parts, 2, 0);
  weft_tensor *roots[] = {
      all,
      weft_where(weft_gt(all, weft_max_axes(all, 2 | WEFT_KEEP)), all, weft_neg(all)),
      weft_mean_axes(weft_exp(weft_mul(weft_number(g, 0.1), x)), 1),
      weft_add(weft_prod_axes(x, 2 | WEFT_KEEP), weft_cast(weft_iota(g, weft_shape_of(4, 1), 0), WEFT_F32)),
      weft_min_axes(weft_reshape(x, weft_shape_of(2, 10)), 3),
      weft_uniform(g, weft_shape_of(3, 4), -1, 2),
      weft_normal(g, weft_shape_of(5, 3), 1, 3)};
  enum { N = sizeof roots / sizeof *roots };
  weft_ref_array whole[N];
  cr_assert_eq(weft_ref_eval_all(&arena, roots, N, same_leaf, NULL, whole, NULL), WEFT_OK, "%s", weft_graph_message(g));
  for (int r = 0; r < N; r++)
    for (int64_t i = 0; i < whole[r].size; i++) {
      double value = 0;
      cr_assert(weft_ref_element(roots[r], i, known, NULL, &value));
      cr_expect(is_near(value, whole[r].f32[i], 1e-12), "root %d, element %d: %g", r, (int)i, value);
    }
  double value;
  cr_expect_not(weft_ref_element(weft_argmax(x, 1), 0, known, NULL, &value), "a position needs the whole row");
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}
