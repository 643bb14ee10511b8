// joined: relu+neg, work-groups 4 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void map(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3) {
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = i0 * 256 + i1;
  int c0 = i2 < 864;
  if (c0) {
    int i3 = w_rem(w_quot(i2, 24), 9);
    int i4 = w_quot(i2, 216);
    int i5 = w_rem(i2, 216);
    float f0 = ((-1) < (i3 - 8)) ? b2[(i4 * 24 + i5 - 192)] : 0.0f;
    float f1 = w_select(f0 < 0, w_lit(0.0), f0);
    int i6 = i3 - 5;
    float f2 = (((-1) < i6) && (i6 < 3)) ? b1[(i4 * 72 + i5 - 120)] : f1;
    float f3 = (i3 < 5) ? b0[(i4 * 120 + i5)] : f2;
    float f4 = -f3;
    b3[i2] = f4;
  }
}

