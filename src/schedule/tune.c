/* tune.c -- the fastest kernel of a heavy group, found by measurement, kept in a database on disk.
 *
 * A lowering leaves some choices open (weft_variant). They are tried one aspect after the other, each round's
 * candidates in turn with the best so far, on scratch memory of the real sizes. Of several runs a low time counts,
 * since whatever else the machine does can only add to it, but not the least, which may be the stop-watch's fault.
 * Before a candidate may win, what it computes is put to the proof (proof.c): a driver that computes wrongly is told
 * once. Where there is no proof nothing is measured, since candidates that agree may be wrong together.
 *
 * The database is a folder of the program cache; an entry is found by device, driver, the template's text, sizes,
 * strides and what is fused. So a change of the templates tunes anew, and the steps of a sequence, which differ in
 * where they read, are tuned once.
 *
 * WEFT_TUNE: unset, the database is read and nothing is measured; once measures what the database lacks; full measures
 * all; off leaves everything to the estimate. */
#include "base/clock.h"
#include "base/debug.h"
#include "base/hash.h"
#include "schedule/program.h"
#include "schedule/proof.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an entry of the database holds. */
typedef struct tune_entry {
  weft_variant variant;
  float seconds, estimate_seconds;
} tune_entry;

enum { MOST_RUNS = 40, LEAST_RUNS = 5, RUNS_OF_A_LOWER = 16, MOST_AHEAD = 4, MOST_SEARCHES = 8 };
static const double time_of_a_round = 0.03;
/* Work before a round: seconds at least, and runs that took no less time than those before. */
typedef struct warmth {
  double seconds;
  int steady;
} warmth;
static const warmth warm_gpu = {0.02, 3}, warm_cpu = {0.002, 1};
static const double longest_warm_up = 0.3;
/* Seconds of a GPU's work, at most MOST_AHEAD kernels, before a run of it. */
static const double busy = 1e-4;
/* A candidate must be faster by more than clocks jitter. */
static const double clearly = 0.97;
static const char cache_kind[] = "tune";

typedef struct candidate {
  weft_variant variant;
  weft_lowered lowered;
  weft_kernel *kernel;
  weft_recording *recording;
  double runs[MOST_RUNS]; /* of the last round, the shortest first */
  int n_runs;
  double seconds; /* what counts of them */
} candidate;

typedef struct tuner {
  weft_device *device;
  const weft_group *group;
  const weft_target *target;
  weft_arena *arena;
  weft_proof *proof;
  double gain; /* time of the estimate's kernel over the best one's; 0: the estimate's is wrong */
} tuner;

weft_tune_mode weft_tune_asked(void) {
  const char *text = getenv("WEFT_TUNE");
  if (!text || !*text) return WEFT_TUNE_READ;
  if (!strcmp(text, "once")) return WEFT_TUNE_ONCE;
  if (!strcmp(text, "full")) return WEFT_TUNE_FULL;
  static int is_told;
  if (strcmp(text, "off") != 0 && !is_told) {
    fprintf(stderr, "weft: WEFT_TUNE=%s: expected off, once or full; taken for off\n", text);
    is_told = 1;
  }
  return WEFT_TUNE_OFF;
}

/* ---- time ---- */

static void release(tuner *t, candidate *c) {
  if (c->recording) t->device->backend->recording_free(t->device, c->recording);
  if (c->kernel) t->device->backend->kernel_free(t->device, c->kernel);
  c->recording = NULL;
  c->kernel = NULL;
}

/* Kernels of all candidates at once, which a driver compiles side by side; where one of them does not build, each
 * alone.
 */
static void build_all(tuner *t, candidate *candidates, int n) {
  const weft_backend *backend = t->device->backend;
  weft_kernel_source sources[WEFT_MOST_VARIANTS] = {{0}};
  weft_kernel *kernels[WEFT_MOST_VARIANTS];
  for (int i = 0; i < n; i++) {
    sources[i] = candidates[i].lowered.source;
    sources[i].joins = 0; /* timed alone: a joined launch takes longer to build */
  }
  int together = backend->kernels_new(t->device, sources, (size_t)n, kernels) == WEFT_OK;
  for (int i = 0; i < n; i++)
    if (together)
      candidates[i].kernel = kernels[i];
    else if (backend->kernels_new(t->device, &sources[i], 1, &candidates[i].kernel) != WEFT_OK)
      candidates[i].kernel = NULL;
}

/* Whether a candidate that has a kernel computes what it should. */
static int prepare(tuner *t, candidate *c) {
  if (!c->kernel) return 0;
  weft_binding bindings[32];
  for (int i = 0; i < t->group->n_inputs + t->group->n_outputs; i++)
    bindings[i] = weft_lowered_binding(&c->lowered, i, weft_proof_bindings(t->proof)[i]);
  weft_dispatch dispatch = {.kernel = c->kernel, .bindings = bindings};
  memcpy(dispatch.groups, c->lowered.groups, sizeof dispatch.groups);
  return t->device->backend->record(t->device, &dispatch, 1, &c->recording) == WEFT_OK &&
         weft_proof_holds(t->proof, c->recording, c->lowered.what);
}

static int is_gpu(const tuner *t) { return t->device->info.device_class == WEFT_CLASS_GPU; }

static int replay(tuner *t, const candidate *c, int count) {
  const weft_backend *backend = t->device->backend;
  int good = 1;
  for (int i = 0; i < count && good; i++) good = backend->replay(t->device, c->recording) == WEFT_OK;
  return good && backend->sync(t->device) == WEFT_OK;
}

/* While candidates are built a GPU lowers its clocks, to a third or less, and work with a wait after every kernel may
 * not raise them again. So it gets work without waits, until that takes no less time than before. A CPU's threads
 * sleep and its caches hold the compiler's memory: the first two or three runs take up to six times as long. */
static void warm_up(tuner *t, const candidate *c) {
  const warmth wanted = is_gpu(t) ? warm_gpu : warm_cpu;
  double begin = weft_clock(), least = HUGE_VAL, spent = 0;
  for (int count = 1, steady = 0; steady < wanted.steady && spent < longest_warm_up;) {
    double start = weft_clock();
    if (!replay(t, c, count)) return;
    double end = weft_clock(), seconds = (end - start) / count;
    spent = end - begin;
    steady = spent > wanted.seconds && seconds > least * clearly ? steady + 1 : 0;
    if (seconds < least) least = seconds;
    if (end - start < wanted.seconds / 10 && count < 1024) count *= 2;
  }
}

/* Keeps a run's time. The second least of them counts, and of many a later one, so that no single run decides. */
static void keep_run(candidate *c, double seconds) {
  int i = c->n_runs++;
  for (; i > 0 && c->runs[i - 1] > seconds; i--) c->runs[i] = c->runs[i - 1];
  c->runs[i] = seconds;
  c->seconds = c->runs[c->n_runs > 1 ? 1 + c->n_runs / RUNS_OF_A_LOWER : 0];
}

/* A GPU runs the kernel before it too, which keeps it busy between two waits. Returns the seconds; below 0: it failed.
 */
static double run_timed(tuner *t, candidate *c) {
  double seconds = 0;
  int ahead = c->seconds * MOST_AHEAD < busy ? MOST_AHEAD : (int)(busy / c->seconds);
  if (is_gpu(t) && !replay(t, c, ahead)) return -1;
  if (t->device->backend->replay_timed(t->device, c->recording, &seconds) != WEFT_OK) return -1;
  keep_run(c, seconds);
  return seconds;
}

/* The candidates in turn, so that a busy moment meets all of them; what earlier rounds measured met other moments. */
static void measure(tuner *t, candidate *candidates, int n) {
  double spent = 0;
  int first = 0;
  while (first < n && !candidates[first].recording) first++;
  if (first < n) warm_up(t, &candidates[first]);
  for (int i = 0; i < n; i++) candidates[i].n_runs = 0;
  for (int run = 0; run < MOST_RUNS && (run < LEAST_RUNS || spent < time_of_a_round * n); run++)
    for (int i = 0; i < n; i++) {
      if (!candidates[i].recording) continue;
      double seconds = run_timed(t, &candidates[i]);
      if (seconds < 0)
        release(t, &candidates[i]);
      else
        spent += seconds;
    }
}

enum { VARIANT_TEXT = 128 };

/* "tile 2, slices 4": what a variant leaves to the estimate is left out. */
static const char *describe(const weft_variant *v, char text[VARIANT_TEXT]) {
  const struct {
    const char *name;
    int32_t value;
  } parts[] = {{"pack", v->pack},     {"depth", v->depth}, {"groups", v->groups}, {"slices", v->slices},
               {"stages", v->stages}, {"fours", v->fours}, {"early", v->early},   {"library", v->library}};
  int used = snprintf(text, VARIANT_TEXT, "tile %d", v->tile);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (parts[i].value)
      used += snprintf(text + used, (size_t)(VARIANT_TEXT - used), ", %s %d", parts[i].name, parts[i].value);
  return text;
}

static void show(const candidate *c, const char *end) {
  char text[VARIANT_TEXT];
  if (!weft_debug(WEFT_DEBUG_TUNE)) return;
  fprintf(stderr, "weft: tune: %s: %s: ", c->lowered.what, describe(&c->variant, text));
  if (c->recording)
    fprintf(stderr, "%.1f us, %.1f GFLOP/s%s\n", 1e6 * c->seconds, 1e-9 * c->lowered.flops / c->seconds, end);
  else
    fprintf(stderr, "left out%s\n", end);
}

static int is_tried(const candidate *candidates, int n, const weft_lowered *lowered) {
  for (int i = 0; i < n; i++)
    if (!strcmp(candidates[i].lowered.source.text, lowered->source.text)) return 1;
  return 0;
}

/* Measures the candidates and moves the fastest to the front. */
static void choose(tuner *t, candidate *candidates, int n) {
  int best = 0;
  measure(t, candidates, n);
  for (int i = 0; i < n; i++) {
    show(&candidates[i], "");
    if (candidates[i].recording &&
        (!candidates[best].recording || candidates[i].seconds < candidates[best].seconds * clearly))
      best = i;
  }
  candidate chosen = candidates[best];
  if (candidates[0].recording && chosen.seconds > 0) t->gain *= candidates[0].seconds / chosen.seconds;
  candidates[best] = candidates[0];
  candidates[0] = chosen;
}

/* One aspect: the best so far stands first in candidates and does so again afterwards. */
static void try_round(tuner *t, candidate *candidates, const weft_variant *variants, int count) {
  int n = 1, kept = 1;
  for (int i = 0; i < count; i++) {
    candidate *c = &candidates[n];
    weft_error error = {0};
    *c = (candidate){.variant = variants[i]};
    if (weft_lower_group(t->group, t->target, &c->variant, t->arena, &c->lowered, &error) == WEFT_OK &&
        !is_tried(candidates, n, &c->lowered))
      n++;
  }
  build_all(t, candidates + 1, n - 1);
  for (int i = 1; i < n; i++) {
    candidate *c = &candidates[kept];
    *c = candidates[i];
    if (!weft_proof_is_misled(t->proof) && prepare(t, c)) {
      kept++;
      continue;
    }
    release(t, c);
    show(c, "");
  }
  if (kept > 1 && !weft_proof_is_misled(t->proof)) choose(t, candidates, kept);
  for (int i = 1; i < kept; i++) release(t, &candidates[i]);
}

/* Tries all; whether a kernel was found that computes what it should. Void when the proof was misled on the way. */
static int search_once(tuner *t, const weft_lowered *estimate, tune_entry *out) {
  candidate candidates[WEFT_MOST_VARIANTS + 1] = {{.lowered = *estimate}}, *best = candidates;
  weft_variant variants[WEFT_MOST_VARIANTS];
  build_all(t, candidates, 1);
  t->gain = prepare(t, best);
  if (!t->gain) release(t, best);
  for (int round = 0, n; !weft_proof_is_misled(t->proof) &&
                         (n = weft_lower_variants(t->group, t->target, &best->variant, round, variants)) >= 0;
       round++)
    if (n > 0) try_round(t, candidates, variants, n);
  if (!weft_proof_is_misled(t->proof) && !best->n_runs) measure(t, candidates, 1); /* it was alone */
  int is_found = best->recording && !weft_proof_is_misled(t->proof);
  if (is_found) show(best, ", chosen");
  *out = (tune_entry){best->variant, (float)best->seconds, (float)(best->seconds * t->gain)};
  release(t, best);
  return is_found;
}

/* 0 where no kernel is right, or they are so now and then. */
static int search(tuner *t, const weft_lowered *estimate, tune_entry *out) {
  for (int i = 0; i < MOST_SEARCHES; i++) {
    int is_found = search_once(t, estimate, out);
    if (!weft_proof_is_misled(t->proof)) return is_found;
    weft_proof_restart(t->proof);
  }
  return 0;
}

/* ---- the database ---- */

/* A library that was there when it was measured may be gone. */
static int is_at_hand(weft_device *device, const weft_kernel_source *source) {
  if (!source->product.batch) return 1;
  return device->backend->has_product && device->backend->has_product(device, &source->product);
}

/* Raised when kernels, their candidates or what they are put to change: what was chosen before says little of them. */
static const uint64_t generation = 4;

void weft_tune(weft_device *device, const weft_group *group, const weft_target *target, weft_arena *arena,
               weft_lowered *lowered) {
  weft_tune_mode mode = weft_tune_asked();
  weft_variant variants[WEFT_MOST_VARIANTS], none = {0};
  if (mode == WEFT_TUNE_OFF || weft_lower_variants(group, target, &none, 0, variants) < 0) return;
  const uint64_t parts[] = {generation, lowered->alike};
  uint64_t key = weft_hash(device->fingerprint, parts, sizeof parts);
  tune_entry entry;
  if (mode == WEFT_TUNE_FULL || !weft_cache_read(cache_kind, key, &entry, sizeof entry)) {
    if (mode == WEFT_TUNE_READ) return;
    weft_target tried = *target;
    tried.tries_all = mode == WEFT_TUNE_FULL;
    tuner t = {device, group, &tried, arena, weft_proof_new(device, group), 0};
    int is_found = t.proof && search(&t, lowered, &entry);
    weft_proof_free(t.proof);
    if (!is_found) return;
    weft_cache_store(cache_kind, key, &entry, sizeof entry);
  }
  weft_lowered tuned;
  weft_error error = {0};
  if (weft_lower_group(group, target, &entry.variant, arena, &tuned, &error) != WEFT_OK ||
      !is_at_hand(device, &tuned.source))
    return;
  *lowered = tuned;
  char text[VARIANT_TEXT];
  lowered->tuned = weft_arena_text(arena, describe(&entry.variant, text));
  lowered->gain = entry.seconds > 0 ? entry.estimate_seconds / entry.seconds : 0;
}
