/* test_identities.c -- what must hold between rows for any values: adjoint pairs, products in several forms, padding.
 */
#include "values.h"
#include <criterion/criterion.h>
#include <string.h>

/* <a, b>: the sum of the elementwise product. */
static weft_tensor *inner(weft_tensor *a, weft_tensor *b) { return weft_sum(weft_mul(a, b)); }

static weft_tensor *leaf(weft_graph *g, const char *name, weft_shape shape) {
  return weft_input_shaped(g, name, WEFT_F32, shape);
}

/* ---- views ---- */

typedef struct window_case {
  weft_shape shape;
  int64_t size[3], stride[3], dilation[3];
} window_case;

/* <window(x), y> = <x, fold(y)> */
Test(identities, window_and_fold) {
  const window_case cases[] = {
      {{1, {7}}, {3}, {1}, {1}},
      {{1, {9}}, {2}, {3}, {1}},
      {{1, {9}}, {3}, {1}, {4}},
      {{2, {5, 6}}, {0, 2}, {1, 2}, {1, 3}},
      {{3, {4, 7, 8}}, {2, 3, 2}, {1, 2, 3}, {2, 1, 2}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const window_case *c = &cases[i];
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *x = leaf(g, "x", c->shape), *windows = weft_make_window(x, c->size, c->stride, c->dilation);
    cr_assert_not_null(windows, "%s", weft_graph_message(g));
    weft_tensor *y = leaf(g, "y", windows->shape),
                *folded = weft_make_fold(y, c->shape, c->size, c->stride, c->dilation);
    expect_same(inner(windows, y), inner(x, folded), 1e-12, "window and fold");
    weft_graph_destroy(g);
  }
}

/* <slice(x), y> = <x, pad(y)> with interior = step - 1; slice(pad(x)) = x */
Test(identities, slice_and_pad) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  const int64_t start[2] = {1, 2}, step[2] = {3, 1}, size[2] = {3, 4}, interior[2] = {2, 0};
  weft_tensor *x = leaf(g, "x", weft_shape_of(9, 7)), *y = leaf(g, "y", weft_shape_of(3, 4));
  weft_tensor *padded = weft_make_pad(y, start, interior, x->shape, 0);
  expect_same(inner(weft_make_slice(x, start, step, size), y), inner(x, padded), 1e-12, "slice and pad");
  expect_same(weft_make_slice(padded, start, step, size), y, 0, "slice of pad");
  weft_graph_destroy(g);
}

Test(identities, inverse_views) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = leaf(g, "x", weft_shape_of(2, 3, 4)), *parts[2];
  weft_tensor *turned = weft_make_permute(x, (int64_t[]){2, 0, 1});
  expect_same(weft_make_permute(turned, (int64_t[]){1, 2, 0}), x, 0, "permute twice");
  weft_tensor *flipped = weft_make_flip(x, (int64_t[]){1, 0, 1});
  expect_same(weft_make_flip(weft_make_copy(flipped), (int64_t[]){1, 0, 1}), x, 0, "flip twice");
  parts[0] = weft_slice(x, 2, 0, 1, 1);
  parts[1] = weft_slice(x, 2, 1, 4, 1);
  expect_same(weft_concat(parts, 2, 2), x, 0, "concat of slices");
  weft_tensor *row = leaf(g, "row", weft_shape_of(2, 1, 4)), *wide = weft_make_expand(row, x->shape);
  expect_same(inner(wide, x), inner(row, weft_make_reduce(WEFT_OP_REDUCE_SUM, x, 2)), 1e-12, "expand and sum");
  weft_graph_destroy(g);
}

/* ---- convolutions ---- */

typedef struct conv_case {
  int64_t x[4], w[4]; /* N H W C, R S C/groups OC */
  int64_t options[5]; /* strides, dilations, groups */
} conv_case;

static const conv_case convs[] = {
    {{2, 5, 6, 3}, {3, 2, 3, 4}, {1, 1, 1, 1, 1}}, {{1, 7, 9, 2}, {3, 3, 2, 5}, {2, 3, 1, 1, 1}},
    {{2, 9, 8, 4}, {3, 2, 4, 3}, {1, 2, 3, 2, 1}}, {{1, 6, 6, 4}, {3, 3, 2, 6}, {1, 1, 1, 1, 2}},
    {{2, 8, 7, 6}, {2, 3, 1, 6}, {3, 2, 2, 1, 6}}, {{3, 1, 1, 8}, {1, 1, 8, 2}, {1, 1, 1, 1, 1}},
};

static weft_shape shape4(const int64_t *dims) { return weft_shape_of(dims[0], dims[1], dims[2], dims[3]); }

/* <conv(x, w), dy> = <x, conv_dx(dy, w)> = <w, conv_dw(x, dy)> */
Test(identities, convolutions) {
  for (size_t i = 0; i < sizeof convs / sizeof convs[0]; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    const int64_t *o = convs[i].options;
    weft_tensor *x = leaf(g, "x", shape4(convs[i].x)), *w = leaf(g, "w", shape4(convs[i].w));
    weft_tensor *y = weft_make_conv(WEFT_OP_CONV, x, w, o, WEFT_SCALAR_SHAPE);
    cr_assert_not_null(y, "%s", weft_graph_message(g));
    weft_tensor *dy = leaf(g, "dy", y->shape), *value = inner(y, dy);
    expect_same(inner(x, weft_make_conv(WEFT_OP_CONV_DX, dy, w, o, x->shape)), value, 1e-11, "conv_dx");
    expect_same(inner(w, weft_make_conv(WEFT_OP_CONV_DW, x, dy, o, w->shape)), value, 1e-11, "conv_dw");
    weft_graph_destroy(g);
  }
}

/* A convolution is the sum over taps and channels of windows of x times w: conv against dot over a window view. */
Test(identities, conv_is_dot_of_windows) {
  for (size_t i = 0; i < sizeof convs / sizeof convs[0]; i++) {
    const int64_t *o = convs[i].options;
    if (o[4] != 1) continue;
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *x = leaf(g, "x", shape4(convs[i].x)), *w = leaf(g, "w", shape4(convs[i].w));
    weft_tensor *y = weft_make_conv(WEFT_OP_CONV, x, w, o, WEFT_SCALAR_SHAPE);
    const int64_t size[4] = {0, w->shape.dims[0], w->shape.dims[1], 0}, stride[4] = {1, o[0], o[1], 1},
                  dilation[4] = {1, o[2], o[3], 1}, order[6] = {0, 1, 2, 4, 5, 3};
    weft_tensor *windows = weft_make_permute(weft_make_window(x, size, stride, dilation), order); /* N OH OW R S C */
    expect_same(weft_make_dot(windows, w, 0, 3, 3, 1, 0, y->shape), y, 1e-12, "dot of windows");
    weft_graph_destroy(g);
  }
}

/* conv2d over (N, C, H, W) element by element from its definition, padding and groups included. */
Test(identities, conv2d_by_definition) {
  enum { C = 4, H = 5, W = 6, OC = 6, R = 3 };
  const weft_conv_options options = {.stride = 2, .pad = 2, .dilation = 2, .groups = 2};
  weft_arena arena = {0};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = leaf(g, "x", weft_shape_of(1, C, H, W)), *w = leaf(g, "w", weft_shape_of(OC, C / 2, R, R));
  weft_tensor *y = weft_conv2d(x, w, &options);
  cr_assert_not_null(y, "%s", weft_graph_message(g));
  const double *vx = values_of(&arena, x), *vw = values_of(&arena, w);
  int64_t oh = y->shape.dims[2], ow = y->shape.dims[3], n = 0;
  double *want = WEFT_NEW(&arena, double, OC *oh *ow);
  cr_assert(oh == 3 && ow == 3);
  for (int oc = 0; oc < OC; oc++)
    for (int64_t i = 0; i < oh; i++)
      for (int64_t j = 0; j < ow; j++, n++)
        for (int c = 0; c < C / 2; c++)
          for (int r = 0; r < R; r++)
            for (int s = 0; s < R; s++) {
              int64_t h = i * 2 + r * 2 - 2, v = j * 2 + s * 2 - 2;
              int from = oc / (OC / 2) * (C / 2) + c;
              if (h >= 0 && h < H && v >= 0 && v < W)
                want[n] += vx[(from * H + h) * W + v] * vw[((oc * (C / 2) + c) * R + r) * R + s];
            }
  expect_values(y, want, (size_t)n, 1e-12, "conv2d");
  weft_graph_destroy(g);
  weft_arena_free(&arena);
}

/* ---- products ---- */

Test(identities, matmul_is_dot) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *a = leaf(g, "a", weft_shape_of(2, 3, 4, 5)), *b = leaf(g, "b", weft_shape_of(2, 3, 5, 7));
  weft_tensor *c = weft_make_matmul(a, b);
  expect_same(weft_make_dot(a, b, 2, 1, 1, 1, 0, c->shape), c, 0, "dot");
  weft_tensor *products =
      weft_mul(weft_reshape(a, weft_shape_of(2, 3, 4, 5, 1)), weft_reshape(b, weft_shape_of(2, 3, 1, 5, 7)));
  expect_same(weft_sum_axes(products, WEFT_AXIS(3)), c, 1e-12, "sum of products");
  weft_graph_destroy(g);
}

/* The same contraction with b as it is and packed: (batch 2, k 3 4, n 5 2) in panels of 4. */
Test(identities, packed_dot) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  const int64_t none[5] = {0}, to_panels[5] = {0, 3, 1, 2, 4};
  weft_tensor *a = leaf(g, "a", weft_shape_of(2, 3, 3, 4)), *b = leaf(g, "b", weft_shape_of(2, 3, 4, 5, 2));
  weft_shape y = weft_shape_of(2, 3, 5, 2);
  weft_tensor *wide =
      weft_make_pad(weft_make_reshape(b, weft_shape_of(2, 3, 4, 10)), none, none, weft_shape_of(2, 3, 4, 12), 0);
  weft_tensor *packed = weft_make_permute(weft_make_reshape(wide, weft_shape_of(2, 3, 4, 3, 4)), to_panels);
  expect_same(weft_make_dot(a, packed, 1, 1, 2, 2, 4, y), weft_make_dot(a, b, 1, 1, 2, 2, 0, y), 0, "packed");
  weft_graph_destroy(g);
}
