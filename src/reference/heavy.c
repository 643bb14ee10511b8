/* heavy.c -- matrix products, the three convolutions and the general contraction.
 *
 * The innermost loop runs over what lies side by side in memory; otherwise the loops are the definitions. Sums are in
 * double in a fixed order. */
#include "reference/rows.h"
#include <string.h>

static void clear(weft_ref_array *array) { memset(array->f32, 0, sizeof(double) * (size_t)array->size); }

/* y[i] += f x[i] */
static void add_scaled(double *y, double f, const double *x, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] += f * x[i];
}

static double sum_of_products(const double *x, const double *y, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

/* The product of count dims from `first` on. */
static int64_t extent(weft_shape shape, int first, int count) {
  int64_t n = 1;
  for (int d = first; d < first + count; d++) n *= shape.dims[d];
  return n;
}

/* ---- products ---- */

/* c (m, n) += a (m, k) b (k, n), where rows of b and c begin every ldb and ldc elements. */
static void multiply(const double *a, const double *b, double *c, int64_t m, int64_t k, int64_t n, int64_t ldb,
                     int64_t ldc) {
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < k; j++) add_scaled(&c[i * ldc], a[i * k + j], &b[j * ldb], n);
}

void weft_ref_matmul(const weft_ref_call *call) {
  weft_shape a = call->node->in[0]->shape, c = call->node->shape;
  int64_t batch = extent(a, 0, a.rank - 2), m = a.dims[a.rank - 2], k = a.dims[a.rank - 1], n = c.dims[c.rank - 1];
  clear(call->out);
  for (int64_t i = 0; i < batch; i++)
    multiply(&call->in[0].f32[i * m * k], &call->in[1].f32[i * k * n], &call->out->f32[i * m * n], m, k, n, n, n);
}

/* A packed b is panels of P columns; the last one may reach beyond column N. */
void weft_ref_dot(const weft_ref_call *call) {
  const int64_t *attr = call->node->attr;
  int nb = (int)attr[0], nm = (int)attr[1], nk = (int)attr[2], nn = (int)attr[3];
  weft_shape a = call->node->in[0]->shape, c = call->node->shape;
  int64_t batch = extent(c, 0, nb), m = extent(c, nb, nm), k = extent(a, nb + nm, nk), n = extent(c, nb + nm, nn);
  int64_t panel = attr[4] ? attr[4] : n, panels = (n - 1) / panel + 1;
  clear(call->out);
  for (int64_t i = 0; i < batch; i++)
    for (int64_t p = 0; p < panels; p++) {
      int64_t first = p * panel, columns = n - first < panel ? n - first : panel;
      multiply(&call->in[0].f32[i * m * k], &call->in[1].f32[(i * panels + p) * k * panel],
               &call->out->f32[i * m * n + first], m, k, columns, panel, n);
    }
}

/* ---- convolutions ---- */

/* x (N, H, W, C), w (R, S, C/groups, OC), y (N, OH, OW, OC): one of the three is the result, the others are given.
 * Windows begin `pad` before x, of whose pixels there is one every `expand`. */
typedef struct convolution {
  weft_shape x, w, y;
  double *px, *pw, *py;
  int64_t pad[2], expand[2];
} convolution;

/* What a tap of a window adds: one pixel of x, one of y, one (c, oc) block of w, whose rows begin every ldw elements.
 */
typedef void tap_function(double *x, double *w, double *y, int64_t c, int64_t oc, int64_t ldw);

static void tap_y(double *x, double *w, double *y, int64_t c, int64_t oc, int64_t ldw) {
  for (int64_t i = 0; i < c; i++) add_scaled(y, x[i], &w[i * ldw], oc);
}

static void tap_x(double *x, double *w, double *y, int64_t c, int64_t oc, int64_t ldw) {
  for (int64_t i = 0; i < c; i++) x[i] += sum_of_products(y, &w[i * ldw], oc);
}

static void tap_w(double *x, double *w, double *y, int64_t c, int64_t oc, int64_t ldw) {
  for (int64_t i = 0; i < c; i++) add_scaled(&w[i * ldw], x[i], y, oc);
}

/* The three share every index: y[n, oh, ow] meets x[n, oh stride + r dilation, ow stride + s dilation] through w[r, s],
 * a group of channels at a time. Of the rows of y, all images', from first to end - 1. */
static void each_tap_of_rows(const convolution *o, const int64_t *attr, int64_t first, int64_t end, tap_function *tap) {
  const int64_t *x = o->x.dims, *w = o->w.dims, *y = o->y.dims;
  int64_t groups = attr[4], c = w[2], oc = w[3] / groups;
  for (int64_t pixel = first * y[2]; pixel < end * y[2]; pixel++)
    for (int64_t rs = 0; rs < w[0] * w[1]; rs++) {
      int64_t n = pixel / y[2] / y[1], h = pixel / y[2] % y[1] * attr[0] + rs / w[1] * attr[2] - o->pad[0];
      int64_t v = pixel % y[2] * attr[1] + rs % w[1] * attr[3] - o->pad[1];
      if (h < 0 || v < 0 || h % o->expand[0] || v % o->expand[1]) continue;
      h /= o->expand[0];
      v /= o->expand[1];
      if (h >= x[1] || v >= x[2]) continue;
      double *px = &o->px[((n * x[1] + h) * x[2] + v) * x[3]], *pw = &o->pw[rs * c * w[3]], *py = &o->py[pixel * y[3]];
      for (int64_t g = 0; g < groups; g++) tap(&px[g * c], &pw[g * oc], &py[g * oc], c, oc, w[3]);
    }
}

static void each_tap(const convolution *o, const int64_t *attr, tap_function *tap) {
  each_tap_of_rows(o, attr, 0, o->y.dims[0] * o->y.dims[1], tap);
}

static convolution convolution_of(weft_shape x, weft_shape w, weft_shape y, double *px, double *pw, double *py) {
  return (convolution){x, w, y, px, pw, py, {0, 0}, {1, 1}};
}

void weft_ref_conv(const weft_ref_call *call) {
  const weft_tensor *node = call->node;
  const weft_ref_array *in = call->in;
  convolution o =
      convolution_of(node->in[0]->shape, node->in[1]->shape, node->shape, in[0].f32, in[1].f32, call->out->f32);
  clear(call->out);
  each_tap(&o, node->attr, tap_y);
}

void weft_ref_conv_dx(const weft_ref_call *call) {
  const weft_tensor *node = call->node;
  const weft_ref_array *in = call->in;
  convolution o =
      convolution_of(node->shape, node->in[1]->shape, node->in[0]->shape, call->out->f32, in[1].f32, in[0].f32);
  clear(call->out);
  each_tap(&o, node->attr, tap_x);
}

void weft_ref_conv_dw(const weft_ref_call *call) {
  const weft_tensor *node = call->node;
  const weft_ref_array *in = call->in;
  convolution o =
      convolution_of(node->in[0]->shape, node->shape, node->in[1]->shape, in[0].f32, call->out->f32, in[1].f32);
  clear(call->out);
  each_tap(&o, node->attr, tap_w);
}

void weft_ref_grouped(const weft_ref_call *call) {
  const weft_tensor *node = call->node;
  const weft_ref_array *in = call->in;
  convolution o =
      convolution_of(node->in[0]->shape, node->in[1]->shape, node->shape, in[0].f32, in[1].f32, call->out->f32);
  memcpy(o.pad, node->attr + 5, sizeof o.pad);
  memcpy(o.expand, node->attr + 7, sizeof o.expand);
  clear(call->out);
  each_tap(&o, node->attr, tap_y);
}

void weft_ref_grouped_dw(const weft_ref_call *call) {
  const weft_tensor *node = call->node;
  const weft_ref_array *in = call->in;
  weft_shape w = {.rank = 4};
  memcpy(w.dims, node->shape.dims + 1, sizeof *w.dims * 4);
  convolution o = convolution_of(node->in[0]->shape, w, node->in[1]->shape, in[0].f32, call->out->f32, in[1].f32);
  int64_t parts = node->shape.dims[0], rows = o.y.dims[0] * o.y.dims[1];
  memcpy(o.pad, node->attr + 5, sizeof o.pad);
  clear(call->out);
  for (int64_t p = 0; p < parts; p++, o.pw += extent(w, 0, 4))
    each_tap_of_rows(&o, node->attr, p * rows / parts, (p + 1) * rows / parts, tap_w);
}
