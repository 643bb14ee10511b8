// argmax_rows: argmax, work-groups 1 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void reduce(__global const float *b0, __global int *b1) {
  float8 f0 = (float8)((-w_inf));
  int8 i0 = (int8)(0);
  for (int i1 = 0; i1 < 33; i1 += 1) {
    float8 f1 = f0;
    int8 i2 = i0;
    float8 f2 = f0;
    int8 i3 = i0;
    float8 f3 = f0;
    int8 i4 = i0;
    float8 f4 = f0;
    int8 i5 = i0;
    float f5 = (-w_inf);
    int i6 = 0;
    for (int i7 = 0; i7 < 96; i7 += 32) {
      int8 i8 = i7 + (int8)(0, 1, 2, 3, 4, 5, 6, 7);
      float8 f6 = vload8(0, b0 + (i1 * 100 + i7));
      int8 c0 = f1 < f6;
      float8 f7 = w_select(c0, f6, f1);
      int8 i9 = w_select(c0, i8, i2);
      int8 i10 = i7 + (int8)(0, 1, 2, 3, 4, 5, 6, 7) + 8;
      float8 f8 = vload8(0, b0 + (i1 * 100 + i7 + 8));
      int8 c1 = f2 < f8;
      float8 f9 = w_select(c1, f8, f2);
      int8 i11 = w_select(c1, i10, i3);
      int8 i12 = i7 + (int8)(0, 1, 2, 3, 4, 5, 6, 7) + 16;
      float8 f10 = vload8(0, b0 + (i1 * 100 + i7 + 16));
      int8 c2 = f3 < f10;
      float8 f11 = w_select(c2, f10, f3);
      int8 i13 = w_select(c2, i12, i4);
      int8 i14 = i7 + (int8)(0, 1, 2, 3, 4, 5, 6, 7) + 24;
      float8 f12 = vload8(0, b0 + (i1 * 100 + i7 + 24));
      int8 c3 = f4 < f12;
      float8 f13 = w_select(c3, f12, f4);
      int8 i15 = w_select(c3, i14, i5);
      f1 = f7;
      i2 = i9;
      f2 = f9;
      i3 = i11;
      f3 = f11;
      i4 = i13;
      f4 = f13;
      i5 = i15;
    }
    float8 f14 = f1;
    int8 i16 = i2;
    float8 f15 = f2;
    int8 i17 = i3;
    float8 f16 = f3;
    int8 i18 = i4;
    float8 f17 = f4;
    int8 i19 = i5;
    float f18 = f5;
    int i20 = i6;
    for (int i21 = 96; i21 < 100; i21 += 1) {
      float f19 = b0[(i1 * 100 + i21)];
      int c4 = f18 < f19;
      float f20 = w_select(c4, f19, f18);
      int i22 = w_select(c4, i21, i20);
      f18 = f20;
      i20 = i22;
    }
    int8 c5 = f14 < f15;
    int8 c6 = f14 == f15;
    int8 c7 = i17 < i16;
    int8 c8 = c6 && c7;
    int8 c9 = c5 || c8;
    float8 f21 = w_select(c9, f15, f14);
    int8 i23 = w_select(c9, i17, i16);
    int8 c10 = f21 < f16;
    int8 c11 = f21 == f16;
    int8 c12 = i18 < i23;
    int8 c13 = c11 && c12;
    int8 c14 = c10 || c13;
    float8 f22 = w_select(c14, f16, f21);
    int8 i24 = w_select(c14, i18, i23);
    int8 c15 = f22 < f17;
    int8 c16 = f22 == f17;
    int8 c17 = i19 < i24;
    int8 c18 = c16 && c17;
    int8 c19 = c15 || c18;
    float8 f23 = w_select(c19, f17, f22);
    int8 i25 = w_select(c19, i19, i24);
    float4 f24 = f23.lo;
    float4 f25 = f23.hi;
    int4 i26 = i25.lo;
    int4 i27 = i25.hi;
    int4 c20 = f24 < f25;
    int4 c21 = f24 == f25;
    int4 c22 = i27 < i26;
    int4 c23 = c21 && c22;
    int4 c24 = c20 || c23;
    float4 f26 = w_select(c24, f25, f24);
    int4 i28 = w_select(c24, i27, i26);
    float2 f27 = f26.lo;
    float2 f28 = f26.hi;
    int2 i29 = i28.lo;
    int2 i30 = i28.hi;
    int2 c25 = f27 < f28;
    int2 c26 = f27 == f28;
    int2 c27 = i30 < i29;
    int2 c28 = c26 && c27;
    int2 c29 = c25 || c28;
    float2 f29 = w_select(c29, f28, f27);
    int2 i31 = w_select(c29, i30, i29);
    float f30 = f29.lo;
    float f31 = f29.hi;
    int i32 = i31.lo;
    int i33 = i31.hi;
    int c30 = (f30 < f31) || ((f30 == f31) && (i33 < i32));
    float f32 = w_select(c30, f31, f30);
    int i34 = w_select(c30, i33, i32);
    int i35 = w_select(((f32 < f18) || ((f32 == f18) && (i20 < i34))), i20, i34);
    b1[i1] = i35;
  }
}

