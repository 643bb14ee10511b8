// dropout: uniform+ge+mul+where, work-groups 13 1 1 of 64

layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) uniform usamplerBuffer b1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
layout(set = 0, binding = 2) buffer V2 { vec4 d[]; } v2;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  bool c0 = (i0 * 64 + i1) < 800;
  int i2 = w_load_i32(b0, 0);
  int i3 = i0 * 256 + i1 * 4;
  vec4 f0 = w_uniform_run4(0x7b1dcdafu, 0xe220a839u, i2, i3);
  ivec4 i4 = ivec4(w_bool(f0[0] >= 0.3f), w_bool(f0[1] >= 0.3f), w_bool(f0[2] >= 0.3f), w_bool(f0[3] >= 0.3f));
  if (c0) {
    vec4 f1 = w_load4_f32(b1, i3);
    vec4 f2 = f1 * vec4(1.4285715f);
    vec4 f3 = vec4(w_select(i4[0] != 0, f2[0], 0.0f), w_select(i4[1] != 0, f2[1], 0.0f), w_select(i4[2] != 0, f2[2], 0.0f), w_select(i4[3] != 0, f2[3], 0.0f));
    v2.d[(i3) >> 2] = f3;
  }
}

