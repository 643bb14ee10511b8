// panels: neg, work-groups 5 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void map(__global const float *b0, __global float *b1) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 80;
  int i2 = min((i0 * 80 + 80), 384);
  for (int i3 = i1; i3 < i2; i3 += 16) {
    int i4 = w_rem(i3, 96);
    int i5 = w_quot(i3, 96);
    for (int i6 = 0; i6 < 32; i6 += 8) {
      float8 t25[8];
      t25[0] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072) + (0));
      t25[1] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072) + (96));
      t25[2] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072) + (192));
      t25[3] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072) + (288));
      t25[4] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072) + (384));
      t25[5] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072) + (480));
      t25[6] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072) + (576));
      t25[7] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072) + (672));
      W_TURN_8(t25)
      float8 f0 = t25[0];
      float8 f1 = -f0;
      w_store(__global, float, 8, f1, b1 + (i3 * 32 + i6));
      float8 f2 = t25[1];
      float8 f3 = -f2;
      w_store(__global, float, 8, f3, b1 + (i3 * 32 + i6 + 32));
      float8 f4 = t25[2];
      float8 f5 = -f4;
      w_store(__global, float, 8, f5, b1 + (i3 * 32 + i6 + 64));
      float8 f6 = t25[3];
      float8 f7 = -f6;
      w_store(__global, float, 8, f7, b1 + (i3 * 32 + i6 + 96));
      float8 f8 = t25[4];
      float8 f9 = -f8;
      w_store(__global, float, 8, f9, b1 + (i3 * 32 + i6 + 128));
      float8 f10 = t25[5];
      float8 f11 = -f10;
      w_store(__global, float, 8, f11, b1 + (i3 * 32 + i6 + 160));
      float8 f12 = t25[6];
      float8 f13 = -f12;
      w_store(__global, float, 8, f13, b1 + (i3 * 32 + i6 + 192));
      float8 f14 = t25[7];
      float8 f15 = -f14;
      w_store(__global, float, 8, f15, b1 + (i3 * 32 + i6 + 224));
      float8 t105[8];
      t105[0] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072 + 8) + (0));
      t105[1] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072 + 8) + (96));
      t105[2] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072 + 8) + (192));
      t105[3] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072 + 8) + (288));
      t105[4] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072 + 8) + (384));
      t105[5] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072 + 8) + (480));
      t105[6] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072 + 8) + (576));
      t105[7] = vload8(0, b0 + (i6 * 96 + i4 + i5 * 3072 + 8) + (672));
      W_TURN_8(t105)
      float8 f16 = t105[0];
      float8 f17 = -f16;
      w_store(__global, float, 8, f17, b1 + (i3 * 32 + i6 + 256));
      float8 f18 = t105[1];
      float8 f19 = -f18;
      w_store(__global, float, 8, f19, b1 + (i3 * 32 + i6 + 288));
      float8 f20 = t105[2];
      float8 f21 = -f20;
      w_store(__global, float, 8, f21, b1 + (i3 * 32 + i6 + 320));
      float8 f22 = t105[3];
      float8 f23 = -f22;
      w_store(__global, float, 8, f23, b1 + (i3 * 32 + i6 + 352));
      float8 f24 = t105[4];
      float8 f25 = -f24;
      w_store(__global, float, 8, f25, b1 + (i3 * 32 + i6 + 384));
      float8 f26 = t105[5];
      float8 f27 = -f26;
      w_store(__global, float, 8, f27, b1 + (i3 * 32 + i6 + 416));
      float8 f28 = t105[6];
      float8 f29 = -f28;
      w_store(__global, float, 8, f29, b1 + (i3 * 32 + i6 + 448));
      float8 f30 = t105[7];
      float8 f31 = -f30;
      w_store(__global, float, 8, f31, b1 + (i3 * 32 + i6 + 480));
    }
  }
}

