/* attention_gpu.cl -- attention for devices with coalesced work-items and shared memory; the body is attention_gpu.inc.
 * The lowering writes prelude.cl, the sizes and addresses in front of this file. */
#define ELEMENT(b, i) (b)[i]
#define FOUR float4
#define FOUR_OF(x, y, z, w) (float4)(x, y, z, w)
#define FOUR_ALL(x) (float4)(x)
/* Numbers i, i + 1, .. of a buffer, i being a multiple of four, and so many further on, a constant; component c of four i in shared memory. */
#define FOUR_AT(b, i, further) (*(__global const float4 *)((b) + (i) + (further)))
#define GIVE_FOUR(b, i, value) *(__global float4 *)((b) + (i)) = value;
#define SHARED_ONE(i, c) ((__local float *)(shared_tile + (i)))[c]
#ifndef ENTRY
#define ENTRY attention_gpu
#define BINDINGS __global const float *b0, __global const float *b1, __global const float *b2, \
                 __global float *b3, __global float *b4
#endif
#include "attention_gpu_defaults.inc"
#include "attention_gpu_tiles.inc"

__kernel __attribute__((reqd_work_group_size(THREADS, 1, 1))) void ENTRY(BINDINGS) {
  __local float4 shared_tile[SHARED];
#include "attention_gpu.inc"
}
