/* sequence.c -- layers of sequences: embedding, attention, LSTM. */
#include "train/layer.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

weft_tensor *weft_embedding(weft_tensor *indices, int64_t vocabulary, int64_t width, const char *name) {
  weft_graph *g = weft_tensor_graph(indices);
  weft_shape shape = weft_tensor_shape(indices);
  if (!g) return NULL;
  if (weft_tensor_dtype(indices) != WEFT_I32) return weft_layer_fail(indices, name, "embedding", "the indices are not i32");
  if (shape.rank >= WEFT_MAX_RANK) return weft_layer_fail(indices, name, "embedding", "the indices have 8 dimensions");
  if (vocabulary < 1 || width < 1) return weft_layer_fail(indices, name, "embedding", "vocabulary or width are below 1");
  weft_tensor *table = weft_layer_param(g, name, "weight", weft_shape_of(vocabulary, width), (weft_init){WEFT_INIT_NORMAL, 0, 1});
  return weft_gather(table, indices, 0);
}

weft_tensor *weft_attention(weft_tensor *x, int heads, int causal, const char *name) {
  weft_shape shape = weft_tensor_shape(x);
  char inner[512];
  if (!weft_tensor_graph(x)) return NULL;
  if (shape.rank != 3) return weft_layer_fail(x, name, "attention", "the input is not (B, T, C)");
  if (heads < 1 || shape.dims[2] % heads) return weft_layer_fail(x, name, "attention", "the heads do not divide the channels");
  int64_t b = shape.dims[0], t = shape.dims[1], c = shape.dims[2], d = c / heads;
  snprintf(inner, sizeof inner, "%.400s.qkv", name);
  weft_tensor *all = weft_reshape(weft_dense(x, (int)(3 * c), inner, WEFT_LINEAR), weft_shape_of(b, t, 3, heads, d)), *part[3];
  for (int i = 0; i < 3; i++) {
    part[i] = weft_reshape(weft_slice(all, 2, i, i + 1, 1), weft_shape_of(b, t, heads, d));
    part[i] = weft_permute(part[i], weft_shape_of(0, 2, 1, 3)); /* (B, heads, T, D) */
  }
  weft_tensor *y = weft_scaled_dot_product_attention(part[0], part[1], part[2], causal);
  y = weft_reshape(weft_permute(y, weft_shape_of(0, 2, 1, 3)), shape);
  snprintf(inner, sizeof inner, "%.400s.out", name);
  return weft_dense(y, (int)c, inner, WEFT_LINEAR);
}

/* The input's part of all steps is one product; the rest goes step by step. */
weft_tensor *weft_lstm(weft_tensor *x, int64_t units, const char *name, weft_tensor **out_last) {
  weft_graph *g = weft_tensor_graph(x);
  weft_shape shape = weft_tensor_shape(x);
  if (out_last) *out_last = NULL;
  if (!g) return NULL;
  if (shape.rank != 3) return weft_layer_fail(x, name, "lstm", "the input is not (N, T, F)");
  if (units < 1) return weft_layer_fail(x, name, "lstm", "the number of units is below 1");
  int64_t n = shape.dims[0], steps = shape.dims[1], features = shape.dims[2], gates = 4 * units;
  double bound = 1 / sqrt((double)units);
  weft_init init = {WEFT_INIT_UNIFORM, -bound, bound};
  weft_tensor *w = weft_layer_param(g, name, "weight_ih", weft_shape_of(features, gates), init);
  weft_tensor *u = weft_layer_param(g, name, "weight_hh", weft_shape_of(units, gates), init);
  weft_tensor *b = weft_layer_param(g, name, "bias", weft_shape_of(gates), init), *h = NULL, *c = NULL;
  weft_tensor *in = weft_add(weft_matmul(weft_permute(x, weft_shape_of(1, 0, 2)), w), b); /* (T, N, 4 units) */
  weft_tensor **states = calloc((size_t)steps, sizeof *states);
  if (!states) return weft_layer_fail(x, name, "lstm", "no memory");
  for (int64_t t = 0; t < steps; t++) {
    weft_tensor *z = weft_reshape(weft_slice(in, 0, t, t + 1, 1), weft_shape_of(n, gates)), *gate[4];
    if (h) z = weft_add(weft_matmul(h, u), z);
    for (int i = 0; i < 4; i++) { /* input, forget, cell, output */
      gate[i] = weft_slice(z, 1, i * units, (i + 1) * units, 1);
      gate[i] = i == 2 ? weft_tanh(gate[i]) : weft_sigmoid(gate[i]);
    }
    weft_tensor *new = weft_mul(gate[0], gate[2]);
    c = c ? weft_add(weft_mul(gate[1], c), new) : new;
    h = weft_mul(gate[3], weft_tanh(c));
    states[t] = weft_reshape(h, weft_shape_of(n, 1, units));
  }
  weft_tensor *all = weft_concat(states, (size_t)steps, 1);
  free(states);
  if (out_last) *out_last = h;
  return all;
}
