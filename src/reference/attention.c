/* attention.c -- attention and its gradients, query by query. */
#include "reference/rows.h"
#include <math.h>
#include <string.h>

typedef struct heads {
  int64_t count, t, s, d, e; /* heads, queries, keys, widths */
  int causal;
  double scale;
} heads;

static heads heads_of(const weft_tensor *node) {
  weft_shape q = node->in[0]->shape, k = node->in[1]->shape;
  heads h = {.count = 1, .t = q.dims[q.rank - 2], .s = k.dims[k.rank - 2], .d = q.dims[q.rank - 1]};
  if (node->n_in > 2) h.e = node->in[2]->shape.dims[q.rank - 1];
  for (int i = 0; i < q.rank - 2; i++) h.count *= q.dims[i];
  h.causal = (int)node->attr[0];
  h.scale = node->value;
  return h;
}

static double dot(const double *a, const double *b, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

static void add_scaled(double *y, double f, const double *x, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] += f * x[i];
}

static int64_t keys_seen(const heads *h, int64_t t) { return h->causal && t + 1 < h->s ? t + 1 : h->s; }

/* log of the sum of e^score of the query at place t of head b. */
static double log_of(const weft_ref_call *call, const heads *h, int64_t b, int64_t t) {
  const double *q = &call->in[0].f32[(b * h->t + t) * h->d], *k = &call->in[1].f32[b * h->s * h->d];
  double top = -INFINITY, sum = 0;
  for (int64_t s = 0; s < keys_seen(h, t); s++) top = fmax(top, h->scale * dot(q, &k[s * h->d], h->d));
  for (int64_t s = 0; s < keys_seen(h, t); s++) sum += exp(h->scale * dot(q, &k[s * h->d], h->d) - top);
  return top + log(sum);
}

void weft_ref_attention_log(const weft_ref_call *call) {
  heads h = heads_of(call->node);
  for (int64_t i = 0; i < h.count * h.t; i++) call->out->f32[i] = log_of(call, &h, i / h.t, i % h.t);
}

void weft_ref_attention(const weft_ref_call *call) {
  heads h = heads_of(call->node);
  memset(call->out->f32, 0, sizeof(double) * (size_t)call->out->size);
  for (int64_t i = 0; i < h.count * h.t; i++) {
    int64_t b = i / h.t, t = i % h.t;
    double l = log_of(call, &h, b, t);
    for (int64_t s = b * h.s; s < b * h.s + keys_seen(&h, t); s++) {
      double p = exp(h.scale * dot(&call->in[0].f32[i * h.d], &call->in[1].f32[s * h.d], h.d) - l);
      add_scaled(&call->out->f32[i * h.e], p, &call->in[2].f32[s * h.e], h.e);
    }
  }
}

static void gradient(const weft_ref_call *call, weft_op by) {
  heads h = heads_of(call->node);
  const double *q = call->in[0].f32, *k = call->in[1].f32, *v = call->in[2].f32;
  const double *y = call->in[3].f32, *l = call->in[4].f32, *g = call->in[5].f32;
  double *out = call->out->f32;
  memset(out, 0, sizeof(double) * (size_t)call->out->size);
  for (int64_t i = 0; i < h.count * h.t; i++) {
    int64_t first = i / h.t * h.s;
    double mean = dot(&g[i * h.e], &y[i * h.e], h.e);
    for (int64_t s = first; s < first + keys_seen(&h, i % h.t); s++) {
      double p = exp(h.scale * dot(&q[i * h.d], &k[s * h.d], h.d) - l[i]);
      double ds = h.scale * p * (dot(&g[i * h.e], &v[s * h.e], h.e) - mean);
      if (by == WEFT_OP_ATTENTION_DQ)
        add_scaled(&out[i * h.d], ds, &k[s * h.d], h.d);
      else if (by == WEFT_OP_ATTENTION_DK)
        add_scaled(&out[s * h.d], ds, &q[i * h.d], h.d);
      else
        add_scaled(&out[s * h.e], p, &g[i * h.e], h.e);
    }
  }
}

void weft_ref_attention_dq(const weft_ref_call *call) { gradient(call, WEFT_OP_ATTENTION_DQ); }
void weft_ref_attention_dk(const weft_ref_call *call) { gradient(call, WEFT_OP_ATTENTION_DK); }
void weft_ref_attention_dv(const weft_ref_call *call) { gradient(call, WEFT_OP_ATTENTION_DV); }
