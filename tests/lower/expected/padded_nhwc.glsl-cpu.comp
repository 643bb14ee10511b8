// padded_nhwc: relu, work-groups 16 1 1 of 128

layout(local_size_x = 128, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
layout(set = 0, binding = 1) buffer V1 { vec4 d[]; } v1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 128 + i1;
  bool c0 = i2 < 2016;
  int i3 = i0 * 512 + i1 * 4;
  if (c0) {
    int i4 = w_rem(w_quot(i2, 56), 12);
    int i5 = w_rem(w_quot(i2, 4), 14) - 2;
    bool c1 = ((-1) < i5) && (i5 < 11);
    int i6 = i4 - 1;
    vec4 f0 = ((c1 && ((-1) < i6)) && (i6 < 9)) ? w_load4_f32(b0, (i4 * 176 + w_quot(i2, 672) * 1584 + w_rem(i2, 56) * 4 - 208)) : vec4(0.0f);
    vec4 f1 = vec4(w_select(c1, f0[0], (-1.0f)), w_select(c1, f0[1], (-1.0f)), w_select(c1, f0[2], (-1.0f)), w_select(c1, f0[3], (-1.0f)));
    vec4 f2 = vec4(w_select(f1[0] < 0, w_lit(0.0), f1[0]), w_select(f1[1] < 0, w_lit(0.0), f1[1]), w_select(f1[2] < 0, w_lit(0.0), f1[2]), w_select(f1[3] < 0, w_lit(0.0), f1[3]));
    v1.d[(i3) >> 2] = f2;
  }
}

