#version 450
/* local.comp -- kernels/dlbench/local.cl in GLSL. */
#ifndef LOCAL
#define LOCAL 64
#define SIZE 256
#define OUT_MASK 255
#endif

layout(local_size_x = LOCAL) in;
layout(set = 0, binding = 0) readonly buffer Params { int params[]; };
layout(set = 0, binding = 1) writeonly buffer Out { uvec4 o[]; };
shared uvec4 tile[SIZE];

void main() {
  const uint item = gl_LocalInvocationID.x;
  for (uint i = item; i < SIZE; i += LOCAL) tile[i] = uvec4(i, i + 1u, i + 2u, uint(params[1]));
  memoryBarrierShared();
  barrier();
  const int visits = params[0];
  uvec4 sum0 = uvec4(0u), sum1 = uvec4(0u), sum2 = uvec4(0u), sum3 = uvec4(0u);
  uint i = item;
  for (int v = 0; v < visits; v += 4) {
    sum0 += tile[i & (SIZE - 1u)];
    sum1 += tile[(i + LOCAL) & (SIZE - 1u)];
    sum2 += tile[(i + 2u * LOCAL) & (SIZE - 1u)];
    sum3 += tile[(i + 3u * LOCAL) & (SIZE - 1u)];
    i += 4u * LOCAL;
  }
  o[gl_GlobalInvocationID.x & OUT_MASK] = sum0 + sum1 + sum2 + sum3;
}
