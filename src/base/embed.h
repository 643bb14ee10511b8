/* embed.h -- the files of kernels/ and shaders/, built into the library by tools/embed. */
#ifndef WEFT_BASE_EMBED_H
#define WEFT_BASE_EMBED_H
#include "base/error.h"
#include "base/text.h"

/* Text of an embedded file: "kernels/gemm.cl", "shaders/prelude.glsl"; NULL when there is none of that name. */
const char *weft_embedded(const char *path);
/* Path of the index-th embedded file, in alphabetical order; NULL behind the last. */
const char *weft_embedded_path(size_t index);
/* Adds the file's text to out with each line #include "x" replaced by the text of x, and so on inside it. x is looked
 * for in the folder of the file that names it, then in kernels/common/. Fails: a file is missing, or they include each
 * other without an end. */
weft_status weft_embedded_expand(weft_text *out, const char *path, weft_error *error);

/* The table that tools/embed writes, sorted by path and ended by a NULL path. */
typedef struct weft_embedded_file {
  const char *path, *text;
} weft_embedded_file;
extern const weft_embedded_file weft_embedded_files[];
#endif
