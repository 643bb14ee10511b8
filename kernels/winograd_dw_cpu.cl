/* winograd_dw_cpu.cl -- a convolution's gradient by its 3 x 3 weights, for CPUs: F(3 x 3, 4 x 4), which has the same 36 places as the
 * convolution. A work-group owns a block of channels of the image by channels of the result, sums the products of all tiles for it,
 * which stay in its cache, and transforms them at the end. Pixels and results are transformed again for every block that needs
 * them; that is cheaper than to keep them in memory.
 *
 *   x (N, H, W, C) and dy (N, OH, OW, OC), channels dense    X_AT, DY_AT
 *   pixels  (36, STEP, CB), results (36, STEP, OB)           of STEP tiles, transformed
 *   sums    (36, CB, OB)
 *   dw      (PARTS, 3, 3, C, OC)                             STORE_CV
 *
 * Index layout: block = (part * C_BLOCKS + channels of x) * OC_BLOCKS + channels of dy; a part is a range of the tiles. The last block
 * of channels is moved back until it is whole, and stores only what no other has stored.
 *
 * The lowering writes prelude.cl and all words below in front of this file; the defaults take 2 images of 16 x 16 with 64 channels. */
#ifndef MR
#define MR 4         /* rows of a register tile */
#define NV 2         /* vectors in each row */
#define LANES 8
#define H 16         /* the image */
#define W 16
#define C 64
#define PAD_H 1      /* rows and columns in front of it */
#define PAD_W 1
#define OH 16        /* the result */
#define OW 16
#define OC 64
#define TH 4         /* tiles of a column and of a row */
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
#define STORE_CV(batch, m, n, value) vstore8(value, 0, b2 + ((batch) * 9 * C + (m)) * OC + (n))
#define STORE_C(batch, m, n, value) b2[((batch) * 9 * C + (m)) * OC + (n)] = value
#endif
#include "register_tile.inc"
#include "winograd.inc"
/* Places that lie a power of two apart would meet in few sets of the cache. */
#define X_PLACE (STEP * CB + 16)
#define DY_PLACE (STEP * OB + 16)
#define SUMS_PLACE (CB * OB + 16)

/* One direction of a tile of results: d[0], d[s], .. d[3 s] to six places. */
void places_of_results(const VECTOR *d, int s, VECTOR *out) {
  const VECTOR a = d[0] + d[2 * s], b = d[s] + d[3 * s];
  const VECTOR c = TIMES(4.0f, d[2 * s], d[0]), e = TIMES(4.0f, d[3 * s], d[s]) * 2.0f;
  out[0] = d[0] * (1.0f / 4);
  out[1] = (a + b) * (-1.0f / 6);
  out[2] = (a - b) * (-1.0f / 6);
  out[3] = (c + e) * (1.0f / 24);
  out[4] = (c - e) * (1.0f / 24);
  out[5] = d[3 * s];
}

void transform_results(__global const float *dy, int tile, float *to) {
  const int h0 = tile / TW % TH * 4, w0 = tile % TW * 4, is_inside = h0 + 4 <= OH && w0 + 4 <= OW;
  CHANNELS(c, OB) {
    VECTOR d[16], half_done[24], line[6];
    if (is_inside) {
      FOUR(i) FOUR(j) d[i * 4 + j] = VLOAD(0, dy + DY_AT(tile / (TW * TH), h0 + i, w0 + j) + c);
    } else {
      float patch[16 * LANES];
      EACH(i, 4) EACH(j, 4) {
        const int is_result = h0 + i < OH && w0 + j < OW;
        keep(is_result ? VLOAD(0, dy + DY_AT(tile / (TW * TH), h0 + i, w0 + j) + c) : (VECTOR)(0.0f),
             patch + (i * 4 + j) * LANES);
      }
      FOUR(i) FOUR(j) d[i * 4 + j] = VLOAD(i * 4 + j, patch);
    }
    FOUR(j) {
      places_of_results(d + j, 4, line);
      SIX(i) half_done[i * 4 + j] = line[i];
    }
    SIX(i) {
      places_of_results(half_done + i * 4, 1, line);
      SIX(j) keep(line[j], to + (i * 6 + j) * DY_PLACE + c);
    }
  }
}

/* One direction back: six places to three weights. */
void weights_of_places(const VECTOR *m, VECTOR *out) {
  const VECTOR a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];
  out[0] = m[0] + a + c;
  out[1] = TIMES(2.0f, d, b);
  out[2] = TIMES(4.0f, c, a) + m[5];
}
void transform_sums(const float *sums, int place, VECTOR *out) TRANSFORM_BACK(3, weights_of_places)

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ENTRY(BINDINGS) {
  float pixels[PLACES * X_PLACE] __attribute__((aligned(64))), results[PLACES * DY_PLACE] __attribute__((aligned(64)));
  float sums[PLACES * SUMS_PLACE] __attribute__((aligned(64)));
  for (int block = (int)get_group_id(0); block < BLOCKS; block += GROUPS) {
    const int c_first = block / OC_BLOCKS % C_BLOCKS * CB, c0 = min(c_first, C - CB);
    const int n_first = block % OC_BLOCKS * OB, n0 = min(n_first, OC - OB), part = block / (OC_BLOCKS * C_BLOCKS);
    const int t_first = (int)((long)part * TILES_IN_ALL / PARTS), t_end = (int)((part + 1L) * TILES_IN_ALL / PARTS);
    for (int i = 0; i < PLACES * SUMS_PLACE; i++) sums[i] = 0.0f;

    for (int t0 = t_first; t0 < t_end; t0 += STEP) {
      const int steps = min(STEP, t_end - t0);
      for (int t = 0; t < steps; t++) {
        transform_pixels(X + c0, t0 + t, CB, pixels + t * CB, X_PLACE);
        transform_results(DY + n0, t0 + t, results + t * OB);
      }
      for (int place = 0; place < PLACES; place++)
        for (int m = 0; m < CB; m += MR)
          for (int n = 0; n < OB; n += NR) {
            const float *const a = pixels + place * X_PLACE + m, *const b = results + place * DY_PLACE + n;
            float *const to = sums + place * SUMS_PLACE + m * OB + n;
            VECTOR c[MR][NV];
            ROWS(i) COLUMNS(v) c[i][v] = (VECTOR)(0.0f);
            ADD_PRODUCT(c, steps, a, 1, CB, b, OB)
            ROWS(i) COLUMNS(v) keep(c[i][v] + VLOAD(v, to + i * OB), to + i * OB + v * LANES);
          }
    }
    for (int m = c_first - c0; m < CB; m++)
      for (int n = 0; n < OB; n += LANES) {
        VECTOR w[9];
        transform_sums(sums + m * OB + n, SUMS_PLACE, w);
        if (n >= n_first - n0) {
          for (int i = 0; i < 9; i++) { STORE_CV(part, i * C + c0 + m, n0 + n, w[i]); }
        } else {
          float edge[9 * LANES];
          for (int i = 0; i < 9; i++) keep(w[i], edge + i * LANES);
          for (int i = 0; i < 9; i++)
            for (int k = max(0, n_first - n0 - n); k < LANES; k++) { STORE_C(part, i * C + c0 + m, n0 + n + k, edge[i * LANES + k]); }
        }
      }
  }
}
