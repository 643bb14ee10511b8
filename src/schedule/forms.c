/* forms.c -- which form of a convolution is faster on a device, the direct sum or Winograd's, found by measurement and
 * kept in the database of tune.c. The passes ask (weft_pass_target.measured) before they estimate.
 *
 * Each form is a program of its own, of the convolution alone with its border and its weights as users keep them;
 * kernels in it are tuned like any others. WEFT_TUNE=full measures, once in a process for each size; otherwise the
 * database is read. */
#include "base/clock.h"
#include "base/debug.h"
#include "base/hash.h"
#include "graph/graph.h"
#include "schedule/program.h"
#include <math.h>
#include <stdio.h>

enum { ROUNDS = 5, MOST_RUNS = 200, MOST_MEASURED = 1024 };
static const double time_of_a_turn = 0.004;
/* Winograd's form, which rounds more, must be faster by more than clocks jitter. */
static const double clearly = 0.97;
static const char cache_kind[] = "form";
/* Raised when kernels change so much that what was measured says little of them. */
static const uint64_t generation = 1;

typedef struct form_entry {
  float direct, winograd; /* seconds */
} form_entry;

/* ---- programs ---- */

/* A convolution, or gradient by weights, of an image without its border; NULL after a failure kept in the graph. */
static weft_tensor *build(weft_graph *g, const weft_form *f) {
  static const int64_t zeros[WEFT_MAX_RANK] = {0}, taps_first[4] = {2, 3, 1, 0}, channels_first[4] = {3, 2, 0, 1};
  const int64_t *dilation = f->dilation, options[5] = {1, 1, dilation[0], dilation[1], 1};
  const int64_t lo[WEFT_MAX_RANK] = {0, f->pad[0], f->pad[1]};
  weft_shape wide = f->image, dense = weft_shape_of(f->y.dims[3], f->image.dims[3], f->taps, f->taps);
  for (int d = 0; d < 2; d++) wide.dims[1 + d] = f->y.dims[1 + d] + dilation[d] * (f->taps - 1);
  weft_tensor *x = weft_input_shaped(g, "x", WEFT_F32, f->image), *y;
  if (x && !weft_shape_equal(wide, f->image)) x = weft_make_pad(x, lo, zeros, wide, 0);
  if (f->is_gradient) {
    weft_shape w = weft_shape_of(f->taps, f->taps, f->image.dims[3], f->y.dims[3]);
    y = weft_make_conv(WEFT_OP_CONV_DW, x, weft_input_shaped(g, "dy", WEFT_F32, f->y), options, w);
    return y ? weft_make_permute(y, channels_first) : NULL;
  }
  weft_tensor *w =
      f->is_steady ? weft_param_shaped(g, "w", WEFT_F32, dense) : weft_input_shaped(g, "w", WEFT_F32, dense);
  return w ? weft_make_conv(WEFT_OP_CONV, x, weft_make_permute(w, taps_first), options, f->y) : NULL;
}

/* Seconds of a run in each form, or 0 where one does not run. */
static int measure(weft_device *device, const weft_form *form, double out[2]) {
  weft_graph *graphs[2] = {NULL, NULL};
  weft_program *programs[2] = {NULL, NULL};
  int good = 1, runs[2] = {1, 1};
  for (int i = 0; i < 2 && good; i++) {
    graphs[i] = weft_graph_create(device, NULL);
    weft_tensor *y = graphs[i] ? build(graphs[i], form) : NULL;
    if (y) graphs[i]->form = 1 + i;
    programs[i] = y ? weft_program_new(graphs[i], &y, 1) : NULL;
    good = programs[i] != NULL;
    out[i] = HUGE_VAL;
  }
  for (int round = -2; round < ROUNDS && good; round++) /* the first two find out how many runs a turn has */
    for (int i = 0; i < 2 && good; i++) {
      double begin = weft_clock();
      for (int n = 0; n < runs[i] && good; n++) good = weft_program_run(programs[i]) == WEFT_OK;
      good = good && device->backend->sync(device) == WEFT_OK;
      double seconds = (weft_clock() - begin) / runs[i];
      if (round >= 0) out[i] = fmin(out[i], seconds);
      if (round < 0) runs[i] = (int)fmin(fmax(time_of_a_turn / fmax(seconds, 1e-7), 1), MOST_RUNS);
    }
  for (int i = 0; i < 2; i++) {
    if (programs[i]) weft_program_free(programs[i]);
    if (graphs[i]) weft_graph_release_storage(graphs[i]);
    weft_graph_destroy(graphs[i]);
  }
  return good;
}

/* ---- the database ---- */

/* Whether this process has measured it; it has from now on. */
static int is_measured(uint64_t key) {
  static uint64_t keys[MOST_MEASURED];
  static int n;
  for (int i = 0; i < n; i++)
    if (keys[i] == key) return 1;
  if (n < MOST_MEASURED) keys[n++] = key;
  return 0;
}

static int is_winograd(const form_entry *entry) { return entry->winograd < clearly * entry->direct; }

static void show(const weft_form *f, const form_entry *entry) {
  if (!weft_debug(WEFT_DEBUG_TUNE)) return;
  fprintf(stderr,
          "weft: tune: %s %lldx%lldx%lldx%lld, %lld channels, %lldx%lld: direct %.1f us, winograd %.1f us: %s\n",
          f->is_gradient ? "conv_dw" : "conv", (long long)f->y.dims[0], (long long)f->y.dims[1],
          (long long)f->y.dims[2], (long long)f->image.dims[3], (long long)f->y.dims[3], (long long)f->taps,
          (long long)f->taps, 1e6 * entry->direct, 1e6 * entry->winograd, is_winograd(entry) ? "winograd" : "direct");
}

int weft_form_measured(void *user, const weft_form *form) {
  weft_graph *graph = user;
  weft_device *device = graph->device;
  weft_tune_mode mode = weft_tune_asked();
  form_entry entry;
  double seconds[2];
  if (graph->form) return graph->form - 1;
  if (mode == WEFT_TUNE_OFF) return -1;
  const uint64_t about[] = {generation, (uint64_t)form->is_gradient, (uint64_t)form->is_steady, (uint64_t)form->taps};
  uint64_t key = weft_hash(weft_hash(device->fingerprint, about, sizeof about), form->image.dims, 4 * sizeof(int64_t));
  key = weft_hash(weft_hash(key, form->y.dims, 4 * sizeof(int64_t)), form->dilation, sizeof form->dilation);
  key = weft_hash(key, form->pad, sizeof form->pad);
  if (mode == WEFT_TUNE_FULL && !is_measured(key) && measure(device, form, seconds)) {
    entry = (form_entry){(float)seconds[0], (float)seconds[1]};
    weft_cache_store(cache_kind, key, &entry, sizeof entry);
    show(form, &entry);
  } else if (!weft_cache_read(cache_kind, key, &entry, sizeof entry))
    return -1;
  return is_winograd(&entry);
}
