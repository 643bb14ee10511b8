/* models.c -- building, feeding and finding workloads; the networks themselves stand in networks.c. */
#include "models.h"
#include "networks.h"
#include <stdlib.h>
#include <string.h>

const workload *workload_at(size_t index) { return index < n_workloads ? &workloads[index] : NULL; }

const workload *workload_find(const char *name) {
  for (size_t i = 0; i < n_workloads; i++)
    if (strcmp(workloads[i].name, name) == 0) return &workloads[i];
  return NULL;
}

int workload_is_large(const workload *w) { return weft_shape_size(w->sample) > 100000; }

const char *workload_unit(const workload *w) { return w->data == WORKLOAD_TEXT ? "tokens" : "samples"; }

int optimizer_find(const char *name, double lr, weft_optimizer *out_optimizer) {
  if (strcmp(name, "sgd") == 0)
    *out_optimizer = weft_sgd(lr);
  else if (strcmp(name, "momentum") == 0)
    *out_optimizer = weft_sgd_with(lr, 0.9, 0, 0);
  else if (strcmp(name, "nesterov") == 0)
    *out_optimizer = weft_sgd_with(lr, 0.9, 1, 0);
  else if (strcmp(name, "adam") == 0)
    *out_optimizer = weft_adam(lr);
  else if (strcmp(name, "adamw") == 0)
    *out_optimizer = weft_adamw(lr);
  else
    return 0;
  return 1;
}

static weft_tensor *loss_of(const workload *w, weft_tensor *y, weft_tensor *t) {
  if (w->data == WORKLOAD_SERIES) return weft_mean(weft_square(weft_sub(y, t)));
  return weft_mean(weft_cross_entropy(y, t));
}

int workload_make(const workload *w, weft_graph *graph, int64_t batch, int training, const char *name,
                  workload_run *out_run) {
  *out_run = (workload_run){.workload = w, .items = batch * (w->data == WORKLOAD_TEXT ? w->sample.dims[0] : 1)};
  weft_shape shape = {.rank = w->sample.rank + 1, .dims = {batch}};
  memcpy(&shape.dims[1], w->sample.dims, sizeof shape.dims[0] * (size_t)w->sample.rank);
  out_run->x =
      weft_input_shaped(graph, training ? "train.x" : "x", w->data == WORKLOAD_TEXT ? WEFT_I32 : WEFT_F32, shape);
  weft_tensor *y = w->build(out_run->x, training);
  if (training) {
    weft_optimizer optimizer;
    int is_series = w->data == WORKLOAD_SERIES;
    weft_shape wanted = is_series ? weft_shape_of(batch, 1) : weft_shape_of(out_run->items);
    out_run->t = weft_input_shaped(graph, "train.t", is_series ? WEFT_F32 : WEFT_I32, wanted);
    weft_tensor *loss = loss_of(w, y, out_run->t);
    if (!optimizer_find(name ? name : w->optimizer, w->lr, &optimizer)) return -1;
    out_run->result = weft_minimize(loss, optimizer);
  } else {
    out_run->result = y;
  }
  return out_run->result ? 0 : -1;
}

int workload_build(const workload *w, weft_graph *graph, int64_t batch, int training, workload_run *out_run) {
  if (workload_make(w, graph, batch, training, NULL, out_run) != 0) return -1;
  out_run->program = weft_compile(out_run->result);
  return out_run->program ? 0 : -1;
}

/* xorshift64* (Vigna, 2016): uniform in [0, 1). */
static double next(uint64_t *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return (double)(*state * UINT64_C(2685821657736338717) >> 11) / 9007199254740992.0;
}

static weft_status feed(weft_tensor *input, int64_t classes, uint64_t *state) {
  int64_t size = weft_shape_size(weft_tensor_shape(input));
  int is_whole = weft_tensor_dtype(input) == WEFT_I32;
  union {
    float f32;
    int32_t i32;
  } *values = malloc((size_t)size * sizeof *values);
  if (!values) return weft_graph_report(weft_tensor_graph(input), WEFT_NO_MEMORY, "samples: no memory");
  for (int64_t i = 0; i < size; i++) {
    if (is_whole)
      values[i].i32 = (int32_t)(next(state) * (double)classes);
    else
      values[i].f32 = (float)next(state);
  }
  weft_status status = weft_write(input, values, (size_t)size * sizeof *values);
  free(values);
  return status;
}

int workload_feed(const workload_run *run, uint64_t seed) {
  uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
  if (run->x && feed(run->x, run->workload->classes, &state) != WEFT_OK) return -1;
  return run->t && feed(run->t, run->workload->classes, &state) != WEFT_OK ? -1 : 0;
}
