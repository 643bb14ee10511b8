// padded_nhwc: relu, work-groups 3 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void map(__global const float *b0, __global float *b1) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 170;
  int i2 = min((i0 * 170 + 170), 504);
  for (int i3 = i1; i3 < i2; i3 += 1) {
    int i4 = w_rem(i3, 14);
    int i5 = w_rem(w_quot(i3, 14), 12);
    int i6 = w_quot(i3, 168);
    int i7 = i4 - 2;
    int c0 = ((-1) < i7) && (i7 < 11);
    int i8 = i5 - 1;
    int c1 = (c0 && ((-1) < i8)) && (i8 < 9);
    for (int i9 = 0; i9 < 16; i9 += 8) {
      float8 f0 = c1 ? vload8(0, b0 + (i9 + i4 * 16 + i5 * 176 + i6 * 1584 - 208)) : (float8)(0.0f);
      float8 f1 = w_select(c0, f0, (float8)((-1.0f)));
      float8 f2 = w_select(f1 < 0, (float8)(w_lit(0.0)), f1);
      w_store(__global, float, 8, f2, b1 + (i3 * 16 + i9));
    }
  }
}

