/* test_rows.c -- the gradient of every differentiable row of the op table against finite differences, first and second
 * order. A row without a sample fails. */
#include "differences.h"
#include <criterion/criterion.h>
#include <math.h>

static weft_tensor *leaf(weft_graph *g, const char *name, weft_shape shape) {
  return weft_param_shaped(g, name, WEFT_F32, shape);
}

/* ---- scalar rows: operands within the interval of the row ---- */

static int is_differentiable(weft_op op) {
  weft_op_types types = weft_ops[op].types;
  return types == W_F || types == W_N || types == W_SEL;
}

static void check_scalar(weft_op op) {
  const weft_op_info *row = &weft_ops[op];
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_shape shape = weft_shape_of(2, 3);
  weft_tensor *a = row->types == W_SEL ? weft_input_shaped(g, "i", WEFT_I32, shape) : leaf(g, "a", shape);
  weft_tensor *b = row->arity > 1 ? leaf(g, "b", shape) : NULL, *c = row->arity > 2 ? leaf(g, "c", shape) : NULL;
  check_gradients(weft_make_scalar(op, a, b, c), row->low, row->high, row->name);
  /* the same operand in every place: the gradients of the places add up */
  if (row->arity == 2) {
    weft_graph *same = weft_graph_create(NULL, NULL);
    weft_tensor *x = leaf(same, "x", shape);
    check_gradients(weft_make_scalar(op, x, weft_make_scalar(WEFT_OP_MUL, x, x, NULL), NULL), fmax(row->low, 0.6), 1.7,
                    row->name);
    weft_graph_destroy(same);
  }
  weft_graph_destroy(g);
}

Test(rows, scalar) {
  for (int op = 0; op < WEFT_OP_COUNT; op++)
    if (weft_ops[op].kind == W_SCALAR && is_differentiable((weft_op)op)) check_scalar((weft_op)op);
}

/* ---- views ---- */

static weft_tensor *reshape(weft_graph *g) {
  return weft_make_reshape(leaf(g, "a", weft_shape_of(2, 6)), weft_shape_of(3, 1, 4));
}
static weft_tensor *permute(weft_graph *g) {
  return weft_make_permute(leaf(g, "a", weft_shape_of(2, 3, 2)), (int64_t[]){2, 0, 1});
}
static weft_tensor *expand(weft_graph *g) {
  return weft_make_expand(leaf(g, "a", weft_shape_of(1, 3, 1)), weft_shape_of(2, 3, 4));
}
static weft_tensor *slice(weft_graph *g) {
  return weft_make_slice(leaf(g, "a", weft_shape_of(6, 5)), (int64_t[]){1, 0}, (int64_t[]){2, 3}, (int64_t[]){2, 2});
}
static weft_tensor *pad(weft_graph *g) {
  return weft_make_pad(leaf(g, "a", weft_shape_of(2, 3)), (int64_t[]){1, 0}, (int64_t[]){0, 2}, weft_shape_of(4, 8), 3);
}
static weft_tensor *flip(weft_graph *g) { return weft_make_flip(leaf(g, "a", weft_shape_of(2, 3)), (int64_t[]){0, 1}); }
static weft_tensor *window(weft_graph *g) {
  return weft_make_window(leaf(g, "a", weft_shape_of(2, 7, 4)), (int64_t[]){0, 3, 2}, (int64_t[]){1, 1, 2},
                          (int64_t[]){1, 2, 1});
}
static weft_tensor *fold(weft_graph *g) {
  return weft_make_fold(leaf(g, "a", weft_shape_of(3, 2, 3, 2)), weft_shape_of(7, 4), (int64_t[]){3, 2},
                        (int64_t[]){1, 2}, (int64_t[]){2, 1});
}
static weft_tensor *concat(weft_graph *g) {
  weft_tensor *a = leaf(g, "a", weft_shape_of(2, 2)), *in[3] = {a, leaf(g, "b", weft_shape_of(2, 3)), a};
  return weft_concat(in, 3, 1);
}
static weft_tensor *concat_many(weft_graph *g) {
  weft_tensor *in[12], *a = leaf(g, "a", weft_shape_of(2, 3));
  for (int i = 0; i < 12; i++) in[i] = weft_slice(a, 1, i % 3, i % 3 + 1, 1);
  return weft_concat(in, 12, 0);
}

/* ---- indices ---- */

static weft_tensor *indices(weft_graph *g, weft_shape shape) { /* 0 -1 2 1 0 -1 2 1 ..; some that name nothing */
  int32_t values[24];
  for (int i = 0; i < 24; i++) values[i] = i * 3 % 4 - (i % 4 == 1 ? 4 : 0);
  return weft_data(g, WEFT_I32, shape, values);
}
static weft_tensor *gather(weft_graph *g) {
  return weft_gather(leaf(g, "a", weft_shape_of(2, 3, 2)), indices(g, weft_shape_of(4)), 1);
}
static weft_tensor *gather_elements(weft_graph *g) {
  return weft_gather_elements(leaf(g, "a", weft_shape_of(3, 3)), indices(g, weft_shape_of(2, 4)), 1);
}
static weft_tensor *scatter_add(weft_graph *g) {
  weft_tensor *into = leaf(g, "a", weft_shape_of(3, 2));
  return weft_scatter_add(into, indices(g, weft_shape_of(5)), leaf(g, "b", weft_shape_of(5, 2)), 0);
}

/* ---- attention ---- */

static weft_tensor *attend(weft_graph *g, weft_op op, int causal) {
  weft_tensor *in[6] = {leaf(g, "a", weft_shape_of(2, 3, 2)), leaf(g, "b", weft_shape_of(2, 4, 2)),
                        leaf(g, "c", weft_shape_of(2, 4, 3))};
  if (op == WEFT_OP_ATTENTION || op == WEFT_OP_ATTENTION_LOG)
    return weft_make_attention(op, in, op == WEFT_OP_ATTENTION ? 3 : 2, causal, 0.7);
  in[3] = weft_make_attention(WEFT_OP_ATTENTION, in, 3, causal, 0.7);
  in[4] = weft_make_attention(WEFT_OP_ATTENTION_LOG, in, 2, causal, 0.7);
  in[5] = leaf(g, "d", weft_shape_of(2, 3, 3));
  return weft_make_attention(op, in, 6, causal, 0.7);
}
static weft_tensor *attention(weft_graph *g) { return attend(g, WEFT_OP_ATTENTION, 0); }
static weft_tensor *attention_causal(weft_graph *g) { return attend(g, WEFT_OP_ATTENTION, 1); }
static weft_tensor *attention_of_itself(weft_graph *g) {
  weft_tensor *x = leaf(g, "a", weft_shape_of(3, 2)), *in[3] = {x, x, x};
  return weft_make_attention(WEFT_OP_ATTENTION, in, 3, 1, 0.7);
}
static weft_tensor *attention_log(weft_graph *g) { return attend(g, WEFT_OP_ATTENTION_LOG, 1); }
static weft_tensor *attention_dq(weft_graph *g) { return attend(g, WEFT_OP_ATTENTION_DQ, 1); }
static weft_tensor *attention_dk(weft_graph *g) { return attend(g, WEFT_OP_ATTENTION_DK, 1); }
static weft_tensor *attention_dv(weft_graph *g) { return attend(g, WEFT_OP_ATTENTION_DV, 0); }

/* ---- reductions ---- */

static weft_tensor *reduced(weft_graph *g, weft_op op, const char *name, unsigned mask) {
  return weft_make_reduce(op, leaf(g, name, weft_shape_of(2, 3, 4)), mask);
}
static weft_tensor *sum(weft_graph *g) { return reduced(g, WEFT_OP_REDUCE_SUM, "a", 5); }
static weft_tensor *prod(weft_graph *g) { return reduced(g, WEFT_OP_REDUCE_PROD, "a", 2); }
static weft_tensor *prod_outer(weft_graph *g) { return reduced(g, WEFT_OP_REDUCE_PROD, "a", 5); }
static weft_tensor *prod_two(weft_graph *g) { return reduced(g, WEFT_OP_REDUCE_PROD, "a", 1); }
static weft_tensor *prod_zeros(weft_graph *g) { return reduced(g, WEFT_OP_REDUCE_PROD, "zero", 4); }
static weft_tensor *prod_zero(weft_graph *g) { return reduced(g, WEFT_OP_REDUCE_PROD, "zero", 2); }
static weft_tensor *max(weft_graph *g) { return reduced(g, WEFT_OP_REDUCE_MAX, "a", 4); }
static weft_tensor *max_outer(weft_graph *g) { return reduced(g, WEFT_OP_REDUCE_MAX, "a", 5); }
static weft_tensor *max_all(weft_graph *g) { return reduced(g, WEFT_OP_REDUCE_MAX, "a", 7); }
static weft_tensor *max_of_one(weft_graph *g) {
  return weft_make_reduce(WEFT_OP_REDUCE_MAX, leaf(g, "a", weft_shape_of(3, 1)), 2);
}
static weft_tensor *min(weft_graph *g) { return reduced(g, WEFT_OP_REDUCE_MIN, "a", 3); }
/* Positions are constant where nothing ties: they pick, and what they pick has a gradient. */
static weft_tensor *picked(weft_graph *g, weft_op op) {
  weft_tensor *x = leaf(g, "a", weft_shape_of(2, 5)), *at = weft_make_reduce(op, x, 2);
  return weft_mul(weft_square(x), weft_cast(at, WEFT_F32));
}
static weft_tensor *argmax(weft_graph *g) { return picked(g, WEFT_OP_ARGMAX); }
static weft_tensor *argmin(weft_graph *g) { return picked(g, WEFT_OP_ARGMIN); }

/* ---- products ---- */

static weft_tensor *matmul(weft_graph *g) {
  return weft_make_matmul(leaf(g, "a", weft_shape_of(2, 2, 3)), leaf(g, "b", weft_shape_of(2, 3, 4)));
}

typedef struct image_shapes {
  weft_shape x, w, y;
  int64_t options[5];
} image_shapes;

static const image_shapes plain = {{4, {2, 4, 3, 2}}, {4, {2, 2, 2, 3}}, {4, {2, 3, 2, 3}}, {1, 1, 1, 1, 1}};
/* A stride that leaves a row unread, dilation, groups. */
static const image_shapes odd = {{4, {1, 6, 5, 4}}, {4, {2, 3, 2, 2}}, {4, {1, 2, 1, 2}}, {2, 2, 3, 2, 2}};

static weft_tensor *image(weft_graph *g, weft_op op, const image_shapes *s) {
  weft_shape a = op == WEFT_OP_CONV_DX ? s->y : s->x, b = op == WEFT_OP_CONV_DW ? s->y : s->w,
             result = op == WEFT_OP_CONV      ? s->y
                      : op == WEFT_OP_CONV_DX ? s->x
                                              : s->w;
  return weft_make_conv(op, leaf(g, "a", a), leaf(g, "b", b), s->options, result);
}
static weft_tensor *conv(weft_graph *g) { return image(g, WEFT_OP_CONV, &plain); }
static weft_tensor *conv_dx(weft_graph *g) { return image(g, WEFT_OP_CONV_DX, &plain); }
static weft_tensor *conv_dw(weft_graph *g) { return image(g, WEFT_OP_CONV_DW, &plain); }
static weft_tensor *odd_conv(weft_graph *g) { return image(g, WEFT_OP_CONV, &odd); }
static weft_tensor *odd_conv_dx(weft_graph *g) { return image(g, WEFT_OP_CONV_DX, &odd); }
static weft_tensor *odd_conv_dw(weft_graph *g) { return image(g, WEFT_OP_CONV_DW, &odd); }

static weft_tensor *dot(weft_graph *g) {
  return weft_make_dot(leaf(g, "a", weft_shape_of(2, 2, 2, 3)), leaf(g, "b", weft_shape_of(2, 2, 3, 2, 2)), 1, 1, 2, 2,
                       0, weft_shape_of(2, 2, 2, 2));
}
static weft_tensor *dot_of_vectors(weft_graph *g) {
  return weft_make_dot(leaf(g, "a", weft_shape_of(3)), leaf(g, "b", weft_shape_of(3)), 0, 0, 1, 0, 0,
                       WEFT_SCALAR_SHAPE);
}
static weft_tensor *dot_packed(weft_graph *g) {
  return weft_make_dot(leaf(g, "a", weft_shape_of(2, 2, 2, 3)), leaf(g, "b", weft_shape_of(2, 3, 2, 3, 2)), 1, 1, 2, 2,
                       2, weft_shape_of(2, 2, 5, 1));
}

/* ---- effects ---- */

static weft_tensor *copy(weft_graph *g) { return weft_square(weft_make_copy(leaf(g, "a", weft_shape_of(2)))); }
static weft_tensor *after(weft_graph *g) {
  weft_tensor *a = leaf(g, "a", weft_shape_of(2));
  weft_tensor *effect = weft_assign(weft_state(g, "s", WEFT_F32, 2), weft_exp(a));
  return weft_after(weft_square(a), &effect, 1);
}
static weft_tensor *assign(weft_graph *g) {
  weft_tensor *a = leaf(g, "a", weft_shape_of(2)), *s = weft_state(g, "s", WEFT_F32, 2);
  return weft_mul(weft_assign(s, weft_square(a)), s);
}

typedef struct row_case {
  const char *name;
  weft_op op;
  weft_tensor *(*build)(weft_graph *g);
} row_case;

#define CASE(OP, build)                                                                                                \
  { #build, WEFT_OP_##OP, build }

static const row_case cases[] = {
    CASE(RESHAPE, reshape),
    CASE(PERMUTE, permute),
    CASE(EXPAND, expand),
    CASE(SLICE, slice),
    CASE(PAD, pad),
    CASE(FLIP, flip),
    CASE(WINDOW, window),
    CASE(FOLD, fold),
    CASE(CONCAT, concat),
    CASE(CONCAT, concat_many),
    CASE(GATHER, gather),
    CASE(GATHER, gather_elements),
    CASE(SCATTER_ADD, scatter_add),
    CASE(ATTENTION, attention),
    CASE(ATTENTION, attention_causal),
    CASE(ATTENTION, attention_of_itself),
    CASE(ATTENTION_LOG, attention_log),
    CASE(ATTENTION_DQ, attention_dq),
    CASE(ATTENTION_DK, attention_dk),
    CASE(ATTENTION_DV, attention_dv),
    CASE(REDUCE_SUM, sum),
    CASE(REDUCE_PROD, prod),
    CASE(REDUCE_PROD, prod_two),
    CASE(REDUCE_PROD, prod_outer),
    CASE(REDUCE_PROD, prod_zero),
    CASE(REDUCE_PROD, prod_zeros),
    CASE(REDUCE_MAX, max),
    CASE(REDUCE_MAX, max_outer),
    CASE(REDUCE_MAX, max_all),
    CASE(REDUCE_MAX, max_of_one),
    CASE(REDUCE_MIN, min),
    CASE(ARGMAX, argmax),
    CASE(ARGMIN, argmin),
    CASE(MATMUL, matmul),
    CASE(CONV, conv),
    CASE(CONV_DX, conv_dx),
    CASE(CONV_DW, conv_dw),
    CASE(CONV, odd_conv),
    CASE(CONV_DX, odd_conv_dx),
    CASE(CONV_DW, odd_conv_dw),
    CASE(DOT, dot),
    CASE(DOT, dot_of_vectors),
    CASE(DOT, dot_packed),
    CASE(COPY, copy),
    CASE(ASSIGN, assign),
    CASE(AFTER, after),
};

static int holds(weft_tensor *t, weft_op op) {
  weft_arena arena = {0};
  size_t n;
  int found = 0;
  weft_tensor **order = weft_graph_order(&arena, &t, 1, &n);
  for (size_t i = 0; order && i < n; i++) found |= order[i]->op == op;
  weft_arena_free(&arena);
  return found;
}

/* A view or a choice of elements is linear, so its second order would be zero whatever it did: the square makes it
 * count. */
Test(rows, others) {
  int seen[WEFT_OP_COUNT] = {0};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *y = cases[i].build(g);
    cr_assert_not_null(y, "%s: %s", cases[i].name, weft_graph_message(g));
    cr_assert(holds(y, cases[i].op), "%s holds no %s", cases[i].name, weft_ops[cases[i].op].name);
    check_gradients(y, -2, 2, cases[i].name);
    weft_op_kind kind = weft_ops[cases[i].op].kind;
    if (kind == W_VIEW || kind == W_INDEX || cases[i].op == WEFT_OP_FOLD)
      check_gradients(weft_square(y), -2, 2, cases[i].name);
    seen[cases[i].op] = 1;
    weft_graph_destroy(g);
  }
  for (int op = 0; op < WEFT_OP_COUNT; op++) {
    weft_op_kind kind = weft_ops[op].kind;
    int is_elsewhere = op == WEFT_OP_DETACH || weft_is_winograd((weft_op)op) || weft_is_grouped((weft_op)op) ||
                       weft_is_strassen((weft_op)op); /* test_walk.c */
    if (kind == W_SCALAR || kind == W_LEAF || kind == W_MAKE || is_elsewhere) continue;
    cr_expect(seen[op], "%s has no sample", weft_ops[op].name);
  }
}
