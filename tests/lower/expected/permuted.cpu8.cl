// permuted: neg, work-groups 5 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void map(__global const float *b0, __global float *b1) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 2736;
  int i2 = min((i0 * 2736 + 2736), 13440);
  for (int i3 = i1; i3 < i2; i3 += 8) {
    int8 i4 = i3 + (int8)(0, 1, 2, 3, 4, 5, 6, 7);
    int8 i5 = w_rem_8(i4, 10);
    int8 i6 = w_quot_8(i4, 10);
    int8 i7 = w_rem_8(i6, 224);
    int8 i8 = i5 * 224 + w_quot(i3, 2240) * 2240 + i7;
    float8 f0 = (float8)(b0[i8.s0], b0[i8.s1], b0[i8.s2], b0[i8.s3], b0[i8.s4], b0[i8.s5], b0[i8.s6], b0[i8.s7]);
    float8 f1 = -f0;
    w_store(__global, float, 8, f1, b1 + i3);
  }
}

