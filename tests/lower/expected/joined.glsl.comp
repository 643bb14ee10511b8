// joined: relu+neg, work-groups 4 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) readonly buffer B2 { float d[]; } b2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 256 + i1;
  bool c0 = i2 < 864;
  if (c0) {
    int i3 = w_rem(w_quot(i2, 24), 9);
    int i4 = w_quot(i2, 216);
    int i5 = w_rem(i2, 216);
    float f0 = ((-1) < (i3 - 8)) ? b2.d[(i4 * 24 + i5 - 192)] : 0.0f;
    float f1 = w_select(f0 < 0, w_lit(0.0), f0);
    int i6 = i3 - 5;
    float f2 = (((-1) < i6) && (i6 < 3)) ? b1.d[(i4 * 72 + i5 - 120)] : f1;
    float f3 = (i3 < 5) ? b0.d[(i4 * 120 + i5)] : f2;
    float f4 = -f3;
    b3.d[i2] = f4;
  }
}

