/* test_attention.c -- attention's kernels for GPUs, forward and backward, on drivers for CPUs: every size against the
 * reference device, whose answers are computed query by query. */
#include "base/attention.h"
#include "passes/group.h"
#include "products.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/ops.h>

enum { RESULTS = 4 };

/* Lengths and widths that fill no tile, a tile that fits only where it is small, causal with more keys than queries and
 * the other way round. */
typedef struct attention_sizes {
  int heads, queries, keys, width, value_width, causal;
} attention_sizes;
static const attention_sizes cases[] = {
    {3, 64, 64, 32, 32, 1}, {2, 33, 33, 5, 7, 1},   {2, 7, 50, 16, 16, 0},  {2, 50, 7, 3, 32, 1},
    {1, 20, 45, 48, 20, 1}, {1, 5, 1, 4, 4, 0},     {1, 70, 40, 64, 64, 0}, {1, 65, 70, 1, 9, 1},
    {1, 40, 33, 80, 12, 1}, {4, 96, 96, 64, 64, 1},
};
enum { CASES = sizeof cases / sizeof *cases };

static float *numbers(int64_t n, uint32_t seed) {
  float *x = malloc((size_t)n * sizeof *x);
  for (int64_t i = 0; i < n; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = (float)(seed >> 8) / 4194304.0f - 2;
  }
  return x;
}

static weft_tensor *leaf(weft_graph *g, const char *name, weft_shape shape, uint32_t seed) {
  weft_tensor *x = weft_input_shaped(g, name, WEFT_F32, shape);
  float *values = numbers(weft_shape_size(shape), seed);
  cr_assert_eq(weft_write(x, values, (size_t)weft_shape_size(shape) * sizeof *values), WEFT_OK);
  free(values);
  return x;
}

/* y and the gradients by q, k and v; the operands are cut out of larger tensors, as a layer has them. */
static weft_program *run(weft_device *device, int c, weft_tensor **out) {
  weft_graph *g = weft_graph_new(device);
  int64_t b = cases[c].heads, t = cases[c].queries, s = cases[c].keys, d = cases[c].width, e = cases[c].value_width;
  weft_shape to_heads = weft_shape_of(1, 0, 2);
  weft_tensor *x[3] = {leaf(g, "q", weft_shape_of(t, b, d), 1), leaf(g, "k", weft_shape_of(b, s, d), 2),
                       leaf(g, "v", weft_shape_of(s, b, e), 3)};
  weft_tensor *q = weft_permute(x[0], to_heads), *v = weft_permute(x[2], to_heads);
  out[0] = weft_scaled_dot_product_attention(q, x[1], v, cases[c].causal);
  weft_tensor *loss = weft_sum(weft_mul(out[0], leaf(g, "g", weft_shape_of(b, t, e), 4)));
  cr_assert_eq(weft_gradients(loss, x, 3, out + 1), WEFT_OK);
  weft_program *program = weft_compile_all(out, RESULTS);
  cr_assert(program, "%s", weft_graph_message(g));
  cr_assert_eq(weft_run(program), WEFT_OK, "%s", weft_graph_message(g));
  return program;
}

/* The steps of attention: forward and backward. */
static int count_kernels(const weft_program *program) {
  weft_program_info info;
  int n = 0;
  weft_program_describe(program, &info);
  for (size_t i = 0; i < info.steps; i++) {
    weft_step_info step;
    weft_program_step(program, i, &step);
    n += !strcmp(step.name, "attention");
  }
  return n;
}

static void check(weft_device *device, weft_device *reference, const char *where, int c) {
  weft_tensor *got[RESULTS], *want[RESULTS];
  weft_program *program = run(device, c, got);
  run(reference, c, want);
  cr_assert_eq(count_kernels(program), 2, "%s: case %d has %d kernels of attention", where, c, count_kernels(program));
  for (int r = 0; r < RESULTS; r++) {
    int64_t n = weft_shape_size(got[r]->shape);
    float *a = malloc((size_t)n * sizeof *a), *b = malloc((size_t)n * sizeof *b);
    cr_assert_eq(weft_read(got[r], a, (size_t)n * sizeof *a), WEFT_OK);
    cr_assert_eq(weft_read(want[r], b, (size_t)n * sizeof *b), WEFT_OK);
    for (int64_t i = 0; i < n; i++)
      cr_assert(fabsf(a[i] - b[i]) <= 5e-5f * (1 + fabsf(b[i])), "%s: case %d, result %d: element %lld is %g, not %g",
                where, c, r, (long long)i, (double)a[i], (double)b[i]);
    free(a);
    free(b);
  }
  weft_graph_free(got[0]->graph);
  weft_graph_free(want[0]->graph);
}

static void check_device(const char *id) {
  weft_device *device = open_as_class(id, "gpu"), *reference = weft_device_open("reference");
  device->info.local_memory = 32768;
  for (int c = 0; c < CASES; c++) check(device, reference, id, c);
  weft_device_close(device);
  weft_device_close(reference);
}

Test(attention, opencl_items) { check_device("opencl"); }
Test(attention, vulkan_items) { check_device("vulkan"); }

/* ---- variants ---- */

static int with_logarithms(weft_tensor *y, weft_tensor **out) {
  out[0] = y;
  out[1] = weft_make_attention(WEFT_OP_ATTENTION_LOG, y->in, 2, (int)y->attr[0], y->value);
  return 2;
}
static int all_gradients(weft_tensor *dq, weft_tensor **out) {
  out[0] = dq;
  out[1] = weft_make_attention(WEFT_OP_ATTENTION_DK, dq->in, 6, (int)dq->attr[0], dq->value);
  out[2] = weft_make_attention(WEFT_OP_ATTENTION_DV, dq->in, 6, (int)dq->attr[0], dq->value);
  return 3;
}

static const attention_sizes variant_sizes[] = {{2, 35, 41, 6, 5, 0}, {1, 70, 37, 8, 12, 1}, {2, 150, 140, 8, 8, 1}};

/* Attention of these sizes, or its gradients, against single elements; whether it ran. */
static int check_variant(weft_device *device, const char *id, const attention_sizes *sizes, int is_gradient, int tile) {
  int64_t b = sizes->heads, t = sizes->queries, s = sizes->keys, d = sizes->width, e = sizes->value_width;
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *in[6] = {product_leaf(g, weft_shape_of(b, t, d)), product_leaf(g, weft_shape_of(b, s, d)),
                        product_leaf(g, weft_shape_of(b, s, e))};
  for (int k = 3; k < 6; k++) in[k] = product_leaf(g, weft_shape_of(b, t, k == 4 ? 1 : e));
  weft_op op = is_gradient ? WEFT_OP_ATTENTION_DQ : WEFT_OP_ATTENTION;
  weft_tensor *y = weft_make_attention(op, in, is_gradient ? 6 : 3, sizes->causal, 0.5);
  char name[96];
  snprintf(name, sizeof name, "%lld queries%s, tile %d", (long long)t, is_gradient ? ", gradients" : "", tile);
  int ran =
      check_product(device, id, name, y, is_gradient ? all_gradients : with_logarithms, &(weft_variant){.tile = tile});
  weft_graph_destroy(g);
  return ran;
}

/* Every block of scores, in fours and one by one in turn, forward and backward; it runs where it is said to fit. */
static void check_variants(const char *id) {
  weft_device *device = open_as_class(id, "gpu");
  device->info.local_memory = 49152;
  for (int i = 0; i < 4; i++) {
    const attention_sizes *sizes = &variant_sizes[i % 2];
    weft_attention_sizes z = {.t = sizes->queries,
                              .s = sizes->keys,
                              .d = sizes->width,
                              .e = sizes->value_width,
                              .heads = sizes->heads,
                              .is_gradient = i / 2};
    size_t count;
    const weft_attention_tile *tiles = weft_attention_tiles(&z, &count);
    for (size_t tile = (size_t)i % 2; tile < count; tile += 2) {
      int ran = check_variant(device, id, sizes, i / 2, (int)tile + 1);
      int fits = weft_attention_fits(&z, &tiles[tile], device->info.local_memory, device->info.max_group);
      cr_expect_eq(ran, fits, "%s: %d x %d, %d slices", id, tiles[tile].tr, tiles[tile].tc, tiles[tile].slices);
    }
  }
  weft_device_close(device);
}

/* Every block of queries and keys of a CPU, with more of both than one holds. */
Test(attention, opencl_cpu_variants) {
  weft_device *device = open_as_class("opencl", "cpu");
  for (int tile = 1; tile <= 5; tile++)
    for (int is_gradient = 0; is_gradient < 2; is_gradient++)
      cr_expect(check_variant(device, "opencl", &variant_sizes[2], is_gradient, tile), "tile %d", tile);
  weft_device_close(device);
}

Test(attention, opencl_variants) { check_variants("opencl"); }
Test(attention, vulkan_variants) { check_variants("vulkan"); }

/* What a tuner is to try: all that fits, in one round; on CPUs all blocks. */
Test(attention, variants) {
  weft_arena arena = {0};
  weft_error error = {0};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = product_leaf(g, weft_shape_of(2, 64, 64)), *in[3] = {x, x, x};
  weft_tensor *root = weft_make_attention(WEFT_OP_ATTENTION, in, 3, 1, 0.125);
  weft_group_limits limits = {.max_bindings = 16};
  weft_group **groups;
  size_t n_groups;
  cr_assert_eq(weft_group_graph(&arena, &root, 1, &limits, &groups, &n_groups, &error), WEFT_OK);
  weft_target target = {.dialect = WEFT_GLSL,
                        .device_class = WEFT_CLASS_GPU,
                        .compute_units = 100,
                        .max_group = 256,
                        .local_memory = 32768,
                        .max_groups = {65535}};
  weft_variant none = {0}, variants[WEFT_MOST_VARIANTS];
  int few = weft_lower_variants(groups[0], &target, &none, 0, variants);
  for (int i = 0; i < few; i++) {
    weft_lowered out;
    cr_expect_eq(weft_lower_group(groups[0], &target, &variants[i], &arena, &out, &error), WEFT_OK, "%s",
                 error.message);
  }
  target.local_memory = 65536;
  cr_expect_gt(weft_lower_variants(groups[0], &target, &none, 0, variants), few);
  cr_expect_gt(few, 1);
  cr_expect_eq(weft_lower_variants(groups[0], &target, &none, 1, variants), -1);
  target.device_class = WEFT_CLASS_CPU;
  cr_expect_eq(weft_lower_variants(groups[0], &target, &none, 0, variants), 5);
  weft_graph_destroy(g);
  weft_arena_free(&arena);
}

Test(attention, each_template_builds_alone) {
  check_template("opencl", "kernels/attention_cpu.cl", "attention_cpu", 4, 1, 0);
  check_template("opencl", "kernels/attention_gpu.cl", "attention_gpu", 4, 128, 0);
  check_template("opencl", "kernels/attention_gradient_gpu.cl", "attention_gradient_gpu", 6, 128, 0);
  check_template("vulkan", "shaders/attention.comp", "main", 4, 128, 0);
  check_template("vulkan", "shaders/attention_gradient.comp", "main", 6, 128, 0);
}

/* The estimate: few rows and columns of a work-item where heads are wide, many work-items where there are few heads. */
Test(attention, estimate) {
  weft_attention_sizes z = {
      .t = 1024, .s = 1024, .d = 32, .e = 32, .heads = 64, .is_gradient = 1, .by_keys = 1, .by_queries = 1};
  const weft_attention_tile *narrow = weft_attention_tile_for(&z, 49152, 256, 132);
  z.d = z.e = 64;
  const weft_attention_tile *wide = weft_attention_tile_for(&z, 49152, 256, 132);
  cr_assert(narrow && wide);
  cr_expect_lt(wide->rr * wide->rc, narrow->rr * narrow->rc);
  z.d = z.e = 32;
  z.is_gradient = z.by_keys = z.by_queries = 0;
  int least = 0;
  for (z.heads = 1024; z.heads > 0; z.heads /= 4) {
    const weft_attention_tile *t = weft_attention_tile_for(&z, 49152, 256, 132);
    int64_t by_keys, items = weft_attention_blocks(&z, t, &by_keys) / z.heads * weft_attention_threads(t);
    cr_expect_geq(items, least, "%lld heads", (long long)z.heads);
    least = (int)items;
  }
}

/* Wide heads where shared memory is small: products and softmax. */
Test(attention, no_room) {
  setenv("WEFT_CLASS", "gpu", 1);
  weft_device *device = weft_device_open("null");
  cr_assert_eq(weft_device_status(device), WEFT_OK);
  device->info.local_memory = 16384;
  weft_graph *g = weft_graph_new(device);
  weft_tensor *x = weft_input_shaped(g, "x", WEFT_F32, weft_shape_of(2, 64, 128));
  weft_program *program = weft_compile(weft_scaled_dot_product_attention(x, x, x, 1));
  cr_assert(program, "%s", weft_graph_message(g));
  cr_assert_eq(count_kernels(program), 0);
  weft_graph_free(g);
  weft_device_close(device);
}
