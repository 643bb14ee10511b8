/* test_cache.c -- the program cache on disk: what is stored is loaded, what is damaged is a miss and goes. */
#include "support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char content[] = "the bytes of a program";
static char entry_path[4096];
static void remember(const char *path) { snprintf(entry_path, sizeof entry_path, "%s", path); }

static int loads(uint64_t key) {
  size_t size = 99;
  char *data = weft_cache_load("test", key, &size);
  if (data) cr_assert(size == sizeof content && !memcmp(data, content, size));
  if (!data) cr_assert(size == 0);
  free(data);
  return data != NULL;
}

Test(cache, stored_is_loaded) {
  char folder[64];
  fresh_cache(folder, sizeof folder);
  cr_assert(!loads(1));
  weft_cache_store("test", 1, content, sizeof content);
  cr_assert(loads(1) && loads(1));
  cr_assert(!loads(2));
  size_t size;
  cr_assert(weft_cache_load("spirv", 1, &size) == NULL, "another kind");
  weft_cache_store("test", 3, "", 0);
  char *empty = weft_cache_load("test", 3, &size);
  cr_assert(empty != NULL && size == 0);
  free(empty);
  cr_assert(each_file(folder, NULL) == 2, "temporary files are left");
  remove_cache(folder);
}

static long size_of(FILE *file) {
  fseek(file, 0, SEEK_END);
  return ftell(file);
}

/* Every byte counts: each one flipped, and every length, makes a miss that removes the file. */
Test(cache, damage_is_a_miss_and_is_removed) {
  char folder[64];
  fresh_cache(folder, sizeof folder);
  weft_cache_store("test", 1, content, sizeof content);
  each_file(folder, remember);
  FILE *file = fopen(entry_path, "rb");
  long size = size_of(file);
  fclose(file);
  for (long at = 0; at < size; at++) {
    weft_cache_store("test", 1, content, sizeof content);
    file = fopen(entry_path, "r+b");
    fseek(file, at, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, at, SEEK_SET);
    fputc(byte ^ 0x10, file);
    fclose(file);
    cr_assert(!loads(1), "byte %ld flipped", at);
    cr_assert(access(entry_path, F_OK) != 0, "byte %ld flipped", at);
    weft_cache_store("test", 1, content, sizeof content);
    cr_assert(truncate(entry_path, at) == 0);
    cr_assert(!loads(1), "cut to %ld", at);
    cr_assert(access(entry_path, F_OK) != 0, "cut to %ld", at);
  }
  weft_cache_store("test", 1, content, sizeof content);
  file = fopen(entry_path, "ab");
  fputc(0, file);
  fclose(file);
  cr_assert(!loads(1), "a byte too long");
  remove_cache(folder);
}

/* An entry under another's name: a wrong program must not be run. */
Test(cache, a_renamed_entry_is_a_miss) {
  char folder[64], other[8192];
  fresh_cache(folder, sizeof folder);
  weft_cache_store("test", 1, content, sizeof content);
  each_file(folder, remember);
  snprintf(other, sizeof other, "%s", entry_path);
  other[strlen(other) - 1] = '2';
  cr_assert(rename(entry_path, other) == 0);
  cr_assert(!loads(2) && !loads(1));
  remove_cache(folder);
}

Test(cache, can_be_off) {
  setenv("WEFT_CACHE", "off", 1);
  weft_cache_store("test", 1, content, sizeof content);
  cr_assert(!loads(1));
}

Test(cache, a_folder_that_cannot_be_written_is_no_failure) {
  setenv("WEFT_CACHE", "/dev/null/weft", 1);
  weft_cache_store("test", 1, content, sizeof content);
  cr_assert(!loads(1));
}
