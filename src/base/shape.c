/* shape.c -- shapes as text. */
#include "base/shape.h"
#include <stdio.h>

const char *weft_shape_text(weft_shape shape, char *buffer, size_t size) {
  int rank = shape.rank < 0 ? 0 : shape.rank > WEFT_MAX_RANK ? WEFT_MAX_RANK : shape.rank;
  size_t used = (size_t)snprintf(buffer, size, "(");
  for (int d = 0; d < rank && used < size; d++)
    used += (size_t)snprintf(buffer + used, size - used, "%s%lld", d ? "," : "", (long long)shape.dims[d]);
  if (used < size) snprintf(buffer + used, size - used, ")");
  return buffer;
}
