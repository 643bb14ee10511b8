/* gemm_cpu.cl -- the contraction c = epilogue(a * b) for CPUs: one work-item a group, vectors of the device's width.
 *
 * Index layout: block = (batch * N_BLOCKS + n block) * M_BLOCKS + m block, so that groups that run one after the other
 * share their columns of b; a block is M_TILES x N_TILES register tiles; group g does the blocks g, g + GROUPS, ...
 *
 * The lowering writes prelude.cl and all words below in front of this file; the defaults multiply two 64 x 64 matrices. */
#ifndef MR
#define MR 6        /* rows of a register tile; M >= MR */
#define NV 2        /* vectors in each row */
#define LANES 8
#define M 64        /* sizes of the product */
#define N 64
#define M_COUNT 11  /* tiles: ceil(M / MR) */
#define N_COUNT 4   /*        runs of n times ceil(N_RUN / NR) */
#define M_TILES 11  /* tiles of a block */
#define N_TILES 2
#define M_BLOCKS 1  /* blocks of one product */
#define N_BLOCKS 2
#define BLOCKS 2    /* blocks in all */
#define GROUPS 2
#define N_RUN 64    /* columns that are neighbours in b; N_RUN >= NR unless b is packed */
#define N_RUN_TILES 4
#define K_SEGMENTS 1 /* k is K_SEGMENTS runs of K_RUN steps, constant strides in a run */
#define K_RUN 64
#define K_DEPTH 64  /* steps of a block of k: K_RUN / K_PARTS rounded up, or a multiple of K_RUN */
#define K_PARTS 1   /* blocks of a run */
#define K_BLOCKS 1  /* blocks in all */
#define PANEL 0     /* 1: b consists of panels of NR columns with zeros beyond N */
#define PACK_B 0    /* 1: each block copies b's piece to where it lies dense */
#define LONG_EPILOGUE 0 /* 1: its text should not be repeated for each vector of a tile */
#define A_FLAT 1    /* 1: the rows of a tile lie A_M apart */
#define A_M 64
#define FETCH_A 0   /* 1: a's rows, which lie along k, come from memory: the next tile's are asked for */
#define FETCH_B 0   /* columns of the next panel that each tile of this one asks for, NR / M_TILES rounded up; 0: none */
#define A_K 1
#define B_K 64
#define A_BATCH(batch) 0
#define B_BATCH(batch) 0
#define A_ROW(m) ((m) * 64)
#define A_SEGMENT(s) 0
#define B_SEGMENT(s) 0
#define B_COLUMN(n) (n)
#define UNROLL_RUN _Pragma("unroll 1")
#endif
#ifndef ENTRY /* bindings, operands, epilogue: as vectors of LANES columns and as single numbers */
#define ENTRY gemm_cpu
#define BINDINGS __global const float *b0, __global const float *b1, __global float *b2
#define A b0
#define B b1
#define STORE_CV(batch, m, n, value) vstore8(value, 0, b2 + ((batch) * M + (m)) * N + (n))
#define STORE_C(batch, m, n, value) b2[((batch) * M + (m)) * N + (n)] = value
#endif

#include "register_tile.inc"

/* Operands whose steps of k lie further apart than lines are asked for so many steps ahead, or where runs are short, the
 * same step of the next run: no hardware foresees them. */
#define PREFETCHED 32
#if K_SEGMENTS > 1 && K_RUN < 2 * PREFETCHED
#define AHEAD(SEGMENT, STRIDE) (SEGMENT(min(s + 1, K_SEGMENTS - 1)) - SEGMENT(s))
#else
#define AHEAD(SEGMENT, STRIDE) (PREFETCHED * (STRIDE))
#endif
#define IS_FAR(step) (LANES > 1 && ((step) >= 16 || (step) <= -16))
/* One step of k: y, a row of b, times a number of each row of a's tile. */
#if A_FLAT
#define A_NUMBER(i) a_tile[at + (i) * A_M]
#else
#define A_NUMBER(i) a_tile[i][at]
#endif
#if IS_FAR(A_K)
#define PREFETCH_A \
  w_prefetch(&A_NUMBER(0) + a_ahead, 0); \
  w_prefetch(&A_NUMBER(MR - 1) + a_ahead, 0);
#else
#define PREFETCH_A
#endif
#define MULTIPLY \
  PREFETCH_A \
  ROWS(i) { \
    const float x = A_NUMBER(i); \
    COLUMNS(v) c[i][v] = fma((VECTOR)(x), y[v], c[i][v]); \
  }

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ENTRY(BINDINGS) {
  for (int block = (int)get_group_id(0); block < BLOCKS; block += GROUPS) {
#include "gemm_cpu.inc"
  }
}
