/* model.c -- training and inference of the standard workloads: samples a second by the host's clock, from the call that
 * starts a step to the end of the wait for it, memory, the share of time of each kernel; and how long a program takes
 * from nothing to its first result, without and with what the caches on disk hold. */
#include "dlbench.h"
#include "models.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { TOLD_KERNELS = 4 };

static void name_of(char *out, size_t size, const workload *w, int64_t batch, int training) {
  snprintf(out, size, "%s %s N=%lld", w->name, training ? "training" : "inference", (long long)batch);
}

/* The kernels of a program that fuse the same operations. */
typedef struct share {
  const char *what;
  double seconds;
  int kernels;
} share;

static int longer(const void *a, const void *b) {
  double x = ((const share *)a)->seconds, y = ((const share *)b)->seconds;
  return (x < y) - (x > y);
}

/* "dot+add+relu 41 % (3), ...": the kernels that take most of the time, and how many of them there are. */
static void tell_shares(weft_program *p, size_t steps, char *out, size_t size) {
  share *shares = calloc(steps ? steps : 1, sizeof *shares);
  double total = 0;
  size_t count = 0, used = 0;
  for (size_t s = 0; s < steps && shares; s++) {
    weft_step_info step;
    size_t i = 0;
    weft_program_step(p, s, &step);
    if (step.once) continue;
    while (i < count && strcmp(shares[i].what, step.what)) i++;
    if (i == count) shares[count++].what = step.what;
    shares[i].seconds += step.seconds;
    shares[i].kernels++;
    total += step.seconds;
  }
  if (shares) qsort(shares, count, sizeof *shares, longer);
  for (size_t i = 0; i < count && i < TOLD_KERNELS && total > 0 && used < size; i++) {
    const char *cut = strlen(shares[i].what) > 32 ? "..." : "";
    int n = snprintf(out + used, size - used, "%s%.32s%s %.0f %% (%d)", used ? ", " : "", shares[i].what, cut,
                     100 * shares[i].seconds / total, shares[i].kernels);
    used += n > 0 ? (size_t)n : 0;
  }
  free(shares);
}

static double step_time(weft_graph *g, weft_program *p) {
  double began = now();
  if (weft_run(p) != WEFT_OK || weft_sync(g) != WEFT_OK) return -1;
  return now() - began;
}

static void measure_steps(bench *b, const workload *w, int64_t batch, int training, row *r) {
  weft_graph *g = weft_graph_new(b->device);
  workload_run run = {0};
  weft_program_info about = {0};
  double samples[MAX_SAMPLES];
  int count = 0;
  int good = workload_build(w, g, batch, training, &run) == 0 && workload_feed(&run, 1) == 0;
  good = good && step_time(g, run.program) >= 0;
  for (double began = now(); good && bench_wants_more(b, count, began); count++) {
    samples[count] = step_time(g, run.program);
    good = samples[count] >= 0;
  }
  if (good && count) {
    row_fill(r, samples, count, (double)run.items, 0);
    weft_program_describe(run.program, &about);
    r->memory = (double)(about.peak_bytes + about.leaf_bytes);
    r->size = (double)batch;
    for (size_t s = 0; s < about.steps; s++) {
      weft_step_info step;
      weft_program_step(run.program, s, &step);
      if (step.once) continue;
      r->flops += step.flops;
      r->bytes += step.bytes;
    }
    if (b->info.timestamp_ns > 0 && weft_run_profiled(run.program) == WEFT_OK)
      tell_shares(run.program, about.steps, r->detail, sizeof r->detail);
  } else {
    bench_fail(b, r, weft_graph_message(g));
  }
  weft_graph_free(g);
}

/* ---- from nothing to the first result ---- */

int first_result(const char *device_id, const char *name, int64_t batch) {
  double began = now();
  const workload *w = workload_find(name);
  weft_device *device = weft_device_open(device_id);
  weft_graph *g = weft_graph_new(device);
  workload_run run = {0};
  float loss;
  int good = w && workload_build(w, g, batch, 1, &run) == 0 && workload_feed(&run, 1) == 0 &&
             weft_run(run.program) == WEFT_OK && weft_read(run.result, &loss, sizeof loss) == WEFT_OK;
  if (good)
    printf("%.6f\n", now() - began);
  else
    fprintf(stderr, "dlbench: %s\n", w ? weft_graph_message(g) : "no such workload");
  weft_graph_free(g);
  weft_device_close(device);
  return good ? 0 : EXIT_FAILED;
}

/* A process of its own whose caches lie in the folder: weft's, and those that drivers keep. Seconds; below 0: failed.
 */
static double start_in(const char *folder, const bench *b, const workload *w, int64_t batch) {
  static const char *const caches[] = {"WEFT_CACHE",          "POCL_CACHE_DIR",  "MESA_SHADER_CACHE_DIR",
                                       "MESA_GLSL_CACHE_DIR", "CUDA_CACHE_PATH", "NEO_CACHE_DIR",
                                       "XDG_CACHE_HOME"};
  int ends[2], status = -1;
  char number[32], text[64] = "";
  if (pipe(ends)) return -1;
  snprintf(number, sizeof number, "%lld", (long long)batch);
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    int nowhere = open("/dev/null", O_WRONLY);
    for (size_t i = 0; i < sizeof caches / sizeof *caches; i++) setenv(caches[i], folder, 1);
    dup2(ends[1], STDOUT_FILENO);
    if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
    close(ends[0]);
    char *words[] = {
        (char *)"dlbench", (char *)"start", (char *)w->name, number, (char *)"--device", (char *)b->info.id, NULL};
    execve("/proc/self/exe", words, environ);
    _exit(127);
  }
  close(ends[1]);
  size_t used = 0;
  for (ssize_t n; child > 0 && (n = read(ends[0], text + used, sizeof text - 1 - used)) > 0;) used += (size_t)n;
  close(ends[0]);
  if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) return -1;
  double seconds = weft_text_to_double(text, NULL);
  return seconds > 0 ? seconds : -1;
}

static void remove_tree(const char *folder) {
  pid_t child = fork();
  if (child == 0) {
    execlp("rm", "rm", "-rf", "--", folder, (char *)NULL);
    _exit(127);
  }
  if (child > 0) waitpid(child, NULL, 0);
}

enum { KINDS = 2, MOST_STARTS = 3 };

/* Starts with empty caches, then with what that start left. Returns how many pairs; 0: failed. */
static int sample_starts(const bench *b, const workload *w, int64_t batch, double samples[KINDS][MOST_STARTS]) {
  const char *base = getenv("TMPDIR");
  char folder[512];
  int count = 0, good = 1;
  for (double began = now(); good && count < MOST_STARTS && bench_wants_more(b, count, began); count += good) {
    snprintf(folder, sizeof folder, "%s/dlbench-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(folder)) return 0;
    for (int k = 0; k < KINDS && good; k++) good = (samples[k][count] = start_in(folder, b, w, batch)) > 0;
    remove_tree(folder);
  }
  return good ? count : 0;
}

static void measure_start(bench *b, const workload *w, int64_t batch) {
  static const char *const kinds[KINDS] = {"cold", "warm"}, *const caches[KINDS] = {"empty",
                                                                                    "filled by the start before"};
  double samples[KINDS][MOST_STARTS];
  int count = sample_starts(b, w, batch, samples);
  for (int k = 0; k < KINDS; k++) {
    char name[64];
    snprintf(name, sizeof name, "%s N=%lld, %s start", w->name, (long long)batch, kinds[k]);
    row *r = bench_row(b, "start", name, "s");
    if (!r) continue;
    if (count)
      row_fill(r, samples[k], count, 0, 1);
    else
      bench_fail(b, r, "the process that was to start it failed");
    snprintf(r->detail, sizeof r->detail,
             "opening the device, building a training step, first result; caches on disk %s", caches[k]);
  }
}

/* ---- which ---- */

/* The largest batch, halving from the usual one, whose step is likely to take no longer than the limit. */
static int64_t batch_within(int64_t batch, double seconds_of_one, double limit) {
  while (batch > 1 && (double)batch * seconds_of_one > limit) batch /= 2;
  return batch;
}

static void measure_batch(bench *b, const workload *w, int64_t batch, int training) {
  char name[64], unit[16];
  name_of(name, sizeof name, w, batch, training);
  snprintf(unit, sizeof unit, "%s/s", workload_unit(w));
  progress_show(&b->progress, b->weight_done, name);
  row *r = bench_row(b, "models", name, unit);
  if (r) measure_steps(b, w, batch, training, r);
}

/* Seconds that the inference of one sample was measured to take; 0: not known. */
static double seconds_of_one(const bench *b, const workload *w) {
  char name[64];
  name_of(name, sizeof name, w, 1, 0);
  const row *r = document_find(b->document, "models", name);
  return r ? r->seconds : 0;
}

static void measure_workload(bench *b, const workload *w, int alone, int is_small) {
  static const double limits[] = {0.3, 3, 60};
  /* A batch of one tells how long larger ones will take. */
  if (b->mode != QUICK || alone) measure_batch(b, w, 1, 0);
  if (b->mode == NORMAL && workload_is_large(w) && !alone) return;
  int64_t batch = batch_within(w->batch, seconds_of_one(b, w) * 3, limits[b->mode]);
  if (b->mode == FULL || alone)
    for (int64_t n = 8; n < batch; n *= 4) {
      measure_batch(b, w, n, 0);
      measure_batch(b, w, n, 1);
    }
  measure_batch(b, w, batch, 0);
  measure_batch(b, w, batch, 1);
  if (b->mode == FULL || alone || (b->mode == NORMAL && is_small)) measure_start(b, w, batch);
}

double weight_models(const bench *b) { return b->mode == QUICK ? 4 : b->mode == NORMAL ? 60 : 300; }

void measure_models(bench *b) {
  size_t count = 0, quick = 3; /* the small ones stand first */
  while (workload_at(count)) count++;
  if (b->mode == QUICK && count > quick && !b->only) count = quick;
  for (size_t i = 0; i < count; i++) {
    const workload *w = workload_at(i);
    if (b->only && strcmp(b->only, w->name)) continue;
    bench_step(b, b->only ? weight_models(b) : weight_models(b) / (double)count, w->name);
    measure_workload(b, w, b->only != NULL, i < quick);
  }
}

int model_is_known(const char *name) { return workload_find(name) != NULL; }
