/* rules.h -- what the passes share: constants, views in their normal form, and which reductions make rows. */
#ifndef WEFT_PASSES_RULES_H
#define WEFT_PASSES_RULES_H
#include "graph/graph.h"

/* ---- rules.c ---- */

int weft_is_const(const weft_tensor *x);
/* Whether x is a const of this value; -0 counts as 0. */
int weft_is_value(const weft_tensor *x, double value);
/* A const of x's dtype and shape. */
weft_tensor *weft_value_like(weft_tensor *x, double value);
/* Whether two shapes are the same but for dims of size 1. */
int weft_same_but_ones(weft_shape a, weft_shape b);
/* Whether a permute of the shape moves dims of size 1 alone, so that it is a reshape. */
int weft_moves_ones_only(weft_shape shape, const int64_t *axes);
/* The permute that undoes `axes`. */
void weft_inverse_axes(int rank, const int64_t *axes, int64_t *out_axes);
/* The mask of the dims of x that an expand repeats. */
uint32_t weft_expanded_dims(const weft_tensor *expand);
/* Whether the dims of the mask (those of size 1 left out) stand behind all others of the shape. */
int weft_is_trailing(weft_shape shape, uint32_t mask);
/* The shape with the dims of the mask at 1. */
weft_shape weft_kept_shape(weft_shape shape, uint32_t mask);

/* Views in their normal form: a view of the same kind beneath is taken in, a permute that moves dims of size 1 alone
 * is a reshape, views of constants and counters are constants and counters. */
weft_tensor *weft_view_reshape(weft_tensor *x, weft_shape shape);
weft_tensor *weft_view_permute(weft_tensor *x, const int64_t *axes);

/* Reductions over trailing dims whose result is expanded back to the shape reduced (softmax, norms): one row kernel
 * will hold them together with what they follow and what follows them. rows[id] is the mask of such a reduction, and of
 * every elementwise node over the same rows; 0 for all others. The array has `*out_count` entries, from the arena;
 * NULL when memory is short. */
uint32_t *weft_find_rows(weft_arena *arena, weft_tensor *const *roots, size_t n_roots, size_t *out_count);

/* ---- fold.c, algebra.c, views.c, convolve.c, factors.c: one step of rewriting; the node itself when no rule applies,
 * NULL after a failure */

weft_tensor *weft_fold_node(weft_tensor *node);
weft_tensor *weft_simplify_scalar(weft_tensor *node);
weft_tensor *weft_simplify_view(weft_tensor *node);
weft_tensor *weft_simplify_reduce(weft_tensor *node);
weft_tensor *weft_simplify_sum(weft_tensor *node);
/* Weights (R, S, C / groups, OC) turned round, to (R, S, OC / groups, C). */
weft_tensor *weft_turned_weights(weft_tensor *w, int64_t groups);
weft_tensor *weft_simplify_conv_dx(weft_tensor *node);
weft_tensor *weft_slice_of_conv(weft_tensor *slice);
/* fold without overlap, as views. */
weft_tensor *weft_simplify_fold(weft_tensor *node);
#endif
