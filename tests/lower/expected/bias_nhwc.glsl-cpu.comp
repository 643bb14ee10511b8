// bias_nhwc: add+relu, work-groups 25 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) uniform usamplerBuffer b1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
layout(set = 0, binding = 2) buffer V2 { vec4 d[]; } v2;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 256 + i1;
  bool c0 = i2 < 6272;
  int i3 = i0 * 1024 + i1 * 4;
  if (c0) {
    vec4 f0 = w_load4_f32(b0, i3);
    vec4 f1 = w_load4_f32(b1, (w_rem(i2, 8) * 4));
    vec4 f2 = f0 + f1;
    vec4 f3 = vec4(w_select(f2[0] < 0, w_lit(0.0), f2[0]), w_select(f2[1] < 0, w_lit(0.0), f2[1]), w_select(f2[2] < 0, w_lit(0.0), f2[2]), w_select(f2[3] < 0, w_lit(0.0), f2[3]));
    v2.d[(i3) >> 2] = f3;
  }
}

