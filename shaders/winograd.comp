/* winograd.comp -- a transform of Winograd's convolution for devices with coalesced work-items; the body is winograd_gpu.inc.
 *
 * Index layout: work-items along channels, then along tiles. The lowering writes prelude.glsl, the sizes, the bindings and the
 * addresses in front of this file. */
#include "winograd_gpu_defaults.inc"
#define ELEMENT(b, i) b.d[i]
#ifndef HAS_BINDINGS
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
#define STORE_C(batch, m, n, value) b1.d[((batch) * 4 + (m)) * 64 + (n)] = value
#endif

layout(local_size_x = THREADS, local_size_y = 1, local_size_z = 1) in;
#if STAGED
shared float shared_weights[SHARED_WEIGHTS];
#endif

void main() {
#include "winograd_gpu.inc"
}
