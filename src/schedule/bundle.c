/* bundle.c -- small maps that do not wait for each other become one step. Fusion joins what reads the same; what is
 * left are the updates of many small params (gains and biases, whose gradients are sums that another kernel finished),
 * each a launch that takes longer than its work.
 *
 * Steps are gone through in order. A small map is put off to where the next ones stand, as long as no step in between
 * waits for it: reads what it writes, or writes what it touches. Nobody in the step reads a new parameter, so its
 * update waits until a map whose reader is next takes all along, until the bindings of a kernel are full, or to the
 * end. And what is put off keeps alive what it reads, so it is put off no further than where that fits under the peak.
 * A map that none joins stays where it is.
 *
 * The order of maps in a bundle is that of the steps, so the same maps make the same text. */
#include "schedule/plan.h"
#include <string.h>

/* Elements of a map up to which its launch outweighs what it moves on any device: a larger one fills the device by
 * itself. And the most buffers that a kernel may have. */
enum { SMALL = 1 << 17, MOST_BINDINGS = 32 };

/* Steps that become one where the last of them stands. */
typedef struct bundle {
  int steps[MOST_BINDINGS], n;
  weft_value *in[MOST_BINDINGS], *out[MOST_BINDINGS];
  int n_in, n_out;
} bundle;

typedef struct bundling {
  weft_arena *arena;
  const weft_plan *plan;
  int max_bindings;
  uint64_t *live, peak; /* bytes: in each step's wave, and at most */
  bundle **ends;        /* by step: the bundle whose last step it is, or NULL */
  char *is_put_off;     /* by step */
  bundle open;          /* may grow */
  int failed;
} bundling;

static int is_small(const weft_group *group) {
  return group->kind == WEFT_GROUP_MAP && weft_shape_size(group->space) <= SMALL;
}

/* ---- memory ---- */

static void find_live(bundling *b) {
  const weft_plan *plan = b->plan;
  for (int i = 0; i < plan->n_values; i++) {
    const weft_value *v = plan->values[i];
    if (v->leaf || v->whole || v->first < 0) continue;
    int s = v->first;
    while (s > 0 && plan->steps[s - 1].wave == plan->steps[v->first].wave) s--;
    for (; s < plan->n_steps && (s <= v->last || plan->steps[s].wave == plan->steps[v->last].wave); s++)
      b->live[s] += v->size;
  }
  for (int s = 0; s < plan->n_steps; s++)
    if (b->live[s] > b->peak) b->peak = b->live[s];
}

/* Bytes that would be free in the step's wave, but are not as long as what reads them is put off. */
static uint64_t kept_at(const bundling *b, int at) {
  const weft_plan_step *steps = b->plan->steps;
  uint64_t bytes = 0;
  for (int i = 0; i < b->open.n_in; i++) {
    const weft_value *v = weft_value_outermost(b->open.in[i], NULL);
    int is_kept = !v->leaf && v->last < at && steps[v->last].wave < steps[at].wave;
    for (int k = 0; k < i && is_kept; k++) is_kept = weft_value_outermost(b->open.in[k], NULL) != v;
    if (is_kept) bytes += v->size;
  }
  return bytes;
}

/* ---- what a bundle reads and writes ---- */

/* Whether the node is there: as this value, or as another one, which a kernel could not tell from it. */
static int has(weft_value *const *values, int n, const weft_value *v, int *out_other) {
  for (int i = 0; i < n; i++) {
    if (values[i] == v) return 1;
    if (values[i]->node == v->node) *out_other = 1;
  }
  return 0;
}

/* The input in whose memory the output lies; -1: there is none. */
static int input_under(const bundle *b, const weft_value *out) {
  for (int i = 0; i < b->n_in && out->leaf; i++)
    if (b->in[i]->leaf == out->leaf) return i;
  return -1;
}

static int bindings_of(const bundle *b) {
  int n = b->n_in;
  for (int o = 0; o < b->n_out; o++) n += input_under(b, b->out[o]) < 0;
  return n;
}

/* Takes the step into the bundle; 0: there is no room. */
static int take(const bundling *b, bundle *into, int at) {
  const weft_plan_step *step = &b->plan->steps[at];
  bundle with = *into;
  int other = 0;
  for (int i = 0; i < step->group->n_inputs; i++) {
    has(with.out, with.n_out, step->in[i], &other);
    if (has(with.in, with.n_in, step->in[i], &other)) continue;
    if (with.n_in == MOST_BINDINGS) return 0;
    with.in[with.n_in++] = step->in[i];
  }
  for (int o = 0; o < step->group->n_outputs; o++) {
    has(with.in, with.n_in, step->out[o], &other);
    has(with.out, with.n_out, step->out[o], &other);
    if (with.n_out == MOST_BINDINGS) return 0;
    with.out[with.n_out++] = step->out[o];
  }
  if (other || with.n == MOST_BINDINGS || bindings_of(&with) > b->max_bindings) return 0;
  with.steps[with.n++] = at;
  *into = with;
  return 1;
}

/* ---- which ---- */

/* The bundle grows no more. */
static void close_bundle(bundling *b) {
  bundle *open = &b->open;
  if (open->n > 1) {
    int last = open->steps[open->n - 1];
    if (!(b->ends[last] = weft_arena_copy(b->arena, open, sizeof *open))) b->failed = 1;
    for (int i = 0; i < open->n - 1; i++) b->is_put_off[open->steps[i]] = 1;
  }
  *open = (bundle){.n = 0};
}

/* Whether the step waits for one that is put off. */
static int waits(const bundling *b, int at) {
  for (int i = 0; i < b->open.n; i++)
    if (weft_steps_conflict(&b->plan->steps[b->open.steps[i]], &b->plan->steps[at], weft_values_are_one)) return 1;
  return 0;
}

static int end_of_wave(const bundling *b, int first, int end) {
  int s = first;
  while (s < end && b->plan->steps[s].wave == b->plan->steps[first].wave) s++;
  return s;
}

static void find_bundles(bundling *b, int first, int end) {
  for (int next; first < end; first = next) {
    next = end_of_wave(b, first, end);
    int stays = b->live[first] + kept_at(b, first) > b->peak;
    for (int s = first; s < next; s++) stays |= waits(b, s);
    if (stays) close_bundle(b);
    for (int s = first; s < next; s++) {
      if (!is_small(b->plan->steps[s].group) || take(b, &b->open, s)) continue;
      close_bundle(b);
      take(b, &b->open, s);
    }
  }
  close_bundle(b);
}

/* ---- the new steps ---- */

static weft_tensor **nodes_of(weft_arena *arena, weft_value *const *values, int n) {
  weft_tensor **nodes = WEFT_NEW(arena, weft_tensor *, n + 1);
  for (int i = 0; nodes && i < n; i++) nodes[i] = values[i]->node;
  return nodes;
}

static int make_step(bundling *b, bundle *from, weft_plan_step *out) {
  weft_group *g = WEFT_NEW(b->arena, weft_group, 1), **parts = WEFT_NEW(b->arena, weft_group *, from->n);
  int *places = WEFT_NEW(b->arena, int, from->n_out), next = from->n_in;
  if (!g || !parts || !places) return 0;
  for (int i = 0; i < from->n; i++) parts[i] = b->plan->steps[from->steps[i]].group;
  for (int o = 0; o < from->n_out; o++) {
    int under = input_under(from, from->out[o]);
    places[o] = under < 0 ? next++ : under;
  }
  *g = (weft_group){.kind = WEFT_GROUP_BUNDLE,
                    .n_inputs = from->n_in,
                    .inputs = nodes_of(b->arena, from->in, from->n_in),
                    .n_outputs = from->n_out,
                    .outputs = nodes_of(b->arena, from->out, from->n_out),
                    .parts = parts,
                    .n_parts = from->n,
                    .places = places};
  out->group = g;
  out->in = from->in;
  out->out = from->out;
  return g->inputs && g->outputs;
}

/* Steps first .. end - 1, behind the first `count` of the new ones; how many there are then. */
static int put_steps(bundling *b, weft_plan_step *to, int count, int first, int end) {
  for (int s = first; s < end; s++) {
    if (b->is_put_off[s]) continue;
    to[count] = b->plan->steps[s];
    if (b->ends[s] && !make_step(b, b->ends[s], &to[count])) b->failed = 1;
    count++;
  }
  return count;
}

/* Some waves have no step any more: the others are counted from 0, so that none is behind the program's end. */
static void count_waves(weft_plan_step *steps, int n) {
  int wave = 0;
  for (int s = 0, before = 0; s < n; s++) {
    wave += s > 0 && steps[s].wave != before;
    before = steps[s].wave;
    steps[s].wave = wave;
  }
}

weft_status weft_plan_bundle(weft_arena *arena, const weft_module *module, weft_plan *plan, int max_bindings,
                             weft_error *error) {
  bundling b = {.arena = arena, .plan = plan, .max_bindings = max_bindings};
  int n = plan->n_steps;
  weft_plan_step *steps = WEFT_NEW(arena, weft_plan_step, n + 1);
  b.live = WEFT_NEW(arena, uint64_t, n + 1);
  b.ends = WEFT_NEW(arena, bundle *, n + 1);
  b.is_put_off = WEFT_NEW(arena, char, n + 1);
  if (b.max_bindings > MOST_BINDINGS) b.max_bindings = MOST_BINDINGS;
  if (!steps || !b.live || !b.ends || !b.is_put_off)
    return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory for the plan");
  find_live(&b);
  find_bundles(&b, 0, plan->n_once);
  find_bundles(&b, plan->n_once, n);
  int n_once = put_steps(&b, steps, 0, 0, plan->n_once), n_all = put_steps(&b, steps, n_once, plan->n_once, n);
  if (b.failed) return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory for the plan");
  count_waves(steps, n_all);
  plan->steps = steps;
  plan->n_steps = n_all;
  plan->n_once = n_once;
  weft_plan_lives(module, plan);
  return WEFT_OK;
}
