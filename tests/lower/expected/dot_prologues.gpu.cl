// dot_prologues: exp+dot, work-groups 2 1 1 of 256

W_MATH(4, int4, float4)
void store(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, int batch, int m, int n, float value) {
  b3[(batch * 5376 + m * 42 + n)] = value;
}
float4 load_a(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, int batch, int m, int k) {
  float4 f0 = *(__global const float4 *)(b0 + (m * 64 + k));
  float4 f1 = w_exp_4(f0);
  return f1;
}
float load_b(__global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, int batch, int k, int n) {
  float f0 = ((-1) < (n - 32)) ? b2[(k * 10 + n - 32)] : 0.0f;
  float f1 = (n < 32) ? b1[(k * 32 + n)] : f0;
  return f1;
}
#define TM 64
#define TN 64
#define RM 4
#define RN 4
#define M 128
#define N 42
#define M_TILES 2
#define N_TILES 1
#define TILES 2
#define GROUPS 2
#define TK 16
#define SLICES 1
#define STAGES 2
#define EARLY 0
#define FOLDS 0
#define K 64
#define A_ALONG_M 0
#define B_ALONG_K 0
#define A_WIDTH 4
#define B_WIDTH 1
#define C_WIDTH 1
#define HAS_BINDINGS 1
#define STORE_C(batch, m, n, value) store(b0, b1, b2, b3, batch, m, n, value)
#define ENTRY contract
#define BINDINGS __global const float *b0, __global const float *b1, __global const float *b2, __global float *b3
#define LOAD_A(batch, m, k) load_a(b0, b1, b2, b3, batch, m, k)
#define LOAD_B(batch, k, n) load_b(b0, b1, b2, b3, batch, k, n)

