/* test_dot.c -- the contraction kernels on every device class, against sums in double precision over the views' own
 * definitions. */
#include "base/tiles.h"
#include "lower/dot.h"
#include "products.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- graphs ---- */

static weft_tensor *permuted(weft_tensor *x, int a, int b, int c, int d, int e, int f) {
  const int64_t axes[6] = {a, b, c, d, e, f};
  return weft_make_permute(x, axes);
}

static const int64_t full_start[4] = {1, 0, 2, 0}, steps[4] = {2, 1, 1, 1};

/* What is multiplied; a, b and the result as the row of the table says unless a view is named. */
typedef struct shape_case {
  const char *name;
  int nb, nm, nk, nn, panel;
  int64_t sizes[8]; /* batch, m, k, n dims in order */
} shape_case;

static const shape_case shape_cases[] = {
    {"square", 0, 1, 1, 1, 0, {64, 64, 64}},
    {"odd", 0, 1, 1, 1, 0, {37, 53, 41}},
    {"long k", 0, 1, 1, 1, 0, {33, 777, 50}},
    {"wide", 0, 1, 1, 1, 0, {13, 40, 300}},
    {"three columns", 0, 1, 1, 1, 0, {50, 20, 3}},
    {"two columns, eight steps a vector", 0, 1, 1, 1, 0, {30, 48, 2}},
    {"five columns, two runs", 0, 2, 2, 1, 0, {3, 7, 3, 16, 5}},
    {"one column", 0, 1, 1, 1, 0, {50, 20, 1}},
    {"ten columns", 0, 1, 1, 1, 0, {100, 84, 10}},
    {"few columns, fewer steps", 0, 1, 1, 1, 0, {20, 2, 3}},
    {"few columns, one row", 0, 1, 1, 1, 0, {1, 30, 7}},
    {"few columns in two dims", 0, 1, 2, 2, 0, {37, 4, 6, 2, 3}},
    {"batches of few columns", 1, 1, 1, 1, 0, {3, 20, 30, 6}},
    {"one row", 0, 1, 1, 1, 0, {1, 70, 90}},
    {"two rows", 0, 1, 1, 1, 0, {2, 9, 17}},
    {"all one", 0, 1, 1, 1, 0, {1, 1, 1}},
    {"k of one", 0, 1, 1, 1, 0, {30, 1, 40}},
    {"no dims of m", 0, 0, 1, 1, 0, {60, 44}},
    {"no dims of n", 0, 1, 1, 0, 0, {44, 60}},
    {"no dims of k", 0, 1, 0, 1, 0, {20, 30}},
    {"batches", 1, 1, 1, 1, 0, {5, 20, 30, 24}},
    {"two batch dims", 2, 1, 1, 1, 0, {2, 3, 9, 10, 11}},
    {"many dims", 1, 2, 2, 2, 0, {2, 3, 5, 4, 6, 2, 20}},
    {"packed", 0, 1, 1, 1, 16, {40, 50, 64}},
    {"packed, zeros at the end", 0, 1, 1, 1, 16, {41, 300, 50}},
    {"packed wider than n", 0, 1, 1, 1, 8, {30, 20, 5}},
    {"packed batches", 1, 1, 2, 2, 16, {3, 20, 4, 8, 3, 9}},
    {"packed by an odd number", 0, 1, 1, 1, 6, {20, 33, 20}},
    {"packed by one", 0, 1, 1, 1, 1, {9, 33, 7}},
};

static weft_tensor *build_shape(weft_graph *g, const shape_case *c) {
  weft_shape a = {0}, b = {0}, y = {0};
  const int64_t *m = c->sizes + c->nb, *k = m + c->nm, *n = k + c->nk;
  int64_t columns = 1;
  for (int i = 0; i < c->nb; i++) a.dims[a.rank++] = b.dims[b.rank++] = y.dims[y.rank++] = c->sizes[i];
  for (int i = 0; i < c->nm; i++) a.dims[a.rank++] = y.dims[y.rank++] = m[i];
  for (int i = 0; i < c->nn; i++) columns *= n[i];
  if (c->panel) b.dims[b.rank++] = (columns + c->panel - 1) / c->panel;
  for (int i = 0; i < c->nk; i++) a.dims[a.rank++] = b.dims[b.rank++] = k[i];
  for (int i = 0; i < c->nn; i++) {
    y.dims[y.rank++] = n[i];
    if (!c->panel) b.dims[b.rank++] = n[i];
  }
  if (c->panel) b.dims[b.rank++] = c->panel;
  return weft_make_dot(product_leaf(g, a), product_leaf(g, b), c->nb, c->nm, c->nk, c->nn, c->panel, y);
}

/* Views as the contract pass makes them, and others. */
static weft_tensor *transposed_a(weft_graph *g) {
  return weft_make_dot(permuted(product_leaf(g, weft_shape_of(45, 31)), 1, 0, 0, 0, 0, 0),
                       product_leaf(g, weft_shape_of(45, 50)), 0, 1, 1, 1, 0, weft_shape_of(31, 50));
}
static weft_tensor *both_transposed(weft_graph *g) { /* in fours along m and along k */
  return weft_make_dot(permuted(product_leaf(g, weft_shape_of(132, 68)), 1, 0, 0, 0, 0, 0),
                       permuted(product_leaf(g, weft_shape_of(72, 132)), 1, 0, 0, 0, 0, 0), 0, 1, 1, 1, 0,
                       weft_shape_of(68, 72));
}
static weft_tensor *far_columns(weft_graph *g) { /* rows of b a kilobyte apart, enough rows of a: b is copied */
  return weft_make_dot(product_leaf(g, weft_shape_of(200, 300)), product_leaf(g, weft_shape_of(300, 264)), 0, 1, 1, 1,
                       0, weft_shape_of(200, 264));
}
static weft_tensor *deep(weft_graph *g) { /* several blocks of k, several of m and n */
  return weft_make_dot(product_leaf(g, weft_shape_of(130, 1100)), product_leaf(g, weft_shape_of(1100, 100)), 0, 1, 1, 1,
                       0, weft_shape_of(130, 100));
}
static weft_tensor *sliced(weft_graph *g) {
  const int64_t size[2] = {15, 20}, start[2] = {1, 3};
  weft_tensor *a = weft_make_slice(product_leaf(g, weft_shape_of(40, 30)), start, steps, size);
  const int64_t rows[2] = {20, 33};
  weft_tensor *b = weft_make_slice(product_leaf(g, weft_shape_of(50, 40)), full_start, steps, rows);
  return weft_make_dot(a, b, 0, 1, 1, 1, 0, weft_shape_of(15, 33));
}
static weft_tensor *later_rows(weft_graph *g) { /* bindings may begin later, one to be walked backwards */
  const int64_t a_size[2] = {15, 64}, b_size[2] = {64, 33}, start[2] = {20, 0}, ones[2] = {1, 1}, rows_only[2] = {1, 0};
  weft_tensor *a = weft_make_slice(product_leaf(g, weft_shape_of(40, 64)), start, ones, a_size);
  weft_tensor *b = weft_make_slice(product_leaf(g, weft_shape_of(90, 33)), start, ones, b_size);
  return weft_make_dot(a, weft_make_flip(b, rows_only), 0, 1, 1, 1, 0, weft_shape_of(15, 33));
}
static weft_tensor *flipped(weft_graph *g) {
  const int64_t flags[2] = {1, 1}, rows_only[2] = {1, 0};
  weft_tensor *a = weft_make_flip(product_leaf(g, weft_shape_of(19, 40)), flags);
  weft_tensor *b = weft_make_flip(product_leaf(g, weft_shape_of(40, 25)), rows_only);
  return weft_make_dot(a, b, 0, 1, 1, 1, 0, weft_shape_of(19, 25));
}
static weft_tensor *shared_b(weft_graph *g) { /* the same b for every batch */
  weft_tensor *b = weft_make_expand(product_leaf(g, weft_shape_of(1, 30, 20)), weft_shape_of(4, 30, 20));
  return weft_make_dot(product_leaf(g, weft_shape_of(4, 17, 30)), b, 1, 1, 1, 1, 0, weft_shape_of(4, 17, 20));
}
static weft_tensor *itself(weft_graph *g) { /* both operands in one buffer */
  weft_tensor *x = product_leaf(g, weft_shape_of(40, 40));
  return weft_make_dot(x, x, 0, 1, 1, 1, 0, weft_shape_of(40, 40));
}
static weft_tensor *windows(weft_tensor *x, int64_t size, int64_t stride, int64_t dilation) {
  const int64_t w[4] = {0, size, size, 0}, s[4] = {1, stride, stride, 1}, d[4] = {1, dilation, dilation, 1};
  return weft_make_window(x, w, s, d); /* (N, OH, OW, C, R, S) */
}
static weft_tensor *conv(weft_graph *g) {
  weft_tensor *a = permuted(windows(product_leaf(g, weft_shape_of(2, 9, 9, 8)), 3, 1, 1), 0, 1, 2, 4, 5, 3);
  return weft_make_dot(a, product_leaf(g, weft_shape_of(3, 3, 8, 32)), 0, 3, 3, 1, 0, weft_shape_of(2, 7, 7, 32));
}
static weft_tensor *conv_one_channel(weft_graph *g) {
  weft_tensor *a = permuted(windows(product_leaf(g, weft_shape_of(3, 14, 14, 1)), 3, 1, 1), 0, 1, 2, 4, 5, 3);
  return weft_make_dot(a, product_leaf(g, weft_shape_of(3, 3, 1, 16)), 0, 3, 3, 1, 0, weft_shape_of(3, 12, 12, 16));
}
static weft_tensor *conv_strided(weft_graph *g) {
  weft_tensor *a = permuted(windows(product_leaf(g, weft_shape_of(2, 11, 11, 5)), 3, 2, 2), 0, 1, 2, 4, 5, 3);
  return weft_make_dot(a, product_leaf(g, weft_shape_of(3, 3, 5, 10)), 0, 3, 3, 1, 0, weft_shape_of(2, 4, 4, 10));
}
static weft_tensor *conv_weights(weft_graph *g) { /* (R, S, C | N, OH, OW) */
  weft_tensor *a = permuted(windows(product_leaf(g, weft_shape_of(4, 9, 9, 6)), 3, 1, 1), 4, 5, 3, 0, 1, 2);
  return weft_make_dot(a, product_leaf(g, weft_shape_of(4, 7, 7, 16)), 0, 3, 3, 1, 0, weft_shape_of(3, 3, 6, 16));
}
static weft_tensor *windows_as_b(weft_graph *g) { /* n (r, s, c): runs of s * c columns */
  weft_tensor *b = permuted(windows(product_leaf(g, weft_shape_of(2, 6, 6, 4)), 3, 1, 1), 0, 1, 2, 4, 5, 3);
  weft_tensor *a = permuted(product_leaf(g, weft_shape_of(2, 4, 4, 10, 1, 1)), 3, 4, 5, 0, 1, 2);
  return weft_make_dot(a, b, 0, 3, 3, 3, 0, weft_shape_of(10, 1, 1, 3, 3, 4));
}

static weft_tensor *(*const view_cases[])(weft_graph *) = {
    transposed_a, far_columns,      deep,         sliced,       later_rows,  flipped, shared_b, itself,
    conv,         conv_one_channel, conv_strided, conv_weights, windows_as_b};

static weft_tensor *product(weft_graph *g, int64_t m, int64_t k, int64_t n) {
  return weft_make_dot(product_leaf(g, weft_shape_of(m, k)), product_leaf(g, weft_shape_of(k, n)), 0, 1, 1, 1, 0,
                       weft_shape_of(m, n));
}

static weft_tensor *transposed_b_in_batches(weft_graph *g) {
  weft_tensor *b = permuted(product_leaf(g, weft_shape_of(3, 24, 30)), 0, 2, 1, 0, 0, 0);
  return weft_make_dot(product_leaf(g, weft_shape_of(3, 20, 30)), b, 1, 1, 1, 1, 0, weft_shape_of(3, 20, 24));
}
static weft_tensor *part_of_a(weft_graph *g) { /* rows longer than what is multiplied, from an offset on */
  const int64_t size[2] = {15, 20}, start[2] = {1, 3}, ones[2] = {1, 1};
  weft_tensor *a = weft_make_slice(product_leaf(g, weft_shape_of(40, 30)), start, ones, size);
  return weft_make_dot(a, product_leaf(g, weft_shape_of(20, 33)), 0, 1, 1, 1, 0, weft_shape_of(15, 33));
}

/* ---- on a device ---- */

static weft_device *open_as(const char *id, const char *device_class, char *where, size_t size) {
  snprintf(where, size, "%s as %s", id, device_class);
  return open_as_class(id, device_class);
}

/* max_texels: beyond it an operand is read as a storage buffer. */
static void check_device_with(const char *id, const char *device_class, uint32_t max_texels) {
  char where[64];
  weft_device *device = open_as(id, device_class, where, sizeof where);
  if (device->limits.max_texels > max_texels) device->limits.max_texels = max_texels;
  for (size_t i = 0; i < sizeof shape_cases / sizeof *shape_cases; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    check_product(device, where, shape_cases[i].name, build_shape(g, &shape_cases[i]),
                  product_epilogues[i % N_EPILOGUES], NULL);
    weft_graph_destroy(g);
  }
  for (size_t i = 0; i < sizeof view_cases / sizeof *view_cases; i++) {
    char name[32];
    weft_graph *g = weft_graph_create(NULL, NULL);
    snprintf(name, sizeof name, "view %zu", i);
    check_product(device, where, name, view_cases[i](g), product_epilogues[(i + 1) % N_EPILOGUES], NULL);
    weft_graph_destroy(g);
  }
  weft_device_close(device);
}

static void check_device(const char *id, const char *device_class) { check_device_with(id, device_class, UINT32_MAX); }

Test(dot, opencl_as_cpu) { check_device("opencl", "cpu"); }
Test(dot, opencl_as_gpu) { check_device("opencl", "gpu"); }
Test(dot, vulkan_as_cpu) { check_device("vulkan", "cpu"); }
Test(dot, vulkan_as_cpu_with_few_texels) { check_device_with("vulkan", "cpu", 300); }
Test(dot, vulkan_as_cpu_without_texels) { check_device_with("vulkan", "cpu", 0); }
Test(dot, vulkan_as_gpu) { check_device("vulkan", "gpu"); }

/* Every tile of a GPU with operands of every kind, of which it takes half, and slices, stages and widths in turn. */
static void check_gpu_variants(const char *id) {
  static const shape_case shapes[] = {{"odd", 0, 1, 1, 1, 0, {37, 53, 41}}, {"fours", 1, 1, 1, 1, 0, {2, 76, 132, 68}}};
  static weft_tensor *(*const views[])(weft_graph *) = {transposed_a, both_transposed, conv, conv_weights};
  enum { SHAPES = sizeof shapes / sizeof *shapes, CASES = SHAPES + sizeof views / sizeof *views };
  char where[64];
  size_t count;
  int n_run = 0, n_tried = 0;
  weft_device *device = open_as(id, "gpu", where, sizeof where);
  weft_tiles_for(WEFT_CLASS_GPU, 1, &count);
  for (int tile = 1; tile <= (int)count; tile++)
    for (int i = 0; i < CASES; i++) {
      int turn = tile + 5 * i;
      if ((tile + i) % 2) continue;
      const weft_variant variant = {
          .tile = tile, .slices = 1 << turn % 4, .stages = 1 + turn / 2 % 2, .fours = -(turn % 5 == 0)};
      char name[96];
      snprintf(name, sizeof name, "case %d, tile %d, slices %d, stages %d, fours %d", i, tile, variant.slices,
               variant.stages, variant.fours);
      weft_graph *g = weft_graph_create(NULL, NULL);
      weft_tensor *y = i < SHAPES ? build_shape(g, &shapes[i]) : views[i - SHAPES](g);
      n_run += check_product(device, where, name, y, product_epilogues[turn % N_EPILOGUES], &variant);
      n_tried++;
      weft_graph_destroy(g);
    }
  cr_expect_gt(n_run, n_tried / 2, "%s: %d of %d variants ran", where, n_run, n_tried);
  weft_device_close(device);
}

Test(dot, opencl_gpu_variants) { check_gpu_variants("opencl"); }
Test(dot, vulkan_gpu_variants) { check_gpu_variants("vulkan"); }

/* Every tile of a CPU, b's piece copied or not, with sums that wait between blocks of k or do not, in few and many
 * blocks. */
Test(dot, opencl_cpu_variants) {
  static const shape_case shapes[] = {{"edges", 0, 1, 1, 1, 0, {61, 150, 133}},
                                      {"batches", 1, 1, 1, 1, 0, {2, 40, 70, 64}}};
  static weft_tensor *(*const views[])(weft_graph *) = {transposed_a, far_columns,  flipped,
                                                        conv,         conv_weights, windows_as_b};
  enum { SHAPES = sizeof shapes / sizeof *shapes, CASES = SHAPES + sizeof views / sizeof *views };
  static const int32_t depths[] = {0, 40, 1 << 16}, groups[] = {0, 1, 16};
  char where[64];
  size_t count;
  int n_run = 0, n_tried = 0;
  weft_device *device = open_as("opencl", "cpu", where, sizeof where);
  weft_tiles_for(WEFT_CLASS_CPU, (int)weft_target_of(device).vector_width, &count);
  for (int tile = 0; tile <= (int)count; tile++)
    for (int i = 0; i < CASES; i++) {
      int turn = tile + 5 * i;
      const weft_variant variant = {
          .tile = tile, .pack = turn % 4 ? 1 : -1, .depth = depths[turn % 3], .groups = groups[turn / 2 % 3]};
      char name[96];
      snprintf(name, sizeof name, "case %d, tile %d, pack %d, depth %d, groups %d", i, tile, variant.pack,
               variant.depth, variant.groups);
      weft_graph *g = weft_graph_create(NULL, NULL);
      weft_tensor *y = i < SHAPES ? build_shape(g, &shapes[i]) : views[i - SHAPES](g);
      n_run += check_product(device, where, name, y, product_epilogues[turn % N_EPILOGUES], &variant);
      n_tried++;
      weft_graph_destroy(g);
    }
  cr_expect_gt(n_run, n_tried / 2, "%s: %d of %d variants ran", where, n_run, n_tried);
  weft_device_close(device);
}

static weft_tensor *few_columns(weft_graph *g, int i) {
  weft_tensor *a, *b;
  switch (i) {
  case 0: return product(g, 37, 50, 3);
  case 1: /* neighbours are rows, whose number no tile divides */
    a = permuted(product_leaf(g, weft_shape_of(50, 139)), 1, 0, 0, 0, 0, 0);
    return weft_make_dot(a, product_leaf(g, weft_shape_of(50, 3)), 0, 1, 1, 1, 0, weft_shape_of(139, 3));
  case 2: /* and all lanes but one are columns; in batches */
    a = permuted(product_leaf(g, weft_shape_of(2, 20, 40)), 0, 2, 1, 0, 0, 0);
    b = product_leaf(g, weft_shape_of(2, 20, 7));
    return weft_make_dot(a, b, 1, 1, 1, 1, 0, weft_shape_of(2, 40, 7));
  default: /* and k is in two runs */
    a = permuted(product_leaf(g, weft_shape_of(4, 6, 2, 70)), 3, 0, 1, 2, 0, 0);
    a = weft_make_slice(a, (const int64_t[]){0, 0, 1, 0}, (const int64_t[]){1, 1, 1, 1},
                        (const int64_t[]){70, 4, 5, 2});
    b = product_leaf(g, weft_shape_of(4, 5, 2, 2));
    return weft_make_dot(a, b, 0, 1, 3, 1, 0, weft_shape_of(70, 2));
  }
}

/* Every tile for few columns of b, the lanes being columns or rows, of every width. */
Test(dot, opencl_few_columns_variants) {
  enum { CASES = 4, TILES = 10 };
  char where[64];
  int n_run = 0;
  weft_device *device = open_as("opencl", "cpu", where, sizeof where);
  for (uint32_t width = 4; width <= 16; width *= 2)
    for (int i = 0; i < TILES * CASES; i++) {
      const weft_variant variant = {.tile = i / CASES + 1};
      char name[64];
      if (width == 4 && variant.tile < 5) continue; /* compiling takes its time */
      device->info.vector_width = width;
      snprintf(name, sizeof name, "few columns %d, tile %d, width %u", i % CASES, variant.tile, width);
      weft_graph *g = weft_graph_create(NULL, NULL);
      n_run +=
          check_product(device, where, name, few_columns(g, i % CASES), product_epilogues[i % N_EPILOGUES], &variant);
      weft_graph_destroy(g);
    }
  cr_expect_geq(n_run, 60, "%s: %d variants ran", where, n_run);
  weft_device_close(device);
}

/* Products by a library: plain, transposed, batched, of parts of matrices; and what is no such product is told apart.
 */
Test(dot, opencl_library) {
  static const shape_case shapes[] = {{"plain", 0, 1, 1, 1, 0, {37, 53, 41}},
                                      {"large", 0, 1, 1, 1, 0, {256, 300, 192}},
                                      {"one column", 0, 1, 1, 1, 0, {50, 20, 1}},
                                      {"two columns", 0, 1, 1, 1, 0, {30, 48, 2}},
                                      {"three columns", 0, 1, 1, 1, 0, {50, 20, 3}},
                                      {"ten columns", 0, 1, 1, 1, 0, {100, 84, 10}},
                                      {"few columns, fewer steps", 0, 1, 1, 1, 0, {20, 2, 3}},
                                      {"few columns, one row", 0, 1, 1, 1, 0, {1, 30, 7}},
                                      {"few columns in two dims", 0, 1, 2, 2, 0, {37, 4, 6, 2, 3}},
                                      {"batches of few columns", 1, 1, 1, 1, 0, {3, 20, 30, 6}},
                                      {"batches", 1, 1, 1, 1, 0, {5, 20, 30, 24}},
                                      {"merged dims", 0, 2, 2, 2, 0, {3, 5, 4, 6, 2, 20}}};
  static weft_tensor *(*const views[])(weft_graph *) = {transposed_a, both_transposed, transposed_b_in_batches,
                                                        part_of_a,    sliced,          itself};
  static weft_tensor *(*const no_products[])(weft_graph *) = {flipped, conv, shared_b};
  const weft_variant library = {.library = 1};
  char where[64];
  weft_device *device = open_as("opencl", "cpu", where, sizeof where);
  int n_shapes = sizeof shapes / sizeof *shapes, n_views = sizeof views / sizeof *views;
  if (!device->backend->has_product || !device->backend->has_product(device, NULL)) {
    weft_kernel_source source = {.entry = "product", .text = "", .n_bindings = 3, .local = {1, 1, 1}, .product = {1}};
    weft_kernel *kernel;
    cr_expect_eq(device->backend->kernels_new(device, &source, 1, &kernel), WEFT_NO_FEATURE);
    weft_device_close(device);
    cr_skip_test("no library");
  }
  for (int i = 0; i < n_shapes + n_views; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    char name[32];
    snprintf(name, sizeof name, "library %d", i);
    weft_tensor *y = i < n_shapes ? build_shape(g, &shapes[i]) : views[i - n_shapes](g);
    cr_expect(check_product(device, where, name, y, product_epilogues[0], &library), "%s", name);
    weft_graph_destroy(g);
  }
  for (size_t i = 0; i < sizeof no_products / sizeof *no_products; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    cr_expect_not(check_product(device, where, "no product", no_products[i](g), product_epilogues[0], &library),
                  "view %zu", i);
    cr_expect_not(check_product(device, where, "fused", product(g, 9, 8, 7), product_epilogues[1], &library));
    weft_graph_destroy(g);
  }
  weft_device_close(device);
}

/* ---- without a device, and templates alone ---- */

static const weft_target small_cpu = {.dialect = WEFT_OPENCL_C,
                                      .device_class = WEFT_CLASS_CPU,
                                      .vector_width = 8,
                                      .compute_units = 2,
                                      .max_group = 64,
                                      .local_memory = 32768,
                                      .max_groups = {3, 1, 1}};

Test(dot, columns_that_lie_apart_are_refused_on_a_cpu) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_arena arena = {0};
  weft_error error = {0};
  weft_lowered out;
  weft_tensor *b = permuted(weft_input(g, "weights", WEFT_F32, 30, 20), 1, 0, 0, 0, 0, 0);
  weft_tensor *y = weft_make_dot(product_leaf(g, weft_shape_of(10, 20)), b, 0, 1, 1, 1, 0, weft_shape_of(10, 30));
  cr_assert_eq(lower_product(y, &small_cpu, NULL, &arena, &out, &error), WEFT_INTERNAL);
  cr_assert(strstr(error.message, "columns of"), "%s", error.message);
  weft_target gpu = small_cpu;
  gpu.device_class = WEFT_CLASS_GPU;
  error = (weft_error){0};
  cr_assert_eq(lower_product(y, &gpu, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

/* What the estimate chooses for a GPU of 64 units. */
static void expect_in(weft_dialect dialect, weft_tensor *y, const char *name, const char *const *words) {
  const weft_target target = {.device_class = WEFT_CLASS_GPU,
                              .dialect = dialect,
                              .compute_units = 64,
                              .max_group = 1024,
                              .local_memory = 49152};
  weft_arena arena = {0};
  weft_error error = {0};
  weft_lowered out;
  cr_assert_eq(lower_product(y, &target, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
  check_defined(out.source.text, name, words);
  weft_arena_free(&arena);
}

static void expect_on_gpu(weft_tensor *y, const char *name, const char *const *words) {
  expect_in(WEFT_OPENCL_C, y, name, words);
  expect_in(WEFT_GLSL, y, name, words);
}

Test(dot, gpu_tiles_suit_the_shape) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  expect_on_gpu(product(g, 4096, 1024, 4096), "large",
                (const char *[]){"RM 8", "SLICES 1", "A_WIDTH 4", "B_WIDTH 4", "C_WIDTH 4", NULL});
  expect_on_gpu(product(g, 4096, 2048, 8), "few columns", (const char *[]){"SLICES 4", NULL});
  expect_on_gpu(product(g, 8, 2048, 4096), "few rows", (const char *[]){"TN 64", "SLICES 4", NULL});
  expect_on_gpu(product(g, 64, 4096, 64), "few outputs", (const char *[]){"SLICES 4", NULL});
  expect_on_gpu(product(g, 127, 255, 129), "odd", (const char *[]){"A_WIDTH 1", "B_WIDTH 1", "C_WIDTH 1", NULL});
  expect_on_gpu(both_transposed(g), "transposed",
                (const char *[]){"A_ALONG_M 1", "B_ALONG_K 1", "A_WIDTH 4", "B_WIDTH 4", NULL});
  expect_on_gpu(conv(g), "convolution", (const char *[]){"A_ALONG_M 0", "A_WIDTH 4", "B_WIDTH 4", NULL});
  weft_graph_destroy(g);
}

/* A work-group that has a unit to itself takes deep steps of few sums, and a shader's loads stand early. */
Test(dot, gpu_groups_with_a_unit_each) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *few = product(g, 64, 512, 64), *short_sum = product(g, 64, 64, 64), *many = product(g, 256, 512, 128),
              *large = product(g, 1024, 1024, 512);
  expect_on_gpu(few, "few", (const char *[]){"TILES 64", "TK 32", "SLICES 4", NULL});
  expect_in(WEFT_GLSL, few, "few", (const char *[]){"EARLY 1", "STAGES 1", NULL});
  expect_in(WEFT_OPENCL_C, few, "few", (const char *[]){"EARLY 0", "STAGES 2", NULL});
  expect_on_gpu(short_sum, "no deeper than the sum", (const char *[]){"TILES 64", "TK 16", "SLICES 4", NULL});
  expect_on_gpu(many, "beside others", (const char *[]){"TILES 128", "RM 2", "TK 16", "EARLY 0", NULL});
  expect_in(WEFT_GLSL, large, "many sums", (const char *[]){"TILES 64", "RM 8", "TK 8", "EARLY 1", NULL});
  weft_graph_destroy(g);
}

/* What the estimate chooses for a CPU of 2 units: b is copied where many rows read it, in columns of tiles. */
Test(dot, cpu_blocks_suit_the_shape) {
  const weft_target target = {.device_class = WEFT_CLASS_CPU, .vector_width = 16, .compute_units = 2};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *turned = permuted(product_leaf(g, weft_shape_of(2048, 512)), 1, 0, 0, 0, 0, 0);
  const struct {
    const char *name;
    weft_tensor *y;
    const char *words[5];
  } cases[] = {
      {"large", product(g, 2048, 2048, 2048), {"PACK_B 1", "M_TILES 171", "N_TILES 1", "K_DEPTH 2048"}},
      {"a short sum", product(g, 2048, 128, 512), {"PACK_B 1", "M_TILES 57", "N_TILES 4", "K_BLOCKS 1"}},
      {"many columns", product(g, 1024, 768, 2304), {"PACK_B 1", "M_TILES 13", "N_TILES 36", "K_BLOCKS 1"}},
      {"64 rows", product(g, 64, 784, 512), {"PACK_B 1", "MR 8", "M_BLOCKS 1", "K_BLOCKS 1"}},
      {"32 rows", product(g, 32, 784, 512), {"PACK_B 0", "MR 8", "M_BLOCKS 1", "K_BLOCKS 1"}},
      {"turned",
       weft_make_dot(turned, product_leaf(g, weft_shape_of(2048, 128)), 0, 1, 1, 1, 0, weft_shape_of(512, 128)),
       {"PACK_B 1", "A_M 1", "K_DEPTH 512", "K_BLOCKS 4"}}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    weft_arena arena = {0};
    weft_error error = {0};
    weft_lowered out;
    cr_assert_eq(lower_product(cases[i].y, &target, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
    check_defined(out.source.text, cases[i].name, cases[i].words);
    weft_arena_free(&arena);
  }
  weft_graph_destroy(g);
}

Test(dot, a_gpus_variants) {
  static const int expected[] = {2, 3, 2, 1}; /* at least, by round */
  weft_target target = {.device_class = WEFT_CLASS_GPU, .compute_units = 64, .max_group = 1024, .local_memory = 49152};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_arena arena = {0};
  weft_error error = {0};
  weft_tensor *y = product(g, 64, 512, 64);
  weft_group_limits limits = {.max_bindings = 16};
  weft_group **groups;
  size_t count;
  weft_variant best = {.tile = 7}, variants[WEFT_MOST_VARIANTS];
  weft_lowered out;
  cr_assert_eq(weft_group_graph(&arena, &y, 1, &limits, &groups, &count, &error), WEFT_OK);
  for (int round = 0; round < 4; round++) {
    int n = weft_dot_variants(groups[0], &target, &best, round, variants), n_fit = 0;
    for (int i = 0; i < n; i++) {
      cr_expect(round == 0 || variants[i].tile == best.tile, "round %d changes one aspect", round);
      n_fit += weft_lower_dot(groups[0], &target, &variants[i], &arena, NULL, &out, &error) == WEFT_OK;
    }
    cr_expect_geq(n_fit, expected[round], "round %d: %d of %d fit", round, n_fit, n);
  }
  cr_expect_eq(weft_dot_variants(groups[0], &target, &best, 4, variants), 0, "no library is at hand");
  int likely = weft_dot_variants(groups[0], &target, &best, 0, variants);
  target.tries_all = 1;
  cr_expect_gt(weft_dot_variants(groups[0], &target, &best, 0, variants), likely, "hopeless ones too");
  target.libraries = 1;
  cr_expect_eq(weft_dot_variants(groups[0], &target, &best, 4, variants), 1);
  cr_expect_eq(variants[0].library, 1);
  cr_expect_eq(weft_dot_variants(groups[0], &target, &best, 5, variants), -1);
  target.max_group = 16; /* smaller than any tile's work-group */
  error = (weft_error){0};
  cr_assert_eq(weft_lower_dot(groups[0], &target, NULL, &arena, NULL, &out, &error), WEFT_NO_FEATURE);
  cr_expect(strstr(error.message, "no tile fits into work-groups of 16"), "%s", error.message);
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

Test(dot, few_columns_are_not_packed) {
  const weft_target target = {.vector_width = 16, .compute_units = 2};
  const struct {
    const char *name;
    int64_t m, k, n;
    const char *words[4]; /* tiles that share out evenly */
    int is_turned;        /* rows of a are neighbours */
  } rows[] = {{"100 rows", 100, 784, 10, {"MR 25", "M_COUNT 4", "TAIL 1"}, 0},
              {"784 rows", 784, 100, 10, {"MR 28", "M_COUNT 28", "STEPS 1"}, 0},
              {"784 rows, turned", 784, 100, 10, {"MV 2", "M_COUNT 25", "STEPS 1"}, 1},
              {"784 rows, turned, 3 columns", 784, 100, 3, {"MV 4", "MR 64", "K_SEGMENTS 1"}, 1},
              {"100 rows, 3 columns", 100, 784, 3, {"STEPS 4", "TAIL 5", "MV 0"}, 0}};
  const size_t count = sizeof rows / sizeof *rows;
  for (size_t r = 0; r <= count; r++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_arena arena = {0};
    weft_error error = {0};
    weft_lowered out;
    weft_tensor *y = r < count ? product(g, rows[r].m, rows[r].k, rows[r].n) : product(g, 100, 784, 16);
    if (r < count && rows[r].is_turned) {
      weft_tensor *a = permuted(product_leaf(g, weft_shape_of(rows[r].k, rows[r].m)), 1, 0, 0, 0, 0, 0);
      y = weft_make_dot(a, y->in[1], 0, 1, 1, 1, 0, y->shape);
    }
    cr_assert_eq(lower_product(y, &target, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
    cr_assert_eq(strstr(out.source.text, "/* gemm_narrow_cpu.cl") != NULL, r < count, "16 columns are a vector");
    if (r < count) check_defined(out.source.text, rows[r].name, rows[r].words);
    weft_arena_free(&arena);
    weft_graph_destroy(g);
  }
}

Test(dot, no_more_groups_than_the_device_takes) {
  static const weft_dialect dialects[] = {WEFT_OPENCL_C, WEFT_OPENCL_C, WEFT_GLSL, WEFT_GLSL};
  for (int i = 0; i < 4; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_arena arena = {0};
    weft_error error = {0};
    weft_lowered out;
    weft_target target = small_cpu;
    target.dialect = dialects[i];
    target.device_class = i % 2 ? WEFT_CLASS_GPU : WEFT_CLASS_CPU;
    weft_tensor *y = weft_make_dot(product_leaf(g, weft_shape_of(900, 100)), product_leaf(g, weft_shape_of(100, 320)),
                                   0, 1, 1, 1, 0, weft_shape_of(900, 320));
    cr_assert_eq(lower_product(y, &target, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
    cr_assert(out.groups[0] == 3 && out.groups[1] == 1 && out.groups[2] == 1);
    cr_assert(strstr(out.source.text, "#define GROUPS 3\n") != NULL);
    cr_assert_eq(out.flops, 2.0 * 900 * 100 * 320);
    cr_assert_eq(out.bytes, 4.0 * (900 * 100 + 100 * 320 + 900 * 320));
    cr_assert(out.source.n_bindings == 3 && out.source.written == 4);
    weft_arena_free(&arena);
    weft_graph_destroy(g);
  }
}

Test(dot, neighbouring_dims_are_merged) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_arena arena = {0};
  weft_error error = {0};
  weft_lowered out;
  weft_tensor *y = weft_make_dot(product_leaf(g, weft_shape_of(4, 5, 2, 10)),
                                 product_leaf(g, weft_shape_of(2, 10, 4, 8)), 0, 2, 2, 2, 0, weft_shape_of(4, 5, 4, 8));
  cr_assert_eq(lower_product(y, &small_cpu, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
  cr_assert(strstr(out.source.text, "#define A_ROW(m) (20 * (m))\n"));
  cr_assert(strstr(out.source.text, "#define K_SEGMENTS 1\n") && strstr(out.source.text, "#define N_RUN 32\n"));
  weft_tensor *window = conv(g); /* (N, OH, OW | R, S, C): S and C are one, R is not */
  error = (weft_error){0};
  cr_assert_eq(lower_product(window, &small_cpu, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
  cr_assert(strstr(out.source.text, "#define K_SEGMENTS 3\n") && strstr(out.source.text, "#define K_RUN 24\n"));
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

/* Panels of more than near caches hold are asked for ahead, a part by each tile of rows that reads the one before; so
 * are rows of a, by the tile before theirs, and without panels where they are long and read once. */
Test(dot, operands_from_memory) {
  static const struct {
    int64_t m, n, k, panel;
    const char *line;
  } cases[] = {
      {48, 4096, 1024, 32, "#define FETCH_A 0\n#define FETCH_B 8\n"},
      {16, 4096, 1024, 32, "#define FETCH_A 0\n#define FETCH_B 16\n"},
      {48, 256, 1024, 32, "#define FETCH_A 0\n#define FETCH_B 0\n"},
      {2048, 256, 1024, 32, "#define FETCH_A 1\n#define FETCH_B 0\n"},
      {2048, 32, 1024, 0, "#define FETCH_A 1\n#define FETCH_B 0\n"},
      {2048, 256, 1024, 0, "#define FETCH_A 0\n#define FETCH_B 0\n"},
      {8192, 32, 128, 0, "#define FETCH_A 0\n#define FETCH_B 0\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_arena arena = {0};
    weft_error error = {0};
    weft_lowered out;
    weft_tensor *a = product_leaf(g, weft_shape_of(cases[i].m, cases[i].k));
    int64_t n = cases[i].n, k = cases[i].k, panel = cases[i].panel;
    weft_tensor *b = product_leaf(g, panel ? weft_shape_of(n / panel, k, panel) : weft_shape_of(k, n));
    weft_tensor *y = weft_make_dot(a, b, 0, 1, 1, 1, (int)panel, weft_shape_of(cases[i].m, n));
    cr_assert_eq(lower_product(y, &product_cpu, NULL, &arena, &out, &error), WEFT_OK, "%s", error.message);
    cr_expect(strstr(out.source.text, cases[i].line), "case %zu: no %s", i, cases[i].line);
    weft_arena_free(&arena);
    weft_graph_destroy(g);
  }
}

Test(dot, each_template_builds_alone) {
  check_template("opencl", "kernels/gemm_cpu.cl", "gemm_cpu", 2, 1, 0);
  check_template("opencl", "kernels/gemm_narrow_cpu.cl", "gemm_narrow_cpu", 2, 1, 0);
  check_template("opencl", "kernels/attention_cpu.cl", "attention_cpu", 4, 1, 0);
  check_template("opencl", "kernels/attention_gradient_cpu.cl", "attention_gradient_cpu", 8, 1, 0);
  check_template("opencl", "kernels/gemm_gpu.cl", "gemm_gpu", 2, 64, 0);
  check_template("opencl", "kernels/join_cpu.cl", "join", 5, 1, 0);
  check_template("opencl", "kernels/alone_cpu.cl", "alone", 1, 1, 0);
  check_template("vulkan", "shaders/gemm.comp", "main", 2, 64, 0);
  check_template("vulkan", "shaders/gemm_direct.comp", "main", 2, 8, 3);
}

Test(dot, tiles_are_found_for_any_width) {
  static const int asked[] = {0, 1, 2, 3, 4, 7, 8, 9, 16, 64}, width[] = {1, 1, 1, 1, 4, 4, 8, 8, 16, 16};
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
    size_t count;
    const weft_tile *rows = weft_tiles_for(WEFT_CLASS_CPU, asked[i], &count);
    cr_assert_eq(rows->vector_width, width[i]);
    cr_assert_eq(rows, weft_tile_for(WEFT_CLASS_CPU, asked[i]));
    for (size_t r = 0; r < count; r++) cr_assert(rows[r].vector_width == width[i] && rows[r].panel == rows[r].nr);
  }
  cr_assert_eq(weft_tile_for(WEFT_CLASS_GPU, 8)->vector_width, 1);
}
