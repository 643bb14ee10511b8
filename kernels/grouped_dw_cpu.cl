/* grouped_dw_cpu.cl -- the gradient by the weights of a convolution with few channels in and out a group (one: depthwise), for CPUs:
 * one work-item a group. Sums of AT_ONCE rows of AT_ONCE_I numbers of weights stay in registers, a vector of channels each, while T
 * results of a row at a time meet the pixels of their windows.
 *
 *   x (N, H, W, C) and dy (N, OH, OW, C), channels dense   X_AT, DY_AT
 *   dw (PARTS, R, S, G, C)                                 STORE_C
 *
 * Index layout: block = part, a range of the rows of dy of all images; vectors of channels one after the other within it, so that
 * what they share of the lines stays in the second cache. The last vector is moved back until it fits, and stores only what no other
 * has stored.
 *
 * The lowering writes prelude.cl and all words below in front of this file. */
#ifndef T
#define AT_ONCE 3    /* rows of weights, divides R */
#define AT_ONCE_I 1  /* numbers of a group, divides G; G where that is less than LANES */
#define PARTS 4
#define DY_AT(n, h, w) ((((n) * OH + (h)) * OW + (w)) * C)
#endif
#include "grouped_defaults.inc"
#ifndef ENTRY /* bindings, operands, epilogue: as vectors of LANES channels and as single numbers */
#define ENTRY grouped_dw_cpu
#define BINDINGS __global const float *b0, __global const float *b1, __global float *b2
#define X b0
#define DY b1
#define STORE_CV(batch, m, n, value) vstore8(value, 0, b2 + ((batch) * R * S * G + (m)) * C + (n))
#define STORE_C(batch, m, n, value) b2[((batch) * R * S * G + (m)) * C + (n)] = value
#endif
#include "grouped.inc"
#define ROWS(r) UNROLL(r, AT_ONCE)
#define SUMS (AT_ONCE * S * AT_ONCE_I)
#define SUM(r, s, i) (((r) * S + (s)) * AT_ONCE_I + (i))

/* The sums of weights' rows r0 .. r0 + AT_ONCE - 1 and numbers i0 .. i0 + AT_ONCE_I - 1 over the lines of dy from first to end - 1, for
 * the vector of channels that begins at x and dy. */
void sums_of(__global const float *x, __global const float *dy, int r0, int i0, int first, int end, VECTOR *out) {
  VECTOR sums[SUMS];
  UNROLL(i, SUMS) sums[i] = (VECTOR)(0.0f);
  _Pragma("unroll 1") for (int line = first; line < end; line++) {
    const int n = line / OH, oh = line % OH, h0 = oh * STEP_H - PAD_H + r0 * DILATION_H;
    _Pragma("unroll 1") for (int ow = 0; ow < OW; ow += T) {
      const int w0 = ow * STEP_W - PAD_W;
      VECTOR d[T];
      RESULTS(t) d[t] = ow + t < OW ? VLOAD(0, dy + DY_AT(n, oh, ow + t)) : (VECTOR)(0.0f);
      ROWS(r) {
        const int h = h0 + r * DILATION_H;
        if (h >= 0 && h < H) {
          __global const float *const row = x + X_AT(n, h, 0);
          MEETINGS(row, w0, i0, "unroll", sums[SUM(r, s, i)] = fma(spread, d[t], sums[SUM(r, s, i)]))
        }
      }
    }
  }
  UNROLL(i, SUMS) out[i] = sums[i];
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ENTRY(BINDINGS) {
  for (int part = (int)get_group_id(0); part < PARTS; part += GROUPS) {
    const int first = (int)((long)part * (N * OH) / PARTS), end = (int)((part + 1L) * (N * OH) / PARTS);
    for (int c = 0; c < C; c += LANES) {
      const int c0 = min(c, C - LANES);
      _Pragma("unroll 1") for (int piece = 0; piece < R / AT_ONCE * (G / AT_ONCE_I); piece++) {
        const int r0 = piece / (G / AT_ONCE_I) * AT_ONCE, i0 = piece % (G / AT_ONCE_I) * AT_ONCE_I;
        VECTOR sums[SUMS];
        float rest[SUMS * LANES];
        sums_of(X + c0, DY + c0, r0, i0, first, end, sums);
        if (c == c0) {
          ROWS(r) TAPS(s) UNROLL(i, AT_ONCE_I) {
            STORE_CV(part, ((r0 + r) * S + s) * G + i0 + i, c, sums[SUM(r, s, i)]);
          }
        } else {
          UNROLL(k, SUMS) VKEEP(sums[k], rest + k * LANES);
          EACH(k, SUMS) {
            const int m = ((r0 + k / (S * AT_ONCE_I)) * S + k / AT_ONCE_I % S) * G + i0 + k % AT_ONCE_I;
            for (int lane = c - c0; lane < LANES; lane++) { STORE_C(part, m, c0 + lane, rest[k * LANES + lane]); }
          }
        }
      }
    }
  }
}
