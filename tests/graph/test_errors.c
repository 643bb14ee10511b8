/* test_errors.c -- every refusal names the op, the tensors and the sizes. One table, a fresh graph a row. */
#include "graph/graph.h"
#include <criterion/criterion.h>
#include <math.h>

typedef struct inputs {
  weft_graph *g;
  weft_tensor *x, *y, *n, *image,
      *foreign; /* x (3,4), y (3,5), n (3,4) i32, image (2,4,6,6), foreign: of another graph */
} inputs;

/* Options of Winograd's ops. */
#define ORDINARY ((int64_t[]){1, 1, 3, 0, 0})

#define CASE(label, code, text, ...)                                                                                   \
  static weft_tensor *label(const inputs *i) { return __VA_ARGS__; }
#include "errors.def"
#undef CASE

static const struct {
  const char *label;
  weft_tensor *(*build)(const inputs *);
  weft_status status;
  const char *text;
} cases[] = {
#define CASE(label, code, text, ...) {#label, label, WEFT_##code, text},
#include "errors.def"
#undef CASE
};

Test(errors, each_names_op_tensors_and_sizes) {
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
    weft_graph *g = weft_graph_create(NULL, NULL), *other = weft_graph_create(NULL, NULL);
    inputs in = {.g = g,
                 .x = weft_input(g, "x", WEFT_F32, 3, 4),
                 .y = weft_input(g, "y", WEFT_F32, 3, 5),
                 .n = weft_input(g, "n", WEFT_I32, 3, 4),
                 .image = weft_input(g, "image", WEFT_F32, 2, 4, 6, 6),
                 .foreign = weft_input(other, "foreign", WEFT_F32, 3, 4)};
    weft_tensor *result = cases[c].build(&in);
    cr_expect_null(result, "%s gave a tensor", cases[c].label);
    cr_expect_str_eq(weft_graph_message(g), cases[c].text, "%s: \"%s\"", cases[c].label, weft_graph_message(g));
    cr_expect_eq(weft_graph_status(g), cases[c].status, "%s: status %d", cases[c].label, weft_graph_status(g));
    cr_expect_eq(weft_graph_status(other), WEFT_OK);
    weft_graph_destroy(g);
    weft_graph_destroy(other);
  }
}

/* Every builder passes over NULL: what a failed builder gave. */
Test(errors, null_passes_through) {
  weft_tensor *null = NULL, *two[2] = {NULL, NULL};
  weft_shape s = weft_shape_of(2);
  const int64_t list[8] = {0};
  size_t n_failed = 0;
  weft_tensor *made[] = {
#define BUILD_1(name) weft_##name(null),
#define BUILD_2(name) weft_##name(null, null),
#define BUILD_3(name) weft_##name(null, null, null),
#define BUILD_W_F(arity, name) BUILD_##arity(name)
#define BUILD_W_N(arity, name) BUILD_##arity(name)
#define BUILD_W_I(arity, name) BUILD_##arity(name)
#define BUILD_W_CMP(arity, name) BUILD_##arity(name)
#define BUILD_W_SEL(arity, name) BUILD_##arity(name)
#define BUILD_W_TOF(arity, name)
#define BUILD_W_TOI(arity, name)
#define SCALAR(NAME, name, arity, types, expr, ga, gb, gc, low, high, tolerance, doc) BUILD_##types(arity, name)
#include "graph/scalar.def"
#undef SCALAR
      weft_full(NULL, WEFT_F32, s, 0),
      weft_number(NULL, 0),
      weft_data(NULL, WEFT_F32, s, list),
      weft_iota(NULL, s, 0),
      weft_cast(null, WEFT_F32),
      weft_leaky_relu(null, 0),
      weft_elu(null, 0),
      weft_clamp(null, 0, 1),
      weft_sum(null),
      weft_mean(null),
      weft_sum_axes(null, 1),
      weft_mean_axes(null, 1),
      weft_prod_axes(null, 1),
      weft_max_axes(null, 1),
      weft_min_axes(null, 1),
      weft_var_axes(null, 1),
      weft_argmax(null, 0),
      weft_argmin(null, 0),
      weft_reshape(null, s),
      weft_permute(null, s),
      weft_transpose(null),
      weft_broadcast(null, s),
      weft_slice(null, 0, 0, 1, 1),
      weft_pad(null, 0, 0, 0, 0),
      weft_flip(null, 0),
      weft_concat(two, 2, 0),
      weft_concat(NULL, 0, 0),
      weft_scaled_dot_product_attention(null, null, null, 0),
      weft_gather(null, null, 0),
      weft_gather_elements(null, null, 0),
      weft_scatter_add(null, null, null, 0),
      weft_matmul(null, null),
      weft_conv2d(null, null, NULL),
      weft_max_pool2d(null, 2, 0, 0),
      weft_avg_pool2d(null, 2, 0, 0),
      weft_softmax(null, 0),
      weft_log_softmax(null, 0),
      weft_cross_entropy(null, null),
      weft_uniform(NULL, s, 0, 1),
      weft_normal(NULL, s, 0, 1),
      weft_dropout(null, 0.5),
      weft_assign(null, null),
      weft_after(null, two, 2),
      weft_detach(null),
      weft_input(NULL, "x", WEFT_F32, 1),
      weft_param(NULL, "x", WEFT_F32, 1),
      weft_state(NULL, "x", WEFT_F32, 1),
      weft_make_reshape(null, s),
      weft_make_permute(null, list),
      weft_make_expand(null, s),
      weft_make_slice(null, list, list, list),
      weft_make_pad(null, list, list, s, 0),
      weft_make_flip(null, list),
      weft_make_window(null, list, list, list),
      weft_make_fold(null, s, list, list, list),
      weft_make_reduce(WEFT_OP_ARGMAX, null, 1),
      weft_make_matmul(null, null),
      weft_make_copy(null),
      weft_make_conv(WEFT_OP_CONV, null, null, list, s),
      weft_make_dot(null, null, 0, 1, 1, 1, 0, s),
      weft_broadcast_to(null, s, "op"),
      weft_graph_find(NULL, "x"),
      weft_graph_param(NULL, 0),
      weft_graph_saved(NULL, 0)};
  for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) n_failed += made[i] == NULL;
  cr_assert_eq(n_failed, sizeof made / sizeof made[0]);
  cr_assert_null(weft_graph_print(NULL, 0));
  cr_assert_null(weft_graph_print(two, 2));
  cr_assert_null(weft_graph_dot(two, 2));
  cr_assert_neq(weft_graph_parse(NULL, "", NULL, 0, NULL), WEFT_OK);
  cr_assert_neq(weft_graph_status(NULL), WEFT_OK);
  cr_assert_str_neq(weft_graph_message(NULL), "");
  cr_assert_str_eq(weft_tensor_name(NULL), "");
  weft_graph_clear_error(NULL);
  weft_graph_seed(NULL, 1);
  weft_text_free(NULL);
}
