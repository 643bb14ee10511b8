/* test_lower.c -- where bindings begin: slices that only their place tells apart are one text. */
#include "cases.h"
#include "graph/graph.h"
#include <criterion/criterion.h>
#include <string.h>

static weft_lowered lower(weft_tensor *root, const weft_target *target, weft_arena *arena) {
  weft_group_limits limits = {.max_bindings = 16};
  weft_group **groups;
  weft_lowered lowered;
  weft_error error = {0};
  size_t count;
  cr_assert_eq(weft_group_graph(arena, &root, 1, &limits, &groups, &count, &error), WEFT_OK, "%s", error.message);
  cr_assert_eq(count, 1);
  cr_assert_eq(weft_lower_group(groups[0], target, NULL, arena, &lowered, &error), WEFT_OK, "%s", error.message);
  return lowered;
}

static weft_tensor *rows_from(weft_tensor *x, int64_t first, int is_product) {
  weft_tensor *part = weft_slice(x, 0, first, first + 8, 1), *y = part; /* (8, 24) */
  const weft_shape product = weft_shape_of(8, 24);
  if (is_product) {
    weft_tensor *a = weft_input(x->graph, "a", WEFT_F32, 8, 16), *b = weft_input(x->graph, "b", WEFT_F32, 16, 24);
    y = weft_add(weft_make_dot(a, b, 0, 1, 1, 1, 0, product), part);
  }
  return weft_relu(y);
}

static void check_slices(const char *name, int is_product) {
  weft_target target = lower_target(name);
  weft_arena arena = {0};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 100, 24);
  int binding = is_product ? 2 : 0; /* that x is: the others are met before it */
  weft_lowered whole = lower(rows_from(x, 0, is_product), &target, &arena);
  for (int64_t first = 2; first <= 92; first += 2) {
    weft_lowered later = lower(rows_from(x, first, is_product), &target, &arena);
    uint64_t offset = (uint64_t)first * 24 * 4;
    int same = !strcmp(whole.source.text, later.source.text);
    cr_assert_eq(later.shift[binding], offset / 64 * 64, "%s: rows from %d", name, (int)first);
    cr_assert_eq(same, offset % 64 == 0, "%s: rows from %d", name, (int)first);
  }
  target.binding_align = 0;
  weft_lowered later = lower(rows_from(x, 8, is_product), &target, &arena);
  cr_assert(later.shift[binding] == 0 && strcmp(whole.source.text, later.source.text) != 0);
  weft_graph_destroy(g);
  weft_arena_free(&arena);
}

Test(lower, slices_are_bindings_that_begin_later) {
  static const char *const targets[] = {"cpu16", "gpu", "glsl", "glsl-cpu"};
  for (size_t t = 0; t < sizeof targets / sizeof *targets; t++)
    for (int is_product = 0; is_product < 2; is_product++) check_slices(targets[t], is_product);
}

/* The earliest read of several, guarded ones too, is where a binding begins; what is written begins at its tensor. */
Test(lower, a_binding_begins_at_its_earliest_read) {
  weft_target target = lower_target("cpu16");
  weft_arena arena = {0};
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 100, 32), *early = weft_slice(x, 0, 10, 18, 1);
  weft_lowered two = lower(weft_add(weft_slice(x, 0, 40, 48, 1), early), &target, &arena);
  cr_assert(two.shift[0] == 10 * 32 * 4 && two.shift[1] == 0);
  weft_lowered padded = lower(weft_relu(weft_pad(early, 0, 4, 4, 0)), &target, &arena);
  cr_assert(padded.shift[0] <= 10 * 32 * 4 && padded.shift[1] == 0, "%llu", (unsigned long long)padded.shift[0]);
  weft_graph_destroy(g);
  weft_arena_free(&arena);
}
