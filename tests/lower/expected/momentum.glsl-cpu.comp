// momentum: mul+add+mul+sub, work-groups 16 1 1 of 128

layout(local_size_x = 128, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) uniform usamplerBuffer b1;
layout(set = 0, binding = 2) uniform usamplerBuffer b2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
layout(set = 0, binding = 3) buffer V3 { vec4 d[]; } v3;
layout(set = 0, binding = 4) buffer B4 { float d[]; } b4;
layout(set = 0, binding = 4) buffer V4 { vec4 d[]; } v4;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  bool c0 = (i0 * 128 + i1) < 1960;
  int i2 = i0 * 512 + i1 * 4;
  if (c0) {
    vec4 f0 = w_load4_f32(b0, i2);
    vec4 f1 = f0 * vec4(0.9f);
    vec4 f2 = w_load4_f32(b1, i2);
    vec4 f3 = f1 + f2;
    vec4 f4 = w_load4_f32(b2, i2);
    vec4 f5 = f3 * vec4(0.01f);
    vec4 f6 = f4 - f5;
    v3.d[(i2) >> 2] = f3;
    v4.d[(i2) >> 2] = f6;
  }
}

