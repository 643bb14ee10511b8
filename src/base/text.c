/* text.c -- text that grows by doubling. Numbers are written and read in the C locale whatever locale the program has
 * chosen: a decimal comma in a kernel's source or in a file would be a wrong number or an error. */
#include "base/text.h"
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(weft_text *text) {
  free(text->data);
  *text = (weft_text){.failed = 1};
}

/* Room for `more` bytes and a zero. */
static int reserve(weft_text *text, size_t more) {
  if (text->failed) return 0;
  if (more >= PTRDIFF_MAX - text->size) {
    fail(text);
    return 0;
  }
  size_t need = text->size + more + 1;
  if (need <= text->capacity) return 1;
  size_t capacity = text->capacity ? text->capacity : 64;
  while (capacity < need) capacity *= 2;
  char *data = realloc(text->data, capacity);
  if (!data) {
    fail(text);
    return 0;
  }
  text->data = data;
  text->capacity = capacity;
  return 1;
}

void weft_text_add_bytes(weft_text *text, const void *bytes, size_t size) {
  if (!reserve(text, size)) return;
  if (size) memcpy(text->data + text->size, bytes, size);
  text->size += size;
  text->data[text->size] = 0;
}

void weft_text_add(weft_text *text, const char *string) { weft_text_add_bytes(text, string, strlen(string)); }

void weft_text_printf(weft_text *text, const char *format, ...) {
  if (!reserve(text, 0)) return;
  va_list args;
  va_start(args, format);
  int length = vsnprintf(text->data + text->size, text->capacity - text->size, format, args);
  va_end(args);
  if (length < 0) {
    fail(text);
    return;
  }
  if ((size_t)length >= text->capacity - text->size) {
    if (!reserve(text, (size_t)length)) return;
    va_start(args, format);
    vsnprintf(text->data + text->size, (size_t)length + 1, format, args);
    va_end(args);
  }
  text->size += (size_t)length;
}

/* The number that str begins with under the C locale. */
double weft_text_to_double(const char *string, char **out_end) {
  locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
  if (c == (locale_t)0) return strtod(string, out_end);
  locale_t before = uselocale(c);
  double value = strtod(string, out_end);
  uselocale(before);
  freelocale(c);
  return value;
}

/* Up to 15 digits survive decimal -> double -> decimal, so that a short decimal, where there is one, is what %.15g
 * prints; 17 digits always suffice. */
static void shortest(char *buffer, size_t size, double value) {
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(buffer, size, "%.*g", digits, value);
    if (strtod(buffer, NULL) == value) return;
  }
}

void weft_text_double(weft_text *text, double value) {
  if (isnan(value) || isinf(value)) {
    weft_text_add(text, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
    return;
  }
  char buffer[40];
  locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0), before = (locale_t)0;
  if (c != (locale_t)0) before = uselocale(c);
  shortest(buffer, sizeof buffer, value);
  if (c != (locale_t)0) {
    uselocale(before);
    freelocale(c);
  }
  weft_text_add(text, buffer);
  if (!strpbrk(buffer, ".e")) weft_text_add(text, ".0");
}

void weft_text_clear(weft_text *text) {
  text->size = 0;
  if (text->data) text->data[0] = 0;
}

void weft_text_release(weft_text *text) {
  free(text->data);
  *text = (weft_text){0};
}
