// permuted: neg, work-groups 1 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void map(__global const float *b0, __global float *b1) {
  for (int i0 = 0; i0 < 13440; i0 += 8) {
    int8 i1 = i0 + (int8)(0, 1, 2, 3, 4, 5, 6, 7);
    int8 i2 = w_rem_8(i1, 10);
    int8 i3 = w_quot_8(i1, 10);
    int8 i4 = w_rem_8(i3, 224);
    int8 i5 = i2 * 224 + w_quot(i0, 2240) * 2240 + i4;
    float8 f0 = (float8)(b0[i5.s0], b0[i5.s1], b0[i5.s2], b0[i5.s3], b0[i5.s4], b0[i5.s5], b0[i5.s6], b0[i5.s7]);
    float8 f1 = -f0;
    vstore8(f1, 0, b1 + i0);
  }
}

