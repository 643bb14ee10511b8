/* test_group.c -- what is fused into one kernel, and what is not. */
#include "check.h"
#include <criterion/criterion.h>
#include <string.h>
#include <weft/optim.h>

typedef struct grouped {
  weft_arena arena;
  weft_device *device;
  weft_graph *graph;
  weft_group **groups;
  size_t n;
} grouped;

static void begin(grouped *s) {
  *s = (grouped){.device = weft_device_open("null")};
  s->graph = weft_graph_new(s->device);
}

static void end(grouped *s) {
  weft_arena_free(&s->arena);
  weft_graph_free(s->graph);
  weft_device_close(s->device);
}

static void group_with(grouped *s, weft_tensor **tensors, size_t n, int max_bindings) {
  check_groups(&s->arena, tensors, n, &(weft_group_limits){max_bindings}, &s->groups, &s->n);
}

static void group(grouped *s, weft_tensor *result) { group_with(s, &result, 1, 16); }

Test(group, an_elementwise_chain_is_one_map) {
  grouped s;
  begin(&s);
  weft_tensor *x = weft_input(s.graph, "x", WEFT_F32, 32, 8), *b = weft_input(s.graph, "b", WEFT_F32, 8);
  group(&s, weft_relu(weft_add(weft_exp(x), b)));
  cr_assert_eq(s.n, 1);
  cr_assert_eq(s.groups[0]->kind, WEFT_GROUP_MAP);
  cr_assert_eq(s.groups[0]->n_inputs, 2);
  end(&s);
}

/* What a product's epilogue computes several times over, as the gates of an LSTM, is one kernel with it. */
Test(group, parts_of_one_shape_are_stored_together) {
  grouped s;
  begin(&s);
  weft_tensor *x = weft_input(s.graph, "x", WEFT_F32, 32, 8), *w = weft_param(s.graph, "w", WEFT_F32, 8, 16);
  weft_tensor *y = weft_matmul(x, w),
              *parts[3] = {weft_exp(y), weft_mul(y, weft_input(s.graph, "z", WEFT_F32, 32, 16)), y};
  group(&s, weft_concat(parts, 3, 1));
  cr_assert_eq(s.n, 1);
  cr_assert_eq(s.groups[0]->kind, WEFT_GROUP_DOT);
  cr_assert_eq(s.groups[0]->n_outputs, 1);
  end(&s);
}

Test(group, parts_of_several_shapes_are_a_map_of_the_whole) {
  grouped s;
  begin(&s);
  weft_tensor *x = weft_input(s.graph, "x", WEFT_F32, 32, 8), *y = weft_input(s.graph, "y", WEFT_F32, 32, 4);
  weft_tensor *parts[2] = {weft_exp(x), weft_exp(y)};
  group(&s, weft_concat(parts, 2, 1));
  cr_assert_eq(s.n, 1);
  cr_assert_eq(s.groups[0]->space.dims[1], 12);
  parts[1] = weft_neg(x);
  group(&s, weft_concat(parts, 2, 1));
  cr_assert_eq(s.n, 1);
  cr_assert_eq(s.groups[0]->space.dims[1], 8);
  end(&s);
}

Test(group, a_product_takes_its_epilogue) {
  grouped s;
  begin(&s);
  weft_tensor *x = weft_input(s.graph, "x", WEFT_F32, 32, 8), *w = weft_param(s.graph, "w", WEFT_F32, 8, 16);
  weft_tensor *b = weft_param(s.graph, "b", WEFT_F32, 16);
  group(&s, weft_gelu(weft_add(weft_matmul(x, w), b)));
  cr_assert_eq(s.n, 1);
  cr_assert_eq(s.groups[0]->kind, WEFT_GROUP_DOT);
  cr_assert_eq(s.groups[0]->outputs[0]->op, WEFT_OP_GELU);
  end(&s);
}

/* Winograd's transform of an image takes what is cheap in front of it, and reads what had better be computed once. */
Test(group, a_transform_of_an_image_takes_its_prologue) {
  for (int is_dear = 0; is_dear < 2; is_dear++) {
    grouped s;
    begin(&s);
    weft_tensor *x = weft_input(s.graph, "x", WEFT_F32, 8, 32, 32, 64), *b = weft_input(s.graph, "b", WEFT_F32, 64);
    x = weft_add(x, b);
    x = is_dear ? weft_gelu(x) : weft_relu(x);
    group(&s, weft_make_winograd_transform(WEFT_OP_WINOGRAD_PIXELS, x, (int64_t[]){1, 1, 3, 1, 1},
                                           weft_shape_of(36, 8, 8, 8, 64)));
    cr_assert_eq(s.n, is_dear ? 2 : 1);
    cr_assert_eq(s.groups[is_dear]->kind, WEFT_GROUP_DOT);
    cr_assert_eq(s.groups[is_dear]->n_inputs, is_dear ? 1 : 2);
    end(&s);
  }
}

Test(group, a_product_alone_is_left_alone_by_what_reads_it_transposed) {
  grouped s;
  begin(&s);
  weft_tensor *x = weft_input(s.graph, "x", WEFT_F32, 16, 16);
  weft_tensor *y = weft_matmul(x, x);
  group(&s, weft_add(y, weft_transpose(y)));
  cr_assert_eq(s.n, 2); /* an element of the sum needs two of the product */
  cr_assert_eq(s.groups[1]->kind, WEFT_GROUP_MAP);
  end(&s);
}

Test(group, softmax_is_one_row_kernel) {
  grouped s;
  begin(&s);
  group(&s, weft_softmax(weft_input(s.graph, "x", WEFT_F32, 64, 33), -1));
  cr_assert_eq(s.n, 1);
  cr_assert_eq(s.groups[0]->kind, WEFT_GROUP_ROW);
  cr_assert_eq(s.groups[0]->n_cores, 2);
  cr_assert_eq(s.groups[0]->n_inputs, 1);
  end(&s);
}

Test(group, cross_entropy_and_its_gradient_share_a_row_kernel) {
  grouped s;
  begin(&s);
  weft_tensor *x = weft_param(s.graph, "x", WEFT_F32, 64, 10), *t = weft_input(s.graph, "t", WEFT_I32, 64), *g;
  weft_tensor *loss = weft_sum(weft_cross_entropy(x, t));
  cr_assert_eq(weft_gradients(loss, &x, 1, &g), WEFT_OK);
  weft_tensor *both[] = {loss, g};
  group_with(&s, both, 2, 16);
  int rows = 0;
  for (size_t i = 0; i < s.n; i++) rows += s.groups[i]->kind == WEFT_GROUP_ROW;
  cr_assert_eq(rows, 1);
  cr_assert_leq(s.n, 3, "%zu groups", s.n);
  end(&s);
}

/* What is made of the classes alone, one number a row, is no kernel of its own, whatever is asked for first. */
Test(group, the_gradient_of_a_cross_entropy_alone_is_one_row_kernel) {
  grouped s;
  begin(&s);
  weft_tensor *x = weft_param(s.graph, "x", WEFT_F32, 512, 1024), *t = weft_input(s.graph, "t", WEFT_I32, 512), *g;
  cr_assert_eq(weft_gradients(weft_mean(weft_cross_entropy(x, t)), &x, 1, &g), WEFT_OK);
  group(&s, g);
  cr_assert_eq(s.n, 1, "%zu groups", s.n);
  cr_assert_eq(s.groups[0]->kind, WEFT_GROUP_ROW);
  cr_assert_eq(s.groups[0]->n_inputs, 2);
  cr_assert_eq(s.groups[0]->n_outputs, 1);
  end(&s);
}

/* Such a value, read by sums that the rows need in turn, stays in front of both. */
Test(group, a_value_a_row_moves_into_no_kernel_that_waits_for_a_reader_of_it) {
  grouped s;
  begin(&s);
  weft_tensor *x = weft_input(s.graph, "x", WEFT_F32, 512, 512), *t = weft_input(s.graph, "t", WEFT_F32, 512, 1);
  weft_tensor *v = weft_exp(weft_square(t)), *sums = weft_sum_axes(weft_mul(x, v), WEFT_AXIS(0) | WEFT_KEEP);
  group(&s, weft_mul(weft_softmax(weft_add(x, sums), -1), v));
  cr_assert_eq(s.n, 3, "%zu groups", s.n);
  for (size_t i = 0; i < s.n; i++)
    for (size_t j = i; j < s.n; j++)
      for (int k = 0; k < s.groups[i]->n_inputs; k++)
        for (int o = 0; o < s.groups[j]->n_outputs; o++)
          cr_assert_neq(s.groups[i]->inputs[k], s.groups[j]->outputs[o], "group %zu reads what %zu makes", i, j);
  end(&s);
}

Test(group, reductions_over_columns_are_no_row_kernel) {
  grouped s;
  begin(&s);
  weft_tensor *x = weft_input(s.graph, "x", WEFT_F32, 64, 32);
  group(&s, weft_sub(x, weft_max_axes(x, WEFT_AXIS(0) | WEFT_KEEP)));
  cr_assert_eq(s.n, 2);
  cr_assert_eq(s.groups[0]->kind, WEFT_GROUP_REDUCE);
  end(&s);
}

Test(group, second_stages_of_sums_side_by_side_are_one_kernel) {
  grouped s;
  begin(&s);
  weft_tensor *x = weft_input(s.graph, "x", WEFT_F32, 16384, 64), *y = weft_input(s.graph, "y", WEFT_F32, 16384, 64);
  weft_tensor *sums[2] = {weft_sum_axes(x, 1), weft_sum_axes(weft_mul(x, y), 1)};
  group_with(&s, sums, 2, 16);
  cr_assert_eq(s.n, 2);
  for (int i = 0; i < 2; i++) {
    cr_assert_eq(s.groups[i]->kind, WEFT_GROUP_REDUCE);
    cr_assert_eq(s.groups[i]->n_outputs, 2);
  }
  end(&s);
}

Test(group, adam_is_fused_into_the_product_that_makes_the_gradient) {
  grouped s;
  begin(&s);
  weft_tensor *x = weft_input(s.graph, "x", WEFT_F32, 64, 32), *w = weft_param(s.graph, "w", WEFT_F32, 32, 48);
  group(&s, weft_minimize(weft_sum(weft_square(weft_matmul(x, w))), weft_adam(1e-3)));
  int found = 0;
  for (size_t i = 0; i < s.n; i++)
    if (s.groups[i]->kind == WEFT_GROUP_DOT && s.groups[i]->n_outputs == 3) found = 1; /* m, v and w */
  cr_assert(found);
  end(&s);
}

/* Fails unless each group binds so many buffers at most. */
static void check_bindings(const grouped *s, int most, const char *what) {
  for (size_t i = 0; i < s->n; i++)
    cr_assert_leq(weft_group_bindings(s->groups[i]), most, "%s: a %s", what, weft_group_kind_name(s->groups[i]->kind));
}

Test(group, a_kernel_binds_no_more_buffers_than_allowed) {
  grouped s;
  begin(&s);
  weft_tensor *sum[6], *x = weft_input(s.graph, "x", WEFT_F32, 100);
  for (int i = 0; i < 6; i++) {
    char name[] = {'a', (char)('0' + i), 0};
    sum[i] = weft_mul(x, weft_input(s.graph, name, WEFT_F32, 100));
  }
  group_with(&s, sum, 6, 4);
  check_bindings(&s, 4, "products with one x");
  cr_assert_gt(s.n, 1);
  end(&s);
}

/* Sums over the same pixels share a kernel, but those that others read are buffers too, as the gradient of a depthwise
 * convolution has one for each of its weights. */
Test(group, reductions_side_by_side_bind_no_more_buffers_than_allowed) {
  enum { SUMS = 12 };
  for (int most = 4; most <= 16; most += 4) {
    grouped s;
    begin(&s);
    weft_tensor *read[SUMS], *x = weft_input(s.graph, "x", WEFT_F32, 8, 64 + SUMS, 32);
    weft_tensor *y = weft_input(s.graph, "y", WEFT_F32, 8, 64, 32), *w = weft_input(s.graph, "w", WEFT_F32, 32, 8);
    for (int i = 0; i < SUMS; i++) {
      weft_tensor *shifted = weft_slice(x, 1, i, i + 64, 1);
      read[i] = weft_matmul(weft_sum_axes(weft_mul(shifted, y), WEFT_AXIS(1)), w);
    }
    group_with(&s, read, SUMS, most);
    check_bindings(&s, most, "sums of shifted images");
    size_t reduces = 0;
    for (size_t i = 0; i < s.n; i++) reduces += s.groups[i]->kind == WEFT_GROUP_REDUCE;
    cr_assert_eq(reduces, (SUMS + most - 3) / (size_t)(most - 2), "two buffers are read, all others written");
    end(&s);
  }
}

/* What a row kernel computes for itself is no buffer, until something outside reads it. */
Test(group, rows_that_others_read_bind_no_more_buffers_than_allowed) {
  for (int most = 3; most <= 6; most++) {
    grouped s;
    begin(&s);
    const unsigned along = WEFT_AXIS(1) | WEFT_KEEP;
    weft_tensor *x = weft_input(s.graph, "x", WEFT_F32, 64, 32), *z = weft_input(s.graph, "z", WEFT_F32, 64, 32);
    weft_tensor *top = weft_max_axes(x, along), *parts = weft_exp(weft_sub(x, top)), *sum = weft_sum_axes(parts, along);
    weft_tensor *y[4] = {weft_div(parts, sum), weft_matmul(weft_transpose(top), z), weft_matmul(weft_transpose(sum), z),
                         weft_sum_axes(weft_mul(parts, z), along)};
    group_with(&s, y, 4, most);
    check_bindings(&s, most, "a softmax and what it is made of");
    group_with(&s, y, 1, 3);
    cr_assert_eq(s.n, 1, "a softmax alone is one kernel");
    end(&s);
  }
}

Test(group, inputs_come_before_their_readers) {
  grouped s;
  begin(&s);
  weft_tensor *x = weft_input(s.graph, "x", WEFT_F32, 2, 3, 8, 8), *w = weft_param(s.graph, "w", WEFT_F32, 4, 3, 3, 3);
  weft_tensor *y = weft_max_pool2d(weft_relu(weft_conv2d(x, w, NULL)), 2, 0, 0);
  group(&s, weft_minimize(weft_sum(weft_square(y)), weft_adam(1e-3)));
  for (size_t i = 0; i < s.n; i++)
    for (int k = 0; k < s.groups[i]->n_inputs; k++) {
      int known = weft_ops[s.groups[i]->inputs[k]->op].kind == W_LEAF;
      for (size_t j = 0; j < i; j++)
        for (int o = 0; o < s.groups[j]->n_outputs; o++) known |= s.groups[j]->outputs[o] == s.groups[i]->inputs[k];
      cr_assert(known);
    }
  end(&s);
}

static weft_tensor *reordered(weft_tensor *y) { return weft_make_copy(weft_permute(y, weft_shape_of(1, 0, 2))); }

/* What attention computes is stored where a copy wants it, unless something else reads it where it is. */
Test(group, attention_stores_its_copies) {
  grouped s;
  begin(&s);
  const weft_group_limits limits = {.max_bindings = 16, .computes_operands = 1};
  weft_tensor *x = weft_input(s.graph, "x", WEFT_F32, 2, 8, 4), *y = weft_scaled_dot_product_attention(x, x, x, 1);
  weft_tensor *roots[2] = {reordered(y), weft_neg(y)};
  weft_error error = {0};
  cr_assert_eq(weft_group_graph(&s.arena, roots, 1, &limits, &s.groups, &s.n, &error), WEFT_OK);
  cr_assert_eq(s.n, 1);
  cr_assert_eq(s.groups[0]->kind, WEFT_GROUP_ATTENTION);
  cr_assert_eq(s.groups[0]->n_outputs, 1);
  cr_assert(s.groups[0]->outputs[0] == roots[0]);
  cr_assert_eq(weft_group_graph(&s.arena, roots, 2, &limits, &s.groups, &s.n, &error), WEFT_OK);
  cr_assert_eq(s.n, 3, "y, a copy and a negative of it");
  cr_assert(s.groups[0]->n_outputs == 1 && s.groups[0]->outputs[0] == y);
  end(&s);
}
