/* contract.c -- matrix products and convolutions become dot, the general contraction over affine views.
 *
 *   matmul    (b.., M | K) x (b.., K | N)
 *   conv      (N, OH, OW | R, S, C) windows of x  x  (R, S, C | OC) weights
 *   conv_dw   (R, S, C | N, OH, OW) windows of x  x  (N, OH, OW | OC) dy
 *   conv_dx   fold of (N, OH, OW | OC) dy x (OC | R, S, C) weights; with stride 1 convolve.c has made it a conv
 *
 * so that im2col is nothing but strides. Groups of channels are a batch dim in front. What is no contraction worth a
 * tile goes back to elementwise ops and a sum: outer products, products with one row or column, and convolutions of
 * one channel a group, whose tiles would be one column wide.
 *
 * An operand is read through strides from a tensor in memory: an operand that is computed by views alone (a border,
 * a reshape across permuted dims, a constant) is put there by copy, beneath the views that strides can express. */
#include "passes/contract.h"
#include "base/tiles.h"
#include "base/winograd.h"
#include "passes/pass.h"
#include "passes/rules.h"
#include <string.h>

/* A flattened image of channels last is read where it lies, which leaps through memory, unless as many columns of b
 * read it again and again; then it is copied, once for the product and its gradient. */
enum { MANY_COLUMNS = 32 };
/* A run of columns is long where it is some vectors of any width. */
enum { LONG_RUN = 32 };
/* Weights that no run changes are put into panels where so few rows of a read them, and they are no larger (16 Mi). */
enum { FEW_ROWS = 256, MOST_KEPT = 1 << 24 };

static const int64_t zeros[WEFT_MAX_RANK] = {0};

static weft_shape joined(weft_shape front, int n_front, weft_shape back, int first_back) {
  weft_shape shape = {.rank = n_front};
  memcpy(shape.dims, front.dims, sizeof front.dims[0] * (size_t)n_front);
  while (first_back < back.rank) shape.dims[shape.rank++] = back.dims[first_back++];
  return shape;
}

/* ---- operands in memory ---- */

static int is_stored(const weft_tensor *base) {
  weft_op_kind kind = weft_ops[base->op].kind;
  return kind != W_VIEW && kind != W_MAKE;
}

weft_tensor *weft_in_memory(weft_tensor *view) {
  if (!view) return NULL;
  weft_tensor *base = weft_view_base(view);
  return is_stored(base) ? view : weft_view_over(view, base, weft_make_copy(base));
}

weft_tensor *weft_image_in_memory(weft_tensor *x) { return is_stored(weft_view_base(x)) ? x : weft_make_copy(x); }

weft_tensor *weft_last_dense(weft_tensor *x) {
  weft_tensor *base;
  int64_t offset, strides[WEFT_MAX_RANK];
  if (!x) return NULL;
  weft_view_affine(x, &base, &offset, strides);
  return strides[x->shape.rank - 1] == 1 ? x : weft_make_copy(x);
}

weft_tensor *weft_dense_image(weft_tensor *x) { return weft_last_dense(weft_image_in_memory(x)); }

/* Whether the columns of b are neighbours in memory, as vectors of them need it: all of them, or long runs. */
static int is_dense(const weft_product *p) {
  weft_tensor *base;
  int64_t offset, strides[WEFT_MAX_RANK], run = 1;
  weft_view_affine(p->b, &base, &offset, strides);
  for (int d = p->b->shape.rank - 1; d >= p->nb + p->nk; d--) {
    if (p->b->shape.dims[d] != 1 && strides[d] != run) return is_stored(base) && run % LONG_RUN == 0;
    run *= p->b->shape.dims[d];
  }
  return is_stored(base);
}

/* Whether b's rows lie side by side in memory. */
static int is_whole(const weft_product *p) {
  weft_tensor *base;
  int64_t offset, strides[WEFT_MAX_RANK], run = 1;
  weft_view_affine(p->b, &base, &offset, strides);
  for (int d = p->b->shape.rank - 1; d >= p->nb; run *= p->b->shape.dims[d--])
    if (p->b->shape.dims[d] != 1 && strides[d] != run) return 0;
  return is_stored(base);
}

/* Rows of a that make it worth putting b in order so that it can be read in fours. */
enum { ENOUGH_ROWS = 32 };

/* b for devices that read it element by element: neighbouring work-items want neighbouring columns or neighbouring k;
 * an operand that has neither (weights of a convolution as the user keeps them) is put in order by a copy. Shaders on a
 * CPU read four neighbours at once where fours begin at multiples of four; a copy has columns like that. */
static weft_tensor *in_order(const weft_product *p, int wants_fours) {
  weft_tensor *base, *b = p->b;
  int64_t offset, strides[WEFT_MAX_RANK];
  int rank = b->shape.rank, first_n = p->nb + p->nk;
  weft_view_affine(b, &base, &offset, strides);
  if (!is_stored(base) || weft_shape_size(base->shape) < weft_shape_size(b->shape)) return weft_in_memory(b);
  wants_fours &= weft_size_of(b, first_n, p->nn) % 4 == 0 && weft_size_of(p->a, p->nb, p->nm) >= ENOUGH_ROWS;
  for (int role = 0; role < 2; role++) {
    int first = role ? first_n : p->nb, last = role ? rank - 1 : first_n - 1, fours = offset % 4 == 0;
    while (last > first && b->shape.dims[last] == 1) last--;
    if (last < first || (strides[last] != 1 && strides[last] != -1)) continue;
    for (int d = 0; d < rank; d++) fours &= d == last || b->shape.dims[d] == 1 || strides[d] % 4 == 0;
    if (!wants_fours || (fours && strides[last] == 1)) return b;
  }
  return weft_make_copy(b);
}

/* Whether panels of b are made once for all runs, and are worth their memory: with many rows of a the kernel's own copy
 * costs next to nothing. */
static int may_keep_panels(const weft_product *p, const weft_pass_target *target) {
  return target->is_steady && weft_is_weights(p->b) && weft_shape_size(p->b->shape) <= MOST_KEPT &&
         weft_size_of(p->a, p->nb, p->nm) <= FEW_ROWS;
}

/* Columns of a panel of b on a CPU; 0: b is read as it is, since kernels copy what they read often on their way. */
static int panel_of(const weft_product *p, const weft_pass_target *target) {
  int lanes = target->vector_width ? (int)target->vector_width : 1;
  int64_t n = weft_size_of(p->b, p->nb + p->nk, p->nn);
  if (n < lanes && (is_whole(p) || 2 * n <= lanes)) return 0; /* a vector begins at each row, or has several */
  if (n >= lanes && is_dense(p) && !may_keep_panels(p, target)) return 0;
  return n <= lanes ? lanes : weft_tile_for(target->device_class, lanes)->panel;
}

/* b with rows that lie side by side, where several of them are one vector. */
static weft_tensor *in_rows(const weft_product *p, const weft_pass_target *target) {
  int64_t n = weft_size_of(p->b, p->nb + p->nk, p->nn);
  return is_whole(p) || n >= (int64_t)target->vector_width ? weft_in_memory(p->b) : weft_make_copy(p->b);
}

/* b (batch.., k.., n..) as panels (batch.., ceil(N / P), k.., P), zero beyond N. */
static weft_tensor *packed(const weft_product *p, int panel) {
  weft_tensor *b = p->b;
  int k_end = p->nb + p->nk;
  int64_t n = weft_size_of(b, k_end, p->nn), axes[WEFT_MAX_RANK];
  weft_shape flat = b->shape, wide, split;
  flat.rank = k_end + 1;
  flat.dims[k_end] = n;
  wide = flat;
  wide.dims[k_end] = (n + panel - 1) / panel * panel;
  split = wide;
  split.rank = k_end + 2;
  split.dims[k_end] = wide.dims[k_end] / panel;
  split.dims[k_end + 1] = panel;
  for (int d = 0; d < p->nb; d++) axes[d] = d;
  axes[p->nb] = k_end;
  for (int d = 0; d < p->nk; d++) axes[p->nb + 1 + d] = p->nb + d;
  axes[k_end + 1] = k_end + 1;
  b = weft_view_reshape(b, flat);
  b = b ? weft_make_pad(b, zeros, zeros, wide, 0) : NULL;
  b = weft_view_permute(weft_view_reshape(b, split), axes);
  return b ? weft_make_copy(b) : NULL;
}

/* ---- one dot ---- */

static weft_tensor *one_dot(const weft_product *p, const weft_pass_target *target) {
  weft_tensor *a = weft_in_memory(p->a), *b;
  int panel = 0, first_n = p->nb + p->nk;
  if (!a || !p->b) return NULL;
  weft_shape shape = joined(p->a->shape, p->nb + p->nm, p->b->shape, first_n);
  int is_gpu = target->device_class == WEFT_CLASS_GPU;
  if (is_gpu || target->glsl)
    b = in_order(p, !is_gpu);
  else if ((panel = panel_of(p, target)) > 0)
    b = packed(p, panel);
  else
    b = in_rows(p, target);
  return b ? weft_make_dot(a, b, p->nb, p->nm, p->nk, p->nn, panel, shape) : NULL;
}

weft_tensor *weft_contract(const weft_product *given, const weft_pass_target *target) {
  weft_product p = *given;
  if (!p.a || !p.b) return NULL;
  weft_shape shape = joined(p.a->shape, p.nb + p.nm, p.b->shape, p.nb + p.nk);
  if (p.nb > 4) { /* packing and parts need dims of their own */
    weft_shape batch = weft_shape_of(weft_size_of(p.a, 0, p.nb));
    weft_shape a = joined(batch, 1, p.a->shape, p.nb), b = joined(batch, 1, p.b->shape, p.nb);
    p.a = weft_view_reshape(p.a, a);
    p.b = weft_view_reshape(p.b, b);
    p.nb = 1;
    if (!p.a || !p.b) return NULL;
  }
  weft_tensor *fast = weft_strassen(&p, target);
  if (fast) return weft_view_reshape(fast, shape);
  int dim = 0;
  int64_t parts = weft_parts_of_k(&p, target, &dim);
  if (parts == 1) return weft_view_reshape(one_dot(&p, target), shape);
  p.a = weft_parts_in_front(p.a, p.nb + p.nm + dim, parts);
  p.b = weft_parts_in_front(p.b, p.nb + dim, parts);
  p.nb++;
  weft_tensor *each = one_dot(&p, target);
  return each ? weft_view_reshape(weft_sum_of_parts(each, target), shape) : NULL;
}

static weft_tensor *contract_dot(weft_tensor *node, weft_tensor *const *in, const weft_pass_target *target) {
  const int64_t *n = node->attr;
  return weft_contract(&(weft_product){in[0], in[1], (int)n[0], (int)n[1], (int)n[2], (int)n[3]}, target);
}

/* ---- matrix products ---- */

static weft_tensor *multiply(weft_tensor *a, weft_tensor *b, weft_shape shape) {
  return weft_make_scalar(WEFT_OP_MUL, weft_make_expand(a, shape), weft_make_expand(b, shape), NULL);
}

static weft_tensor *transposed(weft_tensor *x) {
  int64_t axes[WEFT_MAX_RANK];
  int rank = x->shape.rank;
  for (int d = 0; d < rank; d++) axes[d] = d;
  axes[rank - 2] = rank - 1;
  axes[rank - 1] = rank - 2;
  return weft_view_permute(x, axes);
}

/* Whether one matrix is repeated over all batches. */
static int is_repeated(const weft_tensor *b) {
  return b->op == WEFT_OP_EXPAND && b->shape.rank > 2 && weft_size_of(b->in[0], 0, b->shape.rank - 2) == 1;
}

/* A matrix that is (a transpose of) a reshape which strides cannot follow, as images flattened for a dense layer are:
 * the dims before the reshape, in two groups of the matrix's sizes, are the rows' and the columns' own dims. Returns
 * them with *out_rows dims for the rows; NULL when the matrix is something else, or is better copied for a product of n
 * columns. */
static weft_tensor *unmerged(weft_tensor *x, int64_t n, int *out_rows) {
  weft_tensor *reshape = x->op == WEFT_OP_PERMUTE ? x->in[0] : x, *base;
  int64_t offset, strides[WEFT_MAX_RANK], axes[WEFT_MAX_RANK], rows = 1;
  int first = 0;
  if (reshape->op != WEFT_OP_RESHAPE || reshape->shape.rank != 2) return NULL;
  if (is_stored(weft_view_base(reshape))) return NULL;
  weft_tensor *z = reshape->in[0];
  weft_view_affine(z, &base, &offset, strides);
  if (!is_stored(base) || z->shape.rank >= WEFT_MAX_RANK - 1) return NULL;
  if (n >= MANY_COLUMNS && strides[z->shape.rank - 1] != 1) return NULL;
  while (first < z->shape.rank && rows < reshape->shape.dims[0]) rows *= z->shape.dims[first++];
  if (rows != reshape->shape.dims[0]) return NULL;
  *out_rows = first;
  if (x == reshape) return z;
  *out_rows = z->shape.rank - first;
  for (int d = 0; d < z->shape.rank; d++) axes[d] = d < *out_rows ? first + d : d - *out_rows;
  return weft_view_permute(z, axes);
}

static weft_tensor *contract_unmerged(weft_tensor *node, weft_tensor *a, int nm, weft_tensor *b,
                                      const weft_pass_target *target) {
  weft_shape shape = {.rank = 0};
  int nk = a->shape.rank - nm;
  for (int d = nm; d < a->shape.rank; d++) shape.dims[shape.rank++] = a->shape.dims[d];
  shape.dims[shape.rank++] = b->shape.dims[1];
  weft_tensor *y = weft_contract(&(weft_product){a, weft_view_reshape(b, shape), 0, nm, nk, 1}, target);
  return weft_view_reshape(y, node->shape);
}

/* The same of b, where its columns alone are merged, as place.c has them of weights behind a flattened image. */
static weft_tensor *unmerged_columns(weft_tensor *b) {
  int rows = 0;
  weft_tensor *z = b->op == WEFT_OP_RESHAPE ? unmerged(b, 0, &rows) : NULL;
  return z && rows == 1 ? z : NULL;
}

static weft_tensor *contract_matmul(weft_tensor *node, weft_tensor *a, weft_tensor *b, const weft_pass_target *target) {
  int rank = node->shape.rank, batches = rank - 2;
  int64_t m = a->shape.dims[rank - 2], k = a->shape.dims[rank - 1], n = b->shape.dims[rank - 1];
  weft_shape space = node->shape;
  if (k == 1) return multiply(a, b, space);
  if (n == 1) {
    space.dims[rank - 1] = k;
    return weft_make_reduce(WEFT_OP_REDUCE_SUM, multiply(a, transposed(b), space), 1u << (rank - 1));
  }
  if (m == 1) {
    space.dims[rank - 2] = k;
    return weft_make_reduce(WEFT_OP_REDUCE_SUM, multiply(transposed(a), b, space), 1u << (rank - 2));
  }
  int nm = 0;
  weft_tensor *z = rank == 2 ? unmerged(a, n, &nm) : NULL;
  if (z) return contract_unmerged(node, z, nm, b, target);
  if (rank == 2 && (z = unmerged_columns(b)))
    return weft_view_reshape(weft_contract(&(weft_product){a, z, 0, 1, 1, z->shape.rank - 1}, target), space);
  if (is_repeated(b)) {
    b = weft_view_reshape(b->in[0], weft_shape_of(k, n));
    return weft_contract(&(weft_product){a, b, 0, rank - 1, 1, 1}, target);
  }
  return weft_contract(&(weft_product){a, b, batches, 1, 1, 1}, target);
}

/* ---- convolutions ---- */

/* Sizes of a convolution of x (N, H, W, C) by w (R, S, C / groups, OC) with outputs (OH, OW). */
typedef struct sizes {
  int64_t n, h, w, c, r, s, oh, ow, oc, groups;
  int64_t stride[2], dilation[2];
} sizes;

static sizes sizes_of(weft_shape x, weft_shape w, weft_shape y, const int64_t *options) {
  return (sizes){.n = x.dims[0],
                 .h = x.dims[1],
                 .w = x.dims[2],
                 .c = x.dims[3],
                 .r = w.dims[0],
                 .s = w.dims[1],
                 .oh = y.dims[1],
                 .ow = y.dims[2],
                 .oc = y.dims[3],
                 .groups = options[4],
                 .stride = {options[0], options[1]},
                 .dilation = {options[2], options[3]}};
}

/* One channel in and out a group. */
static int is_depthwise(const sizes *z) { return z->groups > 1 && z->groups == z->c && z->groups == z->oc; }

/* Whether it is what weft_winograd() computes. */
static int is_small_window(const sizes *z, weft_winograd_window *out) {
  *out = (weft_winograd_window){.taps = z->r, .dilation = {z->dilation[0], z->dilation[1]}, .groups = z->groups};
  return z->r == z->s && z->r >= WEFT_WINOGRAD_LEAST_TAPS && z->r <= WEFT_WINOGRAD_MOST_TAPS && z->stride[0] == 1 &&
         z->stride[1] == 1 && z->dilation[0] <= WEFT_WINOGRAD_MOST_DILATION &&
         z->dilation[1] <= WEFT_WINOGRAD_MOST_DILATION;
}

/* (N, OH, OW, C, R, S) */
static weft_tensor *windows(weft_tensor *x, const sizes *z) {
  const int64_t size[4] = {0, z->r, z->s, 0}, stride[4] = {1, z->stride[0], z->stride[1], 1};
  const int64_t dilation[4] = {1, z->dilation[0], z->dilation[1], 1};
  if (!is_depthwise(z)) x = weft_image_in_memory(x);
  return x ? weft_make_window(x, size, stride, dilation) : NULL;
}

/* The last dim cut into (groups, rest), the groups in front; x itself for one group. */
static weft_tensor *by_group(weft_tensor *x, int at, int64_t groups) {
  return x && groups > 1 ? weft_parts_in_front(x, at, groups) : x;
}

/* Undoes by_group() on a result: the groups from the front into dim `at` of the rest. */
static weft_tensor *ungrouped(weft_tensor *y, int at, int64_t groups) {
  int64_t axes[WEFT_MAX_RANK];
  if (!y || groups == 1) return y;
  int rank = y->shape.rank;
  for (int d = 0; d < rank; d++) axes[d] = d < at ? d + 1 : d == at ? 0 : d;
  y = weft_view_permute(y, axes);
  if (!y) return NULL;
  weft_shape shape = y->shape;
  shape.dims[at] *= shape.dims[at + 1];
  memmove(&shape.dims[at + 1], &shape.dims[at + 2], sizeof shape.dims[0] * (size_t)(rank - at - 2));
  shape.rank--;
  return weft_view_reshape(y, shape);
}

/* Moves the dims from .. from + 2 (R, S, C in some order) of x, behind what stands before them. */
static weft_tensor *permuted_tail(weft_tensor *x, int tail, const int64_t *order) {
  int64_t axes[WEFT_MAX_RANK];
  if (!x) return NULL;
  int front = x->shape.rank - tail;
  for (int d = 0; d < front; d++) axes[d] = d;
  for (int d = 0; d < tail; d++) axes[front + d] = front + order[d];
  return weft_view_permute(x, axes);
}

static const int64_t c_last[3] = {1, 2, 0};  /* (C, R, S) to (R, S, C) */
static const int64_t c_first[3] = {2, 0, 1}; /* (R, S, C) to (C, R, S) */

static weft_tensor *contract_conv(weft_tensor *node, weft_tensor *x, weft_tensor *w, const weft_pass_target *target) {
  sizes all = sizes_of(x->shape, w->shape, node->shape, node->attr), *z = &all;
  weft_winograd_window window;
  weft_tensor *y = weft_grouped(x, w, node->shape, node->attr, target);
  if (!y && is_small_window(z, &window)) y = weft_winograd(x, w, &window, node->shape, target);
  if (y) return y;
  weft_tensor *win = windows(x, z);
  if (!win) return NULL;
  if (is_depthwise(z)) {
    y = multiply(win, weft_depthwise_weights(w), win->shape);
    return weft_view_reshape(weft_make_reduce(WEFT_OP_REDUCE_SUM, y, 1u << 4 | 1u << 5), node->shape);
  }
  int nb = z->groups > 1;
  weft_tensor *a = permuted_tail(by_group(win, 3, z->groups), 3, c_last); /* (G, N, OH, OW, R, S, C) */
  y = weft_contract(&(weft_product){a, by_group(w, 3, z->groups), nb, 3, 3, 1}, target);
  return ungrouped(y, 3, z->groups);
}

static weft_tensor *dx_by_fold(weft_tensor *dy, weft_tensor *w, const sizes *z, const weft_pass_target *target) {
  const int64_t size[4] = {0, z->r, z->s, 0}, stride[4] = {1, z->stride[0], z->stride[1], 1};
  const int64_t dilation[4] = {1, z->dilation[0], z->dilation[1], 1}, oc_first[4] = {3, 0, 1, 2};
  weft_tensor *cols;
  if (is_depthwise(z)) {
    weft_tensor *each = weft_view_reshape(dy, weft_shape_of(z->n, z->oh, z->ow, z->c, 1, 1));
    cols = multiply(each, weft_depthwise_weights(w), weft_shape_of(z->n, z->oh, z->ow, z->c, z->r, z->s));
  } else {
    weft_tensor *b = permuted_tail(by_group(w, 3, z->groups), 4, oc_first); /* (G, OC, R, S, C) */
    cols = weft_contract(&(weft_product){by_group(dy, 3, z->groups), b, z->groups > 1, 3, 1, 3}, target);
    cols = ungrouped(permuted_tail(cols, 3, c_first), 3, z->groups); /* (N, OH, OW, C, R, S) */
  }
  weft_tensor *dx = weft_make_fold(cols, weft_shape_of(z->n, z->h, z->w, z->c), size, stride, dilation);
  return dx && dx->op == WEFT_OP_FOLD ? weft_simplify_fold(dx) : dx;
}

static weft_tensor *contract_conv_dx(weft_tensor *node, weft_tensor *dy, weft_tensor *w,
                                     const weft_pass_target *target) {
  sizes z = sizes_of(node->shape, w->shape, dy->shape, node->attr);
  weft_tensor *dx = weft_grouped_dx(dy, w, node->shape, node->attr, target);
  if (dx) return dx;
  return dx_by_fold(dy, w, &z, target);
}

static weft_tensor *contract_conv_dw(weft_tensor *node, weft_tensor *x, weft_tensor *dy,
                                     const weft_pass_target *target) {
  sizes z = sizes_of(x->shape, node->shape, dy->shape, node->attr);
  weft_winograd_window window;
  weft_tensor *dw = weft_grouped_dw(x, dy, node->shape, node->attr, target);
  if (!dw && is_small_window(&z, &window)) dw = weft_winograd_dw(x, dy, &window, target);
  if (dw) return dw;
  if (is_depthwise(&z)) return weft_depthwise_dw(x, dy, node->shape, node->attr);
  weft_tensor *win = windows(x, &z);
  if (!win) return NULL;
  /* (G, N, OH, OW, C, R, S) to (G, R, S, C, N, OH, OW) */
  static const int64_t rsc_first[6] = {4, 5, 3, 0, 1, 2};
  weft_tensor *a = permuted_tail(by_group(win, 3, z.groups), 6, rsc_first);
  dw = weft_contract(&(weft_product){a, by_group(dy, 3, z.groups), z.groups > 1, 3, 3, 1}, target);
  return ungrouped(dw, 3, z.groups);
}

/* ---- the pass ---- */

static weft_tensor *contract(void *user, weft_tensor *node, weft_tensor *const *in) {
  const weft_pass_target *target = user;
  weft_tensor *part = NULL;
  switch (node->op) {
  case WEFT_OP_SLICE:
    if (in[0]->op == WEFT_OP_GROUPED && (part = weft_slice_of_grouped(node, in[0]))) return part;
    break;
  case WEFT_OP_DOT: return target->cuts_dots ? contract_dot(node, in, target) : weft_node_with_inputs(node, in);
  case WEFT_OP_MATMUL: return contract_matmul(node, in[0], in[1], target);
  case WEFT_OP_CONV: return contract_conv(node, in[0], in[1], target);
  case WEFT_OP_CONV_DX: return contract_conv_dx(node, in[0], in[1], target);
  case WEFT_OP_CONV_DW: return contract_conv_dw(node, in[0], in[1], target);
  case WEFT_OP_PERMUTE: return weft_view_permute(in[0], node->attr);
  default: break;
  }
  if (!weft_is_attention(node->op)) return weft_node_with_inputs(node, in);
  weft_tensor *stored[6];
  for (int i = 0; i < node->n_in; i++)
    if (!(stored[i] = weft_in_memory(in[i]))) return NULL;
  return weft_node_with_inputs(node, stored);
}

weft_status weft_pass_contract(weft_tensor **roots, size_t n_roots, const weft_pass_target *target, weft_error *error) {
  weft_pass_target copy = *target;
  return weft_rewrite(roots, n_roots, contract, &copy, error);
}
