// panels: neg, work-groups 12 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
layout(set = 0, binding = 1) buffer V1 { vec4 d[]; } v1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 1024 + i1 * 4;
  vec4 f0 = vec4(w_load_f32(b0, (w_rem(i1, 8) * 384 + w_quot(i1, 8) + w_rem(i0, 3) * 32 + w_quot(i0, 3) * 3072)), w_load_f32(b0, (w_rem(i1, 8) * 384 + w_quot(i1, 8) + w_rem(i0, 3) * 32 + w_quot(i0, 3) * 3072) + 96), w_load_f32(b0, (w_rem(i1, 8) * 384 + w_quot(i1, 8) + w_rem(i0, 3) * 32 + w_quot(i0, 3) * 3072) + 192), w_load_f32(b0, (w_rem(i1, 8) * 384 + w_quot(i1, 8) + w_rem(i0, 3) * 32 + w_quot(i0, 3) * 3072) + 288));
  vec4 f1 = -f0;
  v1.d[(i2) >> 2] = f1;
}

