/* lives.c -- from which step to which a value is needed, and shorter lives where memory is scarcest.
 *
 * What a program takes is what lives at its peak, and much of that is not in use there: a training step keeps what the
 * forward pass made until the backward pass reads it. Two changes free it in between:
 *
 *   later   what nothing reads before the peak is computed after it;
 *   again   an elementwise function of what is kept anyway (the relu of a normalised convolution, a copy with a
 * border), or the transform of an image, is computed a second time before its next reader (Chen et al., Training deep
 * nets with sublinear memory cost, 2016).
 *
 * The obvious way, marking cheap ops in the graph, spends time where no memory is won: which lives matter is known only
 * once the steps have an order. So changes are made one by one, each the cheapest of those that lower the peak, until
 * none does. A kernel that runs again reads the same bytes and writes the same bits, so results do not change. */
#include "schedule/plan.h"
#include <string.h>

/* Values of less than this share of the peak, or than a MiB, are not worth a step; so candidates are few. */
enum { LEAST_SHARE = 256, LEAST_BYTES = 1 << 20, MOST_CHANGES = 256, MOST_INPUTS = 32 };
/* Bytes moved for a byte off the peak. As in grouping, an op on an element counts half a byte, a launch 64 KiB. */
static const double most_cost = 8, op_bytes = 0.5, launch_bytes = 65536;

/* The value is not kept after step `from`, but computed before step `at`, which reads it next. */
typedef struct change {
  weft_value *value;
  int again;    /* 0: by the step that computes it now, moved */
  int from, at; /* from: the last that reads it before the peak; before its first step, when there is none */
  weft_value *in[MOST_INPUTS]; /* what it is computed from, as it is before `at`; NULL: the value does not need it */
  double cost;
} change;

typedef struct shortening {
  weft_arena *arena;
  weft_plan *plan;
  int64_t *grows; /* by step: bytes that begin to live, less those that are needed no more */
  int *seen;      /* by node id: stamp of the walk that came by */
  int stamp;
} shortening;

/* ---- lives ---- */

/* What is computed once is there for all runs. */
static void outlive_run(weft_plan *plan) {
  for (int s = plan->n_once; s < plan->n_steps; s++)
    for (int i = 0; i < plan->steps[s].group->n_inputs; i++) {
      weft_value *v = plan->steps[s].in[i];
      if (v->first >= 0 && v->first < plan->n_once) v->last = plan->n_steps;
    }
}

/* A whole is there as long as any of its parts. */
static void outlive_parts(weft_plan *plan) {
  for (int i = 0; i < plan->n_values; i++)
    for (weft_value *v = plan->values[i]; v->whole; v = v->whole) {
      if (v->whole->last < v->last) v->whole->last = v->last;
      if (v->first >= 0 && (v->whole->first < 0 || v->whole->first > v->first)) v->whole->first = v->first;
    }
}

void weft_plan_lives(const weft_module *module, weft_plan *plan) {
  for (int i = 0; i < plan->n_values; i++) plan->values[i]->first = plan->values[i]->last = -1;
  for (int s = 0; s < plan->n_steps; s++) {
    const weft_plan_step *step = &plan->steps[s];
    for (int i = 0; i < step->group->n_inputs; i++) step->in[i]->last = s;
    for (int o = 0; o < step->group->n_outputs; o++) step->out[o]->first = step->out[o]->last = s;
  }
  for (size_t i = 0; i < module->n_results; i++) plan->results[i]->last = plan->n_steps;
  outlive_run(plan);
  outlive_parts(plan);
}

/* The value as it is before the step: of those computed again the newest. */
static weft_value *newest(weft_value *v, int at) {
  while (v->again && v->again->first < at) v = v->again;
  return v;
}

const weft_value *weft_value_outermost(const weft_value *v, uint64_t *out_at) {
  uint64_t at = 0;
  for (; v->whole; v = v->whole) at += v->shift;
  if (out_at) *out_at = at;
  return v;
}

static int keeps(const change *c, const weft_value *v) {
  for (int i = 0; i < MOST_INPUTS; i++)
    if (c->in[i] && weft_value_outermost(c->in[i], NULL) == v) return 1;
  return 0;
}

static void add_life(shortening *s, const weft_value *v, int first, int last) {
  if (first > last) return;
  s->grows[first] += (int64_t)v->size;
  s->grows[last + 1] -= (int64_t)v->size;
}

/* Bytes that live at most, and at which step; with a change (NULL: none), whose step counts as one more. */
static int64_t peak_of(shortening *s, const change *c, int *out_at) {
  const weft_plan *plan = s->plan;
  int n = plan->n_steps, moved = c ? c->at : n + 1; /* steps from there on come one later */
  memset(s->grows, 0, sizeof *s->grows * (size_t)(n + 3));
  for (int i = 0; i < plan->n_values; i++) {
    const weft_value *v = plan->values[i];
    if (v->leaf || v->whole || v->first < 0) continue;
    int first = v->first, last = v->last < n ? v->last : n - 1;
    if (c && v == c->value) {
      add_life(s, v, first, c->from);
      first = moved;
    } else {
      first += first >= moved;
    }
    last = last >= moved ? last + 1 : c && keeps(c, v) ? moved : last;
    add_life(s, v, first, last);
  }
  int64_t live = 0, peak = 0;
  for (int at = 0; at <= n; at++) {
    live += s->grows[at];
    if (live <= peak) continue;
    peak = live;
    if (out_at) *out_at = at;
  }
  return peak;
}

/* ---- changes ---- */

int weft_step_reads(const weft_plan_step *step, const weft_value *v) {
  for (int i = 0; i < step->group->n_inputs; i++)
    if (step->in[i] == v) return 1;
  return 0;
}

static int writes(const weft_plan_step *step, const weft_value *v) {
  for (int o = 0; o < step->group->n_outputs; o++)
    if (step->out[o] == v) return 1;
  return 0;
}

/* Whether a step from .. at - 1 writes into the memory of a leaf. */
static int is_overwritten(const weft_plan *plan, const weft_tensor *leaf, int from, int at) {
  for (int s = from; s < at; s++)
    for (int o = 0; o < plan->steps[s].group->n_outputs; o++)
      if (plan->steps[s].out[o]->leaf == leaf) return 1;
  return 0;
}

/* Marks which inputs of the group a node is computed from; the number of its ops. */
static int mark_cone(shortening *s, const weft_group *group, const weft_tensor *node) {
  if (s->seen[node->id] == s->stamp) return 0;
  s->seen[node->id] = s->stamp;
  for (int i = 0; i < group->n_inputs; i++)
    if (group->inputs[i] == node) return 0;
  int n = weft_ops[node->op].kind == W_SCALAR;
  for (int i = 0; i < node->n_in; i++) n += mark_cone(s, group, node->in[i]);
  return n;
}

/* Fills in what the value is computed from, and what that costs; 0: it is not to be had at that step any more. */
static int find_inputs(shortening *s, const weft_plan_step *step, change *c) {
  const weft_group *group = step->group;
  if (group->n_inputs > MOST_INPUTS) return 0;
  s->stamp++;
  double bytes = (double)c->value->size, ops = mark_cone(s, group, c->value->node);
  for (int i = 0; i < group->n_inputs; i++) {
    if (s->seen[group->inputs[i]->id] != s->stamp) continue;
    c->in[i] = newest(step->in[i], c->at);
    bytes += (double)c->in[i]->size;
    if (c->in[i]->leaf && is_overwritten(s->plan, c->in[i]->leaf, c->value->first, c->at)) return 0;
  }
  c->cost = c->again ? bytes + launch_bytes + op_bytes * ops * (double)weft_shape_size(c->value->node->shape) : 0;
  return 1;
}

/* Kernels that cost about what they move. */
static int is_cheap(const weft_group *group) {
  return group->kind == WEFT_GROUP_MAP || (group->n_cores == 1 && group->cores[0]->op == WEFT_OP_WINOGRAD_PIXELS);
}

/* How the value could be spared at the peak, where it is not in use; 0: it cannot. */
static int find_change(shortening *s, weft_value *v, int peak, change *out) {
  const weft_plan *plan = s->plan;
  if (v->leaf || v->whole || v->first < plan->n_once || v->first >= peak || v->last <= peak || v->last == plan->n_steps)
    return 0;
  const weft_plan_step *step = &plan->steps[v->first];
  if (!writes(step, v) || weft_step_reads(&plan->steps[peak], v)) return 0; /* a whole is written by its parts */
  *out = (change){.value = v, .again = 1, .from = v->first, .at = peak + 1};
  for (int r = v->first + 1; r < peak; r++)
    if (weft_step_reads(&plan->steps[r], v)) out->from = r;
  while (!weft_step_reads(&plan->steps[out->at], v)) out->at++;
  if (out->from == v->first && step->group->n_outputs == 1) {
    out->again = 0;
    out->from--;
  }
  return (!out->again || is_cheap(step->group)) && find_inputs(s, step, out);
}

/* A group that computes but the one node. */
static weft_group *group_of_one(shortening *s, const weft_group *all, const change *c) {
  weft_group *g = WEFT_NEW(s->arena, weft_group, 1);
  weft_tensor **nodes = WEFT_NEW(s->arena, weft_tensor *, all->n_inputs + 1);
  if (!g || !nodes) return NULL;
  *g = (weft_group){.kind = all->kind,
                    .n_outputs = 1,
                    .outputs = nodes,
                    .inputs = nodes + 1,
                    .space = all->space,
                    .gates = all->gates,
                    .cores = all->cores,
                    .n_cores = all->n_cores};
  nodes[0] = c->value->node;
  for (int i = 0; i < all->n_inputs; i++)
    if (c->in[i]) g->inputs[g->n_inputs++] = all->inputs[i];
  return g;
}

/* The step that computes the value again, into a value of its own that later steps read. */
static int make_step(shortening *s, const change *c, weft_plan_step *out) {
  weft_plan *plan = s->plan;
  const weft_group *all = plan->steps[c->value->first].group;
  weft_value *v = WEFT_NEW(s->arena, weft_value, 1);
  *out = (weft_plan_step){.group = group_of_one(s, all, c),
                          .in = WEFT_NEW(s->arena, weft_value *, all->n_inputs + 1),
                          .out = WEFT_NEW(s->arena, weft_value *, 1)};
  if (!v || !out->group || !out->in || !out->out) return 0;
  for (int i = 0, n = 0; i < all->n_inputs; i++)
    if (c->in[i]) out->in[n++] = c->in[i];
  out->out[0] = v;
  *v = *c->value;
  c->value->again = v;
  plan->values[plan->n_values++] = v;
  for (int r = c->at; r < plan->n_steps; r++)
    for (int i = 0; i < plan->steps[r].group->n_inputs; i++)
      if (plan->steps[r].in[i] == c->value) plan->steps[r].in[i] = v;
  return 1;
}

static int apply(shortening *s, const change *c) {
  weft_plan *plan = s->plan;
  weft_plan_step step = plan->steps[c->value->first];
  int hole = c->again ? plan->n_steps : c->value->first, at = c->at;
  if (c->again) {
    if (!make_step(s, c, &step)) return 0;
    memmove(&plan->steps[at + 1], &plan->steps[at], sizeof step * (size_t)(hole - at));
    plan->n_steps++;
  } else {
    for (int i = 0; i < step.group->n_inputs; i++) step.in[i] = c->in[i];
    at--;
    memmove(&plan->steps[hole], &plan->steps[hole + 1], sizeof step * (size_t)(at - hole));
  }
  plan->steps[at] = step;
  return 1;
}

/* The cheapest change for what it takes off the peak; cost < 0: there is none that is worth it. */
static change best_change(shortening *s, int64_t peak, int at) {
  change best = {.cost = -1}, c;
  double best_gain = 1;
  for (int i = 0; i < s->plan->n_values; i++) {
    weft_value *v = s->plan->values[i];
    if (v->size < LEAST_BYTES || v->size < (uint64_t)peak / LEAST_SHARE || !find_change(s, v, at, &c)) continue;
    double gain = (double)(peak - peak_of(s, &c, NULL));
    if (gain <= 0 || c.cost > most_cost * gain) continue;
    if (best.cost >= 0 && c.cost * best_gain >= best.cost * gain) continue;
    best = c;
    best_gain = gain;
  }
  return best;
}

static uint32_t count_ids(const weft_plan *plan) {
  uint32_t n = 0;
  for (int i = 0; i < plan->n_values; i++)
    if (plan->values[i]->node->id >= n) n = plan->values[i]->node->id + 1;
  return n;
}

/* Steps and values may become more. */
static int make_room(shortening *s) {
  weft_plan *plan = s->plan;
  weft_plan_step *steps = WEFT_NEW(s->arena, weft_plan_step, plan->n_steps + MOST_CHANGES);
  weft_value **values = WEFT_NEW(s->arena, weft_value *, plan->n_values + MOST_CHANGES);
  s->grows = WEFT_NEW(s->arena, int64_t, plan->n_steps + MOST_CHANGES + 3);
  s->seen = WEFT_NEW(s->arena, int, count_ids(plan));
  if (!steps || !values || !s->grows || !s->seen) return 0;
  if (plan->n_steps) memcpy(steps, plan->steps, sizeof *steps * (size_t)plan->n_steps);
  if (plan->n_values) memcpy(values, plan->values, sizeof *values * (size_t)plan->n_values);
  plan->steps = steps;
  plan->values = values;
  return 1;
}

weft_status weft_plan_shorten(weft_arena *arena, const weft_module *module, weft_plan *plan, weft_error *error) {
  shortening s = {.arena = arena, .plan = plan};
  int in_memory = make_room(&s);
  for (int n = 0; n < MOST_CHANGES && in_memory; n++) {
    int at = 0;
    int64_t peak = peak_of(&s, NULL, &at);
    change c = best_change(&s, peak, at);
    if (c.cost < 0) break;
    in_memory = apply(&s, &c);
    weft_plan_lives(module, plan);
  }
  return in_memory ? WEFT_OK : weft_fail(error, WEFT_NO_MEMORY, "compile: no memory for the plan");
}
