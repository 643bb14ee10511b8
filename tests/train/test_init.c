/* test_init.c -- initial values: their statistics, that they follow from seed and name alone, and errors. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <weft/nn.h>

typedef struct fixture {
  weft_device *device;
  weft_graph *graph;
} fixture;

static fixture begin(uint64_t seed) {
  fixture f = {.device = weft_device_open("reference")};
  f.graph = weft_graph_new(f.device);
  weft_graph_seed(f.graph, seed);
  cr_assert_eq(weft_graph_status(f.graph), WEFT_OK, "%s", weft_graph_message(f.graph));
  return f;
}

static void end(fixture f) {
  weft_graph_free(f.graph);
  weft_device_close(f.device);
}

/* Values of a parameter; freed by the caller. */
static float *values_of(weft_tensor *param) {
  size_t bytes = (size_t)weft_shape_size(weft_tensor_shape(param)) * sizeof(float);
  float *values = malloc(bytes);
  weft_graph *g = weft_tensor_graph(param);
  cr_assert_eq(weft_read(param, values, bytes), WEFT_OK, "%s", weft_graph_message(g));
  return values;
}

/* Standard deviation and bounds that each kind promises for (300, 200) and for (40, 30, 5, 5). A NaN bound: none. */
static const struct {
  const char *name;
  weft_init init;
  int conv;
  double mean, deviation, low, high;
} cases[] = {
    {"zeros", {WEFT_INIT_ZEROS, 0, 0}, 0, 0, 0, 0, 0},
    {"constant", {WEFT_INIT_CONSTANT, 2.5, 0}, 0, 2.5, 0, 2.5, 2.5},
    {"uniform", {WEFT_INIT_UNIFORM, 1, 3}, 0, 2, 0.5773502692, 1, 3},
    {"normal", {WEFT_INIT_NORMAL, -1, 0.25}, 0, -1, 0.25, NAN, NAN},
    {"default", {WEFT_INIT_DEFAULT, 0, 0}, 0, 0, 0.0333333333, -0.0577350269, 0.0577350269},
    {"default conv", {WEFT_INIT_DEFAULT, 0, 0}, 1, 0, 0.0210818511, -0.0365148372, 0.0365148372},
    {"xavier uniform", {WEFT_INIT_XAVIER_UNIFORM, 0, 0}, 0, 0, 0.0632455532, -0.1095445115, 0.1095445115},
    {"xavier uniform conv", {WEFT_INIT_XAVIER_UNIFORM, 0, 0}, 1, 0, 0.0338061702, -0.0585540044, 0.0585540044},
    {"xavier normal", {WEFT_INIT_XAVIER_NORMAL, 0, 0}, 0, 0, 0.0632455532, NAN, NAN},
    {"he uniform", {WEFT_INIT_HE_UNIFORM, 0, 0}, 0, 0, 0.0816496581, -0.1414213562, 0.1414213562},
    {"he normal", {WEFT_INIT_HE_NORMAL, 0, 0}, 0, 0, 0.0816496581, NAN, NAN},
    {"he normal conv", {WEFT_INIT_HE_NORMAL, 0, 0}, 1, 0, 0.0516397779, NAN, NAN},
};

Test(init, statistics) {
  fixture f = begin(7);
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    weft_shape shape = cases[c].conv ? weft_shape_of(40, 30, 5, 5) : weft_shape_of(300, 200);
    weft_tensor *param = weft_param_init(f.graph, cases[c].name, shape, cases[c].init);
    float *v = values_of(param);
    int64_t n = weft_shape_size(shape);
    double sum = 0, squares = 0, low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
      sum += (double)v[i];
      squares += ((double)v[i] - cases[c].mean) * ((double)v[i] - cases[c].mean);
      low = fmin(low, (double)v[i]);
      high = fmax(high, (double)v[i]);
    }
    double deviation = sqrt(squares / (double)n), error = 4 * cases[c].deviation / sqrt((double)n);
    cr_assert(fabs(sum / (double)n - cases[c].mean) <= error + 1e-7, "%s: mean %g", cases[c].name, sum / (double)n);
    cr_assert(fabs(deviation - cases[c].deviation) <= 0.015 * cases[c].deviation + 1e-9, "%s: deviation %g",
              cases[c].name, deviation);
    cr_assert(!(low < cases[c].low - 1e-7) && !(high > cases[c].high + 1e-7), "%s: %g to %g", cases[c].name, low, high);
    free(v);
  }
  end(f);
}

/* The same name and seed give the same values in any order; another name or seed gives others. */
Test(init, follows_from_seed_and_name) {
  const weft_init init = {WEFT_INIT_UNIFORM, 0, 1};
  float *first[3];
  for (int run = 0; run < 3; run++) {
    fixture f = begin(run < 2 ? 5 : 6);
    if (run == 1) weft_param_init(f.graph, "other", weft_shape_of(64), init);
    weft_tensor *param = weft_param_init(f.graph, "w", weft_shape_of(64), init);
    first[run] = values_of(param);
    if (run == 1) {
      float *other = values_of(weft_graph_find(f.graph, "other"));
      cr_assert(memcmp(other, first[1], 64 * sizeof(float)) != 0, "two names have the same values");
      free(other);
    }
    end(f);
  }
  cr_assert(memcmp(first[0], first[1], 64 * sizeof(float)) == 0, "the order of creation changed the values");
  cr_assert(memcmp(first[0], first[2], 64 * sizeof(float)) != 0, "the seed did not change the values");
  for (int run = 0; run < 3; run++) free(first[run]);
}

Test(init, known_param_keeps_its_values) {
  fixture f = begin(1);
  weft_tensor *w = weft_param_init(f.graph, "w", weft_shape_of(2), (weft_init){WEFT_INIT_CONSTANT, 3, 0});
  weft_tensor *again = weft_param_init(f.graph, "w", weft_shape_of(2), (weft_init){WEFT_INIT_CONSTANT, 4, 0});
  float *v = values_of(w);
  cr_assert_eq(w, again);
  cr_assert(v[0] == 3 && v[1] == 3);
  free(v);
  end(f);
}

Test(init, errors_name_the_param) {
  fixture f = begin(1);
  weft_tensor *param = weft_param_init(f.graph, "w", weft_shape_of(2), (weft_init){(weft_init_kind)99, 0, 0});
  cr_assert_null(param);
  cr_assert_eq(weft_graph_status(f.graph), WEFT_BAD_ARGUMENT);
  cr_assert_not_null(strstr(weft_graph_message(f.graph), "\"w\""), "%s", weft_graph_message(f.graph));
  weft_graph_clear_error(f.graph);
  cr_assert_eq(weft_initialise(weft_input(f.graph, "i", WEFT_I32, 2), (weft_init){WEFT_INIT_ZEROS, 0, 0}),
               WEFT_BAD_ARGUMENT);
  cr_assert_eq(weft_initialise(NULL, (weft_init){WEFT_INIT_ZEROS, 0, 0}), WEFT_BAD_ARGUMENT);
  end(f);
}
