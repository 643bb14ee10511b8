// dropout: uniform+ge+mul+where, work-groups 16 1 1 of 1

W_RANDOM_RUN(8, 4, (ulong2)(0, 1))
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void map(__global const int *b0, __global const float *b1, __global float *b2) {
  int i0 = (int)get_group_id(0);
  int i1 = i0 * 200;
  int i2 = i0 * 200 + 200;
  int i3 = b0[0];
  for (int i4 = i1; i4 < i2; i4 += 8) {
    float8 f0 = w_uniform_run8(0x7b1dcdafu, 0xe220a839u, i3, i4);
    int8 i5 = w_bool(f0 >= (float8)(0.3f));
    float8 f1 = vload8(0, b1 + i4);
    float8 f2 = f1 * (float8)(1.4285715f);
    float8 f3 = w_select(i5 != 0, f2, (float8)(0.0f));
    w_store(__global, float, 8, f3, b2 + i4);
  }
}

