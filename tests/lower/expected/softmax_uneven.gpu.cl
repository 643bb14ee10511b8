// softmax_uneven: reduce_max+sub+exp+reduce_sum+div, work-groups 43 1 1 of 64

__attribute__((reqd_work_group_size(64, 1, 1)))
__kernel void row(__global const float *b0, __global float *b1) {
  __local float a0[64];
  __local float a1[64];
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int c0 = i1 < 32;
  int i2 = i1 + 32;
  int c1 = i1 < 16;
  int i3 = i1 + 16;
  int c2 = i1 < 8;
  int i4 = i1 + 8;
  int c3 = i1 < 4;
  int i5 = i1 + 4;
  int c4 = i1 < 2;
  int i6 = i1 + 2;
  int c5 = i1 < 1;
  int i7 = i1 + 1;
  float f0 = (-w_inf);
  for (int i8 = i1; i8 < 45; i8 += 64) {
    float f1 = b0[(i0 * 45 + i8)];
    float f2 = w_max(f0, f1);
    f0 = f2;
  }
  a0[i1] = f0;
  w_barrier();
  if (c0) {
    float f3 = a0[i1];
    float f4 = a0[i2];
    float f5 = w_max(f3, f4);
    a0[i1] = f5;
  }
  w_barrier();
  if (c1) {
    float f6 = a0[i1];
    float f7 = a0[i3];
    float f8 = w_max(f6, f7);
    a0[i1] = f8;
  }
  w_barrier();
  if (c2) {
    float f9 = a0[i1];
    float f10 = a0[i4];
    float f11 = w_max(f9, f10);
    a0[i1] = f11;
  }
  w_barrier();
  if (c3) {
    float f12 = a0[i1];
    float f13 = a0[i5];
    float f14 = w_max(f12, f13);
    a0[i1] = f14;
  }
  w_barrier();
  if (c4) {
    float f15 = a0[i1];
    float f16 = a0[i6];
    float f17 = w_max(f15, f16);
    a0[i1] = f17;
  }
  w_barrier();
  if (c5) {
    float f18 = a0[i1];
    float f19 = a0[i7];
    float f20 = w_max(f18, f19);
    a0[i1] = f20;
  }
  w_barrier();
  float f21 = a0[0];
  float f22 = 0.0f;
  for (int i9 = i1; i9 < 45; i9 += 64) {
    float f23 = b0[(i0 * 45 + i9)];
    float f24 = f23 - f21;
    float f25 = w_exp(f24);
    float f26 = f22 + f25;
    f22 = f26;
  }
  a1[i1] = f22;
  w_barrier();
  if (c0) {
    float f27 = a1[i1];
    float f28 = a1[i2];
    float f29 = f27 + f28;
    a1[i1] = f29;
  }
  w_barrier();
  if (c1) {
    float f30 = a1[i1];
    float f31 = a1[i3];
    float f32 = f30 + f31;
    a1[i1] = f32;
  }
  w_barrier();
  if (c2) {
    float f33 = a1[i1];
    float f34 = a1[i4];
    float f35 = f33 + f34;
    a1[i1] = f35;
  }
  w_barrier();
  if (c3) {
    float f36 = a1[i1];
    float f37 = a1[i5];
    float f38 = f36 + f37;
    a1[i1] = f38;
  }
  w_barrier();
  if (c4) {
    float f39 = a1[i1];
    float f40 = a1[i6];
    float f41 = f39 + f40;
    a1[i1] = f41;
  }
  w_barrier();
  if (c5) {
    float f42 = a1[i1];
    float f43 = a1[i7];
    float f44 = f42 + f43;
    a1[i1] = f44;
  }
  w_barrier();
  float f45 = a1[0];
  for (int i10 = i1; i10 < 45; i10 += 64) {
    int i11 = i0 * 45 + i10;
    float f46 = b0[i11];
    float f47 = f46 - f21;
    float f48 = w_exp(f47);
    float f49 = w_div(f48, f45);
    b1[i11] = f49;
  }
}

