// layer_norm: reduce_sum+div+sub+square+reduce_sum+div+add+rsqrt+.., work-groups 16 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void row(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, __global float *b4) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 2;
  int i2 = i0 * 2 + 2;
  float8 f0 = (float8)(0.0f);
  for (int i3 = i1; i3 < i2; i3 += 2) {
    int i4 = min((i3 + 8), 30);
    int i5 = i3 + 1;
    float8 f1 = f0;
    float f2 = 0.0f;
    float8 f3 = f0;
    float f4 = 0.0f;
    for (int i6 = 0; i6 < 256; i6 += 8) {
      float8 f5 = vload8(0, b0 + (i3 * 256 + i6));
      float8 f6 = f1 + f5;
      float8 f7 = vload8(0, b0 + (i3 * 256 + i6 + 256));
      float8 f8 = f3 + f7;
      f1 = f6;
      f3 = f8;
    }
    float4 f9 = f1.lo;
    float4 f10 = f1.hi;
    float4 f11 = f9 + f10;
    float2 f12 = f11.lo;
    float2 f13 = f11.hi;
    float2 f14 = f12 + f13;
    float f15 = f14.lo;
    float f16 = f14.hi;
    float f17 = f15 + f16;
    float4 f18 = f3.lo;
    float4 f19 = f3.hi;
    float4 f20 = f18 + f19;
    float2 f21 = f20.lo;
    float2 f22 = f20.hi;
    float2 f23 = f21 + f22;
    float f24 = f23.lo;
    float f25 = f23.hi;
    float f26 = f24 + f25;
    float f27 = w_div(f17, 256.0f);
    float f28 = w_div(f26, 256.0f);
    float8 f29 = f0;
    float f30 = 0.0f;
    float8 f31 = f0;
    float f32 = 0.0f;
    for (int i7 = 0; i7 < 256; i7 += 8) {
      int i8 = i3 * 256 + i7;
      float8 f33 = vload8(0, b0 + i8);
      float8 f34 = f33 - (float8)(f27);
      float8 f35 = f34 * f34;
      float8 f36 = f29 + f35;
      w_prefetch(b0 + (i4 * 256 + i7), 0);
      w_prefetch(b4 + i8, 1);
      int i9 = i3 * 256 + i7 + 256;
      float8 f37 = vload8(0, b0 + i9);
      float8 f38 = f37 - (float8)(f28);
      float8 f39 = f38 * f38;
      float8 f40 = f31 + f39;
      w_prefetch(b0 + (i4 * 256 + i7 + 256), 0);
      w_prefetch(b4 + i9, 1);
      f29 = f36;
      f31 = f40;
    }
    float4 f41 = f29.lo;
    float4 f42 = f29.hi;
    float4 f43 = f41 + f42;
    float2 f44 = f43.lo;
    float2 f45 = f43.hi;
    float2 f46 = f44 + f45;
    float f47 = f46.lo;
    float f48 = f46.hi;
    float f49 = f47 + f48;
    float4 f50 = f31.lo;
    float4 f51 = f31.hi;
    float4 f52 = f50 + f51;
    float2 f53 = f52.lo;
    float2 f54 = f52.hi;
    float2 f55 = f53 + f54;
    float f56 = f55.lo;
    float f57 = f55.hi;
    float f58 = f56 + f57;
    float f59 = w_div(f49, 256.0f);
    float f60 = f59 + 1e-05f;
    float f61 = w_rsqrt(f60);
    float f62 = w_div(f58, 256.0f);
    float f63 = f62 + 1e-05f;
    float f64 = w_rsqrt(f63);
    for (int i10 = 0; i10 < 256; i10 += 8) {
      int i11 = i3 * 256 + i10;
      float8 f65 = vload8(0, b0 + i11);
      float8 f66 = f65 - (float8)(f27);
      float8 f67 = f66 * (float8)(f61);
      float8 f68 = vload8(0, b1 + i10);
      float8 f69 = f67 * f68;
      float8 f70 = vload8(0, b2 + i10);
      float8 f71 = f69 + f70;
      w_store(__global, float, 8, f71, b4 + i11);
      int i12 = i3 * 256 + i10 + 256;
      float8 f72 = vload8(0, b0 + i12);
      float8 f73 = f72 - (float8)(f28);
      float8 f74 = f73 * (float8)(f64);
      float8 f75 = f74 * f68;
      float8 f76 = f75 + f70;
      w_store(__global, float, 8, f76, b4 + i12);
    }
    b3[i3] = f27;
    b3[i5] = f28;
  }
}

