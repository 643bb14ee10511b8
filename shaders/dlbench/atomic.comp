#version 450
/* atomic.comp -- kernels/dlbench/atomic.cl in GLSL. */
#ifndef KIND
#define KIND 0
#define LOCAL 64
#define MASK 0
#endif

layout(local_size_x = LOCAL) in;
layout(set = 0, binding = 0) readonly buffer Params { int params[]; };
layout(set = 0, binding = 1) buffer Counters { int counters[]; };
#if KIND == 2
shared int counter;
#endif

void main() {
  const int count = params[0];
#if KIND == 2
  if (gl_LocalInvocationID.x == 0) counter = 0;
  memoryBarrierShared();
  barrier();
  for (int i = 0; i < count; i++) atomicAdd(counter, 1);
  memoryBarrierShared();
  barrier();
  if (gl_LocalInvocationID.x == 0) atomicAdd(counters[0], counter);
#else
  const uint at = gl_GlobalInvocationID.x & MASK;
  for (int i = 0; i < count; i++) atomicAdd(counters[at], 1);
#endif
}
