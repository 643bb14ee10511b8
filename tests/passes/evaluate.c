/* evaluate.c -- the values of a graph in double precision, straight from the definitions in ops.def, element by
 * element: slow, and independent of everything that the passes build on. Leaves hold random numbers by their name. */
#include "evaluate.h"
#include "base/hash.h"
#include "base/philox.h"
#include "graph/scalar.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef int64_t at[WEFT_MAX_RANK];

static void unravel(weft_shape shape, int64_t n, int64_t *out) {
  for (int d = shape.rank - 1; d >= 0; d--) {
    out[d] = n % shape.dims[d];
    n /= shape.dims[d];
  }
}

static int64_t ravel(weft_shape shape, const int64_t *index) {
  int64_t n = 0;
  for (int d = 0; d < shape.rank; d++) n = n * shape.dims[d] + index[d];
  return n;
}

static double leaf(const weft_tensor *t, int64_t n) {
  if (t->op == WEFT_OP_DATA)
    return t->dtype == WEFT_F32 ? (double)((const float *)t->data)[n] : (double)((const int32_t *)t->data)[n];
  double u = weft_philox_uniform(weft_hash_text(WEFT_HASH_SEED, t->name), 0, (uint64_t)n);
  return t->dtype == WEFT_I32 ? floor(u * 5) - 1 : u * 4 - 2;
}

static double scalar(const weft_tensor *t, double *const *in, int64_t n) {
  double operands[3], y = NAN;
  int32_t whole[3], z;
  for (int i = 0; i < t->n_in; i++) operands[i] = in[i][n];
  if (t->in[t->n_in - 1]->dtype == WEFT_F32 || t->op == WEFT_OP_TO_F32) {
    weft_scalar_eval_f64(t->op, operands, &y);
    return y;
  }
  for (int i = 0; i < t->n_in; i++) whole[i] = (int32_t)operands[i];
  return weft_scalar_eval_i32(t->op, whole, &z) ? z : y;
}

static double view(const weft_tensor *t, double *const *in, int64_t n) {
  at y, x;
  weft_shape from = t->in[0]->shape;
  int rank = from.rank, next = rank;
  if (t->op == WEFT_OP_RESHAPE) return in[0][n];
  unravel(t->shape, n, y);
  if (t->op == WEFT_OP_CONCAT) {
    int i = 0;
    for (; y[t->attr[0]] >= t->in[i]->shape.dims[t->attr[0]]; i++) y[t->attr[0]] -= t->in[i]->shape.dims[t->attr[0]];
    return in[i][ravel(t->in[i]->shape, y)];
  }
  for (int d = 0; d < rank; d++) switch (t->op) {
    case WEFT_OP_PERMUTE: x[t->attr[d]] = y[d]; break;
    case WEFT_OP_EXPAND: x[d] = from.dims[d] == 1 ? 0 : y[d]; break;
    case WEFT_OP_SLICE: x[d] = t->attr[d] + y[d] * t->attr[rank + d]; break;
    case WEFT_OP_FLIP: x[d] = t->attr[d] ? from.dims[d] - 1 - y[d] : y[d]; break;
    case WEFT_OP_PAD: {
      int64_t step = t->attr[rank + d] + 1, k = y[d] - t->attr[d];
      if (k < 0 || k % step != 0 || k / step >= from.dims[d]) return t->value;
      x[d] = k / step;
      break;
    }
    default: x[d] = t->attr[d] ? y[d] * t->attr[rank + d] + y[next++] * t->attr[2 * rank + d] : y[d]; break;
    }
  return in[0][ravel(from, x)];
}

/* Runs over the inputs of a reduction and adds each to where it belongs. */
static void reduce(const weft_tensor *t, const double *x, double *out) {
  int64_t size = weft_shape_size(t->shape), count = weft_shape_size(t->in[0]->shape), reduced = count / size;
  int is_position = t->op == WEFT_OP_ARGMAX || t->op == WEFT_OP_ARGMIN;
  double *best = calloc((size_t)size, sizeof *best);
  int64_t *seen = calloc((size_t)size, sizeof *seen);
  (void)reduced;
  for (int64_t n = 0; n < count; n++) {
    at i;
    unravel(t->in[0]->shape, n, i);
    for (int d = 0; d < t->shape.rank; d++)
      if (t->attr[0] >> d & 1) i[d] = 0;
    int64_t k = ravel(t->shape, i);
    int first = seen[k] == 0, more = x[n] > best[k], less = x[n] < best[k];
    switch (t->op) {
    case WEFT_OP_REDUCE_SUM: out[k] = first ? x[n] : out[k] + x[n]; break;
    case WEFT_OP_REDUCE_PROD: out[k] = first ? x[n] : out[k] * x[n]; break;
    default:
      if (first || (t->op == WEFT_OP_REDUCE_MAX || t->op == WEFT_OP_ARGMAX ? more : less)) {
        best[k] = x[n];
        out[k] = is_position ? (double)seen[k] : x[n];
      }
    }
    seen[k]++;
  }
  for (int64_t k = 0; k < size && t->dtype == WEFT_I32; k++)
    out[k] = (double)(int32_t)(uint32_t)(int64_t)fmod(out[k], 4294967296.0);
  free(best);
  free(seen);
}

static void fold(const weft_tensor *t, const double *y, double *out) {
  int rank = t->shape.rank;
  for (int64_t n = 0; n < weft_shape_size(t->in[0]->shape); n++) {
    at i, x;
    int next = rank;
    unravel(t->in[0]->shape, n, i);
    for (int d = 0; d < rank; d++)
      x[d] = t->attr[d] ? i[d] * t->attr[rank + d] + i[next++] * t->attr[2 * rank + d] : i[d];
    out[ravel(t->shape, x)] += y[n];
  }
}

static void matmul(const weft_tensor *t, const double *a, const double *b, double *out) {
  int rank = t->shape.rank;
  int64_t rows = t->shape.dims[rank - 2], cols = t->shape.dims[rank - 1], inner = t->in[0]->shape.dims[rank - 1];
  for (int64_t n = 0; n < weft_shape_size(t->shape); n++) {
    int64_t batch = n / (rows * cols), i = n / cols % rows, j = n % cols;
    for (int64_t k = 0; k < inner; k++) out[n] += a[(batch * rows + i) * inner + k] * b[(batch * inner + k) * cols + j];
  }
}

/* y[n,p,q,o] += x[n, p s + r d, .., c] w[r,s,c',o], to whichever of the three the op tells. */
static void conv(const weft_tensor *t, const double *a, const double *b, double *out) {
  weft_shape sx = t->op == WEFT_OP_CONV_DX ? t->shape : t->in[0]->shape;
  weft_shape sw = t->op == WEFT_OP_CONV_DW ? t->shape : t->in[1]->shape;
  weft_shape sy = t->op == WEFT_OP_CONV ? t->shape : t->op == WEFT_OP_CONV_DX ? t->in[0]->shape : t->in[1]->shape;
  int64_t out_each = sy.dims[3] / t->attr[4];
  for (int64_t n = 0; n < weft_shape_size(sy); n++)
    for (int64_t m = 0; m < sw.dims[0] * sw.dims[1] * sw.dims[2]; m++) {
      at y;
      unravel(sy, n, y);
      int64_t c = m % sw.dims[2], s = m / sw.dims[2] % sw.dims[1], r = m / sw.dims[2] / sw.dims[1];
      at x = {y[0], y[1] * t->attr[0] + r * t->attr[2], y[2] * t->attr[1] + s * t->attr[3],
              y[3] / out_each * sw.dims[2] + c};
      at w = {r, s, c, y[3]};
      int64_t ix = ravel(sx, x), iw = ravel(sw, w);
      if (t->op == WEFT_OP_CONV)
        out[n] += a[ix] * b[iw];
      else if (t->op == WEFT_OP_CONV_DX)
        out[ix] += a[n] * b[iw];
      else
        out[iw] += a[ix] * b[n];
    }
}

static void dot(const weft_tensor *t, const double *a, const double *b, double *out) {
  int nb = (int)t->attr[0], nm = (int)t->attr[1], nk = (int)t->attr[2], nn = (int)t->attr[3];
  weft_shape sa = t->in[0]->shape, sb = t->in[1]->shape, k = {.rank = nk};
  memcpy(k.dims, &sa.dims[nb + nm], sizeof(int64_t) * (size_t)nk);
  for (int64_t n = 0; n < weft_shape_size(t->shape); n++)
    for (int64_t j = 0; j < weft_shape_size(k); j++) {
      at c, ik, ia, ib;
      int64_t column = 0;
      unravel(t->shape, n, c);
      unravel(k, j, ik);
      for (int d = 0; d < nb + nm; d++) ia[d] = c[d];
      for (int d = 0; d < nk; d++) ia[nb + nm + d] = ik[d];
      for (int d = 0; d < nb; d++) ib[d] = c[d];
      for (int d = 0; d < nn; d++) column = column * t->shape.dims[nb + nm + d] + c[nb + nm + d];
      int first_k = nb;
      if (t->attr[4]) {
        ib[first_k++] = column / t->attr[4];
        ib[nb + 1 + nk] = column % t->attr[4];
      }
      for (int d = 0; d < nk; d++) ib[first_k + d] = ik[d];
      for (int d = 0; d < nn && !t->attr[4]; d++) ib[nb + nk + d] = c[nb + nm + d];
      out[n] += a[ravel(sa, ia)] * b[ravel(sb, ib)];
    }
}

static void node(const weft_tensor *t, double *const *in, double *out) {
  int64_t size = weft_shape_size(t->shape);
  at i;
  switch (t->op) {
  case WEFT_OP_FOLD: fold(t, in[0], out); return;
  case WEFT_OP_MATMUL: matmul(t, in[0], in[1], out); return;
  case WEFT_OP_DOT: dot(t, in[0], in[1], out); return;
  case WEFT_OP_CONV:
  case WEFT_OP_CONV_DX:
  case WEFT_OP_CONV_DW: conv(t, in[0], in[1], out); return;
  default: break;
  }
  if (weft_ops[t->op].kind == W_REDUCE) {
    reduce(t, in[0], out);
    return;
  }
  for (int64_t n = 0; n < size; n++) switch (weft_ops[t->op].kind) {
    case W_LEAF: out[n] = leaf(t, n); break;
    case W_SCALAR: out[n] = scalar(t, in, n); break;
    case W_VIEW: out[n] = view(t, in, n); break;
    case W_EFFECT: out[n] = in[t->op == WEFT_OP_ASSIGN][n]; break;
    default:
      unravel(t->shape, n, i);
      if (t->op == WEFT_OP_CONST)
        out[n] = t->value;
      else if (t->op == WEFT_OP_IOTA)
        out[n] = (double)i[t->attr[0]];
      else if (t->op == WEFT_OP_UNIFORM)
        out[n] = weft_philox_uniform((uint64_t)t->attr[0], (uint32_t)(int32_t)in[0][0], (uint64_t)n);
      else
        out[n] = weft_philox_normal((uint64_t)t->attr[0], (uint32_t)(int32_t)in[0][0], (uint64_t)n);
    }
}

int evaluate(weft_tensor *const *roots, size_t n_roots, double **out_values) {
  weft_arena arena = {0};
  size_t count;
  weft_tensor **order = weft_graph_order(&arena, roots, n_roots, &count);
  size_t ids = order && count ? (size_t)order[count - 1]->id + 1 : 1;
  double **values = WEFT_NEW(&arena, double *, ids);
  for (size_t i = 0; order && values && i < count; i++) {
    weft_tensor *t = order[i];
    double **in = WEFT_NEW(&arena, double *, t->n_in);
    for (int k = 0; k < t->n_in; k++) in[k] = values[t->in[k]->id];
    values[t->id] = calloc((size_t)weft_shape_size(t->shape), sizeof(double));
    if (!values[t->id]) return 0;
    node(t, in, values[t->id]);
  }
  for (size_t i = 0; i < n_roots; i++) {
    size_t bytes = (size_t)weft_shape_size(roots[i]->shape) * sizeof(double);
    out_values[i] = malloc(bytes);
    if (out_values[i]) memcpy(out_values[i], values[roots[i]->id], bytes);
  }
  for (size_t i = 0; order && i < count; i++) free(values[order[i]->id]);
  weft_arena_free(&arena);
  return 1;
}
