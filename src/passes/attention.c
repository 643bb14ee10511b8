/* attention.c -- writes attention in full where no kernel serves it: as products and softmax, which every device has.
 *
 * The kernels (src/lower/attention.c) are for GPUs, and for CPUs through OpenCL. Wide heads do not fit into what a
 * work-item or a work-group keeps. A few queries alone leave the kernels' vectors empty, but how few depends on keys,
 * widths and what the products would be: that is estimated where it has not been measured. All ops of one attention,
 * its gradients among them, take the same form, since they share the rows' logarithms. */
#include "passes/pass.h"

enum { FEW_QUERIES = 4, MOST_WIDTH = 256 };
/* Scores that are written out to be measured, at most (256 MiB). */
enum { MOST_SCORES = 1 << 26 };

typedef struct forms {
  const weft_pass_target *target;
  weft_tensor **order;
  size_t n;
} forms;

static int has_kernel(const weft_attention_sizes *z, const weft_pass_target *target) {
  if (target->device_class == WEFT_CLASS_GPU)
    return weft_attention_tile_for(z, target->local_memory, target->max_group, 0) != NULL;
  return !target->glsl && z->d <= MOST_WIDTH && z->e <= MOST_WIDTH;
}

/* Whether both are of the same queries and keys, values not counted: logarithms have none. */
static int is_kin(const weft_tensor *a, const weft_tensor *b) {
  return weft_is_attention(b->op) && a->in[0] == b->in[0] && a->in[1] == b->in[1] && a->attr[0] == b->attr[0] &&
         a->value == b->value;
}

static int is_op_of_its_own(const forms *f, const weft_tensor *node) {
  const weft_attention_sizes z = weft_attention_sizes_of(node);
  int estimate = z.t >= FEW_QUERIES;
  weft_form form = {.kind = WEFT_FORM_ATTENTION,
                    .n = 2,
                    .candidates = {estimate, !estimate},
                    .attention = {.q = node->in[0]->shape, .s = z.s, .e = z.e, .causal = node->attr[0] != 0}};
  if (!has_kernel(&z, f->target)) return 0;
  for (size_t i = 0; i < f->n; i++) {
    const weft_tensor *kin = f->order[i];
    if (!is_kin(node, kin)) continue;
    if (kin->n_in == 6) form.attention.trains = 1;
    if (node->n_in == 2 && kin->n_in > 2) form.attention.e = kin->in[2]->shape.dims[kin->in[2]->shape.rank - 1];
  }
  return z.heads * z.t <= MOST_SCORES / z.s ? weft_form_of(f->target, &form) : estimate;
}

static weft_tensor *expand(void *user, weft_tensor *node, weft_tensor *const *in) {
  if (!weft_is_attention(node->op) || is_op_of_its_own(user, node)) return weft_node_with_inputs(node, in);
  return weft_attention_in_full(node, in);
}

weft_status weft_pass_attention(weft_tensor **roots, size_t n_roots, const weft_pass_target *target,
                                weft_error *error) {
  weft_arena arena = {0};
  forms f = {.target = target};
  f.order = weft_graph_order(&arena, roots, n_roots, &f.n);
  weft_status status = f.order ? weft_rewrite(roots, n_roots, expand, &f, error)
                               : weft_fail(error, WEFT_NO_MEMORY, "attention: out of memory");
  weft_arena_free(&arena);
  return status;
}
