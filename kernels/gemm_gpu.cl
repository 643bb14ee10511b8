/* gemm_gpu.cl -- the contraction c = epilogue(a * b) for devices with coalesced work-items and shared memory; the body is
 * gemm.inc.
 *
 * Index layout: tile = (batch * M_TILES + m tile) * N_TILES + n tile; a work-group does the tiles g, g + GROUPS, ... The
 * lowering writes prelude.cl, the sizes and the hooks in front of this file. */
#define ELEMENT(b, i) b[i]
#include "gemm_defaults.inc"
#ifndef ENTRY
#define ENTRY gemm_gpu
#define BINDINGS __global const float *b0, __global const float *b1, __global float *b2
#endif
#define A_PITCH (TM + 4)
#define B_PITCH (TN + 4)

__kernel __attribute__((reqd_work_group_size(THREADS, 1, 1))) void ENTRY(BINDINGS) {
  __local float a_tile[TK * A_PITCH], b_tile[TK * B_PITCH];
#include "gemm.inc"
}
