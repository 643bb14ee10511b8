/* layers.h -- single layers and ops in the sizes of common networks, each with its gradients: where the standard
 * workloads do not look. PyTorch's side is torch_layers.py, under the same names. */
#ifndef WEFT_BENCHMARKS_LAYERS_H
#define WEFT_BENCHMARKS_LAYERS_H
#include <weft/weft.h>

enum { LAYER_MOST_RESULTS = 8 };

/* Builds the layer of that name in the graph: its result, and with gradients those by everything that it is computed
 * from, params included, for a result's gradient that is given. Returns how many results, 0 where there is no such
 * layer. */
int layer_build(weft_graph *graph, const char *name, int with_gradients, weft_tensor *out[LAYER_MOST_RESULTS]);
/* The input or param, filled with numbers from -1 to 1; a new input, filled. */
weft_tensor *layer_filled(weft_tensor *x);
weft_tensor *layer_input(weft_graph *graph, const char *name, weft_shape shape);
/* A new input of whole numbers below a limit, that leap. */
weft_tensor *layer_places(weft_graph *graph, int64_t count, int limit);
#endif
