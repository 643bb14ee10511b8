/* evaluate.h -- the values of a graph, naively. */
#ifndef WEFT_TESTS_PASSES_EVALUATE_H
#define WEFT_TESTS_PASSES_EVALUATE_H
#include "graph/graph.h"

/* The values of each root in row-major order, malloc'ed. 0: no memory. */
int evaluate(weft_tensor *const *roots, size_t n_roots, double **out_values);
#endif
