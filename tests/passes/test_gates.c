/* test_gates.c -- columns that are read in 2 or 4 equal parts come side by side, and their readers become the product's
 * epilogue; other readers, and weights that are dear to put in order, are left alone. */
#include "check.h"
#include <criterion/criterion.h>
#include <string.h>

#define SHAPE(...) weft_shape_of(__VA_ARGS__)

/* ---- graphs ---- */

static weft_tensor *input(weft_graph *g, const char *name, weft_shape shape) {
  return weft_input_shaped(g, name, WEFT_F32, shape);
}
static weft_tensor *param(weft_graph *g, const char *name, weft_shape shape) {
  return weft_param_shaped(g, name, WEFT_F32, shape);
}
static weft_tensor *part(weft_tensor *z, int64_t i, int64_t n) {
  int last = z->shape.rank - 1;
  int64_t size = z->shape.dims[last] / n;
  return weft_slice(z, last, i * size, (i + 1) * size, 1);
}
static weft_tensor *gated(weft_tensor *z) { return weft_mul(part(z, 0, 2), weft_sigmoid(part(z, 1, 2))); }
static weft_tensor *product(weft_graph *g, int64_t m, int64_t k, int64_t n) {
  return weft_matmul(input(g, "x", SHAPE(m, k)), param(g, "w", SHAPE(k, n)));
}
static weft_tensor *lstm_of(weft_tensor *z, weft_tensor **c) {
  weft_tensor *new = weft_mul(weft_sigmoid(part(z, 0, 4)), weft_tanh(part(z, 2, 4)));
  *c = weft_add(weft_mul(weft_sigmoid(part(z, 1, 4)), *c), new);
  return weft_mul(weft_sigmoid(part(z, 3, 4)), weft_tanh(*c));
}

static int unit(weft_graph *g, weft_tensor **out) { return out[0] = gated(product(g, 256, 32, 64)), 1; }
static int few_rows(weft_graph *g, weft_tensor **out) { return out[0] = gated(product(g, 32, 256, 64)), 1; }
static weft_tensor *cells(weft_graph *g, int64_t steps, int64_t batch, weft_tensor *w, weft_tensor **c) {
  weft_tensor *y = input(g, "y", SHAPE(steps, batch, 64)), *h = input(g, "h", SHAPE(batch, 16));
  *c = input(g, "c", SHAPE(batch, 16));
  for (int64_t t = 0; t < steps; t++) {
    weft_tensor *in = weft_reshape(weft_slice(y, 0, t, t + 1, 1), SHAPE(batch, 64));
    h = lstm_of(weft_add(weft_matmul(h, w), in), c);
  }
  return h;
}
static int sequence(weft_graph *g, weft_tensor **out) {
  out[0] = cells(g, 5, 24, param(g, "w", SHAPE(16, 64)), &out[1]);
  return 2;
}
/* Of so few rows that a launch is dear beside computing a cell anew from all before it; but storing it takes none. */
static int trained_sequence(weft_graph *g, weft_tensor **out) {
  weft_tensor *w = param(g, "w", SHAPE(16, 64)), *c, *dw;
  out[1] = cells(g, 24, 4, w, &c);
  cr_assert_eq(weft_gradients(weft_sum(weft_square(out[1])), &w, 1, &dw), WEFT_OK);
  return out[0] = dw, 2;
}
static int trained(weft_graph *g, weft_tensor **out) { /* the gradients read gates */
  weft_tensor *w = param(g, "w", SHAPE(32, 64)), *c = input(g, "c", SHAPE(160, 16));
  weft_tensor *h = lstm_of(weft_matmul(input(g, "x", SHAPE(160, 32)), w), &c), *dw;
  cr_assert_eq(weft_gradients(weft_sum(weft_square(h)), &w, 1, &dw), WEFT_OK);
  out[0] = dw;
  return out[1] = h, 2;
}
static int of_a_sum(weft_graph *g, weft_tensor **out) { /* of two products, a bias, a number */
  weft_tensor *x = weft_matmul(input(g, "v", SHAPE(256, 24)), param(g, "u", SHAPE(24, 64)));
  weft_tensor *z = weft_add(weft_add(product(g, 256, 32, 64), x), param(g, "b", SHAPE(64)));
  return out[0] = gated(weft_mul(z, weft_number(g, 0.5))), 1;
}
static int batched(weft_graph *g, weft_tensor **out) {
  return out[0] = gated(weft_matmul(input(g, "x", SHAPE(3, 100, 24)), input(g, "w", SHAPE(3, 24, 32)))), 1;
}
static int flattened(weft_graph *g, weft_tensor **out) {
  weft_tensor *z = weft_matmul(input(g, "x", SHAPE(4, 50, 24)), param(g, "w", SHAPE(24, 32)));
  return out[0] = gated(weft_reshape(z, SHAPE(200, 32))), 1;
}
static int already_in_turn(weft_graph *g, weft_tensor **out) { /* by the user */
  weft_tensor *z = product(g, 40, 24, 32);
  return out[0] = weft_mul(weft_slice(z, 1, 0, 32, 2), weft_tanh(weft_slice(z, 1, 1, 32, 2))), 1;
}
static int read_whole_too(weft_graph *g, weft_tensor **out) {
  weft_tensor *z = product(g, 256, 32, 64);
  out[0] = gated(z);
  return out[1] = weft_sum_axes(z, WEFT_AXIS(0)), 2;
}
static int a_result_too(weft_graph *g, weft_tensor **out) {
  out[1] = product(g, 256, 32, 64);
  return out[0] = gated(out[1]), 2;
}
static int in_three(weft_graph *g, weft_tensor **out) {
  weft_tensor *z = product(g, 256, 32, 96);
  return out[0] = weft_add(weft_mul(part(z, 0, 3), part(z, 1, 3)), weft_tanh(part(z, 2, 3))), 1;
}
static int in_unequal_parts(weft_graph *g, weft_tensor **out) {
  weft_tensor *z = product(g, 256, 32, 64);
  return out[0] = weft_mul(weft_slice(z, 1, 0, 32, 1), weft_slice(z, 1, 16, 48, 1)), 1;
}
static int in_odd_columns(weft_graph *g, weft_tensor **out) { return out[0] = gated(product(g, 256, 32, 66)), 1; }
static int half_of_it(weft_graph *g, weft_tensor **out) {
  return out[0] = weft_tanh(part(product(g, 256, 32, 64), 1, 2)), 1;
}
static int parts_of_products(weft_graph *g, weft_tensor **out) { /* as attention's are, which reads them in place */
  weft_tensor *z = product(g, 256, 32, 64);
  return out[0] = weft_matmul(part(z, 0, 2), weft_transpose(part(z, 1, 2))), 1;
}
static int normalised_parts(weft_graph *g, weft_tensor **out) {
  weft_tensor *z = product(g, 256, 32, 64);
  return out[0] = weft_mul(weft_softmax(part(z, 0, 2), 1), part(z, 1, 2)), 1;
}
static int normalised(weft_graph *g, weft_tensor **out) { /* by the kernel of the rows, which makes the unit */
  return out[0] = weft_softmax(gated(product(g, 256, 32, 64)), 1), 1;
}
static int multiplied_and_normalised(weft_graph *g, weft_tensor **out) {
  weft_tensor *y = gated(product(g, 256, 32, 64));
  out[0] = weft_softmax(y, 1);
  return out[1] = weft_matmul(y, param(g, "v", SHAPE(32, 24))), 2;
}
static int sum_of_parts(weft_graph *g, weft_tensor **out) { /* of a long k: cut, and added up by another kernel */
  return out[0] = gated(product(g, 8, 8192, 16)), 1;
}

typedef struct gates_case {
  const char *name;
  int (*build)(weft_graph *g, weft_tensor **out);
  int gates, is_steady;
  int apart, joined; /* groups without and with gates as an epilogue; 0: of no interest */
} gates_case;

#define ROW(name, ...)                                                                                                 \
  { #name, name, __VA_ARGS__ }
static const gates_case cases[] = {ROW(unit, 2, 0, 3, 2),
                                   ROW(few_rows, 0, 0, 2, 2),
                                   ROW(few_rows, 2, 1, 3, 2),
                                   ROW(sequence, 4, 0, 11, 6),
                                   ROW(trained, 4, 0, 4, 3),
                                   ROW(trained_sequence, 4, 0, 93, 77),
                                   ROW(of_a_sum, 2, 0, 4, 3),
                                   ROW(batched, 2, 0, 3, 2),
                                   ROW(flattened, 2, 0, 3, 2),
                                   ROW(already_in_turn, 0, 0, 2, 1),
                                   ROW(read_whole_too, 0, 0, 0, 0),
                                   ROW(a_result_too, 0, 0, 2, 2),
                                   ROW(in_three, 0, 0, 2, 2),
                                   ROW(in_unequal_parts, 0, 0, 2, 2),
                                   ROW(in_odd_columns, 0, 0, 2, 2),
                                   ROW(half_of_it, 0, 0, 2, 2),
                                   ROW(parts_of_products, 0, 0, 2, 2),
                                   ROW(normalised_parts, 0, 0, 2, 2),
                                   ROW(normalised, 0, 0, 2, 2),
                                   ROW(multiplied_and_normalised, 2, 0, 5, 4),
                                   ROW(sum_of_parts, 0, 0, 0, 0)};
enum { N_CASES = sizeof cases / sizeof *cases, MOST = 2 };

/* ---- the pass ---- */

/* In how many equal parts of their columns slices read the products. */
static int gates_read(weft_tensor *const *roots, size_t n) {
  weft_arena arena = {0};
  size_t count;
  int most = 0, gates, gate;
  weft_tensor **order = weft_graph_order(&arena, roots, n, &count);
  for (size_t i = 0; i < count; i++) {
    const weft_tensor *x = weft_gates_of(order[i], &gates, &gate);
    if (x && x->op == WEFT_OP_DOT && x->in[1]->op == WEFT_OP_COPY && gates > most) most = gates;
  }
  weft_arena_free(&arena);
  return most;
}

Test(gates, columns_come_side_by_side_where_that_pays) {
  for (size_t i = 0; i < N_CASES; i++)
    for (int on_cpu = 0; on_cpu < 2; on_cpu++) {
      weft_graph *g = weft_graph_create(NULL, NULL);
      weft_tensor *roots[MOST];
      weft_pass_target target = on_cpu ? cpu_target : gpu_target;
      weft_error error = {0};
      target.is_steady = cases[i].is_steady;
      size_t n = (size_t)cases[i].build(g, roots);
      cr_assert_eq(weft_pass_simplify(roots, n, &target, &error), WEFT_OK, "%s: %s", cases[i].name, error.message);
      check_roots(weft_pass_contract, roots, n, &target, 0, cases[i].name);
      weft_tensor *was[MOST];
      memcpy(was, roots, sizeof roots);
      int settles = cases[i].build != of_a_sum; /* whose other product has readers of its own by then */
      check_roots(weft_pass_gates, roots, n, &target, settles, cases[i].name);
      int gates = on_cpu ? 0 : cases[i].gates;
      cr_expect_eq(gates_read(roots, n), gates, "%s: %d gates", cases[i].name, gates_read(roots, n));
      if (!gates) cr_expect(!memcmp(was, roots, n * sizeof *roots), "%s is changed", cases[i].name);
      weft_graph_destroy(g);
    }
}

/* All products by one matrix read one copy of it. */
Test(gates, weights_are_put_in_order_once) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *roots[MOST];
  weft_error error = {0};
  size_t n = (size_t)sequence(g, roots);
  cr_assert_eq(weft_pass_contract(roots, n, &gpu_target, &error), WEFT_OK);
  cr_assert_eq(weft_pass_gates(roots, n, &gpu_target, &error), WEFT_OK);
  cr_expect_eq(count_ops(roots, n, WEFT_OP_DOT, 0), 5);
  cr_expect_eq(count_ops(roots, n, WEFT_OP_COPY, 0), 1);
  weft_graph_destroy(g);
}

/* ---- grouping ---- */

Test(gates, readers_are_the_epilogue) {
  for (size_t i = 0; i < N_CASES; i++)
    for (int joins = 0; joins < 2; joins++) {
      weft_arena arena = {0};
      weft_group **groups;
      size_t count, n_gated = 0;
      weft_tensor *roots[MOST];
      weft_graph *g = weft_graph_create(NULL, NULL);
      const weft_group_limits limits = {.max_bindings = 16, .joins_gates = joins, .is_steady = cases[i].is_steady};
      size_t n = (size_t)cases[i].build(g, roots);
      check_groups(&arena, roots, n, &limits, &groups, &count);
      int wanted = joins ? cases[i].joined : cases[i].apart;
      cr_expect(!wanted || (int)count == wanted, "%s: %zu groups, not %d", cases[i].name, count, wanted);
      for (size_t k = 0; k < count; k++) {
        if (!groups[k]->gates) continue;
        n_gated++;
        cr_expect_eq(groups[k]->kind, WEFT_GROUP_DOT);
        for (int o = 0; o < groups[k]->n_outputs; o++) {
          const weft_tensor *out = groups[k]->outputs[o], *list = weft_in_parts(out);
          int64_t size = weft_shape_size((list ? list->in[0] : out)->shape), whole = weft_shape_size(groups[k]->space);
          int is_core = out == groups[k]->cores[0];
          cr_expect_eq(size * (is_core ? 1 : groups[k]->gates), whole, "%s: output %d", cases[i].name, o);
        }
      }
      cr_expect_eq(n_gated > 0, joins && cases[i].joined && cases[i].joined < cases[i].apart, "%s", cases[i].name);
      weft_arena_free(&arena);
      weft_graph_destroy(g);
    }
}

/* A kernel's buffers are no more than it may bind: what does not fit is another kernel. */
Test(gates, bindings_are_limited) {
  for (int most = 5; most < 9; most++) {
    weft_arena arena = {0};
    weft_group **groups;
    size_t count;
    weft_tensor *roots[MOST];
    weft_graph *g = weft_graph_create(NULL, NULL);
    const weft_group_limits limits = {.max_bindings = most, .joins_gates = 1};
    size_t n = (size_t)trained(g, roots);
    check_groups(&arena, roots, n, &limits, &groups, &count);
    for (size_t k = 0; k < count; k++) cr_expect_leq(weft_group_bindings(groups[k]), most);
    weft_arena_free(&arena);
    weft_graph_destroy(g);
  }
}
