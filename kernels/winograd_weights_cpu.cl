/* winograd_weights_cpu.cl -- 3 x 3 weights to their 36 places, in panels as winograd_cpu.cl reads them, for CPUs: w (3, 3, C, OC)
 * through any strides to u (PANELS, 36, C, NR), zeros beyond OC.
 *
 * Index layout: block = panel * C_BLOCKS + block of channels, CB each. Where u is too large for the caches it is written past them.
 *
 * The lowering writes prelude.cl and all words below in front of this file; the defaults take 64 by 64 channels. */
#ifndef NV
#define NV 2         /* vectors of a panel */
#define LANES 8
#define C 64
#define OC 64
#define CB 16        /* channels of a block */
#define C_BLOCKS 4
#define BLOCKS 16
#define GROUPS 16
#define N_STEP 1     /* from one column of w to the next */
#define W_AT(r, s, c) ((((r) * 3 + (s)) * C + (c)) * OC)
#define PAST_CACHES 0
#endif
#ifndef ENTRY /* bindings, operand, result */
#define ENTRY winograd_weights_cpu
#define BINDINGS __global const float *b0, __global float *b1
#define W b0
#define U b1
#define STORE_CV(batch, m, n, value) vstore8(value, 0, b1 + ((batch) * 36 + (m)) * (C * NR) + (n))
#endif
#include "register_tile.inc"
#define SIX(i) _Pragma("unroll") for (int i = 0; i < 6; i++)
#define THREE(i) _Pragma("unroll") for (int i = 0; i < 3; i++)
#if PAST_CACHES
#define STORE_PLACE(p, place, n, value) \
  __builtin_nontemporal_store(value, (__global VECTOR *)(U + ((p) * 36 + (place)) * (C * NR) + (n)))
#else
#define STORE_PLACE(p, place, n, value) STORE_CV(p, place, n, value)
#endif

/* One direction of the weights: g[0], g[s], g[2 s] to six places. */
void places_of_weights(const VECTOR *g, int s, VECTOR *out) {
  const VECTOR a = g[0] + g[2 * s], b = g[0] * (1.0f / 24) + g[2 * s] * (1.0f / 6), c = g[s] * (1.0f / 12);
  out[0] = g[0] * (1.0f / 4);
  out[1] = (a + g[s]) * (-1.0f / 6);
  out[2] = (a - g[s]) * (-1.0f / 6);
  out[3] = b + c;
  out[4] = b - c;
  out[5] = g[2 * s];
}

/* The 3 x 3 weights from w on of LANES columns, of which `count` are there. */
void load_weights(__global const float *w, int count, VECTOR *out) {
#if N_STEP == 1
  if (count >= LANES) {
    THREE(r) THREE(s) out[r * 3 + s] = VLOAD(0, w + W_AT(r, s, 0));
    return;
  }
#endif
  float columns[9 * LANES];
  if (count < LANES)
    for (int i = 0; i < 9 * LANES; i++) columns[i] = 0.0f;
  for (int n = 0; n < min(count, LANES); n++)
    THREE(r) THREE(s) columns[(r * 3 + s) * LANES + n] = w[W_AT(r, s, 0) + n * N_STEP];
  for (int i = 0; i < 9; i++) out[i] = VLOAD(i, columns);
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ENTRY(BINDINGS) {
  for (int block = (int)get_group_id(0); block < BLOCKS; block += GROUPS) {
    const int p = block / C_BLOCKS, c_first = block % C_BLOCKS * CB, c_end = min(c_first + CB, C);
    for (int c = c_first; c < c_end; c++)
      for (int v = 0; v < NV; v++) {
        const int n0 = p * NR + v * LANES;
        VECTOR g[9], half_done[18], line[6];
        load_weights(W + (W_AT(0, 0, c) - W_AT(0, 0, 0)) + n0 * N_STEP, OC - n0, g);
        THREE(s) {
          places_of_weights(g + s, 3, line);
          SIX(i) half_done[i * 3 + s] = line[i];
        }
        SIX(i) {
          places_of_weights(half_done + i * 3, 1, line);
          SIX(j) { STORE_PLACE(p, i * 6 + j, c * NR + v * LANES, line[j]); }
        }
      }
  }
}
