// dot_cell: dot+sigmoid+mul+sigmoid+tanh+mul+add+sigmoid+.., work-groups 4 1 1 of 128

void store(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, __global float *b4, int batch, int m, int n, float4 value) {
  int i0 = batch * 8192 + m * 128 + w_quot(n, 4);
  float f0 = w_div(w_lit(1.0), w_lit(1.0) + w_exp(-value.y));
  float f1 = b2[i0];
  float f2 = f0 * f1;
  float f3 = w_div(w_lit(1.0), w_lit(1.0) + w_exp(-value.x));
  float f4 = w_tanh(value.z);
  float f5 = f3 * f4;
  float f6 = f2 + f5;
  float f7 = w_div(w_lit(1.0), w_lit(1.0) + w_exp(-value.w));
  float f8 = w_tanh(f6);
  float f9 = f7 * f8;
  b3[i0] = f6;
  b4[i0] = f9;
}
#define TM 64
#define TN 128
#define RM 8
#define RN 8
#define M 64
#define N 512
#define M_TILES 1
#define N_TILES 4
#define TILES 4
#define GROUPS 4
#define TK 16
#define SLICES 1
#define STAGES 2
#define EARLY 0
#define FOLDS 0
#define K 128
#define A_ALONG_M 0
#define B_ALONG_K 0
#define A_WIDTH 4
#define B_WIDTH 4
#define C_WIDTH 4
#define HAS_BINDINGS 1
#define A_BATCH(batch) (0)
#define B_BATCH(batch) (0)
#define A_M(m) (128 * (m))
#define A_K(k) (1 * (k))
#define B_K(k) (512 * (k))
#define B_N(n) (1 * (n))
#define LOAD_A(batch, m, k) FOUR_AT(b0, A_BATCH(batch) + A_M(m) + A_K(k))
#define LOAD_B(batch, k, n) FOUR_AT(b1, B_BATCH(batch) + B_K(k) + B_N(n))
#define STORE_C(batch, m, n, value) store(b0, b1, b2, b3, b4, batch, m, n, value)
#define ENTRY contract
#define BINDINGS __global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, __global float *b4

