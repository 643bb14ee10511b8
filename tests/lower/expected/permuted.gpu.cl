// permuted: neg, work-groups 53 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void map(__global const float *b0, __global float *b1) {
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = i0 * 256 + i1;
  int c0 = i2 < 13440;
  if (c0) {
    float f0 = b0[(w_rem(i2, 10) * 224 + w_quot(i2, 2240) * 2240 + w_rem(w_quot(i2, 10), 224))];
    float f1 = -f0;
    b1[i2] = f1;
  }
}

