/* attention_gradient_cpu.cl -- gradients of attention by q, k and v for CPUs (Dao et al., NeurIPS 2022): scores are made
 * again from q and k, since l = log sum e^score is all it takes to make them probabilities.
 *
 *   for each head                             one work-item each
 *     for each chunk of queries
 *       for each block of BK keys             causal: up to the last query's place
 *         for each BQ of the queries          causal: those that see one of the keys
 *           p  = e^(scale q k' - l)           (BK, BQ)
 *           ds = scale p (g v' - sum of g y)  where g is the gradient by y
 *         dv += p g,  dk += ds q              in memory after the first chunk
 *         dq += ds k
 *
 * The lowering writes prelude.cl, W_MATH and all words below in front of this file; the defaults are one head of 64 places
 * and width 16. */
#ifndef LANES
W_MATH(8, int8, float8)
#define LANES 8
#define NV 2     /* vectors of queries in a register tile */
#define MR 4     /* rows of it */
#define ND 2     /* vectors in a row of it, of dq and dk */
#define NE 2     /* and of dv */
#define CHUNK 32 /* queries of a chunk, a multiple of NV * LANES */
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

/* p and ds of MR keys from j on and a tile of queries, whose vectors before `FIRST` see none of them. */
#define WEIGH(FIRST) \
  { \
    VECTOR c[MR][NV - FIRST]; \
    UNROLL(i, MR) UNROLL(n, NV - FIRST) c[i][n] = -l[q / LANES + FIRST + n]; \
    TILE(NV - FIRST, c, (const float *)(k_rows + j * D_VECTORS), D_VECTORS * LANES, 1, \
         q_columns + q * D_VECTORS + FIRST, NV, D) \
    if (CAUSAL && k0 + j + MR - 1 > q0 + q + FIRST * LANES) HIDE_LATER(NV - FIRST, c, k0 + j, q0 + q + FIRST * LANES) \
    VECTOR *const at = p + j * Q_VECTORS + q / LANES + FIRST; \
    UNROLL(i, MR) UNROLL(n, NV - FIRST) at[i * Q_VECTORS + n] = weight(c[i][n]); \
  }
#define WEIGH_DS(FIRST) \
  { \
    VECTOR c[MR][NV - FIRST]; \
    UNROLL(i, MR) UNROLL(n, NV - FIRST) c[i][n] = -gy[q / LANES + FIRST + n]; \
    TILE(NV - FIRST, c, (const float *)(v_rows + j * E_VECTORS), E_VECTORS * LANES, 1, \
         g_columns + q * E_VECTORS + FIRST, NV, E) \
    const VECTOR *const from = p + j * Q_VECTORS + q / LANES + FIRST; \
    VECTOR *const at = ds + j * Q_VECTORS + q / LANES + FIRST; \
    UNROLL(i, MR) UNROLL(n, NV - FIRST) at[i * Q_VECTORS + n] = from[i * Q_VECTORS + n] * c[i][n]; \
  }

/* Sums of g y over a row, a lane a row. */
void row_sums(const VECTOR *g, const VECTOR *y, VECTOR *to) {
  for (int q = 0; q < CHUNK; q += LANES) {
    VECTOR t[LANES], u[LANES];
    UNROLL(i, LANES) {
      t[i] = ZERO;
      for (int n = 0; n < E_VECTORS; n++) t[i] = fma(g[(q + i) * E_VECTORS + n], y[(q + i) * E_VECTORS + n], t[i]);
    }
    TURN(t, u)
    for (int step = LANES / 2; step > 0; step /= 2)
      for (int i = 0; i < step; i++) t[i] += t[i + step];
    to[q / LANES] = t[0] * SCALE;
  }
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1), min_vector_width(LANES * 32))) void ENTRY(BINDINGS) {
  VECTOR q_rows[CHUNK * D_VECTORS], q_columns[CHUNK * D_VECTORS], g_rows[CHUNK * E_VECTORS], g_columns[CHUNK * E_VECTORS];
  VECTOR k_rows[KEYS * D_VECTORS], v_rows[KEYS * E_VECTORS], p[KEYS * Q_VECTORS], l[Q_VECTORS];
#if HAS_DQ || HAS_DK
  VECTOR ds[KEYS * Q_VECTORS], gy[Q_VECTORS];
#endif
#if HAS_DQ
  VECTOR dq[CHUNK * D_VECTORS];
#endif
#if HAS_DK
  VECTOR dk[KEYS * D_VECTORS];
#endif
#if HAS_DV
  VECTOR dv[KEYS * E_VECTORS];
#endif
  for (int head = (int)get_group_id(0); head < HEADS; head += GROUPS) {
    for (int q0 = 0; q0 < T; q0 += CHUNK) {
      const int rows = min(CHUNK, T - q0);
      take_rows(Q + Q_BATCH(head) + q0 * Q_ROW, Q_ROW, Q_COLUMN, rows, D, CHUNK, D_VECTORS, q_rows);
      take_rows(G + G_BATCH(head) + q0 * G_ROW, G_ROW, G_COLUMN, rows, E, CHUNK, E_VECTORS, g_rows);
      turn_rows(q_rows, D_VECTORS, SCALE, q_columns);
#if HAS_DQ || HAS_DK
      take_rows(Y + Y_BATCH(head) + q0 * Y_ROW, Y_ROW, Y_COLUMN, rows, E, CHUNK, E_VECTORS, g_columns);
      row_sums(g_rows, g_columns, gy);
      turn_rows(g_rows, E_VECTORS, SCALE, g_columns);
#endif
      take_rows(L + L_BATCH(head) + q0 * L_ROW, 0, L_ROW, 1, rows, 1, Q_VECTORS, l);
#if HAS_DQ
      for (int i = 0; i < CHUNK * D_VECTORS; i++) dq[i] = ZERO;
#endif

      /* The last chunk goes to the end, so that keys that no query sees get their zeros. */
      const int k_end = CAUSAL && q0 + CHUNK < T ? min(S, q0 + CHUNK) : S;
      for (int k0 = 0; k0 < k_end; k0 += BK) {
        const int keys = min(BK, S - k0), adds = q0 > (CAUSAL ? k0 / CHUNK * CHUNK : 0);
        take_rows(K + K_BATCH(head) + k0 * K_ROW, K_ROW, K_COLUMN, keys, D, KEYS, D_VECTORS, k_rows);
        take_rows(V + V_BATCH(head) + k0 * V_ROW, V_ROW, V_COLUMN, keys, E, KEYS, E_VECTORS, v_rows);

        for (int q = CAUSAL ? max(0, k0 - q0) / BQ * BQ : 0; q < rows; q += BQ) {
          const int count = CAUSAL ? min(keys, q0 + q + BQ - k0) : keys;
          const int both = CAUSAL ? min(count, q0 + q + LANES - k0) : count;
          for (int j = 0; j < both; j += MR) WEIGH(0)
#if NV == 2
          for (int j = max(0, both); j < count; j += MR) WEIGH(1)
#endif
#if HAS_DQ || HAS_DK
          for (int j = 0; j < both; j += MR) WEIGH_DS(0)
#if NV == 2
          for (int j = max(0, both); j < count; j += MR) WEIGH_DS(1)
#endif
#endif
        }
        for (int j = 0; j < keys; j += MR) {
          const int q = CAUSAL ? max(0, k0 + j - q0) : 0;
#if HAS_DV
          PRODUCT(NE, dv + j * E_VECTORS, E_VECTORS, NOTHING, (const float *)(p + j * Q_VECTORS) + q, CHUNK, 1,
                      g_rows + q * E_VECTORS, rows - q)
#endif
#if HAS_DK
          PRODUCT(ND, dk + j * D_VECTORS, D_VECTORS, NOTHING, (const float *)(ds + j * Q_VECTORS) + q, CHUNK, 1,
                      q_rows + q * D_VECTORS, rows - q)
#endif
        }
#if HAS_DQ
        for (int q = CAUSAL ? max(0, k0 - q0) / MR * MR : 0; q < rows; q += MR) {
          const int count = CAUSAL ? min(keys, q0 + q + MR - k0) : keys;
          PRODUCT(ND, dq + q * D_VECTORS, D_VECTORS, ALL, (const float *)ds + q, 1, CHUNK, k_rows, count)
        }
#endif
#if HAS_DK
        give_rows(dk, D_VECTORS, DK + DK_BATCH(head) + k0 * DK_ROW, DK_ROW, DK_COLUMN, keys, D, adds);
#endif
#if HAS_DV
        give_rows(dv, E_VECTORS, DV + DV_BATCH(head) + k0 * DV_ROW, DV_ROW, DV_COLUMN, keys, E, adds);
#endif
      }
#if HAS_DQ
      give_rows(dq, D_VECTORS, DQ + DQ_BATCH(head) + q0 * DQ_ROW, DQ_ROW, DQ_COLUMN, rows, D, 0);
#endif
    }
  }
}
