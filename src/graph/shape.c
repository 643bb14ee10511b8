/* shape.c -- shapes: counts, strides, texts, broadcasting, and the affine index of a chain of views. */
#include "graph/infer.h"
#include <stdio.h>
#include <string.h>

/* Elements of the largest tensor: its bytes still fit in an int64_t. */
#define MAX_ELEMENTS (INT64_MAX / 8)

int weft_mul64(int64_t a, int64_t b, int64_t *out) {
  if (a != 0 && b > INT64_MAX / a) return 0;
  *out = a * b;
  return 1;
}

int weft_add64(int64_t a, int64_t b, int64_t *out) {
  if (b > INT64_MAX - a) return 0;
  *out = a + b;
  return 1;
}

int weft_shape_count(weft_shape shape, int64_t *out_count) {
  int64_t count = 1;
  if (shape.rank < 0 || shape.rank > WEFT_MAX_RANK) return 0;
  for (int d = 0; d < shape.rank; d++)
    if (shape.dims[d] < 1 || !weft_mul64(count, shape.dims[d], &count) || count > MAX_ELEMENTS) return 0;
  *out_count = count;
  return 1;
}

void weft_shape_strides(weft_shape shape, int64_t *out_strides) {
  int64_t stride = 1;
  for (int d = shape.rank - 1; d >= 0; d--) {
    out_strides[d] = stride;
    stride *= shape.dims[d];
  }
}

int weft_shape_equal(weft_shape a, weft_shape b) {
  return a.rank == b.rank && memcmp(a.dims, b.dims, sizeof a.dims[0] * (size_t)a.rank) == 0;
}

const char *weft_describe_tensor(const weft_tensor *tensor, char *buffer, size_t size) {
  char shape[WEFT_DESCRIPTION - 84]; /* what a name of 80 leaves */
  if (!tensor) {
    snprintf(buffer, size, "NULL");
    return buffer;
  }
  weft_shape_text(tensor->shape, shape, sizeof shape);
  if (tensor->name[0])
    snprintf(buffer, size, "%.80s %s", tensor->name, shape);
  else
    snprintf(buffer, size, "%s#%u %s", weft_ops[tensor->op].name, (unsigned)tensor->id, shape);
  return buffer;
}

/* ---- broadcasting ---- */

int weft_broadcast_shape(const char *op, weft_tensor *const *in, int n, weft_shape *out) {
  weft_shape shape = in[0]->shape;
  for (int i = 1; i < n; i++) {
    weft_shape other = in[i]->shape, wide = shape.rank >= other.rank ? shape : other;
    for (int d = 1; d <= shape.rank && d <= other.rank; d++) {
      int64_t a = shape.dims[shape.rank - d], b = other.dims[other.rank - d];
      if (a != b && a != 1 && b != 1) {
        char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
        /* the first operand that this one clashes with on its own, so that the text names a pair the caller knows */
        int j = 0;
        for (int k = 0; k < i; k++) {
          int rank = in[k]->shape.rank;
          if (d <= rank && in[k]->shape.dims[rank - d] == a) j = k;
        }
        weft_graph_fail(in[0]->graph, WEFT_BAD_SHAPE, "%s: shapes do not broadcast: %s, %s", op,
                        weft_describe_tensor(in[j], x, sizeof x), weft_describe_tensor(in[i], y, sizeof y));
        return 0;
      }
      wide.dims[wide.rank - d] = a > b ? a : b;
    }
    shape = wide;
  }
  *out = shape;
  return 1;
}

weft_tensor *weft_broadcast_to(weft_tensor *x, weft_shape shape, const char *op) {
  if (!weft_common_graph(op, &x, 1)) return NULL;
  int64_t count;
  int fits = weft_shape_count(shape, &count) && x->shape.rank <= shape.rank;
  weft_shape aligned = shape;
  for (int d = 1; fits && d <= shape.rank; d++) {
    int64_t n = d <= x->shape.rank ? x->shape.dims[x->shape.rank - d] : 1;
    fits = n == 1 || n == shape.dims[shape.rank - d];
    aligned.dims[shape.rank - d] = n;
  }
  if (!fits) {
    char from[WEFT_DESCRIPTION], to[WEFT_DESCRIPTION];
    return weft_graph_fail(x->graph, WEFT_BAD_SHAPE, "%s: %s does not broadcast to %s", op,
                           weft_describe_tensor(x, from, sizeof from), weft_shape_text(shape, to, sizeof to));
  }
  if (x->op == WEFT_OP_CONST) return weft_make_const(x->graph, x->dtype, shape, x->value);
  return weft_make_expand(weft_make_reshape(x, aligned), shape);
}

/* ---- affine views ---- */

/* Strides of a reshape of a strided view, or 0 where some index of it is not affine. Walks both shapes in step: a run
 * of old dims and a run of new dims with the same product correspond; the old run must be mergeable into one dim, which
 * then splits freely. Dims of size 1 carry no index and are left out. */
static int reshape_strides(weft_shape from, const int64_t *strides, weft_shape to, int64_t *out) {
  int64_t dims[WEFT_MAX_RANK], old[WEFT_MAX_RANK];
  int rank = 0;
  for (int d = 0; d < from.rank; d++)
    if (from.dims[d] != 1) {
      dims[rank] = from.dims[d];
      old[rank++] = strides[d];
    }
  int i = 0, j = 0;
  while (i < rank && j < to.rank) {
    if (to.dims[j] == 1) {
      j++;
      continue;
    }
    int i_end = i + 1, j_end = j + 1;
    int64_t a = dims[i], b = to.dims[j];
    while (a != b) {
      if (a < b)
        a *= dims[i_end++];
      else
        b *= to.dims[j_end++];
    }
    for (int k = i; k + 1 < i_end; k++)
      if (old[k] != old[k + 1] * dims[k + 1]) return 0;
    int64_t stride = old[i_end - 1];
    for (int k = j_end - 1; k >= j; k--) {
      out[k] = stride;
      stride *= to.dims[k];
    }
    i = i_end;
    j = j_end;
  }
  for (int d = to.rank - 1; d >= 0; d--)
    if (to.dims[d] == 1) out[d] = d + 1 < to.rank ? out[d + 1] * to.dims[d + 1] : 1;
  return 1;
}

static int is_affine(weft_op op) {
  return op == WEFT_OP_RESHAPE || op == WEFT_OP_PERMUTE || op == WEFT_OP_EXPAND || op == WEFT_OP_SLICE ||
         op == WEFT_OP_FLIP || op == WEFT_OP_WINDOW;
}

/* Carries offset and strides from the input of `view` to `view` itself. */
static int apply_view(const weft_tensor *view, int64_t *offset, int64_t *strides) {
  weft_shape from = view->in[0]->shape, to = view->shape;
  const int64_t *attr = view->attr;
  int64_t old[WEFT_MAX_RANK];
  int rank = from.rank, next = rank;
  memcpy(old, strides, sizeof old[0] * (size_t)rank);
  switch (view->op) {
  case WEFT_OP_RESHAPE: return reshape_strides(from, old, to, strides);
  case WEFT_OP_PERMUTE:
    for (int d = 0; d < rank; d++) strides[d] = old[attr[d]];
    return 1;
  case WEFT_OP_EXPAND:
    for (int d = 0; d < rank; d++)
      if (from.dims[d] != to.dims[d]) strides[d] = 0;
    return 1;
  case WEFT_OP_SLICE:
    for (int d = 0; d < rank; d++) {
      *offset += attr[d] * old[d];
      strides[d] = attr[rank + d] * old[d];
    }
    return 1;
  case WEFT_OP_FLIP:
    for (int d = 0; d < rank; d++)
      if (attr[d]) {
        *offset += (from.dims[d] - 1) * old[d];
        strides[d] = -old[d];
      }
    return 1;
  default: /* window */
    for (int d = 0; d < rank; d++)
      if (attr[d]) {
        strides[d] = old[d] * attr[rank + d];
        strides[next++] = old[d] * attr[2 * rank + d];
      }
    return 1;
  }
}

/* Tries the deepest base first and comes up: a reshape that does not fit over a permuted tensor fits over the permuted
 * tensor put into memory. */
int weft_view_affine(weft_tensor *view, weft_tensor **out_base, int64_t *out_offset, int64_t *out_strides) {
  int depth = 0;
  for (weft_tensor *t = view; is_affine(t->op); t = t->in[0]) depth++;
  for (; depth > 0; depth--) {
    weft_tensor *base = view;
    for (int i = 0; i < depth; i++) base = base->in[0];
    int64_t offset = 0, strides[WEFT_MAX_RANK] = {0};
    weft_shape_strides(base->shape, strides);
    int fits = 1;
    for (int level = depth - 1; fits && level >= 0; level--) {
      weft_tensor *t = view;
      for (int i = 0; i < level; i++) t = t->in[0];
      fits = apply_view(t, &offset, strides);
    }
    if (!fits) continue;
    *out_base = base;
    *out_offset = offset;
    memcpy(out_strides, strides, sizeof strides[0] * (size_t)view->shape.rank);
    return 1;
  }
  *out_base = view;
  *out_offset = 0;
  weft_shape_strides(view->shape, out_strides);
  return 0;
}

weft_tensor *weft_view_base(weft_tensor *view) {
  weft_tensor *base;
  int64_t offset, strides[WEFT_MAX_RANK];
  weft_view_affine(view, &base, &offset, strides);
  return base;
}

weft_tensor *weft_view_over(weft_tensor *view, const weft_tensor *base, weft_tensor *other) {
  if (view == base) return other;
  weft_tensor *in = weft_view_over(view->in[0], base, other);
  if (!in || in == view->in[0]) return in ? view : NULL;
  weft_node_spec spec;
  weft_spec_from_node(view, &in, &spec);
  spec.graph = in->graph;
  return weft_node(&spec);
}

static int place_below(const weft_tensor *at, const weft_tensor *part, int64_t *offset, int64_t *strides) {
  int64_t own[WEFT_MAX_RANK], start = *offset;
  if (at == part) return 1;
  memcpy(own, strides, sizeof own);
  switch (at->op) {
  case WEFT_OP_COPY: return place_below(at->in[0], part, offset, strides);
  case WEFT_OP_RESHAPE:
    return reshape_strides(at->shape, own, at->in[0]->shape, strides) && place_below(at->in[0], part, offset, strides);
  case WEFT_OP_PERMUTE:
    for (int d = 0; d < at->shape.rank; d++) strides[at->attr[d]] = own[d];
    return place_below(at->in[0], part, offset, strides);
  case WEFT_OP_CONCAT:
    for (int i = 0; i < at->n_in; i++) {
      *offset = start;
      memcpy(strides, own, sizeof own);
      if (place_below(at->in[i], part, offset, strides)) return 1;
      start += at->in[i]->shape.dims[at->attr[0]] * own[at->attr[0]];
    }
    return 0;
  default: return 0;
  }
}

int weft_place_in(const weft_tensor *whole, const weft_tensor *part, int64_t *out_offset, int64_t *out_strides) {
  int64_t strides[WEFT_MAX_RANK] = {0};
  *out_offset = 0;
  weft_shape_strides(whole->shape, strides);
  if (!place_below(whole, part, out_offset, strides)) return 0;
  memcpy(out_strides, strides, sizeof strides[0] * (size_t)part->shape.rank);
  return 1;
}
