// sum_nhwc: reduce_sum+mul, work-groups 1 1 1 of 8

layout(local_size_x = 8, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
layout(set = 0, binding = 1) buffer V1 { vec4 d[]; } v1;
void main() {
  int i0 = int(gl_LocalInvocationID.x);
  int i1 = i0 * 4;
  vec4 f0 = vec4(0.0f);
  vec4 f1 = f0;
  for (int i2 = 0; i2 < 1568; i2 += 1) {
    vec4 f2 = w_load4_f32(b0, (i0 * 4 + i2 * 32));
    vec4 f3 = f1 + f2;
    f1 = f3;
  }
  vec4 f4 = f1 * vec4(0.5f);
  v1.d[(i1) >> 2] = f4;
}

