/* init.c -- initial values of parameters.
 *
 * Drawn on the host, in double, from the counter-based generator that the kernels use too: keyed by the graph's seed
 * and the parameter's name rather than by the order of creation, so that adding a layer leaves the values of the
 * others.
 */
#include "base/hash.h"
#include "base/philox.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <weft/nn.h>

/* The two shapes of distribution that every kind comes down to. */
typedef struct draw {
  enum { CONSTANT, UNIFORM, NORMAL } form;
  double a, b; /* the value; low and high; mean and deviation */
} draw;

static void fans(weft_shape shape, double *out_in, double *out_out) {
  double window = 1;
  for (int d = 2; d < shape.rank; d++) window *= (double)shape.dims[d];
  if (shape.rank < 2)
    *out_in = *out_out = shape.rank == 1 ? (double)shape.dims[0] : 1;
  else if (shape.rank == 2)
    *out_in = (double)shape.dims[0], *out_out = (double)shape.dims[1];
  else
    *out_in = (double)shape.dims[1] * window, *out_out = (double)shape.dims[0] * window;
}

static draw within(double bound) { return (draw){UNIFORM, -bound, bound}; }

static int draw_of(weft_init init, weft_shape shape, draw *out) {
  double in, outgoing;
  fans(shape, &in, &outgoing);
  switch (init.kind) {
  case WEFT_INIT_DEFAULT: *out = within(1 / sqrt(in)); return 1;
  case WEFT_INIT_ZEROS: *out = (draw){CONSTANT, 0, 0}; return 1;
  case WEFT_INIT_CONSTANT: *out = (draw){CONSTANT, init.a, 0}; return 1;
  case WEFT_INIT_UNIFORM: *out = (draw){UNIFORM, init.a, init.b}; return 1;
  case WEFT_INIT_NORMAL: *out = (draw){NORMAL, init.a, init.b}; return 1;
  case WEFT_INIT_XAVIER_UNIFORM: *out = within(sqrt(6 / (in + outgoing))); return 1;
  case WEFT_INIT_XAVIER_NORMAL: *out = (draw){NORMAL, 0, sqrt(2 / (in + outgoing))}; return 1;
  case WEFT_INIT_HE_UNIFORM: *out = within(sqrt(6 / in)); return 1;
  case WEFT_INIT_HE_NORMAL: *out = (draw){NORMAL, 0, sqrt(2 / in)}; return 1;
  }
  return 0;
}

/* Four words of the generator make four uniform values; only the key's stream matters, so step is 0. */
static void fill_uniform(float *values, int64_t n, uint64_t key, double low, double high) {
  const uint32_t keys[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
  for (int64_t i = 0; i < n; i += 4) {
    const uint32_t counter[4] = {(uint32_t)(i / 4), (uint32_t)((uint64_t)(i / 4) >> 32), 0, 0};
    uint32_t words[4];
    weft_philox(counter, keys, words);
    for (int64_t j = 0; j < 4 && i + j < n; j++)
      values[i + j] = (float)(low + (high - low) * ((double)(words[j] >> 8) * 0x1p-24));
  }
}

static void fill(float *values, int64_t n, uint64_t key, draw what) {
  switch (what.form) {
  case CONSTANT:
    for (int64_t i = 0; i < n; i++) values[i] = (float)what.a;
    return;
  case UNIFORM: fill_uniform(values, n, key, what.a, what.b); return;
  case NORMAL:
    for (int64_t i = 0; i < n; i++) values[i] = (float)(what.a + what.b * weft_philox_normal(key, 0, (uint64_t)i));
    return;
  }
}

weft_status weft_initialise(weft_tensor *param, weft_init init) {
  weft_graph *graph = weft_tensor_graph(param);
  if (!graph) return WEFT_BAD_ARGUMENT;
  if (weft_graph_status(graph) != WEFT_OK) return weft_graph_status(graph);
  const char *name = weft_tensor_name(param), *wrong = NULL;
  weft_shape shape = weft_tensor_shape(param);
  int64_t n = weft_shape_size(shape);
  draw what;
  if (weft_tensor_dtype(param) != WEFT_F32) wrong = "is not f32";
  if (!draw_of(init, shape, &what)) wrong = "has an unknown kind of initial values";
  if (wrong) {
    char text[256];
    snprintf(text, sizeof text, "weft_initialise: \"%.100s\" %s", name, wrong);
    return weft_graph_report(graph, WEFT_BAD_ARGUMENT, text);
  }
  float *values = malloc((size_t)n * sizeof *values);
  if (!values) return weft_graph_report(graph, WEFT_NO_MEMORY, "weft_initialise: out of memory");
  uint64_t seed = weft_graph_current_seed(graph);
  fill(values, n, weft_hash_text(weft_hash(WEFT_HASH_SEED, &seed, sizeof seed), name), what);
  weft_status status = weft_write(param, values, (size_t)n * sizeof *values);
  free(values);
  return status;
}

weft_tensor *weft_param_init(weft_graph *graph, const char *name, weft_shape shape, weft_init init) {
  int known = weft_graph_find(graph, name) != NULL;
  weft_tensor *param = weft_param_shaped(graph, name, WEFT_F32, shape);
  if (param && !known && weft_initialise(param, init) != WEFT_OK) return NULL;
  return param;
}
