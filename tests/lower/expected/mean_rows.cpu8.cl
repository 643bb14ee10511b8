// mean_rows: reduce_sum+div, work-groups 19 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void reduce(__global const float *b0, __global float *b1) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 2;
  int i2 = min((i0 * 2 + 2), 37);
  float8 f0 = (float8)(0.0f);
  for (int i3 = i1; i3 < i2; i3 += 1) {
    float8 f1 = f0;
    float8 f2 = f0;
    float8 f3 = f0;
    float8 f4 = f0;
    float f5 = 0.0f;
    for (int i4 = 0; i4 < 992; i4 += 32) {
      float8 f6 = vload8(0, b0 + (i3 * 1000 + i4));
      float8 f7 = f1 + f6;
      float8 f8 = vload8(0, b0 + (i3 * 1000 + i4 + 8));
      float8 f9 = f2 + f8;
      float8 f10 = vload8(0, b0 + (i3 * 1000 + i4 + 16));
      float8 f11 = f3 + f10;
      float8 f12 = vload8(0, b0 + (i3 * 1000 + i4 + 24));
      float8 f13 = f4 + f12;
      f1 = f7;
      f2 = f9;
      f3 = f11;
      f4 = f13;
    }
    float8 f14 = vload8(0, b0 + (i3 * 1000 + 992));
    float8 f15 = f1 + f14;
    float8 f16 = f15 + f2;
    float8 f17 = f16 + f3;
    float8 f18 = f17 + f4;
    float4 f19 = f18.lo;
    float4 f20 = f18.hi;
    float4 f21 = f19 + f20;
    float2 f22 = f21.lo;
    float2 f23 = f21.hi;
    float2 f24 = f22 + f23;
    float f25 = f24.lo;
    float f26 = f24.hi;
    float f27 = f25 + f26;
    float f28 = w_div(f27, 1e+03f);
    b1[i3] = f28;
  }
}

