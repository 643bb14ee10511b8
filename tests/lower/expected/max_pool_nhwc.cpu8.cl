// max_pool_nhwc: relu+reduce_max, work-groups 4 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void reduce(__global const float *b0, __global float *b1) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 21;
  int i2 = min((i0 * 21 + 21), 72);
  for (int i3 = i1; i3 < i2; i3 += 1) {
    int i4 = w_rem(i3, 6);
    int i5 = w_quot(i3, 6);
    for (int i6 = 0; i6 < 32; i6 += 8) {
      float8 f0 = vload8(0, b0 + (i6 + i4 * 64 + i5 * 768));
      float8 f1 = w_select(f0 < 0, (float8)(w_lit(0.0)), f0);
      int8 c0 = f1 == f1;
      float8 f2 = w_select(c0, (float8)(0.0f), f1);
      float8 f3 = vload8(0, b0 + (i6 + i4 * 64 + i5 * 768 + 32));
      float8 f4 = w_select(f3 < 0, (float8)(w_lit(0.0)), f3);
      int8 c1 = f4 == f4;
      float8 f5 = w_select(c1, f2, f4);
      int8 c2 = f1 < f4;
      float8 f6 = w_select(c2, f4, f1);
      float8 f7 = vload8(0, b0 + (i6 + i4 * 64 + i5 * 768 + 384));
      float8 f8 = w_select(f7 < 0, (float8)(w_lit(0.0)), f7);
      int8 c3 = f8 == f8;
      float8 f9 = w_select(c3, f5, f8);
      int8 c4 = f6 < f8;
      float8 f10 = w_select(c4, f8, f6);
      float8 f11 = vload8(0, b0 + (i6 + i4 * 64 + i5 * 768 + 416));
      float8 f12 = w_select(f11 < 0, (float8)(w_lit(0.0)), f11);
      int8 c5 = f12 == f12;
      float8 f13 = w_select(c5, f9, f12);
      int8 c6 = f10 < f12;
      float8 f14 = w_select(c6, f12, f10);
      int8 c7 = f13 == f13;
      float8 f15 = w_select(c7, f14, f13);
      w_store(__global, float, 8, f15, b1 + (i3 * 32 + i6));
    }
  }
}

