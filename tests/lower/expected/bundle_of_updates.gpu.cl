// bundle_of_updates: 2 mul+add+mul+sub, work-groups 3 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void bundle(__global const float *b0, __global const float *b1, __global const float *b2, __global const float *b3, __global const float *b4, __global const float *b5, __global const float *b6, __global float *b7, __global float *b8, __global float *b9, __global float *b10) {
  int i0 = (int)get_group_id(0);
  int c0 = i0 < 2;
  int i1 = (int)get_local_id(0);
  float f0 = b3[0];
  int i2 = i0 - 2;
  int c1 = (-1) < i2;
  if (c0) {
    int i3 = i0 * 256 + i1;
    if ((i3 < 300)) {
      float f1 = b0[i3];
      float f2 = f1 * 0.9f;
      float f3 = b1[i3];
      float f4 = f2 + f3;
      float f5 = b2[i3];
      float f6 = f4 * f0;
      float f7 = f5 - f6;
      b7[i3] = f4;
      b8[i3] = f7;
    }
  }
  if (c1) {
    int i4 = i1 + i2 * 256;
    if ((i4 < 40)) {
      float f8 = b4[i4];
      float f9 = f8 * 0.9f;
      float f10 = b5[i4];
      float f11 = f9 + f10;
      float f12 = b6[i4];
      float f13 = f11 * f0;
      float f14 = f12 - f13;
      b9[i4] = f11;
      b10[i4] = f14;
    }
  }
}

