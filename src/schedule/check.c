/* check.c -- proves a plan, independently of how it was made: replays it over byte ranges.
 *
 * For each range of memory it keeps which value lies there. A step must find its inputs whole; what it writes destroys
 * what it overlaps (a value that takes the place of a dying input included). Between barriers steps may run in any
 * order, so any overlap with a write there is a fault. */
#include "schedule/plan.h"
#include <stdio.h>

static weft_status bad(weft_error *error, const weft_value *v, int step, const char *what) {
  char text[200];
  return weft_fail(error, WEFT_INTERNAL, "plan: step %d: %s %s", step, weft_describe_tensor(v->node, text, sizeof text),
                   what);
}

static int is_inside(const weft_value *part, const weft_value *whole) {
  while (part && part != whole) part = part->whole;
  return part != NULL;
}

/* Whether a step before `at` has written every part of the value. */
static int is_whole(const weft_plan *plan, const weft_value *v, int at) {
  for (int i = 0; i < plan->n_values; i++)
    if (plan->values[i]->whole == v && !(plan->values[i]->first < at && is_whole(plan, plan->values[i], at))) return 0;
  return 1;
}

/* Whether the value is intact just before step `at`: written by its step (leaves: always there), nothing since. */
static weft_status intact(const weft_plan *plan, const weft_value *v, int at, weft_error *error) {
  int born = v->first;
  if (v->leaf != v->node && (born < 0 || born >= at || !is_whole(plan, v, at)))
    return bad(error, v, at, "is read before it is written");
  for (int s = born < 0 || v->leaf == v->node ? 0 : born + 1; s < at; s++)
    for (int o = 0; o < plan->steps[s].group->n_outputs; o++)
      if (weft_values_overlap(plan->steps[s].out[o], v) && !is_inside(plan->steps[s].out[o], v))
        return bad(error, v, at, "was overwritten before it is read");
  return WEFT_OK;
}

static weft_status no_race(const weft_plan *plan, int since, int at, weft_error *error) {
  const weft_plan_step *late = &plan->steps[at];
  for (int s = since; s < at; s++) {
    const weft_plan_step *early = &plan->steps[s];
    for (int o = 0; o < early->group->n_outputs; o++) {
      for (int i = 0; i < late->group->n_inputs; i++)
        if (weft_values_overlap(early->out[o], late->in[i]))
          return bad(error, late->in[i], at, "is read without a barrier after its write");
      for (int p = 0; p < late->group->n_outputs; p++)
        if (weft_values_overlap(early->out[o], late->out[p]))
          return bad(error, late->out[p], at, "is written without a barrier after a write");
    }
    for (int i = 0; i < early->group->n_inputs; i++)
      for (int p = 0; p < late->group->n_outputs; p++)
        if (weft_values_overlap(early->in[i], late->out[p]))
          return bad(error, late->out[p], at, "is written without a barrier after a read");
  }
  return WEFT_OK;
}

/* What is computed once and read by every run must be there after one. */
static weft_status outlives_run(const weft_plan *plan, weft_error *error) {
  weft_status status = WEFT_OK;
  for (int s = plan->n_once; s < plan->n_steps; s++)
    for (int i = 0; i < plan->steps[s].group->n_inputs && status == WEFT_OK; i++) {
      const weft_value *v = plan->steps[s].in[i];
      if (v->first >= 0 && v->first < plan->n_once) status = intact(plan, v, plan->n_steps, error);
    }
  return status;
}

weft_status weft_plan_check(const weft_plan *plan, weft_error *error) {
  weft_status status = WEFT_OK;
  for (int v = 0; v < plan->n_values && status == WEFT_OK; v++)
    if (!plan->values[v]->leaf &&
        (plan->values[v]->slab < 0 || plan->values[v]->slab >= plan->n_slabs ||
         plan->values[v]->offset + plan->values[v]->size > plan->slabs[plan->values[v]->slab]))
      status = bad(error, plan->values[v], plan->values[v]->first, "lies outside its slab");
  for (int s = 0, since = 0; s < plan->n_steps && status == WEFT_OK; s++) {
    const weft_plan_step *step = &plan->steps[s];
    if (step->barrier) since = s;
    for (int i = 0; i < step->group->n_inputs && status == WEFT_OK; i++) status = intact(plan, step->in[i], s, error);
    for (int o = 0; o < step->group->n_outputs && status == WEFT_OK; o++) {
      for (int i = 0; i < step->group->n_inputs && status == WEFT_OK; i++)
        if (weft_values_overlap(step->out[o], step->in[i]) &&
            !weft_group_reads_in_place(step->group, step->in[i]->node, step->out[o]->node))
          status = bad(error, step->in[i], s, "is overwritten by the step that reads it");
      for (int p = 0; p < o && status == WEFT_OK; p++)
        if (weft_values_overlap(step->out[o], step->out[p]))
          status = bad(error, step->out[o], s, "shares memory with another output");
    }
    if (status == WEFT_OK) status = no_race(plan, since, s, error);
  }
  return status == WEFT_OK ? outlives_run(plan, error) : status;
}

void weft_plan_print(const weft_plan *plan) {
  for (int s = 0; s < plan->n_steps; s++) {
    const weft_plan_step *step = &plan->steps[s];
    fprintf(stderr, "weft: step %d %s%s%s\n", s, weft_group_kind_name(step->group->kind),
            s < plan->n_once ? " once" : "", step->barrier ? " after a barrier" : "");
    for (int i = 0; i < step->group->n_inputs + step->group->n_outputs; i++) {
      int is_in = i < step->group->n_inputs;
      const weft_value *v = is_in ? step->in[i] : step->out[i - step->group->n_inputs];
      char text[200];
      fprintf(stderr, "weft:   %s %s ", is_in ? "reads " : "writes", weft_describe_tensor(v->node, text, sizeof text));
      if (v->leaf)
        fprintf(stderr, "in %s\n", v->leaf->name[0] ? v->leaf->name : "a constant");
      else
        fprintf(stderr, "at slab %d byte %llu, %llu bytes, steps %d to %d\n", v->slab, (unsigned long long)v->offset,
                (unsigned long long)v->size, v->first, v->last);
    }
  }
}
