/* text.h -- text that grows. A failed allocation is sticky: data becomes NULL and further calls do nothing. */
#ifndef WEFT_BASE_TEXT_H
#define WEFT_BASE_TEXT_H
#include <stddef.h>

typedef struct weft_text {
  char *data;
  size_t size, capacity;
  int failed;
} weft_text; /* starts as {0}; data is zero-ended */

void weft_text_add(weft_text *text, const char *string);
void weft_text_add_bytes(weft_text *text, const void *bytes, size_t size);
void weft_text_printf(weft_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Shortest decimal that reads back as the same double (always with '.', 'e', or inf/nan: a C float literal without
 * suffix). */
void weft_text_double(weft_text *text, double value);
/* strtod() that takes '.' whatever the program's locale. */
double weft_text_to_double(const char *string, char **out_end);
void weft_text_clear(weft_text *text);   /* keeps the memory */
void weft_text_release(weft_text *text); /* frees it */
#endif
