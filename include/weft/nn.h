/* nn.h -- layers: initial values of parameters, functions on tensors, tables of layers, metrics.
 *
 * A layer is a function that builds nodes and creates its parameters by name, "name.weight" and "name.bias". The same
 * name again in the same graph means the same parameters, so training and evaluation graphs, or two batch sizes, share
 * them by building the same layers twice:
 *
 *   static const weft_layer net[] = {
 *       weft_layer_conv2d(32, 3, .pad = 1, .act = WEFT_RELU), weft_layer_max_pool2d(2), weft_layer_flatten(),
 *       weft_layer_dense(10)};
 *   weft_tensor *logits = weft_layers(x, net, sizeof net / sizeof *net, 1);    x (N, C, H, W) -> (N, 10)
 */
#ifndef WEFT_NN_H
#define WEFT_NN_H

#include <weft/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- initial values ---- */

/* fan_in and fan_out of a weight: rows and columns of a matrix (in, out); C R S and OC R S of (OC, C, R, S); a vector
 * has its size as both. */
typedef enum weft_init_kind {
  WEFT_INIT_DEFAULT, /* uniform within +-1 / sqrt(fan_in), weights and biases, as PyTorch's layers */
  WEFT_INIT_ZEROS,
  WEFT_INIT_CONSTANT,       /* a everywhere */
  WEFT_INIT_UNIFORM,        /* a <= value < b */
  WEFT_INIT_NORMAL,         /* mean a, standard deviation b */
  WEFT_INIT_XAVIER_UNIFORM, /* within +-sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, AISTATS 2010) */
  WEFT_INIT_XAVIER_NORMAL,  /* deviation sqrt(2 / (fan_in + fan_out)) */
  WEFT_INIT_HE_UNIFORM,     /* within +-sqrt(6 / fan_in) (He, Zhang, Ren, Sun, ICCV 2015) */
  WEFT_INIT_HE_NORMAL       /* deviation sqrt(2 / fan_in) */
} weft_init_kind;

typedef struct weft_init {
  weft_init_kind kind;
  double a, b;
} weft_init;

/* A param (see weft_param_shaped) of f32 with initial values. They come from Philox4x32-10 on the host, keyed by the
 * graph's seed and the name: the same on every device and in any order of creation. An existing param of the name is
 * returned as it is. */
WEFT_API weft_tensor *weft_param_init(weft_graph *graph, const char *name, weft_shape shape, weft_init init);
/* Writes initial values into an existing f32 param or state. */
WEFT_API weft_status weft_initialise(weft_tensor *param, weft_init init);

/* ---- layers as functions ---- */

typedef enum weft_activation {
  WEFT_LINEAR,
  WEFT_RELU,
  WEFT_GELU,
  WEFT_SILU,
  WEFT_TANH,
  WEFT_SIGMOID,
  WEFT_SOFTPLUS,
  WEFT_LEAKY_RELU /* slope 0.01 */
} weft_activation;

WEFT_API weft_tensor *weft_activate(weft_tensor *x, weft_activation act);

/* act(x w + b): x (..., in) -> (..., units); w = "name.weight" (in, units), b = "name.bias" (units). */
WEFT_API weft_tensor *weft_dense(weft_tensor *x, int units, const char *name, weft_activation act);
/* act(conv2d(x, w) + b): x (N, C, H, W) -> (N, channels, OH, OW), windows of kernel x kernel; w = "name.weight"
 * (channels, C / groups, kernel, kernel), b = "name.bias" (channels). options may be NULL. */
WEFT_API weft_tensor *weft_conv(weft_tensor *x, int channels, int kernel, const weft_conv_options *options,
                                const char *name, weft_activation act);
/* x (N, ...) -> (N, the rest in one dimension). */
WEFT_API weft_tensor *weft_flatten(weft_tensor *x);

/* x (N, C, H, W) -> (N, C): the mean of each channel. */
WEFT_API weft_tensor *weft_global_avg_pool(weft_tensor *x);

/* (x - mean) / sqrt(var + 1e-5) * "name.weight" + "name.bias" for each channel of x (N, C, ...) (Ioffe and Szegedy, ICML
 * 2015). In training mean and variance are the batch's, and every run of a program that holds the result moves the
 * states "name.running_mean" and "name.running_var" a tenth of the way towards them; else those are used. */
WEFT_API weft_tensor *weft_batch_norm(weft_tensor *x, const char *name, int training);
/* The same over the last dimension, without states (Ba, Kiros and Hinton, 2016). */
WEFT_API weft_tensor *weft_layer_norm(weft_tensor *x, const char *name);

/* ---- layers of sequences ---- */

/* Rows of "name.weight" (vocabulary, width), normal at first: indices (...) i32 -> (..., width). An index outside of the
 * vocabulary gives zeros. */
WEFT_API weft_tensor *weft_embedding(weft_tensor *indices, int64_t vocabulary, int64_t width, const char *name);
/* Self-attention of several heads: x (B, T, C) -> (B, T, C), with the dense layers "name.qkv" and "name.out". */
WEFT_API weft_tensor *weft_attention(weft_tensor *x, int heads, int causal, const char *name);
/* Long short-term memory (Hochreiter and Schmidhuber, 1997): x (N, T, F) -> the states of all steps (N, T, units), that of
 * the last (N, units) in *out_last unless it is NULL. Gates in the order input, forget, cell, output:
 * "name.weight_ih" (F, 4 units), "name.weight_hh" (units, 4 units), "name.bias" (4 units). */
WEFT_API weft_tensor *weft_lstm(weft_tensor *x, int64_t units, const char *name, weft_tensor **out_last);

/* ---- tables of layers ---- */

typedef enum weft_layer_kind {
  WEFT_LAYER_NONE,
  WEFT_LAYER_DENSE,
  WEFT_LAYER_CONV2D,
  WEFT_LAYER_MAX_POOL2D,
  WEFT_LAYER_AVG_POOL2D,
  WEFT_LAYER_FLATTEN,
  WEFT_LAYER_DROPOUT,
  WEFT_LAYER_ACTIVATION,
  WEFT_LAYER_BATCH_NORM,
  WEFT_LAYER_LAYER_NORM,
  WEFT_LAYER_GLOBAL_AVG_POOL
} weft_layer_kind;

/* A row of a table. Zero fields mean: stride 1 (pooling: the window), no padding, dilation 1, one group, no activation,
 * a bias, default initial values. The macros below write rows; further fields go after as .pad = 1. */
typedef struct weft_layer {
  weft_layer_kind kind;
  double rate; /* dropout: probability of a zero */
  int units;   /* dense: features out; conv2d: channels out */
  int kernel;  /* conv2d, pooling: edge of the window */
  int stride, pad, dilation, groups;
  weft_activation act;
  int no_bias;
  weft_init init;      /* weights */
  weft_init bias_init; /* biases */
} weft_layer;

/* clang-format off */
#ifndef __cplusplus
/* weft_layer_dense(128, .act = WEFT_RELU) */
#define weft_layer_dense(...) {.kind = WEFT_LAYER_DENSE, .units = __VA_ARGS__}
/* weft_layer_conv2d(32, 3, .pad = 1): channels, kernel */
#define weft_layer_conv2d(...) {.kind = WEFT_LAYER_CONV2D, .units = __VA_ARGS__}
/* weft_layer_max_pool2d(2) */
#define weft_layer_max_pool2d(...) {.kind = WEFT_LAYER_MAX_POOL2D, .kernel = __VA_ARGS__}
#define weft_layer_avg_pool2d(...) {.kind = WEFT_LAYER_AVG_POOL2D, .kernel = __VA_ARGS__}
#define weft_layer_flatten() {.kind = WEFT_LAYER_FLATTEN}
/* weft_layer_dropout(0.5); acts in training only */
#define weft_layer_dropout(p) {.kind = WEFT_LAYER_DROPOUT, .rate = (p)}
#define weft_layer_activation(a) {.kind = WEFT_LAYER_ACTIVATION, .act = (a)}
#define weft_layer_batch_norm(a) {.kind = WEFT_LAYER_BATCH_NORM, .act = (a)}
#define weft_layer_layer_norm() {.kind = WEFT_LAYER_LAYER_NORM}
#define weft_layer_global_avg_pool() {.kind = WEFT_LAYER_GLOBAL_AVG_POOL}
#elif __cplusplus >= 202002L
/* C++20 forbids to mix positions and designators; further fields in the order of the struct. */
#define weft_layer_dense(n, ...) {.kind = WEFT_LAYER_DENSE, .units = (n)__VA_OPT__(, ) __VA_ARGS__}
#define weft_layer_conv2d(n, k, ...) {.kind = WEFT_LAYER_CONV2D, .units = (n), .kernel = (k)__VA_OPT__(, ) __VA_ARGS__}
#define weft_layer_max_pool2d(k, ...) {.kind = WEFT_LAYER_MAX_POOL2D, .kernel = (k)__VA_OPT__(, ) __VA_ARGS__}
#define weft_layer_avg_pool2d(k, ...) {.kind = WEFT_LAYER_AVG_POOL2D, .kernel = (k)__VA_OPT__(, ) __VA_ARGS__}
#define weft_layer_flatten() {.kind = WEFT_LAYER_FLATTEN}
#define weft_layer_dropout(p) {.kind = WEFT_LAYER_DROPOUT, .rate = (p)}
#define weft_layer_activation(a) {.kind = WEFT_LAYER_ACTIVATION, .act = (a)}
#define weft_layer_batch_norm(a) {.kind = WEFT_LAYER_BATCH_NORM, .act = (a)}
#define weft_layer_layer_norm() {.kind = WEFT_LAYER_LAYER_NORM}
#define weft_layer_global_avg_pool() {.kind = WEFT_LAYER_GLOBAL_AVG_POOL}
#endif
/* clang-format on */

/* One row; name as for weft_dense(). training is 1 or 0: dropout. */
WEFT_API weft_tensor *weft_layer_apply(weft_tensor *x, const weft_layer *layer, const char *name, int training);
/* All rows in order; row i has the name "i": "0.weight", "3.bias". An error names the row. */
WEFT_API weft_tensor *weft_layers(weft_tensor *x, const weft_layer *layers, size_t count, int training);

/* ---- losses and metrics ---- */

/* Mean of the squared differences: a scalar. */
WEFT_API weft_tensor *weft_mse(weft_tensor *y, weft_tensor *wanted);
/* -log of the probability given to `wanted`, between 0 and 1, where sigmoid(logits) is that of 1: elementwise. */
WEFT_API weft_tensor *weft_binary_cross_entropy(weft_tensor *logits, weft_tensor *wanted);

/* Number of rows whose largest logit is at the class: logits (..., C), classes (...) i32 -> f32 scalar. */
WEFT_API weft_tensor *weft_correct(weft_tensor *logits, weft_tensor *classes);
/* The same divided by the number of rows. */
WEFT_API weft_tensor *weft_accuracy(weft_tensor *logits, weft_tensor *classes);

#ifdef __cplusplus
}
#endif
#endif
