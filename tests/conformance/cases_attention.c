/* cases_attention.c -- attention and its gradients: lengths and widths that fill no vector, blocks of keys that begin
 * within a block of queries, more keys than queries and the other way round, heads cut out of one tensor. */
#include "conformance.h"
#include <stdio.h>

#define SHAPE(...) weft_shape_of(__VA_ARGS__)

static const struct {
  int heads, queries, keys, width, value_width, causal;
} sizes[] = {
    {3, 16, 16, 8, 8, 0},    {3, 16, 16, 8, 8, 1},   {2, 33, 33, 5, 7, 1},   {2, 7, 50, 16, 16, 0},
    {2, 50, 7, 3, 32, 1},    {1, 20, 45, 48, 20, 1}, {1, 5, 1, 4, 4, 0},     {1, 70, 140, 16, 33, 0},
    {1, 150, 141, 8, 16, 1}, {2, 1, 9, 8, 8, 0},     {1, 140, 300, 6, 4, 1}, {1, 70, 70, 130, 9, 1},
};
enum { SIZES = sizeof sizes / sizeof *sizes };

static weft_tensor *plain(bench *b) {
  int i = b->variant;
  weft_tensor *q = real_leaf(b, SHAPE(sizes[i].heads, sizes[i].queries, sizes[i].width));
  weft_tensor *k = real_leaf(b, SHAPE(sizes[i].heads, sizes[i].keys, sizes[i].width));
  weft_tensor *v = real_leaf(b, SHAPE(sizes[i].heads, sizes[i].keys, sizes[i].value_width));
  return weft_scaled_dot_product_attention(q, k, v, sizes[i].causal);
}

/* As a layer has it: (B, T, 3, heads, D) taken apart, put together after. */
static weft_tensor *heads_of_one(bench *b) {
  weft_tensor *all = real_leaf(b, SHAPE(2, 19, 3, 4, 16)), *part[3];
  for (int i = 0; i < 3; i++) {
    part[i] = weft_reshape(weft_slice(all, 2, i, i + 1, 1), SHAPE(2, 19, 4, 16));
    part[i] = weft_permute(part[i], SHAPE(0, 2, 1, 3));
  }
  weft_tensor *y = weft_scaled_dot_product_attention(part[0], part[1], part[2], 1);
  y = weft_reshape(weft_permute(y, SHAPE(0, 2, 1, 3)), SHAPE(2, 19, 64));
  return weft_matmul(y, real_leaf(b, SHAPE(64, 10)));
}
/* Several heads of queries read one head of keys and values. */
static weft_tensor *shared_keys(bench *b) {
  weft_tensor *q = real_leaf(b, SHAPE(2, 3, 12, 8)), *k = real_leaf(b, SHAPE(2, 1, 10, 8));
  return weft_scaled_dot_product_attention(q, k, real_leaf(b, SHAPE(10, 8)), 0);
}
static weft_tensor *transposed(bench *b) { /* no operand has neighbours along its width */
  weft_tensor *q = weft_transpose(real_leaf(b, SHAPE(16, 20))), *k = weft_transpose(real_leaf(b, SHAPE(16, 24)));
  return weft_scaled_dot_product_attention(q, k, weft_transpose(real_leaf(b, SHAPE(16, 24))), 1);
}
static weft_tensor *computed(bench *b) { /* from and into elementwise ops; one operand three times */
  weft_tensor *x = weft_tanh(real_leaf(b, SHAPE(2, 21, 16)));
  return weft_square(weft_scaled_dot_product_attention(x, x, x, 1));
}
static weft_tensor *two_layers(bench *b) {
  weft_tensor *x = real_leaf(b, SHAPE(2, 18, 16));
  for (int i = 0; i < 2; i++) x = weft_add(x, weft_scaled_dot_product_attention(x, weft_mul(x, x), x, 0));
  return x;
}

static int add(conformance_case *out, const char *name, build_case *build, int variant) {
  *out = (conformance_case){.build = build, .variant = variant, .low = -2, .high = 2, .tolerance = 3e-5};
  snprintf(out->name, sizeof out->name, "%s", name);
  return 1;
}

int list_attention(conformance_case *out) {
  char name[48];
  int n = 0;
  for (int i = 0; i < SIZES; i++) {
    snprintf(name, sizeof name, "attention %d, %d, %d%s", sizes[i].queries, sizes[i].keys, sizes[i].width,
             sizes[i].causal ? ", causal" : "");
    n += add(out + n, name, plain, i);
  }
  n += add(out + n, "heads of one product", heads_of_one, 0);
  n += add(out + n, "shared keys", shared_keys, 0);
  n += add(out + n, "transposed", transposed, 0);
  n += add(out + n, "computed", computed, 0);
  n += add(out + n, "two layers", two_layers, 0);
  return n;
}
