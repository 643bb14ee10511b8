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
  for (int i3 = 0; i3 < 256; i3 += 16) {
    vec4 f5 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i3));
    vec4 f6 = f1 + f5;
    vec4 f7 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i3 + 4));
    vec4 f8 = f2 + f7;
    vec4 f9 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i3 + 8));
    vec4 f10 = f3 + f9;
    vec4 f11 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i3 + 12));
    vec4 f12 = f4 + f11;
    f1 = f6;
    f2 = f8;
    f3 = f10;
    f4 = f12;
  }
  vec4 f13 = f1 + f2;
  vec4 f14 = f13 + f3;
  vec4 f15 = f14 + f4;
  vec2 f16 = vec2(f15[0], f15[1]);
  vec2 f17 = vec2(f15[2], f15[3]);
  vec2 f18 = f16 + f17;
  float f19 = f18[0];
  float f20 = f18[1];
  float f21 = f19 + f20;
  float f22 = w_div(f21, 256.0f);
  vec4 f23 = f0;
  vec4 f24 = f0;
  vec4 f25 = f0;
  vec4 f26 = f0;
  for (int i4 = 0; i4 < 256; i4 += 16) {
    vec4 f27 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i4));
    vec4 f28 = f27 - vec4(f22);
    vec4 f29 = f28 * f28;
    vec4 f30 = f23 + f29;
    vec4 f31 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i4 + 4));
    vec4 f32 = f31 - vec4(f22);
    vec4 f33 = f32 * f32;
    vec4 f34 = f24 + f33;
    vec4 f35 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i4 + 8));
    vec4 f36 = f35 - vec4(f22);
    vec4 f37 = f36 * f36;
    vec4 f38 = f25 + f37;
    vec4 f39 = w_load4_f32(b0, (i0 * 2048 + i1 * 256 + i4 + 12));
    vec4 f40 = f39 - vec4(f22);
    vec4 f41 = f40 * f40;
    vec4 f42 = f26 + f41;
    f23 = f30;
    f24 = f34;
    f25 = f38;
    f26 = f42;
  }
  vec4 f43 = f23 + f24;
  vec4 f44 = f43 + f25;
  vec4 f45 = f44 + f26;
  vec2 f46 = vec2(f45[0], f45[1]);
  vec2 f47 = vec2(f45[2], f45[3]);
  vec2 f48 = f46 + f47;
  float f49 = f48[0];
  float f50 = f48[1];
  float f51 = f49 + f50;
  float f52 = w_div(f51, 256.0f);
  float f53 = f52 + 1e-05f;
  float f54 = w_rsqrt(f53);
  for (int i5 = 0; i5 < 256; i5 += 4) {
    int i6 = i0 * 2048 + i1 * 256 + i5;
    vec4 f55 = w_load4_f32(b0, i6);
    vec4 f56 = f55 - vec4(f22);
    vec4 f57 = f56 * vec4(f54);
    vec4 f58 = w_load4_f32(b1, i5);
    vec4 f59 = f57 * f58;
    vec4 f60 = w_load4_f32(b2, i5);
    vec4 f61 = f59 + f60;
    v4.d[(i6) >> 2] = f61;
  }
  b3.d[i2] = f22;
}

