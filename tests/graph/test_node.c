/* test_node.c -- hash-consing, leaves by name, sticky errors, order of walking, seeds. */
#include "graph/graph.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

Test(node, equal_specs_are_one_node) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 3, 4), *y = weft_input(g, "y", WEFT_F32, 3, 4);
  cr_assert_eq(weft_add(x, y), weft_add(x, y));
  cr_assert_neq(weft_add(x, y), weft_add(y, x));
  cr_assert_neq(weft_add(x, y), weft_sub(x, y));
  cr_assert_eq(weft_number(g, 0.1), weft_number(g, 0.1f), "constants are rounded to their type");
  cr_assert_neq(weft_number(g, 0.0), weft_number(g, -0.0));
  cr_assert_eq(weft_number(g, NAN), weft_number(g, NAN));
  cr_assert_neq(weft_full(g, WEFT_I32, WEFT_SCALAR_SHAPE, 1), weft_number(g, 1));
  cr_assert_eq(weft_full(g, WEFT_I32, WEFT_SCALAR_SHAPE, -0.0), weft_full(g, WEFT_I32, WEFT_SCALAR_SHAPE, 0));
  cr_assert_neq(weft_transpose(x), weft_reshape(x, weft_shape_of(4, 3)));
  cr_assert_neq(weft_sum_axes(x, WEFT_AXIS(0) | WEFT_KEEP), weft_sum_axes(x, WEFT_AXIS(1) | WEFT_KEEP));
  float a[3] = {1, 2, 3}, b[3] = {1, 2, 4};
  weft_tensor *data = weft_data(g, WEFT_F32, weft_shape_of(3), a);
  cr_assert_neq(data, weft_data(g, WEFT_F32, weft_shape_of(3), b));
  cr_assert_eq(data, weft_data(g, WEFT_F32, weft_shape_of(3), a));
  b[2] = 3;
  cr_assert_eq(data, weft_data(g, WEFT_F32, weft_shape_of(3), b), "the array is compared, not its address");
  a[0] = 9;
  cr_assert_eq(((const float *)data->data)[0], 1, "the array is copied");
  cr_assert_eq(weft_graph_status(g), WEFT_OK);
  weft_graph_destroy(g);
}

Test(node, views_that_change_nothing_are_their_input) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 3, 4);
  cr_assert_eq(weft_reshape(x, weft_shape_of(3, -1)), x);
  cr_assert_eq(weft_permute(x, weft_shape_of(0, -1)), x);
  cr_assert_eq(weft_broadcast(x, weft_shape_of(3, 4)), x);
  cr_assert_eq(weft_slice(x, 1, 0, 4, 1), x);
  cr_assert_eq(weft_pad(x, 0, 0, 0, 5), x);
  cr_assert_eq(weft_sum_axes(x, 0), x);
  cr_assert_eq(weft_concat(&x, 1, 0), x);
  cr_assert_eq(weft_cast(x, WEFT_F32), x);
  cr_assert_eq(weft_dropout(x, 0), x);
  weft_graph_destroy(g);
}

Test(node, the_table_grows) {
  enum { COUNT = 5000 };
  weft_graph *g = weft_graph_create(NULL, NULL);
  static weft_tensor *nodes[COUNT];
  for (int i = 0; i < COUNT; i++) nodes[i] = weft_number(g, i);
  for (int i = 0; i < COUNT; i++) cr_assert_eq(nodes[i], weft_number(g, i));
  cr_assert_eq(g->n_nodes, COUNT);
  cr_assert_geq(g->n_buckets, COUNT);
  weft_graph_destroy(g);
}

Test(node, leaves_by_name_and_index) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2), *w = weft_param(g, "w", WEFT_F32, 2, 2);
  weft_tensor *s = weft_state(g, "s", WEFT_I32, 1), *v = weft_param(g, "v", WEFT_F32, 5);
  cr_assert_eq(weft_input(g, "x", WEFT_F32, 2), x);
  cr_assert_eq(weft_graph_find(g, "s"), s);
  cr_assert_null(weft_graph_find(g, "nothing"));
  cr_assert_eq(weft_graph_param(g, 0), w);
  cr_assert_eq(weft_graph_param(g, 1), v);
  cr_assert_null(weft_graph_param(g, 2));
  cr_assert_eq(weft_graph_saved(g, 1), s);
  cr_assert_eq(weft_graph_saved(g, 2), v);
  cr_assert_null(weft_graph_saved(g, 3));
  cr_assert_str_eq(weft_tensor_name(w), "w");
  cr_assert_str_eq(weft_tensor_name(weft_neg(w)), "");
  cr_assert_eq(weft_tensor_graph(s), g);
  cr_assert_eq(weft_tensor_dtype(s), WEFT_I32);
  cr_assert_eq(weft_tensor_shape(v).dims[0], 5);
  weft_graph_destroy(g);
}

Test(node, the_first_error_stays) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2), *y = weft_input(g, "y", WEFT_F32, 3);
  cr_assert_null(weft_add(x, y));
  cr_assert_null(weft_mul(x, x), "later builders do nothing");
  cr_assert_null(weft_relu(weft_add(NULL, NULL)));
  cr_assert_null(weft_input(g, "z", WEFT_F32, 2));
  cr_assert_eq(weft_graph_status(g), WEFT_BAD_SHAPE);
  cr_assert_str_eq(weft_graph_message(g), "add: shapes do not broadcast: x (2), y (3)");
  weft_graph_clear_error(g);
  cr_assert_str_eq(weft_graph_message(g), "");
  cr_assert_not_null(weft_mul(x, x));
  weft_graph_destroy(g);
}

Test(node, a_graph_can_start_failed) {
  weft_error error = {WEFT_NO_DEVICE, "device: no such thing"};
  weft_graph *g = weft_graph_create(NULL, &error);
  cr_assert_null(weft_input(g, "x", WEFT_F32, 2));
  cr_assert_eq(weft_graph_status(g), WEFT_NO_DEVICE);
  cr_assert_str_eq(weft_graph_message(g), "device: no such thing");
  weft_graph_destroy(g);
  weft_graph_destroy(NULL);
}

Test(node, other_inputs_infer_again) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 3), *y = weft_input(g, "y", WEFT_F32, 7, 3);
  weft_tensor *w = weft_input(g, "w", WEFT_F32, 3, 5), *in[2] = {y, w}, *old[2] = {x, w};
  weft_tensor *product = weft_matmul(x, w), *other = weft_node_with_inputs(product, in);
  cr_assert_eq(other->shape.dims[0], 7);
  cr_assert_eq(other, weft_matmul(y, w));
  cr_assert_eq(weft_node_with_inputs(product, old), product);
  weft_graph_destroy(g);
}

Test(node, order_has_inputs_first_and_only_what_is_needed) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_arena arena = {0};
  size_t count;
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2), *unused = weft_exp(x), *y = weft_log(x), *z = weft_mul(y, x);
  weft_tensor *roots[3] = {z, x, NULL}, **order = weft_graph_order(&arena, roots, 3, &count);
  cr_assert_eq(count, 3);
  cr_assert(order[0] == x && order[1] == y && order[2] == z);
  cr_assert_not_null(unused);
  weft_graph_order(&arena, NULL, 0, &count);
  cr_assert_eq(count, 0);
  /* deep graphs need no stack */
  for (int i = 0; i < 200000; i++) z = weft_add(z, x);
  cr_assert_not_null(weft_graph_order(&arena, &z, 1, &count));
  cr_assert_eq(count, 200003);
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

Test(node, random_streams_follow_the_seed) {
  int64_t keys[3][2];
  for (int run = 0; run < 3; run++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_graph_seed(g, run == 2 ? 8 : 7);
    weft_tensor *a = weft_uniform(g, weft_shape_of(4), 0, 1), *b = weft_uniform(g, weft_shape_of(4), 0, 1);
    cr_assert_neq(a, b, "each call is a stream of its own");
    cr_assert_str_eq(weft_tensor_name(a->in[0]), "weft.random");
    cr_assert_eq(a->in[0]->op, WEFT_OP_STATE);
    keys[run][0] = a->attr[0];
    keys[run][1] = b->attr[0];
    g->next_random = 0;
    cr_assert_neq(weft_uniform(g, weft_shape_of(4), 0, 1), a, "a key in use is passed over");
    weft_graph_destroy(g);
  }
  cr_assert_arr_eq(keys[0], keys[1], sizeof keys[0]);
  cr_assert_neq(keys[0][0], keys[2][0]);
  cr_assert_neq(keys[0][1], keys[2][1]);
}

Test(node, the_table_of_ops_is_in_order) {
  cr_assert_str_eq(weft_ops[WEFT_OP_ADD].name, "add");
  cr_assert_str_eq(weft_ops[WEFT_OP_WHERE].expression, "w_select(a != 0, b, c)");
  cr_assert_str_eq(weft_ops[WEFT_OP_DETACH].name, "detach");
  cr_assert_eq(weft_ops[WEFT_OP_CONCAT].arity, W_ANY);
  for (int i = 0; i < WEFT_OP_COUNT; i++) {
    cr_assert_not_null(weft_ops[i].name);
    for (int j = 0; j < i; j++) cr_assert_str_neq(weft_ops[i].name, weft_ops[j].name);
  }
}
