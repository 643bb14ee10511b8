/* hazards.c -- barriers only where bytes truly overlap: a step needs one when it reads what a step since the last
 * barrier wrote, or writes what such a step read or wrote. */
#include "schedule/plan.h"

int weft_values_are_one(const weft_value *a, const weft_value *b) {
  uint64_t a_at, b_at;
  if (a->leaf || b->leaf) return a->leaf == b->leaf;
  return weft_value_outermost(a, &a_at) == weft_value_outermost(b, &b_at) && a_at < b_at + b->size &&
         b_at < a_at + a->size;
}

int weft_steps_conflict(const weft_plan_step *early, const weft_plan_step *late,
                        int (*overlap)(const weft_value *a, const weft_value *b)) {
  for (int o = 0; o < early->group->n_outputs; o++) {
    for (int i = 0; i < late->group->n_inputs; i++)
      if (overlap(early->out[o], late->in[i])) return 1;
    for (int p = 0; p < late->group->n_outputs; p++)
      if (overlap(early->out[o], late->out[p])) return 1;
  }
  for (int i = 0; i < early->group->n_inputs; i++)
    for (int p = 0; p < late->group->n_outputs; p++)
      if (overlap(early->in[i], late->out[p])) return 1;
  return 0;
}

void weft_plan_hazards(weft_plan *plan) {
  int since = 0; /* the first step that no barrier has closed yet */
  for (int s = 0; s < plan->n_steps; s++) {
    plan->steps[s].barrier = 0;
    for (int e = since; e < s && !plan->steps[s].barrier; e++)
      plan->steps[s].barrier = weft_steps_conflict(&plan->steps[e], &plan->steps[s], weft_values_overlap);
    if (plan->steps[s].barrier) since = s;
  }
}
