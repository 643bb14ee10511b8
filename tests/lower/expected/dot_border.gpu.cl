// dot_border: dot, work-groups 4 1 1 of 128

void store(__global const float *b0, __global const float *b1, __global float *b2, int batch, int m, int n, float4 value) {
  *(__global float4 *)(b2 + (batch * 4096 + m * 32 + n)) = value;
}
float4 load_a(__global const float *b0, __global const float *b1, __global float *b2, int batch, int m, int k) {
  int i0 = w_rem(m, 8);
  int i1 = w_quot(m, 8);
  int i2 = w_quot(k, 24);
  float4 f0 = (((-1) < (w_rem(i1, 8) * 2 + i2 - 1)) && ((-1) < (i0 * 2 + w_rem(w_quot(k, 8), 3) - 1))) ? *(__global const float4 *)(b0 + (i0 * 16 + i1 * 256 + i2 * 128 + w_rem(k, 24) - 136)) : (float4)(0.0f);
  return f0;
}
#define TM 32
#define TN 32
#define RM 4
#define RN 4
#define M 128
#define N 32
#define M_TILES 4
#define N_TILES 1
#define TILES 4
#define GROUPS 4
#define TK 8
#define SLICES 2
#define STAGES 2
#define EARLY 0
#define FOLDS 0
#define K 72
#define A_ALONG_M 0
#define B_ALONG_K 0
#define A_WIDTH 4
#define B_WIDTH 4
#define C_WIDTH 4
#define HAS_BINDINGS 1
#define B_BATCH(batch) (0)
#define B_K(k) (32 * w_rem((k), 24) + 768 * w_quot(k, 24))
#define B_N(n) (1 * (n))
#define LOAD_B(batch, k, n) FOUR_AT(b1, B_BATCH(batch) + B_K(k) + B_N(n))
#define STORE_C(batch, m, n, value) store(b0, b1, b2, batch, m, n, value)
#define ENTRY contract
#define BINDINGS __global const float *b0, __global const float *b1, __global float *b2
#define LOAD_A(batch, m, k) load_a(b0, b1, b2, batch, m, k)

