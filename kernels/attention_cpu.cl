/* attention_cpu.cl -- softmax(scale q k') v for CPUs without the matrix of scores (Rabe and Staats, 2021; Dao et al.,
 * NeurIPS 2022): one work-item a group, a lane a query.
 *
 *   for each block of BQ queries              GROUPS work-items share BLOCKS of them
 *     for each block of BK keys               causal: up to the last query's place
 *       scores p (BK, BQ), their largest so far
 *       p = e^(p - largest); what was summed before shrinks by the growth of the largest
 *       sums of p and of p v
 *     y = sums / sum of p, l = largest + log(sum of p)
 *
 * The lowering writes prelude.cl, W_MATH and all words below in front of this file; the defaults are one head of 64 places
 * and width 16. */
#ifndef LANES
W_MATH(8, int8, float8)
#define LANES 8
#define NV 2     /* vectors of queries in a block */
#define MR 4     /* rows of a register tile */
#define BK 64    /* keys of a block, a multiple of MR */
#define T 64     /* queries, keys, widths */
#define S 64
#define D 16
#define E 16
#define SCALE 0.25f
#define CAUSAL 1 /* 1: a query sees the keys up to its own place */
#define BLOCKS 4 /* batch * blocks of queries */
#define GROUPS 4
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

__kernel __attribute__((reqd_work_group_size(1, 1, 1), min_vector_width(LANES * 32))) void ENTRY(BINDINGS) {
  VECTOR q[D * NV], p[UP_TO(BK, MR) * NV], sums[UP_TO(E, MR) * NV];
  for (int block = (int)get_group_id(0); block < BLOCKS; block += GROUPS) {
    const int n_blocks = UP_TO(T, BQ) / BQ, batch = block / n_blocks;
    const int q0 = (n_blocks - 1 - block % n_blocks) * BQ, rows = min(BQ, T - q0); /* long ones first */
    const int end = CAUSAL ? min(S, q0 + rows) : S;
    __global const float *const k = K + K_BATCH(batch);
    VECTOR largest[NV], total[NV];
    UNROLL(n, NV) {
      largest[n] = (VECTOR)(-INFINITY);
      total[n] = ZERO;
    }
    for (int e = 0; e < UP_TO(E, MR); e++) UNROLL(n, NV) sums[e * NV + n] = ZERO;
    take_columns(Q + Q_BATCH(batch) + q0 * Q_ROW, Q_ROW, Q_COLUMN, rows, D, SCALE, q);

    for (int k0 = 0; k0 < end; k0 += BK) {
      const int count = min(BK, end - k0);
      VECTOR top[NV], shrink[NV];
      UNROLL(n, NV) top[n] = largest[n];
      for (int j = 0; j < count; j += MR) {
        VECTOR c[MR][NV];
        UNROLL(i, MR) UNROLL(n, NV) c[i][n] = ZERO;
        TILE(__global, MR, NV, c, k + (k0 + j) * K_ROW, K_ROW, count - 1 - j, K_COLUMN, q, NV, D)
        if (CAUSAL && k0 + j + MR - 1 > q0) HIDE_LATER(c, k0 + j, q0)
        UNROLL(i, MR) UNROLL(n, NV) {
          top[n] = c[i][n] > top[n] ? c[i][n] : top[n];
          p[(j + i) * NV + n] = c[i][n];
        }
      }
      UNROLL(n, NV) {
        shrink[n] = weight(largest[n] - top[n]);
        largest[n] = top[n];
        total[n] *= shrink[n];
      }
      for (int j = 0; j < count; j++) UNROLL(n, NV) {
        p[j * NV + n] = weight(p[j * NV + n] - top[n]);
        total[n] += p[j * NV + n];
      }
#if HAS_Y
      for (int e = 0; e < E; e += MR) {
        VECTOR c[MR][NV];
        UNROLL(i, MR) UNROLL(n, NV) c[i][n] = sums[(e + i) * NV + n] * shrink[n];
        TILE(__global, MR, NV, c, V + V_BATCH(batch) + k0 * V_ROW + e * V_COLUMN, V_COLUMN, E - 1 - e, V_ROW, p, NV, count)
        UNROLL(i, MR) UNROLL(n, NV) sums[(e + i) * NV + n] = c[i][n];
      }
#endif
    }
#if HAS_L
    float l[BQ];
    UNROLL(n, NV) VSTORE(largest[n] + JOIN(w_log_, LANES)(total[n]), n, l);
    for (int i = 0; i < rows; i++) L[L_BATCH(batch) + (q0 + i) * L_ROW] = l[i];
#endif
#if HAS_Y
    UNROLL(n, NV) total[n] = 1.0f / total[n];
    give_columns(sums, total, Y + Y_BATCH(batch) + q0 * Y_ROW, Y_ROW, Y_COLUMN, rows, E, 0);
#endif
  }
}
