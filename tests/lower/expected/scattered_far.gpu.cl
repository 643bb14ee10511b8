// scattered_far: mul+scatter_add, work-groups 8 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void scatter(__global const float *b0, __global const int *b1, __global float *b2) {
  __local int a0[256] __attribute__((aligned(64)));
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = w_rem(i1, 16);
  int i3 = w_quot(i1, 16);
  int i4 = i0 * 5000;
  int i5 = i0 * 5000 + 5000;
  int i6 = min(i1, 12);
  int4 i7 = *(__global const int4 *)(b1 + (i6 * 16));
  int4 i8 = i7 * (int4)(4441);
  int4 c0 = i8 < i5;
  int4 c1 = i8 < i4;
  int4 c2 = !c1;
  int4 c3 = c2 && c0;
  int4 i9 = *(__global const int4 *)(b1 + (i6 * 16 + 4));
  int4 i10 = i9 * (int4)(4441);
  int4 c4 = i10 < i5;
  int4 c5 = i10 < i4;
  int4 c6 = !c5;
  int4 c7 = c6 && c4;
  int4 c8 = c3 || c7;
  int4 i11 = *(__global const int4 *)(b1 + (i6 * 16 + 8));
  int4 i12 = i11 * (int4)(4441);
  int4 c9 = i12 < i5;
  int4 c10 = i12 < i4;
  int4 c11 = !c10;
  int4 c12 = c11 && c9;
  int4 c13 = c8 || c12;
  int4 i13 = *(__global const int4 *)(b1 + (i6 * 16 + 12));
  int4 i14 = i13 * (int4)(4441);
  int4 c14 = i14 < i5;
  int4 c15 = i14 < i4;
  int4 c16 = !c15;
  int4 c17 = c16 && c14;
  int4 c18 = c13 || c17;
  int4 i15 = w_select(c18, (int4)(1), (int4)(0));
  int2 i16 = i15.hi;
  int2 i17 = i15.lo;
  int2 i18 = max(i16, i17);
  int i19 = i18.hi;
  int i20 = i18.lo;
  int i21 = w_select((i1 < 13), (max(i19, i20)), 0);
  int i22 = i0 * 5000 + i3;
  a0[i1] = i21;
  for (int i23 = i22; i23 < i5; i23 += 16) {
    *(__global float4 *)(b2 + (i2 * 4 + i23 * 64)) = (float4)(0.0f);
  }
  w_barrier();
  for (int i24 = 0; i24 < 13; i24 += 8) {
    int4 i25 = *(__local int4 *)(a0 + i24);
    int4 i26 = *(__local int4 *)(a0 + (i24 + 4));
    int4 i27 = max(i25, i26);
    int2 i28 = i27.hi;
    int2 i29 = i27.lo;
    int2 i30 = max(i28, i29);
    int i31 = i30.hi;
    int i32 = i30.lo;
    int i33 = i24 + 8;
    if ((0 < (max(i31, i32)))) {
      for (int i34 = i24; i34 < i33; i34 += 1) {
        int i35 = a0[i34];
        if ((0 < i35)) {
          for (int i36 = (i34 * 16); i36 < (i34 * 16 + 16); i36 += 8) {
            int i37 = b1[i36];
            int i38 = i37 * 4441;
            int c19 = (!(i38 < i4)) && (i38 < i5);
            int i39 = i36 + 1;
            int i40 = b1[i39];
            int i41 = i40 * 4441;
            int c20 = (!(i41 < i4)) && (i41 < i5);
            int i42 = i36 + 2;
            int i43 = b1[i42];
            int i44 = i43 * 4441;
            int c21 = (!(i44 < i4)) && (i44 < i5);
            int i45 = i36 + 3;
            int i46 = b1[i45];
            int i47 = i46 * 4441;
            int c22 = (!(i47 < i4)) && (i47 < i5);
            int i48 = i36 + 4;
            int i49 = b1[i48];
            int i50 = i49 * 4441;
            int c23 = (!(i50 < i4)) && (i50 < i5);
            int i51 = i36 + 5;
            int i52 = b1[i51];
            int i53 = i52 * 4441;
            int c24 = (!(i53 < i4)) && (i53 < i5);
            int i54 = i36 + 6;
            int i55 = b1[i54];
            int i56 = i55 * 4441;
            int c25 = (!(i56 < i4)) && (i56 < i5);
            int i57 = i36 + 7;
            int i58 = b1[i57];
            int i59 = i58 * 4441;
            int c26 = (!(i59 < i4)) && (i59 < i5);
            if ((((((((c19 || c20) || c21) || c22) || c23) || c24) || c25) || c26)) {
              int i60 = i2 * 4 + i38 * 64;
              if ((c19 && (w_rem((i38 - i0 * 5000), 16) == i3))) {
                float4 f0 = *(__global const float4 *)(b0 + (i2 * 4 + i36 * 64));
                float4 f1 = *(__global float4 *)(b2 + i60);
                float4 f2 = f1 + f0;
                *(__global float4 *)(b2 + i60) = f2;
              }
              int i61 = i2 * 4 + i41 * 64;
              if ((c20 && (w_rem((i41 - i0 * 5000), 16) == i3))) {
                float4 f3 = *(__global const float4 *)(b0 + (i2 * 4 + i39 * 64));
                float4 f4 = *(__global float4 *)(b2 + i61);
                float4 f5 = f4 + f3;
                *(__global float4 *)(b2 + i61) = f5;
              }
              int i62 = i2 * 4 + i44 * 64;
              if ((c21 && (w_rem((i44 - i0 * 5000), 16) == i3))) {
                float4 f6 = *(__global const float4 *)(b0 + (i2 * 4 + i42 * 64));
                float4 f7 = *(__global float4 *)(b2 + i62);
                float4 f8 = f7 + f6;
                *(__global float4 *)(b2 + i62) = f8;
              }
              int i63 = i2 * 4 + i47 * 64;
              if ((c22 && (w_rem((i47 - i0 * 5000), 16) == i3))) {
                float4 f9 = *(__global const float4 *)(b0 + (i2 * 4 + i45 * 64));
                float4 f10 = *(__global float4 *)(b2 + i63);
                float4 f11 = f10 + f9;
                *(__global float4 *)(b2 + i63) = f11;
              }
              int i64 = i2 * 4 + i50 * 64;
              if ((c23 && (w_rem((i50 - i0 * 5000), 16) == i3))) {
                float4 f12 = *(__global const float4 *)(b0 + (i2 * 4 + i48 * 64));
                float4 f13 = *(__global float4 *)(b2 + i64);
                float4 f14 = f13 + f12;
                *(__global float4 *)(b2 + i64) = f14;
              }
              int i65 = i2 * 4 + i53 * 64;
              if ((c24 && (w_rem((i53 - i0 * 5000), 16) == i3))) {
                float4 f15 = *(__global const float4 *)(b0 + (i2 * 4 + i51 * 64));
                float4 f16 = *(__global float4 *)(b2 + i65);
                float4 f17 = f16 + f15;
                *(__global float4 *)(b2 + i65) = f17;
              }
              int i66 = i2 * 4 + i56 * 64;
              if ((c25 && (w_rem((i56 - i0 * 5000), 16) == i3))) {
                float4 f18 = *(__global const float4 *)(b0 + (i2 * 4 + i54 * 64));
                float4 f19 = *(__global float4 *)(b2 + i66);
                float4 f20 = f19 + f18;
                *(__global float4 *)(b2 + i66) = f20;
              }
              int i67 = i2 * 4 + i59 * 64;
              if ((c26 && (w_rem((i59 - i0 * 5000), 16) == i3))) {
                float4 f21 = *(__global const float4 *)(b0 + (i2 * 4 + i57 * 64));
                float4 f22 = *(__global float4 *)(b2 + i67);
                float4 f23 = f22 + f21;
                *(__global float4 *)(b2 + i67) = f23;
              }
            }
          }
        }
      }
    }
  }
  for (int i68 = 208; i68 < 211; i68 += 1) {
    int i69 = b1[i68];
    int i70 = i69 * 4441;
    int i71 = i2 * 4 + i70 * 64;
    if ((((!(i70 < i4)) && (i70 < i5)) && (w_rem((i70 - i0 * 5000), 16) == i3))) {
      float4 f24 = *(__global const float4 *)(b0 + (i2 * 4 + i68 * 64));
      float4 f25 = *(__global float4 *)(b2 + i71);
      float4 f26 = f25 + f24;
      *(__global float4 *)(b2 + i71) = f26;
    }
  }
}

