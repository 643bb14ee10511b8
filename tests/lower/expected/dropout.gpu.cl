// dropout: uniform+ge+mul+where, work-groups 13 1 1 of 256

W_RANDOM(, uint, int, float)
__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void map(__global const int *b0, __global const float *b1, __global float *b2) {
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = i0 * 256 + i1;
  int c0 = i2 < 3200;
  int i3 = b0[0];
  float f0 = w_uniform(0x7b1dcdafu, 0xe220a839u, i3, i2);
  int i4 = w_bool(f0 >= 0.3f);
  if (c0) {
    float f1 = b1[i2];
    float f2 = f1 * 1.4285715f;
    float f3 = w_select(i4 != 0, f2, 0.0f);
    b2[i2] = f3;
  }
}

