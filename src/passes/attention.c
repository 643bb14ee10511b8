/* attention.c -- writes attention in full where no kernel serves it: as products and softmax, which every device has.
 *
 * The kernels (src/lower/attention.c) are for GPUs, and for CPUs through OpenCL. A few queries alone leave their
 * vectors empty, and wide heads do not fit into what a work-item or a work-group keeps; both are products like any
 * others. */
#include "passes/pass.h"

enum { FEW_QUERIES = 4, MOST_WIDTH = 256 };

static int has_kernel(const weft_tensor *node, const weft_pass_target *target) {
  const weft_attention_sizes z = weft_attention_sizes_of(node);
  if (z.t < FEW_QUERIES) return 0;
  if (target->device_class == WEFT_CLASS_GPU)
    return weft_attention_tile_for(&z, target->local_memory, target->max_group, 0) != NULL;
  return !target->glsl && z.d <= MOST_WIDTH && z.e <= MOST_WIDTH;
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
