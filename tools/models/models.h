/* models.h -- the networks that weft's own programs train and measure: `weft train`, `dlbench model`, tools/bench. */
#ifndef WEFT_TOOLS_MODELS_H
#define WEFT_TOOLS_MODELS_H
#include <weft/nn.h>
#include <weft/optim.h>

/* What a workload reads and what it is asked for. */
typedef enum workload_data {
  WORKLOAD_IMAGES, /* f32 (C, H, W), a class */
  WORKLOAD_TEXT,   /* i32 (T), the word after each place */
  WORKLOAD_SERIES  /* f32 (T, F), a number; mean squared error */
} workload_data;

typedef struct workload {
  const char *name, *what;
  workload_data data;
  weft_shape sample;     /* the input's shape without the batch */
  int64_t classes;       /* images: classes; text: words; series: 1 */
  int64_t batch;         /* as usually trained */
  const char *optimizer; /* see optimizer_find() */
  double lr;
  /* x (batch, sample..) -> (batch, classes); text (batch T, classes). */
  weft_tensor *(*build)(weft_tensor *x, int training);
} workload;

/* In a fixed order: index 0, 1, ... until NULL. */
const workload *workload_at(size_t index);
/* NULL when there is none of that name. */
const workload *workload_find(const char *name);
/* On images of ImageNet's size: to compile one takes longer than to measure a small one whole. */
int workload_is_large(const workload *w);
/* "tokens" or "samples": what the items of a run are. */
const char *workload_unit(const workload *w);

/* A workload compiled for one batch size. */
typedef struct workload_run {
  const workload *workload;
  weft_tensor *x, *t; /* inputs: the samples and what is wanted of them; t is NULL in inference */
  weft_tensor *result; /* training: the loss; inference: the network's output */
  weft_program *program;
  int64_t items; /* samples or tokens of a run */
} workload_run;

/* Builds a training step (forward, backward, update by the optimizer of that name; NULL: the workload's own) or inference
 * in the graph, without a program. Parameters are shared with other runs of the same workload in the graph. 0; -1 with
 * the reason in the graph. */
int workload_make(const workload *w, weft_graph *graph, int64_t batch, int training, const char *optimizer,
                  workload_run *out_run);
/* The same, compiled. */
int workload_build(const workload *w, weft_graph *graph, int64_t batch, int training, workload_run *out_run);
/* Writes made-up samples, the same for the same seed. 0; -1 with the reason in the graph. */
int workload_feed(const workload_run *run, uint64_t seed);

/* The optimizer of a name; 0 when there is none. */
int optimizer_find(const char *name, double lr, weft_optimizer *out_optimizer);
#define OPTIMIZER_NAMES "sgd, momentum, nesterov, adam, adamw"
#endif
