// padded_nhwc: relu, work-groups 1 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void map(__global const float *b0, __global float *b1) {
  for (int i0 = 0; i0 < 504; i0 += 1) {
    int i1 = w_rem(i0, 14);
    int i2 = w_rem(w_quot(i0, 14), 12);
    int i3 = w_quot(i0, 168);
    int i4 = i1 - 2;
    int c0 = ((-1) < i4) && (i4 < 11);
    int i5 = i2 - 1;
    int c1 = (c0 && ((-1) < i5)) && (i5 < 9);
    for (int i6 = 0; i6 < 16; i6 += 8) {
      float8 f0 = c1 ? vload8(0, b0 + (i6 + i1 * 16 + i2 * 176 + i3 * 1584 - 208)) : (float8)(0.0f);
      float8 f1 = w_select(c0, f0, (float8)((-1.0f)));
      float8 f2 = w_select(f1 < 0, (float8)(w_lit(0.0)), f1);
      vstore8(f2, 0, b1 + (i0 * 16 + i6));
    }
  }
}

