// cross_entropy: reduce_max, work-groups 1 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void reduce(__global const float *b0, __global float *b1) {
  for (int i0 = 0; i0 < 128; i0 += 8) {
    float8 f0 = (float8)(b0[(i0 * 10)], b0[(i0 * 10) + 10], b0[(i0 * 10) + 20], b0[(i0 * 10) + 30], b0[(i0 * 10) + 40], b0[(i0 * 10) + 50], b0[(i0 * 10) + 60], b0[(i0 * 10) + 70]);
    int8 c0 = f0 == f0;
    float8 f1 = w_select(c0, (float8)(0.0f), f0);
    float8 f2 = (float8)(b0[(i0 * 10 + 1)], b0[(i0 * 10 + 1) + 10], b0[(i0 * 10 + 1) + 20], b0[(i0 * 10 + 1) + 30], b0[(i0 * 10 + 1) + 40], b0[(i0 * 10 + 1) + 50], b0[(i0 * 10 + 1) + 60], b0[(i0 * 10 + 1) + 70]);
    int8 c1 = f2 == f2;
    float8 f3 = w_select(c1, f1, f2);
    int8 c2 = f0 < f2;
    float8 f4 = w_select(c2, f2, f0);
    float8 f5 = (float8)(b0[(i0 * 10 + 2)], b0[(i0 * 10 + 2) + 10], b0[(i0 * 10 + 2) + 20], b0[(i0 * 10 + 2) + 30], b0[(i0 * 10 + 2) + 40], b0[(i0 * 10 + 2) + 50], b0[(i0 * 10 + 2) + 60], b0[(i0 * 10 + 2) + 70]);
    int8 c3 = f5 == f5;
    float8 f6 = w_select(c3, f3, f5);
    int8 c4 = f4 < f5;
    float8 f7 = w_select(c4, f5, f4);
    float8 f8 = (float8)(b0[(i0 * 10 + 3)], b0[(i0 * 10 + 3) + 10], b0[(i0 * 10 + 3) + 20], b0[(i0 * 10 + 3) + 30], b0[(i0 * 10 + 3) + 40], b0[(i0 * 10 + 3) + 50], b0[(i0 * 10 + 3) + 60], b0[(i0 * 10 + 3) + 70]);
    int8 c5 = f8 == f8;
    float8 f9 = w_select(c5, f6, f8);
    int8 c6 = f7 < f8;
    float8 f10 = w_select(c6, f8, f7);
    float8 f11 = (float8)(b0[(i0 * 10 + 4)], b0[(i0 * 10 + 4) + 10], b0[(i0 * 10 + 4) + 20], b0[(i0 * 10 + 4) + 30], b0[(i0 * 10 + 4) + 40], b0[(i0 * 10 + 4) + 50], b0[(i0 * 10 + 4) + 60], b0[(i0 * 10 + 4) + 70]);
    int8 c7 = f11 == f11;
    float8 f12 = w_select(c7, f9, f11);
    int8 c8 = f10 < f11;
    float8 f13 = w_select(c8, f11, f10);
    float8 f14 = (float8)(b0[(i0 * 10 + 5)], b0[(i0 * 10 + 5) + 10], b0[(i0 * 10 + 5) + 20], b0[(i0 * 10 + 5) + 30], b0[(i0 * 10 + 5) + 40], b0[(i0 * 10 + 5) + 50], b0[(i0 * 10 + 5) + 60], b0[(i0 * 10 + 5) + 70]);
    int8 c9 = f14 == f14;
    float8 f15 = w_select(c9, f12, f14);
    int8 c10 = f13 < f14;
    float8 f16 = w_select(c10, f14, f13);
    float8 f17 = (float8)(b0[(i0 * 10 + 6)], b0[(i0 * 10 + 6) + 10], b0[(i0 * 10 + 6) + 20], b0[(i0 * 10 + 6) + 30], b0[(i0 * 10 + 6) + 40], b0[(i0 * 10 + 6) + 50], b0[(i0 * 10 + 6) + 60], b0[(i0 * 10 + 6) + 70]);
    int8 c11 = f17 == f17;
    float8 f18 = w_select(c11, f15, f17);
    int8 c12 = f16 < f17;
    float8 f19 = w_select(c12, f17, f16);
    float8 f20 = (float8)(b0[(i0 * 10 + 7)], b0[(i0 * 10 + 7) + 10], b0[(i0 * 10 + 7) + 20], b0[(i0 * 10 + 7) + 30], b0[(i0 * 10 + 7) + 40], b0[(i0 * 10 + 7) + 50], b0[(i0 * 10 + 7) + 60], b0[(i0 * 10 + 7) + 70]);
    int8 c13 = f20 == f20;
    float8 f21 = w_select(c13, f18, f20);
    int8 c14 = f19 < f20;
    float8 f22 = w_select(c14, f20, f19);
    float8 f23 = (float8)(b0[(i0 * 10 + 8)], b0[(i0 * 10 + 8) + 10], b0[(i0 * 10 + 8) + 20], b0[(i0 * 10 + 8) + 30], b0[(i0 * 10 + 8) + 40], b0[(i0 * 10 + 8) + 50], b0[(i0 * 10 + 8) + 60], b0[(i0 * 10 + 8) + 70]);
    int8 c15 = f23 == f23;
    float8 f24 = w_select(c15, f21, f23);
    int8 c16 = f22 < f23;
    float8 f25 = w_select(c16, f23, f22);
    float8 f26 = (float8)(b0[(i0 * 10 + 9)], b0[(i0 * 10 + 9) + 10], b0[(i0 * 10 + 9) + 20], b0[(i0 * 10 + 9) + 30], b0[(i0 * 10 + 9) + 40], b0[(i0 * 10 + 9) + 50], b0[(i0 * 10 + 9) + 60], b0[(i0 * 10 + 9) + 70]);
    int8 c17 = f26 == f26;
    float8 f27 = w_select(c17, f24, f26);
    int8 c18 = f25 < f26;
    float8 f28 = w_select(c18, f26, f25);
    int8 c19 = f27 == f27;
    float8 f29 = w_select(c19, f28, f27);
    w_store(__global, float, 8, f29, b1 + i0);
  }
}

// cross_entropy: ge+lt+logical_and+sub+exp+reduce_sum+log+eq+.., work-groups 6 1 1 of 1

W_MATH(8, int8, float8)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void reduce(__global const int *b0, __global const float *b1, __global const float *b2, __global float *b3) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 24;
  int i2 = min((i0 * 24 + 24), 128);
  for (int i3 = i1; i3 < i2; i3 += 8) {
    float8 f0 = (float8)(b1[(i3 * 10)], b1[(i3 * 10) + 10], b1[(i3 * 10) + 20], b1[(i3 * 10) + 30], b1[(i3 * 10) + 40], b1[(i3 * 10) + 50], b1[(i3 * 10) + 60], b1[(i3 * 10) + 70]);
    float8 f1 = vload8(0, b2 + i3);
    float8 f2 = f0 - f1;
    float8 f3 = w_exp_8(f2);
    int8 i4 = vload8(0, b0 + i3);
    int8 i5 = w_bool((int8)(0) == i4);
    float8 f4 = w_select(i5 != 0, f2, (float8)(0.0f));
    float8 f5 = (float8)(b1[(i3 * 10 + 1)], b1[(i3 * 10 + 1) + 10], b1[(i3 * 10 + 1) + 20], b1[(i3 * 10 + 1) + 30], b1[(i3 * 10 + 1) + 40], b1[(i3 * 10 + 1) + 50], b1[(i3 * 10 + 1) + 60], b1[(i3 * 10 + 1) + 70]);
    float8 f6 = f5 - f1;
    float8 f7 = w_exp_8(f6);
    float8 f8 = f3 + f7;
    int8 i6 = w_bool((int8)(1) == i4);
    float8 f9 = w_select(i6 != 0, f6, (float8)(0.0f));
    float8 f10 = f4 + f9;
    float8 f11 = (float8)(b1[(i3 * 10 + 2)], b1[(i3 * 10 + 2) + 10], b1[(i3 * 10 + 2) + 20], b1[(i3 * 10 + 2) + 30], b1[(i3 * 10 + 2) + 40], b1[(i3 * 10 + 2) + 50], b1[(i3 * 10 + 2) + 60], b1[(i3 * 10 + 2) + 70]);
    float8 f12 = f11 - f1;
    float8 f13 = w_exp_8(f12);
    float8 f14 = f8 + f13;
    int8 i7 = w_bool((int8)(2) == i4);
    float8 f15 = w_select(i7 != 0, f12, (float8)(0.0f));
    float8 f16 = f10 + f15;
    float8 f17 = (float8)(b1[(i3 * 10 + 3)], b1[(i3 * 10 + 3) + 10], b1[(i3 * 10 + 3) + 20], b1[(i3 * 10 + 3) + 30], b1[(i3 * 10 + 3) + 40], b1[(i3 * 10 + 3) + 50], b1[(i3 * 10 + 3) + 60], b1[(i3 * 10 + 3) + 70]);
    float8 f18 = f17 - f1;
    float8 f19 = w_exp_8(f18);
    float8 f20 = f14 + f19;
    int8 i8 = w_bool((int8)(3) == i4);
    float8 f21 = w_select(i8 != 0, f18, (float8)(0.0f));
    float8 f22 = f16 + f21;
    float8 f23 = (float8)(b1[(i3 * 10 + 4)], b1[(i3 * 10 + 4) + 10], b1[(i3 * 10 + 4) + 20], b1[(i3 * 10 + 4) + 30], b1[(i3 * 10 + 4) + 40], b1[(i3 * 10 + 4) + 50], b1[(i3 * 10 + 4) + 60], b1[(i3 * 10 + 4) + 70]);
    float8 f24 = f23 - f1;
    float8 f25 = w_exp_8(f24);
    float8 f26 = f20 + f25;
    int8 i9 = w_bool((int8)(4) == i4);
    float8 f27 = w_select(i9 != 0, f24, (float8)(0.0f));
    float8 f28 = f22 + f27;
    float8 f29 = (float8)(b1[(i3 * 10 + 5)], b1[(i3 * 10 + 5) + 10], b1[(i3 * 10 + 5) + 20], b1[(i3 * 10 + 5) + 30], b1[(i3 * 10 + 5) + 40], b1[(i3 * 10 + 5) + 50], b1[(i3 * 10 + 5) + 60], b1[(i3 * 10 + 5) + 70]);
    float8 f30 = f29 - f1;
    float8 f31 = w_exp_8(f30);
    float8 f32 = f26 + f31;
    int8 i10 = w_bool((int8)(5) == i4);
    float8 f33 = w_select(i10 != 0, f30, (float8)(0.0f));
    float8 f34 = f28 + f33;
    float8 f35 = (float8)(b1[(i3 * 10 + 6)], b1[(i3 * 10 + 6) + 10], b1[(i3 * 10 + 6) + 20], b1[(i3 * 10 + 6) + 30], b1[(i3 * 10 + 6) + 40], b1[(i3 * 10 + 6) + 50], b1[(i3 * 10 + 6) + 60], b1[(i3 * 10 + 6) + 70]);
    float8 f36 = f35 - f1;
    float8 f37 = w_exp_8(f36);
    float8 f38 = f32 + f37;
    int8 i11 = w_bool((int8)(6) == i4);
    float8 f39 = w_select(i11 != 0, f36, (float8)(0.0f));
    float8 f40 = f34 + f39;
    float8 f41 = (float8)(b1[(i3 * 10 + 7)], b1[(i3 * 10 + 7) + 10], b1[(i3 * 10 + 7) + 20], b1[(i3 * 10 + 7) + 30], b1[(i3 * 10 + 7) + 40], b1[(i3 * 10 + 7) + 50], b1[(i3 * 10 + 7) + 60], b1[(i3 * 10 + 7) + 70]);
    float8 f42 = f41 - f1;
    float8 f43 = w_exp_8(f42);
    float8 f44 = f38 + f43;
    int8 i12 = w_bool((int8)(7) == i4);
    float8 f45 = w_select(i12 != 0, f42, (float8)(0.0f));
    float8 f46 = f40 + f45;
    float8 f47 = (float8)(b1[(i3 * 10 + 8)], b1[(i3 * 10 + 8) + 10], b1[(i3 * 10 + 8) + 20], b1[(i3 * 10 + 8) + 30], b1[(i3 * 10 + 8) + 40], b1[(i3 * 10 + 8) + 50], b1[(i3 * 10 + 8) + 60], b1[(i3 * 10 + 8) + 70]);
    float8 f48 = f47 - f1;
    float8 f49 = w_exp_8(f48);
    float8 f50 = f44 + f49;
    int8 i13 = w_bool((int8)(8) == i4);
    float8 f51 = w_select(i13 != 0, f48, (float8)(0.0f));
    float8 f52 = f46 + f51;
    float8 f53 = (float8)(b1[(i3 * 10 + 9)], b1[(i3 * 10 + 9) + 10], b1[(i3 * 10 + 9) + 20], b1[(i3 * 10 + 9) + 30], b1[(i3 * 10 + 9) + 40], b1[(i3 * 10 + 9) + 50], b1[(i3 * 10 + 9) + 60], b1[(i3 * 10 + 9) + 70]);
    float8 f54 = f53 - f1;
    float8 f55 = w_exp_8(f54);
    float8 f56 = f50 + f55;
    int8 i14 = w_bool((int8)(9) == i4);
    float8 f57 = w_select(i14 != 0, f54, (float8)(0.0f));
    float8 f58 = f52 + f57;
    int8 i15 = w_bool(i4 >= (int8)(0));
    int8 i16 = w_bool(i4 < (int8)(10));
    int8 i17 = w_bool(i15 != 0 && i16 != 0);
    float8 f59 = w_log_8(f56);
    float8 f60 = f59 - f58;
    float8 f61 = w_select(i17 != 0, f60, (float8)(0.0f));
    w_store(__global, float, 8, f61, b3 + i3);
  }
}

