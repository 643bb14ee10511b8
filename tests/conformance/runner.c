/* runner.c -- builds the cases of a family in one graph, for one program, on a device and on the reference, and holds
 * the one against the other. */
#include "../classes.h"
#include "base/hash.h"
#include "base/philox.h"
#include "conformance.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cases of one program: PoCL takes longer the more kernels are compiled together. */
enum { MOST_TOGETHER = 18 };

/* ---- leaves ---- */

static weft_tensor *add_leaf(bench *b, weft_shape shape, weft_dtype dtype, const char *kind, int is_fed) {
  char name[48];
  cr_assert_lt(b->n_leaves, MOST_LEAVES);
  snprintf(name, sizeof name, "%s.%d.%d", kind, b->number, b->n_leaves);
  weft_tensor *leaf =
      is_fed ? weft_input_shaped(b->graph, name, dtype, shape) : weft_param_shaped(b->graph, name, dtype, shape);
  return b->leaves[b->n_leaves++] = leaf;
}

weft_tensor *real_leaf(bench *b, weft_shape shape) { return add_leaf(b, shape, WEFT_F32, "real", 0); }
weft_tensor *fed_leaf(bench *b, weft_shape shape) { return add_leaf(b, shape, WEFT_F32, "fed", 1); }
weft_tensor *whole_leaf(bench *b, weft_shape shape) { return add_leaf(b, shape, WEFT_I32, "whole", 1); }
weft_tensor *class_leaf(bench *b, weft_shape shape, int count) {
  char kind[24];
  snprintf(kind, sizeof kind, "class%d", count);
  return add_leaf(b, shape, WEFT_I32, kind, 1);
}

static void fill_leaf(weft_tensor *leaf, double low, double high) {
  int64_t size = weft_shape_size(leaf->shape);
  union {
    float f32;
    int32_t i32;
  } *values = malloc((size_t)size * sizeof *values);
  cr_assert_not_null(values);
  uint64_t key = weft_hash_text(WEFT_HASH_SEED, leaf->name);
  int classes = strncmp(leaf->name, "class", 5) == 0 ? atoi(leaf->name + 5) : 0;
  for (int64_t i = 0; i < size; i++) {
    double u = weft_philox_uniform(key, 0, (uint64_t)i);
    if (leaf->dtype == WEFT_F32)
      values[i].f32 = (float)(low + (high - low) * u);
    else
      values[i].i32 = classes ? (int32_t)(u * classes) : (int32_t)floor(low + (high - low + 1) * u);
  }
  cr_assert_eq(weft_write(leaf, values, (size_t)size * sizeof *values), WEFT_OK, "%s", weft_graph_message(leaf->graph));
  free(values);
}

/* ---- building ---- */

/* A case's value and its gradients by every f32 leaf, of the sum of the value times fixed numbers. */
typedef struct built {
  const conformance_case *c;
  bench b;
  int n;
  weft_tensor *results[1 + MOST_LEAVES];
} built;

/* sum(y c), c[i] = ((7 i) mod 11 - 5) / 4: weights that every device has exactly. */
static weft_tensor *weighted_sum(weft_tensor *y) {
  weft_graph *g = y->graph;
  weft_shape flat = weft_shape_of(weft_shape_size(y->shape));
  weft_tensor *turns = weft_mul(weft_iota(g, flat, 0), weft_full(g, WEFT_I32, WEFT_SCALAR_SHAPE, 7));
  weft_tensor *c = weft_cast(weft_mod(turns, weft_full(g, WEFT_I32, WEFT_SCALAR_SHAPE, 11)), WEFT_F32);
  c = weft_mul(weft_sub(c, weft_number(g, 5)), weft_number(g, 0.25));
  return weft_sum(weft_mul(weft_reshape(y, flat), c));
}

static void build(const conformance_case *c, weft_graph *g, int number, built *out) {
  *out = (built){.c = c, .b = {.graph = g, .number = number, .low = c->low, .high = c->high, .variant = c->variant}};
  weft_tensor *y = c->build(&out->b);
  cr_assert_not_null(y, "%s: %s", c->name, weft_graph_message(g));
  out->results[out->n++] = y;
  weft_tensor *wrt[MOST_LEAVES], *gradients[MOST_LEAVES];
  size_t n = 0;
  for (int i = 0; i < out->b.n_leaves; i++)
    if (out->b.leaves[i]->dtype == WEFT_F32) wrt[n++] = out->b.leaves[i];
  if (y->dtype != WEFT_F32 || n == 0) return;
  cr_assert_eq(weft_gradients(weighted_sum(y), wrt, n, gradients), WEFT_OK, "%s: %s", c->name, weft_graph_message(g));
  for (size_t i = 0; i < n; i++) out->results[out->n++] = gradients[i];
}

void mark_ops(list_cases *list, unsigned char *seen) {
  static conformance_case cases[MOST_CASES];
  weft_graph *g = weft_graph_create(NULL, NULL);
  int n_cases = list(cases);
  for (int i = 0; i < n_cases; i++) {
    built it;
    weft_arena arena = {0};
    size_t count;
    build(&cases[i], g, i, &it);
    weft_tensor **order = weft_graph_order(&arena, it.results, (size_t)it.n, &count);
    for (size_t k = 0; order && k < count; k++) seen[order[k]->op] = 1;
    weft_arena_free(&arena);
  }
  weft_graph_destroy(g);
}

/* ---- comparing ---- */

static void *read_result(weft_tensor *t, const char *where) {
  size_t size = (size_t)weft_shape_size(t->shape) * 4;
  void *values = malloc(size);
  cr_assert_not_null(values);
  cr_assert_eq(weft_read(t, values, size), WEFT_OK, "%s: %s", where, weft_graph_message(t->graph));
  return values;
}

static int is_same(double got, double want, double tolerance) {
  if (isnan(got) || isnan(want)) return isnan(got) && isnan(want);
  return got == want || fabs(got - want) <= tolerance * (1 + fabs(want));
}

static void compare(const built *device, const built *reference, const char *where) {
  for (int r = 0; r < device->n; r++) {
    weft_tensor *t = device->results[r];
    void *got = read_result(t, where), *want = read_result(reference->results[r], "reference");
    /* A gradient is a product or two more, and sums over what was broadcast. */
    double tolerance = r == 0 ? device->c->tolerance : fmax(10 * device->c->tolerance, 2e-5);
    for (int64_t i = 0; i < weft_shape_size(t->shape); i++) {
      double a = t->dtype == WEFT_F32 ? (double)((float *)got)[i] : ((int32_t *)got)[i];
      double b = t->dtype == WEFT_F32 ? (double)((float *)want)[i] : ((int32_t *)want)[i];
      char text[160], what[40] = "value";
      if (r > 0) snprintf(what, sizeof what, "gradient by leaf %d", r - 1);
      cr_assert(is_same(a, b, tolerance), "%s: %s: %s, %s, element %lld: %.9g, not %.9g", where, device->c->name, what,
                weft_describe_tensor(t, text, sizeof text), (long long)i, a, b);
    }
    free(got);
    free(want);
  }
}

/* Compiles and runs the cases in one program of the device. */
static void run(const conformance_case *cases, int n, int first, weft_device *device, const char *where, built *out) {
  weft_graph *g = weft_graph_new(device);
  weft_tensor *results[MOST_TOGETHER * (1 + MOST_LEAVES)];
  size_t n_results = 0;
  for (int i = 0; i < n; i++) {
    build(&cases[i], g, first + i, &out[i]);
    for (int r = 0; r < out[i].n; r++) results[n_results++] = out[i].results[r];
  }
  weft_program *program = weft_compile_all(results, n_results);
  cr_assert_not_null(program, "%s: %s .. %s: %s", where, cases[0].name, cases[n - 1].name, weft_graph_message(g));
  for (int i = 0; i < n; i++)
    for (int l = 0; l < out[i].b.n_leaves; l++) fill_leaf(out[i].b.leaves[l], cases[i].low, cases[i].high);
  cr_assert_eq(weft_run(program), WEFT_OK, "%s: %s .. %s: %s", where, cases[0].name, cases[n - 1].name,
               weft_graph_message(g));
}

typedef struct family {
  const char *what;
  conformance_case cases[MOST_CASES];
  int n;
} family;

static void check_on(weft_device *device, const char *where, void *user) {
  const family *f = user;
  static built on_device[MOST_TOGETHER], on_reference[MOST_TOGETHER];
  weft_device *reference = weft_device_open("reference");
  for (int first = 0, n; first < f->n; first += n) {
    n = f->n - first;
    if (n > MOST_TOGETHER) n = MOST_TOGETHER;
    run(&f->cases[first], n, first, device, where, on_device);
    run(&f->cases[first], n, first, reference, "reference", on_reference);
    for (int i = 0; i < n; i++) compare(&on_device[i], &on_reference[i], where);
    weft_graph_free(on_device[0].b.graph);
    weft_graph_free(on_reference[0].b.graph);
  }
  weft_device_close(reference);
}

void check_family(const char *what, list_cases *list) {
  static family f;
  f.what = what;
  f.n = list(f.cases);
  cr_assert(f.n > 0 && f.n <= MOST_CASES, "%s", what);
  on_devices(check_on, &f);
}

/* ---- devices ---- */

/* $WEFT_DEVICE, where it is set, is the only one: a driver that crashes hides no other. */
void on_devices(device_body *body, void *user) {
  static const char *const classes[] = {"cpu", "gpu"};
  const char *only = getenv("WEFT_DEVICE"), *ids[] = {"opencl:0", "vulkan:0"};
  int found = 0, n_ids = only && *only ? 1 : 2;
  if (n_ids == 1) ids[0] = only;
  for (int k = 0; k < 2 * n_ids; k++) {
    char where[64];
    snprintf(where, sizeof where, "%s, kernels for a %s", ids[k / 2], classes[k % 2]);
    if (!runs_class(ids[k / 2], classes[k % 2])) {
      fprintf(stderr, "conformance: %s is left out: %s is a GPU\n", where, ids[k / 2]);
      continue;
    }
    setenv("WEFT_CLASS", classes[k % 2], 1);
    weft_device *device = weft_device_open(ids[k / 2]);
    if (weft_device_status(device) == WEFT_OK) {
      body(device, where, user);
      found++;
    } else {
      fprintf(stderr, "conformance: %s is left out: %s\n", where, weft_device_message(device));
    }
    weft_device_close(device);
  }
  cr_assert_gt(found, 0, "no device to test");
}
