// dropout: uniform+ge+mul+where, work-groups 13 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { int d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 256 + i1;
  bool c0 = i2 < 3200;
  int i3 = b0.d[0];
  float f0 = w_uniform(0x7b1dcdafu, 0xe220a839u, i3, i2);
  int i4 = w_bool(f0 >= 0.3f);
  if (c0) {
    float f1 = b1.d[i2];
    float f2 = f1 * 1.4285715f;
    float f3 = w_select(i4 != 0, f2, 0.0f);
    b2.d[i2] = f3;
  }
}

