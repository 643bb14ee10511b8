/* strassen_results_cpu.cl -- Strassen's products to the result, for CPUs: m (products, ROWS, COLUMNS), and REST last columns that are
 * there already, to (EDGE * ROWS, EDGE * COLUMNS + REST); EDGE is 2 on one level and 4 on two.
 *
 * The lowering writes prelude.cl and all words below in front of this file; the defaults make a result of 64 x 64. */
#ifndef LEVELS
#define LEVELS 1
#define LANES 8    /* CHUNK is some vectors */
#define ROWS 32    /* of a block */
#define COLUMNS 32 /* >= CHUNK */
#define REST 0
#define CHUNK 32
#define CHUNKS 1   /* of a row: ceil(COLUMNS / CHUNK) */
#define UNITS_OF_GROUP 4
#define M_AT(p, row, column) (((p) * ROWS + (row)) * COLUMNS + (column))
#endif
#ifndef ENTRY /* bindings, products, the rest at REST_AT(row, column), epilogue: as vectors of LANES columns and as single numbers */
#define ENTRY strassen_results_cpu
#define BINDINGS __global const float *b0, __global float *b1
#define PRODUCTS b0
#define STORE_CV(batch, m, n, value) vstore8(value, 0, b1 + (m) * 64 + (n))
#define STORE_C(batch, m, n, value) b1[(m) * 64 + (n)] = value
#endif
#include "strassen.inc"
#define EDGE (1 << LEVELS)

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ENTRY(BINDINGS) {
  BETWEEN_LEVELS(half_done)
  EACH_UNIT(unit) {
    UNIT_AT(unit, r, first, begin)
    VECTOR m[7], y[4];
#if LEVELS > 1
    EACH(outer, 7) CHUNK_VECTORS(c) {
      UNROLL(p, 7) m[p] = VLOAD(0, PRODUCTS + M_AT(outer * 7 + p, r, first + c));
      UNROLL(p, 7) w_prefetch(PRODUCTS + M_AT(outer * 7 + p, r, first + c) + CHUNK, 0);
      blocks_of_products(m, y);
      UNROLL(i, 4) VKEEP(y[i], half_done + (outer * 4 + i) * CHUNK + c);
    }
    EACH(inner, 4)
#endif
    CHUNK_VECTORS(c) {
#if LEVELS > 1
      UNROLL(p, 7) m[p] = VLOAD(0, half_done + (p * 4 + inner) * CHUNK + c);
#else
      UNROLL(p, 7) m[p] = VLOAD(0, PRODUCTS + M_AT(p, r, first + c));
#endif
      blocks_of_products(m, y);
      float edge[4 * LANES];
      const int is_whole = c >= begin;
      if (!is_whole)
        UNROLL(i, 4) VKEEP(y[i], edge + i * LANES);
      UNROLL(i, 4) {
        const int row = BLOCK_ROW(i, inner) * ROWS + r, column = BLOCK_COLUMN(i, inner) * COLUMNS + first + c;
        if (is_whole) {
          STORE_CV(0, row, column, y[i]);
        } else {
          for (int k = begin - c; k < LANES; k++) { STORE_C(0, row, column + k, edge[i * LANES + k]); }
        }
      }
    }
#if REST > 0
    if (unit % CHUNKS == 0)
      for (int row = r; row < EDGE * ROWS; row += ROWS) {
        int c = 0;
        for (; c + LANES <= REST; c += LANES) { STORE_CV(0, row, EDGE * COLUMNS + c, VLOAD(0, OTHERS + REST_AT(row, c))); }
        for (; c < REST; c++) { STORE_C(0, row, EDGE * COLUMNS + c, OTHERS[REST_AT(row, c)]); }
      }
#endif
  }
}
