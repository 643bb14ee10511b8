/* group_mark.c -- step 1 of grouping: what must be stored, what is cheaper stored than computed again, and for each
 * core the end of its epilogue. */
#include "base/winograd.h"
#include "passes/grouping.h"

double weft_reads_of_element(const weft_tensor *node) {
  if (node->op == WEFT_OP_WINOGRAD_RESULTS_DX) return 1;
  if (node->op != WEFT_OP_WINOGRAD_PIXELS) return 0;
  double edge = WEFT_WINOGRAD_PATCH + 1 - (double)node->attr[WEFT_WINOGRAD_TAPS];
  return WEFT_WINOGRAD_PLACES / (edge * edge);
}
static int is_core(const weft_tensor *node) {
  return weft_ops[node->op].kind == W_REDUCE || weft_is_template(node) || node->op == WEFT_OP_SCATTER_ADD ||
         weft_is_attention(node->op);
}

double weft_grouping_work(weft_op op) {
  switch (op) {
  case WEFT_OP_EXP:
  case WEFT_OP_LOG:
  case WEFT_OP_LOG1P:
  case WEFT_OP_EXPM1:
  case WEFT_OP_SIN:
  case WEFT_OP_COS:
  case WEFT_OP_SIGMOID:
  case WEFT_OP_SILU: return 10;
  case WEFT_OP_TANH:
  case WEFT_OP_ERF:
  case WEFT_OP_GELU:
  case WEFT_OP_SOFTPLUS:
  case WEFT_OP_POW: return 20;
  case WEFT_OP_DIV:
  case WEFT_OP_SQRT:
  case WEFT_OP_RSQRT:
  case WEFT_OP_RECIPROCAL:
  case WEFT_OP_MOD: return 4;
  case WEFT_OP_UNIFORM: return 40;
  case WEFT_OP_NORMAL: return 100;
  default: return weft_ops[op].kind == W_SCALAR ? 1 : 0;
  }
}

/* Work and bytes of computing a node from what is stored, each shared node counted once. */
static void cone_cost(weft_grouping *w, weft_tensor *node, int top, double *flops, double *bytes) {
  weft_group_cell *c = weft_cell_of(w, node);
  if (c->stamp == w->stamp) return;
  c->stamp = w->stamp;
  if (!top && (weft_is_anchor(c) || weft_is_leaf(node))) {
    *bytes += 4 * weft_elements(node);
    return;
  }
  *flops += weft_grouping_work(node->op);
  for (int i = 0; i < node->n_in; i++) cone_cost(w, node->in[i], 0, flops, bytes);
}

/* A byte of memory traffic costs about two additions on every device measured. */
static const double flop_bytes = 0.5;

/* Whether the node can be of the epilogue of a product whose gates it reads: storing it costs no launch. */
static int gated(weft_grouping *w, const weft_group_cell *c) {
  const weft_tensor *node = c->node;
  int gates, gate, any = 0;
  if (c->core) return -1;
  const weft_tensor *product = w->limits->joins_gates ? weft_gates_of(node, &gates, &gate) : NULL;
  if (product && product->op == WEFT_OP_DOT) return 1;
  if (weft_ops[node->op].kind != W_SCALAR && node->op != WEFT_OP_RESHAPE) return 0;
  for (int i = 0; i < node->n_in; i++) {
    int in = weft_cell_of(w, node->in[i])->gated;
    if (in < 0) return in;
    any |= in > 0;
  }
  return any;
}

static void mark_if_cheaper(weft_grouping *w, weft_tensor *node, double times) {
  node = weft_stored_node(node);
  weft_group_cell *c = weft_cell_of(w, node);
  weft_op_kind kind = weft_ops[node->op].kind;
  if (weft_is_anchor(c) || kind == W_LEAF || node->op == WEFT_OP_CONST || node->op == WEFT_OP_IOTA) return;
  if (kind == W_VIEW &&
      node->op != WEFT_OP_CONCAT) { /* storing a view saves nothing that storing its input would not */
    return;
  }
  double flops = 0, bytes = 0, size = weft_elements(node);
  w->stamp++;
  cone_cost(w, node, 1, &flops, &bytes);
  double once = bytes + flops * size * flop_bytes;
  double launch = c->gated > 0 ? 0 : weft_launch_bytes;
  if (times * once > once + 4 * size * (1 + times) + launch) c->stored = 1;
}

void weft_grouping_store(weft_grouping *w, weft_tensor *node) {
  node = weft_stored_node(node);
  if (weft_is_leaf(node)) return;
  weft_group_cell *c = weft_cell_of(w, node);
  c->stored = c->forced = 1;
}

/* The last of the chain of single users that work elementwise at a core's index: stored instead of the core. */
static void mark_epilogue(weft_grouping *w, weft_tensor **only_user, int at) {
  int end = at;
  for (int p = at;;) {
    weft_group_cell *c = &w->cells[p];
    if (c->users != 1 || c->root || c->forced || !only_user[p]) break;
    weft_tensor *user = only_user[p];
    if (user->op != WEFT_OP_RESHAPE && weft_ops[user->op].kind != W_SCALAR) break;
    p = w->position[user->id];
    if (user->op != WEFT_OP_RESHAPE) end = p;
  }
  if (end != at) w->cells[end].stored = 1;
}

/* A node read at several indices is emitted for each; through a chain of such nodes the number doubles at every link
 * (the gradient of a product over a row is one). Where it gets out of hand, the chain is cut by storing a link. */
enum { MOST_EMITTED = 2000 };
/* Buffers that a kernel is left to write. */
enum { MOST_WRITTEN = 3 };

static void mark_if_huge(weft_grouping *w, double *emitted, int at) {
  weft_group_cell *c = &w->cells[at];
  weft_tensor *node = c->node;
  int is_plain_view = weft_ops[node->op].kind == W_VIEW && node->op != WEFT_OP_CONCAT;
  emitted[at] = 1;
  if (weft_is_anchor(c) || weft_is_leaf(node)) return;
  for (int i = 0; i < node->n_in; i++) emitted[at] += emitted[w->position[node->in[i]->id]];
  if (emitted[at] < MOST_EMITTED || is_plain_view) return;
  c->stored = 1;
  emitted[at] = 1;
}

/* Distinct stored nodes and leaves that a kernel of the node would read. */
static int count_reads(weft_grouping *w, weft_tensor *node, int top) {
  weft_group_cell *c = weft_cell_of(w, node);
  if (c->stamp == w->stamp) return 0;
  c->stamp = w->stamp;
  if (!top && (weft_is_anchor(c) || weft_is_leaf(node))) return 1;
  int n = 0;
  for (int i = 0; i < node->n_in; i++) n += count_reads(w, node->in[i], 0);
  return n;
}

/* A sum of many stored values (the gradient of what every step of a sequence reads) binds more buffers than a kernel
 * may: the input that reads the most is stored, until it fits. `reads` are estimates, too high where values are shared.
 */
static void mark_if_wide(weft_grouping *w, double *reads, int at) {
  weft_group_cell *c = &w->cells[at];
  weft_tensor *node = c->node;
  int most = w->limits->max_bindings - MOST_WRITTEN;
  for (;;) {
    weft_group_cell *widest = NULL;
    double total = 0, wide = 1;
    for (int i = 0; i < node->n_in; i++) {
      weft_tensor *in = node->in[i];
      while (weft_ops[in->op].kind == W_VIEW && in->op != WEFT_OP_CONCAT && !weft_is_anchor(weft_cell_of(w, in)))
        in = in->in[0];
      double n = reads[w->position[in->id]];
      total += n;
      if (n > wide && !weft_is_anchor(weft_cell_of(w, in)) && !weft_is_leaf(in)) {
        wide = n;
        widest = weft_cell_of(w, in);
      }
    }
    reads[at] = weft_is_anchor(c) || weft_is_leaf(node) ? 1 : total;
    w->stamp++;
    if (total <= most || !widest || count_reads(w, node, 1) <= most) return;
    widest->stored = 1;
    reads[w->position[widest->node->id]] = 1;
  }
}

void weft_grouping_mark(weft_grouping *w) {
  double *emitted = WEFT_NEW(w->arena, double, w->n);
  weft_tensor **only_user = WEFT_NEW(w->arena, weft_tensor *, w->n);
  if (!only_user || !emitted) {
    w->out_of_memory = 1;
    return;
  }
  for (int p = 0; p < w->n; p++) {
    weft_tensor *node = w->cells[p].node;
    w->cells[p].core = is_core(node);
    w->cells[p].gated = gated(w, &w->cells[p]);
    for (int i = 0; i < node->n_in; i++) {
      weft_group_cell *c = weft_cell_of(w, node->in[i]);
      c->users++;
      only_user[w->position[node->in[i]->id]] = c->users == 1 ? node : NULL;
    }
    if (node->op == WEFT_OP_COPY && weft_joins_outermost(node->in[0]) && !weft_in_parts(node))
      for (int i = 0; i < node->in[0]->n_in; i++)
        if (weft_stored_node(node->in[0]->in[i])->op != WEFT_OP_CONST) weft_grouping_store(w, node->in[0]->in[i]);
  }
  weft_grouping_find_operands(w);
  for (int p = 0; p < w->n; p++) { /* sums to chosen places are complete only at the kernel's end */
    weft_op op = w->cells[p].node->op;
    if (w->cells[p].core && op != WEFT_OP_SCATTER_ADD && !weft_is_attention(op)) mark_epilogue(w, only_user, p);
  }
  for (int p = 0; p < w->n; p++) {
    weft_group_cell *c = &w->cells[p];
    weft_tensor *node = c->node;
    if (c->loads > 0)
      weft_grouping_weigh_operand(w, p);
    else if (c->users > 1)
      mark_if_cheaper(w, node, c->users);
    if (weft_reads_of_element(node) > 0) {
      weft_tensor *x = node->in[0];
      while (weft_ops[x->op].kind == W_VIEW && x->op != WEFT_OP_CONCAT && !weft_is_anchor(weft_cell_of(w, x)))
        x = x->in[0];
      if (weft_cell_of(w, x)->loads == 0)
        mark_if_cheaper(w, x, weft_reads_of_element(node) + weft_cell_of(w, x)->users - 1);
    }
    int reads_one = (weft_ops[node->op].kind == W_VIEW && node->n_in == 1) || node->op == WEFT_OP_GATHER;
    if (reads_one && weft_elements(node) > weft_elements(node->in[0]) && weft_cell_of(w, node->in[0])->loads == 0)
      mark_if_cheaper(w, node->in[0], weft_elements(node) / weft_elements(node->in[0]) + c->users - 1);
  }
  for (int p = 0; p < w->n; p++) mark_if_huge(w, emitted, p);
  for (int p = 0; p < w->n; p++) mark_if_wide(w, emitted, p);
}
