/* products.c -- kernels of products on a device, against sums in double precision. */
#include "products.h"
#include "../classes.h"
#include "base/embed.h"
#include "lower/render.h"
#include "passes/group.h"
#include "reference/reference.h"
#include "schedule/proof.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LEAVES = 6, MAX_ROOTS = 3 };

/* ---- the oracle ---- */

static float number_at(const weft_tensor *leaf, int64_t i) {
  uint32_t x = (uint32_t)i * 2654435761u + leaf->id * 40503u;
  x ^= x >> 15;
  x *= 2246822519u;
  x ^= x >> 13;
  return (float)(x & 0xffff) / 65536.0f - 0.5f;
}

static int leaf_at(void *user, const weft_tensor *node, int64_t linear, double *out_value) {
  (void)user;
  *out_value = (double)number_at(node, linear);
  return node->op == WEFT_OP_INPUT;
}

static double value_at(const weft_tensor *node, int64_t linear) {
  double value = 0;
  cr_assert(weft_ref_element(node, linear, leaf_at, NULL, &value), "the oracle does not know %s",
            weft_ops[node->op].name);
  return value;
}

weft_tensor *product_leaf(weft_graph *g, weft_shape shape) {
  char name[16];
  snprintf(name, sizeof name, "x%u", g->next_id);
  return weft_input_shaped(g, name, WEFT_F32, shape);
}

static int nothing(weft_tensor *y, weft_tensor **out) {
  out[0] = y;
  return 1;
}
static int bias_and_relu(weft_tensor *y, weft_tensor **out) {
  weft_shape row = y->shape;
  for (int d = 0; d < row.rank - 1; d++) row.dims[d] = 1;
  weft_tensor *bias = weft_make_expand(product_leaf(y->graph, row), y->shape);
  weft_tensor *zero = weft_make_const(y->graph, WEFT_F32, y->shape, 0);
  out[0] = weft_make_scalar(WEFT_OP_MAX, weft_make_scalar(WEFT_OP_ADD, y, bias, NULL), zero, NULL);
  return 1;
}
static int residual_of_another_shape(weft_tensor *y, weft_tensor **out) {
  weft_shape flat = weft_shape_of(weft_shape_size(y->shape));
  weft_tensor *x = weft_make_reshape(y, flat);
  out[0] =
      weft_make_scalar(WEFT_OP_TANH, weft_make_scalar(WEFT_OP_ADD, x, product_leaf(y->graph, flat), NULL), NULL, NULL);
  return 1;
}
static int two_outputs(weft_tensor *y, weft_tensor **out) {
  out[0] = y;
  out[1] = weft_make_scalar(WEFT_OP_MUL, y, y, NULL);
  return 2;
}
product_epilogue *const product_epilogues[N_EPILOGUES] = {nothing, bias_and_relu, residual_of_another_shape,
                                                          two_outputs};

/* ---- on a device ---- */

static void fill(const weft_tensor *node, float *out) {
  if (node->op == WEFT_OP_DATA) memcpy(out, node->data, (size_t)weft_shape_size(node->shape) * sizeof *out);
  for (int64_t i = 0; i < weft_shape_size(node->shape) && node->op == WEFT_OP_INPUT; i++) out[i] = number_at(node, i);
}

static void compare(const char *where, const char *name, const weft_tensor *node, const float *result) {
  int64_t count = weft_shape_size(node->shape), step = count / 4000 + 1;
  for (int64_t i = 0; i < count; i += i < count - 64 ? step : 1) {
    double expected = value_at(node, i), difference = fabs(expected - (double)result[i]);
    cr_assert(difference <= 1e-4 * (1 + fabs(expected)), "%s: %s: element %lld is %g, not %g", where, name,
              (long long)i, (double)result[i], expected);
  }
}

/* The tuner's proof, on data of its own, must not refuse what is right. */
static void prove(weft_device *device, const char *where, const char *name, const weft_lowered *kernel,
                  weft_kernel *built, const weft_group *g) {
  weft_proof *proof = weft_proof_new(device, g);
  weft_recording *recording = NULL;
  weft_binding bound[MAX_LEAVES + MAX_ROOTS];
  cr_assert(proof, "%s: %s: the oracle cannot tell", where, name);
  for (int i = 0; i < g->n_inputs + g->n_outputs; i++)
    bound[i] = weft_lowered_binding(kernel, i, weft_proof_bindings(proof)[i]);
  weft_dispatch dispatch = {.kernel = built, .bindings = bound};
  memcpy(dispatch.groups, kernel->groups, sizeof dispatch.groups);
  cr_assert_eq(device->backend->record(device, &dispatch, 1, &recording), WEFT_OK, "%s: %s", where, name);
  cr_expect(weft_proof_holds(proof, recording, name), "%s: %s is right, and refused", where, name);
  device->backend->recording_free(device, recording);
  weft_proof_free(proof);
}

static void run_on(weft_device *device, const char *where, const char *name, const weft_lowered *kernel,
                   const weft_group *g) {
  const weft_backend *backend = device->backend;
  int n = g->n_inputs + g->n_outputs;
  weft_binding bindings[MAX_LEAVES + MAX_ROOTS];
  weft_kernel *built = NULL;
  weft_recording *recording = NULL;
  cr_assert_eq(backend->kernels_new(device, &kernel->source, 1, &built), WEFT_OK, "%s: %s: %s\n%s", where, name,
               device->error.message, kernel->source.text);
  for (int i = 0; i < n; i++) {
    const weft_tensor *node = i < g->n_inputs ? g->inputs[i] : g->outputs[i - g->n_inputs];
    uint64_t size = (uint64_t)weft_shape_size(node->shape) * sizeof(float);
    float *data = calloc(1, size);
    if (i < g->n_inputs) fill(node, data);
    bindings[i] = (weft_binding){.size = size};
    cr_assert_eq(backend->buffer_new(device, size, &bindings[i].buffer), WEFT_OK);
    cr_assert_eq(backend->write(device, bindings[i].buffer, 0, data, size), WEFT_OK);
    free(data);
  }
  weft_binding bound[MAX_LEAVES + MAX_ROOTS];
  for (int i = 0; i < n; i++) bound[i] = weft_lowered_binding(kernel, i, bindings[i]);
  weft_dispatch dispatch = {.kernel = built, .bindings = bound};
  memcpy(dispatch.groups, kernel->groups, sizeof dispatch.groups);
  cr_assert_eq(backend->record(device, &dispatch, 1, &recording), WEFT_OK, "%s: %s: %s", where, name,
               device->error.message);
  cr_assert_eq(backend->replay(device, recording), WEFT_OK, "%s: %s: %s", where, name, device->error.message);
  for (int i = g->n_inputs; i < n; i++) {
    float *result = malloc(bindings[i].size);
    cr_assert_eq(backend->read(device, bindings[i].buffer, 0, result, bindings[i].size), WEFT_OK);
    compare(where, name, g->outputs[i - g->n_inputs], result);
    free(result);
  }
  backend->recording_free(device, recording);
  prove(device, where, name, kernel, built, g);
  backend->kernel_free(device, built);
  for (int i = 0; i < n; i++) backend->buffer_free(device, bindings[i].buffer);
}

int check_product(weft_device *device, const char *where, const char *name, weft_tensor *y, product_epilogue *follow,
                  const weft_variant *variant) {
  weft_arena arena = {0};
  weft_error error = {0};
  weft_tensor *roots[MAX_ROOTS];
  cr_assert_eq(y->graph->error.status, WEFT_OK, "%s: %s", name, y->graph->error.message);
  int n_roots = follow(y, roots), is_gpu = device->info.device_class == WEFT_CLASS_GPU;
  weft_group_limits limits = {.max_bindings = 16, .computes_operands = is_gpu, .joins_gates = is_gpu};
  weft_group **groups;
  size_t count;
  cr_assert_eq(weft_group_graph(&arena, roots, (size_t)n_roots, &limits, &groups, &count, &error), WEFT_OK);
  cr_assert(count == 1 && (groups[0]->kind == WEFT_GROUP_DOT || groups[0]->kind == WEFT_GROUP_ATTENTION),
            "%s: %zu groups", name, count);
  weft_target target = weft_target_of(device);
  weft_lowered kernel;
  weft_status status = weft_lower_group(groups[0], &target, variant, &arena, &kernel, &error);
  cr_assert(status == WEFT_OK || (variant && status == WEFT_NO_FEATURE), "%s: %s: %s", where, name, error.message);
  if (status == WEFT_OK) run_on(device, where, name, &kernel, groups[0]);
  weft_arena_free(&arena);
  return status == WEFT_OK;
}

weft_device *open_as_class(const char *id, const char *device_class) {
  if (!runs_class(id, device_class)) cr_skip_test("%s is a GPU: it runs no kernels for a %s", id, device_class);
  setenv("WEFT_CLASS", device_class, 1);
  weft_device *device = weft_device_open(id);
  if (weft_device_status(device) != WEFT_OK) {
    if (getenv("WEFT_REQUIRE_DEVICES")) cr_assert(0, "%s as %s: %s", id, device_class, weft_device_message(device));
    weft_device_close(device);
    cr_skip_test("%s cannot be opened", id);
  }
  return device;
}

void check_template(const char *id, const char *file, const char *entry, uint32_t n_inputs, uint32_t threads,
                    uint32_t texels) {
  weft_device *device = weft_device_open(id);
  weft_error error = {0};
  weft_text text = {0};
  weft_kernel *kernel = NULL;
  int is_left_out = weft_device_status(device) != WEFT_OK || (strstr(file, "_cpu") && !runs_class(id, "cpu"));
  if (is_left_out) {
    weft_device_close(device);
    return;
  }
  weft_text_add(&text, weft_render_prelude(device->backend->dialect));
  cr_assert_eq(weft_embedded_expand(&text, file, &error), WEFT_OK, "%s", error.message);
  weft_kernel_source source = {.entry = entry,
                               .text = text.data,
                               .n_bindings = n_inputs + 1,
                               .written = 1u << n_inputs,
                               .local = {threads, 1, 1},
                               .texels = texels};
  cr_assert_eq(device->backend->kernels_new(device, &source, 1, &kernel), WEFT_OK, "%s: %s", file,
               device->error.message);
  device->backend->kernel_free(device, kernel);
  weft_text_release(&text);
  weft_device_close(device);
}

weft_status lower_product(weft_tensor *y, const weft_target *target, const weft_variant *variant, weft_arena *arena,
                          weft_lowered *out, weft_error *error) {
  weft_group_limits limits = {.max_bindings = 16};
  weft_group **groups;
  size_t count;
  cr_assert_eq(weft_group_graph(arena, &y, 1, &limits, &groups, &count, error), WEFT_OK);
  return weft_lower_group(groups[count - 1], target, variant, arena, out, error);
}

void check_defined(const char *text, const char *name, const char *const *words) {
  for (; *words; words++) {
    char line[64];
    snprintf(line, sizeof line, "#define %s\n", *words);
    cr_expect(strstr(text, line), "%s: no %s", name, *words);
  }
}

const weft_target product_cpu = {.dialect = WEFT_OPENCL_C,
                                 .device_class = WEFT_CLASS_CPU,
                                 .vector_width = 16,
                                 .compute_units = 2,
                                 .max_groups = {65535, 1, 1}};

void check_refused(weft_tensor *y, const weft_target *target, const char *what, const char *why) {
  weft_arena arena = {0};
  weft_error error = {0};
  weft_lowered out;
  cr_assert_eq(lower_product(y, target, NULL, &arena, &out, &error), WEFT_INTERNAL);
  cr_assert(strstr(error.message, what) && strstr(error.message, why), "%s", error.message);
  weft_arena_free(&arena);
}
