// momentum: mul+add+mul+sub, work-groups 31 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void map(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, __global float *b4) {
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = i0 * 256 + i1;
  int c0 = i2 < 7840;
  if (c0) {
    float f0 = b0[i2];
    float f1 = f0 * 0.9f;
    float f2 = b1[i2];
    float f3 = f1 + f2;
    float f4 = b2[i2];
    float f5 = f3 * 0.01f;
    float f6 = f4 - f5;
    b3[i2] = f3;
    b4[i2] = f6;
  }
}

