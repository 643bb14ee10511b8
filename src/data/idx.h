/* idx.h -- IDX files (http://yann.lecun.com/exdb/mnist/, "the IDX file format"): MNIST's arrays of bytes. */
#ifndef WEFT_DATA_IDX_H
#define WEFT_DATA_IDX_H
#include "base/error.h"
#include <stddef.h>
#include <stdint.h>

typedef struct weft_idx {
  weft_shape shape;
  uint8_t *bytes; /* malloc'ed: weft_shape_size(shape) of them */
} weft_idx;

/* Reads an IDX file of unsigned bytes, gzipped or not. A failure names the file and what is wrong with it. */
weft_status weft_idx_read(const char *path, weft_idx *out, weft_error *error);
#endif
