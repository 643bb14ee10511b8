/* attention.c -- writes attention in full where no kernel serves it: as products and softmax, which every device has.
 *
 * The kernels (src/lower/attention.c) are for GPUs, and for CPUs through OpenCL. A few queries alone leave their
 * vectors empty, and wide heads do not fit into what a work-item or a work-group keeps; both are products like any
 * others. */
#include "base/attention.h"
#include "passes/pass.h"

enum { FEW_QUERIES = 4, MOST_WIDTH = 256 };

static int has_kernel(const weft_tensor *node, const weft_pass_target *target) {
  weft_shape q = node->in[0]->shape;
  int64_t d = q.dims[q.rank - 1], e = node->n_in > 2 ? node->in[2]->shape.dims[q.rank - 1] : 1;
  if (q.dims[q.rank - 2] < FEW_QUERIES) return 0;
  if (target->device_class == WEFT_CLASS_GPU)
    return weft_attention_tile_for(node->n_in == 6, d, e, target->local_memory, target->max_group) != NULL;
  return !target->glsl && d <= MOST_WIDTH && e <= MOST_WIDTH;
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
