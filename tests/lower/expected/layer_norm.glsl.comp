// layer_norm: reduce_sum+div+sub+square+reduce_sum+div+add+rsqrt+.., work-groups 32 1 1 of 64

shared float a0[64];
shared float a1[16];
shared float a2[64];
shared float a3[16];
layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 0) readonly buffer V0 { vec4 d[]; } v0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 1) readonly buffer V1 { vec4 d[]; } v1;
layout(set = 0, binding = 2) readonly buffer B2 { float d[]; } b2;
layout(set = 0, binding = 2) readonly buffer V2 { vec4 d[]; } v2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
layout(set = 0, binding = 4) buffer B4 { float d[]; } b4;
layout(set = 0, binding = 4) buffer V4 { vec4 d[]; } v4;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  vec4 f0 = vec4(0.0f);
  int i2 = i1 * 4;
  int i3 = i0 * 256 + i1 * 4;
  vec4 f1 = v0.d[(i3) >> 2];
  vec4 f2 = f0 + f1;
  vec2 f3 = vec2(f2[0], f2[1]);
  vec2 f4 = vec2(f2[2], f2[3]);
  vec2 f5 = f3 + f4;
  float f6 = f5[0];
  float f7 = f5[1];
  float f8 = f6 + f7;
  bool c0 = i1 < 16;
  int i4 = i1 + 16;
  int i5 = i1 + 32;
  int i6 = i1 + 48;
  vec4 f9 = v1.d[(i2) >> 2];
  vec4 f10 = v2.d[(i2) >> 2];
  bool c1 = i1 < 1;
  a0[i1] = f8;
  w_barrier();
  if (c0) {
    float f11 = a0[i1];
    float f12 = a0[i4];
    float f13 = f11 + f12;
    float f14 = a0[i5];
    float f15 = a0[i6];
    float f16 = f14 + f15;
    float f17 = f13 + f16;
    a1[i1] = f17;
  }
  w_barrier();
  vec4 f18 = vec4(a1[0], a1[0 + 1], a1[0 + 2], a1[0 + 3]);
  vec4 f19 = vec4(a1[4], a1[4 + 1], a1[4 + 2], a1[4 + 3]);
  vec4 f20 = f18 + f19;
  vec4 f21 = vec4(a1[8], a1[8 + 1], a1[8 + 2], a1[8 + 3]);
  vec4 f22 = vec4(a1[12], a1[12 + 1], a1[12 + 2], a1[12 + 3]);
  vec4 f23 = f21 + f22;
  vec4 f24 = f20 + f23;
  vec2 f25 = vec2(f24[0], f24[1]);
  vec2 f26 = vec2(f24[2], f24[3]);
  vec2 f27 = f25 + f26;
  float f28 = f27[0];
  float f29 = f27[1];
  float f30 = f28 + f29;
  float f31 = w_div(f30, 256.0f);
  vec4 f32 = f1 - vec4(f31);
  vec4 f33 = f32 * f32;
  vec4 f34 = f0 + f33;
  vec2 f35 = vec2(f34[0], f34[1]);
  vec2 f36 = vec2(f34[2], f34[3]);
  vec2 f37 = f35 + f36;
  float f38 = f37[0];
  float f39 = f37[1];
  float f40 = f38 + f39;
  a2[i1] = f40;
  w_barrier();
  if (c0) {
    float f41 = a2[i1];
    float f42 = a2[i4];
    float f43 = f41 + f42;
    float f44 = a2[i5];
    float f45 = a2[i6];
    float f46 = f44 + f45;
    float f47 = f43 + f46;
    a3[i1] = f47;
  }
  w_barrier();
  vec4 f48 = vec4(a3[0], a3[0 + 1], a3[0 + 2], a3[0 + 3]);
  vec4 f49 = vec4(a3[4], a3[4 + 1], a3[4 + 2], a3[4 + 3]);
  vec4 f50 = f48 + f49;
  vec4 f51 = vec4(a3[8], a3[8 + 1], a3[8 + 2], a3[8 + 3]);
  vec4 f52 = vec4(a3[12], a3[12 + 1], a3[12 + 2], a3[12 + 3]);
  vec4 f53 = f51 + f52;
  vec4 f54 = f50 + f53;
  vec2 f55 = vec2(f54[0], f54[1]);
  vec2 f56 = vec2(f54[2], f54[3]);
  vec2 f57 = f55 + f56;
  float f58 = f57[0];
  float f59 = f57[1];
  float f60 = f58 + f59;
  float f61 = w_div(f60, 256.0f);
  float f62 = f61 + 1e-05f;
  float f63 = w_rsqrt(f62);
  vec4 f64 = f32 * vec4(f63);
  vec4 f65 = f64 * f9;
  vec4 f66 = f65 + f10;
  v4.d[(i3) >> 2] = f66;
  if (c1) {
    b3.d[i0] = f31;
  }
}

