// max_pool_gradient: reduce_max, work-groups 1 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void reduce(__global const float *b0, __global float *b1) {
  for (int i0 = 0; i0 < 72; i0 += 1) {
    int i1 = w_rem(i0, 6);
    int i2 = w_quot(i0, 6);
    for (int i3 = 0; i3 < 16; i3 += 8) {
      float8 f0 = vload8(0, b0 + (i3 + i1 * 32 + i2 * 384));
      float8 f1 = vload8(0, b0 + (i3 + i1 * 32 + i2 * 384 + 16));
      float8 f2 = w_max(f0, f1);
      float8 f3 = vload8(0, b0 + (i3 + i1 * 32 + i2 * 384 + 192));
      float8 f4 = w_max(f2, f3);
      float8 f5 = vload8(0, b0 + (i3 + i1 * 32 + i2 * 384 + 208));
      float8 f6 = w_max(f4, f5);
      vstore8(f6, 0, b1 + (i0 * 16 + i3));
    }
  }
}

// max_pool_gradient: eq+where+fold, work-groups 1 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void reduce(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3) {
  for (int i0 = 0; i0 < 288; i0 += 1) {
    int i1 = w_quot(i0, 24);
    int i2 = w_rem(w_quot(i0, 2), 6);
    for (int i3 = 0; i3 < 16; i3 += 8) {
      int i4 = i0 * 16 + i3;
      float8 f0 = vload8(0, b0 + i4);
      int i5 = i3 + i1 * 96 + i2 * 16;
      float8 f1 = vload8(0, b1 + i5);
      int8 i6 = w_bool(f0 == f1);
      float8 f2 = vload8(0, b2 + i5);
      float8 f3 = w_select(i6 != 0, f2, (float8)(0.0f));
      vstore8(f3, 0, b3 + i4);
    }
  }
}

