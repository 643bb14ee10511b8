/* cases_view.c -- views, alone and chained, what is made from nothing, and effects. Values are moved, so they must be
 * the same bits. */
#include "conformance.h"
#include <stdio.h>
#include <string.h>

#define SHAPE(...) weft_shape_of(__VA_ARGS__)

static weft_tensor *reshape(bench *b) { return weft_reshape(real_leaf(b, SHAPE(6, 35)), SHAPE(5, 1, 42)); }
static weft_tensor *reshape_permuted(bench *b) {
  return weft_reshape(weft_permute(real_leaf(b, SHAPE(5, 3, 7)), SHAPE(2, 0, 1)), SHAPE(15, 7));
}
static weft_tensor *permute(bench *b) { return weft_permute(real_leaf(b, SHAPE(9, 17)), SHAPE(1, 0)); }
static weft_tensor *permute_images(bench *b) {
  return weft_permute(real_leaf(b, SHAPE(2, 3, 5, 16)), SHAPE(0, 3, 1, 2));
}
static weft_tensor *permute_whole(bench *b) {
  return weft_permute(whole_leaf(b, SHAPE(2, 1, 3, 1, 2, 2, 1, 3)), SHAPE(7, 5, 3, 1, 6, 4, 2, 0));
}
static weft_tensor *expand(bench *b) { return weft_broadcast(real_leaf(b, SHAPE(3, 1, 1)), SHAPE(2, 3, 7, 9)); }
static weft_tensor *expand_scalar(bench *b) { return weft_broadcast(real_leaf(b, WEFT_SCALAR_SHAPE), SHAPE(33)); }
static weft_tensor *slice(bench *b) { return weft_slice(real_leaf(b, SHAPE(4, 23)), 1, 2, 23, 3); }
static weft_tensor *slice_of_flip(bench *b) {
  return weft_slice(weft_flip(weft_flip(real_leaf(b, SHAPE(7, 10)), 0), 1), 0, 1, 7, 2);
}
static weft_tensor *one_element(bench *b) {
  return weft_slice(weft_slice(real_leaf(b, SHAPE(7, 9)), 0, 6, 7, 1), 1, 8, 9, 1);
}
static weft_tensor *pad(bench *b) { return weft_pad(weft_pad(real_leaf(b, SHAPE(3, 5)), 0, 1, 2, -3), 1, 4, 0, 9); }
static weft_tensor *pad_permuted(bench *b) {
  return weft_pad(weft_permute(real_leaf(b, SHAPE(3, 8, 5)), SHAPE(0, 2, 1)), 1, 1, 1, 0);
}
static weft_tensor *pad_with_gaps(bench *b) {
  const int64_t lo[2] = {1, 2}, gaps[2] = {2, 1};
  return weft_make_pad(real_leaf(b, SHAPE(3, 6)), lo, gaps, SHAPE(10, 15), 0.5);
}
static weft_tensor *flip(bench *b) { return weft_flip(weft_flip(whole_leaf(b, SHAPE(4, 3, 5)), 0), 2); }
static weft_tensor *concat(bench *b) {
  weft_tensor *in[4] = {real_leaf(b, SHAPE(3, 2, 4)), real_leaf(b, SHAPE(3, 1, 4)), NULL, NULL};
  in[2] = weft_mul(in[0], in[0]);
  in[3] = weft_flip(in[1], 2);
  return weft_concat(in, 4, 1);
}
static weft_tensor *concat_last(bench *b) {
  weft_tensor *in[3] = {real_leaf(b, SHAPE(5, 9)), real_leaf(b, SHAPE(5, 1)), real_leaf(b, SHAPE(5, 14))};
  return weft_concat(in, 3, 1);
}
static weft_tensor *concat_whole(bench *b) {
  weft_tensor *in[2] = {whole_leaf(b, SHAPE(1, 6)), whole_leaf(b, SHAPE(3, 6))};
  return weft_concat(in, 2, 0);
}
static weft_tensor *window(bench *b) {
  const int64_t size[3] = {0, 3, 2}, stride[3] = {1, 2, 1}, dilation[3] = {1, 1, 2};
  return weft_make_window(real_leaf(b, SHAPE(2, 9, 5)), size, stride, dilation);
}
static weft_tensor *constant(bench *b) {
  static const float values[] = {1, -2, 3.5f, 4};
  return weft_mul(real_leaf(b, SHAPE(4)), weft_data(b->graph, WEFT_F32, SHAPE(4), values));
}
static weft_tensor *number(bench *b) { return weft_full(b->graph, WEFT_I32, SHAPE(3, 5), -7); }
static weft_tensor *counter(bench *b) { return weft_iota(b->graph, SHAPE(3, 9, 2), 1); }
static weft_tensor *one_hot(bench *b) {
  return weft_eq(weft_reshape(class_leaf(b, SHAPE(6), 10), SHAPE(6, 1)), weft_iota(b->graph, SHAPE(6, 10), 1));
}
/* Random numbers are the same everywhere, whatever shape they are read in. */
static weft_tensor *uniform(bench *b) { return weft_uniform(b->graph, SHAPE(7, 33), -1, 2); }
static weft_tensor *uniform_permuted(bench *b) {
  return weft_permute(weft_uniform(b->graph, SHAPE(6, 10), 0, 1), SHAPE(1, 0));
}
static weft_tensor *normal(bench *b) { return weft_normal(b->graph, SHAPE(501), 1, 2); }
static weft_tensor *dropout(bench *b) { return weft_dropout(real_leaf(b, SHAPE(12, 31)), 0.3); }
static weft_tensor *detach(bench *b) {
  weft_tensor *x = real_leaf(b, SHAPE(5));
  return weft_mul(x, weft_detach(x));
}
static weft_tensor *assign(bench *b) {
  char name[24];
  snprintf(name, sizeof name, "kept.%d", b->number);
  weft_tensor *x = real_leaf(b, SHAPE(3, 5)), *kept = weft_state(b->graph, name, WEFT_F32, 3, 5);
  weft_tensor *effect = weft_assign(kept, weft_add(kept, weft_mul(x, x)));
  return weft_after(weft_sub(x, kept), &effect, 1); /* the old value */
}

#define CASE(name, tolerance)                                                                                          \
  { #name, name, 0, -4, 4, tolerance }

static const conformance_case cases[] = {
    CASE(reshape, 0),       CASE(reshape_permuted, 0),
    CASE(permute, 0),       CASE(permute_images, 0),
    CASE(permute_whole, 0), CASE(expand, 0),
    CASE(expand_scalar, 0), CASE(slice, 0),
    CASE(slice_of_flip, 0), CASE(one_element, 0),
    CASE(pad, 0),           CASE(pad_permuted, 0),
    CASE(pad_with_gaps, 0), CASE(flip, 0),
    CASE(concat, 1e-6),     CASE(concat_last, 0),
    CASE(concat_whole, 0),  CASE(window, 0),
    CASE(constant, 1e-6),   CASE(number, 0),
    CASE(counter, 0),       CASE(one_hot, 0),
    CASE(uniform, 1e-6),    CASE(uniform_permuted, 0),
    CASE(normal, 1e-5),     CASE(dropout, 1e-6),
    CASE(detach, 1e-6),     CASE(assign, 1e-6),
};

int list_views(conformance_case *out) {
  memcpy(out, cases, sizeof cases);
  return sizeof cases / sizeof *cases;
}
