// layer_norm: reduce_sum+div+sub+square+reduce_sum+div+add+rsqrt+.., work-groups 32 1 1 of 64

__attribute__((reqd_work_group_size(64, 1, 1)))
__kernel void row(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, __global float *b4) {
  __local float a0[64] __attribute__((aligned(64)));
  __local float a1[16] __attribute__((aligned(64)));
  __local float a2[64] __attribute__((aligned(64)));
  __local float a3[16] __attribute__((aligned(64)));
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  float4 f0 = (float4)(0.0f);
  int i2 = i1 * 4;
  int i3 = i0 * 256 + i1 * 4;
  float4 f1 = *(__global const float4 *)(b0 + i3);
  float4 f2 = f0 + f1;
  float2 f3 = f2.lo;
  float2 f4 = f2.hi;
  float2 f5 = f3 + f4;
  float f6 = f5.lo;
  float f7 = f5.hi;
  float f8 = f6 + f7;
  int c0 = i1 < 16;
  int i4 = i1 + 16;
  int i5 = i1 + 32;
  int i6 = i1 + 48;
  float4 f9 = *(__global const float4 *)(b1 + i2);
  float4 f10 = *(__global const float4 *)(b2 + i2);
  int c1 = i1 < 1;
  a0[i1] = f8;
  w_barrier();
  if (c0) {
    float f11 = a0[i1];
    float f12 = a0[i4];
    float f13 = f11 + f12;
    float f14 = a0[i5];
    float f15 = a0[i6];
    float f16 = f14 + f15;
    float f17 = f13 + f16;
    a1[i1] = f17;
  }
  w_barrier();
  float4 f18 = *(__local float4 *)(a1 + 0);
  float4 f19 = *(__local float4 *)(a1 + 4);
  float4 f20 = f18 + f19;
  float4 f21 = *(__local float4 *)(a1 + 8);
  float4 f22 = *(__local float4 *)(a1 + 12);
  float4 f23 = f21 + f22;
  float4 f24 = f20 + f23;
  float2 f25 = f24.lo;
  float2 f26 = f24.hi;
  float2 f27 = f25 + f26;
  float f28 = f27.lo;
  float f29 = f27.hi;
  float f30 = f28 + f29;
  float f31 = w_div(f30, 256.0f);
  float4 f32 = f1 - (float4)(f31);
  float4 f33 = f32 * f32;
  float4 f34 = f0 + f33;
  float2 f35 = f34.lo;
  float2 f36 = f34.hi;
  float2 f37 = f35 + f36;
  float f38 = f37.lo;
  float f39 = f37.hi;
  float f40 = f38 + f39;
  a2[i1] = f40;
  w_barrier();
  if (c0) {
    float f41 = a2[i1];
    float f42 = a2[i4];
    float f43 = f41 + f42;
    float f44 = a2[i5];
    float f45 = a2[i6];
    float f46 = f44 + f45;
    float f47 = f43 + f46;
    a3[i1] = f47;
  }
  w_barrier();
  float4 f48 = *(__local float4 *)(a3 + 0);
  float4 f49 = *(__local float4 *)(a3 + 4);
  float4 f50 = f48 + f49;
  float4 f51 = *(__local float4 *)(a3 + 8);
  float4 f52 = *(__local float4 *)(a3 + 12);
  float4 f53 = f51 + f52;
  float4 f54 = f50 + f53;
  float2 f55 = f54.lo;
  float2 f56 = f54.hi;
  float2 f57 = f55 + f56;
  float f58 = f57.lo;
  float f59 = f57.hi;
  float f60 = f58 + f59;
  float f61 = w_div(f60, 256.0f);
  float f62 = f61 + 1e-05f;
  float f63 = w_rsqrt(f62);
  float4 f64 = f32 * (float4)(f63);
  float4 f65 = f64 * f9;
  float4 f66 = f65 + f10;
  *(__global float4 *)(b4 + i3) = f66;
  if (c1) {
    b3[i0] = f31;
  }
}

