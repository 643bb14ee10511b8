/* test_program.c -- compiling and running on every device found: what a run leaves to read, and clear errors. */
#include "../classes.h"
#include "schedule/program.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/nn.h>
#include <weft/optim.h>

/* Calls body(device id) for each usable device, the reference included. */
static void on_devices(void (*body)(const char *id)) {
  weft_device_info all[16];
  size_t n = weft_devices(all, 16);
  for (size_t i = 0; i < n && i < 16; i++)
    if (all[i].usable) body(all[i].id);
  cr_assert_geq(n, 1);
}

static weft_graph *open_graph(const char *id) { return weft_graph_new(weft_device_open(id)); }

static void close_graph(weft_graph *g) {
  weft_device *device = weft_graph_device(g);
  weft_graph_free(g);
  weft_device_close(device);
}

static void runs(const char *id) {
  weft_graph *g = open_graph(id);
  weft_tensor *w = weft_param(g, "w", WEFT_F32, 3), *x = weft_input(g, "x", WEFT_F32, 3);
  weft_tensor *sum = weft_sum(weft_mul(w, x)), *next = weft_assign(w, weft_add(w, x));
  weft_tensor *out = weft_after(sum, &next, 1);
  weft_program *p = weft_compile(out);
  float xs[] = {1, 2, 3}, ws[3], value;
  cr_assert_eq(weft_write(x, xs, sizeof xs), WEFT_OK, "%s: %s", id, weft_graph_message(g));
  const float want[] = {0, 14, 28};
  for (int i = 0; i < 3; i++) {
    cr_assert_eq(weft_run(p), WEFT_OK, "%s: %s", id, weft_graph_message(g));
    cr_assert_eq(weft_read(i % 2 ? sum : out, &value, sizeof value), WEFT_OK, "%s: %s", id, weft_graph_message(g));
    cr_assert_float_eq(value, want[i], 1e-4, "%s: %g, not %g", id, value, want[i]);
  }
  cr_assert_eq(weft_read(w, ws, sizeof ws), WEFT_OK);
  cr_assert_float_eq(ws[2], 9, 1e-5);
  close_graph(g);
}
Test(program, keeps_params_and_reads_results) { on_devices(runs); }

static void swaps(const char *id) {
  weft_graph *g = open_graph(id);
  weft_tensor *a = weft_param(g, "a", WEFT_F32, 5), *b = weft_param(g, "b", WEFT_F32, 5);
  weft_tensor *effects[] = {weft_assign(a, b), weft_assign(b, a)};
  weft_tensor *root = weft_after(weft_sum(a), effects, 2);
  weft_program *p = weft_compile(root);
  float as[] = {1, 2, 3, 4, 5}, bs[] = {-1, -2, -3, -4, -5}, sum;
  weft_write(a, as, sizeof as);
  weft_write(b, bs, sizeof bs);
  cr_assert_eq(weft_run(p), WEFT_OK, "%s: %s", id, weft_graph_message(g));
  weft_read(root, &sum, sizeof sum);
  weft_read(a, as, sizeof as);
  weft_read(b, bs, sizeof bs);
  cr_assert_float_eq(sum, 15, 1e-4, "%s: the old value is read", id);
  cr_assert(as[4] == -5 && bs[4] == 5, "%s: %g %g", id, as[4], bs[4]);
  close_graph(g);
}
Test(program, swaps_two_params) { on_devices(swaps); }

static void random_moves(const char *id) {
  weft_graph *g = open_graph(id);
  weft_tensor *u = weft_uniform(g, weft_shape_of(1000), 0, 1);
  weft_program *p = weft_compile(u);
  float first[1000], second[1000];
  cr_assert_eq(weft_run(p), WEFT_OK, "%s: %s", id, weft_graph_message(g));
  weft_read(u, first, sizeof first);
  weft_run(p);
  weft_read(u, second, sizeof second);
  cr_assert(memcmp(first, second, sizeof first) != 0, "%s: the same numbers twice", id);
  double mean = 0;
  for (int i = 0; i < 1000; i++) mean += first[i] / 1000.0;
  cr_assert_float_eq(mean, 0.5, 0.05);
  close_graph(g);
}
Test(program, random_numbers_are_new_each_run) { on_devices(random_moves); }

static void errors(const char *id) {
  weft_graph *g = open_graph(id);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 3);
  float data[7] = {0};
  cr_assert_eq(weft_write(x, data, 28), WEFT_BAD_ARGUMENT);
  cr_assert(strstr(weft_graph_message(g), "x (2,3) has 24 bytes, not 28"), "%s", weft_graph_message(g));
  cr_assert_eq(weft_run(weft_compile(x)), WEFT_BAD_ARGUMENT); /* nothing compiles on a failed graph */
  weft_graph_clear_error(g);
  weft_tensor *y = weft_exp(x);
  cr_assert_eq(weft_read(y, data, 24), WEFT_BAD_ARGUMENT);
  cr_assert(strstr(weft_graph_message(g), "no result of a program"), "%s", weft_graph_message(g));
  weft_graph_clear_error(g);
  cr_assert_eq(weft_write(y, data, 24), WEFT_BAD_ARGUMENT);
  weft_graph_clear_error(g);
  cr_assert_null(weft_compile(NULL));
  cr_assert_eq(weft_run(NULL), WEFT_BAD_ARGUMENT);
  close_graph(g);
}
Test(program, errors_name_what_is_wrong) { on_devices(errors); }

Test(program, a_graph_without_a_device_fails_clearly) {
  weft_device *device = weft_device_open("quantum:0");
  cr_assert_neq(weft_device_status(device), WEFT_OK);
  weft_graph *g = weft_graph_new(device);
  cr_assert_null(weft_input(g, "x", WEFT_F32, 2));
  cr_assert(strstr(weft_graph_message(g), "quantum"), "%s", weft_graph_message(g));
  weft_graph_free(g);
  weft_device_close(device);
}

static void profile(const char *id) {
  if (!strcmp(id, "reference")) return;
  weft_graph *g = open_graph(id);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 64, 64);
  weft_program *p = weft_compile(weft_relu(weft_matmul(x, x)));
  weft_program_info about;
  weft_step_info step;
  cr_assert_eq(weft_run_profiled(p), WEFT_OK, "%s: %s", id, weft_graph_message(g));
  weft_program_describe(p, &about);
  cr_assert_eq(weft_program_step(p, about.steps - 1, &step), WEFT_OK);
  cr_assert(strstr(step.what, "dot") && strstr(step.what, "relu"), "%s: %s", id, step.what);
  cr_assert(step.seconds > 0 && step.flops >= 2 * 64 * 64 * 64);
  cr_assert_not_null(weft_program_source(p, 0));
  close_graph(g);
}
Test(program, tells_its_steps) { on_devices(profile); }

/* What depends on a param alone is kept from run to run, and computed anew after the param was written, by the user or
 * by another program. */
static void kept(const char *id) {
  weft_graph *g = open_graph(id);
  weft_tensor *w = weft_param(g, "w", WEFT_F32, 64), *x = weft_input(g, "x", WEFT_F32, 8, 64);
  weft_tensor *wide = weft_reshape(weft_exp(w), weft_shape_of(1, 64)); /* (1,64), stored: 8 rows read it */
  weft_tensor *sums = weft_sum_axes(weft_mul(x, wide), WEFT_AXIS(1));  /* (8) */
  weft_program *infer = weft_compile_all((weft_tensor *[]){sums, wide}, 2);
  weft_program *raise = weft_compile(weft_assign(w, weft_add(w, weft_number(g, 1))));
  float zeros[64] = {0}, ones[8 * 64], out[8];
  for (int i = 0; i < 8 * 64; i++) ones[i] = 1;
  weft_write(w, zeros, sizeof zeros);
  weft_write(x, ones, sizeof ones);
  const double expected[] = {64, 64, 64 * exp(1), 64 * exp(1), 64, 64 * exp(1)};
  for (int run = 0; run < 6; run++) {
    if (run == 2 || run == 5) cr_assert_eq(weft_run(raise), WEFT_OK, "%s: %s", id, weft_graph_message(g));
    if (run == 4) weft_write(w, zeros, sizeof zeros);
    cr_assert_eq(run == 3 ? weft_run_profiled(infer) : weft_run(infer), WEFT_OK, "%s: %s", id, weft_graph_message(g));
    cr_assert_eq(weft_read(sums, out, sizeof out), WEFT_OK);
    for (int i = 0; i < 8; i++) cr_assert_float_eq(out[i], expected[run], 1e-3, "%s: run %d: %g", id, run, out[i]);
  }
  weft_program_info about;
  weft_step_info first, last;
  weft_program_describe(infer, &about);
  if (strcmp(id, "reference") != 0) {
    cr_assert(about.steps >= 2 && weft_program_step(infer, 0, &first) == WEFT_OK &&
              weft_program_step(infer, about.steps - 1, &last) == WEFT_OK);
    cr_assert(first.once && !last.once, "%s: the exponentials are computed once", id);
  }
  close_graph(g);
}
Test(program, what_depends_on_params_alone_is_kept) { on_devices(kept); }

/* Weights of a product are put in order once where that helps, and anew after they were written. */
static void kept_weights(const char *id) {
  enum { ROWS = 4, DEPTH = 40, COLUMNS = 100 };
  weft_graph *g = open_graph(id);
  weft_tensor *w = weft_param(g, "w", WEFT_F32, DEPTH, COLUMNS), *x = weft_input(g, "x", WEFT_F32, ROWS, DEPTH);
  weft_tensor *y = weft_matmul(x, w);
  weft_program *infer = weft_compile(y), *twice = weft_compile(weft_assign(w, weft_mul(w, weft_number(g, 2))));
  static float weights[DEPTH * COLUMNS], in[ROWS * DEPTH], out[ROWS * COLUMNS];
  for (int i = 0; i < DEPTH * COLUMNS; i++) weights[i] = (float)(i % 37 - 18);
  for (int i = 0; i < ROWS * DEPTH; i++) in[i] = (float)(i % 11 - 5);
  weft_write(x, in, sizeof in);
  float scale = 1;
  for (int run = 0; run < 5; run++) {
    if (run == 0 || run == 3) cr_assert_eq(weft_write(w, weights, sizeof weights), WEFT_OK);
    if (run == 2 || run == 4) cr_assert_eq(weft_run(twice), WEFT_OK, "%s: %s", id, weft_graph_message(g));
    scale = run == 2 || run == 4 ? 2 : run == 3 ? 1 : scale;
    cr_assert_eq(weft_run(infer), WEFT_OK, "%s: %s", id, weft_graph_message(g));
    cr_assert_eq(weft_read(y, out, sizeof out), WEFT_OK);
    for (int r = 0; r < ROWS; r++)
      for (int c = 0; c < COLUMNS; c++) {
        float sum = 0;
        for (int k = 0; k < DEPTH; k++) sum += in[r * DEPTH + k] * weights[k * COLUMNS + c] * scale;
        cr_assert_eq(out[r * COLUMNS + c], sum, "%s: run %d: (%d, %d) is %g, not %g", id, run, r, c,
                     out[r * COLUMNS + c], sum);
      }
  }
  close_graph(g);
}
Test(program, weights_are_put_in_order_anew) { on_devices(kept_weights); }

enum { IMAGES = 16, EDGE = 32, WIDTH = 16, STEPS = 2 };

/* Weights of the first of three convolutions with batch norm after some steps of training; *out_again: values that a
 * step computes twice. */
static void train_norms(const char *id, float out[WIDTH * 9], int *out_again) {
  weft_graph *g = open_graph(id);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, IMAGES, 1, EDGE, EDGE), *t = weft_input(g, "t", WEFT_I32, IMAGES),
              *y = x;
  for (int i = 0; i < 3; i++) {
    char name[8], norm[8];
    snprintf(name, sizeof name, "c%d", i);
    snprintf(norm, sizeof norm, "n%d", i);
    weft_layer conv = weft_layer_conv2d(WIDTH, 3, .pad = 1, .no_bias = 1);
    y = weft_relu(weft_batch_norm(weft_layer_apply(y, &conv, name, 1), norm, 1));
  }
  y = weft_dense(weft_global_avg_pool(y), 4, "out", WEFT_LINEAR);
  weft_program *p = weft_compile(weft_minimize(weft_mean(weft_cross_entropy(y, t)), weft_sgd(0.5)));
  weft_tensor *first = weft_graph_find(g, "c0.weight");
  float *pixels = malloc(sizeof *pixels * IMAGES * EDGE * EDGE);
  int32_t classes[IMAGES];
  for (int i = 0; i < IMAGES * EDGE * EDGE; i++) pixels[i] = (float)(i * 7 % 31) / 31 - (float)(i / EDGE % 5) / 5;
  for (int i = 0; i < IMAGES; i++) classes[i] = i % 4;
  weft_write(x, pixels, sizeof *pixels * IMAGES * EDGE * EDGE);
  weft_write(t, classes, sizeof classes);
  free(pixels);
  for (int i = 0; i < STEPS; i++) cr_assert_eq(weft_run(p), WEFT_OK, "%s: %s", id, weft_graph_message(g));
  cr_assert_eq(weft_read(first, out, sizeof(float) * WIDTH * 9), WEFT_OK, "%s: %s", id, weft_graph_message(g));
  *out_again = 0;
  for (int i = 0; i < p->plan.n_values; i++) *out_again += p->plan.values[i]->again != NULL;
  close_graph(g);
}

static void recomputes(const char *id) {
  static float want[WIDTH * 9], got[WIDTH * 9];
  static int has_reference;
  int again;
  if (!has_reference) train_norms("reference", want, &again);
  has_reference = 1;
  train_norms(id, got, &again);
  cr_assert(strcmp(id, "reference") == 0 || again > 0, "%s: nothing is computed again", id);
  for (int i = 0; i < WIDTH * 9; i++)
    cr_assert_float_eq(got[i], want[i], 1e-4, "%s: weight %d: %g, not %g", id, i, got[i], want[i]);
}
Test(program, what_is_computed_again_is_the_same) { on_devices(recomputes); }

/* A product of max(x, 0) on a device that runs kernels for a class; how many steps it has. */
static int steps_of_product(const char *id, const char *device_class) {
  enum { M = 24, K = 20, N = 12 };
  setenv("WEFT_CLASS", device_class, 1);
  weft_graph *g = open_graph(id);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, M, K), *w = weft_param(g, "w", WEFT_F32, K, N);
  weft_tensor *y = weft_matmul(weft_relu(x), w);
  weft_program *p = weft_compile(y);
  float xs[M * K], ws[K * N], got[M * N];
  for (int i = 0; i < M * K; i++) xs[i] = (float)(i * 7 % 13 - 6);
  for (int i = 0; i < K * N; i++) ws[i] = (float)(i * 5 % 11 - 5);
  cr_assert_eq(weft_write(x, xs, sizeof xs), WEFT_OK, "%s: %s", id, weft_graph_message(g));
  cr_assert_eq(weft_write(w, ws, sizeof ws), WEFT_OK, "%s: %s", id, weft_graph_message(g));
  cr_assert_eq(weft_run(p), WEFT_OK, "%s: %s", id, weft_graph_message(g));
  cr_assert_eq(weft_read(y, got, sizeof got), WEFT_OK, "%s: %s", id, weft_graph_message(g));
  for (int i = 0; i < M * N; i++) {
    float want = 0;
    for (int k = 0; k < K; k++) want += fmaxf(xs[i / N * K + k], 0) * ws[k * N + i % N];
    cr_assert_eq(got[i], want, "%s as %s: element %d is %g, not %g", id, device_class, i, (double)got[i], (double)want);
  }
  int n = p->plan.n_steps;
  close_graph(g);
  return n;
}

static void computes_operand(const char *id) {
  if (!strcmp(id, "reference")) return;
  cr_expect_eq(steps_of_product(id, "gpu"), 1, "%s", id);
  if (runs_class(id, "cpu")) cr_expect_eq(steps_of_product(id, "cpu"), 2, "%s", id);
}
Test(program, kernels_for_gpus_compute_operands) { on_devices(computes_operand); }

static void stores_operand(const char *id) {
  if (strcmp(id, "reference") != 0) cr_expect_eq(steps_of_product(id, "gpu"), 2, "%s", id);
}
Test(program, operands_are_stored_where_that_is_asked_for) {
  setenv("WEFT_SKIP", "prologue", 1);
  on_devices(stores_operand);
}
