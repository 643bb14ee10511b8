// permuted: neg, work-groups 53 1 1 of 256

layout(local_size_x = 256, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 256 + i1;
  bool c0 = i2 < 13440;
  if (c0) {
    float f0 = w_load_f32(b0, (w_rem(i2, 10) * 224 + w_quot(i2, 2240) * 2240 + w_rem(w_quot(i2, 10), 224)));
    float f1 = -f0;
    b1.d[i2] = f1;
  }
}

