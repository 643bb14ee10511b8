/* test_rows.c -- every row of ops.def on a small example worked out by hand. */
#include "base/philox.h"
#include "values.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { MOST_VALUES = 72 };

typedef struct row_case {
  weft_op op;
  weft_tensor *(*build)(weft_graph *g);
  int n;
  double values[MOST_VALUES];
} row_case;

static const int64_t none[WEFT_MAX_RANK] = {0};

/* (2,3): 1 2 3 / 4 5 6 */
static weft_tensor *two_by_three(weft_graph *g) { return REALS(g, weft_shape_of(2, 3), 1, 2, 3, 4, 5, 6); }

/* ---- makes ---- */

static weft_tensor *reals(weft_graph *g) { return REALS(g, weft_shape_of(3), 0.5f, -INFINITY, 3); }
static weft_tensor *wholes(weft_graph *g) { return WHOLES(g, weft_shape_of(2), INT32_MIN, 7); }
static weft_tensor *real_const(weft_graph *g) { return weft_full(g, WEFT_F32, weft_shape_of(2, 1), 0.25); }
static weft_tensor *whole_const(weft_graph *g) { return weft_full(g, WEFT_I32, weft_shape_of(2), -3); }
static weft_tensor *iota_0(weft_graph *g) { return weft_make_iota(g, weft_shape_of(2, 3), 0); }
static weft_tensor *iota_1(weft_graph *g) { return weft_make_iota(g, weft_shape_of(2, 3), 1); }

static weft_tensor *random_node(weft_graph *g, weft_op op, int32_t counter) {
  weft_tensor *step = weft_full(g, WEFT_I32, WEFT_SCALAR_SHAPE, counter);
  return weft_node(&(weft_node_spec){.graph = g,
                                     .op = op,
                                     .shape = weft_shape_of(50, 40),
                                     .n_in = 1,
                                     .in = &step,
                                     .n_attr = 1,
                                     .attr = {INT64_C(0x123456789abcdef)}});
}

/* ---- views ---- */

static weft_tensor *reshape(weft_graph *g) { return weft_make_reshape(two_by_three(g), weft_shape_of(3, 2)); }
static weft_tensor *permute(weft_graph *g) {
  weft_tensor *x = weft_make_reshape(weft_make_iota(g, weft_shape_of(12), 0), weft_shape_of(2, 3, 2));
  return weft_make_permute(x, (int64_t[]){2, 0, 1}); /* y[c, a, b] = 6 a + 2 b + c */
}
static weft_tensor *expand(weft_graph *g) {
  return weft_make_expand(REALS(g, weft_shape_of(2, 1), 1, 2), weft_shape_of(2, 3));
}
static weft_tensor *slice(weft_graph *g) {
  return weft_make_slice(two_by_three(g), (int64_t[]){1, 0}, (int64_t[]){1, 2}, (int64_t[]){1, 2});
}
static weft_tensor *pad(weft_graph *g) {
  return weft_make_pad(REALS(g, weft_shape_of(2, 2), 1, 2, 3, 4), (int64_t[]){1, 0}, (int64_t[]){0, 1},
                       weft_shape_of(3, 4), 9);
}
static weft_tensor *pad_wholes(weft_graph *g) {
  return weft_make_pad(WHOLES(g, weft_shape_of(2), 1, 2), (int64_t[]){1}, none, weft_shape_of(4), -1);
}
static weft_tensor *flip(weft_graph *g) { return weft_make_flip(two_by_three(g), (int64_t[]){0, 1}); }
static weft_tensor *window(weft_graph *g) { /* 7 elements, windows of 3 with dilation 2, every 2nd: at 0 and 2 */
  weft_tensor *x = REALS(g, weft_shape_of(7), 0, 1, 2, 3, 4, 5, 6);
  return weft_make_window(x, (int64_t[]){3}, (int64_t[]){2}, (int64_t[]){2});
}
static weft_tensor *window_2d(weft_graph *g) { /* (2,3) -> (1, 2, 2, 2) */
  return weft_make_window(two_by_three(g), (int64_t[]){2, 2}, (int64_t[]){1, 1}, (int64_t[]){1, 1});
}
static weft_tensor *concat(weft_graph *g) {
  weft_tensor *in[3] = {REALS(g, weft_shape_of(2, 1), 1, 2), two_by_three(g), REALS(g, weft_shape_of(2, 1), 8, 9)};
  return weft_concat(in, 3, 1);
}
static weft_tensor *gather(weft_graph *g) { /* row 1, none, row 0; none, 5, 3 */
  return weft_make_gather(two_by_three(g), WHOLES(g, weft_shape_of(2, 3), 1, 2, 0, -1, 1, 0), 0);
}
static weft_tensor *scatter_add(weft_graph *g) {
  return weft_make_scatter_add(two_by_three(g), WHOLES(g, weft_shape_of(2, 3), 1, 1, 0, -1, 2, 1), 1,
                               weft_shape_of(2, 2));
}
static weft_tensor *scatter_wraps(weft_graph *g) {
  weft_tensor *x = WHOLES(g, weft_shape_of(3), INT32_MAX, 2, 7);
  return weft_make_scatter_add(x, WHOLES(g, weft_shape_of(3), 1, 1, 0), 0, weft_shape_of(3));
}
/* Two places, causal, where all scores are 0: the first sees itself, the second both alike. */
static weft_tensor *attend(weft_graph *g, weft_op op, int n_in) {
  int by_keys = op == WEFT_OP_ATTENTION_DK;
  weft_tensor *zeros = REALS(g, weft_shape_of(2, 1), 0, 0), *some = REALS(g, weft_shape_of(2, 1), 1, 2);
  weft_tensor *in[6] = {by_keys ? some : zeros,
                        by_keys ? zeros : some,
                        REALS(g, weft_shape_of(2, 1), 1, 3),
                        REALS(g, weft_shape_of(2, 1), 1, 2),
                        NULL,
                        REALS(g, weft_shape_of(2, 1), 10, 20)};
  in[4] = weft_make_attention(WEFT_OP_ATTENTION_LOG, in, 2, 1, 1);
  return weft_make_attention(op, in, n_in, 1, 1);
}
static weft_tensor *attention(weft_graph *g) { return attend(g, WEFT_OP_ATTENTION, 3); }
static weft_tensor *attention_log(weft_graph *g) { return attend(g, WEFT_OP_ATTENTION_LOG, 2); }
static weft_tensor *attention_dq(weft_graph *g) { return attend(g, WEFT_OP_ATTENTION_DQ, 6); }
static weft_tensor *attention_dk(weft_graph *g) { return attend(g, WEFT_OP_ATTENTION_DK, 6); }
static weft_tensor *attention_dv(weft_graph *g) { return attend(g, WEFT_OP_ATTENTION_DV, 6); }
static weft_tensor *fold(weft_graph *g) { /* windows at 0 and 1 of size 2 over 3 */
  weft_tensor *y = REALS(g, weft_shape_of(2, 2), 1, 2, 30, 40);
  return weft_make_fold(y, weft_shape_of(3), (int64_t[]){2}, (int64_t[]){1}, (int64_t[]){1});
}
static weft_tensor *fold_gaps(weft_graph *g) { /* every 3rd: what no window reaches is 0 */
  weft_tensor *y = WHOLES(g, weft_shape_of(2, 1), 5, 6);
  return weft_make_fold(y, weft_shape_of(5), (int64_t[]){1}, (int64_t[]){3}, (int64_t[]){1});
}

/* ---- reductions ---- */

static weft_tensor *sum(weft_graph *g) { return weft_make_reduce(WEFT_OP_REDUCE_SUM, two_by_three(g), 1); }
static weft_tensor *sum_wraps(weft_graph *g) {
  return weft_make_reduce(WEFT_OP_REDUCE_SUM, WHOLES(g, weft_shape_of(3), INT32_MAX, INT32_MAX, 3), 1);
}
static weft_tensor *sum_outer(weft_graph *g) { /* dims 0 and 2 of 0..11 as (2, 3, 2) */
  weft_tensor *x = weft_make_reshape(weft_make_iota(g, weft_shape_of(12), 0), weft_shape_of(2, 3, 2));
  return weft_make_reduce(WEFT_OP_REDUCE_SUM, x, 5);
}
static weft_tensor *prod(weft_graph *g) { return weft_make_reduce(WEFT_OP_REDUCE_PROD, two_by_three(g), 2); }
static weft_tensor *prod_wraps(weft_graph *g) {
  return weft_make_reduce(WEFT_OP_REDUCE_PROD, WHOLES(g, weft_shape_of(2), 65537, 65537), 1);
}
static weft_tensor *with_ties(weft_graph *g) { return REALS(g, weft_shape_of(2, 4), -1, 7, 7, 0, -5, -9, -5, -9); }
static weft_tensor *max(weft_graph *g) { return weft_make_reduce(WEFT_OP_REDUCE_MAX, with_ties(g), 2); }
static weft_tensor *min(weft_graph *g) { return weft_make_reduce(WEFT_OP_REDUCE_MIN, with_ties(g), 2); }
static weft_tensor *max_nan(weft_graph *g) {
  return weft_make_reduce(WEFT_OP_REDUCE_MAX, REALS(g, weft_shape_of(3), 1, NAN, 2), 1);
}
static weft_tensor *max_wholes(weft_graph *g) {
  return weft_make_reduce(WEFT_OP_REDUCE_MAX, WHOLES(g, weft_shape_of(2), INT32_MIN, INT32_MIN), 1);
}
static weft_tensor *argmax(weft_graph *g) { return weft_make_reduce(WEFT_OP_ARGMAX, with_ties(g), 2); }
static weft_tensor *argmin(weft_graph *g) { return weft_make_reduce(WEFT_OP_ARGMIN, with_ties(g), 2); }
static weft_tensor *argmin_all(weft_graph *g) { return weft_make_reduce(WEFT_OP_ARGMIN, with_ties(g), 3); }
static weft_tensor *argmax_lowest(weft_graph *g) {
  return weft_make_reduce(WEFT_OP_ARGMAX, REALS(g, weft_shape_of(2), -INFINITY, -INFINITY), 1);
}

/* ---- products ---- */

static weft_tensor *matmul(weft_graph *g) {
  return weft_make_matmul(two_by_three(g), REALS(g, weft_shape_of(3, 2), 1, 2, 3, 4, 5, 6));
}
static weft_tensor *matmul_batch(weft_graph *g) {
  return weft_make_matmul(REALS(g, weft_shape_of(2, 1, 2), 1, 2, 3, 4), REALS(g, weft_shape_of(2, 2, 1), 1, 10, 1, 10));
}
/* One image (3, 3) of 1..9, a kernel (2, 2) of 1 2 3 4. */
static weft_tensor *image(weft_graph *g) { return REALS(g, weft_shape_of(1, 3, 3, 1), 1, 2, 3, 4, 5, 6, 7, 8, 9); }
static weft_tensor *kernel(weft_graph *g) { return REALS(g, weft_shape_of(2, 2, 1, 1), 1, 2, 3, 4); }
static const int64_t plain[5] = {1, 1, 1, 1, 1}, strided[5] = {1, 2, 1, 1, 1}, apart[5] = {1, 1, 2, 2, 1},
                     in_groups[5] = {1, 1, 1, 1, 2};
static weft_tensor *conv(weft_graph *g) {
  return weft_make_conv(WEFT_OP_CONV, image(g), kernel(g), plain, WEFT_SCALAR_SHAPE);
}
static weft_tensor *conv_dilated(weft_graph *g) { /* 1 1 + 3 2 + 7 3 + 9 4 */
  return weft_make_conv(WEFT_OP_CONV, image(g), kernel(g), apart, WEFT_SCALAR_SHAPE);
}
static weft_tensor *conv_groups(weft_graph *g) { /* one pixel of 4 channels in 2 groups, 2 channels out */
  return weft_make_conv(WEFT_OP_CONV, REALS(g, weft_shape_of(1, 1, 1, 4), 1, 2, 3, 4),
                        REALS(g, weft_shape_of(1, 1, 2, 2), 1, 10, 100, 1000), in_groups, WEFT_SCALAR_SHAPE);
}
/* Two groups of two channels; the window of two columns begins one before the image, between whose two pixels a zero
 * stands: it meets pixel 0 with its second, then its first, pixel 1 with its second, then its first. */
static weft_tensor *grouped(weft_graph *g) {
  return weft_make_grouped(WEFT_OP_GROUPED, REALS(g, weft_shape_of(1, 1, 2, 4), 1, 2, 3, 4, 5, 6, 7, 8),
                           REALS(g, weft_shape_of(1, 2, 2, 4), 1, 10, 1, 10, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1),
                           in_groups, (int64_t[]){0, 1}, (int64_t[]){1, 2}, weft_shape_of(1, 1, 4, 4));
}
/* Depthwise: rows 0 and 1 of dy are parts of their own; the window begins one row before the image. */
static weft_tensor *grouped_dw(weft_graph *g) {
  return weft_make_grouped(WEFT_OP_GROUPED_DW, REALS(g, weft_shape_of(1, 2, 1, 2), 1, 2, 3, 4),
                           REALS(g, weft_shape_of(1, 2, 1, 2), 10, 100, 1000, 10000), in_groups, (int64_t[]){1, 0},
                           NULL, weft_shape_of(2, 2, 1, 1, 2));
}
static weft_tensor *conv_dx(weft_graph *g) { /* stride 2 across: the last column is not read */
  return weft_make_conv(WEFT_OP_CONV_DX, REALS(g, weft_shape_of(1, 2, 1, 1), 1, 10), kernel(g), strided,
                        weft_shape_of(1, 3, 3, 1));
}
static weft_tensor *conv_dw(weft_graph *g) {
  return weft_make_conv(WEFT_OP_CONV_DW, image(g), REALS(g, weft_shape_of(1, 2, 2, 1), 1, 0, 0, 10), plain,
                        weft_shape_of(2, 2, 1, 1));
}
static weft_tensor *dot(weft_graph *g) { /* a (m 2, k 3), b (k 3, n 2) */
  return weft_make_dot(two_by_three(g), REALS(g, weft_shape_of(3, 2), 1, 2, 3, 4, 5, 6), 0, 1, 1, 1, 0,
                       weft_shape_of(2, 2));
}
static weft_tensor *dot_packed(weft_graph *g) { /* k 2, n 3 in panels of 2: columns (1 2 3), (4 5 6) */
  return weft_make_dot(REALS(g, weft_shape_of(1, 2), 1, 10), REALS(g, weft_shape_of(2, 2, 2), 1, 2, 4, 5, 3, 0, 6, 0),
                       0, 1, 1, 1, 2, weft_shape_of(1, 3));
}
/* Options of Winograd's ops: no border. */
#define TAPS(n) ((int64_t[]){1, 1, n, 0, 0})
/* One tile; the weights' columns pick place (0, 0), which is 4 4 x[0, 0], and (1, 1), which is 4 4 x[1, 1] in every
 * result. */
static weft_tensor *one_tile(weft_graph *g, int taps) {
  float u[2 * 36] = {[0] = 1, [36 + 7] = 1};
  weft_tensor *x = REALS(g, weft_shape_of(1, 2, 2, 1), 1, 2, 3, 4);
  return weft_make_winograd(WEFT_OP_WINOGRAD, x, weft_data(g, WEFT_F32, weft_shape_of(2, 36, 1, 1), u), TAPS(taps),
                            weft_shape_of(1, 2, 2, 2));
}
static weft_tensor *winograd(weft_graph *g) { return one_tile(g, 3); }
static weft_tensor *winograd_5(weft_graph *g) { return one_tile(g, 5); }
/* The last weight alone: its shares in a direction are 0, -1/6, -1/6, 1/6, 1/6, 1; of five, 4/6 for 1/6. */
#define S (1.0 / 6)
static weft_tensor *winograd_weights(weft_graph *g) {
  return weft_make_winograd_weights(REALS(g, weft_shape_of(3, 3, 1, 1), 0, 0, 0, 0, 0, 0, 0, 0, 1),
                                    weft_shape_of(1, 36, 1, 1));
}
#define OF_FIVE(s) 0, -S *(s), -S *(s), 4 * S *(s), 4 * S *(s), s
static weft_tensor *winograd_weights_5(weft_graph *g) {
  float w[25] = {[24] = 1};
  return weft_make_winograd_weights(weft_data(g, WEFT_F32, weft_shape_of(5, 5, 1, 1), w), weft_shape_of(1, 36, 1, 1));
}
/* The only tile is the second part's. */
static weft_tensor *of_image_and_dy(weft_graph *g, const int64_t *options) {
  weft_tensor *x = REALS(g, weft_shape_of(1, 2, 2, 1), 1, 2, 3, 4),
              *dy = REALS(g, weft_shape_of(1, 2, 2, 1), 1, 0, 0, 10);
  return weft_make_winograd(WEFT_OP_WINOGRAD_DW, x, dy, options, weft_shape_of(2, 1, 1, 3, 3));
}
static weft_tensor *winograd_dw(weft_graph *g) { return of_image_and_dy(g, (int64_t[]){1, 1, 3, 1, 1}); }
/* Four tiles of one pixel, of which the weight in the middle alone sees any. */
static weft_tensor *winograd_dw_dilated(weft_graph *g) { return of_image_and_dy(g, (int64_t[]){2, 2, 3, 2, 2}); }

/* One patch, the image in its corner. */
static weft_tensor *winograd_pixels(weft_graph *g) {
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_PIXELS, REALS(g, weft_shape_of(1, 2, 2, 1), 1, 2, 3, 4), TAPS(3),
                                      weft_shape_of(36, 1, 1, 1, 1));
}
/* A patch for each column. */
static weft_tensor *winograd_pixels_dilated(weft_graph *g) {
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_PIXELS, REALS(g, weft_shape_of(1, 2, 2, 1), 1, 2, 3, 4),
                                      (int64_t[]){1, 2, 5, 0, 0}, weft_shape_of(36, 2, 1, 1, 1));
}
/* Place (1, 3), whose shares are 1 in each row, and 1, 2, 4, 8 in the columns; place (5, 5) belongs to the last result
 * of a tile. */
static weft_tensor *results(weft_graph *g, int taps, weft_shape shape) {
  float m[36] = {[9] = 1, [35] = 5};
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_RESULTS,
                                      weft_data(g, WEFT_F32, weft_shape_of(36, 1, 1, 1, 1), m), TAPS(taps), shape);
}
static weft_tensor *winograd_results(weft_graph *g) { return results(g, 3, weft_shape_of(1, 2, 3, 1)); }
static weft_tensor *winograd_results_5(weft_graph *g) { return results(g, 5, weft_shape_of(1, 2, 2, 1)); }
static weft_tensor *results_dx(weft_graph *g, int taps) {
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_RESULTS_DX, REALS(g, weft_shape_of(1, 2, 1, 1), 1, 10),
                                      TAPS(taps), weft_shape_of(36, 1, 1, 1, 1));
}
static weft_tensor *winograd_results_dx(weft_graph *g) { return results_dx(g, 3); }
static weft_tensor *winograd_results_dx_5(weft_graph *g) { return results_dx(g, 5); }
/* Places (0, 0), (0, 5) and (5, 5) in two parts: shares 1/16, 1/4 and 1 of one weight each. */
static weft_tensor *weights_dx(weft_graph *g, int taps) {
  float u[72] = {[0] = 1, [1] = 2, [10] = 8, [70] = 3, [71] = 4};
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_WEIGHTS_DX,
                                      weft_data(g, WEFT_F32, weft_shape_of(36, 2, 1, 1), u), NULL,
                                      weft_shape_of(1, 1, taps, taps));
}
static weft_tensor *winograd_weights_dx(weft_graph *g) { return weights_dx(g, 3); }
static weft_tensor *winograd_weights_dx_5(weft_graph *g) { return weights_dx(g, 5); }

/* Blocks of one number, 1 2 and 3 4: a11 + a22, a21 + a22, a11, a22, a11 + a12, a21 - a11, a12 - a22; of the right
 * operand b11 + b22, b11, b12 - b22, b21 - b11, b22, b11 + b12, b21 + b22. */
static weft_tensor *strassen_left(weft_graph *g) {
  return weft_make_strassen_sums(REALS(g, weft_shape_of(2, 2), 1, 2, 3, 4), 1, 0, weft_shape_of(7, 1, 1));
}
static weft_tensor *strassen_right(weft_graph *g) {
  return weft_make_strassen_sums(REALS(g, weft_shape_of(2, 4), 1, 10, 2, 20, 3, 30, 4, 40), 1, 1,
                                 weft_shape_of(7, 2, 1, 1));
}
static weft_tensor *strassen_results(weft_graph *g) {
  weft_tensor *m = REALS(g, weft_shape_of(7, 1, 1), 1, 2, 4, 8, 16, 32, 64);
  return weft_make_strassen_results(m, REALS(g, weft_shape_of(2, 1), 7, 9), 1, weft_shape_of(2, 3));
}

/* ---- effects ---- */

static weft_tensor *copy(weft_graph *g) { return weft_make_copy(two_by_three(g)); }
static weft_tensor *detach(weft_graph *g) { return weft_detach(two_by_three(g)); }
static weft_tensor *assign(weft_graph *g) { return weft_assign(weft_state(g, "s", WEFT_F32, 2, 3), two_by_three(g)); }
static weft_tensor *after(weft_graph *g) {
  weft_tensor *effect = weft_assign(weft_state(g, "s", WEFT_I32, 1), WHOLES(g, weft_shape_of(1), 1));
  return weft_after(two_by_three(g), &effect, 1);
}

static const row_case cases[] = {
    {WEFT_OP_DATA, reals, 3, {0.5, -INFINITY, 3}},
    {WEFT_OP_DATA, wholes, 2, {INT32_MIN, 7}},
    {WEFT_OP_CONST, real_const, 2, {0.25, 0.25}},
    {WEFT_OP_CONST, whole_const, 2, {-3, -3}},
    {WEFT_OP_IOTA, iota_0, 6, {0, 0, 0, 1, 1, 1}},
    {WEFT_OP_IOTA, iota_1, 6, {0, 1, 2, 0, 1, 2}},
    {WEFT_OP_RESHAPE, reshape, 6, {1, 2, 3, 4, 5, 6}},
    {WEFT_OP_PERMUTE, permute, 12, {0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11}},
    {WEFT_OP_EXPAND, expand, 6, {1, 1, 1, 2, 2, 2}},
    {WEFT_OP_SLICE, slice, 2, {4, 6}},
    {WEFT_OP_PAD, pad, 12, {9, 9, 9, 9, 1, 9, 2, 9, 3, 9, 4, 9}},
    {WEFT_OP_PAD, pad_wholes, 4, {-1, 1, 2, -1}},
    {WEFT_OP_FLIP, flip, 6, {3, 2, 1, 6, 5, 4}},
    {WEFT_OP_WINDOW, window, 6, {0, 2, 4, 2, 4, 6}},
    {WEFT_OP_WINDOW, window_2d, 8, {1, 2, 4, 5, 2, 3, 5, 6}},
    {WEFT_OP_CONCAT, concat, 10, {1, 1, 2, 3, 8, 2, 4, 5, 6, 9}},
    {WEFT_OP_FOLD, fold, 3, {1, 32, 40}},
    {WEFT_OP_FOLD, fold_gaps, 5, {5, 0, 0, 6, 0}},
    {WEFT_OP_REDUCE_SUM, sum, 3, {5, 7, 9}},
    {WEFT_OP_REDUCE_SUM, sum_wraps, 1, {1}},
    {WEFT_OP_REDUCE_SUM, sum_outer, 3, {14, 22, 30}},
    {WEFT_OP_REDUCE_PROD, prod, 2, {6, 120}},
    {WEFT_OP_REDUCE_PROD, prod_wraps, 1, {131073}},
    {WEFT_OP_REDUCE_MAX, max, 2, {7, -5}},
    {WEFT_OP_REDUCE_MAX, max_nan, 1, {NAN}},
    {WEFT_OP_REDUCE_MAX, max_wholes, 1, {INT32_MIN}},
    {WEFT_OP_REDUCE_MIN, min, 2, {-1, -9}},
    {WEFT_OP_ARGMAX, argmax, 2, {1, 0}},
    {WEFT_OP_ARGMAX, argmax_lowest, 1, {0}},
    {WEFT_OP_ARGMIN, argmin, 2, {0, 1}},
    {WEFT_OP_ARGMIN, argmin_all, 1, {5}},
    {WEFT_OP_MATMUL, matmul, 4, {22, 28, 49, 64}},
    {WEFT_OP_MATMUL, matmul_batch, 2, {21, 43}},
    {WEFT_OP_CONV, conv, 4, {37, 47, 67, 77}},
    {WEFT_OP_CONV, conv_dilated, 1, {64}},
    {WEFT_OP_CONV, conv_groups, 2, {201, 4030}},
    {WEFT_OP_CONV_DX, conv_dx, 9, {1, 2, 0, 13, 24, 0, 30, 40, 0}},
    {WEFT_OP_CONV_DW, conv_dw, 4, {51, 62, 84, 95}},
    {WEFT_OP_DOT, dot, 4, {22, 28, 49, 64}},
    {WEFT_OP_DOT, dot_packed, 3, {41, 52, 63}},
    {WEFT_OP_WINOGRAD_WEIGHTS, winograd_weights, 36, {0,     0,     0,     0,    0,    0,    0,     S *S,  S *S,
                                                      -S *S, -S *S, -S,    0,    S *S, S *S, -S *S, -S *S, -S,
                                                      0,     -S *S, -S *S, S *S, S *S, S,    0,     -S *S, -S *S,
                                                      S *S,  S *S,  S,     0,    -S,   -S,   S,     S,     1}},
    {WEFT_OP_WINOGRAD_WEIGHTS,
     winograd_weights_5,
     36,
     {OF_FIVE(0.0), OF_FIVE(-S), OF_FIVE(-S), OF_FIVE(4 * S), OF_FIVE(4 * S), OF_FIVE(1.0)}},
    {WEFT_OP_WINOGRAD, winograd, 8, {16, 64, 0, 64, 0, 64, 0, 64}},
    {WEFT_OP_WINOGRAD, winograd_5, 8, {16, 64, 0, 64, 0, 64, 0, 64}},
    {WEFT_OP_WINOGRAD_DW, winograd_dw, 18, {0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 20, 0, 30, 41, 2, 0, 3, 4}},
    {WEFT_OP_WINOGRAD_DW, winograd_dw_dilated, 18, {[4] = 1, [13] = 40}},
    {WEFT_OP_WINOGRAD_PIXELS, winograd_pixels, 36, {16, -32, 32, -16, 16, 32, -48, 64,  -64, 32,  -32, -64,
                                                    48, -64, 64, -32, 32, 64, -24, 32,  -32, 16,  -16, -32,
                                                    24, -32, 32, -16, 16, 32, 48,  -64, 64,  -32, 32,  64}},
    {WEFT_OP_WINOGRAD_PIXELS,
     winograd_pixels_dilated,
     72,
     {[0] = 16, 32, [12] = -48, -64, [24] = 48, 64, [36] = -24, -32, [48] = 24, 32, [60] = 48, 64}},
    {WEFT_OP_WINOGRAD_RESULTS, winograd_results, 6, {1, 2, 4, 1, 2, 4}},
    {WEFT_OP_WINOGRAD_RESULTS, winograd_results_5, 4, {1, 2, 1, 7}},
    {WEFT_OP_WINOGRAD_RESULTS_DX, winograd_results_dx, 36, {1,   1,   1,   1,   1,   0, 11, 11, 11, 11, 11, 0,
                                                            -9,  -9,  -9,  -9,  -9,  0, 21, 21, 21, 21, 21, 0,
                                                            -19, -19, -19, -19, -19, 0, 0,  0,  0,  0,  0,  0}},
    {WEFT_OP_WINOGRAD_RESULTS_DX, winograd_results_dx_5, 36, {1,   1,   1,   1,   1,   0, 11, 11, 11, 11, 11, 0,
                                                              -9,  -9,  -9,  -9,  -9,  0, 21, 21, 21, 21, 21, 0,
                                                              -19, -19, -19, -19, -19, 0, 10, 10, 10, 10, 10, 0}},
    {WEFT_OP_WINOGRAD_WEIGHTS_DX, winograd_weights_dx, 9, {0.1875, 0, 2, 0, 0, 0, 0, 0, 7}},
    {WEFT_OP_WINOGRAD_WEIGHTS_DX, winograd_weights_dx_5, 25, {[0] = 0.1875, [4] = 2, [24] = 7}},
    {WEFT_OP_STRASSEN_SUMS, strassen_left, 7, {5, 7, 1, 4, 3, 2, -2}},
    {WEFT_OP_STRASSEN_SUMS, strassen_right, 14, {5, 50, 1, 10, -2, -20, 2, 20, 4, 40, 3, 30, 7, 70}},
    {WEFT_OP_STRASSEN_RESULTS, strassen_results, 6, {1 + 8 - 16 + 64, 4 + 16, 7, 2 + 8, 1 - 2 + 4 + 32, 9}},
    {WEFT_OP_GROUPED, grouped, 16, {0, 1, 0, 4, 1, 10, 7, 30, 0, 5, 0, 8, 5, 50, 15, 70}},
    {WEFT_OP_GROUPED_DW, grouped_dw, 8, {0, 0, 10, 200, 1000, 20000, 3000, 40000}},
    {WEFT_OP_ATTENTION, attention, 2, {1, 2}},
    {WEFT_OP_ATTENTION_LOG, attention_log, 2, {0, 0.693147180559945309}},
    {WEFT_OP_ATTENTION_DQ, attention_dq, 2, {0, 10}},
    {WEFT_OP_ATTENTION_DK, attention_dk, 2, {-20, 20}},
    {WEFT_OP_ATTENTION_DV, attention_dv, 2, {20, 10}},
    {WEFT_OP_GATHER, gather, 6, {4, 0, 3, 0, 5, 3}},
    {WEFT_OP_SCATTER_ADD, scatter_add, 4, {3, 3, 0, 6}},
    {WEFT_OP_SCATTER_ADD, scatter_wraps, 3, {7, INT32_MIN + 1, 0}},
    {WEFT_OP_COPY, copy, 6, {1, 2, 3, 4, 5, 6}},
    {WEFT_OP_DETACH, detach, 6, {1, 2, 3, 4, 5, 6}},
    {WEFT_OP_ASSIGN, assign, 6, {1, 2, 3, 4, 5, 6}},
    {WEFT_OP_AFTER, after, 6, {1, 2, 3, 4, 5, 6}},
};

Test(rows, worked_examples) {
  int seen[WEFT_OP_COUNT] = {0};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *y = cases[i].build(g);
    cr_assert_not_null(y, "%s: %s", weft_ops[cases[i].op].name, weft_graph_message(g));
    cr_assert_eq(y->op, cases[i].op, "the case of %s builds %s", weft_ops[cases[i].op].name, weft_ops[y->op].name);
    expect_values(y, cases[i].values, (size_t)cases[i].n, 1e-12, weft_ops[y->op].name);
    seen[y->op] = 1;
    weft_graph_destroy(g);
  }
  for (int op = 0; op < WEFT_OP_COUNT; op++) {
    int is_random = op == WEFT_OP_UNIFORM || op == WEFT_OP_NORMAL, /* below */
        is_given = op == WEFT_OP_INPUT || op == WEFT_OP_PARAM || op == WEFT_OP_STATE;
    if (weft_ops[op].kind != W_SCALAR && !is_random && !is_given)
      cr_expect(seen[op], "%s has no worked example", weft_ops[op].name);
  }
}

/* ---- random numbers ---- */

/* Uniform numbers are the generator's words, exactly; the moments are within four standard deviations. */
Test(rows, random_numbers) {
  weft_arena arena = {0};
  weft_graph *g = weft_graph_create(NULL, NULL);
  const int n = 2000;
  const double *u = values_of(&arena, random_node(g, WEFT_OP_UNIFORM, 3));
  const double *later = values_of(&arena, random_node(g, WEFT_OP_UNIFORM, 4));
  const double *z = values_of(&arena, random_node(g, WEFT_OP_NORMAL, 3));
  double mean = 0, mean_z = 0, square_z = 0;
  int equal = 0;
  for (int i = 0; i < n; i++) {
    cr_assert_eq(u[i], (double)(weft_philox_word(UINT64_C(0x123456789abcdef), 3, (uint64_t)i) >> 8) / 16777216.0);
    cr_assert(isfinite(z[i]));
    mean += u[i] / n;
    mean_z += z[i] / n;
    square_z += z[i] * z[i] / n;
    equal += u[i] == later[i];
  }
  cr_expect(fabs(mean - 0.5) < 4 * sqrt(1.0 / 12 / n), "mean %g", mean);
  cr_expect(fabs(mean_z) < 4 / sqrt(n), "mean %g", mean_z);
  cr_expect(fabs(square_z - 1) < 4 * sqrt(2.0 / n), "mean square %g", square_z);
  cr_expect_lt(equal, 5, "another counter gives other numbers");
  weft_graph_destroy(g);
  weft_arena_free(&arena);
}
