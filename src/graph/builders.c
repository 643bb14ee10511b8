/* builders.c -- weft_make_*: one node each, of shapes that agree already. Passes and autodiff build with these.
 *
 * A view or reduction that changes nothing gives back its input. */
#include "base/winograd.h"
#include "graph/infer.h"
#include <string.h>

static int all_are(const int64_t *values, int n, int64_t value) {
  for (int i = 0; i < n; i++)
    if (values[i] != value) return 0;
  return 1;
}

static void put(weft_node_spec *spec, const int64_t *values, int n) {
  for (int i = 0; i < n; i++) spec->attr[spec->n_attr++] = values[i];
}

/* Whether x can be looked at; an op over NULL ends here. */
static int usable(const weft_tensor *x) { return x && x->graph->error.status == WEFT_OK; }

weft_tensor *weft_make_scalar(weft_op op, weft_tensor *a, weft_tensor *b, weft_tensor *c) {
  weft_tensor *in[3] = {a, b, c};
  weft_node_spec spec = weft_spec_of(op, in, weft_ops[op].arity);
  return weft_node(&spec);
}

weft_tensor *weft_make_const(weft_graph *graph, weft_dtype dtype, weft_shape shape, double value) {
  return weft_node(
      &(weft_node_spec){.graph = graph, .op = WEFT_OP_CONST, .dtype = dtype, .shape = shape, .value = value});
}

weft_tensor *weft_make_iota(weft_graph *graph, weft_shape shape, int axis) {
  return weft_node(&(weft_node_spec){.graph = graph, .op = WEFT_OP_IOTA, .shape = shape, .n_attr = 1, .attr = {axis}});
}

weft_tensor *weft_make_reshape(weft_tensor *x, weft_shape shape) {
  if (!usable(x) || weft_shape_equal(x->shape, shape)) return x;
  weft_node_spec spec = weft_spec_of(WEFT_OP_RESHAPE, &x, 1);
  spec.shape = shape;
  return weft_node(&spec);
}

weft_tensor *weft_make_permute(weft_tensor *x, const int64_t *axes) {
  if (!usable(x)) return NULL;
  int d = 0;
  while (d < x->shape.rank && axes[d] == d) d++;
  if (d == x->shape.rank) return x;
  weft_node_spec spec = weft_spec_of(WEFT_OP_PERMUTE, &x, 1);
  put(&spec, axes, x->shape.rank);
  return weft_node(&spec);
}

weft_tensor *weft_make_expand(weft_tensor *x, weft_shape shape) {
  if (!usable(x) || weft_shape_equal(x->shape, shape)) return x;
  weft_node_spec spec = weft_spec_of(WEFT_OP_EXPAND, &x, 1);
  spec.shape = shape;
  return weft_node(&spec);
}

weft_tensor *weft_make_slice(weft_tensor *x, const int64_t *start, const int64_t *step, const int64_t *size) {
  if (!usable(x)) return NULL;
  int rank = x->shape.rank;
  weft_node_spec spec = weft_spec_of(WEFT_OP_SLICE, &x, 1);
  spec.shape.rank = rank;
  memcpy(spec.shape.dims, size, sizeof size[0] * (size_t)rank);
  if (weft_shape_equal(x->shape, spec.shape) && all_are(start, rank, 0) && all_are(step, rank, 1)) return x;
  put(&spec, start, rank);
  put(&spec, step, rank);
  return weft_node(&spec);
}

weft_tensor *weft_make_pad(weft_tensor *x, const int64_t *lo, const int64_t *interior, weft_shape shape, double value) {
  if (!usable(x) || (weft_shape_equal(x->shape, shape) && all_are(lo, shape.rank, 0))) return x;
  weft_node_spec spec = weft_spec_of(WEFT_OP_PAD, &x, 1);
  spec.shape = shape;
  spec.value = value;
  put(&spec, lo, x->shape.rank);
  put(&spec, interior, x->shape.rank);
  return weft_node(&spec);
}

weft_tensor *weft_make_flip(weft_tensor *x, const int64_t *flags) {
  if (!usable(x) || all_are(flags, x->shape.rank, 0)) return x;
  weft_node_spec spec = weft_spec_of(WEFT_OP_FLIP, &x, 1);
  put(&spec, flags, x->shape.rank);
  return weft_node(&spec);
}

weft_tensor *weft_make_window(weft_tensor *x, const int64_t *size, const int64_t *stride, const int64_t *dilation) {
  if (!usable(x) || all_are(size, x->shape.rank, 0)) return x;
  weft_node_spec spec = weft_spec_of(WEFT_OP_WINDOW, &x, 1);
  put(&spec, size, x->shape.rank);
  put(&spec, stride, x->shape.rank);
  put(&spec, dilation, x->shape.rank);
  return weft_node(&spec);
}

weft_tensor *weft_make_fold(weft_tensor *y, weft_shape shape, const int64_t *size, const int64_t *stride,
                            const int64_t *dilation) {
  if (!usable(y) || (weft_shape_equal(y->shape, shape) && all_are(size, shape.rank, 0))) return y;
  weft_node_spec spec = weft_spec_of(WEFT_OP_FOLD, &y, 1);
  spec.shape = shape;
  if (weft_spec_shape(&spec) != WEFT_OK) return NULL;
  put(&spec, size, shape.rank);
  put(&spec, stride, shape.rank);
  put(&spec, dilation, shape.rank);
  return weft_node(&spec);
}

weft_tensor *weft_make_reduce(weft_op op, weft_tensor *x, uint32_t mask) {
  if (!usable(x) || (mask == 0 && op != WEFT_OP_ARGMAX && op != WEFT_OP_ARGMIN)) return x;
  weft_node_spec spec = weft_spec_of(op, &x, 1);
  spec.attr[spec.n_attr++] = mask;
  return weft_node(&spec);
}

weft_tensor *weft_make_matmul(weft_tensor *a, weft_tensor *b) {
  weft_tensor *in[2] = {a, b};
  weft_node_spec spec = weft_spec_of(WEFT_OP_MATMUL, in, 2);
  return weft_node(&spec);
}

weft_tensor *weft_make_gather(weft_tensor *x, weft_tensor *index, int axis) {
  weft_tensor *in[2] = {x, index};
  weft_node_spec spec = weft_spec_of(WEFT_OP_GATHER, in, 2);
  put(&spec, &(int64_t){axis}, 1);
  return weft_node(&spec);
}

weft_tensor *weft_make_scatter_add(weft_tensor *x, weft_tensor *index, int axis, weft_shape shape) {
  weft_tensor *in[2] = {x, index};
  weft_node_spec spec = weft_spec_of(WEFT_OP_SCATTER_ADD, in, 2);
  spec.shape = shape;
  put(&spec, &(int64_t){axis}, 1);
  return weft_node(&spec);
}

weft_tensor *weft_make_conv(weft_op op, weft_tensor *a, weft_tensor *b, const int64_t options[5], weft_shape shape) {
  weft_tensor *in[2] = {a, b};
  weft_node_spec spec = weft_spec_of(op, in, 2);
  spec.shape = shape;
  put(&spec, options, 5);
  return weft_node(&spec);
}

weft_tensor *weft_make_dot(weft_tensor *a, weft_tensor *b, int nb, int nm, int nk, int nn, int panel,
                           weft_shape shape) {
  weft_tensor *in[2] = {a, b};
  weft_node_spec spec = weft_spec_of(WEFT_OP_DOT, in, 2);
  spec.shape = shape;
  put(&spec, (int64_t[]){nb, nm, nk, nn, panel}, 5);
  return weft_node(&spec);
}

weft_tensor *weft_make_winograd_weights(weft_tensor *w, weft_shape shape) {
  weft_node_spec spec = weft_spec_of(WEFT_OP_WINOGRAD_WEIGHTS, &w, 1);
  spec.shape = shape;
  return weft_node(&spec);
}

weft_tensor *weft_make_winograd_transform(weft_op op, weft_tensor *x, const int64_t *options, weft_shape shape) {
  weft_node_spec spec = weft_spec_of(op, &x, 1);
  spec.shape = shape;
  if (op != WEFT_OP_WINOGRAD_WEIGHTS_DX)
    put(&spec, options, op == WEFT_OP_WINOGRAD_PIXELS ? WEFT_WINOGRAD_OPTIONS : WEFT_WINOGRAD_TILE_OPTIONS);
  return weft_node(&spec);
}

weft_tensor *weft_make_winograd(weft_op op, weft_tensor *x, weft_tensor *other, const int64_t *options,
                                weft_shape shape) {
  weft_tensor *in[2] = {x, other};
  weft_node_spec spec = weft_spec_of(op, in, 2);
  spec.shape = shape;
  put(&spec, options, WEFT_WINOGRAD_OPTIONS);
  return weft_node(&spec);
}

weft_tensor *weft_make_strassen_sums(weft_tensor *x, int levels, int is_right, weft_shape shape) {
  weft_node_spec spec = weft_spec_of(WEFT_OP_STRASSEN_SUMS, &x, 1);
  spec.shape = shape;
  put(&spec, (int64_t[]){levels, is_right}, 2);
  return weft_node(&spec);
}

weft_tensor *weft_make_strassen_results(weft_tensor *products, weft_tensor *rest, int levels, weft_shape shape) {
  weft_tensor *in[2] = {products, rest};
  weft_node_spec spec = weft_spec_of(WEFT_OP_STRASSEN_RESULTS, in, rest ? 2 : 1);
  spec.shape = shape;
  put(&spec, (int64_t[]){levels}, 1);
  return weft_node(&spec);
}

weft_tensor *weft_make_grouped(weft_op op, weft_tensor *x, weft_tensor *other, const int64_t options[5],
                               const int64_t pad[2], const int64_t expand[2], weft_shape shape) {
  weft_tensor *in[2] = {x, other};
  weft_node_spec spec = weft_spec_of(op, in, 2);
  spec.shape = shape;
  put(&spec, options, 5);
  put(&spec, pad, 2);
  if (op == WEFT_OP_GROUPED) put(&spec, expand, 2);
  return weft_node(&spec);
}

weft_tensor *weft_make_copy(weft_tensor *x) {
  weft_node_spec spec = weft_spec_of(WEFT_OP_COPY, &x, 1);
  return weft_node(&spec);
}
