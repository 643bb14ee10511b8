/* gemm.comp -- the contraction c = epilogue(a * b) for devices with coalesced work-items and shared memory; the body is
 * gemm.inc.
 *
 * Index layout: tile = (batch * M_TILES + m tile) * N_TILES + n tile; a work-group does the tiles g, g + GROUPS, ... The
 * lowering writes prelude.glsl, the sizes, the bindings and the hooks in front of this file. */
#define ELEMENT(b, i) b.d[i]
#include "gemm_defaults.inc"
#ifndef HAS_BINDINGS
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
#endif
#define A_PITCH (TM + 4)
#define B_PITCH (TN + 4)

layout(local_size_x = THREADS, local_size_y = 1, local_size_z = 1) in;
shared float a_tile[TK * A_PITCH];
shared float b_tile[TK * B_PITCH];

void main() {
#include "gemm.inc"
}
