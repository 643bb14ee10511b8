// bundle_of_kinds: add, 2 neg, relu, gather, .., work-groups 41 1 1 of 256

W_RANDOM(, uint, int, float)
__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void bundle(__global const float *b0, __global const float *b1, __global const float *b2, __global const float *b3, __global const int *b4, __global const float *b5, __global const int *b6, __global const int *b7, __global const int *b8, __global const float *b9, __global float *b10, __global float *b11, __global float *b12, __global float *b13, __global float *b14, __global float *b15, __global int *b16, __global float *b17) {
  int i0 = (int)get_group_id(0);
  int c0 = i0 < 1;
  int i1 = (int)get_local_id(0);
  int i2 = i0 - 1;
  int c1 = ((-1) < i2) && (i2 < 26);
  int i3 = i0 - 27;
  int c2 = ((-1) < i3) && (i3 < 3);
  int i4 = i0 - 30;
  int c3 = ((-1) < i4) && (i4 < 4);
  int i5 = i0 - 34;
  int c4 = ((-1) < i5) && (i5 < 2);
  int i6 = i0 - 36;
  int c5 = ((-1) < i6) && (i6 < 2);
  int i7 = b6[0];
  int i8 = i0 - 38;
  int c6 = ((-1) < i8) && (i8 < 2);
  int i9 = i0 - 40;
  int c7 = (-1) < i9;
  if (c0) {
    int i10 = i0 * 256 + i1;
    if ((i10 < 1)) {
      float f0 = b0[i10];
      float f1 = b1[i10];
      float f2 = f0 + f1;
      b10[i10] = f2;
    }
  }
  if (c1) {
    int i11 = i1 + i2 * 256;
    if ((i11 < 6480)) {
      float f3 = b2[(w_rem(i11, 72) * 90 + w_quot(i11, 72))];
      float f4 = -f3;
      b11[i11] = f4;
    }
  }
  if (c2) {
    int i12 = i1 + i3 * 256;
    int i13 = i1 + i3 * 256 + 5760;
    if ((i12 < 540)) {
      float f5 = b2[i13];
      float f6 = w_select(f5 < 0, w_lit(0.0), f5);
      b12[i12] = f6;
    }
  }
  if (c3) {
    int i14 = i1 + i4 * 256;
    if ((i14 < 960)) {
      int i15 = b4[w_quot(i14, 24)];
      float f7 = (((-1) < i15) && (i15 < 50)) ? b3[(w_rem(i14, 24) + i15 * 24)] : 0.0f;
      b13[i14] = f7;
    }
  }
  if (c4) {
    int i16 = i1 + i5 * 256;
    if ((i16 < 288)) {
      int i17 = w_rem(i16, 24);
      int i18 = w_quot(i16, 24);
      float f8 = b5[i16];
      float f9 = w_exp(f8);
      float f10 = -f8;
      b14[(i17 + i18 * 72)] = f9;
      b14[(i17 + i18 * 72 + 24)] = f8;
      b14[(i17 + i18 * 72 + 48)] = f10;
    }
  }
  if (c5) {
    int i19 = i1 + i6 * 256;
    float f11 = w_uniform(0x7b1dcdafu, 0xe220a839u, i7, i19);
    float f12 = f11 * 2.0f;
    float f13 = f12 + (-1.0f);
    if ((i19 < 330)) {
      b15[i19] = f13;
    }
  }
  if (c6) {
    int i20 = i1 + i8 * 256;
    if ((i20 < 333)) {
      int i21 = b7[i20];
      int i22 = b8[i20];
      int i23 = w_div_i(i21, i22);
      b16[i20] = i23;
    }
  }
  if (c7) {
    int i24 = i1 + i9 * 256;
    if ((i24 < 252)) {
      int i25 = w_rem(i24, 36);
      int i26 = w_quot(i24, 36);
      int i27 = i25 - 2;
      int c8 = ((-1) < i27) && (i27 < 31);
      int i28 = i26 - 1;
      float f14 = ((c8 && ((-1) < i28)) && (i28 < 5)) ? b9[(i25 + i26 * 31 - 33)] : 3.0f;
      float f15 = w_select(c8, f14, 4.0f);
      float f16 = -f15;
      b17[i24] = f16;
    }
  }
}

