/* gemm_narrow_cpu.cl -- the contraction c = epilogue(a * b) for CPUs where b has fewer columns than a vector has lanes:
 * one work-item a group. b is read where it lies, its rows side by side: a vector begins at each row, its lanes beyond
 * column N hold what follows and are never stored; where several rows fit into a vector, it is as many steps at once, whose sums
 * are added up at the end. Only the last TAIL rows, behind which the memory may end, are read
 * number by number.
 *
 *   for each tile                  MR rows, one vector of sums each in registers
 *     for each segment, each k of its run
 *       one vector of b, one number of a per row
 *     the MR * N results, which are neighbours in c, go through the epilogue as whole vectors
 *
 * Where rows of a are neighbours (the gradient by a weight), they may be the lanes instead, of which none is idle then:
 * MV vectors of rows, each by N numbers of b, and the sums are turned round at the end.
 *
 * Index layout: block = batch * M_BLOCKS + m block; a block is M_TILES tiles; group g does the blocks g, g + GROUPS, ...
 * a(m, k) stands at A_ROW(m) + A_SEGMENT(s) + j * A_K for k = s * K_RUN + j, b(k, n) at k * N + n. The last tile is moved
 * back until it fits and stores only what no other tile has stored, since an epilogue may read what c replaces.
 *
 * The lowering writes prelude.cl and all words below in front of this file; the defaults multiply 64 x 64 by 64 x 5. */
#ifndef MR
#define MR 13        /* rows of a tile; M >= MR */
#define NV 1
#define LANES 8
#define M 64         /* sizes of the product */
#define N 5
#define K 64
#define STEPS 1      /* of k in a vector: rows of b, each with its number of a, A_K being 1; SPREAD(x) repeats these N times each */
#define MV 0         /* where rows of a are the lanes: vectors of a tile, MR being MV * LANES; 0: the columns of b are */
#define TAIL 1       /* rows of b that hold the LANES - N numbers behind another one: rounded up */
#define M_COUNT 5    /* tiles of one product */
#define M_TILES 1    /* of a block */
#define M_BLOCKS 5   /* blocks of one product */
#define BLOCKS 5     /* in all */
#define GROUPS 5
#define K_SEGMENTS 1 /* k is K_SEGMENTS runs of K_RUN steps, constant strides in a run */
#define K_RUN 64
#define A_FLAT 1     /* 1: the rows of a tile lie A_M apart */
#define A_M 64
#define A_K 1
#define A_BATCH(batch) 0
#define B_BATCH(batch) 0
#define A_ROW(m) ((m) * 64)
#define A_SEGMENT(s) 0
#endif
#ifndef ENTRY /* bindings, operands, epilogue at a place of c: as vectors of LANES numbers and as single ones */
#define ENTRY gemm_narrow_cpu
#define BINDINGS __global const float *b0, __global const float *b1, __global float *b2
#define A b0
#define B b1
#define STORE_CV(place, value) vstore8(value, 0, b2 + (place))
#define STORE_C(place, value) b2[place] = value
#endif

#include "register_tile.inc"

#if A_FLAT
#define A_AT(i, j) a_tile[a_segment + (j) * A_K + (i) * A_M]
#else
#define A_AT(i, j) a_tile[i][a_segment + (j) * A_K]
#endif
/* Steps of k ahead of which the rows of a that lie side by side are asked for. */
#define PREFETCHED 8
#define STEP(j, y) ROWS(i) c[i] = fma((VECTOR)(A_AT(i, j)), y, c[i]);
#if STEPS > 1
#define VLOAD_STEPS JOIN(vload, STEPS)
#define STEPS_AT_ONCE(j, y) ROWS(i) c[i] = fma(SPREAD(VLOAD_STEPS(0, &A_AT(i, j))), y, c[i]);
#else
#define STEPS_AT_ONCE(j, y) STEP(j, y)
#endif

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ENTRY(BINDINGS) {
  for (int block = (int)get_group_id(0); block < BLOCKS; block += GROUPS) {
    const int batch = block / M_BLOCKS, m_first = block % M_BLOCKS * M_TILES, m_last = min(m_first + M_TILES, M_COUNT);
    __global const float *const a = A + A_BATCH(batch);
    for (int m_tile = m_first; m_tile < m_last; m_tile++) {
      const int m0 = min(m_tile * MR, M - MR);
      __global const float *q = B + B_BATCH(batch);
#if A_FLAT
      __global const float *const a_tile = a + A_ROW(m0);
#else
      __global const float *a_tile[MR];
      ROWS(i) a_tile[i] = a + A_ROW(m0 + i);
#endif
#if MV
      VECTOR c[N][MV];
      UNROLL(n, N) UNROLL(v, MV) c[n][v] = (VECTOR)(0.0f);
      for (int s = 0; s < K_SEGMENTS; s++) {
        __global const float *x = a_tile + A_SEGMENT(s);
        for (int j = 0; j < K_RUN; j++, x += A_K, q += N) {
          VECTOR rows[MV];
          UNROLL(v, MV) rows[v] = VLOAD(v, x);
          UNROLL(v, MV) w_prefetch(x + PREFETCHED * A_K + v * LANES, 0);
          UNROLL(n, N) UNROLL(v, MV) c[n][v] = fma((VECTOR)(q[n]), rows[v], c[n][v]);
        }
      }
      /* Lanes beyond N are overwritten by the next row's first ones. */
      float done[(MR - 1) * N + LANES];
      UNROLL(v, MV) {
        VECTOR sums[LANES];
        UNROLL(i, LANES) sums[i] = i < N ? c[min(i, N - 1)][v] : (VECTOR)(0.0f);
        JOIN(W_TURN_, LANES)(sums)
        UNROLL(i, LANES) VKEEP(sums[i], done + (v * LANES + i) * N);
      }
#else
      VECTOR c[MR];
      ROWS(i) c[i] = (VECTOR)(0.0f);
      for (int s = 0; s < K_SEGMENTS; s++) {
        const int a_segment = A_SEGMENT(s), whole = clamp(K - TAIL - s * K_RUN, 0, K_RUN - STEPS + 1);
        int j = 0;
        for (; j < whole; j += STEPS, q += STEPS * N) {
          const VECTOR y = VLOAD(0, q);
          STEPS_AT_ONCE(j, y)
        }
        for (; j < K_RUN; j++, q += N) {
          float row[LANES] = {0};
          for (int n = 0; n < N; n++) row[n] = q[n];
          const VECTOR y = VLOAD(0, row);
          STEP(j, y)
        }
      }
      /* Lanes beyond N are overwritten by the next row's first ones. */
      float done[(MR - 1) * N + LANES];
#if STEPS > 1
      ROWS(i) {
        float sums[LANES];
        VSTORE(c[i], 0, sums);
        for (int n = 0; n < N; n++) {
          float sum = sums[n];
          for (int step = 1; step < STEPS; step++) sum += sums[step * N + n];
          done[i * N + n] = sum;
        }
      }
#else
      ROWS(i) VSTORE(c[i], 0, done + i * N);
#endif
#endif
      const int first = (batch * M + m0) * N;
      int at = (m_tile * MR - m0) * N;
      for (; at + LANES <= MR * N; at += LANES) { STORE_CV(first + at, VLOAD(0, done + at)); }
      for (; at < MR * N; at++) { STORE_C(first + at, done[at]); }
    }
  }
}
