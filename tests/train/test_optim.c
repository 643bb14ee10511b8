/* test_optim.c -- optimizers on the reference device against the formulas in double precision, written out here a
 * second time; learning rate, independent parameters, shared states, errors. tests/golden holds them against PyTorch.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include <weft/ops.h>
#include <weft/optim.h>

enum { N = 4, STEPS = 12 };

/* loss = sum(w c) has the gradient c, whatever w is: so every step's gradient is given. */
typedef struct problem {
  weft_device *device;
  weft_graph *g;
  weft_tensor *w, *c, *loss;
} problem;

static problem begin(void) {
  problem p = {.device = weft_device_open("reference")};
  p.g = weft_graph_new(p.device);
  p.w = weft_param(p.g, "w", WEFT_F32, N);
  p.c = weft_input(p.g, "c", WEFT_F32, N);
  p.loss = weft_sum(weft_mul(p.w, p.c));
  return p;
}

static void end(problem p) {
  weft_graph_free(p.g);
  weft_device_close(p.device);
}

static void ok(const problem *p, weft_status status) { cr_assert_eq(status, WEFT_OK, "%s", weft_graph_message(p->g)); }

static double gradient(int step, int i) { return sin(3.0 * step + i) * pow(10, step % 4 - 2); }
static double start(int i) { return 0.5 * i - 0.7; }

/* One step of one parameter in double, PyTorch's documentation as the source. */
static void oracle(const weft_optimizer *o, int step, double g, double *w, double *m, double *v) {
  if (o->kind == WEFT_ADAMW)
    *w *= 1 - o->lr * o->weight_decay;
  else
    g += o->weight_decay * *w;
  if (o->kind == WEFT_SGD) {
    *v = step == 1 ? g : o->momentum * *v + g;
    *w -= o->lr * (o->momentum == 0 ? g : o->nesterov ? g + o->momentum * *v : *v);
    return;
  }
  *m = o->beta1 * *m + (1 - o->beta1) * g;
  *v = o->beta2 * *v + (1 - o->beta2) * g * g;
  double mean = *m / (1 - pow(o->beta1, step)), square = *v / (1 - pow(o->beta2, step));
  *w -= o->lr * mean / (sqrt(square) + o->epsilon);
}

static void check(const char *name, weft_optimizer opt) {
  problem p = begin();
  weft_program *train = weft_compile(weft_minimize(p.loss, opt));
  cr_assert_not_null(train, "%s", weft_graph_message(p.g));
  double w[N], m[N] = {0}, v[N] = {0};
  float got[N];
  for (int i = 0; i < N; i++) got[i] = (float)(w[i] = start(i));
  ok(&p, weft_write(p.w, got, sizeof got));
  for (int step = 1; step <= STEPS; step++) {
    float c[N];
    for (int i = 0; i < N; i++) c[i] = (float)gradient(step, i);
    ok(&p, weft_write(p.c, c, sizeof c));
    ok(&p, weft_run(train));
    ok(&p, weft_read(p.w, got, sizeof got));
    for (int i = 0; i < N; i++) {
      oracle(&opt, step, (double)c[i], &w[i], &m[i], &v[i]);
      cr_assert(fabs((double)got[i] - w[i]) <= 2e-6 * fabs(w[i]) + 1e-6, "%s: step %d, element %d: %.9g, not %.9g",
                name, step, i, (double)got[i], w[i]);
    }
  }
  end(p);
}

Test(optim, sgd) {
  check("plain", weft_sgd(0.1));
  check("decay", weft_sgd_with(0.1, 0, 0, 0.01));
  check("momentum", weft_sgd_with(0.1, 0.9, 0, 0));
  check("momentum, decay", weft_sgd_with(0.1, 0.9, 0, 0.01));
  check("nesterov", weft_sgd_with(0.1, 0.9, 1, 0));
  check("nesterov, decay", weft_sgd_with(0.1, 0.9, 1, 0.01));
}

Test(optim, adam) {
  weft_optimizer opt = weft_adam(0.01);
  check("adam", opt);
  opt.weight_decay = 0.1;
  check("adam, decay", opt);
  opt.beta1 = 0.5;
  opt.beta2 = 0.9;
  check("adam, betas", opt);
  opt.beta1 = 0;
  check("adam, beta1 0", opt);
  opt = weft_adamw(0.01);
  check("adamw", opt);
  opt.weight_decay = 0.1;
  check("adamw, decay", opt);
}

/* After many steps the bias corrections are 1 to the last digit, and must not drift. */
Test(optim, adam_after_many_steps) {
  problem p = begin();
  weft_program *train = weft_compile(weft_minimize(p.loss, weft_adam(0.5)));
  const int32_t steps = 1000000;
  const float zero[N] = {0}, c[N] = {1, 1, 1, 1}, one[N] = {1, 1, 1, 1};
  float w[N];
  ok(&p, weft_write(p.w, zero, sizeof zero));
  ok(&p, weft_write(p.c, c, sizeof c));
  ok(&p, weft_write(weft_graph_find(p.g, "weft.step"), &steps, sizeof steps));
  ok(&p, weft_write(weft_graph_find(p.g, "w.m"), one, sizeof one));
  ok(&p, weft_write(weft_graph_find(p.g, "w.v"), one, sizeof one));
  ok(&p, weft_run(train));
  ok(&p, weft_read(p.w, w, sizeof w));
  int32_t now;
  ok(&p, weft_read(weft_graph_find(p.g, "weft.step"), &now, sizeof now));
  cr_assert_eq(now, steps + 1);
  cr_assert(fabsf(w[0] + 0.5f) < 1e-6f, "%.9g", (double)w[0]);
  end(p);
}

Test(optim, result_is_the_loss_before_the_update) {
  problem p = begin();
  weft_tensor *loss = weft_minimize(p.loss, weft_sgd(1));
  weft_program *train = weft_compile(loss);
  const float w[N] = {1, 2, 3, 4}, c[N] = {1, 1, 1, 1};
  float value;
  ok(&p, weft_write(p.w, w, sizeof w));
  ok(&p, weft_write(p.c, c, sizeof c));
  ok(&p, weft_run(train));
  ok(&p, weft_read(loss, &value, sizeof value));
  cr_assert(value == 10, "%g", (double)value);
  ok(&p, weft_run(train));
  ok(&p, weft_read(loss, &value, sizeof value));
  cr_assert(value == 6, "%g", (double)value);
  end(p);
}

Test(optim, learning_rate_changes_without_compiling) {
  problem p = begin();
  weft_program *train = weft_compile(weft_minimize(p.loss, weft_sgd(1)));
  const float zero[N] = {0}, c[N] = {1, 2, 3, 4};
  float w[N];
  ok(&p, weft_write(p.w, zero, sizeof zero));
  ok(&p, weft_write(p.c, c, sizeof c));
  ok(&p, weft_run(train));
  ok(&p, weft_set_learning_rate(p.g, 0.25));
  ok(&p, weft_run(train));
  ok(&p, weft_read(p.w, w, sizeof w));
  cr_assert(w[0] == -1.25f && w[3] == -5, "%g %g", (double)w[0], (double)w[3]);
  end(p);
}

Test(optim, independent_params_stay) {
  problem p = begin();
  weft_tensor *other = weft_param(p.g, "other", WEFT_F32, N);
  weft_program *train = weft_compile(weft_minimize(p.loss, weft_sgd_with(0.1, 0.9, 0, 0.5)));
  const float ones[N] = {1, 1, 1, 1};
  float got[N];
  ok(&p, weft_write(other, ones, sizeof ones));
  ok(&p, weft_write(p.c, ones, sizeof ones));
  ok(&p, weft_run(train));
  ok(&p, weft_read(other, got, sizeof got));
  cr_assert(got[0] == 1 && got[3] == 1);
  cr_assert_null(weft_graph_find(p.g, "other.v"));
  cr_assert_not_null(weft_graph_find(p.g, "w.v"));
  end(p);
}

/* Two programs over the same parameters, as for two batch sizes, go on with the same states. */
Test(optim, programs_share_states) {
  problem p = begin();
  weft_program *first = weft_compile(weft_minimize(p.loss, weft_adam(0.1)));
  weft_tensor *twice = weft_sum(weft_mul(weft_mul(p.w, p.c), weft_number(p.g, 1)));
  weft_program *second = weft_compile(weft_minimize(twice, weft_adam(0.1)));
  const float c[N] = {1, 1, 1, 1};
  int32_t steps;
  ok(&p, weft_write(p.c, c, sizeof c));
  ok(&p, weft_run(first));
  ok(&p, weft_run(second));
  ok(&p, weft_read(weft_graph_find(p.g, "weft.step"), &steps, sizeof steps));
  cr_assert_eq(steps, 2);
  end(p);
}

Test(optim, errors) {
  weft_optimizer beta = weft_adam(1e-3), unknown = weft_sgd(1);
  beta.beta2 = 1;
  unknown.kind = (weft_optimizer_kind)9;
  const struct {
    weft_optimizer opt;
    const char *text;
  } cases[] = {{weft_sgd(-1), "learning rate"},
               {weft_sgd(NAN), "learning rate"},
               {weft_sgd_with(1, -1, 0, 0), "momentum"},
               {weft_sgd_with(1, 0, 1, 0), "Nesterov"},
               {weft_sgd_with(1, 0, 0, INFINITY), "weight decay"},
               {beta, "beta2"},
               {unknown, "kind"}};
  problem p = begin();
  cr_assert_eq(weft_set_learning_rate(p.g, 1), WEFT_BAD_ARGUMENT);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    weft_graph_clear_error(p.g);
    cr_assert_null(weft_minimize(p.loss, cases[i].opt));
    cr_assert_not_null(strstr(weft_graph_message(p.g), cases[i].text), "case %zu: %s", i, weft_graph_message(p.g));
  }
  weft_graph_clear_error(p.g);
  cr_assert_null(weft_minimize(weft_sum(p.c), weft_sgd(1)));
  cr_assert_not_null(strstr(weft_graph_message(p.g), "no parameter"), "%s", weft_graph_message(p.g));
  weft_graph_clear_error(p.g);
  cr_assert_null(weft_minimize(weft_mul(p.w, p.c), weft_sgd(1)), "a loss that is no scalar");
  cr_assert_neq(weft_graph_status(p.g), WEFT_OK);
  cr_assert_null(weft_minimize(NULL, weft_sgd(1)));
  end(p);
}
