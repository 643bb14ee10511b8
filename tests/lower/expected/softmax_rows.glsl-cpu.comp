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
  float f6 = (-w_inf);
  for (int i2 = 0; i2 < 992; i2 += 16) {
    vec4 f7 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i2));
    vec4 f8 = vec4(w_max(f2[0], f7[0]), w_max(f2[1], f7[1]), w_max(f2[2], f7[2]), w_max(f2[3], f7[3]));
    vec4 f9 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i2 + 4));
    vec4 f10 = vec4(w_max(f3[0], f9[0]), w_max(f3[1], f9[1]), w_max(f3[2], f9[2]), w_max(f3[3], f9[3]));
    vec4 f11 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i2 + 8));
    vec4 f12 = vec4(w_max(f4[0], f11[0]), w_max(f4[1], f11[1]), w_max(f4[2], f11[2]), w_max(f4[3], f11[3]));
    vec4 f13 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i2 + 12));
    vec4 f14 = vec4(w_max(f5[0], f13[0]), w_max(f5[1], f13[1]), w_max(f5[2], f13[2]), w_max(f5[3], f13[3]));
    f2 = f8;
    f3 = f10;
    f4 = f12;
    f5 = f14;
  }
  vec4 f15 = f2;
  vec4 f16 = f3;
  vec4 f17 = f4;
  vec4 f18 = f5;
  float f19 = f6;
  for (int i3 = 992; i3 < 1000; i3 += 4) {
    vec4 f20 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i3));
    vec4 f21 = vec4(w_max(f15[0], f20[0]), w_max(f15[1], f20[1]), w_max(f15[2], f20[2]), w_max(f15[3], f20[3]));
    f15 = f21;
  }
  vec4 f22 = vec4(w_max(f15[0], f16[0]), w_max(f15[1], f16[1]), w_max(f15[2], f16[2]), w_max(f15[3], f16[3]));
  vec4 f23 = vec4(w_max(f22[0], f17[0]), w_max(f22[1], f17[1]), w_max(f22[2], f17[2]), w_max(f22[3], f17[3]));
  vec4 f24 = vec4(w_max(f23[0], f18[0]), w_max(f23[1], f18[1]), w_max(f23[2], f18[2]), w_max(f23[3], f18[3]));
  vec2 f25 = vec2(f24[0], f24[1]);
  vec2 f26 = vec2(f24[2], f24[3]);
  vec2 f27 = vec2(w_max(f25[0], f26[0]), w_max(f25[1], f26[1]));
  float f28 = f27[0];
  float f29 = f27[1];
  float f30 = w_max(f28, f29);
  vec4 f31 = f1;
  vec4 f32 = f1;
  vec4 f33 = f1;
  vec4 f34 = f1;
  float f35 = 0.0f;
  for (int i4 = 0; i4 < 992; i4 += 16) {
    vec4 f36 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i4));
    vec4 f37 = f36 - vec4(f30);
    vec4 f38 = vec4(w_exp(f37[0]), w_exp(f37[1]), w_exp(f37[2]), w_exp(f37[3]));
    vec4 f39 = f31 + f38;
    vec4 f40 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i4 + 4));
    vec4 f41 = f40 - vec4(f30);
    vec4 f42 = vec4(w_exp(f41[0]), w_exp(f41[1]), w_exp(f41[2]), w_exp(f41[3]));
    vec4 f43 = f32 + f42;
    vec4 f44 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i4 + 8));
    vec4 f45 = f44 - vec4(f30);
    vec4 f46 = vec4(w_exp(f45[0]), w_exp(f45[1]), w_exp(f45[2]), w_exp(f45[3]));
    vec4 f47 = f33 + f46;
    vec4 f48 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i4 + 12));
    vec4 f49 = f48 - vec4(f30);
    vec4 f50 = vec4(w_exp(f49[0]), w_exp(f49[1]), w_exp(f49[2]), w_exp(f49[3]));
    vec4 f51 = f34 + f50;
    f31 = f39;
    f32 = f43;
    f33 = f47;
    f34 = f51;
  }
  vec4 f52 = f31;
  vec4 f53 = f32;
  vec4 f54 = f33;
  vec4 f55 = f34;
  float f56 = f35;
  for (int i5 = 992; i5 < 1000; i5 += 4) {
    vec4 f57 = w_load4_f32(b0, (i0 * 8000 + i1 * 1000 + i5));
    vec4 f58 = f57 - vec4(f30);
    vec4 f59 = vec4(w_exp(f58[0]), w_exp(f58[1]), w_exp(f58[2]), w_exp(f58[3]));
    vec4 f60 = f52 + f59;
    f52 = f60;
  }
  vec4 f61 = f52 + f53;
  vec4 f62 = f61 + f54;
  vec4 f63 = f62 + f55;
  vec2 f64 = vec2(f63[0], f63[1]);
  vec2 f65 = vec2(f63[2], f63[3]);
  vec2 f66 = f64 + f65;
  float f67 = f66[0];
  float f68 = f66[1];
  float f69 = f67 + f68;
  for (int i6 = 0; i6 < 1000; i6 += 4) {
    int i7 = i0 * 8000 + i1 * 1000 + i6;
    vec4 f70 = w_load4_f32(b0, i7);
    vec4 f71 = f70 - vec4(f30);
    vec4 f72 = vec4(w_exp(f71[0]), w_exp(f71[1]), w_exp(f71[2]), w_exp(f71[3]));
    vec4 f73 = vec4(w_div(f72[0], f69), w_div(f72[1], f69), w_div(f72[2], f69), w_div(f72[3], f69));
    v1.d[(i7) >> 2] = f73;
  }
}

