// padded_nhwc: relu, work-groups 32 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void map(__global const float *b0, __global float *b1) {
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = i0 * 256 + i1;
  int c0 = i2 < 8064;
  if (c0) {
    int i3 = w_rem(w_quot(i2, 224), 12);
    int i4 = w_rem(w_quot(i2, 16), 14) - 2;
    int c1 = ((-1) < i4) && (i4 < 11);
    int i5 = i3 - 1;
    float f0 = ((c1 && ((-1) < i5)) && (i5 < 9)) ? b0[(i3 * 176 + w_quot(i2, 2688) * 1584 + w_rem(i2, 224) - 208)] : 0.0f;
    float f1 = w_select(c1, f0, (-1.0f));
    float f2 = w_select(f1 < 0, w_lit(0.0), f1);
    b1[i2] = f2;
  }
}

