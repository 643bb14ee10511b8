/* philox.c -- Philox4x32-10. Each round multiplies two of the four counter words by odd constants and mixes the high
 * halves with the other two words and the key; the key moves on by Weyl constants. Ten rounds pass BigCrush. */
#include "base/philox.h"
#include <math.h>

#define ROUNDS 10

void weft_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
  for (int round = 0; round < ROUNDS; round++) {
    uint64_t p0 = (uint64_t)c0 * UINT32_C(0xD2511F53), p1 = (uint64_t)c2 * UINT32_C(0xCD9E8D57);
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
    k0 += UINT32_C(0x9E3779B9);
    k1 += UINT32_C(0xBB67AE85);
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

uint32_t weft_philox_word(uint64_t key, uint32_t step, uint64_t index) {
  uint32_t counter[4] = {(uint32_t)(index / 4), (uint32_t)(index / 4 >> 32), step, 0};
  uint32_t halves[2] = {(uint32_t)key, (uint32_t)(key >> 32)}, out[4];
  weft_philox(counter, halves, out);
  return out[index % 4];
}

double weft_philox_uniform(uint64_t key, uint32_t step, uint64_t index) {
  return (weft_philox_word(key, step, index) >> 8) * 0x1p-24;
}

double weft_philox_normal(uint64_t key, uint32_t step, uint64_t index) {
  const double two_pi = 6.28318530717958647692;
  double u1 = ((weft_philox_word(key, step, 2 * index) >> 8) + 0.5) * 0x1p-24;
  double u2 = weft_philox_uniform(key, step, 2 * index + 1);
  return sqrt(-2 * log(u1)) * cos(two_pi * u2);
}
