/* networks.h -- the table of workloads, for models.c alone. */
#ifndef WEFT_TOOLS_NETWORKS_H
#define WEFT_TOOLS_NETWORKS_H
#include "models.h"

extern const workload workloads[];
extern const size_t n_workloads;
#endif
