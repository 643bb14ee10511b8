/* compare.c -- WEFT_DEBUG=compare: each step alone, its outputs held against the reference interpreter fed with the
 * very inputs that the step read; stops at the first that differs and prints its source. */
#include "schedule/program.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct comparison {
  weft_program *program;
  weft_arena arena;
  weft_ref_array *by_id; /* arrays of nodes evaluated for this step */
  const weft_group *group;
  uint32_t n_ids;
} comparison;

static int allocate(comparison *c, const weft_tensor *node, weft_ref_array *out) {
  *out = (weft_ref_array){.dtype = node->dtype, .size = weft_shape_size(node->shape)};
  if (node->dtype == WEFT_I32) return !!(out->i32 = WEFT_NEW(&c->arena, int32_t, out->size));
  return !!(out->f32 = WEFT_NEW(&c->arena, double, out->size));
}

/* Of the tensor that a binding lies `shift` bytes into. */
static weft_status fetch(comparison *c, const weft_binding *from, uint64_t shift, const weft_tensor *node,
                         weft_ref_array *out) {
  weft_graph *graph = c->program->graph;
  if (!allocate(c, node, out)) return weft_fail(&graph->error, WEFT_NO_MEMORY, "compare: no memory");
  void *raw = malloc((size_t)out->size * 4 + 1);
  if (!raw) return weft_fail(&graph->error, WEFT_NO_MEMORY, "compare: no memory");
  weft_status status =
      graph->device->backend->read(graph->device, from->buffer, from->offset - shift, raw, (uint64_t)out->size * 4);
  for (int64_t i = 0; i < out->size; i++) {
    if (out->i32)
      memcpy(&out->i32[i], (char *)raw + 4 * i, 4);
    else {
      float value;
      memcpy(&value, (char *)raw + 4 * i, 4);
      out->f32[i] = value;
    }
  }
  free(raw);
  return status == WEFT_OK ? status : weft_device_failed(graph, "compare");
}

static weft_status evaluate(comparison *c, weft_tensor *node) {
  weft_ref_array *out = &c->by_id[node->id];
  if (out->size) return WEFT_OK;
  weft_ref_array *in = WEFT_NEW(&c->arena, weft_ref_array, node->n_in + 1);
  if (!in) return weft_fail(&c->program->graph->error, WEFT_NO_MEMORY, "compare: no memory");
  for (int i = 0; i < node->n_in; i++) {
    weft_status status = evaluate(c, node->in[i]);
    if (status != WEFT_OK) return status;
    in[i] = c->by_id[node->in[i]->id];
  }
  if (!allocate(c, node, out)) return weft_fail(&c->program->graph->error, WEFT_NO_MEMORY, "compare: no memory");
  return weft_ref_eval(node, in, out, &c->program->graph->error);
}

static weft_status hold(comparison *c, int step, const weft_tensor *node, const weft_ref_array *got) {
  const weft_ref_array *want = &c->by_id[node->id];
  double scale = 0;
  for (int64_t i = 0; i < got->size; i++) scale = fmax(scale, want->f32 ? fabs(want->f32[i]) : 0);
  for (int64_t i = 0; i < got->size; i++) {
    double a = got->f32 ? got->f32[i] : got->i32[i], b = want->f32 ? want->f32[i] : want->i32[i];
    int same =
        got->f32 ? fabs(a - b) <= 1e-4 * fabs(b) + 1e-4 * scale + 1e-6 || (isnan(a) && isnan(b)) || a == b : a == b;
    if (same) continue;
    char text[200];
    fprintf(stderr, "weft: step %d (%s) differs; its kernel:\n%s\n", step, c->program->lowered[step].what,
            c->program->lowered[step].source.text);
    return weft_fail(&c->program->graph->error, WEFT_MISMATCH,
                     "step %d (%s): %s, element %lld: %.9g on the device, %.9g by the reference", step,
                     c->program->lowered[step].what, weft_describe_tensor(node, text, sizeof text), (long long)i, a, b);
  }
  return WEFT_OK;
}

static weft_status compare_step(comparison *c, int s) {
  weft_program *p = c->program;
  weft_device *device = p->graph->device;
  const weft_plan_step *step = &p->plan.steps[s];
  const weft_group *g = step->group;
  weft_dispatch *d = &p->dispatches[s];
  weft_recording *recording = NULL;
  weft_status status = WEFT_OK;
  c->by_id = WEFT_NEW(&c->arena, weft_ref_array, c->n_ids);
  if (!c->by_id) return weft_fail(&p->graph->error, WEFT_NO_MEMORY, "compare: no memory");
  for (int i = 0; i < g->n_inputs && status == WEFT_OK; i++)
    status = fetch(c, &d->bindings[i], p->lowered[s].shift[i], g->inputs[i], &c->by_id[g->inputs[i]->id]);
  for (int o = 0; o < g->n_outputs && status == WEFT_OK; o++) status = evaluate(c, g->outputs[o]);
  if (status != WEFT_OK) return status;
  status = device->backend->record(device, d, 1, &recording);
  if (status == WEFT_OK) status = device->backend->replay(device, recording);
  if (status == WEFT_OK) status = device->backend->sync(device);
  if (status != WEFT_OK) status = weft_device_failed(p->graph, p->lowered[s].what);
  if (recording) device->backend->recording_free(device, recording);
  for (int o = 0; o < g->n_outputs && status == WEFT_OK; o++) {
    weft_ref_array got;
    status = fetch(c, &d->bindings[weft_group_place(g, o)], 0, g->outputs[o], &got);
    if (status == WEFT_OK) status = hold(c, s, g->outputs[o], &got);
  }
  return status;
}

weft_status weft_compare_run(weft_program *program) {
  weft_status status = WEFT_OK;
  for (int s = 0; s < program->plan.n_steps && status == WEFT_OK; s++) {
    comparison c = {.program = program, .group = program->plan.steps[s].group, .n_ids = program->graph->next_id + 1};
    status = compare_step(&c, s);
    weft_arena_free(&c.arena);
  }
  return status;
}
