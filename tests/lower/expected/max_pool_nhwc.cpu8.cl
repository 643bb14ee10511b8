// max_pool_nhwc: relu+reduce_max, work-groups 1 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void reduce(__global const float *b0, __global float *b1) {
  for (int i0 = 0; i0 < 72; i0 += 1) {
    int i1 = w_rem(i0, 6);
    int i2 = w_quot(i0, 6);
    for (int i3 = 0; i3 < 32; i3 += 8) {
      float8 f0 = vload8(0, b0 + (i3 + i1 * 64 + i2 * 768));
      float8 f1 = w_select(f0 < 0, (float8)(w_lit(0.0)), f0);
      float8 f2 = vload8(0, b0 + (i3 + i1 * 64 + i2 * 768 + 32));
      float8 f3 = w_select(f2 < 0, (float8)(w_lit(0.0)), f2);
      float8 f4 = w_max(f1, f3);
      float8 f5 = vload8(0, b0 + (i3 + i1 * 64 + i2 * 768 + 384));
      float8 f6 = w_select(f5 < 0, (float8)(w_lit(0.0)), f5);
      float8 f7 = w_max(f4, f6);
      float8 f8 = vload8(0, b0 + (i3 + i1 * 64 + i2 * 768 + 416));
      float8 f9 = w_select(f8 < 0, (float8)(w_lit(0.0)), f8);
      float8 f10 = w_max(f7, f9);
      vstore8(f10, 0, b1 + (i0 * 32 + i3));
    }
  }
}

