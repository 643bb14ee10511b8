// scores_of_one_query: mul+reduce_sum+mul, work-groups 16 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void reduce(__global const float *b0, __global const float *b1, __global float *b2) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 48;
  int i2 = i0 * 48 + 48;
  float8 f0 = (float8)(0.0f);
  for (int i3 = i1; i3 < i2; i3 += 1) {
    int i4 = w_rem(i3, 96);
    int i5 = w_quot(i3, 96);
    float8 f1 = f0;
    float8 f2 = f0;
    float8 f3 = f0;
    float8 f4 = f0;
    float f5 = 0.0f;
    for (int i6 = 0; i6 < 64; i6 += 32) {
      float8 f6 = vload8(0, b0 + (i6 + i5 * 64));
      float8 f7 = vload8(0, b1 + (i6 + i4 * 512 + i5 * 64));
      float8 f8 = f6 * f7;
      float8 f9 = f1 + f8;
      float8 f10 = vload8(0, b0 + (i6 + i5 * 64 + 8));
      float8 f11 = vload8(0, b1 + (i6 + i4 * 512 + i5 * 64 + 8));
      float8 f12 = f10 * f11;
      float8 f13 = f2 + f12;
      float8 f14 = vload8(0, b0 + (i6 + i5 * 64 + 16));
      float8 f15 = vload8(0, b1 + (i6 + i4 * 512 + i5 * 64 + 16));
      float8 f16 = f14 * f15;
      float8 f17 = f3 + f16;
      float8 f18 = vload8(0, b0 + (i6 + i5 * 64 + 24));
      float8 f19 = vload8(0, b1 + (i6 + i4 * 512 + i5 * 64 + 24));
      float8 f20 = f18 * f19;
      float8 f21 = f4 + f20;
      f1 = f9;
      f2 = f13;
      f3 = f17;
      f4 = f21;
    }
    float8 f22 = f1 + f2;
    float8 f23 = f22 + f3;
    float8 f24 = f23 + f4;
    float4 f25 = f24.lo;
    float4 f26 = f24.hi;
    float4 f27 = f25 + f26;
    float2 f28 = f27.lo;
    float2 f29 = f27.hi;
    float2 f30 = f28 + f29;
    float f31 = f30.lo;
    float f32 = f30.hi;
    float f33 = f31 + f32;
    float f34 = f33 * 0.125f;
    b2[i3] = f34;
  }
}

