// dot_square: dot, work-groups 4 1 1 of 256

layout(set = 0, binding = 0) readonly buffer Fours0 { vec4 d[]; } fours0;
layout(set = 0, binding = 1) readonly buffer Fours1 { vec4 d[]; } fours1;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
layout(set = 0, binding = 2) buffer V2 { vec4 d[]; } v2;
void store(int batch, int m, int n, vec4 value) {
  v2.d[((batch * 16384 + m * 128 + n)) >> 2] = value;
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
#define STAGES 1
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
#define LOAD_A(batch, m, k) FOUR_AT(fours0, A_BATCH(batch) + A_M(m) + A_K(k))
#define LOAD_B(batch, k, n) FOUR_AT(fours1, B_BATCH(batch) + B_K(k) + B_N(n))
#define STORE_C(batch, m, n, value) store(batch, m, n, value)

