/* attention.comp -- attention for devices with coalesced work-items and shared memory; the body is attention_gpu.inc.
 * The lowering writes prelude.glsl, the sizes, bindings and addresses in front of this file. A matrix that is read in fours is
 * bound a second time, as fours<binding>, an array of vectors. */
#define ELEMENT(b, i) b.d[i]
#define FOUR vec4
#define FOUR_OF(x, y, z, w) vec4(x, y, z, w)
#define FOUR_ALL(x) vec4(x)
/* Numbers i, i + 1, .. of a buffer, i being a multiple of four, and so many further on, a constant; component c of four i in shared memory. */
#define FOUR_AT(b, i, further) b.d[((i) >> 2) + (further) / 4]
#define GIVE_FOUR(b, i, value) b.d[(i) >> 2] = value;
#define SHARED_ONE(i, c) shared_tile[i][c]
#ifndef HAS_BINDINGS
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) readonly buffer B2 { float d[]; } b2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
layout(set = 0, binding = 4) buffer B4 { float d[]; } b4;
#endif
#include "attention_gpu_defaults.inc"
#include "attention_gpu_tiles.inc"

layout(local_size_x = THREADS, local_size_y = 1, local_size_z = 1) in;
shared vec4 shared_tile[SHARED];

void main() {
#include "attention_gpu.inc"
}
