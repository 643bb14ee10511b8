/* grouped_cpu.cl -- convolution with few channels in and out a group (one: depthwise), for CPUs: one work-item a group. Vectors of
 * channels; T results of a row in registers, each pixel read once for all taps of a row that meet it.
 *
 *   x (N, H, W, C), channels dense   X_AT
 *   w (R, S, G, C), channels dense   W_AT
 *   y (N, OH, OW, C)                 STORE_C
 *
 * Index layout: block = LINES rows of y, T columns with all their channels after the other, so that memory is walked through in
 * order. The last vector is moved back until it fits, and stores only what no other has stored.
 *
 * The lowering writes prelude.cl and all words below in front of this file. */
#ifndef T
#define LINES 8
#define BLOCKS 4
#define W_AT(r, s, i) ((((r) * S + (s)) * G + (i)) * C)
#endif
#include "grouped_defaults.inc"
#ifndef ENTRY /* bindings, operands, epilogue: as vectors of LANES channels and as single numbers */
#define ENTRY grouped_cpu
#define BINDINGS __global const float *b0, __global const float *b1, __global float *b2
#define X b0
#define WEIGHTS b1
#define STORE_CV(batch, m, n, value) vstore8(value, 0, b2 + (m) * C + (n))
#define STORE_C(batch, m, n, value) b2[(m) * C + (n)] = value
#endif
#define AT_ONCE_I G
#include "grouped.inc"

/* Results ow .. ow + T - 1 of row oh of image n, for the vector of channels that begins at x and w. */
void results_of(__global const float *x, __global const float *w, int n, int oh, int ow, VECTOR *out) {
  const int h0 = oh * STEP_H - PAD_H, w0 = ow * STEP_W - PAD_W;
  const int r_first = h0 >= 0 ? 0 : (DILATION_H - 1 - h0) / DILATION_H;
  VECTOR sums[T];
  RESULTS(t) sums[t] = (VECTOR)(0.0f);
  _Pragma("unroll 1") for (int r = r_first; r < R && h0 + r * DILATION_H < H * EXPAND_H; r++) {
    const int h = h0 + r * DILATION_H;
    if (h % EXPAND_H) continue;
    __global const float *const row = x + X_AT(n, h / EXPAND_H, 0);
    MEETINGS(row, w0, 0, "unroll 2", sums[t] = fma(spread, VLOAD(0, w + W_AT(r, s, i)), sums[t]))
  }
  RESULTS(t) out[t] = sums[t];
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ENTRY(BINDINGS) {
  for (int block = (int)get_group_id(0); block < BLOCKS; block += GROUPS) {
    const int first = block * LINES, end = min(first + LINES, N * OH);
    for (int line = first; line < end; line++)
      for (int ow = 0; ow < OW; ow += T)
        for (int c = 0; c < C; c += LANES) {
          const int c0 = min(c, C - LANES), count = min(T, OW - ow), m = line * OW + ow;
          VECTOR sums[T];
          /* What the next row needs of the image beyond this one's. */
          const int ahead = clamp(((line % OH + 1) * STEP_H - PAD_H + (R - 1) * DILATION_H) / EXPAND_H, 0, H - 1);
          RESULTS(t) w_prefetch(X + X_AT(line / OH, ahead, min((ow + t) * STEP_W / EXPAND_W, W - 1)) + c0, 0);
          results_of(X + c0, WEIGHTS + c0, line / OH, line % OH, ow, sums);
          if (c == c0 && count == T) {
            RESULTS(t) { STORE_CV(0, m + t, c, sums[t]); }
          } else {
            float rest[T * LANES];
            RESULTS(t) VKEEP(sums[t], rest + t * LANES);
            EACH(t, count) {
              if (c == c0) {
                STORE_CV(0, m + t, c, VLOAD(t, rest));
              } else
                for (int i = c - c0; i < LANES; i++) { STORE_C(0, m + t, c0 + i, rest[t * LANES + i]); }
            }
          }
        }
  }
}
