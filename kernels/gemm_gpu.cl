/* gemm_gpu.cl -- the contraction c = epilogue(a * b) for devices with coalesced work-items and shared memory; the body is
 * gemm.inc.
 *
 * Index layout: tile = (batch * M_TILES + m tile) * N_TILES + n tile; a work-group does the tiles g, g + GROUPS, ... The
 * lowering writes prelude.cl, the sizes and the hooks in front of this file. */
#include "gemm_defaults.inc"
#define ELEMENT(b, i) (b)[i]
#define ONE_OF_TILE(i) ((__local float *)shared_tile)[i]
#define FOUR float4
#define FOUR_OF(x, y, z, w) (float4)(x, y, z, w)
#define FOUR_AT(b, i) (*(__global const float4 *)((b) + (i))) /* i is a multiple of four */
#ifndef ENTRY
#define ENTRY gemm_gpu
#define BINDINGS __global const float *b0, __global const float *b1, __global float *b2
#define LOAD_A(batch, m, k) FOUR_AT(b0, (m) * 64 + (k))
#define LOAD_B(batch, k, n) FOUR_AT(b1, (k) * 64 + (n))
#define STORE_C(batch, m, n, value) b2[(m) * 64 + (n)] = value
#endif

__kernel __attribute__((reqd_work_group_size(THREADS, 1, 1))) void ENTRY(BINDINGS) {
  __local float4 shared_tile[SHARED / 4];
#include "gemm.inc"
}
