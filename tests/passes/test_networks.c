/* test_networks.c -- the passes over whole networks and their gradients. */
#include "autodiff/autodiff.h"
#include "check.h"
#include <criterion/criterion.h>

static weft_tensor *conv(weft_graph *g, weft_tensor *x, const char *name, int64_t channels, int64_t size) {
  weft_shape s = weft_shape_of(channels, x->shape.dims[1], size, size);
  return weft_conv2d(x, weft_param_shaped(g, name, WEFT_F32, s), NULL);
}

static weft_tensor *with_bias(weft_graph *g, weft_tensor *x, const char *name) {
  return weft_add(x, weft_reshape(weft_param(g, name, WEFT_F32, x->shape.dims[1]), weft_shape_of(-1, 1, 1)));
}

enum { N_PARAMS = 6, N_ROOTS = N_PARAMS + 1 };

/* conv-relu-pool twice, flatten, dense, cross-entropy: roots are the loss and its gradients by all parameters. */
static void lenet(weft_graph *g, weft_tensor **roots) {
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 4, 1, 20, 20), *t = weft_input(g, "t", WEFT_I32, 4);
  weft_tensor *y = weft_max_pool2d(weft_relu(with_bias(g, conv(g, x, "w1", 6, 5), "b1")), 2, 2, 0); /* (4, 6, 8, 8) */
  y = weft_max_pool2d(weft_relu(with_bias(g, conv(g, y, "w2", 40, 3), "b2")), 2, 2, 0);             /* (4, 40, 3, 3) */
  y = weft_reshape(y, weft_shape_of(4, -1));
  weft_tensor *w = weft_param(g, "w3", WEFT_F32, 360, 10), *b = weft_param(g, "b3", WEFT_F32, 10);
  roots[0] = weft_mean(weft_cross_entropy(weft_add(weft_matmul(y, w), b), t));
  weft_tensor *params[N_PARAMS] = {w, b};
  const char *const names[] = {"w1", "b1", "w2", "b2"};
  for (int i = 0; i < 4; i++) params[2 + i] = weft_graph_find(g, names[i]);
  cr_assert_eq(weft_autodiff(roots[0], params, N_PARAMS, roots + 1), WEFT_OK, "%s", weft_graph_message(g));
}

/* Images are NHWC from the first convolution to the flatten and back: the permute left is the flatten's own, of the
 * 4 x 360 values that it hands on. Their gradient comes in order, as a product of weights in order. */
Test(networks, images_of_a_training_step_stay_nhwc) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *roots[N_ROOTS];
  lenet(g, roots);
  for (int p = 0; p < WEFT_PASS_COUNT && weft_passes[p].run != weft_pass_contract; p++)
    check_roots(weft_passes[p].run, roots, N_ROOTS, &cpu_target, 1, weft_passes[p].name);
  weft_arena arena = {0};
  size_t count;
  weft_tensor **order = weft_graph_order(&arena, roots, N_ROOTS, &count);
  int at_flatten = 0, others = 0;
  for (size_t i = 0; order && i < count; i++) {
    int64_t size = weft_shape_size(order[i]->shape);
    if (order[i]->op != WEFT_OP_PERMUTE || size <= 1000 || order[i]->shape.rank < 4)
      continue; /* matrices turn freely */
    if (size == 4 * 360)
      at_flatten++;
    else
      others += size != 40 * 6 * 9 && size != 360 * 10; /* weights in the order of their operand */
  }
  cr_assert(at_flatten <= 1 && others == 0, "%d permutes at the flatten, %d elsewhere:\n%s", at_flatten, others,
            weft_graph_print(roots, N_ROOTS));
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

/* Windows that do not overlap need no sums in the gradient. */
Test(networks, gradient_of_pooling_is_elementwise) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *roots[N_ROOTS];
  lenet(g, roots);
  check_roots(weft_pass_simplify, roots, N_ROOTS, &cpu_target, 1, "simplify");
  cr_assert_eq(count_ops(roots, N_ROOTS, WEFT_OP_FOLD, 0), 0);
  weft_graph_destroy(g);
}

Test(networks, a_training_step_keeps_its_values) {
  const weft_pass_target *const targets[] = {&cpu_target, &gpu_target, &glsl_target};
  for (int t = 0; t < 3; t++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *roots[N_ROOTS];
    lenet(g, roots);
    for (int p = 0; p < WEFT_PASS_COUNT; p++)
      check_roots(weft_passes[p].run, roots, N_ROOTS, targets[t], 1, weft_passes[p].name);
    cr_assert_eq(count_ops(roots, N_ROOTS, WEFT_OP_CONV, 0) + count_ops(roots, N_ROOTS, WEFT_OP_MATMUL, 0), 0);
    weft_graph_destroy(g);
  }
}
