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
#define W_SIZE (WEIGHTS * C * OC)
#define TAPS_TOGETHER 0 /* 1: the taps of a window lie side by side, the first of them at TAPS_AT */
#define TAPS_AT 0
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
#define AHEAD 2 /* channels for which weights are asked ahead: the hardware does not follow so many columns */
#define STEP 4 /* channels of a run */
#define PLACE (STEP * NR + 16)
#define RUNS ((WEIGHTS + LANES - 1) / LANES)
/* What goes past the caches is written as it is made, all else run by run: 36 runs at once meet in few sets of a cache. */
#if PAST_CACHES
#define KEEP_(lanes, to, value) w_store_past(__global, float, lanes, value, to)
#define KEEP(p, place, c, n, value) KEEP_(LANES, U + ((p) * PLACES + (place)) * (C * NR) + (c) * NR + (n), value)
#else
#define KEEP(p, place, c, n, value) VKEEP(value, places + (place) * PLACE + (c) % STEP * NR + (n))
#endif

/* The weights from w on of LANES columns, of which `count` are there; `room`: numbers that may be read. */
void load_weights(__global const float *w, int room, int count, VECTOR *out) {
#if N_STEP == 1
  if (count >= LANES) {
    UNROLL(r, TAPS) UNROLL(s, TAPS) out[r * TAPS + s] = VLOAD(0, w + W_AT(r, s, 0));
    return;
  }
#endif
#if TAPS_TOGETHER
  /* A window is a run: rows of a square, which is turned. It reads beyond the last run, up to a whole vector. */
  if (count >= LANES && TAPS_AT + (LANES - 1) * N_STEP + RUNS * LANES <= room) {
    VECTOR square[RUNS * LANES];
    UNROLL(i, RUNS) {
      UNROLL(n, LANES) square[i * LANES + n] = VLOAD(0, w + TAPS_AT + i * LANES + n * N_STEP);
      JOIN(W_TURN_, LANES)((square + i * LANES))
    }
    UNROLL(r, TAPS) UNROLL(s, TAPS) out[r * TAPS + s] = square[W_AT(r, s, 0) - TAPS_AT];
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
#if !PAST_CACHES
  float places[PLACES * PLACE] __attribute__((aligned(64)));
#endif
  for (int block = (int)get_group_id(0); block < BLOCKS; block += GROUPS) {
    const int p = block / C_BLOCKS, c_first = block % C_BLOCKS * CB, c_end = min(c_first + CB, C);
    for (int c = c_first; c < c_end; c++) {
      for (int v = 0; v < NV; v++) {
        const int n0 = p * NR + v * LANES, at = W_AT(0, 0, c) - W_AT(0, 0, 0) + n0 * N_STEP;
        VECTOR g[WEIGHTS], half_done[6 * TAPS], line[6];
#if N_STEP != 1
        UNROLL(n, LANES) w_prefetch(W + at + (W_AT(1, 1, AHEAD) + n * N_STEP), 0);
#endif
        load_weights(W + at, W_SIZE - at, OC - n0, g);
        UNROLL(s, TAPS) {
          places_of(g + s, TAPS, TAPS, line);
          SIX(i) half_done[i * TAPS + s] = line[i];
        }
        SIX(i) {
          places_of(half_done + i * TAPS, TAPS, 1, line);
          SIX(j) { KEEP(p, i * 6 + j, c, v * LANES, line[j]); }
        }
      }
#if !PAST_CACHES
      const int run = c % STEP + 1;
      if (run < STEP && c + 1 < c_end) continue;
      for (int place = 0; place < PLACES; place++)
        for (int n = 0; n < run * NR; n += LANES) {
          const VECTOR number = VLOAD(0, places + place * PLACE + n);
          STORE_CV(p, place, (c + 1 - run) * NR + n, number);
        }
#endif
    }
  }
}
