// dot_prologues: exp+dot, work-groups 2 1 1 of 256

layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) readonly buffer B2 { float d[]; } b2;
layout(set = 0, binding = 3) buffer B3 { float d[]; } b3;
void store(int batch, int m, int n, float value) {
  b3.d[(batch * 5376 + m * 42 + n)] = value;
}
layout(set = 0, binding = 0) readonly buffer V0 { vec4 d[]; } v0;
vec4 load_a(int batch, int m, int k) {
  vec4 f0 = v0.d[((m * 64 + k)) >> 2];
  vec4 f1 = vec4(w_exp(f0[0]), w_exp(f0[1]), w_exp(f0[2]), w_exp(f0[3]));
  return f1;
}
float load_b(int batch, int k, int n) {
  float f0 = ((-1) < (n - 32)) ? b2.d[(k * 10 + n - 32)] : 0.0f;
  float f1 = (n < 32) ? b1.d[(k * 32 + n)] : f0;
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
#define STAGES 1
#define EARLY 1
#define FOLDS 0
#define K 64
#define A_ALONG_M 0
#define B_ALONG_K 0
#define A_WIDTH 4
#define B_WIDTH 1
#define C_WIDTH 1
#define HAS_BINDINGS 1
#define STORE_C(batch, m, n, value) store(batch, m, n, value)
#define LOAD_A(batch, m, k) load_a(batch, m, k)
#define LOAD_B(batch, k, n) load_b(batch, k, n)

