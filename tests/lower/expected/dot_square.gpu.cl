// dot_square: dot, work-groups 4 1 1 of 256

void store(__global const float *b0, __global const float *b1, __global float *b2, int batch, int m, int n, float4 value) {
  *(__global float4 *)(b2 + (batch * 16384 + m * 128 + n)) = value;
}
#define TM 64
#define TN 64
#define RM 4
#define RN 4
#define M 128
#define N 128
#define M_TILES 2
#define N_TILES 2
#define TILES 4
#define GROUPS 4
#define TK 16
#define SLICES 1
#define STAGES 2
#define EARLY 0
#define FOLDS 0
#define K 256
#define A_ALONG_M 0
#define B_ALONG_K 0
#define A_WIDTH 4
#define B_WIDTH 4
#define C_WIDTH 4
#define HAS_BINDINGS 1
#define A_BATCH(batch) (0)
#define B_BATCH(batch) (0)
#define A_M(m) (256 * (m))
#define A_K(k) (1 * (k))
#define B_K(k) (128 * (k))
#define B_N(n) (1 * (n))
#define LOAD_A(batch, m, k) FOUR_AT(b0, A_BATCH(batch) + A_M(m) + A_K(k))
#define LOAD_B(batch, k, n) FOUR_AT(b1, B_BATCH(batch) + B_K(k) + B_N(n))
#define STORE_C(batch, m, n, value) store(b0, b1, b2, batch, m, n, value)
#define ENTRY contract
#define BINDINGS __global const float *b0, __global const float *b1, __global float *b2

