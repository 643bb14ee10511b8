// bias_nhwc: add+relu, work-groups 98 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 256 + i1;
  float f0 = b0.d[i2];
  float f1 = b1.d[w_rem(i1, 32)];
  float f2 = f0 + f1;
  float f3 = w_select(f2 < 0, w_lit(0.0), f2);
  b2.d[i2] = f3;
}

