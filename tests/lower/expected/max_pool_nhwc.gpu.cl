// max_pool_nhwc: relu+reduce_max, work-groups 9 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void reduce(__global const float *b0, __global float *b1) {
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = i0 * 256 + i1;
  int i3 = w_rem(i1, 32);
  int i4 = i0 * 8 + w_quot(i1, 32);
  int i5 = w_rem(i4, 6);
  int i6 = w_quot(i4, 6);
  float f0 = b0[(i3 + i5 * 64 + i6 * 768)];
  float f1 = w_select(f0 < 0, w_lit(0.0), f0);
  float f2 = b0[(i3 + i5 * 64 + i6 * 768 + 32)];
  float f3 = w_select(f2 < 0, w_lit(0.0), f2);
  float f4 = w_max(f1, f3);
  float f5 = b0[(i3 + i5 * 64 + i6 * 768 + 384)];
  float f6 = w_select(f5 < 0, w_lit(0.0), f5);
  float f7 = w_max(f4, f6);
  float f8 = b0[(i3 + i5 * 64 + i6 * 768 + 416)];
  float f9 = w_select(f8 < 0, w_lit(0.0), f8);
  float f10 = w_max(f7, f9);
  b1[i2] = f10;
}

