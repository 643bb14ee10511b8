/* test_tune.c -- the tuner: what it measures is kept and found again, damage costs a measurement, and a driver that
 * computes wrongly does not win. */
#include "device/backend.h"
#include "schedule/program.h"
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weft/ops.h>

enum { M = 40, K = 300, N = 64 };

static weft_device *open_device(void) {
  weft_device *device = weft_device_open("opencl");
  if (weft_device_status(device) == WEFT_OK) return device;
  weft_device_close(device);
  cr_skip_test("no OpenCL device");
  return NULL;
}

/* Multiplies two matrices; returns the largest difference from the product in double. */
static double error_of_product(weft_device *device) {
  static float a[M * K], b[K * N], c[M * N];
  weft_graph *g = weft_graph_new(device);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, M, K), *w = weft_input(g, "w", WEFT_F32, K, N);
  weft_tensor *y = weft_relu(weft_matmul(x, w));
  for (int i = 0; i < M * K; i++) a[i] = (float)(i % 7) / 7;
  for (int i = 0; i < K * N; i++) b[i] = (float)(i % 5) / 5;
  weft_program *p = weft_compile(y);
  weft_write(x, a, sizeof a);
  weft_write(w, b, sizeof b);
  weft_run(p);
  cr_assert_eq(weft_read(y, c, sizeof c), WEFT_OK, "%s", weft_graph_message(g));
  weft_graph_free(g);
  double worst = 0;
  for (int m = 0; m < M; m++)
    for (int n = 0; n < N; n++) {
      double sum = 0;
      for (int k = 0; k < K; k++) sum += (double)a[m * K + k] * (double)b[k * N + n];
      worst = fmax(worst, fabs(sum - (double)c[m * N + n]));
    }
  return worst;
}

/* ---- a cache folder of our own ---- */

static char folder[64];

static void use_own_cache(void) {
  strcpy(folder, "/tmp/weft-tune-XXXXXX");
  cr_assert(mkdtemp(folder));
  setenv("WEFT_CACHE", folder, 1);
}

static void remove_own_cache(void) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  cr_assert_eq(system(command), 0);
}

/* The number of entries of the database; the path of one of them. */
static int entries(char *out_path, size_t size) {
  char path[128];
  snprintf(path, sizeof path, "%s/tune", folder);
  DIR *dir = opendir(path);
  int n = 0;
  for (struct dirent *e; dir && (e = readdir(dir));)
    if (e->d_name[0] != '.') {
      n++;
      if (out_path) snprintf(out_path, size, "%s/%s", path, e->d_name);
    }
  if (dir) closedir(dir);
  return n;
}

/* ---- a backend that counts, and lies when told ---- */

static const weft_backend *real;
static weft_backend spy;
static int n_builds, lies, is_lie;      /* the last replay was of a kernel that computes wrongly */
static const weft_kernel *right_kernel; /* the only one */
static const weft_recording *right_recording;

static weft_status spying_kernels_new(weft_device *device, const weft_kernel_source *sources, size_t count,
                                      weft_kernel **out) {
  weft_status status = real->kernels_new(device, sources, count, out);
  if (n_builds == 0) right_kernel = out[0];
  n_builds += (int)count;
  return status;
}
static weft_status lying_record(weft_device *device, const weft_dispatch *dispatches, size_t count,
                                weft_recording **out) {
  weft_status status = real->record(device, dispatches, count, out);
  if (dispatches->kernel == right_kernel) right_recording = *out;
  return status;
}
static weft_status lying_replay(weft_device *device, weft_recording *recording) {
  is_lie = lies && recording != right_recording;
  return real->replay(device, recording);
}
static weft_status lying_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out, uint64_t size) {
  weft_status status = real->read(device, buffer, offset, out, size);
  float *numbers = out;
  for (uint64_t i = 0; is_lie && i < size / sizeof *numbers; i++) numbers[i] *= 1.5f;
  return status;
}

static void spy_on(weft_device *device) {
  real = device->backend;
  spy = *real;
  spy.kernels_new = spying_kernels_new;
  spy.record = lying_record;
  spy.replay = lying_replay;
  spy.read = lying_read;
  spy.has_product = NULL; /* kernels only */
  device->backend = &spy;
  n_builds = 0;
}

static int builds_of_product(weft_device *device) {
  int before = n_builds;
  cr_assert_lt(error_of_product(device), 1e-3);
  return n_builds - before;
}

Test(tune, measures_once_and_remembers) {
  use_own_cache();
  weft_device *device = open_device();
  spy_on(device);
  unsetenv("WEFT_TUNE");
  cr_expect_eq(builds_of_product(device), 1, "nothing is measured unless asked for");
  cr_expect_eq(entries(NULL, 0), 0);
  setenv("WEFT_TUNE", "once", 1);
  cr_expect_gt(builds_of_product(device), 2, "candidates are built");
  char path[512] = "";
  cr_expect_eq(entries(path, sizeof path), 1);
  cr_expect_eq(builds_of_product(device), 1, "what the database holds is not measured again");
  unsetenv("WEFT_TUNE");
  cr_expect_eq(builds_of_product(device), 1);
  setenv("WEFT_TUNE", "full", 1);
  cr_expect_gt(builds_of_product(device), 2, "full measures all");
  cr_expect_eq(entries(NULL, 0), 1);
  cr_assert_eq(truncate(path, 30), 0);
  setenv("WEFT_TUNE", "once", 1);
  cr_expect_gt(builds_of_product(device), 2, "a damaged entry is measured again");
  setenv("WEFT_TUNE", "off", 1);
  cr_expect_eq(builds_of_product(device), 1);
  weft_device_close(device);
  remove_own_cache();
}

/* The kernels for GPUs, by whichever device is there. */
Test(tune, gpu_kernels_are_candidates_too) {
  use_own_cache();
  setenv("WEFT_CLASS", "gpu", 1);
  setenv("WEFT_TUNE", "once", 1);
  weft_device *device = open_device();
  spy_on(device);
  cr_expect_gt(builds_of_product(device), 6, "tiles, slices, stages, widths");
  cr_expect_eq(entries(NULL, 0), 1);
  cr_expect_eq(builds_of_product(device), 1);
  weft_device_close(device);
  remove_own_cache();
}

/* What attention and its gradients compute, summed up. */
static double sum_of_attention(weft_device *device) {
  enum { SIZE = 2 * 48 * 8 };
  float x[SIZE], dx[SIZE];
  double sum = 0;
  weft_graph *g = weft_graph_new(device);
  weft_tensor *q = weft_input(g, "q", WEFT_F32, 2, 48, 8), *d;
  weft_tensor *y = weft_scaled_dot_product_attention(q, q, q, 1);
  cr_assert_eq(weft_gradients(weft_sum(weft_mul(y, y)), &q, 1, &d), WEFT_OK);
  weft_program *p = weft_compile(d);
  cr_assert(p, "%s", weft_graph_message(g));
  for (int i = 0; i < SIZE; i++) x[i] = (float)(i % 7) / 7;
  weft_write(q, x, sizeof x);
  weft_run(p);
  cr_assert_eq(weft_read(d, dx, sizeof dx), WEFT_OK, "%s", weft_graph_message(g));
  for (int i = 0; i < SIZE; i++) sum += (double)dx[i] * (1 + i % 3);
  weft_graph_free(g);
  return sum;
}

Test(tune, blocks_of_attention_are_candidates, .init = cr_redirect_stderr) {
  use_own_cache();
  setenv("WEFT_CLASS", "gpu", 1);
  setenv("WEFT_TUNE", "off", 1);
  weft_device *device = open_device();
  spy_on(device);
  double by_estimate = sum_of_attention(device);
  int builds = n_builds;
  setenv("WEFT_TUNE", "once", 1);
  double tuned = sum_of_attention(device);
  cr_expect_gt(n_builds - builds, builds + 6, "blocks of scores, forward and backward");
  cr_expect_lt(fabs(tuned - by_estimate), 1e-3 * (1 + fabs(by_estimate)), "%g, not %g", tuned, by_estimate);
  cr_expect_eq(entries(NULL, 0), 2);
  fflush(stderr);
  cr_expect_eq(fgetc(cr_get_redirected_stderr()), EOF, "the oracle finds nothing wrong");
  weft_device_close(device);
  remove_own_cache();
}

/* ---- a library that is the fastest, or gone ---- */

static const weft_kernel *library_kernel;
static const weft_recording *library_recording;
static int library_is_gone;

static weft_status library_kernels_new(weft_device *device, const weft_kernel_source *sources, size_t count,
                                       weft_kernel **out) {
  weft_status status = real->kernels_new(device, sources, count, out);
  if (count == 1 && status == WEFT_OK && sources->product.batch) library_kernel = out[0];
  return status;
}
static weft_status library_record(weft_device *device, const weft_dispatch *dispatches, size_t count,
                                  weft_recording **out) {
  weft_status status = real->record(device, dispatches, count, out);
  if (status == WEFT_OK && dispatches->kernel == library_kernel) library_recording = *out;
  return status;
}
static weft_status library_replay_timed(weft_device *device, weft_recording *recording, double *out_seconds) {
  weft_status status = real->replay_timed(device, recording, out_seconds);
  if (recording == library_recording) cr_expect_gt(out_seconds[0], 0);
  if (recording == library_recording) out_seconds[0] = 1e-9;
  return status;
}
static int library_has_product(weft_device *device, const weft_library_product *product) {
  return !library_is_gone && real->has_product(device, product);
}

/* What the only step of a product tells; text holds at least 96 bytes. */
static double choice_told(weft_device *device, char *text) {
  weft_graph *g = weft_graph_new(device);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, M, K), *w = weft_input(g, "w", WEFT_F32, K, N);
  weft_program *p = weft_compile(weft_matmul(x, w));
  weft_step_info step;
  cr_assert(p, "%s", weft_graph_message(g));
  cr_assert_eq(weft_program_step(p, 0, &step), WEFT_OK);
  snprintf(text, 96, "%s", step.tuned);
  weft_graph_free(g);
  return step.gain;
}

Test(tune, a_library_that_is_fastest_is_remembered, .init = cr_redirect_stderr) {
  use_own_cache();
  weft_device *device = open_device();
  if (!device->backend->has_product || !device->backend->has_product(device, NULL)) cr_skip_test("no library");
  real = device->backend;
  spy = *real;
  spy.kernels_new = library_kernels_new;
  spy.record = library_record;
  spy.replay_timed = library_replay_timed;
  spy.has_product = library_has_product;
  device->backend = &spy;
  char chosen[96];
  setenv("WEFT_TUNE", "once", 1);
  cr_expect_gt(choice_told(device, chosen), 1);
  cr_expect(strstr(chosen, "library 1"), "%s", chosen);
  unsetenv("WEFT_TUNE");
  choice_told(device, chosen);
  cr_expect(strstr(chosen, "library 1"), "the database keeps it: %s", chosen);
  library_is_gone = 1;
  choice_told(device, chosen);
  cr_expect_str_eq(chosen, "", "without the library the estimate serves");
  fflush(stderr);
  cr_expect_eq(fgetc(cr_get_redirected_stderr()), EOF, "and nothing is said");
  weft_device_close(device);
  remove_own_cache();
}

Test(tune, a_step_tells_what_was_chosen) {
  use_own_cache();
  weft_device *device = open_device();
  char none[96], chosen[96], kept[96];
  unsetenv("WEFT_TUNE");
  cr_expect_eq(choice_told(device, none), 0);
  cr_expect_str_eq(none, "");
  setenv("WEFT_TUNE", "once", 1);
  double gain = choice_told(device, chosen);
  cr_expect(gain > 0.999 && gain < 1000, "gain %g: the estimate's kernel is among the candidates", gain);
  cr_expect(strstr(chosen, "tile "), "%s", chosen);
  unsetenv("WEFT_TUNE");
  cr_expect_eq(choice_told(device, kept), gain, "the database keeps the gain");
  cr_expect_str_eq(kept, chosen);
  weft_device_close(device);
  remove_own_cache();
}

Test(tune, a_wrong_kernel_never_wins, .init = cr_redirect_stderr) {
  use_own_cache();
  setenv("WEFT_TUNE", "once", 1);
  weft_device *device = open_device();
  spy_on(device);
  lies = 1; /* the estimate's kernel, which is built first, is right, every other candidate wrong */
  weft_graph *g = weft_graph_new(device);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, M, K), *w = weft_input(g, "w", WEFT_F32, K, N);
  weft_tensor *y = weft_matmul(x, w);
  cr_assert(weft_compile(y), "%s", weft_graph_message(g));
  cr_expect_gt(n_builds, 2);
  fflush(stderr);
  FILE *told = cr_get_redirected_stderr();
  char line[512] = "";
  cr_assert(fgets(line, sizeof line, told));
  cr_expect(strstr(line, "wrongly") && strstr(line, "dot"), "%s", line);
  weft_graph_free(g);
  lies = 0;
  cr_expect_lt(error_of_product(device), 1e-3);
  weft_device_close(device);
  remove_own_cache();
}
