/* gates.c -- a product whose columns are read in equal parts gets these side by side, so that what reads them is its
 * epilogue.
 *
 * A gated cell (an LSTM, a gated linear unit) makes all its gates by one product and reads them as 2 or 4 equal slices
 * of the last dimension. A work-item of a product holds neighbouring columns, never those of all slices, so the cell
 * would be a launch of its own that reads what the product wrote: on a GPU a launch more than such a step has work for.
 * With the columns of b in another order the gates of an element are neighbours:
 *
 *   z = a b (M, N) + y               z = a b' (M, N),  b' = copy(reshape(permute(reshape(b, (K, p, H)))))
 *   gate g: z[:, g H .. g H + H]     gate g: z[:, g, g + p, ..] + y[:, g H .. g H + H]
 *
 * where N = p H; whatever is elementwise between the product and the slices is computed of slices. Grouping then makes
 * the readers part of the product's kernel (WEFT_GATE), in whose fours the gates are.
 *
 * b' is a value of its own, made once a run (or once for all) for all products that read b so, as all steps of a
 * sequence do; reading b through strides instead would have each of them load its columns one by one. So a single
 * product of few rows by large weights is left alone: putting these in order moves more than the epilogue saves. Left
 * alone are also products that anything else reads, parts that products, attention or reductions read by themselves,
 * and cells that nothing stores since what reads them, a reduction, makes them on its way. */
#include "passes/contract.h"
#include "passes/grouping.h"
#include "passes/pass.h"
#include "passes/rules.h"
#include <string.h>

/* Ops between a product and a slice; those of a product in all. */
enum { MOST_BETWEEN = 16, MOST_TOUCHED = 64 };
/* Of what follows the slices: views in front of a product, ops to find one that is stored. */
enum { MOST_VIEWS = 4, MOST_LOOKED_AT = 256 };

typedef struct gating {
  weft_arena arena;
  const weft_pass_target *target;
  weft_tensor **order, **users; /* users of node i: users[first[id]] .. users[first[id + 1] - 1] */
  size_t n;
  int *first;
  char *is_root;         /* by id, as all that follows */
  weft_tensor **product; /* of a slice and of what lies between: what is read; of the product itself: the product */
  int *gates;            /* of a product: how many, 0: it is left alone */
  double *saved;         /* of b: bytes that the products by it save, in twos and in fours */
  weft_tensor **now;     /* what the node has become */
} gating;

/* What is found behind one product. */
typedef struct reading {
  weft_tensor *product;
  int gates, seen; /* how many; bits of those that are read */
  int n_touched;
  weft_tensor *touched[MOST_TOUCHED];
} reading;

/* ---- which products ---- */

static int64_t columns_of(const weft_tensor *node) {
  return node->shape.rank ? node->shape.dims[node->shape.rank - 1] : 0;
}

/* Into how many equal parts the slice cuts the last dimension and nothing else; 0: it does something else. */
static int parts_of(const weft_tensor *slice) {
  int last = slice->shape.rank - 1;
  int64_t size = columns_of(slice), whole = columns_of(slice->in[0]);
  for (int d = 0; d < last; d++)
    if (slice->shape.dims[d] != slice->in[0]->shape.dims[d]) return 0;
  if (slice->attr[2 * last + 1] != 1 || slice->attr[last] % size || size < 2) return 0;
  return size * 2 == whole ? 2 : size * 4 == whole ? 4 : 0;
}

static int is_scalar(const weft_tensor *node) { return weft_ops[node->op].kind == W_SCALAR; }

/* Whether elementwise ops alone read it. */
static int is_read_by_elements(const gating *s, const weft_tensor *node, int may_reshape) {
  if (s->is_root[node->id]) return 0;
  for (int i = s->first[node->id]; i < s->first[node->id + 1]; i++) {
    const weft_tensor *user = s->users[i];
    int is_reshaped = may_reshape && user->op == WEFT_OP_RESHAPE && is_read_by_elements(s, user, 0);
    if (!is_scalar(user) && !is_reshaped) return 0;
  }
  return 1;
}

static int touch(gating *s, reading *r, weft_tensor *node) {
  if (s->product[node->id] || r->n_touched == MOST_TOUCHED) return 0;
  s->product[node->id] = r->product;
  r->touched[r->n_touched++] = node;
  return 1;
}

/* Whether all that reads the node, or what is elementwise made of it, are such slices. */
static int follow(gating *s, reading *r, weft_tensor *node, int depth) {
  if (s->is_root[node->id] || depth > MOST_BETWEEN) return 0;
  for (int i = s->first[node->id]; i < s->first[node->id + 1]; i++) {
    weft_tensor *user = s->users[i];
    if (s->product[user->id] == r->product) continue;
    if (!touch(s, r, user)) return 0;
    if (user->op == WEFT_OP_SLICE) {
      int gates = parts_of(user);
      if (!gates || (r->gates && gates != r->gates) || !is_read_by_elements(s, user, 1)) return 0;
      r->gates = gates;
      r->seen |= 1 << user->attr[user->shape.rank - 1] / columns_of(user);
    } else if (columns_of(user) != columns_of(node) || (user->op != WEFT_OP_RESHAPE && !is_scalar(user)) ||
               !follow(s, r, user, depth + 1)) {
      return 0;
    }
  }
  return 1;
}

/* Whether a product or attention reads the node, through views or in a list, whose parts one kernel stores. */
static int is_operand(const gating *s, const weft_tensor *node, int depth) {
  for (int i = s->first[node->id]; i < s->first[node->id + 1]; i++) {
    const weft_tensor *user = s->users[i];
    weft_op_kind kind = weft_ops[user->op].kind;
    if (kind == W_HEAVY) return 1;
    int is_view = kind == W_VIEW || user->op == WEFT_OP_COPY;
    if (is_view && depth < MOST_VIEWS && is_operand(s, user, depth + 1)) return 1;
  }
  return 0;
}

/* Whether an op that is elementwise made of the node is sure to be stored as it is: a result, or what a product reads.
 * What a row is reduced from is made by the kernel that reduces it. `left`: nodes to look at. */
static int is_stored(const gating *s, const weft_tensor *node, int *left) {
  int stored = 0;
  for (int i = s->first[node->id]; i < s->first[node->id + 1] && !stored && (*left)-- > 0; i++) {
    const weft_tensor *user = s->users[i];
    int is_reduced = 0;
    if (!is_scalar(user) && user->op != WEFT_OP_RESHAPE) continue;
    for (int k = s->first[user->id]; k < s->first[user->id + 1]; k++)
      is_reduced |= weft_ops[s->users[k]->op].kind == W_REDUCE && s->users[k]->op != WEFT_OP_FOLD &&
                    weft_is_trailing(user->shape, (uint32_t)s->users[k]->attr[0]);
    stored = s->is_root[user->id] || is_operand(s, user, 0) || (!is_reduced && is_stored(s, user, left));
  }
  return stored;
}

static int has_epilogue(const gating *s, const reading *r) {
  int left = MOST_LOOKED_AT, any = 0;
  for (int i = 0; i < r->n_touched && !any; i++)
    any = r->touched[i]->op == WEFT_OP_SLICE && is_stored(s, r->touched[i], &left);
  return any;
}

/* Bytes that putting b in order moves. */
static double cost_of(const gating *s, weft_tensor *b) {
  int is_once = s->target->is_steady && weft_is_weights(b);
  return is_once ? 0 : weft_launch_bytes + 8 * (double)weft_shape_size(b->shape);
}

/* A launch and reading the result; that it need not be written either holds only where no gradient reads gates. */
static double saved_by(const weft_tensor *product) {
  return weft_launch_bytes + 4 * (double)weft_shape_size(product->shape);
}

static double *saved_of(const gating *s, const weft_tensor *product, int gates) {
  return &s->saved[2 * product->in[1]->id + (gates == 4)];
}

static void look_at(gating *s, weft_tensor *product) {
  const weft_tensor *b = product->in[1];
  reading r = {.product = product};
  if (product->attr[3] != 1 || product->attr[4] || columns_of(product) % 4 || b->shape.rank == WEFT_MAX_RANK) return;
  if (weft_shape_size(weft_view_base((weft_tensor *)b)->shape) < weft_shape_size(b->shape)) return; /* repeated */
  if (!touch(s, &r, product)) return;
  if (follow(s, &r, product, 0) && (r.seen & (r.seen - 1)) && has_epilogue(s, &r)) {
    s->gates[product->id] = r.gates;
    *saved_of(s, product, r.gates) += saved_by(product);
    return;
  }
  for (int i = 0; i < r.n_touched; i++) s->product[r.touched[i]->id] = NULL;
}

/* The later one of two products whose sum is read takes the readers; the earlier one is there by then. */
static int find(gating *s) {
  int any = 0;
  for (size_t i = s->n; i-- > 0;)
    if (s->order[i]->op == WEFT_OP_DOT) look_at(s, s->order[i]);
  for (size_t i = 0; i < s->n; i++) {
    int *gates = &s->gates[s->order[i]->id];
    if (*gates && *saved_of(s, s->order[i], *gates) <= cost_of(s, s->order[i]->in[1])) *gates = 0;
    any |= *gates;
  }
  return any;
}

/* ---- rewriting ---- */

/* b with the columns of its parts side by side. */
static weft_tensor *in_turn(weft_tensor *b, int gates) {
  int64_t axes[WEFT_MAX_RANK];
  weft_shape shape = b->shape, split = shape;
  int last = shape.rank - 1;
  if (b->op == WEFT_OP_COPY) b = b->in[0];
  split.dims[last] = gates;
  split.dims[split.rank++] = shape.dims[last] / gates;
  for (int d = 0; d < last; d++) axes[d] = d;
  axes[last] = last + 1;
  axes[last + 1] = last;
  b = weft_view_reshape(weft_view_permute(weft_view_reshape(b, split), axes), shape);
  return b ? weft_make_copy(b) : NULL;
}

/* A slice of the last dimension, of `size` elements, and no more views than it takes. */
static weft_tensor *slice_of(weft_tensor *x, int64_t first, int64_t step, int64_t size) {
  int64_t start[WEFT_MAX_RANK] = {0}, steps[WEFT_MAX_RANK];
  if (!x) return NULL;
  weft_shape shape = x->shape;
  if (x->op == WEFT_OP_CONST) {
    shape.dims[shape.rank - 1] = size;
    return weft_make_const(x->graph, x->dtype, shape, x->value);
  }
  for (int d = 0; d < shape.rank; d++) steps[d] = 1;
  start[shape.rank - 1] = first;
  steps[shape.rank - 1] = step;
  shape.dims[shape.rank - 1] = size;
  weft_tensor *slice = weft_make_slice(x, start, steps, shape.dims);
  return slice && slice->op == WEFT_OP_SLICE ? weft_simplify_view(slice) : slice;
}

static weft_tensor *now(const gating *s, weft_tensor *node) {
  return s->now[node->id] ? s->now[node->id] : node; /* a leaf */
}

/* Part `gate` of what is elementwise made of the product, computed of that part alone. */
static weft_tensor *part_of(const gating *s, weft_tensor *product, weft_tensor *node, int gate) {
  int gates = s->gates[product->id];
  int64_t size = columns_of(node) / gates;
  weft_tensor *in[3] = {NULL, NULL, NULL};
  if (node == product) return slice_of(now(s, node), gate, gates, size);
  if (s->product[node->id] != product) return slice_of(now(s, node), gate * size, 1, size);
  for (int i = 0; i < node->n_in; i++)
    if (!(in[i] = part_of(s, product, node->in[i], gate))) return NULL;
  if (is_scalar(node)) return weft_make_scalar(node->op, in[0], in[1], in[2]);
  weft_shape shape = node->shape;
  shape.dims[shape.rank - 1] = size;
  return weft_view_reshape(in[0], shape);
}

static weft_tensor *rewrite(void *user, weft_tensor *node, weft_tensor *const *in) {
  gating *s = user;
  weft_tensor *product = s->product[node->id], *y = NULL;
  if (!product || !s->gates[product->id]) {
    y = weft_node_with_inputs(node, in);
  } else if (node == product) {
    const int64_t *n = node->attr;
    weft_tensor *b = in_turn(in[1], s->gates[node->id]);
    y = b ? weft_make_dot(in[0], b, (int)n[0], (int)n[1], (int)n[2], (int)n[3], 0, node->shape) : NULL;
  } else if (node->op == WEFT_OP_SLICE) {
    int gate = (int)(node->attr[node->shape.rank - 1] / columns_of(node));
    y = part_of(s, product, node->in[0], gate);
  } else {
    y = node; /* read by nothing any more */
  }
  return s->now[node->id] = y;
}

/* ---- the pass ---- */

static int begin(gating *s, weft_tensor **roots, size_t n_roots) {
  s->order = weft_graph_order(&s->arena, roots, n_roots, &s->n);
  size_t ids = s->order && s->n ? (size_t)s->order[s->n - 1]->id + 1 : 1, n_uses = 0;
  for (size_t i = 0; s->order && i < s->n; i++) n_uses += (size_t)s->order[i]->n_in;
  s->users = WEFT_NEW(&s->arena, weft_tensor *, n_uses + 1);
  s->first = WEFT_NEW(&s->arena, int, ids + 2);
  s->is_root = WEFT_NEW(&s->arena, char, ids);
  s->product = WEFT_NEW(&s->arena, weft_tensor *, ids);
  s->gates = WEFT_NEW(&s->arena, int, ids);
  s->saved = WEFT_NEW(&s->arena, double, 2 * ids);
  s->now = WEFT_NEW(&s->arena, weft_tensor *, ids);
  if (!s->order || !s->users || !s->first || !s->is_root || !s->product || !s->gates || !s->saved || !s->now) return 0;
  for (size_t i = 0; i < n_roots; i++) s->is_root[roots[i]->id] = 1;
  for (size_t i = 0; i < s->n; i++) /* counted two places further on, so that filling them in leaves the begins */
    for (int k = 0; k < s->order[i]->n_in; k++) s->first[s->order[i]->in[k]->id + 2]++;
  for (size_t i = 2; i < ids + 2; i++) s->first[i] += s->first[i - 1];
  for (size_t i = 0; i < s->n; i++)
    for (int k = 0; k < s->order[i]->n_in; k++) s->users[s->first[s->order[i]->in[k]->id + 1]++] = s->order[i];
  return 1;
}

weft_status weft_pass_gates(weft_tensor **roots, size_t n_roots, const weft_pass_target *target, weft_error *error) {
  gating s = {.target = target};
  weft_status status = WEFT_OK;
  if (target->device_class != WEFT_CLASS_GPU) return WEFT_OK;
  if (!begin(&s, roots, n_roots))
    status = weft_fail(error, WEFT_NO_MEMORY, "gates: out of memory");
  else if (find(&s))
    status = weft_rewrite(roots, n_roots, rewrite, &s, error);
  weft_arena_free(&s.arena);
  return status;
}
