/* status.c -- names of statuses and element types, sizes, the version. */
#include <weft/weft.h>

#define WEFT_STATUS(NAME, text) text,
static const char *const status_texts[] = {
#include <weft/status.def>
};
#undef WEFT_STATUS

_Static_assert(WEFT_OK == 0, "WEFT_OK must stand first in status.def");

static const struct {
  const char *name;
  size_t size;
} dtypes[] = {[WEFT_F32] = {"f32", sizeof(float)}, [WEFT_I32] = {"i32", sizeof(int32_t)}};
_Static_assert(sizeof dtypes / sizeof dtypes[0] == WEFT_DTYPE_COUNT, "a row a dtype");

const char *weft_status_text(weft_status status) {
  size_t count = sizeof status_texts / sizeof status_texts[0];
  return (size_t)status < count ? status_texts[status] : "unknown status";
}

const char *weft_dtype_name(weft_dtype dtype) {
  return (size_t)dtype < WEFT_DTYPE_COUNT ? dtypes[dtype].name : "unknown";
}

size_t weft_dtype_size(weft_dtype dtype) { return (size_t)dtype < WEFT_DTYPE_COUNT ? dtypes[dtype].size : 0; }

int64_t weft_shape_size(weft_shape shape) {
  int64_t size = 1;
  if (shape.rank < 0 || shape.rank > WEFT_MAX_RANK) return 0;
  for (int d = 0; d < shape.rank; d++) {
    if (shape.dims[d] < 1 || size > INT64_MAX / shape.dims[d]) return 0;
    size *= shape.dims[d];
  }
  return size;
}

const char *weft_version(void) { return WEFT_VERSION; }
