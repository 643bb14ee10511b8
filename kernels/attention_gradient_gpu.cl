/* attention_gradient_gpu.cl -- gradients of attention for devices with coalesced work-items and shared memory; the body is
 * attention_gradient_gpu.inc. The lowering writes prelude.cl, the sizes and addresses in front of this file. */
#define ELEMENT(b, i) (b)[i]
#ifndef ENTRY
#define ENTRY attention_gradient_gpu
#define BINDINGS __global const float *b0, __global const float *b1, __global const float *b2, \
                 __global const float *b3, __global const float *b4, __global const float *b5, __global float *b6
#endif
#include "attention_gpu_defaults.inc"
#include "attention_gradient_gpu_tiles.inc"

__kernel __attribute__((reqd_work_group_size(THREADS, 1, 1))) void ENTRY(BINDINGS) {
  __local float shared_tile[SHARED] __attribute__((aligned(16)));
#include "attention_gradient_gpu.inc"
}
