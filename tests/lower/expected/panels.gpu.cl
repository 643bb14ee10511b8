// panels: neg, work-groups 48 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void map(__global const float *b0, __global float *b1) {
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = i0 * 256 + i1;
  float f0 = b0[(w_rem(i1, 32) * 96 + w_quot(i1, 32) + w_rem(i0, 12) * 8 + w_quot(i0, 12) * 3072)];
  float f1 = -f0;
  b1[i2] = f1;
}

