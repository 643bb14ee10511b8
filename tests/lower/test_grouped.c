/* test_grouped.c -- the kernels of convolutions with few channels a group against the op table's definition in double
 * precision: borders, strides, dilations, images with zeros between their pixels, channels that are no whole vectors,
 * rows of weights one by one. */
#include "passes/group.h"
#include "products.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

typedef struct image_case {
  const char *name;
  int64_t n, h, w, c, of_group, r, s, oh, ow, stride[2], dilation[2], pad[2], expand[2], parts;
} image_case;

static const image_case cases[] = {
    {"depthwise", 2, 7, 9, 32, 1, 3, 3, 7, 9, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 3},
    {"channels that are no vectors", 1, 6, 5, 37, 1, 3, 3, 6, 5, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 1},
    {"stride, 5 x 3", 2, 11, 12, 48, 1, 5, 3, 6, 4, {2, 3}, {1, 1}, {2, 1}, {1, 1}, 4},
    {"without border", 1, 9, 20, 16, 1, 3, 3, 7, 18, {1, 1}, {1, 1}, {0, 0}, {1, 1}, 7},
    {"dilation", 1, 10, 11, 16, 2, 3, 3, 10, 11, {1, 1}, {2, 3}, {2, 3}, {1, 1}, 2},
    {"two", 3, 5, 8, 24, 2, 3, 3, 5, 8, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 5},
    {"four", 2, 8, 7, 36, 4, 3, 3, 8, 7, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 2},
    {"four, 7 x 7", 1, 9, 9, 16, 4, 7, 7, 5, 5, {2, 2}, {1, 1}, {3, 3}, {1, 1}, 2},
    {"a window beyond the image", 1, 2, 3, 16, 1, 7, 7, 4, 3, {1, 1}, {1, 1}, {4, 3}, {1, 1}, 2},
    {"zeros between", 1, 4, 5, 32, 1, 3, 3, 8, 10, {1, 1}, {1, 1}, {1, 2}, {2, 2}, 1},
    {"more zeros between", 2, 3, 3, 20, 4, 3, 3, 7, 10, {1, 1}, {1, 1}, {2, 1}, {2, 3}, 1},
    {"eight", 2, 6, 11, 40, 8, 3, 3, 6, 11, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 3},
    {"sixteen", 2, 7, 15, 48, 16, 3, 3, 7, 15, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 2},
    {"sixteen, stride and dilation", 1, 9, 12, 32, 16, 3, 5, 4, 3, {2, 3}, {2, 2}, {1, 3}, {1, 1}, 3},
    {"sixteen, zeros between", 1, 4, 5, 32, 16, 3, 3, 7, 13, {1, 1}, {1, 1}, {1, 2}, {2, 3}, 1},
    {"one pixel", 1, 1, 1, 16, 1, 1, 1, 1, 1, {1, 1}, {1, 1}, {0, 0}, {1, 1}, 1},
};
enum { CASES = sizeof cases / sizeof *cases };

static weft_tensor *build(weft_graph *g, const image_case *k, int by_weights) {
  const int64_t options[5] = {k->stride[0], k->stride[1], k->dilation[0], k->dilation[1], k->c / k->of_group};
  weft_tensor *x = product_leaf(g, weft_shape_of(k->n, k->h, k->w, k->c));
  weft_shape w = weft_shape_of(k->r, k->s, k->of_group, k->c), y = weft_shape_of(k->n, k->oh, k->ow, k->c);
  if (!by_weights) return weft_make_grouped(WEFT_OP_GROUPED, x, product_leaf(g, w), options, k->pad, k->expand, y);
  weft_shape parts = weft_shape_of(k->parts, k->r, k->s, k->of_group, k->c);
  return weft_make_grouped(WEFT_OP_GROUPED_DW, x, product_leaf(g, y), options, k->pad, NULL, parts);
}

/* Some channels of some rows of a larger image: read through strides. */
static weft_tensor *sliced(weft_graph *g) {
  const int64_t start[4] = {0, 1, 0, 16}, step[4] = {1, 2, 1, 1}, size[4] = {2, 4, 5, 32},
                options[5] = {1, 1, 1, 1, 32};
  weft_tensor *x = weft_make_slice(product_leaf(g, weft_shape_of(2, 9, 5, 64)), start, step, size);
  return weft_make_grouped(WEFT_OP_GROUPED, x, product_leaf(g, weft_shape_of(3, 3, 1, 32)), options, (int64_t[]){1, 1},
                           (int64_t[]){1, 1}, weft_shape_of(2, 4, 5, 32));
}

static void check_width(const char *lanes) {
  weft_device *device = open_as_class("opencl", "cpu");
  int width = atoi(lanes);
  device->info.vector_width = (uint32_t)width;
  for (int i = 0; i < CASES; i++)
    for (int by_weights = 0; by_weights < (cases[i].expand[0] > 1 ? 1 : 2); by_weights++) {
      weft_graph *g = weft_graph_create(NULL, NULL);
      int is_served = width % cases[i].of_group == 0 && width <= cases[i].c;
      if (is_served && (width == 16 || cases[i].of_group >= 4 || i % 3 == by_weights))
        check_product(device, lanes, cases[i].name, build(g, &cases[i], by_weights),
                      product_epilogues[(i + by_weights) % N_EPILOGUES], NULL);
      weft_graph_destroy(g);
    }
  for (int i = 0; i < 16 && width == 16; i++) { /* what the tuner tries */
    const weft_variant variant = {.tile = i / 2 % 4 + 1, .groups = i / 8 ? 2 : 0};
    weft_graph *g = weft_graph_create(NULL, NULL);
    check_product(device, lanes, "a variant", build(g, &cases[i % 3 ? 0 : 6], i % 2),
                  product_epilogues[i % N_EPILOGUES], &variant);
    weft_graph_destroy(g);
  }
  weft_graph *g = weft_graph_create(NULL, NULL);
  check_product(device, lanes, "a slice", sliced(g), product_epilogues[0], NULL);
  weft_graph_destroy(g);
  weft_device_close(device);
}

Test(grouped, in_vectors_of_4) { check_width("4"); }
Test(grouped, in_vectors_of_8) { check_width("8"); }
Test(grouped, in_vectors_of_16) { check_width("16"); }

Test(grouped, each_template_builds_alone) {
  check_template("opencl", "kernels/grouped_cpu.cl", "grouped_cpu", 2, 1, 0);
  check_template("opencl", "kernels/grouped_dw_cpu.cl", "grouped_dw_cpu", 2, 1, 0);
}

/* ---- without a device ---- */

Test(grouped, costs) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_arena arena = {0};
  weft_error error = {0};
  weft_lowered out;
  weft_tensor *y = build(g, &cases[6], 0);
  cr_assert_eq(lower_product(y, &product_cpu, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
  cr_assert_eq(out.flops, 2.0 * 2 * 8 * 7 * 36 * 9 * 4);
  cr_assert(out.source.n_bindings == 3 && out.source.written == 4);
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

Test(grouped, what_vectors_cannot_serve_is_refused) {
  static const image_case few = {"few", 1, 4, 4, 12, 1, 3, 3, 4, 4, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 1},
                          odd = {"odd", 1, 4, 4, 24, 3, 3, 3, 4, 4, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 1};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_target gpu = product_cpu;
  gpu.device_class = WEFT_CLASS_GPU;
  check_refused(build(g, &few, 0), &product_cpu, "grouped", "channels are no vectors");
  check_refused(build(g, &odd, 1), &product_cpu, "grouped_dw", "no whole groups");
  check_refused(build(g, &cases[0], 0), &gpu, "grouped", "no such kernel");
  weft_graph_destroy(g);
}
