/* test_place.c -- what attention computes becomes a copy where its readers want it, and columns of products come in
 * their reader's order; orders that tear places apart, and results that others read, are left alone. */
#include "check.h"
#include <criterion/criterion.h>
#include <weft/nn.h>

enum { BATCH = 2, HEADS = 3, PLACES = 6, WIDTH = 4 };
#define SHAPE(...) weft_shape_of(__VA_ARGS__)

static weft_tensor *operand(weft_graph *g, const char *name) {
  return weft_input_shaped(g, name, WEFT_F32, SHAPE(BATCH, HEADS, PLACES, WIDTH));
}

static weft_tensor *attention(weft_graph *g) {
  return weft_scaled_dot_product_attention(operand(g, "q"), operand(g, "k"), operand(g, "v"), 1);
}

static weft_tensor *reordered(weft_tensor *y, weft_shape axes, int after) {
  y = weft_permute(y, axes);
  return weft_neg(after ? weft_make_copy(y) : y);
}

/* The heads of a place side by side. */
static weft_tensor *heads_together(weft_graph *g, int after) {
  return reordered(attention(g), SHAPE(0, 2, 1, 3), after);
}

/* (.., D, T): a place's elements would lie apart. */
static weft_tensor *turned(weft_graph *g, int after) {
  (void)after;
  return reordered(attention(g), SHAPE(0, 1, 3, 2), 0);
}

/* Another op of attention reads the result too, through strides. */
static weft_tensor *read_by_attention(weft_graph *g, int after) {
  weft_tensor *y = attention(g), *permuted = weft_permute(y, SHAPE(0, 2, 1, 3));
  if (after) {
    permuted = weft_make_copy(permuted);
    y = weft_permute(permuted, SHAPE(0, 2, 1, 3));
  }
  y = weft_scaled_dot_product_attention(operand(g, "q"), y, operand(g, "v"), 1);
  return weft_add(weft_sum(permuted), weft_sum(y));
}

/* Elementwise ops want it as it is. */
static weft_tensor *read_in_place(weft_graph *g, int after) {
  weft_tensor *y = attention(g);
  (void)after;
  return weft_add(weft_sum(weft_neg(y)), weft_sum(weft_neg(weft_permute(y, SHAPE(0, 2, 1, 3)))));
}

static weft_tensor *list(weft_tensor *a, weft_tensor *b, int after) {
  weft_tensor *in[2] = {weft_reshape(a, SHAPE(BATCH, HEADS, PLACES, 1, WIDTH)),
                        weft_reshape(b, SHAPE(BATCH, HEADS, PLACES, 1, WIDTH))};
  weft_tensor *all = weft_permute(weft_concat(in, 2, 3), SHAPE(0, 2, 3, 1, 4));
  return weft_neg(after ? weft_make_copy(all) : all);
}

static weft_tensor *by(weft_graph *g, weft_op op, int causal) {
  weft_tensor *in[6] = {operand(g, "q"), operand(g, "k"), operand(g, "v"), NULL, NULL, operand(g, "g")};
  in[3] = weft_make_attention(WEFT_OP_ATTENTION, in, 3, causal, 0.5);
  in[4] = weft_make_attention(WEFT_OP_ATTENTION_LOG, in, 2, causal, 0.5);
  return weft_make_attention(op, in, 6, causal, 0.5);
}

/* Parts of the gradient of one product. */
static weft_tensor *one_kernels_parts(weft_graph *g, int after) {
  return list(by(g, WEFT_OP_ATTENTION_DK, 1), by(g, WEFT_OP_ATTENTION_DV, 1), after);
}

static weft_tensor *two_kernels_parts(weft_graph *g, int after) {
  (void)after;
  return list(by(g, WEFT_OP_ATTENTION_DK, 1), by(g, WEFT_OP_ATTENTION_DV, 0), 0);
}

static weft_tensor *a_part_of_others(weft_graph *g, int after) {
  (void)after;
  return list(by(g, WEFT_OP_ATTENTION_DK, 1), operand(g, "g"), 0);
}

static weft_tensor *a_part_read_by_others(weft_graph *g, int after) {
  weft_tensor *dk = by(g, WEFT_OP_ATTENTION_DK, 1);
  (void)after;
  return weft_add(weft_sum(list(dk, by(g, WEFT_OP_ATTENTION_DV, 1), 0)), weft_sum(dk));
}

/* A product by weights whose columns are channels by pixels: (16, 48), or (48, 16), to be turned. */
static weft_tensor *of_channels(weft_graph *g, weft_shape weights) {
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 5, 16), *w = weft_param_shaped(g, "w", WEFT_F32, weights);
  weft_tensor *y = weft_matmul(x, weights.dims[0] == 16 ? w : weft_transpose(w));
  return weft_reshape(y, SHAPE(5, 8, 3, 2));
}

static weft_tensor *columns(weft_graph *g, int after) {
  weft_tensor *y = weft_permute(of_channels(g, SHAPE(48, 16)), SHAPE(0, 2, 3, 1));
  if (after) {
    weft_tensor *x = weft_graph_find(g, "x"), *w = weft_transpose(weft_graph_find(g, "w"));
    w = weft_reshape(weft_permute(weft_reshape(w, SHAPE(16, 8, 3, 2)), SHAPE(0, 2, 3, 1)), SHAPE(16, 48));
    y = weft_reshape(weft_matmul(x, w), SHAPE(5, 3, 2, 8));
  }
  return weft_neg(y);
}

/* Weights whose columns are neighbours stay so. */
static weft_tensor *columns_together(weft_graph *g, int after) {
  (void)after;
  return weft_neg(weft_permute(of_channels(g, SHAPE(16, 48)), SHAPE(0, 2, 3, 1)));
}

static weft_tensor *columns_read_by_others(weft_graph *g, int after) {
  weft_tensor *y = of_channels(g, SHAPE(48, 16));
  (void)after;
  return weft_add(weft_sum(weft_exp(weft_permute(y, SHAPE(0, 2, 3, 1)))), weft_sum(weft_neg(y)));
}

/* Rows are another matter. */
static weft_tensor *rows_too(weft_graph *g, int after) {
  (void)after;
  return weft_neg(weft_permute(of_channels(g, SHAPE(48, 16)), SHAPE(2, 0, 3, 1)));
}

Test(place, cases) {
  static const pass_case cases[] = {
      CASE(heads_together),
      CASE(turned),
      CASE(read_by_attention),
      CASE(read_in_place),
      CASE(one_kernels_parts),
      CASE(two_kernels_parts),
      CASE(a_part_of_others),
      CASE(a_part_read_by_others),
      CASE(columns),
      CASE(columns_together),
      CASE(columns_read_by_others),
      CASE(rows_too),
  };
  check_cases(weft_pass_place, cases, sizeof cases / sizeof *cases);
}

/* Shaders for CPUs know no attention. */
Test(place, where_there_are_kernels) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *before = heads_together(g, 0);
  cr_expect(check_pass(weft_pass_place, before, &gpu_target, 1, "a GPU") == heads_together(g, 1));
  cr_expect(check_pass(weft_pass_place, before, &glsl_target, 1, "shaders") == before);
  weft_graph_destroy(g);
}

/* A layer and its gradient: y once, its gradients as one, and neither is copied again for a product. */
Test(place, a_layer) {
  weft_device *device = weft_device_open("null");
  weft_graph *g = weft_graph_new(device);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 6, 12), *roots[5] = {NULL};
  weft_tensor *loss = weft_sum(weft_square(weft_attention(x, 3, 1, "layer"))), *wrt[5] = {x};
  static const char *const names[4] = {"layer.qkv.weight", "layer.qkv.bias", "layer.out.weight", "layer.out.bias"};
  for (int i = 0; i < 4; i++) wrt[i + 1] = weft_graph_find(g, names[i]);
  cr_assert_eq(weft_gradients(loss, wrt, 5, roots), WEFT_OK, "%s", weft_graph_message(g));
  weft_error error = {0};
  for (int p = 0; p <= WEFT_PASS_contract; p++)
    cr_assert_eq(weft_passes[p].run(roots, 5, &cpu_target, &error), WEFT_OK, "%s: %s", weft_passes[p].name,
                 error.message);
  size_t n = 0;
  weft_arena arena = {0};
  weft_tensor **order = weft_graph_order(&arena, roots, 5, &n);
  int moved = 0;
  for (size_t i = 0; i < n; i++) {
    if (order[i]->op != WEFT_OP_COPY) continue;
    weft_tensor *base = order[i]->in[0];
    while (base->op == WEFT_OP_RESHAPE || base->op == WEFT_OP_PERMUTE || base->op == WEFT_OP_CONCAT) base = base->in[0];
    moved += weft_is_attention(base->op);
  }
  cr_expect_eq(moved, 2);
  weft_arena_free(&arena);
  weft_graph_free(g);
  weft_device_close(device);
}
