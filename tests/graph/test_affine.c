/* test_affine.c -- shapes, strides, and the affine index of chains of views held against a walk that follows every
 * element through every view. */
#include "graph/graph.h"
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Index of the n-th element, and back. */
static void unravel(weft_shape shape, int64_t n, int64_t *out) {
  for (int d = shape.rank - 1; d >= 0; d--) {
    out[d] = n % shape.dims[d];
    n /= shape.dims[d];
  }
}

static int64_t ravel(weft_shape shape, const int64_t *index) {
  int64_t n = 0;
  for (int d = 0; d < shape.rank; d++) n = n * shape.dims[d] + index[d];
  return n;
}

/* Where element n of a view stands in the view's input, straight from the definitions in ops.def. */
static int64_t through(const weft_tensor *view, int64_t n) {
  int64_t y[WEFT_MAX_RANK], x[WEFT_MAX_RANK];
  weft_shape from = view->in[0]->shape;
  int rank = from.rank, next = rank;
  unravel(view->shape, n, y);
  for (int d = 0; d < rank; d++) switch (view->op) {
    case WEFT_OP_RESHAPE: return n;
    case WEFT_OP_PERMUTE: x[view->attr[d]] = y[d]; break;
    case WEFT_OP_EXPAND: x[d] = from.dims[d] == 1 ? 0 : y[d]; break;
    case WEFT_OP_SLICE: x[d] = view->attr[d] + y[d] * view->attr[rank + d]; break;
    case WEFT_OP_FLIP: x[d] = view->attr[d] ? from.dims[d] - 1 - y[d] : y[d]; break;
    case WEFT_OP_WINDOW:
      x[d] = view->attr[d] ? y[d] * view->attr[rank + d] + y[next++] * view->attr[2 * rank + d] : y[d];
      break;
    default: cr_assert_fail("%s is not an affine view", weft_ops[view->op].name);
    }
  return rank ? ravel(from, x) : n;
}

/* Holds weft_view_affine() of a view against the walk; the base it gives. */
static weft_tensor *check(weft_tensor *view) {
  weft_tensor *base;
  int64_t offset, strides[WEFT_MAX_RANK], index[WEFT_MAX_RANK];
  weft_view_affine(view, &base, &offset, strides);
  for (int64_t n = 0; n < weft_shape_size(view->shape); n++) {
    int64_t at = n, affine = offset;
    for (weft_tensor *t = view; t != base; t = t->in[0]) at = through(t, at);
    unravel(view->shape, n, index);
    for (int d = 0; d < view->shape.rank; d++) affine += strides[d] * index[d];
    cr_assert_eq(affine, at, "element %lld: %lld, not %lld", (long long)n, (long long)affine, (long long)at);
  }
  return base;
}

static uint32_t state = 12345;
static int64_t draw(int64_t below) {
  state = state * 1664525u + 1013904223u;
  return (int64_t)(state >> 8) % below;
}

static weft_tensor *random_view(weft_tensor *x) {
  weft_shape shape = x->shape;
  int rank = shape.rank, axis = rank ? (int)draw(rank) : 0;
  int64_t size[WEFT_MAX_RANK] = {0}, stride[WEFT_MAX_RANK], dilation[WEFT_MAX_RANK];
  for (int d = 0; d < WEFT_MAX_RANK; d++) stride[d] = dilation[d] = 1;
  switch (rank ? draw(8) : 6) {
  case 0: /* merge two dims */
    if (rank < 2) return x;
    if (axis == rank - 1) axis--;
    shape.dims[axis] *= shape.dims[axis + 1];
    memmove(&shape.dims[axis + 1], &shape.dims[axis + 2], sizeof shape.dims[0] * (size_t)(rank - axis - 2));
    shape.rank--;
    return weft_reshape(x, shape);
  case 1: /* split one */
    for (int64_t f = 2; f < shape.dims[axis] && rank < WEFT_MAX_RANK; f++)
      if (shape.dims[axis] % f == 0) {
        memmove(&shape.dims[axis + 1], &shape.dims[axis], sizeof shape.dims[0] * (size_t)(rank - axis));
        shape.dims[axis] = f;
        shape.dims[axis + 1] /= f;
        shape.rank++;
        return weft_reshape(x, shape);
      }
    return x;
  case 2: {
    int other = (int)draw(rank);
    for (int d = 0; d < rank; d++) shape.dims[d] = d;
    shape.dims[axis] = other;
    shape.dims[other] = axis;
    return weft_permute(x, shape);
  }
  case 3: return weft_flip(x, axis);
  case 4: return weft_slice(x, axis, draw(shape.dims[axis]), shape.dims[axis], 1 + draw(3));
  case 5:
    if (rank == WEFT_MAX_RANK) return x;
    size[axis] = 1 + draw(shape.dims[axis]);
    stride[axis] = 1 + draw(2);
    dilation[axis] = size[axis] > 1 ? 1 + draw((shape.dims[axis] - 1) / (size[axis] - 1)) : 1;
    return weft_make_window(x, size, stride, dilation);
  default: /* a dim of 1, perhaps repeated */
    if (rank == WEFT_MAX_RANK) return x;
    memmove(&shape.dims[axis + 1], &shape.dims[axis], sizeof shape.dims[0] * (size_t)(rank - axis));
    shape.dims[axis] = 1;
    shape.rank++;
    x = weft_reshape(x, shape);
    shape.dims[axis] = 1 + draw(3);
    return weft_broadcast(x, shape);
  }
}

Test(affine, random_chains_read_where_the_views_say) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 4, 6, 5);
  int deep = 0;
  for (int chain = 0; chain < 2000; chain++) {
    weft_tensor *view = x;
    for (int i = 0; i < 6 && weft_shape_size(view->shape) < 2000; i++) view = random_view(view);
    cr_assert_not_null(view, "%s", weft_graph_message(g));
    deep += check(view) == x;
  }
  cr_assert_gt(deep, 1000, "most chains reach the input: %d", deep);
  weft_graph_destroy(g);
}

Test(affine, the_deepest_base_that_fits) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 6, 6, 3), *base;
  int64_t offset, strides[WEFT_MAX_RANK];
  cr_assert_eq(weft_view_affine(x, &base, &offset, strides), 0);
  cr_assert(base == x && strides[0] == 108 && strides[3] == 1);
  weft_tensor *turned = weft_permute(x, weft_shape_of(0, 3, 1, 2));
  cr_assert_eq(check(turned), x);
  cr_assert_eq(check(weft_reshape(turned, weft_shape_of(2, 3, 36))), x, "h and w lie together still");
  cr_assert_eq(check(weft_reshape(turned, weft_shape_of(2, 108))), turned, "c and h do not");
  const int64_t size[4] = {0, 3, 3, 0}, stride[4] = {1, 2, 2, 1}, dilation[4] = {1, 1, 1, 1};
  weft_tensor *windows = weft_make_window(x, size, stride, dilation);
  cr_assert_eq(check(windows), x);
  cr_assert_eq(check(weft_broadcast(weft_slice(windows, 0, 1, 2, 1), windows->shape)), x);
  weft_tensor *sum = weft_add(x, x);
  cr_assert_eq(check(weft_flip(sum, 2)), sum, "stops at what is no view");
  weft_tensor *padded = weft_pad(x, 1, 1, 1, 0);
  cr_assert_eq(check(weft_flip(padded, 2)), padded);
  weft_tensor *scalar = weft_sum(x);
  cr_assert_eq(check(weft_broadcast(scalar, weft_shape_of(2, 2))), scalar->in[0], "a reshape is a view as well");
  weft_graph_destroy(g);
}

Test(affine, shapes) {
  char text[64];
  int64_t strides[3];
  cr_assert_eq(weft_shape_size(weft_shape_of(2, 3, 4)), 24);
  cr_assert_eq(weft_shape_size(WEFT_SCALAR_SHAPE), 1);
  weft_shape_strides(weft_shape_of(2, 3, 4), strides);
  cr_assert(strides[0] == 12 && strides[1] == 4 && strides[2] == 1);
  cr_assert(weft_shape_equal(weft_shape_of(2, 3), weft_shape_of(2, 3)));
  cr_assert(!weft_shape_equal(weft_shape_of(2, 3), weft_shape_of(2, 3, 1)));
  cr_assert_str_eq(weft_shape_text(weft_shape_of(100, 784), text, sizeof text), "(100,784)");
  cr_assert_str_eq(weft_shape_text(WEFT_SCALAR_SHAPE, text, sizeof text), "()");
  cr_assert_str_eq(weft_shape_text(weft_shape_of(100, 784), text, 6), "(100,", "cut where it does not fit");
}

/* ---- the other way: where a part stands in a whole ---- */

/* The leaf that element n of what is made by reshapes, permutes, concats and copies comes from, and which of it. */
static const weft_tensor *source(const weft_tensor *whole, int64_t n, int64_t *out_n) {
  for (; whole->n_in; whole = whole->in[0]) {
    if (whole->op == WEFT_OP_CONCAT) {
      int64_t index[WEFT_MAX_RANK], axis = whole->attr[0];
      int i = 0;
      unravel(whole->shape, n, index);
      for (; index[axis] >= whole->in[i]->shape.dims[axis]; i++) index[axis] -= whole->in[i]->shape.dims[axis];
      return source(whole->in[i], ravel(whole->in[i]->shape, index), out_n);
    }
    if (whole->op == WEFT_OP_PERMUTE) n = through(whole, n);
  }
  *out_n = n;
  return whole;
}

/* Merges, splits and permutes, and at times another tensor before or behind. */
static weft_tensor *random_whole(weft_tensor *x) {
  static int others;
  weft_shape shape = x->shape;
  char name[16];
  if (draw(3) == 0 && shape.rank) {
    int axis = (int)draw(shape.rank), first = (int)draw(2);
    shape.dims[axis] = 1 + draw(3);
    snprintf(name, sizeof name, "other%d", others++);
    weft_tensor *in[2] = {x, weft_input_shaped(x->graph, name, WEFT_F32, shape)}, *swapped[2] = {in[1], x};
    return weft_concat(first ? swapped : in, 2, axis);
  }
  weft_tensor *y = random_view(x);
  return y->op == WEFT_OP_RESHAPE || y->op == WEFT_OP_PERMUTE ? y : x;
}

Test(affine, parts_stand_where_the_whole_has_them) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 4, 6, 5);
  int placed = 0;
  for (int chain = 0; chain < 1000; chain++) {
    weft_tensor *whole = x;
    int64_t offset, strides[WEFT_MAX_RANK], index[WEFT_MAX_RANK], at;
    for (int i = 0; i < 5 && weft_shape_size(whole->shape) < 2000; i++) whole = random_whole(whole);
    cr_assert_not_null(whole, "%s", weft_graph_message(g));
    if (chain % 2) whole = weft_make_copy(whole);
    if (!weft_place_in(whole, x, &offset, strides)) continue;
    placed++;
    for (int64_t n = 0; n < weft_shape_size(whole->shape); n++) {
      if (source(whole, n, &at) != x) continue;
      int64_t affine = offset;
      unravel(x->shape, at, index);
      for (int d = 0; d < x->shape.rank; d++) affine += strides[d] * index[d];
      cr_assert_eq(affine, n, "element %lld: %lld, not %lld", (long long)at, (long long)affine, (long long)n);
    }
  }
  cr_assert_gt(placed, 500, "most chains are affine: %d", placed);
  cr_assert_lt(placed, 1000, "some are not");
  int64_t offset, strides[WEFT_MAX_RANK];
  weft_tensor *other = weft_input(g, "y", WEFT_F32, 4, 6, 5);
  cr_assert_eq(weft_place_in(weft_permute(other, weft_shape_of(0, 2, 1)), x, &offset, strides), 0, "no part of it");
  cr_assert_eq(weft_place_in(weft_neg(x), x, &offset, strides), 0, "computed from it");
  weft_graph_destroy(g);
}
