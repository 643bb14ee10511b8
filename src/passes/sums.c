/* sums.c -- sums of many terms: parts put in place become one list, products become one product.
 *
 * The gradient of what is read in slices, or by every step of a sequence, is a sum of as many terms as there are readers.
 *
 *   pad(a) + pad(b) + ..   with zeros, next to each other   =   concat(a, b, ..)
 *   a1 b1 + a2 b2 + ..     products of matrices             =   [a1 a2 ..] [b1; b2; ..]
 *
 * The first replaces a chain of additions over the whole by moves; the second makes of many small products with their
 * additions a large one, where its operands are smaller than the sums that it saves. What is put end to end along the
 * outermost dimension costs nothing: the plan lets the parts live inside of the whole. */
#include "passes/pass.h"
#include "passes/rules.h"
#include <stdlib.h>
#include <string.h>

/* A list that stands in place of pads: its parts, reshapes taken off, in order. */
typedef struct list {
  weft_tensor *whole;
  weft_tensor **parts;
  int n;
} list;

typedef struct sums {
  weft_arena arena;
  int *users;    /* by id of the original nodes */
  char *is_part; /* additions that are the only use of another addition's operand */
  list *lists;
  int n_lists, room;
} sums;

static weft_tensor *no_memory(const weft_tensor *node) {
  return weft_graph_fail(node->graph, WEFT_NO_MEMORY, "sums: no memory for a sum of many terms");
}

static weft_tensor *under_reshapes(weft_tensor *node) {
  while (node && node->op == WEFT_OP_RESHAPE) node = node->in[0];
  return node;
}

/* ---- parts put in place ---- */

/* The axis along which a pad puts zeros around what is read; -1: another pad. */
static int pad_axis(const weft_tensor *node) {
  int axis = -1, rank = node->shape.rank;
  if (node->op != WEFT_OP_PAD || node->value != 0) return -1;
  for (int d = 0; d < rank; d++) {
    if (node->attr[rank + d] != 0) return -1;
    if (node->in[0]->shape.dims[d] == node->shape.dims[d]) continue;
    if (axis >= 0) return -1;
    axis = d;
  }
  return axis;
}

static int by_start(const void *x, const void *y) {
  const weft_tensor *a = *(weft_tensor *const *)x, *b = *(weft_tensor *const *)y;
  int axis = pad_axis(a);
  if (a->attr[axis] != b->attr[axis]) return a->attr[axis] < b->attr[axis] ? -1 : 1;
  return (a->id > b->id) - (a->id < b->id);
}

static weft_tensor *zeros(weft_tensor *like, int axis, int64_t size) {
  weft_shape shape = like->shape;
  shape.dims[axis] = size;
  return weft_make_const(like->graph, like->dtype, shape, 0);
}

/* Where the parts of an older list stand in this one, in order and without a gap, the older one stands for them. */
static int use_lists(const sums *s, weft_tensor **parts, int n) {
  for (int i = 0; i < s->n_lists; i++) {
    const list *l = &s->lists[i];
    for (int first = 0; first + l->n <= n; first++) {
      int same = 0;
      while (same < l->n && under_reshapes(parts[first + same]) == l->parts[same]) same++;
      if (same < l->n) continue;
      weft_shape shape = parts[first]->shape;
      for (int k = 1; k < l->n; k++) shape.dims[0] += parts[first + k]->shape.dims[0];
      parts[first] = weft_view_reshape(l->whole, shape);
      memmove(&parts[first + 1], &parts[first + l->n], sizeof(weft_tensor *) * (size_t)(n - first - l->n));
      n -= l->n - 1;
    }
  }
  return n;
}

/* End to end along the axis; along the outermost in memory, where the parts live inside. */
static weft_tensor *end_to_end(sums *s, weft_tensor **parts, int n, int axis) {
  if (axis == 0) n = use_lists(s, parts, n);
  weft_tensor *whole = n == 1 ? parts[0] : weft_concat(parts, (size_t)n, axis);
  if (axis || n == 1 || !(whole = weft_make_copy(whole))) return whole;
  if (s->n_lists == s->room) {
    int room = s->room ? 2 * s->room : 16;
    list *larger = WEFT_NEW(&s->arena, list, room);
    if (!larger) return no_memory(whole);
    if (s->n_lists) memcpy(larger, s->lists, sizeof(list) * (size_t)s->n_lists);
    s->lists = larger;
    s->room = room;
  }
  list *l = &s->lists[s->n_lists++];
  *l = (list){.whole = whole, .parts = WEFT_NEW(&s->arena, weft_tensor *, n), .n = n};
  if (!l->parts) return no_memory(whole);
  for (int i = 0; i < n; i++) l->parts[i] = under_reshapes(parts[i]);
  return whole;
}

/* Takes pads that lie apart along one axis out of the terms; NULL when there are no two. */
static weft_tensor *take_pads(sums *s, weft_tensor **terms, int *n_terms, int axis) {
  weft_tensor **pads = WEFT_NEW(&s->arena, weft_tensor *, *n_terms), **parts = NULL;
  int n = 0, kept = 0, n_parts = 0;
  if (!pads) return no_memory(terms[0]);
  for (int i = 0; i < *n_terms; i++)
    if (pad_axis(terms[i]) == axis) pads[n++] = terms[i];
  if (n < 2) return NULL;
  qsort(pads, (size_t)n, sizeof *pads, by_start);
  parts = WEFT_NEW(&s->arena, weft_tensor *, 2 * n + 1);
  if (!parts) return no_memory(terms[0]);
  int64_t end = 0, whole = terms[0]->shape.dims[axis];
  for (int i = 0; i < n; i++) {
    int64_t start = pads[i]->attr[axis];
    if (start < end) { /* overlaps the one before: stays a term */
      pads[kept++] = pads[i];
      continue;
    }
    if (start > end) parts[n_parts++] = zeros(pads[i], axis, start - end);
    parts[n_parts++] = pads[i]->in[0];
    end = start + pads[i]->in[0]->shape.dims[axis];
  }
  if (n - kept < 2) return NULL;
  if (end < whole) parts[n_parts++] = zeros(pads[0], axis, whole - end);
  int others = 0;
  for (int i = 0; i < *n_terms; i++)
    if (pad_axis(terms[i]) != axis) terms[others++] = terms[i];
  for (int i = 0; i < kept; i++) terms[others++] = pads[i];
  *n_terms = others;
  return end_to_end(s, parts, n_parts, axis);
}

/* ---- products ---- */

static int is_product(const weft_tensor *node) { return node->op == WEFT_OP_MATMUL; }

/* Operand k of the products end to end along its inner dim, under the permute that all of them have. */
static weft_tensor *join_operands(sums *s, weft_tensor **products, int n, int k) {
  weft_tensor **parts = WEFT_NEW(&s->arena, weft_tensor *, n), *first = products[0]->in[k];
  if (!parts) return no_memory(first);
  int rank = first->shape.rank, axis = k == 0 ? rank - 1 : rank - 2, permuted = first->op == WEFT_OP_PERMUTE;
  for (int i = 0; i < n; i++) {
    weft_tensor *x = parts[i] = products[i]->in[k];
    permuted = permuted && x->op == WEFT_OP_PERMUTE && !memcmp(x->attr, first->attr, sizeof *x->attr * (size_t)rank);
  }
  for (int i = 0; i < n && permuted; i++) parts[i] = parts[i]->in[0];
  weft_tensor *whole = end_to_end(s, parts, n, permuted ? (int)first->attr[axis] : axis);
  return permuted ? weft_view_permute(whole, first->attr) : whole;
}

static uint32_t first_operand(const weft_tensor *product) {
  const weft_tensor *x = product->in[0];
  while (x->op == WEFT_OP_PERMUTE || x->op == WEFT_OP_RESHAPE) x = x->in[0];
  return x->id;
}

/* In the order in which a forward pass made what they read. */
static int by_first_operand(const void *x, const void *y) {
  const weft_tensor *a = *(weft_tensor *const *)x, *b = *(weft_tensor *const *)y;
  uint32_t i = first_operand(a), k = first_operand(b);
  return i != k ? (i < k ? -1 : 1) : (a->id > b->id) - (a->id < b->id);
}

/* Takes the products out of the terms; NULL when it would not pay. */
static weft_tensor *take_products(sums *s, weft_tensor **terms, int *n_terms) {
  weft_tensor **products = WEFT_NEW(&s->arena, weft_tensor *, *n_terms);
  double operands = 0;
  int n = 0, others = 0;
  if (!products) return no_memory(terms[0]);
  for (int i = 0; i < *n_terms; i++) {
    if (!is_product(terms[i])) continue;
    products[n++] = terms[i];
    for (int k = 0; k < 2; k++) operands += (double)weft_shape_size(terms[i]->in[k]->shape);
  }
  if (n < 2 || operands > 2.0 * n * (double)weft_shape_size(terms[0]->shape)) return NULL;
  for (int i = 0; i < *n_terms; i++)
    if (!is_product(terms[i])) terms[others++] = terms[i];
  *n_terms = others;
  qsort(products, (size_t)n, sizeof *products, by_first_operand);
  weft_tensor *a = join_operands(s, products, n, 0), *b = join_operands(s, products, n, 1);
  return a && b ? weft_make_matmul(a, b) : NULL;
}

/* ---- the pass ---- */

/* The operands of the additions from `was` down, as they are in the new graph; each addition in between has one user. */
static int collect(sums *s, const weft_tensor *was, weft_tensor *now, weft_tensor **terms) {
  int n = 0, depth = 0, room = 64;
  const weft_tensor **old = WEFT_NEW(&s->arena, const weft_tensor *, room);
  weft_tensor **new = WEFT_NEW(&s->arena, weft_tensor *, room);
  if (!old || !new) return -1;
  old[0] = was;
  new[0] = now;
  for (depth = 1; depth > 0;) {
    const weft_tensor *o = old[--depth];
    weft_tensor *x = new[depth];
    if (o != was && !s->is_part[o->id]) {
      if (terms) terms[n] = x;
      n++;
      continue;
    }
    if (depth + 2 > room) {
      const weft_tensor **more_old = WEFT_NEW(&s->arena, const weft_tensor *, 2 * room);
      weft_tensor **more_new = WEFT_NEW(&s->arena, weft_tensor *, 2 * room);
      if (!more_old || !more_new) return -1;
      memcpy(more_old, old, sizeof *old * (size_t)room);
      memcpy(more_new, new, sizeof *new * (size_t)room);
      old = more_old;
      new = more_new;
      room *= 2;
    }
    for (int i = 1; i >= 0; i--) {
      old[depth] = o->in[i];
      new[depth++] = x->in[i];
    }
  }
  return n;
}

static weft_tensor *sum(void *user, weft_tensor *node, weft_tensor *const *in) {
  sums *s = user;
  weft_tensor *now = weft_node_with_inputs(node, in);
  if (!now || node->op != WEFT_OP_ADD || now->op != WEFT_OP_ADD || s->is_part[node->id]) return now;
  int n = collect(s, node, now, NULL), before = n;
  weft_tensor **terms = n > 0 ? WEFT_NEW(&s->arena, weft_tensor *, n) : NULL, *total = NULL;
  if (!terms || collect(s, node, now, terms) < 0) return no_memory(now);
  weft_tensor *product = take_products(s, terms, &n);
  for (int axis = 0; axis < now->shape.rank && n > 1; axis++) {
    weft_tensor *whole = take_pads(s, terms, &n, axis);
    if (whole) terms[n++] = whole;
  }
  if (now->graph->error.status != WEFT_OK) return NULL;
  if (!product && n == before) return now;
  if (product) terms[n++] = product;
  for (int i = 0; i < n; i++) total = total ? weft_make_scalar(WEFT_OP_ADD, total, terms[i], NULL) : terms[i];
  return total;
}

weft_status weft_pass_sums(weft_tensor **roots, size_t n_roots, const weft_pass_target *target, weft_error *error) {
  (void)target;
  sums s = {0};
  size_t n = 0;
  weft_tensor **order = weft_graph_order(&s.arena, roots, n_roots, &n);
  size_t ids = order && n ? (size_t)order[n - 1]->id + 1 : 1;
  s.users = WEFT_NEW(&s.arena, int, ids);
  s.is_part = WEFT_NEW(&s.arena, char, ids);
  if (!order || !s.users || !s.is_part) {
    weft_arena_free(&s.arena);
    return weft_fail(error, WEFT_NO_MEMORY, "sums: out of memory");
  }
  for (size_t i = 0; i < n_roots; i++) s.users[roots[i]->id] += 2;
  for (size_t i = 0; i < n; i++)
    for (int k = 0; k < order[i]->n_in; k++) s.users[order[i]->in[k]->id]++;
  for (size_t i = 0; i < n; i++)
    for (int k = 0; k < order[i]->n_in && order[i]->op == WEFT_OP_ADD; k++) {
      const weft_tensor *x = order[i]->in[k];
      if (x->op == WEFT_OP_ADD && s.users[x->id] == 1) s.is_part[x->id] = 1;
    }
  weft_status status = weft_rewrite(roots, n_roots, sum, &s, error);
  weft_arena_free(&s.arena);
  return status;
}
