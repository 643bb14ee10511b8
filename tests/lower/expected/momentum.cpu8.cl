// momentum: mul+add+mul+sub, work-groups 9 1 1 of 1

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void map(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, __global float *b4) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 912;
  int i2 = min((i0 * 912 + 912), 7840);
  for (int i3 = i1; i3 < i2; i3 += 8) {
    float8 f0 = vload8(0, b0 + i3);
    float8 f1 = f0 * (float8)(0.9f);
    float8 f2 = vload8(0, b1 + i3);
    float8 f3 = f1 + f2;
    float8 f4 = vload8(0, b2 + i3);
    float8 f5 = f3 * (float8)(0.01f);
    float8 f6 = f4 - f5;
    w_store(__global, float, 8, f3, b3 + i3);
    w_store(__global, float, 8, f6, b4 + i3);
  }
}

