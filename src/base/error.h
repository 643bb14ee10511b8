/* error.h -- a sticky error: the first failure stays, with its text. */
#ifndef WEFT_BASE_ERROR_H
#define WEFT_BASE_ERROR_H
#include <weft/weft.h>

typedef struct weft_error {
  weft_status status;
  char message[1024];
} weft_error; /* starts as {0} */

/* Keeps the failure unless one is kept already; returns the status given. error may be NULL. */
weft_status weft_fail(weft_error *error, weft_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Hands a kept failure on from one error to another; returns its status. */
weft_status weft_error_copy(weft_error *to, const weft_error *from);
#endif
