/* gemm_direct.comp -- the contraction c = epilogue(a * b) for shaders that run on a CPU: no shared memory, since a barrier
 * there costs more than it saves.
 *
 * A work-group has TM = RM rows in common: a's addresses are the same for all work-items, which makes them one load. Its
 * work-items are the lanes of a vector along n; each keeps RM x RN sums, columns TN / RN apart.
 *
 * Index layout: tile = (batch * M_TILES + m tile) * N_TILES + n tile; a work-group does the tiles g, g + GROUPS, ... The
 * lowering writes prelude.glsl, the sizes, the bindings and the hooks in front of this file. Beyond the edges the last row
 * and column are computed again, and not stored. */
#define ELEMENT(b, i) b.d[i]
#include "gemm_defaults.inc"
#ifndef HAS_BINDINGS
layout(set = 0, binding = 0) readonly buffer B0 { float d[]; } b0;
layout(set = 0, binding = 1) readonly buffer B1 { float d[]; } b1;
layout(set = 0, binding = 2) buffer B2 { float d[]; } b2;
#endif

layout(local_size_x = TN / RN, local_size_y = 1, local_size_z = 1) in;

void main() {
  const int lane = W_LOCAL_ID(0);
  for (int tile = W_GROUP_ID(0); tile < TILES; tile += GROUPS) {
    const int batch = tile / (M_TILES * N_TILES);
    const int m0 = tile / N_TILES % M_TILES * RM, n0 = tile % N_TILES * TN + lane;
    float c[RM][RN];
    W_UNROLL for (int i = 0; i < RM; i++) W_UNROLL for (int j = 0; j < RN; j++) c[i][j] = 0.0f;
    for (int k = 0; k < K; k++) {
      float y[RN];
      W_UNROLL for (int j = 0; j < RN; j++) y[j] = LOAD_B(batch, k, min(n0 + j * (TN / RN), N - 1));
      W_UNROLL for (int i = 0; i < RM; i++) {
        float x = LOAD_A(batch, min(m0 + i, M - 1), k);
        W_UNROLL for (int j = 0; j < RN; j++) c[i][j] = w_fma(x, y[j], c[i][j]);
      }
    }
    W_UNROLL for (int i = 0; i < RM; i++) W_UNROLL for (int j = 0; j < RN; j++) {
      const int m = m0 + i, n = n0 + j * (TN / RN);
      if (m < M && n < N) { STORE_C(batch, m, n, c[i][j]); }
    }
  }
}
