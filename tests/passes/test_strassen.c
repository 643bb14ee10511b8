/* test_strassen.c -- when products are computed by Strassen's algorithm, and that they are the same then. */
#include "base/strassen.h"
#include "check.h"
#include "graph/graph.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <weft/ops.h>

static weft_pass_target steady(void) {
  weft_pass_target target = cpu_target;
  target.is_steady = 1;
  target.vector_width = 16;
  return target;
}

static weft_tensor *input(weft_graph *g, int64_t m, int64_t k) {
  return weft_input_shaped(g, "x", WEFT_F32, weft_shape_of(m, k));
}
static weft_tensor *weights(weft_graph *g, int64_t k, int64_t n) {
  return weft_param_shaped(g, "w", WEFT_F32, weft_shape_of(k, n));
}

static weft_tensor *contracted(weft_tensor *y, const weft_pass_target *target) {
  weft_error error = {0};
  cr_assert_eq(weft_pass_contract(&y, 1, target, &error), WEFT_OK, "%s", error.message);
  return y;
}

static const weft_tensor *find(const weft_tensor *node, weft_op op) {
  const weft_tensor *found = node->op == op ? node : NULL;
  for (int i = 0; i < node->n_in && !found; i++) found = find(node->in[i], op);
  return found;
}

static int levels_in(weft_tensor *y) {
  const weft_tensor *results = find(y, WEFT_OP_STRASSEN_RESULTS);
  return results ? (int)results->attr[0] : 0;
}

/* Of a product (m, k) by weights (k, n). */
static int levels_for(int64_t m, int64_t n, int64_t k, const weft_pass_target *target) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  int levels = levels_in(contracted(weft_matmul(input(g, m, k), weights(g, k, n)), target));
  weft_graph_destroy(g);
  return levels;
}

typedef struct size_case {
  int64_t m, n, k;
  int levels;
} size_case;

static const size_case sizes[] = {
    {64, 3136, 576, 1},    /* a convolution's product */
    {512, 1568, 4608, 2},  /* long sums are worth two levels */
    {64, 512, 784, 0},     /* over before two more launches pay */
    {32, 1000, 2048, 0},   /* few rows: reading the weights takes as long */
    {4096, 512, 512, 0},   /* sums would move more than they save */
    {64, 64, 64, 0},       /* small */
    {1023, 1024, 1024, 0}, /* does not divide */
    {1022, 1024, 1024, 1}, /* divides once */
    {512, 8192, 8192, 0},  /* the weights' sums would take too much memory */
};

Test(strassen, where_it_pays) {
  const weft_pass_target target = steady();
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const size_case *s = &sizes[i];
    int levels = levels_for(s->m, s->n, s->k, &target);
    cr_expect_eq(levels, s->levels, "%lld x %lld x %lld: %d levels", (long long)s->m, (long long)s->n, (long long)s->k,
                 levels);
  }
}

/* No tensor may be larger than what a kernel can bind, or its index tell. */
Test(strassen, within_limits) {
  weft_pass_target target = steady();
  cr_expect_eq(levels_for(1024, 2048, 2048, &target), 2);
  target.max_binding = 1024 * 2048 * 4 * 2; /* room for the sums of one level, 7 / 4 of an operand */
  cr_expect_eq(levels_for(1024, 2048, 2048, &target), 1);
  target.max_binding = 1024 * 2048 * 4;
  cr_expect_eq(levels_for(1024, 2048, 2048, &target), 0);
  target.max_binding = 0;
  cr_expect_eq(levels_for(1 << 20, 2048, 2048, &target), 0);
}

/* On many cores multiplications are cheaper beside what goes through memory. */
Test(strassen, on_many_units) {
  weft_pass_target target = steady();
  cr_expect_eq(levels_for(1024, 1024, 1024, &target), 1);
  target.compute_units = 32;
  cr_expect_eq(levels_for(1024, 1024, 1024, &target), 0);
}

/* What a run changes or feeds would have to be summed in each; shaders and GPUs have no such kernels; a batch of
 * products is left alone. */
Test(strassen, only_weights_that_stay) {
  weft_pass_target target = steady(), other = target;
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = input(g, 256, 1024), *w = weights(g, 1024, 1024), *y = weft_matmul(x, w);
  cr_expect_gt(levels_in(contracted(y, &target)), 0);
  other.is_steady = 0;
  cr_expect_eq(levels_in(contracted(y, &other)), 0, "a program that changes weights");
  other = target;
  other.glsl = 1;
  cr_expect_eq(levels_in(contracted(y, &other)), 0, "shaders");
  other.device_class = WEFT_CLASS_GPU;
  cr_expect_eq(levels_in(contracted(y, &other)), 0, "a GPU");
  weft_tensor *fed = weft_matmul(x, weft_input(g, "fed", WEFT_F32, 1024, 1024));
  cr_expect_eq(levels_in(contracted(fed, &target)), 0, "weights that are fed");
  weft_tensor *batch =
      weft_matmul(weft_input(g, "xs", WEFT_F32, 2, 256, 1024), weft_param(g, "ws", WEFT_F32, 2, 1024, 1024));
  cr_expect_eq(levels_in(contracted(batch, &target)), 0, "a batch");
  weft_graph_destroy(g);
}

Test(strassen, can_be_turned_off) {
  const weft_pass_target target = steady();
  setenv("WEFT_SKIP", "strassen", 1);
  cr_expect_eq(levels_for(256, 1024, 1024, &target), 0);
}

/* Last columns that do not divide are a product of their own; sums of b are in panels of the tile that wastes least. */
Test(strassen, last_columns) {
  const weft_pass_target target = steady();
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *y = contracted(weft_matmul(input(g, 512, 4608), weights(g, 4608, 1568)), &target);
  const weft_tensor *results = find(y, WEFT_OP_STRASSEN_RESULTS);
  cr_assert(results && results->n_in == 2);
  const weft_tensor *products = results->in[0], *right = products->in[1];
  cr_expect(products->op == WEFT_OP_DOT && products->attr[4] == 48, "panels of %lld", (long long)products->attr[4]);
  cr_expect(right->op == WEFT_OP_STRASSEN_SUMS && right->shape.dims[1] == 8);
  cr_expect(results->in[1]->shape.dims[1] == 32);
  weft_graph_destroy(g);
}

/* As if so many levels had been measured to be the fastest. */
static int measured(void *user, const weft_form *form) {
  return form->kind == WEFT_FORM_LEVELS ? *(const int *)user : -1;
}

enum { KINDS = 6 };
static weft_tensor *of_kind(weft_graph *g, int kind) {
  weft_tensor *image = weft_input(g, "image", WEFT_F32, 2, 8, 8, 136);
  switch (kind) {
  case 0: return weft_matmul(input(g, 128, 136), weights(g, 136, 300));
  case 1: return weft_matmul(input(g, 128, 136), weft_transpose(weights(g, 193, 136)));
  case 2:
    return weft_make_conv(WEFT_OP_CONV, image, weft_param(g, "w", WEFT_F32, 1, 1, 136, 192), (int64_t[]){1, 1, 1, 1, 1},
                          weft_shape_of(2, 8, 8, 192));
  case 3: return weft_matmul(weft_input(g, "x", WEFT_F32, 4, 32, 136), weights(g, 136, 192));
  case 4: return weft_matmul(weft_input(g, "x", WEFT_F32, 1, 128, 136), weft_param(g, "w", WEFT_F32, 1, 136, 192));
  default:
    return weft_relu(
        weft_add(weft_matmul(input(g, 128, 136), weights(g, 136, 192)), weft_param(g, "b", WEFT_F32, 192)));
  }
}

/* With last columns; weights as (N, K), with one last column; images of a 1 x 1 convolution; rows of a sequence; a
 * batch of one; with a bias behind. */
static void check_same_values(uint32_t vector_width) {
  check_tolerance = 1e-4;
  for (int levels = 1; levels <= WEFT_STRASSEN_MOST_LEVELS; levels++)
    for (int kind = 0; kind < KINDS; kind++) {
      weft_pass_target target = steady();
      target.vector_width = vector_width;
      target.measured = measured;
      target.user = &levels;
      weft_graph *g = weft_graph_create(NULL, NULL);
      weft_tensor *fast = check_pass(weft_pass_contract, of_kind(g, kind), &target, 1, "strassen");
      cr_expect_eq(levels_in(fast), levels, "kind %d: %d levels", kind, levels_in(fast));
      weft_graph_destroy(g);
    }
}

Test(strassen, same_values) { check_same_values(16); }
Test(strassen, same_values_in_vectors_of_8) { check_same_values(8); }
Test(strassen, same_values_in_vectors_of_4) { check_same_values(4); }
Test(strassen, same_values_in_vectors_of_unknown_width) { check_same_values(0); }

/* An operand that strides do not reach as a matrix stays as it is: windows would be copied apart. Nothing is measured
 * for it. */
static int unasked(void *user, const weft_form *form) {
  (void)user;
  cr_expect(form->kind != WEFT_FORM_LEVELS, "levels are asked for");
  return -1;
}

Test(strassen, windows_are_left_alone) {
  weft_pass_target target = steady();
  target.measured = unasked;
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *image = weft_input(g, "image", WEFT_F32, 8, 33, 33, 64),
              *w = weft_param(g, "w", WEFT_F32, 3, 3, 64, 256);
  weft_tensor *y = weft_make_conv(WEFT_OP_CONV, image, w, (int64_t[]){2, 2, 1, 1, 1}, weft_shape_of(8, 16, 16, 256));
  cr_expect_eq(levels_in(contracted(y, &target)), 0);
  weft_graph_destroy(g);
}
