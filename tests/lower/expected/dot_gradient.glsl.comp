// dot_gradient: dot+mul+sub, work-groups 2 1 1 of 256

layout(set = 0, binding = 1) readonly buffer Fours1 { vec4 d[]; } fours1;
layout(set = 0, binding = 2) readonly buffer Fours2 { vec4 d[]; } fours2;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 0) readonly buffer V0 { vec4 d[]; } v0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) readonly buffer B2 { float d[]; } b2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
layout(set = 0, binding = 3) buffer V3 { vec4 d[]; } v3;
void store(int batch, int m, int n, vec4 value) {
  int i0 = batch * 3072 + m * 48 + n;
  vec4 f0 = v0.d[(i0) >> 2];
  vec4 f1 = value * vec4(0.1f);
  vec4 f2 = f0 - f1;
  v3.d[(i0) >> 2] = f2;
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
#define STAGES 1
#define EARLY 1
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
#define LOAD_A(batch, m, k) FOUR_AT(fours1, A_BATCH(batch) + A_M(m) + A_K(k))
#define LOAD_B(batch, k, n) FOUR_AT(fours2, B_BATCH(batch) + B_K(k) + B_N(n))
#define STORE_C(batch, m, n, value) store(batch, m, n, value)

