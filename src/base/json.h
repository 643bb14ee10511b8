/* json.h -- JSON written as a stream, and parsed into a tree (safetensors headers, tuning database). */
#ifndef WEFT_BASE_JSON_H
#define WEFT_BASE_JSON_H
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

/* Writer: commas and quoting are its business. Keys are NULL inside arrays and at the top. */
typedef struct weft_json_writer {
  weft_text text;
  int depth;
  char first[64];
} weft_json_writer; /* starts as {0} */
void weft_json_begin_object(weft_json_writer *w, const char *key);
void weft_json_end_object(weft_json_writer *w);
void weft_json_begin_array(weft_json_writer *w, const char *key);
void weft_json_end_array(weft_json_writer *w);
void weft_json_string(weft_json_writer *w, const char *key, const char *value);
void weft_json_number(weft_json_writer *w, const char *key, double value);
void weft_json_integer(weft_json_writer *w, const char *key, int64_t value);
void weft_json_bool(weft_json_writer *w, const char *key, int value);

typedef enum weft_json_kind {
  WEFT_JSON_NULL,
  WEFT_JSON_BOOL,
  WEFT_JSON_NUMBER,
  WEFT_JSON_STRING,
  WEFT_JSON_ARRAY,
  WEFT_JSON_OBJECT
} weft_json_kind;
typedef struct weft_json {
  weft_json_kind kind;
  const char *key;    /* member name, inside an object */
  const char *string; /* decoded, zero-ended; an embedded zero is refused */
  double number;      /* also 0 or 1 for a bool */
  struct weft_json *child, *next;
} weft_json;
/* Parses the whole text (RFC 8259; depth at most 64). Errors name line and column. The tree lives in the arena. */
weft_json *weft_json_parse(weft_arena *arena, const char *text, size_t size, weft_error *error);
/* Member of an object, or NULL. */
const weft_json *weft_json_get(const weft_json *object, const char *key);
#endif
