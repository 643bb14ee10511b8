// padded_nhwc: relu, work-groups 32 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 256 + i1;
  bool c0 = i2 < 8064;
  if (c0) {
    int i3 = w_rem(w_quot(i2, 224), 12);
    int i4 = w_rem(w_quot(i2, 16), 14) - 2;
    bool c1 = ((-1) < i4) && (i4 < 11);
    int i5 = i3 - 1;
    float f0 = ((c1 && ((-1) < i5)) && (i5 < 9)) ? b0.d[(i3 * 176 + w_quot(i2, 2688) * 1584 + w_rem(i2, 224) - 208)] : 0.0f;
    float f1 = w_select(c1, f0, (-1.0f));
    float f2 = w_select(f1 < 0, w_lit(0.0), f1);
    b1.d[i2] = f2;
  }
}

