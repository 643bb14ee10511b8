/* api.c -- public entry points that join the layers: graphs on devices, gradients, programs. */
#include "autodiff/autodiff.h"
#include "schedule/program.h"
#include <string.h>

weft_graph *weft_graph_new(weft_device *device) {
  weft_error initial = {0};
  if (!device)
    weft_fail(&initial, WEFT_NO_DEVICE, "graph: no device was given");
  else if (weft_device_status(device) != WEFT_OK)
    weft_error_copy(&initial, &device->error);
  return weft_graph_create(device, &initial);
}

void weft_graph_free(weft_graph *graph) {
  if (!graph) return;
  if (graph->device && graph->device->state) graph->device->backend->sync(graph->device);
  while (graph->programs) {
    weft_program *next = graph->programs->next;
    weft_program_free(graph->programs);
    graph->programs = next;
  }
  if (graph->device) weft_graph_release_storage(graph);
  weft_graph_destroy(graph);
}

weft_device *weft_graph_device(const weft_graph *graph) { return graph ? graph->device : NULL; }

weft_status weft_gradients(weft_tensor *loss, weft_tensor *const *wrt, size_t count, weft_tensor **out_gradients) {
  memset(out_gradients, 0, sizeof *out_gradients * count);
  if (!loss) return WEFT_BAD_ARGUMENT;
  if (loss->graph->error.status != WEFT_OK) return loss->graph->error.status;
  return weft_autodiff(loss, wrt, count, out_gradients);
}

/* ---- programs ---- */

weft_program *weft_compile_all(weft_tensor *const *results, size_t count) {
  weft_graph *graph = NULL;
  for (size_t i = 0; i < count; i++)
    if (results[i]) graph = results[i]->graph;
  if (!graph || graph->error.status != WEFT_OK) return NULL;
  for (size_t i = 0; i < count; i++) {
    if (results[i] && results[i]->graph == graph) continue;
    weft_graph_fail(graph, WEFT_BAD_ARGUMENT, "compile: result %zu %s", i,
                    results[i] ? "belongs to another graph" : "is missing (NULL)");
    return NULL;
  }
  weft_program *p = weft_program_new(graph, results, count);
  if (!p) return NULL;
  p->next = graph->programs;
  return graph->programs = p;
}

weft_program *weft_compile(weft_tensor *result) { return weft_compile_all(&result, 1); }

static weft_status ran(weft_program *p, weft_status status) {
  uint64_t newest = 0;
  for (const weft_program *q = p->graph->programs; q; q = q->next)
    if (q->runs > newest) newest = q->runs;
  if (status == WEFT_OK) p->runs = newest + 1;
  return status;
}

weft_status weft_run(weft_program *program) {
  if (!program) return WEFT_BAD_ARGUMENT;
  if (program->graph->error.status != WEFT_OK) return program->graph->error.status;
  return ran(program, weft_program_run(program));
}

weft_status weft_run_profiled(weft_program *program) {
  if (!program) return WEFT_BAD_ARGUMENT;
  if (program->graph->error.status != WEFT_OK) return program->graph->error.status;
  return ran(program, weft_program_run_timed(program));
}

weft_status weft_sync(weft_graph *graph) {
  if (!graph) return WEFT_BAD_ARGUMENT;
  if (graph->error.status != WEFT_OK) return graph->error.status;
  return graph->device->backend->sync(graph->device) == WEFT_OK ? WEFT_OK : weft_device_failed(graph, "sync");
}

/* ---- values ---- */

static weft_status check_size(weft_tensor *t, size_t bytes, const char *what) {
  size_t want = (size_t)weft_shape_size(t->shape) * weft_dtype_size(t->dtype);
  char text[200];
  if (bytes == want) return WEFT_OK;
  return weft_fail(&t->graph->error, WEFT_BAD_ARGUMENT, "%s: %s has %zu bytes, not %zu", what,
                   weft_describe_tensor(t, text, sizeof text), want, bytes);
}

static int is_fed(const weft_tensor *t) { return weft_ops[t->op].kind == W_LEAF && t->op != WEFT_OP_DATA; }

weft_status weft_write(weft_tensor *tensor, const void *data, size_t bytes) {
  if (!tensor) return WEFT_BAD_ARGUMENT;
  weft_graph *graph = tensor->graph;
  char text[200];
  if (graph->error.status != WEFT_OK) return graph->error.status;
  if (!is_fed(tensor))
    return weft_fail(&graph->error, WEFT_BAD_ARGUMENT, "write: %s is no input, param or state",
                     weft_describe_tensor(tensor, text, sizeof text));
  if (check_size(tensor, bytes, "write") != WEFT_OK) return graph->error.status;
  if (!data) return weft_fail(&graph->error, WEFT_BAD_ARGUMENT, "write: no data for %s", tensor->name);
  weft_storage *storage = weft_leaf_storage(tensor);
  if (!storage) return graph->error.status;
  if (graph->device->backend->write(graph->device, storage->buffer, 0, data, bytes) != WEFT_OK)
    return weft_device_failed(graph, "write");
  if (tensor->op != WEFT_OP_INPUT) graph->changes++;
  return WEFT_OK;
}

/* Whether a result holds the tensor's value: it is the tensor, or the tensor with effects. */
static int holds(const weft_tensor *result, const weft_tensor *tensor) {
  for (;; result = result->in[0]) {
    if (result == tensor) return 1;
    if (result->op != WEFT_OP_AFTER && result->op != WEFT_OP_DETACH) return 0;
  }
}

weft_status weft_read(weft_tensor *tensor, void *out_data, size_t bytes) {
  if (!tensor) return WEFT_BAD_ARGUMENT;
  weft_graph *graph = tensor->graph;
  char text[200];
  if (graph->error.status != WEFT_OK) return graph->error.status;
  if (check_size(tensor, bytes, "read") != WEFT_OK) return graph->error.status;
  if (!out_data) return weft_fail(&graph->error, WEFT_BAD_ARGUMENT, "read: nowhere to put the data");
  if (is_fed(tensor)) {
    weft_storage *storage = weft_leaf_storage(tensor);
    if (!storage) return graph->error.status;
    if (graph->device->backend->read(graph->device, storage->buffer, 0, out_data, bytes) != WEFT_OK)
      return weft_device_failed(graph, "read");
    return WEFT_OK;
  }
  weft_program *newest = NULL;
  size_t at = 0;
  for (weft_program *p = graph->programs; p; p = p->next)
    for (size_t i = 0; i < p->module.n_results; i++)
      if (p->runs && holds(p->results[i], tensor) && (!newest || p->runs > newest->runs)) {
        newest = p;
        at = i;
      }
  if (newest) return weft_program_read(newest, at, out_data, bytes);
  return weft_fail(&graph->error, WEFT_BAD_ARGUMENT, "read: %s is no result of a program that has run",
                   weft_describe_tensor(tensor, text, sizeof text));
}

/* ---- what a program is ---- */

void weft_program_describe(const weft_program *program, weft_program_info *out_info) {
  *out_info = (weft_program_info){0};
  if (!program) return;
  out_info->steps = (size_t)program->plan.n_steps;
  for (int i = 0; i < program->plan.n_slabs; i++) out_info->peak_bytes += program->plan.slabs[i];
  for (int i = 0; i < program->plan.n_values; i++)
    if (program->plan.values[i]->leaf == program->plan.values[i]->node)
      out_info->leaf_bytes += program->plan.values[i]->size;
  out_info->compile_seconds = program->compile_seconds;
}

weft_status weft_program_step(const weft_program *program, size_t index, weft_step_info *out_step) {
  *out_step = (weft_step_info){.name = "", .what = "", .tuned = ""};
  if (!program || index >= (size_t)program->plan.n_steps) return WEFT_BAD_ARGUMENT;
  const weft_lowered *l = &program->lowered[index];
  *out_step = (weft_step_info){.name = weft_group_kind_name(program->plan.steps[index].group->kind),
                               .what = l->what,
                               .seconds = program->seconds[index],
                               .bytes = l->bytes,
                               .flops = l->flops,
                               .once = index < (size_t)program->plan.n_once,
                               .tuned = l->tuned ? l->tuned : "",
                               .gain = l->gain};
  return WEFT_OK;
}

const char *weft_program_source(const weft_program *program, size_t index) {
  return program && index < (size_t)program->plan.n_steps ? program->lowered[index].source.text : NULL;
}
