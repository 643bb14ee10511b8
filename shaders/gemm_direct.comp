/* gemm_direct.comp -- the contraction c = epilogue(a * b) for shaders that run on a CPU: no shared memory, since a barrier
 * there costs more than it saves.
 *
 * Such a device runs a work-group's items as the lanes of vectors, and every read of memory lane by lane, which makes it
 * dear beside the arithmetic: 20 ns for four neighbouring numbers as one texel, the same for one number alone, ten times
 * that through a storage buffer. Hence a work-item keeps RM x RN sums, many for each number read, and reads both operands
 * four numbers at a time where these are neighbours.
 *
 * The columns of a tile are shared out among its work-items in fours, and the rows common to all of them; where
 * ITEMS_ALONG_M is 1, as few columns and many rows that are read one by one want it, the other way around. For k = s * K_RUN + j, a(m, k)
 * stands at A_BATCH(batch) + A_ROW(m) + A_SEGMENT(s) + j * A_K, and b(k, n) likewise at B_COLUMN(n). A_FORM and B_FORM tell
 * how the operands are read: ONE by one, or by fours ALONG_K or ALONG_SELF (the rows of a, the columns of b); all
 * addresses of fours are multiples of four.
 *
 * Index layout: tile = (batch * M_TILES + m tile) * N_TILES + n tile; a work-group does the tiles g, g + GROUPS, ... The
 * lowering writes prelude.glsl, the sizes, the bindings and the hooks in front of this file. Beyond the edges the last row
 * and column are computed again, and not stored. */
#define ONE 0
#define ALONG_K 1
#define ALONG_SELF 2
#ifndef TM /* alone: a product of two 64 x 64 matrices */
#define TM 8
#define TN 32
#define RM 8
#define RN 4
#define ITEMS_ALONG_M 0
#define M 64
#define N 64
#define M_TILES 8
#define N_TILES 2
#define TILES 16
#define GROUPS 16
#define K_SEGMENTS 1
#define K_RUN 64
#define A_FORM ALONG_K
#define B_FORM ALONG_SELF
#define A_K 1
#define B_K 64
#define A_BATCH(batch) 0
#define B_BATCH(batch) 0
#define A_ROW(m) ((m) * 64)
#define B_COLUMN(n) (n)
#define A_SEGMENT(s) 0
#define B_SEGMENT(s) 0
#define A_ONE(i) w_load_f32(b0, i)
#define B_ONE(i) w_load_f32(b1, i)
#define A_FOUR(i) w_load4_f32(b0, i)
#define B_FOUR(i) w_load4_f32(b1, i)
#define STORE_C(batch, m, n, value) b2.d[(m) * 64 + (n)] = value
layout(set = 0, binding = 0) uniform usamplerBuffer b0;
layout(set = 0, binding = 1) uniform usamplerBuffer b1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
#endif
#define ITEMS ((TM / RM) * (TN / RN))
#define ROWS(i) W_UNROLL for (int i = 0; i < RM; i++)
#define COLUMNS(j) W_UNROLL for (int j = 0; j < RN; j++)
#define STEPS(u) W_UNROLL for (int u = 0; u < 4; u++)
#if K_SEGMENTS * K_RUN <= 16
#define K_LOOP W_UNROLL
#else
#define K_LOOP
#endif
/* What is shared out: fours, the fours of neighbouring work-items next to each other. */
#define SHARED_OUT(i, size) ((size) % 4 == 0 ? ((i) / 4 * ITEMS + lane) * 4 + (i) % 4 : (i) * ITEMS + lane)
#define ROW_OF(i) (m0 + (ITEMS_ALONG_M == 1 ? SHARED_OUT(i, RM) : (i)))
#define COLUMN_OF(j) (n0 + (ITEMS_ALONG_M == 1 ? (j) : SHARED_OUT(j, RN)))

layout(local_size_x = ITEMS, local_size_y = 1, local_size_z = 1) in;

void main() {
  const int lane = W_LOCAL_ID(0);
  for (int tile = W_GROUP_ID(0); tile < TILES; tile += GROUPS) {
    const int batch = tile / (M_TILES * N_TILES);
    const int m0 = tile / N_TILES % M_TILES * TM, n0 = tile % N_TILES * TN;
    int row[RM], column[RN];
    float c[RM][RN];
#if A_FORM == ALONG_SELF
    W_UNROLL for (int i = 0; i < RM; i += 4) row[i] = A_BATCH(batch) + A_ROW(min(ROW_OF(i), (M - 1) / 4 * 4));
#else
    ROWS(i) row[i] = A_BATCH(batch) + A_ROW(min(ROW_OF(i), M - 1));
#endif
#if B_FORM == ALONG_SELF
    W_UNROLL for (int j = 0; j < RN; j += 4) column[j] = B_BATCH(batch) + B_COLUMN(min(COLUMN_OF(j), (N - 1) / 4 * 4));
#else
    COLUMNS(j) column[j] = B_BATCH(batch) + B_COLUMN(min(COLUMN_OF(j), N - 1));
#endif
    ROWS(i) COLUMNS(j) c[i][j] = 0.0f;

    K_LOOP for (int s = 0; s < K_SEGMENTS; s++) {
      const int a_segment = A_SEGMENT(s), b_segment = B_SEGMENT(s);
#if K_RUN >= 4
      K_LOOP for (int k = 0; k < K_RUN / 4 * 4; k += 4) {
        const int a_k = a_segment + k * A_K, b_k = b_segment + k * B_K;
        float x[RM][4], y[RN][4];
#if A_FORM == ALONG_K
        ROWS(i) {
          vec4 four = A_FOUR(row[i] + a_k);
          STEPS(u) x[i][u] = four[u];
        }
#elif A_FORM == ALONG_SELF
        W_UNROLL for (int i = 0; i < RM; i += 4) STEPS(u) {
          vec4 four = A_FOUR(row[i] + a_k + u * A_K);
          STEPS(t) x[i + t][u] = four[t];
        }
#else
        ROWS(i) STEPS(u) x[i][u] = A_ONE(row[i] + a_k + u * A_K);
#endif
#if B_FORM == ALONG_K
        COLUMNS(j) {
          vec4 four = B_FOUR(column[j] + b_k);
          STEPS(u) y[j][u] = four[u];
        }
#elif B_FORM == ALONG_SELF
        W_UNROLL for (int j = 0; j < RN; j += 4) STEPS(u) {
          vec4 four = B_FOUR(column[j] + b_k + u * B_K);
          STEPS(t) y[j + t][u] = four[t];
        }
#else
        COLUMNS(j) STEPS(u) y[j][u] = B_ONE(column[j] + b_k + u * B_K);
#endif
        STEPS(u) ROWS(i) COLUMNS(j) c[i][j] = x[i][u] * y[j][u] + c[i][j];
      }
#endif
#if K_RUN % 4 != 0
      K_LOOP for (int k = K_RUN / 4 * 4; k < K_RUN; k++) {
        const int a_k = a_segment + k * A_K, b_k = b_segment + k * B_K;
        float x[RM], y[RN];
#if A_FORM == ALONG_SELF
        W_UNROLL for (int i = 0; i < RM; i += 4) {
          vec4 four = A_FOUR(row[i] + a_k);
          STEPS(t) x[i + t] = four[t];
        }
#else
        ROWS(i) x[i] = A_ONE(row[i] + a_k);
#endif
#if B_FORM == ALONG_SELF
        W_UNROLL for (int j = 0; j < RN; j += 4) {
          vec4 four = B_FOUR(column[j] + b_k);
          STEPS(t) y[j + t] = four[t];
        }
#else
        COLUMNS(j) y[j] = B_ONE(column[j] + b_k);
#endif
        ROWS(i) COLUMNS(j) c[i][j] = x[i] * y[j] + c[i][j];
      }
#endif
    }
#ifdef HAS_FOURS
    ROWS(i) W_UNROLL for (int j = 0; j < RN; j += 4) {
      const int m = ROW_OF(i), n = COLUMN_OF(j);
      if (m < M && n < N) { STORE_C(batch, m, n, vec4(c[i][j], c[i][j + 1], c[i][j + 2], c[i][j + 3])); }
    }
#else
    ROWS(i) COLUMNS(j) {
      const int m = ROW_OF(i), n = COLUMN_OF(j);
      if (m < M && n < N) { STORE_C(batch, m, n, c[i][j]); }
    }
#endif
  }
}
