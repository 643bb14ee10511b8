/* test_random.c -- all passes, one after the other as a compilation runs them, over random graphs: what no rule's own
 * test thought of. Values stay small and comparisons are of whole numbers, so that rounding cannot tip one over. */
#include "check.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { GRAPHS = 300, OPS = 24, MOST_ELEMENTS = 3000, ROOTS = 3 };

static uint32_t state;
static int64_t draw(int64_t below) {
  state = state * 1664525u + 1013904223u;
  return (int64_t)(state >> 8) % below;
}

static weft_shape random_shape(void) {
  weft_shape shape = {.rank = 1 + (int)draw(4)};
  for (int d = 0; d < shape.rank; d++) shape.dims[d] = draw(4) == 0 ? 1 : 1 + draw(6);
  return shape;
}

static weft_tensor *random_leaf(weft_graph *g, int number) {
  char name[16];
  weft_shape shape = random_shape();
  snprintf(name, sizeof name, "x%d", number);
  switch (draw(8)) {
  case 0: return weft_full(g, WEFT_F32, shape, (double)draw(5) - 2);
  case 1: return weft_cast(weft_iota(g, shape, (int)draw(shape.rank)), WEFT_F32);
  case 2: return weft_cast(weft_input_shaped(g, name, WEFT_I32, shape), WEFT_F32);
  default: return weft_input_shaped(g, name, WEFT_F32, shape);
  }
}

static weft_tensor *random_scalar(weft_tensor *x) {
  static const double numbers[] = {0, 1, -1, 2, 0.25, 3};
  weft_tensor *c = weft_make_const(x->graph, x->dtype, x->shape, numbers[draw(6)]);
  weft_tensor *i = weft_iota(x->graph, x->shape.rank ? x->shape : weft_shape_of(1), 0);
  switch (draw(12)) {
  case 0: return weft_neg(x);
  case 1: return weft_tanh(x);
  case 2: return weft_relu(x);
  case 3: return weft_abs(weft_sin(x));
  case 4: return weft_add(x, c);
  case 5: return weft_mul(weft_tanh(x), c);
  case 6: return weft_sub(c, x);
  case 7: return weft_square(weft_sigmoid(x));
  case 8: return weft_maximum(x, c);
  case 9: return weft_div(x, weft_number(x->graph, (double)(1 << draw(3)) + (double)draw(2)));
  case 10: return weft_mul(weft_cast(weft_cast(i, WEFT_F32), WEFT_F32), weft_tanh(x));
  default: return weft_where(weft_gt(i, weft_full(x->graph, WEFT_I32, WEFT_SCALAR_SHAPE, (double)draw(3))), x, c);
  }
}

static weft_tensor *random_pair(weft_tensor *a, weft_tensor *b) {
  for (int d = 1; d <= a->shape.rank && d <= b->shape.rank; d++) {
    int64_t m = a->shape.dims[a->shape.rank - d], n = b->shape.dims[b->shape.rank - d];
    if (m != n && m != 1 && n != 1) return weft_add(a, weft_sum(weft_tanh(b)));
  }
  switch (draw(4)) {
  case 0: return weft_add(a, b);
  case 1: return weft_sub(a, b);
  case 2: return weft_mul(weft_tanh(a), weft_sigmoid(b));
  default: return weft_minimum(a, b);
  }
}

static weft_tensor *random_window(weft_tensor *x, int axis) {
  int rank = x->shape.rank;
  int64_t size[WEFT_MAX_RANK] = {0}, stride[WEFT_MAX_RANK], dilation[WEFT_MAX_RANK];
  if (rank > 4) return x;
  for (int d = 0; d < WEFT_MAX_RANK; d++) stride[d] = dilation[d] = 1;
  size[axis] = 1 + draw(x->shape.dims[axis]);
  stride[axis] = draw(2) ? size[axis] : 1 + draw(2);
  weft_tensor *y = weft_make_window(x, size, stride, dilation);
  if (draw(2)) y = weft_make_fold(random_scalar(y), x->shape, size, stride, dilation);
  return y;
}

static weft_tensor *random_view(weft_tensor *x) {
  weft_shape shape = x->shape;
  int rank = shape.rank, axis = rank ? (int)draw(rank) : 0;
  int64_t n = rank ? shape.dims[axis] : 1;
  if (rank == 0) return weft_reshape(x, weft_shape_of(1, 1));
  switch (draw(10)) {
  case 0: return weft_reshape(x, weft_shape_of(-1));
  case 1:
    if (rank < 5) {
      memmove(&shape.dims[axis + 1], &shape.dims[axis], sizeof shape.dims[0] * (size_t)(rank - axis));
      shape.dims[axis] = 1;
      shape.rank++;
    }
    return weft_reshape(x, shape);
  case 2:
    for (int d = 0; d < rank; d++) shape.dims[d] = (d + 1 + axis) % rank;
    return weft_permute(x, shape);
  case 3: return weft_flip(x, axis);
  case 4: return weft_slice(x, axis, draw(n), n, 1 + draw(2));
  case 5: return weft_pad(x, axis, draw(2), draw(3), (double)draw(2));
  case 6: return random_window(x, axis);
  case 7: {
    int32_t places[3];
    for (int i = 0; i < 3; i++) places[i] = (int32_t)draw(n + 1);
    weft_tensor *index = weft_data(x->graph, WEFT_I32, weft_shape_of(3), places);
    weft_tensor *chosen = weft_gather(x, index, axis);
    return draw(2) ? chosen : weft_scatter_add(x, index, random_scalar(chosen), axis);
  }
  case 8: {
    for (int d = 0; d < rank; d++)
      if (shape.dims[d] == 1) shape.dims[d] = 1 + draw(4);
    return weft_broadcast(x, shape);
  }
  default: {
    weft_tensor *parts[2] = {x, random_scalar(x)};
    return weft_concat(parts, 2, axis);
  }
  }
}

static weft_tensor *random_reduction(weft_tensor *x) {
  unsigned axes = x->shape.rank ? 1u + (unsigned)draw((1 << x->shape.rank) - 1) : 0;
  switch (draw(6)) {
  case 0: return weft_sum_axes(weft_tanh(x), axes | WEFT_KEEP);
  case 1: return weft_max_axes(x, axes | WEFT_KEEP);
  case 2: return weft_mean_axes(x, axes);
  case 3: return weft_min_axes(x, axes);
  case 4: return x->shape.rank ? weft_softmax(x, (int)draw(x->shape.rank)) : x;
  default: return weft_sub(x, weft_sum_axes(weft_tanh(x), axes | WEFT_KEEP));
  }
}

static weft_tensor *random_heavy(weft_graph *g, weft_tensor *x, int number) {
  char name[16];
  snprintf(name, sizeof name, "w%d", number);
  if (x->shape.rank == 4 && x->shape.dims[2] > 2 && x->shape.dims[3] > 2) {
    weft_conv_options options = {.stride = 1 + (int)draw(2), .pad = (int)draw(2)};
    weft_shape s = weft_shape_of(1 + draw(4), x->shape.dims[1], 1 + draw(3), 1 + draw(3));
    weft_tensor *y = weft_conv2d(x, weft_param_shaped(g, name, WEFT_F32, s), &options);
    return weft_tanh(y);
  }
  int rank = x->shape.rank;
  if (rank < 2) return x;
  weft_shape s = weft_shape_of(x->shape.dims[rank - 1], 1 + draw(9));
  return weft_tanh(weft_matmul(x, weft_param_shaped(g, name, WEFT_F32, s)));
}

static weft_tensor *random_node(weft_graph *g, weft_tensor *x, weft_tensor *other, int number) {
  switch (draw(10)) {
  case 0: return random_heavy(g, x, number);
  case 1:
  case 2: return random_pair(x, other);
  case 3: return random_reduction(x);
  case 4:
  case 5:
  case 6: return random_view(x);
  case 7: return weft_detach(x);
  default: return random_scalar(x);
  }
}

Test(passes, keep_values_of_random_graphs, .timeout = 240) {
  const weft_pass_target *const targets[] = {&cpu_target, &gpu_target, &glsl_target};
  int used[WEFT_OP_COUNT] = {0};
  for (uint32_t seed = 0; seed < GRAPHS; seed++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *pool[OPS + 4];
    int n = 0;
    state = seed * 2654435761u + 1;
    while (n < 4) {
      pool[n] = random_leaf(g, n);
      n++;
    }
    while (n < OPS + 4) {
      weft_tensor *x = pool[draw(3) ? n - 1 - draw(3) : draw(n)], *y = random_node(g, x, pool[draw(n)], n);
      cr_assert_not_null(y, "graph %u: %s", seed, weft_graph_message(g));
      if (weft_shape_size(y->shape) > MOST_ELEMENTS || y->shape.rank > 5) y = weft_mean_axes(y, WEFT_ALL_AXES);
      pool[n++] = y;
    }
    weft_tensor *roots[ROOTS] = {pool[n - 1], pool[n - 4], pool[n - 9]};
    for (int p = 0; p < WEFT_PASS_COUNT; p++) {
      char what[64];
      snprintf(what, sizeof what, "graph %u, %s", seed, weft_passes[p].name);
      check_roots(weft_passes[p].run, roots, ROOTS, targets[seed % 3], 1, what);
    }
    for (int op = 0; op < WEFT_OP_COUNT; op++) used[op] += count_ops(roots, ROOTS, (weft_op)op, 0) > 0;
    weft_graph_destroy(g);
  }
  const weft_op meant[] = {WEFT_OP_DOT, WEFT_OP_COPY, WEFT_OP_FOLD, WEFT_OP_PERMUTE, WEFT_OP_CONCAT, WEFT_OP_WHERE};
  for (size_t i = 0; i < sizeof meant / sizeof meant[0]; i++)
    cr_assert_gt(used[meant[i]], 3, "%s hardly occurs", weft_ops[meant[i]].name);
}
