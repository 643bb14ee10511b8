/* hash.h -- 64-bit hashes of bytes, for hash-consing and cache keys (not cryptographic). */
#ifndef WEFT_BASE_HASH_H
#define WEFT_BASE_HASH_H
#include <stddef.h>
#include <stdint.h>
#define WEFT_HASH_SEED UINT64_C(0xcbf29ce484222325)
/* Continues a hash over further bytes; begin with WEFT_HASH_SEED. */
uint64_t weft_hash(uint64_t hash, const void *data, size_t size);
uint64_t weft_hash_text(uint64_t hash, const char *text);
#endif
