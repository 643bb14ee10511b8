/* test_text.c -- printing and parsing back, what the parser refuses, drawings, validation. */
#include "graph/graph.h"
#include "samples.h"
#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

Test(text, samples_hold_every_op) {
  unsigned char seen[WEFT_OP_COUNT] = {0};
  for (size_t s = 0; s < n_samples; s++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_arena arena = {0};
    size_t n;
    weft_tensor *root = samples[s].build(g);
    cr_assert_not_null(root, "%s: %s", samples[s].name, weft_graph_message(g));
    weft_tensor **order = weft_graph_order(&arena, &root, 1, &n);
    for (size_t i = 0; i < n; i++) seen[order[i]->op] = 1;
    weft_arena_free(&arena);
    weft_graph_destroy(g);
  }
  for (int op = 0; op < WEFT_OP_COUNT; op++) cr_expect(seen[op], "%s is in no sample", weft_ops[op].name);
}

Test(text, printed_graphs_parse_back) {
  for (size_t s = 0; s < n_samples; s++) {
    weft_graph *g = weft_graph_create(NULL, NULL), *copy = weft_graph_create(NULL, NULL);
    weft_tensor *roots[2], *back[2] = {NULL, NULL};
    size_t count;
    roots[0] = samples[s].build(g);
    roots[1] = roots[0]->n_in ? roots[0]->in[0] : roots[0];
    char *text = weft_graph_print(roots, 2);
    cr_assert_not_null(text);
    cr_assert_eq(weft_graph_parse(copy, text, back, 2, &count), WEFT_OK, "%s: %s", samples[s].name,
                 weft_graph_message(copy));
    cr_assert_eq(count, 2);
    char *again = weft_graph_print(back, 2);
    cr_assert_str_eq(again, text, "%s", samples[s].name);
    size_t lines = 0;
    for (const char *c = text; *c; c++) lines += *c == '\n';
    cr_assert_eq(copy->n_nodes, lines - 2, "%s: each line is one node", samples[s].name);
    /* into the same graph: the very nodes */
    cr_assert_eq(weft_graph_parse(g, text, back, 1, &count), WEFT_OK);
    cr_assert_eq(back[0], roots[0], "%s", samples[s].name);
    weft_text_free(text);
    weft_text_free(again);
    weft_graph_destroy(g);
    weft_graph_destroy(copy);
  }
}

Test(text, numbers_do_not_follow_the_locale) {
  if (!setlocale(LC_ALL, "de_DE.UTF-8")) cr_skip_test("no locale with a decimal comma is installed");
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *result;
  cr_assert_eq(weft_graph_parse(g, "weft graph 1\n%0 = const f32 () value=0.5\nresult %0\n", &result, 1, NULL),
               WEFT_OK);
  cr_assert_eq(result->value, 0.5);
  weft_graph_destroy(g);
}

Test(text, people_may_edit) {
  static const char text[] =
      "\n# a bug report\nweft graph 1\r\n\n%3 = input f32 (2, 3) \"x\"  # fed\n"
      "\t%10 = exp f32 (2,3) %3\n\n%11 = reduce_sum f32 (1,1) %10 mask=3\nresult %11 %3 %11\n\n# end\n";
  weft_graph *g = weft_graph_create(NULL, NULL);
  weft_tensor *results[2];
  size_t count;
  cr_assert_eq(weft_graph_parse(g, text, results, 2, &count), WEFT_OK, "%s", weft_graph_message(g));
  cr_assert_eq(count, 3, "all are counted, two were asked for");
  cr_assert(results[1] == weft_graph_find(g, "x") && results[0]->op == WEFT_OP_REDUCE_SUM);
  weft_graph_destroy(g);
}

Test(text, what_the_parser_refuses) {
  static const struct {
    const char *text, *message;
  } table[] = {
      {"", "line 1: expected \"weft graph 1\", found the end of line"},
      {"weft graph 2\n", "line 1: expected \"weft graph 1\", found \"weft\""},
      {"weft graph 1\n", "line 2: expected a node (%) or \"result\", found the end of line"},
      {"weft graph 1\n\n%0 = frob f32 (2)\n", "line 3: expected an op, found \"frob\""},
      {"weft graph 1\n%0 = exp f16 (2)\n", "line 2: expected an element type, found \"f16\""},
      {"weft graph 1\n%0 = exp f32 2\n", "line 2: expected (, found \"2\""},
      {"weft graph 1\n%0 = const f32 (2,3\n", "line 2: expected ), found the end of line"},
      {"weft graph 1\n%0 = const f32 (1,1,1,1,1,1,1,1,1) value=0\n", "line 2: expected ), found \"1)\""},
      {"weft graph 1\n%0 = const f32 (0) value=0\n", "line 2: const: dimension 0 of (0) is 0: sizes begin at 1"},
      {"weft graph 1\n%0 = const f32 (2) value=\n%1 = ", "line 2: expected a number, found the end of line"},
      {"weft graph 1\n%0 = const f32 (2) value=x\n", "line 2: expected a number, found \"x\""},
      {"weft graph 1\n%0 = const f32 (2)\n", "line 2: expected value=, found the end of line"},
      {"weft graph 1\n%0 = const f32 (2) value=1 2\n", "line 2: expected the end of the line, found \"2\""},
      {"weft graph 1\n%0 = exp f32 (2) %1\n", "line 2: no node %1 before this line"},
      {"weft graph 1\n%0 = exp f32 (2) %-1\n", "line 2: no node %-1 before this line"},
      {"weft graph 1\n%0 = exp f32 (2)\n", "line 2: exp: 0 inputs where 1 belong"},
      {"weft graph 1\n%0 = after f32 (2)\n", "line 2: after: 0 inputs where at least 1 belong"},
      {"weft graph 1\n%0 = input f32 (2) x\n", "line 2: expected a name in quotes, found \"x\""},
      {"weft graph 1\n%0 = input f32 (2) \"x\n", "line 2: expected a quote after the name, found the end of line"},
      {"weft graph 1\n%0 = input f32 (2) \"\"\n", "line 2: input: the name is missing"},
      {"weft graph 1\n%0 = data f32 (2) data={1}\n", "line 2: 1 elements where 2 belong"},
      {"weft graph 1\n%0 = data i32 (1) data={3000000000}\n", "line 2: expected numbers of 32 bits, found \"}\""},
      {"weft graph 1\n%0 = data f32 (900000000000) data={1,2}\n", "line 2: 2 elements where 900000000000 belong"},
      {"weft graph 1\n%0 = input f32 (2) \"x\"\n%0 = exp f32 (2) %0\n", "line 3: numbers do not ascend: %0"},
      {"weft graph 1\n%0 = input f32 (2) \"x\"\n%1 = exp f32 (3) %0\n", "line 3: exp comes to f32 (2), not f32 (3)"},
      {"weft graph 1\n%0 = input f32 (2) \"x\"\n%1 = exp i32 (2) %0\n", "line 3: exp comes to f32 (2), not i32 (2)"},
      {"weft graph 1\n%0 = input f32 (2) \"x\"\n%1 = flip f32 (2) %0 flags=[1,0]\n",
       "line 3: flip: 2 attribute values where 1 belong"},
      {"weft graph 1\n%0 = input f32 (4) \"x\"\n%1 = slice f32 (2) %0 start=[0,1] step=[1]\n",
       "line 3: expected lists of equal length, found the end of line"},
      {"weft graph 1\n%0 = input f32 (2) \"x\"\n%1 = reduce_sum f32 (1) %0 mask=99999999999999999999\n",
       "line 3: expected a whole number of 64 bits, found \"99999999999999999999\""},
      {"weft graph 1\n%0 = input f32 (2) \"x\"\nresult %0 %7\n", "line 3: no node %7 before this line"},
      {"weft graph 1\n%0 = input f32 (2) \"x\"\nresult %0\n%1 = exp f32 (2) %0\n",
       "line 4: expected nothing after the results, found \"%1\""},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *results[4];
    size_t count = 9;
    cr_expect_neq(weft_graph_parse(g, table[i].text, results, 4, &count), WEFT_OK, "row %zu", i);
    cr_expect_str_eq(weft_graph_message(g), table[i].message, "row %zu: %s", i, weft_graph_message(g));
    cr_expect_eq(count, 0);
    weft_graph_destroy(g);
  }
}

/* A text cut anywhere, or with a byte changed, is refused or read; never more than that. */
Test(text, damaged_text) {
  for (size_t s = 0; s < n_samples; s++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *root = samples[s].build(g), *results[2];
    char *text = weft_graph_print(&root, 1);
    size_t size = strlen(text), refused = 0, results_at = (size_t)(strstr(text, "\nresult") - text);
    for (size_t at = 0; at + 2 < size; at += 1 + size / 400) {
      static const char bytes[] = "\0%,([{\"x9-\n=";
      for (size_t b = 0; b < sizeof bytes - 1; b++) {
        weft_graph *other = weft_graph_create(NULL, NULL);
        char kept = text[at];
        text[at] = bytes[b];
        refused += weft_graph_parse(other, text, results, 2, NULL) != WEFT_OK;
        if (b == 0 && at <= results_at)
          cr_expect_neq(weft_graph_status(other), WEFT_OK, "%s, cut at %zu", samples[s].name, at);
        text[at] = kept;
        weft_graph_destroy(other);
      }
    }
    cr_expect_gt(refused, 0);
    weft_text_free(text);
    weft_graph_destroy(g);
  }
}

Test(text, drawings) {
  for (size_t s = 0; s < n_samples; s++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *root = samples[s].build(g);
    weft_arena arena = {0};
    size_t nodes, edges = 0, labels = 0, arrows = 0, quotes = 0;
    weft_tensor **order = weft_graph_order(&arena, &root, 1, &nodes);
    for (size_t i = 0; i < nodes; i++) edges += (size_t)order[i]->n_in;
    char *text = weft_graph_dot(&root, 1);
    cr_assert_not_null(text);
    cr_assert_eq(strncmp(text, "digraph weft {\n", 15), 0);
    cr_assert_str_eq(text + strlen(text) - 2, "}\n");
    for (const char *c = text; *c; c++) {
      if (*c == '\\') {
        c++;
        continue;
      }
      quotes += *c == '"';
      labels += quotes % 2 == 0 && strncmp(c, "label=", 6) == 0;
      arrows += quotes % 2 == 0 && strncmp(c, " -> ", 4) == 0;
      if (*c == '\n') cr_assert_eq(quotes % 2, 0, "%s: a quote is open at the end of a line", samples[s].name);
    }
    cr_assert_eq(labels, nodes + 1, "a box for each node and the result");
    cr_assert_eq(arrows, edges + 1);
    weft_text_free(text);
    weft_arena_free(&arena);
    weft_graph_destroy(g);
  }
}

Test(text, validation) {
  weft_error error = {0};
  for (size_t s = 0; s < n_samples; s++) {
    weft_graph *g = weft_graph_create(NULL, NULL);
    weft_tensor *root = samples[s].build(g);
    cr_assert_eq(weft_graph_validate(&root, 1, &error), WEFT_OK, "%s: %s", samples[s].name, error.message);
    weft_graph_destroy(g);
  }
  /* what a careless pass could break */
  weft_graph *g = weft_graph_create(NULL, NULL), *other = weft_graph_create(NULL, NULL);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 3), *y = weft_exp(x), *z = weft_log(y);
  y->shape.dims[0] = 5;
  cr_assert_eq(weft_graph_validate(&z, 1, &error), WEFT_INTERNAL);
  cr_assert_str_eq(error.message, "graph: f32 exp#1 (5,3) should be f32 (2,3)");
  y->shape.dims[0] = 2;
  error = (weft_error){0};
  y->in[0] = z;
  cr_assert_eq(weft_graph_validate(&y, 1, &error), WEFT_INTERNAL);
  cr_assert_str_eq(error.message, "graph: input 0 of exp#1 (2,3) does not come before it");
  y->in[0] = x;
  error = (weft_error){0};
  y->hash++;
  cr_assert_eq(weft_graph_validate(&z, 1, &error), WEFT_INTERNAL);
  y->hash--;
  error = (weft_error){0};
  weft_tensor *mixed[2] = {x, weft_input(other, "x", WEFT_F32, 2, 3)};
  cr_assert_eq(weft_graph_validate(mixed, 2, &error), WEFT_INTERNAL);
  cr_assert_str_eq(error.message, "graph: root 1 is of another graph");
  weft_graph_fail(g, WEFT_BAD_SHAPE, "kept");
  error = (weft_error){0};
  cr_assert_eq(weft_graph_validate(&z, 1, &error), WEFT_OK);
  cr_assert_str_eq(weft_graph_message(g), "kept", "the graph's own error is left alone");
  weft_graph_destroy(g);
  weft_graph_destroy(other);
}
