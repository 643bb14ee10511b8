#include "planned.h"
#include <criterion/criterion.h>

void begin(planned *p) {
  *p = (planned){.device = weft_device_open("null"), .device_class = WEFT_CLASS_CPU};
  p->graph = weft_graph_new(p->device);
}

void end(planned *p) {
  weft_arena_free(&p->arena);
  weft_graph_free(p->graph);
  weft_device_close(p->device);
}

void plan(planned *p, weft_tensor *const *tensors, size_t n) {
  const weft_pass_target target = {
      .device_class = p->device_class, .vector_width = 8, .compute_units = 2, .local_memory = 32768, .max_group = 256};
  const weft_group_limits most = {16};
  const weft_plan_limits limits = {256, UINT64_C(1) << 32};
  cr_assert_eq(weft_graph_status(p->graph), WEFT_OK, "%s", weft_graph_message(p->graph));
  cr_assert_eq(weft_take_effects(&p->arena, tensors, n, &p->module, &p->error), WEFT_OK, "%s", p->error.message);
  cr_assert_eq(weft_run_passes(&p->arena, &p->module, &target, &p->error), WEFT_OK, "%s", p->error.message);
  size_t n_roots = p->module.n_results + p->module.n_assignments;
  weft_tensor **roots = WEFT_NEW(&p->arena, weft_tensor *, n_roots);
  for (size_t i = 0; i < n_roots; i++)
    roots[i] = i < p->module.n_results ? p->module.results[i] : p->module.assignments[i - p->module.n_results].value;
  cr_assert_eq(weft_group_graph(&p->arena, roots, n_roots, &most, &p->groups, &p->n_groups, &p->error), WEFT_OK);
  cr_assert_eq(weft_plan_order(&p->arena, &p->module, p->groups, p->n_groups, &limits, &p->plan, &p->error), WEFT_OK,
               "%s", p->error.message);
  if (!p->keeps) cr_assert_eq(weft_plan_shorten(&p->arena, &p->module, &p->plan, &p->error), WEFT_OK);
  cr_assert_eq(weft_plan_waves(&p->arena, &p->module, &p->plan, p->waves, &p->error), WEFT_OK);
  if (p->bundles) cr_assert_eq(weft_plan_bundle(&p->arena, &p->module, &p->plan, p->bundles, &p->error), WEFT_OK);
  cr_assert_eq(weft_plan_memory(&p->arena, &p->plan, &limits, &p->error), WEFT_OK);
  weft_plan_hazards(&p->plan);
}

int is_sound(planned *p) {
  weft_error error = {0};
  return weft_plan_check(&p->plan, &error) == WEFT_OK;
}

uint64_t slab_bytes(const planned *p) {
  uint64_t bytes = 0;
  for (int s = 0; s < p->plan.n_slabs; s++) bytes += p->plan.slabs[s];
  return bytes;
}

int barriers_of(const weft_plan *plan) {
  int n = 0;
  for (int s = 0; s < plan->n_steps; s++) n += plan->steps[s].barrier;
  return n;
}
