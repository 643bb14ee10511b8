/* test_golden.c -- layers against layers.txt (made by make_layers with PyTorch), results and gradients, on every device. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/nn.h>

enum { MOST_NUMBERS = 512 };
static const double tolerance = 2e-5;

/* ---- the file ---- */

/* The numbers of a line; their count. */
static int wanted(const char *name, double *out) {
  static char line[16384];
  FILE *file = fopen(WEFT_LAYERS, "r");
  cr_assert_not_null(file, "%s", WEFT_LAYERS);
  int n = -1;
  size_t length = strlen(name);
  while (n < 0 && fgets(line, sizeof line, file)) {
    if (strncmp(line, name, length) != 0 || line[length] != ' ') continue;
    n = 0;
    for (char *at = line + length, *end; n < MOST_NUMBERS; at = end) {
      out[n] = strtod(at, &end);
      if (end == at) break;
      n++;
    }
  }
  fclose(file);
  cr_assert_gt(n, 0, "%s: no line \"%s\"", WEFT_LAYERS, name);
  return n;
}

/* ---- tensors ---- */

static float number(int k, int64_t i) { return (float)((7 * i + k) % 11 - 5) / 4; }

static void fill(weft_tensor *t, int k) {
  float values[MOST_NUMBERS];
  int64_t n = weft_shape_size(weft_tensor_shape(t));
  cr_assert_leq(n, MOST_NUMBERS);
  for (int64_t i = 0; i < n; i++) values[i] = number(k, i);
  cr_assert_eq(weft_write(t, values, (size_t)n * sizeof *values), WEFT_OK);
}

static weft_tensor *leaf(weft_graph *g, const char *name, int k, weft_shape shape) {
  weft_tensor *t = weft_param_shaped(g, name, WEFT_F32, shape);
  fill(t, k);
  return t;
}

static weft_tensor *find(weft_graph *g, const char *name) {
  weft_tensor *t = weft_graph_find(g, name);
  cr_assert_not_null(t, "%s: %s", name, weft_graph_message(g));
  return t;
}

static void expect(weft_tensor *t, const char *name, const char *id) {
  double want[MOST_NUMBERS];
  float got[MOST_NUMBERS];
  int n = wanted(name, want);
  cr_assert_eq(weft_shape_size(weft_tensor_shape(t)), n, "%s", name);
  cr_assert_eq(weft_read(t, got, (size_t)n * sizeof *got), WEFT_OK, "%s: %s: %s", id, name,
               weft_graph_message(weft_tensor_graph(t)));
  for (int i = 0; i < n; i++)
    cr_assert(fabs((double)got[i] - want[i]) <= tolerance * (1 + fabs(want[i])), "%s: %s[%d] is %g, not %g", id, name, i,
              (double)got[i], want[i]);
}

/* Compiles and runs y with its gradients by the leaves and holds all against the lines "name", "name/leaf". */
static void check(const char *id, const char *name, weft_tensor *y, const char *const *leaves, int n) {
  weft_graph *g = weft_tensor_graph(y);
  weft_tensor *wrt[4], *results[5] = {y};
  float weights[MOST_NUMBERS];
  cr_assert_not_null(y, "%s: %s", name, weft_graph_message(g));
  for (int i = 0; i < MOST_NUMBERS; i++) weights[i] = number(9, i);
  weft_tensor *loss = weft_sum(weft_mul(y, weft_data(g, WEFT_F32, weft_tensor_shape(y), weights)));
  for (int i = 0; i < n; i++) wrt[i] = find(g, leaves[i]);
  cr_assert_eq(weft_gradients(loss, wrt, (size_t)n, results + 1), WEFT_OK, "%s: %s", name, weft_graph_message(g));
  weft_program *p = weft_compile_all(results, (size_t)n + 1);
  cr_assert_eq(weft_run(p), WEFT_OK, "%s: %s: %s", id, name, weft_graph_message(g));
  expect(y, name, id);
  for (int i = 0; i < n; i++) {
    char line[64];
    const char *dot = strrchr(leaves[i], '.');
    snprintf(line, sizeof line, "%s/%s", name, dot ? dot + 1 : leaves[i]);
    expect(results[i + 1], line, id);
  }
}

/* ---- layers ---- */

typedef void body(const char *id, weft_graph *g);

static void batch_norm(const char *id, weft_graph *g) {
  static const char *const leaves[] = {"x", "bn.weight", "bn.bias"};
  weft_tensor *x = leaf(g, "x", 0, weft_shape_of(3, 2, 2, 2)), *y = weft_batch_norm(x, "bn", 1);
  fill(find(g, "bn.weight"), 1);
  fill(find(g, "bn.bias"), 2);
  check(id, "batch_norm", y, leaves, 3);
  expect(find(g, "bn.running_mean"), "batch_norm/running_mean", id);
  expect(find(g, "bn.running_var"), "batch_norm/running_var", id);
  weft_tensor *eval = weft_batch_norm(x, "bn", 0);
  cr_assert_eq(weft_run(weft_compile(eval)), WEFT_OK, "%s", weft_graph_message(g));
  expect(eval, "batch_norm/eval", id);
}

static void layer_norm(const char *id, weft_graph *g) {
  static const char *const leaves[] = {"x", "ln.weight", "ln.bias"};
  weft_tensor *y = weft_layer_norm(leaf(g, "x", 0, weft_shape_of(4, 6)), "ln");
  fill(find(g, "ln.weight"), 1);
  fill(find(g, "ln.bias"), 2);
  check(id, "layer_norm", y, leaves, 3);
}

static void embedding(const char *id, weft_graph *g) {
  static const char *const leaves[] = {"words.weight"};
  static const int32_t indices[] = {3, 0, 4, 3};
  weft_tensor *y = weft_embedding(weft_data(g, WEFT_I32, weft_shape_of(4), indices), 5, 3, "words");
  fill(find(g, "words.weight"), 1);
  check(id, "embedding", y, leaves, 1);
}

static void attention(const char *id, weft_graph *g) {
  static const char *const leaves[] = {"q", "k", "v"};
  weft_tensor *q = leaf(g, "q", 0, weft_shape_of(2, 5, 4)), *k = leaf(g, "k", 1, weft_shape_of(2, 5, 4));
  weft_tensor *v = leaf(g, "v", 2, weft_shape_of(2, 5, 3));
  check(id, "attention", weft_scaled_dot_product_attention(q, k, v, 1), leaves, 3);
}

static void lstm(const char *id, weft_graph *g) {
  static const char *const leaves[] = {"x", "r.weight_ih", "r.weight_hh", "r.bias"};
  weft_tensor *last, *y = weft_lstm(leaf(g, "x", 0, weft_shape_of(2, 4, 3)), 5, "r", &last);
  for (int i = 1; i < 4; i++) fill(find(g, leaves[i]), i);
  check(id, "lstm", y, leaves, 4);
  cr_assert(weft_shape_size(weft_tensor_shape(last)) == 10);
}

static void losses(const char *id, weft_graph *g) {
  static const char *const z[] = {"z"}, *const y[] = {"y"};
  weft_tensor *t = weft_div(weft_add(leaf(g, "t", 1, weft_shape_of(7)), weft_number(g, 1.25)), weft_number(g, 2.5));
  check(id, "binary_cross_entropy", weft_binary_cross_entropy(leaf(g, "z", 0, weft_shape_of(7)), t), z, 1);
  weft_tensor *mse = weft_mse(leaf(g, "y", 0, weft_shape_of(6)), leaf(g, "u", 1, weft_shape_of(6)));
  check(id, "mse", weft_reshape(mse, weft_shape_of(1)), y, 1);
}

static void on_devices(body *check_layer) {
  weft_device_info all[16];
  size_t n = weft_devices(all, 16);
  for (size_t i = 0; i < n && i < 16; i++) {
    if (!all[i].usable) continue;
    weft_device *device = weft_device_open(all[i].id);
    weft_graph *g = weft_graph_new(device);
    check_layer(all[i].id, g);
    weft_graph_free(g);
    weft_device_close(device);
  }
}

Test(golden, batch_norm) { on_devices(batch_norm); }
Test(golden, layer_norm) { on_devices(layer_norm); }
Test(golden, embedding) { on_devices(embedding); }
Test(golden, attention) { on_devices(attention); }
Test(golden, lstm) { on_devices(lstm); }
Test(golden, losses) { on_devices(losses); }

/* ---- wrong use ---- */

Test(golden, errors_name_the_layer) {
  weft_device *device = weft_device_open("null");
  static const char *const texts[] = {"layer \"a\" (batch_norm): the input is not (N, C, ...)",
                                      "layer \"a\" (lstm): the input is not (N, T, F)",
                                      "layer \"a\" (attention): the heads do not divide the channels",
                                      "layer \"a\" (embedding): the indices are not i32"};
  for (int i = 0; i < 4; i++) {
    weft_graph *g = weft_graph_new(device);
    weft_tensor *x = weft_input(g, "x", WEFT_F32, 5), *sequence = weft_input(g, "s", WEFT_F32, 2, 3, 10);
    weft_tensor *y = i == 0   ? weft_batch_norm(x, "a", 1)
                     : i == 1 ? weft_lstm(x, 4, "a", NULL)
                     : i == 2 ? weft_attention(sequence, 3, 1, "a")
                              : weft_embedding(x, 4, 4, "a");
    cr_expect(!y && strcmp(weft_graph_message(g), texts[i]) == 0, "%s", weft_graph_message(g));
    weft_graph_free(g);
  }
  weft_device_close(device);
}
