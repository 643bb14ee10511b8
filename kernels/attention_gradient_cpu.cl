/* attention_gradient_cpu.cl -- gradients of attention by q, k and v for CPUs (Dao et al., NeurIPS 2022): scores are made
 * again from q and k, since l = log sum e^score is all it takes to make them probabilities.
 *
 *   for each head                             one work-item each
 *     for each block of BK keys
 *       for each block of BQ queries          causal: those that see one of the keys
 *         p  = e^(scale q k' - l)             (BK, BQ), a lane a query
 *         ds = p (g v' - sum of g y)          where g is the gradient by y
 *         dv += p g,  dk += scale ds q
 *         dq += scale ds k                    in memory after the first block of keys
 *
 * The lowering writes prelude.cl, W_MATH and all words below in front of this file; the defaults are one head of 64 places
 * and width 16. */
#ifndef LANES
W_MATH(8, int8, float8)
#define LANES 8
#define NV 2     /* vectors of queries in a block */
#define MR 4     /* rows of a register tile */
#define ND 2     /* vectors in a row of it, of dk */
#define NE 2     /* and of dv */
#define BK 64    /* keys of a block, a multiple of MR */
#define T 64     /* queries, keys, widths */
#define S 64
#define D 16
#define E 16
#define SCALE 0.25f
#define CAUSAL 1 /* 1: a query sees the keys up to its own place */
#define HEADS 1  /* in all */
#define GROUPS 1
#define HAS_DQ 1 /* 1: is wanted */
#define HAS_DK 1
#define HAS_DV 1
#define Q_BATCH(batch) 0
#define K_BATCH(batch) 0
#define V_BATCH(batch) 0
#define Y_BATCH(batch) 0
#define L_BATCH(batch) 0
#define G_BATCH(batch) 0
#define DQ_BATCH(batch) 0
#define DK_BATCH(batch) 0
#define DV_BATCH(batch) 0
#define Q_ROW 16 /* from one place to the next, from one element of it to the next */
#define Q_COLUMN 1
#define K_ROW 16
#define K_COLUMN 1
#define V_ROW 16
#define V_COLUMN 1
#define Y_ROW 16
#define Y_COLUMN 1
#define L_ROW 1
#define G_ROW 16
#define G_COLUMN 1
#define DQ_ROW 16
#define DQ_COLUMN 1
#define DK_ROW 16
#define DK_COLUMN 1
#define DV_ROW 16
#define DV_COLUMN 1
#define ENTRY attention_gradient_cpu
#define BINDINGS __global const float *b0, __global const float *b1, __global const float *b2, \
                 __global const float *b3, __global const float *b4, __global const float *b5, __global float *b6, \
                 __global float *b7, __global float *b8
#define Q b0
#define K b1
#define V b2
#define Y b3
#define L b4
#define G b5
#define DQ b6
#define DK b7
#define DV b8
#endif
#include "attention_cpu.inc"

#define KEYS UP_TO(BK, MR)
#define D_VECTORS UP_TO((D + LANES - 1) / LANES, ND)
#define E_VECTORS UP_TO((E + LANES - 1) / LANES, NE)

/* to (count, vectors) += a' b: a (count, BQ), b (rows, vectors). */
#define ADD_PRODUCT(WIDE, to, vectors, a, b, rows, count) \
  for (int j = 0; j < (count); j += MR) \
    for (int m = 0; m < (vectors); m += WIDE) { \
      VECTOR c[MR][WIDE]; \
      UNROLL(i, MR) UNROLL(n, WIDE) c[i][n] = to[(j + i) * (vectors) + m + n]; \
      TILE(, MR, WIDE, c, (const float *)(a + j * NV), BQ, MR, 1, b + m, vectors, rows) \
      UNROLL(i, MR) UNROLL(n, WIDE) to[(j + i) * (vectors) + m + n] = c[i][n]; \
    }

__kernel __attribute__((reqd_work_group_size(1, 1, 1), min_vector_width(LANES * 32))) void ENTRY(BINDINGS) {
  VECTOR q[D * NV], g[E * NV], y[E * NV], l[NV], gy[NV], p[KEYS * NV];
#if HAS_DQ || HAS_DK
  VECTOR ds[KEYS * NV];
#endif
#if HAS_DQ
  VECTOR dq[UP_TO(D, MR) * NV];
#endif
#if HAS_DK
  VECTOR q_rows[BQ * D_VECTORS], dk[KEYS * D_VECTORS];
#endif
#if HAS_DV
  VECTOR g_rows[BQ * E_VECTORS], dv[KEYS * E_VECTORS];
#endif
  for (int head = (int)get_group_id(0); head < HEADS; head += GROUPS) {
    for (int k0 = 0; k0 < S; k0 += BK) {
      __global const float *const k = K + K_BATCH(head) + k0 * K_ROW;
      __global const float *const v = V + V_BATCH(head) + k0 * V_ROW;
      const int keys = min(BK, S - k0);
#if HAS_DK
      for (int i = 0; i < KEYS * D_VECTORS; i++) dk[i] = ZERO;
#endif
#if HAS_DV
      for (int i = 0; i < KEYS * E_VECTORS; i++) dv[i] = ZERO;
#endif
      for (int q0 = CAUSAL ? k0 / BQ * BQ : 0; q0 < T; q0 += BQ) {
        const int rows = min(BQ, T - q0), count = CAUSAL ? min(keys, q0 + rows - k0) : keys;
        __global const float *const q_from = Q + Q_BATCH(head) + q0 * Q_ROW;
        __global const float *const g_from = G + G_BATCH(head) + q0 * G_ROW;
        take_columns(q_from, Q_ROW, Q_COLUMN, rows, D, SCALE, q);
        take_columns(g_from, G_ROW, G_COLUMN, rows, E, 1.0f, g);
        take_columns(Y + Y_BATCH(head) + q0 * Y_ROW, Y_ROW, Y_COLUMN, rows, E, 1.0f, y);
        take_columns(L + L_BATCH(head) + q0 * L_ROW, L_ROW, 1, rows, 1, 1.0f, l);
        UNROLL(n, NV) gy[n] = ZERO;
        for (int e = 0; e < E; e++) UNROLL(n, NV) gy[n] = fma(g[e * NV + n], y[e * NV + n], gy[n]);

        for (int j = 0; j < count; j += MR) {
          VECTOR c[MR][NV];
          UNROLL(i, MR) UNROLL(n, NV) c[i][n] = -l[n];
          TILE(__global, MR, NV, c, k + j * K_ROW, K_ROW, count - 1 - j, K_COLUMN, q, NV, D)
          if (CAUSAL && k0 + j + MR - 1 > q0) HIDE_LATER(c, k0 + j, q0)
          UNROLL(i, MR) UNROLL(n, NV) p[(j + i) * NV + n] = c[i][n];
        }
        for (int j = 0; j < count * NV; j++) p[j] = weight(p[j]);
        for (int j = count * NV; j < UP_TO(count, MR) * NV; j++) p[j] = ZERO;
#if HAS_DV
        take_rows(g_from, G_ROW, G_COLUMN, rows, E, E_VECTORS, 1.0f, g_rows);
        ADD_PRODUCT(NE, dv, E_VECTORS, p, g_rows, rows, count)
#endif
#if HAS_DQ || HAS_DK
        for (int j = 0; j < count; j += MR) {
          VECTOR c[MR][NV];
          UNROLL(i, MR) UNROLL(n, NV) c[i][n] = -gy[n];
          TILE(__global, MR, NV, c, v + j * V_ROW, V_ROW, count - 1 - j, V_COLUMN, g, NV, E)
          UNROLL(i, MR) UNROLL(n, NV) ds[(j + i) * NV + n] = c[i][n] * p[(j + i) * NV + n];
        }
#endif
#if HAS_DK
        take_rows(q_from, Q_ROW, Q_COLUMN, rows, D, D_VECTORS, SCALE, q_rows);
        ADD_PRODUCT(ND, dk, D_VECTORS, ds, q_rows, rows, count)
#endif
#if HAS_DQ
        for (int d = 0; d < D; d += MR) {
          VECTOR c[MR][NV];
          UNROLL(i, MR) UNROLL(n, NV) c[i][n] = ZERO;
          TILE(__global, MR, NV, c, k + d * K_COLUMN, K_COLUMN, D - 1 - d, K_ROW, ds, NV, count)
          UNROLL(i, MR) UNROLL(n, NV) dq[(d + i) * NV + n] = c[i][n];
        }
        VECTOR scale[NV];
        UNROLL(n, NV) scale[n] = (VECTOR)(SCALE);
        give_columns(dq, scale, DQ + DQ_BATCH(head) + q0 * DQ_ROW, DQ_ROW, DQ_COLUMN, rows, D, k0 > 0);
#endif
      }
#if HAS_DK
      give_rows(dk, D_VECTORS, DK + DK_BATCH(head) + k0 * DK_ROW, DK_ROW, DK_COLUMN, keys, D);
#endif
#if HAS_DV
      give_rows(dv, E_VECTORS, DV + DV_BATCH(head) + k0 * DV_ROW, DV_ROW, DV_COLUMN, keys, E);
#endif
    }
  }
}
