/* embed.c -- lookups in the table of embedded files, and their #include lines. Drivers get one text without includes:
 * OpenCL's header programs and GLSL's include extension differ, and a text without them is what a person wants to see.
 */
#include "base/embed.h"
#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 16
#define MAX_PATH_LENGTH 256

const char *weft_embedded(const char *path) {
  for (const weft_embedded_file *file = weft_embedded_files; file->path; file++)
    if (!strcmp(file->path, path)) return file->text;
  return NULL;
}

const char *weft_embedded_path(size_t index) {
  const weft_embedded_file *file = weft_embedded_files;
  while (index && file->path) file++, index--;
  return file->path;
}

/* The name between quotes of an include line; its length, or 0 when the line is none. */
static size_t included_name(const char *line, size_t length, const char **out_name) {
  const char *end = line + length;
  while (line < end && (*line == ' ' || *line == '\t')) line++;
  if (line == end || *line++ != '#') return 0;
  while (line < end && (*line == ' ' || *line == '\t')) line++;
  if (end - line < 7 || memcmp(line, "include", 7)) return 0;
  for (line += 7; line < end && (*line == ' ' || *line == '\t');) line++;
  if (line == end || *line++ != '"') return 0;
  const char *close = memchr(line, '"', (size_t)(end - line));
  *out_name = line;
  return close ? (size_t)(close - line) : 0;
}

/* "a/b/../c" becomes "a/c". */
static void drop_parents(char *path) {
  for (char *up; (up = strstr(path, "/../"));) {
    char *start = up;
    while (start > path && start[-1] != '/') start--;
    memmove(start, up + 4, strlen(up + 4) + 1);
  }
}

/* The embedded file that `name` means inside `from`; NULL when there is none. */
static const char *find_included(const char *from, const char *name, size_t length, char *path) {
  const char *slash = strrchr(from, '/');
  int folder = slash ? (int)(slash - from) + 1 : 0;
  snprintf(path, MAX_PATH_LENGTH, "%.*s%.*s", folder, from, (int)length, name);
  drop_parents(path);
  if (weft_embedded(path)) return path;
  snprintf(path, MAX_PATH_LENGTH, "kernels/common/%.*s", (int)length, name);
  return weft_embedded(path) ? path : NULL;
}

static weft_status expand(weft_text *out, const char *path, const char *from, int depth, weft_error *error) {
  const char *text = weft_embedded(path);
  if (!text) return weft_fail(error, WEFT_INTERNAL, "no embedded file %s", path);
  if (depth > MAX_DEPTH) return weft_fail(error, WEFT_INTERNAL, "%s: included without an end from %s", path, from);
  while (*text) {
    size_t length = strcspn(text, "\n");
    const char *name;
    size_t name_length = included_name(text, length, &name);
    char included[MAX_PATH_LENGTH];
    if (!name_length) {
      weft_text_add_bytes(out, text, length);
      weft_text_add(out, "\n");
    } else if (find_included(path, name, name_length, included)) {
      weft_status status = expand(out, included, path, depth + 1, error);
      if (status != WEFT_OK) return status;
    } else {
      return weft_fail(error, WEFT_INTERNAL, "%s includes %.*s, which is not embedded", path, (int)name_length, name);
    }
    text += length + (text[length] == '\n');
  }
  return WEFT_OK;
}

weft_status weft_embedded_expand(weft_text *out, const char *path, weft_error *error) {
  weft_status status = expand(out, path, path, 0, error);
  if (status != WEFT_OK) return status;
  return out->failed ? weft_fail(error, WEFT_NO_MEMORY, "%s: out of memory", path) : WEFT_OK;
}
