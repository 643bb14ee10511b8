// scattered_numbers: mul+scatter_add, work-groups 2 1 1 of 8

layout(local_size_x = 8, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) uniform usamplerBuffer b1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 13504 + i1 * 1688;
  int i3 = min((i0 * 13504 + i1 * 1688 + 1688), 27000);
  for (int i4 = i2; i4 < i3; i4 += 1) {
    b2.d[i4] = 0.0f;
  }
  for (int i5 = 0; i5 < 20003; i5 += 1) {
    int i6 = w_load_i32(b1, i5);
    int i7 = i6 * 2999;
    if (((!(i7 < i2)) && (i7 < i3))) {
      float f0 = w_load_f32(b0, i5);
      float f1 = b2.d[i7];
      float f2 = f1 + f0;
      b2.d[i7] = f2;
    }
  }
}

