/* form_kinds.c -- the kinds of choices that are measured before there are kernels: for each what tells two of them
 * apart, a program of the computation alone, which takes the form that its graph is told, and words for them. */
#include "base/hash.h"
#include "schedule/forms.h"
#include <stdio.h>
#include <string.h>

static weft_tensor *leaf(weft_graph *g, const char *name, weft_shape shape, int stays) {
  return stays ? weft_param_shaped(g, name, WEFT_F32, shape) : weft_input_shaped(g, name, WEFT_F32, shape);
}

static uint64_t hash_shape(uint64_t hash, weft_shape shape) {
  return weft_hash(hash, shape.dims, (size_t)shape.rank * sizeof shape.dims[0]);
}

/* ---- convolutions, with the border and the weights as users keep them ---- */

static uint64_t hash_convolution(const weft_form *form, uint64_t hash) {
  const weft_form_convolution *f = &form->convolution;
  const int64_t about[] = {f->is_gradient, f->is_steady, f->taps, f->dilation[0], f->dilation[1], f->pad[0], f->pad[1]};
  return hash_shape(hash_shape(weft_hash(hash, about, sizeof about), f->image), f->y);
}

static int build_convolution(weft_graph *g, const weft_form *form, weft_tensor **out) {
  static const int64_t zeros[WEFT_MAX_RANK] = {0}, taps_first[4] = {2, 3, 1, 0}, channels_first[4] = {3, 2, 0, 1};
  const weft_form_convolution *f = &form->convolution;
  const int64_t *dilation = f->dilation, options[5] = {1, 1, dilation[0], dilation[1], 1};
  const int64_t lo[WEFT_MAX_RANK] = {0, f->pad[0], f->pad[1]};
  weft_shape wide = f->image;
  for (int d = 0; d < 2; d++) wide.dims[1 + d] = f->y.dims[1 + d] + dilation[d] * (f->taps - 1);
  weft_tensor *x = leaf(g, "x", f->image, 0);
  if (x && !weft_shape_equal(wide, f->image)) x = weft_make_pad(x, lo, zeros, wide, 0);
  if (!x) return 0;
  if (f->is_gradient) {
    weft_shape shape = weft_shape_of(f->taps, f->taps, f->image.dims[3], f->y.dims[3]);
    weft_tensor *dw = weft_make_conv(WEFT_OP_CONV_DW, x, leaf(g, "dy", f->y, 0), options, shape);
    out[0] = dw ? weft_make_permute(dw, channels_first) : NULL;
  } else {
    weft_tensor *w = leaf(g, "w", weft_shape_of(f->y.dims[3], f->image.dims[3], f->taps, f->taps), f->is_steady);
    out[0] = w ? weft_make_conv(WEFT_OP_CONV, x, weft_make_permute(w, taps_first), options, f->y) : NULL;
  }
  return out[0] != NULL;
}

static void describe_convolution(const weft_form *form, char *text) {
  const weft_form_convolution *f = &form->convolution;
  snprintf(text, WEFT_FORM_TEXT, "%s %lldx%lldx%lldx%lld, %lld channels, %lldx%lld",
           f->is_gradient ? "conv_dw" : "conv", (long long)f->y.dims[0], (long long)f->y.dims[1],
           (long long)f->y.dims[2], (long long)f->image.dims[3], (long long)f->y.dims[3], (long long)f->taps,
           (long long)f->taps);
}

static const char *const convolutions[] = {"direct", "winograd"};

/* ---- products, whose operands lie in memory as the real ones do ---- */

static uint64_t hash_operand(uint64_t hash, weft_tensor *view) {
  weft_tensor *base;
  int64_t offset, strides[WEFT_MAX_RANK]; /* the offset tells little: steps of a sequence are measured once */
  weft_view_affine(view, &base, &offset, strides);
  for (int d = 0; d < view->shape.rank; d++)
    if (view->shape.dims[d] == 1) strides[d] = 0;
  return hash_shape(weft_hash(hash, strides, (size_t)view->shape.rank * sizeof strides[0]), view->shape);
}

static uint64_t hash_product(const weft_form *form, uint64_t hash) {
  const weft_form_product *f = &form->product;
  const weft_product *p = &f->product;
  const int64_t about[] = {p->nb, p->nm, p->nk, p->nn, f->a_stays, f->b_stays, f->b_changes};
  return hash_operand(hash_operand(weft_hash(hash, about, sizeof about), p->a), p->b);
}

/* The same view of a tensor of its own. */
static weft_tensor *operand(weft_graph *g, const char *name, weft_tensor *view, int stays, weft_tensor **out_base) {
  const weft_tensor *base = weft_view_base(view);
  *out_base = leaf(g, name, base->shape, stays);
  return weft_view_over(view, base, *out_base);
}

/* Weights that change hands do so here too: b becomes 1 - b. Parts are of the plain sum, so no levels are asked for. */
static int build_product(weft_graph *g, const weft_form *form, weft_tensor **out) {
  const weft_form_product *f = &form->product;
  const weft_product *p = &f->product;
  weft_tensor *base, *a = operand(g, "a", p->a, f->a_stays, &base);
  weft_tensor *b = operand(g, "b", p->b, f->b_stays || f->b_changes, &base);
  if (!a || !b) return 0;
  if (form->kind == WEFT_FORM_PRODUCT) g->forms[WEFT_FORM_LEVELS] = 1;
  weft_shape shape = {.rank = p->nb + p->nm + p->nn};
  memcpy(shape.dims, a->shape.dims, sizeof shape.dims[0] * (size_t)(p->nb + p->nm));
  memcpy(shape.dims + p->nb + p->nm, b->shape.dims + p->nb + p->nk, sizeof shape.dims[0] * (size_t)p->nn);
  out[0] = weft_make_dot(a, b, p->nb, p->nm, p->nk, p->nn, 0, shape);
  if (!f->b_changes) return out[0] != NULL;
  out[1] = weft_assign(base, weft_sub(weft_number(g, 1), base));
  return out[0] && out[1] ? 2 : 0;
}

static void describe_product(const weft_form *form, char *text) {
  const weft_product *p = &form->product.product;
  int64_t sizes[4] = {1, 1, 1, 1}; /* batch, M, N, K */
  for (int d = 0; d < p->a->shape.rank; d++) sizes[d < p->nb ? 0 : d < p->nb + p->nm ? 1 : 3] *= p->a->shape.dims[d];
  for (int d = p->nb + p->nk; d < p->b->shape.rank; d++) sizes[2] *= p->b->shape.dims[d];
  int used = snprintf(text, WEFT_FORM_TEXT, "product ");
  if (sizes[0] > 1) used += snprintf(text + used, WEFT_FORM_TEXT - (size_t)used, "%lld of ", (long long)sizes[0]);
  snprintf(text + used, WEFT_FORM_TEXT - (size_t)used, "%lldx%lldx%lld%s", (long long)sizes[1], (long long)sizes[2],
           (long long)sizes[3], form->product.b_changes ? ", weights change" : "");
}

static const char *const levels[] = {"as it is", "strassen", "strassen on two levels"};

/* ---- attention, with heads cut out of rows as layers have them ---- */

static uint64_t hash_attention(const weft_form *form, uint64_t hash) {
  const weft_form_attention *f = &form->attention;
  const int64_t about[] = {f->s, f->e, f->causal, f->trains};
  return hash_shape(weft_hash(hash, about, sizeof about), f->q);
}

/* The two dims before the last exchanged, where there are a batch and heads. */
static weft_tensor *by_heads(weft_tensor *x) {
  int64_t axes[WEFT_MAX_RANK];
  if (!x) return NULL;
  int rank = x->shape.rank;
  for (int d = 0; d < rank; d++) axes[d] = d;
  if (rank > 3) {
    axes[rank - 3] = rank - 2;
    axes[rank - 2] = rank - 3;
  }
  return weft_make_permute(x, axes);
}

/* Of the heads in q's shape. */
static weft_tensor *rows(weft_graph *g, const char *name, weft_shape shape, int64_t count, int64_t width) {
  int rank = shape.rank;
  shape.dims[rank - 1] = width;
  shape.dims[rank - 2] = count;
  if (rank > 3) {
    shape.dims[rank - 2] = shape.dims[rank - 3];
    shape.dims[rank - 3] = count;
  }
  return by_heads(leaf(g, name, shape, 0));
}

static int build_attention(weft_graph *g, const weft_form *form, weft_tensor **out) {
  static const weft_op by[3] = {WEFT_OP_ATTENTION_DQ, WEFT_OP_ATTENTION_DK, WEFT_OP_ATTENTION_DV};
  const weft_form_attention *f = &form->attention;
  int64_t t = f->q.dims[f->q.rank - 2], d = f->q.dims[f->q.rank - 1];
  weft_tensor *in[6] = {rows(g, "q", f->q, t, d), rows(g, "k", f->q, f->s, d), rows(g, "v", f->q, f->s, f->e)};
  in[3] = weft_make_attention(WEFT_OP_ATTENTION, in, 3, f->causal, 0.125);
  out[0] = by_heads(in[3]);
  if (!f->trains) return out[0] != NULL;
  in[4] = weft_make_attention(WEFT_OP_ATTENTION_LOG, in, 2, f->causal, 0.125);
  in[5] = rows(g, "g", f->q, t, f->e);
  int good = out[0] && in[4] && in[5];
  for (int i = 0; i < 3 && good; i++) {
    out[1 + i] = by_heads(weft_make_attention(by[i], in, 6, f->causal, 0.125));
    good = out[1 + i] != NULL;
  }
  return good ? 4 : 0;
}

static void describe_attention(const weft_form *form, char *text) {
  const weft_form_attention *f = &form->attention;
  int rank = f->q.rank;
  long long t = f->q.dims[rank - 2], d = f->q.dims[rank - 1];
  snprintf(text, WEFT_FORM_TEXT, "attention of %lld heads, %lldx%lld, widths %lld and %lld%s%s",
           (long long)weft_shape_size(f->q) / (t * d), t, (long long)f->s, d, (long long)f->e,
           f->causal ? ", causal" : "", f->trains ? ", with gradients" : "");
}

static const char *const attentions[] = {"in full", "an op of its own"};

const weft_form_row weft_form_rows[WEFT_FORM_KINDS] = {
    [WEFT_FORM_CONVOLUTION] = {hash_convolution, build_convolution, describe_convolution, NULL, convolutions},
    [WEFT_FORM_PRODUCT] = {hash_product, build_product, describe_product, "parts", NULL},
    [WEFT_FORM_LEVELS] = {hash_product, build_product, describe_product, NULL, levels},
    [WEFT_FORM_ATTENTION] = {hash_attention, build_attention, describe_attention, NULL, attentions},
};
