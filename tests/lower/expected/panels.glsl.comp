// panels: neg, work-groups 48 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 256 + i1;
  float f0 = b0.d[(w_rem(i1, 32) * 96 + w_quot(i1, 32) + w_rem(i0, 12) * 8 + w_quot(i0, 12) * 3072)];
  float f1 = -f0;
  b1.d[i2] = f1;
}

