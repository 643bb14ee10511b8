/* test_winograd.c -- the kernels of Winograd's convolution against the op table's definition in double precision:
 * images whose edges cut tiles, channels and columns that are no whole vectors, panels or blocks, one image, several
 * parts. */
#include "base/winograd.h"
#include "lower/winograd.h"
#include "passes/group.h"
#include "products.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

typedef struct image_case {
  const char *name;
  int64_t n, h, w, c, oc, pad[2], oh, ow, parts, taps, dilation[2];
} image_case;

static const image_case cases[] = {
    {"one tile", 1, 4, 4, 16, 32, {1, 1}, 4, 4, 1, 3, {1, 1}},
    {"edges cut tiles", 2, 7, 9, 48, 64, {1, 1}, 7, 9, 1, 3, {1, 1}},
    {"no border", 3, 10, 8, 32, 32, {0, 0}, 8, 6, 2, 3, {1, 1}},
    {"a wide border", 1, 5, 6, 16, 32, {2, 2}, 7, 8, 1, 3, {1, 1}},
    {"channels that are no vectors", 2, 9, 6, 37, 50, {1, 1}, 9, 6, 3, 3, {1, 1}},
    {"columns beyond the panels", 1, 13, 13, 24, 70, {1, 1}, 13, 13, 1, 3, {1, 1}},
    {"several blocks", 5, 14, 14, 80, 112, {1, 1}, 14, 14, 2, 3, {1, 1}},
    {"more parts than tiles", 1, 5, 4, 64, 64, {1, 1}, 5, 4, 4, 3, {1, 1}},
    {"5 x 5", 2, 9, 7, 37, 50, {2, 2}, 9, 7, 2, 5, {1, 1}},
    {"5 x 5 without a border", 2, 11, 8, 32, 64, {0, 0}, 7, 4, 1, 5, {1, 1}},
    {"4 x 4", 2, 9, 8, 32, 48, {1, 2}, 8, 9, 2, 4, {1, 1}},
    {"dilated", 2, 12, 16, 32, 48, {2, 2}, 12, 16, 3, 3, {2, 2}},
    {"phases of several sizes", 2, 13, 10, 37, 50, {1, 4}, 9, 12, 2, 3, {3, 3}},
    {"dilated rows, 5 x 5", 1, 14, 11, 16, 32, {3, 2}, 12, 11, 1, 5, {2, 1}},
    {"phases that are empty", 1, 7, 3, 16, 32, {5, 5}, 7, 3, 1, 3, {5, 5}},
    {"blocks of channels that overlap", 1, 6, 5, 148, 170, {1, 1}, 6, 5, 1, 3, {1, 1}},
};
enum { CASES = sizeof cases / sizeof *cases };

#define OPTIONS(k) ((int64_t[]){(k)->dilation[0], (k)->dilation[1], (k)->taps, (k)->pad[0], (k)->pad[1]})

/* Weights as they come to the kernel: of numbers from -0.5 to 0.5, zeros beyond the columns. */
static weft_tensor *transformed(weft_graph *g, int taps, int64_t c, int64_t oc, int64_t columns) {
  weft_shape shape = weft_shape_of((oc + columns - 1) / columns, WEFT_WINOGRAD_PLACES, c, columns);
  float *u = calloc((size_t)weft_shape_size(shape), sizeof *u);
  for (int64_t i = 0; i < weft_shape_size(shape); i++) {
    int64_t column = i % columns, channel = i / columns % c, place = i / columns / c % WEFT_WINOGRAD_PLACES;
    int64_t n = i / columns / c / WEFT_WINOGRAD_PLACES * columns + column;
    double sum = 0;
    for (int rs = 0; rs < taps * taps && n < oc; rs++) {
      double w =
          (double)(uint32_t)((uint32_t)((n * c + channel) * taps * taps + rs) * 2654435761u) / 4294967296.0 - 0.5;
      sum += weft_winograd_weight_share((int)place, rs, taps) * w;
    }
    u[i] = (float)sum;
  }
  weft_tensor *data = weft_data(g, WEFT_F32, shape, u);
  free(u);
  return data;
}

static weft_tensor *convolution(weft_graph *g, const image_case *k, int64_t columns) {
  weft_tensor *x = product_leaf(g, weft_shape_of(k->n, k->h, k->w, k->c));
  weft_tensor *u = transformed(g, (int)k->taps, k->c, k->oc, columns);
  return weft_make_winograd(WEFT_OP_WINOGRAD, x, u, OPTIONS(k), weft_shape_of(k->n, k->oh, k->ow, k->oc));
}

static weft_tensor *gradient(weft_graph *g, const image_case *k) {
  weft_tensor *x = product_leaf(g, weft_shape_of(k->n, k->h, k->w, k->c));
  weft_tensor *dy = product_leaf(g, weft_shape_of(k->n, k->oh, k->ow, k->oc));
  return weft_make_winograd(WEFT_OP_WINOGRAD_DW, x, dy, OPTIONS(k),
                            weft_shape_of(k->parts, k->oc, k->c, k->taps, k->taps));
}

/* Weights as a user keeps them, (OC, C, taps, taps) or channels last, and turned round for the gradient by the image.
 */
enum { WEIGHTS = 5 };
static weft_tensor *weights(weft_graph *g, int which, int64_t columns) {
  static const int64_t to_last[4] = {2, 3, 1, 0}, swapped[4] = {2, 3, 0, 1}, turned[4] = {1, 1, 0, 0};
  int taps = which < 3 ? 3 : which + 1;
  weft_tensor *w =
      which == 0 ? product_leaf(g, weft_shape_of(3, 3, 37, 75)) : product_leaf(g, weft_shape_of(50, 70, taps, taps));
  if (which > 0) w = weft_make_permute(w, which != 2 ? to_last : swapped);
  if (which == 2) w = weft_make_flip(w, turned);
  int64_t c = w->shape.dims[2], oc = w->shape.dims[3];
  return weft_make_winograd_weights(w, weft_shape_of((oc + columns - 1) / columns, WEFT_WINOGRAD_PLACES, c, columns));
}

/* Channels of a larger image, and rows of it: read through strides. */
static weft_tensor *sliced(weft_graph *g, weft_op op) {
  const int64_t start[4] = {0, 2, 0, 16}, step[4] = {1, 1, 2, 1}, size[4] = {2, 6, 5, 32};
  weft_tensor *x = weft_make_slice(product_leaf(g, weft_shape_of(2, 9, 10, 64)), start, step, size);
  weft_tensor *other =
      op == WEFT_OP_WINOGRAD ? transformed(g, 3, 32, 32, 32) : product_leaf(g, weft_shape_of(2, 6, 5, 32));
  return weft_make_winograd(op, x, other, (int64_t[]){1, 1, 3, 1, 1},
                            op == WEFT_OP_WINOGRAD ? weft_shape_of(2, 6, 5, 32) : weft_shape_of(1, 32, 32, 3, 3));
}

static weft_device *open_device(const char *lanes) {
  weft_device *device = open_as_class("opencl", "cpu");
  device->info.vector_width = (uint32_t)atoi(lanes);
  return device;
}

static void check_width(const char *lanes) {
  weft_device *device = open_device(lanes);
  for (int i = 0; i < CASES; i += atoi(lanes) == 16 ? 1 : 3)
    for (int by_weights = 0; by_weights < 2; by_weights++) {
      weft_graph *g = weft_graph_create(NULL, NULL);
      weft_tensor *y = by_weights ? gradient(g, &cases[i]) : convolution(g, &cases[i], 2 * atoi(lanes));
      check_product(device, lanes, cases[i].name, y, product_epilogues[(i + by_weights) % N_EPILOGUES], NULL);
      weft_graph_destroy(g);
    }
  static const weft_op ops[] = {WEFT_OP_WINOGRAD, WEFT_OP_WINOGRAD_DW};
  for (int i = 0; i < 2; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    check_product(device, lanes, "a slice", sliced(g, ops[i]), product_epilogues[0], NULL);
    weft_graph_destroy(g);
  }
  for (int i = 0; i < WEIGHTS; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    check_product(device, lanes, "weights", weights(g, i, 2 * atoi(lanes)), product_epilogues[i == 2 ? 1 : 0], NULL);
    weft_graph_destroy(g);
  }
  weft_device_close(device);
}

/* Channels last, and as a user keeps them. */
Test(winograd, weights_past_the_caches) {
  static const int64_t to_last[4] = {2, 3, 1, 0};
  weft_device *device = open_device("16");
  for (int as_kept = 0; as_kept < 2; as_kept++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *w = product_leaf(g, as_kept ? weft_shape_of(256, 512, 3, 3) : weft_shape_of(3, 3, 512, 256));
    if (as_kept) w = weft_make_permute(w, to_last);
    weft_tensor *u = weft_make_winograd_weights(w, weft_shape_of(8, WEFT_WINOGRAD_PLACES, 512, 32));
    check_product(device, "16", "large weights", u, product_epilogues[0], NULL);
    weft_graph_destroy(g);
  }
  weft_device_close(device);
}

Test(winograd, in_vectors_of_4) { check_width("4"); }
Test(winograd, in_vectors_of_8) { check_width("8"); }
Test(winograd, in_vectors_of_16) { check_width("16"); }

Test(winograd, each_template_builds_alone) {
  check_template("opencl", "kernels/winograd_cpu.cl", "winograd_cpu", 2, 1, 0);
  check_template("opencl", "kernels/winograd_dw_cpu.cl", "winograd_dw_cpu", 2, 1, 0);
  check_template("opencl", "kernels/winograd_weights_cpu.cl", "winograd_weights_cpu", 1, 1, 0);
}

/* ---- without a device ---- */

Test(winograd, what_vectors_cannot_serve_is_refused) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  check_refused(convolution(g, &cases[1], 24), &product_cpu, "winograd", "panels");
  weft_graph_destroy(g);
}

/* Weights of more than near caches hold are asked for ahead. */
Test(winograd, weights_from_memory) {
  static const image_case few = {"few", 32, 14, 14, 64, 64, {1, 1}, 14, 14, 1, 3, {1, 1}},
                          many = {"many", 32, 14, 14, 256, 256, {1, 1}, 14, 14, 1, 3, {1, 1}};
  for (int i = 0; i < 2; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_arena arena = {0};
    weft_error error = {0};
    weft_lowered out;
    cr_assert_eq(lower_product(convolution(g, i ? &many : &few, 32), &product_cpu, NULL, &arena, &out, &error),
                 WEFT_OK);
    check_defined(out.source.text, i ? "many" : "few", (const char *[]){i ? "FETCH_U 16" : "FETCH_U 0", NULL});
    weft_arena_free(&arena);
    weft_graph_destroy(g);
  }
}

/* What a thread's stack must hold stays within bounds, however many channels there are. */
Test(winograd, costs_and_private_memory) {
  static const image_case wide = {"wide", 8, 16, 16, 4096, 64, {1, 1}, 16, 16, 1, 3, {1, 1}};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_arena arena = {0};
  weft_error error = {0};
  weft_lowered out;
  cr_assert_eq(lower_product(convolution(g, &wide, 32), &product_cpu, NULL, &arena, &out, &error), WEFT_OK, "%s",
               error.message);
  const char *tiles = strstr(out.source.text, "#define TILES ");
  cr_assert(tiles && atoi(tiles + 14) >= 1 && 4 * 36 * 4096 * atoi(tiles + 14) <= 4 << 20);
  cr_assert_eq(out.flops, 2.0 * 36 * 8 * 16 * 4096 * 64);
  cr_assert(out.source.n_bindings == 3 && out.source.written == 4);
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

/* Blocks of the gradient are large; smaller where there would be fewer of them than compute units. */
Test(winograd, blocks_of_the_gradient) {
  static const image_case k = {"", 8, 8, 8, 256, 256, {1, 1}, 8, 8, 1, 3, {1, 1}};
  static const struct {
    uint32_t units;
    int64_t rows, columns;
  } cases_of_units[] = {{2, 128, 128}, {4, 128, 128}, {8, 128, 64}, {64, 64, 64}};
  for (size_t i = 0; i < sizeof cases_of_units / sizeof *cases_of_units; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_arena arena = {0};
    weft_error error = {0};
    weft_lowered out;
    weft_target target = product_cpu;
    target.compute_units = cases_of_units[i].units;
    cr_assert_eq(lower_product(gradient(g, &k), &target, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
    const char *rows = strstr(out.source.text, "#define CB "), *columns = strstr(out.source.text, "#define OB ");
    cr_assert(rows && columns);
    cr_expect_eq(atoi(rows + 11), cases_of_units[i].rows, "%u units", target.compute_units);
    cr_expect_eq(atoi(columns + 11), cases_of_units[i].columns, "%u units", target.compute_units);
    cr_expect_leq(out.source.private_bytes, 4u << 20);
    weft_arena_free(&arena);
    weft_graph_destroy(g);
  }
}
