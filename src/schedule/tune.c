/* tune.c -- the fastest kernel of a heavy group, found by measurement, kept in a database on disk.
 *
 * A lowering leaves some choices open (weft_variant). They are tried one aspect after the other, each round's
 * candidates in turn with the best so far, on scratch memory of the real sizes; the least time of several runs counts,
 * since whatever else the machine does can only add to it. Before a candidate may win, what it computes is held against
 * single elements by the oracle, and whole against the first kernel that passed: a driver that computes wrongly is told
 * once.
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
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an entry of the database holds. */
typedef struct tune_entry {
  weft_variant variant;
  float seconds, estimate_seconds;
} tune_entry;

enum { SAMPLES = 48, BLOCK = 4096, MOST_RUNS = 40, LEAST_RUNS = 5, MOST_AHEAD = 4 };
static const double time_of_a_round = 0.03;
/* Seconds of a GPU's work before a round, and, at most MOST_AHEAD kernels, before a run of it. */
static const double warm = 0.02, longest_warm_up = 0.3, busy = 1e-4;
/* A candidate must be faster by more than clocks jitter. */
static const double clearly = 0.97;
static const char cache_kind[] = "tune";

typedef struct candidate {
  weft_variant variant;
  weft_lowered lowered;
  weft_kernel *kernel;
  weft_recording *recording;
  double seconds;
} candidate;

typedef struct tuner {
  weft_device *device;
  const weft_group *group;
  const weft_target *target;
  weft_arena *arena;
  weft_binding *bindings;
  float block[BLOCK]; /* the inputs, again and again */
  double *wanted;     /* SAMPLES of each output by the oracle */
  double *typical;    /* how large they are on average, 1 at least: small ones may be what is left of large terms */
  int has_oracle;
  float **first; /* each output of the first kernel that passed */
  int has_first;
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

/* ---- scratch memory ---- */

static const weft_tensor *node_of(const weft_group *g, int i) {
  return i < g->n_inputs ? g->inputs[i] : g->outputs[i - g->n_inputs];
}
static int64_t size_of(const weft_tensor *node) { return weft_shape_size(node->shape); }

/* Positive, so that roots and logarithms in an epilogue are numbers; whole numbers are all 0. */
static float number_at(const tuner *t, const weft_tensor *node, int64_t i) {
  return node->dtype == WEFT_F32 ? t->block[i % BLOCK] : 0;
}

static int source(void *user, const weft_tensor *node, int64_t linear, double *out_value) {
  const tuner *t = user;
  for (int i = 0; i < t->group->n_inputs; i++)
    if (t->group->inputs[i] == node) {
      *out_value = (double)number_at(t, node, linear);
      return 1;
    }
  return 0;
}

static int fill(tuner *t, int i) {
  const weft_backend *backend = t->device->backend;
  const weft_tensor *node = node_of(t->group, i);
  weft_buffer *buffer = t->bindings[i].buffer;
  if (node->dtype != WEFT_F32) return backend->clear(t->device, buffer, 0, (uint64_t)size_of(node) * 4) == WEFT_OK;
  for (int64_t at = 0, size = size_of(node); at < size; at += BLOCK) {
    int64_t count = size - at < BLOCK ? size - at : BLOCK;
    if (backend->write(t->device, buffer, (uint64_t)at * 4, t->block, (uint64_t)count * 4) != WEFT_OK) return 0;
  }
  return 1;
}

static int64_t sample_at(const weft_tensor *node, int s) {
  int64_t size = size_of(node);
  if (s == 0) return size - 1;
  return (int64_t)(((uint64_t)s * UINT64_C(0x9e3779b97f4a7c15)) % (uint64_t)size);
}

static void ask_oracle(tuner *t) {
  t->has_oracle = 1;
  for (int o = 0; o < t->group->n_outputs; o++) {
    const weft_tensor *node = t->group->outputs[o];
    double sum = 0;
    for (int s = 0; s < SAMPLES && t->has_oracle; s++) {
      double *wanted = &t->wanted[o * SAMPLES + s];
      t->has_oracle = weft_ref_element(node, sample_at(node, s), source, t, wanted);
      sum += fabs(*wanted);
    }
    t->typical[o] = t->has_oracle && sum > SAMPLES && isfinite(sum) ? sum / SAMPLES : 1;
  }
}

static int begin(tuner *t) {
  int n = t->group->n_inputs + t->group->n_outputs;
  t->bindings = WEFT_NEW(t->arena, weft_binding, n);
  t->first = WEFT_NEW(t->arena, float *, t->group->n_outputs);
  t->wanted = WEFT_NEW(t->arena, double, t->group->n_outputs *SAMPLES);
  t->typical = WEFT_NEW(t->arena, double, t->group->n_outputs);
  if (!t->bindings || !t->first || !t->wanted || !t->typical) return 0;
  for (int i = 0; i < BLOCK; i++) t->block[i] = 0.25f + (float)((uint32_t)i * 2654435761u >> 12) / (float)(1u << 20);
  for (int i = 0; i < n; i++) {
    uint64_t size = (uint64_t)size_of(node_of(t->group, i)) * 4;
    if (t->device->backend->buffer_new(t->device, size, &t->bindings[i].buffer) != WEFT_OK) return 0;
    t->bindings[i].size = size;
    if (i < t->group->n_inputs && !fill(t, i)) return 0;
  }
  ask_oracle(t);
  return 1;
}

static void end(tuner *t) {
  for (int i = 0; t->bindings && i < t->group->n_inputs + t->group->n_outputs; i++)
    if (t->bindings[i].buffer) t->device->backend->buffer_free(t->device, t->bindings[i].buffer);
  for (int o = 0; t->first && o < t->group->n_outputs; o++) free(t->first[o]);
}

/* ---- right or wrong ---- */

static int is_same(const weft_tensor *node, const float *got, int64_t i, double wanted, double typical) {
  double value = (double)got[i];
  if (node->dtype == WEFT_I32) {
    int32_t whole;
    memcpy(&whole, &got[i], sizeof whole);
    value = whole;
  }
  return fabs(value - wanted) <= 1e-3 * (typical + fabs(wanted)) || value == wanted || (isnan(value) && isnan(wanted));
}

/* Each wrong kernel is told once, by name and device. */
static void tell(const tuner *t, const weft_lowered *lowered, const weft_tensor *node, int64_t i) {
  static uint64_t told[16];
  static int n_told;
  uint64_t hash = weft_hash_text(t->device->fingerprint, lowered->source.text);
  for (int k = 0; k < n_told; k++)
    if (told[k] == hash) return;
  if (n_told < (int)(sizeof told / sizeof *told)) told[n_told++] = hash;
  char text[160];
  fprintf(stderr, "weft: %s (%s): a kernel of %s computes element %lld of %s wrongly; it is left out\n",
          t->device->info.id, t->device->info.name, lowered->what, (long long)i,
          weft_describe_tensor(node, text, sizeof text));
}

static int holds(tuner *t, const weft_lowered *lowered, int o, float *got) {
  const weft_tensor *node = t->group->outputs[o];
  for (int s = 0; s < SAMPLES && t->has_oracle; s++)
    if (!is_same(node, got, sample_at(node, s), t->wanted[o * SAMPLES + s], t->typical[o])) {
      tell(t, lowered, node, sample_at(node, s));
      return 0;
    }
  for (int64_t i = 0; i < size_of(node) && t->has_first; i++) {
    double wanted = (double)t->first[o][i];
    if (node->dtype == WEFT_I32) {
      int32_t whole;
      memcpy(&whole, &t->first[o][i], sizeof whole);
      wanted = whole;
    }
    if (is_same(node, got, i, wanted, t->typical[o])) continue;
    tell(t, lowered, node, i);
    return 0;
  }
  return 1;
}

/* Runs a candidate once on cleared outputs and looks at all of them. */
static int is_right(tuner *t, const candidate *c) {
  const weft_backend *backend = t->device->backend;
  int n_in = t->group->n_inputs, good = 1;
  for (int o = 0; o < t->group->n_outputs && good; o++)
    good = backend->clear(t->device, t->bindings[n_in + o].buffer, 0, t->bindings[n_in + o].size) == WEFT_OK;
  if (!good || backend->replay(t->device, c->recording) != WEFT_OK) return 0;
  float **got = WEFT_NEW(t->arena, float *, t->group->n_outputs);
  for (int o = 0; o < t->group->n_outputs && good; o++) {
    const weft_binding *b = &t->bindings[n_in + o];
    good = got && (got[o] = malloc(b->size)) && backend->read(t->device, b->buffer, 0, got[o], b->size) == WEFT_OK &&
           holds(t, &c->lowered, o, got[o]);
  }
  int keeps = good && !t->has_first;
  for (int o = 0; got && o < t->group->n_outputs; o++) {
    if (keeps)
      t->first[o] = got[o];
    else
      free(got[o]);
  }
  t->has_first |= keeps;
  return good;
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
    bindings[i] = weft_lowered_binding(&c->lowered, i, t->bindings[i]);
  weft_dispatch dispatch = {.kernel = c->kernel, .bindings = bindings};
  memcpy(dispatch.groups, c->lowered.groups, sizeof dispatch.groups);
  return t->device->backend->record(t->device, &dispatch, 1, &c->recording) == WEFT_OK && is_right(t, c);
}

static int is_gpu(const tuner *t) { return t->device->info.device_class == WEFT_CLASS_GPU; }

static int replay(tuner *t, const candidate *c, int count) {
  const weft_backend *backend = t->device->backend;
  int good = 1;
  for (int i = 0; i < count && good; i++) good = backend->replay(t->device, c->recording) == WEFT_OK;
  return good && backend->sync(t->device) == WEFT_OK;
}

/* While candidates are built a GPU lowers its clocks, to a third or less, and work with a wait after every kernel may
 * not raise them again. So it gets work without waits, for `warm` seconds and then until that takes no less time than
 * before. */
static void warm_up(tuner *t, const candidate *c) {
  double begin = weft_clock(), least = HUGE_VAL, spent = 0;
  for (int count = 1, steady = 0; steady < 3 && spent < longest_warm_up;) {
    double start = weft_clock();
    if (!replay(t, c, count)) return;
    double end = weft_clock(), seconds = (end - start) / count;
    spent = end - begin;
    steady = spent > warm && seconds > least * clearly ? steady + 1 : 0;
    if (seconds < least) least = seconds;
    if (end - start < warm / 10 && count < 1024) count *= 2;
  }
}

/* A GPU runs the kernel before it too, which keeps it busy between two waits. */
static int run_timed(tuner *t, candidate *c) {
  double seconds = 0;
  int ahead = c->seconds * MOST_AHEAD < busy ? MOST_AHEAD : (int)(busy / c->seconds);
  if (is_gpu(t) && !replay(t, c, ahead)) return 0;
  if (t->device->backend->replay_timed(t->device, c->recording, &seconds) != WEFT_OK) return 0;
  if (c->seconds <= 0 || seconds < c->seconds) c->seconds = seconds;
  return 1;
}

/* The candidates in turn, so that a busy moment meets all of them. */
static void measure(tuner *t, candidate *candidates, int n) {
  double spent = 0;
  int first = 0;
  while (first < n && !candidates[first].recording) first++;
  if (is_gpu(t) && first < n) warm_up(t, &candidates[first]);
  for (int run = 0; run < MOST_RUNS && (run < LEAST_RUNS || spent < time_of_a_round * n); run++)
    for (int i = 0; i < n; i++) {
      candidate *c = &candidates[i];
      if (c->recording && !run_timed(t, c)) release(t, c);
      spent += c->seconds;
    }
}

enum { VARIANT_TEXT = 128 };

/* "tile 2, slices 4": what a variant leaves to the estimate is left out. */
static const char *describe(const weft_variant *v, char text[VARIANT_TEXT]) {
  const struct {
    const char *name;
    int32_t value;
  } parts[] = {{"pack", v->pack},     {"depth", v->depth}, {"groups", v->groups},  {"slices", v->slices},
               {"stages", v->stages}, {"fours", v->fours}, {"library", v->library}};
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
    if (prepare(t, c)) {
      kept++;
      continue;
    }
    release(t, c);
    show(c, "");
  }
  n = kept;
  measure(t, candidates, n);
  int best = 0;
  for (int i = 0; i < n; i++) {
    show(&candidates[i], "");
    double limit = candidates[best].seconds * (candidates[best].recording ? clearly : HUGE_VAL);
    if (i > 0 && candidates[i].recording && candidates[i].seconds < limit) best = i;
  }
  candidate chosen = candidates[best];
  candidates[best] = candidates[0];
  candidates[0] = chosen;
  for (int i = 1; i < n; i++) release(t, &candidates[i]);
}

/* Measures all; 0 where not even the estimate's kernel ran. */
static int search(tuner *t, const weft_lowered *estimate, tune_entry *out) {
  candidate candidates[WEFT_MOST_VARIANTS + 1] = {{.lowered = *estimate}};
  weft_variant variants[WEFT_MOST_VARIANTS];
  build_all(t, candidates, 1);
  if (!prepare(t, &candidates[0])) release(t, &candidates[0]);
  measure(t, candidates, 1);
  double first = candidates[0].seconds;
  for (int round = 0, n; (n = weft_lower_variants(t->group, t->target, &candidates[0].variant, round, variants)) >= 0;
       round++)
    if (n > 0) try_round(t, candidates, variants, n);
  int is_found = candidates[0].recording != NULL;
  show(&candidates[0], ", chosen");
  *out = (tune_entry){candidates[0].variant, (float)candidates[0].seconds, (float)first};
  release(t, &candidates[0]);
  return is_found;
}

/* ---- the database ---- */

static int load(uint64_t key, tune_entry *out) {
  size_t size = 0;
  void *data = weft_cache_load(cache_kind, key, &size);
  int good = data && size == sizeof *out;
  if (good) memcpy(out, data, sizeof *out);
  free(data);
  return good;
}

/* A library that was there when it was measured may be gone. */
static int is_at_hand(weft_device *device, const weft_kernel_source *source) {
  if (!source->product.batch) return 1;
  return device->backend->has_product && device->backend->has_product(device, &source->product);
}

/* Raised when kernels or their candidates change: what was measured before says little of them. */
static const uint64_t generation = 2;

void weft_tune(weft_device *device, const weft_group *group, const weft_target *target, weft_arena *arena,
               weft_lowered *lowered) {
  weft_tune_mode mode = weft_tune_asked();
  weft_variant variants[WEFT_MOST_VARIANTS], none = {0};
  if (mode == WEFT_TUNE_OFF || weft_lower_variants(group, target, &none, 0, variants) < 0) return;
  const uint64_t parts[] = {generation, lowered->alike};
  uint64_t key = weft_hash(device->fingerprint, parts, sizeof parts);
  tune_entry entry;
  if (mode == WEFT_TUNE_FULL || !load(key, &entry)) {
    if (mode == WEFT_TUNE_READ) return;
    tuner *t = calloc(1, sizeof *t);
    if (!t) return;
    *t = (tuner){.device = device, .group = group, .target = target, .arena = arena};
    int is_found = begin(t) && search(t, lowered, &entry);
    end(t);
    free(t);
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
