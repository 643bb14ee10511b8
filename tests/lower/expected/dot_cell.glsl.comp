// dot_cell: dot+sigmoid+mul+sigmoid+tanh+mul+add+sigmoid+.., work-groups 4 1 1 of 128

layout(set = 0, binding = 0) readonly buffer Fours0 { vec4 d[]; } fours0;
layout(set = 0, binding = 1) readonly buffer Fours1 { vec4 d[]; } fours1;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) readonly buffer B2 { float d[]; } b2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
layout(set = 0, binding = 4) buffer B4 { float d[]; } b4;
void store(int batch, int m, int n, vec4 value) {
  int i0 = batch * 8192 + m * 128 + w_quot(n, 4);
  float f0 = w_div(w_lit(1.0), w_lit(1.0) + w_exp(-value.y));
  float f1 = b2.d[i0];
  float f2 = f0 * f1;
  float f3 = w_div(w_lit(1.0), w_lit(1.0) + w_exp(-value.x));
  float f4 = w_tanh(value.z);
  float f5 = f3 * f4;
  float f6 = f2 + f5;
  float f7 = w_div(w_lit(1.0), w_lit(1.0) + w_exp(-value.w));
  float f8 = w_tanh(f6);
  float f9 = f7 * f8;
  b3.d[i0] = f6;
  b4.d[i0] = f9;
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
#define STAGES 1
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
#define LOAD_A(batch, m, k) FOUR_AT(fours0, A_BATCH(batch) + A_M(m) + A_K(k))
#define LOAD_B(batch, k, n) FOUR_AT(fours1, B_BATCH(batch) + B_K(k) + B_N(n))
#define STORE_C(batch, m, n, value) store(batch, m, n, value)

