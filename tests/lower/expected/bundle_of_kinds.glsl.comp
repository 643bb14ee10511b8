// bundle_of_kinds: add, 2 neg, relu, gather, .., work-groups 41 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) readonly buffer B2 { float d[]; } b2;
layout(set = 0, binding = 3) readonly buffer B3 { float d[]; } b3;
layout(set = 0, binding = 4) readonly buffer B4 { int d[]; } b4;
layout(set = 0, binding = 5) readonly buffer B5 { float d[]; } b5;
layout(set = 0, binding = 6) readonly buffer B6 { int d[]; } b6;
layout(set = 0, binding = 7) readonly buffer B7 { int d[]; } b7;
layout(set = 0, binding = 8) readonly buffer B8 { int d[]; } b8;
layout(set = 0, binding = 9) readonly buffer B9 { float d[]; } b9;
layout(set = 0, binding = 10) buffer B10 { float d[]; } b10;
layout(set = 0, binding = 11) buffer B11 { float d[]; } b11;
layout(set = 0, binding = 12) buffer B12 { float d[]; } b12;
layout(set = 0, binding = 13) buffer B13 { float d[]; } b13;
layout(set = 0, binding = 14) buffer B14 { float d[]; } b14;
layout(set = 0, binding = 15) buffer B15 { float d[]; } b15;
layout(set = 0, binding = 16) buffer B16 { int d[]; } b16;
layout(set = 0, binding = 17) buffer B17 { float d[]; } b17;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  bool c0 = i0 < 1;
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 - 1;
  bool c1 = ((-1) < i2) && (i2 < 26);
  int i3 = i0 - 27;
  bool c2 = ((-1) < i3) && (i3 < 3);
  int i4 = i0 - 30;
  bool c3 = ((-1) < i4) && (i4 < 4);
  int i5 = i0 - 34;
  bool c4 = ((-1) < i5) && (i5 < 2);
  int i6 = i0 - 36;
  bool c5 = ((-1) < i6) && (i6 < 2);
  int i7 = b6.d[0];
  int i8 = i0 - 38;
  bool c6 = ((-1) < i8) && (i8 < 2);
  int i9 = i0 - 40;
  bool c7 = (-1) < i9;
  if (c0) {
    int i10 = i0 * 256 + i1;
    if ((i10 < 1)) {
      float f0 = b0.d[i10];
      float f1 = b1.d[i10];
      float f2 = f0 + f1;
      b10.d[i10] = f2;
    }
  }
  if (c1) {
    int i11 = i1 + i2 * 256;
    if ((i11 < 6480)) {
      float f3 = b2.d[(w_rem(i11, 72) * 90 + w_quot(i11, 72))];
      float f4 = -f3;
      b11.d[i11] = f4;
    }
  }
  if (c2) {
    int i12 = i1 + i3 * 256;
    int i13 = i1 + i3 * 256 + 5760;
    if ((i12 < 540)) {
      float f5 = b2.d[i13];
      float f6 = w_select(f5 < 0, w_lit(0.0), f5);
      b12.d[i12] = f6;
    }
  }
  if (c3) {
    int i14 = i1 + i4 * 256;
    if ((i14 < 960)) {
      int i15 = b4.d[w_quot(i14, 24)];
      float f7 = (((-1) < i15) && (i15 < 50)) ? b3.d[(w_rem(i14, 24) + i15 * 24)] : 0.0f;
      b13.d[i14] = f7;
    }
  }
  if (c4) {
    int i16 = i1 + i5 * 256;
    if ((i16 < 288)) {
      int i17 = w_rem(i16, 24);
      int i18 = w_quot(i16, 24);
      float f8 = b5.d[i16];
      float f9 = w_exp(f8);
      float f10 = -f8;
      b14.d[(i17 + i18 * 72)] = f9;
      b14.d[(i17 + i18 * 72 + 24)] = f8;
      b14.d[(i17 + i18 * 72 + 48)] = f10;
    }
  }
  if (c5) {
    int i19 = i1 + i6 * 256;
    float f11 = w_uniform(0x7b1dcdafu, 0xe220a839u, i7, i19);
    float f12 = f11 * 2.0f;
    float f13 = f12 + (-1.0f);
    if ((i19 < 330)) {
      b15.d[i19] = f13;
    }
  }
  if (c6) {
    int i20 = i1 + i8 * 256;
    if ((i20 < 333)) {
      int i21 = b7.d[i20];
      int i22 = b8.d[i20];
      int i23 = w_div_i(i21, i22);
      b16.d[i20] = i23;
    }
  }
  if (c7) {
    int i24 = i1 + i9 * 256;
    if ((i24 < 252)) {
      int i25 = w_rem(i24, 36);
      int i26 = w_quot(i24, 36);
      int i27 = i25 - 2;
      bool c8 = ((-1) < i27) && (i27 < 31);
      int i28 = i26 - 1;
      float f14 = ((c8 && ((-1) < i28)) && (i28 < 5)) ? b9.d[(i25 + i26 * 31 - 33)] : 3.0f;
      float f15 = w_select(c8, f14, 4.0f);
      float f16 = -f15;
      b17.d[i24] = f16;
    }
  }
}

