// dot_convolution: dot+add+relu, work-groups 4 1 1 of 128

void store(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, int batch, int m, int n, float4 value) {
  float4 f0 = *(__global const float4 *)(b2 + n);
  float4 f1 = value + f0;
  float4 f2 = w_select(f1 < 0, (float4)(w_lit(0.0)), f1);
  *(__global float4 *)(b3 + (batch * 4096 + m * 32 + n)) = f2;
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
#define A_BATCH(batch) (0)
#define B_BATCH(batch) (0)
#define A_M(m) (8 * w_rem((m), 8) + 80 * w_rem(w_quot(m, 8), 8) + 800 * w_quot(m, 64))
#define A_K(k) (1 * w_rem((k), 24) + 80 * w_quot(k, 24))
#define B_K(k) (32 * w_rem((k), 24) + 768 * w_quot(k, 24))
#define B_N(n) (1 * (n))
#define LOAD_A(batch, m, k) FOUR_AT(b0, A_BATCH(batch) + A_M(m) + A_K(k))
#define LOAD_B(batch, k, n) FOUR_AT(b1, B_BATCH(batch) + B_K(k) + B_N(n))
#define STORE_C(batch, m, n, value) store(b0, b1, b2, b3, batch, m, n, value)
#define ENTRY contract
#define BINDINGS __global const float *b0, __global const float *b1, __global const float *b2, __global float *b3

