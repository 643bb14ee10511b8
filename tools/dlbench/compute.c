/* compute.c -- the arithmetic peak by type and vector width. Several numbers of independent sums and work-group sizes
 * are tried at each width, since what hides a device's latency without running out of its registers is not known
 * beforehand; the fastest is the figure. */
#include "dlbench.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LOOPS = 1024, STEPS = 16, OUT_VECTORS = 256, MAX_VARIANTS = 96, PARAMS = 32 };

typedef struct number_type {
  const char *name, *cl, *glsl[3]; /* OpenCL C's word; GLSL's for 1, 2 and 4 numbers */
  unsigned feature;                /* 0: every device has it */
  int kind;                        /* of compute.cl */
  const char *defines;
  int bytes, flops; /* of a number; of a step, each number */
} number_type;

static const number_type types[] = {
    {"f32", "float", {"float", "vec2", "vec4"}, 0, 0, "", 4, 2},
    {"f16", "half", {"float16_t", "f16vec2", "f16vec4"}, WEFT_HAS_F16, 0, "NEEDS_F16", 2, 2},
    {"f64", "double", {"double", "dvec2", "dvec4"}, WEFT_HAS_F64, 0, "NEEDS_F64", 8, 2},
    {"i32", "int", {"int", "ivec2", "ivec4"}, 0, 1, "", 4, 2},
    {"dot8", "int", {"int", "ivec2", "ivec4"}, WEFT_HAS_DOT8, 2, "", 4, 8},
};
static const int widths[] = {1, 2, 4, 8, 16};
enum { N_TYPES = sizeof types / sizeof *types, N_WIDTHS = sizeof widths / sizeof *widths };

/* One row to be: the variants first .. first + count - 1 compete for it. */
typedef struct contest {
  const number_type *type;
  int width;
  size_t first, count;
} contest;

typedef struct plan {
  contest contests[N_TYPES * N_WIDTHS];
  size_t n_contests;
  variant variants[MAX_VARIANTS];
  int sums[MAX_VARIANTS];
  size_t n_variants;
} plan;

static int width_index(int width) { return width == 1 ? 0 : width == 2 ? 1 : 2; }

static void add_variant(const bench *b, plan *p, const contest *c, int sums, int local) {
  variant *v = &p->variants[p->n_variants];
  const number_type *t = c->type;
  int is_glsl = b->language == WEFT_LANGUAGE_GLSL;
  *v = (variant){.file = "compute", .entry = "compute", .n_bindings = 2, .written = 2, .local = (uint32_t)local};
  int n = snprintf(v->defines, sizeof v->defines,
                   "SCALAR=%s STORED=%s WIDTH=%d SUMS=%d LOCAL=%d OUT_MASK=%d KIND=%d %s", is_glsl ? t->glsl[0] : t->cl,
                   t->kind ? "int" : "float", c->width, sums, local, OUT_VECTORS - 1, t->kind, t->defines);
  if (is_glsl) snprintf(v->defines + n, sizeof v->defines - (size_t)n, " VECTOR=%s", t->glsl[width_index(c->width)]);
  p->sums[p->n_variants++] = sums;
}

static void add_contest(const bench *b, plan *p, const number_type *type, int width) {
  contest *c = &p->contests[p->n_contests++];
  *c = (contest){type, width, p->n_variants, 0};
  /* On CPUs in OpenCL a work-item is a whole thread's work, whose vectors fill registers; elsewhere it is a lane, of
   * which every number of a vector has a register. */
  int is_cpu = b->info.device_class == WEFT_CLASS_CPU, is_thread = is_cpu && b->language == WEFT_LANGUAGE_OPENCL_C;
  int local = is_thread ? 1 : is_cpu ? 64 : 256, width_bytes = 4 * (int)b->info.vector_width;
  if ((uint32_t)local > b->info.max_group) local = (int)b->info.max_group;
  int registers = !is_thread ? width : width * type->bytes > width_bytes ? width * type->bytes / width_bytes : 1;
  /* Two units with a latency of four or five cycles want 8 to 10 chains, and some to spare; beside the chains stand a
   * factor and three addends. 12 suit CPUs of 16 registers, 16 and 24 those of 32. */
  static const int wanted[] = {12, 16, 24};
  for (int k = 0, last = 0; k < (b->mode == QUICK ? 2 : 3); k++) {
    int sums = wanted[k] / registers > 1 ? wanted[k] / registers : 1;
    if (sums != last) add_variant(b, p, c, sums, local);
    last = sums;
  }
  c->count = p->n_variants - c->first;
}

/* A quick run takes every width of f32 and the widest of the others. */
static void make_plan(const bench *b, plan *p) {
  int widest = b->language == WEFT_LANGUAGE_GLSL ? 4 : 16;
  memset(p, 0, sizeof *p);
  for (int t = 0; t < N_TYPES; t++) {
    const number_type *type = &types[t];
    if (b->roof_only && t > 0) continue;
    if (type->feature && !(b->info.features & type->feature)) continue;
    int best = b->info.device_class == WEFT_CLASS_CPU ? (widest < 8 ? widest : 8) : (widest < 2 ? widest : 2);
    for (int w = 0; w < N_WIDTHS && widths[w] <= widest; w++)
      if (t == 0 || b->mode != QUICK || widths[w] == best || widths[w] == widest) add_contest(b, p, type, widths[w]);
  }
}

/* ---- the values ---- */

static int start_of(int lane) { return lane % 8; }

static void fill_params(const number_type *type, weft_buffer *buffer, weft_device *device) {
  /* 8 p + 7 q + r is a gain of 1 a loop, exact in every floating-point type. */
  static const int exact[5] = {LOOPS, 1, 1, -1, 0}, wrapping[5] = {LOOPS, 5, 3, -7, 11};
  float f[PARAMS] = {0};
  int n[PARAMS] = {0};
  for (int i = 0; i < PARAMS; i++) {
    n[i] = i >= 16 ? start_of(i - 16) : i < 5 ? (type->kind ? wrapping : exact)[i] : 0;
    f[i] = (float)n[i];
  }
  weft_buffer_write(device, buffer, 0, type->kind ? (const void *)n : (const void *)f, sizeof f);
}

static uint32_t dot_bytes(uint32_t a, uint32_t b) {
  int sum = 0;
  for (int i = 0; i < 32; i += 8) sum += (int8_t)(a >> i & 255) * (int8_t)(b >> i & 255);
  return (uint32_t)sum;
}

/* What one lane gains over all its sums. */
static uint32_t gain_of(const number_type *type, int lane, int sums) {
  uint32_t gain = 0;
  if (type->kind == 0) return (uint32_t)(LOOPS * sums);
  for (int j = 0; j < sums; j++) {
    uint32_t first = (uint32_t)(start_of(lane) + j), x = first;
    for (int i = 0; i < LOOPS; i++)
      for (int s = 0; s < STEPS; s++) {
        uint32_t add = s == STEPS - 1 ? 11u : s % 2 ? 0u - 7u : 3u;
        x = (type->kind == 1 ? x * 5u : dot_bytes(x, 5u)) + add;
      }
    gain += x - first;
  }
  return gain;
}

static int is_right(bench *b, const contest *c, int sums, weft_buffer *out) {
  float f[OUT_VECTORS * 16];
  int32_t n[OUT_VECTORS * 16];
  size_t count = (size_t)OUT_VECTORS * (size_t)c->width;
  void *data = c->type->kind ? (void *)n : (void *)f;
  if (weft_buffer_read(b->device, out, 0, data, count * 4) != WEFT_OK) return 0;
  for (int lane = 0; lane < c->width; lane++) {
    uint32_t gain = gain_of(c->type, lane, sums);
    for (size_t i = (size_t)lane; i < count; i += (size_t)c->width)
      if (c->type->kind ? (uint32_t)n[i] != gain : f[i] != (float)gain) return 0;
  }
  return 1;
}

/* ---- measuring ---- */

/* The kernels, and what they read and write. */
typedef struct arithmetic {
  plan plan;
  weft_buffer *params, *out;
  weft_binding bindings[2];
} arithmetic;

/* The buffers are NULL where there is no memory for them. NULL: not even for the plan. */
static arithmetic *open_arithmetic(bench *b) {
  arithmetic *a = malloc(sizeof *a);
  if (!a) return NULL;
  make_plan(b, &a->plan);
  bench_step(b, weight_compute(b) * 0.4, "building kernels of arithmetic");
  variants_build(b, a->plan.variants, a->plan.n_variants);
  weft_buffer_new(b->device, sizeof(float) * PARAMS, &a->params);
  weft_buffer_new(b->device, sizeof(float) * 16 * OUT_VECTORS, &a->out);
  a->bindings[0] = (weft_binding){a->params, 0, sizeof(float) * PARAMS};
  a->bindings[1] = (weft_binding){a->out, 0, sizeof(float) * 16 * OUT_VECTORS};
  if (a->params && a->out) fill_params(&types[0], a->params, b->device);
  return a;
}

static void close_arithmetic(bench *b, arithmetic *a) {
  if (!a) return;
  weft_buffer_free(b->device, a->out);
  weft_buffer_free(b->device, a->params);
  variants_free(b, a->plan.variants, a->plan.n_variants);
  free(a);
}

static double operations_of(const contest *c, const variant *v, int sums, uint32_t groups) {
  return (double)groups * v->local * LOOPS * STEPS * sums * c->width * c->type->flops;
}

/* Doubles the work until a run is long enough. NULL: failed. */
static weft_recording *calibrate(bench *b, weft_kernel *kernel, const weft_binding *bindings, uint32_t local,
                                 uint32_t *out_groups) {
  uint32_t groups = OUT_VECTORS / local > 0 ? OUT_VECTORS / local : 1, most = 65535;
  for (;;) {
    weft_recording *recording;
    if (bench_record(b, kernel, bindings, groups, &recording) != WEFT_OK) return NULL;
    double seconds = bench_time(b, recording, 1);
    if (groups == OUT_VECTORS / local) seconds = bench_time(b, recording, 1); /* the first run may compile */
    *out_groups = groups;
    if (seconds >= bench_sample_seconds(b) || groups >= most) return recording;
    weft_recording_free(b->device, recording);
    if (seconds < 0) return NULL;
    double factor = 1.25 * bench_sample_seconds(b) / seconds;
    groups = factor > 16 ? groups * 16 : factor < 1.5 ? groups * 3 / 2 + 1 : (uint32_t)(groups * factor) + 1;
    if (groups > most) groups = most;
  }
}

static void measure_variant(bench *b, const contest *c, const variant *v, int sums, const weft_binding *bindings,
                            row *r) {
  double samples[MAX_SAMPLES];
  uint32_t groups;
  row found = *r;
  if (!v->kernel) {
    if (!r->repeats) bench_fail(b, r, v->error);
    return;
  }
  weft_buffer_clear(b->device, bindings[1].buffer, 0, bindings[1].size);
  weft_recording *recording = calibrate(b, v->kernel, bindings, v->local, &groups);
  int count = recording ? bench_sample(b, recording, 1, samples) : 0;
  weft_recording_free(b->device, recording);
  if (!count) {
    if (!r->repeats) bench_fail(b, r, NULL);
    return;
  }
  if (!is_right(b, c, sums, bindings[1].buffer)) {
    if (!r->repeats) bench_fail(b, r, "the result is wrong: the device or its compiler did not do the work");
    return;
  }
  double operations = operations_of(c, v, sums, groups);
  row_fill(&found, samples, count, operations, 0);
  found.flops = operations;
  found.error[0] = 0;
  snprintf(found.detail, sizeof found.detail, "%d sums, work-groups of %u", sums, (unsigned)v->local);
  if (!r->repeats || found.value > r->value) *r = found;
}

static void check_clock(bench *b, const plan *p, const weft_binding *bindings) {
  if (!p->n_variants || !p->variants[0].kernel || b->host_clock) return;
  uint32_t groups;
  b->host_clock = 1; /* to find a size by */
  weft_recording *recording = calibrate(b, p->variants[0].kernel, bindings, p->variants[0].local, &groups);
  b->host_clock = 0;
  if (recording) bench_check_clock(b, recording);
  weft_recording_free(b->device, recording);
}

double weight_compute(const bench *b) { return b->mode == QUICK ? 3 : b->mode == NORMAL ? 12 : 80; }

void measure_compute(bench *b) {
  arithmetic *a = open_arithmetic(b);
  if (!a) return;
  const plan *p = &a->plan;
  if (a->params && a->out) check_clock(b, p, a->bindings);
  for (size_t i = 0; i < p->n_contests; i++) {
    const contest *c = &p->contests[i];
    char name[32];
    snprintf(name, sizeof name, "%s x%d", c->type->name, c->width);
    bench_step(b, weight_compute(b) * 0.6 / (double)p->n_contests, name);
    row *r = bench_row(b, "compute", name, c->type->kind ? "GOP/s" : "GFLOP/s");
    if (!r) continue;
    if (!a->params || !a->out) {
      bench_fail(b, r, NULL);
      continue;
    }
    fill_params(c->type, a->params, b->device);
    for (size_t k = c->first; k < c->first + c->count; k++)
      measure_variant(b, c, &p->variants[k], p->sums[k], a->bindings, r);
  }
  close_arithmetic(b, a);
}

double roof_compute(const document *d) {
  double best = 0;
  for (size_t i = 0; i < d->n_rows; i++)
    if (!strcmp(d->rows[i].section, "compute") && !strncmp(d->rows[i].name, "f32 ", 4) && d->rows[i].best > best)
      best = d->rows[i].best;
  return best;
}

/* ---- the peak in turn with something else ---- */

struct roof_peak {
  document document;
  bench bench;
  arithmetic *arithmetic;
  weft_recording *recording;
  double flops;
};

/* Keeps the variant's recording where an operation takes it less time than the one at hand. */
static void consider(roof_peak *p, const contest *c, const variant *v, int sums, double *least) {
  enum { RUNS = 5 };
  bench *b = &p->bench;
  uint32_t groups;
  weft_recording *recording = v->kernel ? calibrate(b, v->kernel, p->arithmetic->bindings, v->local, &groups) : NULL;
  if (!recording) return;
  double flops = operations_of(c, v, sums, groups), seconds = -1;
  for (int i = 0; i < RUNS; i++) {
    double once = bench_time(b, recording, 1);
    if (once >= 0 && (seconds < 0 || once < seconds)) seconds = once;
  }
  int is_best = seconds >= 0 && is_right(b, c, sums, p->arithmetic->out) && (!p->recording || seconds / flops < *least);
  weft_recording_free(b->device, is_best ? p->recording : recording);
  if (!is_best) return;
  p->recording = recording;
  p->flops = flops;
  *least = seconds / flops;
}

roof_peak *roof_peak_open(const char *id) {
  roof_peak *p = calloc(1, sizeof *p);
  double least = 0;
  if (!p) return NULL;
  if (!roof_bench(&p->bench, id, NORMAL, &p->document)) {
    free(p);
    return NULL;
  }
  p->arithmetic = open_arithmetic(&p->bench);
  if (p->arithmetic && p->arithmetic->params && p->arithmetic->out) {
    const plan *all = &p->arithmetic->plan;
    check_clock(&p->bench, all, p->arithmetic->bindings);
    for (size_t i = 0; i < all->n_contests; i++)
      for (size_t k = all->contests[i].first; k < all->contests[i].first + all->contests[i].count; k++)
        consider(p, &all->contests[i], &all->variants[k], all->sums[k], &least);
  }
  if (p->recording) return p;
  roof_peak_close(p);
  return NULL;
}

double roof_peak_flops(const roof_peak *p) { return p->flops; }

int roof_peak_run(roof_peak *p, int count) {
  weft_status status = WEFT_OK;
  for (int i = 0; i < count && status == WEFT_OK; i++) status = weft_replay(p->bench.device, p->recording);
  return status == WEFT_OK && weft_device_sync(p->bench.device) == WEFT_OK ? 0 : -1;
}

void roof_peak_close(roof_peak *p) {
  if (!p) return;
  weft_recording_free(p->bench.device, p->recording);
  close_arithmetic(&p->bench, p->arithmetic);
  weft_device_close(p->bench.device);
  document_free(&p->document);
  free(p);
}
