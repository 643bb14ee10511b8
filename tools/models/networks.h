/* networks.h -- the networks and their table, for the files here alone. */
#ifndef WEFT_TOOLS_NETWORKS_H
#define WEFT_TOOLS_NETWORKS_H
#include "models.h"

extern const workload workloads[];
extern const size_t n_workloads;

enum { GPT_WORDS = 96, GPT_PLACES = 128, GPT_WIDTH = 128, GPT_HEADS = 4, GPT_BLOCKS = 4 };

/* Each: input (batch, a sample's shape) -> output, see workload.build. */
weft_tensor *build_resnet18(weft_tensor *x, int training);
weft_tensor *build_resnet50(weft_tensor *x, int training);
weft_tensor *build_vgg16(weft_tensor *x, int training);
weft_tensor *build_mobilenetv2(weft_tensor *x, int training);
weft_tensor *build_gpt(weft_tensor *x, int training);
weft_tensor *build_lstm(weft_tensor *x, int training);
#endif
