/* check.c -- see check.h. */
#include "check.h"
#include "base/hash.h"
#include "base/philox.h"
#include "passes/pipeline.h"
#include "reference/reference.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROOTS = 32 };

const weft_pass_target cpu_target = {.device_class = WEFT_CLASS_CPU, .vector_width = 8, .compute_units = 2};
const weft_pass_target gpu_target = {.device_class = WEFT_CLASS_GPU, .vector_width = 1, .compute_units = 64};
const weft_pass_target glsl_target = {.device_class = WEFT_CLASS_CPU, .glsl = 1, .vector_width = 8, .compute_units = 2};

double check_tolerance = 1e-5; /* constants are rounded to f32 */

static int is_near(double a, double b) {
  if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
  if (isinf(a) || isinf(b)) return a == b;
  return fabs(a - b) <= check_tolerance * (1 + fabs(a) + fabs(b));
}

/* Random numbers by the leaf's name: -2 to 2, or whole ones from -1 to 3. */
static weft_status fill_leaf(void *user, weft_tensor *leaf, weft_ref_array *out) {
  uint64_t key = weft_hash_text(WEFT_HASH_SEED, leaf->name);
  (void)user;
  for (int64_t i = 0; i < out->size; i++) {
    double u = weft_philox_uniform(key, 0, (uint64_t)i);
    if (out->dtype == WEFT_F32)
      out->f32[i] = u * 4 - 2;
    else
      out->i32[i] = (int32_t)(u * 5) - 1;
  }
  return WEFT_OK;
}

static double element(const weft_ref_array *array, int64_t i) {
  return array->dtype == WEFT_F32 ? array->f32[i] : array->i32[i];
}

static void same_values(weft_tensor *const *before, weft_tensor *const *after, size_t n, const char *what) {
  weft_arena arena = {0};
  weft_ref_array x[MOST_ROOTS], y[MOST_ROOTS];
  weft_error error = {0};
  cr_assert_eq(weft_ref_eval_all(&arena, before, n, fill_leaf, NULL, x, &error), WEFT_OK, "%s: %s", what,
               error.message);
  cr_assert_eq(weft_ref_eval_all(&arena, after, n, fill_leaf, NULL, y, &error), WEFT_OK, "%s: %s", what, error.message);
  for (size_t i = 0; i < n; i++) {
    char a[64], b[64];
    cr_assert(before[i]->dtype == after[i]->dtype && weft_shape_equal(before[i]->shape, after[i]->shape),
              "%s: result %zu is %s, was %s", what, i, weft_shape_text(after[i]->shape, b, sizeof b),
              weft_shape_text(before[i]->shape, a, sizeof a));
    for (int64_t k = 0; k < x[i].size; k++)
      cr_assert(is_near(element(&x[i], k), element(&y[i], k)), "%s: element %lld of result %zu is %.9g, was %.9g", what,
                (long long)k, i, element(&y[i], k), element(&x[i], k));
  }
  weft_arena_free(&arena);
}

void check_values(weft_tensor *before, weft_tensor *after, const char *what) { same_values(&before, &after, 1, what); }

static char *text_of(weft_tensor *const *roots, size_t n) {
  char *text = weft_graph_print(roots, n);
  return text ? text : strdup("no memory");
}

void check_roots(weft_pass_run *pass, weft_tensor **roots, size_t n_roots, const weft_pass_target *target, int settles,
                 const char *what) {
  weft_tensor *before[MOST_ROOTS], *once[MOST_ROOTS];
  weft_error error = {0};
  cr_assert_leq(n_roots, (size_t)MOST_ROOTS);
  for (size_t i = 0; i < n_roots; i++) {
    cr_assert_not_null(roots[i], "%s", what);
    before[i] = roots[i];
  }
  weft_graph *graph = roots[0]->graph;
  cr_assert_eq(graph->error.status, WEFT_OK, "%s: %s", what, weft_graph_message(graph));
  cr_assert_eq(pass(roots, n_roots, target, &error), WEFT_OK, "%s: %s", what, error.message);
  cr_assert_eq(graph->error.status, WEFT_OK, "%s: %s", what, weft_graph_message(graph));
  cr_assert_eq(weft_graph_validate(roots, n_roots, &error), WEFT_OK, "%s: %s", what, error.message);
  same_values(before, roots, n_roots, what);
  if (!settles) return;
  memcpy(once, roots, n_roots * sizeof roots[0]);
  cr_assert_eq(pass(once, n_roots, target, &error), WEFT_OK, "%s: %s", what, error.message);
  for (size_t i = 0; i < n_roots; i++)
    cr_assert_eq(once[i], roots[i], "%s: changes again, from\n%s\nto\n%s", what, text_of(roots, n_roots),
                 text_of(once, n_roots));
}

weft_tensor *check_pass(weft_pass_run *pass, weft_tensor *root, const weft_pass_target *target, int settles,
                        const char *what) {
  check_roots(pass, &root, 1, target, settles, what);
  return root;
}

void check_cases(weft_pass_run *pass, const pass_case *cases, size_t n_cases) {
  for (size_t i = 0; i < n_cases; i++) {
    weft_graph *graph = weft_graph_create(NULL, NULL);
    cr_assert_not_null(graph);
    weft_tensor *before = cases[i].build(graph, 0), *after = cases[i].build(graph, 1);
    cr_assert(before && after, "%s: %s", cases[i].name, weft_graph_message(graph));
    weft_tensor *found = check_pass(pass, before, &cpu_target, 1, cases[i].name);
    cr_expect_eq(found, after, "%s:\n%s\nwhere\n%s\nis expected, from\n%s", cases[i].name, text_of(&found, 1),
                 text_of(&after, 1), text_of(&before, 1));
    weft_graph_destroy(graph);
  }
}

int count_ops(weft_tensor *const *roots, size_t n_roots, weft_op op, int64_t above) {
  weft_arena arena = {0};
  size_t count;
  int found = 0;
  weft_tensor **order = weft_graph_order(&arena, roots, n_roots, &count);
  for (size_t i = 0; order && i < count; i++) found += order[i]->op == op && weft_shape_size(order[i]->shape) > above;
  weft_arena_free(&arena);
  return found;
}

void check_groups(weft_arena *arena, weft_tensor **tensors, size_t n, const weft_group_limits *limits,
                  weft_group ***out_groups, size_t *out_count) {
  const weft_pass_target target = {.device_class = WEFT_CLASS_GPU, .vector_width = 1, .is_steady = limits->is_steady};
  const weft_graph *g = tensors[0]->graph;
  weft_module module;
  weft_error error = {0};
  weft_tensor *roots[MOST_ROOTS];
  size_t n_roots = 0;
  cr_assert_eq(g->error.status, WEFT_OK, "%s", g->error.message);
  cr_assert_eq(weft_take_effects(arena, tensors, n, &module, &error), WEFT_OK, "%s", error.message);
  cr_assert_eq(weft_run_passes(arena, &module, &target, &error), WEFT_OK, "%s", error.message);
  for (size_t i = 0; i < module.n_results; i++) roots[n_roots++] = module.results[i];
  for (size_t i = 0; i < module.n_assignments; i++) roots[n_roots++] = module.assignments[i].value;
  cr_assert_eq(weft_group_graph(arena, roots, n_roots, limits, out_groups, out_count, &error), WEFT_OK);
}
