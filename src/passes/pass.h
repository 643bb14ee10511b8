/* pass.h -- passes: each rewrites the graph of some results into another of the same values.
 *
 * A pass replaces the roots by new nodes of the same graph; the old ones stay, unused. Inputs, params and states are
 * never replaced, so the target of an assign stays the leaf; effects keep their inputs and their order, and one that
 * nothing reaches any more is gone. Values are kept up to the rounding of f32; passes.def says which pass does what. */
#ifndef WEFT_PASSES_PASS_H
#define WEFT_PASSES_PASS_H
#include "graph/graph.h"

/* ---- what is chosen before there are kernels ---- */

/* A convolution of stride 1 by square windows, or the gradient by its weights: directly (0) or by Winograd's algorithm
 * (1). */
typedef struct weft_form_convolution {
  int is_gradient, is_steady; /* weights are the same in all runs */
  int64_t taps, dilation[2], pad[2];
  weft_shape image, y; /* (N, H, W, C) without the border that stands `pad` in front of it; (N, OH, OW, OC) */
} weft_form_convolution;

/* a (batch.., m.., k..) x b (batch.., k.., n..) */
typedef struct weft_product {
  weft_tensor *a, *b;
  int nb, nm, nk, nn;
} weft_product;

/* A product whose sum is cut into so many parts; or one that is computed by so many levels of Strassen's algorithm. */
typedef struct weft_form_product {
  weft_product product; /* of views */
  int a_stays, b_stays; /* weights that are the same in all runs */
  int b_changes;        /* weights of few columns that each run changes, row by row */
} weft_form_product;

/* Attention in full, as products and softmax (0), or as an op of its own (1), with its gradients or without. */
typedef struct weft_form_attention {
  weft_shape q; /* (batch.., T, D) */
  int64_t s, e; /* keys; width of values */
  int causal, trains;
} weft_form_attention;

enum { WEFT_MOST_FORMS = 4 };

/* Which of the candidates is the fastest? The first, which is estimated to be, stays unless another is clearly so. */
typedef struct weft_form {
  weft_form_kind kind;
  int n, candidates[WEFT_MOST_FORMS]; /* not negative */
  union {
    weft_form_convolution convolution;
    weft_form_product product;
    weft_form_attention attention;
  };
} weft_form;

/* What a pass may know of the device. */
typedef struct weft_pass_target {
  weft_device_class device_class;
  int glsl;               /* 1: kernels are GLSL, 0: OpenCL C */
  int is_steady;          /* 1: nothing is assigned, so what params and states alone decide is computed once */
  uint32_t vector_width;  /* f32 lanes of one work-item; 0: unknown */
  uint32_t compute_units; /* 0: unknown */
  uint32_t local_memory;  /* bytes */
  uint32_t max_group;     /* work-items of a work-group */
  uint64_t max_binding;   /* bytes of a value that a kernel reads or writes; 0: unknown */
  int cuts_dots;          /* 1: dots are cut too, as a form of a product that is measured */
  /* The fastest candidate by measurement (schedule/forms.c); -1: is not known. NULL: nothing is. */
  int (*measured)(void *user, const weft_form *form);
  void *user;
} weft_pass_target;

/* Whether a kernel can bind a value of so many numbers. */
static inline int weft_can_bind(const weft_pass_target *target, double numbers) {
  return target->max_binding == 0 || numbers * sizeof(float) <= (double)target->max_binding;
}

/* What to take: as measured, or else the first candidate. */
static inline int weft_form_of(const weft_pass_target *target, const weft_form *form) {
  int measured = target->measured ? target->measured(target->user, form) : -1;
  return measured >= 0 ? measured : form->candidates[0];
}

typedef weft_status weft_pass_run(weft_tensor **roots, size_t n_roots, const weft_pass_target *target,
                                  weft_error *error);

typedef struct weft_pass {
  const char *name; /* as WEFT_SKIP names it */
  weft_pass_run *run;
  const char *doc;
} weft_pass;

enum {
#define PASS(name, function, doc) WEFT_PASS_##name,
#include "passes/passes.def"
#undef PASS
  WEFT_PASS_COUNT
};

/* The rows of passes.def, in the order in which they run. */
extern const weft_pass weft_passes[WEFT_PASS_COUNT];

weft_pass_run weft_pass_attention, weft_pass_fold, weft_pass_simplify, weft_pass_layout, weft_pass_sums,
    weft_pass_place, weft_pass_contract, weft_pass_gates, weft_pass_split;

/* ---- for passes ---- */

/* The replacement of a node whose inputs have been replaced by `in`; weft_node_with_inputs(node, in) leaves it alone.
 * NULL after a failure kept in the graph. */
typedef weft_tensor *weft_rewrite_fn(void *user, weft_tensor *node, weft_tensor *const *in);

/* Rewrites everything that the roots depend on, inputs before users and each node once, and replaces the roots.
 * Fails with the graph's error; the roots are unchanged then. */
weft_status weft_rewrite(weft_tensor **roots, size_t n_roots, weft_rewrite_fn *fn, void *user, weft_error *error);
/* The same again until the roots stay as they are, `most` times at most. */
weft_status weft_rewrite_until_stable(weft_tensor **roots, size_t n_roots, weft_rewrite_fn *fn, void *user, int most,
                                      weft_error *error);
#endif
