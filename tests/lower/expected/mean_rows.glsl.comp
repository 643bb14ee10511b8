// mean_rows: reduce_sum+div, work-groups 37 1 1 of 256

shared float a0[256];
layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
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
  for (int i10 = i1; i10 < 1000; i10 += 256) {
    float f1 = b0.d[(i0 * 1000 + i10)];
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
  float f28 = w_div(f27, 1e+03f);
  if (c7) {
    b1.d[i0] = f28;
  }
}

