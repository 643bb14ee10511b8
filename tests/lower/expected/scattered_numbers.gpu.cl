// scattered_numbers: mul+scatter_add, work-groups 8 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void scatter(__global const float *b0, __global const int *b1, __global float *b2) {
  __local int a0[1024] __attribute__((aligned(64)));
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = i0 * 3375;
  int i3 = i0 * 3375 + 3375;
  int i4 = i0 * 3375 + i1;
  int i5 = i1 + 256;
  int i6 = i1 + 512;
  int i7 = i1 + 768;
  for (int i8 = i4; i8 < i3; i8 += 256) {
    b2[i8] = 0.0f;
  }
  for (int i9 = 0; i9 < 1250; i9 += 1024) {
    int i10 = i1 + i9;
    int i11 = min(i10, 1249);
    int4 i12 = *(__global const int4 *)(b1 + (i11 * 16));
    int4 i13 = i12 * (int4)(2999);
    int4 c0 = i13 < i3;
    int4 c1 = i13 < i2;
    int4 c2 = !c1;
    int4 c3 = c2 && c0;
    int4 i14 = *(__global const int4 *)(b1 + (i11 * 16 + 4));
    int4 i15 = i14 * (int4)(2999);
    int4 c4 = i15 < i3;
    int4 c5 = i15 < i2;
    int4 c6 = !c5;
    int4 c7 = c6 && c4;
    int4 c8 = c3 || c7;
    int4 i16 = *(__global const int4 *)(b1 + (i11 * 16 + 8));
    int4 i17 = i16 * (int4)(2999);
    int4 c9 = i17 < i3;
    int4 c10 = i17 < i2;
    int4 c11 = !c10;
    int4 c12 = c11 && c9;
    int4 c13 = c8 || c12;
    int4 i18 = *(__global const int4 *)(b1 + (i11 * 16 + 12));
    int4 i19 = i18 * (int4)(2999);
    int4 c14 = i19 < i3;
    int4 c15 = i19 < i2;
    int4 c16 = !c15;
    int4 c17 = c16 && c14;
    int4 c18 = c13 || c17;
    int4 i20 = w_select(c18, (int4)(1), (int4)(0));
    int2 i21 = i20.hi;
    int2 i22 = i20.lo;
    int2 i23 = max(i21, i22);
    int i24 = i23.hi;
    int i25 = i23.lo;
    int i26 = w_select((i10 < 1250), (max(i24, i25)), 0);
    a0[i1] = i26;
    int i27 = i1 + i9 + 256;
    int i28 = min(i27, 1249);
    int4 i29 = *(__global const int4 *)(b1 + (i28 * 16));
    int4 i30 = i29 * (int4)(2999);
    int4 c19 = i30 < i3;
    int4 c20 = i30 < i2;
    int4 c21 = !c20;
    int4 c22 = c21 && c19;
    int4 i31 = *(__global const int4 *)(b1 + (i28 * 16 + 4));
    int4 i32 = i31 * (int4)(2999);
    int4 c23 = i32 < i3;
    int4 c24 = i32 < i2;
    int4 c25 = !c24;
    int4 c26 = c25 && c23;
    int4 c27 = c22 || c26;
    int4 i33 = *(__global const int4 *)(b1 + (i28 * 16 + 8));
    int4 i34 = i33 * (int4)(2999);
    int4 c28 = i34 < i3;
    int4 c29 = i34 < i2;
    int4 c30 = !c29;
    int4 c31 = c30 && c28;
    int4 c32 = c27 || c31;
    int4 i35 = *(__global const int4 *)(b1 + (i28 * 16 + 12));
    int4 i36 = i35 * (int4)(2999);
    int4 c33 = i36 < i3;
    int4 c34 = i36 < i2;
    int4 c35 = !c34;
    int4 c36 = c35 && c33;
    int4 c37 = c32 || c36;
    int4 i37 = w_select(c37, (int4)(1), (int4)(0));
    int2 i38 = i37.hi;
    int2 i39 = i37.lo;
    int2 i40 = max(i38, i39);
    int i41 = i40.hi;
    int i42 = i40.lo;
    int i43 = w_select((i27 < 1250), (max(i41, i42)), 0);
    a0[i5] = i43;
    int i44 = i1 + i9 + 512;
    int i45 = min(i44, 1249);
    int4 i46 = *(__global const int4 *)(b1 + (i45 * 16));
    int4 i47 = i46 * (int4)(2999);
    int4 c38 = i47 < i3;
    int4 c39 = i47 < i2;
    int4 c40 = !c39;
    int4 c41 = c40 && c38;
    int4 i48 = *(__global const int4 *)(b1 + (i45 * 16 + 4));
    int4 i49 = i48 * (int4)(2999);
    int4 c42 = i49 < i3;
    int4 c43 = i49 < i2;
    int4 c44 = !c43;
    int4 c45 = c44 && c42;
    int4 c46 = c41 || c45;
    int4 i50 = *(__global const int4 *)(b1 + (i45 * 16 + 8));
    int4 i51 = i50 * (int4)(2999);
    int4 c47 = i51 < i3;
    int4 c48 = i51 < i2;
    int4 c49 = !c48;
    int4 c50 = c49 && c47;
    int4 c51 = c46 || c50;
    int4 i52 = *(__global const int4 *)(b1 + (i45 * 16 + 12));
    int4 i53 = i52 * (int4)(2999);
    int4 c52 = i53 < i3;
    int4 c53 = i53 < i2;
    int4 c54 = !c53;
    int4 c55 = c54 && c52;
    int4 c56 = c51 || c55;
    int4 i54 = w_select(c56, (int4)(1), (int4)(0));
    int2 i55 = i54.hi;
    int2 i56 = i54.lo;
    int2 i57 = max(i55, i56);
    int i58 = i57.hi;
    int i59 = i57.lo;
    int i60 = w_select((i44 < 1250), (max(i58, i59)), 0);
    a0[i6] = i60;
    int i61 = i1 + i9 + 768;
    int i62 = min(i61, 1249);
    int4 i63 = *(__global const int4 *)(b1 + (i62 * 16));
    int4 i64 = i63 * (int4)(2999);
    int4 c57 = i64 < i3;
    int4 c58 = i64 < i2;
    int4 c59 = !c58;
    int4 c60 = c59 && c57;
    int4 i65 = *(__global const int4 *)(b1 + (i62 * 16 + 4));
    int4 i66 = i65 * (int4)(2999);
    int4 c61 = i66 < i3;
    int4 c62 = i66 < i2;
    int4 c63 = !c62;
    int4 c64 = c63 && c61;
    int4 c65 = c60 || c64;
    int4 i67 = *(__global const int4 *)(b1 + (i62 * 16 + 8));
    int4 i68 = i67 * (int4)(2999);
    int4 c66 = i68 < i3;
    int4 c67 = i68 < i2;
    int4 c68 = !c67;
    int4 c69 = c68 && c66;
    int4 c70 = c65 || c69;
    int4 i69 = *(__global const int4 *)(b1 + (i62 * 16 + 12));
    int4 i70 = i69 * (int4)(2999);
    int4 c71 = i70 < i3;
    int4 c72 = i70 < i2;
    int4 c73 = !c72;
    int4 c74 = c73 && c71;
    int4 c75 = c70 || c74;
    int4 i71 = w_select(c75, (int4)(1), (int4)(0));
    int2 i72 = i71.hi;
    int2 i73 = i71.lo;
    int2 i74 = max(i72, i73);
    int i75 = i74.hi;
    int i76 = i74.lo;
    int i77 = w_select((i61 < 1250), (max(i75, i76)), 0);
    a0[i7] = i77;
    w_barrier();
    int i78 = min((-i9 + 1250), 1024);
    for (int i79 = 0; i79 < i78; i79 += 8) {
      int4 i80 = *(__local int4 *)(a0 + i79);
      int4 i81 = *(__local int4 *)(a0 + (i79 + 4));
      int4 i82 = max(i80, i81);
      int2 i83 = i82.hi;
      int2 i84 = i82.lo;
      int2 i85 = max(i83, i84);
      int i86 = i85.hi;
      int i87 = i85.lo;
      int i88 = i79 + 8;
      if ((0 < (max(i86, i87)))) {
        for (int i89 = i79; i89 < i88; i89 += 1) {
          int i90 = a0[i89];
          int i91 = i9 + i89;
          if ((0 < i90)) {
            for (int i92 = (i91 * 16); i92 < (i91 * 16 + 16); i92 += 8) {
              int i93 = b1[i92];
              int i94 = i93 * 2999;
              int c76 = (!(i94 < i2)) && (i94 < i3);
              int i95 = i92 + 1;
              int i96 = b1[i95];
              int i97 = i96 * 2999;
              int c77 = (!(i97 < i2)) && (i97 < i3);
              int i98 = i92 + 2;
              int i99 = b1[i98];
              int i100 = i99 * 2999;
              int c78 = (!(i100 < i2)) && (i100 < i3);
              int i101 = i92 + 3;
              int i102 = b1[i101];
              int i103 = i102 * 2999;
              int c79 = (!(i103 < i2)) && (i103 < i3);
              int i104 = i92 + 4;
              int i105 = b1[i104];
              int i106 = i105 * 2999;
              int c80 = (!(i106 < i2)) && (i106 < i3);
              int i107 = i92 + 5;
              int i108 = b1[i107];
              int i109 = i108 * 2999;
              int c81 = (!(i109 < i2)) && (i109 < i3);
              int i110 = i92 + 6;
              int i111 = b1[i110];
              int i112 = i111 * 2999;
              int c82 = (!(i112 < i2)) && (i112 < i3);
              int i113 = i92 + 7;
              int i114 = b1[i113];
              int i115 = i114 * 2999;
              int c83 = (!(i115 < i2)) && (i115 < i3);
              if ((((((((c76 || c77) || c78) || c79) || c80) || c81) || c82) || c83)) {
                if ((c76 && (w_rem((i94 - i0 * 3375), 256) == i1))) {
                  float f0 = b0[i92];
                  float f1 = b2[i94];
                  float f2 = f1 + f0;
                  b2[i94] = f2;
                }
                if ((c77 && (w_rem((i97 - i0 * 3375), 256) == i1))) {
                  float f3 = b0[i95];
                  float f4 = b2[i97];
                  float f5 = f4 + f3;
                  b2[i97] = f5;
                }
                if ((c78 && (w_rem((i100 - i0 * 3375), 256) == i1))) {
                  float f6 = b0[i98];
                  float f7 = b2[i100];
                  float f8 = f7 + f6;
                  b2[i100] = f8;
                }
                if ((c79 && (w_rem((i103 - i0 * 3375), 256) == i1))) {
                  float f9 = b0[i101];
                  float f10 = b2[i103];
                  float f11 = f10 + f9;
                  b2[i103] = f11;
                }
                if ((c80 && (w_rem((i106 - i0 * 3375), 256) == i1))) {
                  float f12 = b0[i104];
                  float f13 = b2[i106];
                  float f14 = f13 + f12;
                  b2[i106] = f14;
                }
                if ((c81 && (w_rem((i109 - i0 * 3375), 256) == i1))) {
                  float f15 = b0[i107];
                  float f16 = b2[i109];
                  float f17 = f16 + f15;
                  b2[i109] = f17;
                }
                if ((c82 && (w_rem((i112 - i0 * 3375), 256) == i1))) {
                  float f18 = b0[i110];
                  float f19 = b2[i112];
                  float f20 = f19 + f18;
                  b2[i112] = f20;
                }
                if ((c83 && (w_rem((i115 - i0 * 3375), 256) == i1))) {
                  float f21 = b0[i113];
                  float f22 = b2[i115];
                  float f23 = f22 + f21;
                  b2[i115] = f23;
                }
              }
            }
          }
        }
      }
    }
    w_barrier();
  }
  for (int i116 = 20000; i116 < 20003; i116 += 1) {
    int i117 = b1[i116];
    int i118 = i117 * 2999;
    if ((((!(i118 < i2)) && (i118 < i3)) && (w_rem((i118 - i0 * 3375), 256) == i1))) {
      float f24 = b0[i116];
      float f25 = b2[i118];
      float f26 = f25 + f24;
      b2[i118] = f26;
    }
  }
}

