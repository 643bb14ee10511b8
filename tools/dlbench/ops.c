/* ops.c -- what weft gets out of the device: the kernels of real networks, each against the roofline that the same run
 * measured. */
#include "dlbench.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <weft/nn.h>
#include <weft/optim.h>

typedef struct work {
  const char *name;
  weft_tensor *(*build)(weft_graph *graph, const int *n);
  int n[4];
  int quick; /* measured by a quick run too */
} work;

static weft_tensor *input(weft_graph *g, const char *name, weft_shape shape) {
  return weft_input_shaped(g, name, WEFT_F32, shape);
}

/* m, n, k */
static weft_tensor *gemm(weft_graph *g, const int *n) {
  return weft_matmul(input(g, "a", weft_shape_of(n[0], n[2])), input(g, "b", weft_shape_of(n[2], n[1])));
}

/* batch, channels in and out, edge */
static weft_tensor *conv(weft_graph *g, const int *n) {
  weft_conv_options same = {.pad = 1};
  return weft_conv2d(input(g, "x", weft_shape_of(n[0], n[1], n[3], n[3])),
                     input(g, "w", weft_shape_of(n[2], n[1], 3, 3)), &same);
}

/* The gradient of sum(y * t) with respect to a leaf: t stands for the gradient that comes in. */
static weft_tensor *gradient(weft_tensor *y, const char *with_respect_to) {
  weft_graph *g = weft_tensor_graph(y);
  weft_tensor *result = NULL, *leaf = weft_graph_find(g, with_respect_to);
  weft_tensor *loss = weft_sum(weft_mul(y, input(g, "t", weft_tensor_shape(y))));
  weft_gradients(loss, &leaf, 1, &result);
  return result;
}
static weft_tensor *conv_dx(weft_graph *g, const int *n) { return gradient(conv(g, n), "x"); }
static weft_tensor *conv_dw(weft_graph *g, const int *n) { return gradient(conv(g, n), "w"); }

/* heads in all, length, width of a head */
static weft_tensor *attention(weft_graph *g, const int *n) {
  weft_shape shape = weft_shape_of(n[0], n[1], n[2]);
  weft_tensor *q = input(g, "q", shape), *k = input(g, "k", shape), *v = input(g, "v", shape);
  return weft_scaled_dot_product_attention(q, k, v, 0);
}

/* With respect to q, k and v. */
static weft_tensor *attention_backward(weft_graph *g, const int *n) {
  weft_tensor *y = attention(g, n),
              *to[3] = {weft_graph_find(g, "q"), weft_graph_find(g, "k"), weft_graph_find(g, "v")};
  weft_tensor *gradients[3] = {NULL};
  weft_gradients(weft_sum(weft_mul(y, input(g, "t", weft_tensor_shape(y)))), to, 3, gradients);
  return weft_concat(gradients, 3, 0);
}

/* places, words, width; with what tells the places apart, as a transformer begins */
static weft_tensor *embedding(weft_graph *g, const int *n) {
  weft_tensor *index = weft_input_shaped(g, "index", WEFT_I32, weft_shape_of(n[0]));
  weft_tensor *words = weft_gather(input(g, "w", weft_shape_of(n[1], n[2])), index, 0);
  return weft_add(words, input(g, "y", weft_shape_of(n[0], n[2])));
}
static weft_tensor *embedding_dw(weft_graph *g, const int *n) { return gradient(embedding(g, n), "w"); }

static weft_tensor *softmax(weft_graph *g, const int *n) {
  return weft_softmax(input(g, "x", weft_shape_of(n[0], n[1])), -1);
}

static weft_tensor *layer_norm(weft_graph *g, const int *n) {
  weft_tensor *x = input(g, "x", weft_shape_of(n[0], n[1]));
  unsigned last = WEFT_AXIS(-1) | WEFT_KEEP;
  weft_tensor *scale = weft_rsqrt(weft_add(weft_var_axes(x, last), weft_number(g, 1e-5)));
  weft_tensor *normal = weft_mul(weft_sub(x, weft_mean_axes(x, last)), scale);
  return weft_add(weft_mul(normal, input(g, "g", weft_shape_of(n[1]))), input(g, "b", weft_shape_of(n[1])));
}

static weft_tensor *chain(weft_graph *g, const int *n) {
  weft_shape shape = weft_shape_of(n[0], n[1]);
  return weft_relu(weft_add(weft_mul(input(g, "x", shape), weft_number(g, 1.5)), input(g, "y", shape)));
}

static weft_tensor *gelu(weft_graph *g, const int *n) { return weft_gelu(input(g, "x", weft_shape_of(n[0], n[1]))); }
static weft_tensor *sum(weft_graph *g, const int *n) { return weft_sum(input(g, "x", weft_shape_of(n[0], n[1]))); }
static weft_tensor *sum_columns(weft_graph *g, const int *n) {
  return weft_sum_axes(input(g, "x", weft_shape_of(n[0], n[1])), WEFT_AXIS(0));
}

/* The gradient of sum(w * x) is x: what is left is the optimizer. */
static weft_tensor *adam(weft_graph *g, const int *n) {
  weft_shape shape = weft_shape_of(n[0], n[1]);
  weft_tensor *w = weft_param_shaped(g, "w", WEFT_F32, shape);
  return weft_minimize(weft_sum(weft_mul(w, input(g, "x", shape))), weft_adam(0.001));
}

static const work works[] = {
    {"gemm 256x256x256", gemm, {256, 256, 256}, 1},
    {"gemm 512x512x512", gemm, {512, 512, 512}, 1},
    {"gemm 1024x1024x1024", gemm, {1024, 1024, 1024}, 1},
    {"gemm 2048x2048x2048", gemm, {2048, 2048, 2048}, 0},
    {"gemm 128x512x784 (mlp)", gemm, {128, 512, 784}, 1},
    {"gemm 128x128x3136 (lenet)", gemm, {128, 128, 3136}, 0},
    {"gemm 1024x2304x768 (gpt)", gemm, {1024, 2304, 768}, 0},
    {"gemm 1x1000x2048 (one image)", gemm, {1, 1000, 2048}, 0},
    {"conv3x3 32>64 14x14 N=32", conv, {32, 32, 64, 14}, 1},
    {"conv3x3 64>64 56x56 N=8", conv, {8, 64, 64, 56}, 0},
    {"conv3x3 256>256 14x14 N=16", conv, {16, 256, 256, 14}, 0},
    {"conv3x3 dx 32>64 14x14 N=32", conv_dx, {32, 32, 64, 14}, 1},
    {"conv3x3 dw 32>64 14x14 N=32", conv_dw, {32, 32, 64, 14}, 1},
    {"attention 12 x 256 x 64", attention, {12, 256, 64}, 1},
    {"attention backward 12 x 256 x 64", attention_backward, {12, 256, 64}, 0},
    {"embedding+add 4096 of 8192x256", embedding, {4096, 8192, 256}, 1},
    {"embedding dw 4096 of 8192x256", embedding_dw, {4096, 8192, 256}, 0},
    {"softmax 4096x1024", softmax, {4096, 1024}, 1},
    {"layer norm 4096x1024", layer_norm, {4096, 1024}, 1},
    {"mul+add+relu 4096x1024", chain, {4096, 1024}, 1},
    {"gelu 4096x1024", gelu, {4096, 1024}, 0},
    {"sum 4096x1024", sum, {4096, 1024}, 1},
    {"sum of columns 4096x1024", sum_columns, {4096, 1024}, 0},
    {"adam 4096x1024", adam, {4096, 1024}, 1},
};
enum { N_WORKS = sizeof works / sizeof *works };

/* One profiled run; below 0: failed. Fills what the row tells of one run. */
static double run_once(bench *b, weft_program *p, size_t steps, row *r) {
  double total = 0, began = now();
  if (b->host_clock) {
    if (weft_run(p) != WEFT_OK) return -1;
  } else if (weft_run_profiled(p) != WEFT_OK) {
    return -1;
  }
  r->flops = r->bytes = r->size = 0;
  for (size_t s = 0; s < steps; s++) {
    weft_step_info step;
    weft_program_step(p, s, &step);
    if (step.once) continue;
    total += step.seconds;
    r->flops += step.flops;
    r->bytes += step.bytes;
    if (step.bytes > r->size) r->size = step.bytes;
  }
  if (!b->host_clock) return total > 0 ? total : 1e-9;
  return weft_device_sync(b->device) == WEFT_OK ? now() - began : -1;
}

/* Small numbers in the leaves: zeros would make some devices look faster than they are. Indices are places of w. */
static void fill_leaves(weft_graph *g) {
  static const char *const names[] = {"a", "b", "x", "w", "t", "q", "k", "v", "g", "y", "index"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    weft_tensor *leaf = weft_graph_find(g, names[i]);
    if (!leaf) continue;
    int is_index = weft_tensor_dtype(leaf) == WEFT_I32;
    int64_t places = is_index ? weft_tensor_shape(weft_graph_find(g, "w")).dims[0] : 0;
    size_t count = (size_t)weft_shape_size(weft_tensor_shape(leaf));
    union {
      float f32;
      int32_t i32;
    } *data = malloc(count * sizeof *data);
    uint32_t state = 12345u + (uint32_t)i;
    for (size_t k = 0; data && k < count; k++) {
      state = state * 1664525u + 1013904223u;
      if (is_index)
        data[k].i32 = (int32_t)((state >> 8) % (uint64_t)places);
      else
        data[k].f32 = (float)(state >> 8) / 16777216.0f - 0.5f;
    }
    if (data) weft_write(leaf, data, count * sizeof *data);
    free(data);
  }
}

static void name_kernels(weft_program *p, size_t steps, row *r) {
  size_t used = 0;
  for (size_t s = 0; s < steps && used < sizeof r->detail; s++) {
    weft_step_info step;
    weft_program_step(p, s, &step);
    int n = snprintf(r->detail + used, sizeof r->detail - used, "%s%s", s ? "; " : "", step.what);
    if (n > 0 && step.gain > 0 && used + (size_t)n < sizeof r->detail)
      n += snprintf(r->detail + used + n, sizeof r->detail - used - (size_t)n, " (%s, %.2f times untuned)", step.tuned,
                    step.gain);
    if (n < 0) break;
    used += (size_t)n;
  }
}

static void measure_work(bench *b, const work *w) {
  row *r = bench_row(b, "ops", w->name, "GFLOP/s");
  if (!r) return;
  weft_graph *g = weft_graph_new(b->device);
  weft_program *p = weft_compile(w->build(g, w->n));
  weft_program_info about;
  double samples[MAX_SAMPLES];
  int count = 0;
  if (p) {
    weft_program_describe(p, &about);
    fill_leaves(g);
    int good = run_once(b, p, about.steps, r) >= 0;
    for (double began = now(); good && bench_wants_more(b, count, began); count++) {
      samples[count] = run_once(b, p, about.steps, r);
      good = samples[count] >= 0;
    }
    if (!good) count = 0;
  }
  if (count) {
    row_fill(r, samples, count, r->flops, 1);
    name_kernels(p, about.steps, r);
  } else {
    bench_fail(b, r, weft_graph_message(g));
  }
  weft_graph_free(g);
}

const char *work_name(size_t index) { return index < N_WORKS ? works[index].name : NULL; }
weft_tensor *work_build(size_t index, weft_graph *graph) { return works[index].build(graph, works[index].n); }
int work_is_quick(size_t index) { return works[index].quick; }
int work_is_tuned(size_t index) {
  weft_tensor *(*build)(weft_graph *, const int *) = works[index].build;
  return build == gemm || build == conv || build == conv_dx || build == conv_dw || build == attention ||
         build == attention_backward;
}

double weight_ops(const bench *b) { return b->mode == QUICK ? 8 : b->mode == NORMAL ? 45 : 150; }

/* What a kernel moves it moves at least at the speed of its working set; the kernels of a row share the largest. */
double roof_part(const document *d, const row *r) {
  if (r->error[0] || r->seconds <= 0) return 0;
  return roof_seconds(d, r->flops, r->bytes, r->size) / r->seconds;
}

enum { ABOVE_COMPUTE = 1, ABOVE_MEMORY = 2 };

/* Sets every row's part of the roofline. Returns which roofs have a row above them. */
static int place_under_roof(document *d) {
  int above = 0;
  for (size_t i = 0; i < d->n_rows; i++) {
    row *r = &d->rows[i];
    if (strcmp(r->section, "ops")) continue;
    r->roof = roof_part(d, r);
    if (r->roof <= 1) continue;
    double arithmetic = r->flops / r->seconds * 1e-9;
    above |= arithmetic > roof_compute(d) ? ABOVE_COMPUTE : ABOVE_MEMORY;
  }
  return above;
}

/* Measures a part again, into a document of its own, from which faster figures of the same rows are kept. */
static void measure_roof_again(bench *b, void (*part)(bench *)) {
  document *all = b->document, again = {0};
  b->document = &again;
  b->roof_only = 1;
  bench_part(b, part);
  b->roof_only = 0;
  b->document = all;
  for (size_t i = 0; i < again.n_rows; i++)
    for (size_t k = 0; k < all->n_rows; k++) {
      const row *new = &again.rows[i];
      row *old = &all->rows[k];
      if (strcmp(old->section, new->section) || strcmp(old->name, new->name) || new->error[0]) continue;
      if (old->error[0] || new->best > old->best) *old = *new;
    }
  document_free(&again);
}

static void measure_works_again(bench *b) {
  document *all = b->document, again = {0};
  b->document = &again;
  for (size_t i = 0; i < all->n_rows; i++) {
    row *old = &all->rows[i];
    if (strcmp(old->section, "ops") || old->roof <= 1) continue;
    for (int k = 0; k < N_WORKS; k++)
      if (!strcmp(works[k].name, old->name)) measure_work(b, &works[k]);
    if (again.n_rows && !again.rows[again.n_rows - 1].error[0]) *old = again.rows[again.n_rows - 1];
  }
  b->document = all;
  document_free(&again);
}

/* A kernel above the roof says that one of the two was measured while something else used the machine: both are
 * measured again, close to each other. The roof keeps the faster figure, the kernel the later one. */
static void settle_roof(bench *b) {
  enum { TRIES = 5 };
  int above = place_under_roof(b->document);
  for (int tries = 0; above && roof_compute(b->document) > 0 && tries < TRIES; tries++) {
    progress_show(&b->progress, b->weight_done, "the roofline once more");
    if (above & ABOVE_COMPUTE) measure_roof_again(b, measure_compute);
    if (above & ABOVE_MEMORY) measure_roof_again(b, measure_memory);
    measure_works_again(b);
    above = place_under_roof(b->document);
  }
}

void measure_ops(bench *b) {
  int wanted = 0;
  for (int i = 0; i < N_WORKS; i++) wanted += b->mode != QUICK || works[i].quick;
  for (int i = 0; i < N_WORKS; i++) {
    if (b->mode == QUICK && !works[i].quick) continue;
    bench_step(b, weight_ops(b) / wanted, works[i].name);
    measure_work(b, &works[i]);
  }
  settle_roof(b);
}
