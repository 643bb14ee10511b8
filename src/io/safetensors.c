/* safetensors.c -- reads the header of a safetensors file (https://huggingface.co/docs/safetensors): eight bytes of
 * header length, little-endian, a JSON object name -> {dtype, shape, data_offsets}, then the tensors' bytes.
 *
 * A file comes from anywhere, so that nothing it says is taken on trust: the length is held against the file and the
 * format's limit before anything is allocated, sizes are multiplied with overflow checks, and the byte ranges must
 * cover the data exactly once, as the format demands. */
#include "io/safetensors.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_BYTES 8
#define MAX_HEADER 100000000             /* the format's */
#define LARGEST_EXACT 9007199254740992.0 /* 2^53: whole numbers a double holds */

/* Types of the format; tensors of other types are accepted as they are, since they are only passed over. */
static const struct {
  const char *name;
  unsigned bits;
} dtypes[] = {{"BOOL", 8}, {"U8", 8},   {"I8", 8},   {"F8_E5M2", 8}, {"F8_E4M3", 8},
              {"I16", 16}, {"U16", 16}, {"F16", 16}, {"BF16", 16},   {"I32", 32},
              {"U32", 32}, {"F32", 32}, {"F64", 64}, {"I64", 64},    {"U64", 64}};

static const char *const own_dtypes[] = {[WEFT_F32] = "F32", [WEFT_I32] = "I32"};
_Static_assert(sizeof own_dtypes / sizeof own_dtypes[0] == WEFT_DTYPE_COUNT, "a row a dtype");

const char *weft_stored_dtype(weft_dtype dtype) { return own_dtypes[dtype]; }

typedef struct reader {
  const char *path;
  weft_arena *arena;
  weft_error *error;
} reader;

/* Always 0. */
static int bad(reader *r, const char *name, const char *what) {
  weft_fail(r->error, WEFT_BAD_FORMAT, "%s: tensor %.200s: %s", r->path, name, what);
  return 0;
}

/* A whole number from 0 up. */
static int whole(const weft_json *value, uint64_t *out) {
  if (!value || value->kind != WEFT_JSON_NUMBER || !(value->number >= 0) || value->number > LARGEST_EXACT ||
      floor(value->number) != value->number)
    return 0;
  *out = (uint64_t)value->number;
  return 1;
}

static int read_shape(reader *r, const weft_json *list, weft_stored *out, uint64_t *out_elements) {
  *out_elements = 1;
  if (!list || list->kind != WEFT_JSON_ARRAY) return bad(r, out->name, "no shape");
  for (const weft_json *item = list->child; item; item = item->next) {
    uint64_t dim;
    if (!whole(item, &dim)) return bad(r, out->name, "a size in its shape is no whole number");
    if (dim && *out_elements > (uint64_t)LARGEST_EXACT / dim) return bad(r, out->name, "its shape is too large");
    *out_elements *= dim;
    if (out->shape.rank < WEFT_MAX_RANK)
      out->shape.dims[out->shape.rank++] = (int64_t)dim;
    else
      out->too_deep = 1;
  }
  return 1;
}

static int read_tensor(reader *r, const weft_json *member, uint64_t data_size, weft_stored *out) {
  uint64_t elements;
  *out = (weft_stored){.name = member->key};
  const weft_json *dtype = weft_json_get(member, "dtype"), *offsets = weft_json_get(member, "data_offsets");
  if (!dtype || dtype->kind != WEFT_JSON_STRING) return bad(r, out->name, "no dtype");
  out->dtype = dtype->string;
  if (!read_shape(r, weft_json_get(member, "shape"), out, &elements)) return 0;
  const weft_json *begin = offsets && offsets->kind == WEFT_JSON_ARRAY ? offsets->child : NULL;
  const weft_json *end = begin ? begin->next : NULL;
  if (!whole(begin, &out->begin) || !whole(end, &out->end) || end->next)
    return bad(r, out->name, "data_offsets are not two whole numbers");
  if (out->begin > out->end || out->end > data_size) return bad(r, out->name, "its bytes lie outside the file");
  for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++)
    if (!strcmp(dtypes[i].name, out->dtype) && (out->end - out->begin) * 8 != elements * dtypes[i].bits)
      return bad(r, out->name, "dtype, shape and data_offsets do not agree");
  return 1;
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const weft_stored *)a)->name, ((const weft_stored *)b)->name);
}

/* By place; empty tensors first where they share it. */
static int by_place(const void *a, const void *b) {
  const weft_stored *x = a, *y = b;
  if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
  return x->end < y->end ? -1 : x->end > y->end;
}

/* Each byte of the data belongs to one tensor. Leaves the tensors sorted by name. */
static int check_tensors(reader *r, weft_stored_file *file, uint64_t data_size) {
  uint64_t at = 0;
  qsort(file->tensors, file->count, sizeof *file->tensors, by_place);
  for (size_t i = 0; i < file->count; i++) {
    if (file->tensors[i].begin < at) return bad(r, file->tensors[i].name, "its bytes overlap those of another");
    if (file->tensors[i].begin > at) return bad(r, file->tensors[i].name, "bytes before it belong to no tensor");
    at = file->tensors[i].end;
  }
  if (at != data_size) {
    weft_fail(r->error, WEFT_BAD_FORMAT, "%s: %llu bytes of tensors, %llu of data", r->path, (unsigned long long)at,
              (unsigned long long)data_size);
    return 0;
  }
  qsort(file->tensors, file->count, sizeof *file->tensors, by_name);
  for (size_t i = 1; i < file->count; i++)
    if (!strcmp(file->tensors[i - 1].name, file->tensors[i].name)) return bad(r, file->tensors[i].name, "stands twice");
  return 1;
}

static int check_metadata(reader *r, const weft_json *metadata) {
  int good = metadata->kind == WEFT_JSON_OBJECT;
  for (const weft_json *member = metadata->child; member && good; member = member->next)
    good = member->kind == WEFT_JSON_STRING;
  if (!good) weft_fail(r->error, WEFT_BAD_FORMAT, "%s: __metadata__ is no object of strings", r->path);
  return good;
}

static int read_members(reader *r, const weft_json *header, uint64_t data_size, weft_stored_file *out) {
  size_t count = 0;
  for (const weft_json *member = header->child; member; member = member->next) count++;
  out->tensors = WEFT_NEW(r->arena, weft_stored, count);
  if (!out->tensors) {
    weft_fail(r->error, WEFT_NO_MEMORY, "%s: out of memory", r->path);
    return 0;
  }
  for (const weft_json *member = header->child; member; member = member->next) {
    if (!strcmp(member->key, "__metadata__")) {
      if (out->metadata) {
        weft_fail(r->error, WEFT_BAD_FORMAT, "%s: __metadata__ stands twice", r->path);
        return 0;
      }
      if (!check_metadata(r, member)) return 0;
      out->metadata = member;
    } else if (!read_tensor(r, member, data_size, &out->tensors[out->count++])) {
      return 0;
    }
  }
  return check_tensors(r, out, data_size);
}

weft_status weft_stored_parse(const char *path, const void *content, size_t size, weft_arena *arena,
                              weft_stored_file *out, weft_error *error) {
  const unsigned char *bytes = content;
  uint64_t length = 0;
  weft_error own = {0};
  reader r = {path, arena, &own};
  *out = (weft_stored_file){0};
  if (size < LENGTH_BYTES)
    return weft_fail(error, WEFT_BAD_FORMAT, "%s: %zu bytes are no safetensors file", path, size);
  for (int i = LENGTH_BYTES - 1; i >= 0; i--) length = length << 8 | bytes[i];
  if (length > MAX_HEADER || length > size - LENGTH_BYTES)
    return weft_fail(error, WEFT_BAD_FORMAT, "%s: %s: a header of %llu bytes in a file of %zu", path,
                     length > MAX_HEADER ? "not a safetensors file" : "cut short", (unsigned long long)length, size);
  const char *text = (const char *)bytes + LENGTH_BYTES;
  weft_error json = {0};
  const weft_json *header = weft_json_parse(arena, text, (size_t)length, &json);
  if (!header) return weft_fail(error, json.status, "%s: header: %s", path, json.message);
  if (header->kind != WEFT_JSON_OBJECT) return weft_fail(error, WEFT_BAD_FORMAT, "%s: header: no JSON object", path);
  out->data = text + length;
  if (read_members(&r, header, size - LENGTH_BYTES - length, out)) return WEFT_OK;
  return weft_error_copy(error, &own);
}

const weft_stored *weft_stored_find(const weft_stored_file *file, const char *name) {
  weft_stored key = {.name = name};
  return file->count ? bsearch(&key, file->tensors, file->count, sizeof key, by_name) : NULL;
}
