/* graph.h -- nodes of the graph: immutable, hash-consed, in the graph's arena, numbered in topological order. */
#ifndef WEFT_GRAPH_GRAPH_H
#define WEFT_GRAPH_GRAPH_H
#include "base/arena.h"
#include "base/attention.h"
#include "base/error.h"
#include "base/shape.h"
#include <weft/ops.h>
#include <weft/weft.h>

/* ---- the op table ---- */

typedef enum weft_op {
#define SCALAR(NAME, name, arity, types, expr, ga, gb, gc, low, high, tolerance, doc) WEFT_OP_##NAME,
#include "graph/scalar.def"
#undef SCALAR
#define OP(NAME, name, kind, arity, attributes, doc) WEFT_OP_##NAME,
#include "graph/ops.def"
#undef OP
  WEFT_OP_COUNT
} weft_op;

typedef enum weft_op_kind { W_SCALAR, W_LEAF, W_MAKE, W_VIEW, W_REDUCE, W_HEAVY, W_INDEX, W_EFFECT } weft_op_kind;
typedef enum weft_op_types { W_F, W_N, W_I, W_CMP, W_SEL, W_TOF, W_TOI } weft_op_types;
#define W_ANY (-1)

typedef struct weft_op_info {
  const char *name; /* "add", "reduce_sum" */
  weft_op_kind kind;
  int arity;              /* W_ANY: one or more */
  weft_op_types types;    /* scalar rows */
  const char *attributes; /* other rows: see ops.def */
  const char *expression; /* scalar rows: the formula as text */
  double low, high, tolerance;
  const char *doc;
} weft_op_info;

extern const weft_op_info weft_ops[WEFT_OP_COUNT];

/* ---- nodes ---- */

#define WEFT_MAX_ATTRS 24

/* What a node is made of: handed to weft_node(), which checks, infers and hash-conses. */
typedef struct weft_node_spec {
  weft_graph *graph;
  weft_op op;
  weft_dtype dtype; /* set by inference, save for leaves and const */
  weft_shape shape; /* set by inference where inputs and attributes decide it; given for leaves, makes, reshape, expand,
                       slice, pad, fold, conv_dx, conv_dw, dot, winograd.., grouped.., scatter_add */
  int n_in;
  weft_tensor *const *in;
  int n_attr;
  int64_t attr[WEFT_MAX_ATTRS];
  double value;     /* const, pad */
  const char *name; /* input, param, state */
  const void *data; /* data: the array */
} weft_node_spec;

/* A node. Read by every layer, written by weft_node() alone. */
struct weft_tensor {
  weft_graph *graph;
  uint32_t id; /* inputs have smaller ids */
  weft_op op;
  weft_dtype dtype;
  weft_shape shape;
  int n_in;
  weft_tensor **in;
  int n_attr;
  const int64_t *attr;
  double value;
  const char *name; /* "" when it has none */
  const void *data;
  uint64_t hash;
  weft_tensor *chain;           /* next in the hash bucket */
  struct weft_storage *storage; /* leaves: their memory, owned by schedule/ */
};

struct weft_program_list; /* schedule/ */

/* What is chosen before there are kernels (passes/pass.h). */
typedef enum weft_form_kind {
  WEFT_FORM_CONVOLUTION,
  WEFT_FORM_PRODUCT,
  WEFT_FORM_LEVELS,
  WEFT_FORM_ATTENTION,
  WEFT_FORM_KINDS
} weft_form_kind;

struct weft_graph {
  weft_arena arena;
  weft_error error;
  weft_device *device;
  uint64_t seed;
  uint32_t next_id;
  uint32_t next_random;  /* keys of random ops and initialisers */
  weft_tensor **buckets; /* malloc'ed hash table */
  size_t n_buckets, n_nodes;
  weft_tensor **leaves; /* malloc'ed: inputs, params, states in order of creation */
  size_t n_leaves;
  int forms[WEFT_FORM_KINDS]; /* the candidate that is taken, plus 1, to be measured; 0: the fastest */
  uint64_t changes;           /* so often params or states were written, by weft_write or by programs that assign */
  weft_program *programs;     /* list, owned; freed through hooks by weft_graph_free in api.c */
};

/* An empty graph, failed from the start when `initial` holds a failure (NULL: none). NULL: out of memory. */
weft_graph *weft_graph_create(weft_device *device, const weft_error *initial);
/* Frees the nodes, tables and the graph itself; programs and storage are released before. NULL is allowed. */
void weft_graph_destroy(weft_graph *graph);
/* The key of a further random stream: the graph's seed and next_random, mixed; next_random moves on. */
uint64_t weft_graph_random_key(weft_graph *graph);

/* Builds (or finds) a node: validates arity, dtypes and attributes through the row's inference. A failure is kept in
 * the graph; NULL inputs after a failure pass silently. */
weft_tensor *weft_node(const weft_node_spec *spec);
/* The same op and attributes over other inputs (passes, autodiff); re-infers the shape where inputs decide it. */
weft_tensor *weft_node_with_inputs(weft_tensor *node, weft_tensor *const *in);
/* Keeps a failure in the graph: "matmul: inner sizes differ: x (100,784), w (748,10)". Returns NULL, for builders. */
weft_tensor *weft_graph_fail(weft_graph *graph, weft_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "x (100,784)" into the buffer, cut where it does not fit; "add#12 (100,10)" where there is no name. */
const char *weft_describe_tensor(const weft_tensor *tensor, char *buffer, size_t size);

/* ---- direct builders: one node each, no broadcasting (shapes must agree already) ---- */

weft_tensor *weft_make_scalar(weft_op op, weft_tensor *a, weft_tensor *b, weft_tensor *c); /* b, c NULL by arity */
weft_tensor *weft_make_const(weft_graph *graph, weft_dtype dtype, weft_shape shape, double value);
weft_tensor *weft_make_iota(weft_graph *graph, weft_shape shape, int axis);
weft_tensor *weft_make_reshape(weft_tensor *x, weft_shape shape);
weft_tensor *weft_make_permute(weft_tensor *x, const int64_t *axes);
weft_tensor *weft_make_expand(weft_tensor *x, weft_shape shape);
weft_tensor *weft_make_slice(weft_tensor *x, const int64_t *start, const int64_t *step, const int64_t *size);
weft_tensor *weft_make_pad(weft_tensor *x, const int64_t *lo, const int64_t *interior, weft_shape shape, double value);
weft_tensor *weft_make_flip(weft_tensor *x, const int64_t *flags);
weft_tensor *weft_make_window(weft_tensor *x, const int64_t *size, const int64_t *stride, const int64_t *dilation);
weft_tensor *weft_make_fold(weft_tensor *y, weft_shape shape, const int64_t *size, const int64_t *stride,
                            const int64_t *dilation);
weft_tensor *weft_make_reduce(weft_op op, weft_tensor *x, uint32_t mask); /* keeps reduced dims as 1 */
weft_tensor *weft_make_matmul(weft_tensor *a, weft_tensor *b);
weft_tensor *weft_make_conv(weft_op op, weft_tensor *a, weft_tensor *b, const int64_t options[5], weft_shape shape);
weft_tensor *weft_make_dot(weft_tensor *a, weft_tensor *b, int nb, int nm, int nk, int nn, int panel, weft_shape shape);
weft_tensor *weft_make_winograd_weights(weft_tensor *w, weft_shape shape);
/* One of WEFT_OP_WINOGRAD_PIXELS, _RESULTS, _RESULTS_DX and _WEIGHTS_DX. options are base/winograd.h's: the first reads
 * all of them, the last none, the others those of tiles. */
weft_tensor *weft_make_winograd_transform(weft_op op, weft_tensor *x, const int64_t *options, weft_shape shape);
/* WEFT_OP_WINOGRAD of x and u, WEFT_OP_WINOGRAD_DW of x and dy. */
weft_tensor *weft_make_winograd(weft_op op, weft_tensor *x, weft_tensor *other, const int64_t *options,
                                weft_shape shape);
/* An operand of a product with its blocks summed for Strassen's products; the product from these and, where it has more
 * columns, the rest of them (else NULL). */
weft_tensor *weft_make_strassen_sums(weft_tensor *x, int levels, int is_right, weft_shape shape);
weft_tensor *weft_make_strassen_results(weft_tensor *products, weft_tensor *rest, int levels, weft_shape shape);
/* WEFT_OP_GROUPED of x and w, WEFT_OP_GROUPED_DW of x and dy; options as a convolution's, expand is read by the first
 * alone. */
weft_tensor *weft_make_grouped(weft_op op, weft_tensor *x, weft_tensor *other, const int64_t options[5],
                               const int64_t pad[2], const int64_t expand[2], weft_shape shape);
/* One of the ops of attention; scale is what products of q and k are multiplied by. */
weft_tensor *weft_make_attention(weft_op op, weft_tensor *const *in, int n_in, int causal, double scale);
/* What such a node is over the inputs given, in products and softmax: for devices without a kernel for it, and for
 * gradients of gradients. y and l are not read: they are made again. */
weft_tensor *weft_attention_in_full(const weft_tensor *node, weft_tensor *const *in);
/* Whether two ops of attention come from the same scores: both of the same operands, or both gradients of the same. */
int weft_is_same_attention(const weft_tensor *a, const weft_tensor *b);
/* What an op of attention's kernel is chosen by; which results it makes is left 0. */
weft_attention_sizes weft_attention_sizes_of(const weft_tensor *core);
static inline int weft_is_winograd(weft_op op) {
  return op >= WEFT_OP_WINOGRAD_WEIGHTS && op <= WEFT_OP_WINOGRAD_WEIGHTS_DX;
}
static inline int weft_is_strassen(weft_op op) {
  return op == WEFT_OP_STRASSEN_SUMS || op == WEFT_OP_STRASSEN_RESULTS;
}
static inline int weft_is_grouped(weft_op op) { return op == WEFT_OP_GROUPED || op == WEFT_OP_GROUPED_DW; }
static inline int weft_is_attention(weft_op op) { return op >= WEFT_OP_ATTENTION && op <= WEFT_OP_ATTENTION_DV; }
weft_tensor *weft_make_gather(weft_tensor *x, weft_tensor *index, int axis);
weft_tensor *weft_make_scatter_add(weft_tensor *x, weft_tensor *index, int axis, weft_shape shape);
weft_tensor *weft_make_copy(weft_tensor *x);

/* Broadcasts x to the shape as NumPy does (reshape + expand); NULL and an error naming op when it cannot. */
weft_tensor *weft_broadcast_to(weft_tensor *x, weft_shape shape, const char *op);

/* ---- walking ---- */

/* All nodes that the roots depend on, inputs before users (ascending id). Array from the arena; NULL out of memory. */
weft_tensor **weft_graph_order(weft_arena *arena, weft_tensor *const *roots, size_t n_roots, size_t *out_count);
/* Row-major strides in elements. */
void weft_shape_strides(weft_shape shape, int64_t *out_strides);
int weft_shape_equal(weft_shape a, weft_shape b);

/* Where a chain of views reads: element index of base = offset + sum stride[d] * i[d], over the view's own dims.
 * Follows reshape (where strides allow), permute, expand, slice, flip and window down from `view`; stops at anything
 * else. Returns 1 and the base that can be reached with an affine index; 0 when `view` is itself not affine over any
 * other node (base = view with its own row-major strides is still given). */
int weft_view_affine(weft_tensor *view, weft_tensor **out_base, int64_t *out_offset, int64_t *out_strides);
/* That base alone. */
weft_tensor *weft_view_base(weft_tensor *view);
/* The views that lead from `view` down to `base` over another tensor of base's shape, in the graph of that. */
weft_tensor *weft_view_over(weft_tensor *view, const weft_tensor *base, weft_tensor *other);
/* The other way: where an element of `part` stands in the memory of `whole`, which copies, reshapes, permutes and
 * concats make of it, as far as strides can tell; 0 where they cannot, or it is no part. */
int weft_place_in(const weft_tensor *whole, const weft_tensor *part, int64_t *out_offset, int64_t *out_strides);

/* Checks every invariant of the nodes that the roots depend on (shapes re-inferred, ids ordered). */
weft_status weft_graph_validate(weft_tensor *const *roots, size_t n_roots, weft_error *error);
#endif
