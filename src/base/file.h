/* file.h -- files read whole and written atomically; the cache folder. */
#ifndef WEFT_BASE_FILE_H
#define WEFT_BASE_FILE_H
#include "base/error.h"
#include <stddef.h>
/* Reads a whole file; *out_data is malloc'ed with a zero byte after its end. */
weft_status weft_file_read(const char *path, void **out_data, size_t *out_size, weft_error *error);
/* Writes to a temporary file beside path, syncs, renames: path holds the old or the new content, never a part. On
 * failure (full disk included) the temporary file is removed. A path that is no regular file (/dev/stdout, a pipe) is
 * written in place. */
weft_status weft_file_write(const char *path, const void *data, size_t size, weft_error *error);
/* The path of the file `name` ("tuning.json", "spirv/0123.bin") in the cache folder: $WEFT_CACHE, else
 * $XDG_CACHE_HOME/weft, else ~/.cache/weft. The folders above the file are made when missing. NULL when there is no
 * cache (no home, not writable, WEFT_CACHE=off). malloc'ed. */
char *weft_cache_path(const char *name);
#endif
