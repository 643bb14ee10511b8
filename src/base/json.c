/* json.c -- a JSON writer without a tree and a recursive-descent parser into one (RFC 8259). Nothing a file holds can
 * do harm: depth is bounded, texts must be UTF-8, and what no C text can hold (an embedded zero) is refused. */
#include "base/json.h"
#include <assert.h>
#include <math.h>
#include <string.h>

#define MAX_DEPTH 64

/* ---- writer ---- */

static void quote(weft_text *text, const char *string) {
  weft_text_add(text, "\"");
  for (const char *at = string; *at;) {
    size_t plain = 0;
    while ((unsigned char)at[plain] >= 0x20 && at[plain] != '"' && at[plain] != '\\') plain++;
    weft_text_add_bytes(text, at, plain);
    at += plain;
    if (!*at) break;
    if (*at == '"' || *at == '\\')
      weft_text_printf(text, "\\%c", *at);
    else if (*at == '\n')
      weft_text_add(text, "\\n");
    else
      weft_text_printf(text, "\\u%04x", (unsigned)(unsigned char)*at);
    at++;
  }
  weft_text_add(text, "\"");
}

/* What stands before every value: a comma after an earlier one, and the key. */
static void lead(weft_json_writer *w, const char *key) {
  if (w->depth > 0 && !w->first[w->depth]) weft_text_add(&w->text, ",");
  w->first[w->depth] = 0;
  if (!key) return;
  quote(&w->text, key);
  weft_text_add(&w->text, ":");
}

static void begin(weft_json_writer *w, const char *key, const char *bracket) {
  lead(w, key);
  weft_text_add(&w->text, bracket);
  assert(w->depth + 1 < (int)sizeof w->first);
  w->first[++w->depth] = 1;
}

static void end(weft_json_writer *w, const char *bracket) {
  assert(w->depth > 0);
  w->depth--;
  weft_text_add(&w->text, bracket);
}

void weft_json_begin_object(weft_json_writer *w, const char *key) { begin(w, key, "{"); }
void weft_json_end_object(weft_json_writer *w) { end(w, "}"); }
void weft_json_begin_array(weft_json_writer *w, const char *key) { begin(w, key, "["); }
void weft_json_end_array(weft_json_writer *w) { end(w, "]"); }

void weft_json_string(weft_json_writer *w, const char *key, const char *value) {
  lead(w, key);
  quote(&w->text, value);
}

void weft_json_number(weft_json_writer *w, const char *key, double value) {
  lead(w, key);
  if (isfinite(value))
    weft_text_double(&w->text, value);
  else
    weft_text_add(&w->text, "null");
}

void weft_json_integer(weft_json_writer *w, const char *key, int64_t value) {
  lead(w, key);
  weft_text_printf(&w->text, "%lld", (long long)value);
}

void weft_json_bool(weft_json_writer *w, const char *key, int value) {
  lead(w, key);
  weft_text_add(&w->text, value ? "true" : "false");
}

/* ---- parser ---- */

typedef struct parser {
  weft_arena *arena;
  weft_error *error;
  const char *begin, *at, *end;
  int depth;
} parser;

/* Always 0. */
static int fail_at(parser *p, const char *where, const char *what) {
  int line = 1;
  const char *start = p->begin;
  for (const char *c = p->begin; c < where; c++)
    if (*c == '\n') line++, start = c + 1;
  weft_fail(p->error, WEFT_BAD_FORMAT, "JSON line %d column %d: %s", line, (int)(where - start) + 1, what);
  return 0;
}

static int out_of_memory(parser *p) {
  weft_fail(p->error, WEFT_NO_MEMORY, "JSON: out of memory");
  return 0;
}

static void skip_space(parser *p) {
  while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r')) p->at++;
}

static int next_is(const parser *p, char c) { return p->at < p->end && *p->at == c; }

/* Four hexadecimal digits; -1 when there are none. */
static long hex4(parser *p) {
  long value = 0;
  if (p->end - p->at < 4) return -1;
  for (int i = 0; i < 4; i++) {
    char c = *p->at++;
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

static char *put_utf8(char *out, unsigned long code) {
  if (code < 0x80) {
    *out++ = (char)code;
  } else if (code < 0x800) {
    *out++ = (char)(0xc0 | code >> 6);
    *out++ = (char)(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    *out++ = (char)(0xe0 | code >> 12);
    *out++ = (char)(0x80 | (code >> 6 & 0x3f));
    *out++ = (char)(0x80 | (code & 0x3f));
  } else {
    *out++ = (char)(0xf0 | code >> 18);
    *out++ = (char)(0x80 | (code >> 12 & 0x3f));
    *out++ = (char)(0x80 | (code >> 6 & 0x3f));
    *out++ = (char)(0x80 | (code & 0x3f));
  }
  return out;
}

/* Length of the UTF-8 sequence at p->at; 0 when it is malformed, overlong or a surrogate. */
static int utf8_length(const parser *p) {
  const unsigned char *s = (const unsigned char *)p->at;
  int length = s[0] < 0x80                   ? 1
               : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
               : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
               : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                             : 0;
  if (length == 0 || p->end - p->at < length) return 0;
  for (int i = 1; i < length; i++)
    if ((s[i] & 0xc0) != 0x80) return 0;
  if (length == 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0))) return 0;
  if (length == 4 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))) return 0;
  return length;
}

/* The escape behind a backslash; NULL after a failure. */
static char *parse_escape(parser *p, char *out) {
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  const char *where = p->at - 1;
  if (p->at < p->end && *p->at && strchr(names, *p->at)) {
    *out++ = values[strchr(names, *p->at++) - names];
    return out;
  }
  if (!next_is(p, 'u')) return fail_at(p, where, "unknown escape"), NULL;
  p->at++;
  long code = hex4(p);
  if (code >= 0xd800 && code < 0xdc00 && p->end - p->at >= 2 && p->at[0] == '\\' && p->at[1] == 'u') {
    p->at += 2;
    long low = hex4(p);
    code = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : -1;
  } else if (code >= 0xd800 && code < 0xe000) {
    code = -1;
  }
  if (code < 0) return fail_at(p, where, "bad \\u escape"), NULL;
  if (code == 0) return fail_at(p, where, "zero character in a string"), NULL;
  return put_utf8(out, (unsigned long)code);
}

/* The string at p->at, which is a quote; NULL after a failure. */
static const char *parse_string(parser *p) {
  const char *where = p->at++, *close = p->at;
  while (close < p->end && *close != '"') close += *close == '\\' ? 2 : 1;
  if (close >= p->end) return fail_at(p, where, "string without an end"), NULL;
  char *text = weft_arena_alloc(p->arena, (size_t)(close - p->at) + 1), *out = text;
  if (!text) return out_of_memory(p), NULL;
  while (p->at < close) {
    if ((unsigned char)*p->at < 0x20) return fail_at(p, p->at, "control character in a string"), NULL;
    if (*p->at == '\\') {
      p->at++;
      out = parse_escape(p, out);
      if (!out) return NULL;
      continue;
    }
    int length = utf8_length(p);
    if (!length) return fail_at(p, p->at, "not UTF-8"), NULL;
    memcpy(out, p->at, (size_t)length);
    out += length;
    p->at += length;
  }
  p->at = close + 1;
  return text;
}

static const char *skip_digits(const char *at, const char *end) {
  while (at < end && *at >= '0' && *at <= '9') at++;
  return at;
}

static int parse_number(parser *p, weft_json *value) {
  const char *start = p->at, *at = start + (*start == '-'), *digits = at;
  at = skip_digits(at, p->end);
  if (at == digits) return fail_at(p, start, "a value expected");
  if (*digits == '0' && at - digits > 1) return fail_at(p, start, "number with a leading zero");
  if (at < p->end && *at == '.') {
    digits = at + 1;
    at = skip_digits(digits, p->end);
    if (at == digits) return fail_at(p, start, "no digit behind the decimal point");
  }
  if (at < p->end && (*at == 'e' || *at == 'E')) {
    at++;
    if (at < p->end && (*at == '+' || *at == '-')) at++;
    digits = at;
    at = skip_digits(at, p->end);
    if (at == digits) return fail_at(p, start, "no digit in the exponent");
  }
  size_t length = (size_t)(at - start);
  char *text = weft_arena_alloc(p->arena, length + 1);
  if (!text) return out_of_memory(p);
  memcpy(text, start, length);
  value->kind = WEFT_JSON_NUMBER;
  value->number = weft_text_to_double(text, NULL);
  p->at = at;
  return 1;
}

static int parse_word(parser *p, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(p->end - p->at) < length || memcmp(p->at, word, length)) return fail_at(p, p->at, "a value expected");
  p->at += length;
  return 1;
}

static weft_json *parse_value(parser *p);

/* Members or elements up to the closing bracket. */
static int parse_list(parser *p, weft_json *list, char close) {
  weft_json **tail = &list->child;
  const char *open = p->at++;
  if (++p->depth > MAX_DEPTH) return fail_at(p, open, "nested deeper than 64");
  skip_space(p);
  if (!next_is(p, close)) {
    for (;;) {
      const char *key = NULL;
      skip_space(p);
      if (close == '}') {
        if (!next_is(p, '"')) return fail_at(p, p->at, "a member's name expected");
        key = parse_string(p);
        if (!key) return 0;
        skip_space(p);
        if (!next_is(p, ':')) return fail_at(p, p->at, "':' expected");
        p->at++;
      }
      *tail = parse_value(p);
      if (!*tail) return 0;
      (*tail)->key = key;
      tail = &(*tail)->next;
      skip_space(p);
      if (!next_is(p, ',')) break;
      p->at++;
    }
  }
  if (!next_is(p, close)) return fail_at(p, p->at, close == '}' ? "',' or '}' expected" : "',' or ']' expected");
  p->at++;
  p->depth--;
  return 1;
}

static weft_json *parse_value(parser *p) {
  skip_space(p);
  if (p->at >= p->end) return fail_at(p, p->at, "a value expected"), NULL;
  weft_json *value = WEFT_NEW(p->arena, weft_json, 1);
  if (!value) return out_of_memory(p), NULL;
  int good = 1;
  switch (*p->at) {
  case '{':
    value->kind = WEFT_JSON_OBJECT;
    good = parse_list(p, value, '}');
    break;
  case '[':
    value->kind = WEFT_JSON_ARRAY;
    good = parse_list(p, value, ']');
    break;
  case '"':
    value->kind = WEFT_JSON_STRING;
    good = (value->string = parse_string(p)) != NULL;
    break;
  case 't':
    value->kind = WEFT_JSON_BOOL;
    value->number = 1;
    good = parse_word(p, "true");
    break;
  case 'f':
    value->kind = WEFT_JSON_BOOL;
    good = parse_word(p, "false");
    break;
  case 'n':
    value->kind = WEFT_JSON_NULL;
    good = parse_word(p, "null");
    break;
  default: good = parse_number(p, value); break;
  }
  return good ? value : NULL;
}

weft_json *weft_json_parse(weft_arena *arena, const char *text, size_t size, weft_error *error) {
  parser p = {.arena = arena, .error = error, .begin = text, .at = text, .end = text + size};
  weft_json *value = parse_value(&p);
  if (!value) return NULL;
  skip_space(&p);
  if (p.at < p.end) return fail_at(&p, p.at, "text behind the value"), NULL;
  return value;
}

const weft_json *weft_json_get(const weft_json *object, const char *key) {
  if (!object || object->kind != WEFT_JSON_OBJECT) return NULL;
  for (const weft_json *member = object->child; member; member = member->next)
    if (!strcmp(member->key, key)) return member;
  return NULL;
}
