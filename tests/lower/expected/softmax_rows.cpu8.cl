// softmax_rows: reduce_max+sub+exp+reduce_sum+div, work-groups 20 1 1 of 1

W_MATH(8, int8, float8)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void row(__global const float *b0, __global float *b1) {
  float a0[1000] __attribute__((aligned(64)));
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 2;
  int i2 = i0 * 2 + 2;
  float8 f0 = (float8)((-w_inf));
  float8 f1 = (float8)(0.0f);
  for (int i3 = i1; i3 < i2; i3 += 1) {
    int i4 = min((i3 + 2), 39);
    float8 f2 = f0;
    float8 f3 = f1;
    float8 f4 = f0;
    float8 f5 = f1;
    float8 f6 = f0;
    float8 f7 = f1;
    float8 f8 = f0;
    float8 f9 = f1;
    float f10 = (-w_inf);
    float f11 = 0.0f;
    for (int i5 = 0; i5 < 992; i5 += 32) {
      float8 f12 = vload8(0, b0 + (i3 * 1000 + i5));
      int8 c0 = f12 == f12;
      float8 f13 = w_select(c0, f3, f12);
      int8 c1 = f2 < f12;
      float8 f14 = w_select(c1, f12, f2);
      float8 f15 = vload8(0, b0 + (i3 * 1000 + i5 + 8));
      int8 c2 = f15 == f15;
      float8 f16 = w_select(c2, f5, f15);
      int8 c3 = f4 < f15;
      float8 f17 = w_select(c3, f15, f4);
      float8 f18 = vload8(0, b0 + (i3 * 1000 + i5 + 16));
      int8 c4 = f18 == f18;
      float8 f19 = w_select(c4, f7, f18);
      int8 c5 = f6 < f18;
      float8 f20 = w_select(c5, f18, f6);
      float8 f21 = vload8(0, b0 + (i3 * 1000 + i5 + 24));
      int8 c6 = f21 == f21;
      float8 f22 = w_select(c6, f9, f21);
      int8 c7 = f8 < f21;
      float8 f23 = w_select(c7, f21, f8);
      f2 = f14;
      f3 = f13;
      f4 = f17;
      f5 = f16;
      f6 = f20;
      f7 = f19;
      f8 = f23;
      f9 = f22;
    }
    int i6 = i3 * 1000 + 992;
    float8 f24 = vload8(0, b0 + i6);
    int8 c8 = f24 == f24;
    float8 f25 = w_select(c8, f3, f24);
    int8 c9 = f2 < f24;
    float8 f26 = w_select(c9, f24, f2);
    int8 c10 = f5 == f5;
    float8 f27 = w_select(c10, f25, f5);
    int8 c11 = f26 < f4;
    float8 f28 = w_select(c11, f4, f26);
    int8 c12 = f7 == f7;
    float8 f29 = w_select(c12, f27, f7);
    int8 c13 = f28 < f6;
    float8 f30 = w_select(c13, f6, f28);
    int8 c14 = f9 == f9;
    float8 f31 = w_select(c14, f29, f9);
    int8 c15 = f30 < f8;
    float8 f32 = w_select(c15, f8, f30);
    float4 f33 = f32.lo;
    float4 f34 = f32.hi;
    float4 f35 = f31.lo;
    float4 f36 = f31.hi;
    int4 c16 = f36 == f36;
    float4 f37 = w_select(c16, f35, f36);
    int4 c17 = f33 < f34;
    float4 f38 = w_select(c17, f34, f33);
    float2 f39 = f38.lo;
    float2 f40 = f38.hi;
    float2 f41 = f37.lo;
    float2 f42 = f37.hi;
    int2 c18 = f42 == f42;
    float2 f43 = w_select(c18, f41, f42);
    int2 c19 = f39 < f40;
    float2 f44 = w_select(c19, f40, f39);
    float f45 = f44.lo;
    float f46 = f44.hi;
    float f47 = f43.lo;
    float f48 = f43.hi;
    float f49 = w_select((f48 == f48), f47, f48);
    float f50 = w_select((f45 < f46), f46, f45);
    float f51 = w_select((f49 == f49), f50, f49);
    float8 f52 = f1;
    float8 f53 = f1;
    float8 f54 = f1;
    float8 f55 = f1;
    float f56 = 0.0f;
    for (int i7 = 0; i7 < 992; i7 += 32) {
      int i8 = i3 * 1000 + i7;
      float8 f57 = vload8(0, b0 + i8);
      float8 f58 = f57 - (float8)(f51);
      float8 f59 = w_exp_8(f58);
      float8 f60 = f52 + f59;
      w_store(__private, float, 8, f59, a0 + i7);
      w_prefetch(b0 + (i4 * 1000 + i7), 0);
      w_prefetch(b1 + i8, 1);
      float8 f61 = vload8(0, b0 + (i3 * 1000 + i7 + 8));
      float8 f62 = f61 - (float8)(f51);
      float8 f63 = w_exp_8(f62);
      float8 f64 = f53 + f63;
      w_store(__private, float, 8, f63, a0 + (i7 + 8));
      int i9 = i3 * 1000 + i7 + 16;
      float8 f65 = vload8(0, b0 + i9);
      float8 f66 = f65 - (float8)(f51);
      float8 f67 = w_exp_8(f66);
      float8 f68 = f54 + f67;
      w_store(__private, float, 8, f67, a0 + (i7 + 16));
      w_prefetch(b0 + (i4 * 1000 + i7 + 16), 0);
      w_prefetch(b1 + i9, 1);
      float8 f69 = vload8(0, b0 + (i3 * 1000 + i7 + 24));
      float8 f70 = f69 - (float8)(f51);
      float8 f71 = w_exp_8(f70);
      float8 f72 = f55 + f71;
      w_store(__private, float, 8, f71, a0 + (i7 + 24));
      f52 = f60;
      f53 = f64;
      f54 = f68;
      f55 = f72;
    }
    float8 f73 = f24 - (float8)(f51);
    float8 f74 = w_exp_8(f73);
    float8 f75 = f52 + f74;
    w_store(__private, float, 8, f74, a0 + 992);
    w_prefetch(b1 + i6, 1);
    float8 f76 = f75 + f53;
    float8 f77 = f76 + f54;
    float8 f78 = f77 + f55;
    float4 f79 = f78.lo;
    float4 f80 = f78.hi;
    float4 f81 = f79 + f80;
    float2 f82 = f81.lo;
    float2 f83 = f81.hi;
    float2 f84 = f82 + f83;
    float f85 = f84.lo;
    float f86 = f84.hi;
    float f87 = f85 + f86;
    for (int i10 = 0; i10 < 1000; i10 += 8) {
      float8 f88 = vload8(0, a0 + i10);
      float8 f89 = w_div(f88, (float8)(f87));
      w_store(__global, float, 8, f89, b1 + (i3 * 1000 + i10));
    }
  }
}

