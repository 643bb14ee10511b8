// momentum: mul+add+mul+sub, work-groups 31 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) readonly buffer B2 { float d[]; } b2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
layout(set = 0, binding = 4) buffer B4 { float d[]; } b4;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 256 + i1;
  bool c0 = i2 < 7840;
  if (c0) {
    float f0 = b0.d[i2];
    float f1 = f0 * 0.9f;
    float f2 = b1.d[i2];
    float f3 = f1 + f2;
    float f4 = b2.d[i2];
    float f5 = f3 * 0.01f;
    float f6 = f4 - f5;
    b3.d[i2] = f3;
    b4.d[i2] = f6;
  }
}

