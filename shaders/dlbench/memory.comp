#version 450
/* memory.comp -- kernels/dlbench/memory.cl in GLSL, both forms. BLOCKS 1 reads only, and a work-item has a block of its own:
 * params: 0 its float4s, a multiple of 4, 1 passes.
 *
 * LOOP 0 has no loop: every work-item makes four visits, and there are as many work-items as the passes need, so that the
 * work-item's number wraps around the working set. lavapipe wants it, for which a loop is many times slower. */
#ifndef KIND
#define KIND 0
#define BLOCKS 0
#define LOCAL 256
#define LOOP 1
#define TEXELS 0 /* 1: b and c are read as texels */
#define KEPT_SUMS 0xffffffffu /* LOOP 0 keeps those of a few work-items, so that writing them counts for nothing */
#define OUT_MASK 0xffffffffu
#endif

layout(local_size_x = LOCAL) in;
layout(set = 0, binding = 0) readonly buffer Params { int params[]; };
layout(set = 0, binding = 1) buffer A { uvec4 a[]; };
#if TEXELS
layout(set = 0, binding = 2) uniform usamplerBuffer b;
layout(set = 0, binding = 3) uniform usamplerBuffer c;
#define AT(buffer, i) texelFetch(buffer, int(i))
#else
layout(set = 0, binding = 2) readonly buffer B { uvec4 b[]; };
layout(set = 0, binding = 3) readonly buffer C { uvec4 c[]; };
#define AT(buffer, i) buffer[i]
#endif

#if KIND == 0
#define VISIT(k, i) sum##k += AT(b, i);
#elif KIND == 1
#define VISIT(k, i) a[i] = value;
#elif KIND == 2
#define VISIT(k, i) a[i] = AT(b, i);
#elif KIND == 4
#define VISIT(k, i) a[i] = floatBitsToUint(max(uintBitsToFloat(a[i]), uintBitsToFloat(AT(b, i))));
#else
#define VISIT(k, i) a[i] = floatBitsToUint(uintBitsToFloat(AT(b, i)) + 3.0 * uintBitsToFloat(AT(c, i)));
#endif

void main() {
  const uvec4 value = floatBitsToUint(vec4(0.0, 1.0, 2.0, 3.0) + vec4(float(params[3])));
  const uint mask = uint(params[0]) - 1u, step = uint(params[2]);
  const int visits = params[1];
  uvec4 sum0 = uvec4(0u), sum1 = uvec4(0u), sum2 = uvec4(0u), sum3 = uvec4(0u);
#if BLOCKS
  const uint first = gl_GlobalInvocationID.x * uint(params[0]), end = first + uint(params[0]);
  for (int pass = 0; pass < visits; pass++)
    for (uint i = first; i < end; i += 4u) {
      VISIT(0, i) VISIT(1, i + 1u) VISIT(2, i + 2u) VISIT(3, i + 3u)
    }
#else
#if LOOP
  uint i = ((gl_WorkGroupID.x * 0x9e3779b1u) & (gl_NumWorkGroups.x - 1u)) * LOCAL + gl_LocalInvocationID.x;
  for (int v = 0; v < visits; v += 4)
#else
  uint i = gl_GlobalInvocationID.x;
#endif
  {
    VISIT(0, i & mask) VISIT(1, (i + step) & mask) VISIT(2, (i + 2u * step) & mask) VISIT(3, (i + 3u * step) & mask)
    i += 4u * step;
  }
#endif
#if KIND == 0
  const uvec4 sum = sum0 + sum1 + sum2 + sum3;
  /* The second condition never holds, but has every work-item need its sum. */
  if (gl_GlobalInvocationID.x < KEPT_SUMS || sum.x == 0xdeadbeefu) a[gl_GlobalInvocationID.x & OUT_MASK] = sum;
#endif
}
