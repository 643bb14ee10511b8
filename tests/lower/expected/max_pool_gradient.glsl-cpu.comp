// max_pool_gradient: reduce_max, work-groups 9 1 1 of 32

layout(local_size_x = 32, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
layout(set = 0, binding = 1) buffer V1 { vec4 d[]; } v1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 128 + i1 * 4;
  int i3 = w_rem(i1, 4);
  int i4 = i0 * 8 + w_quot(i1, 4);
  int i5 = w_rem(i4, 6);
  int i6 = w_quot(i4, 6);
  vec4 f0 = w_load4_f32(b0, (i3 * 4 + i5 * 32 + i6 * 384));
  vec4 f1 = w_load4_f32(b0, (i3 * 4 + i5 * 32 + i6 * 384 + 16));
  vec4 f2 = vec4(w_max(f0[0], f1[0]), w_max(f0[1], f1[1]), w_max(f0[2], f1[2]), w_max(f0[3], f1[3]));
  vec4 f3 = w_load4_f32(b0, (i3 * 4 + i5 * 32 + i6 * 384 + 192));
  vec4 f4 = vec4(w_max(f2[0], f3[0]), w_max(f2[1], f3[1]), w_max(f2[2], f3[2]), w_max(f2[3], f3[3]));
  vec4 f5 = w_load4_f32(b0, (i3 * 4 + i5 * 32 + i6 * 384 + 208));
  vec4 f6 = vec4(w_max(f4[0], f5[0]), w_max(f4[1], f5[1]), w_max(f4[2], f5[2]), w_max(f4[3], f5[3]));
  v1.d[(i2) >> 2] = f6;
}

// max_pool_gradient: eq+where+fold, work-groups 18 1 1 of 64

layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) uniform usamplerBuffer b1;
layout(set = 0, binding = 2) uniform usamplerBuffer b2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
layout(set = 0, binding = 3) buffer V3 { vec4 d[]; } v3;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 256 + i1 * 4;
  int i3 = i0 * 16 + w_quot(i1, 4);
  int i4 = w_rem((i0 * 8 + w_quot(i1, 8)), 6);
  vec4 f0 = w_load4_f32(b0, (w_quot(i3, 12) * 192 + i4 * 32 + w_rem(i1, 8) * 4));
  int i5 = w_rem(i1, 4) * 4 + w_quot(i3, 24) * 96 + i4 * 16;
  vec4 f1 = w_load4_f32(b1, i5);
  ivec4 i6 = ivec4(w_bool(f0[0] == f1[0]), w_bool(f0[1] == f1[1]), w_bool(f0[2] == f1[2]), w_bool(f0[3] == f1[3]));
  vec4 f2 = w_load4_f32(b2, i5);
  vec4 f3 = vec4(w_select(i6[0] != 0, f2[0], 0.0f), w_select(i6[1] != 0, f2[1], 0.0f), w_select(i6[2] != 0, f2[2], 0.0f), w_select(i6[3] != 0, f2[3], 0.0f));
  v3.d[(i2) >> 2] = f3;
}

