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
    float8 f2 = f0;
    float8 f3 = f0;
    float8 f4 = f0;
    for (int i6 = 0; i6 < 256; i6 += 16) {
      float8 f5 = vload8(0, b0 + (i3 * 256 + i6));
      float8 f6 = f1 + f5;
      float8 f7 = vload8(0, b0 + (i3 * 256 + i6 + 8));
      float8 f8 = f2 + f7;
      float8 f9 = vload8(0, b0 + (i3 * 256 + i6 + 256));
      float8 f10 = f3 + f9;
      float8 f11 = vload8(0, b0 + (i3 * 256 + i6 + 264));
      float8 f12 = f4 + f11;
      f1 = f6;
      f2 = f8;
      f3 = f10;
      f4 = f12;
    }
    float8 f13 = f1 + f2;
    float4 f14 = f13.lo;
    float4 f15 = f13.hi;
    float4 f16 = f14 + f15;
    float2 f17 = f16.lo;
    float2 f18 = f16.hi;
    float2 f19 = f17 + f18;
    float f20 = f19.lo;
    float f21 = f19.hi;
    float f22 = f20 + f21;
    float8 f23 = f3 + f4;
    float4 f24 = f23.lo;
    float4 f25 = f23.hi;
    float4 f26 = f24 + f25;
    float2 f27 = f26.lo;
    float2 f28 = f26.hi;
    float2 f29 = f27 + f28;
    float f30 = f29.lo;
    float f31 = f29.hi;
    float f32 = f30 + f31;
    float f33 = w_div(f22, 256.0f);
    float f34 = w_div(f32, 256.0f);
    float8 f35 = f0;
    float8 f36 = f0;
    float8 f37 = f0;
    float8 f38 = f0;
    for (int i7 = 0; i7 < 256; i7 += 16) {
      int i8 = i3 * 256 + i7;
      float8 f39 = vload8(0, b0 + i8);
      float8 f40 = f39 - (float8)(f33);
      float8 f41 = f40 * f40;
      float8 f42 = f35 + f41;
      w_prefetch(b0 + (i4 * 256 + i7), 0);
      w_prefetch(b4 + i8, 1);
      float8 f43 = vload8(0, b0 + (i3 * 256 + i7 + 8));
      float8 f44 = f43 - (float8)(f33);
      float8 f45 = f44 * f44;
      float8 f46 = f36 + f45;
      int i9 = i3 * 256 + i7 + 256;
      float8 f47 = vload8(0, b0 + i9);
      float8 f48 = f47 - (float8)(f34);
      float8 f49 = f48 * f48;
      float8 f50 = f37 + f49;
      w_prefetch(b0 + (i4 * 256 + i7 + 256), 0);
      w_prefetch(b4 + i9, 1);
      float8 f51 = vload8(0, b0 + (i3 * 256 + i7 + 264));
      float8 f52 = f51 - (float8)(f34);
      float8 f53 = f52 * f52;
      float8 f54 = f38 + f53;
      f35 = f42;
      f36 = f46;
      f37 = f50;
      f38 = f54;
    }
    float8 f55 = f35 + f36;
    float4 f56 = f55.lo;
    float4 f57 = f55.hi;
    float4 f58 = f56 + f57;
    float2 f59 = f58.lo;
    float2 f60 = f58.hi;
    float2 f61 = f59 + f60;
    float f62 = f61.lo;
    float f63 = f61.hi;
    float f64 = f62 + f63;
    float8 f65 = f37 + f38;
    float4 f66 = f65.lo;
    float4 f67 = f65.hi;
    float4 f68 = f66 + f67;
    float2 f69 = f68.lo;
    float2 f70 = f68.hi;
    float2 f71 = f69 + f70;
    float f72 = f71.lo;
    float f73 = f71.hi;
    float f74 = f72 + f73;
    float f75 = w_div(f64, 256.0f);
    float f76 = f75 + 1e-05f;
    float f77 = w_rsqrt(f76);
    float f78 = w_div(f74, 256.0f);
    float f79 = f78 + 1e-05f;
    float f80 = w_rsqrt(f79);
    for (int i10 = 0; i10 < 256; i10 += 8) {
      int i11 = i3 * 256 + i10;
      float8 f81 = vload8(0, b0 + i11);
      float8 f82 = f81 - (float8)(f33);
      float8 f83 = f82 * (float8)(f77);
      float8 f84 = vload8(0, b1 + i10);
      float8 f85 = f83 * f84;
      float8 f86 = vload8(0, b2 + i10);
      float8 f87 = f85 + f86;
      w_store(__global, float, 8, f87, b4 + i11);
      int i12 = i3 * 256 + i10 + 256;
      float8 f88 = vload8(0, b0 + i12);
      float8 f89 = f88 - (float8)(f34);
      float8 f90 = f89 * (float8)(f80);
      float8 f91 = f90 * f84;
      float8 f92 = f91 + f86;
      w_store(__global, float, 8, f92, b4 + i12);
    }
    b3[i3] = f33;
    b3[i5] = f34;
  }
}

