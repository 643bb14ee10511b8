// max_pool_gradient: reduce_max, work-groups 5 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 256 + i1;
  bool c0 = i2 < 1152;
  if (c0) {
    int i3 = w_rem(i2, 16);
    int i4 = w_rem(w_quot(i2, 16), 6);
    int i5 = w_quot(i2, 96);
    float f0 = b0.d[(i3 + i4 * 32 + i5 * 384)];
    float f1 = b0.d[(i3 + i4 * 32 + i5 * 384 + 16)];
    float f2 = w_max(f0, f1);
    float f3 = b0.d[(i3 + i4 * 32 + i5 * 384 + 192)];
    float f4 = w_max(f2, f3);
    float f5 = b0.d[(i3 + i4 * 32 + i5 * 384 + 208)];
    float f6 = w_max(f4, f5);
    b1.d[i2] = f6;
  }
}

// max_pool_gradient: eq+where+fold, work-groups 18 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) readonly buffer B2 { float d[]; } b2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 256 + i1;
  int i3 = i0 * 16 + w_quot(i1, 16);
  int i4 = w_rem((i0 * 8 + w_quot(i1, 32)), 6);
  float f0 = b0.d[(w_quot(i3, 12) * 192 + i4 * 32 + w_rem(i1, 32))];
  int i5 = w_rem(i1, 16) + w_quot(i3, 24) * 96 + i4 * 16;
  float f1 = b1.d[i5];
  int i6 = w_bool(f0 == f1);
  float f2 = b2.d[i5];
  float f3 = w_select(i6 != 0, f2, 0.0f);
  b3.d[i2] = f3;
}

