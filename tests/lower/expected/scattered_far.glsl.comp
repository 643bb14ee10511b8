// scattered_far: mul+scatter_add, work-groups 8 1 1 of 256

shared int a0[256];
layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 0) readonly buffer V0 { vec4 d[]; } v0;
layout(set = 0, binding = 1) readonly buffer B1 { int d[]; } b1;
layout(set = 0, binding = 1) readonly buffer V1 { ivec4 d[]; } v1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
layout(set = 0, binding = 2) buffer V2 { vec4 d[]; } v2;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = w_rem(i1, 16);
  int i3 = w_quot(i1, 16);
  int i4 = i0 * 5000;
  int i5 = i0 * 5000 + 5000;
  int i6 = min(i1, 12);
  ivec4 i7 = v1.d[((i6 * 16)) >> 2];
  ivec4 i8 = i7 * ivec4(4441);
  bvec4 c0 = bvec4(i8[0] < i5, i8[1] < i5, i8[2] < i5, i8[3] < i5);
  bvec4 c1 = bvec4(i8[0] < i4, i8[1] < i4, i8[2] < i4, i8[3] < i4);
  bvec4 c2 = bvec4(!c1[0], !c1[1], !c1[2], !c1[3]);
  bvec4 c3 = bvec4(c2[0] && c0[0], c2[1] && c0[1], c2[2] && c0[2], c2[3] && c0[3]);
  ivec4 i9 = v1.d[((i6 * 16 + 4)) >> 2];
  ivec4 i10 = i9 * ivec4(4441);
  bvec4 c4 = bvec4(i10[0] < i5, i10[1] < i5, i10[2] < i5, i10[3] < i5);
  bvec4 c5 = bvec4(i10[0] < i4, i10[1] < i4, i10[2] < i4, i10[3] < i4);
  bvec4 c6 = bvec4(!c5[0], !c5[1], !c5[2], !c5[3]);
  bvec4 c7 = bvec4(c6[0] && c4[0], c6[1] && c4[1], c6[2] && c4[2], c6[3] && c4[3]);
  bvec4 c8 = bvec4(c3[0] || c7[0], c3[1] || c7[1], c3[2] || c7[2], c3[3] || c7[3]);
  ivec4 i11 = v1.d[((i6 * 16 + 8)) >> 2];
  ivec4 i12 = i11 * ivec4(4441);
  bvec4 c9 = bvec4(i12[0] < i5, i12[1] < i5, i12[2] < i5, i12[3] < i5);
  bvec4 c10 = bvec4(i12[0] < i4, i12[1] < i4, i12[2] < i4, i12[3] < i4);
  bvec4 c11 = bvec4(!c10[0], !c10[1], !c10[2], !c10[3]);
  bvec4 c12 = bvec4(c11[0] && c9[0], c11[1] && c9[1], c11[2] && c9[2], c11[3] && c9[3]);
  bvec4 c13 = bvec4(c8[0] || c12[0], c8[1] || c12[1], c8[2] || c12[2], c8[3] || c12[3]);
  ivec4 i13 = v1.d[((i6 * 16 + 12)) >> 2];
  ivec4 i14 = i13 * ivec4(4441);
  bvec4 c14 = bvec4(i14[0] < i5, i14[1] < i5, i14[2] < i5, i14[3] < i5);
  bvec4 c15 = bvec4(i14[0] < i4, i14[1] < i4, i14[2] < i4, i14[3] < i4);
  bvec4 c16 = bvec4(!c15[0], !c15[1], !c15[2], !c15[3]);
  bvec4 c17 = bvec4(c16[0] && c14[0], c16[1] && c14[1], c16[2] && c14[2], c16[3] && c14[3]);
  bvec4 c18 = bvec4(c13[0] || c17[0], c13[1] || c17[1], c13[2] || c17[2], c13[3] || c17[3]);
  ivec4 i15 = ivec4(w_select(c18[0], 1, 0), w_select(c18[1], 1, 0), w_select(c18[2], 1, 0), w_select(c18[3], 1, 0));
  ivec2 i16 = ivec2(i15[2], i15[3]);
  ivec2 i17 = ivec2(i15[0], i15[1]);
  ivec2 i18 = ivec2(max(i16[0], i17[0]), max(i16[1], i17[1]));
  int i19 = i18[1];
  int i20 = i18[0];
  int i21 = w_select((i1 < 13), (max(i19, i20)), 0);
  int i22 = i0 * 5000 + i3;
  a0[i1] = i21;
  for (int i23 = i22; i23 < i5; i23 += 16) {
    v2.d[((i2 * 4 + i23 * 64)) >> 2] = vec4(0.0f);
  }
  w_barrier();
  for (int i24 = 0; i24 < 13; i24 += 8) {
    ivec4 i25 = ivec4(a0[i24], a0[i24 + 1], a0[i24 + 2], a0[i24 + 3]);
    ivec4 i26 = ivec4(a0[(i24 + 4)], a0[(i24 + 4) + 1], a0[(i24 + 4) + 2], a0[(i24 + 4) + 3]);
    ivec4 i27 = ivec4(max(i25[0], i26[0]), max(i25[1], i26[1]), max(i25[2], i26[2]), max(i25[3], i26[3]));
    ivec2 i28 = ivec2(i27[2], i27[3]);
    ivec2 i29 = ivec2(i27[0], i27[1]);
    ivec2 i30 = ivec2(max(i28[0], i29[0]), max(i28[1], i29[1]));
    int i31 = i30[1];
    int i32 = i30[0];
    int i33 = i24 + 8;
    if ((0 < (max(i31, i32)))) {
      for (int i34 = i24; i34 < i33; i34 += 1) {
        int i35 = a0[i34];
        if ((0 < i35)) {
          for (int i36 = (i34 * 16); i36 < (i34 * 16 + 16); i36 += 8) {
            int i37 = b1.d[i36];
            int i38 = i37 * 4441;
            bool c19 = (!(i38 < i4)) && (i38 < i5);
            int i39 = i36 + 1;
            int i40 = b1.d[i39];
            int i41 = i40 * 4441;
            bool c20 = (!(i41 < i4)) && (i41 < i5);
            int i42 = i36 + 2;
            int i43 = b1.d[i42];
            int i44 = i43 * 4441;
            bool c21 = (!(i44 < i4)) && (i44 < i5);
            int i45 = i36 + 3;
            int i46 = b1.d[i45];
            int i47 = i46 * 4441;
            bool c22 = (!(i47 < i4)) && (i47 < i5);
            int i48 = i36 + 4;
            int i49 = b1.d[i48];
            int i50 = i49 * 4441;
            bool c23 = (!(i50 < i4)) && (i50 < i5);
            int i51 = i36 + 5;
            int i52 = b1.d[i51];
            int i53 = i52 * 4441;
            bool c24 = (!(i53 < i4)) && (i53 < i5);
            int i54 = i36 + 6;
            int i55 = b1.d[i54];
            int i56 = i55 * 4441;
            bool c25 = (!(i56 < i4)) && (i56 < i5);
            int i57 = i36 + 7;
            int i58 = b1.d[i57];
            int i59 = i58 * 4441;
            bool c26 = (!(i59 < i4)) && (i59 < i5);
            if ((((((((c19 || c20) || c21) || c22) || c23) || c24) || c25) || c26)) {
              int i60 = i2 * 4 + i38 * 64;
              if ((c19 && (w_rem((i38 - i0 * 5000), 16) == i3))) {
                vec4 f0 = v0.d[((i2 * 4 + i36 * 64)) >> 2];
                vec4 f1 = v2.d[(i60) >> 2];
                vec4 f2 = f1 + f0;
                v2.d[(i60) >> 2] = f2;
              }
              int i61 = i2 * 4 + i41 * 64;
              if ((c20 && (w_rem((i41 - i0 * 5000), 16) == i3))) {
                vec4 f3 = v0.d[((i2 * 4 + i39 * 64)) >> 2];
                vec4 f4 = v2.d[(i61) >> 2];
                vec4 f5 = f4 + f3;
                v2.d[(i61) >> 2] = f5;
              }
              int i62 = i2 * 4 + i44 * 64;
              if ((c21 && (w_rem((i44 - i0 * 5000), 16) == i3))) {
                vec4 f6 = v0.d[((i2 * 4 + i42 * 64)) >> 2];
                vec4 f7 = v2.d[(i62) >> 2];
                vec4 f8 = f7 + f6;
                v2.d[(i62) >> 2] = f8;
              }
              int i63 = i2 * 4 + i47 * 64;
              if ((c22 && (w_rem((i47 - i0 * 5000), 16) == i3))) {
                vec4 f9 = v0.d[((i2 * 4 + i45 * 64)) >> 2];
                vec4 f10 = v2.d[(i63) >> 2];
                vec4 f11 = f10 + f9;
                v2.d[(i63) >> 2] = f11;
              }
              int i64 = i2 * 4 + i50 * 64;
              if ((c23 && (w_rem((i50 - i0 * 5000), 16) == i3))) {
                vec4 f12 = v0.d[((i2 * 4 + i48 * 64)) >> 2];
                vec4 f13 = v2.d[(i64) >> 2];
                vec4 f14 = f13 + f12;
                v2.d[(i64) >> 2] = f14;
              }
              int i65 = i2 * 4 + i53 * 64;
              if ((c24 && (w_rem((i53 - i0 * 5000), 16) == i3))) {
                vec4 f15 = v0.d[((i2 * 4 + i51 * 64)) >> 2];
                vec4 f16 = v2.d[(i65) >> 2];
                vec4 f17 = f16 + f15;
                v2.d[(i65) >> 2] = f17;
              }
              int i66 = i2 * 4 + i56 * 64;
              if ((c25 && (w_rem((i56 - i0 * 5000), 16) == i3))) {
                vec4 f18 = v0.d[((i2 * 4 + i54 * 64)) >> 2];
                vec4 f19 = v2.d[(i66) >> 2];
                vec4 f20 = f19 + f18;
                v2.d[(i66) >> 2] = f20;
              }
              int i67 = i2 * 4 + i59 * 64;
              if ((c26 && (w_rem((i59 - i0 * 5000), 16) == i3))) {
                vec4 f21 = v0.d[((i2 * 4 + i57 * 64)) >> 2];
                vec4 f22 = v2.d[(i67) >> 2];
                vec4 f23 = f22 + f21;
                v2.d[(i67) >> 2] = f23;
              }
            }
          }
        }
      }
    }
  }
  for (int i68 = 208; i68 < 211; i68 += 1) {
    int i69 = b1.d[i68];
    int i70 = i69 * 4441;
    int i71 = i2 * 4 + i70 * 64;
    if ((((!(i70 < i4)) && (i70 < i5)) && (w_rem((i70 - i0 * 5000), 16) == i3))) {
      vec4 f24 = v0.d[((i2 * 4 + i68 * 64)) >> 2];
      vec4 f25 = v2.d[(i71) >> 2];
      vec4 f26 = f25 + f24;
      v2.d[(i71) >> 2] = f26;
    }
  }
}

