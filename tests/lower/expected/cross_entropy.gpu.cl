// cross_entropy: reduce_max, work-groups 1 1 1 of 128

__attribute__((reqd_work_group_size(128, 1, 1)))
__kernel void reduce(__global const float *b0, __global float *b1) {
  int i0 = (int)get_local_id(0);
  float f0 = b0[(i0 * 10)];
  float f1 = b0[(i0 * 10 + 1)];
  float f2 = w_max(f0, f1);
  float f3 = b0[(i0 * 10 + 2)];
  float f4 = w_max(f2, f3);
  float f5 = b0[(i0 * 10 + 3)];
  float f6 = w_max(f4, f5);
  float f7 = b0[(i0 * 10 + 4)];
  float f8 = w_max(f6, f7);
  float f9 = b0[(i0 * 10 + 5)];
  float f10 = w_max(f8, f9);
  float f11 = b0[(i0 * 10 + 6)];
  float f12 = w_max(f10, f11);
  float f13 = b0[(i0 * 10 + 7)];
  float f14 = w_max(f12, f13);
  float f15 = b0[(i0 * 10 + 8)];
  float f16 = w_max(f14, f15);
  float f17 = b0[(i0 * 10 + 9)];
  float f18 = w_max(f16, f17);
  b1[i0] = f18;
}

// cross_entropy: ge+lt+logical_and+sub+exp+reduce_sum+log+eq+.., work-groups 1 1 1 of 128

__attribute__((reqd_work_group_size(128, 1, 1)))
__kernel void reduce(__global const int *b0, __global const float *b1, __global const float *b2, __global float *b3) {
  int i0 = (int)get_local_id(0);
  float f0 = b1[(i0 * 10)];
  float f1 = b2[i0];
  float f2 = f0 - f1;
  float f3 = w_exp(f2);
  int i1 = b0[i0];
  int i2 = w_bool(0 == i1);
  float f4 = w_select(i2 != 0, f2, 0.0f);
  float f5 = b1[(i0 * 10 + 1)];
  float f6 = f5 - f1;
  float f7 = w_exp(f6);
  float f8 = f3 + f7;
  int i3 = w_bool(1 == i1);
  float f9 = w_select(i3 != 0, f6, 0.0f);
  float f10 = f4 + f9;
  float f11 = b1[(i0 * 10 + 2)];
  float f12 = f11 - f1;
  float f13 = w_exp(f12);
  float f14 = f8 + f13;
  int i4 = w_bool(2 == i1);
  float f15 = w_select(i4 != 0, f12, 0.0f);
  float f16 = f10 + f15;
  float f17 = b1[(i0 * 10 + 3)];
  float f18 = f17 - f1;
  float f19 = w_exp(f18);
  float f20 = f14 + f19;
  int i5 = w_bool(3 == i1);
  float f21 = w_select(i5 != 0, f18, 0.0f);
  float f22 = f16 + f21;
  float f23 = b1[(i0 * 10 + 4)];
  float f24 = f23 - f1;
  float f25 = w_exp(f24);
  float f26 = f20 + f25;
  int i6 = w_bool(4 == i1);
  float f27 = w_select(i6 != 0, f24, 0.0f);
  float f28 = f22 + f27;
  float f29 = b1[(i0 * 10 + 5)];
  float f30 = f29 - f1;
  float f31 = w_exp(f30);
  float f32 = f26 + f31;
  int i7 = w_bool(5 == i1);
  float f33 = w_select(i7 != 0, f30, 0.0f);
  float f34 = f28 + f33;
  float f35 = b1[(i0 * 10 + 6)];
  float f36 = f35 - f1;
  float f37 = w_exp(f36);
  float f38 = f32 + f37;
  int i8 = w_bool(6 == i1);
  float f39 = w_select(i8 != 0, f36, 0.0f);
  float f40 = f34 + f39;
  float f41 = b1[(i0 * 10 + 7)];
  float f42 = f41 - f1;
  float f43 = w_exp(f42);
  float f44 = f38 + f43;
  int i9 = w_bool(7 == i1);
  float f45 = w_select(i9 != 0, f42, 0.0f);
  float f46 = f40 + f45;
  float f47 = b1[(i0 * 10 + 8)];
  float f48 = f47 - f1;
  float f49 = w_exp(f48);
  float f50 = f44 + f49;
  int i10 = w_bool(8 == i1);
  float f51 = w_select(i10 != 0, f48, 0.0f);
  float f52 = f46 + f51;
  float f53 = b1[(i0 * 10 + 9)];
  float f54 = f53 - f1;
  float f55 = w_exp(f54);
  float f56 = f50 + f55;
  int i11 = w_bool(9 == i1);
  float f57 = w_select(i11 != 0, f54, 0.0f);
  float f58 = f52 + f57;
  int i12 = w_bool(i1 >= 0);
  int i13 = w_bool(i1 < 10);
  int i14 = w_bool(i12 != 0 && i13 != 0);
  float f59 = w_log(f56);
  float f60 = f59 - f58;
  float f61 = w_select(i14 != 0, f60, 0.0f);
  b3[i0] = f61;
}

