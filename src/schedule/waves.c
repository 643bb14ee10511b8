/* waves.c -- steps that run side by side. Between two barriers a device may run all steps at once, which fills it where
 * each of them is small: a gradient by weights beside the gradient that goes on to the layer before, the update of the
 * one and the sums of another. So of the next few steps in order those that wait for none of the others are put
 * together, a wave, and only then comes a barrier. Steps move no further than that: an order that spares memory stays
 * much as it is. */
#include "schedule/plan.h"
#include <string.h>

/* A step of a wave is one of so many that are next. */
enum { WINDOW = 16 };

typedef struct window {
  const weft_plan_step *steps[WINDOW]; /* not yet in a wave, in order */
  int n, taken[WINDOW];
} window;

/* Whether the step waits for one before it in the window, or for one of its own wave. */
static int waits(const window *w, int at) {
  for (int i = 0; i < at; i++)
    if (weft_steps_conflict(w->steps[i], w->steps[at], weft_values_are_one)) return 1;
  return 0;
}

/* Steps first .. end - 1 in waves; the wave after the last one. */
static int put_in_waves(const weft_plan_step *from, weft_plan_step *to, int first, int end, int wave) {
  window w = {.n = 0};
  int next = first, at = first;
  while (at < end) {
    while (w.n < WINDOW && next < end) w.steps[w.n++] = &from[next++];
    for (int i = 0; i < w.n; i++) w.taken[i] = !waits(&w, i);
    int left = 0;
    for (int i = 0; i < w.n; i++) {
      if (w.taken[i]) {
        to[at] = *w.steps[i];
        to[at++].wave = wave;
      } else {
        w.steps[left++] = w.steps[i];
      }
    }
    w.n = left;
    wave++;
  }
  return wave;
}

weft_status weft_plan_waves(weft_arena *arena, const weft_module *module, weft_plan *plan, int side_by_side,
                            weft_error *error) {
  for (int s = 0; s < plan->n_steps; s++) plan->steps[s].wave = s;
  if (!side_by_side) return WEFT_OK;
  weft_plan_step *steps = WEFT_NEW(arena, weft_plan_step, plan->n_steps + 1);
  if (!steps) return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory for the plan");
  int wave = put_in_waves(plan->steps, steps, 0, plan->n_once, 0);
  put_in_waves(plan->steps, steps, plan->n_once, plan->n_steps, wave);
  plan->steps = steps;
  weft_plan_lives(module, plan);
  return WEFT_OK;
}
