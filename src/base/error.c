/* error.c -- the first failure stays. */
#include "base/error.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

weft_status weft_fail(weft_error *error, weft_status status, const char *format, ...) {
  assert(status != WEFT_OK);
  if (!error || error->status != WEFT_OK) return status;
  error->status = status;
  va_list args;
  va_start(args, format);
  if (vsnprintf(error->message, sizeof error->message, format, args) < 0) error->message[0] = 0;
  va_end(args);
  return status;
}

weft_status weft_error_copy(weft_error *to, const weft_error *from) {
  if (from->status != WEFT_OK && to != from) weft_fail(to, from->status, "%s", from->message);
  return from->status;
}
