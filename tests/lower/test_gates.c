/* test_gates.c -- products whose columns their epilogue reads in twos or fours, in every tile and with every other
 * choice there is, on both backends. check_product() also asks that all is one kernel, and that the tuner's proof
 * holds. */
#include "base/tiles.h"
#include "lower/dot.h"
#include "passes/group.h"
#include "products.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SHAPE(...) weft_shape_of(__VA_ARGS__)

/* ---- products ---- */

static weft_tensor *multiplied(weft_graph *g, int64_t m, int64_t k, int64_t n) {
  return weft_make_dot(product_leaf(g, SHAPE(m, k)), product_leaf(g, SHAPE(k, n)), 0, 1, 1, 1, 0, SHAPE(m, n));
}
static weft_tensor *odd(weft_graph *g) { return multiplied(g, 37, 29, 44); }
static weft_tensor *in_fours(weft_graph *g) { return multiplied(g, 64, 128, 256); }
static weft_tensor *long_k(weft_graph *g) { return multiplied(g, 5, 515, 24); }
static weft_tensor *batched(weft_graph *g) {
  return weft_make_dot(product_leaf(g, SHAPE(3, 21, 40)), product_leaf(g, SHAPE(3, 40, 36)), 1, 1, 1, 1, 0,
                       SHAPE(3, 21, 36));
}
static weft_tensor *of_rows_in_two_dims(weft_graph *g) {
  return weft_make_dot(product_leaf(g, SHAPE(5, 7, 24)), product_leaf(g, SHAPE(24, 32)), 0, 2, 1, 1, 0,
                       SHAPE(5, 7, 32));
}
static weft_tensor *transposed(weft_graph *g) {
  const int64_t turn[] = {1, 0};
  weft_tensor *a = weft_make_permute(product_leaf(g, SHAPE(50, 33)), turn),
              *b = weft_make_permute(product_leaf(g, SHAPE(52, 50)), turn);
  return weft_make_dot(a, b, 0, 1, 1, 1, 0, SHAPE(33, 52));
}
static weft_tensor *(*const products[])(weft_graph *) = {odd,       in_fours, long_k, batched, of_rows_in_two_dims,
                                                         transposed};
enum { PRODUCTS = sizeof products / sizeof *products };

/* ---- what follows them ---- */

static weft_tensor *gate(weft_tensor *y, int gates, int i) {
  int last = y->shape.rank - 1;
  int64_t start[WEFT_MAX_RANK] = {0}, step[WEFT_MAX_RANK] = {1, 1, 1, 1};
  weft_shape shape = y->shape;
  start[last] = i;
  step[last] = gates;
  shape.dims[last] /= gates;
  return weft_make_slice(y, start, step, shape.dims);
}
static int cell(weft_tensor *y, weft_tensor **out) { /* with what is added to all gates, as they lay before */
  weft_tensor *x = product_leaf(y->graph, y->shape), *z[4];
  int last = y->shape.rank - 1;
  int64_t units = y->shape.dims[last] / 4;
  for (int i = 0; i < 4; i++) z[i] = weft_add(gate(y, 4, i), weft_slice(x, last, i * units, (i + 1) * units, 1));
  weft_tensor *c = weft_mul(weft_sigmoid(z[1]), product_leaf(y->graph, z[0]->shape));
  out[0] = weft_add(c, weft_mul(weft_sigmoid(z[0]), weft_tanh(z[2])));
  out[1] = weft_mul(weft_sigmoid(z[3]), weft_tanh(out[0]));
  return 2;
}
static int linear_unit(weft_tensor *y, weft_tensor **out) {
  out[0] = weft_mul(gate(y, 2, 0), weft_sigmoid(gate(y, 2, 1)));
  return 1;
}
static int and_the_product(weft_tensor *y, weft_tensor **out) { /* which a gradient reads */
  out[1] = y;
  return linear_unit(y, out) + 1;
}
static int and_the_product_of_four(weft_tensor *y, weft_tensor **out) {
  out[0] = weft_sub(weft_mul(gate(y, 4, 3), gate(y, 4, 0)), weft_mul(gate(y, 4, 1), gate(y, 4, 2)));
  out[1] = y;
  return 2;
}
static int list(weft_tensor *y, weft_tensor **out) { /* as of gradients by gates, beside a result of one part */
  weft_tensor *a = gate(y, 2, 0), *b = gate(y, 2, 1), *parts[3] = {weft_mul(a, b), weft_tanh(b), weft_sub(a, b)};
  out[0] = weft_make_copy(weft_concat(parts, 3, y->shape.rank - 1));
  out[1] = weft_make_scalar(WEFT_OP_NEG, parts[1], NULL, NULL);
  return 2;
}
static int of_another_shape(weft_tensor *y, weft_tensor **out) {
  weft_shape flat = weft_shape_of(weft_shape_size(y->shape) / 2);
  weft_tensor *a = weft_make_reshape(gate(y, 2, 0), flat), *b = weft_make_reshape(gate(y, 2, 1), flat);
  out[0] = weft_add(weft_mul(a, b), product_leaf(y->graph, flat));
  return 1;
}
static product_epilogue *const followers[] = {cell, linear_unit,     and_the_product, and_the_product_of_four,
                                              list, of_another_shape};
enum { FOLLOWERS = sizeof followers / sizeof *followers };

/* ---- on devices ---- */

/* Each product before each epilogue as estimated, then every tile with the other choices in turn. */
static void check_device(const char *id) {
  char name[96];
  size_t count;
  int n_run = 0, n_tried = 0;
  weft_device *device = open_as_class(id, "gpu");
  const weft_tile *tiles = weft_tiles_for(WEFT_CLASS_GPU, 1, &count);
  for (int i = 0; i < PRODUCTS; i++)
    for (int k = i % 2; k < FOLLOWERS; k += 2) {
      weft_graph *g = weft_graph_create(NULL, NULL);
      snprintf(name, sizeof name, "product %d, epilogue %d", i, k);
      cr_expect(check_product(device, id, name, products[i](g), followers[k], NULL), "%s: %s", id, name);
      weft_graph_destroy(g);
    }
  for (int tile = 1; tile <= (int)count; tile++)
    for (int i = 0; i < 2; i++) {
      int turn = 2 * tile + i;
      const weft_variant variant = {
          .tile = tile, .slices = 1 << turn % 4, .stages = 1 + turn / 2 % 2, .fours = -(turn % 3 == 0)};
      weft_graph *g = weft_graph_create(NULL, NULL);
      snprintf(name, sizeof name, "tile %d, slices %d, stages %d, fours %d", tile, variant.slices, variant.stages,
               variant.fours);
      int runs = check_product(device, id, name, products[turn % PRODUCTS](g), followers[turn % FOLLOWERS], &variant);
      cr_expect(!runs || tiles[tile - 1].nr % 4 == 0, "%s: %s: gates are no fours", id, name);
      n_run += runs;
      n_tried += tiles[tile - 1].nr % 4 == 0;
      weft_graph_destroy(g);
    }
  cr_expect_gt(n_run, n_tried / 2, "%s: %d of %d variants ran", id, n_run, n_tried);
  weft_device_close(device);
}

Test(gates, opencl) { check_device("opencl"); }
Test(gates, vulkan) { check_device("vulkan"); }

/* ---- without a device ---- */

static const weft_target gpu = {
    .device_class = WEFT_CLASS_GPU, .compute_units = 64, .max_group = 1024, .local_memory = 49152, .tries_all = 1};

static const weft_group *group_of(weft_arena *arena, weft_graph *g, int joins) {
  weft_group_limits limits = {.max_bindings = 16, .joins_gates = joins};
  weft_error error = {0};
  weft_group **groups;
  weft_tensor *roots[2];
  size_t count, n = (size_t)cell(in_fours(g), roots);
  cr_assert_eq(weft_group_graph(arena, roots, n, &limits, &groups, &count, &error), WEFT_OK, "%s", error.message);
  cr_assert_eq(count, joins ? 1 : 2);
  return groups[0];
}

/* No candidate has fewer columns than gates are read at once, and no choice takes the fours from the epilogue. */
Test(gates, are_always_in_fours) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_arena arena = {0};
  weft_error error = {0};
  weft_variant variants[WEFT_MOST_VARIANTS], best = {.fours = -1};
  weft_lowered out;
  size_t count;
  const weft_group *joined = group_of(&arena, g, 1), *apart = group_of(&arena, g, 0);
  const weft_tile *tiles = weft_tiles_for(WEFT_CLASS_GPU, 1, &count);
  int n = weft_dot_variants(apart, &gpu, NULL, 0, variants), others = 0;
  for (int i = 0; i < n; i++) others += tiles[variants[i].tile - 1].nr % 4 != 0;
  cr_assert_gt(others, 0);
  n = weft_dot_variants(joined, &gpu, NULL, 0, variants);
  cr_assert_gt(n, 1);
  for (int i = 0; i < n; i++) cr_expect_eq(tiles[variants[i].tile - 1].nr % 4, 0, "tile %d", variants[i].tile);
  cr_assert_eq(weft_lower_group(joined, &gpu, &best, &arena, &out, &error), WEFT_OK, "%s", error.message);
  cr_expect(strstr(out.source.text, "#define A_WIDTH 1\n"));
  cr_expect(strstr(out.source.text, "#define C_WIDTH 4\n"));
  weft_lowered other;
  cr_assert_eq(weft_lower_group(apart, &gpu, &best, &arena, &other, &error), WEFT_OK, "%s", error.message);
  cr_expect(strstr(other.source.text, "#define C_WIDTH 1\n"));
  cr_expect_neq(out.alike, other.alike);
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}
