// softmax_uneven: reduce_max+sub+exp+reduce_sum+div, work-groups 43 1 1 of 16

shared float a0[16];
shared float a1[16];
layout(local_size_x = 16, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  int i2 = i0 * 45 + i1;
  float f0 = b0.d[i2];
  float f1 = w_max((-w_inf), f0);
  int i3 = i0 * 45 + i1 + 16;
  float f2 = b0.d[i3];
  float f3 = w_max(f1, f2);
  bool c0 = (i1 + 32) < 45;
  int i4 = i0 * 45 + i1 + 32;
  float f4 = c0 ? b0.d[i4] : 0.0f;
  float f5 = w_select(c0, f4, (-w_inf));
  float f6 = w_max(f3, f5);
  a0[i1] = f6;
  w_barrier();
  vec4 f7 = vec4(a0[0], a0[0 + 1], a0[0 + 2], a0[0 + 3]);
  vec4 f8 = vec4(a0[4], a0[4 + 1], a0[4 + 2], a0[4 + 3]);
  vec4 f9 = vec4(w_max(f7[0], f8[0]), w_max(f7[1], f8[1]), w_max(f7[2], f8[2]), w_max(f7[3], f8[3]));
  vec4 f10 = vec4(a0[8], a0[8 + 1], a0[8 + 2], a0[8 + 3]);
  vec4 f11 = vec4(a0[12], a0[12 + 1], a0[12 + 2], a0[12 + 3]);
  vec4 f12 = vec4(w_max(f10[0], f11[0]), w_max(f10[1], f11[1]), w_max(f10[2], f11[2]), w_max(f10[3], f11[3]));
  vec4 f13 = vec4(w_max(f9[0], f12[0]), w_max(f9[1], f12[1]), w_max(f9[2], f12[2]), w_max(f9[3], f12[3]));
  vec2 f14 = vec2(f13[0], f13[1]);
  vec2 f15 = vec2(f13[2], f13[3]);
  vec2 f16 = vec2(w_max(f14[0], f15[0]), w_max(f14[1], f15[1]));
  float f17 = f16[0];
  float f18 = f16[1];
  float f19 = w_max(f17, f18);
  float f20 = f0 - f19;
  float f21 = w_exp(f20);
  float f22 = 0.0f + f21;
  float f23 = f2 - f19;
  float f24 = w_exp(f23);
  float f25 = f22 + f24;
  float f26 = f4 - f19;
  float f27 = w_exp(f26);
  float f28 = w_select(c0, f27, 0.0f);
  float f29 = f25 + f28;
  a1[i1] = f29;
  w_barrier();
  vec4 f30 = vec4(a1[0], a1[0 + 1], a1[0 + 2], a1[0 + 3]);
  vec4 f31 = vec4(a1[4], a1[4 + 1], a1[4 + 2], a1[4 + 3]);
  vec4 f32 = f30 + f31;
  vec4 f33 = vec4(a1[8], a1[8 + 1], a1[8 + 2], a1[8 + 3]);
  vec4 f34 = vec4(a1[12], a1[12 + 1], a1[12 + 2], a1[12 + 3]);
  vec4 f35 = f33 + f34;
  vec4 f36 = f32 + f35;
  vec2 f37 = vec2(f36[0], f36[1]);
  vec2 f38 = vec2(f36[2], f36[3]);
  vec2 f39 = f37 + f38;
  float f40 = f39[0];
  float f41 = f39[1];
  float f42 = f40 + f41;
  float f43 = w_div(f21, f42);
  float f44 = w_div(f24, f42);
  float f45 = w_div(f27, f42);
  b1.d[i2] = f43;
  b1.d[i3] = f44;
  if (c0) {
    b1.d[i4] = f45;
  }
}

