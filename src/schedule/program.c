/* program.c -- compiling: effects out, passes, groups, plan, kernels, one recording; and running: one replay. */
#include "schedule/program.h"
#include "base/clock.h"
#include "base/debug.h"
#include "base/file.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BINDINGS = 16 }; /* of one kernel: wide groups gain little, and drivers differ in what they allow */

static int interprets(const weft_graph *graph) { return graph->device->backend == &weft_backend_reference; }

static weft_status no_memory(weft_program *p) {
  return weft_fail(&p->graph->error, WEFT_NO_MEMORY, "compile: no memory");
}

/* ---- compile ---- */

static weft_status plan_program(weft_program *p) {
  weft_graph *graph = p->graph;
  weft_device *device = graph->device;
  weft_arena *arena = &p->arena;
  weft_error *error = &graph->error;
  const weft_target device_target = weft_target_of(device);
  const weft_pass_target target = {.device_class = device_target.device_class,
                                   .glsl = device_target.dialect == WEFT_GLSL,
                                   .is_steady = p->module.n_assignments == 0 && !weft_debug_skips("once"),
                                   .vector_width = device->info.vector_width,
                                   .compute_units = device_target.compute_units,
                                   .local_memory = device_target.local_memory,
                                   .max_group = device_target.max_group,
                                   .max_binding = device->limits.max_binding,
                                   .cuts_dots = graph->forms[WEFT_FORM_PRODUCT] || graph->forms[WEFT_FORM_LEVELS],
                                   .measured = weft_form_measured,
                                   .user = graph};
  weft_status status = weft_run_passes(arena, &p->module, &target, error);
  if (status != WEFT_OK) return status;
  size_t n = p->module.n_results + p->module.n_assignments, n_groups = 0;
  weft_tensor **roots = WEFT_NEW(arena, weft_tensor *, n + 1);
  if (!roots) return no_memory(p);
  for (size_t i = 0; i < n; i++)
    roots[i] = i < p->module.n_results ? p->module.results[i] : p->module.assignments[i - p->module.n_results].value;
  if (weft_debug_value(WEFT_DEBUG_DOT)) {
    char *dot = weft_graph_dot(roots, n);
    if (dot) weft_file_write(weft_debug_value(WEFT_DEBUG_DOT), dot, strlen(dot), NULL);
    weft_text_free(dot);
  }
  weft_group **groups;
  int is_gpu = target.device_class == WEFT_CLASS_GPU;
  weft_group_limits group_limits = {.max_bindings = (int)device->limits.max_bindings,
                                    .computes_operands = is_gpu && !weft_debug_skips("prologue"),
                                    .joins_gates = is_gpu && !weft_debug_skips("gates"),
                                    .is_steady = target.is_steady};
  if (group_limits.max_bindings > MOST_BINDINGS || group_limits.max_bindings <= 0)
    group_limits.max_bindings = MOST_BINDINGS;
  weft_plan_limits limits = {device->limits.buffer_align, device->info.max_buffer, device->limits.apart};
  if (limits.align < 256) limits.align = 256;
  if (!limits.max_slab) limits.max_slab = UINT64_MAX / 4;
  status = weft_group_graph(arena, roots, n, &group_limits, &groups, &n_groups, error);
  if (status == WEFT_OK) status = weft_plan_order(arena, &p->module, groups, n_groups, &limits, &p->plan, error);
  if (status == WEFT_OK && !weft_debug_skips("recompute"))
    status = weft_plan_shorten(arena, &p->module, &p->plan, error);
  int side_by_side = is_gpu && target.glsl && !weft_debug_skips("waves");
  if (status == WEFT_OK) status = weft_plan_waves(arena, &p->module, &p->plan, side_by_side, error);
  if (status == WEFT_OK && is_gpu && !weft_debug_skips("bundle"))
    status = weft_plan_bundle(arena, &p->module, &p->plan, (int)device->limits.max_bindings, error);
  if (status == WEFT_OK) status = weft_plan_memory(arena, &p->plan, &limits, error);
  if (status == WEFT_OK) weft_plan_hazards(&p->plan);
#ifndef NDEBUG
  if (status == WEFT_OK) status = weft_plan_check(&p->plan, error);
#endif
  if (status == WEFT_OK && weft_debug(WEFT_DEBUG_PLAN)) weft_plan_print(&p->plan);
  return status;
}

static weft_status allocate_memory(weft_program *p) {
  weft_device *device = p->graph->device;
  p->slabs = WEFT_NEW(&p->arena, weft_buffer *, p->plan.n_slabs + 1);
  if (!p->slabs) return no_memory(p);
  for (int i = 0; i < p->plan.n_slabs; i++)
    if (device->backend->buffer_new(device, p->plan.slabs[i], &p->slabs[i]) != WEFT_OK)
      return weft_device_failed(p->graph, "compile: memory of intermediate results");
  for (int i = 0; i < p->plan.n_values; i++)
    if (p->plan.values[i]->leaf && !weft_leaf_storage(p->plan.values[i]->leaf)) return p->graph->error.status;
  return WEFT_OK;
}

static weft_binding binding_of(const weft_program *p, const weft_value *v) {
  if (v->leaf) return (weft_binding){v->leaf->storage->buffer, 0, v->size};
  return (weft_binding){p->slabs[v->slab], v->offset, v->size};
}

/* Kernels of equal text are built once. Entry points in p->kernels may therefore repeat; owned by their first step. */
static weft_status build_kernels(weft_program *p) {
  weft_device *device = p->graph->device;
  int n = p->plan.n_steps, n_distinct = 0;
  weft_kernel_source *sources = WEFT_NEW(&p->arena, weft_kernel_source, n + 1);
  weft_kernel **built = WEFT_NEW(&p->arena, weft_kernel *, n + 1);
  int *which = WEFT_NEW(&p->arena, int, n + 1);
  p->kernels = built;
  if (!sources || !built || !which) return no_memory(p);
  for (int s = 0; s < n; s++) {
    int k = 0;
    while (k < n_distinct && strcmp(sources[k].text, p->lowered[s].source.text) != 0) k++;
    if (k == n_distinct) sources[n_distinct++] = p->lowered[s].source;
    which[s] = k;
  }
  if (device->backend->kernels_new(device, sources, (size_t)n_distinct, built) != WEFT_OK)
    return weft_device_failed(p->graph, "compile");
  for (int s = 0; s < n; s++) {
    const weft_plan_step *step = &p->plan.steps[s];
    int n_in = step->group->n_inputs, n_out = step->group->n_outputs;
    weft_binding *bindings = WEFT_NEW(&p->arena, weft_binding, n_in + n_out);
    if (!bindings) return no_memory(p);
    for (int i = 0; i < n_in; i++) bindings[i] = weft_lowered_binding(&p->lowered[s], i, binding_of(p, step->in[i]));
    for (int o = 0; o < n_out; o++) bindings[weft_group_place(step->group, o)] = binding_of(p, step->out[o]);
    p->dispatches[s] = (weft_dispatch){.kernel = built[which[s]], .bindings = bindings, .barrier = step->barrier};
    memcpy(p->dispatches[s].groups, p->lowered[s].groups, sizeof p->lowered[s].groups);
  }
  return WEFT_OK;
}

/* The kernel of a step. What lowering and tuning need on the way, many times the text that is left, goes with it. */
static weft_status lower_step(weft_program *p, const weft_target *target, int s) {
  const weft_group *group = p->plan.steps[s].group;
  weft_lowered *l = &p->lowered[s];
  weft_arena scratch = {0};
  weft_status status = weft_lower_group(group, target, NULL, &scratch, l, &p->graph->error);
  if (status == WEFT_OK) {
    weft_tune(p->graph->device, group, target, &scratch, l);
    l->source.entry = weft_arena_text(&p->arena, l->source.entry);
    l->source.text = weft_arena_text(&p->arena, l->source.text);
    l->what = weft_arena_text(&p->arena, l->what);
    if (l->tuned) l->tuned = weft_arena_text(&p->arena, l->tuned);
    if (!l->source.entry || !l->source.text || !l->what) status = no_memory(p);
  }
  weft_arena_free(&scratch);
  return status;
}

static weft_status lower_program(weft_program *p) {
  weft_device *device = p->graph->device;
  weft_target target = weft_target_of(device);
  int n = p->plan.n_steps;
  p->lowered = WEFT_NEW(&p->arena, weft_lowered, n + 1);
  p->dispatches = WEFT_NEW(&p->arena, weft_dispatch, n + 1);
  p->seconds = WEFT_NEW(&p->arena, double, n + 1);
  if (!p->lowered || !p->dispatches || !p->seconds) return no_memory(p);
  for (int s = 0; s < n; s++) {
    const weft_plan_step *step = &p->plan.steps[s];
    for (int i = 0; i < step->group->n_inputs + step->group->n_outputs; i++) {
      const weft_value *v = i < step->group->n_inputs ? step->in[i] : step->out[i - step->group->n_inputs];
      char text[200];
      if (device->limits.max_binding && v->size > device->limits.max_binding)
        return weft_fail(&p->graph->error, WEFT_NO_FEATURE, "compile: %s has %llu bytes, %s binds at most %llu",
                         weft_describe_tensor(v->node, text, sizeof text), (unsigned long long)v->size, device->info.id,
                         (unsigned long long)device->limits.max_binding);
    }
    weft_status status = lower_step(p, &target, s);
    if (status != WEFT_OK) return status;
    if (weft_debug(WEFT_DEBUG_KERNEL))
      fprintf(stderr, "weft: step %d: %s, groups %u x %u x %u\n%s\n", s, p->lowered[s].what, p->lowered[s].groups[0],
              p->lowered[s].groups[1], p->lowered[s].groups[2], p->lowered[s].source.text);
  }
  return WEFT_OK;
}

static weft_status record_program(weft_program *p) {
  const weft_backend *backend = p->graph->device->backend;
  size_t n_once = (size_t)p->plan.n_once, n = (size_t)p->plan.n_steps - n_once;
  if (n_once && backend->record(p->graph->device, p->dispatches, n_once, &p->once) != WEFT_OK)
    return weft_device_failed(p->graph, "compile");
  if (n && backend->record(p->graph->device, p->dispatches + n_once, n, &p->recording) != WEFT_OK)
    return weft_device_failed(p->graph, "compile");
  return WEFT_OK;
}

/* The reference device keeps results on the host. */
static weft_status prepare_interpreter(weft_program *p) {
  p->values = WEFT_NEW(&p->arena, weft_ref_array, p->module.n_results + 1);
  if (!p->values) return no_memory(p);
  for (size_t i = 0; i < p->module.n_results; i++) {
    const weft_tensor *t = p->module.results[i];
    p->values[i] = (weft_ref_array){.dtype = t->dtype, .size = weft_shape_size(t->shape)};
    p->values[i].i32 = WEFT_NEW(&p->arena, int32_t, p->values[i].size); /* the bits of an f32 or an i32 */
    if (!p->values[i].i32) return no_memory(p);
  }
  return WEFT_OK;
}

weft_program *weft_program_new(weft_graph *graph, weft_tensor *const *tensors, size_t count) {
  weft_program *p = calloc(1, sizeof *p);
  if (!p) {
    weft_fail(&graph->error, WEFT_NO_MEMORY, "compile: no memory");
    return NULL;
  }
  double begin = weft_clock();
  p->graph = graph;
  p->results = WEFT_NEW(&p->arena, weft_tensor *, count + 1);
  weft_status status = p->results ? WEFT_OK : no_memory(p);
  if (status == WEFT_OK && count) memcpy(p->results, tensors, sizeof *tensors * count);
  if (status == WEFT_OK && weft_debug(WEFT_DEBUG_GRAPH)) {
    char *text = weft_graph_print(tensors, count);
    fprintf(stderr, "weft: graph:\n%s", text ? text : "");
    weft_text_free(text);
  }
  if (status == WEFT_OK) status = weft_take_effects(&p->arena, tensors, count, &p->module, &graph->error);
  if (status == WEFT_OK && interprets(graph)) {
    status = prepare_interpreter(p);
  } else if (status == WEFT_OK) {
    status = plan_program(p);
    if (status == WEFT_OK) status = allocate_memory(p);
    if (status == WEFT_OK) status = lower_program(p);
    if (status == WEFT_OK) status = build_kernels(p);
    if (status == WEFT_OK) status = record_program(p);
  }
  if (status != WEFT_OK) {
    weft_program_free(p);
    return NULL;
  }
  p->compile_seconds = weft_clock() - begin;
  return p;
}

void weft_program_free(weft_program *p) {
  if (!p) return;
  weft_device *device = p->graph->device;
  if (p->recording) device->backend->recording_free(device, p->recording); /* the last made is the first freed */
  if (p->once) device->backend->recording_free(device, p->once);
  for (int i = 0; p->kernels && i < p->plan.n_steps; i++)
    if (p->kernels[i]) device->backend->kernel_free(device, p->kernels[i]);
  for (int i = 0; p->slabs && i < p->plan.n_slabs; i++)
    if (p->slabs[i]) device->backend->buffer_free(device, p->slabs[i]);
  weft_arena_free(&p->arena);
  free(p);
}

/* ---- run ---- */

static void show_times(const weft_program *p) {
  double total = 0;
  for (int s = p->plan.n_once; s < p->plan.n_steps; s++) total += p->seconds[s];
  for (int s = 0; s < p->plan.n_steps; s++) {
    const weft_lowered *l = &p->lowered[s];
    double t = p->seconds[s] > 0 ? p->seconds[s] : 1e-12;
    fprintf(stderr, "weft: %3d %8.1f us %4.1f%% %7.1f GB/s %7.1f GFLOP/s  %s%s\n", s, 1e6 * p->seconds[s],
            s < p->plan.n_once ? 0 : 100 * p->seconds[s] / (total > 0 ? total : 1), l->bytes / t * 1e-9,
            l->flops / t * 1e-9, l->what, s < p->plan.n_once ? " (once)" : "");
  }
  fprintf(stderr, "weft: %d steps, %.1f us\n", p->plan.n_steps - p->plan.n_once, 1e6 * total);
}

/* Replays the recording; seconds: of each of its steps, or NULL. */
static weft_status replay(weft_program *p, weft_recording *recording, double *seconds) {
  weft_device *device = p->graph->device;
  if (!recording) return WEFT_OK;
  weft_status status =
      seconds ? device->backend->replay_timed(device, recording, seconds) : device->backend->replay(device, recording);
  return status == WEFT_OK ? status : weft_device_failed(p->graph, "run");
}

static weft_status replay_all(weft_program *p, int timed) {
  weft_graph *graph = p->graph;
  weft_status status = WEFT_OK;
  if (p->changes != graph->changes + 1) status = replay(p, p->once, timed ? p->seconds : NULL);
  if (status == WEFT_OK) status = replay(p, p->recording, timed ? p->seconds + p->plan.n_once : NULL);
  if (status != WEFT_OK) return status;
  if (p->module.n_assignments) graph->changes++; /* to what others read: this program's `once` reads none of it */
  p->changes = graph->changes + 1;
  return WEFT_OK;
}

weft_status weft_program_run_timed(weft_program *p) {
  return interprets(p->graph) ? weft_interpret_run(p) : replay_all(p, 1);
}

weft_status weft_program_run(weft_program *p) {
  if (interprets(p->graph)) return weft_interpret_run(p);
  if (weft_debug(WEFT_DEBUG_COMPARE)) return weft_compare_run(p);
  weft_status status = replay_all(p, weft_debug(WEFT_DEBUG_TIME));
  if (status == WEFT_OK && weft_debug(WEFT_DEBUG_TIME)) show_times(p);
  return status;
}

weft_status weft_program_read(weft_program *p, size_t result, void *out, size_t bytes) {
  weft_device *device = p->graph->device;
  if (interprets(p->graph)) {
    memcpy(out, p->values[result].i32, bytes);
    return WEFT_OK;
  }
  weft_binding b = binding_of(p, p->plan.results[result]);
  if (device->backend->read(device, b.buffer, b.offset, out, bytes) != WEFT_OK)
    return weft_device_failed(p->graph, "read");
  return WEFT_OK;
}
