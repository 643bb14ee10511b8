// scores_of_one_query: mul+reduce_sum+mul, work-groups 12 1 1 of 64

layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) uniform usamplerBuffer b1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 64 + i1;
  vec4 f0 = vec4(0.0f);
  int i3 = w_rem(i2, 96);
  int i4 = w_quot(i2, 96);
  vec4 f1 = f0;
  vec4 f2 = f0;
  vec4 f3 = f0;
  vec4 f4 = f0;
  float f5 = 0.0f;
  for (int i5 = 0; i5 < 64; i5 += 16) {
    vec4 f6 = w_load4_f32(b0, (i5 + i4 * 64));
    vec4 f7 = w_load4_f32(b1, (i5 + i3 * 512 + i4 * 64));
    vec4 f8 = f6 * f7;
    vec4 f9 = f1 + f8;
    vec4 f10 = w_load4_f32(b0, (i5 + i4 * 64 + 4));
    vec4 f11 = w_load4_f32(b1, (i5 + i3 * 512 + i4 * 64 + 4));
    vec4 f12 = f10 * f11;
    vec4 f13 = f2 + f12;
    vec4 f14 = w_load4_f32(b0, (i5 + i4 * 64 + 8));
    vec4 f15 = w_load4_f32(b1, (i5 + i3 * 512 + i4 * 64 + 8));
    vec4 f16 = f14 * f15;
    vec4 f17 = f3 + f16;
    vec4 f18 = w_load4_f32(b0, (i5 + i4 * 64 + 12));
    vec4 f19 = w_load4_f32(b1, (i5 + i3 * 512 + i4 * 64 + 12));
    vec4 f20 = f18 * f19;
    vec4 f21 = f4 + f20;
    f1 = f9;
    f2 = f13;
    f3 = f17;
    f4 = f21;
  }
  vec4 f22 = f1 + f2;
  vec4 f23 = f22 + f3;
  vec4 f24 = f23 + f4;
  vec2 f25 = vec2(f24[0], f24[1]);
  vec2 f26 = vec2(f24[2], f24[3]);
  vec2 f27 = f25 + f26;
  float f28 = f27[0];
  float f29 = f27[1];
  float f30 = f28 + f29;
  float f31 = f30 * 0.125f;
  b2.d[i2] = f31;
}

