/* test_forms.c -- what passes ask a stop-watch before they estimate: which questions, with which candidates, and that
 * they take what it says. */
#include "check.h"
#include <criterion/criterion.h>
#include <stdio.h>

enum { MOST_ASKED = 16 };

/* Answers every question with one of its candidates; keeps what was asked. */
typedef struct stop_watch {
  int says; /* which candidate; -1: it does not know */
  int n;
  weft_form asked[MOST_ASKED];
} stop_watch;

static int measured(void *user, const weft_form *form) {
  stop_watch *watch = user;
  cr_assert_lt(watch->n, MOST_ASKED);
  watch->asked[watch->n++] = *form;
  cr_assert(form->n > 1 && form->n <= WEFT_MOST_FORMS);
  for (int i = 0; i < form->n; i++)
    for (int k = 0; k < i; k++)
      cr_assert_neq(form->candidates[i], form->candidates[k], "a candidate stands there twice");
  return watch->says >= 0 && watch->says < form->n ? form->candidates[watch->says] : -1;
}

static weft_pass_target asking(const weft_pass_target *target, stop_watch *watch) {
  weft_pass_target copy = *target;
  copy.measured = measured;
  copy.user = watch;
  copy.local_memory = 32768;
  copy.max_group = 256;
  return copy;
}

/* ---- products ---- */

/* The parts of the only dot. */
static int64_t parts_of(weft_tensor *root, int batch) {
  weft_arena arena = {0};
  size_t count;
  weft_tensor **order = weft_graph_order(&arena, &root, 1, &count);
  int64_t parts = 0;
  for (size_t i = 0; order && i < count; i++)
    if (order[i]->op == WEFT_OP_DOT) parts = order[i]->attr[0] > batch ? order[i]->shape.dims[0] : 1;
  weft_arena_free(&arena);
  return parts;
}

Test(forms, a_product_is_cut_as_measured) {
  static const struct {
    const weft_pass_target *target;
    int64_t m, n, k, estimate;
  } cases[] = {
      {&gpu_target, 3, 5, 2048, 8},  {&cpu_target, 8, 8, 4096, 8}, {&glsl_target, 4, 4, 2048, 2},
      {&cpu_target, 20, 5, 2304, 2}, {&gpu_target, 3, 5, 600, 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (int says = -1; says < WEFT_MOST_FORMS; says++) {
      weft_graph *g = weft_graph_create(NULL, NULL);
      stop_watch watch = {.says = says};
      weft_pass_target target = asking(cases[i].target, &watch);
      char what[64];
      snprintf(what, sizeof what, "case %zu, candidate %d", i, says);
      weft_tensor *a = weft_input(g, "a", WEFT_F32, cases[i].m, cases[i].k);
      weft_tensor *y = weft_matmul(a, weft_param(g, "b", WEFT_F32, cases[i].k, cases[i].n));
      y = check_pass(weft_pass_contract, y, &target, 1, what);
      const weft_form *form = &watch.asked[0];
      cr_assert(watch.n == 1 && form->kind == WEFT_FORM_PRODUCT, "%s: %d questions", what, watch.n);
      cr_expect_eq(form->candidates[0], cases[i].estimate, "%s: the estimate is %d", what, form->candidates[0]);
      int is_known = says >= 0 && says < form->n, has_whole = 0;
      for (int k = 0; k < form->n; k++) {
        cr_expect_eq(cases[i].k % form->candidates[k], 0, "%s: %d parts", what, form->candidates[k]);
        has_whole |= form->candidates[k] == 1;
      }
      cr_expect(has_whole, "%s", what);
      cr_expect_eq(parts_of(y, 0), form->candidates[is_known ? says : 0], "%s: %d parts", what, (int)parts_of(y, 0));
      weft_graph_destroy(g);
    }
}

/* What is asked tells weights that change from those that stay, and those from an input. */
Test(forms, a_product_tells_its_weights) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  stop_watch watch = {.says = -1};
  weft_pass_target target = asking(&cpu_target, &watch);
  weft_tensor *a = weft_input(g, "a", WEFT_F32, 20, 4096), *w = weft_param(g, "w", WEFT_F32, 4096, 5);
  weft_tensor *wide = weft_param(g, "wide", WEFT_F32, 4096, 16), *x = weft_input(g, "x", WEFT_F32, 4096, 5);
  weft_tensor *others[] = {w, wide, x};
  for (int is_steady = 0; is_steady < 2; is_steady++)
    for (int i = 0; i < 3; i++) {
      watch.n = 0;
      target.is_steady = is_steady;
      check_pass(weft_pass_contract, weft_matmul(a, others[i]), &target, 1, "weights");
      const weft_form_product *f = &watch.asked[0].product;
      cr_assert_eq(watch.n, 1);
      cr_expect_eq(f->b_changes, !is_steady && i == 0, "operand %d", i);
      cr_expect_eq(f->b_stays, is_steady && i < 2, "operand %d", i);
      cr_expect_eq(f->a_stays, 0);
    }
  weft_graph_destroy(g);
}

/* Enough tiles, or too short a sum: nobody waits for a stop-watch. */
Test(forms, what_is_plain_is_not_asked) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  stop_watch watch = {.says = 1};
  weft_pass_target target = asking(&cpu_target, &watch);
  weft_tensor *a = weft_input(g, "a", WEFT_F32, 128, 1024), *b = weft_input(g, "b", WEFT_F32, 1024, 128);
  cr_expect_eq(parts_of(check_pass(weft_pass_contract, weft_matmul(a, b), &target, 1, "tiles"), 0), 1);
  weft_tensor *c = weft_input(g, "c", WEFT_F32, 3, 300), *d = weft_input(g, "d", WEFT_F32, 300, 5);
  cr_expect_eq(parts_of(check_pass(weft_pass_contract, weft_matmul(c, d), &target, 1, "short"), 0), 1);
  cr_expect_eq(watch.n, 0, "%d questions", watch.n);
  weft_graph_destroy(g);
}

/* A dot is cut where it is what a program measures, and nowhere else. */
Test(forms, a_measured_product) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  stop_watch watch = {.says = 1};
  weft_tensor *a = weft_input(g, "a", WEFT_F32, 3, 2, 1024), *b = weft_input(g, "b", WEFT_F32, 2, 1024, 5);
  weft_tensor *y = weft_make_dot(a, b, 0, 1, 2, 1, 0, weft_shape_of(3, 5));
  for (int cuts = 0; cuts < 2; cuts++) {
    weft_pass_target target = asking(&gpu_target, &watch);
    target.cuts_dots = cuts;
    watch.says = 2; /* half of 8 */
    weft_tensor *root = check_pass(weft_pass_contract, y, &target, 0, "a dot");
    cr_expect_eq(parts_of(root, 0), cuts ? 4 : 1);
  }
  weft_graph_destroy(g);
}

/* ---- convolutions ---- */

Test(forms, a_convolution_takes_what_is_measured) {
  for (int says = -1; says < 2; says++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    stop_watch watch = {.says = says};
    weft_pass_target target = asking(&cpu_target, &watch);
    const int64_t options[5] = {1, 1, 1, 1, 1};
    weft_tensor *x = weft_input(g, "x", WEFT_F32, 1, 10, 10, 32), *w = weft_param(g, "w", WEFT_F32, 3, 3, 32, 32);
    weft_tensor *y = weft_make_conv(WEFT_OP_CONV, x, w, options, WEFT_SCALAR_SHAPE);
    check_tolerance = 1e-4;
    y = check_pass(weft_pass_contract, y, &target, 1, "convolution");
    cr_assert(watch.n > 0 && watch.asked[0].kind == WEFT_FORM_CONVOLUTION && watch.asked[0].n == 2);
    int want = watch.asked[0].candidates[says > 0];
    cr_expect_eq(count_ops(&y, 1, WEFT_OP_WINOGRAD, 0), want, "answer %d", says);
    weft_graph_destroy(g);
  }
}

/* ---- attention ---- */

enum { ATTENTIONS = 5 };

static int count_attentions(weft_tensor *const *roots) {
  int n = 0;
  for (weft_op op = WEFT_OP_ATTENTION; op <= WEFT_OP_ATTENTION_DV; op++) n += count_ops(roots, ATTENTIONS, op, 0);
  return n;
}

/* y, its gradients and the logarithms. */
static void attend(weft_graph *g, int64_t t, int64_t d, weft_tensor **out) {
  weft_tensor *in[6] = {weft_input(g, "q", WEFT_F32, 2, t, d), weft_input(g, "k", WEFT_F32, 2, 9, d),
                        weft_input(g, "v", WEFT_F32, 2, 9, 6)};
  in[3] = weft_make_attention(WEFT_OP_ATTENTION, in, 3, 1, 0.5);
  in[4] = weft_make_attention(WEFT_OP_ATTENTION_LOG, in, 2, 1, 0.5);
  in[5] = weft_input(g, "g", WEFT_F32, 2, t, 6);
  for (int i = 0; i < 3; i++) out[i] = weft_make_attention((weft_op)(WEFT_OP_ATTENTION_DQ + i), in, 6, 1, 0.5);
  out[3] = in[3];
  out[4] = in[4];
}

Test(forms, all_of_one_attention_take_one_form) {
  static const weft_pass_target *const targets[2] = {&cpu_target, &gpu_target};
  for (int c = 0; c < 12; c++) {
    int says = c % 3 - 1, is_few = c / 3 % 2;
    weft_graph *g = weft_graph_create(NULL, NULL);
    stop_watch watch = {.says = says};
    weft_pass_target target = asking(targets[c / 6], &watch);
    weft_tensor *roots[ATTENTIONS];
    attend(g, is_few ? 2 : 8, 5, roots);
    check_roots(weft_pass_attention, roots, ATTENTIONS, &target, 0, "attention");
    int want = says == 1 ? is_few : !is_few;
    cr_expect_eq(count_attentions(roots), want ? ATTENTIONS : 0, "case %d: %d are left", c, count_attentions(roots));
    cr_expect_eq(watch.n, ATTENTIONS);
    for (int i = 0; i < watch.n; i++) {
      const weft_form *form = &watch.asked[i];
      cr_expect(form->kind == WEFT_FORM_ATTENTION && form->candidates[0] == !is_few);
      cr_expect(form->attention.trains && form->attention.causal, "question %d", i);
      cr_expect(form->attention.s == 9 && form->attention.e == 6, "question %d", i);
    }
    weft_graph_destroy(g);
  }
}

Test(forms, attention_alone_does_not_train) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  stop_watch watch = {.says = 1};
  weft_pass_target target = asking(&cpu_target, &watch);
  weft_tensor *roots[ATTENTIONS];
  attend(g, 8, 5, roots);
  weft_tensor *y = check_pass(weft_pass_attention, roots[3], &target, 1, "forward");
  cr_expect_eq(count_ops(&y, 1, WEFT_OP_ATTENTION, 0), 0);
  cr_assert_eq(watch.n, 1);
  cr_expect_not(watch.asked[0].attention.trains);
  weft_graph_destroy(g);
}

/* Gradients beside it are another attention's. */
Test(forms, attention_beside_one_that_trains) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  stop_watch watch = {.says = -1};
  weft_pass_target target = asking(&cpu_target, &watch);
  weft_tensor *roots[ATTENTIONS + 1];
  attend(g, 8, 5, roots);
  weft_tensor *in[3] = {roots[3]->in[0], weft_input(g, "others", WEFT_F32, 2, 11, 5),
                        weft_input(g, "theirs", WEFT_F32, 2, 11, 6)};
  roots[ATTENTIONS] = weft_make_attention(WEFT_OP_ATTENTION, in, 3, 1, 0.5);
  check_roots(weft_pass_attention, roots, ATTENTIONS + 1, &target, 0, "two attentions");
  cr_assert_eq(watch.n, ATTENTIONS + 1);
  for (int i = 0; i < watch.n; i++)
    cr_expect_eq(watch.asked[i].attention.trains, watch.asked[i].attention.s == 9, "question %d", i);
  weft_graph_destroy(g);
}

/* No kernel, or scores that nobody wants to see written out. */
Test(forms, attention_without_a_choice) {
  static const weft_pass_target *const targets[2] = {&glsl_target, &cpu_target};
  for (int i = 0; i < 2; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    stop_watch watch = {.says = 1};
    weft_pass_target target = asking(targets[i], &watch);
    weft_tensor *roots[ATTENTIONS];
    attend(g, 8, i ? 300 : 5, roots);
    check_roots(weft_pass_attention, roots, ATTENTIONS, &target, 1, "no kernel");
    cr_expect(count_attentions(roots) == 0 && watch.n == 0, "target %d", i);
    weft_graph_destroy(g);
  }
  weft_graph *g = weft_graph_create(NULL, NULL);
  stop_watch watch = {.says = 1};
  weft_pass_target target = asking(&cpu_target, &watch);
  weft_tensor *in[3], *y;
  static const char *const names[3] = {"q", "k", "v"};
  for (int i = 0; i < 3; i++) in[i] = weft_input(g, names[i], WEFT_F32, 64, 8192, 32);
  y = weft_make_attention(WEFT_OP_ATTENTION, in, 3, 1, 0.5);
  weft_error error = {0};
  cr_assert_eq(weft_pass_attention(&y, 1, &target, &error), WEFT_OK);
  cr_expect(y->op == WEFT_OP_ATTENTION && watch.n == 0);
  weft_graph_destroy(g);
}
