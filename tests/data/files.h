/* files.h -- a folder of its own for each test, and IDX files in it. */
#ifndef TEST_DATA_FILES_H
#define TEST_DATA_FILES_H
#include <stddef.h>
#include <stdint.h>

/* Makes a folder and goes there; removes it with everything in it. */
void enter_folder(void);
void leave_folder(void);
const char *folder_name(void);
void write_file(const char *name, const void *data, size_t size);
/* An IDX file of byte i = i % 251; sizes end with 0. Returns its length, and the content in out when not NULL. */
size_t write_idx(const char *name, const uint32_t *sizes, uint8_t *out);
/* The same bytes, gzipped (needs zlib). Returns the length of what was written, up to 4096 bytes of it in out. */
size_t write_gzipped(const char *name, const uint8_t *data, size_t size, uint8_t *out);
/* One image of 2 x 2 pixels and one class a sample: pixels 4i .. 4i + 3, class i % 7. */
void write_pair(const char *images, const char *classes, uint32_t count);
#endif
