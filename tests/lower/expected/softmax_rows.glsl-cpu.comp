// softmax_rows: reduce_max+sub+exp+reduce_sum+div, work-groups 5 1 1 of 8

layout(local_size_x = 8, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
layout(set = 0, binding = 1) buffer V1 { vec4 d[]; } v1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  vec4 f0 = vec4((-w_inf));
  vec4 f1 = vec4(0.0f);
  vec4 f2 = f0;
  vec4 f3 = f0;
  vec4 f4 = f0;
  vec4 f5 = f0;
  for (int i2 = 0; i2 < 992; i2 += 16) {
    vec4 f6 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i2));
    vec4 f7 = vec4(w_max(f2[0], f6[0]), w_max(f2[1], f6[1]), w_max(f2[2], f6[2]), w_max(f2[3], f6[3]));
    vec4 f8 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i2 + 4));
    vec4 f9 = vec4(w_max(f3[0], f8[0]), w_max(f3[1], f8[1]), w_max(f3[2], f8[2]), w_max(f3[3], f8[3]));
    vec4 f10 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i2 + 8));
    vec4 f11 = vec4(w_max(f4[0], f10[0]), w_max(f4[1], f10[1]), w_max(f4[2], f10[2]), w_max(f4[3], f10[3]));
    vec4 f12 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i2 + 12));
    vec4 f13 = vec4(w_max(f5[0], f12[0]), w_max(f5[1], f12[1]), w_max(f5[2], f12[2]), w_max(f5[3], f12[3]));
    f2 = f7;
    f3 = f9;
    f4 = f11;
    f5 = f13;
  }
  vec4 f14 = f2;
  vec4 f15 = f3;
  vec4 f16 = f4;
  vec4 f17 = f5;
  for (int i3 = 992; i3 < 1000; i3 += 4) {
    vec4 f18 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i3));
    vec4 f19 = vec4(w_max(f14[0], f18[0]), w_max(f14[1], f18[1]), w_max(f14[2], f18[2]), w_max(f14[3], f18[3]));
    f14 = f19;
  }
  vec4 f20 = vec4(w_max(f14[0], f15[0]), w_max(f14[1], f15[1]), w_max(f14[2], f15[2]), w_max(f14[3], f15[3]));
  vec4 f21 = vec4(w_max(f20[0], f16[0]), w_max(f20[1], f16[1]), w_max(f20[2], f16[2]), w_max(f20[3], f16[3]));
  vec4 f22 = vec4(w_max(f21[0], f17[0]), w_max(f21[1], f17[1]), w_max(f21[2], f17[2]), w_max(f21[3], f17[3]));
  vec2 f23 = vec2(f22[0], f22[1]);
  vec2 f24 = vec2(f22[2], f22[3]);
  vec2 f25 = vec2(w_max(f23[0], f24[0]), w_max(f23[1], f24[1]));
  float f26 = f25[0];
  float f27 = f25[1];
  float f28 = w_max(f26, f27);
  vec4 f29 = f1;
  vec4 f30 = f1;
  vec4 f31 = f1;
  vec4 f32 = f1;
  for (int i4 = 0; i4 < 992; i4 += 16) {
    vec4 f33 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i4));
    vec4 f34 = f33 - vec4(f28);
    vec4 f35 = vec4(w_exp(f34[0]), w_exp(f34[1]), w_exp(f34[2]), w_exp(f34[3]));
    vec4 f36 = f29 + f35;
    vec4 f37 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i4 + 4));
    vec4 f38 = f37 - vec4(f28);
    vec4 f39 = vec4(w_exp(f38[0]), w_exp(f38[1]), w_exp(f38[2]), w_exp(f38[3]));
    vec4 f40 = f30 + f39;
    vec4 f41 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i4 + 8));
    vec4 f42 = f41 - vec4(f28);
    vec4 f43 = vec4(w_exp(f42[0]), w_exp(f42[1]), w_exp(f42[2]), w_exp(f42[3]));
    vec4 f44 = f31 + f43;
    vec4 f45 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i4 + 12));
    vec4 f46 = f45 - vec4(f28);
    vec4 f47 = vec4(w_exp(f46[0]), w_exp(f46[1]), w_exp(f46[2]), w_exp(f46[3]));
    vec4 f48 = f32 + f47;
    f29 = f36;
    f30 = f40;
    f31 = f44;
    f32 = f48;
  }
  vec4 f49 = f29;
  vec4 f50 = f30;
  vec4 f51 = f31;
  vec4 f52 = f32;
  for (int i5 = 992; i5 < 1000; i5 += 4) {
    vec4 f53 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i5));
    vec4 f54 = f53 - vec4(f28);
    vec4 f55 = vec4(w_exp(f54[0]), w_exp(f54[1]), w_exp(f54[2]), w_exp(f54[3]));
    vec4 f56 = f49 + f55;
    f49 = f56;
  }
  vec4 f57 = f49 + f50;
  vec4 f58 = f57 + f51;
  vec4 f59 = f58 + f52;
  vec2 f60 = vec2(f59[0], f59[1]);
  vec2 f61 = vec2(f59[2], f59[3]);
  vec2 f62 = f60 + f61;
  float f63 = f62[0];
  float f64 = f62[1];
  float f65 = f63 + f64;
  for (int i6 = 0; i6 < 1000; i6 += 4) {
    int i7 = i0 * 8000 + i1 * 1000 + i6;
    vec4 f66 = w_load4_f32(b0, i7);
    vec4 f67 = f66 - vec4(f28);
    vec4 f68 = vec4(w_exp(f67[0]), w_exp(f67[1]), w_exp(f67[2]), w_exp(f67[3]));
    vec4 f69 = vec4(w_div(f68[0], f65), w_div(f68[1], f65), w_div(f68[2], f65), w_div(f68[3], f65));
    v1.d[(i7) >> 2] = f69;
  }
}

