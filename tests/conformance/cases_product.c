/* cases_product.c -- products of matrices and convolutions, with operands transposed, sliced, repeated and padded. */
#include "conformance.h"
#include <stdio.h>

#define SHAPE(...) weft_shape_of(__VA_ARGS__)

/* ---- matrices ---- */

typedef struct sizes {
  int64_t m, k, n;
} sizes;
static const sizes plain[] = {{1, 1, 1},   {5, 7, 3},    {1, 33, 17}, {19, 1, 8},    {16, 16, 16},
                              {37, 29, 1}, {64, 65, 40}, {3, 300, 5}, {130, 10, 70}, {13, 513, 33}};
enum { PLAIN = sizeof plain / sizeof *plain };

static weft_tensor *matmul(bench *b) {
  const sizes *s = &plain[b->variant];
  return weft_matmul(real_leaf(b, SHAPE(s->m, s->k)), real_leaf(b, SHAPE(s->k, s->n)));
}
static weft_tensor *both_transposed(bench *b) {
  return weft_matmul(weft_transpose(real_leaf(b, SHAPE(23, 18))), weft_transpose(real_leaf(b, SHAPE(31, 23))));
}
static weft_tensor *batched(bench *b) {
  return weft_matmul(real_leaf(b, SHAPE(3, 9, 12)), real_leaf(b, SHAPE(3, 12, 10)));
}
static weft_tensor *broadcast_batch(bench *b) {
  return weft_matmul(real_leaf(b, SHAPE(2, 1, 5, 8)), real_leaf(b, SHAPE(3, 8, 9)));
}
static weft_tensor *shared_weights(bench *b) {
  return weft_matmul(real_leaf(b, SHAPE(4, 6, 20)), real_leaf(b, SHAPE(20, 16)));
}
static weft_tensor *sliced(bench *b) {
  weft_tensor *a = weft_slice(weft_slice(real_leaf(b, SHAPE(20, 33)), 0, 1, 20, 2), 1, 3, 33, 1);
  return weft_matmul(a, weft_flip(real_leaf(b, SHAPE(30, 24)), 0));
}
static weft_tensor *heads(bench *b) { /* as attention cuts them */
  weft_tensor *x = weft_permute(weft_reshape(real_leaf(b, SHAPE(2, 7, 24)), SHAPE(2, 7, 3, 8)), SHAPE(0, 2, 1, 3));
  return weft_matmul(x, weft_permute(x, SHAPE(0, 1, 3, 2)));
}
static weft_tensor *padded(bench *b) {
  return weft_matmul(weft_pad(real_leaf(b, SHAPE(9, 14)), 1, 1, 1, 0.5), real_leaf(b, SHAPE(16, 18)));
}
static weft_tensor *itself(bench *b) {
  weft_tensor *x = real_leaf(b, SHAPE(12, 12));
  return weft_matmul(x, x);
}
static weft_tensor *prologue_and_epilogue(bench *b) {
  weft_tensor *x = weft_tanh(real_leaf(b, SHAPE(10, 22))), *w = real_leaf(b, SHAPE(22, 19)),
              *bias = real_leaf(b, SHAPE(19));
  return weft_gelu(weft_add(weft_matmul(x, w), bias));
}
static weft_tensor *dense_after_flatten(bench *b) {
  weft_tensor *y = weft_max_pool2d(real_leaf(b, SHAPE(5, 4, 6, 6)), 2, 0, 0); /* channels last inside */
  return weft_matmul(weft_reshape(y, SHAPE(5, 36)), real_leaf(b, SHAPE(36, 40)));
}

/* ---- convolutions: x (N, C, H, W), OC, window, options ---- */

typedef struct convolution {
  int64_t n, c, h, w, oc, window;
  weft_conv_options options;
} convolution;
static const convolution convolutions[] = {
    {2, 3, 8, 7, 5, 3, {0, 0, 0, 0}},
    {1, 1, 5, 5, 1, 1, {0, 0, 0, 0}},
    {2, 4, 9, 9, 6, 3, {2, 1, 0, 0}},
    {2, 4, 11, 10, 4, 3, {1, 2, 2, 2}},
    {3, 6, 6, 6, 6, 3, {1, 1, 1, 6}},
    {2, 8, 7, 7, 16, 1, {2, 0, 0, 0}},
    {1, 2, 12, 12, 3, 5, {3, 2, 0, 0}},
    {6, 48, 7, 9, 52, 3, {1, 1, 0, 0}}, /* Winograd, on CPUs: also the next */
    {1, 50, 19, 18, 48, 3, {1, 0, 0, 0}},
    {8, 16, 8, 8, 32, 3, {1, 1, 0, 0}},
    {1, 9, 10, 10, 6, 2, {2, 0, 2, 3}},
    {6, 64, 15, 16, 72, 3, {1, 1, 0, 0}}, /* on GPUs of a few units too */
    {4, 32, 9, 11, 37, 5, {1, 2, 0, 0}},
    {3, 18, 13, 12, 32, 5, {1, 0, 0, 0}}, /* Winograd: other windows, */
    {2, 48, 11, 11, 32, 4, {1, 1, 0, 0}},
    {6, 64, 15, 16, 64, 5, {1, 2, 0, 0}},
    {3, 32, 16, 12, 48, 3, {1, 2, 2, 0}},
    {4, 40, 17, 21, 32, 3, {1, 0, 3, 0}}, /* and dilated ones */
    {2, 32, 19, 18, 33, 5, {1, 4, 2, 0}},
    {4, 64, 30, 31, 64, 3, {1, 2, 2, 0}},
    /* Few channels a group, in vectors on CPUs: depthwise, with stride, without border; two to eight a group. */
    {2, 20, 9, 11, 20, 3, {1, 1, 1, 20}},
    {2, 35, 10, 13, 35, 5, {2, 2, 1, 35}},
    {1, 16, 12, 9, 16, 3, {3, 0, 2, 16}},
    {2, 24, 7, 9, 24, 3, {1, 1, 1, 12}},
    {1, 32, 11, 8, 32, 3, {2, 1, 1, 8}},
    {2, 48, 6, 10, 48, 7, {1, 3, 1, 6}},
    {2, 32, 9, 8, 32, 7, {1, 3, 1, 32}}, /* depthwise with more weights than a kernel has buffers */
    {3, 16, 9, 9, 16, 3, {2, 1, 2, 4}},
    {2, 48, 10, 15, 48, 3, {1, 1, 1, 3}},
    {4, 64, 11, 9, 64, 3, {1, 1, 0, 2}}, /* Winograd, group by group */
};
enum { CONVOLUTIONS = sizeof convolutions / sizeof *convolutions };

static weft_tensor *conv(bench *b) {
  const convolution *c = &convolutions[b->variant];
  int64_t groups = c->options.groups ? c->options.groups : 1;
  weft_tensor *x = real_leaf(b, SHAPE(c->n, c->c, c->h, c->w));
  return weft_conv2d(x, real_leaf(b, SHAPE(c->oc, c->c / groups, c->window, c->window)), &c->options);
}
static weft_tensor *conv_bias_relu(bench *b) {
  weft_tensor *y = weft_conv2d(real_leaf(b, SHAPE(2, 3, 9, 9)), real_leaf(b, SHAPE(16, 3, 3, 3)), NULL);
  return weft_relu(weft_add(y, real_leaf(b, SHAPE(16, 1, 1))));
}

/* ---- operands that GPUs compute where the product reads them ---- */

static weft_tensor *rectified_sum(bench *b, weft_shape shape) {
  return weft_relu(weft_add(fed_leaf(b, shape), real_leaf(b, SHAPE(shape.dims[shape.rank - 1]))));
}
static weft_tensor *scaled_operand(bench *b) {
  return weft_matmul(weft_mul(fed_leaf(b, SHAPE(21, 36)), weft_number(b->graph, 0.3)), real_leaf(b, SHAPE(36, 20)));
}
static weft_tensor *computed_operand(bench *b) { /* the longer k is cut into parts */
  int64_t k = b->variant ? 1024 : 37;
  return weft_matmul(rectified_sum(b, SHAPE(21, k)), real_leaf(b, SHAPE(k, 24)));
}
static weft_tensor *both_computed(bench *b) {
  return weft_tanh(weft_matmul(rectified_sum(b, SHAPE(3, 10, 28)), rectified_sum(b, SHAPE(3, 28, 20))));
}
static weft_tensor *computed_and_transposed(bench *b) {
  return weft_matmul(weft_transpose(rectified_sum(b, SHAPE(31, 24))), weft_transpose(rectified_sum(b, SHAPE(40, 31))));
}
static weft_tensor *times_its_transpose(bench *b) {
  weft_tensor *x = rectified_sum(b, SHAPE(24, 28));
  return weft_matmul(x, weft_transpose(x));
}
static weft_tensor *list_of_columns(bench *b) {
  weft_tensor *parts[3] = {fed_leaf(b, SHAPE(17, 12)), weft_neg(fed_leaf(b, SHAPE(17, 3))), fed_leaf(b, SHAPE(17, 9))};
  return weft_matmul(weft_concat(parts, 3, 1), real_leaf(b, SHAPE(24, 20)));
}
static weft_tensor *rows_of_a_table(bench *b) {
  weft_tensor *x = weft_gather(fed_leaf(b, SHAPE(9, 16)), class_leaf(b, SHAPE(30), 9), 0);
  return weft_matmul(weft_mul(x, weft_number(b->graph, 2)), real_leaf(b, SHAPE(16, 12)));
}
/* Images with channels last inside: a convolution made them. */
static weft_tensor *pixels(bench *b, int64_t n, int64_t size, int64_t c) {
  return weft_conv2d(fed_leaf(b, SHAPE(n, 3, size, size)), real_leaf(b, SHAPE(c, 3, 1, 1)), NULL);
}
static weft_tensor *two_convolutions(bench *b) { /* the second one's border, in front of a relu that is kept */
  static const weft_conv_options strided = {.stride = 2, .pad = 1};
  weft_tensor *x = weft_relu(pixels(b, 2, 9, 8));
  return weft_conv2d(x, real_leaf(b, SHAPE(12, 8, 3, 3)), &strided);
}
/* Channels from below beside what was kept: in fours, not in fours, and so many that it is Winograd's. */
typedef struct u_net_sizes {
  int64_t n, size, below, beside, oc;
} u_net_sizes;
static const u_net_sizes u_nets[] = {{2, 7, 8, 4, 8}, {2, 7, 5, 4, 8}, {6, 15, 40, 24, 72}};
static weft_tensor *u_net(bench *b) {
  static const weft_conv_options same = {.pad = 1};
  const u_net_sizes *s = &u_nets[b->variant];
  weft_tensor *parts[2] = {weft_relu(pixels(b, s->n, s->size, s->below)), pixels(b, s->n, s->size, s->beside)};
  weft_tensor *x = weft_concat(parts, 2, 1);
  return weft_conv2d(x, real_leaf(b, SHAPE(s->oc, s->below + s->beside, 3, 3)), &same);
}

/* ---- gates: columns that are read in 2 or 4 equal parts, which GPUs take into the product ---- */

/* (batch, m, k) by weights of (k, gates x units): the same for all batches, or each its own. */
typedef struct cell_sizes {
  int64_t batch, m, k, units;
  int has_own_weights;
} cell_sizes;
static const cell_sizes cells[] = {{1, 37, 21, 6, 0}, {1, 5, 300, 8, 0}, {1, 70, 33, 34, 0},
                                   {3, 9, 12, 4, 0},  {2, 7, 40, 10, 1}, {1, 6, 1024, 2, 0}};
enum { CELLS = sizeof cells / sizeof *cells };

static weft_tensor *gates_product(bench *b, int64_t gates) {
  const cell_sizes *s = &cells[b->variant];
  weft_tensor *x = fed_leaf(b, SHAPE(s->batch, s->m, s->k));
  weft_shape shape = SHAPE(s->k, gates * s->units);
  if (s->has_own_weights) shape = SHAPE(s->batch, s->k, gates * s->units);
  return weft_mul(weft_matmul(x, real_leaf(b, shape)), weft_number(b->graph, 0.3));
}
static weft_tensor *gate_of(bench *b, weft_tensor *z, int64_t gate) {
  int64_t units = cells[b->variant].units;
  return weft_slice(z, z->shape.rank - 1, gate * units, (gate + 1) * units, 1);
}
static weft_tensor *lstm_cell(bench *b, weft_tensor *z, weft_tensor *c) {
  weft_tensor *new = weft_mul(weft_sigmoid(gate_of(b, z, 0)), weft_tanh(gate_of(b, z, 2)));
  c = weft_add(weft_mul(weft_sigmoid(gate_of(b, z, 1)), c), new);
  return weft_add(weft_mul(weft_sigmoid(gate_of(b, z, 3)), weft_tanh(c)), weft_mul(c, weft_number(b->graph, 0.5)));
}
static weft_tensor *cell(bench *b) {
  const cell_sizes *s = &cells[b->variant];
  weft_tensor *z = weft_add(gates_product(b, 4), real_leaf(b, SHAPE(s->m, 4 * s->units)));
  return lstm_cell(b, z, real_leaf(b, SHAPE(s->batch, s->m, s->units)));
}
static weft_tensor *linear_unit(bench *b) {
  weft_tensor *z = weft_add(gates_product(b, 2), real_leaf(b, SHAPE(2 * cells[b->variant].units)));
  return weft_mul(weft_silu(gate_of(b, z, 0)), gate_of(b, z, 1));
}
static weft_tensor *plain_linear_unit(bench *b) { /* whose gradient reads the product itself */
  weft_tensor *z = gates_product(b, 2);
  return weft_mul(gate_of(b, z, 0), weft_sigmoid(gate_of(b, z, 1)));
}
static weft_tensor *sequence_of_cells(bench *b) {
  weft_tensor *u = real_leaf(b, SHAPE(8, 32)), *y = fed_leaf(b, SHAPE(3, 11, 32)), *c = real_leaf(b, SHAPE(11, 8)),
              *h = real_leaf(b, SHAPE(11, 8)), *gate[4];
  for (int64_t t = 0; t < 3; t++) {
    weft_tensor *z = weft_add(weft_matmul(h, u), weft_reshape(weft_slice(y, 0, t, t + 1, 1), SHAPE(11, 32)));
    for (int i = 0; i < 4; i++) gate[i] = weft_slice(z, 1, 8 * i, 8 * i + 8, 1);
    c = weft_add(weft_mul(weft_sigmoid(gate[1]), c), weft_mul(weft_sigmoid(gate[0]), weft_tanh(gate[2])));
    h = weft_mul(weft_sigmoid(gate[3]), weft_tanh(c));
  }
  return weft_add(h, c);
}

static int add(conformance_case *out, const char *name, build_case *build, int variant) {
  *out = (conformance_case){.build = build, .variant = variant, .low = -1, .high = 1, .tolerance = 2e-5};
  snprintf(out->name, sizeof out->name, "%s", name);
  return 1;
}

int list_products(conformance_case *out) {
  char name[48];
  int n = 0;
  for (int i = 0; i < PLAIN; i++) {
    snprintf(name, sizeof name, "matmul %dx%dx%d", (int)plain[i].m, (int)plain[i].k, (int)plain[i].n);
    n += add(out + n, name, matmul, i);
  }
  for (int i = 0; i < CONVOLUTIONS; i++) {
    snprintf(name, sizeof name, "convolution number %d", i);
    n += add(out + n, name, conv, i);
    /* Sums of some hundred products that reach 30: by Winograd's algorithm a few 1e-6 of that. */
    if (convolutions[i].c >= 16) out[n - 1].tolerance = convolutions[i].c >= 64 ? 3e-4 : 1e-4;
  }
  n += add(out + n, "both transposed", both_transposed, 0);
  n += add(out + n, "batched", batched, 0);
  n += add(out + n, "broadcast batch", broadcast_batch, 0);
  n += add(out + n, "one matrix for all batches", shared_weights, 0);
  n += add(out + n, "sliced and flipped", sliced, 0);
  n += add(out + n, "heads", heads, 0);
  n += add(out + n, "padded", padded, 0);
  n += add(out + n, "a matrix times itself", itself, 0);
  n += add(out + n, "prologue and epilogue", prologue_and_epilogue, 0);
  n += add(out + n, "dense after flatten", dense_after_flatten, 0);
  n += add(out + n, "convolution, bias, relu", conv_bias_relu, 0);
  n += add(out + n, "scaled operand", scaled_operand, 0);
  n += add(out + n, "operand computed", computed_operand, 0);
  n += add(out + n, "operand computed, long k", computed_operand, 1);
  n += add(out + n, "both operands computed", both_computed, 0);
  n += add(out + n, "operands computed and transposed", computed_and_transposed, 0);
  n += add(out + n, "computed, times its transpose", times_its_transpose, 0);
  n += add(out + n, "list of columns", list_of_columns, 0);
  n += add(out + n, "rows of a table", rows_of_a_table, 0);
  n += add(out + n, "two convolutions", two_convolutions, 0);
  n += add(out + n, "U-Net", u_net, 0);
  n += add(out + n, "U-Net, not in fours", u_net, 1);
  n += add(out + n, "U-Net, Winograd", u_net, 2);
  out[n - 1].tolerance = 3e-4;
  for (int i = 0; i < CELLS; i++) {
    snprintf(name, sizeof name, "gated cell number %d", i);
    n += add(out + n, name, cell, i);
    snprintf(name, sizeof name, "gated linear unit number %d", i);
    n += add(out + n, name, i % 2 ? plain_linear_unit : linear_unit, i);
  }
  n += add(out + n, "sequence of gated cells", sequence_of_cells, 0);
  return n;
}
