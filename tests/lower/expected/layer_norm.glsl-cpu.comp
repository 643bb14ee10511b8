// layer_norm: reduce_sum+div+sub+square+reduce_sum+div+add+rsqrt+.., work-groups 4 1 1 of 8

layout(local_size_x = 8, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) uniform usamplerBuffer b1;
layout(set = 0, binding = 2) uniform usamplerBuffer b2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
layout(set = 0, binding = 4) buffer B4 { float d[]; } b4;
layout(set = 0, binding = 4) buffer V4 { vec4 d[]; } v4;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 8 + i1;
  vec4 f0 = vec4(0.0f);
  vec4 f1 = f0;
  vec4 f2 = f0;
  vec4 f3 = f0;
  vec4 f4 = f0;
  float f5 = 0.0f;
  for (int i3 = 0; i3 < 256; i3 += 16) {
    vec4 f6 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i3));
    vec4 f7 = f1 + f6;
    vec4 f8 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i3 + 4));
    vec4 f9 = f2 + f8;
    vec4 f10 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i3 + 8));
    vec4 f11 = f3 + f10;
    vec4 f12 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i3 + 12));
    vec4 f13 = f4 + f12;
    f1 = f7;
    f2 = f9;
    f3 = f11;
    f4 = f13;
  }
  vec4 f14 = f1 + f2;
  vec4 f15 = f14 + f3;
  vec4 f16 = f15 + f4;
  vec2 f17 = vec2(f16[0], f16[1]);
  vec2 f18 = vec2(f16[2], f16[3]);
  vec2 f19 = f17 + f18;
  float f20 = f19[0];
  float f21 = f19[1];
  float f22 = f20 + f21;
  float f23 = w_div(f22, 256.0f);
  vec4 f24 = f0;
  vec4 f25 = f0;
  vec4 f26 = f0;
  vec4 f27 = f0;
  float f28 = 0.0f;
  for (int i4 = 0; i4 < 256; i4 += 16) {
    vec4 f29 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i4));
    vec4 f30 = f29 - vec4(f23);
    vec4 f31 = f30 * f30;
    vec4 f32 = f24 + f31;
    vec4 f33 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i4 + 4));
    vec4 f34 = f33 - vec4(f23);
    vec4 f35 = f34 * f34;
    vec4 f36 = f25 + f35;
    vec4 f37 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i4 + 8));
    vec4 f38 = f37 - vec4(f23);
    vec4 f39 = f38 * f38;
    vec4 f40 = f26 + f39;
    vec4 f41 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i4 + 12));
    vec4 f42 = f41 - vec4(f23);
    vec4 f43 = f42 * f42;
    vec4 f44 = f27 + f43;
    f24 = f32;
    f25 = f36;
    f26 = f40;
    f27 = f44;
  }
  vec4 f45 = f24 + f25;
  vec4 f46 = f45 + f26;
  vec4 f47 = f46 + f27;
  vec2 f48 = vec2(f47[0], f47[1]);
  vec2 f49 = vec2(f47[2], f47[3]);
  vec2 f50 = f48 + f49;
  float f51 = f50[0];
  float f52 = f50[1];
  float f53 = f51 + f52;
  float f54 = w_div(f53, 256.0f);
  float f55 = f54 + 1e-05f;
  float f56 = w_rsqrt(f55);
  for (int i5 = 0; i5 < 256; i5 += 4) {
    int i6 = i0 * 2048 + i1 * 256 + i5;
    vec4 f57 = w_load4_f32(b0, i6);
    vec4 f58 = f57 - vec4(f23);
    vec4 f59 = f58 * vec4(f56);
    vec4 f60 = w_load4_f32(b1, i5);
    vec4 f61 = f59 * f60;
    vec4 f62 = w_load4_f32(b2, i5);
    vec4 f63 = f61 + f62;
    v4.d[(i6) >> 2] = f63;
  }
  b3.d[i2] = f23;
}

