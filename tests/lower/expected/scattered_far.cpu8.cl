// scattered_far: mul+scatter_add, work-groups 8 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void scatter(__global const float *b0, __global const int *b1, __global float *b2) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 5000;
  int i2 = i0 * 5000 + 5000;
  for (int i3 = i1; i3 < i2; i3 += 1) {
    for (int i4 = 0; i4 < 64; i4 += 8) {
      w_store(__global, float, 8, (float8)(0.0f), b2 + (i3 * 64 + i4));
    }
  }
  for (int i5 = 0; i5 < 211; i5 += 1) {
    int i6 = b1[i5];
    int i7 = i6 * 4441;
    int c0 = (!(i7 < i1)) && (i7 < i2);
    for (int i8 = 0; i8 < 64; i8 += 8) {
      int i9 = i8 + i7 * 64;
      if (c0) {
        float8 f0 = vload8(0, b0 + (i8 + i5 * 64));
        float8 f1 = vload8(0, b2 + i9);
        float8 f2 = f1 + f0;
        w_store(__global, float, 8, f2, b2 + i9);
      }
    }
  }
}

