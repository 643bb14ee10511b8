/* conformance.h -- the conformance suite: graphs of every row of the op table, and of what users build of them, whose
 * values and gradients every device must have in common with the reference. */
#ifndef WEFT_TESTS_CONFORMANCE_H
#define WEFT_TESTS_CONFORMANCE_H
#include "graph/graph.h"
#include <weft/ops.h>

enum { MOST_LEAVES = 6, MOST_CASES = 400 };

/* Where a case is built: the leaves get names of their own and numbers of low..high. */
typedef struct bench {
  weft_graph *graph;
  int number; /* of the case */
  double low, high;
  int variant; /* free for the case: which of several shapes or options */
  int n_leaves;
  weft_tensor *leaves[MOST_LEAVES];
} bench;

typedef weft_tensor *build_case(bench *b);

typedef struct conformance_case {
  char name[48];
  build_case *build;
  int variant;
  double low, high;
  double tolerance; /* of a value v: tolerance (1 + |v|); 0: the same bits */
} conformance_case;

/* A trainable f32 leaf, an f32 input (what depends on none is computed once for all runs), or an i32 input of whole
 * numbers low..high. */
weft_tensor *real_leaf(bench *b, weft_shape shape);
weft_tensor *fed_leaf(bench *b, weft_shape shape);
weft_tensor *whole_leaf(bench *b, weft_shape shape);
/* An i32 input of 0..count-1. */
weft_tensor *class_leaf(bench *b, weft_shape shape, int count);

/* ---- families: each writes its cases, returns how many ---- */

typedef int list_cases(conformance_case *out);
list_cases list_scalar, list_views, list_reductions, list_products, list_attention, list_indices, list_composites;

/* ---- runner.c ---- */

/* Fails where a device differs from the reference in a value or a gradient of the family's cases. */
void check_family(const char *what, list_cases *list);
/* Marks the ops of everything that the family builds, gradients and their gradients included. */
void mark_ops(list_cases *list, unsigned char *seen);

/* Calls body(device, text) for OpenCL and Vulkan, each with the kernels for CPUs and for GPUs; says which are absent. */
typedef void device_body(weft_device *device, const char *where, void *user);
void on_devices(device_body *body, void *user);
#endif
