/* test_strassen.c -- the kernels around Strassen's products against the op table's definition in double precision: both
 * operands and the result on one level and on two, rows that are no whole vectors or chunks, last columns that are
 * there already; and the three together against the product. */
#include "base/strassen.h"
#include "products.h"
#include "reference/reference.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of a block; panel: vectors in a panel of the right operand, 0: the left one. */
typedef struct sums_case {
  const char *name;
  int levels, panel;
  int64_t rows, columns;
} sums_case;

static const sums_case sums_cases[] = {
    {"left", 1, 0, 5, 64},
    {"left, two levels", 2, 0, 3, 32},
    {"left, rows that are no vectors", 1, 0, 7, 37},
    {"left, two levels, rows that are no vectors", 2, 0, 2, 50},
    {"left, chunks that overlap", 2, 0, 3, 150},
    {"left, one vector", 1, 0, 1, 16},
    {"left, past the caches", 2, 0, 64, 272},
    {"right", 1, 2, 9, 96},
    {"right, two levels", 2, 3, 4, 192},
    {"right, one vector a panel", 1, 1, 6, 48},
    {"right, past the caches", 1, 2, 320, 288},
};
enum { SUMS = sizeof sums_cases / sizeof *sums_cases };

typedef struct results_case {
  const char *name;
  int levels;
  int64_t rows, columns, rest;
} results_case;

static const results_case results_cases[] = {
    {"results", 1, 5, 64, 0},
    {"two levels", 2, 3, 32, 0},
    {"rows that are no vectors", 1, 6, 37, 0},
    {"two levels, chunks that overlap", 2, 3, 230, 0},
    {"with a few last columns", 1, 4, 48, 3},
    {"two levels, with many last columns", 2, 2, 35, 53},
};
enum { RESULTS = sizeof results_cases / sizeof *results_cases };

static weft_tensor *sums_of(weft_tensor *x, const sums_case *k, int lanes) {
  int64_t products = weft_strassen_products(k->levels), panel = k->panel * lanes;
  weft_shape shape = panel ? weft_shape_of(products, k->columns / panel, k->rows, panel)
                           : weft_shape_of(products, k->rows, k->columns);
  return weft_make_strassen_sums(x, k->levels, panel > 0, shape);
}

static weft_tensor *sums(weft_graph *g, const sums_case *k, int lanes) {
  int64_t edge = weft_strassen_edge(k->levels);
  return sums_of(product_leaf(g, weft_shape_of(edge * k->rows, edge * k->columns)), k, lanes);
}

static weft_tensor *results(weft_graph *g, const results_case *k) {
  int64_t edge = weft_strassen_edge(k->levels);
  weft_tensor *m = product_leaf(g, weft_shape_of(weft_strassen_products(k->levels), k->rows, k->columns));
  weft_tensor *rest = k->rest ? product_leaf(g, weft_shape_of(edge * k->rows, k->rest)) : NULL;
  return weft_make_strassen_results(m, rest, k->levels, weft_shape_of(edge * k->rows, edge * k->columns + k->rest));
}

static weft_tensor *slice(weft_graph *g, weft_shape whole, weft_shape part) {
  int64_t start[WEFT_MAX_RANK], step[WEFT_MAX_RANK];
  for (int d = 0; d < whole.rank; d++) {
    start[d] = whole.dims[d] - part.dims[d];
    step[d] = 1;
  }
  return weft_make_slice(product_leaf(g, whole), start, step, part.dims);
}

/* Of larger tensors: read through strides. */
static weft_tensor *sliced_sums(weft_graph *g) {
  return sums_of(slice(g, weft_shape_of(11, 90), weft_shape_of(10, 64)), &(sums_case){"", 1, 0, 5, 32}, 16);
}
static weft_tensor *sliced_results(weft_graph *g) {
  weft_tensor *m = slice(g, weft_shape_of(9, 6, 40), weft_shape_of(7, 5, 32));
  return weft_make_strassen_results(m, slice(g, weft_shape_of(12, 30), weft_shape_of(10, 21)), 1,
                                    weft_shape_of(10, 85));
}

static void check(weft_device *device, const char *lanes, const char *name, weft_tensor *y, int epilogue) {
  check_product(device, lanes, name, y, product_epilogues[epilogue % N_EPILOGUES], NULL);
  weft_graph_destroy(y->graph);
}

static void check_width(const char *lanes) {
  weft_device *device = open_as_class("opencl", "cpu");
  int width = atoi(lanes);
  device->info.vector_width = (uint32_t)width;
  for (int i = 0; i < SUMS; i++) /* with nothing behind them, as the pass has them, and with something */
    for (int follow = 0; follow < 2; follow++)
      check(device, lanes, sums_cases[i].name, sums(weft_graph_create(NULL, NULL), &sums_cases[i], width), follow * i);
  for (int i = 0; i < RESULTS; i++)
    check(device, lanes, results_cases[i].name, results(weft_graph_create(NULL, NULL), &results_cases[i]), i);
  check(device, lanes, "sums of a slice", sliced_sums(weft_graph_create(NULL, NULL)), 0);
  check(device, lanes, "results of slices", sliced_results(weft_graph_create(NULL, NULL)), 0);
  weft_device_close(device);
}

Test(strassen, in_vectors_of_4) { check_width("4"); }
Test(strassen, in_vectors_of_8) { check_width("8"); }
Test(strassen, in_vectors_of_16) { check_width("16"); }

Test(strassen, each_template_builds_alone) {
  check_template("opencl", "kernels/strassen_sums_cpu.cl", "strassen_sums_cpu", 1, 1, 0);
  check_template("opencl", "kernels/strassen_results_cpu.cl", "strassen_results_cpu", 1, 1, 0);
}

/* ---- without a device ---- */

/* Every term of a product of blocks is there once, and no other. */
Test(strassen, tables) {
  for (int levels = 0; levels <= WEFT_STRASSEN_MOST_LEVELS; levels++) {
    int edge = weft_strassen_edge(levels), blocks = edge * edge, products = weft_strassen_products(levels);
    for (int at = 0; at < blocks * blocks * blocks; at++) {
      int a = at / blocks / blocks, b = at / blocks % blocks, c = at % blocks, sum = 0;
      int is_term = a % edge == b / edge && a / edge == c / edge && b % edge == c % edge;
      for (int p = 0; p < products; p++)
        sum += weft_strassen_operand(levels, 0, p, a / edge, a % edge) *
               weft_strassen_operand(levels, 1, p, b / edge, b % edge) *
               weft_strassen_result(levels, p, c / edge, c % edge);
      cr_assert_eq(sum, is_term, "%d levels: a %d, b %d in c %d: %d", levels, a, b, c, sum);
    }
  }
}

static weft_status read_leaf(void *user, weft_tensor *leaf, weft_ref_array *out) {
  (void)user, (void)leaf;
  for (int64_t i = 0; i < out->size; i++) out->f32[i] = (double)((i * 7 + leaf->id) % 13 - 6);
  return WEFT_OK;
}

/* The ops of the table make a product together. */
Test(strassen, is_a_product) {
  for (int levels = 1; levels <= WEFT_STRASSEN_MOST_LEVELS; levels++) {
    int64_t edge = weft_strassen_edge(levels), products = weft_strassen_products(levels), m = 3, n = 4, k = 2;
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *a = product_leaf(g, weft_shape_of(edge * m, edge * k)),
                *b = product_leaf(g, weft_shape_of(edge * k, edge * n));
    weft_tensor *left = weft_make_strassen_sums(a, levels, 0, weft_shape_of(products, m, k));
    weft_tensor *right = weft_make_strassen_sums(b, levels, 1, weft_shape_of(products, 2, k, 2));
    weft_tensor *each = weft_make_dot(left, right, 1, 1, 1, 1, 2, weft_shape_of(products, m, n));
    weft_tensor *both[2] = {weft_make_strassen_results(each, NULL, levels, weft_shape_of(edge * m, edge * n)),
                            weft_make_matmul(a, b)};
    weft_arena arena = {0};
    weft_error error = {0};
    weft_ref_array out[2];
    cr_assert_eq(weft_ref_eval_all(&arena, both, 2, read_leaf, NULL, out, &error), WEFT_OK, "%s", error.message);
    for (int64_t i = 0; i < out[0].size; i++)
      cr_assert_float_eq(out[0].f32[i], out[1].f32[i], 1e-9, "%d levels: element %lld", levels, (long long)i);
    weft_arena_free(&arena);
    weft_graph_destroy(g);
  }
}

Test(strassen, what_vectors_cannot_serve_is_refused) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_target gpu = product_cpu;
  gpu.device_class = WEFT_CLASS_GPU;
  check_refused(sums(g, &(sums_case){"", 1, 0, 4, 15}, 16), &product_cpu, "strassen_sums", "rows are no vectors");
  check_refused(sums(g, &(sums_case){"", 1, 3, 4, 48}, 8), &product_cpu, "strassen_sums", "panels are no vectors");
  check_refused(results(g, &results_cases[0]), &gpu, "strassen_results", "no such kernel");
  weft_graph_destroy(g);
}
