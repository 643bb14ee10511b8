/* winograd_cpu.cl -- convolution with TAPS x TAPS weights as F(EDGE x EDGE, TAPS x TAPS), for CPUs: one work-item a group, which takes
 * a block of tiles from pixels to results, so that what lies between never leaves its caches.
 *
 *   pixels   x (N, H, W, C), channels dense                  X_AT
 *   places   (36, TILES, C)                                  of the block
 *   weights  u (PANELS, 36, C, NR), transformed before       U_AT
 *   sums     (36, TILES, PANELS_AT_ONCE * NR)                36 products of matrices, for some panels at a time
 *   results  (N, OH, OW, OC)                                 STORE_C
 *
 * Index layout: block = part of the panels + PARTS * block of tiles. The last block of tiles is moved back until it is whole, and
 * stores only what no other has stored.
 *
 * The lowering writes prelude.cl and all words below in front of this file; the defaults take 2 images of 16 x 16 with 64 channels. */
#ifndef MR
#define MR 8         /* rows of a register tile; TILES >= MR */
#define NV 2         /* vectors in each row */
#define LANES 8      /* C >= LANES */
#define H 16         /* the image */
#define W 16
#define C 64
#define TAPS 3       /* of a window's edge, and their distance */
#define DILATION_H 1
#define DILATION_W 1
#define PAD_H 1      /* rows and columns in front of it */
#define PAD_W 1
#define OH 16        /* the result */
#define OW 16
#define OC 64
#define TH 4         /* tiles of a column and of a row of a phase */
#define TW 4
#define TILES_IN_ALL 32
#define TILES 16     /* of a block */
#define PANELS 4     /* of NR columns of the weights */
#define PANELS_OF_PART 4
#define PANELS_AT_ONCE 2
#define PARTS 1
#define BLOCKS 2     /* of tiles, times PARTS */
#define GROUPS 2
#define X_AT(n, h, w) ((((n) * H + (h)) * W + (w)) * C)
#define U_AT 0
#define FETCH_U 0    /* NR over the rows of tiles in a block, or 0 */
#endif
#ifndef ENTRY /* bindings, operands, epilogue: as vectors of LANES columns and as single numbers */
#define ENTRY winograd_cpu
#define BINDINGS __global const float *b0, __global const float *b1, __global float *b2
#define X b0
#define U b1
#define STORE_CV(batch, m, n, value) vstore8(value, 0, b2 + (m) * OC + (n))
#define STORE_C(batch, m, n, value) b2[(m) * OC + (n)] = value
#endif
/* Weights that come from memory: the next place's panel is asked for, a part of it by each row of tiles that reads this one's. */
#if FETCH_U
#define BESIDE(k) ASK_FOR(ahead + (k)*FETCH_U, FETCH_U)
#else
#define BESIDE(k)
#endif
#define NUMBERS EDGE /* of a direction, to which sums are taken back */
#include "winograd_pixels.inc"
/* Rows that lie a power of two apart would meet in few sets of the cache. */
#define X_ROW (C + 16)
#define X_PLACE (TILES * X_ROW + 16)
#define Y_ROW (PANELS_AT_ONCE * NR + 16)
#define Y_PLACE (TILES * Y_ROW + 16)

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ENTRY(BINDINGS) {
  float places[PLACES * X_PLACE] __attribute__((aligned(64))), sums[PLACES * Y_PLACE] __attribute__((aligned(64)));
  for (int block = (int)get_group_id(0); block < BLOCKS; block += GROUPS) {
    const int first = block / PARTS * TILES, t0 = min(first, TILES_IN_ALL - TILES);
    const int p_first = block % PARTS * PANELS_OF_PART, p_end = min(p_first + PANELS_OF_PART, PANELS);
    for (int t = 0; t < TILES; t++) transform_pixels(X, t0 + t, TILE_AFTER(t0 + t), C, places + t * X_ROW, X_PLACE);

    for (int p0 = p_first; p0 < p_end; p0 += PANELS_AT_ONCE) {
      const int panels = min(PANELS_AT_ONCE, p_end - p0);
      for (int place = 0; place < PLACES; place++)
        for (int row = 0; row < TILES; row += MR)
          for (int p = 0; p < panels; p++) {
            const int m0 = min(row, TILES - MR);
            const float *const a = places + place * X_PLACE + m0 * X_ROW;
            __global const float *const b = U + U_AT + ((p0 + p) * PLACES + place) * (C * NR);
            float *const to = sums + place * Y_PLACE + m0 * Y_ROW + p * NR;
#if FETCH_U
            __global const float *const ahead = b + C * NR + row / MR * (C * FETCH_U);
#endif
            VECTOR c[MR][NV];
            ROWS(i) COLUMNS(v) c[i][v] = (VECTOR)(0.0f);
            ADD_PRODUCT(c, C, a, X_ROW, 1, b, NR)
            ROWS(i) COLUMNS(v) VKEEP(c[i][v], to + i * Y_ROW + v * LANES);
          }
      const int n0 = p0 * NR, n_end = min(n0 + panels * NR, OC);
      for (int t = first - t0; t < TILES; t++) {
        const int h0 = ROW_OF(t0 + t), w0 = COLUMN_OF(t0 + t), m0 = (IMAGE_OF(t0 + t) * OH + h0) * OW + w0;
#ifdef FETCH_CV /* what the next tile reads and writes lies as far apart as its patch */
        const int then = TILE_AFTER(t0 + t), h_then = ROW_OF(then), w_then = COLUMN_OF(then);
        int ahead[EDGE * EDGE];
        RESULTS(i, j) ahead[i * EDGE + j] = (IMAGE_OF(then) * OH + RESULT_ROW(h_then, i)) * OW + RESULT_COLUMN(w_then, j);
#endif
        for (int n = n0; n < n_end; n += LANES) {
#ifdef FETCH_CV
          if (n + LANES <= n_end) UNROLL(i, EDGE * EDGE) FETCH_CV(0, ahead[i], n);
#endif
          VECTOR y[EDGE * EDGE];
          float edge[EDGE * EDGE * LANES];
          transform_sums(sums + t * Y_ROW + n - n0, Y_PLACE, y);
          if (n + LANES > n_end)
            for (int i = 0; i < EDGE * EDGE; i++) VKEEP(y[i], edge + i * LANES);
          for (int i = 0; i < EDGE && h0 + i * DILATION_H < OH; i++)
            for (int j = 0; j < EDGE && w0 + j * DILATION_W < OW; j++) {
              const int m = m0 + i * (DILATION_H * OW) + j * DILATION_W;
              if (n + LANES <= n_end) {
                STORE_CV(0, m, n, y[i * EDGE + j]);
              } else {
                for (int k = 0; k < n_end - n; k++) { STORE_C(0, m, n + k, edge[(i * EDGE + j) * LANES + k]); }
              }
            }
        }
      }
    }
  }
}
