// dot_gradient: dot+mul+sub, work-groups 2 1 1 of 256

void store(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, int batch, int m, int n, float4 value) {
  int i0 = batch * 3072 + m * 48 + n;
  float4 f0 = *(__global const float4 *)(b0 + i0);
  float4 f1 = value * (float4)(0.1f);
  float4 f2 = f0 - f1;
  *(__global float4 *)(b3 + i0) = f2;
}
#define TM 64
#define TN 32
#define RM 8
#define RN 4
#define M 64
#define N 48
#define M_TILES 1
#define N_TILES 2
#define TILES 2
#define GROUPS 2
#define TK 8
#define SLICES 4
#define STAGES 2
#define EARLY 0
#define FOLDS 1
#define K 200
#define A_ALONG_M 1
#define B_ALONG_K 0
#define A_WIDTH 4
#define B_WIDTH 4
#define C_WIDTH 4
#define HAS_BINDINGS 1
#define A_BATCH(batch) (0)
#define B_BATCH(batch) (0)
#define A_M(m) (1 * (m))
#define A_K(k) (64 * (k))
#define B_K(k) (48 * (k))
#define B_N(n) (1 * (n))
#define LOAD_A(batch, m, k) FOUR_AT(b1, A_BATCH(batch) + A_M(m) + A_K(k))
#define LOAD_B(batch, k, n) FOUR_AT(b2, B_BATCH(batch) + B_K(k) + B_N(n))
#define STORE_C(batch, m, n, value) store(b0, b1, b2, b3, batch, m, n, value)
#define ENTRY contract
#define BINDINGS __global const float *b0, __global const float *b1, __global const float *b2, __global float *b3

