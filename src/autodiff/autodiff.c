/* autodiff.c -- reverse-mode differentiation: one walk over the graph from the loss back.
 *
 * Nodes are numbered in topological order, so walking them from the largest id down meets a node after all its users,
 * when its gradient is complete. Only nodes between wrt and the loss are walked; what a rule builds for other inputs
 * would never be used. See Griewank and Walther, "Evaluating derivatives", 2008, chapter 3. */
#include "autodiff/autodiff.h"
#include "autodiff/rules.h"
#include <string.h>

#define KIND_W_LEAF(name) NULL
#define KIND_W_MAKE(name) NULL
#define KIND_W_VIEW(name) weft_grad_##name
#define KIND_W_REDUCE(name) weft_grad_##name
#define KIND_W_HEAVY(name) weft_grad_##name
#define KIND_W_INDEX(name) weft_grad_##name
#define KIND_W_EFFECT(name) weft_grad_##name

static weft_grad_rule *const rules[WEFT_OP_COUNT] = {
#define SCALAR(NAME, name, arity, types, expr, ga, gb, gc, low, high, tolerance, doc)                                  \
  [WEFT_OP_##NAME] = weft_grad_scalar,
#include "graph/scalar.def"
#undef SCALAR
#define OP(NAME, name, kind, arity, attributes, doc) [WEFT_OP_##NAME] = KIND_##kind(name),
#include "graph/ops.def"
#undef OP
};

/* A walk under way. The tables are indexed by id. */
typedef struct walk {
  weft_arena arena;
  weft_tensor **order;
  size_t n_order, n_ids;
  unsigned char *on_path; /* 1: the loss depends on wrt through this node */
  weft_tensor **gradient; /* sum so far; NULL is 0 */
} walk;

/* ---- checks ---- */

static weft_status check(weft_graph *graph, weft_tensor *loss, weft_tensor *const *wrt, size_t n) {
  char text[160];
  if (loss->dtype != WEFT_F32 || loss->shape.rank != 0) {
    weft_graph_fail(graph, loss->dtype != WEFT_F32 ? WEFT_BAD_DTYPE : WEFT_BAD_SHAPE,
                    "gradients: the loss must be an f32 scalar (), not %s %s", weft_dtype_name(loss->dtype),
                    weft_describe_tensor(loss, text, sizeof text));
    return graph->error.status;
  }
  for (size_t i = 0; i < n; i++) {
    if (!wrt[i])
      weft_graph_fail(graph, WEFT_BAD_ARGUMENT, "gradients: tensor %zu is NULL", i + 1);
    else if (wrt[i]->graph != graph)
      weft_graph_fail(graph, WEFT_BAD_ARGUMENT, "gradients: %s is of another graph than the loss",
                      weft_describe_tensor(wrt[i], text, sizeof text));
    else if (wrt[i]->dtype != WEFT_F32)
      weft_graph_fail(graph, WEFT_BAD_DTYPE, "gradients: %s is %s, and only f32 has gradients",
                      weft_describe_tensor(wrt[i], text, sizeof text), weft_dtype_name(wrt[i]->dtype));
    if (graph->error.status != WEFT_OK) return graph->error.status;
  }
  return WEFT_OK;
}

/* ---- the walk ---- */

/* Finds the nodes that depend on wrt through f32 nodes alone. */
static int begin(walk *w, weft_tensor *loss, weft_tensor *const *wrt, size_t n) {
  w->n_ids = (size_t)loss->id + 1;
  w->order = weft_graph_order(&w->arena, &loss, 1, &w->n_order);
  w->on_path = WEFT_NEW(&w->arena, unsigned char, w->n_ids);
  w->gradient = WEFT_NEW(&w->arena, weft_tensor *, w->n_ids);
  if (!w->order || !w->on_path || !w->gradient) return 0;
  for (size_t i = 0; i < n; i++)
    if (wrt[i]->id < w->n_ids) w->on_path[wrt[i]->id] = 1;
  for (size_t i = 0; i < w->n_order; i++) {
    weft_tensor *node = w->order[i];
    for (int k = 0; k < node->n_in; k++)
      if (node->dtype == WEFT_F32 && w->on_path[node->in[k]->id]) w->on_path[node->id] = 1;
  }
  return 1;
}

static int is_zero(const weft_tensor *x) { return x->op == WEFT_OP_CONST && x->value == 0; }

/* Adds to the gradient of a node. A rule that finds 0 everywhere (sign, floor) ends the path there. */
static void accumulate(walk *w, const weft_tensor *node, weft_tensor *gradient) {
  if (!gradient || is_zero(gradient)) return;
  weft_tensor **sum = &w->gradient[node->id];
  *sum = *sum ? weft_make_scalar(WEFT_OP_ADD, *sum, gradient, NULL) : gradient;
}

static int propagate(walk *w, weft_tensor *node) {
  unsigned char few_wanted[8], *wanted = few_wanted;
  weft_tensor *few_out[8], **out = few_out;
  size_t n = (size_t)node->n_in, any = 0;
  if (n > 8) {
    wanted = WEFT_NEW(&w->arena, unsigned char, n);
    out = WEFT_NEW(&w->arena, weft_tensor *, n);
    if (!wanted || !out) return 0;
  }
  for (size_t k = 0; k < n; k++) {
    wanted[k] = w->on_path[node->in[k]->id];
    out[k] = NULL;
    any |= wanted[k];
  }
  if (!any) return 1;
  rules[node->op](&(weft_grad_call){.node = node, .upstream = w->gradient[node->id], .wanted = wanted, .out = out});
  for (size_t k = 0; k < n; k++)
    if (wanted[k]) accumulate(w, node->in[k], out[k]);
  return 1;
}

int weft_autodiff_through(weft_tensor *y, weft_tensor *upstream, weft_tensor *const *wrt, int n, weft_tensor **out) {
  walk w = {0};
  if (!y || !upstream) return 1;
  int in_memory = begin(&w, y, wrt, (size_t)n);
  if (in_memory) w.gradient[y->id] = upstream;
  for (size_t i = w.n_order; in_memory && i-- > 0;) {
    int is_end = 0;
    for (int k = 0; k < n; k++) is_end |= wrt[k] == w.order[i];
    if (!is_end && w.gradient[w.order[i]->id]) in_memory = propagate(&w, w.order[i]);
  }
  for (int i = 0; i < n && in_memory; i++) {
    out[i] = wrt[i]->id < w.n_ids ? w.gradient[wrt[i]->id] : NULL;
    for (int k = 0; k < i; k++)
      if (wrt[k] == wrt[i]) out[i] = NULL;
  }
  weft_arena_free(&w.arena);
  return in_memory;
}

weft_status weft_autodiff(weft_tensor *loss, weft_tensor *const *wrt, size_t n, weft_tensor **out) {
  walk w = {0};
  for (size_t i = 0; i < n; i++) out[i] = NULL;
  if (!loss) return WEFT_BAD_ARGUMENT;
  weft_graph *graph = loss->graph;
  if (graph->error.status != WEFT_OK) return graph->error.status;
  if (check(graph, loss, wrt, n) != WEFT_OK) return graph->error.status;
  int in_memory = begin(&w, loss, wrt, n);
  if (in_memory && w.on_path[loss->id]) w.gradient[loss->id] = weft_make_const(graph, WEFT_F32, loss->shape, 1);
  for (size_t i = w.n_order; in_memory && i-- > 0;)
    if (w.gradient[w.order[i]->id]) in_memory = propagate(&w, w.order[i]);
  if (!in_memory) weft_graph_fail(graph, WEFT_NO_MEMORY, "gradients: out of memory");
  for (size_t i = 0; i < n && graph->error.status == WEFT_OK; i++) {
    weft_tensor *gradient = wrt[i]->id < w.n_ids ? w.gradient[wrt[i]->id] : NULL;
    out[i] = gradient ? gradient : weft_make_const(graph, WEFT_F32, wrt[i]->shape, 0);
  }
  for (size_t i = 0; i < n && graph->error.status != WEFT_OK; i++) out[i] = NULL;
  weft_arena_free(&w.arena);
  return graph->error.status;
}
