/* test_prologue.c -- operands that a contraction on a GPU computes where it reads them: elementwise ops, borders and
 * lists in front of it, in every direction and width in which it reads, on both backends. check_product() also asks
 * that it all is one kernel. */
#include "base/tiles.h"
#include "lower/dot.h"
#include "passes/group.h"
#include "products.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SHAPE(...) weft_shape_of(__VA_ARGS__)

/* ---- graphs ---- */

static weft_tensor *leaf(weft_graph *g, weft_shape shape) { return product_leaf(g, shape); }
static weft_tensor *permuted(weft_tensor *x, int a, int b, int c, int d, int e, int f) {
  const int64_t axes[6] = {a, b, c, d, e, f};
  return weft_make_permute(x, axes);
}
static weft_tensor *multiply(weft_tensor *a, weft_tensor *b) {
  return weft_make_dot(a, b, 0, 1, 1, 1, 0, SHAPE(a->shape.dims[0], b->shape.dims[1]));
}
/* max(x + a row, 0): two inputs, one of them repeated */
static weft_tensor *rectified(weft_graph *g, weft_tensor *x) {
  weft_shape row = x->shape;
  for (int d = 0; d < row.rank - 1; d++) row.dims[d] = 1;
  weft_tensor *bias = weft_make_expand(leaf(g, row), x->shape);
  weft_tensor *sum = weft_make_scalar(WEFT_OP_ADD, x, bias, NULL);
  return weft_make_scalar(WEFT_OP_MAX, sum, weft_make_const(g, WEFT_F32, x->shape, 0), NULL);
}
/* A copy of the image (N, H, W, C) under a border. */
static weft_tensor *bordered(weft_tensor *x, int64_t border, double value) {
  const int64_t lo[4] = {0, border, border, 0}, gaps[4] = {0};
  weft_shape shape = x->shape;
  shape.dims[1] += 2 * border;
  shape.dims[2] += 2 * border;
  return weft_make_copy(weft_make_pad(x, lo, gaps, shape, value));
}
/* (N, OH, OW, R, S, C) */
static weft_tensor *windows(weft_tensor *x, int64_t size, int64_t stride) {
  const int64_t w[4] = {0, size, size, 0}, s[4] = {1, stride, stride, 1}, d[4] = {1, 1, 1, 1};
  return permuted(weft_make_window(x, w, s, d), 0, 1, 2, 4, 5, 3);
}
static weft_tensor *convolved(weft_graph *g, weft_tensor *x, int64_t stride, int64_t oc) {
  weft_tensor *a = windows(x, 3, stride);
  const int64_t *size = a->shape.dims;
  return weft_make_dot(a, leaf(g, SHAPE(3, 3, size[5], oc)), 0, 3, 3, 1, 0, SHAPE(size[0], size[1], size[2], oc));
}
static weft_tensor *listed(weft_tensor *x, weft_tensor *y, int axis) {
  weft_tensor *parts[2] = {x, y};
  return weft_make_copy(weft_concat(parts, 2, axis));
}

static weft_tensor *a_along_k(weft_graph *g) {
  return multiply(rectified(g, leaf(g, SHAPE(37, 64))), leaf(g, SHAPE(64, 44)));
}
static weft_tensor *a_along_m(weft_graph *g) {
  return multiply(permuted(rectified(g, leaf(g, SHAPE(50, 68))), 1, 0, 0, 0, 0, 0), leaf(g, SHAPE(50, 41)));
}
static weft_tensor *b_along_n(weft_graph *g) {
  return multiply(leaf(g, SHAPE(30, 51)), rectified(g, leaf(g, SHAPE(51, 72))));
}
static weft_tensor *b_along_k(weft_graph *g) {
  return multiply(leaf(g, SHAPE(30, 60)), permuted(rectified(g, leaf(g, SHAPE(33, 60))), 1, 0, 0, 0, 0, 0));
}
static weft_tensor *both(weft_graph *g) {
  return multiply(rectified(g, leaf(g, SHAPE(40, 52))), rectified(g, leaf(g, SHAPE(52, 36))));
}
static weft_tensor *odd(weft_graph *g) {
  return multiply(rectified(g, leaf(g, SHAPE(39, 53))), rectified(g, leaf(g, SHAPE(53, 35))));
}
static weft_tensor *times_itself(weft_graph *g) {
  weft_tensor *x = rectified(g, leaf(g, SHAPE(48, 40)));
  return multiply(permuted(x, 1, 0, 0, 0, 0, 0), x);
}
static weft_tensor *beside_what_it_reads(weft_graph *g) { /* one buffer, computed for a, in fours as it is for b */
  weft_tensor *x = leaf(g, SHAPE(44, 44));
  return multiply(weft_make_scalar(WEFT_OP_MUL, x, x, NULL), x);
}
static weft_tensor *later_rows(weft_graph *g) { /* whose binding may begin later */
  const int64_t size[2] = {15, 64}, start[2] = {20, 0}, ones[2] = {1, 1};
  weft_tensor *x = weft_make_slice(leaf(g, SHAPE(40, 64)), start, ones, size);
  return multiply(weft_make_scalar(WEFT_OP_MUL, x, x, NULL), leaf(g, SHAPE(64, 33)));
}
static weft_tensor *turned_round(weft_graph *g) { /* the view of what is computed walks backwards, in steps */
  const int64_t flags[2] = {0, 1}, size[2] = {13, 24}, start[2] = {1, 0}, steps[2] = {3, 1};
  weft_tensor *x = weft_make_slice(rectified(g, leaf(g, SHAPE(40, 24))), start, steps, size);
  return multiply(weft_make_flip(x, flags), leaf(g, SHAPE(24, 20)));
}
static weft_tensor *in_batches(weft_graph *g) { /* the same b for each */
  weft_tensor *a = rectified(g, leaf(g, SHAPE(4, 17, 28)));
  weft_tensor *b = weft_make_expand(rectified(g, leaf(g, SHAPE(1, 28, 20))), SHAPE(4, 28, 20));
  return weft_make_dot(a, b, 1, 1, 1, 1, 0, SHAPE(4, 17, 20));
}
static weft_tensor *in_dims(weft_graph *g) { /* neighbours in fours, in dims of two */
  weft_tensor *a = rectified(g, leaf(g, SHAPE(3, 5, 6, 2))), *b = rectified(g, leaf(g, SHAPE(6, 2, 4, 2)));
  return weft_make_dot(a, b, 0, 2, 2, 2, 0, SHAPE(3, 5, 4, 2));
}
static weft_tensor *numbered(weft_graph *g) { /* computed of no memory at all, beside a repeated number */
  weft_tensor *i = weft_make_scalar(WEFT_OP_TO_F32, weft_make_iota(g, SHAPE(30, 24), 1), NULL, NULL);
  weft_tensor *one = weft_make_expand(leaf(g, SHAPE(1, 1)), SHAPE(30, 24));
  return multiply(weft_make_scalar(WEFT_OP_MUL, i, one, NULL), leaf(g, SHAPE(24, 20)));
}
static weft_tensor *conv_in_fours(weft_graph *g) {
  return convolved(g, bordered(leaf(g, SHAPE(2, 7, 9, 8)), 1, 0), 1, 32);
}
static weft_tensor *conv_one_by_one(weft_graph *g) {
  return convolved(g, bordered(leaf(g, SHAPE(2, 9, 8, 5)), 2, 0.5), 2, 10);
}
static weft_tensor *conv_of_rectified(weft_graph *g) { /* the border is not */
  return convolved(g, bordered(rectified(g, leaf(g, SHAPE(1, 8, 8, 12))), 1, -1), 1, 20);
}
static weft_tensor *conv_weights(weft_graph *g) { /* (R, S, C | N, OH, OW) */
  weft_tensor *a = permuted(windows(bordered(leaf(g, SHAPE(3, 6, 6, 8)), 1, 0), 3, 1), 3, 4, 5, 0, 1, 2);
  return weft_make_dot(a, leaf(g, SHAPE(3, 6, 6, 16)), 0, 3, 3, 1, 0, SHAPE(3, 3, 8, 16));
}
static weft_tensor *border_of_k(weft_graph *g) { /* fours that begin within the border */
  const int64_t lo[2] = {1, 1}, gaps[2] = {0, 0};
  weft_tensor *x = weft_make_copy(weft_make_pad(leaf(g, SHAPE(20, 26)), lo, gaps, SHAPE(23, 28), 0.5));
  return multiply(x, leaf(g, SHAPE(28, 20)));
}
static weft_tensor *gaps_in_k(weft_graph *g) {
  const int64_t lo[2] = {0, 0}, gaps[2] = {1, 0};
  weft_tensor *x = weft_make_copy(weft_make_pad(leaf(g, SHAPE(12, 20)), lo, gaps, SHAPE(24, 20), 0));
  return multiply(leaf(g, SHAPE(18, 24)), x);
}
static weft_tensor *list_in_fours(weft_graph *g) {
  return multiply(listed(leaf(g, SHAPE(30, 8)), leaf(g, SHAPE(30, 20)), 1), leaf(g, SHAPE(28, 24)));
}
static weft_tensor *list_across_fours(weft_graph *g) {
  return multiply(listed(leaf(g, SHAPE(30, 7)), leaf(g, SHAPE(30, 21)), 1), leaf(g, SHAPE(28, 24)));
}
static weft_tensor *list_of_columns(weft_graph *g) {
  return multiply(leaf(g, SHAPE(21, 30)), listed(leaf(g, SHAPE(30, 16)), leaf(g, SHAPE(30, 12)), 1));
}
static weft_tensor *conv_of_list(weft_graph *g) { /* as in a U-Net */
  weft_tensor *parts[2] = {rectified(g, leaf(g, SHAPE(1, 8, 8, 8))), leaf(g, SHAPE(1, 8, 8, 4))};
  return convolved(g, bordered(weft_concat(parts, 2, 3), 1, 0), 1, 24);
}

typedef struct prologue_case {
  const char *name;
  weft_tensor *(*build)(weft_graph *g);
} prologue_case;

#define ROW(name)                                                                                                      \
  { #name, name }
static const prologue_case cases[] = {ROW(a_along_k),
                                      ROW(a_along_m),
                                      ROW(b_along_n),
                                      ROW(b_along_k),
                                      ROW(both),
                                      ROW(odd),
                                      ROW(times_itself),
                                      ROW(beside_what_it_reads),
                                      ROW(later_rows),
                                      ROW(turned_round),
                                      ROW(in_batches),
                                      ROW(in_dims),
                                      ROW(numbered),
                                      ROW(conv_in_fours),
                                      ROW(conv_one_by_one),
                                      ROW(conv_of_rectified),
                                      ROW(conv_weights),
                                      ROW(border_of_k),
                                      ROW(gaps_in_k),
                                      ROW(list_in_fours),
                                      ROW(list_of_columns),
                                      ROW(list_across_fours),
                                      ROW(conv_of_list)};
enum { CASES = sizeof cases / sizeof *cases };

/* ---- on a device ---- */

/* Every case as the estimate has it, and with a tile, slices, stages and widths in turn. */
static void check_device(const char *id) {
  size_t count;
  int n_run = 0;
  weft_device *device = open_as_class(id, "gpu");
  weft_tiles_for(WEFT_CLASS_GPU, 1, &count);
  for (int i = 0; i < 2 * CASES; i++) {
    int turn = i / 2, tries = i % 2;
    const weft_variant variant = {
        .tile = 1 + turn % (int)count, .slices = 1 << turn % 3, .stages = 1 + turn % 2, .fours = -(turn % 4 == 0)};
    weft_graph *g = weft_graph_create(NULL, NULL);
    n_run += check_product(device, id, cases[turn].name, cases[turn].build(g), product_epilogues[i % N_EPILOGUES],
                           tries ? &variant : NULL);
    weft_graph_destroy(g);
  }
  cr_expect_gt(n_run, CASES + CASES / 2, "%s: %d of %d kernels ran", id, n_run, 2 * CASES);
  weft_device_close(device);
}

Test(prologue, opencl) { check_device("opencl"); }
Test(prologue, vulkan) { check_device("vulkan"); }

/* ---- without a device ---- */

static const weft_target gpu = {
    .device_class = WEFT_CLASS_GPU, .compute_units = 64, .max_group = 1024, .local_memory = 49152, .libraries = 1};

static weft_group *group_of(weft_arena *arena, weft_tensor *y, int computes) {
  weft_group_limits limits = {.max_bindings = 16, .computes_operands = computes};
  weft_error error = {0};
  weft_group **groups;
  size_t count;
  cr_assert_eq(y->graph->error.status, WEFT_OK, "%s", y->graph->error.message);
  cr_assert_eq(weft_group_graph(arena, &y, 1, &limits, &groups, &count, &error), WEFT_OK, "%s", error.message);
  cr_assert_eq(count, computes ? 1 : 2);
  return groups[count - 1];
}

/* What is read in fours stays so, the border being asked about once for each. */
Test(prologue, neighbours_share_what_is_asked_of_their_index) {
  static const struct {
    weft_tensor *(*build)(weft_graph *);
    const char *has[2], *lacks;
  } rows[] = {{conv_in_fours, {"#define A_WIDTH 4", "float4 load_a("}, "b0["},
              {list_in_fours, {"#define A_WIDTH 4", "*(__global const float4 *)(b1"}, "b0["},
              {list_across_fours, {"#define A_WIDTH 4", "b0["}, "*(__global const float4 *)(b0"},
              {odd, {"float load_a(", "float load_b("}, "#define A_WIDTH 4"},
              {times_itself, {"#define A_ALONG_M 1", "float4 load_b("}, "A_BATCH"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_arena arena = {0};
    weft_error error = {0};
    weft_lowered out;
    const weft_group *group = group_of(&arena, rows[i].build(g), 1);
    cr_assert_eq(weft_lower_group(group, &gpu, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
    char *text = (char *)strstr(out.source.text, "load_");
    char *template = strstr(out.source.text, "/* gemm_gpu.cl");
    cr_assert(text && template);
    *template = '\0';
    for (int k = 0; k < 2; k++) cr_expect(strstr(out.source.text, rows[i].has[k]), "row %zu: no %s", i, rows[i].has[k]);
    text = strstr(out.source.text, "load_");
    cr_expect_not(strstr(text, rows[i].lacks), "row %zu: %s", i, rows[i].lacks);
    weft_arena_free(&arena);
    weft_graph_destroy(g);
  }
}

/* A library takes matrices from memory, and so do kernels for CPUs. */
Test(prologue, only_kernels_for_gpus_compute_operands) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_arena arena = {0};
  weft_error error = {0};
  weft_lowered out;
  weft_variant best = {.tile = 1}, variants[WEFT_MOST_VARIANTS];
  const weft_target cpu = {.vector_width = 8, .compute_units = 2};
  weft_group *computed = group_of(&arena, a_along_k(g), 1), *stored = group_of(&arena, a_along_k(g), 0);
  int last = 4;
  cr_expect_eq(weft_dot_variants(stored, &gpu, &best, last, variants), 1);
  cr_expect_eq(weft_dot_variants(computed, &gpu, &best, last, variants), 0);
  cr_expect_eq(weft_lower_group(stored, &cpu, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
  cr_expect_eq(weft_lower_group(computed, &cpu, NULL, &arena, &out, &error), WEFT_INTERNAL);
  cr_expect(strstr(error.message, "cannot be read through strides"), "%s", error.message);
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

/* The tuner keeps the choice for a product together with what is computed in front of it. */
Test(prologue, products_of_other_operands_are_not_alike) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_arena arena = {0};
  weft_error error = {0};
  weft_lowered out[3];
  weft_tensor *built[3] = {list_in_fours(g), list_across_fours(g), list_in_fours(g)};
  for (int i = 0; i < 3; i++)
    cr_assert_eq(weft_lower_group(group_of(&arena, built[i], 1), &gpu, NULL, &arena, &out[i], &error), WEFT_OK);
  cr_expect_neq(out[0].alike, out[1].alike);
  cr_expect_eq(out[0].alike, out[2].alike);
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}
