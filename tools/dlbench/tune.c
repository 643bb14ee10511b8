/* tune.c -- fills the tuning database for the device: the contractions of the operations that dlbench measures, and of
 * the standard workloads. Each row tells what the tuned program gained over the one that estimates choose. */
#include "dlbench.h"
#include "models.h"
#include <stdlib.h>
#include <string.h>

/* Least time of each of two programs in alternating runs, so that what else the machine does meets both. 0: failed. */
static void least_times(weft_graph *graphs[2], weft_program *programs[2], double best[2]) {
  best[0] = best[1] = 0;
  for (int i = 0; i < 12; i++)
    for (int k = 0; k < 2; k++) {
      double began = now();
      if (!programs[k] || weft_run(programs[k]) != WEFT_OK || weft_sync(graphs[k]) != WEFT_OK) {
        best[k] = 0;
        return;
      }
      double seconds = now() - began;
      if (i && (best[k] <= 0 || seconds < best[k])) best[k] = seconds; /* the first run may compile */
      if (k && i > 2 && best[0] + best[1] > 1) return;
    }
}

static void report(bench *b, const char *name, weft_graph *graphs[2], weft_program *programs[2]) {
  row *r = document_row(b->document, "tune", name, "GFLOP/s");
  weft_program_info about;
  double times[2], flops = 0;
  if (!r) return;
  least_times(graphs, programs, times);
  for (int k = 0; k < 2; k++) {
    if (times[k] > 0) continue;
    bench_fail(b, r, weft_graph_message(graphs[k]));
    return;
  }
  weft_program_describe(programs[1], &about);
  for (size_t s = 0; s < about.steps; s++) {
    weft_step_info step;
    weft_program_step(programs[1], s, &step);
    if (!step.once) flops += step.flops;
  }
  row_fill(r, &times[1], 1, flops, 0);
  r->flops = flops;
  snprintf(r->detail, sizeof r->detail, "%.2f times as fast as untuned", times[0] / times[1]);
}

static void tune_work(bench *b, size_t index, const char *words[2]) {
  weft_graph *graphs[2];
  weft_program *programs[2];
  for (int k = 0; k < 2; k++) {
    setenv("WEFT_TUNE", words[k], 1);
    graphs[k] = weft_graph_new(b->device);
    programs[k] = weft_compile(work_build(index, graphs[k]));
  }
  report(b, work_name(index), graphs, programs);
  for (int k = 0; k < 2; k++) weft_graph_free(graphs[k]);
}

static void tune_workload(bench *b, const workload *w, int training, const char *words[2]) {
  weft_graph *graphs[2];
  weft_program *programs[2];
  char name[64];
  snprintf(name, sizeof name, "%s %s N=%lld", w->name, training ? "training" : "inference", (long long)w->batch);
  progress_show(&b->progress, b->weight_done, name);
  for (int k = 0; k < 2; k++) {
    workload_run run = {0};
    setenv("WEFT_TUNE", words[k], 1);
    graphs[k] = weft_graph_new(b->device);
    int good = workload_build(w, graphs[k], w->batch, training, &run) == 0 && workload_feed(&run, 1) == 0;
    programs[k] = good ? run.program : NULL;
  }
  report(b, name, graphs, programs);
  for (int k = 0; k < 2; k++) weft_graph_free(graphs[k]);
}

void measure_tune(bench *b, const char *only) {
  const char *words[2] = {"off", b->mode == FULL ? "full" : "once"};
  const char *asked = getenv("WEFT_TUNE");
  char *kept = asked ? strdup(asked) : NULL;
  size_t works = 0, workloads = 0;
  while (work_name(works)) works++;
  while (workload_at(workloads)) workloads++;
  b->progress.total = (double)(works + 3 * workloads);
  for (size_t i = 0; i < works; i++) {
    if (only || !work_is_tuned(i) || (b->mode == QUICK && !work_is_quick(i))) continue;
    bench_step(b, 1, work_name(i));
    tune_work(b, i, words);
  }
  for (size_t i = 0; i < workloads; i++) {
    const workload *w = workload_at(i);
    if (only ? strcmp(only, w->name) != 0 : b->mode == QUICK || (b->mode == NORMAL && workload_is_large(w))) continue;
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
