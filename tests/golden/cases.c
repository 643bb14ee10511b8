/* cases.c -- the ops that golden.txt names, as calls of the public API. */
#include "golden.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

typedef weft_tensor *build_function(const golden_case *c, weft_tensor **in);

/* ---- plain calls ---- */

#define ONE(name)                                                                                                      \
  static weft_tensor *build_##name(const golden_case *c, weft_tensor **in) {                                           \
    (void)c;                                                                                                           \
    return weft_##name(in[0]);                                                                                         \
  }
#define TWO(name)                                                                                                      \
  static weft_tensor *build_##name(const golden_case *c, weft_tensor **in) {                                           \
    (void)c;                                                                                                           \
    return weft_##name(in[0], in[1]);                                                                                  \
  }
#define ALL_ONE                                                                                                        \
  ROW(neg)                                                                                                             \
  ROW(abs)                                                                                                             \
  ROW(sign)                                                                                                            \
  ROW(square)                                                                                                          \
  ROW(reciprocal)                                                                                                      \
  ROW(sqrt)                                                                                                            \
  ROW(rsqrt)                                                                                                           \
  ROW(exp)                                                                                                             \
  ROW(log)                                                                                                             \
  ROW(log1p)                                                                                                           \
  ROW(expm1)                                                                                                           \
  ROW(sin)                                                                                                             \
  ROW(cos)                                                                                                             \
  ROW(tanh)                                                                                                            \
  ROW(erf)                                                                                                             \
  ROW(floor)                                                                                                           \
  ROW(ceil)                                                                                                            \
  ROW(round)                                                                                                           \
  ROW(relu)                                                                                                            \
  ROW(sigmoid)                                                                                                         \
  ROW(silu)                                                                                                            \
  ROW(gelu)                                                                                                            \
  ROW(softplus)                                                                                                        \
  ROW(logical_not)                                                                                                     \
  ROW(transpose)
#define ALL_TWO                                                                                                        \
  ROW(add)                                                                                                             \
  ROW(sub)                                                                                                             \
  ROW(mul)                                                                                                             \
  ROW(div)                                                                                                             \
  ROW(mod)                                                                                                             \
  ROW(pow)                                                                                                             \
  ROW(maximum)                                                                                                         \
  ROW(minimum)                                                                                                         \
  ROW(eq)                                                                                                              \
  ROW(ne)                                                                                                              \
  ROW(lt)                                                                                                              \
  ROW(le)                                                                                                              \
  ROW(gt)                                                                                                              \
  ROW(ge)                                                                                                              \
  ROW(logical_and)                                                                                                     \
  ROW(logical_or)                                                                                                      \
  ROW(matmul)                                                                                                          \
  ROW(cross_entropy)
#define ROW(name) ONE(name)
ALL_ONE
#undef ROW
#define ROW(name) TWO(name)
ALL_TWO
#undef ROW

/* ---- calls with options ---- */

static int whole(const golden_case *c, const char *name, int otherwise) {
  return (int)golden_option(c, name, otherwise);
}

/* The sizes n0=, n1=, ... */
static weft_shape sizes(const golden_case *c) {
  weft_shape shape = {0};
  char name[4] = "n0";
  for (; shape.rank < WEFT_MAX_RANK && golden_option(c, name, 1e9) != 1e9; name[1]++)
    shape.dims[shape.rank++] = whole(c, name, 0);
  return shape;
}

static unsigned axes(const golden_case *c) { return (unsigned)whole(c, "axes", 0); }

#define BUILD(name, expression)                                                                                        \
  static weft_tensor *build_##name(const golden_case *c, weft_tensor **in) { return (void)c, expression; }
BUILD(where, weft_where(in[0], in[1], in[2]))
BUILD(to_i32, weft_cast(in[0], WEFT_I32))
BUILD(to_f32, weft_cast(in[0], WEFT_F32))
BUILD(leaky_relu, weft_leaky_relu(in[0], golden_option(c, "slope", 0)))
BUILD(elu, weft_elu(in[0], golden_option(c, "alpha", 1)))
BUILD(clamp, weft_clamp(in[0], golden_option(c, "low", 0), golden_option(c, "high", 0)))
BUILD(sum, weft_sum_axes(in[0], axes(c)))
BUILD(mean, weft_mean_axes(in[0], axes(c)))
BUILD(var, weft_var_axes(in[0], axes(c)))
BUILD(prod, weft_prod_axes(in[0], axes(c)))
BUILD(max, weft_max_axes(in[0], axes(c)))
BUILD(min, weft_min_axes(in[0], axes(c)))
BUILD(argmax, weft_argmax(in[0], whole(c, "axis", 0)))
BUILD(argmin, weft_argmin(in[0], whole(c, "axis", 0)))
BUILD(softmax, weft_softmax(in[0], whole(c, "axis", 0)))
BUILD(log_softmax, weft_log_softmax(in[0], whole(c, "axis", 0)))
BUILD(reshape, weft_reshape(in[0], sizes(c)))
BUILD(permute, weft_permute(in[0], sizes(c)))
BUILD(broadcast, weft_broadcast(in[0], sizes(c)))
BUILD(slice, weft_slice(in[0], whole(c, "axis", 0), whole(c, "start", 0), whole(c, "stop", 0), whole(c, "step", 1)))
BUILD(pad, weft_pad(in[0], whole(c, "axis", 0), whole(c, "lo", 0), whole(c, "hi", 0), golden_option(c, "value", 0)))
BUILD(flip, weft_flip(in[0], whole(c, "axis", 0)))
BUILD(concat, weft_concat(in, (size_t)c->n_inputs, whole(c, "axis", 0)))
BUILD(gather, weft_gather(in[0], in[1], whole(c, "axis", 0)))
BUILD(gather_elements, weft_gather_elements(in[0], in[1], whole(c, "axis", 0)))
BUILD(scatter_add, weft_scatter_add(in[0], in[1], in[2], whole(c, "axis", 0)))
BUILD(max_pool2d, weft_max_pool2d(in[0], whole(c, "size", 1), whole(c, "stride", 0), whole(c, "pad", 0)))
BUILD(avg_pool2d, weft_avg_pool2d(in[0], whole(c, "size", 1), whole(c, "stride", 0), whole(c, "pad", 0)))

static weft_tensor *build_conv2d(const golden_case *c, weft_tensor **in) {
  weft_conv_options options = {.stride = whole(c, "stride", 0),
                               .pad = whole(c, "pad", 0),
                               .dilation = whole(c, "dilation", 0),
                               .groups = whole(c, "groups", 0)};
  return weft_conv2d(in[0], in[1], c->n_options ? &options : NULL);
}

/* ---- the table ---- */

static const struct {
  const char *name;
  build_function *build;
} table[] = {
#define ROW(name) {#name, build_##name},
    ALL_ONE ALL_TWO ROW(where) ROW(to_i32) ROW(to_f32) ROW(leaky_relu) ROW(elu) ROW(clamp) ROW(sum) ROW(mean) ROW(var)
        ROW(prod) ROW(max) ROW(min) ROW(argmax) ROW(argmin) ROW(softmax) ROW(log_softmax) ROW(reshape) ROW(permute)
            ROW(broadcast) ROW(slice) ROW(pad) ROW(flip) ROW(concat) ROW(gather) ROW(gather_elements) ROW(scatter_add)
                ROW(max_pool2d) ROW(avg_pool2d) ROW(conv2d)
#undef ROW
};
enum { N_TABLE = sizeof table / sizeof table[0] };

const char *golden_op_name(size_t index) { return index < N_TABLE ? table[index].name : NULL; }

weft_tensor *golden_build(const golden_case *c, weft_graph *graph, weft_tensor **in) {
  int i = 0;
  while (i < N_TABLE && strcmp(table[i].name, c->op) != 0) i++;
  cr_assert(i < N_TABLE, "golden.txt:%d: cases.c has no %s", c->line, c->op);
  for (int k = 0; k < c->n_inputs; k++)
    in[k] = weft_input_shaped(graph, c->inputs[k].name, c->inputs[k].dtype, c->inputs[k].shape);
  weft_tensor *y = table[i].build(c, in);
  cr_assert_not_null(y, "golden.txt:%d: %s: %s", c->line, c->op, weft_graph_message(graph));
  weft_shape found = weft_tensor_shape(y), want = c->result.shape;
  int same = found.rank == want.rank && weft_tensor_dtype(y) == c->result.dtype;
  for (int d = 0; same && d < want.rank; d++) same = found.dims[d] == want.dims[d];
  cr_assert(same, "golden.txt:%d: %s has another shape or type", c->line, c->op);
  return y;
}

weft_tensor *golden_loss(weft_tensor *y) {
  int64_t n = weft_shape_size(weft_tensor_shape(y));
  float *values = malloc(sizeof *values * (size_t)n);
  cr_assert_not_null(values);
  for (int64_t i = 0; i < n; i++) values[i] = (float)(i * 7 % 11 - 5) / 4;
  weft_tensor *c = weft_data(weft_tensor_graph(y), WEFT_F32, weft_tensor_shape(y), values);
  free(values);
  return weft_sum(weft_mul(y, c));
}
