// argmax_rows: argmax, work-groups 33 1 1 of 128

__attribute__((reqd_work_group_size(128, 1, 1)))
__kernel void reduce(__global const float *b0, __global int *b1) {
  __local float a0[128];
  __local int a1[128];
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int c0 = i1 < 64;
  int i2 = i1 + 64;
  int c1 = i1 < 32;
  int i3 = i1 + 32;
  int c2 = i1 < 16;
  int i4 = i1 + 16;
  int c3 = i1 < 8;
  int i5 = i1 + 8;
  int c4 = i1 < 4;
  int i6 = i1 + 4;
  int c5 = i1 < 2;
  int i7 = i1 + 2;
  int c6 = i1 < 1;
  int i8 = i1 + 1;
  float f0 = (-w_inf);
  int i9 = 0;
  for (int i10 = i1; i10 < 100; i10 += 128) {
    float f1 = b0[(i0 * 100 + i10)];
    int c7 = f0 < f1;
    float f2 = w_select(c7, f1, f0);
    int i11 = w_select(c7, i10, i9);
    f0 = f2;
    i9 = i11;
  }
  a0[i1] = f0;
  a1[i1] = i9;
  w_barrier();
  if (c0) {
    float f3 = a0[i1];
    float f4 = a0[i2];
    int i12 = a1[i1];
    int i13 = a1[i2];
    int c8 = (f3 < f4) || ((f3 == f4) && (i13 < i12));
    float f5 = w_select(c8, f4, f3);
    int i14 = w_select(c8, i13, i12);
    a0[i1] = f5;
    a1[i1] = i14;
  }
  w_barrier();
  if (c1) {
    float f6 = a0[i1];
    float f7 = a0[i3];
    int i15 = a1[i1];
    int i16 = a1[i3];
    int c9 = (f6 < f7) || ((f6 == f7) && (i16 < i15));
    float f8 = w_select(c9, f7, f6);
    int i17 = w_select(c9, i16, i15);
    a0[i1] = f8;
    a1[i1] = i17;
  }
  w_barrier();
  if (c2) {
    float f9 = a0[i1];
    float f10 = a0[i4];
    int i18 = a1[i1];
    int i19 = a1[i4];
    int c10 = (f9 < f10) || ((f9 == f10) && (i19 < i18));
    float f11 = w_select(c10, f10, f9);
    int i20 = w_select(c10, i19, i18);
    a0[i1] = f11;
    a1[i1] = i20;
  }
  w_barrier();
  if (c3) {
    float f12 = a0[i1];
    float f13 = a0[i5];
    int i21 = a1[i1];
    int i22 = a1[i5];
    int c11 = (f12 < f13) || ((f12 == f13) && (i22 < i21));
    float f14 = w_select(c11, f13, f12);
    int i23 = w_select(c11, i22, i21);
    a0[i1] = f14;
    a1[i1] = i23;
  }
  w_barrier();
  if (c4) {
    float f15 = a0[i1];
    float f16 = a0[i6];
    int i24 = a1[i1];
    int i25 = a1[i6];
    int c12 = (f15 < f16) || ((f15 == f16) && (i25 < i24));
    float f17 = w_select(c12, f16, f15);
    int i26 = w_select(c12, i25, i24);
    a0[i1] = f17;
    a1[i1] = i26;
  }
  w_barrier();
  if (c5) {
    float f18 = a0[i1];
    float f19 = a0[i7];
    int i27 = a1[i1];
    int i28 = a1[i7];
    int c13 = (f18 < f19) || ((f18 == f19) && (i28 < i27));
    float f20 = w_select(c13, f19, f18);
    int i29 = w_select(c13, i28, i27);
    a0[i1] = f20;
    a1[i1] = i29;
  }
  w_barrier();
  if (c6) {
    float f21 = a0[i1];
    float f22 = a0[i8];
    int i30 = a1[i1];
    int i31 = a1[i8];
    int c14 = (f21 < f22) || ((f21 == f22) && (i31 < i30));
    float f23 = w_select(c14, f22, f21);
    int i32 = w_select(c14, i31, i30);
    a0[i1] = f23;
    a1[i1] = i32;
  }
  w_barrier();
  int i33 = a1[0];
  if (c6) {
    b1[i0] = i33;
  }
}

