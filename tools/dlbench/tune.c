/* tune.c -- fills the tuning database for the device: the contractions of the operations that dlbench measures, and of
 * the standard workloads. Each row tells what the tuned program gained over the one that estimates choose. */
#include "dlbench.h"
#include "models.h"
#include <stdlib.h>
#include <string.h>

enum { TURNS = 12 };

/* Times of two programs in alternating runs, so that what else the machine does meets both, after one run each, which
 * may compile. Returns how many of each; 0: failed. */
static int alternate(weft_graph *graphs[2], weft_program *programs[2], double times[2][TURNS]) {
  int count = 0;
  for (double began = now(); count < TURNS && (count < 3 || now() - began < 1.5); count++)
    for (int warm = !count; warm >= 0; warm--)
      for (int k = 0; k < 2; k++) {
        double start = now();
        if (!programs[k] || weft_run(programs[k]) != WEFT_OK || weft_sync(graphs[k]) != WEFT_OK) return 0;
        times[k][count] = now() - start;
      }
  return count;
}

static double least_of(const double *times, int count) {
  double least = times[0];
  for (int i = 1; i < count; i++)
    if (times[i] < least) least = times[i];
  return least;
}

static void report(bench *b, row *r, weft_graph *graphs[2], weft_program *programs[2]) {
  weft_program_info about;
  double times[2][TURNS], flops = 0;
  int count = alternate(graphs, programs, times);
  if (!count) {
    const char *first = weft_graph_message(graphs[0]);
    bench_fail(b, r, first[0] ? first : weft_graph_message(graphs[1]));
    return;
  }
  weft_program_describe(programs[1], &about);
  for (size_t s = 0; s < about.steps; s++) {
    weft_step_info step;
    weft_program_step(programs[1], s, &step);
    if (!step.once) flops += step.flops;
  }
  row_fill(r, times[1], count, flops, 0);
  r->flops = flops;
  snprintf(r->detail, sizeof r->detail, "%.2f times as fast as untuned",
           least_of(times[0], count) / least_of(times[1], count));
}

static void tune_work(bench *b, size_t index, const char *words[2]) {
  weft_graph *graphs[2];
  weft_program *programs[2];
  row *r = bench_row(b, "tune", work_name(index), "GFLOP/s");
  if (!r) return;
  for (int k = 0; k < 2; k++) {
    setenv("WEFT_TUNE", words[k], 1);
    graphs[k] = weft_graph_new(b->device);
    programs[k] = weft_compile(work_build(index, graphs[k]));
  }
  report(b, r, graphs, programs);
  for (int k = 0; k < 2; k++) weft_graph_free(graphs[k]);
}

static void tune_workload(bench *b, const workload *w, int training, const char *words[2]) {
  weft_graph *graphs[2];
  weft_program *programs[2];
  char name[64];
  snprintf(name, sizeof name, "%s %s N=%lld", w->name, training ? "training" : "inference", (long long)w->batch);
  row *r = bench_row(b, "tune", name, "GFLOP/s");
  if (!r) return;
  progress_show(&b->progress, b->weight_done, name);
  for (int k = 0; k < 2; k++) {
    workload_run run = {0};
    setenv("WEFT_TUNE", words[k], 1);
    graphs[k] = weft_graph_new(b->device);
    int good = workload_build(w, graphs[k], w->batch, training, &run) == 0 && workload_feed(&run, 1) == 0;
    programs[k] = good ? run.program : NULL;
  }
  report(b, r, graphs, programs);
  for (int k = 0; k < 2; k++) weft_graph_free(graphs[k]);
}

void measure_tune(bench *b) {
  const char *words[2] = {"off", b->mode == FULL ? "full" : "once"};
  const char *asked = getenv("WEFT_TUNE");
  char *kept = asked ? strdup(asked) : NULL;
  size_t works = 0, workloads = 0;
  while (work_name(works)) works++;
  while (workload_at(workloads)) workloads++;
  b->progress.total = (double)(works + 3 * workloads);
  for (size_t i = 0; i < works; i++) {
    if (b->only || !work_is_tuned(i) || (b->mode == QUICK && !work_is_quick(i))) continue;
    bench_step(b, 1, work_name(i));
    tune_work(b, i, words);
  }
  for (size_t i = 0; i < workloads; i++) {
    const workload *w = workload_at(i);
    if (b->only ? strcmp(b->only, w->name) != 0 : b->mode == QUICK || (b->mode == NORMAL && workload_is_large(w)))
      continue;
    bench_step(b, 3, w->name);
    tune_workload(b, w, 0, words);
    tune_workload(b, w, 1, words);
  }
  if (kept)
    setenv("WEFT_TUNE", kept, 1);
  else
    unsetenv("WEFT_TUNE");
  free(kept);
}
