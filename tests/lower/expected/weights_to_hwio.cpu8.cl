// weights_to_hwio: move, work-groups 16 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void map(__global const float *b0, __global float *b1, __global float *b2) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 72;
  int i2 = i0 * 72 + 72;
  for (int i3 = i1; i3 < i2; i3 += 1) {
    int i4 = w_rem(i3, 128);
    int i5 = w_quot(i3, 128);
    for (int i6 = 0; i6 < 128; i6 += 8) {
      float8 f0 = (float8)(b0[(i6 * 1152 + i4 * 9 + i5)], b0[(i6 * 1152 + i4 * 9 + i5) + 1152], b0[(i6 * 1152 + i4 * 9 + i5) + 2304], b0[(i6 * 1152 + i4 * 9 + i5) + 3456], b0[(i6 * 1152 + i4 * 9 + i5) + 4608], b0[(i6 * 1152 + i4 * 9 + i5) + 5760], b0[(i6 * 1152 + i4 * 9 + i5) + 6912], b0[(i6 * 1152 + i4 * 9 + i5) + 8064]);
      float8 f1 = (float8)(b0[(i6 * 9 + i4 * 1152 - i5 + 8)], b0[(i6 * 9 + i4 * 1152 - i5 + 8) + 9], b0[(i6 * 9 + i4 * 1152 - i5 + 8) + 18], b0[(i6 * 9 + i4 * 1152 - i5 + 8) + 27], b0[(i6 * 9 + i4 * 1152 - i5 + 8) + 36], b0[(i6 * 9 + i4 * 1152 - i5 + 8) + 45], b0[(i6 * 9 + i4 * 1152 - i5 + 8) + 54], b0[(i6 * 9 + i4 * 1152 - i5 + 8) + 63]);
      int i7 = i3 * 128 + i6;
      w_store(__global, float, 8, f0, b1 + i7);
      w_store(__global, float, 8, f1, b2 + i7);
    }
  }
}

