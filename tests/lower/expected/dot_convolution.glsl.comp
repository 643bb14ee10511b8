// dot_convolution: dot+add+relu, work-groups 16 1 1 of 64

layout(set = 0, binding = 0) readonly buffer Fours0 { vec4 d[]; } fours0;
layout(set = 0, binding = 1) readonly buffer Fours1 { vec4 d[]; } fours1;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) readonly buffer B2 { float d[]; } b2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
void store(int batch, int m, int n, float value) {
  float f0 = b2.d[n];
  float f1 = value + f0;
  float f2 = w_select(f1 < 0, w_lit(0.0), f1);
  b3.d[(batch * 4096 + m * 32 + n)] = f2;
}
#define TM 16
#define TN 16
#define RM 2
#define RN 2
#define M 128
#define N 32
#define M_TILES 8
#define N_TILES 2
#define TILES 16
#define GROUPS 16
#define TK 16
#define SLICES 1
#define STAGES 2
#define FOLDS 0
#define K 72
#define A_ALONG_M 0
#define B_ALONG_K 0
#define A_WIDTH 4
#define B_WIDTH 4
#define C_WIDTH 1
#define HAS_BINDINGS 1
#define A_BATCH(batch) (0)
#define B_BATCH(batch) (0)
#define A_M(m) (8 * w_rem((m), 8) + 80 * w_rem(w_quot(m, 8), 8) + 800 * w_quot(m, 64))
#define A_K(k) (1 * w_rem((k), 24) + 80 * w_quot(k, 24))
#define B_K(k) (32 * w_rem((k), 24) + 768 * w_quot(k, 24))
#define B_N(n) (1 * (n))
#define LOAD_A(batch, m, k) FOUR_AT(fours0, A_BATCH(batch) + A_M(m) + A_K(k))
#define LOAD_B(batch, k, n) FOUR_AT(fours1, B_BATCH(batch) + B_K(k) + B_N(n))
#define STORE_C(batch, m, n, value) store(batch, m, n, value)

