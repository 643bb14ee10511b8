/* test_group_operand.c -- which operands a product computes where it reads them, and which are stored. */
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
/* (N, C, H, W) of an image whose channels are last in memory, as those between convolutions are. */
static weft_tensor *image(weft_graph *g, const char *name, int64_t n, int64_t size, int64_t c) {
  return weft_permute(input(g, name, SHAPE(n, size, size, c)), SHAPE(0, 3, 1, 2));
}
static weft_tensor *convolved(weft_tensor *x, const char *name, int64_t oc, int64_t taps, int stride) {
  const weft_conv_options options = {.stride = stride, .pad = (int)taps / 2};
  weft_tensor *y = weft_conv2d(x, param(x->graph, name, SHAPE(oc, x->shape.dims[1], taps, taps)), &options);
  return weft_permute(y, SHAPE(0, 2, 3, 1));
}

static weft_tensor *border(weft_graph *g) { return convolved(image(g, "x", 8, 32, 64), "w", 64, 3, 2); }
static weft_tensor *border_of_many_tiles(weft_graph *g) { return convolved(image(g, "x", 8, 32, 64), "w", 2048, 3, 2); }
static weft_tensor *border_of_transposed(weft_graph *g) { /* neighbours in memory are none of the product's */
  return convolved(input(g, "x", SHAPE(8, 64, 32, 32)), "w", 64, 3, 2);
}
static weft_tensor *normalised(weft_graph *g) { /* as in inference */
  weft_tensor *x = weft_mul(image(g, "x", 8, 16, 64), param(g, "scale", SHAPE(64, 1, 1)));
  return convolved(weft_relu(weft_add(x, param(g, "shift", SHAPE(64, 1, 1)))), "w", 64, 1, 1);
}
/* The second half of a U-Net's step: what comes up from below beside what was kept, convolved. */
static weft_tensor *u_net(weft_graph *g, int64_t taps) {
  weft_tensor *parts[2] = {image(g, "below", 4, 16, 32), image(g, "beside", 4, 16, 32)};
  return convolved(weft_concat(parts, 2, 1), "w", 32, taps, 1);
}
static weft_tensor *list(weft_graph *g) { return u_net(g, 1); }
static weft_tensor *list_under_border(weft_graph *g) { return u_net(g, 3); }
static weft_tensor *list_of_an_image(weft_graph *g) { /* in front of Winograd's transform */
  weft_tensor *parts[2] = {input(g, "x", SHAPE(8, 32, 32, 32)), input(g, "y", SHAPE(8, 32, 32, 32))};
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_PIXELS, weft_make_copy(weft_concat(parts, 2, 3)),
                                      (int64_t[]){1, 1, 3, 1, 1}, SHAPE(36, 8, 8, 8, 64));
}
static weft_tensor *list_of_rows(weft_graph *g) { /* which costs no memory of its own */
  weft_tensor *parts[2] = {weft_exp(input(g, "x", SHAPE(40, 64))), weft_exp(input(g, "y", SHAPE(40, 64)))};
  return weft_matmul(weft_concat(parts, 2, 0), param(g, "w", SHAPE(64, 32)));
}
static weft_tensor *product_of(weft_tensor *x, int64_t n) {
  return weft_matmul(x, param(x->graph, "w", SHAPE(x->shape.dims[1], n)));
}
static weft_tensor *cheap(weft_graph *g) { return product_of(weft_relu(input(g, "x", SHAPE(2048, 256))), 512); }
static weft_tensor *dear(weft_graph *g) { return product_of(weft_gelu(input(g, "x", SHAPE(2048, 256))), 512); }
static weft_tensor *dear_once(weft_graph *g) { return product_of(weft_gelu(input(g, "x", SHAPE(2048, 256))), 64); }
static weft_tensor *b_of_few_rows(weft_graph *g) {
  return weft_matmul(input(g, "x", SHAPE(32, 512)), weft_tanh(input(g, "y", SHAPE(512, 512))));
}
static weft_tensor *b_of_many_rows(weft_graph *g) {
  return weft_matmul(input(g, "x", SHAPE(4096, 512)), weft_tanh(input(g, "y", SHAPE(512, 512))));
}
static weft_tensor *of_weights(weft_graph *g) { /* the same in all runs, unless something assigns them */
  weft_tensor *w = weft_mul(param(g, "w", SHAPE(64, 64)), param(g, "scale", SHAPE(64)));
  return weft_matmul(input(g, "x", SHAPE(64, 64)), w);
}
static weft_tensor *after_a_norm(weft_graph *g) { /* whose kernel has the rows at hand */
  weft_tensor *x = input(g, "x", SHAPE(512, 256)), *mean = weft_mean_axes(x, WEFT_AXIS(1) | WEFT_KEEP);
  return product_of(weft_sub(x, mean), 64);
}
static weft_tensor *after_a_product(weft_graph *g) { /* whose epilogue it is */
  weft_tensor *x = weft_matmul(input(g, "x", SHAPE(256, 64)), param(g, "v", SHAPE(64, 256)));
  return product_of(weft_relu(x), 64);
}

typedef struct operand_case {
  const char *name;
  weft_tensor *(*build)(weft_graph *g);
  int is_steady, stored, computed; /* groups without and with operands computed by products; one puts weights of windows
                                      in order */
} operand_case;

#define ROW(name, ...)                                                                                                 \
  { #name, name, __VA_ARGS__ }
static const operand_case cases[] = {ROW(border, 0, 3, 2),
                                     ROW(border_of_many_tiles, 0, 3, 3),
                                     ROW(border_of_transposed, 0, 3, 3),
                                     ROW(normalised, 0, 2, 1),
                                     ROW(list, 0, 2, 1),
                                     ROW(list_under_border, 0, 3, 2),
                                     ROW(list_of_an_image, 0, 2, 1),
                                     ROW(list_of_rows, 0, 2, 2),
                                     ROW(cheap, 0, 2, 1),
                                     ROW(dear, 0, 2, 2),
                                     ROW(dear_once, 0, 2, 1),
                                     ROW(b_of_few_rows, 0, 2, 1),
                                     ROW(b_of_many_rows, 0, 2, 2),
                                     ROW(of_weights, 0, 2, 1),
                                     ROW(of_weights, 1, 2, 2),
                                     ROW(after_a_norm, 0, 2, 2),
                                     ROW(after_a_product, 0, 2, 2)};

/* ---- grouping ---- */

typedef struct grouped {
  weft_arena arena;
  weft_group **groups;
  size_t n;
} grouped;

static void group(grouped *s, weft_tensor **roots, size_t n, const weft_group_limits *limits) {
  *s = (grouped){{0}};
  check_groups(&s->arena, roots, n, limits, &s->groups, &s->n);
}

Test(group_operand, what_is_cheaper_computed_than_stored) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (int computes = 0; computes < 2; computes++) {
      grouped s;
      weft_device *device = weft_device_open("null");
      weft_graph *g = weft_graph_new(device);
      const weft_group_limits limits = {
          .max_bindings = 16, .computes_operands = computes, .is_steady = cases[i].is_steady};
      weft_tensor *y = cases[i].build(g);
      group(&s, &y, 1, &limits);
      cr_expect_eq((int)s.n, computes ? cases[i].computed : cases[i].stored, "%s, row %zu: %zu groups", cases[i].name,
                   i, s.n);
      cr_expect_eq(s.groups[s.n - 1]->kind, WEFT_GROUP_DOT, "%s", cases[i].name);
      weft_arena_free(&s.arena);
      weft_graph_free(g);
      weft_device_close(device);
    }
}

/* Each reader counts, by the tiles that it has: what two products compute, three of them had better find in memory. */
Test(group_operand, readers_count) {
  const weft_group_limits limits = {.max_bindings = 16, .computes_operands = 1};
  for (int readers = 1; readers <= 3; readers++) {
    grouped s;
    weft_device *device = weft_device_open("null");
    weft_graph *g = weft_graph_new(device);
    weft_tensor *x = weft_gelu(input(g, "x", SHAPE(1024, 256))), *roots[3];
    roots[0] = weft_matmul(x, param(g, "u", SHAPE(256, 64)));
    roots[1] = weft_matmul(x, param(g, "v", SHAPE(256, 128)));
    roots[2] = weft_matmul(weft_transpose(x), param(g, "w", SHAPE(1024, 128)));
    group(&s, roots, (size_t)readers, &limits);
    cr_expect_eq((int)s.n, readers < 3 ? readers : readers + 1, "%d readers: %zu groups", readers, s.n);
    weft_arena_free(&s.arena);
    weft_graph_free(g);
    weft_device_close(device);
  }
}

/* A result is stored, and a kernel's buffers are no more than it may bind. */
Test(group_operand, what_must_be_in_memory_is) {
  for (int is_result = 0; is_result < 2; is_result++) {
    grouped s;
    weft_device *device = weft_device_open("null");
    weft_graph *g = weft_graph_new(device);
    weft_group_limits limits = {.max_bindings = 16, .computes_operands = 1};
    weft_tensor *x = input(g, "x", SHAPE(512, 64)), *roots[2];
    for (int i = 0; i < 6; i++) x = weft_add(x, input(g, (char[]){'a', (char)('0' + i), 0}, SHAPE(512, 64)));
    roots[0] = product_of(x, 32);
    roots[1] = x;
    group(&s, roots, 1 + (size_t)is_result, &limits);
    cr_expect_eq((int)s.n, 1 + is_result);
    limits.max_bindings = 6;
    weft_arena_free(&s.arena);
    group(&s, roots, 1, &limits);
    cr_expect_gt((int)s.n, 1);
    for (size_t i = 0; i < s.n; i++) cr_expect_leq(weft_group_bindings(s.groups[i]), 6);
    weft_arena_free(&s.arena);
    weft_graph_free(g);
    weft_device_close(device);
  }
}
