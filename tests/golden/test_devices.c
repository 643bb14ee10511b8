/* test_devices.c -- every device found against PyTorch: results, gradients and training runs through the public API. */
#include "golden.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/optim.h>

/* f32 against double: a few roundings more than the strictest row's tolerance, and sums of some hundred elements. */
static const double tolerance = 3e-5;

/* ---- values ---- */

static void write_array(weft_tensor *t, const golden_array *array) {
  union {
    float f32;
    int32_t i32;
  } *data = calloc((size_t)array->size, sizeof *data);
  cr_assert_not_null(data);
  for (int64_t i = 0; i < array->size; i++) {
    if (array->dtype == WEFT_F32)
      data[i].f32 = (float)array->values[i];
    else
      data[i].i32 = (int32_t)array->values[i];
  }
  cr_assert_eq(weft_write(t, data, (size_t)array->size * sizeof *data), WEFT_OK, "%s",
               weft_graph_message(weft_tensor_graph(t)));
  free(data);
}

static void read_values(weft_tensor *t, double *out) {
  int64_t n = weft_shape_size(weft_tensor_shape(t));
  union {
    float f32;
    int32_t i32;
  } *data = calloc((size_t)n, sizeof *data);
  cr_assert_not_null(data);
  cr_assert_eq(weft_read(t, data, (size_t)n * sizeof *data), WEFT_OK, "%s", weft_graph_message(weft_tensor_graph(t)));
  for (int64_t i = 0; i < n; i++) out[i] = weft_tensor_dtype(t) == WEFT_F32 ? (double)data[i].f32 : data[i].i32;
  free(data);
}

static void expect(const golden_case *c, const golden_array *want, weft_tensor *t, const char *where) {
  double *found = malloc(sizeof *found * (size_t)want->size);
  cr_assert_not_null(found);
  read_values(t, found);
  golden_expect(c, want, found, tolerance, where);
  free(found);
}

/* ---- one op ---- */

static void check_op(const golden_case *c, weft_device *device, const char *where) {
  weft_graph *g = weft_graph_new(device);
  weft_tensor *in[MOST_INPUTS], *wrt[MOST_INPUTS], *roots[1 + MOST_INPUTS];
  int of[MOST_INPUTS];
  size_t n = 0;
  roots[0] = golden_build(c, g, in);
  for (int k = 0; k < c->n_inputs; k++)
    if (c->gradients[k].given) {
      of[n] = k;
      wrt[n++] = in[k];
    }
  if (n > 0) weft_gradients(golden_loss(roots[0]), wrt, n, roots + 1);
  weft_program *program = weft_compile_all(roots, 1 + n);
  cr_assert_not_null(program, "golden.txt:%d: %s on %s: %s", c->line, c->op, where, weft_graph_message(g));
  for (int k = 0; k < c->n_inputs; k++) write_array(in[k], &c->inputs[k]);
  cr_assert_eq(weft_run(program), WEFT_OK, "golden.txt:%d: %s on %s: %s", c->line, c->op, where, weft_graph_message(g));
  expect(c, &c->result, roots[0], where);
  for (size_t k = 0; k < n; k++) expect(c, &c->gradients[of[k]], roots[1 + k], where);
  weft_graph_free(g);
}

/* ---- training ---- */

static weft_optimizer optimizer_of(const golden_case *c) {
  double lr = golden_option(c, "lr", 0);
  weft_optimizer opt = strcmp(c->op, "adam") == 0    ? weft_adam(lr)
                       : strcmp(c->op, "adamw") == 0 ? weft_adamw(lr)
                                                     : weft_sgd(lr);
  cr_assert(opt.kind != WEFT_SGD || strcmp(c->op, "sgd") == 0, "golden.txt:%d: no optimizer %s", c->line, c->op);
  opt.momentum = golden_option(c, "momentum", opt.momentum);
  opt.nesterov = (int)golden_option(c, "nesterov", opt.nesterov);
  opt.weight_decay = golden_option(c, "weight_decay", opt.weight_decay);
  opt.beta1 = golden_option(c, "beta1", opt.beta1);
  opt.beta2 = golden_option(c, "beta2", opt.beta2);
  return opt;
}

/* mean((x w + b - t)^2), x (6, 4), t (6, 2), w (4, 2), b (2): the loss, w and b after each step. */
static void check_training(const golden_case *c, weft_device *device, const char *where) {
  weft_graph *g = weft_graph_new(device);
  weft_tensor *leaves[4], *x, *t, *w, *b;
  cr_assert_eq(c->n_inputs, 4);
  for (int k = 0; k < 4; k++)
    leaves[k] = k < 2 ? weft_input_shaped(g, c->inputs[k].name, WEFT_F32, c->inputs[k].shape)
                      : weft_param_shaped(g, c->inputs[k].name, WEFT_F32, c->inputs[k].shape);
  x = leaves[0], t = leaves[1], w = leaves[2], b = leaves[3];
  weft_tensor *loss = weft_mean(weft_square(weft_sub(weft_add(weft_matmul(x, w), b), t)));
  weft_tensor *minimized = weft_minimize(loss, optimizer_of(c));
  weft_program *program = weft_compile(minimized);
  cr_assert_not_null(program, "golden.txt:%d: %s on %s: %s", c->line, c->op, where, weft_graph_message(g));
  for (int k = 0; k < 4; k++) write_array(leaves[k], &c->inputs[k]);
  int64_t steps = c->result.shape.dims[0], row = c->result.shape.dims[1];
  cr_assert_eq(row, 1 + c->inputs[2].size + c->inputs[3].size);
  double *found = malloc(sizeof *found * (size_t)c->result.size);
  cr_assert_not_null(found);
  for (int64_t i = 0; i < steps; i++) {
    cr_assert_eq(weft_run(program), WEFT_OK, "%s", weft_graph_message(g));
    read_values(minimized, &found[i * row]);
    read_values(w, &found[i * row + 1]);
    read_values(b, &found[i * row + 1 + c->inputs[2].size]);
  }
  golden_expect(c, &c->result, found, tolerance, where);
  free(found);
  weft_graph_free(g);
}

/* ---- devices ---- */

static int is_present(const char *id) {
  weft_device_info infos[16];
  size_t n = weft_devices(infos, 16);
  for (size_t i = 0; i < n && i < 16; i++)
    if (strcmp(infos[i].id, id) == 0) return infos[i].usable;
  return 0;
}

static void check_device(const char *id, int training) {
  weft_arena arena = {0};
  size_t n;
  if (!is_present(id)) cr_skip("there is no %s here", id);
  golden_case *cases = golden_read(&arena, &n);
  weft_device *device = weft_device_open(id);
  cr_assert_eq(weft_device_status(device), WEFT_OK, "%s", weft_device_message(device));
  for (size_t i = 0; i < n; i++) {
    if (cases[i].is_train != training) continue;
    if (training)
      check_training(&cases[i], device, id);
    else
      check_op(&cases[i], device, id);
  }
  weft_device_close(device);
  weft_arena_free(&arena);
}

#define ON_DEVICE(name, id)                                                                                            \
  Test(name, ops) { check_device(id, 0); }                                                                             \
  Test(name, training) { check_device(id, 1); }
ON_DEVICE(reference, "reference")
ON_DEVICE(opencl, "opencl:0")
ON_DEVICE(vulkan, "vulkan:0")
