/* winograd_weights_cpu.cl -- TAPS x TAPS weights to their 36 places, in panels as winograd_cpu.cl reads them, for CPUs: w (TAPS, TAPS,
 * C, OC) through any strides to u (PANELS, 36, C, NR), zeros beyond OC.
 *
 * Index layout: block = panel * C_BLOCKS + block of channels, CB each. Where u is too large for the caches it is written past them.
 *
 * The lowering writes prelude.cl and all words below in front of this file; the defaults take 64 by 64 channels. */
#ifndef NV
#define NV 2         /* vectors of a panel */
#define LANES 8
#define TAPS 3
#define C 64
#define OC 64
#define CB 16        /* channels of a block */
#define C_BLOCKS 4
#define BLOCKS 16
#define GROUPS 16
#define N_STEP 1     /* from one column of w to the next */
#define W_AT(r, s, c) ((((r) * TAPS + (s)) * C + (c)) * OC)
#define PAST_CACHES 0
#endif
#ifndef ENTRY /* bindings, operand, result */
#define ENTRY winograd_weights_cpu
#define BINDINGS __global const float *b0, __global float *b1
#define W b0
#define U b1
#define STORE_CV(batch, m, n, value) vstore8(value, 0, b1 + ((batch) * PLACES + (m)) * (C * NR) + (n))
#endif
#include "register_tile.inc"
#include "winograd.inc"
#define WEIGHTS (TAPS * TAPS)
#if PAST_CACHES
#define STORE_PLACE(p, place, n, value) \
  __builtin_nontemporal_store(value, (__global VECTOR *)(U + ((p) * PLACES + (place)) * (C * NR) + (n)))
#else
#define STORE_PLACE(p, place, n, value) STORE_CV(p, place, n, value)
#endif

/* The weights from w on of LANES columns, of which `count` are there. */
void load_weights(__global const float *w, int count, VECTOR *out) {
#if N_STEP == 1
  if (count >= LANES) {
    UNROLL(r, TAPS) UNROLL(s, TAPS) out[r * TAPS + s] = VLOAD(0, w + W_AT(r, s, 0));
    return;
  }
#endif
  float columns[WEIGHTS * LANES];
  if (count < LANES)
    for (int i = 0; i < WEIGHTS * LANES; i++) columns[i] = 0.0f;
  for (int n = 0; n < min(count, LANES); n++)
    UNROLL(r, TAPS) UNROLL(s, TAPS) columns[(r * TAPS + s) * LANES + n] = w[W_AT(r, s, 0) + n * N_STEP];
  for (int i = 0; i < WEIGHTS; i++) out[i] = VLOAD(i, columns);
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ENTRY(BINDINGS) {
  for (int block = (int)get_group_id(0); block < BLOCKS; block += GROUPS) {
    const int p = block / C_BLOCKS, c_first = block % C_BLOCKS * CB, c_end = min(c_first + CB, C);
    for (int c = c_first; c < c_end; c++)
      for (int v = 0; v < NV; v++) {
        const int n0 = p * NR + v * LANES;
        VECTOR g[WEIGHTS], half_done[6 * TAPS], line[6];
        load_weights(W + (W_AT(0, 0, c) - W_AT(0, 0, 0)) + n0 * N_STEP, OC - n0, g);
        UNROLL(s, TAPS) {
          places_of(g + s, TAPS, TAPS, line);
          SIX(i) half_done[i * TAPS + s] = line[i];
        }
        SIX(i) {
          places_of(half_done + i * TAPS, TAPS, 1, line);
          SIX(j) { STORE_PLACE(p, i * 6 + j, c * NR + v * LANES, line[j]); }
        }
      }
  }
}
