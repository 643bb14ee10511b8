/* cases_composite.c -- what users build of many rows: softmax, losses, norms, attention; and gradients of gradients. */
#include "conformance.h"
#include <string.h>

#define SHAPE(...) weft_shape_of(__VA_ARGS__)

static weft_tensor *softmax(bench *b) { return weft_softmax(real_leaf(b, SHAPE(9, 37)), 1); }
static weft_tensor *softmax_first(bench *b) { return weft_softmax(real_leaf(b, SHAPE(11, 6)), 0); }
static weft_tensor *softmax_one(bench *b) { return weft_softmax(real_leaf(b, SHAPE(5, 1)), 1); }
static weft_tensor *log_softmax(bench *b) { return weft_log_softmax(real_leaf(b, SHAPE(3, 4, 130)), 2); }
static weft_tensor *cross_entropy(bench *b) {
  return weft_cross_entropy(real_leaf(b, SHAPE(13, 10)), class_leaf(b, SHAPE(13), 10));
}
static weft_tensor *cross_entropy_wide(bench *b) {
  return weft_mean(weft_cross_entropy(real_leaf(b, SHAPE(4, 1000)), class_leaf(b, SHAPE(4), 1000)));
}
static weft_tensor *normalised(weft_tensor *x, unsigned axes) {
  weft_tensor *centered = weft_sub(x, weft_mean_axes(x, axes | WEFT_KEEP));
  weft_tensor *var = weft_mean_axes(weft_square(centered), axes | WEFT_KEEP);
  return weft_mul(centered, weft_rsqrt(weft_add(var, weft_number(weft_tensor_graph(x), 1e-5))));
}
static weft_tensor *norm_of_rows(bench *b) {
  weft_tensor *y = normalised(real_leaf(b, SHAPE(7, 45)), WEFT_AXIS(1));
  return weft_add(weft_mul(y, real_leaf(b, SHAPE(45))), real_leaf(b, SHAPE(45)));
}
static weft_tensor *norm_of_channels(bench *b) {
  return normalised(real_leaf(b, SHAPE(3, 5, 4, 4)), WEFT_AXIS(0) | WEFT_AXIS(2) | WEFT_AXIS(3));
}
static weft_tensor *attention(bench *b) {
  weft_tensor *q = real_leaf(b, SHAPE(2, 6, 8)), *k = real_leaf(b, SHAPE(2, 6, 8)), *v = real_leaf(b, SHAPE(2, 6, 8));
  weft_tensor *scores = weft_mul(weft_matmul(q, weft_transpose(k)), weft_number(b->graph, 0.35));
  weft_tensor *later = weft_gt(weft_iota(b->graph, SHAPE(6, 6), 1), weft_iota(b->graph, SHAPE(6, 6), 0));
  return weft_matmul(weft_softmax(weft_where(later, weft_number(b->graph, -1e9), scores), 2), v);
}
static weft_tensor *gated(bench *b) { /* a step of an LSTM */
  weft_tensor *z = weft_matmul(real_leaf(b, SHAPE(5, 12)), real_leaf(b, SHAPE(12, 32))), *c = real_leaf(b, SHAPE(5, 8));
  weft_tensor *i = weft_sigmoid(weft_slice(z, 1, 0, 8, 1)), *f = weft_sigmoid(weft_slice(z, 1, 8, 16, 1));
  weft_tensor *g = weft_tanh(weft_slice(z, 1, 16, 24, 1)), *o = weft_sigmoid(weft_slice(z, 1, 24, 32, 1));
  return weft_mul(o, weft_tanh(weft_add(weft_mul(f, c), weft_mul(i, g))));
}
/* Weights that every step reads, an input cut into steps, all states: lists of parts and one product for many. */
static weft_tensor *recurrent(bench *b) {
  enum { STEPS = 14, ROWS = 4, UNITS = 16 };
  weft_tensor *x = real_leaf(b, SHAPE(STEPS, ROWS, UNITS)), *w = real_leaf(b, SHAPE(UNITS, UNITS)), *h = NULL,
              *all[STEPS];
  for (int t = 0; t < STEPS; t++) {
    weft_tensor *z = weft_reshape(weft_slice(x, 0, t, t + 1, 1), SHAPE(ROWS, UNITS));
    h = weft_tanh(h ? weft_add(weft_matmul(h, weft_mul(w, weft_number(b->graph, 0.2))), z) : z);
    all[t] = weft_reshape(h, SHAPE(1, ROWS, UNITS));
  }
  return weft_concat(all, STEPS, 0);
}
static weft_tensor *gates(bench *b) { /* equal parts, each of another formula, behind a product */
  weft_tensor *z = weft_matmul(real_leaf(b, SHAPE(5, 12)), real_leaf(b, SHAPE(12, 9)));
  weft_tensor *parts[3] = {weft_sigmoid(z), weft_tanh(z), weft_mul(z, real_leaf(b, SHAPE(5, 9)))};
  return weft_concat(parts, 3, 1);
}
static weft_tensor *slices(bench *b) { /* whose gradients leave gaps and overlap */
  weft_tensor *x = real_leaf(b, SHAPE(6, 20)), *y = weft_slice(x, 1, 1, 7, 1), *z = weft_slice(x, 1, 9, 15, 1);
  return weft_add(weft_mul(y, z), weft_exp(weft_slice(x, 1, 4, 10, 1)));
}
static weft_tensor *residual(bench *b) {
  weft_tensor *x = real_leaf(b, SHAPE(2, 8, 6, 6)), *w = real_leaf(b, SHAPE(8, 8, 3, 3));
  const weft_conv_options options = {.pad = 1};
  return weft_relu(weft_add(x, weft_conv2d(weft_relu(weft_conv2d(x, w, &options)), w, &options)));
}

/* The gradient of a sum of squared gradients: a result like any other. */
static weft_tensor *gradient_of(weft_tensor *y, weft_tensor *x) {
  weft_tensor *gradient = NULL;
  weft_gradients(weft_sum(weft_square(y)), &x, 1, &gradient);
  return gradient;
}
static weft_tensor *second_of_matmul(bench *b) {
  weft_tensor *x = real_leaf(b, SHAPE(4, 5)), *w = real_leaf(b, SHAPE(5, 6));
  return gradient_of(weft_tanh(weft_matmul(x, w)), x);
}
static weft_tensor *second_of_conv(bench *b) {
  weft_tensor *x = real_leaf(b, SHAPE(1, 2, 6, 6)), *w = real_leaf(b, SHAPE(3, 2, 3, 3));
  return gradient_of(weft_sigmoid(weft_conv2d(x, w, NULL)), w);
}
static weft_tensor *second_of_softmax(bench *b) {
  weft_tensor *x = real_leaf(b, SHAPE(3, 7));
  return gradient_of(weft_softmax(x, 1), x);
}
static weft_tensor *second_of_pool(bench *b) {
  weft_tensor *x = real_leaf(b, SHAPE(1, 2, 6, 6));
  return gradient_of(weft_max_pool2d(weft_square(x), 2, 0, 0), x);
}

#define CASE(name, tolerance)                                                                                          \
  { #name, name, 0, -2, 2, tolerance }

static const conformance_case cases[] = {
    CASE(softmax, 1e-5),        CASE(softmax_first, 1e-5),     CASE(softmax_one, 1e-6),
    CASE(log_softmax, 1e-5),    CASE(cross_entropy, 1e-5),     CASE(cross_entropy_wide, 1e-5),
    CASE(norm_of_rows, 2e-5),   CASE(norm_of_channels, 2e-5),  CASE(attention, 2e-5),
    CASE(gated, 2e-5),          CASE(recurrent, 2e-5),         CASE(gates, 2e-5),
    CASE(slices, 2e-5),         CASE(residual, 5e-5),          CASE(second_of_matmul, 5e-5),
    CASE(second_of_conv, 5e-5), CASE(second_of_softmax, 2e-5), CASE(second_of_pool, 2e-5),
};

int list_composites(conformance_case *out) {
  memcpy(out, cases, sizeof cases);
  return sizeof cases / sizeof *cases;
}
