// max_pool_gradient: reduce_max, work-groups 5 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void reduce(__global const float *b0, __global float *b1) {
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = i0 * 256 + i1;
  int c0 = i2 < 1152;
  if (c0) {
    int i3 = w_rem(i2, 16);
    int i4 = w_rem(w_quot(i2, 16), 6);
    int i5 = w_quot(i2, 96);
    float f0 = b0[(i3 + i4 * 32 + i5 * 384)];
    float f1 = b0[(i3 + i4 * 32 + i5 * 384 + 16)];
    float f2 = w_max(f0, f1);
    float f3 = b0[(i3 + i4 * 32 + i5 * 384 + 192)];
    float f4 = w_max(f2, f3);
    float f5 = b0[(i3 + i4 * 32 + i5 * 384 + 208)];
    float f6 = w_max(f4, f5);
    b1[i2] = f6;
  }
}

// max_pool_gradient: eq+where+fold, work-groups 18 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void reduce(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3) {
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = i0 * 256 + i1;
  int i3 = i0 * 16 + w_quot(i1, 16);
  int i4 = w_rem((i0 * 8 + w_quot(i1, 32)), 6);
  float f0 = b0[(w_quot(i3, 12) * 192 + i4 * 32 + w_rem(i1, 32))];
  int i5 = w_rem(i1, 16) + w_quot(i3, 24) * 96 + i4 * 16;
  float f1 = b1[i5];
  int i6 = w_bool(f0 == f1);
  float f2 = b2[i5];
  float f3 = w_select(i6 != 0, f2, 0.0f);
  b3[i2] = f3;
}

