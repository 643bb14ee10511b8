/* weft_side.c -- weft's side of tools/bench: bench_weft [--roof]. With --roof it measures first what the device can do,
 * and tells of every job how long it takes at least. Jobs:
 *   gemm M N K            c = a b
 *   gemm_packed M N K     the same where b is a parameter, so that it may be put in order ahead
 *   conv forward|dx|dw N C EDGE OC     3 x 3, padding 1, stride 1
 *   chain N               y = relu(a + 0.5 b) of N numbers
 *   softmax R C, layer_norm R C        of each row
 *   softmax_backward R C, layer_norm_backward R C, cross_entropy_backward R C    the gradient by x alone
 *   model NAME BATCH train|infer
 *   layer NAME forward|train           of layers.c
 *   peak                               the multiply-adds by which dlbench measures the device's peak */
#include "layers.h"
#include "models.h"
#include "roof.h"
#include "serve.h"
#include <weft/nn.h>
#include <weft/optim.h>

static weft_device *device;
static weft_graph *graph;
static const document *roof; /* NULL: not asked for, or not to be had */

typedef struct program {
  weft_program *program;
} program;

static void run_program(void *state, int count) {
  program *p = state;
  for (int i = 0; i < count; i++) weft_run(p->program);
  weft_sync(graph);
}

/* A layer, with its gradients or without. */
static weft_program *compile_layer(const char *name, int with_gradients) {
  weft_tensor *results[LAYER_MOST_RESULTS];
  int n = layer_build(graph, name, with_gradients, results);
  return n ? weft_compile_all(results, (size_t)n) : NULL;
}

static weft_tensor *input(const char *name, weft_shape shape) { return layer_input(graph, name, shape); }

static weft_tensor *gemm(const int64_t *n, int is_packed, double *out_work) {
  weft_shape a = weft_shape_of(n[0], n[2]), b = weft_shape_of(n[2], n[1]);
  *out_work = 2.0 * (double)n[0] * (double)n[1] * (double)n[2];
  return weft_matmul(input("a", a),
                     is_packed ? layer_filled(weft_param_shaped(graph, "b", WEFT_F32, b)) : input("b", b));
}

/* Images lie channels last in memory, as in the middle of a network. The gradients stand alone: the loss is the sum of
 * the products with a given dy. */
static weft_tensor *conv(const char *what, const int64_t *n, double *out_work) {
  static const weft_conv_options options = {.pad = 1};
  weft_shape images = weft_shape_of(n[0], n[2], n[2], n[1]), results = weft_shape_of(n[0], n[2], n[2], n[3]);
  weft_shape to_nchw = weft_shape_of(0, 3, 1, 2), to_nhwc = weft_shape_of(0, 2, 3, 1);
  weft_tensor *x = input("x", images), *w = input("w", weft_shape_of(n[3], n[1], 3, 3)), *dy = input("dy", results);
  weft_tensor *y = weft_conv2d(weft_permute(x, to_nchw), w, &options), *gradient = NULL;
  *out_work = 2.0 * (double)weft_shape_size(results) * (double)n[1] * 9;
  if (strcmp(what, "forward") == 0) return weft_permute(y, to_nhwc);
  weft_tensor *loss = weft_sum(weft_mul(y, weft_permute(dy, to_nchw))), *by = strcmp(what, "dx") == 0 ? x : w;
  weft_gradients(loss, &by, 1, &gradient);
  return gradient;
}

static weft_tensor *chain(const int64_t *n, double *out_work) {
  *out_work = 12.0 * (double)n[0];
  weft_tensor *a = input("a", weft_shape_of(n[0])), *b = input("b", weft_shape_of(n[0]));
  return weft_relu(weft_add(a, weft_mul(weft_number(graph, 0.5), b)));
}

static weft_tensor *layer_norm(weft_tensor *x) {
  weft_tensor *mean = weft_mean_axes(x, WEFT_AXIS(1) | WEFT_KEEP), *centered = weft_sub(x, mean);
  weft_tensor *var = weft_mean_axes(weft_square(centered), WEFT_AXIS(1) | WEFT_KEEP);
  return weft_mul(centered, weft_rsqrt(weft_add(var, weft_number(graph, 1e-5))));
}

/* A gradient reads x and, but for the mean of a loss, dy, and writes as much. */
static weft_tensor *rows(const char *what, const int64_t *n, double *out_work) {
  weft_shape shape = weft_shape_of(n[0], n[1]);
  weft_tensor *x = input("x", shape), *loss, *gradient = NULL;
  double numbers = (double)n[0] * (double)n[1];
  *out_work = 8 * numbers;
  if (strcmp(what, "softmax") == 0) return weft_softmax(x, 1);
  if (strcmp(what, "layer_norm") == 0) return layer_norm(x);
  if (strcmp(what, "cross_entropy_backward") == 0) {
    loss = weft_mean(weft_cross_entropy(x, layer_places(graph, n[0], (int)n[1])));
  } else {
    int is_softmax = strcmp(what, "softmax_backward") == 0;
    if (!is_softmax && strcmp(what, "layer_norm_backward") != 0) return NULL;
    loss = weft_sum(weft_mul(is_softmax ? weft_softmax(x, 1) : layer_norm(x), input("dy", shape)));
    *out_work = 12 * numbers;
  }
  weft_gradients(loss, &x, 1, &gradient);
  return gradient;
}

static weft_tensor *build(int n_words, char **words, double *out_work) {
  int64_t n[8] = {0};
  int first = strcmp(words[0], "conv") == 0 ? 2 : 1, count = n_words - first;
  for (int i = first; i < n_words && i - first < 8; i++) n[i - first] = atoll(words[i]);
  if (strcmp(words[0], "gemm") == 0 && count == 3) return gemm(n, 0, out_work);
  if (strcmp(words[0], "gemm_packed") == 0 && count == 3) return gemm(n, 1, out_work);
  if (strcmp(words[0], "conv") == 0 && count == 4) return conv(words[1], n, out_work);
  if (strcmp(words[0], "chain") == 0 && count == 1) return chain(n, out_work);
  if (count == 2) return rows(words[0], n, out_work);
  return NULL;
}

static void run_peak(void *state, int count) { roof_peak_run(state, count); }

static int prepare_peak(job *out, char *error, size_t error_size) {
  static roof_peak *peak; /* kept: the device does nothing with it but run it */
  weft_device_info info;
  weft_device_describe(device, &info);
  if (!peak) peak = roof_peak_open(info.id);
  snprintf(error, error_size, "%s runs no kernels that multiply and add", info.id);
  if (!peak) return 0;
  *out = (job){.work = roof_peak_flops(peak), .run = run_peak, .state = peak};
  return 1;
}

/* What the roofline leaves the program, and whether a convolution of it runs by Winograd's algorithm. */
static void tell(const weft_program *p, job *out) {
  weft_program_info about;
  weft_step_info step;
  if (roof) out->least = roof_program(roof, p);
  weft_program_describe(p, &about);
  for (size_t s = 0; s < about.steps; s++)
    if (weft_program_step(p, s, &step) == WEFT_OK && strstr(step.what, "winograd")) out->form = "winograd";
}

static int prepare(int n_words, char **words, job *out, char *error, size_t error_size) {
  static program p;
  weft_graph_free(graph);
  graph = weft_graph_new(device);
  p.program = NULL;
  if (n_words == 1 && strcmp(words[0], "peak") == 0) return prepare_peak(out, error, error_size);
  if (n_words == 4 && strcmp(words[0], "model") == 0) {
    workload_run run;
    const workload *w = workload_find(words[1]);
    if (w && workload_build(w, graph, atoll(words[2]), strcmp(words[3], "train") == 0, &run) == 0) {
      workload_feed(&run, 1);
      p.program = run.program;
      out->work = (double)run.items;
    }
  } else if (n_words == 3 && strcmp(words[0], "layer") == 0) {
    out->work = 1;
    p.program = compile_layer(words[1], strcmp(words[2], "train") == 0);
  } else {
    weft_tensor *y = build(n_words, words, &out->work);
    if (y) p.program = weft_compile(y);
  }
  out->run = run_program;
  out->state = &p;
  if (p.program) tell(p.program, out);
  if (p.program && weft_run(p.program) == WEFT_OK && weft_sync(graph) == WEFT_OK) return 1;
  snprintf(error, error_size, "%s", weft_graph_message(graph));
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--roof") == 0) roof = roof_measure(NULL);
  device = weft_device_open(NULL);
  if (weft_device_status(device) != WEFT_OK) {
    fprintf(stderr, "bench: %s\n", weft_device_message(device));
    return 1;
  }
  int code = serve(prepare);
  weft_graph_free(graph);
  weft_device_close(device);
  return code;
}
