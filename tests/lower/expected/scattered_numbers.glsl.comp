// scattered_numbers: mul+scatter_add, work-groups 8 1 1 of 256

shared int a0[1024];
layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { int d[]; } b1;
layout(set = 0, binding = 1) readonly buffer V1 { ivec4 d[]; } v1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 3375;
  int i3 = i0 * 3375 + 3375;
  int i4 = i0 * 3375 + i1;
  int i5 = i1 + 256;
  int i6 = i1 + 512;
  int i7 = i1 + 768;
  for (int i8 = i4; i8 < i3; i8 += 256) {
    b2.d[i8] = 0.0f;
  }
  for (int i9 = 0; i9 < 1250; i9 += 1024) {
    int i10 = i1 + i9;
    int i11 = min(i10, 1249);
    ivec4 i12 = v1.d[((i11 * 16)) >> 2];
    ivec4 i13 = i12 * ivec4(2999);
    bvec4 c0 = bvec4(i13[0] < i3, i13[1] < i3, i13[2] < i3, i13[3] < i3);
    bvec4 c1 = bvec4(i13[0] < i2, i13[1] < i2, i13[2] < i2, i13[3] < i2);
    bvec4 c2 = bvec4(!c1[0], !c1[1], !c1[2], !c1[3]);
    bvec4 c3 = bvec4(c2[0] && c0[0], c2[1] && c0[1], c2[2] && c0[2], c2[3] && c0[3]);
    ivec4 i14 = v1.d[((i11 * 16 + 4)) >> 2];
    ivec4 i15 = i14 * ivec4(2999);
    bvec4 c4 = bvec4(i15[0] < i3, i15[1] < i3, i15[2] < i3, i15[3] < i3);
    bvec4 c5 = bvec4(i15[0] < i2, i15[1] < i2, i15[2] < i2, i15[3] < i2);
    bvec4 c6 = bvec4(!c5[0], !c5[1], !c5[2], !c5[3]);
    bvec4 c7 = bvec4(c6[0] && c4[0], c6[1] && c4[1], c6[2] && c4[2], c6[3] && c4[3]);
    bvec4 c8 = bvec4(c3[0] || c7[0], c3[1] || c7[1], c3[2] || c7[2], c3[3] || c7[3]);
    ivec4 i16 = v1.d[((i11 * 16 + 8)) >> 2];
    ivec4 i17 = i16 * ivec4(2999);
    bvec4 c9 = bvec4(i17[0] < i3, i17[1] < i3, i17[2] < i3, i17[3] < i3);
    bvec4 c10 = bvec4(i17[0] < i2, i17[1] < i2, i17[2] < i2, i17[3] < i2);
    bvec4 c11 = bvec4(!c10[0], !c10[1], !c10[2], !c10[3]);
    bvec4 c12 = bvec4(c11[0] && c9[0], c11[1] && c9[1], c11[2] && c9[2], c11[3] && c9[3]);
    bvec4 c13 = bvec4(c8[0] || c12[0], c8[1] || c12[1], c8[2] || c12[2], c8[3] || c12[3]);
    ivec4 i18 = v1.d[((i11 * 16 + 12)) >> 2];
    ivec4 i19 = i18 * ivec4(2999);
    bvec4 c14 = bvec4(i19[0] < i3, i19[1] < i3, i19[2] < i3, i19[3] < i3);
    bvec4 c15 = bvec4(i19[0] < i2, i19[1] < i2, i19[2] < i2, i19[3] < i2);
    bvec4 c16 = bvec4(!c15[0], !c15[1], !c15[2], !c15[3]);
    bvec4 c17 = bvec4(c16[0] && c14[0], c16[1] && c14[1], c16[2] && c14[2], c16[3] && c14[3]);
    bvec4 c18 = bvec4(c13[0] || c17[0], c13[1] || c17[1], c13[2] || c17[2], c13[3] || c17[3]);
    ivec4 i20 = ivec4(w_select(c18[0], 1, 0), w_select(c18[1], 1, 0), w_select(c18[2], 1, 0), w_select(c18[3], 1, 0));
    ivec2 i21 = ivec2(i20[2], i20[3]);
    ivec2 i22 = ivec2(i20[0], i20[1]);
    ivec2 i23 = ivec2(max(i21[0], i22[0]), max(i21[1], i22[1]));
    int i24 = i23[1];
    int i25 = i23[0];
    int i26 = w_select((i10 < 1250), (max(i24, i25)), 0);
    a0[i1] = i26;
    int i27 = i1 + i9 + 256;
    int i28 = min(i27, 1249);
    ivec4 i29 = v1.d[((i28 * 16)) >> 2];
    ivec4 i30 = i29 * ivec4(2999);
    bvec4 c19 = bvec4(i30[0] < i3, i30[1] < i3, i30[2] < i3, i30[3] < i3);
    bvec4 c20 = bvec4(i30[0] < i2, i30[1] < i2, i30[2] < i2, i30[3] < i2);
    bvec4 c21 = bvec4(!c20[0], !c20[1], !c20[2], !c20[3]);
    bvec4 c22 = bvec4(c21[0] && c19[0], c21[1] && c19[1], c21[2] && c19[2], c21[3] && c19[3]);
    ivec4 i31 = v1.d[((i28 * 16 + 4)) >> 2];
    ivec4 i32 = i31 * ivec4(2999);
    bvec4 c23 = bvec4(i32[0] < i3, i32[1] < i3, i32[2] < i3, i32[3] < i3);
    bvec4 c24 = bvec4(i32[0] < i2, i32[1] < i2, i32[2] < i2, i32[3] < i2);
    bvec4 c25 = bvec4(!c24[0], !c24[1], !c24[2], !c24[3]);
    bvec4 c26 = bvec4(c25[0] && c23[0], c25[1] && c23[1], c25[2] && c23[2], c25[3] && c23[3]);
    bvec4 c27 = bvec4(c22[0] || c26[0], c22[1] || c26[1], c22[2] || c26[2], c22[3] || c26[3]);
    ivec4 i33 = v1.d[((i28 * 16 + 8)) >> 2];
    ivec4 i34 = i33 * ivec4(2999);
    bvec4 c28 = bvec4(i34[0] < i3, i34[1] < i3, i34[2] < i3, i34[3] < i3);
    bvec4 c29 = bvec4(i34[0] < i2, i34[1] < i2, i34[2] < i2, i34[3] < i2);
    bvec4 c30 = bvec4(!c29[0], !c29[1], !c29[2], !c29[3]);
    bvec4 c31 = bvec4(c30[0] && c28[0], c30[1] && c28[1], c30[2] && c28[2], c30[3] && c28[3]);
    bvec4 c32 = bvec4(c27[0] || c31[0], c27[1] || c31[1], c27[2] || c31[2], c27[3] || c31[3]);
    ivec4 i35 = v1.d[((i28 * 16 + 12)) >> 2];
    ivec4 i36 = i35 * ivec4(2999);
    bvec4 c33 = bvec4(i36[0] < i3, i36[1] < i3, i36[2] < i3, i36[3] < i3);
    bvec4 c34 = bvec4(i36[0] < i2, i36[1] < i2, i36[2] < i2, i36[3] < i2);
    bvec4 c35 = bvec4(!c34[0], !c34[1], !c34[2], !c34[3]);
    bvec4 c36 = bvec4(c35[0] && c33[0], c35[1] && c33[1], c35[2] && c33[2], c35[3] && c33[3]);
    bvec4 c37 = bvec4(c32[0] || c36[0], c32[1] || c36[1], c32[2] || c36[2], c32[3] || c36[3]);
    ivec4 i37 = ivec4(w_select(c37[0], 1, 0), w_select(c37[1], 1, 0), w_select(c37[2], 1, 0), w_select(c37[3], 1, 0));
    ivec2 i38 = ivec2(i37[2], i37[3]);
    ivec2 i39 = ivec2(i37[0], i37[1]);
    ivec2 i40 = ivec2(max(i38[0], i39[0]), max(i38[1], i39[1]));
    int i41 = i40[1];
    int i42 = i40[0];
    int i43 = w_select((i27 < 1250), (max(i41, i42)), 0);
    a0[i5] = i43;
    int i44 = i1 + i9 + 512;
    int i45 = min(i44, 1249);
    ivec4 i46 = v1.d[((i45 * 16)) >> 2];
    ivec4 i47 = i46 * ivec4(2999);
    bvec4 c38 = bvec4(i47[0] < i3, i47[1] < i3, i47[2] < i3, i47[3] < i3);
    bvec4 c39 = bvec4(i47[0] < i2, i47[1] < i2, i47[2] < i2, i47[3] < i2);
    bvec4 c40 = bvec4(!c39[0], !c39[1], !c39[2], !c39[3]);
    bvec4 c41 = bvec4(c40[0] && c38[0], c40[1] && c38[1], c40[2] && c38[2], c40[3] && c38[3]);
    ivec4 i48 = v1.d[((i45 * 16 + 4)) >> 2];
    ivec4 i49 = i48 * ivec4(2999);
    bvec4 c42 = bvec4(i49[0] < i3, i49[1] < i3, i49[2] < i3, i49[3] < i3);
    bvec4 c43 = bvec4(i49[0] < i2, i49[1] < i2, i49[2] < i2, i49[3] < i2);
    bvec4 c44 = bvec4(!c43[0], !c43[1], !c43[2], !c43[3]);
    bvec4 c45 = bvec4(c44[0] && c42[0], c44[1] && c42[1], c44[2] && c42[2], c44[3] && c42[3]);
    bvec4 c46 = bvec4(c41[0] || c45[0], c41[1] || c45[1], c41[2] || c45[2], c41[3] || c45[3]);
    ivec4 i50 = v1.d[((i45 * 16 + 8)) >> 2];
    ivec4 i51 = i50 * ivec4(2999);
    bvec4 c47 = bvec4(i51[0] < i3, i51[1] < i3, i51[2] < i3, i51[3] < i3);
    bvec4 c48 = bvec4(i51[0] < i2, i51[1] < i2, i51[2] < i2, i51[3] < i2);
    bvec4 c49 = bvec4(!c48[0], !c48[1], !c48[2], !c48[3]);
    bvec4 c50 = bvec4(c49[0] && c47[0], c49[1] && c47[1], c49[2] && c47[2], c49[3] && c47[3]);
    bvec4 c51 = bvec4(c46[0] || c50[0], c46[1] || c50[1], c46[2] || c50[2], c46[3] || c50[3]);
    ivec4 i52 = v1.d[((i45 * 16 + 12)) >> 2];
    ivec4 i53 = i52 * ivec4(2999);
    bvec4 c52 = bvec4(i53[0] < i3, i53[1] < i3, i53[2] < i3, i53[3] < i3);
    bvec4 c53 = bvec4(i53[0] < i2, i53[1] < i2, i53[2] < i2, i53[3] < i2);
    bvec4 c54 = bvec4(!c53[0], !c53[1], !c53[2], !c53[3]);
    bvec4 c55 = bvec4(c54[0] && c52[0], c54[1] && c52[1], c54[2] && c52[2], c54[3] && c52[3]);
    bvec4 c56 = bvec4(c51[0] || c55[0], c51[1] || c55[1], c51[2] || c55[2], c51[3] || c55[3]);
    ivec4 i54 = ivec4(w_select(c56[0], 1, 0), w_select(c56[1], 1, 0), w_select(c56[2], 1, 0), w_select(c56[3], 1, 0));
    ivec2 i55 = ivec2(i54[2], i54[3]);
    ivec2 i56 = ivec2(i54[0], i54[1]);
    ivec2 i57 = ivec2(max(i55[0], i56[0]), max(i55[1], i56[1]));
    int i58 = i57[1];
    int i59 = i57[0];
    int i60 = w_select((i44 < 1250), (max(i58, i59)), 0);
    a0[i6] = i60;
    int i61 = i1 + i9 + 768;
    int i62 = min(i61, 1249);
    ivec4 i63 = v1.d[((i62 * 16)) >> 2];
    ivec4 i64 = i63 * ivec4(2999);
    bvec4 c57 = bvec4(i64[0] < i3, i64[1] < i3, i64[2] < i3, i64[3] < i3);
    bvec4 c58 = bvec4(i64[0] < i2, i64[1] < i2, i64[2] < i2, i64[3] < i2);
    bvec4 c59 = bvec4(!c58[0], !c58[1], !c58[2], !c58[3]);
    bvec4 c60 = bvec4(c59[0] && c57[0], c59[1] && c57[1], c59[2] && c57[2], c59[3] && c57[3]);
    ivec4 i65 = v1.d[((i62 * 16 + 4)) >> 2];
    ivec4 i66 = i65 * ivec4(2999);
    bvec4 c61 = bvec4(i66[0] < i3, i66[1] < i3, i66[2] < i3, i66[3] < i3);
    bvec4 c62 = bvec4(i66[0] < i2, i66[1] < i2, i66[2] < i2, i66[3] < i2);
    bvec4 c63 = bvec4(!c62[0], !c62[1], !c62[2], !c62[3]);
    bvec4 c64 = bvec4(c63[0] && c61[0], c63[1] && c61[1], c63[2] && c61[2], c63[3] && c61[3]);
    bvec4 c65 = bvec4(c60[0] || c64[0], c60[1] || c64[1], c60[2] || c64[2], c60[3] || c64[3]);
    ivec4 i67 = v1.d[((i62 * 16 + 8)) >> 2];
    ivec4 i68 = i67 * ivec4(2999);
    bvec4 c66 = bvec4(i68[0] < i3, i68[1] < i3, i68[2] < i3, i68[3] < i3);
    bvec4 c67 = bvec4(i68[0] < i2, i68[1] < i2, i68[2] < i2, i68[3] < i2);
    bvec4 c68 = bvec4(!c67[0], !c67[1], !c67[2], !c67[3]);
    bvec4 c69 = bvec4(c68[0] && c66[0], c68[1] && c66[1], c68[2] && c66[2], c68[3] && c66[3]);
    bvec4 c70 = bvec4(c65[0] || c69[0], c65[1] || c69[1], c65[2] || c69[2], c65[3] || c69[3]);
    ivec4 i69 = v1.d[((i62 * 16 + 12)) >> 2];
    ivec4 i70 = i69 * ivec4(2999);
    bvec4 c71 = bvec4(i70[0] < i3, i70[1] < i3, i70[2] < i3, i70[3] < i3);
    bvec4 c72 = bvec4(i70[0] < i2, i70[1] < i2, i70[2] < i2, i70[3] < i2);
    bvec4 c73 = bvec4(!c72[0], !c72[1], !c72[2], !c72[3]);
    bvec4 c74 = bvec4(c73[0] && c71[0], c73[1] && c71[1], c73[2] && c71[2], c73[3] && c71[3]);
    bvec4 c75 = bvec4(c70[0] || c74[0], c70[1] || c74[1], c70[2] || c74[2], c70[3] || c74[3]);
    ivec4 i71 = ivec4(w_select(c75[0], 1, 0), w_select(c75[1], 1, 0), w_select(c75[2], 1, 0), w_select(c75[3], 1, 0));
    ivec2 i72 = ivec2(i71[2], i71[3]);
    ivec2 i73 = ivec2(i71[0], i71[1]);
    ivec2 i74 = ivec2(max(i72[0], i73[0]), max(i72[1], i73[1]));
    int i75 = i74[1];
    int i76 = i74[0];
    int i77 = w_select((i61 < 1250), (max(i75, i76)), 0);
    a0[i7] = i77;
    w_barrier();
    int i78 = min((-i9 + 1250), 1024);
    for (int i79 = 0; i79 < i78; i79 += 8) {
      ivec4 i80 = ivec4(a0[i79], a0[i79 + 1], a0[i79 + 2], a0[i79 + 3]);
      ivec4 i81 = ivec4(a0[(i79 + 4)], a0[(i79 + 4) + 1], a0[(i79 + 4) + 2], a0[(i79 + 4) + 3]);
      ivec4 i82 = ivec4(max(i80[0], i81[0]), max(i80[1], i81[1]), max(i80[2], i81[2]), max(i80[3], i81[3]));
      ivec2 i83 = ivec2(i82[2], i82[3]);
      ivec2 i84 = ivec2(i82[0], i82[1]);
      ivec2 i85 = ivec2(max(i83[0], i84[0]), max(i83[1], i84[1]));
      int i86 = i85[1];
      int i87 = i85[0];
      int i88 = i79 + 8;
      if ((0 < (max(i86, i87)))) {
        for (int i89 = i79; i89 < i88; i89 += 1) {
          int i90 = a0[i89];
          int i91 = i9 + i89;
          if ((0 < i90)) {
            for (int i92 = (i91 * 16); i92 < (i91 * 16 + 16); i92 += 8) {
              int i93 = b1.d[i92];
              int i94 = i93 * 2999;
              bool c76 = (!(i94 < i2)) && (i94 < i3);
              int i95 = i92 + 1;
              int i96 = b1.d[i95];
              int i97 = i96 * 2999;
              bool c77 = (!(i97 < i2)) && (i97 < i3);
              int i98 = i92 + 2;
              int i99 = b1.d[i98];
              int i100 = i99 * 2999;
              bool c78 = (!(i100 < i2)) && (i100 < i3);
              int i101 = i92 + 3;
              int i102 = b1.d[i101];
              int i103 = i102 * 2999;
              bool c79 = (!(i103 < i2)) && (i103 < i3);
              int i104 = i92 + 4;
              int i105 = b1.d[i104];
              int i106 = i105 * 2999;
              bool c80 = (!(i106 < i2)) && (i106 < i3);
              int i107 = i92 + 5;
              int i108 = b1.d[i107];
              int i109 = i108 * 2999;
              bool c81 = (!(i109 < i2)) && (i109 < i3);
              int i110 = i92 + 6;
              int i111 = b1.d[i110];
              int i112 = i111 * 2999;
              bool c82 = (!(i112 < i2)) && (i112 < i3);
              int i113 = i92 + 7;
              int i114 = b1.d[i113];
              int i115 = i114 * 2999;
              bool c83 = (!(i115 < i2)) && (i115 < i3);
              if ((((((((c76 || c77) || c78) || c79) || c80) || c81) || c82) || c83)) {
                if ((c76 && (w_rem((i94 - i0 * 3375), 256) == i1))) {
                  float f0 = b0.d[i92];
                  float f1 = b2.d[i94];
                  float f2 = f1 + f0;
                  b2.d[i94] = f2;
                }
                if ((c77 && (w_rem((i97 - i0 * 3375), 256) == i1))) {
                  float f3 = b0.d[i95];
                  float f4 = b2.d[i97];
                  float f5 = f4 + f3;
                  b2.d[i97] = f5;
                }
                if ((c78 && (w_rem((i100 - i0 * 3375), 256) == i1))) {
                  float f6 = b0.d[i98];
                  float f7 = b2.d[i100];
                  float f8 = f7 + f6;
                  b2.d[i100] = f8;
                }
                if ((c79 && (w_rem((i103 - i0 * 3375), 256) == i1))) {
                  float f9 = b0.d[i101];
                  float f10 = b2.d[i103];
                  float f11 = f10 + f9;
                  b2.d[i103] = f11;
                }
                if ((c80 && (w_rem((i106 - i0 * 3375), 256) == i1))) {
                  float f12 = b0.d[i104];
                  float f13 = b2.d[i106];
                  float f14 = f13 + f12;
                  b2.d[i106] = f14;
                }
                if ((c81 && (w_rem((i109 - i0 * 3375), 256) == i1))) {
                  float f15 = b0.d[i107];
                  float f16 = b2.d[i109];
                  float f17 = f16 + f15;
                  b2.d[i109] = f17;
                }
                if ((c82 && (w_rem((i112 - i0 * 3375), 256) == i1))) {
                  float f18 = b0.d[i110];
                  float f19 = b2.d[i112];
                  float f20 = f19 + f18;
                  b2.d[i112] = f20;
                }
                if ((c83 && (w_rem((i115 - i0 * 3375), 256) == i1))) {
                  float f21 = b0.d[i113];
                  float f22 = b2.d[i115];
                  float f23 = f22 + f21;
                  b2.d[i115] = f23;
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
    int i117 = b1.d[i116];
    int i118 = i117 * 2999;
    if ((((!(i118 < i2)) && (i118 < i3)) && (w_rem((i118 - i0 * 3375), 256) == i1))) {
      float f24 = b0.d[i116];
      float f25 = b2.d[i118];
      float f26 = f25 + f24;
      b2.d[i118] = f26;
    }
  }
}

