// sum_nhwc: reduce_sum+mul, work-groups 4 1 1 of 256

__attribute__((reqd_work_group_size(256, 1, 1)))
__kernel void reduce(__global const float *b0, __global float *b1) {
  __local float a0[1024] __attribute__((aligned(64)));
  __local float a1[128] __attribute__((aligned(64)));
  int i0 = (int)get_group_id(0);
  int i1 = (int)get_local_id(0);
  int i2 = w_rem(i1, 2);
  int i3 = w_quot(i1, 2);
  float4 f0 = (float4)(0.0f);
  float4 f1 = *(__global const float4 *)(b0 + (i0 * 8 + i2 * 4 + i3 * 32));
  float4 f2 = f0 + f1;
  float4 f3 = *(__global const float4 *)(b0 + (i0 * 8 + i2 * 4 + i3 * 32 + 4096));
  float4 f4 = f2 + f3;
  float4 f5 = *(__global const float4 *)(b0 + (i0 * 8 + i2 * 4 + i3 * 32 + 8192));
  float4 f6 = f4 + f5;
  float4 f7 = *(__global const float4 *)(b0 + (i0 * 8 + i2 * 4 + i3 * 32 + 12288));
  float4 f8 = f6 + f7;
  float4 f9 = *(__global const float4 *)(b0 + (i0 * 8 + i2 * 4 + i3 * 32 + 16384));
  float4 f10 = f8 + f9;
  float4 f11 = *(__global const float4 *)(b0 + (i0 * 8 + i2 * 4 + i3 * 32 + 20480));
  float4 f12 = f10 + f11;
  float4 f13 = *(__global const float4 *)(b0 + (i0 * 8 + i2 * 4 + i3 * 32 + 24576));
  float4 f14 = f12 + f13;
  float4 f15 = *(__global const float4 *)(b0 + (i0 * 8 + i2 * 4 + i3 * 32 + 28672));
  float4 f16 = f14 + f15;
  float4 f17 = *(__global const float4 *)(b0 + (i0 * 8 + i2 * 4 + i3 * 32 + 32768));
  float4 f18 = f16 + f17;
  float4 f19 = *(__global const float4 *)(b0 + (i0 * 8 + i2 * 4 + i3 * 32 + 36864));
  float4 f20 = f18 + f19;
  float4 f21 = *(__global const float4 *)(b0 + (i0 * 8 + i2 * 4 + i3 * 32 + 40960));
  float4 f22 = f20 + f21;
  float4 f23 = *(__global const float4 *)(b0 + (i0 * 8 + i2 * 4 + i3 * 32 + 45056));
  float4 f24 = f22 + f23;
  int i4 = i3 + 1536;
  int i5 = i1 * 4;
  int c0 = i1 < 128;
  int i6 = i1 + 128;
  int i7 = i1 + 256;
  int i8 = i1 + 384;
  int i9 = i1 + 512;
  int i10 = i1 + 640;
  int i11 = i1 + 768;
  int i12 = i1 + 896;
  int c1 = i1 < 8;
  int i13 = i0 * 8 + i1;
  int i14 = i1 + 8;
  int i15 = i1 + 16;
  int i16 = i1 + 24;
  int i17 = i1 + 32;
  int i18 = i1 + 40;
  int i19 = i1 + 48;
  int i20 = i1 + 56;
  int i21 = i1 + 64;
  int i22 = i1 + 72;
  int i23 = i1 + 80;
  int i24 = i1 + 88;
  int i25 = i1 + 96;
  int i26 = i1 + 104;
  int i27 = i1 + 112;
  int i28 = i1 + 120;
  float4 f25 = f24;
  for (int i29 = i4; i29 < 1568; i29 += 128) {
    float4 f26 = *(__global const float4 *)(b0 + (i0 * 8 + i2 * 4 + i29 * 32));
    float4 f27 = f25 + f26;
    f25 = f27;
  }
  *(__local float4 *)(a0 + i5) = f25;
  w_barrier();
  if (c0) {
    float f28 = a0[i1];
    float f29 = a0[i6];
    float f30 = f28 + f29;
    float f31 = a0[i7];
    float f32 = a0[i8];
    float f33 = f31 + f32;
    float f34 = f30 + f33;
    float f35 = a0[i9];
    float f36 = a0[i10];
    float f37 = f35 + f36;
    float f38 = a0[i11];
    float f39 = a0[i12];
    float f40 = f38 + f39;
    float f41 = f37 + f40;
    float f42 = f34 + f41;
    a1[i1] = f42;
  }
  w_barrier();
  if (c1) {
    float f43 = a1[i1];
    float f44 = a1[i14];
    float f45 = f43 + f44;
    float f46 = a1[i15];
    float f47 = a1[i16];
    float f48 = f46 + f47;
    float f49 = f45 + f48;
    float f50 = a1[i17];
    float f51 = a1[i18];
    float f52 = f50 + f51;
    float f53 = a1[i19];
    float f54 = a1[i20];
    float f55 = f53 + f54;
    float f56 = f52 + f55;
    float f57 = f49 + f56;
    float f58 = a1[i21];
    float f59 = a1[i22];
    float f60 = f58 + f59;
    float f61 = a1[i23];
    float f62 = a1[i24];
    float f63 = f61 + f62;
    float f64 = f60 + f63;
    float f65 = a1[i25];
    float f66 = a1[i26];
    float f67 = f65 + f66;
    float f68 = a1[i27];
    float f69 = a1[i28];
    float f70 = f68 + f69;
    float f71 = f67 + f70;
    float f72 = f64 + f71;
    float f73 = f57 + f72;
    float f74 = f73 * 0.5f;
    b1[i13] = f74;
  }
}

