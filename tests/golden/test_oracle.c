/* test_oracle.c -- the oracle and the gradient rules against PyTorch, in double precision. */
#include "autodiff/autodiff.h"
#include "golden.h"
#include "reference/reference.h"
#include <criterion/criterion.h>
#include <string.h>

static weft_status fill(void *user, weft_tensor *leaf, weft_ref_array *out) {
  const golden_case *c = user;
  int k = 0;
  while (strcmp(c->inputs[k].name, leaf->name) != 0) k++;
  for (int64_t i = 0; i < out->size; i++) {
    if (out->dtype == WEFT_F32)
      out->f32[i] = (double)(float)c->inputs[k].values[i];
    else
      out->i32[i] = (int32_t)c->inputs[k].values[i];
  }
  return WEFT_OK;
}

static void expect(const golden_case *c, const golden_array *want, weft_tensor *t) {
  weft_arena arena = {0};
  weft_ref_array array;
  weft_error error = {0};
  cr_assert_eq(weft_ref_eval_all(&arena, &t, 1, fill, (void *)c, &array, &error), WEFT_OK, "%s", error.message);
  double *found = array.dtype == WEFT_F32 ? array.f32 : WEFT_NEW(&arena, double, array.size);
  for (int64_t i = 0; array.dtype == WEFT_I32 && i < array.size; i++) found[i] = array.i32[i];
  golden_expect(c, want, found, 2e-7, "the oracle"); /* gradients hold constants that f32 rounds */
  weft_arena_free(&arena);
}

static void check(const golden_case *c) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *in[MOST_INPUTS], *wrt[MOST_INPUTS], *gradients[MOST_INPUTS], *y = golden_build(c, g, in);
  int of[MOST_INPUTS], n = 0;
  expect(c, &c->result, y);
  for (int k = 0; k < c->n_inputs; k++)
    if (c->gradients[k].given) {
      of[n] = k;
      wrt[n++] = in[k];
    }
  if (n > 0) {
    cr_assert_eq(weft_autodiff(golden_loss(y), wrt, (size_t)n, gradients), WEFT_OK, "%s", weft_graph_message(g));
    for (int k = 0; k < n; k++) expect(c, &c->gradients[of[k]], gradients[k]);
  }
  weft_graph_destroy(g);
}

Test(oracle, cases) {
  weft_arena arena = {0};
  size_t n;
  golden_case *cases = golden_read(&arena, &n);
  for (size_t i = 0; i < n; i++)
    if (!cases[i].is_train) check(&cases[i]);
  weft_arena_free(&arena);
}

/* Every builder has numbers, and every scalar row is among them. */
Test(oracle, every_op_has_numbers) {
  weft_arena arena = {0};
  size_t n;
  golden_case *cases = golden_read(&arena, &n);
  for (size_t k = 0; golden_op_name(k); k++) {
    size_t i = 0;
    while (i < n && strcmp(cases[i].op, golden_op_name(k)) != 0) i++;
    cr_expect(i < n, "golden.txt has no case of %s", golden_op_name(k));
  }
  for (int op = 0; op < WEFT_OP_COUNT; op++) {
    if (weft_ops[op].kind != W_SCALAR) continue;
    size_t i = 0;
    while (i < n && strcmp(cases[i].op, weft_ops[op].name) != 0) i++;
    cr_expect(i < n, "golden.txt has no case of %s", weft_ops[op].name);
  }
  weft_arena_free(&arena);
}
