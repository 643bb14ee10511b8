/* attention.c -- writes attention in full where no kernel serves it: as products and softmax, which every device has.
 *
 * The kernels are for CPUs through OpenCL (src/lower/attention.c). A few queries alone leave their vectors empty, and
 * wide heads do not fit into what a work-item keeps; both are products like any others. */
#include "passes/pass.h"

enum { FEW_QUERIES = 4, MOST_WIDTH = 256 };

static int has_kernel(const weft_tensor *node, const weft_pass_target *target) {
  if (target->device_class != WEFT_CLASS_CPU || target->glsl) return 0;
  weft_shape q = node->in[0]->shape;
  if (q.dims[q.rank - 2] < FEW_QUERIES || q.dims[q.rank - 1] > MOST_WIDTH) return 0;
  return node->n_in < 3 || node->in[2]->shape.dims[q.rank - 1] <= MOST_WIDTH;
}

static weft_tensor *expand(void *user, weft_tensor *node, weft_tensor *const *in) {
  if (!weft_is_attention(node->op) || has_kernel(node, user)) return weft_node_with_inputs(node, in);
  return weft_attention_in_full(node, in);
}

weft_status weft_pass_attention(weft_tensor **roots, size_t n_roots, const weft_pass_target *target,
                                weft_error *error) {
  weft_pass_target copy = *target;
  return weft_rewrite(roots, n_roots, expand, &copy, error);
}
