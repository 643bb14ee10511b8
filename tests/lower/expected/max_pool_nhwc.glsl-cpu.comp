// max_pool_nhwc: relu+reduce_max, work-groups 9 1 1 of 64

layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
layout(set = 0, binding = 1) buffer V1 { vec4 d[]; } v1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 256 + i1 * 4;
  int i3 = w_rem(i1, 8);
  int i4 = i0 * 8 + w_quot(i1, 8);
  int i5 = w_rem(i4, 6);
  int i6 = w_quot(i4, 6);
  vec4 f0 = w_load4_f32(b0, (i3 * 4 + i5 * 64 + i6 * 768));
  vec4 f1 = vec4(w_select(f0[0] < 0, w_lit(0.0), f0[0]), w_select(f0[1] < 0, w_lit(0.0), f0[1]), w_select(f0[2] < 0, w_lit(0.0), f0[2]), w_select(f0[3] < 0, w_lit(0.0), f0[3]));
  vec4 f2 = w_load4_f32(b0, (i3 * 4 + i5 * 64 + i6 * 768 + 32));
  vec4 f3 = vec4(w_select(f2[0] < 0, w_lit(0.0), f2[0]), w_select(f2[1] < 0, w_lit(0.0), f2[1]), w_select(f2[2] < 0, w_lit(0.0), f2[2]), w_select(f2[3] < 0, w_lit(0.0), f2[3]));
  vec4 f4 = vec4(w_max(f1[0], f3[0]), w_max(f1[1], f3[1]), w_max(f1[2], f3[2]), w_max(f1[3], f3[3]));
  vec4 f5 = w_load4_f32(b0, (i3 * 4 + i5 * 64 + i6 * 768 + 384));
  vec4 f6 = vec4(w_select(f5[0] < 0, w_lit(0.0), f5[0]), w_select(f5[1] < 0, w_lit(0.0), f5[1]), w_select(f5[2] < 0, w_lit(0.0), f5[2]), w_select(f5[3] < 0, w_lit(0.0), f5[3]));
  vec4 f7 = vec4(w_max(f4[0], f6[0]), w_max(f4[1], f6[1]), w_max(f4[2], f6[2]), w_max(f4[3], f6[3]));
  vec4 f8 = w_load4_f32(b0, (i3 * 4 + i5 * 64 + i6 * 768 + 416));
  vec4 f9 = vec4(w_select(f8[0] < 0, w_lit(0.0), f8[0]), w_select(f8[1] < 0, w_lit(0.0), f8[1]), w_select(f8[2] < 0, w_lit(0.0), f8[2]), w_select(f8[3] < 0, w_lit(0.0), f8[3]));
  vec4 f10 = vec4(w_max(f7[0], f9[0]), w_max(f7[1], f9[1]), w_max(f7[2], f9[2]), w_max(f7[3], f9[3]));
  v1.d[(i2) >> 2] = f10;
}

