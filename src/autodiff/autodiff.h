/* autodiff.h -- gradients as further graph. */
#ifndef WEFT_AUTODIFF_AUTODIFF_H
#define WEFT_AUTODIFF_AUTODIFF_H
#include "graph/graph.h"

/* Gradients of the loss, an f32 scalar, with respect to n f32 tensors: any nodes of the graph, inputs and intermediate
 * results alike. out[i] has the shape of wrt[i]; the constant 0 where the loss does not depend on it. They are ordinary
 * nodes, so they have gradients too. On a failure, kept in the graph with the names and shapes, every out[i] is NULL.
 */
weft_status weft_autodiff(weft_tensor *loss, weft_tensor *const *wrt, size_t n, weft_tensor **out);
#endif
