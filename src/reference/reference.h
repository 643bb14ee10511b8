/* reference.h -- the oracle: every op in plain C, in double precision and with naive loops.
 *
 * f32 tensors are held as double and never rounded to f32 on the way, so that an error of a device stands out and
 * finite differences have digits to work with; i32 tensors are int32_t and wrap. */
#ifndef WEFT_REFERENCE_REFERENCE_H
#define WEFT_REFERENCE_REFERENCE_H
#include "graph/graph.h"

/* The values of one tensor, row-major: f32 for WEFT_F32, i32 for WEFT_I32; the other pointer is not looked at. */
typedef struct weft_ref_array {
  weft_dtype dtype;
  int64_t size;
  double *f32;
  int32_t *i32;
} weft_ref_array;

/* Computes one node: in[i] holds the value of node->in[i], out has the node's dtype and size and its memory belongs to
 * the caller; what it holds before does not matter. Fails: an array does not fit its node, or the node is an input,
 * param or state, whose value comes from outside. */
weft_status weft_ref_eval(const weft_tensor *node, const weft_ref_array *in, weft_ref_array *out, weft_error *error);

/* Fills out (of the leaf's dtype and size, zero at first) with the value of an input, param or state. */
typedef weft_status weft_ref_leaf(void *user, weft_tensor *leaf, weft_ref_array *out);
/* Computes the roots and everything that they depend on; a value in between is freed after its last use. out_roots[i]
 * and its memory belong to the arena. leaf may be NULL where all such values are zero. */
weft_status weft_ref_eval_all(weft_arena *arena, weft_tensor *const *roots, size_t n, weft_ref_leaf *leaf, void *user,
                              weft_ref_array *out_roots, weft_error *error);

/* Values from outside by element: whether the node's elements are known to the user, and element `linear` of it. */
typedef int weft_ref_source(void *user, const weft_tensor *node, int64_t linear, double *out_value);
/* One element of a node, computed from those it needs. 0 where it cannot be had so: argmax, folds, scattered sums,
 * convolutions that are no contraction yet, leaves that the source does not know. */
int weft_ref_element(const weft_tensor *node, int64_t linear, weft_ref_source *source, void *user, double *out_value);
#endif
