// weights_to_hwio: move, work-groups 144 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
layout(set = 0, binding = 1) buffer V1 { vec4 d[]; } v1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
layout(set = 0, binding = 2) buffer V2 { vec4 d[]; } v2;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 1024 + i1 * 4;
  int i3 = w_rem(i0, 16);
  int i4 = w_quot(i0, 16);
  vec4 f0 = vec4(w_load_f32(b0, (w_rem(i1, 32) * 4608 + w_quot(i1, 32) * 9 + i3 * 72 + i4)), w_load_f32(b0, (w_rem(i1, 32) * 4608 + w_quot(i1, 32) * 9 + i3 * 72 + i4) + 1152), w_load_f32(b0, (w_rem(i1, 32) * 4608 + w_quot(i1, 32) * 9 + i3 * 72 + i4) + 2304), w_load_f32(b0, (w_rem(i1, 32) * 4608 + w_quot(i1, 32) * 9 + i3 * 72 + i4) + 3456));
  vec4 f1 = vec4(w_load_f32(b0, (i1 * 36 + i3 * 9216 - i4 + 8)), w_load_f32(b0, (i1 * 36 + i3 * 9216 - i4 + 8) + 9), w_load_f32(b0, (i1 * 36 + i3 * 9216 - i4 + 8) + 18), w_load_f32(b0, (i1 * 36 + i3 * 9216 - i4 + 8) + 27));
  v1.d[(i2) >> 2] = f0;
  v2.d[(i2) >> 2] = f1;
}

