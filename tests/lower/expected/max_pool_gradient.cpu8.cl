// max_pool_gradient: reduce_max, work-groups 2 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void reduce(__global const float *b0, __global float *b1) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 64;
  int i2 = min((i0 * 64 + 64), 72);
  for (int i3 = i1; i3 < i2; i3 += 1) {
    int i4 = w_rem(i3, 6);
    int i5 = w_quot(i3, 6);
    for (int i6 = 0; i6 < 16; i6 += 8) {
      float8 f0 = vload8(0, b0 + (i6 + i4 * 32 + i5 * 384));
      int8 c0 = f0 == f0;
      float8 f1 = w_select(c0, (float8)(0.0f), f0);
      float8 f2 = vload8(0, b0 + (i6 + i4 * 32 + i5 * 384 + 16));
      int8 c1 = f2 == f2;
      float8 f3 = w_select(c1, f1, f2);
      int8 c2 = f0 < f2;
      float8 f4 = w_select(c2, f2, f0);
      float8 f5 = vload8(0, b0 + (i6 + i4 * 32 + i5 * 384 + 192));
      int8 c3 = f5 == f5;
      float8 f6 = w_select(c3, f3, f5);
      int8 c4 = f4 < f5;
      float8 f7 = w_select(c4, f5, f4);
      float8 f8 = vload8(0, b0 + (i6 + i4 * 32 + i5 * 384 + 208));
      int8 c5 = f8 == f8;
      float8 f9 = w_select(c5, f6, f8);
      int8 c6 = f7 < f8;
      float8 f10 = w_select(c6, f8, f7);
      int8 c7 = f9 == f9;
      float8 f11 = w_select(c7, f10, f9);
      w_store(__global, float, 8, f11, b1 + (i3 * 16 + i6));
    }
  }
}

// max_pool_gradient: eq+where+fold, work-groups 4 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void reduce(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 85;
  int i2 = min((i0 * 85 + 85), 288);
  for (int i3 = i1; i3 < i2; i3 += 1) {
    int i4 = w_quot(i3, 24);
    int i5 = w_rem(w_quot(i3, 2), 6);
    for (int i6 = 0; i6 < 16; i6 += 8) {
      int i7 = i3 * 16 + i6;
      float8 f0 = vload8(0, b0 + i7);
      int i8 = i6 + i4 * 96 + i5 * 16;
      float8 f1 = vload8(0, b1 + i8);
      int8 i9 = w_bool(f0 == f1);
      float8 f2 = vload8(0, b2 + i8);
      float8 f3 = w_select(i9 != 0, f2, (float8)(0.0f));
      w_store(__global, float, 8, f3, b3 + i7);
    }
  }
}

