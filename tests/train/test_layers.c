/* test_layers.c -- layers and tables of layers: names, shapes, values, sharing between two graphs of one weft_graph,
 * dropout, metrics, errors. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include <weft/nn.h>

static weft_device *device;

static weft_graph *begin(void) {
  device = weft_device_open("reference");
  return weft_graph_new(device);
}

static void end(weft_graph *g) {
  weft_graph_free(g);
  weft_device_close(device);
}

static void run(weft_graph *g, weft_tensor *result, float *out, size_t count) {
  weft_program *p = weft_compile(result);
  cr_assert_not_null(p, "%s", weft_graph_message(g));
  cr_assert_eq(weft_run(p), WEFT_OK, "%s", weft_graph_message(g));
  cr_assert_eq(weft_read(result, out, count * sizeof *out), WEFT_OK, "%s", weft_graph_message(g));
}

static void write(weft_tensor *t, const void *data, size_t bytes) {
  cr_assert_eq(weft_write(t, data, bytes), WEFT_OK, "%s", weft_graph_message(weft_tensor_graph(t)));
}

static const weft_layer net[] = {
    weft_layer_conv2d(4, 3, .pad = 1, .act = WEFT_RELU),
    weft_layer_max_pool2d(2),
    weft_layer_flatten(),
    weft_layer_dense(5, .no_bias = 1),
    weft_layer_dense(3, .act = WEFT_TANH, .bias_init = {WEFT_INIT_CONSTANT, 0.5, 0}),
};
enum { N_LAYERS = sizeof net / sizeof *net };

static void has_shape(const weft_graph *g, const char *name, weft_shape want) {
  weft_tensor *t = weft_graph_find(g, name);
  cr_assert_not_null(t, "no %s", name);
  weft_shape got = weft_tensor_shape(t);
  cr_assert(got.rank == want.rank && memcmp(got.dims, want.dims, sizeof got.dims[0] * (size_t)got.rank) == 0,
            "%s has another shape", name);
}

Test(layers, table_names_and_shares_parameters) {
  weft_graph *g = begin();
  weft_tensor *y = weft_layers(weft_input(g, "x", WEFT_F32, 2, 2, 6, 6), net, N_LAYERS, 1);
  cr_assert_eq(weft_graph_status(g), WEFT_OK, "%s", weft_graph_message(g));
  cr_assert_eq(weft_tensor_shape(y).dims[1], 3);
  has_shape(g, "0.weight", weft_shape_of(4, 2, 3, 3));
  has_shape(g, "0.bias", weft_shape_of(4));
  has_shape(g, "3.weight", weft_shape_of(36, 5));
  cr_assert_null(weft_graph_find(g, "3.bias"));
  has_shape(g, "4.weight", weft_shape_of(5, 3));
  float bias[3];
  cr_assert_eq(weft_read(weft_graph_find(g, "4.bias"), bias, sizeof bias), WEFT_OK);
  cr_assert(bias[0] == 0.5f && bias[2] == 0.5f);
  weft_layers(weft_input(g, "x7", WEFT_F32, 7, 2, 6, 6), net, N_LAYERS, 0);
  cr_assert_null(weft_graph_param(g, 5), "the second graph made parameters of its own");
  cr_assert_not_null(weft_graph_param(g, 4));
  end(g);
}

Test(layers, dense_computes) {
  weft_graph *g = begin();
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 3);
  weft_tensor *y = weft_dense(x, 2, "d", WEFT_RELU);
  const float in[] = {1, 2, 3, -1, 0, 1}, w[] = {1, -1, 2, 0, 0, 1}, b[] = {0.5f, -3};
  write(x, in, sizeof in);
  write(weft_graph_find(g, "d.weight"), w, sizeof w);
  write(weft_graph_find(g, "d.bias"), b, sizeof b);
  float out[4];
  run(g, y, out, 4);
  const float want[] = {5.5f, 0, 0, 0}; /* (5, 2) and (-1, 2) before the bias; relu(2 - 3) is 0 */
  for (int i = 0; i < 4; i++) cr_assert(fabsf(out[i] - want[i]) < 1e-6f, "%d: %g", i, (double)out[i]);
  end(g);
}

Test(layers, conv_adds_a_bias_a_channel) {
  weft_graph *g = begin();
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 1, 1, 3, 3);
  weft_tensor *y = weft_conv(x, 2, 3, &(weft_conv_options){.pad = 1, .stride = 2}, "c", WEFT_LINEAR);
  float in[9], w[18], out[8];
  const float b[] = {10, 20};
  for (int i = 0; i < 9; i++) in[i] = (float)i;
  for (int i = 0; i < 18; i++) w[i] = i < 9 ? 1 : (float)(i == 13); /* the sum of the window; its centre */
  write(x, in, sizeof in);
  write(weft_graph_find(g, "c.weight"), w, sizeof w);
  write(weft_graph_find(g, "c.bias"), b, sizeof b);
  run(g, y, out, 8);
  const float want[] = {18, 22, 30, 34, 20, 22, 26, 28};
  for (int i = 0; i < 8; i++) cr_assert(fabsf(out[i] - want[i]) < 1e-5f, "%d: %g", i, (double)out[i]);
  end(g);
}

Test(layers, activations) {
  static const struct {
    weft_activation act;
    double want; /* at -0.5 */
  } cases[] = {{WEFT_LINEAR, -0.5},         {WEFT_RELU, 0},           {WEFT_GELU, -0.15426877},
               {WEFT_SILU, -0.18877033},    {WEFT_TANH, -0.46211716}, {WEFT_SIGMOID, 0.37754067},
               {WEFT_SOFTPLUS, 0.47407698}, {WEFT_LEAKY_RELU, -0.005}};
  weft_graph *g = begin();
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 1, 1);
  const float in = -0.5f;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    float out = 0;
    write(x, &in, sizeof in);
    run(g, weft_add(weft_activate(x, cases[i].act), weft_number(g, 0)), &out, 1);
    cr_assert(fabs((double)out - cases[i].want) < 1e-6, "activation %zu: %g", i, (double)out);
  }
  end(g);
}

Test(layers, dropout_acts_in_training_only) {
  static const weft_layer row[] = {weft_layer_dropout(0.25)};
  weft_graph *g = begin();
  weft_graph_seed(g, 3);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 100, 100);
  cr_assert_eq(weft_layers(x, row, 1, 0), x);
  static float ones[10000], out[10000];
  for (int i = 0; i < 10000; i++) ones[i] = 1;
  write(x, ones, sizeof ones);
  run(g, weft_layers(x, row, 1, 1), out, 10000);
  int zeros = 0;
  for (int i = 0; i < 10000; i++) {
    zeros += out[i] == 0;
    cr_assert(out[i] == 0 || fabsf(out[i] - 4.0f / 3) < 1e-6f);
  }
  cr_assert(zeros > 2300 && zeros < 2700, "%d zeros", zeros);
  end(g);
}

Test(layers, metrics) {
  weft_graph *g = begin();
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 4, 3), *t = weft_input(g, "t", WEFT_I32, 4);
  const float logits[] = {0, 1, 0, 2, 1, 1, 0, 0, 5, 1, 1, 0}; /* 1, 0, 2, and a tie won by 0 */
  const int32_t classes[] = {1, 2, 2, 0};
  write(x, logits, sizeof logits);
  write(t, classes, sizeof classes);
  float out;
  run(g, weft_accuracy(x, t), &out, 1);
  cr_assert(out == 0.75f, "%g", (double)out);
  run(g, weft_correct(x, t), &out, 1);
  cr_assert(out == 3, "%g", (double)out);
  end(g);
}

Test(layers, errors_name_the_row) {
  static const weft_layer flat[] = {weft_layer_flatten(), weft_layer_conv2d(4, 3)};
  static const weft_layer none[] = {weft_layer_dense(0)};
  static const weft_layer small[] = {weft_layer_conv2d(4, 9)};
  static const weft_layer odd[] = {weft_layer_conv2d(4, 1, .groups = 3)};
  static const struct {
    const weft_layer *rows;
    size_t n;
    const char *text;
  } cases[] = {
      {flat, 2, "row 1 of the layers"}, {none, 1, "units"}, {small, 1, "row 0 of the layers"}, {odd, 1, "groups"}};
  weft_graph *g = begin();
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 2, 6, 6);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cr_assert_null(weft_layers(x, cases[i].rows, cases[i].n, 1));
    cr_assert_neq(weft_graph_status(g), WEFT_OK);
    cr_assert_not_null(strstr(weft_graph_message(g), cases[i].text), "%s", weft_graph_message(g));
    weft_graph_clear_error(g);
  }
  cr_assert_null(weft_layers(NULL, flat, 2, 1));
  end(g);
}
