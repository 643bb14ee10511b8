/* test_conformance.c -- one test a family; and every row of the op table is met by one of them. */
#include "conformance.h"
#include <criterion/criterion.h>

Test(conformance, scalar) { check_family("scalar", list_scalar); }
Test(conformance, views) { check_family("views", list_views); }
Test(conformance, reductions) { check_family("reductions", list_reductions); }
Test(conformance, products) { check_family("products", list_products); }
Test(conformance, attention) { check_family("attention", list_attention); }
Test(conformance, indices) { check_family("indices", list_indices); }
Test(conformance, composites) { check_family("composites", list_composites); }

/* Rows that no user's graph holds. */
static const struct {
  weft_op op;
  const char *why;
} internal[] = {
    {WEFT_OP_DOT, "made by the contract pass of matmul and conv; tests/lower holds it against the oracle"},
    {WEFT_OP_WINOGRAD_WEIGHTS, "made by the contract pass of conv; tests/lower holds it against the oracle"},
    {WEFT_OP_WINOGRAD, "made by the contract pass of conv; tests/lower holds it against the oracle"},
    {WEFT_OP_WINOGRAD_DW, "made by the contract pass of conv_dw; tests/lower holds it against the oracle"},
    {WEFT_OP_WINOGRAD_PIXELS, "made by the contract pass of conv; tests/lower holds it against the oracle"},
    {WEFT_OP_WINOGRAD_RESULTS, "made by the contract pass of conv; tests/lower holds it against the oracle"},
    {WEFT_OP_WINOGRAD_RESULTS_DX, "made by the contract pass of conv_dw; tests/lower holds it against the oracle"},
    {WEFT_OP_WINOGRAD_WEIGHTS_DX, "made by the contract pass of conv_dw; tests/lower holds it against the oracle"},
    {WEFT_OP_STRASSEN_SUMS, "made by the contract pass of matmul; tests/lower holds it against the oracle"},
    {WEFT_OP_STRASSEN_RESULTS, "made by the contract pass of matmul; tests/lower holds it against the oracle"},
    {WEFT_OP_GROUPED, "made by the contract pass of conv; tests/lower holds it against the oracle"},
    {WEFT_OP_GROUPED_DW, "made by the contract pass of conv_dw; tests/lower holds it against the oracle"},
    {WEFT_OP_COPY, "made by the contract pass"},
};

Test(conformance, every_row_has_a_case) {
  unsigned char seen[WEFT_OP_COUNT] = {0};
  list_cases *const lists[] = {list_scalar,    list_views,   list_reductions, list_products,
                               list_attention, list_indices, list_composites};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) mark_ops(lists[i], seen);
  for (size_t i = 0; i < sizeof internal / sizeof *internal; i++) {
    cr_expect_not(seen[internal[i].op], "%s: it has a case by now", weft_ops[internal[i].op].name);
    seen[internal[i].op] = 1;
  }
  for (int op = 0; op < WEFT_OP_COUNT; op++) cr_expect(seen[op], "%s has no case", weft_ops[op].name);
}
