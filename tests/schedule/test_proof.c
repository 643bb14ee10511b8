/* test_proof.c -- what the tuner refuses, and what it must not: kernels whose results a device layer falsifies in
 * single terms, tiles and elements, on every device; and the inputs that they are run on. */
#include "graph/graph.h"
#include "lower/lower.h"
#include "schedule/proof.h"
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/ops.h>

/* ---- a backend that lies when it is read ---- */

/* Falsifies c (m, n), the product of a (m, k) and b (k, n). */
typedef void lie(float *c, const float *a, const float *b, int m, int k, int n);

static const weft_backend *real;
static weft_backend liar;
static struct {
  lie *how;
  const weft_binding *bindings; /* of a, b and c */
  int m, k, n;
} told;

static weft_status lying_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out, uint64_t size) {
  weft_status status = real->read(device, buffer, offset, out, size);
  if (!told.how || buffer != told.bindings[2].buffer) return status;
  float *a = malloc(told.bindings[0].size), *b = malloc(told.bindings[1].size);
  cr_assert_eq(real->read(device, told.bindings[0].buffer, 0, a, told.bindings[0].size), WEFT_OK);
  cr_assert_eq(real->read(device, told.bindings[1].buffer, 0, b, told.bindings[1].size), WEFT_OK);
  told.how(out, a, b, told.m, told.k, told.n);
  free(a);
  free(b);
  return status;
}

static weft_device *open_device(const char *id) {
  weft_device *device = weft_device_open(id);
  if (weft_device_status(device) != WEFT_OK) {
    weft_device_close(device);
    return NULL;
  }
  real = device->backend;
  liar = *real;
  liar.read = lying_read;
  device->backend = &liar;
  return device;
}

/* ---- a group, its kernel and its proof ---- */

typedef struct trial {
  weft_device *device;
  weft_graph *graph;
  weft_arena arena;
  weft_group *group;
  weft_lowered lowered;
  weft_kernel *kernel;
  weft_proof *proof;
  weft_recording *recording;
  weft_binding bindings[8]; /* what the kernel reads and writes: at first the proof's */
} trial;

static void record(trial *t) {
  weft_binding bound[8];
  for (int i = 0; i < t->group->n_inputs + t->group->n_outputs; i++)
    bound[i] = weft_lowered_binding(&t->lowered, i, t->bindings[i]);
  weft_dispatch dispatch = {.kernel = t->kernel, .bindings = bound};
  memcpy(dispatch.groups, t->lowered.groups, sizeof dispatch.groups);
  if (t->recording) real->recording_free(t->device, t->recording);
  cr_assert_eq(real->record(t->device, &dispatch, 1, &t->recording), WEFT_OK, "%s", t->device->error.message);
}

/* The group that the roots are, which must be a single one. */
static trial trial_of(weft_device *device, weft_tensor **roots, size_t n_roots) {
  trial t = {.device = device, .graph = roots[0] ? roots[0]->graph : NULL};
  weft_target target = weft_target_of(device);
  int is_gpu = target.device_class == WEFT_CLASS_GPU;
  weft_group_limits limits = {.max_bindings = 8, .computes_operands = is_gpu, .joins_gates = is_gpu};
  weft_error error = {0};
  weft_group **groups;
  size_t count;
  cr_assert(t.graph && t.graph->error.status == WEFT_OK);
  cr_assert_eq(weft_group_graph(&t.arena, roots, n_roots, &limits, &groups, &count, &error), WEFT_OK);
  cr_assert_eq(count, 1, "%zu groups", count);
  t.group = groups[0];
  cr_assert_eq(weft_lower_group(t.group, &target, NULL, &t.arena, &t.lowered, &error), WEFT_OK, "%s", error.message);
  cr_assert_eq(real->kernels_new(device, &t.lowered.source, 1, &t.kernel), WEFT_OK, "%s", device->error.message);
  t.proof = weft_proof_new(device, t.group);
  cr_assert(t.proof);
  memcpy(t.bindings, weft_proof_bindings(t.proof),
         sizeof *t.bindings * (size_t)(t.group->n_inputs + t.group->n_outputs));
  record(&t);
  return t;
}

static int holds(trial *t) { return weft_proof_holds(t->proof, t->recording, t->lowered.what); }

static void end(trial *t) {
  told.how = NULL;
  real->recording_free(t->device, t->recording);
  real->kernel_free(t->device, t->kernel);
  weft_proof_free(t->proof);
  weft_arena_free(&t->arena);
  weft_graph_destroy(t->graph);
}

static trial try_product(weft_device *device, int m, int k, int n) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *a = weft_input(g, "a", WEFT_F32, m, k), *b = weft_input(g, "b", WEFT_F32, k, n);
  weft_tensor *y = weft_make_dot(a, b, 0, 1, 1, 1, 0, weft_shape_of(m, n));
  trial t = trial_of(device, &y, 1);
  cr_assert(t.group->inputs[0] == a && t.group->inputs[1] == b);
  told.bindings = weft_proof_bindings(t.proof);
  told.m = m;
  told.k = k;
  told.n = n;
  return t;
}

/* ---- lies ---- */

enum { TILE = 16 };

static void swap_blocks(float *c, int rows, int columns, int width, int to) {
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++) {
      float first = c[i * width + j];
      c[i * width + j] = c[i * width + j + to];
      c[i * width + j + to] = first;
    }
}
static void first_rows_swapped(float *c, const float *a, const float *b, int m, int k, int n) {
  (void)a, (void)b, (void)m, (void)k;
  swap_blocks(c, TILE, n, n, TILE * n);
}
static void last_columns_swapped(float *c, const float *a, const float *b, int m, int k, int n) {
  (void)a, (void)b, (void)k;
  swap_blocks(c + n - 2 * TILE, m, TILE, n, TILE);
}

static void add_term(float *c, const float *a, const float *b, int k, int n, int at, float sign, int row, int column) {
  c[row * n + column] += sign * a[row * k + at] * b[at * n + column];
}
static void term_dropped(float *c, const float *a, const float *b, int m, int k, int n) {
  for (int i = 0; i < m * n; i++) add_term(c, a, b, k, n, k / 3, -1, i / n, i % n);
}
static void last_term_dropped(float *c, const float *a, const float *b, int m, int k, int n) {
  for (int i = 0; i < m * n; i++) add_term(c, a, b, k, n, k - 1, -1, i / n, i % n);
}
static void term_doubled(float *c, const float *a, const float *b, int m, int k, int n) {
  for (int i = 0; i < m * n; i++) add_term(c, a, b, k, n, k / 2, 1, i / n, i % n);
}
/* The rows of a and the columns of b of neighbouring terms do not meet. */
static void terms_crossed(float *c, const float *a, const float *b, int m, int k, int n) {
  for (int i = 0; i < m * n; i++)
    for (int s = 0; s < 2; s++) {
      add_term(c, a, b, k, n, 6 + s, -1, i / n, i % n);
      c[i] += a[i / n * k + 6 + s] * b[(7 - s) * n + i % n];
    }
}

/* A term missing in places that only a kernel that is right in all others shows. */
static void term_of_a_tile_dropped(float *c, const float *a, const float *b, int m, int k, int n) {
  for (int i = m / 2; i < m / 2 + 4; i++)
    for (int j = n / 2; j < n / 2 + 4; j++) add_term(c, a, b, k, n, 1, -1, i, j);
}
static void term_of_an_element_dropped(float *c, const float *a, const float *b, int m, int k, int n) {
  add_term(c, a, b, k, n, k - 2, -1, m / 2 + 3, n / 2 - 3);
}

/* All tiles of a kind wrong: rows and columns that are the first, the last or in between. */
static int row_kind, column_kind;
static int is_of_kind(int kind, int i, int size) {
  int tile = i / TILE, last = (size - 1) / TILE;
  return tile == 0 ? kind == 0 : tile == last ? kind == 2 : kind == 1;
}
static void tiles_of_a_kind_wrong(float *c, const float *a, const float *b, int m, int k, int n) {
  for (int i = 0; i < m * n; i++)
    if (is_of_kind(row_kind, i / n, m) && is_of_kind(column_kind, i % n, n))
      add_term(c, a, b, k, n, 5, 1, i / n, i % n);
}
/* The outermost elements alone. */
static void corner_wrong(float *c, const float *a, const float *b, int m, int k, int n) {
  add_term(c, a, b, k, n, 5, 1, row_kind ? m - 1 : 0, column_kind ? n - 1 : 0);
}

typedef struct named_lie {
  const char *name;
  lie *how;
} named_lie;

static const named_lie seen_alone[] = {{"the first row tiles swapped", first_rows_swapped},
                                       {"the last column tiles swapped", last_columns_swapped},
                                       {"a term dropped", term_dropped},
                                       {"the last term dropped", last_term_dropped},
                                       {"a term doubled", term_doubled},
                                       {"two terms crossed", terms_crossed}};
static const named_lie seen_beside_a_right_one[] = {{"a term of a tile dropped", term_of_a_tile_dropped},
                                                    {"a term of an element dropped", term_of_an_element_dropped}};

static void expect_lies_found(const char *id, int m, int k, int n) {
  weft_device *device = open_device(id);
  if (!device) return;
  trial t = try_product(device, m, k, n);
  cr_expect(holds(&t), "%s: %d x %d x %d: the kernel is right", id, m, k, n);
  static float result[64 * 72];
  double mean = 0;
  cr_assert_eq(real->read(device, told.bindings[2].buffer, 0, result, sizeof *result * (size_t)(m * n)), WEFT_OK);
  for (int i = 0; i < m * n; i++) mean += fabs((double)result[i]) / (m * n);
  cr_expect(mean > 0.4 && mean < 2.5, "%s: %d x %d x %d: %g is where tanh is flat", id, m, k, n, mean);
  for (size_t i = 0; i < sizeof seen_beside_a_right_one / sizeof *seen_beside_a_right_one; i++) {
    told.how = seen_beside_a_right_one[i].how;
    cr_expect_not(holds(&t), "%s: %d x %d x %d: %s", id, m, k, n, seen_beside_a_right_one[i].name);
    cr_expect_not(weft_proof_is_misled(t.proof));
  }
  for (size_t i = 0; i < sizeof seen_alone / sizeof *seen_alone; i++) {
    weft_proof_restart(t.proof);
    told.how = seen_alone[i].how;
    cr_expect_not(holds(&t), "%s: %d x %d x %d: %s", id, m, k, n, seen_alone[i].name);
  }
  end(&t);
  weft_device_close(device);
}

/* Sizes of powers of two, in which inputs that repeat themselves would have equal rows; the longest sum of a network's
 * convolutions. */
static void expect_all_lies_found(const char *id) {
  expect_lies_found(id, 64, 2048, 64);
  expect_lies_found(id, 64, 4096, 64);
  expect_lies_found(id, 48, 4608, 72);
  expect_lies_found(id, 33, 8, 34);
}
Test(proof, lies_are_found_opencl, .init = cr_redirect_stderr) { expect_all_lies_found("opencl"); }
Test(proof, lies_are_found_vulkan, .init = cr_redirect_stderr) { expect_all_lies_found("vulkan"); }

/* Without a right kernel beside them: the oracle looks at tiles of every kind, and at the corners. */
Test(proof, tiles_of_every_kind_are_looked_at, .init = cr_redirect_stderr) {
  static const char *const ids[] = {"opencl", "vulkan"};
  for (int d = 0; d < 2; d++) {
    weft_device *device = open_device(ids[d]);
    if (!device) continue;
    trial t = try_product(device, 15 * TILE + 3, 24, 9 * TILE + 1);
    for (row_kind = 0; row_kind < 3; row_kind++)
      for (column_kind = 0; column_kind < 3; column_kind++) {
        weft_proof_restart(t.proof);
        told.how = tiles_of_a_kind_wrong;
        cr_expect_not(holds(&t), "%s: tiles %d, %d", ids[d], row_kind, column_kind);
        weft_proof_restart(t.proof);
        told.how = corner_wrong;
        if (row_kind < 2 && column_kind < 2)
          cr_expect_not(holds(&t), "%s: corner %d, %d", ids[d], row_kind, column_kind);
      }
    end(&t);
    weft_device_close(device);
  }
}

static int wrong_at;
static void element_wrong(float *c, const float *a, const float *b, int m, int k, int n) {
  (void)m;
  add_term(c, a, b, k, n, 2, -1, wrong_at / n, wrong_at % n);
}

/* The first kernel is wrong where the oracle did not look; the second is not refused for that. */
Test(proof, a_wrong_first_kernel_is_found, .init = cr_redirect_stderr) {
  static const char *const ids[] = {"opencl", "vulkan"};
  for (int d = 0; d < 2; d++) {
    weft_device *device = open_device(ids[d]);
    if (!device) continue;
    trial t = try_product(device, 64, 100, 64);
    told.how = element_wrong;
    for (wrong_at = 64 * 20 + 20; !holds(&t); wrong_at++) {}
    told.how = NULL;
    cr_expect_not(holds(&t), "%s: nothing is said of it yet", ids[d]);
    cr_expect(weft_proof_is_misled(t.proof));
    weft_proof_restart(t.proof);
    cr_expect_not(weft_proof_is_misled(t.proof));
    told.how = element_wrong;
    cr_expect_not(holds(&t), "%s: element %d is looked at now", ids[d], wrong_at);
    told.how = NULL;
    cr_expect(holds(&t));
    told.how = element_wrong;
    cr_expect_not(holds(&t));
    end(&t);
    weft_device_close(device);
  }
}

/* ---- what is fused in ---- */

enum { M = 40, K = 4608, N = 32 };

static weft_tensor *product_of(weft_tensor *a, int m, int k, int n) {
  weft_tensor *b = weft_input(a->graph, "b", WEFT_F32, k, n);
  return weft_make_dot(a, b, 0, 1, 1, 1, 0, weft_shape_of(m, n));
}

/* In front of a product: of either sign, of a degree that changes more with its inputs' scale than a product does, not
 * linear, of positive numbers alone. */
static weft_tensor *plain(weft_tensor *a) { return a; }
static weft_tensor *rectified(weft_tensor *a) { return weft_relu(weft_add(a, weft_input(a->graph, "s", WEFT_F32, K))); }
static weft_tensor *scaled(weft_tensor *a) {
  weft_tensor *s = weft_input(a->graph, "s", WEFT_F32, M, K), *square = weft_square(s);
  return weft_mul(weft_mul(a, weft_number(a->graph, 16)), weft_mul(s, weft_square(square)));
}
static weft_tensor *raised(weft_tensor *a) { return weft_exp(weft_mul(a, weft_number(a->graph, 3))); }
static weft_tensor *of_roots(weft_tensor *a) {
  return weft_mul(a, weft_sqrt(weft_input(a->graph, "s", WEFT_F32, M, K)));
}

/* Behind one. */
static weft_tensor *alone(weft_tensor *y) { return y; }

static weft_tensor *saturated(weft_tensor *y) {
  return weft_tanh(weft_add(y, weft_input(y->graph, "r", WEFT_F32, 40, 32)));
}
static weft_tensor *trained(weft_tensor *y) {
  return weft_sub(weft_input(y->graph, "w", WEFT_F32, 40, 32), weft_mul(y, weft_number(y->graph, 1e-3)));
}
static weft_tensor *rooted(weft_tensor *y) {
  return weft_mul(y, weft_rsqrt(weft_add(weft_input(y->graph, "v", WEFT_F32, 32), weft_number(y->graph, 1e-5))));
}
static weft_tensor *dropped_out(weft_tensor *y) { return weft_dropout(y, 0.3); }
static weft_tensor *compared(weft_tensor *y) { return weft_gt(y, weft_input(y->graph, "r", WEFT_F32, 40, 32)); }

/* Of neighbouring columns. */
static weft_tensor *gate(weft_tensor *y, int gates, int i) { return weft_slice(y, 1, i, y->shape.dims[1], gates); }
static weft_tensor *gated(weft_tensor *y) { return weft_mul(gate(y, 2, 0), weft_sigmoid(gate(y, 2, 1))); }
static weft_tensor *cell(weft_tensor *y) {
  weft_tensor *c = weft_mul(weft_sigmoid(gate(y, 4, 1)), weft_input(y->graph, "c", WEFT_F32, 40, 8));
  c = weft_add(c, weft_mul(weft_sigmoid(gate(y, 4, 0)), weft_tanh(gate(y, 4, 2))));
  return weft_mul(weft_sigmoid(gate(y, 4, 3)), weft_tanh(c));
}
static weft_tensor *even(weft_tensor *y) { /* which hardly changes when both gates do */
  return weft_sub(gate(y, 2, 0), gate(y, 2, 1));
}

typedef struct fused {
  weft_tensor *(*before)(weft_tensor *a), *(*behind)(weft_tensor *y);
} fused;

/* A term of 4608 stands out behind an epilogue too, random numbers among them, and behind what is computed of an
 * operand; and the right kernel is let pass. */
static void expect_lies_found_behind(const char *id, const fused *rows, size_t n_rows) {
  weft_device *device = open_device(id);
  if (!device) return;
  for (size_t e = 0; e < n_rows; e++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *y = rows[e].behind(product_of(rows[e].before(weft_input(g, "a", WEFT_F32, M, K)), M, K, N));
    trial t = trial_of(device, &y, 1);
    static float result[M * N];
    cr_expect(holds(&t), "%s: row %zu", id, e);
    cr_expect(holds(&t), "%s: row %zu", id, e);
    uint64_t size = t.bindings[t.group->n_inputs].size;
    cr_assert_leq(size, sizeof result);
    cr_assert_eq(real->read(device, t.bindings[t.group->n_inputs].buffer, 0, result, size), WEFT_OK);
    for (uint64_t i = 0; i < size / sizeof *result; i++)
      cr_assert(isfinite(result[i]), "%s: row %zu: element %d", id, e, (int)i);
    weft_buffer *less = NULL;
    static float numbers[M * K];
    int a = 0;
    while (strcmp(t.group->inputs[a]->name, "a") != 0) a++;
    cr_assert_eq(real->buffer_new(device, sizeof numbers, &less), WEFT_OK);
    cr_assert_eq(real->read(device, t.bindings[a].buffer, 0, numbers, sizeof numbers), WEFT_OK);
    for (int m = 0; m < M; m++) numbers[m * K + 77] = 0;
    cr_assert_eq(real->write(device, less, 0, numbers, sizeof numbers), WEFT_OK);
    t.bindings[a].buffer = less; /* the kernel reads a zero in each row: a term less */
    record(&t);
    if (rows[e].behind != compared) { /* which a term more or less seldom changes */
      cr_expect_not(holds(&t), "%s: row %zu", id, e);
      weft_proof_restart(t.proof);
      cr_expect_not(holds(&t), "%s: row %zu, alone", id, e);
    }
    end(&t);
    real->buffer_free(device, less);
  }
  weft_device_close(device);
}
static const fused epilogues[] = {
    {plain, saturated}, {plain, trained}, {plain, rooted}, {plain, dropped_out}, {plain, compared}};
static const fused prologues[] = {{rectified, alone}, {scaled, alone}, {raised, alone}, {of_roots, trained}};

static const fused gates[] = {{plain, gated}, {plain, cell}, {plain, even}};

static void expect_lies_found_in_front(const char *id) {
  setenv("WEFT_CLASS", "gpu", 1);
  expect_lies_found_behind(id, prologues, sizeof prologues / sizeof *prologues);
}
static void expect_lies_found_behind_gates(const char *id) {
  setenv("WEFT_CLASS", "gpu", 1);
  expect_lies_found_behind(id, gates, sizeof gates / sizeof *gates);
}

Test(proof, lies_behind_an_epilogue_opencl, .init = cr_redirect_stderr) {
  expect_lies_found_behind("opencl", epilogues, sizeof epilogues / sizeof *epilogues);
}
Test(proof, lies_behind_an_epilogue_vulkan, .init = cr_redirect_stderr) {
  expect_lies_found_behind("vulkan", epilogues, sizeof epilogues / sizeof *epilogues);
}
Test(proof, lies_behind_a_prologue_opencl, .init = cr_redirect_stderr) { expect_lies_found_in_front("opencl"); }
Test(proof, lies_behind_a_prologue_vulkan, .init = cr_redirect_stderr) { expect_lies_found_in_front("vulkan"); }
Test(proof, lies_behind_gates_opencl, .init = cr_redirect_stderr) { expect_lies_found_behind_gates("opencl"); }
Test(proof, lies_behind_gates_vulkan, .init = cr_redirect_stderr) { expect_lies_found_behind_gates("vulkan"); }

/* Errors that the gates of an element may have are let pass, though both moved at once would leave next to nothing of
 * their allowance. */
static void expect_errors_let_pass(const char *id) {
  setenv("WEFT_CLASS", "gpu", 1);
  weft_device *device = open_device(id);
  if (!device) return;
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *y = even(product_of(weft_input(g, "a", WEFT_F32, M, K), M, K, N));
  trial t = trial_of(device, &y, 1);
  weft_buffer *about = NULL;
  static float numbers[M * K];
  int a = 0;
  while (strcmp(t.group->inputs[a]->name, "a") != 0) a++;
  cr_assert_eq(t.group->gates, 2);
  cr_assert_eq(real->buffer_new(device, sizeof numbers, &about), WEFT_OK);
  cr_assert_eq(real->read(device, t.bindings[a].buffer, 0, numbers, sizeof numbers), WEFT_OK);
  for (int i = 0; i < M * K; i++) numbers[i] *= 1 + 2e-5f * (float)(i * 7 % 5 - 2);
  cr_assert_eq(real->write(device, about, 0, numbers, sizeof numbers), WEFT_OK);
  t.bindings[a].buffer = about;
  record(&t);
  cr_expect(holds(&t), "%s", id);
  end(&t);
  real->buffer_free(device, about);
  weft_device_close(device);
}
Test(proof, errors_of_gates_opencl) { expect_errors_let_pass("opencl"); }
Test(proof, errors_of_gates_vulkan) { expect_errors_let_pass("vulkan"); }

/* ---- whole numbers ---- */

enum { ROWS = 40, COLUMNS = 32, WORDS = 11 };

static weft_tensor *embedded(weft_tensor *y) {
  weft_tensor *table = weft_input(y->graph, "table", WEFT_F32, WORDS, COLUMNS);
  return weft_add(y, weft_gather(table, weft_input(y->graph, "whole", WEFT_I32, ROWS), 0));
}
static weft_tensor *labelled(weft_tensor *y) {
  weft_tensor *labels = weft_input(y->graph, "whole", WEFT_I32, ROWS, 1);
  return weft_where(weft_eq(weft_iota(y->graph, y->shape, 1), labels), weft_neg(y), y);
}
static weft_tensor *masked(weft_tensor *y) {
  return weft_where(weft_input(y->graph, "whole", WEFT_I32, ROWS, COLUMNS), y, weft_neg(y));
}

/* Indices reach all of what they choose from and nothing else; a kernel that takes them all for 0 is wrong. */
static void expect_whole_numbers(const char *id) {
  static const struct {
    weft_tensor *(*epilogue)(weft_tensor *);
    int below, least_distinct;
  } cases[] = {{embedded, WORDS, 8}, {labelled, COLUMNS, 16}, {masked, INT32_MAX, 2}};
  weft_device *device = open_device(id);
  if (!device) return;
  for (int c = 0; c < 3; c++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *y = cases[c].epilogue(product_of(weft_input(g, "a", WEFT_F32, ROWS, 24), ROWS, 24, COLUMNS));
    trial t = trial_of(device, &y, 1);
    static int32_t whole[ROWS * COLUMNS];
    int at = 0, n_distinct = 0;
    while (t.group->inputs[at]->dtype != WEFT_I32) at++;
    weft_binding *b = &t.bindings[at];
    cr_assert_eq(real->read(device, b->buffer, 0, whole, b->size), WEFT_OK);
    for (int i = 0; i < (int)(b->size / sizeof *whole); i++) {
      int is_new = 1;
      for (int k = 0; k < i; k++) is_new &= whole[k] != whole[i];
      n_distinct += is_new;
      cr_expect(whole[i] >= 0 && whole[i] < cases[c].below, "%s: case %d: %d", id, c, whole[i]);
    }
    cr_expect_geq(n_distinct, cases[c].least_distinct, "%s: case %d: %d numbers", id, c, n_distinct);
    cr_expect(holds(&t), "%s: case %d", id, c);
    weft_proof_restart(t.proof);
    weft_buffer *zeros = NULL;
    cr_assert_eq(real->buffer_new(device, b->size, &zeros), WEFT_OK);
    cr_assert_eq(real->clear(device, zeros, 0, b->size), WEFT_OK);
    b->buffer = zeros;
    record(&t);
    cr_expect_not(holds(&t), "%s: case %d: all 0", id, c);
    end(&t);
    real->buffer_free(device, zeros);
  }
  weft_device_close(device);
}
Test(proof, whole_numbers_opencl, .init = cr_redirect_stderr) { expect_whole_numbers("opencl"); }
Test(proof, whole_numbers_vulkan, .init = cr_redirect_stderr) { expect_whole_numbers("vulkan"); }
