// softmax_rows: reduce_max+sub+exp+reduce_sum+div, work-groups 20 1 1 of 1

W_MATH(8, int8, float8)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void row(__global const float *b0, __global float *b1) {
  float a0[1000];
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 2;
  int i2 = i0 * 2 + 2;
  float8 f0 = (float8)((-w_inf));
  float8 f1 = (float8)(0.0f);
  for (int i3 = i1; i3 < i2; i3 += 1) {
    float8 f2 = f0;
    float8 f3 = f0;
    float8 f4 = f0;
    float8 f5 = f0;
    float f6 = (-w_inf);
    for (int i4 = 0; i4 < 992; i4 += 32) {
      float8 f7 = vload8(0, b0 + (i3 * 1000 + i4));
      float8 f8 = w_max(f2, f7);
      float8 f9 = vload8(0, b0 + (i3 * 1000 + i4 + 8));
      float8 f10 = w_max(f3, f9);
      float8 f11 = vload8(0, b0 + (i3 * 1000 + i4 + 16));
      float8 f12 = w_max(f4, f11);
      float8 f13 = vload8(0, b0 + (i3 * 1000 + i4 + 24));
      float8 f14 = w_max(f5, f13);
      f2 = f8;
      f3 = f10;
      f4 = f12;
      f5 = f14;
    }
    float8 f15 = vload8(0, b0 + (i3 * 1000 + 992));
    float8 f16 = w_max(f2, f15);
    float8 f17 = w_max(f16, f3);
    float8 f18 = w_max(f17, f4);
    float8 f19 = w_max(f18, f5);
    float4 f20 = f19.lo;
    float4 f21 = f19.hi;
    float4 f22 = w_max(f20, f21);
    float2 f23 = f22.lo;
    float2 f24 = f22.hi;
    float2 f25 = w_max(f23, f24);
    float f26 = f25.lo;
    float f27 = f25.hi;
    float f28 = w_max(f26, f27);
    float8 f29 = f1;
    float8 f30 = f1;
    float8 f31 = f1;
    float8 f32 = f1;
    float f33 = 0.0f;
    for (int i5 = 0; i5 < 992; i5 += 32) {
      float8 f34 = vload8(0, b0 + (i3 * 1000 + i5));
      float8 f35 = f34 - (float8)(f28);
      float8 f36 = w_exp_8(f35);
      float8 f37 = f29 + f36;
      w_store(__private, float, 8, f36, a0 + i5);
      float8 f38 = vload8(0, b0 + (i3 * 1000 + i5 + 8));
      float8 f39 = f38 - (float8)(f28);
      float8 f40 = w_exp_8(f39);
      float8 f41 = f30 + f40;
      w_store(__private, float, 8, f40, a0 + (i5 + 8));
      float8 f42 = vload8(0, b0 + (i3 * 1000 + i5 + 16));
      float8 f43 = f42 - (float8)(f28);
      float8 f44 = w_exp_8(f43);
      float8 f45 = f31 + f44;
      w_store(__private, float, 8, f44, a0 + (i5 + 16));
      float8 f46 = vload8(0, b0 + (i3 * 1000 + i5 + 24));
      float8 f47 = f46 - (float8)(f28);
      float8 f48 = w_exp_8(f47);
      float8 f49 = f32 + f48;
      w_store(__private, float, 8, f48, a0 + (i5 + 24));
      f29 = f37;
      f30 = f41;
      f31 = f45;
      f32 = f49;
    }
    float8 f50 = f15 - (float8)(f28);
    float8 f51 = w_exp_8(f50);
    float8 f52 = f29 + f51;
    w_store(__private, float, 8, f51, a0 + 992);
    float8 f53 = f52 + f30;
    float8 f54 = f53 + f31;
    float8 f55 = f54 + f32;
    float4 f56 = f55.lo;
    float4 f57 = f55.hi;
    float4 f58 = f56 + f57;
    float2 f59 = f58.lo;
    float2 f60 = f58.hi;
    float2 f61 = f59 + f60;
    float f62 = f61.lo;
    float f63 = f61.hi;
    float f64 = f62 + f63;
    for (int i6 = 0; i6 < 1000; i6 += 8) {
      float8 f65 = vload8(0, a0 + i6);
      float8 f66 = w_div(f65, (float8)(f64));
      w_store(__global, float, 8, f66, b1 + (i3 * 1000 + i6));
    }
  }
}

