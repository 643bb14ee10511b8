/* interpret.c -- programs on the reference device: the graph as the user built it, evaluated in double precision; only
 * what is kept from run to run is rounded to f32. */
#include "schedule/program.h"
#include <stdlib.h>
#include <string.h>

static weft_status read_leaf(void *user, weft_tensor *leaf, weft_ref_array *out) {
  weft_graph *graph = user;
  weft_device *device = graph->device;
  weft_storage *storage = weft_leaf_storage(leaf);
  if (!storage) return graph->error.status;
  if (leaf->dtype == WEFT_I32)
    return device->backend->read(device, storage->buffer, 0, out->i32, (uint64_t)out->size * sizeof(int32_t));
  float *values = malloc((size_t)out->size * sizeof *values);
  if (!values) return weft_fail(&graph->error, WEFT_NO_MEMORY, "run: no memory to read %s", leaf->name);
  weft_status status = device->backend->read(device, storage->buffer, 0, values, (uint64_t)out->size * sizeof *values);
  for (int64_t i = 0; i < out->size; i++) out->f32[i] = values[i];
  free(values);
  return status;
}

/* Elements as the user reads them: f32 or i32, malloc'ed. */
static void *rounded(const weft_ref_array *array) {
  float *out = malloc((size_t)array->size * 4 + 1);
  if (out && array->dtype == WEFT_I32) memcpy(out, array->i32, (size_t)array->size * 4);
  for (int64_t i = 0; out && array->dtype == WEFT_F32 && i < array->size; i++) out[i] = (float)array->f32[i];
  return out;
}

weft_status weft_interpret_run(weft_program *p) {
  weft_graph *graph = p->graph;
  weft_device *device = graph->device;
  size_t n_results = p->module.n_results, n = n_results + p->module.n_assignments;
  weft_arena arena = {0};
  weft_tensor **roots = WEFT_NEW(&arena, weft_tensor *, n + 1);
  weft_ref_array *values = WEFT_NEW(&arena, weft_ref_array, n + 1);
  weft_status status = WEFT_OK;
  if (!roots || !values) status = weft_fail(&graph->error, WEFT_NO_MEMORY, "run: no memory");
  for (size_t i = 0; status == WEFT_OK && i < n; i++)
    roots[i] = i < n_results ? p->module.results[i] : p->module.assignments[i - n_results].value;
  if (status == WEFT_OK) status = weft_ref_eval_all(&arena, roots, n, read_leaf, graph, values, &graph->error);
  for (size_t i = 0; status == WEFT_OK && i < n; i++) {
    void *data = rounded(&values[i]);
    uint64_t bytes = (uint64_t)values[i].size * 4;
    if (!data)
      status = weft_fail(&graph->error, WEFT_NO_MEMORY, "run: no memory for results");
    else if (i < n_results)
      memcpy(p->values[i].i32, data, bytes);
    else {
      weft_storage *storage = weft_leaf_storage(p->module.assignments[i - n_results].target);
      status = storage ? device->backend->write(device, storage->buffer, 0, data, bytes) : graph->error.status;
    }
    free(data);
  }
  weft_arena_free(&arena);
  return status;
}
