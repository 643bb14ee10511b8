/* test_winograd_gpu.c -- the transforms of Winograd's convolution on GPUs, in both dialects, against the op table's
 * definition in double precision: images whose edges cut tiles, channels that are no whole work-groups or blocks,
 * operands read through strides, weights as users keep them. */
#include "base/winograd.h"
#include "lower/winograd.h"
#include "passes/group.h"
#include "products.h"
#include <criterion/criterion.h>
#include <string.h>

typedef struct image_case {
  const char *name;
  int64_t n, h, w, c, pad[2], oh, ow, taps, dilation[2];
} image_case;

static const image_case cases[] = {
    {"one tile", 1, 4, 4, 5, {1, 1}, 4, 4, 3, {1, 1}},
    {"edges cut tiles", 2, 7, 9, 48, {1, 1}, 7, 9, 3, {1, 1}},
    {"no border", 3, 10, 8, 33, {0, 0}, 8, 6, 3, {1, 1}},
    {"a wide border", 1, 5, 6, 70, {2, 2}, 7, 8, 3, {1, 1}},
    {"several work-groups", 3, 13, 12, 130, {1, 1}, 13, 12, 3, {1, 1}},
    {"5 x 5", 2, 9, 7, 37, {2, 2}, 9, 7, 5, {1, 1}},
    {"5 x 5 without a border", 2, 10, 8, 64, {0, 0}, 6, 4, 5, {1, 1}},
    {"4 x 4", 2, 9, 8, 32, {1, 2}, 8, 9, 4, {1, 1}},
    {"dilated", 2, 16, 16, 32, {2, 2}, 16, 16, 3, {2, 2}},
    {"phases of several sizes", 2, 13, 10, 37, {1, 4}, 9, 12, 3, {3, 3}},
    {"dilated rows, 5 x 5", 1, 14, 11, 20, {3, 2}, 12, 11, 5, {2, 1}},
    {"phases that are empty", 1, 7, 3, 9, {5, 5}, 7, 3, 3, {5, 5}},
};
enum { CASES = sizeof cases / sizeof *cases };

#define OPTIONS(k) ((int64_t[]){(k)->dilation[0], (k)->dilation[1], (k)->taps, (k)->pad[0], (k)->pad[1]})

static weft_shape places_of(const image_case *k) {
  weft_winograd_grid grid = weft_winograd_grid_of((int64_t[]){k->n, k->oh, k->ow}, OPTIONS(k));
  return weft_shape_of(WEFT_WINOGRAD_PLACES, grid.images, grid.th, grid.tw, k->c);
}

static weft_tensor *pixels(weft_graph *g, const image_case *k) {
  weft_tensor *x = product_leaf(g, weft_shape_of(k->n, k->h, k->w, k->c));
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_PIXELS, x, OPTIONS(k), places_of(k));
}

static weft_tensor *results(weft_graph *g, const image_case *k) {
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_RESULTS, product_leaf(g, places_of(k)), OPTIONS(k),
                                      weft_shape_of(k->n, k->oh, k->ow, k->c));
}

static weft_tensor *results_dx(weft_graph *g, const image_case *k) {
  weft_tensor *dy = product_leaf(g, weft_shape_of(k->n, k->oh, k->ow, k->c));
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_RESULTS_DX, dy, OPTIONS(k), places_of(k));
}

/* Images that are computed where they are read. */
static weft_tensor *relu_with_bias(weft_graph *g, const image_case *k, int64_t h, int64_t w) {
  weft_tensor *roots[1];
  product_epilogues[1](product_leaf(g, weft_shape_of(k->n, h, w, k->c)), roots);
  return roots[0];
}

static weft_tensor *pixels_of_relu(weft_graph *g, const image_case *k) {
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_PIXELS, relu_with_bias(g, k, k->h, k->w), OPTIONS(k),
                                      places_of(k));
}

static weft_tensor *results_dx_of_relu(weft_graph *g, const image_case *k) {
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_RESULTS_DX, relu_with_bias(g, k, k->oh, k->ow), OPTIONS(k),
                                      places_of(k));
}

typedef weft_tensor *build_case(weft_graph *g, const image_case *k);

/* Some channels of a larger image, and every second column of it. */
static weft_tensor *sliced(weft_graph *g) {
  const int64_t start[4] = {0, 2, 0, 16}, step[4] = {1, 1, 2, 1}, size[4] = {2, 6, 5, 32};
  weft_tensor *x = weft_make_slice(product_leaf(g, weft_shape_of(2, 9, 10, 64)), start, step, size);
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_PIXELS, x, (int64_t[]){1, 1, 3, 1, 1},
                                      weft_shape_of(WEFT_WINOGRAD_PLACES, 2, 2, 2, 32));
}

/* Weights with columns side by side, as users keep them (OC, C, taps, taps), and those turned round for the gradient by
 * the image. */
enum { WEIGHTS = 5 };
static int taps_of(int which) { return which < 3 ? 3 : which + 1; }

static weft_tensor *weights(weft_graph *g, int which) {
  static const int64_t to_last[4] = {2, 3, 1, 0}, swapped[4] = {2, 3, 0, 1}, turned[4] = {1, 1, 0, 0};
  int taps = taps_of(which);
  weft_tensor *w =
      which == 0 ? product_leaf(g, weft_shape_of(3, 3, 37, 75)) : product_leaf(g, weft_shape_of(50, 70, taps, taps));
  if (which > 0) w = weft_make_permute(w, which != 2 ? to_last : swapped);
  if (which == 2) w = weft_make_flip(w, turned);
  return weft_make_winograd_weights(w, weft_shape_of(1, WEFT_WINOGRAD_PLACES, w->shape.dims[2], w->shape.dims[3]));
}

static weft_tensor *weights_dx(weft_graph *g, int64_t parts, int taps) {
  weft_tensor *du = product_leaf(g, weft_shape_of(WEFT_WINOGRAD_PLACES, parts, 20, 35));
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_WEIGHTS_DX, du, NULL, weft_shape_of(35, 20, taps, taps));
}

static void check_images(weft_device *device, const char *where, build_case *build) {
  for (int i = 0; i < CASES; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    check_product(device, where, cases[i].name, build(g, &cases[i]), product_epilogues[i % N_EPILOGUES], NULL);
    weft_graph_destroy(g);
  }
}

static void check_device(const char *id) {
  weft_device *device = open_as_class(id, "gpu");
  check_images(device, id, pixels);
  check_images(device, id, pixels_of_relu);
  check_images(device, id, results);
  check_images(device, id, results_dx);
  check_images(device, id, results_dx_of_relu);
  for (int i = 0; i < WEIGHTS; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    check_product(device, id, "weights", weights(g, i), product_epilogues[0], NULL);
    check_product(device, id, "weights' gradient", weights_dx(g, 1 + 2 * (i % 3), taps_of(i)),
                  product_epilogues[i % N_EPILOGUES], NULL);
    if (i == 0) check_product(device, id, "a slice", sliced(g), product_epilogues[0], NULL);
    weft_graph_destroy(g);
  }
  weft_device_close(device);
}

Test(winograd_gpu, opencl) { check_device("opencl"); }
Test(winograd_gpu, vulkan) { check_device("vulkan"); }

Test(winograd_gpu, each_template_builds_alone) {
  check_template("opencl", "kernels/winograd_gpu.cl", "winograd_gpu", 1, 64, 0);
  check_template("vulkan", "shaders/winograd.comp", "main", 1, 64, 0);
}

/* ---- without a device ---- */

static const weft_target gpu = {.dialect = WEFT_GLSL,
                                .device_class = WEFT_CLASS_GPU,
                                .compute_units = 4,
                                .max_group = 1024,
                                .local_memory = 49152,
                                .max_groups = {65535, 1, 1}};

static void expect_failure(weft_tensor *y, const weft_target *target, const char *why) {
  weft_arena arena = {0};
  weft_error error = {0};
  weft_lowered out;
  cr_assert_eq(lower_product(y, target, NULL, &arena, &out, &error), WEFT_INTERNAL);
  cr_assert(strstr(error.message, why), "%s", error.message);
  weft_arena_free(&arena);
}

Test(winograd_gpu, what_is_for_the_other_class_is_refused) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_target cpu = gpu;
  cpu.device_class = WEFT_CLASS_CPU;
  cpu.dialect = WEFT_OPENCL_C;
  cpu.vector_width = 8;
  expect_failure(pixels(g, &cases[1]), &cpu, "no such kernel");
  weft_tensor *x = product_leaf(g, weft_shape_of(1, 4, 4, 16)), *w = product_leaf(g, weft_shape_of(3, 3, 16, 32));
  weft_tensor *packed = weft_make_winograd_weights(w, weft_shape_of(2, WEFT_WINOGRAD_PLACES, 16, 16));
  expect_failure(packed, &gpu, "not packed");
  expect_failure(
      weft_make_winograd(WEFT_OP_WINOGRAD_DW, x, x, (int64_t[]){1, 1, 3, 1, 1}, weft_shape_of(1, 16, 16, 3, 3)), &gpu,
      "no such kernel");
  weft_graph_destroy(g);
}

/* Few tiles are shared out in smaller work-groups, many in as many groups as the device takes. */
Test(winograd_gpu, work_groups) {
  static const image_case small = {"small", 1, 8, 8, 64, {1, 1}, 8, 8, 3, {1, 1}},
                          large = {"large", 4, 64, 64, 64, {1, 1}, 64, 64, 3, {1, 1}};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_arena arena = {0};
  weft_error error = {0};
  weft_lowered out;
  cr_assert_eq(lower_product(pixels(g, &small), &gpu, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
  cr_assert(out.source.local[0] == 64 && out.groups[0] == 4);
  cr_assert(out.source.n_bindings == 2 && out.source.written == 2);
  weft_target few = gpu;
  few.max_group = 24;
  cr_assert_eq(lower_product(weights_dx(g, 1, 3), &few, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
  cr_assert(out.source.local[0] == 16 && out.groups[0] == 20 * 3, "rows of a block, blocks of columns");
  few = gpu;
  few.local_memory = 4096;
  cr_assert_eq(lower_product(weights_dx(g, 1, 5), &few, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
  cr_assert_eq(out.source.local[0], 32, "25 weights of two rows take 6600 bytes");
  few = gpu;
  few.max_groups[0] = 50;
  cr_assert_eq(lower_product(pixels(g, &large), &few, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
  cr_assert(out.source.local[0] == 256 && out.groups[0] == 50);
  cr_assert_eq(out.flops, 144.0 * 1024 * 64);
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}
