/* test_forms.c -- Winograd's form of a convolution or the direct one: the faster by measurement, whatever the estimate
 * says, measured once and found again; with the right results either way. */
#include "../classes.h"
#include "device/backend.h"
#include "schedule/program.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weft/ops.h>

enum { N = 2, C = 16, EDGE = 9, OC = 32, MOST = 4096 };

/* ---- a backend in which one form is slow ---- */

typedef struct known {
  const void *items[MOST];
  int n;
} known;

static const weft_backend *real;
static weft_backend spy;
static known kernels, recordings; /* of Winograd's form */
static int winograd_is_slow, n_replays;

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
    if (sources[i].text && strstr(sources[i].text, "winograd")) add(&kernels, out[i]);
  }
  return status;
}
static weft_status spying_record(weft_device *device, const weft_dispatch *dispatches, size_t count,
                                 weft_recording **out) {
  weft_status status = real->record(device, dispatches, count, out);
  int found = 0;
  for (size_t i = 0; i < count; i++) found |= is_known(&kernels, dispatches[i].kernel);
  forget(&recordings, *out);
  if (found) add(&recordings, *out);
  return status;
}
static weft_status slow_replay(weft_device *device, weft_recording *recording) {
  n_replays++;
  if (is_known(&recordings, recording) == winograd_is_slow) usleep(3000);
  return real->replay(device, recording);
}

/* ---- a convolution and its gradient by the weights ---- */

static void fill(weft_tensor *x, float *out, int count) {
  for (int i = 0; i < count; i++) out[i] = (float)((i * 7 + (int)x->id * 3) % 13 - 6) / 8;
  cr_assert_eq(weft_write(x, out, sizeof *out * (size_t)count), WEFT_OK);
}

typedef struct result {
  float y[N * OC * EDGE * EDGE], dw[OC * C * 9];
  int winograd; /* steps of it */
} result;

static void convolve(weft_device *device, result *out) {
  static float numbers[N * OC * EDGE * EDGE];
  weft_graph *g = weft_graph_new(device);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, N, C, EDGE, EDGE), *w = weft_input(g, "w", WEFT_F32, OC, C, 3, 3);
  weft_tensor *weights = weft_input(g, "g", WEFT_F32, N, OC, EDGE, EDGE), *dw;
  weft_tensor *y = weft_conv2d(x, w, &(weft_conv_options){.pad = 1});
  cr_assert_eq(weft_gradients(weft_sum(weft_mul(y, weights)), &w, 1, &dw), WEFT_OK, "%s", weft_graph_message(g));
  weft_program *p = weft_compile_all((weft_tensor *[]){y, dw}, 2);
  fill(x, numbers, N * C * EDGE * EDGE);
  fill(w, numbers, OC * C * 9);
  fill(weights, numbers, N * OC * EDGE * EDGE);
  cr_assert_eq(weft_run(p), WEFT_OK, "%s", weft_graph_message(g));
  cr_assert_eq(weft_read(y, out->y, sizeof out->y), WEFT_OK);
  cr_assert_eq(weft_read(dw, out->dw, sizeof out->dw), WEFT_OK);
  weft_program_info about;
  weft_program_describe(p, &about);
  out->winograd = 0;
  for (size_t i = 0; i < about.steps; i++) {
    weft_step_info step;
    weft_program_step(p, i, &step);
    out->winograd += strstr(step.what, "winograd") != NULL;
  }
  weft_graph_free(g);
}

static void compare(const result *got, const result *want, const char *what) {
  for (int i = 0; i < N * OC * EDGE * EDGE; i++)
    cr_assert_float_eq(got->y[i], want->y[i], 1e-3, "%s: y[%d] is %g, not %g", what, i, got->y[i], want->y[i]);
  for (int i = 0; i < OC * C * 9; i++)
    cr_assert_float_eq(got->dw[i], want->dw[i], 1e-2, "%s: dw[%d] is %g, not %g", what, i, got->dw[i], want->dw[i]);
}

static void check(const char *id, const char *device_class) {
  static result want, got;
  char folder[] = "/tmp/weft-forms-XXXXXX", command[64];
  if (!runs_class(id, device_class)) return;
  cr_assert(mkdtemp(folder));
  setenv("WEFT_CACHE", folder, 1);
  setenv("WEFT_CLASS", device_class, 1);
  weft_device *reference = weft_device_open("reference");
  convolve(reference, &want);
  weft_device_close(reference);
  for (int slow = 0; slow < 2; slow++)
    for (int is_measured = 1; is_measured >= 0; is_measured--) { /* each device opens the database again */
      weft_device *device = weft_device_open(id);
      if (weft_device_status(device) != WEFT_OK) {
        weft_device_close(device);
        cr_skip_test("no device %s", id);
      }
      real = device->backend;
      spy = *real;
      spy.kernels_new = spying_kernels_new;
      spy.record = spying_record;
      spy.replay = slow_replay;
      device->backend = &spy;
      device->fingerprint += (uint64_t)slow; /* the other one is another device */
      winograd_is_slow = slow;
      n_replays = 0;
      if (is_measured)
        setenv("WEFT_TUNE", "full", 1);
      else
        unsetenv("WEFT_TUNE");
      convolve(device, &got);
      char what[64];
      snprintf(what, sizeof what, "%s as %s, winograd %s, %s", id, device_class, slow ? "slow" : "quick",
               is_measured ? "measured" : "remembered");
      cr_expect_eq(got.winograd > 0, !slow, "%s: %d steps of it", what, got.winograd);
      cr_expect_eq(n_replays > 10, is_measured, "%s: %d runs", what, n_replays);
      compare(&got, &want, what);
      weft_device_close(device);
    }
  snprintf(command, sizeof command, "rm -rf %s", folder);
  cr_assert_eq(system(command), 0);
}

Test(forms, opencl_as_cpu) { check("opencl", "cpu"); }
Test(forms, vulkan_as_gpu) { check("vulkan", "gpu"); }
