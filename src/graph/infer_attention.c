/* infer_attention.c -- inference of attention and its gradients. */
#include "graph/infer.h"

static weft_status fail(weft_node_spec *spec, const char *what, int i, int k) {
  char x[WEFT_DESCRIPTION], y[WEFT_DESCRIPTION];
  return weft_spec_fail(spec, WEFT_BAD_SHAPE, "%s: %s, %s", what, weft_describe_tensor(spec->in[i], x, sizeof x),
                        weft_describe_tensor(spec->in[k], y, sizeof y));
}

/* Whether inputs i and k have the same batch dims. */
static int same_batches(const weft_node_spec *spec, int i, int k) {
  weft_shape a = spec->in[i]->shape, b = spec->in[k]->shape;
  if (a.rank != b.rank) return 0;
  for (int d = 0; d < a.rank - 2; d++)
    if (a.dims[d] != b.dims[d]) return 0;
  return 1;
}

/* q and k, and v where there is one. */
static weft_status begin(weft_node_spec *spec, int with_v) {
  weft_status status = weft_spec_attrs(spec, 1);
  for (int i = 0; status == WEFT_OK && i < spec->n_in; i++) status = weft_spec_dtype(spec, i, WEFT_F32);
  if (status != WEFT_OK) return status;
  weft_shape q = spec->in[0]->shape, k = spec->in[1]->shape;
  if (spec->attr[0] != 0 && spec->attr[0] != 1)
    return weft_spec_fail(spec, WEFT_BAD_ARGUMENT, "causal is %lld", (long long)spec->attr[0]);
  if (q.rank < 2 || !same_batches(spec, 0, 1)) return fail(spec, "queries and keys do not go together", 0, 1);
  if (q.dims[q.rank - 1] != k.dims[k.rank - 1]) return fail(spec, "widths of queries and keys differ", 0, 1);
  spec->dtype = WEFT_F32;
  spec->shape = q;
  if (!with_v) return WEFT_OK;
  weft_shape v = spec->in[2]->shape;
  if (!same_batches(spec, 1, 2) || k.dims[k.rank - 2] != v.dims[v.rank - 2])
    return fail(spec, "keys and values do not go together", 1, 2);
  spec->shape.dims[q.rank - 1] = v.dims[v.rank - 1];
  return WEFT_OK;
}

weft_status weft_infer_attention(weft_node_spec *spec) { return begin(spec, 1); }

weft_status weft_infer_attention_log(weft_node_spec *spec) {
  weft_status status = begin(spec, 0);
  if (status == WEFT_OK) spec->shape.dims[spec->shape.rank - 1] = 1;
  return status;
}

static weft_status infer_gradient(weft_node_spec *spec, int by) {
  weft_status status = begin(spec, 1);
  if (status != WEFT_OK) return status;
  weft_shape y = spec->shape, l = y;
  l.dims[l.rank - 1] = 1;
  if (!weft_shape_equal(spec->in[3]->shape, y)) return fail(spec, "not the result of the queries", 3, 0);
  if (!weft_shape_equal(spec->in[4]->shape, l)) return fail(spec, "not the logarithms of the queries", 4, 0);
  if (!weft_shape_equal(spec->in[5]->shape, y)) return fail(spec, "not the gradient of the result", 5, 3);
  spec->shape = spec->in[by]->shape;
  return WEFT_OK;
}

weft_status weft_infer_attention_dq(weft_node_spec *spec) { return infer_gradient(spec, 0); }
weft_status weft_infer_attention_dk(weft_node_spec *spec) { return infer_gradient(spec, 1); }
weft_status weft_infer_attention_dv(weft_node_spec *spec) { return infer_gradient(spec, 2); }
