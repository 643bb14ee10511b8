/* Headers of safetensors files: what is read, and every way in which one may lie. */
#include "io/safetensors.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of a header and data bytes, exactly as large, so that a sanitizer sees a read past its end. */
static weft_status parse(const char *header, size_t data, weft_stored_file *out, weft_arena *arena, weft_error *error) {
  size_t length = strlen(header), size = 8 + length + data;
  unsigned char *content = weft_arena_alloc(arena, size), *exact = malloc(size);
  for (int i = 0; i < 8; i++) content[i] = (unsigned char)((uint64_t)length >> 8 * i);
  memcpy(content + 8, header, length);
  for (size_t i = 0; i < data; i++) content[8 + length + i] = (unsigned char)i;
  memcpy(exact, content, size);
  weft_status status = weft_stored_parse("file", exact, size, arena, out, error);
  out->data = (const char *)content + 8 + length;
  free(exact);
  return status;
}

Test(safetensors, a_good_file) {
  weft_arena arena = {0};
  weft_error error = {0};
  weft_stored_file file;
  const char *header = "{\"__metadata__\":{\"model\":\"lenet\"},"
                       "\"w\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[4,28]},"
                       "\"b\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[0,4]},"
                       "\"none\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[28,28]},"
                       "\"half\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[28,34]},"
                       "\"new\":{\"dtype\":\"F4_X\",\"shape\":[3],\"data_offsets\":[34,36]},"
                       "\"deep\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1,2],\"data_offsets\":[36,38]}}   ";
  cr_assert(parse(header, 38, &file, &arena, &error) == WEFT_OK, "%s", error.message);
  cr_assert(file.count == 6);
  const weft_stored *w = weft_stored_find(&file, "w"), *b = weft_stored_find(&file, "b");
  cr_assert(w->shape.rank == 2 && w->shape.dims[0] == 2 && w->shape.dims[1] == 3 && w->begin == 4 && w->end == 28);
  cr_assert(b->shape.rank == 0 && file.data[b->begin] == 0 && file.data[w->begin] == 4);
  cr_assert(weft_stored_find(&file, "deep")->too_deep && !w->too_deep);
  cr_assert_str_eq(weft_stored_find(&file, "half")->dtype, "BF16");
  cr_assert_null(weft_stored_find(&file, "model"));
  cr_assert_str_eq(weft_json_get(file.metadata, "model")->string, "lenet");
  weft_arena_free(&arena);
}

Test(safetensors, an_empty_file_of_tensors) {
  weft_arena arena = {0};
  weft_stored_file file;
  cr_assert(parse("{}", 0, &file, &arena, NULL) == WEFT_OK && file.count == 0);
  cr_assert_null(weft_stored_find(&file, "w"));
  weft_arena_free(&arena);
}

#define W "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"

static const struct {
  const char *header;
  size_t data;
  const char *message;
} bad[] = {
    {"", 0, "file: header: JSON line 1 column 1: a value expected"},
    {"{", 0, "file: header: JSON line 1 column 2: a member's name expected"},
    {"[]", 0, "file: header: no JSON object"},
    {"{\"w\":1}", 0, "file: tensor w: no dtype"},
    {"{\"w\":{\"dtype\":1,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "file: tensor w: no dtype"},
    {"{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8, "file: tensor w: no shape"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", 8, "file: tensor w: no shape"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8,
     "file: tensor w: a size in its shape is no whole number"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,8]}}", 8,
     "file: tensor w: a size in its shape is no whole number"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[1e300],\"data_offsets\":[0,8]}}", 8,
     "file: tensor w: a size in its shape is no whole number"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}}", 8,
     "file: tensor w: a size in its shape is no whole number"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}", 8,
     "file: tensor w: its shape is too large"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "file: tensor w: data_offsets are not two whole numbers"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", 8,
     "file: tensor w: data_offsets are not two whole numbers"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}", 8,
     "file: tensor w: data_offsets are not two whole numbers"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", 8,
     "file: tensor w: data_offsets are not two whole numbers"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8,
     "file: tensor w: its bytes lie outside the file"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7,
     "file: tensor w: its bytes lie outside the file"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8,
     "file: tensor w: dtype, shape and data_offsets do not agree"},
    {"{\"w\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
     "file: tensor w: dtype, shape and data_offsets do not agree"},
    {"{" W ",\"v\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12,
     "file: tensor v: its bytes overlap those of another"},
    {"{" W ",\"v\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]}}", 20,
     "file: tensor v: bytes before it belong to no tensor"},
    {"{" W "}", 9, "file: 8 bytes of tensors, 9 of data"},
    {"{" W ",\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}", 16, "file: tensor w: stands twice"},
    {"{\"__metadata__\":1}", 0, "file: __metadata__ is no object of strings"},
    {"{\"__metadata__\":{\"a\":1}}", 0, "file: __metadata__ is no object of strings"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "file: __metadata__ stands twice"},
    {"{" W "} x", 8, "file: header: JSON line 1 column 56: text behind the value"},
};

Test(safetensors, bad_headers) {
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    weft_arena arena = {0};
    weft_error error = {0};
    weft_stored_file file;
    cr_expect(parse(bad[i].header, bad[i].data, &file, &arena, &error) == WEFT_BAD_FORMAT, "%s", bad[i].header);
    cr_expect_str_eq(error.message, bad[i].message);
    weft_arena_free(&arena);
  }
}

Test(safetensors, header_lengths) {
  static const struct {
    unsigned char bytes[10];
    size_t size;
    const char *message;
  } cases[] = {
      {{0}, 0, "file: 0 bytes are no safetensors file"},
      {{2}, 7, "file: 7 bytes are no safetensors file"},
      {{3, 0, 0, 0, 0, 0, 0, 0, '{', '}'}, 10, "file: cut short: a header of 3 bytes in a file of 10"},
      {{0, 0, 0, 8, 0, 0, 0, 0, '{', '}'},
       10,
       "file: not a safetensors file: a header of 134217728 bytes in a file of 10"},
      {{255, 255, 255, 255, 255, 255, 255, 255, '{', '}'},
       10,
       "file: not a safetensors file: a header of 18446744073709551615 bytes in a file of 10"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    weft_arena arena = {0};
    weft_error error = {0};
    weft_stored_file file;
    cr_expect(weft_stored_parse("file", cases[i].bytes, cases[i].size, &arena, &file, &error) == WEFT_BAD_FORMAT);
    cr_expect_str_eq(error.message, cases[i].message);
    weft_arena_free(&arena);
  }
}
