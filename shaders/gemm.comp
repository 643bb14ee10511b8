/* gemm.comp -- the contraction c = epilogue(a * b) for devices with coalesced work-items and shared memory; the body is
 * gemm.inc.
 *
 * Index layout: tile = (batch * M_TILES + m tile) * N_TILES + n tile; a work-group does the tiles g, g + GROUPS, ... The
 * lowering writes prelude.glsl, the sizes, the bindings and the hooks in front of this file. An operand that is read in
 * fours is bound a second time, as fours<binding>, an array of vectors. */
#include "gemm_defaults.inc"
#define ELEMENT(b, i) b.d[i]
#define ONE_OF_TILE(i) shared_tile[(i) >> 2][(i) & 3]
#define FOUR vec4
#define FOUR_OF(x, y, z, w) vec4(x, y, z, w)
#define FOUR_AT(b, i) b.d[(i) >> 2] /* i is a multiple of four */
#ifndef HAS_BINDINGS
layout(set = 0, binding = 0) readonly buffer Fours0 { vec4 d[]; } fours0;
layout(set = 0, binding = 1) readonly buffer Fours1 { vec4 d[]; } fours1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
#define LOAD_A(batch, m, k) FOUR_AT(fours0, (m) * 64 + (k))
#define LOAD_B(batch, k, n) FOUR_AT(fours1, (k) * 64 + (n))
#define STORE_C(batch, m, n, value) b2.d[(m) * 64 + (n)] = value
#endif

layout(local_size_x = THREADS, local_size_y = 1, local_size_z = 1) in;
shared vec4 shared_tile[SHARED / 4];

void main() {
#include "gemm.inc"
}
