// joined: relu+neg, work-groups 14 1 1 of 16

layout(local_size_x = 16, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) uniform usamplerBuffer b1;
layout(set = 0, binding = 2) uniform usamplerBuffer b2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
layout(set = 0, binding = 3) buffer V3 { vec4 d[]; } v3;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 16 + i1;
  bool c0 = i2 < 216;
  int i3 = i0 * 64 + i1 * 4;
  if (c0) {
    int i4 = w_rem(w_quot(i2, 6), 9);
    int i5 = w_quot(i2, 54);
    int i6 = w_rem(i2, 54);
    vec4 f0 = ((-1) < (i4 - 8)) ? w_load4_f32(b2, (i5 * 24 + i6 * 4 - 192)) : vec4(0.0f);
    vec4 f1 = vec4(w_select(f0[0] < 0, w_lit(0.0), f0[0]), w_select(f0[1] < 0, w_lit(0.0), f0[1]), w_select(f0[2] < 0, w_lit(0.0), f0[2]), w_select(f0[3] < 0, w_lit(0.0), f0[3]));
    int i7 = i4 - 5;
    vec4 f2 = (((-1) < i7) && (i7 < 3)) ? w_load4_f32(b1, (i5 * 72 + i6 * 4 - 120)) : f1;
    vec4 f3 = (i4 < 5) ? w_load4_f32(b0, (i5 * 120 + i6 * 4)) : f2;
    vec4 f4 = -f3;
    v3.d[(i3) >> 2] = f4;
  }
}

