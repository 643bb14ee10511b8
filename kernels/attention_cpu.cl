/* attention_cpu.cl -- softmax(scale q k') v for CPUs without the matrix of scores (Rabe and Staats, 2021; Dao et al.,
 * NeurIPS 2022): one work-item a group.
 *
 *   for each chunk of queries                 GROUPS work-items share BLOCKS of them
 *     for each block of BK keys               causal: up to the last query's place
 *       for each BQ of the queries            causal: those that see one of the keys
 *         scores p (BK, BQ), their largest so far
 *         p = e^(p - largest); what was summed before shrinks by the growth of the largest
 *         sums of p and of p v
 *     y = sums / sum of p, l = largest + log(sum of p)
 *
 * Causal: MR keys are met with the vectors of queries of which one sees them, MR rows of y with the keys that one sees.
 *
 * The lowering writes prelude.cl, W_MATH and all words below in front of this file; the defaults are one head of 64 places
 * and width 16. */
#ifndef LANES
W_MATH(8, int8, float8)
#define LANES 8
#define NV 2     /* vectors of queries in a register tile */
#define MR 4     /* rows of it */
#define ND 2     /* vectors in a row of rows of width D come in multiples of it */
#define NE 2     /* and of width E, of which a register tile has so many */
#define CHUNK 32 /* queries of a chunk, a multiple of NV * LANES */
#define BK 64    /* keys of a block, a multiple of MR */
#define T 64     /* queries, keys, widths */
#define S 64
#define D 16
#define E 16
#define SCALE 0.25f
#define CAUSAL 1 /* 1: a query sees the keys up to its own place */
#define BLOCKS 2 /* batch * chunks of queries */
#define GROUPS 2
#define HAS_Y 1  /* 1: is wanted */
#define HAS_L 1
#define Q_BATCH(batch) 0
#define K_BATCH(batch) 0
#define V_BATCH(batch) 0
#define Y_BATCH(batch) 0
#define L_BATCH(batch) 0
#define Q_ROW 16 /* from one place to the next, from one element of it to the next */
#define Q_COLUMN 1
#define K_ROW 16
#define K_COLUMN 1
#define V_ROW 16
#define V_COLUMN 1
#define Y_ROW 16
#define Y_COLUMN 1
#define L_ROW 1
#define ENTRY attention_cpu
#define BINDINGS __global const float *b0, __global const float *b1, __global const float *b2, __global float *b3, \
                 __global float *b4
#define Q b0
#define K b1
#define V b2
#define Y b3
#define L b4
#endif
#include "attention_cpu.inc"

/* Scores of MR keys from j on and a tile of queries, whose vectors before `FIRST` see none of them, and the largest. */
#define SCORE(FIRST) \
  { \
    VECTOR c[MR][NV - FIRST]; \
    UNROLL(i, MR) UNROLL(n, NV - FIRST) c[i][n] = ZERO; \
    TILE(NV - FIRST, c, (const float *)(k_rows + j * D_VECTORS), D_VECTORS * LANES, 1, \
         q_columns + q * D_VECTORS + FIRST, NV, D) \
    if (CAUSAL && k0 + j + MR - 1 > q0 + q + FIRST * LANES) HIDE_LATER(NV - FIRST, c, k0 + j, q0 + q + FIRST * LANES) \
    if (j + MR > keys) { /* there is no such key */ \
      UNROLL(i, MR) UNROLL(n, NV - FIRST) c[i][n] = j + i < keys ? c[i][n] : (VECTOR)(-INFINITY); \
    } \
    UNROLL(i, MR) UNROLL(n, NV - FIRST) { \
      top[FIRST + n] = c[i][n] > top[FIRST + n] ? c[i][n] : top[FIRST + n]; \
      p[(j + i) * NV + FIRST + n] = c[i][n]; \
    } \
  }

__kernel __attribute__((reqd_work_group_size(1, 1, 1), min_vector_width(LANES * 32))) void ENTRY(BINDINGS) {
  VECTOR q_rows[CHUNK * D_VECTORS], q_columns[CHUNK * D_VECTORS], k_rows[KEYS * D_VECTORS], p[KEYS * NV];
  VECTOR largest[Q_VECTORS], total[Q_VECTORS];
#if HAS_Y
  VECTOR v_rows[KEYS * E_VECTORS], y[CHUNK * E_VECTORS];
#endif
  for (int block = (int)get_group_id(0); block < BLOCKS; block += GROUPS) {
    const int n_chunks = UP_TO(T, CHUNK) / CHUNK, batch = block / n_chunks;
    const int q0 = (n_chunks - 1 - block % n_chunks) * CHUNK, rows = min(CHUNK, T - q0); /* long ones first */
    const int k_end = CAUSAL ? min(S, q0 + rows) : S;
    take_rows(Q + Q_BATCH(batch) + q0 * Q_ROW, Q_ROW, Q_COLUMN, rows, D, CHUNK, D_VECTORS, q_rows);
    turn_rows(q_rows, D_VECTORS, SCALE, q_columns);
    for (int q = 0; q < Q_VECTORS; q++) {
      largest[q] = (VECTOR)(-INFINITY);
      total[q] = ZERO;
    }
#if HAS_Y
    for (int i = 0; i < CHUNK * E_VECTORS; i++) y[i] = ZERO;
#endif

    for (int k0 = 0; k0 < k_end; k0 += BK) {
      const int keys = min(BK, k_end - k0);
      take_rows(K + K_BATCH(batch) + k0 * K_ROW, K_ROW, K_COLUMN, keys, D, KEYS, D_VECTORS, k_rows);
#if HAS_Y
      take_rows(V + V_BATCH(batch) + k0 * V_ROW, V_ROW, V_COLUMN, keys, E, KEYS, E_VECTORS, v_rows);
#endif
      for (int q = CAUSAL ? max(0, k0 - q0) / BQ * BQ : 0; q < rows; q += BQ) {
        const int count = CAUSAL ? min(keys, q0 + q + BQ - k0) : keys;
        const int both = CAUSAL ? min(count, q0 + q + LANES - k0) : count;
        VECTOR top[NV], shrink[NV];
        UNROLL(n, NV) top[n] = largest[q / LANES + n];
        for (int j = 0; j < both; j += MR) SCORE(0)
#if NV == 2
        for (int j = max(0, both); j < count; j += MR) SCORE(1)
#endif
        UNROLL(n, NV) {
          VECTOR sum = ZERO;
          const int end = n == 0 ? both : count;
          for (int j = 0; j < end; j++) sum += p[j * NV + n] = weight(p[j * NV + n] - top[n]);
          shrink[n] = weight(largest[q / LANES + n] - top[n]);
          largest[q / LANES + n] = top[n];
          total[q / LANES + n] = fma(total[q / LANES + n], shrink[n], sum);
        }
#if HAS_Y
        for (int i = 0; i < min(BQ, rows - q); i += MR) {
          const int visible = CAUSAL ? min(count, q0 + q + i + MR - k0) : count;
          const float *const factor = (const float *)shrink + i;
#define SHRINK(i, x) ((x) * factor[i])
          PRODUCT(NE, y + (q + i) * E_VECTORS, E_VECTORS, SHRINK, (const float *)p + i, 1, BQ, v_rows, visible)
        }
#endif
      }
    }
#if HAS_L
    float l[CHUNK];
    for (int q = 0; q < Q_VECTORS; q++) VSTORE(largest[q] + JOIN(w_log_, LANES)(total[q]), q, l);
    for (int i = 0; i < rows; i++) L[L_BATCH(batch) + (q0 + i) * L_ROW] = l[i];
#endif
#if HAS_Y
    for (int i = 0; i < rows; i++) {
      const float factor = 1.0f / ((const float *)total)[i];
      for (int n = 0; n < E_VECTORS; n++) y[i * E_VECTORS + n] *= factor;
    }
    give_rows(y, E_VECTORS, Y + Y_BATCH(batch) + q0 * Y_ROW, Y_ROW, Y_COLUMN, rows, E, 0);
#endif
  }
}
