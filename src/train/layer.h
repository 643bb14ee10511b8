/* layer.h -- what the files of layers share. */
#ifndef WEFT_TRAIN_LAYER_H
#define WEFT_TRAIN_LAYER_H
#include <weft/nn.h>

/* Keeps `layer "NAME" (KIND): what` in the graph; returns NULL. */
weft_tensor *weft_layer_fail(weft_tensor *x, const char *name, const char *kind, const char *what);
/* The param "name.suffix"; NULL with an error where the name is too long. */
weft_tensor *weft_layer_param(weft_graph *graph, const char *name, const char *suffix, weft_shape shape, weft_init init);
/* The same as a state, filled with `value` when it is made. */
weft_tensor *weft_layer_state(weft_graph *graph, const char *name, const char *suffix, weft_shape shape, double value);
#endif
