// softmax_rows: reduce_max+sub+exp+reduce_sum+div, work-groups 40 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void row(__global const float *b0, __global float *b1) {
  __local float a0[256];
  __local float a1[256];
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int c0 = i1 < 128;
  int i2 = i1 + 128;
  int c1 = i1 < 64;
  int i3 = i1 + 64;
  int c2 = i1 < 32;
  int i4 = i1 + 32;
  int c3 = i1 < 16;
  int i5 = i1 + 16;
  int c4 = i1 < 8;
  int i6 = i1 + 8;
  int c5 = i1 < 4;
  int i7 = i1 + 4;
  int c6 = i1 < 2;
  int i8 = i1 + 2;
  int c7 = i1 < 1;
  int i9 = i1 + 1;
  float f0 = (-w_inf);
  for (int i10 = i1; i10 < 1000; i10 += 256) {
    float f1 = b0[(i0 * 1000 + i10)];
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
  if (c6) {
    float f21 = a0[i1];
    float f22 = a0[i8];
    float f23 = w_max(f21, f22);
    a0[i1] = f23;
  }
  w_barrier();
  if (c7) {
    float f24 = a0[i1];
    float f25 = a0[i9];
    float f26 = w_max(f24, f25);
    a0[i1] = f26;
  }
  w_barrier();
  float f27 = a0[0];
  float f28 = 0.0f;
  for (int i11 = i1; i11 < 1000; i11 += 256) {
    float f29 = b0[(i0 * 1000 + i11)];
    float f30 = f29 - f27;
    float f31 = w_exp(f30);
    float f32 = f28 + f31;
    f28 = f32;
  }
  a1[i1] = f28;
  w_barrier();
  if (c0) {
    float f33 = a1[i1];
    float f34 = a1[i2];
    float f35 = f33 + f34;
    a1[i1] = f35;
  }
  w_barrier();
  if (c1) {
    float f36 = a1[i1];
    float f37 = a1[i3];
    float f38 = f36 + f37;
    a1[i1] = f38;
  }
  w_barrier();
  if (c2) {
    float f39 = a1[i1];
    float f40 = a1[i4];
    float f41 = f39 + f40;
    a1[i1] = f41;
  }
  w_barrier();
  if (c3) {
    float f42 = a1[i1];
    float f43 = a1[i5];
    float f44 = f42 + f43;
    a1[i1] = f44;
  }
  w_barrier();
  if (c4) {
    float f45 = a1[i1];
    float f46 = a1[i6];
    float f47 = f45 + f46;
    a1[i1] = f47;
  }
  w_barrier();
  if (c5) {
    float f48 = a1[i1];
    float f49 = a1[i7];
    float f50 = f48 + f49;
    a1[i1] = f50;
  }
  w_barrier();
  if (c6) {
    float f51 = a1[i1];
    float f52 = a1[i8];
    float f53 = f51 + f52;
    a1[i1] = f53;
  }
  w_barrier();
  if (c7) {
    float f54 = a1[i1];
    float f55 = a1[i9];
    float f56 = f54 + f55;
    a1[i1] = f56;
  }
  w_barrier();
  float f57 = a1[0];
  for (int i12 = i1; i12 < 1000; i12 += 256) {
    int i13 = i0 * 1000 + i12;
    float f58 = b0[i13];
    float f59 = f58 - f27;
    float f60 = w_exp(f59);
    float f61 = w_div(f60, f57);
    b1[i13] = f61;
  }
}

