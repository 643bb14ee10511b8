// mean_rows: reduce_sum+div, work-groups 37 1 1 of 256

shared float a0[256];
shared float a1[16];
layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 0) readonly buffer V0 { vec4 d[]; } v0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i1 * 4;
  vec4 f0 = vec4(0.0f);
  bool c0 = i1 < 16;
  int i3 = i1 + 16;
  int i4 = i1 + 32;
  int i5 = i1 + 48;
  int i6 = i1 + 64;
  int i7 = i1 + 80;
  int i8 = i1 + 96;
  int i9 = i1 + 112;
  int i10 = i1 + 128;
  int i11 = i1 + 144;
  int i12 = i1 + 160;
  int i13 = i1 + 176;
  int i14 = i1 + 192;
  int i15 = i1 + 208;
  int i16 = i1 + 224;
  int i17 = i1 + 240;
  bool c1 = i1 < 1;
  int i18 = i0 + i1;
  int i19 = i1 * 16;
  int i20 = i1 * 16 + 4;
  int i21 = i1 * 16 + 8;
  int i22 = i1 * 16 + 12;
  vec4 f1 = f0;
  for (int i23 = i2; i23 < 1000; i23 += 1024) {
    vec4 f2 = v0.d[((i0 * 1000 + i23)) >> 2];
    vec4 f3 = f1 + f2;
    f1 = f3;
  }
  vec2 f4 = vec2(f1[0], f1[1]);
  vec2 f5 = vec2(f1[2], f1[3]);
  vec2 f6 = f4 + f5;
  float f7 = f6[0];
  float f8 = f6[1];
  float f9 = f7 + f8;
  a0[i1] = f9;
  w_barrier();
  if (c0) {
    float f10 = a0[i1];
    float f11 = a0[i3];
    float f12 = f10 + f11;
    float f13 = a0[i4];
    float f14 = a0[i5];
    float f15 = f13 + f14;
    float f16 = f12 + f15;
    float f17 = a0[i6];
    float f18 = a0[i7];
    float f19 = f17 + f18;
    float f20 = a0[i8];
    float f21 = a0[i9];
    float f22 = f20 + f21;
    float f23 = f19 + f22;
    float f24 = f16 + f23;
    float f25 = a0[i10];
    float f26 = a0[i11];
    float f27 = f25 + f26;
    float f28 = a0[i12];
    float f29 = a0[i13];
    float f30 = f28 + f29;
    float f31 = f27 + f30;
    float f32 = a0[i14];
    float f33 = a0[i15];
    float f34 = f32 + f33;
    float f35 = a0[i16];
    float f36 = a0[i17];
    float f37 = f35 + f36;
    float f38 = f34 + f37;
    float f39 = f31 + f38;
    float f40 = f24 + f39;
    a1[i1] = f40;
  }
  w_barrier();
  if (c1) {
    vec4 f41 = vec4(a1[i19], a1[i19 + 1], a1[i19 + 2], a1[i19 + 3]);
    vec4 f42 = vec4(a1[i20], a1[i20 + 1], a1[i20 + 2], a1[i20 + 3]);
    vec4 f43 = f41 + f42;
    vec4 f44 = vec4(a1[i21], a1[i21 + 1], a1[i21 + 2], a1[i21 + 3]);
    vec4 f45 = vec4(a1[i22], a1[i22 + 1], a1[i22 + 2], a1[i22 + 3]);
    vec4 f46 = f44 + f45;
    vec4 f47 = f43 + f46;
    vec2 f48 = vec2(f47[0], f47[1]);
    vec2 f49 = vec2(f47[2], f47[3]);
    vec2 f50 = f48 + f49;
    float f51 = f50[0];
    float f52 = f50[1];
    float f53 = f51 + f52;
    float f54 = w_div(f53, 1e+03f);
    b1.d[i18] = f54;
  }
}

