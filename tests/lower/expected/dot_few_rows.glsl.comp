// dot_few_rows: dot+add+tanh, work-groups 4 1 1 of 128

layout(set = 0, binding = 0) readonly buffer Fours0 { vec4 d[]; } fours0;
layout(set = 0, binding = 1) readonly buffer Fours1 { vec4 d[]; } fours1;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) readonly buffer B2 { float d[]; } b2;
layout(set = 0, binding = 2) readonly buffer V2 { vec4 d[]; } v2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
layout(set = 0, binding = 3) buffer V3 { vec4 d[]; } v3;
void store(int batch, int m, int n, vec4 value) {
  vec4 f0 = v2.d[(n) >> 2];
  vec4 f1 = value + f0;
  vec4 f2 = vec4(w_tanh(f1[0]), w_tanh(f1[1]), w_tanh(f1[2]), w_tanh(f1[3]));
  v3.d[((batch * 1024 + m * 256 + n)) >> 2] = f2;
}
#define TM 4
#define TN 64
#define RM 1
#define RN 4
#define M 4
#define N 256
#define M_TILES 1
#define N_TILES 4
#define TILES 4
#define GROUPS 4
#define TK 16
#define SLICES 2
#define STAGES 1
#define EARLY 0
#define FOLDS 0
#define K 512
#define A_ALONG_M 0
#define B_ALONG_K 0
#define A_WIDTH 4
#define B_WIDTH 4
#define C_WIDTH 4
#define HAS_BINDINGS 1
#define A_BATCH(batch) (0)
#define B_BATCH(batch) (0)
#define A_M(m) (512 * (m))
#define A_K(k) (1 * (k))
#define B_K(k) (256 * (k))
#define B_N(n) (1 * (n))
#define LOAD_A(batch, m, k) FOUR_AT(fours0, A_BATCH(batch) + A_M(m) + A_K(k))
#define LOAD_B(batch, k, n) FOUR_AT(fours1, B_BATCH(batch) + B_K(k) + B_N(n))
#define STORE_C(batch, m, n, value) store(batch, m, n, value)

