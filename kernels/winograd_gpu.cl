/* winograd_gpu.cl -- a transform of Winograd's convolution for devices with coalesced work-items; the body is winograd_gpu.inc.
 *
 * Index layout: work-items along channels, then along tiles. The lowering writes prelude.cl, the sizes, the bindings and the
 * addresses in front of this file. */
#include "winograd_gpu_defaults.inc"
#define ELEMENT(b, i) (b)[i]
#ifndef ENTRY
#define ENTRY winograd_gpu
#define BINDINGS __global const float *b0, __global float *b1
#define STORE_C(batch, m, n, value) b1[((batch) * 4 + (m)) * 64 + (n)] = value
#endif

__kernel __attribute__((reqd_work_group_size(THREADS, 1, 1))) void ENTRY(BINDINGS) {
#if STAGED
  __local float shared_weights[SHARED_WEIGHTS];
#endif
#include "winograd_gpu.inc"
}
