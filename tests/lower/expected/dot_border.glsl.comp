// dot_border: dot, work-groups 4 1 1 of 128

layout(set = 0, binding = 1) readonly buffer Fours1 { vec4 d[]; } fours1;
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
layout(set = 0, binding = 2) buffer V2 { vec4 d[]; } v2;
void store(int batch, int m, int n, vec4 value) {
  v2.d[((batch * 4096 + m * 32 + n)) >> 2] = value;
}
layout(set = 0, binding = 0) readonly buffer V0 { vec4 d[]; } v0;
vec4 load_a(int batch, int m, int k) {
  int i0 = w_rem(m, 8);
  int i1 = w_quot(m, 8);
  int i2 = w_quot(k, 24);
  vec4 f0 = (((-1) < (w_rem(i1, 8) * 2 + i2 - 1)) && ((-1) < (i0 * 2 + w_rem(w_quot(k, 8), 3) - 1))) ? v0.d[((i0 * 16 + i1 * 256 + i2 * 128 + w_rem(k, 24) - 136)) >> 2] : vec4(0.0f);
  return f0;
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
#define STAGES 1
#define EARLY 0
#define FOLDS 0
#define K 72
#define A_ALONG_M 0
#define B_ALONG_K 0
#define A_WIDTH 4
#define B_WIDTH 4
#define C_WIDTH 4
#define HAS_BINDINGS 1
#define B_BATCH(batch) (0)
#define B_K(k) (32 * w_rem((k), 24) + 768 * w_quot(k, 24))
#define B_N(n) (1 * (n))
#define LOAD_B(batch, k, n) FOUR_AT(fours1, B_BATCH(batch) + B_K(k) + B_N(n))
#define STORE_C(batch, m, n, value) store(batch, m, n, value)
#define LOAD_A(batch, m, k) load_a(batch, m, k)

