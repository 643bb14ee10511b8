/* optim.h -- optimizers: an update of every parameter, as further nodes of the graph.
 *
 *   weft_program *train = weft_compile(weft_minimize(loss, weft_adam(1e-3)));
 *   while (weft_dataset_next(data, x, t)) weft_run(train);
 *
 * An optimizer is a value. A constructor sets what PyTorch 2 sets by default; any field may be changed afterwards:
 *
 *   weft_optimizer adamw = weft_adamw(3e-4);
 *   adamw.beta2 = 0.95;
 */
#ifndef WEFT_OPTIM_H
#define WEFT_OPTIM_H

#include <weft/weft.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weft_optimizer_kind { WEFT_SGD, WEFT_ADAM, WEFT_ADAMW } weft_optimizer_kind;

typedef struct weft_optimizer {
  weft_optimizer_kind kind;
  double lr;           /* learning rate */
  double momentum;     /* SGD: share of the previous step that is kept; 0: none */
  int nesterov;        /* SGD: 1: the gradient as seen one step ahead; needs momentum */
  double weight_decay; /* SGD and Adam: added to the gradient, times the parameter; AdamW: shrinks the parameter */
  double beta1, beta2; /* Adam: decay of the mean and of the mean square of the gradient, at least 0, below 1 */
  double epsilon;      /* Adam: added to the root of the mean square */
} weft_optimizer;

/* w <- w - lr g. */
WEFT_API weft_optimizer weft_sgd(double lr);
/* v <- momentum v + g; w <- w - lr v, with Nesterov's form w <- w - lr (g + momentum v) where nesterov is 1; g includes
 * weight_decay w. */
WEFT_API weft_optimizer weft_sgd_with(double lr, double momentum, int nesterov, double weight_decay);
/* Adam (Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015): betas 0.9 and 0.999, epsilon 1e-8. */
WEFT_API weft_optimizer weft_adam(double lr);
/* AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019): Adam's values, weight decay 0.01.
 */
WEFT_API weft_optimizer weft_adamw(double lr);

/* The loss, whose computation now also updates every parameter that it depends on. loss is a scalar; the result has its
 * value, from before the update. Keeps per parameter w the states "w.v" (SGD with momentum) or "w.m" and "w.v" (Adam),
 * and the scalars "weft.lr" (f32) and "weft.step" (i32, steps done, Adam); a checkpoint holds them. Called again in the
 * same graph, for another batch size say, it uses the same states. Sets the learning rate to opt.lr.
 * Fails: a value out of range, a loss that depends on no parameter. */
WEFT_API weft_tensor *weft_minimize(weft_tensor *loss, weft_optimizer opt);

/* Changes the learning rate of the runs that follow; compiles nothing. Fails: before weft_minimize(). */
WEFT_API weft_status weft_set_learning_rate(weft_graph *graph, double lr);

/* ---- schedules: the learning rate of a step (0 is the first); each takes the rate that another one gave ---- */

/* Constant: lr itself. lr times factor, once every so many steps. */
WEFT_API double weft_schedule_step(double lr, int64_t step, int64_t every, double factor);
/* Half a cosine wave from lr at step 0 to lowest at step total, and lowest after it (Loshchilov and Hutter, "SGDR",
 * ICLR 2017, without restarts). */
WEFT_API double weft_schedule_cosine(double lr, int64_t step, int64_t total, double lowest);
/* A line from lr at step 0 to last at step total, and last after it. */
WEFT_API double weft_schedule_linear(double lr, int64_t step, int64_t total, double last);
/* A line up: lr / warmup at step 0, lr from step warmup - 1 on:
 * weft_schedule_warmup(weft_schedule_cosine(1e-3, step, 1000, 0), step, 100). */
WEFT_API double weft_schedule_warmup(double lr, int64_t step, int64_t warmup);

#ifdef __cplusplus
}
#endif
#endif
