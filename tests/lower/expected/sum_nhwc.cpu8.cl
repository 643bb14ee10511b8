// sum_nhwc: reduce_sum+mul, work-groups 1 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void reduce(__global const float *b0, __global float *b1) {
  float8 f0 = (float8)(0.0f);
  float8 f1 = f0;
  float8 f2 = f0;
  float8 f3 = f0;
  float8 f4 = f0;
  for (int i0 = 0; i0 < 1568; i0 += 1) {
    float8 f5 = vload8(0, b0 + (i0 * 32));
    float8 f6 = f1 + f5;
    float8 f7 = vload8(0, b0 + (i0 * 32 + 8));
    float8 f8 = f2 + f7;
    float8 f9 = vload8(0, b0 + (i0 * 32 + 16));
    float8 f10 = f3 + f9;
    float8 f11 = vload8(0, b0 + (i0 * 32 + 24));
    float8 f12 = f4 + f11;
    f1 = f6;
    f2 = f8;
    f3 = f10;
    f4 = f12;
  }
  float8 f13 = f1 * (float8)(0.5f);
  w_store(__global, float, 8, f13, b1 + 0);
  float8 f14 = f2 * (float8)(0.5f);
  w_store(__global, float, 8, f14, b1 + 8);
  float8 f15 = f3 * (float8)(0.5f);
  w_store(__global, float, 8, f15, b1 + 16);
  float8 f16 = f4 * (float8)(0.5f);
  w_store(__global, float, 8, f16, b1 + 24);
}

