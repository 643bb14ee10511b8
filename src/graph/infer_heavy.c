/* infer_heavy.c -- inference of reductions, matrix products, convolutions and the general contraction. */
#include "base/strassen.h"
#include "base/winograd.h"
#include "graph/infer.h"
#include <string.h>

static const char *text_of(weft_node_spec *spec, int i, char *buffer) {
  return weft_describe_tensor(spec->in[i], buffer, WEFT_DESCRIPTION);
}

/* ---- reductions ---- */

static weft_status infer_reduce(weft_node_spec *spec, int is_position) {
  weft_status status = weft_spec_attrs(spec, 1);
  char x[WEFT_DESCRIPTION];
  if (status != WEFT_OK) return status;
  int64_t mask = spec->attr[0], reduced = 1;
  weft_shape shape = spec->in[0]->shape;
  if (mask < 0 || mask >> shape.rank != 0)
    return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "mask %lld names axes that %s does not have", (long long)mask,
                          text_of(spec, 0, x));
  for (int d = 0; d < shape.rank; d++)
    if (mask >> d & 1) {
      reduced *= shape.dims[d];
      shape.dims[d] = 1;
    }
  if (is_position && reduced - 1 > INT32_MAX)
    return weft_spec_fail(spec, WEFT_BAD_SHAPE, "positions among %lld elements do not fit into i32: %s",
                          (long long)reduced, text_of(spec, 0, x));
  spec->shape = shape;
  spec->dtype = is_position ? WEFT_I32 : spec->in[0]->dtype;
  spec->value = 0;
  return WEFT_OK;
}

weft_status weft_infer_reduce_sum(weft_node_spec *spec) { return infer_reduce(spec, 0); }
weft_status weft_infer_reduce_prod(weft_node_spec *spec) { return infer_reduce(spec, 0); }
weft_status weft_infer_reduce_max(weft_node_spec *spec) { return infer_reduce(spec, 0); }
weft_status weft_infer_reduce_min(weft_node_spec *spec) { return infer_reduce(spec, 0); }
weft_status weft_infer_argmax(weft_node_spec *spec) { return infer_reduce(spec, 1); }
weft_status weft_infer_argmin(weft_node_spec *spec) { return infer_reduce(spec, 1); }

/* ---- heavy ops: f32 only ---- */

static weft_status begin(weft_node_spec *spec, int n_attr) {
  weft_status status = weft_spec_attrs(spec, n_attr);
  for (int i = 0; status == WEFT_OK && i < spec->n_in; i++) status = weft_spec_dtype(spec, i, WEFT_F32);
  spec->dtype = WEFT_F32;
  spec->value = 0;
  return status;
}

/* The result's shape is given. */
static weft_status begin_shaped(weft_node_spec *spec, int n_attr) {
  weft_status status = begin(spec, n_attr);
  return status == WEFT_OK ? weft_spec_shape(spec) : status;
}

weft_status weft_infer_matmul(weft_node_spec *spec) {
  weft_status status = begin(spec, 0);
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  if (status != WEFT_OK) return status;
  weft_shape a = spec->in[0]->shape, b = spec->in[1]->shape;
  text_of(spec, 0, x);
  text_of(spec, 1, y);
  if (a.rank < 2 || a.rank != b.rank) return weft_spec_fail(spec, WEFT_BAD_SHAPE, "not two matrices: %s, %s", x, y);
  if (a.dims[a.rank - 1] != b.dims[b.rank - 2])
    return weft_spec_fail(spec, WEFT_BAD_SHAPE, "inner sizes differ: %s, %s", x, y);
  for (int d = 0; d < a.rank - 2; d++)
    if (a.dims[d] != b.dims[d]) return weft_spec_fail(spec, WEFT_BAD_SHAPE, "batch sizes differ: %s, %s", x, y);
  a.dims[a.rank - 1] = b.dims[b.rank - 1];
  spec->shape = a;
  return WEFT_OK;
}

/* The shape of conv(x, w) with x (N, H, W, C), w (R, S, C/groups, OC). 0 when the sizes do not go together. */
static int conv_shape(weft_shape x, weft_shape w, const int64_t *options, weft_shape *out) {
  if (x.rank != 4 || w.rank != 4) return 0;
  int64_t groups = options[4];
  if (x.dims[3] % groups != 0 || w.dims[3] % groups != 0 || x.dims[3] / groups != w.dims[2]) return 0;
  int64_t oh = weft_window_extent(x.dims[1], w.dims[0], options[0], options[2]);
  int64_t ow = weft_window_extent(x.dims[2], w.dims[1], options[1], options[3]);
  if (oh < 1 || ow < 1) return 0;
  *out = weft_shape_of(x.dims[0], oh, ow, w.dims[3]);
  return 1;
}

static weft_status check_options(weft_node_spec *spec) {
  for (int i = 0; i < 5; i++)
    if (spec->attr[i] < 1 || spec->attr[i] > INT32_MAX)
      return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "stride %lld %lld, dilation %lld %lld, groups %lld",
                            (long long)spec->attr[0], (long long)spec->attr[1], (long long)spec->attr[2],
                            (long long)spec->attr[3], (long long)spec->attr[4]);
  return WEFT_OK;
}

/* x, w and y are the three shapes of a convolution; spec's own result is among them. */
static weft_status check_conv(weft_node_spec *spec, weft_shape x, weft_shape w, weft_shape *y) {
  char a[WEFT_DESCRIPTION], b[WEFT_DESCRIPTION];
  weft_shape result;
  weft_status status = check_options(spec);
  if (status != WEFT_OK) return status;
  for (int d = 0; d < 2; d++)
    if (w.rank == 4 && w.dims[d] > INT32_MAX)
      return weft_spec_fail(spec, WEFT_BAD_SHAPE, "the kernel is too large: %s", weft_shape_text(w, b, sizeof b));
  if (!conv_shape(x, w, spec->attr, &result) || (spec->op != WEFT_OP_CONV && !weft_shape_equal(result, *y)))
    return weft_spec_fail(spec, WEFT_BAD_SHAPE, "sizes do not go together: %s, %s", text_of(spec, 0, a),
                          text_of(spec, 1, b));
  *y = result;
  return WEFT_OK;
}

weft_status weft_infer_conv(weft_node_spec *spec) {
  weft_status status = begin(spec, 5);
  return status == WEFT_OK ? check_conv(spec, spec->in[0]->shape, spec->in[1]->shape, &spec->shape) : status;
}

weft_status weft_infer_conv_dx(weft_node_spec *spec) {
  weft_shape dy = spec->in[0]->shape;
  weft_status status = begin_shaped(spec, 5);
  return status == WEFT_OK ? check_conv(spec, spec->shape, spec->in[1]->shape, &dy) : status;
}

weft_status weft_infer_conv_dw(weft_node_spec *spec) {
  weft_shape dy = spec->in[1]->shape;
  weft_status status = begin_shaped(spec, 5);
  return status == WEFT_OK ? check_conv(spec, spec->in[0]->shape, spec->shape, &dy) : status;
}

/* a (batch.., m.., k..), b (batch.., k.., n..) or packed (batch.., ceil(N/P), k.., P) -> (batch.., m.., n..) */
weft_status weft_infer_dot(weft_node_spec *spec) {
  weft_status status = begin_shaped(spec, 5);
  if (status != WEFT_OK) return status;
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION], z[WEFT_DESCRIPTION];
  for (int i = 0; i < 5; i++)
    if (spec->attr[i] < 0 || spec->attr[i] > (i < 4 ? WEFT_MAX_RANK : INT32_MAX))
      return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "attribute %d is %lld", i, (long long)spec->attr[i]);
  int nb = (int)spec->attr[0], nm = (int)spec->attr[1], nk = (int)spec->attr[2], nn = (int)spec->attr[3];
  int64_t panel = spec->attr[4], columns = 1;
  weft_shape a = spec->in[0]->shape, b = spec->in[1]->shape, c = spec->shape;
  int k_of_b = panel ? nb + 1 : nb;
  int fits = a.rank == nb + nm + nk && b.rank == (panel ? nb + 1 + nk + 1 : nb + nk + nn) && c.rank == nb + nm + nn;
  for (int d = 0; fits && d < nb + nm; d++) fits = a.dims[d] == c.dims[d] && (d >= nb || b.dims[d] == a.dims[d]);
  for (int d = 0; fits && d < nk; d++) fits = a.dims[nb + nm + d] == b.dims[k_of_b + d];
  for (int d = 0; fits && d < nn; d++) {
    columns *= c.dims[nb + nm + d];
    if (!panel) fits = c.dims[nb + nm + d] == b.dims[nb + nk + d];
  }
  if (fits && panel) fits = b.dims[nb] == (columns - 1) / panel + 1 && b.dims[nb + 1 + nk] == panel;
  if (fits) return WEFT_OK;
  return weft_spec_fail(spec, WEFT_BAD_SHAPE,
                        "sizes do not go together: %s, %s to %s with %d+%d+%d+%d dims, panel %lld", text_of(spec, 0, x),
                        text_of(spec, 1, y), weft_shape_text(c, z, sizeof z), nb, nm, nk, nn, (long long)panel);
}

static weft_status check_padding(weft_node_spec *spec, const int64_t *pad) {
  if (pad[0] >= 0 && pad[0] <= INT32_MAX && pad[1] >= 0 && pad[1] <= INT32_MAX) return WEFT_OK;
  return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "padding %lld %lld", (long long)pad[0], (long long)pad[1]);
}

enum { MOST_DILATION = WEFT_WINOGRAD_MOST_DILATION };

/* All options, or those of tiles alone. */
static weft_status check_window(weft_node_spec *spec) {
  const int64_t *dilation = &spec->attr[WEFT_WINOGRAD_DILATION], taps = spec->attr[WEFT_WINOGRAD_TAPS];
  const int64_t none[2] = {0}, *pad = spec->n_attr > WEFT_WINOGRAD_PAD ? &spec->attr[WEFT_WINOGRAD_PAD] : none;
  int fits = taps >= WEFT_WINOGRAD_LEAST_TAPS && taps <= WEFT_WINOGRAD_MOST_TAPS;
  for (int d = 0; d < 2; d++)
    fits = fits && dilation[d] >= 1 && dilation[d] <= MOST_DILATION && pad[d] >= 0 && pad[d] <= INT32_MAX;
  if (fits) return WEFT_OK;
  return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "dilation %lld %lld, taps %lld, padding %lld %lld",
                        (long long)dilation[0], (long long)dilation[1], (long long)taps, (long long)pad[0],
                        (long long)pad[1]);
}

static weft_status begin_winograd(weft_node_spec *spec, int n_attr) {
  weft_status status = begin_shaped(spec, n_attr);
  return status == WEFT_OK && n_attr > 0 ? check_window(spec) : status;
}

static weft_status check_winograd(weft_node_spec *spec, weft_shape y, int weights_fit) {
  char a[WEFT_DESCRIPTION], b[WEFT_DESCRIPTION], z[WEFT_DESCRIPTION];
  weft_shape x = spec->in[0]->shape;
  if (weights_fit && x.dims[0] == y.dims[0]) return WEFT_OK;
  return weft_spec_fail(spec, WEFT_BAD_SHAPE, "sizes do not go together: %s, %s to %s", text_of(spec, 0, a),
                        text_of(spec, 1, b), weft_shape_text(spec->shape, z, sizeof z));
}

weft_status weft_infer_winograd(weft_node_spec *spec) {
  weft_status status = begin_winograd(spec, WEFT_WINOGRAD_OPTIONS);
  if (status != WEFT_OK) return status;
  weft_shape x = spec->in[0]->shape, u = spec->in[1]->shape, y = spec->shape;
  int fits = x.rank == 4 && u.rank == 4 && y.rank == 4 && u.dims[1] == WEFT_WINOGRAD_PLACES && u.dims[2] == x.dims[3] &&
             u.dims[0] == (y.dims[3] - 1) / u.dims[3] + 1;
  return check_winograd(spec, y, fits);
}

weft_status weft_infer_winograd_dw(weft_node_spec *spec) {
  weft_status status = begin_winograd(spec, WEFT_WINOGRAD_OPTIONS);
  if (status != WEFT_OK) return status;
  weft_shape x = spec->in[0]->shape, y = spec->in[1]->shape, w = spec->shape;
  int fits = x.rank == 4 && y.rank == 4 && w.rank == 5 && w.dims[1] == y.dims[3] && w.dims[2] == x.dims[3] &&
             w.dims[3] == spec->attr[WEFT_WINOGRAD_TAPS] && w.dims[4] == w.dims[3];
  return check_winograd(spec, y, fits);
}

/* Transforms of one operand. */
static weft_status check_transform(weft_node_spec *spec, int fits) {
  char a[WEFT_DESCRIPTION], b[WEFT_DESCRIPTION];
  if (fits) return WEFT_OK;
  return weft_spec_fail(spec, WEFT_BAD_SHAPE, "sizes do not go together: %s to %s", text_of(spec, 0, a),
                        weft_shape_text(spec->shape, b, sizeof b));
}

static int are_taps(int64_t r, int64_t s) {
  return r == s && r >= WEFT_WINOGRAD_LEAST_TAPS && r <= WEFT_WINOGRAD_MOST_TAPS;
}

weft_status weft_infer_winograd_weights(weft_node_spec *spec) {
  weft_status status = begin_winograd(spec, 0);
  if (status != WEFT_OK) return status;
  weft_shape w = spec->in[0]->shape, u = spec->shape;
  return check_transform(spec, w.rank == 4 && u.rank == 4 && are_taps(w.dims[0], w.dims[1]) &&
                                   u.dims[1] == WEFT_WINOGRAD_PLACES && u.dims[2] == w.dims[2] &&
                                   u.dims[0] == (w.dims[3] - 1) / u.dims[3] + 1);
}

/* places (36, N * phases, TH, TW, C) of tiles that cover images (N, H, W, C); of pixels there may be other tiles, since
 * results are not told. */
static int are_places(const weft_node_spec *spec, weft_shape places, weft_shape image, int is_results) {
  if (places.rank != 5 || image.rank != 4 || places.dims[0] != WEFT_WINOGRAD_PLACES ||
      places.dims[4] != image.dims[3] || image.dims[0] > INT64_MAX / (MOST_DILATION * MOST_DILATION))
    return 0;
  weft_winograd_grid grid = weft_winograd_grid_of(image.dims, spec->attr);
  return places.dims[1] == grid.images && (!is_results || (places.dims[2] == grid.th && places.dims[3] == grid.tw));
}

weft_status weft_infer_winograd_pixels(weft_node_spec *spec) {
  weft_status status = begin_winograd(spec, WEFT_WINOGRAD_OPTIONS);
  if (status != WEFT_OK) return status;
  return check_transform(spec, are_places(spec, spec->shape, spec->in[0]->shape, 0));
}

weft_status weft_infer_winograd_results(weft_node_spec *spec) {
  weft_status status = begin_winograd(spec, WEFT_WINOGRAD_TILE_OPTIONS);
  if (status != WEFT_OK) return status;
  return check_transform(spec, are_places(spec, spec->in[0]->shape, spec->shape, 1));
}

weft_status weft_infer_winograd_results_dx(weft_node_spec *spec) {
  weft_status status = begin_winograd(spec, WEFT_WINOGRAD_TILE_OPTIONS);
  if (status != WEFT_OK) return status;
  return check_transform(spec, are_places(spec, spec->shape, spec->in[0]->shape, 1));
}

weft_status weft_infer_winograd_weights_dx(weft_node_spec *spec) {
  weft_status status = begin_winograd(spec, 0);
  if (status != WEFT_OK) return status;
  weft_shape u = spec->in[0]->shape, w = spec->shape;
  return check_transform(spec, u.rank == 4 && w.rank == 4 && u.dims[0] == WEFT_WINOGRAD_PLACES &&
                                   are_taps(w.dims[2], w.dims[3]) && w.dims[1] == u.dims[2] && w.dims[0] == u.dims[3]);
}

/* x (N, H, W, C), w (R, S, C/groups, OC), y (N, OH, OW, OC) */
static weft_status check_grouped(weft_node_spec *spec, weft_shape w, weft_shape y) {
  char a[WEFT_DESCRIPTION], b[WEFT_DESCRIPTION], z[WEFT_DESCRIPTION];
  weft_shape x = spec->in[0]->shape;
  weft_status status = check_options(spec);
  if (status == WEFT_OK) status = check_padding(spec, spec->attr + 5);
  if (status != WEFT_OK) return status;
  int64_t groups = spec->attr[4];
  if (x.rank == 4 && w.rank == 4 && y.rank == 4 && x.dims[0] == y.dims[0] && x.dims[3] == w.dims[2] * groups &&
      w.dims[3] == y.dims[3] && y.dims[3] % groups == 0)
    return WEFT_OK;
  return weft_spec_fail(spec, WEFT_BAD_SHAPE, "sizes do not go together: %s, %s to %s in %lld groups",
                        text_of(spec, 0, a), text_of(spec, 1, b), weft_shape_text(spec->shape, z, sizeof z),
                        (long long)groups);
}

weft_status weft_infer_grouped(weft_node_spec *spec) {
  weft_status status = begin_shaped(spec, 9);
  if (status != WEFT_OK) return status;
  if (spec->attr[7] < 1 || spec->attr[7] > INT32_MAX || spec->attr[8] < 1 || spec->attr[8] > INT32_MAX)
    return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "expand %lld %lld", (long long)spec->attr[7],
                          (long long)spec->attr[8]);
  return check_grouped(spec, spec->in[1]->shape, spec->shape);
}

weft_status weft_infer_grouped_dw(weft_node_spec *spec) {
  weft_status status = begin_shaped(spec, 7);
  if (status != WEFT_OK) return status;
  weft_shape w = {.rank = 4};
  if (spec->shape.rank == 5) memcpy(w.dims, spec->shape.dims + 1, sizeof *w.dims * 4);
  return check_grouped(spec, w, spec->in[1]->shape);
}

/* ---- Strassen's product ---- */

static weft_status begin_strassen(weft_node_spec *spec, int n_attr) {
  weft_status status = begin_shaped(spec, n_attr);
  if (status != WEFT_OK || (spec->attr[0] >= 1 && spec->attr[0] <= WEFT_STRASSEN_MOST_LEVELS)) return status;
  return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "levels %lld", (long long)spec->attr[0]);
}

/* x (R, C) to (products, R / edge, C / edge), or of the right operand to (products, panels, R / edge, P). */
weft_status weft_infer_strassen_sums(weft_node_spec *spec) {
  weft_status status = begin_strassen(spec, 2);
  if (status != WEFT_OK) return status;
  weft_shape x = spec->in[0]->shape, y = spec->shape;
  int edge = weft_strassen_edge(spec->attr[0]), in_panels = spec->attr[1] != 0, rank = in_panels ? 4 : 3;
  int fits = x.rank == 2 && y.rank == rank && y.dims[0] == weft_strassen_products(spec->attr[0]);
  return check_transform(spec, fits && y.dims[rank - 2] * edge == x.dims[0] &&
                                   y.dims[rank - 1] * (in_panels ? y.dims[1] : 1) * edge == x.dims[1]);
}

/* (products, m, n) to (m edge, n edge), and with (m edge, rest) behind it to (m edge, n edge + rest). */
weft_status weft_infer_strassen_results(weft_node_spec *spec) {
  weft_status status = begin_strassen(spec, 1);
  if (status != WEFT_OK) return status;
  weft_shape x = spec->in[0]->shape, rest = spec->in[spec->n_in - 1]->shape, y = spec->shape;
  int edge = weft_strassen_edge(spec->attr[0]);
  int fits = spec->n_in <= 2 && x.rank == 3 && y.rank == 2 && x.dims[0] == weft_strassen_products(spec->attr[0]) &&
             y.dims[0] == x.dims[1] * edge;
  int64_t columns = fits ? y.dims[1] - x.dims[2] * edge : 0;
  if (spec->n_in == 2) fits = fits && rest.rank == 2 && rest.dims[0] == y.dims[0] && rest.dims[1] == columns;
  return check_transform(spec, fits && (spec->n_in == 2 || columns == 0));
}
