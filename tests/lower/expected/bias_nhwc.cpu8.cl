// bias_nhwc: add+relu, work-groups 16 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void map(__global const float *b0, __global const float *b1, __global float *b2) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 51;
  int i2 = min((i0 * 51 + 51), 784);
  for (int i3 = i1; i3 < i2; i3 += 1) {
    for (int i4 = 0; i4 < 32; i4 += 8) {
      int i5 = i3 * 32 + i4;
      float8 f0 = vload8(0, b0 + i5);
      float8 f1 = vload8(0, b1 + i4);
      float8 f2 = f0 + f1;
      float8 f3 = w_select(f2 < 0, (float8)(w_lit(0.0)), f2);
      w_store(__global, float, 8, f3, b2 + i5);
    }
  }
}

