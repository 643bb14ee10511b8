/* samples.h -- graphs that between them hold every op, for the tests that print, parse, draw and validate. */
#ifndef WEFT_TESTS_GRAPH_SAMPLES_H
#define WEFT_TESTS_GRAPH_SAMPLES_H
#include "graph/graph.h"

typedef struct sample {
  const char *name;
  weft_tensor *(*build)(weft_graph *graph);
} sample;

extern const sample samples[];
extern const size_t n_samples;
#endif
