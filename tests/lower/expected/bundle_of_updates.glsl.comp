// bundle_of_updates: 2 mul+add+mul+sub, work-groups 3 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) readonly buffer B2 { float d[]; } b2;
layout(set = 0, binding = 3) readonly buffer B3 { float d[]; } b3;
layout(set = 0, binding = 4) readonly buffer B4 { float d[]; } b4;
layout(set = 0, binding = 5) readonly buffer B5 { float d[]; } b5;
layout(set = 0, binding = 6) readonly buffer B6 { float d[]; } b6;
layout(set = 0, binding = 7) buffer B7 { float d[]; } b7;
layout(set = 0, binding = 8) buffer B8 { float d[]; } b8;
layout(set = 0, binding = 9) buffer B9 { float d[]; } b9;
layout(set = 0, binding = 10) buffer B10 { float d[]; } b10;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  bool c0 = i0 < 2;
  int i1 = int(gl_LocalInvocationID.x);
  float f0 = b3.d[0];
  int i2 = i0 - 2;
  bool c1 = (-1) < i2;
  if (c0) {
    int i3 = i0 * 256 + i1;
    if ((i3 < 300)) {
      float f1 = b0.d[i3];
      float f2 = f1 * 0.9f;
      float f3 = b1.d[i3];
      float f4 = f2 + f3;
      float f5 = b2.d[i3];
      float f6 = f4 * f0;
      float f7 = f5 - f6;
      b7.d[i3] = f4;
      b8.d[i3] = f7;
    }
  }
  if (c1) {
    int i4 = i1 + i2 * 256;
    if ((i4 < 40)) {
      float f8 = b4.d[i4];
      float f9 = f8 * 0.9f;
      float f10 = b5.d[i4];
      float f11 = f9 + f10;
      float f12 = b6.d[i4];
      float f13 = f11 * f0;
      float f14 = f12 - f13;
      b9.d[i4] = f11;
      b10.d[i4] = f14;
    }
  }
}

