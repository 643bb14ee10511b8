/* test_contract.c -- heavy ops become dot: the same values for every kind of product and convolution, operands that
 * strides can read from memory, and panels where the device wants them. */
#include "base/tiles.h"
#include "base/winograd.h"
#include "check.h"
#include "passes/group.h"
#include <criterion/criterion.h>
#include <stdio.h>

static const weft_pass_target *const targets[] = {&cpu_target, &gpu_target, &glsl_target};
enum { N_TARGETS = 3 };

static int only_dots(weft_tensor *root) {
  return count_ops(&root, 1, WEFT_OP_MATMUL, 0) + count_ops(&root, 1, WEFT_OP_CONV, 0) +
             count_ops(&root, 1, WEFT_OP_CONV_DX, 0) + count_ops(&root, 1, WEFT_OP_CONV_DW, 0) ==
         0;
}

/* The only dot that the root depends on; NULL when there is none or more than one. */
static weft_tensor *find_dot(weft_tensor *root) {
  weft_arena arena = {0};
  size_t count;
  weft_tensor **order = weft_graph_order(&arena, &root, 1, &count), *found = NULL;
  int n = 0;
  for (size_t i = 0; order && i < count; i++)
    if (order[i]->op == WEFT_OP_DOT) {
      found = order[i];
      n++;
    }
  weft_arena_free(&arena);
  return n == 1 ? found : NULL;
}

/* Every operand of every dot stands in memory: its base is neither a view nor made from nothing. */
static void check_operands(weft_tensor *root, const weft_pass_target *target, const char *what) {
  weft_arena arena = {0};
  size_t count;
  weft_tensor **order = weft_graph_order(&arena, &root, 1, &count);
  for (size_t i = 0; order && i < count; i++) {
    weft_tensor *dot = order[i], *base;
    int64_t offset, strides[WEFT_MAX_RANK];
    if (dot->op != WEFT_OP_DOT) continue;
    for (int k = 0; k < 2; k++) {
      weft_view_affine(dot->in[k], &base, &offset, strides);
      weft_op_kind kind = weft_ops[base->op].kind;
      cr_assert(kind != W_VIEW && kind != W_MAKE, "%s: operand %d is over %s", what, k, weft_ops[base->op].name);
    }
    int64_t panel = dot->attr[4], n = 1, run = 1;
    int is_whole = 1; /* b's rows lie side by side; base and strides are its own */
    for (int64_t d = dot->attr[0] + dot->attr[1]; d < dot->shape.rank; d++) n *= dot->shape.dims[d];
    for (int64_t d = dot->in[1]->shape.rank - 1; d >= dot->attr[0]; run *= dot->in[1]->shape.dims[d--])
      is_whole &= dot->in[1]->shape.dims[d] == 1 || strides[d] == run;
    if (target->device_class == WEFT_CLASS_GPU || target->glsl)
      cr_assert_eq(panel, 0, "%s: panels are for OpenCL on CPUs", what);
    else if (panel == 0)
      cr_assert(is_whole || (strides[dot->in[1]->shape.rank - 1] == 1 && n >= 8), "%s: columns lie apart", what);
    else
      cr_assert_eq(dot->in[1]->op, WEFT_OP_COPY, "%s", what);
  }
  weft_arena_free(&arena);
}

static void check_on_all(weft_tensor *root, const char *what) {
  for (int t = 0; t < N_TARGETS; t++) {
    weft_tensor *y = check_pass(weft_pass_contract, root, targets[t], 1, what);
    cr_assert(only_dots(y), "%s", what);
    check_operands(y, targets[t], what);
  }
}

/* ---- convolutions ---- */

typedef struct image_case {
  int n, c, h, w, oc, r, s, stride_h, stride_w, dilation_h, dilation_w, groups;
} image_case;

static const image_case image_cases[] = {
    {2, 3, 7, 8, 4, 3, 3, 1, 1, 1, 1, 1},  {1, 1, 6, 6, 9, 5, 5, 1, 1, 1, 1, 1},
    {2, 4, 5, 5, 8, 1, 1, 1, 1, 1, 1, 1},  {2, 4, 7, 6, 6, 1, 1, 2, 2, 1, 1, 1},
    {2, 3, 9, 8, 5, 3, 2, 2, 1, 1, 1, 1},  {1, 2, 10, 9, 3, 3, 3, 2, 3, 1, 1, 1},
    {1, 2, 9, 10, 3, 3, 3, 1, 1, 2, 3, 1}, {1, 2, 11, 10, 3, 2, 3, 2, 2, 3, 2, 1},
    {2, 4, 6, 7, 6, 3, 3, 1, 1, 1, 1, 2},  {2, 6, 7, 7, 9, 3, 3, 2, 2, 1, 1, 3},
    {2, 4, 6, 7, 4, 3, 3, 1, 1, 1, 1, 4},  {2, 4, 7, 7, 4, 3, 3, 2, 2, 2, 1, 4},
    {2, 4, 7, 7, 8, 3, 3, 1, 2, 1, 1, 4},  {1, 3, 8, 8, 17, 2, 2, 2, 2, 1, 1, 1},
    {1, 3, 8, 8, 4, 2, 3, 3, 3, 1, 1, 1},
};

Test(contract, convolutions) {
  for (size_t i = 0; i < sizeof image_cases / sizeof image_cases[0]; i++) {
    const image_case *k = &image_cases[i];
    const int64_t options[5] = {k->stride_h, k->stride_w, k->dilation_h, k->dilation_w, k->groups};
    weft_graph *g = weft_graph_create(NULL, NULL);
    char what[64];
    weft_tensor *x = weft_input(g, "x", WEFT_F32, k->n, k->h, k->w, k->c);
    weft_tensor *w = weft_param(g, "w", WEFT_F32, k->r, k->s, k->c / k->groups, k->oc);
    weft_tensor *y = weft_make_conv(WEFT_OP_CONV, x, w, options, WEFT_SCALAR_SHAPE);
    cr_assert_not_null(y, "case %zu: %s", i, weft_graph_message(g));
    weft_tensor *dy = weft_input_shaped(g, "dy", WEFT_F32, y->shape);
    snprintf(what, sizeof what, "conv of case %zu", i);
    check_on_all(y, what);
    snprintf(what, sizeof what, "conv_dx of case %zu", i);
    check_on_all(weft_make_conv(WEFT_OP_CONV_DX, dy, w, options, x->shape), what);
    snprintf(what, sizeof what, "conv_dw of case %zu", i);
    check_on_all(weft_make_conv(WEFT_OP_CONV_DW, x, dy, options, w->shape), what);
    snprintf(what, sizeof what, "conv of ops, case %zu", i);
    check_on_all(
        weft_make_conv(WEFT_OP_CONV, weft_pad(weft_relu(x), 1, 2, 1, 0.5), weft_exp(w), options, WEFT_SCALAR_SHAPE),
        what);
    weft_graph_destroy(g);
  }
}

Test(contract, image_is_padded_once) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  const int64_t options[5] = {1, 1, 1, 1, 1};
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 8, 8, 16), *w = weft_param(g, "w", WEFT_F32, 3, 3, 16, 16);
  weft_tensor *padded = weft_pad(weft_pad(x, 1, 1, 1, 0), 2, 1, 1, 0);
  weft_tensor *y = weft_make_conv(WEFT_OP_CONV, padded, w, options, WEFT_SCALAR_SHAPE);
  weft_tensor *roots[2] = {y, weft_make_conv(WEFT_OP_CONV_DW, padded, weft_exp(y), options, w->shape)};
  check_roots(weft_pass_contract, roots, 2, &cpu_target, 1, "padded");
  cr_assert_eq(count_ops(roots, 2, WEFT_OP_DOT, 0), 2);
  cr_assert_eq(count_ops(roots, 2, WEFT_OP_COPY, 0), 1, "weights and gradient lie as the kernel wants them");
  roots[0] = weft_make_conv(WEFT_OP_CONV, weft_relu(x), w, options, WEFT_SCALAR_SHAPE);
  check_roots(weft_pass_contract, roots, 1, &gpu_target, 1, "without border");
  cr_assert_eq(count_ops(roots, 1, WEFT_OP_COPY, 0), 0, "windows are strides");
  weft_graph_destroy(g);
}

/* A dilated gradient would be three quarters zeros. */
Test(contract, strided_gradient_wastes_nothing) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *dy = weft_input(g, "dy", WEFT_F32, 1, 4, 4, 8), *w = weft_param(g, "w", WEFT_F32, 3, 3, 8, 8);
  const int64_t options[5] = {2, 2, 1, 1, 1};
  weft_tensor *dx = weft_make_conv(WEFT_OP_CONV_DX, dy, w, options, weft_shape_of(1, 9, 9, 8));
  dx = check_pass(weft_pass_contract, dx, &gpu_target, 1, "strided");
  weft_tensor *dot = find_dot(dx);
  cr_assert(dot && weft_shape_equal(dot->shape, weft_shape_of(1, 4, 4, 3, 3, 8)));
  cr_assert_eq(count_ops(&dx, 1, WEFT_OP_FOLD, 0), 1);
  weft_tensor *narrow =
      weft_make_conv(WEFT_OP_CONV_DX, dy, weft_param(g, "v", WEFT_F32, 2, 2, 8, 8), options, weft_shape_of(1, 8, 8, 8));
  narrow = check_pass(weft_pass_contract, narrow, &gpu_target, 1, "without overlap");
  cr_assert_eq(count_ops(&narrow, 1, WEFT_OP_FOLD, 0), 0, "windows that touch are a view");
  weft_graph_destroy(g);
}

static const int64_t plain[5] = {1, 1, 1, 1, 1};

static weft_tensor *convolution(weft_graph *g, int64_t n, int64_t edge, int64_t c, int64_t oc) {
  weft_tensor *x = weft_input(g, "x", WEFT_F32, n, edge, edge, c), *w = weft_param(g, "w", WEFT_F32, 3, 3, c, oc);
  return weft_make_conv(WEFT_OP_CONV, weft_pad(weft_pad(x, 1, 1, 1, 0), 2, 1, 1, 0), w, plain, WEFT_SCALAR_SHAPE);
}

static int count_dots(weft_tensor *root) { return count_ops(&root, 1, WEFT_OP_DOT, 0); }

/* Many channels and tiles of 4 x 4 on a CPU: fewer multiplications. The image stays without its border; one dot
 * transforms the weights. */
Test(contract, winograd) {
  check_tolerance = 5e-5; /* 432 products of up to 4 are summed: relative to the largest results this is 1e-6 */
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *y = convolution(g, 6, 8, 48, 64);
  weft_tensor *fast = check_pass(weft_pass_contract, y, &cpu_target, 1, "winograd");
  cr_assert(fast->op == WEFT_OP_WINOGRAD && fast->in[0]->op == WEFT_OP_INPUT && count_dots(fast) == 0);
  cr_assert(fast->attr[WEFT_WINOGRAD_PAD] == 1 && fast->attr[WEFT_WINOGRAD_PAD + 1] == 1);
  weft_tensor *gpu = check_pass(weft_pass_contract, y, &gpu_target, 1, "gpu");
  cr_assert(count_dots(gpu) == 1 && gpu->op != WEFT_OP_WINOGRAD_RESULTS, "too little for its launches");
  weft_tensor *x = weft_input(g, "half", WEFT_F32, 6, 8, 8, 64), *w = weft_param(g, "v", WEFT_F32, 3, 3, 64, 50);
  y = weft_make_conv(WEFT_OP_CONV, weft_pad(x, 1, 1, 1, 0.5), w, plain, WEFT_SCALAR_SHAPE);
  fast = check_pass(weft_pass_contract, y, &cpu_target, 1, "another border, columns that are no whole panel");
  cr_assert(fast->op == WEFT_OP_WINOGRAD && fast->in[0]->op == WEFT_OP_COPY && fast->attr[WEFT_WINOGRAD_PAD] == 0);
  weft_graph_destroy(g);
  static const int64_t direct[][4] = {{6, 8, 15, 64}, {6, 8, 64, 12}, {3, 8, 48, 48}, {20, 5, 48, 48}};
  for (size_t i = 0; i < sizeof direct / sizeof *direct; i++) {
    g = weft_graph_create(NULL, NULL);
    y = convolution(g, direct[i][0], direct[i][1], direct[i][2], direct[i][3]);
    fast = check_pass(weft_pass_contract, y, &cpu_target, 1, "direct");
    cr_assert(count_dots(fast) == 1 && count_ops(&fast, 1, WEFT_OP_WINOGRAD, 0) == 0, "case %zu", i);
    weft_graph_destroy(g);
  }
}

/* Groups of many channels one by one, side by side in the result; few of them stay products. */
Test(contract, winograd_by_groups) {
  check_tolerance = 5e-4;
  for (int64_t of_group = 16; of_group <= 32; of_group += 16) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    const int64_t c = 3 * of_group, options[5] = {1, 1, 1, 1, 3};
    weft_tensor *x = weft_input(g, "x", WEFT_F32, 6, 12, 12, c), *w = weft_param(g, "w", WEFT_F32, 3, 3, of_group, c);
    weft_tensor *padded = weft_pad(weft_pad(x, 1, 1, 1, 0), 2, 1, 1, 0),
                *dy = weft_input(g, "dy", WEFT_F32, 6, 12, 12, c);
    weft_tensor *roots[2] = {weft_make_conv(WEFT_OP_CONV, padded, w, options, WEFT_SCALAR_SHAPE),
                             weft_make_conv(WEFT_OP_CONV_DW, padded, dy, options, w->shape)};
    for (int i = 0; i < 2; i++) {
      weft_tensor *fast = check_pass(weft_pass_contract, roots[i], &cpu_target, 1, "groups");
      int count = count_ops(&fast, 1, i ? WEFT_OP_WINOGRAD_DW : WEFT_OP_WINOGRAD, 0);
      cr_assert_eq(count, of_group == 32 ? 3 : 0, "%d", count);
      cr_assert(of_group < 32 || count_ops(&fast, 1, WEFT_OP_PAD, 0) == 0, "borders are the kernels'");
      fast = check_pass(weft_pass_contract, roots[i], &gpu_target, 1, "gpu");
      cr_assert_eq(count_ops(&fast, 1, WEFT_OP_WINOGRAD_PIXELS, 0), 0);
    }
    weft_graph_destroy(g);
  }
}

/* The gradient by the weights too, in parts where there are few channels, which are summed. */
Test(contract, winograd_by_weights) {
  check_tolerance = 5e-4; /* of results up to some tens */
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 15, 12, 12, 48), *dy = weft_input(g, "dy", WEFT_F32, 15, 12, 12, 48);
  weft_tensor *padded = weft_pad(weft_pad(x, 1, 1, 1, 0), 2, 1, 1, 0);
  weft_tensor *dw = weft_make_conv(WEFT_OP_CONV_DW, padded, dy, plain, weft_shape_of(3, 3, 48, 48));
  weft_tensor *fast = check_pass(weft_pass_contract, dw, &cpu_target, 1, "by the weights");
  cr_assert(fast->op == WEFT_OP_PERMUTE && fast->in[0]->op == WEFT_OP_RESHAPE, "weights as users keep them");
  fast = fast->in[0]->in[0];
  cr_assert(fast->op == WEFT_OP_REDUCE_SUM);
  fast = fast->in[0];
  cr_assert(fast->op == WEFT_OP_WINOGRAD_DW && fast->in[0] == x && fast->in[1] == dy && fast->shape.dims[0] == 2);
  static const int64_t columns[] = {64, 160, 256}, parts[] = {2, 2, 1}; /* of 1, 3 and 4 blocks on two units */
  static const char *const names[] = {"dy 64", "dy 160", "dy 256"};
  weft_tensor *image = weft_input(g, "image", WEFT_F32, 15, 14, 14, 32);
  for (int i = 0; i < 3; i++) {
    weft_tensor *wide = weft_input(g, names[i], WEFT_F32, 15, 12, 12, columns[i]);
    weft_shape shape = weft_shape_of(3, 3, 32, columns[i]);
    fast = weft_make_conv(WEFT_OP_CONV_DW, image, wide, plain, shape);
    fast = check_pass(weft_pass_contract, fast, &cpu_target, 1, "parts");
    while (fast->op != WEFT_OP_WINOGRAD_DW) fast = fast->in[0];
    cr_expect_eq(fast->shape.dims[0], parts[i], "%lld columns", (long long)columns[i]);
  }
  weft_tensor *gpu = check_pass(weft_pass_contract, dw, &gpu_target, 1, "gpu");
  cr_assert(count_ops(&gpu, 1, WEFT_OP_WINOGRAD_DW, 0) == 0 && count_ops(&gpu, 1, WEFT_OP_WINOGRAD_WEIGHTS_DX, 0) == 0);
  weft_tensor *narrow = weft_input(g, "narrow", WEFT_F32, 15, 10, 10, 12);
  dw = weft_make_conv(WEFT_OP_CONV_DW, x, narrow, plain, weft_shape_of(3, 3, 48, 12));
  fast = check_pass(weft_pass_contract, dw, &cpu_target, 1, "few channels");
  cr_assert_eq(count_ops(&fast, 1, WEFT_OP_WINOGRAD_DW, 0), 0);
  weft_graph_destroy(g);
}

/* Windows of more weights and dilated ones, forward and by the weights: images stay where they are. What is direct has
 * few channels, few tiles, or phases that fill no tile. */
Test(contract, winograd_of_other_windows) {
  static const struct {
    int64_t n, edge, c, oc, taps, dilation;
    int is_fast;
  } cases[] = {{4, 12, 32, 48, 5, 1, 1}, {4, 12, 32, 48, 4, 1, 1}, {4, 12, 32, 48, 3, 2, 1},
               {2, 20, 32, 48, 5, 2, 1}, {4, 12, 32, 48, 2, 1, 0}, {1, 8, 16, 16, 5, 1, 0},
               {4, 12, 12, 48, 5, 1, 0}, {4, 9, 32, 48, 3, 5, 0},  {1, 9, 32, 32, 6, 1, 0}};
  check_tolerance = 1e-3; /* of sums of up to 1200 products */
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int64_t taps = cases[i].taps, dilation = cases[i].dilation, reach = dilation * (taps - 1), pad = reach / 2;
    const int64_t options[5] = {1, 1, dilation, dilation, 1};
    char what[32];
    snprintf(what, sizeof what, "case %zu", i);
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *x = weft_input(g, "x", WEFT_F32, cases[i].n, cases[i].edge, cases[i].edge, cases[i].c);
    weft_tensor *w = weft_param(g, "w", WEFT_F32, taps, taps, cases[i].c, cases[i].oc);
    weft_tensor *padded = weft_pad(weft_pad(x, 1, pad, reach - pad, 0), 2, pad, reach - pad, 0);
    weft_tensor *y = weft_make_conv(WEFT_OP_CONV, padded, w, options, WEFT_SCALAR_SHAPE);
    weft_tensor *fast = check_pass(weft_pass_contract, y, &cpu_target, 1, what);
    cr_assert_eq(fast->op == WEFT_OP_WINOGRAD, cases[i].is_fast, "%s", what);
    cr_assert_eq(count_ops(&fast, 1, WEFT_OP_DOT, 0), !cases[i].is_fast, "%s", what);
    weft_tensor *dy = weft_input_shaped(g, "dy", WEFT_F32, y->shape);
    weft_tensor *dw = weft_make_conv(WEFT_OP_CONV_DW, padded, dy, options, w->shape);
    dw = check_pass(weft_pass_contract, dw, &cpu_target, 1, what);
    cr_assert_eq(count_ops(&dw, 1, WEFT_OP_WINOGRAD_DW, 0), cases[i].is_fast, "%s", what);
    if (cases[i].is_fast) {
      cr_assert(fast->in[0] == x && count_ops(&dw, 1, WEFT_OP_COPY, 0) == 0, "%s", what);
      cr_assert(fast->attr[WEFT_WINOGRAD_DILATION] == dilation && fast->attr[WEFT_WINOGRAD_TAPS] == taps &&
                    fast->attr[WEFT_WINOGRAD_PAD] == pad,
                "%s", what);
    }
    weft_graph_destroy(g);
  }
}

/* A dilation beyond what Winograd's ops take. */
Test(contract, winograd_of_a_huge_dilation) {
  const int64_t options[5] = {1, 1, 5000, 1, 1};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_error error = {0};
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 1, 30000, 10, 32), *w = weft_param(g, "w", WEFT_F32, 3, 3, 32, 48);
  weft_tensor *y = weft_make_conv(WEFT_OP_CONV, x, w, options, WEFT_SCALAR_SHAPE);
  cr_assert_eq(weft_pass_contract(&y, 1, &cpu_target, &error), WEFT_OK, "%s", error.message);
  cr_assert_eq(count_dots(y), 1);
  weft_graph_destroy(g);
}

/* On GPUs a dot stands between transforms, and pixels are transformed once for the convolution and its gradient. */
Test(contract, winograd_on_gpus) {
  check_tolerance = 5e-4;
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_pass_target gpu = gpu_target;
  gpu.compute_units = 4;
  weft_tensor *y = convolution(g, 6, 15, 64, 72), *x = y->in[0];
  weft_tensor *dw = weft_make_conv(WEFT_OP_CONV_DW, x, y, plain, weft_shape_of(3, 3, 64, 72));
  weft_tensor *fast = check_pass(weft_pass_contract, y, &gpu, 1, "on a GPU");
  cr_assert(fast->op == WEFT_OP_WINOGRAD_RESULTS && count_dots(fast) == 1);
  check_operands(fast, &gpu, "on a GPU");
  fast = check_pass(weft_pass_contract, dw, &gpu, 1, "by the weights, on a GPU");
  cr_assert(fast->op == WEFT_OP_PERMUTE && fast->in[0]->op == WEFT_OP_WINOGRAD_WEIGHTS_DX && count_dots(fast) == 2);
  cr_assert(count_ops(&fast, 1, WEFT_OP_WINOGRAD_PIXELS, 0) == 1 && count_ops(&fast, 1, WEFT_OP_PAD, 0) == 0);
  check_operands(fast, &gpu, "by the weights, on a GPU");
  weft_graph_destroy(g);
}

/* Other windows there too, where what is moved pays: a tile of 5 x 5 windows has few results. */
Test(contract, winograd_of_other_windows_on_gpus) {
  static const struct {
    int64_t taps, dilation, c;
    int is_fast;
  } cases[] = {{5, 1, 96, 1}, {3, 2, 96, 1}, {5, 1, 16, 0}, {3, 9, 96, 0}};
  check_tolerance = 2e-3;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const int64_t dilation = cases[i].dilation, taps = cases[i].taps, options[5] = {1, 1, dilation, dilation, 1};
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_pass_target gpu = gpu_target;
    gpu.compute_units = 1;
    weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 20, 20, cases[i].c);
    weft_tensor *w = weft_param(g, "w", WEFT_F32, taps, taps, cases[i].c, 96);
    weft_tensor *y = weft_make_conv(WEFT_OP_CONV, x, w, options, WEFT_SCALAR_SHAPE);
    weft_tensor *dw =
        weft_make_conv(WEFT_OP_CONV_DW, x, weft_input_shaped(g, "dy", WEFT_F32, y->shape), options, w->shape);
    y = check_pass(weft_pass_contract, y, &gpu, 1, "on a GPU");
    cr_assert_eq(y->op == WEFT_OP_WINOGRAD_RESULTS, cases[i].is_fast, "case %zu", i);
    dw = check_pass(weft_pass_contract, dw, &gpu, 1, "by the weights, on a GPU");
    cr_assert_eq(count_ops(&dw, 1, WEFT_OP_WINOGRAD_WEIGHTS_DX, 0), cases[i].is_fast, "case %zu", i);
    weft_graph_destroy(g);
  }
}

/* The sum over tiles is cut into parts where channels are few; images are direct where their places take too much. */
Test(contract, winograd_on_large_gpus) {
  static const int64_t as_users[4] = {3, 2, 0, 1};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_pass_target gpu = gpu_target;
  weft_error error = {0};
  weft_tensor *x = weft_input(g, "images", WEFT_F32, 64, 32, 32, 64);
  weft_tensor *dw = weft_make_conv(WEFT_OP_CONV_DW, weft_pad(weft_pad(x, 1, 1, 1, 0), 2, 1, 1, 0), x, plain,
                                   weft_shape_of(3, 3, 64, 64));
  weft_tensor *as_user = dw = weft_make_permute(dw, as_users);
  cr_assert_eq(weft_pass_contract(&dw, 1, &gpu, &error), WEFT_OK, "%s", error.message);
  cr_assert_eq(dw->op, WEFT_OP_WINOGRAD_WEIGHTS_DX, "the gradient of weights as users keep them is no view");
  cr_assert_eq(dw->in[0]->shape.dims[1], 4, "%lld parts", (long long)dw->in[0]->shape.dims[1]);
  dw = as_user;
  gpu.max_binding = 1 << 25;
  cr_assert_eq(weft_pass_contract(&dw, 1, &gpu, &error), WEFT_OK, "%s", error.message);
  cr_assert_eq(count_ops(&dw, 1, WEFT_OP_WINOGRAD_WEIGHTS_DX, 0), 0, "what kernels cannot bind");
  gpu.max_binding = 0;
  weft_tensor *y = convolution(g, 64, 224, 64, 64);
  cr_assert_eq(weft_pass_contract(&y, 1, &gpu, &error), WEFT_OK, "%s", error.message);
  cr_assert_eq(count_ops(&y, 1, WEFT_OP_WINOGRAD_RESULTS, 0), 0);
  weft_graph_destroy(g);
}

Test(contract, depthwise_is_elementwise) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  const int64_t options[5] = {1, 1, 1, 1, 6};
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 5, 5, 6), *w = weft_param(g, "w", WEFT_F32, 3, 3, 1, 6);
  weft_tensor *y = weft_make_conv(WEFT_OP_CONV, x, w, options, WEFT_SCALAR_SHAPE);
  y = check_pass(weft_pass_contract, y, &gpu_target, 1, "depthwise");
  cr_assert(count_ops(&y, 1, WEFT_OP_DOT, 0) == 0 && count_ops(&y, 1, WEFT_OP_REDUCE_SUM, 0) == 1);
  weft_graph_destroy(g);
}

/* Nine sums over the same pixels are one kernel, and channels are put side by side where they are apart. */
Test(contract, depthwise_gradient_reads_its_pixels_once) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  const int64_t options[5] = {2, 1, 1, 2, 6}, apart[4] = {2, 3, 1, 0};
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 9, 9, 6), *dy = weft_input(g, "dy", WEFT_F32, 2, 4, 5, 6);
  weft_tensor *dw = weft_make_conv(WEFT_OP_CONV_DW, x, dy, options, weft_shape_of(3, 3, 1, 6));
  dw = check_pass(weft_pass_contract, dw, &cpu_target, 1, "depthwise gradient");
  cr_assert_eq(count_ops(&dw, 1, WEFT_OP_REDUCE_SUM, 0), 10);
  weft_arena arena = {0};
  weft_group **groups;
  size_t count, most = 0;
  weft_error error = {0};
  weft_group_limits limits = {.max_bindings = 16};
  cr_assert_eq(weft_group_graph(&arena, &dw, 1, &limits, &groups, &count, &error), WEFT_OK);
  for (size_t i = 0; i < count; i++)
    if ((size_t)groups[i]->n_cores > most) most = (size_t)groups[i]->n_cores;
  cr_assert_eq(most, 9);
  weft_tensor *w = weft_make_permute(weft_param(g, "w", WEFT_F32, 6, 1, 3, 3), apart);
  weft_tensor *y = weft_make_conv(WEFT_OP_CONV, x, w, options, WEFT_SCALAR_SHAPE);
  y = check_pass(weft_pass_contract, y, &cpu_target, 1, "depthwise, channels apart");
  cr_assert_eq(count_ops(&y, 1, WEFT_OP_COPY, 0), 1);
  weft_arena_free(&arena);
  weft_graph_destroy(g);
}

static weft_tensor *x_of(weft_graph *g, const char *name, weft_shape shape) {
  return weft_input_shaped(g, name, WEFT_F32, shape);
}

/* Few channels a group, in vectors on a CPU: the image without its border; the gradient by the image too, cut to what
 * the image has, also where the convolution has a stride. */
Test(contract, few_channels_a_group) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  const int64_t options[5] = {2, 1, 1, 1, 8}, start[4] = {0, 1, 1, 0}, step[4] = {1, 1, 1, 1}, size[4] = {2, 7, 6, 16};
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 7, 6, 16), *w = weft_param(g, "w", WEFT_F32, 3, 3, 2, 16);
  weft_tensor *padded = weft_pad(weft_pad(x, 1, 1, 1, 0), 2, 1, 1, 0);
  weft_tensor *y = weft_make_conv(WEFT_OP_CONV, padded, w, options, WEFT_SCALAR_SHAPE);
  weft_tensor *fast = check_pass(weft_pass_contract, y, &cpu_target, 1, "few channels a group");
  cr_assert(fast->op == WEFT_OP_GROUPED && fast->in[0] == x && fast->in[1] == w);
  cr_assert(fast->attr[0] == 2 && fast->attr[4] == 8 && fast->attr[5] == 1 && fast->attr[6] == 1);
  cr_assert_eq(count_dots(check_pass(weft_pass_contract, y, &gpu_target, 1, "gpu")), 1);
  weft_tensor *dy = x_of(g, "dy", y->shape);
  weft_tensor *dx = weft_make_conv(WEFT_OP_CONV_DX, dy, w, options, padded->shape);
  fast = check_pass(weft_pass_contract, weft_make_slice(dx, start, step, size), &cpu_target, 1, "by the image");
  cr_assert(fast->op == WEFT_OP_GROUPED && fast->in[0] == dy && fast->attr[0] == 1 && fast->attr[7] == 2);
  cr_assert(fast->attr[5] == 1 && fast->attr[6] == 1, "the border is not computed");
  weft_tensor *dw = weft_make_conv(WEFT_OP_CONV_DW, padded, dy, options, w->shape);
  fast = check_pass(weft_pass_contract, dw, &cpu_target, 1, "by the weights");
  cr_assert_eq(count_ops(&fast, 1, WEFT_OP_GROUPED_DW, 0), 1);
  weft_graph_destroy(g);
  static const int64_t others[][2] = {{4, 4}, {12, 3}, {32, 16}}; /* too few channels; groups across vectors; many */
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    g = weft_graph_create(NULL, NULL);
    int64_t c = others[i][0], of_group = others[i][1], own[5] = {1, 1, 1, 1, c / of_group};
    x = weft_input(g, "x", WEFT_F32, 2, 5, 5, c);
    y = weft_make_conv(WEFT_OP_CONV, x, weft_param(g, "w", WEFT_F32, 3, 3, of_group, c), own, WEFT_SCALAR_SHAPE);
    fast = check_pass(weft_pass_contract, y, &cpu_target, 1, "others");
    cr_assert_eq(count_ops(&fast, 1, WEFT_OP_GROUPED, 0), 0, "case %zu", i);
    weft_graph_destroy(g);
  }
}

/* ---- matrix products ---- */

Test(contract, matrix_products) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *a = x_of(g, "a", weft_shape_of(7, 5)), *b = x_of(g, "b", weft_shape_of(5, 9));
  weft_tensor *batch = x_of(g, "batch", weft_shape_of(2, 3, 4, 6)),
              *other = x_of(g, "other", weft_shape_of(2, 3, 6, 5));
  weft_tensor *one = x_of(g, "one", weft_shape_of(1, 1, 6, 11)),
              *deep = x_of(g, "deep", weft_shape_of(1, 2, 1, 2, 1, 2, 3, 2));
  weft_tensor *column = x_of(g, "column", weft_shape_of(5, 1)), *r = x_of(g, "r", weft_shape_of(1, 7));
  struct {
    const char *name;
    weft_tensor *y;
  } all[] = {
      {"plain", weft_make_matmul(a, b)},
      {"transposed", weft_make_matmul(weft_transpose(b), weft_transpose(a))},
      {"of ops", weft_make_matmul(weft_exp(a), weft_relu(b))},
      {"of constants", weft_make_matmul(weft_full(g, WEFT_F32, a->shape, 1), b)},
      {"of a reshape across a permute",
       weft_make_matmul(weft_reshape(weft_transpose(b), weft_shape_of(15, 3)), weft_reshape(b, weft_shape_of(3, 15)))},
      {"of a border",
       weft_make_matmul(
           weft_pad(a, 1, 1, 3, 2),
           weft_make_expand(one->in ? weft_reshape(weft_slice(one, 2, 0, 1, 1), weft_shape_of(1, 11)) : one,
                            weft_shape_of(9, 11)))},
      {"batches", weft_make_matmul(batch, other)},
      {"batches of one matrix", weft_make_matmul(batch, weft_make_expand(one, weft_shape_of(2, 3, 6, 11)))},
      {"many batch dims", weft_make_matmul(deep, weft_make_permute(deep, (int64_t[]){0, 1, 2, 3, 4, 5, 7, 6}))},
      {"one column", weft_make_matmul(a, column)},
      {"one row", weft_make_matmul(r, a)},
      {"inner product", weft_make_matmul(weft_transpose(column), column)},
      {"outer product", weft_make_matmul(column, r)},
      {"batches of columns", weft_make_matmul(batch, weft_slice(other, 3, 1, 2, 1))},
  };
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    cr_assert_not_null(all[i].y, "%s: %s", all[i].name, weft_graph_message(g));
    check_on_all(all[i].y, all[i].name);
  }
  weft_graph_destroy(g);
}

/* A flattened image times a matrix: no copy puts the image in another order. */
Test(contract, a_flatten_is_strides) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *y = weft_exp(x_of(g, "y", weft_shape_of(6, 3, 4, 5))), *w = x_of(g, "w", weft_shape_of(60, 16));
  weft_tensor *flat = weft_reshape(weft_permute(y, weft_shape_of(0, 3, 1, 2)), weft_shape_of(6, 60));
  weft_tensor *dy = x_of(g, "dy", weft_shape_of(6, 16));
  weft_tensor *roots[2] = {weft_matmul(flat, w), weft_matmul(weft_transpose(flat), dy)};
  check_roots(weft_pass_contract, roots, 2, &cpu_target, 1, "flatten");
  cr_assert_eq(count_ops(roots, 2, WEFT_OP_COPY, 0), 0);
  weft_tensor *wide = x_of(g, "wide", weft_shape_of(60, 64)), *dwide = x_of(g, "dwide", weft_shape_of(6, 64));
  weft_tensor *both[2] = {weft_matmul(flat, wide), weft_matmul(weft_transpose(flat), dwide)};
  check_roots(weft_pass_contract, both, 2, &cpu_target, 1, "flatten before many columns");
  cr_assert_eq(count_ops(both, 2, WEFT_OP_COPY, 0), 1, "one copy for the product and its gradient");
  weft_tensor *heads = weft_permute(x_of(g, "heads", weft_shape_of(2, 4, 5, 3)), weft_shape_of(0, 2, 1, 3));
  weft_tensor *joined = weft_reshape(heads, weft_shape_of(10, 12));
  check_on_all(weft_matmul(joined, x_of(g, "o", weft_shape_of(12, 9))), "attention's heads");
  check_on_all(weft_matmul(weft_transpose(joined), joined), "heads with heads");
  weft_tensor *across = weft_reshape(heads, weft_shape_of(15, 8)); /* rows end inside a dim */
  check_on_all(weft_matmul(across, x_of(g, "p", weft_shape_of(8, 9))), "across");
  weft_graph_destroy(g);
}

/* The gradient of that, its columns in the image's order: weights are read as they lie, or put into panels at once. */
Test(contract, columns_of_a_flatten_are_strides) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *dy = x_of(g, "dy", weft_shape_of(6, 16)), *w = weft_transpose(x_of(g, "w", weft_shape_of(60, 16)));
  weft_tensor *b = weft_permute(weft_reshape(w, weft_shape_of(16, 5, 3, 4)), weft_shape_of(0, 2, 3, 1));
  weft_tensor *y = weft_matmul(dy, weft_reshape(b, weft_shape_of(16, 60)));
  check_on_all(y, "columns of a flatten");
  weft_tensor *on_gpu = check_pass(weft_pass_contract, y, &gpu_target, 1, "columns of a flatten");
  cr_assert_eq(count_ops(&on_gpu, 1, WEFT_OP_COPY, 0), 0);
  weft_tensor *on_cpu = check_pass(weft_pass_contract, y, &cpu_target, 1, "columns of a flatten");
  cr_assert_eq(count_ops(&on_cpu, 1, WEFT_OP_COPY, 0), 1);
  weft_graph_destroy(g);
}

/* Weights as (OC, C, R, S) have neighbours neither along k nor along the columns. */
Test(contract, gpus_read_neighbours) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  const int64_t options[5] = {1, 1, 1, 1, 1};
  weft_tensor *x = x_of(g, "x", weft_shape_of(1, 6, 6, 4)), *w = x_of(g, "w", weft_shape_of(8, 4, 3, 3));
  weft_tensor *y =
      weft_make_conv(WEFT_OP_CONV, x, weft_permute(w, weft_shape_of(2, 3, 1, 0)), options, WEFT_SCALAR_SHAPE);
  y = check_pass(weft_pass_contract, y, &gpu_target, 1, "weights");
  cr_assert_eq(count_ops(&y, 1, WEFT_OP_COPY, 0), 1);
  y = weft_matmul(x_of(g, "a", weft_shape_of(5, 7)), weft_transpose(x_of(g, "b", weft_shape_of(6, 7))));
  y = check_pass(weft_pass_contract, y, &gpu_target, 1, "transposed");
  cr_assert_eq(count_ops(&y, 1, WEFT_OP_COPY, 0), 0);
  weft_graph_destroy(g);
}

Test(contract, one_matrix_for_all_batches_is_more_rows) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *a = x_of(g, "a", weft_shape_of(4, 3, 8, 6)), *b = x_of(g, "b", weft_shape_of(1, 1, 6, 16));
  weft_tensor *y = weft_make_matmul(a, weft_make_expand(b, weft_shape_of(4, 3, 6, 16)));
  weft_tensor *dot = find_dot(check_pass(weft_pass_contract, y, &cpu_target, 1, "rows"));
  cr_assert(dot && dot->attr[0] == 0 && dot->attr[1] == 3);
  weft_graph_destroy(g);
}

Test(contract, degenerate_products_are_no_dots) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *c = x_of(g, "c", weft_shape_of(30, 1)), *r = x_of(g, "r", weft_shape_of(1, 30)),
              *a = x_of(g, "a", weft_shape_of(30, 30));
  weft_tensor *roots[4] = {weft_matmul(c, r), weft_matmul(a, c), weft_matmul(r, a), weft_matmul(r, c)};
  check_roots(weft_pass_contract, roots, 4, &cpu_target, 1, "degenerate");
  cr_assert_eq(count_ops(roots, 4, WEFT_OP_DOT, 0), 0);
  cr_assert_eq(count_ops(roots, 1, WEFT_OP_REDUCE_SUM, 0), 0, "an outer product sums nothing");
  weft_graph_destroy(g);
}

Test(contract, panels) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  int panel = weft_tile_for(WEFT_CLASS_CPU, 8)->panel;
  struct {
    int64_t n;
    int want;
  } sizes[] = {{3, 0}, {8, 0}, {10, 0}, {2 * panel, 0}, {300, 0}};
  weft_tensor *a = x_of(g, "a", weft_shape_of(6, 5)), *tall = x_of(g, "tall", weft_shape_of(600, 2));
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    char name[16];
    snprintf(name, sizeof name, "b%zu", i);
    weft_tensor *y = weft_matmul(a, x_of(g, name, weft_shape_of(5, sizes[i].n)));
    weft_tensor *dot = find_dot(check_pass(weft_pass_contract, y, &cpu_target, 1, name));
    cr_assert(dot && dot->attr[4] == sizes[i].want, "%lld columns: panels of %lld", (long long)sizes[i].n,
              (long long)dot->attr[4]);
  }
  weft_tensor *turned = weft_matmul(a, weft_transpose(x_of(g, "t", weft_shape_of(2 * panel, 5))));
  weft_tensor *dot = find_dot(check_pass(weft_pass_contract, turned, &cpu_target, 1, "turned"));
  cr_assert(dot && dot->attr[4] == panel, "columns that lie apart are packed");
  weft_tensor *few = weft_matmul(a, weft_transpose(x_of(g, "few", weft_shape_of(3, 5))));
  dot = find_dot(check_pass(weft_pass_contract, few, &cpu_target, 1, "few, turned"));
  cr_assert(dot && dot->attr[4] == 0 && dot->in[1]->op == WEFT_OP_COPY, "of few columns a vector takes several rows");
  few = weft_matmul(a, weft_transpose(x_of(g, "some", weft_shape_of(6, 5))));
  dot = find_dot(check_pass(weft_pass_contract, few, &cpu_target, 1, "some, turned"));
  cr_assert(dot && dot->attr[4] == 8, "others that lie apart are packed");
  weft_tensor *wide = weft_matmul(tall, x_of(g, "wide", weft_shape_of(2, 300)));
  dot = find_dot(check_pass(weft_pass_contract, wide, &cpu_target, 1, "wide"));
  cr_assert(dot && dot->attr[4] == 0, "long rows that are read often are left to the kernel");
  weft_graph_destroy(g);
}

/* Weights that no run changes are put into panels once, but where so many rows of a read them that the kernel's own
 * copy costs next to nothing. */
Test(contract, kept_panels) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_pass_target steady = cpu_target;
  int panel = weft_tile_for(WEFT_CLASS_CPU, 8)->panel;
  steady.is_steady = 1;
  weft_tensor *few = x_of(g, "few", weft_shape_of(6, 70)), *many = x_of(g, "many", weft_shape_of(600, 70));
  weft_tensor *w = weft_param(g, "w", WEFT_F32, 70, 300), *x = x_of(g, "x", weft_shape_of(70, 300));
  const struct {
    weft_tensor *a, *b;
    const weft_pass_target *target;
    int want;
  } cases[] = {{few, w, &steady, panel}, {many, w, &steady, 0}, {few, x, &steady, 0}, {few, w, &cpu_target, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    weft_tensor *y = weft_matmul(cases[i].a, cases[i].b);
    weft_tensor *dot = find_dot(check_pass(weft_pass_contract, y, cases[i].target, 1, "kept panels"));
    cr_assert(dot && dot->attr[4] == cases[i].want, "case %zu: panels of %lld", i, (long long)dot->attr[4]);
  }
  weft_graph_destroy(g);
}

/* ---- parts of K ---- */

Test(contract, few_tiles_and_a_long_k_make_parts) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *a = x_of(g, "a", weft_shape_of(3, 2048)), *b = x_of(g, "b", weft_shape_of(2048, 5));
  weft_tensor *y = check_pass(weft_pass_contract, weft_matmul(a, b), &gpu_target, 1, "long");
  weft_tensor *dot = find_dot(y);
  cr_assert(dot && dot->attr[0] == 1 && dot->shape.dims[0] == 8, "8 parts of 256");
  cr_assert_eq(count_ops(&y, 1, WEFT_OP_REDUCE_SUM, 0), 1);
  const int64_t options[5] = {1, 1, 1, 1, 2};
  weft_tensor *x = x_of(g, "x", weft_shape_of(12, 12, 12, 4)), *dy = x_of(g, "dy", weft_shape_of(12, 10, 10, 4));
  weft_tensor *dw = weft_make_conv(WEFT_OP_CONV_DW, x, dy, options, weft_shape_of(3, 3, 2, 4));
  for (int t = 0; t < N_TARGETS; t++) {
    weft_pass_target target = *targets[t];
    target.compute_units = 1024;
    y = check_pass(weft_pass_contract, dw, &target, 1, "gradient of weights");
    dot = find_dot(y);
    cr_assert(dot && dot->attr[0] == 2 && dot->shape.dims[0] == 4, "4 parts of 3 images");
    check_operands(y, &target, "parts");
  }
  dot = find_dot(check_pass(weft_pass_contract,
                            weft_matmul(x_of(g, "c", weft_shape_of(3, 300)), x_of(g, "d", weft_shape_of(300, 5))),
                            &gpu_target, 1, "short"));
  cr_assert(dot && dot->attr[0] == 0, "a short K stays whole");
  weft_graph_destroy(g);
}

/* Three tiles take two units two rounds; of their halves each unit does three. */
Test(contract, parts_even_out_the_rounds_of_a_gpu) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_pass_target target = gpu_target;
  const struct { int64_t n, k, want; } cases[] = {{192, 2048, 2}, {256, 2048, 1}, {192, 768, 1}};
  target.compute_units = 2;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int64_t n = cases[i].n, k = cases[i].k;
    char names[2][16];
    for (int o = 0; o < 2; o++) snprintf(names[o], sizeof names[o], "%c%zu", "ab"[o], i);
    weft_tensor *y = weft_matmul(x_of(g, names[0], weft_shape_of(64, k)), x_of(g, names[1], weft_shape_of(k, n)));
    weft_tensor *dot = find_dot(check_pass(weft_pass_contract, y, &target, 1, names[0]));
    cr_expect(dot && (dot->attr[0] ? dot->shape.dims[0] : 1) == cases[i].want, "case %zu", i);
  }
  weft_graph_destroy(g);
}

/* Each core reads the rows of a head's weights that it changes itself, and readers add up what the cores have summed.
 */
Test(contract, weights_that_change_stay_with_their_core) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_pass_target steady = cpu_target;
  steady.is_steady = 1;
  weft_tensor *x = x_of(g, "x", weft_shape_of(20, 600)), *w = weft_param(g, "w", WEFT_F32, 600, 5);
  const struct {
    weft_tensor *a, *b;
    const weft_pass_target *target;
    int64_t want;
  } cases[] = {{x, w, &cpu_target, 2},
               {x, w, &steady, 1},
               {x, w, &glsl_target, 1},
               {x, x_of(g, "b", weft_shape_of(600, 5)), &cpu_target, 1},
               {x_of(g, "tall", weft_shape_of(200, 600)), w, &cpu_target, 1}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    weft_tensor *y = check_pass(weft_pass_contract, weft_matmul(cases[i].a, cases[i].b), cases[i].target, 1, "heads");
    weft_tensor *dot = find_dot(y);
    cr_assert(dot && (dot->attr[0] ? dot->shape.dims[0] : 1) == cases[i].want, "case %zu", i);
    cr_assert_eq(count_ops(&y, 1, WEFT_OP_REDUCE_SUM, 0), 0, "case %zu", i);
  }
  weft_graph_destroy(g);
}

Test(contract, a_sum_over_many_images_is_cut_so_that_operands_are_read_once) {
  const int64_t options[5] = {1, 1, 1, 1, 1};
  for (int is_long = 0; is_long < 2; is_long++) {
    weft_graph *g = weft_graph_create(NULL, NULL); /* names are of a graph */
    int64_t edge = is_long ? 34 : 18;              /* K = 8 images of 32 or 16 squared */
    weft_tensor *x = x_of(g, "x", weft_shape_of(8, edge, edge, 8));
    weft_tensor *dy = x_of(g, "dy", weft_shape_of(8, edge - 2, edge - 2, 32));
    weft_tensor *dw = weft_make_conv(WEFT_OP_CONV_DW, x, dy, options, weft_shape_of(3, 3, 8, 32));
    for (int t = 0; t < N_TARGETS; t++) {
      weft_error error = {0};
      weft_tensor *y = dw;
      cr_assert_eq(weft_pass_contract(&y, 1, targets[t], &error), WEFT_OK);
      weft_tensor *dot = find_dot(y);
      cr_assert(dot);
      if (targets[t] != &cpu_target) continue;
      cr_assert_eq(dot->attr[0], is_long, "a long sum has its parts as a batch, a shorter one none");
      if (is_long) cr_assert_eq(dot->shape.dims[0], 8, "4 parts a compute unit");
    }
    weft_graph_destroy(g);
  }
}
