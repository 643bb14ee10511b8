/* test_kernels.c -- the kernels of every case, built and run on each device at hand and held against the reference.
 * A CPU runs the kernels for GPUs too. All kernels of a device are built together. */
#include "../classes.h"
#include "cases.h"
#include "reference/reference.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_KERNELS = 256, MOST_BUFFERS = 32 };

typedef struct item {
  const char *name;
  weft_group *group;
  weft_lowered lowered;
} item;

typedef struct suite {
  weft_device *device;
  weft_arena arena;
  weft_graph *graphs[MOST_KERNELS];
  int n_graphs, n_items;
  item items[MOST_KERNELS];
  weft_kernel *kernels[MOST_KERNELS];
} suite;

/* Numbers that repeat from run to run; i32 and classes as cases.h says. */
static weft_status fill_leaf(void *user, weft_tensor *leaf, weft_ref_array *out) {
  (void)user;
  uint32_t state = (uint32_t)leaf->id * 2654435761u + 12345u;
  int is_class = !strncmp(leaf->name, "class", 5);
  for (int64_t i = 0; i < out->size; i++) {
    state = state * 1664525u + 1013904223u;
    if (leaf->dtype == WEFT_F32)
      out->f32[i] = (float)((state >> 8) / 4194304.0 - 2.0);
    else
      out->i32[i] = (int32_t)((state >> 8) % 10) - (is_class ? 0 : 4);
  }
  return WEFT_OK;
}

static void add_group(suite *s, const weft_target *target, const char *name, weft_group *group) {
  weft_error error = {0};
  cr_assert(s->n_items < MOST_KERNELS);
  item *it = &s->items[s->n_items++];
  it->name = name;
  it->group = group;
  cr_assert_eq(weft_lower_group(group, target, NULL, &s->arena, &it->lowered, &error), WEFT_OK, "%s: %s", name,
               error.message);
}

/* The groups of the newest graph; as one where they are a bundle. */
static void add_groups(suite *s, const weft_target *target, const char *name, weft_tensor **roots, int n,
                       int is_bundle) {
  weft_graph *g = s->graphs[s->n_graphs++];
  weft_group **groups;
  weft_error error = {0};
  size_t count;
  weft_group_limits limits = {.max_bindings = 8};
  cr_assert_eq(weft_graph_status(g), WEFT_OK, "%s: %s", name, weft_graph_message(g));
  cr_assert_eq(weft_group_graph(&s->arena, roots, (size_t)n, &limits, &groups, &count, &error), WEFT_OK, "%s",
               error.message);
  if (!is_bundle) {
    for (size_t i = 0; i < count; i++) add_group(s, target, name, groups[i]);
    return;
  }
  weft_group *bundle = lower_bundle(&s->arena, groups, count);
  cr_assert_not_null(bundle, "%s", name);
  add_group(s, target, name, bundle);
}

static void add_graph(suite *s, const weft_target *target, const char *name, weft_tensor **roots, int n) {
  add_groups(s, target, name, roots, n, 0);
}

static void collect_named(suite *s, const weft_target *target, const char *begin) {
  for (int c = 0; c < n_lower_cases; c++) {
    weft_tensor *roots[MAX_ROOTS];
    if (strncmp(lower_cases[c].name, begin, strlen(begin)) != 0) continue;
    int n = lower_cases[c].build(s->graphs[s->n_graphs] = weft_graph_create(NULL, NULL), roots);
    add_graph(s, target, lower_cases[c].name, roots, n);
  }
}

static void collect_cases(suite *s, const weft_target *target) { collect_named(s, target, ""); }

/* Of small work-groups, which take notes of few indices at a time: several rounds of little work. */
static void collect_scatter(suite *s, const weft_target *target) {
  weft_target small = *target;
  small.max_group = 64;
  collect_named(s, &small, "scattered_thinly");
}

static void collect_bundles(suite *s, const weft_target *target) {
  for (int c = 0; c < n_lower_bundles; c++) {
    weft_tensor *roots[MAX_ROOTS];
    int n = lower_bundles[c].build(s->graphs[s->n_graphs] = weft_graph_create(NULL, NULL), roots);
    add_groups(s, target, lower_bundles[c].name, roots, n, 1);
  }
}

/* Every row of one or two f32 operands where words written out by hand may go wrong: ends of the range, NaN, zeros. */
static void collect_special_values(suite *s, const weft_target *target) {
  const float x[] = {NAN, INFINITY,    -INFINITY, 0,   1e-30f, -1e-30f, 1e-7f, -1e-7f, 0.5f,  -0.5f, 1,
                     -1,  1.41421354f, 3.9f,      -4,  9,      -9.5f,   -17,   -19,    43,    80,    88,
                     100, -80,         -110,      600, 2.5f,   -3.5f,   1e10f, -1e10f, 1e30f, 3e38f, -3e38f};
  enum { N = sizeof x / sizeof *x };
  float y[N];
  for (int i = 0; i < N; i++) y[i] = x[(i * 7 + 3) % N];
  for (int op = 0; op < WEFT_OP_COUNT; op++) {
    const weft_op_info *row = &weft_ops[op];
    if (row->kind != W_SCALAR || row->arity > 2 || row->types == W_I || row->types == W_TOF || row->types == W_SEL)
      continue;
    if (op == WEFT_OP_SIN || op == WEFT_OP_COS) continue; /* of no use far from 0 */
    weft_graph *g = s->graphs[s->n_graphs] = weft_graph_create(NULL, NULL);
    weft_tensor *a = weft_data(g, WEFT_F32, weft_shape_of(N), x), *b = weft_data(g, WEFT_F32, weft_shape_of(N), y);
    weft_tensor *root = weft_make_scalar((weft_op)op, a, row->arity > 1 ? b : NULL, NULL);
    add_graph(s, target, row->name, &root, 1);
  }
}

/* Rows with and without what is no number, in their first, a middle and their last places, where their largest is
 * looked for. */
static void collect_special_rows(suite *s, const weft_target *target) {
  enum { ROWS = 10, LENGTH = 77, KINDS = 4 };
  const float special[ROWS] = {0, NAN, NAN, NAN, INFINITY, -INFINITY, -INFINITY, -3e38f, -1e30f, 0};
  const int at[ROWS] = {0, 0, 40, LENGTH - 1, 5, 70, 0, 33, 12, 0};
  float x[ROWS * LENGTH];
  for (int i = 0; i < ROWS; i++)
    for (int k = 0; k < LENGTH; k++)
      x[i * LENGTH + k] = i == 6 || (k == at[i] && special[i] != 0) ? special[i] : (float)((i * 31 + k * 17) % 23) - 9;
  for (int kind = 0; kind < KINDS; kind++) {
    weft_graph *g = s->graphs[s->n_graphs] = weft_graph_create(NULL, NULL);
    weft_tensor *rows = weft_data(g, WEFT_F32, weft_shape_of(ROWS, LENGTH), x);
    unsigned last = WEFT_AXIS(1) | WEFT_KEEP;
    weft_tensor *shifted = weft_sub(rows, weft_max_axes(rows, last)), *e = weft_exp(shifted);
    weft_tensor *sum = weft_sum_axes(e, last);
    weft_tensor *kinds[KINDS] = {weft_div(e, sum), weft_sub(shifted, weft_log(sum)), shifted,
                                 weft_mul(shifted, weft_rsqrt(weft_sum_axes(weft_sign(shifted), last)))};
    add_graph(s, target, "special rows", &kinds[kind], 1);
  }
}

static void *device_bytes(const weft_ref_array *array) {
  void *bytes = malloc((size_t)array->size * 4);
  for (int64_t i = 0; i < array->size; i++)
    if (array->dtype == WEFT_F32)
      ((float *)bytes)[i] = (float)array->f32[i];
    else
      ((int32_t *)bytes)[i] = array->i32[i];
  return bytes;
}

static void compare(const item *it, const weft_tensor *output, const weft_ref_array *expected, const void *bytes) {
  for (int64_t i = 0; i < expected->size; i++) {
    double got, want, allowed = 0;
    if (output->dtype == WEFT_F32) {
      got = ((const float *)bytes)[i];
      want = expected->f32[i];
      allowed = 3e-5 * fabs(want) + (it->group->kind == WEFT_GROUP_MAP ? 5e-6 : 1e-4);
    } else {
      got = ((const int32_t *)bytes)[i];
      want = expected->i32[i];
    }
    if (got == want || fabs(got - want) <= allowed || (isnan(got) && isnan(want))) continue;
    if (fabs(want) > 3.4028235e38 && isinf(got) && (got > 0) == (want > 0)) continue;
    cr_expect(0, "%s, %s: element %lld is %g, not %g\n%s", it->name, it->lowered.what, (long long)i, got, want,
              getenv("WEFT_SHOW_KERNEL") ? it->lowered.source.text : "");
    return;
  }
}

static void run(suite *s, const item *it, weft_kernel *kernel) {
  const weft_backend *b = s->device->backend;
  const weft_group *group = it->group;
  int n = group->n_inputs + group->n_outputs;
  weft_tensor *nodes[MOST_BUFFERS];
  weft_ref_array values[MOST_BUFFERS];
  weft_binding bindings[MOST_BUFFERS];
  weft_arena arena = {0};
  weft_error error = {0};
  cr_assert(n <= MOST_BUFFERS);
  for (int i = 0; i < n; i++) nodes[i] = i < group->n_inputs ? group->inputs[i] : group->outputs[i - group->n_inputs];
  cr_assert_eq(weft_ref_eval_all(&arena, nodes, (size_t)n, fill_leaf, NULL, values, &error), WEFT_OK, "%s",
               error.message);
  for (int i = 0; i < n; i++) {
    uint64_t size = (uint64_t)values[i].size * 4;
    void *bytes = device_bytes(&values[i]);
    if (i >= group->n_inputs) memset(bytes, 0xff, size); /* NaN: every element must be written */
    bindings[i] = (weft_binding){NULL, 0, size};
    cr_assert_eq(b->buffer_new(s->device, size, &bindings[i].buffer), WEFT_OK, "%s", s->device->error.message);
    cr_assert_eq(b->write(s->device, bindings[i].buffer, 0, bytes, size), WEFT_OK, "%s", s->device->error.message);
    free(bytes);
  }
  weft_binding bound[MOST_BUFFERS];
  for (int i = 0; i < n; i++) bound[i] = weft_lowered_binding(&it->lowered, i, bindings[i]);
  weft_dispatch dispatch = {.kernel = kernel, .bindings = bound};
  memcpy(dispatch.groups, it->lowered.groups, sizeof dispatch.groups);
  weft_recording *recording = NULL;
  cr_assert_eq(b->record(s->device, &dispatch, 1, &recording), WEFT_OK, "%s: %s", it->name, s->device->error.message);
  cr_assert_eq(b->replay(s->device, recording), WEFT_OK, "%s: %s", it->name, s->device->error.message);
  for (int i = group->n_inputs; i < n; i++) {
    void *bytes = malloc(bindings[i].size);
    cr_assert_eq(b->read(s->device, bindings[i].buffer, 0, bytes, bindings[i].size), WEFT_OK, "%s",
                 s->device->error.message);
    compare(it, nodes[i], &values[i], bytes);
    free(bytes);
  }
  b->recording_free(s->device, recording);
  for (int i = 0; i < n; i++) b->buffer_free(s->device, bindings[i].buffer);
  weft_arena_free(&arena);
}

static void run_all(const char *id, weft_device_class class, uint32_t width,
                    void (*collect)(suite *s, const weft_target *target)) {
  static suite s;
  if (!runs_class(id, class == WEFT_CLASS_CPU ? "cpu" : "gpu")) cr_skip_test("%s is a GPU", id);
  s = (suite){.device = weft_device_open(id)};
  if (weft_device_status(s.device) != WEFT_OK) {
    cr_log_info("%s is left out: %s", id, weft_device_message(s.device));
    weft_device_close(s.device);
    cr_skip_test("no such device");
  }
  weft_target target = weft_target_of(s.device);
  target.device_class = class;
  if (width) target.vector_width = width;
  collect(&s, &target);
  weft_kernel_source *sources = calloc((size_t)s.n_items, sizeof *sources);
  for (int i = 0; i < s.n_items; i++) sources[i] = s.items[i].lowered.source;
  weft_status status = s.device->backend->kernels_new(s.device, sources, (size_t)s.n_items, s.kernels);
  cr_assert_eq(status, WEFT_OK, "%s", s.device->error.message);
  for (int i = 0; i < s.n_items; i++) {
    run(&s, &s.items[i], s.kernels[i]);
    s.device->backend->kernel_free(s.device, s.kernels[i]);
  }
  free(sources);
  for (int i = 0; i < s.n_graphs; i++) weft_graph_destroy(s.graphs[i]);
  weft_arena_free(&s.arena);
  weft_device_close(s.device);
}

Test(kernels, opencl_vectors) { run_all("opencl:0", WEFT_CLASS_CPU, 0, collect_cases); }
Test(kernels, opencl_vectors_of_4) { run_all("opencl:0", WEFT_CLASS_CPU, 4, collect_cases); }
Test(kernels, opencl_items) { run_all("opencl:0", WEFT_CLASS_GPU, 0, collect_cases); }
Test(kernels, vulkan_items) { run_all("vulkan:0", WEFT_CLASS_GPU, 0, collect_cases); }
Test(kernels, vulkan_few_items) { run_all("vulkan:0", WEFT_CLASS_CPU, 0, collect_cases); }

Test(kernels, opencl_bundles) { run_all("opencl:0", WEFT_CLASS_GPU, 0, collect_bundles); }
Test(kernels, vulkan_bundles) { run_all("vulkan:0", WEFT_CLASS_GPU, 0, collect_bundles); }

/* What tools look at that find races. */
Test(kernels, opencl_scatter) { run_all("opencl:0", WEFT_CLASS_GPU, 0, collect_scatter); }
Test(kernels, vulkan_scatter) { run_all("vulkan:0", WEFT_CLASS_GPU, 0, collect_scatter); }

Test(kernels, opencl_special_values) { run_all("opencl:0", WEFT_CLASS_CPU, 0, collect_special_values); }
Test(kernels, opencl_special_rows) { run_all("opencl:0", WEFT_CLASS_CPU, 0, collect_special_rows); }
Test(kernels, opencl_special_rows_of_items) { run_all("opencl:0", WEFT_CLASS_GPU, 0, collect_special_rows); }
Test(kernels, vulkan_special_rows) { run_all("vulkan:0", WEFT_CLASS_GPU, 0, collect_special_rows); }
Test(kernels, vulkan_special_rows_in_fours) { run_all("vulkan:0", WEFT_CLASS_CPU, 0, collect_special_rows); }
Test(kernels, opencl_special_values_of_items) { run_all("opencl:0", WEFT_CLASS_GPU, 0, collect_special_values); }
Test(kernels, vulkan_special_values) { run_all("vulkan:0", WEFT_CLASS_GPU, 0, collect_special_values); }
Test(kernels, vulkan_special_values_in_fours) { run_all("vulkan:0", WEFT_CLASS_CPU, 0, collect_special_values); }

/* Every access of every kernel is proved to be inside of its buffer. */
Test(kernels, in_bounds) {
  static const char *const targets[] = {"cpu4", "cpu8", "cpu16", "gpu", "glsl", "glsl-cpu"};
  setenv("WEFT_DEBUG", "bounds", 1);
  for (size_t t = 0; t < sizeof targets / sizeof *targets; t++) {
    static suite s;
    s = (suite){0};
    weft_target target = lower_target(targets[t]);
    collect_cases(&s, &target);
    if (target.device_class == WEFT_CLASS_GPU) collect_bundles(&s, &target);
    target.max_groups[0] = 7; /* work-groups in two dimensions */
    collect_cases(&s, &target);
    if (target.device_class == WEFT_CLASS_GPU) collect_bundles(&s, &target);
    for (int i = 0; i < s.n_graphs; i++) weft_graph_destroy(s.graphs[i]);
    weft_arena_free(&s.arena);
  }
}
