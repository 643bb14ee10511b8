/* contract.h -- what the files of the contract pass share. */
#ifndef WEFT_PASSES_CONTRACT_H
#define WEFT_PASSES_CONTRACT_H
#include "passes/pass.h"

/* Elements of `count` dims. */
static inline int64_t weft_size_of(const weft_tensor *x, int from, int count) {
  int64_t n = 1;
  for (int d = from; d < from + count; d++) n *= x->shape.dims[d];
  return n;
}

/* The product (batch.., m.., n..) as dot, its operands put where the device reads them well. */
weft_tensor *weft_contract(const weft_product *product, const weft_pass_target *target);

/* The most parts, but no more than `most`, into which so many divide; at least 1. */
static inline int64_t weft_equal_parts(int64_t size, int64_t most) {
  int64_t parts = most < size ? most : size;
  while (parts > 1 && size % parts) parts--;
  return parts < 1 ? 1 : parts;
}

/* parts.c: into how many parts K is cut, which divide k dim *out_dim; 1: not. */
int64_t weft_parts_of_k(const weft_product *product, const weft_pass_target *target, int *out_dim);
/* Dim `at` of x cut into (parts, rest), the parts in front of all dims. */
weft_tensor *weft_parts_in_front(weft_tensor *x, int at, int64_t parts);
/* The sum over dim 0. Where that is a few, their reader adds them up. */
weft_tensor *weft_sum_of_parts(weft_tensor *parts, const weft_pass_target *target);
/* Whether it is a view of what stays from run to run. */
int weft_is_weights(weft_tensor *view);

/* strassen.c: the product (M, N) by Strassen's algorithm, where b is weights that no run changes; NULL where that would
 * not pay. */
weft_tensor *weft_strassen(const weft_product *product, const weft_pass_target *target);

/* A view that strides reach in memory. Where a copy must be made, it is made as far down as strides reach: other views
 * of the same tensor then share it. */
weft_tensor *weft_in_memory(weft_tensor *view);
/* An image (N, H, W, C), or a copy of it, that strides reach in memory. The copy has channels last, whatever lies
 * beneath. */
weft_tensor *weft_image_in_memory(weft_tensor *x);

/* The view, or a copy of it, with its last dim's elements side by side; an image so, in memory. */
weft_tensor *weft_last_dense(weft_tensor *x);
weft_tensor *weft_dense_image(weft_tensor *x);
/* winograd.c: the image under borders of zeros; how many rows and columns stand in front of it. */
weft_tensor *weft_without_border(weft_tensor *x, int64_t *out_pad);

/* depthwise.c: weights (R, S, 1, C) as (1, 1, 1, C, R, S); their gradient, of the shape w, for x (N, H, W, C), dy (N,
 * OH, OW, C) and the convolution's stride and dilation. */
weft_tensor *weft_depthwise_weights(weft_tensor *w);
weft_tensor *weft_depthwise_dw(weft_tensor *x, weft_tensor *dy, weft_shape w, const int64_t *options);

/* grouped.c: x (N, H, W, C), w (R, S, C / groups, OC) -> y, dx and dw, with few channels a group; NULL where
 * there is no kernel for it. */
weft_tensor *weft_grouped(weft_tensor *x, weft_tensor *w, weft_shape y, const int64_t *options,
                          const weft_pass_target *target);
weft_tensor *weft_grouped_dx(weft_tensor *dy, weft_tensor *w, weft_shape x, const int64_t *options,
                             const weft_pass_target *target);
/* What the slice takes of such a convolution, without the rest; NULL where a border alone is not what is cut off. */
weft_tensor *weft_slice_of_grouped(weft_tensor *slice, weft_tensor *grouped);
weft_tensor *weft_grouped_dw(weft_tensor *x, weft_tensor *dy, weft_shape w, const int64_t *options,
                             const weft_pass_target *target);

/* winograd.c: x (N, H, W, C), w (taps, taps, C, OC), stride 1 -> y (N, OH, OW, OC) with fewer multiplications, and dw
 * of the shape of w of x and dy; NULL where that would not pay. */
typedef struct weft_winograd_window {
  int64_t taps, dilation[2]; /* taps of base/winograd.h */
  int64_t groups;
} weft_winograd_window;
weft_tensor *weft_winograd(weft_tensor *x, weft_tensor *w, const weft_winograd_window *window, weft_shape y,
                           const weft_pass_target *target);
weft_tensor *weft_winograd_dw(weft_tensor *x, weft_tensor *dy, const weft_winograd_window *window,
                              const weft_pass_target *target);
#endif
