/* Random numbers, hashes, sizes and names. */
#include "base/hash.h"
#include "base/philox.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include <weft/weft.h>

/* Known answers of Philox4x32-10: file kat_vectors of the authors' Random123 distribution. */
static const struct {
  uint32_t counter[4], key[2], out[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

Test(philox, known_answers) {
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    uint32_t out[4];
    weft_philox(known[i].counter, known[i].key, out);
    cr_expect_arr_eq(out, known[i].out, sizeof out, "vector %zu", i);
  }
}

Test(philox, words_are_laid_out_as_documented) {
  const uint64_t key = UINT64_C(0x0123456789abcdef);
  const uint64_t indices[] = {0, 1, 2, 3, 4, 1001, UINT64_C(0x7fffffffffffffff), UINT64_C(0x400000001)};
  for (size_t i = 0; i < sizeof indices / sizeof indices[0]; i++) {
    uint64_t block = indices[i] / 4;
    uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), 77, 0}, halves[2] = {0x89abcdef, 0x01234567},
             out[4];
    weft_philox(counter, halves, out);
    cr_expect(weft_philox_word(key, 77, indices[i]) == out[indices[i] % 4]);
  }
}

Test(philox, uniform_moments_and_range) {
  enum { N = 200000 };
  double sum = 0, squares = 0;
  for (uint64_t i = 0; i < N; i++) {
    double u = weft_philox_uniform(42, 3, i);
    cr_assert(u >= 0 && u < 1);
    cr_assert((double)(float)u == u, "exact in f32");
    sum += u;
    squares += u * u;
  }
  cr_expect(fabs(sum / N - 0.5) < 5 * sqrt(1.0 / 12 / N), "mean %g", sum / N);
  cr_expect(fabs(squares / N - 1.0 / 3) < 5 * sqrt(4.0 / 45 / N), "second moment %g", squares / N);
}

Test(philox, normal_moments) {
  enum { N = 200000 };
  double sum = 0, squares = 0, fourth = 0;
  for (uint64_t i = 0; i < N; i++) {
    double z = weft_philox_normal(7, 0, i);
    cr_assert(isfinite(z));
    sum += z;
    squares += z * z;
    fourth += z * z * z * z;
  }
  cr_expect(fabs(sum / N) < 5 / sqrt(N), "mean %g", sum / N);
  cr_expect(fabs(squares / N - 1) < 5 * sqrt(2.0 / N), "variance %g", squares / N);
  cr_expect(fabs(fourth / N - 3) < 5 * sqrt(96.0 / N), "fourth moment %g", fourth / N);
}

Test(philox, streams_differ) {
  int same = 0;
  for (uint64_t i = 0; i < 1000; i++) {
    uint32_t word = weft_philox_word(1, 1, i);
    same += word == weft_philox_word(2, 1, i);
    same += word == weft_philox_word(1, 2, i);
    same += word == weft_philox_word(UINT64_C(1) << 32 | 1, 1, i);
  }
  cr_assert(same == 0);
}

Test(hash, depends_on_every_byte_and_on_the_cut) {
  unsigned char data[40];
  for (size_t i = 0; i < sizeof data; i++) data[i] = (unsigned char)(i * 37);
  for (size_t size = 0; size <= sizeof data; size++) {
    uint64_t whole = weft_hash(WEFT_HASH_SEED, data, size);
    cr_assert(whole == weft_hash(WEFT_HASH_SEED, data, size));
    for (size_t bit = 0; bit < size * 8; bit++) {
      data[bit / 8] ^= (unsigned char)(1 << bit % 8);
      cr_assert(weft_hash(WEFT_HASH_SEED, data, size) != whole, "size %zu bit %zu", size, bit);
      data[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    if (size) cr_assert(weft_hash(WEFT_HASH_SEED, data, size - 1) != whole);
  }
  uint64_t ab_c = weft_hash_text(weft_hash_text(WEFT_HASH_SEED, "ab"), "c");
  cr_assert(ab_c != weft_hash_text(weft_hash_text(WEFT_HASH_SEED, "a"), "bc"));
  cr_assert(weft_hash(WEFT_HASH_SEED, "\0", 1) != weft_hash(WEFT_HASH_SEED, "\0\0", 2));
}

Test(hash, small_integers_spread) {
  /* Buckets are the low bits: a table of 1024 with 1024 keys of consecutive integers must not crowd. */
  int filled[1024] = {0}, most = 0;
  for (uint64_t i = 0; i < 1024; i++) {
    int *bucket = &filled[weft_hash(WEFT_HASH_SEED, &i, sizeof i) % 1024];
    if (++*bucket > most) most = *bucket;
  }
  cr_assert(most < 10, "%d of 1024 keys in one of 1024 buckets", most);
}

Test(status, texts) {
  cr_assert_str_eq(weft_status_text(WEFT_OK), "ok");
  cr_assert_str_eq(weft_status_text(WEFT_BAD_SHAPE), "wrong shape");
  cr_assert_str_eq(weft_status_text(WEFT_INTERNAL), "internal error");
  cr_assert_str_eq(weft_status_text((weft_status)999), "unknown status");
  cr_assert_str_eq(weft_status_text((weft_status)-1), "unknown status");
}

Test(status, dtypes_shapes_and_version) {
  cr_assert_str_eq(weft_dtype_name(WEFT_F32), "f32");
  cr_assert_str_eq(weft_dtype_name(WEFT_I32), "i32");
  cr_assert_str_eq(weft_dtype_name((weft_dtype)99), "unknown");
  cr_assert(weft_dtype_size(WEFT_F32) == 4 && weft_dtype_size(WEFT_I32) == 4 && weft_dtype_size((weft_dtype)99) == 0);
  cr_assert(weft_shape_size(WEFT_SCALAR_SHAPE) == 1);
  cr_assert(weft_shape_size(weft_shape_of(2, 3, 4)) == 24);
  cr_assert(weft_shape_size(weft_shape_of(1 << 20, 1 << 20)) == INT64_C(1) << 40);
  cr_assert(weft_shape_size(weft_shape_of(2, 0)) == 0 && weft_shape_size(weft_shape_of(-1)) == 0);
  cr_assert(weft_shape_size((weft_shape){9, {0}}) == 0 && weft_shape_size((weft_shape){-1, {0}}) == 0);
  cr_assert(weft_shape_size(weft_shape_of(INT64_MAX, 2)) == 0);
  cr_assert(strchr(weft_version(), '.'));
}
