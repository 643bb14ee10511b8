/* test_expected.c -- the kernels of a few graphs, as text, against committed files: a change of code generation is seen
 * in review. WEFT_UPDATE_EXPECTED=1 writes the files anew. */
#include "base/file.h"
#include "cases.h"
#include "lower/emit.h"
#include "lower/render.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    "bias_nhwc",     "permuted",          "padded_nhwc",         "joined",         "dropout",
    "momentum",      "sum_nhwc",          "mean_rows",           "panels",         "argmax_rows",
    "max_pool_nhwc", "max_pool_gradient", "softmax_rows",        "softmax_uneven", "cross_entropy",
    "layer_norm",    "weights_to_hwio",   "scores_of_one_query", "scattered_far",  "scattered_numbers"};

static const char *const dots[] = {"dot_square",   "dot_few_columns", "dot_few_rows",
                                   "dot_gradient", "dot_convolution", "dot_prologues",
                                   "dot_border",   "dot_cell",        "dot_linear_unit"};

static const char *const bundles[] = {"bundle_of_updates", "bundle_of_kinds"};

/* All kernels of a case for a target, without the prelude and without a contraction's template. */
static void print_case(const lower_case *c, int is_bundle, const weft_target *target, weft_text *out) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_arena arena = {0};
  weft_error error = {0};
  weft_tensor *roots[MAX_ROOTS];
  weft_group **groups, *bundle;
  size_t count, prelude = strlen(weft_render_prelude(target->dialect));
  int n = c->build(g, roots), is_gpu = target->device_class == WEFT_CLASS_GPU;
  weft_group_limits limits = {.max_bindings = 16, .computes_operands = is_gpu, .joins_gates = is_gpu};
  cr_assert_eq(weft_graph_status(g), WEFT_OK, "%s: %s", c->name, weft_graph_message(g));
  cr_assert_eq(weft_group_graph(&arena, roots, (size_t)n, &limits, &groups, &count, &error), WEFT_OK, "%s",
               error.message);
  if (is_bundle) {
    cr_assert_geq(count, 2, "%s", c->name);
    bundle = lower_bundle(&arena, groups, count);
    cr_assert_not_null(bundle, "%s", c->name);
    groups = &bundle;
    count = 1;
  }
  for (size_t i = 0; i < count; i++) {
    weft_lowered lowered;
    cr_assert_eq(weft_lower_group(groups[i], target, NULL, &arena, &lowered, &error), WEFT_OK, "%s: %s", c->name,
                 error.message);
    weft_text_printf(out, "// %s: %s, work-groups %u %u %u of %u\n", c->name, lowered.what, lowered.groups[0],
                     lowered.groups[1], lowered.groups[2], lowered.source.local[0]);
    const char *own = lowered.source.text + prelude, *template = strstr(own, "/* gemm");
    weft_text_add_bytes(out, own, template ? (size_t)(template - own) : strlen(own));
    weft_text_add(out, "\n");
  }
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

static void check(const char *name, const char *target_name, const char *suffix) {
  weft_target target = lower_target(target_name);
  weft_text text = {0};
  char path[1024];
  snprintf(path, sizeof path, "%s/%s.%s.%s", WEFT_EXPECTED, name, target_name, suffix);
  for (int i = 0; i < n_lower_cases; i++)
    if (!strcmp(lower_cases[i].name, name)) print_case(&lower_cases[i], 0, &target, &text);
  for (int i = 0; i < n_lower_bundles; i++)
    if (!strcmp(lower_bundles[i].name, name)) print_case(&lower_bundles[i], 1, &target, &text);
  cr_assert(text.size > 0, "%s is no case", name);
  if (getenv("WEFT_UPDATE_EXPECTED")) {
    weft_error error = {0};
    cr_assert_eq(weft_file_write(path, text.data, text.size, &error), WEFT_OK, "%s", error.message);
  } else {
    void *data;
    size_t size;
    weft_error error = {0};
    cr_assert_eq(weft_file_read(path, &data, &size, &error), WEFT_OK, "%s", error.message);
    size_t same = 0;
    while (same < size && same < text.size && ((char *)data)[same] == text.data[same]) same++;
    cr_expect(size == text.size && same == size, "%s differs from byte %zu on; WEFT_UPDATE_EXPECTED=1 accepts:\n%.400s",
              path, same, text.data + same);
    free(data);
  }
  weft_text_release(&text);
}

Test(expected, opencl_vectors) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) check(names[i], "cpu8", "cl");
}

Test(expected, opencl_items) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) check(names[i], "gpu", "cl");
  for (size_t i = 0; i < sizeof dots / sizeof *dots; i++) check(dots[i], "gpu", "cl");
  for (size_t i = 0; i < sizeof bundles / sizeof *bundles; i++) check(bundles[i], "gpu", "cl");
}

Test(expected, glsl_items) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) check(names[i], "glsl", "comp");
  for (size_t i = 0; i < sizeof dots / sizeof *dots; i++) check(dots[i], "glsl", "comp");
  for (size_t i = 0; i < sizeof bundles / sizeof *bundles; i++) check(bundles[i], "glsl", "comp");
}

Test(expected, glsl_fours) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) check(names[i], "glsl-cpu", "comp");
}

static double bytes_of(weft_tensor *root) {
  weft_arena arena = {0};
  weft_error error = {0};
  weft_group **groups;
  size_t count;
  double bytes, flops, all = 0;
  weft_group_limits limits = {.max_bindings = 16};
  cr_assert_eq(weft_group_graph(&arena, &root, 1, &limits, &groups, &count, &error), WEFT_OK, "%s", error.message);
  for (size_t i = 0; i < count; i++) {
    weft_group_cost(groups[i], &bytes, &flops);
    all += bytes;
  }
  weft_arena_free(&arena);
  return all;
}

/* What a view or a gather leaves out is not read. */
Test(lower, bytes_are_what_is_chosen) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 100, 50), *rows = weft_input(g, "rows", WEFT_I32, 7);
  weft_tensor *few = weft_slice(x, 0, 10, 20, 1);
  cr_assert_eq(weft_graph_status(g), WEFT_OK, "%s", weft_graph_message(g));
  cr_expect_eq(bytes_of(weft_exp(x)), 4 * (5000 + 5000));
  cr_expect_eq(bytes_of(weft_exp(few)), 4 * (500 + 500));
  cr_expect_eq(bytes_of(weft_make_copy(weft_transpose(few))), 4 * (500 + 500));
  cr_expect_eq(bytes_of(weft_add(few, weft_slice(x, 0, 30, 40, 1))), 4 * (1000 + 500));
  cr_expect_eq(bytes_of(weft_add(few, weft_slice(x, 0, 0, 10, 1))), 4 * (1000 + 500));
  cr_expect_eq(bytes_of(weft_mul(x, weft_sum_axes(x, WEFT_ALL_AXES))), 4 * (5000 + 1 + 5000 + 1 + 5000));
  cr_expect_eq(bytes_of(weft_gather(x, rows, 0)), 4 * (350 + 7 + 350));
  weft_graph_destroy(g);
}

static int writes_past(int64_t size, uint64_t cache) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_arena arena = {0};
  weft_error error = {0};
  weft_tensor *root = weft_exp(weft_input(g, "x", WEFT_F32, size));
  weft_target target = lower_target("cpu8");
  weft_group_limits limits = {.max_bindings = 16};
  weft_group **groups;
  weft_lowered lowered;
  size_t count, prelude = strlen(weft_render_prelude(target.dialect));
  target.cache = cache;
  cr_assert_eq(weft_group_graph(&arena, &root, 1, &limits, &groups, &count, &error), WEFT_OK, "%s", error.message);
  cr_assert_eq(weft_lower_group(groups[0], &target, NULL, &arena, &lowered, &error), WEFT_OK, "%s", error.message);
  int is_past = strstr(lowered.source.text + prelude, "w_store_past") != NULL;
  weft_arena_free(&arena);
  weft_graph_destroy(g);
  return is_past;
}

/* What the last cache holds, with what the kernel reads, stays there for its readers; unknown caches are taken for
 * large.
 */
Test(lower, results_of_kernels_larger_than_the_caches_are_written_past_them) {
  cr_expect(writes_past(513, 4096));
  cr_expect_not(writes_past(512, 4096));
  cr_expect_not(writes_past(1 << 20, 0));
}
