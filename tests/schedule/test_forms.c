/* test_forms.c -- which form of a computation runs: the fastest by measurement, whatever the estimate says, measured
 * once and found again; never one that does not run; with the right results in each. */
#include "../classes.h"
#include "device/backend.h"
#include "schedule/forms.h"
#include "schedule/program.h"
#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weft/ops.h>

enum { MOST = 4096, RESULTS = 4, NUMBERS = 1 << 16 };

/* ---- a backend in which one form is slow, or fails ---- */

typedef struct known {
  const void *items[MOST];
  int n;
} known;

static const weft_backend *real;
static weft_backend spy;
static known kernels, recordings; /* of the form that is looked for */
static const char *word;          /* in its kernels; NULL: it is more than one launch */
static int suffers, n_replays;    /* 1: that form, 0: the other one */
static int is_broken;             /* instead of slow */

static void add(known *k, const void *item) {
  if (k->n < MOST) k->items[k->n++] = item;
}
static void forget(known *k, const void *item) { /* another one may get its address */
  for (int i = 0; i < k->n; i++)
    if (k->items[i] == item) k->items[i] = NULL;
}
static int is_known(const known *k, const void *item) {
  for (int i = 0; i < k->n; i++)
    if (k->items[i] == item) return 1;
  return 0;
}

static weft_status spying_kernels_new(weft_device *device, const weft_kernel_source *sources, size_t count,
                                      weft_kernel **out) {
  weft_status status = real->kernels_new(device, sources, count, out);
  for (size_t i = 0; status == WEFT_OK && i < count; i++) {
    forget(&kernels, out[i]);
    if (word && sources[i].text && strstr(sources[i].text, word)) add(&kernels, out[i]);
  }
  return status;
}
static weft_status spying_record(weft_device *device, const weft_dispatch *dispatches, size_t count,
                                 weft_recording **out) {
  int found = !word && count > 1;
  for (size_t i = 0; i < count; i++) found |= is_known(&kernels, dispatches[i].kernel);
  if (is_broken && found == suffers) {
    device->error = (weft_error){0};
    return weft_fail(&device->error, WEFT_NO_DEVICE_MEMORY, "broken");
  }
  weft_status status = real->record(device, dispatches, count, out);
  forget(&recordings, *out);
  if (found) add(&recordings, *out);
  return status;
}
static weft_status slow_replay(weft_device *device, weft_recording *recording) {
  n_replays++;
  if (!is_broken && is_known(&recordings, recording) == suffers) usleep(3000);
  return real->replay(device, recording);
}

/* ---- what is computed ---- */

typedef struct form_case {
  const char *name, *word;
  int (*build)(weft_graph *g, weft_tensor **out); /* the number of results */
  double tolerance;
} form_case;

static int differentiate(weft_graph *g, weft_tensor *y, weft_tensor *const *wrt, int n, weft_tensor **out) {
  weft_tensor *weights = weft_input_shaped(g, "weights", WEFT_F32, y->shape);
  out[0] = y;
  cr_assert_eq(weft_gradients(weft_sum(weft_mul(y, weights)), wrt, (size_t)n, out + 1), WEFT_OK, "%s",
               weft_graph_message(g));
  return n + 1;
}

static int convolution(weft_graph *g, weft_tensor **out) {
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 16, 9, 9), *w = weft_input(g, "w", WEFT_F32, 32, 16, 3, 3);
  return differentiate(g, weft_conv2d(x, w, &(weft_conv_options){.pad = 1}), &w, 1, out);
}
static int product(weft_graph *g, weft_tensor **out) {
  weft_tensor *a = weft_input(g, "a", WEFT_F32, 512, 6), *b = weft_input(g, "b", WEFT_F32, 512, 10);
  out[0] = weft_matmul(weft_transpose(a), b);
  return 1;
}
static int by_weights(weft_graph *g, weft_tensor **out) {
  out[0] = weft_matmul(weft_input(g, "a", WEFT_F32, 128, 144), weft_param(g, "b", WEFT_F32, 144, 260));
  return 1;
}
static int attention(weft_graph *g, weft_tensor **out) {
  weft_tensor *x[3] = {weft_input(g, "q", WEFT_F32, 2, 6, 2, 8), weft_input(g, "k", WEFT_F32, 2, 7, 2, 8),
                       weft_input(g, "v", WEFT_F32, 2, 7, 2, 4)},
              *heads[3];
  for (int i = 0; i < 3; i++) heads[i] = weft_permute(x[i], weft_shape_of(0, 2, 1, 3));
  return differentiate(g, weft_scaled_dot_product_attention(heads[0], heads[1], heads[2], 1), x, 3, out);
}

static const form_case of_convolution = {"winograd", "winograd", convolution, 1e-3};
static const form_case of_product = {"more than one part", NULL, product, 1e-4};
static const form_case of_levels = {"strassen", "strassen", by_weights, 1e-4};
static const form_case of_attention = {"an op of its own", "attention", attention, 1e-4};

typedef struct result {
  float numbers[RESULTS][NUMBERS];
  int n, sizes[RESULTS];
  int found; /* steps of the form; without a word those beyond the first */
} result;

static void fill(weft_graph *g) {
  static float numbers[NUMBERS];
  for (size_t k = 0; k < g->n_leaves; k++) {
    int n = (int)weft_shape_size(g->leaves[k]->shape);
    for (int i = 0; i < n; i++) numbers[i] = (float)((i * 7 + (int)k * 3) % 13 - 6) / 8;
    cr_assert_eq(weft_write(g->leaves[k], numbers, sizeof *numbers * (size_t)n), WEFT_OK);
  }
}

static void compute(weft_device *device, const form_case *c, result *out) {
  weft_graph *g = weft_graph_new(device);
  weft_tensor *results[RESULTS];
  out->n = c->build(g, results);
  weft_program *p = weft_compile_all(results, (size_t)out->n);
  cr_assert(p, "%s: %s", c->name, weft_graph_message(g));
  fill(g);
  cr_assert_eq(weft_run(p), WEFT_OK, "%s: %s", c->name, weft_graph_message(g));
  for (int r = 0; r < out->n; r++) {
    out->sizes[r] = (int)weft_shape_size(results[r]->shape);
    cr_assert_eq(weft_read(results[r], out->numbers[r], sizeof(float) * (size_t)out->sizes[r]), WEFT_OK);
  }
  weft_program_info about;
  weft_program_describe(p, &about);
  out->found = c->word ? 0 : (int)about.steps - 1;
  for (size_t i = 0; i < about.steps && c->word; i++) {
    weft_step_info step;
    weft_program_step(p, i, &step);
    out->found += strstr(step.what, c->word) != NULL;
  }
  weft_graph_free(g);
}

static void compare(const result *got, const result *want, const form_case *c, const char *what) {
  for (int r = 0; r < want->n; r++)
    for (int i = 0; i < want->sizes[r]; i++) {
      double is = got->numbers[r][i], should = want->numbers[r][i];
      cr_assert(fabs(is - should) <= c->tolerance * (4 + fabs(should)), "%s: element %d of result %d is %g, not %g",
                what, i, r, is, should);
    }
}

/* ---- the checks ---- */

static char folder[64];

static void use_new_cache(void) {
  strcpy(folder, "/tmp/weft-forms-XXXXXX");
  cr_assert(mkdtemp(folder));
  setenv("WEFT_CACHE", folder, 1);
}

static void remove_cache(void) {
  char command[96];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  cr_assert_eq(system(command), 0);
}

static int count_entries(void) {
  char path[96];
  int n = 0;
  snprintf(path, sizeof path, "%s/form", folder);
  DIR *found = opendir(path);
  for (struct dirent *entry; found && (entry = readdir(found));) n += entry->d_name[0] != '.';
  if (found) closedir(found);
  return n;
}

static weft_device *open_or_skip(const char *id) {
  weft_device *device = weft_device_open(id);
  if (weft_device_status(device) != WEFT_OK) {
    weft_device_close(device);
    cr_skip_test("no device %s", id);
  }
  return device;
}

static weft_device *open_spied(const char *id, const form_case *c, int which) {
  weft_device *device = open_or_skip(id);
  real = device->backend;
  spy = *real;
  spy.kernels_new = spying_kernels_new;
  spy.record = spying_record;
  spy.replay = slow_replay;
  device->backend = &spy;
  word = c->word;
  suffers = which;
  n_replays = 0;
  return device;
}

static void check(const char *id, const char *device_class, const form_case *c) {
  static const char *const modes[] = {"full", "once", ""}; /* what the first measures the others read */
  static result want, got;
  if (!runs_class(id, device_class)) return;
  use_new_cache();
  setenv("WEFT_CLASS", device_class, 1);
  weft_device *reference = weft_device_open("reference");
  compute(reference, c, &want);
  weft_device_close(reference);
  for (int slow = 0; slow < 2; slow++)
    for (int m = 0; m < 3; m++) { /* each device opens the database again */
      weft_device *device = open_spied(id, c, slow);
      device->fingerprint += (uint64_t)slow; /* the other one is another device */
      setenv("WEFT_TUNE", modes[m], 1);
      compute(device, c, &got);
      char what[128];
      snprintf(what, sizeof what, "%s as %s, %s %s, WEFT_TUNE=%s", id, device_class, c->name, slow ? "slow" : "quick",
               modes[m]);
      cr_expect_eq(got.found > 0, !slow, "%s: %d steps of it", what, got.found);
      cr_expect_eq(n_replays > 10, m == 0, "%s: %d runs", what, n_replays);
      compare(&got, &want, c, what);
      weft_device_close(device);
    }
  remove_cache();
}

/* A form that does not run is never taken, whichever it is, nor is a device given up for it. */
static void check_broken(const char *id, const char *device_class, const form_case *c) {
  static result want, got;
  if (!runs_class(id, device_class)) return;
  use_new_cache();
  setenv("WEFT_CLASS", device_class, 1);
  setenv("WEFT_TUNE", "full", 1);
  weft_device *reference = weft_device_open("reference");
  compute(reference, c, &want);
  weft_device_close(reference);
  is_broken = 1;
  for (int which = 0; which < 2; which++) {
    weft_device *device = open_spied(id, c, which);
    device->fingerprint += (uint64_t)which;
    compute(device, c, &got);
    cr_expect_eq(got.found > 0, !which, "%s, %s: %d steps", id, c->name, got.found);
    compare(&got, &want, c, c->name);
    weft_device_close(device);
  }
  remove_cache();
}

Test(forms, convolution_opencl_as_cpu) { check("opencl", "cpu", &of_convolution); }
Test(forms, convolution_vulkan_as_gpu) { check("vulkan", "gpu", &of_convolution); }
Test(forms, product_opencl_as_cpu) { check("opencl", "cpu", &of_product); }
Test(forms, product_vulkan_as_cpu) { check("vulkan", "cpu", &of_product); }
Test(forms, product_vulkan_as_gpu) { check("vulkan", "gpu", &of_product); }
Test(forms, levels_opencl_as_cpu) { check("opencl", "cpu", &of_levels); }
Test(forms, attention_opencl_as_cpu) { check("opencl", "cpu", &of_attention); }
Test(forms, attention_vulkan_as_gpu) { check("vulkan", "gpu", &of_attention); }
Test(forms, broken_products_opencl) { check_broken("opencl", "cpu", &of_product); }
Test(forms, broken_attention_vulkan) { check_broken("vulkan", "gpu", &of_attention); }

/* What is measured holds for all that asks in this process, kept or not: one attention has five ops. */
Test(forms, without_a_folder) {
  static result want, got;
  setenv("WEFT_CACHE", "off", 1);
  setenv("WEFT_TUNE", "full", 1);
  weft_device *reference = weft_device_open("reference");
  compute(reference, &of_attention, &want);
  weft_device_close(reference);
  for (int slow = 0; slow < 2; slow++) {
    weft_device *device = open_spied("opencl", &of_attention, slow);
    device->fingerprint += (uint64_t)slow;
    compute(device, &of_attention, &got);
    cr_expect_eq(got.found, slow ? 0 : 2, "%d steps of it", got.found);
    compare(&got, &want, &of_attention, "without a folder");
    weft_device_close(device);
  }
}

/* Weights of few columns that a step changes: they are asked for, and change while they are measured; the user's own
 * are left alone. */
Test(forms, weights_that_change) {
  static float x[8 * 4096], w[4096 * 3], y[8 * 3];
  use_new_cache();
  setenv("WEFT_TUNE", "full", 1);
  weft_device *device = open_or_skip("opencl");
  weft_graph *g = weft_graph_new(device);
  weft_tensor *input = weft_input(g, "x", WEFT_F32, 8, 4096), *weights = weft_param(g, "w", WEFT_F32, 4096, 3);
  weft_tensor *out = weft_matmul(input, weights);
  weft_program *p =
      weft_compile_all((weft_tensor *[]){out, weft_assign(weights, weft_mul(weights, weft_number(g, 2)))}, 2);
  cr_assert(p, "%s", weft_graph_message(g));
  cr_expect_eq(count_entries(), 1, "%d answers are kept", count_entries());
  for (int i = 0; i < 8 * 4096; i++) x[i] = 1;
  for (int i = 0; i < 4096 * 3; i++) w[i] = 0.25f;
  cr_assert_eq(weft_write(input, x, sizeof x), WEFT_OK);
  cr_assert_eq(weft_write(weights, w, sizeof w), WEFT_OK);
  for (int run = 0; run < 3; run++) {
    cr_assert_eq(weft_run(p), WEFT_OK);
    cr_assert_eq(weft_read(out, y, sizeof y), WEFT_OK);
    for (int i = 0; i < 8 * 3; i++) cr_assert_float_eq(y[i], 1024 << run, 0.01, "run %d: y[%d] is %g", run, i, y[i]);
  }
  weft_graph_free(g);
  weft_device_close(device);
  remove_cache();
}

/* A long sum by weights that stay: its levels are measured, and for the plain sum among them its parts, which asks for
 * no levels again. */
Test(forms, levels_and_parts) {
  use_new_cache();
  setenv("WEFT_TUNE", "full", 1);
  weft_device *device = open_or_skip("opencl");
  weft_graph *g = weft_graph_new(device);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 64, 2048), *w = weft_param(g, "w", WEFT_F32, 2048, 128);
  cr_assert(weft_compile(weft_matmul(x, w)), "%s", weft_graph_message(g));
  cr_expect_eq(count_entries(), 2, "%d answers are kept", count_entries());
  weft_graph_free(g);
  weft_device_close(device);
  remove_cache();
}

/* ---- what is measured ---- */

/* A view over a tensor of its own that lies in memory as the other view does. */
static weft_tensor *check_view(weft_tensor *is, weft_tensor *like) {
  weft_tensor *base[2];
  int64_t offset[2], strides[2][WEFT_MAX_RANK];
  weft_view_affine(is, &base[0], &offset[0], strides[0]);
  weft_view_affine(like, &base[1], &offset[1], strides[1]);
  cr_assert(is->graph != like->graph && weft_shape_equal(is->shape, like->shape));
  cr_expect(weft_shape_equal(base[0]->shape, base[1]->shape));
  cr_expect_eq(offset[0], offset[1]);
  for (int d = 0; d < is->shape.rank; d++) cr_expect_eq(strides[0][d], strides[1][d], "dim %d", d);
  return base[0];
}

Test(forms, a_product_is_measured_as_it_lies) {
  const int64_t start[2] = {8, 3}, step[2] = {2, 1}, size[2] = {512, 12}, window[4] = {0, 3, 3, 0};
  const int64_t ones[4] = {1, 1, 1, 1}, taps_first[6] = {4, 5, 3, 0, 1, 2};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *rows = weft_make_slice(weft_input(g, "x", WEFT_F32, 1100, 20), start, step, size);
  weft_tensor *image = weft_make_window(weft_relu(weft_input(g, "image", WEFT_F32, 2, 18, 18, 4)), window, ones, ones);
  weft_tensor *w = weft_param(g, "w", WEFT_F32, 512, 5), *dy = weft_input(g, "dy", WEFT_F32, 2, 16, 16, 8);
  const weft_form_product products[] = {
      {.product = {weft_transpose(rows), w, 0, 1, 1, 1}, .b_changes = 1},
      {.product = {weft_transpose(rows), w, 0, 1, 1, 1}, .b_stays = 1},
      {.product = {weft_make_permute(image, taps_first), dy, 0, 3, 3, 1}},
  };
  for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
    const weft_form form = {.kind = WEFT_FORM_PRODUCT, .n = 2, .candidates = {2, 1}, .product = products[i]};
    weft_graph *other = weft_graph_create(NULL, NULL);
    weft_tensor *out[WEFT_FORM_RESULTS] = {NULL};
    int n = weft_form_rows[form.kind].build(other, &form, out);
    cr_assert_eq(n, products[i].b_changes ? 2 : 1, "product %zu: %d results, %s", i, n, weft_graph_message(other));
    cr_assert_eq(out[0]->op, WEFT_OP_DOT);
    weft_tensor *a = check_view(out[0]->in[0], products[i].product.a);
    weft_tensor *b = check_view(out[0]->in[1], products[i].product.b);
    cr_expect_eq(a->op, WEFT_OP_INPUT);
    cr_expect_eq(b->op, i < 2 ? WEFT_OP_PARAM : WEFT_OP_INPUT);
    if (n == 2) cr_expect(out[1]->op == WEFT_OP_ASSIGN && out[1]->in[0] == b, "weights that change are changed");
    weft_graph_destroy(other);
  }
  weft_graph_destroy(g);
}

Test(forms, attention_is_measured_with_its_gradients) {
  const int64_t heads[4] = {3, 2, 5, 8};
  for (int trains = 0; trains < 2; trains++) {
    weft_form form = {.kind = WEFT_FORM_ATTENTION, .n = 2, .candidates = {1, 0}};
    form.attention = (weft_form_attention){.q = weft_shape_of(3, 2, 5, 8), .s = 7, .e = 4, .trains = trains};
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *out[WEFT_FORM_RESULTS] = {NULL}, *base;
    cr_assert_eq(weft_form_rows[form.kind].build(g, &form, out), trains ? 4 : 1, "%s", weft_graph_message(g));
    int64_t offset, strides[WEFT_MAX_RANK], rows[4] = {heads[0], heads[2], heads[1], 4};
    for (int d = 0; d < 4; d++) cr_expect_eq(out[0]->shape.dims[d], rows[d]);
    weft_view_affine(out[0], &base, &offset, strides);
    cr_assert_eq(base->op, WEFT_OP_ATTENTION);
    weft_view_affine(base->in[0], &base, &offset, strides);
    cr_expect(strides[2] == heads[1] * heads[3] && strides[1] == heads[3], "heads stand side by side");
    weft_graph_destroy(g);
  }
}
