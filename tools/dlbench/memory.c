/* memory.c -- bandwidth of reading, writing, copying, the triad and updates in place over working sets from 16 KiB to
 * beyond every cache, and of work-group memory. A kernel goes over its working set until the run is long enough to
 * time, so that a launch counts for nothing; results are checked, so that a run that left work out is found out. */
#include "dlbench.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  KINDS = 5,
  PERIOD = 16,
  MOST_GROUPS = 65535,
  MOST_PASSES = 1 << 20,
  KEPT_SUMS = 1024,
  CHECKED = 4096,
  SMALLEST = 16 << 10,
  BLOCK = 8 << 20
};
enum { READ, WRITE, COPY, TRIAD, UPDATE };
static const char *const kind_names[KINDS] = {"read", "write", "copy", "triad", "update"};
static const int arrays_of[KINDS] = {1, 1, 2, 3, 2}; /* in the working set */
static const int moved_of[KINDS] = {1, 1, 2, 3, 3};  /* read or written a visit */
static const int written_value = 5;

typedef struct space {
  weft_buffer *params, *a, *b, *c;
  uint64_t bytes; /* of a and b; c has a third */
  int blocks;     /* the form of memory.cl for CPUs */
  int texels;     /* reads are of texels, as those of graphs on such a device */
  int loop;       /* of the other form: 0 where work-items do without one (memory.comp) */
  uint32_t local;
} space;

/* How one kind is measured: its kernel's form and work-groups. */
enum { LANES = 8 }; /* of a work-group whose work-items have blocks: those of a CPU's vector */
static int has_blocks(const space *s, int kind) { return s->blocks || (s->texels && kind == READ); }
static uint32_t local_of(const space *s, int kind) { return s->texels && kind == READ ? LANES : s->local; }
static int has_loop(const space *s, int kind) { return s->loop || has_blocks(s, kind); }

/* Numbers whose bits have an odd sum over a period: with an odd number of passes no sum of them wraps to 0, which a
 * device that did nothing would have right. */
static float b_at(int i) { return 1 + (float)(i % PERIOD ? 2 * (i % PERIOD) : 1) * 0x1p-23f; }
static float c_at(int i) { return (float)(i % PERIOD * 2); }

static int is_cpu(const bench *b) { return b->info.device_class == WEFT_CLASS_CPU; }

static uint32_t power_of_two(uint32_t least) {
  uint32_t p = 1;
  while (p < least) p *= 2;
  return p;
}

/* Work-groups that fill the device. */
static uint32_t groups_of(const bench *b) {
  uint32_t units = b->info.compute_units;
  if (is_cpu(b)) return power_of_two(units ? units * 4 : 8);
  return power_of_two(units ? units * 8 : 512);
}

static uint64_t largest_size(const bench *b) {
  static const uint64_t most[] = {(uint64_t)256 << 20, (uint64_t)512 << 20, (uint64_t)1 << 30};
  uint64_t size = most[b->mode];
  while (size > SMALLEST && (size > weft_device_largest_binding(b->device) || size > b->info.memory / 8)) size /= 2;
  return size;
}

static weft_status fill(bench *b, weft_buffer *buffer, uint64_t bytes, float (*value)(int)) {
  float *data = malloc(BLOCK);
  weft_status status = data ? WEFT_OK : WEFT_NO_MEMORY;
  for (int i = 0; data && i < BLOCK / 4; i++) data[i] = value(i);
  for (uint64_t at = 0; at < bytes && status == WEFT_OK; at += BLOCK)
    status = weft_buffer_write(b->device, buffer, at, data, bytes - at < BLOCK ? bytes - at : BLOCK);
  free(data);
  return status;
}

static void space_free(bench *b, space *s) {
  weft_buffer_free(b->device, s->params);
  weft_buffer_free(b->device, s->a);
  weft_buffer_free(b->device, s->b);
  weft_buffer_free(b->device, s->c);
}

static uint64_t third_of(const space *s) { return (s->bytes / 3 + 15) & ~(uint64_t)15; }

static weft_status space_new(bench *b, space *s, uint64_t bytes) {
  *s = (space){.bytes = bytes};
  s->blocks = is_cpu(b) && b->language == WEFT_LANGUAGE_OPENCL_C;
  s->loop = !is_cpu(b);
  s->texels = is_cpu(b) && weft_device_largest_texels(b->device) >= s->bytes / 16;
  s->local = s->blocks ? 1 : 256 <= b->info.max_group ? 256 : power_of_two(b->info.max_group / 2 + 1);
  weft_status status = weft_buffer_new(b->device, 64, &s->params);
  uint64_t out = (uint64_t)groups_of(b) * s->local * 64; /* what a read writes */
  if (status == WEFT_OK) status = weft_buffer_new(b->device, s->bytes > out ? s->bytes : out, &s->a);
  if (status == WEFT_OK) status = weft_buffer_new(b->device, s->bytes, &s->b);
  if (status == WEFT_OK) status = weft_buffer_new(b->device, third_of(s), &s->c);
  if (status == WEFT_OK) status = fill(b, s->b, s->bytes, b_at);
  if (status == WEFT_OK) status = fill(b, s->c, third_of(s), c_at);
  if (status == WEFT_OK) status = weft_buffer_clear(b->device, s->a, 0, s->bytes);
  return status == WEFT_OK ? weft_device_sync(b->device) : status;
}

/* One point of a curve. */
typedef struct point {
  int kind;
  uint32_t groups;
  uint64_t floats;   /* of each array */
  int32_t params[4]; /* of the kernel */
  double visited;    /* floats of each array that one run goes over */
} point;

/* Sizes of a working set of about so many bytes. */
static point point_of(const bench *b, const space *s, int kind, uint64_t bytes) {
  uint64_t floats = bytes / 4 / (uint64_t)arrays_of[kind];
  point p = {.kind = kind, .groups = groups_of(b), .params = {0, 1, 0, written_value}};
  if (has_blocks(s, kind) && !s->blocks) {
    uint64_t block = floats / 4 / (p.groups * LANES) & ~(uint64_t)3;
    p.params[0] = (int32_t)block;
    p.floats = block * 4 * p.groups * LANES;
  } else if (s->blocks) {
    /* One block a core in its cache; more in memory, where a core that is late would be waited for. */
    p.groups = b->info.compute_units * (bytes >= (8u << 20) ? 8 : 1);
    if (p.groups < 1) p.groups = 1;
    while (p.groups > 1 && floats / p.groups < 64) p.groups /= 2;
    uint64_t block = floats / p.groups & ~(uint64_t)63;
    p.params[0] = (int32_t)block;
    p.floats = block * p.groups;
  } else {
    uint64_t vectors = 1, items = (uint64_t)p.groups * s->local;
    while (vectors * 2 <= floats / 4) vectors *= 2;
    p.params[0] = (int32_t)vectors;
    p.params[2] = (int32_t)(!s->loop ? vectors / 4 : vectors > items ? items - s->local : s->local);
    p.floats = vectors * 4;
  }
  return p;
}

/* Sets the passes over the working set, an odd number. */
static void set_passes(const space *s, point *p, double passes) {
  passes = 2 * floor(passes / 2) + 1;
  if (has_blocks(s, p->kind)) {
    p->params[1] = (int32_t)passes;
    p->visited = (double)p->floats * p->params[1];
    return;
  }
  if (!s->loop) { /* a pass takes a quarter of the vectors as work-items, each making four visits */
    double groups = passes * p->params[0] / 4 / s->local;
    p->groups = groups < 1 ? 1 : groups < MOST_GROUPS ? (uint32_t)groups : MOST_GROUPS;
    p->visited = (double)p->groups * s->local * 16;
    return;
  }
  double items = (double)p->groups * s->local, once = (double)p->params[0] / items;
  /* Each visit of all begins where the last work-group ended, see memory.cl. */
  once = once < 4 ? 4 : once + 4 * ceil(once / (p->groups - 1) / 4);
  p->params[1] = (int32_t)(passes * once);
  p->visited = items * p->params[1] * 4;
}

/* So many that no number of the kernel overflows; lavapipe besides leaves a work-item's loops without a word after
 * 65535 turns of all of them. */
static double most_passes(const space *s, const point *p) {
  double items = (double)p->groups * s->local;
  if (s->blocks) return MOST_PASSES;
  if (has_blocks(s, p->kind)) return fmax(1, floor(60000.0 / (p->params[0] / 4 + 2)));
  return fmin(MOST_PASSES, 0x1p29 / fmax(p->params[0] / items, 4));
}

static float expected(const space *s, int kind, int i) {
  if (kind == WRITE) return (float)(i % (s->blocks ? 16 : 4) + written_value);
  if (kind == COPY || kind == UPDATE) return b_at(i);
  return b_at(i) + 3 * c_at(i);
}

static uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* Without a loop a sum is that of four vectors a multiple of the period apart. */
static int kept_sums_are_right(bench *b, const space *s, const point *p) {
  uint32_t sums[KEPT_SUMS * 4];
  uint64_t count = (uint64_t)p->groups * s->local * 4;
  if (count > KEPT_SUMS * 4) count = KEPT_SUMS * 4;
  if (weft_buffer_read(b->device, s->a, 0, sums, count * 4) != WEFT_OK) return 0;
  for (uint64_t i = 0; i < count; i++)
    if (sums[i] != 4 * bits_of(b_at((int)(i % PERIOD)))) return 0;
  return 1;
}

static int sums_are_right(bench *b, const space *s, const point *p) {
  if (!has_loop(s, READ)) return kept_sums_are_right(b, s, p);
  size_t count = (size_t)p->groups * local_of(s, READ) * (s->blocks ? 16 : 4);
  uint32_t *sums = malloc(count * 4), total = 0, period = 0;
  int read = sums && weft_buffer_read(b->device, s->a, 0, sums, count * 4) == WEFT_OK;
  for (size_t i = 0; i < count && read; i++) total += sums[i];
  for (int i = 0; i < PERIOD; i++) period += bits_of(b_at(i));
  free(sums);
  return read && total == (uint32_t)((uint64_t)(p->visited / PERIOD) * period);
}

static int is_right(bench *b, const space *s, const point *p) {
  float part[CHECKED];
  if (p->kind == READ) return sums_are_right(b, s, p);
  uint64_t count = p->floats < CHECKED ? p->floats : CHECKED, starts[2] = {0, p->floats - count};
  for (int k = 0; k < 2; k++) {
    if (weft_buffer_read(b->device, s->a, starts[k] * 4, part, count * 4) != WEFT_OK) return 0;
    for (uint64_t i = 0; i < count; i++)
      if (part[i] != expected(s, p->kind, (int)((starts[k] + i) % PERIOD))) return 0;
  }
  return 1;
}

static weft_status forget(bench *b, const space *s, const point *p) {
  uint64_t bytes = p->floats * 4 < CHECKED * 4 ? p->floats * 4 : CHECKED * 4;
  weft_status status = weft_buffer_clear(b->device, s->a, 0, bytes);
  return status == WEFT_OK ? weft_buffer_clear(b->device, s->a, p->floats * 4 - bytes, bytes) : status;
}

static void measure_point(bench *b, const space *s, weft_kernel *kernel, point *p, row *r) {
  weft_binding bindings[4] = {{s->params, 0, 64}, {s->a, 0, 0}, {s->b, 0, s->bytes}, {s->c, 0, third_of(s)}};
  uint64_t out = (uint64_t)p->groups * s->local * 64;
  weft_recording *recording = NULL;
  double samples[MAX_SAMPLES], passes = 1, most = most_passes(s, p);
  int count = 0;
  bindings[1].size = p->kind == READ && out > s->bytes ? out : s->bytes;
  for (int tries = 0; forget(b, s, p) == WEFT_OK; tries++) {
    set_passes(s, p, passes);
    weft_recording_free(b->device, recording);
    if (bench_record(b, kernel, bindings, p->groups, &recording) != WEFT_OK) break;
    if (weft_buffer_write(b->device, s->params, 0, p->params, sizeof p->params) != WEFT_OK) break;
    double seconds = bench_time(b, recording, 1);
    if (!tries && seconds > 0) seconds = bench_time(b, recording, 1); /* the first run may compile */
    if (seconds < 0) break;
    int is_full = !has_loop(s, p->kind) && p->groups == MOST_GROUPS;
    if (seconds >= bench_sample_seconds(b) * 0.7 || passes >= most || is_full) {
      count = bench_sample(b, recording, 1, samples);
      break;
    }
    double factor = bench_sample_seconds(b) / seconds;
    passes = fmin(passes * (factor > 20 ? 20 : factor < 1.5 ? 1.5 : factor) + 1, most);
  }
  weft_recording_free(b->device, recording);
  if (!count) {
    bench_fail(b, r, NULL);
  } else if (!is_right(b, s, p)) {
    bench_fail(b, r, "the result is wrong: the device or its compiler did not do the work");
  } else {
    r->bytes = p->visited * 4 * moved_of[p->kind];
    row_fill(r, samples, count, r->bytes, 0);
    snprintf(r->detail, sizeof r->detail, "%u work-groups of %u", (unsigned)p->groups, (unsigned)local_of(s, p->kind));
  }
}

static uint64_t step_of(const bench *b) { return b->mode == QUICK ? 4 : 2; }

static row *curve_row(bench *b, int kind, uint64_t size) {
  char name[64], text[32];
  snprintf(name, sizeof name, "%s %s", kind_names[kind], bytes_text((double)size, text, sizeof text));
  return bench_row(b, "memory", name, "GB/s");
}

/* Space for the largest working set for which there is memory; a larger one costs its rows. */
static weft_status space_fit(bench *b, space *s) {
  uint64_t bytes = SMALLEST, most = largest_size(b);
  while (bytes * step_of(b) <= most) bytes *= step_of(b);
  weft_status status = space_new(b, s, bytes);
  while (status != WEFT_OK && weft_device_status(b->device) == WEFT_OK) {
    for (int k = 0; k < KINDS; k++) bench_fail(b, curve_row(b, k, bytes), NULL);
    space_free(b, s);
    bytes /= step_of(b);
    if (bytes < SMALLEST) return status;
    status = space_new(b, s, bytes);
  }
  return status;
}

static void build_kinds(bench *b, const space *s, variant kinds[KINDS]) {
  for (int k = 0; k < KINDS; k++) {
    int loop = has_loop(s, k);
    kinds[k] = (variant){.file = "memory",
                         .entry = "memory",
                         .n_bindings = 4,
                         .written = 2,
                         .local = local_of(s, k),
                         .texels = s->texels ? 12 : 0};
    snprintf(kinds[k].defines, sizeof kinds[k].defines,
             "KIND=%d BLOCKS=%d LOCAL=%u LOOP=%d TEXELS=%d KEPT_SUMS=%uu OUT_MASK=%uu", k, has_blocks(s, k),
             (unsigned)local_of(s, k), loop, s->texels, loop ? UINT32_MAX : KEPT_SUMS,
             loop ? UINT32_MAX : KEPT_SUMS - 1u);
  }
  variants_build(b, kinds, KINDS);
}

static void measure_curve(bench *b) {
  variant kinds[KINDS];
  space s;
  if (space_fit(b, &s) != WEFT_OK) {
    space_free(b, &s);
    return;
  }
  build_kinds(b, &s, kinds);
  int points = 0;
  for (uint64_t size = SMALLEST; size <= s.bytes; size *= step_of(b)) points++;
  for (int k = 0; k < KINDS; k++)
    for (uint64_t size = SMALLEST; size <= s.bytes; size *= step_of(b)) {
      point p = point_of(b, &s, k, size);
      row *r = curve_row(b, k, size);
      if (!r) continue;
      bench_step(b, weight_memory(b) * 0.8 / (points * KINDS), r->name);
      r->size = (double)p.floats * 4 * arrays_of[k];
      if (kinds[k].kernel)
        measure_point(b, &s, kinds[k].kernel, &p, r);
      else
        bench_fail(b, r, kinds[k].error);
    }
  variants_free(b, kinds, KINDS);
  space_free(b, &s);
}

/* ---- work-group memory ---- */

enum { TILE = 1024, OUT_VECTORS = 256 };

static int tile_is_right(bench *b, weft_buffer *out, int visits, int local, int word) {
  uint32_t sums[OUT_VECTORS * 4];
  if (weft_buffer_read(b->device, out, 0, sums, sizeof sums) != WEFT_OK) return 0;
  for (uint32_t i = 0; i < OUT_VECTORS; i++) {
    uint32_t once = 0, turns = (uint32_t)(visits / (TILE / local)), cells = (uint32_t)(TILE / local);
    for (uint32_t k = 0; k < cells; k++) once += i % (uint32_t)local + k * (uint32_t)local;
    for (uint32_t lane = 0; lane < 4; lane++)
      if (sums[i * 4 + lane] != turns * (lane < 3 ? once + lane * cells : cells * (uint32_t)word)) return 0;
  }
  return 1;
}

static void measure_tile(bench *b, weft_kernel *kernel, weft_buffer *params, weft_buffer *out, int local, row *r) {
  weft_binding bindings[2] = {{params, 0, 64}, {out, 0, OUT_VECTORS * 16}};
  weft_recording *recording;
  double samples[MAX_SAMPLES];
  int32_t values[2] = {TILE / local, 17};
  int count = 0;
  uint32_t groups = groups_of(b) > OUT_VECTORS / (uint32_t)local ? groups_of(b) : OUT_VECTORS / (uint32_t)local;
  if (values[0] < 4) values[0] = 4;
  if (bench_record(b, kernel, bindings, groups, &recording) != WEFT_OK) {
    bench_fail(b, r, NULL);
    return;
  }
  for (double seconds = 0; seconds >= 0;) {
    if (weft_buffer_write(b->device, params, 0, values, sizeof values) != WEFT_OK) break;
    seconds = bench_time(b, recording, 1);
    if (seconds >= bench_sample_seconds(b) * 0.5 || values[0] > 1 << 28) {
      count = bench_sample(b, recording, 1, samples);
      break;
    }
    values[0] *= 2;
  }
  weft_recording_free(b->device, recording);
  if (!count) {
    bench_fail(b, r, NULL);
  } else if (!tile_is_right(b, out, values[0], local, values[1])) {
    bench_fail(b, r, "the result is wrong: the device or its compiler did not do the work");
  } else {
    r->bytes = (double)groups * local * values[0] * 16;
    r->size = TILE * 16;
    row_fill(r, samples, count, r->bytes, 0);
    snprintf(r->detail, sizeof r->detail, "%u work-groups of %d", (unsigned)groups, local);
  }
}

static void measure_local(bench *b) {
  int local = is_cpu(b) ? 64 : 256;
  variant v = {.file = "local", .entry = "local_memory", .n_bindings = 2, .written = 2, .local = (uint32_t)local};
  weft_buffer *params, *out;
  bench_step(b, weight_memory(b) * 0.2, "work-group memory");
  row *r = bench_row(b, "local", "read work-group memory", "GB/s");
  if (!r) return;
  if (b->info.local_memory < TILE * 16 || b->info.max_group < (uint32_t)local) {
    bench_fail(b, r, "the device has too little work-group memory, or too small work-groups");
    return;
  }
  snprintf(v.defines, sizeof v.defines, "LOCAL=%d SIZE=%d OUT_MASK=%d", local, TILE, OUT_VECTORS - 1);
  variants_build(b, &v, 1);
  weft_buffer_new(b->device, 64, &params);
  weft_buffer_new(b->device, OUT_VECTORS * 16, &out);
  if (!v.kernel)
    bench_fail(b, r, v.error);
  else if (!params || !out)
    bench_fail(b, r, NULL);
  else
    measure_tile(b, v.kernel, params, out, local, r);
  weft_buffer_free(b->device, params);
  weft_buffer_free(b->device, out);
  variants_free(b, &v, 1);
}

double weight_memory(const bench *b) { return b->mode == QUICK ? 4 : b->mode == NORMAL ? 15 : 90; }

void measure_memory(bench *b) {
  measure_curve(b);
  if (!b->roof_only) measure_local(b);
}

/* A smaller working set is never slower to reach: what a larger one was measured at, it can have too. */
double roof_bandwidth(const document *d, double bytes) {
  double best = 0, largest = 0;
  for (size_t i = 0; i < d->n_rows; i++)
    if (!strcmp(d->rows[i].section, "memory") && d->rows[i].size > largest) largest = d->rows[i].size;
  if (bytes <= 0 || bytes > largest) bytes = largest;
  for (size_t i = 0; i < d->n_rows; i++) {
    const row *r = &d->rows[i];
    if (!strcmp(r->section, "memory") && r->size >= bytes * 0.5 && r->best > best) best = r->best;
  }
  return best;
}
