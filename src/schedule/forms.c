/* forms.c -- which form of a computation is the fastest on a device, where that is to be known before there are
 * kernels: found by measurement and kept in the database of tune.c. The passes ask (weft_pass_target.measured) and
 * estimate what is not known.
 *
 * Each candidate is a program of the computation alone (form_kinds.c), all of one graph, which is told which to take;
 * kernels in it are tuned like any others, and what else there is to choose in it is measured before. WEFT_TUNE=full
 * measures, once in a process for each question; otherwise the database is read. */
#include "schedule/forms.h"
#include "base/clock.h"
#include "base/debug.h"
#include "base/hash.h"
#include "schedule/program.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS = 5, MOST_RUNS = 200, MOST_KNOWN = 1024 };
static const double time_of_a_turn = 0.004;
/* The first candidate stays unless another is faster by more than clocks jitter. */
static const double clearly = 0.97;
static const char cache_kind[] = "form";
/* Raised when kernels change so much that what was measured says little of them. */
static const uint64_t generation = 3;

/* What the database keeps. */
typedef struct form_entry {
  int32_t n, candidates[WEFT_MOST_FORMS];
  float seconds[WEFT_MOST_FORMS]; /* infinite: it does not run */
} form_entry;

/* ---- measuring ---- */

static int run(weft_program *program, int count) {
  weft_device *device = program->graph->device;
  int good = 1;
  for (int n = 0; n < count && good; n++) good = weft_program_run(program) == WEFT_OK;
  return good && device->backend->sync(device) == WEFT_OK;
}

/* The candidates in turn, so that a busy moment meets all of them. */
static void measure_in_turn(weft_graph *g, weft_program **programs, form_entry *entry) {
  int runs[WEFT_MOST_FORMS];
  for (int i = 0; i < entry->n; i++) runs[i] = 1;
  for (int round = -2; round < ROUNDS; round++) /* the first two find out how many runs a turn has */
    for (int i = 0; i < entry->n; i++) {
      if (!programs[i]) continue;
      double begin = weft_clock();
      if (!run(programs[i], runs[i])) {
        weft_program_free(programs[i]);
        programs[i] = NULL;
        entry->seconds[i] = HUGE_VALF;
        g->error = (weft_error){0};
        continue;
      }
      double seconds = (weft_clock() - begin) / runs[i];
      if (round >= 0) entry->seconds[i] = fminf(entry->seconds[i], (float)seconds);
      if (round < 0) runs[i] = (int)fmin(fmax(time_of_a_turn / fmax(seconds, 1e-7), 1), MOST_RUNS);
    }
}

/* Seconds of a run of each candidate. A failure of one is its own: the graph forgets it. */
static form_entry measure(weft_device *device, const weft_form *form) {
  weft_graph *g = weft_graph_create(device, NULL);
  weft_program *programs[WEFT_MOST_FORMS] = {NULL};
  weft_tensor *results[WEFT_FORM_RESULTS] = {NULL};
  form_entry entry = {.n = form->n};
  int n_results = g ? weft_form_rows[form->kind].build(g, form, results) : 0;
  for (int i = 0; i < form->n; i++) {
    entry.candidates[i] = form->candidates[i];
    entry.seconds[i] = HUGE_VALF;
    if (!n_results) continue;
    g->forms[form->kind] = 1 + form->candidates[i];
    programs[i] = weft_program_new(g, results, (size_t)n_results);
    g->error = (weft_error){0};
  }
  if (n_results) measure_in_turn(g, programs, &entry);
  for (int i = 0; i < form->n; i++)
    if (programs[i]) weft_program_free(programs[i]);
  if (g) weft_graph_release_storage(g);
  weft_graph_destroy(g);
  return entry;
}

/* Which of the candidates; -1: none runs. */
static int fastest(const form_entry *entry) {
  int best = 0;
  for (int i = 1; i < entry->n; i++)
    if (entry->seconds[i] < entry->seconds[best]) best = i;
  if (best && entry->seconds[best] >= clearly * entry->seconds[0]) best = 0;
  return isinf(entry->seconds[best]) ? -1 : best;
}

/* ---- the database ---- */

/* What this process has measured: the candidate; -1: none ran. */
typedef struct answer {
  uint64_t key;
  int candidate;
} answer;
static answer answers[MOST_KNOWN];
static int n_answers;

static const answer *find_answer(uint64_t key) {
  for (int i = 0; i < n_answers; i++)
    if (answers[i].key == key) return &answers[i];
  return NULL;
}

static int keep_answer(uint64_t key, int candidate) {
  if (n_answers < MOST_KNOWN) answers[n_answers++] = (answer){key, candidate};
  return candidate;
}

static const char *name_of(const weft_form *form, int candidate, char text[WEFT_FORM_TEXT]) {
  const weft_form_row *row = &weft_form_rows[form->kind];
  if (row->names) return row->names[candidate];
  snprintf(text, WEFT_FORM_TEXT, "%d %s", candidate, row->number);
  return text;
}

static void show(const weft_form *form, const form_entry *entry, int best) {
  char text[WEFT_FORM_TEXT];
  if (!weft_debug(WEFT_DEBUG_TUNE)) return;
  weft_form_rows[form->kind].describe(form, text);
  fprintf(stderr, "weft: tune: %s:", text);
  for (int i = 0; i < entry->n; i++) {
    fprintf(stderr, "%s %s ", i ? "," : "", name_of(form, entry->candidates[i], text));
    if (isinf(entry->seconds[i]))
      fprintf(stderr, "does not run");
    else
      fprintf(stderr, "%.1f us", 1e6 * entry->seconds[i]);
  }
  fprintf(stderr, ": %s\n", best < 0 ? "not known" : name_of(form, entry->candidates[best], text));
}

/* All that decides the answer. The candidates are part of it, the first by its place. */
static uint64_t key_of(const weft_device *device, const weft_form *form) {
  const uint64_t about[] = {generation, (uint64_t)form->kind, (uint64_t)form->n};
  uint64_t key = weft_hash(weft_hash(device->fingerprint, about, sizeof about), form->candidates,
                           (size_t)form->n * sizeof form->candidates[0]);
  return weft_form_rows[form->kind].hash(form, key);
}

static int is_answer_to(const form_entry *entry, const weft_form *form) {
  return entry->n == form->n && !memcmp(entry->candidates, form->candidates, (size_t)form->n * sizeof(int));
}

int weft_form_measured(void *user, const weft_form *form) {
  weft_graph *graph = user;
  weft_device *device = graph->device;
  weft_tune_mode mode = weft_tune_asked();
  form_entry entry;
  if (graph->forms[form->kind]) return graph->forms[form->kind] - 1;
  if (mode == WEFT_TUNE_OFF) return -1;
  uint64_t key = key_of(device, form);
  const answer *known = mode == WEFT_TUNE_FULL ? find_answer(key) : NULL;
  if (known) return known->candidate;
  if (mode == WEFT_TUNE_FULL && n_answers < MOST_KNOWN) {
    entry = measure(device, form);
    int best = fastest(&entry);
    show(form, &entry, best);
    if (best >= 0) weft_cache_store(cache_kind, key, &entry, sizeof entry);
    return keep_answer(key, best >= 0 ? entry.candidates[best] : -1);
  }
  if (!weft_cache_read(cache_kind, key, &entry, sizeof entry) || !is_answer_to(&entry, form)) return -1;
  int best = fastest(&entry);
  return best >= 0 ? entry.candidates[best] : -1;
}
