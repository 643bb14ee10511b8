/* files.c -- see files.h. */
#include "files.h"
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef WEFT_HAVE_ZLIB
#include <zlib.h>
#endif

static char folder[64];

void enter_folder(void) {
  snprintf(folder, sizeof folder, "/tmp/weft-data-XXXXXX");
  cr_assert(mkdtemp(folder) && chdir(folder) == 0);
}

const char *folder_name(void) { return folder; }

void leave_folder(void) {
  DIR *directory = opendir(".");
  for (struct dirent *entry; (entry = readdir(directory));) remove(entry->d_name);
  closedir(directory);
  cr_assert(chdir("/") == 0 && rmdir(folder) == 0);
}

void write_file(const char *name, const void *data, size_t size) {
  FILE *file = fopen(name, "wb");
  cr_assert(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
}

size_t write_idx(const char *name, const uint32_t *sizes, uint8_t *out) {
  static uint8_t content[1 << 16];
  size_t rank = 0, elements = 1, at = 4;
  for (; sizes[rank]; rank++, elements *= sizes[rank - 1])
    for (int shift = 24; shift >= 0; shift -= 8) content[at++] = (uint8_t)(sizes[rank] >> shift);
  content[0] = content[1] = 0;
  content[2] = 8;
  content[3] = (uint8_t)rank;
  for (size_t i = 0; i < elements; i++) content[at++] = (uint8_t)(i % 251);
  write_file(name, content, at);
  if (out) memcpy(out, content, at);
  return at;
}

size_t write_gzipped(const char *name, const uint8_t *data, size_t size, uint8_t *out) {
#ifdef WEFT_HAVE_ZLIB
  static uint8_t packed[4096];
  z_stream stream = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)size};
  stream.next_out = packed;
  stream.avail_out = sizeof packed;
  cr_assert(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  cr_assert(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  size_t length = stream.total_out;
  deflateEnd(&stream);
  write_file(name, packed, length);
  if (out) memcpy(out, packed, length);
  return length;
#else
  (void)name, (void)data, (void)size, (void)out;
  cr_skip_test("built without zlib");
  return 0;
#endif
}

static void put_word(uint8_t *at, uint32_t word) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(word >> (24 - 8 * i));
}

void write_pair(const char *images, const char *classes, uint32_t count) {
  uint8_t *content = calloc(1, 16 + 4 * (size_t)count);
  memcpy(content, "\0\0\x08\x03", 4);
  put_word(content + 4, count);
  put_word(content + 8, 2);
  put_word(content + 12, 2);
  for (uint32_t i = 0; i < 4 * count; i++) content[16 + i] = (uint8_t)i;
  write_file(images, content, 16 + 4 * (size_t)count);
  memcpy(content, "\0\0\x08\x01", 4);
  for (uint32_t i = 0; i < count; i++) content[8 + i] = (uint8_t)(i % 7);
  write_file(classes, content, 8 + (size_t)count);
  free(content);
}
