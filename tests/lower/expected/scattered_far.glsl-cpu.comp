// scattered_far: mul+scatter_add, work-groups 2 1 1 of 8

layout(local_size_x = 8, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) uniform usamplerBuffer b1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
layout(set = 0, binding = 2) buffer V2 { vec4 d[]; } v2;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  for (int i2 = 0; i2 < 40000; i2 += 1) {
    v2.d[((i0 * 32 + i1 * 4 + i2 * 64)) >> 2] = vec4(0.0f);
  }
  for (int i3 = 0; i3 < 211; i3 += 1) {
    int i4 = w_load_i32(b1, i3);
    int i5 = i4 * 4441;
    int i6 = i0 * 32 + i1 * 4 + i5 * 64;
    if (((!(i5 < 0)) && (i5 < 40000))) {
      vec4 f0 = w_load4_f32(b0, (i0 * 32 + i1 * 4 + i3 * 64));
      vec4 f1 = v2.d[(i6) >> 2];
      vec4 f2 = f1 + f0;
      v2.d[(i6) >> 2] = f2;
    }
  }
}

