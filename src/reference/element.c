/* element.c -- one element of a tensor, from the few elements that it needs: an oracle for results that are too large
 * to be computed whole. An index is followed through the views; a contraction, a reduction or attention walks its own
 * range. */
#include "base/philox.h"
#include "base/strassen.h"
#include "base/winograd.h"
#include "reference/rows.h"
#include <math.h>
#include <string.h>

typedef struct reader {
  weft_ref_source *source;
  void *user;
  int is_lost; /* an op was met whose elements depend on too much */
} reader;

static double element(reader *r, const weft_tensor *node, const int64_t *index);

static int64_t linear_of(weft_shape shape, const int64_t *index) {
  int64_t linear = 0;
  for (int d = 0; d < shape.rank; d++) linear = linear * shape.dims[d] + index[d];
  return linear;
}

static void index_of(weft_shape shape, int64_t linear, int64_t *out) {
  for (int d = shape.rank - 1; d >= 0; d--) {
    out[d] = linear % shape.dims[d];
    linear /= shape.dims[d];
  }
}

/* a's index is (batch.., m.., k..), b's (batch.., k.., n..), or packed (batch.., panel, k.., column of it). */
static double dot_element(reader *r, const weft_tensor *node, const int64_t *index) {
  int nb = (int)node->attr[0], nm = (int)node->attr[1], nk = (int)node->attr[2], nn = (int)node->attr[3];
  int64_t panel = node->attr[4], a[WEFT_MAX_RANK], b[WEFT_MAX_RANK], column = 0;
  weft_shape k = {.rank = nk};
  memcpy(a, index, sizeof *a * (size_t)(nb + nm));
  memcpy(b, index, sizeof *b * (size_t)nb);
  for (int d = 0; d < nk; d++) k.dims[d] = node->in[0]->shape.dims[nb + nm + d];
  for (int d = 0; d < nn; d++) {
    column = column * node->shape.dims[nb + nm + d] + index[nb + nm + d];
    if (!panel) b[nb + nk + d] = index[nb + nm + d];
  }
  if (panel) {
    b[nb] = column / panel;
    b[nb + 1 + nk] = column % panel;
  }
  double sum = 0;
  for (int64_t i = 0, size = weft_shape_size(k); i < size && !r->is_lost; i++) {
    index_of(k, i, a + nb + nm);
    memcpy(b + nb + (panel > 0), a + nb + nm, sizeof *a * (size_t)nk);
    sum += element(r, node->in[0], a) * element(r, node->in[1], b);
  }
  return sum;
}

/* Element (n, h, w, c) of an image; 0 outside. */
static double pixel(reader *r, const weft_tensor *x, int64_t n, int64_t h, int64_t w, int64_t c) {
  if (h < 0 || w < 0 || h >= x->shape.dims[1] || w >= x->shape.dims[2]) return 0;
  return element(r, x, (int64_t[WEFT_MAX_RANK]){n, h, w, c});
}

static double winograd_weights_element(reader *r, const weft_tensor *node, const int64_t *index) {
  const int64_t *w = node->in[0]->shape.dims;
  int64_t n = index[0] * node->shape.dims[3] + index[3];
  double sum = 0;
  for (int rs = 0; rs < w[0] * w[1] && n < w[3]; rs++)
    sum += weft_winograd_weight_share((int)index[1], rs, (int)w[0]) *
           element(r, node->in[0], (int64_t[WEFT_MAX_RANK]){rs / w[1], rs % w[1], index[2], n});
  return sum;
}

/* Over the channels, the sum of the patch's places times the weights', each by its share in this result. */
static double winograd_element(reader *r, const weft_tensor *node, const int64_t *index) {
  enum { PATCH = WEFT_WINOGRAD_PATCH };
  const int64_t *u = node->in[1]->shape.dims, *pad = &node->attr[WEFT_WINOGRAD_PAD];
  weft_winograd_grid grid = weft_winograd_grid_of(node->shape.dims, node->attr);
  int result;
  int64_t tile = weft_winograd_tile_with(&grid, index[0], index[1], index[2], &result), at[3];
  weft_winograd_tile_at(&grid, tile, at);
  double sum = 0;
  for (int64_t c = 0; c < u[2] && !r->is_lost; c++) {
    double half[PATCH][PATCH] = {{0}};
    for (int i = 0; i < PATCH * PATCH; i++) {
      double x = pixel(r, node->in[0], at[0], at[1] + i / PATCH * grid.dilation[0] - pad[0],
                       at[2] + i % PATCH * grid.dilation[1] - pad[1], c);
      for (int k = 0; k < PATCH; k++) half[k][i % PATCH] += (double)weft_winograd_pixels[k][i / PATCH] * x;
    }
    for (int p = 0; p < WEFT_WINOGRAD_PLACES; p++) {
      double place = 0;
      for (int k = 0; k < PATCH; k++) place += (double)weft_winograd_pixels[p % PATCH][k] * half[p / PATCH][k];
      sum += weft_winograd_result_share(p, result, grid.edge) * place *
             element(r, node->in[1], (int64_t[WEFT_MAX_RANK]){index[3] / u[3], p, c, index[3] % u[3]});
    }
  }
  return sum;
}

/* Over the tiles of the part, the sum of results times the pixels that met the weight. */
static double winograd_dw_element(reader *r, const weft_tensor *node, const int64_t *index) {
  const int64_t *pad = &node->attr[WEFT_WINOGRAD_PAD];
  weft_winograd_grid grid = weft_winograd_grid_of(node->in[1]->shape.dims, node->attr);
  int64_t tiles = weft_winograd_tiles(&grid), at[3];
  int64_t first = index[0] * tiles / node->shape.dims[0], end = (index[0] + 1) * tiles / node->shape.dims[0];
  double sum = 0;
  for (int64_t t = first; t < end && !r->is_lost; t++) {
    weft_winograd_tile_at(&grid, t, at);
    for (int i = 0; i < grid.edge * grid.edge; i++) {
      int64_t h = at[1] + i / grid.edge * grid.dilation[0], w = at[2] + i % grid.edge * grid.dilation[1];
      sum += pixel(r, node->in[1], at[0], h, w, index[1]) * pixel(r, node->in[0], at[0],
                                                                  h + index[3] * grid.dilation[0] - pad[0],
                                                                  w + index[4] * grid.dilation[1] - pad[1], index[2]);
    }
  }
  return sum;
}

/* ---- Strassen's product ---- */

static double strassen_sums_element(reader *r, const weft_tensor *node, const int64_t *index) {
  const int64_t *x = node->in[0]->shape.dims;
  int levels = (int)node->attr[0], is_right = node->attr[1] != 0, edge = weft_strassen_edge(levels);
  int64_t row = index[is_right ? 2 : 1], column = is_right ? index[1] * node->shape.dims[3] + index[3] : index[2];
  double sum = 0;
  for (int block = 0; block < edge * edge; block++) {
    int i = block / edge, j = block % edge;
    int share = weft_strassen_operand(levels, is_right, (int)index[0], i, j);
    int64_t at[WEFT_MAX_RANK] = {i * (x[0] / edge) + row, j * (x[1] / edge) + column};
    if (share) sum += share * element(r, node->in[0], at);
  }
  return sum;
}

static double strassen_results_element(reader *r, const weft_tensor *node, const int64_t *index) {
  const int64_t *x = node->in[0]->shape.dims;
  int levels = (int)node->attr[0];
  int64_t rest = index[1] - weft_strassen_edge(levels) * x[2];
  if (rest >= 0) return element(r, node->in[1], (int64_t[WEFT_MAX_RANK]){index[0], rest});
  double sum = 0;
  for (int p = 0; p < x[0]; p++) {
    int share = weft_strassen_result(levels, p, (int)(index[0] / x[1]), (int)(index[1] / x[2]));
    int64_t at[WEFT_MAX_RANK] = {p, index[0] % x[1], index[1] % x[2]};
    if (share) sum += share * element(r, node->in[0], at);
  }
  return sum;
}

/* ---- convolutions with few channels a group ---- */

static double grouped_element(reader *r, const weft_tensor *node, const int64_t *index) {
  const int64_t *w = node->in[1]->shape.dims, *attr = node->attr;
  int64_t first = index[3] / (node->shape.dims[3] / attr[4]) * w[2];
  double sum = 0;
  for (int64_t i = 0, size = w[0] * w[1] * w[2]; i < size && !r->is_lost; i++) {
    int64_t at[WEFT_MAX_RANK] = {i / w[2] / w[1], i / w[2] % w[1], i % w[2], index[3]};
    int64_t h = index[1] * attr[0] + at[0] * attr[2] - attr[5], v = index[2] * attr[1] + at[1] * attr[3] - attr[6];
    if (h % attr[7] == 0 && v % attr[8] == 0)
      sum += pixel(r, node->in[0], index[0], h / attr[7], v / attr[8], first + at[2]) * element(r, node->in[1], at);
  }
  return sum;
}

static double grouped_dw_element(reader *r, const weft_tensor *node, const int64_t *index) {
  const int64_t *dy = node->in[1]->shape.dims, *w = node->shape.dims, *attr = node->attr;
  int64_t channel = index[4] / (w[4] / attr[4]) * w[3] + index[3], rows = dy[0] * dy[1];
  double sum = 0;
  for (int64_t row = index[0] * rows / w[0]; row < (index[0] + 1) * rows / w[0]; row++)
    for (int64_t ow = 0; ow < dy[2] && !r->is_lost; ow++)
      sum += pixel(r, node->in[0], row / dy[1], row % dy[1] * attr[0] + index[1] * attr[2] - attr[5],
                   ow * attr[1] + index[2] * attr[3] - attr[6], channel) *
             pixel(r, node->in[1], row / dy[1], row % dy[1], ow, index[4]);
  return sum;
}

/* ---- transforms of Winograd's convolution on GPUs ---- */

/* Place index[0] of a tile of image index[1]. */
static double winograd_image_element(reader *r, const weft_tensor *node, const int64_t *index) {
  static const int64_t none[2] = {0, 0};
  int is_pixels = node->op == WEFT_OP_WINOGRAD_PIXELS;
  const int64_t *places = node->shape.dims, *pad = is_pixels ? &node->attr[WEFT_WINOGRAD_PAD] : none;
  weft_winograd_grid grid = weft_winograd_grid_of(node->in[0]->shape.dims, node->attr);
  int edge = is_pixels ? WEFT_WINOGRAD_PATCH : grid.edge, p = (int)index[0];
  int64_t at[3];
  grid.th = places[2];
  grid.tw = places[3];
  weft_winograd_tile_at(&grid, (index[1] * grid.th + index[2]) * grid.tw + index[3], at);
  double sum = 0;
  for (int i = 0; i < edge * edge; i++)
    sum += (is_pixels ? weft_winograd_pixel_share(p, i) : weft_winograd_result_share(p, i, edge)) *
           pixel(r, node->in[0], at[0], at[1] + i / edge * grid.dilation[0] - pad[0],
                 at[2] + i % edge * grid.dilation[1] - pad[1], index[4]);
  return sum;
}

static double winograd_results_element(reader *r, const weft_tensor *node, const int64_t *index) {
  weft_winograd_grid grid = weft_winograd_grid_of(node->shape.dims, node->attr);
  int result;
  int64_t tile = weft_winograd_tile_with(&grid, index[0], index[1], index[2], &result), in_image = grid.th * grid.tw;
  double sum = 0;
  for (int p = 0; p < WEFT_WINOGRAD_PLACES; p++)
    sum += weft_winograd_result_share(p, result, grid.edge) *
           element(r, node->in[0],
                   (int64_t[WEFT_MAX_RANK]){p, tile / in_image, tile / grid.tw % grid.th, tile % grid.tw, index[3]});
  return sum;
}

static double winograd_weights_dx_element(reader *r, const weft_tensor *node, const int64_t *index) {
  int64_t parts = node->in[0]->shape.dims[1], taps = node->shape.dims[2];
  double sum = 0;
  for (int64_t p = 0; p < WEFT_WINOGRAD_PLACES * parts && !r->is_lost; p++)
    sum += weft_winograd_weight_share((int)(p / parts), (int)(index[2] * taps + index[3]), (int)taps) *
           element(r, node->in[0], (int64_t[WEFT_MAX_RANK]){p / parts, p % parts, index[1], index[0]});
  return sum;
}

/* ---- attention ---- */

/* Of the head that an index names: a number of input i; the product of row a of input i with row b of input k. */
static double head_element(reader *r, const weft_tensor *node, const int64_t *index, int i, int64_t row,
                           int64_t column) {
  int64_t at[WEFT_MAX_RANK], rank = node->shape.rank;
  memcpy(at, index, sizeof *at * (size_t)(rank - 2));
  at[rank - 2] = row;
  at[rank - 1] = column;
  return element(r, node->in[i], at);
}

static double row_product(reader *r, const weft_tensor *node, const int64_t *index, int i, int64_t a, int k,
                          int64_t b) {
  double sum = 0;
  for (int64_t c = 0, width = node->in[i]->shape.dims[node->shape.rank - 1]; c < width && !r->is_lost; c++)
    sum += head_element(r, node, index, i, a, c) * head_element(r, node, index, k, b, c);
  return sum;
}

/* Places of keys or queries. */
static int64_t length_of(const weft_tensor *x) { return x->shape.dims[x->shape.rank - 2]; }

static double attention_element(reader *r, const weft_tensor *node, const int64_t *index) {
  int64_t t = index[node->shape.rank - 2], column = index[node->shape.rank - 1], keys = length_of(node->in[1]);
  double top = -INFINITY, total = 0, sum = 0;
  for (int64_t s = 0; s < keys && !(node->attr[0] && s > t) && !r->is_lost; s++) {
    double score = node->value * row_product(r, node, index, 0, t, 1, s), before = top;
    top = fmax(top, score);
    total = total * exp(before - top) + exp(score - top);
    if (node->op == WEFT_OP_ATTENTION)
      sum = sum * exp(before - top) + exp(score - top) * head_element(r, node, index, 2, s, column);
  }
  return node->op == WEFT_OP_ATTENTION ? sum / total : top + log(total);
}

static double attention_gradient_element(reader *r, const weft_tensor *node, const int64_t *index) {
  enum { Q, K, V, Y, L, G };
  int64_t row = index[node->shape.rank - 2], column = index[node->shape.rank - 1];
  int by_query = node->op == WEFT_OP_ATTENTION_DQ;
  double sum = 0;
  for (int64_t i = 0, count = length_of(node->in[by_query ? K : Q]); i < count && !r->is_lost; i++) {
    int64_t t = by_query ? row : i, s = by_query ? i : row;
    if (node->attr[0] && s > t) continue;
    double p = exp(node->value * row_product(r, node, index, Q, t, K, s) - head_element(r, node, index, L, t, 0));
    if (node->op == WEFT_OP_ATTENTION_DV) {
      sum += p * head_element(r, node, index, G, t, column);
      continue;
    }
    double ds = p * (row_product(r, node, index, G, t, V, s) - row_product(r, node, index, G, t, Y, t));
    sum += node->value * ds * head_element(r, node, index, by_query ? K : Q, i, column);
  }
  return sum;
}

static double reduced_element(reader *r, const weft_tensor *node, const int64_t *index) {
  weft_shape range = node->in[0]->shape;
  for (int d = 0; d < range.rank; d++)
    if (!(node->attr[0] >> d & 1)) range.dims[d] = 1;
  double result = 0;
  for (int64_t i = 0, size = weft_shape_size(range); i < size && !r->is_lost; i++) {
    int64_t at[WEFT_MAX_RANK];
    index_of(range, i, at);
    for (int d = 0; d < range.rank; d++) at[d] += index[d];
    double x = element(r, node->in[0], at);
    if (i == 0)
      result = x;
    else if (node->op == WEFT_OP_REDUCE_SUM)
      result += x;
    else if (node->op == WEFT_OP_REDUCE_PROD)
      result *= x;
    else if (node->op == WEFT_OP_REDUCE_MAX ? x > result : x < result)
      result = x;
  }
  return result;
}

static double scalar_element(reader *r, const weft_tensor *node, const int64_t *index) {
  double real[3] = {0}, out_real = 0;
  int32_t whole[3] = {0}, out_whole = 0;
  weft_ref_array in[3], out = {node->dtype, 1, &out_real, &out_whole};
  for (int i = 0; i < node->n_in; i++) {
    double x = element(r, node->in[i], index);
    real[i] = x;
    if (node->in[i]->dtype == WEFT_I32) whole[i] = (int32_t)x;
    in[i] = (weft_ref_array){node->in[i]->dtype, 1, &real[i], &whole[i]};
  }
  weft_ref_rows[node->op](&(weft_ref_call){node, in, &out});
  return node->dtype == WEFT_I32 ? out_whole : out_real;
}

/* The index in the input of a view; 0 where the element is the view's own value. */
static int follow(const weft_tensor *node, const int64_t *index, int64_t *out) {
  weft_shape below = node->in[0]->shape;
  const int64_t *attr = node->attr;
  int rank = below.rank, window = rank;
  switch (node->op) {
  case WEFT_OP_RESHAPE: index_of(below, linear_of(node->shape, index), out); return 1;
  case WEFT_OP_PERMUTE:
    for (int d = 0; d < rank; d++) out[attr[d]] = index[d];
    return 1;
  case WEFT_OP_EXPAND:
    for (int d = 0; d < rank; d++) out[d] = below.dims[d] == 1 ? 0 : index[d];
    return 1;
  case WEFT_OP_SLICE:
    for (int d = 0; d < rank; d++) out[d] = attr[d] + index[d] * attr[rank + d];
    return 1;
  case WEFT_OP_FLIP:
    for (int d = 0; d < rank; d++) out[d] = attr[d] ? below.dims[d] - 1 - index[d] : index[d];
    return 1;
  case WEFT_OP_WINDOW:
    for (int d = 0; d < rank; d++)
      out[d] = attr[d] ? index[d] * attr[rank + d] + index[window++] * attr[2 * rank + d] : index[d];
    return 1;
  case WEFT_OP_PAD:
    for (int d = 0; d < rank; d++) {
      int64_t from = index[d] - attr[d], step = attr[rank + d] + 1;
      if (from < 0 || from % step || from / step >= below.dims[d]) return 0;
      out[d] = from / step;
    }
    return 1;
  default: memcpy(out, index, sizeof *out * (size_t)rank); return 1;
  }
}

static double concat_element(reader *r, const weft_tensor *node, const int64_t *index) {
  int64_t at[WEFT_MAX_RANK], axis = node->attr[0];
  memcpy(at, index, sizeof at);
  int part = 0;
  for (; at[axis] >= node->in[part]->shape.dims[axis]; part++) at[axis] -= node->in[part]->shape.dims[axis];
  return element(r, node->in[part], at);
}

static double gathered_element(reader *r, const weft_tensor *node, const int64_t *index) {
  int64_t at[WEFT_MAX_RANK], axis = node->attr[0];
  double place = element(r, node->in[1], index);
  memcpy(at, index, sizeof at);
  if (!(place >= 0 && place < (double)node->in[0]->shape.dims[axis])) return 0;
  at[axis] = (int64_t)place;
  return element(r, node->in[0], at);
}

static double random_element(reader *r, const weft_tensor *node, int64_t linear) {
  uint64_t key = (uint64_t)node->attr[0];
  uint32_t step = (uint32_t)(int32_t)element(r, node->in[0], (int64_t[WEFT_MAX_RANK]){0});
  return node->op == WEFT_OP_UNIFORM ? weft_philox_uniform(key, step, (uint64_t)linear)
                                     : weft_philox_normal(key, step, (uint64_t)linear);
}

static double element(reader *r, const weft_tensor *node, const int64_t *index) {
  double value = 0;
  int64_t linear = linear_of(node->shape, index), at[WEFT_MAX_RANK] = {0};
  if (r->is_lost || r->source(r->user, node, linear, &value)) return value;
  switch (node->op) {
  case WEFT_OP_CONST: return node->value;
  case WEFT_OP_DATA:
    return node->dtype == WEFT_F32 ? ((const float *)node->data)[linear] : ((const int32_t *)node->data)[linear];
  case WEFT_OP_IOTA: return (double)index[node->attr[0]];
  case WEFT_OP_UNIFORM:
  case WEFT_OP_NORMAL: return random_element(r, node, linear);
  case WEFT_OP_DOT: return dot_element(r, node, index);
  case WEFT_OP_WINOGRAD_WEIGHTS: return winograd_weights_element(r, node, index);
  case WEFT_OP_WINOGRAD: return winograd_element(r, node, index);
  case WEFT_OP_WINOGRAD_DW: return winograd_dw_element(r, node, index);
  case WEFT_OP_STRASSEN_SUMS: return strassen_sums_element(r, node, index);
  case WEFT_OP_STRASSEN_RESULTS: return strassen_results_element(r, node, index);
  case WEFT_OP_GROUPED: return grouped_element(r, node, index);
  case WEFT_OP_GROUPED_DW: return grouped_dw_element(r, node, index);
  case WEFT_OP_ATTENTION:
  case WEFT_OP_ATTENTION_LOG: return attention_element(r, node, index);
  case WEFT_OP_ATTENTION_DQ:
  case WEFT_OP_ATTENTION_DK:
  case WEFT_OP_ATTENTION_DV: return attention_gradient_element(r, node, index);
  case WEFT_OP_WINOGRAD_RESULTS: return winograd_results_element(r, node, index);
  case WEFT_OP_WINOGRAD_PIXELS:
  case WEFT_OP_WINOGRAD_RESULTS_DX: return winograd_image_element(r, node, index);
  case WEFT_OP_WINOGRAD_WEIGHTS_DX: return winograd_weights_dx_element(r, node, index);
  case WEFT_OP_CONCAT: return concat_element(r, node, index);
  case WEFT_OP_GATHER: return gathered_element(r, node, index);
  case WEFT_OP_REDUCE_SUM:
  case WEFT_OP_REDUCE_PROD:
  case WEFT_OP_REDUCE_MAX:
  case WEFT_OP_REDUCE_MIN: return reduced_element(r, node, index);
  case WEFT_OP_COPY:
  case WEFT_OP_DETACH:
  case WEFT_OP_AFTER: return element(r, node->in[0], index);
  default: break;
  }
  if (weft_ops[node->op].kind == W_SCALAR) return scalar_element(r, node, index);
  if (weft_ops[node->op].kind == W_VIEW) return follow(node, index, at) ? element(r, node->in[0], at) : node->value;
  r->is_lost = 1;
  return 0;
}

int weft_ref_element(const weft_tensor *node, int64_t linear, weft_ref_source *source, void *user, double *out_value) {
  reader r = {source, user, 0};
  int64_t index[WEFT_MAX_RANK] = {0};
  index_of(node->shape, linear, index);
  *out_value = element(&r, node, index);
  return !r.is_lost;
}
