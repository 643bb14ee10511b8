// softmax_uneven: reduce_max+sub+exp+reduce_sum+div, work-groups 43 1 1 of 16

__attribute__((reqd_work_group_size(16, 1, 1)))
__kernel void row(__global const float *b0, __global float *b1) {
  __local float a0[16] __attribute__((aligned(64)));
  __local float a1[16] __attribute__((aligned(64)));
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = i0 * 45 + i1;
  float f0 = b0[i2];
  float f1 = w_max((-w_inf), f0);
  int i3 = i0 * 45 + i1 + 16;
  float f2 = b0[i3];
  float f3 = w_max(f1, f2);
  int c0 = (i1 + 32) < 45;
  int i4 = i0 * 45 + i1 + 32;
  float f4 = c0 ? b0[i4] : 0.0f;
  float f5 = w_select(c0, f4, (-w_inf));
  float f6 = w_max(f3, f5);
  a0[i1] = f6;
  w_barrier();
  float4 f7 = *(__local float4 *)(a0 + 0);
  float4 f8 = *(__local float4 *)(a0 + 4);
  float4 f9 = w_max(f7, f8);
  float4 f10 = *(__local float4 *)(a0 + 8);
  float4 f11 = *(__local float4 *)(a0 + 12);
  float4 f12 = w_max(f10, f11);
  float4 f13 = w_max(f9, f12);
  float2 f14 = f13.lo;
  float2 f15 = f13.hi;
  float2 f16 = w_max(f14, f15);
  float f17 = f16.lo;
  float f18 = f16.hi;
  float f19 = w_max(f17, f18);
  float f20 = f0 - f19;
  float f21 = w_exp(f20);
  float f22 = 0.0f + f21;
  float f23 = f2 - f19;
  float f24 = w_exp(f23);
  float f25 = f22 + f24;
  float f26 = f4 - f19;
  float f27 = w_exp(f26);
  float f28 = w_select(c0, f27, 0.0f);
  float f29 = f25 + f28;
  a1[i1] = f29;
  w_barrier();
  float4 f30 = *(__local float4 *)(a1 + 0);
  float4 f31 = *(__local float4 *)(a1 + 4);
  float4 f32 = f30 + f31;
  float4 f33 = *(__local float4 *)(a1 + 8);
  float4 f34 = *(__local float4 *)(a1 + 12);
  float4 f35 = f33 + f34;
  float4 f36 = f32 + f35;
  float2 f37 = f36.lo;
  float2 f38 = f36.hi;
  float2 f39 = f37 + f38;
  float f40 = f39.lo;
  float f41 = f39.hi;
  float f42 = f40 + f41;
  float f43 = w_div(f21, f42);
  float f44 = w_div(f24, f42);
  float f45 = w_div(f27, f42);
  b1[i2] = f43;
  b1[i3] = f44;
  if (c0) {
    b1[i4] = f45;
  }
}

