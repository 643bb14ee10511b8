// mean_rows: reduce_sum+div, work-groups 5 1 1 of 8

layout(local_size_x = 8, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 8 + i1;
  bool c0 = i2 < 37;
  vec4 f0 = vec4(0.0f);
  if (c0) {
    vec4 f1 = f0;
    vec4 f2 = f0;
    vec4 f3 = f0;
    vec4 f4 = f0;
    float f5 = 0.0f;
    for (int i3 = 0; i3 < 992; i3 += 16) {
      vec4 f6 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i3));
      vec4 f7 = f1 + f6;
      vec4 f8 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i3 + 4));
      vec4 f9 = f2 + f8;
      vec4 f10 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i3 + 8));
      vec4 f11 = f3 + f10;
      vec4 f12 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i3 + 12));
      vec4 f13 = f4 + f12;
      f1 = f7;
      f2 = f9;
      f3 = f11;
      f4 = f13;
    }
    vec4 f14 = f1;
    vec4 f15 = f2;
    vec4 f16 = f3;
    vec4 f17 = f4;
    float f18 = f5;
    for (int i4 = 992; i4 < 1000; i4 += 4) {
      vec4 f19 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i4));
      vec4 f20 = f14 + f19;
      f14 = f20;
    }
    vec4 f21 = f14 + f15;
    vec4 f22 = f21 + f16;
    vec4 f23 = f22 + f17;
    vec2 f24 = vec2(f23[0], f23[1]);
    vec2 f25 = vec2(f23[2], f23[3]);
    vec2 f26 = f24 + f25;
    float f27 = f26[0];
    float f28 = f26[1];
    float f29 = f27 + f28;
    float f30 = w_div(f29, 1e+03f);
    b1.d[i2] = f30;
  }
}

