/* folder.h -- a folder of its own for each test. */
#ifndef TEST_IO_FOLDER_H
#define TEST_IO_FOLDER_H
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];

static void enter_folder(void) {
  snprintf(folder, sizeof folder, "/tmp/weft-io-XXXXXX");
  cr_assert(mkdtemp(folder) && chdir(folder) == 0);
}

/* Calls remove_too for each file, where it is not NULL; returns how many there are. */
static int each_file(int (*remove_too)(const char *)) {
  int count = 0;
  DIR *directory = opendir(".");
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (entry->d_name[0] == '.') continue;
    count++;
    if (remove_too) remove_too(entry->d_name);
  }
  closedir(directory);
  return count;
}

static void leave_folder(void) {
  each_file(remove);
  cr_assert(chdir("/") == 0 && rmdir(folder) == 0);
}

static inline void write_file(const char *name, const void *data, size_t size) {
  FILE *file = fopen(name, "wb");
  cr_assert(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
}

/* malloc'ed. */
static inline char *read_file(const char *name, size_t *out_size) {
  FILE *file = fopen(name, "rb");
  cr_assert(file && fseek(file, 0, SEEK_END) == 0);
  long size = ftell(file);
  rewind(file);
  char *data = malloc((size_t)size + 1);
  cr_assert(fread(data, 1, (size_t)size, file) == (size_t)size && fclose(file) == 0);
  data[size] = 0;
  *out_size = (size_t)size;
  return data;
}
#endif
