/* strassen_sums_cpu.cl -- the blocks of a product's operand, summed for Strassen's products, for CPUs: x (EDGE * ROWS, EDGE * COLUMNS)
 * to (products, COLUMNS / PANEL, ROWS, PANEL); EDGE is 2 on one level and 4 on two.
 *
 * The lowering writes prelude.cl and all words below in front of this file; the defaults take a left operand of 64 x 64. */
#ifndef LEVELS
#define LEVELS 1
#define RIGHT 0    /* 1: the right operand's sums */
#define LANES 8    /* CHUNK is some vectors */
#define ROWS 32    /* of a block */
#define COLUMNS 32 /* >= CHUNK */
#define PANEL 32   /* COLUMNS, or some vectors */
#define CHUNK 32
#define CHUNKS 1   /* of a row: ceil(COLUMNS / CHUNK) */
#define UNITS_OF_GROUP 4
#define X_AT(row, column) ((row) * 64 + (column))
#define PAST_CACHES 0 /* 1: the sums are too large for the caches, and are written past them */
#endif
#ifndef ENTRY /* bindings, operand, result: as vectors of LANES columns and as single numbers */
#define ENTRY strassen_sums_cpu
#define BINDINGS __global const float *b0, __global float *b1
#define X b0
#define STORE_CV(place, value) vstore8(value, 0, b1 + (place))
#define STORE_C(place, value) b1[place] = value
#endif
#include "strassen.inc"
#if PAST_CACHES
#define KEEP_(lanes, place, value) w_store_past(__global, float, lanes, value, SUMS + (place))
#define KEEP(place, value) KEEP_(LANES, place, value)
#else
#define KEEP(place, value) STORE_CV(place, value)
#endif
#define BLOCK_AT(outer, inner) X_AT(BLOCK_ROW(outer, inner) * ROWS + r, BLOCK_COLUMN(outer, inner) * COLUMNS + first + c)
#define PLACE(p, r, c) ((((p) * (COLUMNS / PANEL) + (c) / PANEL) * ROWS + (r)) * PANEL + (c) % PANEL)

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ENTRY(BINDINGS) {
  BETWEEN_LEVELS(half_done)
  EACH_UNIT(unit) {
    UNIT_AT(unit, r, first, begin)
    VECTOR x[4], y[7];
#if LEVELS > 1
    CHUNK_VECTORS(c) UNROLL(inner, 4) {
      UNROLL(i, 4) x[i] = VLOAD(0, X + BLOCK_AT(i, inner));
      UNROLL(i, 4) w_prefetch(X + BLOCK_AT(i, inner) + CHUNK, 0);
      sums_of_blocks(x, RIGHT, y);
      UNROLL(p, 7) VKEEP(y[p], half_done + (p * 4 + inner) * CHUNK + c);
    }
    EACH(outer, 7)
#endif
    CHUNK_VECTORS(c) {
#if LEVELS > 1
      const int p_first = outer * 7;
      UNROLL(i, 4) x[i] = VLOAD(0, half_done + (outer * 4 + i) * CHUNK + c);
#else
      const int p_first = 0;
      UNROLL(i, 4) x[i] = VLOAD(0, X + BLOCK_AT(i, 0));
#endif
      sums_of_blocks(x, RIGHT, y);
      if (c >= begin) {
        UNROLL(p, 7) { KEEP(PLACE(p_first + p, r, first + c), y[p]); }
      } else if (c + LANES > begin) {
        float edge[7 * LANES];
        UNROLL(p, 7) VKEEP(y[p], edge + p * LANES);
        for (int p = 0; p < 7; p++)
          for (int k = begin - c; k < LANES; k++) { STORE_C(PLACE(p_first + p, r, first + c + k), edge[p * LANES + k]); }
      }
    }
  }
}
