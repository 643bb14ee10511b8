// dot_few_columns: dot+add+relu, work-groups 4 1 1 of 256

void store(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, int batch, int m, int n, float value) {
  float f0 = b2[n];
  float f1 = value + f0;
  float f2 = w_select(f1 < 0, w_lit(0.0), f1);
  b3[(batch * 2560 + m * 10 + n)] = f2;
}
#define TM 64
#define TN 16
#define RM 4
#define RN 4
#define M 256
#define N 10
#define M_TILES 4
#define N_TILES 1
#define TILES 4
#define GROUPS 4
#define TK 8
#define SLICES 4
#define STAGES 2
#define EARLY 0
#define FOLDS 0
#define K 784
#define A_ALONG_M 0
#define B_ALONG_K 0
#define A_WIDTH 4
#define B_WIDTH 1
#define C_WIDTH 1
#define HAS_BINDINGS 1
#define A_BATCH(batch) (0)
#define B_BATCH(batch) (0)
#define A_M(m) (784 * (m))
#define A_K(k) (1 * (k))
#define B_K(k) (10 * (k))
#define B_N(n) (1 * (n))
#define LOAD_A(batch, m, k) FOUR_AT(b0, A_BATCH(batch) + A_M(m) + A_K(k))
#define LOAD_B(batch, k, n) ELEMENT(b1, B_BATCH(batch) + B_K(k) + B_N(n))
#define STORE_C(batch, m, n, value) store(b0, b1, b2, b3, batch, m, n, value)
#define ENTRY contract
#define BINDINGS __global const float *b0, __global const float *b1, __global const float *b2, __global float *b3

