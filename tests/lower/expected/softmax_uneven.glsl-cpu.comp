// softmax_uneven: reduce_max+sub+exp+reduce_sum+div, work-groups 6 1 1 of 8

layout(local_size_x = 8, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  bool c0 = (i0 * 8 + i1) < 43;
  vec4 f0 = vec4((-w_inf));
  ivec4 i2 = ivec4(0, 1, 2, 3) + 41;
  bvec4 c1 = bvec4(43 < i2[0], 43 < i2[1], 43 < i2[2], 43 < i2[3]);
  int i3 = i0 * 360 + i1 * 45 + 41;
  vec4 f1 = vec4(0.0f);
  int i4 = i0 * 360 + i1 * 45 + 44;
  if (c0) {
    vec4 f2 = f0;
    vec4 f3 = f0;
    vec4 f4 = f0;
    vec4 f5 = f0;
    for (int i5 = 0; i5 < 32; i5 += 16) {
      vec4 f6 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i5)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5) + 3));
      vec4 f7 = vec4(w_max(f2[0], f6[0]), w_max(f2[1], f6[1]), w_max(f2[2], f6[2]), w_max(f2[3], f6[3]));
      vec4 f8 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 4)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 4) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 4) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 4) + 3));
      vec4 f9 = vec4(w_max(f3[0], f8[0]), w_max(f3[1], f8[1]), w_max(f3[2], f8[2]), w_max(f3[3], f8[3]));
      vec4 f10 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 8)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 8) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 8) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 8) + 3));
      vec4 f11 = vec4(w_max(f4[0], f10[0]), w_max(f4[1], f10[1]), w_max(f4[2], f10[2]), w_max(f4[3], f10[3]));
      vec4 f12 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 12)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 12) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 12) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 12) + 3));
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
    for (int i6 = 32; i6 < 44; i6 += 4) {
      vec4 f18 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i6)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i6) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i6) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i6) + 3));
      vec4 f19 = vec4(w_max(f14[0], f18[0]), w_max(f14[1], f18[1]), w_max(f14[2], f18[2]), w_max(f14[3], f18[3]));
      f14 = f19;
    }
    vec4 f20 = vec4(w_load_f32(b0, i3), w_load_f32(b0, i3 + 1), w_load_f32(b0, i3 + 2), w_load_f32(b0, i3 + 3));
    vec4 f21 = vec4(w_select(c1[0], f20[0], f0[0]), w_select(c1[1], f20[1], f0[1]), w_select(c1[2], f20[2], f0[2]), w_select(c1[3], f20[3], f0[3]));
    vec4 f22 = vec4(w_max(f14[0], f21[0]), w_max(f14[1], f21[1]), w_max(f14[2], f21[2]), w_max(f14[3], f21[3]));
    vec4 f23 = vec4(w_max(f22[0], f15[0]), w_max(f22[1], f15[1]), w_max(f22[2], f15[2]), w_max(f22[3], f15[3]));
    vec4 f24 = vec4(w_max(f23[0], f16[0]), w_max(f23[1], f16[1]), w_max(f23[2], f16[2]), w_max(f23[3], f16[3]));
    vec4 f25 = vec4(w_max(f24[0], f17[0]), w_max(f24[1], f17[1]), w_max(f24[2], f17[2]), w_max(f24[3], f17[3]));
    vec2 f26 = vec2(f25[0], f25[1]);
    vec2 f27 = vec2(f25[2], f25[3]);
    vec2 f28 = vec2(w_max(f26[0], f27[0]), w_max(f26[1], f27[1]));
    float f29 = f28[0];
    float f30 = f28[1];
    float f31 = w_max(f29, f30);
    vec4 f32 = f1;
    vec4 f33 = f1;
    vec4 f34 = f1;
    vec4 f35 = f1;
    for (int i7 = 0; i7 < 32; i7 += 16) {
      vec4 f36 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i7)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i7) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i7) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i7) + 3));
      vec4 f37 = f36 - vec4(f31);
      vec4 f38 = vec4(w_exp(f37[0]), w_exp(f37[1]), w_exp(f37[2]), w_exp(f37[3]));
      vec4 f39 = f32 + f38;
      vec4 f40 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i7 + 4)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i7 + 4) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i7 + 4) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i7 + 4) + 3));
      vec4 f41 = f40 - vec4(f31);
      vec4 f42 = vec4(w_exp(f41[0]), w_exp(f41[1]), w_exp(f41[2]), w_exp(f41[3]));
      vec4 f43 = f33 + f42;
      vec4 f44 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i7 + 8)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i7 + 8) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i7 + 8) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i7 + 8) + 3));
      vec4 f45 = f44 - vec4(f31);
      vec4 f46 = vec4(w_exp(f45[0]), w_exp(f45[1]), w_exp(f45[2]), w_exp(f45[3]));
      vec4 f47 = f34 + f46;
      vec4 f48 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i7 + 12)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i7 + 12) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i7 + 12) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i7 + 12) + 3));
      vec4 f49 = f48 - vec4(f31);
      vec4 f50 = vec4(w_exp(f49[0]), w_exp(f49[1]), w_exp(f49[2]), w_exp(f49[3]));
      vec4 f51 = f35 + f50;
      f32 = f39;
      f33 = f43;
      f34 = f47;
      f35 = f51;
    }
    vec4 f52 = f32;
    vec4 f53 = f33;
    vec4 f54 = f34;
    vec4 f55 = f35;
    for (int i8 = 32; i8 < 44; i8 += 4) {
      vec4 f56 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i8)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i8) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i8) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i8) + 3));
      vec4 f57 = f56 - vec4(f31);
      vec4 f58 = vec4(w_exp(f57[0]), w_exp(f57[1]), w_exp(f57[2]), w_exp(f57[3]));
      vec4 f59 = f52 + f58;
      f52 = f59;
    }
    vec4 f60 = f20 - vec4(f31);
    vec4 f61 = vec4(w_exp(f60[0]), w_exp(f60[1]), w_exp(f60[2]), w_exp(f60[3]));
    vec4 f62 = vec4(w_select(c1[0], f61[0], f1[0]), w_select(c1[1], f61[1], f1[1]), w_select(c1[2], f61[2], f1[2]), w_select(c1[3], f61[3], f1[3]));
    vec4 f63 = f52 + f62;
    vec4 f64 = f63 + f53;
    vec4 f65 = f64 + f54;
    vec4 f66 = f65 + f55;
    vec2 f67 = vec2(f66[0], f66[1]);
    vec2 f68 = vec2(f66[2], f66[3]);
    vec2 f69 = f67 + f68;
    float f70 = f69[0];
    float f71 = f69[1];
    float f72 = f70 + f71;
    for (int i9 = 0; i9 < 44; i9 += 4) {
      int i10 = i0 * 360 + i1 * 45 + i9;
      vec4 f73 = vec4(w_load_f32(b0, i10), w_load_f32(b0, i10 + 1), w_load_f32(b0, i10 + 2), w_load_f32(b0, i10 + 3));
      vec4 f74 = f73 - vec4(f31);
      vec4 f75 = vec4(w_exp(f74[0]), w_exp(f74[1]), w_exp(f74[2]), w_exp(f74[3]));
      vec4 f76 = vec4(w_div(f75[0], f72), w_div(f75[1], f72), w_div(f75[2], f72), w_div(f75[3], f72));
      b1.d[i10] = f76[0];
      b1.d[i10 + 1] = f76[1];
      b1.d[i10 + 2] = f76[2];
      b1.d[i10 + 3] = f76[3];
    }
    float f77 = w_load_f32(b0, i4);
    float f78 = f77 - f31;
    float f79 = w_exp(f78);
    float f80 = w_div(f79, f72);
    b1.d[i4] = f80;
  }
}

