/* cases_index.c -- elements chosen by indices and sums to chosen places: whole slices and single elements, along every
 * axis, with indices that repeat, that name nothing and that are computed. */
#include "conformance.h"
#include <string.h>

#define SHAPE(...) weft_shape_of(__VA_ARGS__)

static weft_tensor *rows(bench *b) { return weft_gather(real_leaf(b, SHAPE(9, 24)), class_leaf(b, SHAPE(5, 7), 9), 0); }
static weft_tensor *odd_rows(bench *b) {
  return weft_gather(real_leaf(b, SHAPE(4, 3, 5)), class_leaf(b, SHAPE(33), 4), 0);
}
static weft_tensor *columns(bench *b) {
  return weft_gather(real_leaf(b, SHAPE(6, 11)), class_leaf(b, SHAPE(8), 11), 1);
}
static weft_tensor *middle(bench *b) {
  return weft_gather(real_leaf(b, SHAPE(3, 7, 16)), class_leaf(b, SHAPE(2, 2), 7), 1);
}
static weft_tensor *whole_rows(bench *b) {
  return weft_gather(whole_leaf(b, SHAPE(5, 8)), class_leaf(b, SHAPE(6), 5), 0);
}
static weft_tensor *one_row(bench *b) {
  return weft_gather(real_leaf(b, SHAPE(5, 8)), class_leaf(b, WEFT_SCALAR_SHAPE, 5), 0);
}
static weft_tensor *elements(bench *b) {
  return weft_gather_elements(real_leaf(b, SHAPE(6, 9)), class_leaf(b, SHAPE(6, 4), 9), 1);
}
static weft_tensor *elements_first(bench *b) {
  return weft_gather_elements(real_leaf(b, SHAPE(6, 40)), class_leaf(b, SHAPE(11, 32), 6), 0);
}
/* Half of the indices are out of range, below or above. */
static weft_tensor *missing(bench *b) {
  weft_tensor *index = weft_sub(weft_mul(class_leaf(b, SHAPE(30), 8), weft_full(b->graph, WEFT_I32, SHAPE(30), 3)),
                                weft_full(b->graph, WEFT_I32, SHAPE(30), 5));
  return weft_gather(real_leaf(b, SHAPE(10, 16)), index, 0);
}
static weft_tensor *between(bench *b) { /* of what is computed, into what is computed */
  weft_tensor *table = weft_tanh(real_leaf(b, SHAPE(12, 8)));
  return weft_sum_axes(weft_square(weft_gather(table, class_leaf(b, SHAPE(20), 12), 0)), WEFT_AXIS(1));
}
static weft_tensor *into_product(bench *b) {
  weft_tensor *x = weft_gather(real_leaf(b, SHAPE(12, 8)), class_leaf(b, SHAPE(4, 5), 12), 0);
  return weft_matmul(weft_add(x, real_leaf(b, SHAPE(5, 8))), real_leaf(b, SHAPE(8, 6)));
}
static weft_tensor *scatter_rows(bench *b) {
  return weft_scatter_add(real_leaf(b, SHAPE(7, 24)), class_leaf(b, SHAPE(40), 7), real_leaf(b, SHAPE(40, 24)), 0);
}
static weft_tensor *scatter_odd(bench *b) {
  return weft_scatter_add(real_leaf(b, SHAPE(70, 3)), class_leaf(b, SHAPE(19), 70), real_leaf(b, SHAPE(19, 3)), 0);
}
static weft_tensor *scatter_last(bench *b) {
  return weft_scatter_add(real_leaf(b, SHAPE(5, 9)), class_leaf(b, SHAPE(5, 12), 11), real_leaf(b, SHAPE(5, 12)), 1);
}
static weft_tensor *scatter_list_last(bench *b) {
  return weft_scatter_add(real_leaf(b, SHAPE(5, 4, 9)), class_leaf(b, SHAPE(12), 9), real_leaf(b, SHAPE(5, 4, 12)), -1);
}
static weft_tensor *scatter_whole(bench *b) {
  return weft_scatter_add(whole_leaf(b, SHAPE(6, 8)), class_leaf(b, SHAPE(15, 8), 6), whole_leaf(b, SHAPE(15, 8)), 0);
}
static weft_tensor *histogram(bench *b) {
  weft_tensor *none = weft_full(b->graph, WEFT_I32, SHAPE(10), 0), *ones = weft_full(b->graph, WEFT_I32, SHAPE(99), 1);
  return weft_scatter_add(none, class_leaf(b, SHAPE(99), 10), ones, 0);
}

#define CASE(name, tolerance)                                                                                          \
  { #name, name, 0, -4, 4, tolerance }

static const conformance_case cases[] = {
    CASE(rows, 0),           CASE(odd_rows, 0),        CASE(columns, 0),
    CASE(middle, 0),         CASE(whole_rows, 0),      CASE(one_row, 0),
    CASE(elements, 0),       CASE(elements_first, 0),  CASE(missing, 0),
    CASE(between, 1e-5),     CASE(into_product, 2e-5), CASE(scatter_rows, 1e-5),
    CASE(scatter_odd, 1e-5), CASE(scatter_last, 1e-5), CASE(scatter_list_last, 1e-5),
    CASE(scatter_whole, 0),  CASE(histogram, 0),
};

int list_indices(conformance_case *out) {
  memcpy(out, cases, sizeof cases);
  return sizeof cases / sizeof *cases;
}
