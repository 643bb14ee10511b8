/* safetensors.h -- the header of a safetensors file, checked. */
#ifndef WEFT_IO_SAFETENSORS_H
#define WEFT_IO_SAFETENSORS_H
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

/* One tensor of a file. */
typedef struct weft_stored {
  const char *name, *dtype; /* "F32", "I32", "BF16", ... */
  weft_shape shape;
  int too_deep;        /* of more dimensions than weft_shape holds: shape is cut */
  uint64_t begin, end; /* bytes behind the header */
} weft_stored;

typedef struct weft_stored_file {
  weft_stored *tensors; /* sorted by name */
  size_t count;
  const weft_json *metadata; /* the __metadata__ object, or NULL */
  const char *data;          /* the bytes behind the header, in the text given */
} weft_stored_file;

/* Checks the whole header of a file's content: limits, JSON, names, dtypes, shapes, and that the tensors' bytes lie in
 * the file without overlap or gap. `path` is for messages. What is found lives in the arena. */
weft_status weft_stored_parse(const char *path, const void *content, size_t size, weft_arena *arena,
                              weft_stored_file *out, weft_error *error);
/* The tensor of that name, or NULL. */
const weft_stored *weft_stored_find(const weft_stored_file *file, const char *name);
/* "F32" for WEFT_F32. */
const char *weft_stored_dtype(weft_dtype dtype);
#endif
