/* winograd_dw_cpu.cl -- a convolution's gradient by its TAPS x TAPS weights, for CPUs: F(TAPS x TAPS, EDGE x EDGE), which has the same
 * 36 places as the convolution. A work-group owns a block of channels of the image by channels of the result, sums the products of all
 * tiles for it, which stay in its caches, and transforms them at the end. Pixels and results are transformed again for every block that
 * needs them; that is cheaper than to keep them in memory.
 *
 *   x (N, H, W, C) and dy (N, OH, OW, OC), channels dense    X_AT, DY_AT
 *   pixels  (36, STEP, CB), results (36, STEP, OB)           of STEP tiles, transformed
 *   sums    (36, CB / MR, OB / NR, MR, NR)                   in the order in which they are added to
 *   dw      (PARTS, OC, C, TAPS, TAPS)                       STORE_CV, of the last three at once
 *
 * Index layout: block = (part * C_BLOCKS + channels of x) * OC_BLOCKS + channels of dy; a part is a range of the tiles. The last block
 * of channels is moved back until it is whole, and stores only what no other has stored. Weights of a column of dy are a run: squares
 * of them are turned in registers.
 *
 * The lowering writes prelude.cl and all words below in front of this file; the defaults take 2 images of 16 x 16 with 64 channels. */
#ifndef MR
#define MR 4         /* rows of a register tile */
#define NV 2         /* vectors in each row */
#define LANES 8
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
#define PARTS 2
#define STEP 16      /* tiles between two additions to the sums */
#define CB 64        /* channels of a block, whole register tiles; C >= CB, OC >= OB */
#define OB 32
#define C_BLOCKS 1
#define OC_BLOCKS 2
#define BLOCKS 4
#define GROUPS 4
#define X_AT(n, h, w) ((((n) * H + (h)) * W + (w)) * C)
#define DY_AT(n, h, w) ((((n) * OH + (h)) * OW + (w)) * OC)
#endif
#ifndef ENTRY /* bindings, operands, epilogue: as vectors of LANES columns and as single numbers */
#define ENTRY winograd_dw_cpu
#define BINDINGS __global const float *b0, __global const float *b1, __global float *b2
#define X b0
#define DY b1
#define STORE_CV(batch, m, n, value) vstore8(value, 0, b2 + ((batch) * OC + (m)) * (9 * C) + (n))
#define STORE_C(batch, m, n, value) b2[((batch) * OC + (m)) * (9 * C) + (n)] = value
#endif
#define NUMBERS TAPS /* of a direction, to which sums are taken back */
#define BESIDE(k)
#include "winograd_pixels.inc"
#define WEIGHTS (TAPS * TAPS)
/* Places that lie a power of two apart would meet in few sets of the cache. */
#define X_PLACE (STEP * CB + 16)
#define DY_PLACE (STEP * OB + 16)
#define SUMS_PLACE (CB * OB + 16)
#define SUM_AT(m, n) ((m) / MR * (MR * OB) + (n) / NR * (MR * NR) + (m) % MR * NR + (n) % NR)
/* Products wait for no memory, so they are where the next step's tiles are asked for: number `place` of a patch or of results, from a
 * beginning that is moved until all of them are inside. */
#define LINE 16 /* numbers */
#define START(at, edge, dilation, size) clamp(at, 0, max((size) - 1 - ((edge) - 1) * (dilation), 0))
#define X_START(n, h0, w0) X_AT(n, START(h0, PATCH, DILATION_H, H), START(w0, PATCH, DILATION_W, W))
#define DY_START(n, h0, w0) DY_AT(n, START(h0, EDGE, DILATION_H, OH), START(w0, EDGE, DILATION_W, OW))
#define X_FROM_START(i, j) (NEAREST_PIXEL(0, 0, 0, i, j) - X_AT(0, 0, 0))
#define DY_FROM_START(i, j) (DY_AT(0, RESULT_ROW(0, i), RESULT_COLUMN(0, j)) - DY_AT(0, 0, 0))

/* A tile of results, OB channels of it, to its places; that of tile `then` is asked for. */
void transform_results(__global const float *dy, int tile, int then, float *to) {
  const int n = IMAGE_OF(tile), h0 = ROW_OF(tile), w0 = COLUMN_OF(tile);
  const int n_then = IMAGE_OF(then), h_then = ROW_OF(then), w_then = COLUMN_OF(then);
  int at[EDGE * EDGE], here[EDGE * EDGE], ahead[EDGE * EDGE];
  RESULTS(i, j) at[i * EDGE + j] = DY_AT(n, RESULT_ROW(h0, i), RESULT_COLUMN(w0, j));
  RESULTS(i, j) here[i * EDGE + j] = -(int)(h0 + i * DILATION_H < OH && w0 + j * DILATION_W < OW);
  RESULTS(i, j) ahead[i * EDGE + j] = DY_AT(n_then, RESULT_ROW(h_then, i), RESULT_COLUMN(w_then, j));
  CHANNELS(c, OB) {
    VECTOR d[EDGE * EDGE], half_done[6 * EDGE], line[6];
    UNROLL(i, EDGE * EDGE) w_prefetch(dy + ahead[i] + c, 0);
    UNROLL(i, EDGE * EDGE) d[i] = VMASK(VLOAD(0, dy + at[i] + c), here[i]);
    UNROLL(j, EDGE) {
      places_of(d + j, EDGE, EDGE, line);
      SIX(i) half_done[i * EDGE + j] = line[i];
    }
    SIX(i) {
      places_of(half_done + i * EDGE, EDGE, 1, line);
      SIX(j) VKEEP(line[j], to + (i * 6 + j) * DY_PLACE + c);
    }
  }
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ENTRY(BINDINGS) {
  float pixels[PLACES * X_PLACE] __attribute__((aligned(64))), results[PLACES * DY_PLACE] __attribute__((aligned(64)));
  float sums[PLACES * SUMS_PLACE] __attribute__((aligned(64)));
  for (int block = (int)get_group_id(0); block < BLOCKS; block += GROUPS) {
    const int c_first = block / OC_BLOCKS % C_BLOCKS * CB, c0 = min(c_first, C - CB);
    const int n_first = block % OC_BLOCKS * OB, n0 = min(n_first, OC - OB), part = block / (OC_BLOCKS * C_BLOCKS);
    const int t_first = (int)((long)part * TILES_IN_ALL / PARTS), t_end = (int)((part + 1L) * TILES_IN_ALL / PARTS);
    int t0 = t_first;
    do { /* a part without tiles has sums too */
      const int steps = min(STEP, t_end - t0);
      for (int t = 0; t < steps; t++) {
        const int tile = t0 + t, then = TILE_AFTER(tile);
        transform_pixels(X + c0, tile, then, CB, pixels + t * CB, X_PLACE);
        transform_results(DY + n0, tile, then, results + t * OB);
      }
      int next_x[STEP], next_dy[STEP];
      for (int t = 0; t < STEP; t++) {
        const int tile = min(t0 + STEP + t, TILES_IN_ALL - 1), n = IMAGE_OF(tile), h0 = ROW_OF(tile), w0 = COLUMN_OF(tile);
        next_x[t] = X_START(n, h0 - PAD_H, w0 - PAD_W);
        next_dy[t] = DY_START(n, h0, w0);
      }
      for (int place = 0; place < PLACES; place++) {
        __global const float *const pixel = X + c0 + X_FROM_START(place / PATCH, place % PATCH);
        __global const float *const result = DY + n0 + DY_FROM_START(place / EDGE, place % EDGE);
        for (int m = 0; m < CB; m += MR) {
          for (int t = m * STEP / CB; t < (m + MR) * STEP / CB; t++) {
            for (int c = 0; c < CB; c += LINE) w_prefetch(pixel + next_x[t] + c, 0);
            for (int c = 0; c < OB && place < EDGE * EDGE; c += LINE) w_prefetch(result + next_dy[t] + c, 0);
          }
          for (int n = 0; n < OB; n += NR) {
            const float *const a = pixels + place * X_PLACE + m, *const b = results + place * DY_PLACE + n;
            float *const to = sums + place * SUMS_PLACE + SUM_AT(m, n);
            VECTOR c[MR][NV];
            ROWS(i) COLUMNS(v) c[i][v] = (VECTOR)(0.0f);
            ADD_PRODUCT(c, steps, a, 1, CB, b, OB)
            if (t0 > t_first) {
              ROWS(i) COLUMNS(v) VKEEP(c[i][v] + VLOAD(v, to + i * NR), to + i * NR + v * LANES);
            } else {
              ROWS(i) COLUMNS(v) VKEEP(c[i][v], to + i * NR + v * LANES);
            }
          }
        }
      }
    } while ((t0 += STEP) < t_end);
    for (int n = 0; n < OB; n += LANES)
      for (int m = c_first - c0; m < CB; m += LANES) {
        VECTOR weights[WEIGHTS * LANES]; /* of LANES channels, each vector of LANES columns */
        const int size = min(LANES, CB - m) * WEIGHTS, at = (c0 + m) * WEIGHTS;
        for (int i = 0; i < LANES; i++)
          transform_sums(sums + SUM_AT(min(m + i, CB - 1), n), SUMS_PLACE, weights + i * WEIGHTS);
        for (int s = 0; s < size; s += LANES) {
          VECTOR rows[LANES];
          float edge[LANES];
          UNROLL(i, LANES) rows[i] = weights[s + i];
          JOIN(W_TURN_, LANES)(rows)
          for (int i = max(0, n_first - n0 - n); i < LANES; i++) {
            const int column = n0 + n + i;
#ifdef FETCH_CV /* columns lie far apart */
            if (m + 2 * LANES <= CB) FETCH_CV(part, column, at + s + WEIGHTS * LANES);
#endif
            if (s + LANES <= size) {
              STORE_CV(part, column, at + s, rows[i]);
            } else {
              VKEEP(rows[i], edge);
              for (int j = 0; j < size - s; j++) { STORE_C(part, column, at + s + j, edge[j]); }
            }
          }
        }
      }
  }
}
