// layer_norm: reduce_sum+div+sub+square+reduce_sum+div+add+rsqrt+.., work-groups 32 1 1 of 256

shared float a0[256];
shared float a1[256];
layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) readonly buffer B2 { float d[]; } b2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
layout(set = 0, binding = 4) buffer B4 { float d[]; } b4;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  bool c0 = i1 < 128;
  int i2 = i1 + 128;
  bool c1 = i1 < 64;
  int i3 = i1 + 64;
  bool c2 = i1 < 32;
  int i4 = i1 + 32;
  bool c3 = i1 < 16;
  int i5 = i1 + 16;
  bool c4 = i1 < 8;
  int i6 = i1 + 8;
  bool c5 = i1 < 4;
  int i7 = i1 + 4;
  bool c6 = i1 < 2;
  int i8 = i1 + 2;
  bool c7 = i1 < 1;
  int i9 = i1 + 1;
  float f0 = 0.0f;
  for (int i10 = i1; i10 < 256; i10 += 256) {
    float f1 = b0.d[(i0 * 256 + i10)];
    float f2 = f0 + f1;
    f0 = f2;
  }
  a0[i1] = f0;
  w_barrier();
  if (c0) {
    float f3 = a0[i1];
    float f4 = a0[i2];
    float f5 = f3 + f4;
    a0[i1] = f5;
  }
  w_barrier();
  if (c1) {
    float f6 = a0[i1];
    float f7 = a0[i3];
    float f8 = f6 + f7;
    a0[i1] = f8;
  }
  w_barrier();
  if (c2) {
    float f9 = a0[i1];
    float f10 = a0[i4];
    float f11 = f9 + f10;
    a0[i1] = f11;
  }
  w_barrier();
  if (c3) {
    float f12 = a0[i1];
    float f13 = a0[i5];
    float f14 = f12 + f13;
    a0[i1] = f14;
  }
  w_barrier();
  if (c4) {
    float f15 = a0[i1];
    float f16 = a0[i6];
    float f17 = f15 + f16;
    a0[i1] = f17;
  }
  w_barrier();
  if (c5) {
    float f18 = a0[i1];
    float f19 = a0[i7];
    float f20 = f18 + f19;
    a0[i1] = f20;
  }
  w_barrier();
  if (c6) {
    float f21 = a0[i1];
    float f22 = a0[i8];
    float f23 = f21 + f22;
    a0[i1] = f23;
  }
  w_barrier();
  if (c7) {
    float f24 = a0[i1];
    float f25 = a0[i9];
    float f26 = f24 + f25;
    a0[i1] = f26;
  }
  w_barrier();
  float f27 = a0[0];
  float f28 = w_div(f27, 256.0f);
  float f29 = 0.0f;
  for (int i11 = i1; i11 < 256; i11 += 256) {
    float f30 = b0.d[(i0 * 256 + i11)];
    float f31 = f30 - f28;
    float f32 = f31 * f31;
    float f33 = f29 + f32;
    f29 = f33;
  }
  a1[i1] = f29;
  w_barrier();
  if (c0) {
    float f34 = a1[i1];
    float f35 = a1[i2];
    float f36 = f34 + f35;
    a1[i1] = f36;
  }
  w_barrier();
  if (c1) {
    float f37 = a1[i1];
    float f38 = a1[i3];
    float f39 = f37 + f38;
    a1[i1] = f39;
  }
  w_barrier();
  if (c2) {
    float f40 = a1[i1];
    float f41 = a1[i4];
    float f42 = f40 + f41;
    a1[i1] = f42;
  }
  w_barrier();
  if (c3) {
    float f43 = a1[i1];
    float f44 = a1[i5];
    float f45 = f43 + f44;
    a1[i1] = f45;
  }
  w_barrier();
  if (c4) {
    float f46 = a1[i1];
    float f47 = a1[i6];
    float f48 = f46 + f47;
    a1[i1] = f48;
  }
  w_barrier();
  if (c5) {
    float f49 = a1[i1];
    float f50 = a1[i7];
    float f51 = f49 + f50;
    a1[i1] = f51;
  }
  w_barrier();
  if (c6) {
    float f52 = a1[i1];
    float f53 = a1[i8];
    float f54 = f52 + f53;
    a1[i1] = f54;
  }
  w_barrier();
  if (c7) {
    float f55 = a1[i1];
    float f56 = a1[i9];
    float f57 = f55 + f56;
    a1[i1] = f57;
  }
  w_barrier();
  float f58 = a1[0];
  float f59 = w_div(f58, 256.0f);
  float f60 = f59 + 1e-05f;
  float f61 = w_rsqrt(f60);
  for (int i12 = i1; i12 < 256; i12 += 256) {
    int i13 = i0 * 256 + i12;
    float f62 = b0.d[i13];
    float f63 = f62 - f28;
    float f64 = f63 * f61;
    float f65 = b1.d[i12];
    float f66 = f64 * f65;
    float f67 = b2.d[i12];
    float f68 = f66 + f67;
    b4.d[i13] = f68;
  }
  if (c7) {
    b3.d[i0] = f28;
  }
}

