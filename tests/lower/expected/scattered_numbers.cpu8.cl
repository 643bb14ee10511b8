// scattered_numbers: mul+scatter_add, work-groups 8 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void scatter(__global const float *b0, __global const int *b1, __global float *b2) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 3375;
  int i2 = i0 * 3375 + 3375;
  for (int i3 = i1; i3 < i2; i3 += 1) {
    b2[i3] = 0.0f;
  }
  for (int i4 = 0; i4 < 20003; i4 += 1) {
    int i5 = b1[i4];
    int i6 = i5 * 2999;
    if (((!(i6 < i1)) && (i6 < i2))) {
      float f0 = b0[i4];
      float f1 = b2[i6];
      float f2 = f1 + f0;
      b2[i6] = f2;
    }
  }
}

