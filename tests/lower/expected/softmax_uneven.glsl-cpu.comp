// softmax_uneven: reduce_max+sub+exp+reduce_sum+div, work-groups 6 1 1 of 8

layout(local_size_x = 8, local_size_y = 1, local_size_z = 1) in;
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) buffer B1 { float d[]; } b1;
void main() {
  int i0 = int(gl_WorkGroupID.x);
  int i1 = int(gl_LocalInvocationID.x);
  bool c0 = (i0 * 8 + i1) < 43;
  vec4 f0 = vec4((-w_inf));
  int i2 = i0 * 360 + i1 * 45 + 44;
  vec4 f1 = vec4(0.0f);
  if (c0) {
    vec4 f2 = f0;
    vec4 f3 = f0;
    vec4 f4 = f0;
    vec4 f5 = f0;
    float f6 = (-w_inf);
    for (int i3 = 0; i3 < 32; i3 += 16) {
      vec4 f7 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i3)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i3) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i3) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i3) + 3));
      vec4 f8 = vec4(w_max(f2[0], f7[0]), w_max(f2[1], f7[1]), w_max(f2[2], f7[2]), w_max(f2[3], f7[3]));
      vec4 f9 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i3 + 4)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i3 + 4) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i3 + 4) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i3 + 4) + 3));
      vec4 f10 = vec4(w_max(f3[0], f9[0]), w_max(f3[1], f9[1]), w_max(f3[2], f9[2]), w_max(f3[3], f9[3]));
      vec4 f11 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i3 + 8)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i3 + 8) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i3 + 8) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i3 + 8) + 3));
      vec4 f12 = vec4(w_max(f4[0], f11[0]), w_max(f4[1], f11[1]), w_max(f4[2], f11[2]), w_max(f4[3], f11[3]));
      vec4 f13 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i3 + 12)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i3 + 12) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i3 + 12) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i3 + 12) + 3));
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
    for (int i4 = 32; i4 < 44; i4 += 4) {
      vec4 f20 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i4)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i4) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i4) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i4) + 3));
      vec4 f21 = vec4(w_max(f15[0], f20[0]), w_max(f15[1], f20[1]), w_max(f15[2], f20[2]), w_max(f15[3], f20[3]));
      f15 = f21;
    }
    float f22 = w_load_f32(b0, i2);
    float f23 = w_max(f19, f22);
    vec4 f24 = vec4(w_max(f15[0], f16[0]), w_max(f15[1], f16[1]), w_max(f15[2], f16[2]), w_max(f15[3], f16[3]));
    vec4 f25 = vec4(w_max(f24[0], f17[0]), w_max(f24[1], f17[1]), w_max(f24[2], f17[2]), w_max(f24[3], f17[3]));
    vec4 f26 = vec4(w_max(f25[0], f18[0]), w_max(f25[1], f18[1]), w_max(f25[2], f18[2]), w_max(f25[3], f18[3]));
    vec2 f27 = vec2(f26[0], f26[1]);
    vec2 f28 = vec2(f26[2], f26[3]);
    vec2 f29 = vec2(w_max(f27[0], f28[0]), w_max(f27[1], f28[1]));
    float f30 = f29[0];
    float f31 = f29[1];
    float f32 = w_max(f30, f31);
    float f33 = w_max(f32, f23);
    vec4 f34 = f1;
    vec4 f35 = f1;
    vec4 f36 = f1;
    vec4 f37 = f1;
    float f38 = 0.0f;
    for (int i5 = 0; i5 < 32; i5 += 16) {
      vec4 f39 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i5)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5) + 3));
      vec4 f40 = f39 - vec4(f33);
      vec4 f41 = vec4(w_exp(f40[0]), w_exp(f40[1]), w_exp(f40[2]), w_exp(f40[3]));
      vec4 f42 = f34 + f41;
      vec4 f43 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 4)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 4) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 4) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 4) + 3));
      vec4 f44 = f43 - vec4(f33);
      vec4 f45 = vec4(w_exp(f44[0]), w_exp(f44[1]), w_exp(f44[2]), w_exp(f44[3]));
      vec4 f46 = f35 + f45;
      vec4 f47 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 8)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 8) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 8) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 8) + 3));
      vec4 f48 = f47 - vec4(f33);
      vec4 f49 = vec4(w_exp(f48[0]), w_exp(f48[1]), w_exp(f48[2]), w_exp(f48[3]));
      vec4 f50 = f36 + f49;
      vec4 f51 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 12)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 12) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 12) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i5 + 12) + 3));
      vec4 f52 = f51 - vec4(f33);
      vec4 f53 = vec4(w_exp(f52[0]), w_exp(f52[1]), w_exp(f52[2]), w_exp(f52[3]));
      vec4 f54 = f37 + f53;
      f34 = f42;
      f35 = f46;
      f36 = f50;
      f37 = f54;
    }
    vec4 f55 = f34;
    vec4 f56 = f35;
    vec4 f57 = f36;
    vec4 f58 = f37;
    float f59 = f38;
    for (int i6 = 32; i6 < 44; i6 += 4) {
      vec4 f60 = vec4(w_load_f32(b0, (i0 * 360 + i1 * 45 + i6)), w_load_f32(b0, (i0 * 360 + i1 * 45 + i6) + 1), w_load_f32(b0, (i0 * 360 + i1 * 45 + i6) + 2), w_load_f32(b0, (i0 * 360 + i1 * 45 + i6) + 3));
      vec4 f61 = f60 - vec4(f33);
      vec4 f62 = vec4(w_exp(f61[0]), w_exp(f61[1]), w_exp(f61[2]), w_exp(f61[3]));
      vec4 f63 = f55 + f62;
      f55 = f63;
    }
    float f64 = f22 - f33;
    float f65 = w_exp(f64);
    float f66 = f59 + f65;
    vec4 f67 = f55 + f56;
    vec4 f68 = f67 + f57;
    vec4 f69 = f68 + f58;
    vec2 f70 = vec2(f69[0], f69[1]);
    vec2 f71 = vec2(f69[2], f69[3]);
    vec2 f72 = f70 + f71;
    float f73 = f72[0];
    float f74 = f72[1];
    float f75 = f73 + f74;
    float f76 = f75 + f66;
    for (int i7 = 0; i7 < 44; i7 += 4) {
      int i8 = i0 * 360 + i1 * 45 + i7;
      vec4 f77 = vec4(w_load_f32(b0, i8), w_load_f32(b0, i8 + 1), w_load_f32(b0, i8 + 2), w_load_f32(b0, i8 + 3));
      vec4 f78 = f77 - vec4(f33);
      vec4 f79 = vec4(w_exp(f78[0]), w_exp(f78[1]), w_exp(f78[2]), w_exp(f78[3]));
      vec4 f80 = vec4(w_div(f79[0], f76), w_div(f79[1], f76), w_div(f79[2], f76), w_div(f79[3], f76));
      b1.d[i8] = f80[0];
      b1.d[i8 + 1] = f80[1];
      b1.d[i8 + 2] = f80[2];
      b1.d[i8 + 3] = f80[3];
    }
    float f81 = w_div(f65, f76);
    b1.d[i2] = f81;
  }
}

