// layer_norm: reduce_sum+div+sub+square+reduce_sum+div+add+rsqrt+.., work-groups 4 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void row(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, __global float *b4) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 8;
  int i2 = i0 * 8 + 8;
  float8 f0 = (float8)(0.0f);
  for (int i3 = i1; i3 < i2; i3 += 1) {
    float8 f1 = f0;
    float8 f2 = f0;
    float8 f3 = f0;
    float8 f4 = f0;
    float f5 = 0.0f;
    for (int i4 = 0; i4 < 256; i4 += 32) {
      float8 f6 = vload8(0, b0 + (i3 * 256 + i4));
      float8 f7 = f1 + f6;
      float8 f8 = vload8(0, b0 + (i3 * 256 + i4 + 8));
      float8 f9 = f2 + f8;
      float8 f10 = vload8(0, b0 + (i3 * 256 + i4 + 16));
      float8 f11 = f3 + f10;
      float8 f12 = vload8(0, b0 + (i3 * 256 + i4 + 24));
      float8 f13 = f4 + f12;
      f1 = f7;
      f2 = f9;
      f3 = f11;
      f4 = f13;
    }
    float8 f14 = f1 + f2;
    float8 f15 = f14 + f3;
    float8 f16 = f15 + f4;
    float4 f17 = f16.lo;
    float4 f18 = f16.hi;
    float4 f19 = f17 + f18;
    float2 f20 = f19.lo;
    float2 f21 = f19.hi;
    float2 f22 = f20 + f21;
    float f23 = f22.lo;
    float f24 = f22.hi;
    float f25 = f23 + f24;
    float f26 = w_div(f25, 256.0f);
    float8 f27 = f0;
    float8 f28 = f0;
    float8 f29 = f0;
    float8 f30 = f0;
    float f31 = 0.0f;
    for (int i5 = 0; i5 < 256; i5 += 32) {
      float8 f32 = vload8(0, b0 + (i3 * 256 + i5));
      float8 f33 = f32 - (float8)(f26);
      float8 f34 = f33 * f33;
      float8 f35 = f27 + f34;
      float8 f36 = vload8(0, b0 + (i3 * 256 + i5 + 8));
      float8 f37 = f36 - (float8)(f26);
      float8 f38 = f37 * f37;
      float8 f39 = f28 + f38;
      float8 f40 = vload8(0, b0 + (i3 * 256 + i5 + 16));
      float8 f41 = f40 - (float8)(f26);
      float8 f42 = f41 * f41;
      float8 f43 = f29 + f42;
      float8 f44 = vload8(0, b0 + (i3 * 256 + i5 + 24));
      float8 f45 = f44 - (float8)(f26);
      float8 f46 = f45 * f45;
      float8 f47 = f30 + f46;
      f27 = f35;
      f28 = f39;
      f29 = f43;
      f30 = f47;
    }
    float8 f48 = f27 + f28;
    float8 f49 = f48 + f29;
    float8 f50 = f49 + f30;
    float4 f51 = f50.lo;
    float4 f52 = f50.hi;
    float4 f53 = f51 + f52;
    float2 f54 = f53.lo;
    float2 f55 = f53.hi;
    float2 f56 = f54 + f55;
    float f57 = f56.lo;
    float f58 = f56.hi;
    float f59 = f57 + f58;
    float f60 = w_div(f59, 256.0f);
    float f61 = f60 + 1e-05f;
    float f62 = w_rsqrt(f61);
    for (int i6 = 0; i6 < 256; i6 += 8) {
      int i7 = i3 * 256 + i6;
      float8 f63 = vload8(0, b0 + i7);
      float8 f64 = f63 - (float8)(f26);
      float8 f65 = f64 * (float8)(f62);
      float8 f66 = vload8(0, b1 + i6);
      float8 f67 = f65 * f66;
      float8 f68 = vload8(0, b2 + i6);
      float8 f69 = f67 + f68;
      vstore8(f69, 0, b4 + i7);
    }
    b3[i3] = f26;
  }
}

