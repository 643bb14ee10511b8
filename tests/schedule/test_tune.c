/* test_tune.c -- the tuner: what it measures is kept and found again, damage costs a measurement, and neither a driver
 * that computes wrongly nor a stop-watch that errs now and then has its way. */
#include "base/hash.h"
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

static const char *const ids[] = {"opencl", "vulkan"};

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

/* ---- a backend that counts ---- */

static const weft_backend *real;
static weft_backend spy;
static int n_builds;

static weft_status spying_kernels_new(weft_device *device, const weft_kernel_source *sources, size_t count,
                                      weft_kernel **out) {
  n_builds += (int)count;
  return real->kernels_new(device, sources, count, out);
}

static void spy_on(weft_device *device) {
  real = device->backend;
  spy = *real;
  spy.kernels_new = spying_kernels_new;
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

/* ---- a driver that computes wrongly, and a stop-watch that errs ---- */

/* Kernels are told apart by their texts, in the order in which these are first built: 0 is the estimate's. */
enum { MOST_SEEN = 1024 };
static uint64_t texts[MOST_SEEN];
static int n_texts, last_text; /* built last: the program's own */

typedef struct seen {
  const void *what; /* a kernel or a recording */
  int text;
  weft_binding bindings[3]; /* a, b and c */
} seen;
static seen all_seen[MOST_SEEN];
static int n_seen;
static const seen *replayed;

static int right_text; /* the only one that computes right */
static enum lie { NO_LIE, TILE_SWAPPED, TERM_DROPPED, MOST_LIES } lie;
static double (*seconds_of)(int text, int run);     /* of a stop-watch of our own; NULL: wrong kernels take no time */
static int n_runs[MOST_SEEN], n_replays[MOST_SEEN]; /* of each text: with times, and without */
static int n_replays_before;                        /* those of the estimate's before its first time was taken */

static void see(seen s) {
  cr_assert_lt(n_seen, MOST_SEEN);
  all_seen[n_seen++] = s;
}
static const seen *find_seen(const void *what) {
  int i = n_seen - 1; /* addresses are used again */
  while (i >= 0 && all_seen[i].what != what) i--;
  cr_assert_geq(i, 0);
  return &all_seen[i];
}
static int is_lying(const seen *s) { return lie && s && s->text != right_text; }

static weft_status wrong_kernels_new(weft_device *device, const weft_kernel_source *sources, size_t count,
                                     weft_kernel **out) {
  weft_status status = spying_kernels_new(device, sources, count, out);
  for (size_t i = 0; i < count && status == WEFT_OK; i++) {
    uint64_t hash = weft_hash_text(WEFT_HASH_SEED, sources[i].text);
    for (last_text = 0; last_text < n_texts && texts[last_text] != hash; last_text++) {}
    if (last_text == n_texts) texts[n_texts++] = hash;
    see((seen){.what = out[i], .text = last_text});
  }
  return status;
}
static weft_status wrong_record(weft_device *device, const weft_dispatch *dispatches, size_t count,
                                weft_recording **out) {
  weft_status status = real->record(device, dispatches, count, out);
  const weft_binding *b = dispatches->bindings;
  see((seen){*out, find_seen(dispatches->kernel)->text, {b[0], b[1], b[2]}});
  return status;
}
static weft_status wrong_replay(weft_device *device, weft_recording *recording) {
  replayed = find_seen(recording);
  n_replays[replayed->text]++;
  return real->replay(device, recording);
}
static weft_status wrong_replay_timed(weft_device *device, weft_recording *recording, double *out_seconds) {
  weft_status status = real->replay_timed(device, recording, out_seconds);
  int text = find_seen(recording)->text;
  if (text == 0 && n_runs[0] == 0) n_replays_before = n_replays[0];
  if (seconds_of)
    out_seconds[0] = seconds_of(text, n_runs[text]++);
  else if (is_lying(find_seen(recording)))
    out_seconds[0] = 1e-9;
  return status;
}

/* One term of a product's sums left out, or a tile inside of it that stands where its neighbour should. */
static void falsify(float *c, const float *a, const float *b) {
  for (int i = 0; i < M * N && lie == TERM_DROPPED; i++) c[i] -= a[i / N * K + 100] * b[100 * N + i % N];
  for (int i = 0; i < 8 * 8 && lie == TILE_SWAPPED; i++) {
    float *x = &c[(20 + i / 8) * N + 24 + i % 8], before = x[0];
    x[0] = x[8];
    x[8] = before;
  }
}
static weft_status wrong_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out, uint64_t size) {
  static float a[M * K], b[K * N];
  weft_status status = real->read(device, buffer, offset, out, size);
  if (!is_lying(replayed) || buffer != replayed->bindings[2].buffer) return status;
  cr_assert_eq(real->read(device, replayed->bindings[0].buffer, 0, a, sizeof a), WEFT_OK);
  cr_assert_eq(real->read(device, replayed->bindings[1].buffer, 0, b, sizeof b), WEFT_OK);
  cr_assert_eq(size, sizeof(float) * M * N);
  falsify(out, a, b);
  return status;
}

/* NULL: there is no such device. */
static weft_device *open_wrong(const char *id) {
  weft_device *device = weft_device_open(id);
  if (weft_device_status(device) != WEFT_OK) {
    weft_device_close(device);
    return NULL;
  }
  spy_on(device);
  spy.kernels_new = wrong_kernels_new;
  spy.record = wrong_record;
  spy.replay = wrong_replay;
  spy.replay_timed = wrong_replay_timed;
  spy.read = wrong_read;
  return device;
}

/* Tunes a product, or one that relu follows, and tells what its step tells; the text of its kernel is last_text. */
static double choose(weft_device *device, int with_relu, char *text) {
  n_texts = n_seen = 0;
  replayed = NULL;
  memset(n_runs, 0, sizeof n_runs);
  memset(n_replays, 0, sizeof n_replays);
  weft_graph *g = weft_graph_new(device);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, M, K), *w = weft_input(g, "w", WEFT_F32, K, N);
  weft_tensor *y = weft_matmul(x, w);
  weft_program *p = weft_compile(with_relu ? weft_relu(y) : y);
  weft_step_info step;
  cr_assert(p, "%s", weft_graph_message(g));
  cr_assert_eq(weft_program_step(p, 0, &step), WEFT_OK);
  snprintf(text, 96, "%s", step.tuned);
  weft_graph_free(g);
  return step.gain;
}

static void expect_line(FILE *from, const weft_device *device, const char *what) {
  char line[512] = "", wanted[400];
  snprintf(wanted, sizeof wanted, "weft: %s (%s): a kernel of %s computes element ", device->info.id, device->info.name,
           what);
  cr_expect(fgets(line, sizeof line, from));
  cr_expect_eq(strncmp(line, wanted, strlen(wanted)), 0, "%s, not %s", line, wanted);
  cr_expect(strstr(line, "wrongly; it is left out\n"), "%s", line);
}

/* Whichever kernel is right, the estimate's or another, it is the one taken, though the wrong ones seem faster. Where
 * none is right the estimate's stays. All is told once a device and name. */
Test(tune, a_wrong_kernel_never_wins, .init = cr_redirect_stderr) {
  use_own_cache();
  setenv("WEFT_TUNE", "full", 1);
  FILE *told = cr_get_redirected_stderr();
  for (int d = 0; d < 2; d++) {
    weft_device *device = open_wrong(ids[d]);
    if (!device) continue;
    char chosen[96];
    for (lie = TILE_SWAPPED; lie < MOST_LIES; lie++)
      for (right_text = 0; right_text < 3; right_text++) {
        double gain = choose(device, 0, chosen);
        cr_expect_eq(last_text, right_text, "%s: lie %d: kernel %d, not %d", ids[d], lie, last_text, right_text);
        cr_expect(strstr(chosen, "tile "), "%s: lie %d, kernel %d: %s", ids[d], lie, right_text, chosen);
        cr_expect_eq(gain, right_text == 0, "%s: %g: a wrong estimate is nothing to compare with", ids[d], gain);
        cr_expect_gt(n_texts, right_text, "%d kernels", n_texts);
      }
    right_text = -1;
    lie = TERM_DROPPED;
    choose(device, 0, chosen);
    cr_expect_str_eq(chosen, "", "%s", ids[d]);
    cr_expect_eq(last_text, 0, "%s: kernel %d", ids[d], last_text);
    fflush(stderr);
    expect_line(told, device, "dot");
    cr_expect_eq(fgetc(told), EOF, "%s: more than one line", ids[d]);
    clearerr(told);
    choose(device, 1, chosen);
    cr_expect_str_eq(chosen, "", "%s", ids[d]);
    fflush(stderr);
    expect_line(told, device, "dot+relu");
    cr_expect_eq(fgetc(told), EOF, "%s: more than one line", ids[d]);
    clearerr(told);
    weft_device_close(device);
  }
  remove_own_cache();
}

/* Kernel 1 is the fastest. It has runs that took long, and kernel 2 one that seems to have taken no time. */
static double seconds_with_outliers(int text, int run) {
  if (text == 1) return run < 2 ? 1 : 5e-4;
  if (text == 2 && run == 3) return 1e-9;
  return 1e-3;
}

Test(tune, outliers_do_not_decide) {
  use_own_cache();
  setenv("WEFT_TUNE", "full", 1);
  seconds_of = seconds_with_outliers;
  for (int d = 0; d < 2; d++) {
    weft_device *device = open_wrong(ids[d]);
    if (!device) continue;
    char chosen[96];
    double gain = choose(device, 0, chosen);
    cr_expect_gt(n_texts, 2, "%d kernels", n_texts);
    cr_expect_eq(last_text, 1, "%s: kernel %d: %s", ids[d], last_text, chosen);
    cr_expect_float_eq(gain, 2, 1e-3, "%s: gain %g", ids[d], gain);
    cr_expect_gt(n_replays_before, 1, "%s: it ran to be looked at, and then to warm up", ids[d]);
    weft_device_close(device);
  }
  remove_own_cache();
}

/* What the oracle cannot tell element by element: nothing is built, and the estimate's kernel stays. */
Test(tune, nothing_is_measured_without_an_oracle) {
  use_own_cache();
  setenv("WEFT_TUNE", "full", 1);
  for (int d = 0; d < 2; d++) {
    weft_device *device = open_wrong(ids[d]);
    if (!device) continue;
    weft_arena arena = {0};
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *a = weft_input(g, "a", WEFT_F32, M, K), *b = weft_input(g, "b", WEFT_F32, K, N);
    weft_tensor *x = weft_input(g, "x", WEFT_F32, M, N);
    weft_tensor *dot = weft_make_dot(a, b, 0, 1, 1, 1, 0, weft_shape_of(M, N));
    weft_tensor *y = weft_add(dot, weft_reshape(weft_cast(weft_argmax(x, 1), WEFT_F32), weft_shape_of(M, 1)));
    weft_tensor *inputs[] = {a, b, x};
    weft_group group = {WEFT_GROUP_DOT, 1, 3, 1, &y, inputs, &dot, dot->shape, 0};
    weft_target target = weft_target_of(device);
    weft_lowered estimate = {.what = "dot"};
    cr_assert_eq(g->error.status, WEFT_OK, "%s", g->error.message);
    weft_tune(device, &group, &target, &arena, &estimate);
    cr_expect_eq(n_builds, 0, "%s: %d kernels", ids[d], n_builds);
    cr_expect_null(estimate.tuned);
    weft_arena_free(&arena);
    weft_graph_destroy(g);
    weft_device_close(device);
  }
  cr_expect_eq(entries(NULL, 0), 0);
  remove_own_cache();
}
