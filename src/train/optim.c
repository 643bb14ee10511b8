/* optim.c -- optimizers as graph, and learning-rate schedules.
 *
 * The update of every parameter hangs on the loss through weft_after(), so that one program computes the loss, the
 * gradients and the new parameters, and fusion sees all updates at once. What varies between steps (learning rate, step
 * count) is state in memory, not a constant, since a constant would need a new program for each value.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <weft/ops.h>
#include <weft/optim.h>

static const char rate_name[] = "weft.lr";
static const char step_name[] = "weft.step";

/* ---- values ---- */

weft_optimizer weft_sgd(double lr) { return weft_sgd_with(lr, 0, 0, 0); }

weft_optimizer weft_sgd_with(double lr, double momentum, int nesterov, double weight_decay) {
  weft_optimizer opt = {.kind = WEFT_SGD};
  opt.lr = lr;
  opt.momentum = momentum;
  opt.nesterov = nesterov;
  opt.weight_decay = weight_decay;
  return opt;
}

weft_optimizer weft_adam(double lr) {
  weft_optimizer opt = {.kind = WEFT_ADAM};
  opt.lr = lr;
  opt.beta1 = 0.9;
  opt.beta2 = 0.999;
  opt.epsilon = 1e-8;
  return opt;
}

weft_optimizer weft_adamw(double lr) {
  weft_optimizer opt = weft_adam(lr);
  opt.kind = WEFT_ADAMW;
  opt.weight_decay = 0.01;
  return opt;
}

/* The first value out of range, as text; NULL when all are well. NaN fails each comparison. */
static const char *wrong_value(const weft_optimizer *opt) {
  if (!(opt->lr >= 0 && isfinite(opt->lr))) return "the learning rate is not a number of at least 0";
  if (!(opt->weight_decay >= 0 && isfinite(opt->weight_decay))) return "the weight decay is not a number of at least 0";
  switch (opt->kind) {
  case WEFT_SGD:
    if (!(opt->momentum >= 0 && isfinite(opt->momentum))) return "the momentum is not a number of at least 0";
    if (opt->nesterov && opt->momentum == 0) return "Nesterov's form needs a momentum above 0";
    return NULL;
  case WEFT_ADAM:
  case WEFT_ADAMW:
    if (!(opt->beta1 >= 0 && opt->beta1 < 1)) return "beta1 is not in 0 <= beta1 < 1";
    if (!(opt->beta2 >= 0 && opt->beta2 < 1)) return "beta2 is not in 0 <= beta2 < 1";
    if (!(opt->epsilon >= 0 && isfinite(opt->epsilon))) return "epsilon is not a number of at least 0";
    return NULL;
  }
  return "the kind of optimizer is unknown";
}

/* ---- updates ---- */

/* What all parameters' updates share: scalars of the graph. */
typedef struct update {
  weft_graph *graph;
  const weft_optimizer *opt;
  weft_tensor *rate;      /* () f32 */
  weft_tensor *step_size; /* Adam: rate / (1 - beta1^t) */
  weft_tensor *unbias;    /* Adam: 1 / sqrt(1 - beta2^t) */
  weft_tensor **effects;
  size_t n_effects;
} update;

static weft_tensor *times(weft_tensor *x, double factor) {
  return weft_mul(x, weft_number(weft_tensor_graph(x), factor));
}

static void assign(update *u, weft_tensor *target, weft_tensor *value) {
  u->effects[u->n_effects++] = weft_assign(target, value);
}

static weft_tensor *state_of(update *u, weft_tensor *param, const char *suffix) {
  char name[512];
  int n = snprintf(name, sizeof name, "%s.%s", weft_tensor_name(param), suffix);
  if (n < 0 || (size_t)n >= sizeof name) {
    weft_graph_report(u->graph, WEFT_BAD_ARGUMENT, "weft_minimize: a parameter's name is longer than 500 bytes");
    return NULL;
  }
  return weft_state_shaped(u->graph, name, WEFT_F32, weft_tensor_shape(param));
}

static void update_sgd(update *u, weft_tensor *w, weft_tensor *g) {
  const weft_optimizer *opt = u->opt;
  if (opt->weight_decay != 0) g = weft_add(g, times(w, opt->weight_decay));
  if (opt->momentum != 0) {
    weft_tensor *v = state_of(u, w, "v");
    weft_tensor *velocity = weft_add(times(v, opt->momentum), g);
    assign(u, v, velocity);
    g = opt->nesterov ? weft_add(g, times(velocity, opt->momentum)) : velocity;
  }
  assign(u, w, weft_sub(w, weft_mul(u->rate, g)));
}

static void update_adam(update *u, weft_tensor *w, weft_tensor *g) {
  const weft_optimizer *opt = u->opt;
  weft_tensor *kept = w; /* what the step is taken from */
  if (opt->weight_decay != 0) {
    if (opt->kind == WEFT_ADAMW)
      kept = weft_mul(w, weft_sub(weft_number(u->graph, 1), times(u->rate, opt->weight_decay)));
    else
      g = weft_add(g, times(w, opt->weight_decay));
  }
  weft_tensor *m = state_of(u, w, "m"), *v = state_of(u, w, "v");
  weft_tensor *mean = weft_add(times(m, opt->beta1), times(g, 1 - opt->beta1));
  weft_tensor *square = weft_add(times(v, opt->beta2), times(weft_square(g), 1 - opt->beta2));
  assign(u, m, mean);
  assign(u, v, square);
  weft_tensor *root = weft_add(weft_mul(weft_sqrt(square), u->unbias), weft_number(u->graph, opt->epsilon));
  assign(u, w, weft_sub(kept, weft_div(weft_mul(u->step_size, mean), root)));
}

/* 1 - beta^t as -expm1(t ln beta): in f32 the plain difference would lose four digits at beta 0.999 and t 1. */
static weft_tensor *bias(update *u, weft_tensor *t, double beta) {
  if (beta == 0) return weft_number(u->graph, 1);
  return weft_neg(weft_expm1(times(t, log(beta))));
}

static void begin_adam(update *u) {
  weft_tensor *done = weft_state_shaped(u->graph, step_name, WEFT_I32, WEFT_SCALAR_SHAPE);
  weft_tensor *now = weft_add(done, weft_full(u->graph, WEFT_I32, WEFT_SCALAR_SHAPE, 1));
  weft_tensor *t = weft_cast(now, WEFT_F32);
  assign(u, done, now);
  u->step_size = weft_div(u->rate, bias(u, t, u->opt->beta1));
  u->unbias = weft_rsqrt(bias(u, t, u->opt->beta2));
}

static size_t count_params(const weft_graph *graph) {
  size_t n = 0;
  while (weft_graph_param(graph, n)) n++;
  return n;
}

/* A parameter that the loss does not depend on has the constant 0 as gradient. It must stay as it is: weight decay and
 * old momentum would move it. Equal constants are one node. */
static int independent(weft_graph *graph, weft_tensor *param, weft_tensor *gradient) {
  return gradient == weft_full(graph, WEFT_F32, weft_tensor_shape(param), 0);
}

weft_tensor *weft_minimize(weft_tensor *loss, weft_optimizer opt) {
  weft_graph *graph = weft_tensor_graph(loss);
  if (!graph || weft_graph_status(graph) != WEFT_OK) return NULL;
  const char *wrong = wrong_value(&opt);
  if (wrong) {
    char text[128];
    snprintf(text, sizeof text, "weft_minimize: %s", wrong);
    weft_graph_report(graph, WEFT_BAD_ARGUMENT, text);
    return NULL;
  }
  size_t n = count_params(graph), used = 0;
  weft_tensor *result = NULL;
  weft_tensor **params = calloc(n + 1, sizeof(*params)), **gradients = calloc(n + 1, sizeof(*gradients));
  update u = {.graph = graph, .opt = &opt, .effects = calloc(3 * n + 2, sizeof(*u.effects))};
  if (!params || !gradients || !u.effects) {
    weft_graph_report(graph, WEFT_NO_MEMORY, "weft_minimize: out of memory");
    goto end;
  }
  for (size_t i = 0; i < n; i++) params[i] = weft_graph_param(graph, i);
  if (n > 0 && weft_gradients(loss, params, n, gradients) != WEFT_OK) goto end;
  u.rate = weft_state_shaped(graph, rate_name, WEFT_F32, WEFT_SCALAR_SHAPE);
  if (opt.kind != WEFT_SGD) begin_adam(&u);
  for (size_t i = 0; i < n; i++) {
    if (independent(graph, params[i], gradients[i])) continue;
    used++;
    if (opt.kind == WEFT_SGD)
      update_sgd(&u, params[i], gradients[i]);
    else
      update_adam(&u, params[i], gradients[i]);
  }
  if (used == 0) {
    weft_graph_report(graph, WEFT_BAD_ARGUMENT, "weft_minimize: the loss depends on no parameter");
    goto end;
  }
  if (weft_set_learning_rate(graph, opt.lr) == WEFT_OK) result = weft_after(loss, u.effects, u.n_effects);
end:
  free(params);
  free(gradients);
  free(u.effects);
  return result;
}

weft_status weft_set_learning_rate(weft_graph *graph, double lr) {
  if (!graph) return WEFT_BAD_ARGUMENT;
  if (weft_graph_status(graph) != WEFT_OK) return weft_graph_status(graph);
  weft_tensor *rate = weft_graph_find(graph, rate_name);
  if (!rate)
    return weft_graph_report(graph, WEFT_BAD_ARGUMENT, "weft_set_learning_rate: the graph has no weft_minimize() yet");
  if (!(lr >= 0 && isfinite(lr)))
    return weft_graph_report(graph, WEFT_BAD_ARGUMENT,
                             "weft_set_learning_rate: the learning rate is not a number of at least 0");
  float value = (float)lr;
  return weft_write(rate, &value, sizeof value);
}

/* ---- schedules ---- */

/* How far step lies on the way to total, 0 to 1. */
static double progress(int64_t step, int64_t total) {
  if (step <= 0 && total > 0) return 0;
  return step >= total ? 1 : (double)step / (double)total;
}

double weft_schedule_step(double lr, int64_t step, int64_t every, double factor) {
  return every > 0 && step > 0 ? lr * pow(factor, (double)(step / every)) : lr;
}

double weft_schedule_cosine(double lr, int64_t step, int64_t total, double lowest) {
  const double pi = 3.14159265358979323846;
  return lowest + (lr - lowest) * 0.5 * (1 + cos(pi * progress(step, total)));
}

double weft_schedule_linear(double lr, int64_t step, int64_t total, double last) {
  return lr + (last - lr) * progress(step, total);
}

double weft_schedule_warmup(double lr, int64_t step, int64_t warmup) {
  return lr * (warmup > 0 ? progress(step + 1, warmup) : 1);
}
