// mean_rows: reduce_sum+div, work-groups 37 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void reduce(__global const float *b0, __global float *b1) {
  __local float a0[256] __attribute__((aligned(64)));
  __local float a1[16] __attribute__((aligned(64)));
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = i1 * 4;
  float4 f0 = (float4)(0.0f);
  int c0 = i1 < 16;
  int i3 = i1 + 16;
  int i4 = i1 + 32;
  int i5 = i1 + 48;
  int i6 = i1 + 64;
  int i7 = i1 + 80;
  int i8 = i1 + 96;
  int i9 = i1 + 112;
  int i10 = i1 + 128;
  int i11 = i1 + 144;
  int i12 = i1 + 160;
  int i13 = i1 + 176;
  int i14 = i1 + 192;
  int i15 = i1 + 208;
  int i16 = i1 + 224;
  int i17 = i1 + 240;
  int c1 = i1 < 1;
  int i18 = i0 + i1;
  int i19 = i1 * 16;
  int i20 = i1 * 16 + 4;
  int i21 = i1 * 16 + 8;
  int i22 = i1 * 16 + 12;
  float4 f1 = f0;
  for (int i23 = i2; i23 < 1000; i23 += 1024) {
    float4 f2 = *(__global const float4 *)(b0 + (i0 * 1000 + i23));
    float4 f3 = f1 + f2;
    f1 = f3;
  }
  float2 f4 = f1.lo;
  float2 f5 = f1.hi;
  float2 f6 = f4 + f5;
  float f7 = f6.lo;
  float f8 = f6.hi;
  float f9 = f7 + f8;
  a0[i1] = f9;
  w_barrier();
  if (c0) {
    float f10 = a0[i1];
    float f11 = a0[i3];
    float f12 = f10 + f11;
    float f13 = a0[i4];
    float f14 = a0[i5];
    float f15 = f13 + f14;
    float f16 = f12 + f15;
    float f17 = a0[i6];
    float f18 = a0[i7];
    float f19 = f17 + f18;
    float f20 = a0[i8];
    float f21 = a0[i9];
    float f22 = f20 + f21;
    float f23 = f19 + f22;
    float f24 = f16 + f23;
    float f25 = a0[i10];
    float f26 = a0[i11];
    float f27 = f25 + f26;
    float f28 = a0[i12];
    float f29 = a0[i13];
    float f30 = f28 + f29;
    float f31 = f27 + f30;
    float f32 = a0[i14];
    float f33 = a0[i15];
    float f34 = f32 + f33;
    float f35 = a0[i16];
    float f36 = a0[i17];
    float f37 = f35 + f36;
    float f38 = f34 + f37;
    float f39 = f31 + f38;
    float f40 = f24 + f39;
    a1[i1] = f40;
  }
  w_barrier();
  if (c1) {
    float4 f41 = *(__local float4 *)(a1 + i19);
    float4 f42 = *(__local float4 *)(a1 + i20);
    float4 f43 = f41 + f42;
    float4 f44 = *(__local float4 *)(a1 + i21);
    float4 f45 = *(__local float4 *)(a1 + i22);
    float4 f46 = f44 + f45;
    float4 f47 = f43 + f46;
    float2 f48 = f47.lo;
    float2 f49 = f47.hi;
    float2 f50 = f48 + f49;
    float f51 = f50.lo;
    float f52 = f50.hi;
    float f53 = f51 + f52;
    float f54 = w_div(f53, 1e+03f);
    b1[i18] = f54;
  }
}

