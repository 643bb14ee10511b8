// bias_nhwc: add+relu, work-groups 98 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void map(__global const float *b0, __global const float *b1, __global float *b2) {
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = i0 * 256 + i1;
  float f0 = b0[i2];
  float f1 = b1[w_rem(i1, 32)];
  float f2 = f0 + f1;
  float f3 = w_select(f2 < 0, w_lit(0.0), f2);
  b2[i2] = f3;
}

