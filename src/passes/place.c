/* place.c -- what attention and products compute is put where its readers want it.
 *
 * A layer of attention wants the heads of its result side by side, and gets gradients by q, k and v as parts of the
 * gradient of the one product that they were cut out of. Left as views of results that lie head by head, both would be
 * moved by a kernel of their own, or be read in short pieces by every product. Here the outermost view that brings such
 * results into another order, or puts them together, becomes a copy: grouping makes it the output of attention's own
 * kernel, which writes through strides (weft_place_in()).
 *
 *   permute(concat(dq, dk, dv))   ->  copy(permute(concat(dq, dk, dv)))   where nothing else reads dq, dk, dv
 *   permute(y), dq(.. y ..)       ->  copy(permute(y)), dq(.. permute(copy(permute(y))) ..)
 *
 * Left alone are orders that tear the elements of a place apart.
 *
 * The gradient by a flattened image is a product with transposed weights, whose columns are channels by pixels, as the
 * flatten had them; the image has pixels by channels. The columns may come in that order at once, since transposed
 * weights are read or copied a column at a time anyway:
 *
 *   permute(reshape(a b'))   ->  reshape(a reshape(permute(reshape(b'))))   where nothing else reads the product */
#include "passes/pass.h"
#include "passes/rules.h"
#include <string.h>

typedef struct placing {
  weft_arena arena;
  weft_tensor **order;
  size_t n;
  int *users;           /* by id, a root's reader among them */
  int *served;          /* by id of an op of attention: those that would read it in place, or through any strides */
  weft_tensor **wanted; /* by id of an op of attention: the permute that wants it in place */
  char *is_whole;       /* by id: becomes a copy */
} placing;

static int is_view(weft_op op) { return op == WEFT_OP_RESHAPE || op == WEFT_OP_PERMUTE || op == WEFT_OP_CONCAT; }

/* Whether elements of the width lie side by side in the whole. */
static int keeps_width(const weft_tensor *whole, const weft_tensor *core) {
  int64_t offset, strides[WEFT_MAX_RANK];
  return weft_place_in(whole, core, &offset, strides) && strides[core->shape.rank - 1] == 1;
}

/* The ops of attention that views make `whole` of: one kernel's, each read once, their width kept. 0: something else.
 */
static int is_made_of_one(const placing *p, const weft_tensor *whole, const weft_tensor *at, const weft_tensor **one) {
  if (at != whole && p->users[at->id] != 1) return 0;
  if (weft_is_attention(at->op)) {
    if (*one && !weft_is_same_attention(*one, at)) return 0;
    *one = at;
    return keeps_width(whole, at);
  }
  if (!is_view(at->op)) return 0;
  for (int i = 0; i < at->n_in; i++)
    if (!is_made_of_one(p, whole, at->in[i], one)) return 0;
  return 1;
}

/* Takes the mark off what is part of a larger whole. */
static void unmark(placing *p, const weft_tensor *at) {
  for (int i = 0; i < at->n_in && is_view(at->op); i++) {
    p->is_whole[at->in[i]->id] = 0;
    unmark(p, at->in[i]);
  }
}

static void find_wholes(placing *p) {
  for (size_t i = 0; i < p->n; i++) {
    const weft_tensor *node = p->order[i], *one = NULL;
    if (node->op != WEFT_OP_PERMUTE && node->op != WEFT_OP_CONCAT) continue;
    if (!is_made_of_one(p, node, node, &one)) continue;
    unmark(p, node);
    p->is_whole[node->id] = 1;
  }
}

/* Ops of attention that several read: one permute, and ops of attention. */
static void find_wanted(placing *p) {
  for (size_t i = 0; i < p->n; i++) {
    weft_tensor *node = p->order[i];
    for (int k = 0; k < node->n_in; k++) {
      weft_tensor *core = node->in[k];
      if (!weft_is_attention(core->op) || p->users[core->id] < 2) continue;
      int wants = node->op == WEFT_OP_PERMUTE && !p->wanted[core->id] && keeps_width(node, core);
      if (wants) p->wanted[core->id] = node;
      p->served[core->id] += wants || weft_is_attention(node->op);
    }
  }
}

/* Whether the node brings the columns of a product, which only it reads, into another order, and those lie apart. */
static int orders_columns(const placing *p, const weft_tensor *node) {
  weft_tensor *base;
  int64_t offset, strides[WEFT_MAX_RANK];
  if (node->op != WEFT_OP_PERMUTE || node->attr[0] != 0) return 0;
  const weft_tensor *cut = node->in[0], *product = cut->op == WEFT_OP_RESHAPE ? cut->in[0] : NULL;
  if (!product || product->op != WEFT_OP_MATMUL || product->shape.rank != 2) return 0;
  if (cut->shape.dims[0] != product->shape.dims[0] || p->users[cut->id] != 1 || p->users[product->id] != 1) return 0;
  weft_view_affine(product->in[1], &base, &offset, strides);
  return weft_ops[base->op].kind == W_LEAF && strides[0] == 1 && strides[1] != 1;
}

/* The same product with its columns in that order. `cut`: what is permuted. */
static weft_tensor *with_columns(const weft_tensor *node, weft_tensor *cut) {
  weft_tensor *product = cut->in[0], *b = product->in[1];
  weft_shape columns = cut->shape;
  columns.dims[0] = b->shape.dims[0];
  b = weft_view_permute(weft_view_reshape(b, columns), node->attr);
  b = weft_view_reshape(b, product->in[1]->shape);
  return b ? weft_view_reshape(weft_make_matmul(product->in[0], b), node->shape) : NULL;
}

static weft_tensor *put(void *user, weft_tensor *node, weft_tensor *const *in) {
  const placing *p = user;
  int64_t back[WEFT_MAX_RANK];
  if (node->op == WEFT_OP_COPY && in[0]->op == WEFT_OP_COPY) return in[0];
  if (orders_columns(p, node) && in[0]->op == WEFT_OP_RESHAPE && in[0]->in[0]->op == WEFT_OP_MATMUL)
    return with_columns(node, in[0]);
  weft_tensor *now = node->op == WEFT_OP_PERMUTE   ? weft_view_permute(in[0], node->attr)
                     : node->op == WEFT_OP_RESHAPE ? weft_view_reshape(in[0], node->shape)
                                                   : weft_node_with_inputs(node, in);
  if (!now) return NULL;
  if (p->is_whole[node->id]) return weft_make_copy(now);
  const weft_tensor *permute = p->wanted[node->id];
  if (!permute || p->served[node->id] != p->users[node->id]) return now;
  weft_inverse_axes(node->shape.rank, permute->attr, back);
  now = weft_make_permute(now, permute->attr);
  return now ? weft_view_permute(weft_make_copy(now), back) : NULL;
}

weft_status weft_pass_place(weft_tensor **roots, size_t n_roots, const weft_pass_target *target, weft_error *error) {
  placing p = {0};
  if (target->device_class == WEFT_CLASS_CPU && target->glsl) return WEFT_OK;
  p.order = weft_graph_order(&p.arena, roots, n_roots, &p.n);
  size_t ids = p.order && p.n ? (size_t)p.order[p.n - 1]->id + 1 : 1;
  p.users = WEFT_NEW(&p.arena, int, ids);
  p.served = WEFT_NEW(&p.arena, int, ids);
  p.wanted = WEFT_NEW(&p.arena, weft_tensor *, ids);
  p.is_whole = WEFT_NEW(&p.arena, char, ids);
  weft_status status = WEFT_OK;
  if (p.order && p.users && p.served && p.wanted && p.is_whole) {
    for (size_t i = 0; i < n_roots; i++) p.users[roots[i]->id]++;
    for (size_t i = 0; i < p.n; i++)
      for (int k = 0; k < p.order[i]->n_in; k++) p.users[p.order[i]->in[k]->id]++;
    find_wholes(&p);
    find_wanted(&p);
    status = weft_rewrite(roots, n_roots, put, &p, error);
  } else
    status = weft_fail(error, WEFT_NO_MEMORY, "place: out of memory");
  weft_arena_free(&p.arena);
  return status;
}
