/* hash.c -- eight bytes at a time: each word is folded in with a multiplication whose high half is folded back down
 * (the step of wyhash and of FNV-1a's wide relatives), so that every bit of the input reaches every bit of the hash.
 * The size goes in as well: "ab" + "c" and "a" + "bc" hash differently. */
#include "base/hash.h"
#include <string.h>

static uint64_t step(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
  hash ^= hash >> 32;
  hash *= UINT64_C(0xd6e8feb86659fd93);
  return hash ^ (hash >> 29);
}

uint64_t weft_hash(uint64_t hash, const void *data, size_t size) {
  const unsigned char *bytes = data;
  size_t at = 0;
  for (; size - at >= 8; at += 8) {
    uint64_t word;
    memcpy(&word, bytes + at, 8);
    hash = step(hash, word);
  }
  uint64_t tail = 0;
  if (size > at) memcpy(&tail, bytes + at, size - at);
  return step(step(hash, tail), size);
}

uint64_t weft_hash_text(uint64_t hash, const char *text) { return weft_hash(hash, text, strlen(text)); }
