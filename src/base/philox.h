/* philox.h -- Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a counter-based
 * generator, the same numbers on every device. The kernels' twin stands in kernels/prelude.cl and shaders/prelude.glsl.
 */
#ifndef WEFT_BASE_PHILOX_H
#define WEFT_BASE_PHILOX_H
#include <stdint.h>
/* out = Philox4x32-10 of a 128-bit counter under a 64-bit key. */
void weft_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
/* Element `index` of the stream (key, step). Word index % 4 of Philox4x32-10(counter = {lo(index / 4), hi(index / 4),
 * step, 0}, key = {lo(key), hi(key)}). uniform = (word >> 8) * 2^-24, in [0, 1). */
uint32_t weft_philox_word(uint64_t key, uint32_t step, uint64_t index);
double weft_philox_uniform(uint64_t key, uint32_t step, uint64_t index);
/* Box-Muller on elements 2*index and 2*index+1 of the word stream: u1 = ((w0 >> 8) + 0.5) * 2^-24, u2 = (w1 >> 8) *
 * 2^-24, sqrt(-2 ln u1) cos(2 pi u2). */
double weft_philox_normal(uint64_t key, uint32_t step, uint64_t index);
#endif
