#version 450
#extension GL_EXT_control_flow_attributes : enable
/* compute.comp -- kernels/dlbench/compute.cl in GLSL, whose vectors end at four numbers. */
#ifndef SCALAR
#define SCALAR float
#define STORED float
#define WIDTH 4
#define SUMS 8
#define LOCAL 64
#define OUT_MASK 255
#define KIND 0
#define VECTOR vec4
#endif
#ifdef NEEDS_F16
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#endif
#if KIND == 2
#extension GL_EXT_spirv_intrinsics : require
/* OpSDot of SPV_KHR_integer_dot_product, which glslang has no function for; format 0 is four packed numbers. */
spirv_instruction(extensions = ["SPV_KHR_integer_dot_product"], capabilities = [6018, 6019], id = 4450)
int dot_4x8(int a, int b, spirv_literal int format);
#if WIDTH == 1
#define DOT(v) dot_4x8(v, factor, 0)
#elif WIDTH == 2
#define DOT(v) VECTOR(dot_4x8(v.x, factor.x, 0), dot_4x8(v.y, factor.y, 0))
#else
#define DOT(v) \
  VECTOR(dot_4x8(v.x, factor.x, 0), dot_4x8(v.y, factor.y, 0), dot_4x8(v.z, factor.z, 0), dot_4x8(v.w, factor.w, 0))
#endif
#endif

layout(local_size_x = LOCAL) in;
layout(set = 0, binding = 0) readonly buffer Params { STORED params[]; };
layout(set = 0, binding = 1) writeonly buffer Out { STORED o[]; };

#if WIDTH == 1
#define LOAD(at) SCALAR(params[at])
#elif WIDTH == 2
#define LOAD(at) VECTOR(params[at], params[at + 1])
#else
#define LOAD(at) VECTOR(params[at], params[at + 1], params[at + 2], params[at + 3])
#endif
#if KIND == 0
#define STEP(x, add) x = fma(x, factor, add);
#elif KIND == 1
#define STEP(x, add) x = x * factor + add;
#else
#define STEP(x, add) x = DOT(x) + add;
#endif
#define ALL(add) [[unroll]] for (int j = 0; j < SUMS; j++) { STEP(x[j], add) }

void main() {
  const int loops = int(params[0]);
  const VECTOR factor = VECTOR(params[1]), p = VECTOR(params[2]), q = VECTOR(params[3]), r = VECTOR(params[4]);
  const VECTOR start = LOAD(16);
  VECTOR x[SUMS];
  [[unroll]] for (int j = 0; j < SUMS; j++) x[j] = start + VECTOR(j);
  for (int i = 0; i < loops; i++) {
    ALL(p) ALL(q) ALL(p) ALL(q) ALL(p) ALL(q) ALL(p) ALL(q)
    ALL(p) ALL(q) ALL(p) ALL(q) ALL(p) ALL(q) ALL(p) ALL(r)
  }
  VECTOR gain = VECTOR(0);
  [[unroll]] for (int j = 0; j < SUMS; j++) gain += x[j] - (start + VECTOR(j));
  const uint at = (gl_GlobalInvocationID.x & OUT_MASK) * WIDTH;
#if WIDTH == 1
  o[at] = STORED(gain);
#else
  [[unroll]] for (int k = 0; k < WIDTH; k++) o[at + k] = STORED(gain[k]);
#endif
}
