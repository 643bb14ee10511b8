// joined: relu+neg, work-groups 1 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void map(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3) {
  for (int i0 = 0; i0 < 36; i0 += 1) {
    int i1 = w_rem(i0, 9);
    int i2 = w_quot(i0, 9);
    int c0 = (-1) < (i1 - 8);
    int i3 = i1 - 5;
    int c1 = ((-1) < i3) && (i3 < 3);
    int c2 = i1 < 5;
    for (int i4 = 0; i4 < 24; i4 += 8) {
      float8 f0 = c0 ? vload8(0, b2 + (i4 + i1 * 24 + i2 * 24 - 192)) : (float8)(0.0f);
      float8 f1 = w_select(f0 < 0, (float8)(w_lit(0.0)), f0);
      float8 f2 = c1 ? vload8(0, b1 + (i4 + i1 * 24 + i2 * 72 - 120)) : f1;
      float8 f3 = c2 ? vload8(0, b0 + (i4 + i1 * 24 + i2 * 120)) : f2;
      float8 f4 = -f3;
      w_store(__global, float, 8, f4, b3 + (i0 * 24 + i4));
    }
  }
}

