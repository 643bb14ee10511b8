/* sequences.c -- networks for text and series. */
#include "networks.h"
#include <stdio.h>

/* A decoder with its norms before the layers: Radford et al., Language models are unsupervised multitask learners
 * (2019). */
weft_tensor *build_gpt(weft_tensor *x, int training) {
  weft_graph *g = weft_tensor_graph(x);
  int64_t batch = weft_tensor_shape(x).dims[0];
  (void)training;
  weft_tensor *places =
      weft_param_init(g, "places", weft_shape_of(GPT_PLACES, GPT_WIDTH), (weft_init){WEFT_INIT_NORMAL, 0, 0.02});
  x = weft_add(weft_embedding(x, GPT_WORDS, GPT_WIDTH, "words"), places);
  for (int i = 0; i < GPT_BLOCKS; i++) {
    char name[5][32];
    static const char *const parts[5] = {"norm1", "attention", "norm2", "up", "down"};
    for (int k = 0; k < 5; k++) snprintf(name[k], sizeof name[k], "%d.%s", i, parts[k]);
    x = weft_add(x, weft_attention(weft_layer_norm(x, name[0]), GPT_HEADS, 1, name[1]));
    weft_tensor *y = weft_dense(weft_layer_norm(x, name[2]), 4 * GPT_WIDTH, name[3], WEFT_GELU);
    x = weft_add(x, weft_dense(y, GPT_WIDTH, name[4], WEFT_LINEAR));
  }
  const weft_layer out = weft_layer_dense(GPT_WORDS, .no_bias = 1);
  x = weft_reshape(weft_layer_norm(x, "norm"), weft_shape_of(batch * GPT_PLACES, GPT_WIDTH));
  return weft_layer_apply(x, &out, "out", training);
}

weft_tensor *build_lstm(weft_tensor *x, int training) {
  weft_tensor *last;
  (void)training;
  weft_lstm(x, 128, "lstm", &last);
  return weft_dense(last, 1, "out", WEFT_LINEAR);
}
