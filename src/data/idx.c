/* idx.c -- IDX files: two zero bytes, the element type, the rank, the sizes as big-endian words, the elements.
 *
 * A gzipped file is inflated header first: the header says how many bytes must follow, so that exactly those are
 * allocated, and a damaged or hostile file can neither overrun nor exhaust the memory. */
#include "data/idx.h"
#include "base/file.h"
#include "base/shape.h"
#include <stdlib.h>
#include <string.h>
#ifdef WEFT_HAVE_ZLIB
#include <zlib.h>
#endif

#define UNSIGNED_BYTES 0x08
#define MAX_HEADER (4 + 4 * WEFT_MAX_RANK)

/* Where the bytes come from: the file itself, or its inflated content. */
typedef struct source {
  const char *path;
  const uint8_t *at, *end; /* what is left of the file */
  weft_error *error;
#ifdef WEFT_HAVE_ZLIB
  int gzipped, ended;
  z_stream stream;
#endif
} source;

#ifdef WEFT_HAVE_ZLIB
#define WINDOW_GZIP (15 + 16)

/* Bytes inflated into out, fewer than size only at the end or after a failure. */
static size_t inflate_some(source *s, uint8_t *out, size_t size) {
  size_t done = 0;
  while (done < size && !s->ended) {
    size_t in = (size_t)(s->end - s->at), room = size - done;
    s->stream.next_in = (Bytef *)(uintptr_t)s->at; /* zlib reads it only */
    s->stream.avail_in = in > 1 << 30 ? 1 << 30 : (uInt)in;
    s->stream.next_out = out + done;
    s->stream.avail_out = room > 1 << 30 ? 1 << 30 : (uInt)room;
    int result = inflate(&s->stream, Z_NO_FLUSH);
    s->at = s->stream.next_in;
    done = (size_t)(s->stream.next_out - out);
    if (result == Z_STREAM_END) {
      /* A gzip file may hold several members, one behind the other. */
      s->ended = s->at == s->end;
      if (!s->ended) inflateReset(&s->stream);
    } else if (result == Z_BUF_ERROR || (result == Z_OK && s->at == s->end && done < size && s->stream.avail_out)) {
      weft_fail(s->error, WEFT_BAD_FORMAT, "%s: cut short inside its gzip data", s->path);
      return done;
    } else if (result == Z_MEM_ERROR) {
      weft_fail(s->error, WEFT_NO_MEMORY, "%s: no memory to inflate it", s->path);
      return done;
    } else if (result != Z_OK) {
      weft_fail(s->error, WEFT_BAD_FORMAT, "%s: damaged gzip data (%s)", s->path,
                s->stream.msg ? s->stream.msg : "not a deflate stream");
      return done;
    }
  }
  return done;
}
#endif

static size_t read_some(source *s, uint8_t *out, size_t size) {
#ifdef WEFT_HAVE_ZLIB
  if (s->gzipped) return inflate_some(s, out, size);
#endif
  size_t left = (size_t)(s->end - s->at), count = size < left ? size : left;
  memcpy(out, s->at, count);
  s->at += count;
  return count;
}

/* The sizes; 0 after a failure. */
static int read_header(source *s, weft_shape *out_shape) {
  uint8_t header[MAX_HEADER];
  const char *path = s->path;
  size_t got = read_some(s, header, 4);
  if (s->error->status != WEFT_OK) return 0;
  if (got < 4 || header[0] || header[1]) return weft_fail(s->error, WEFT_BAD_FORMAT, "%s: not an IDX file", path), 0;
  if (header[2] != UNSIGNED_BYTES)
    return weft_fail(s->error, WEFT_BAD_FORMAT, "%s: IDX element type 0x%02x; unsigned bytes (0x08) are read", path,
                     header[2]),
           0;
  int rank = header[3];
  if (rank < 1 || rank > WEFT_MAX_RANK)
    return weft_fail(s->error, WEFT_BAD_FORMAT, "%s: IDX data of %d dimensions; 1 to %d are read", path, rank,
                     WEFT_MAX_RANK),
           0;
  got = read_some(s, header + 4, 4 * (size_t)rank);
  if (s->error->status != WEFT_OK) return 0;
  if (got < 4 * (size_t)rank) return weft_fail(s->error, WEFT_BAD_FORMAT, "%s: cut short inside its header", path), 0;
  *out_shape = (weft_shape){.rank = rank};
  int64_t size = 1;
  for (int d = 0; d < rank; d++) {
    const uint8_t *word = header + 4 + 4 * d;
    int64_t dim = (int64_t)word[0] << 24 | word[1] << 16 | word[2] << 8 | word[3];
    if (dim < 1 || size > (PTRDIFF_MAX - MAX_HEADER) / dim)
      return weft_fail(s->error, WEFT_BAD_FORMAT, "%s: dimension %d has the size %lld", path, d, (long long)dim), 0;
    out_shape->dims[d] = dim;
    size *= dim;
  }
  return 1;
}

/* Deflate cannot pack 1032 bytes into less than one. */
static int64_t most_bytes(const source *s) {
  int64_t left = s->end - s->at;
#ifdef WEFT_HAVE_ZLIB
  if (s->gzipped) return left > INT64_MAX / 2048 ? INT64_MAX : (left + 1) * 1032 + (64 << 10);
#endif
  return left;
}

static weft_status read_elements(source *s, weft_idx *out) {
  char shape[96];
  weft_shape_text(out->shape, shape, sizeof shape);
  int64_t size = weft_shape_size(out->shape), got = 0;
  uint8_t *bytes = NULL, extra;
  if (size <= most_bytes(s)) {
    bytes = malloc((size_t)size);
    if (!bytes) return weft_fail(s->error, WEFT_NO_MEMORY, "%s: no memory for %s bytes", s->path, shape);
    got = (int64_t)read_some(s, bytes, (size_t)size);
  } else {
    got = most_bytes(s);
  }
  if (s->error->status == WEFT_OK && (!bytes || got < size))
    weft_fail(s->error, WEFT_BAD_FORMAT, "%s: cut short: its header says %s, %lld bytes; there are %s%lld", s->path,
              shape, (long long)size, bytes ? "" : "at most ", (long long)got);
  if (s->error->status == WEFT_OK && read_some(s, &extra, 1))
    weft_fail(s->error, WEFT_BAD_FORMAT, "%s: longer than the %s bytes of its header", s->path, shape);
  if (s->error->status == WEFT_OK)
    out->bytes = bytes;
  else
    free(bytes);
  return s->error->status;
}

weft_status weft_idx_read(const char *path, weft_idx *out, weft_error *error) {
  void *data;
  size_t size;
  weft_error own = {0};
  *out = (weft_idx){0};
  if (weft_file_read(path, &data, &size, &own) != WEFT_OK) return weft_error_copy(error, &own);
  source s = {.path = path, .at = data, .end = (const uint8_t *)data + size, .error = &own};
  int gzipped = size >= 2 && s.at[0] == 0x1f && s.at[1] == 0x8b;
#ifdef WEFT_HAVE_ZLIB
  s.gzipped = gzipped;
  if (gzipped && inflateInit2(&s.stream, WINDOW_GZIP) != Z_OK) {
    free(data);
    return weft_fail(error, WEFT_NO_MEMORY, "%s: no memory to inflate it", path);
  }
#else
  if (gzipped) {
    free(data);
    return weft_fail(error, WEFT_NO_FEATURE, "%s: gzipped, and this weft was built without zlib", path);
  }
#endif
  if (read_header(&s, &out->shape)) read_elements(&s, out);
#ifdef WEFT_HAVE_ZLIB
  if (gzipped) inflateEnd(&s.stream);
#endif
  free(data);
  return weft_error_copy(error, &own);
}
