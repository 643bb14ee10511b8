/* Files read whole and written atomically, the cache folder. */
#include "base/file.h"
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void enter_folder(void) {
  snprintf(folder, sizeof folder, "/tmp/weft-file-XXXXXX");
  cr_assert(mkdtemp(folder) && chdir(folder) == 0);
}

static int entries(void) {
  DIR *directory = opendir(".");
  int count = 0;
  for (struct dirent *entry; (entry = readdir(directory));) count += entry->d_name[0] != '.';
  closedir(directory);
  return count;
}

static void leave_folder(void) {
  DIR *directory = opendir(".");
  for (struct dirent *entry; (entry = readdir(directory));) remove(entry->d_name);
  closedir(directory);
  cr_assert(chdir("/") == 0);
  rmdir(folder);
}

TestSuite(file, .init = enter_folder, .fini = leave_folder);

static void expect_content(const char *path, const char *content, size_t size) {
  void *data;
  size_t got;
  weft_error error = {0};
  cr_assert(weft_file_read(path, &data, &got, &error) == WEFT_OK, "%s", error.message);
  cr_assert(got == size && !memcmp(data, content, size) && ((char *)data)[size] == 0);
  free(data);
}

Test(file, write_then_read) {
  static char large[3000000];
  for (size_t i = 0; i < sizeof large; i++) large[i] = (char)(i * 31 >> 3);
  cr_assert(weft_file_write("a", "one\0two", 7, NULL) == WEFT_OK);
  expect_content("a", "one\0two", 7);
  cr_assert(weft_file_write("a", large, sizeof large, NULL) == WEFT_OK);
  expect_content("a", large, sizeof large);
  cr_assert(weft_file_write("a", "", 0, NULL) == WEFT_OK);
  expect_content("a", "", 0);
  cr_assert(entries() == 1);
}

Test(file, missing_and_folder) {
  void *data;
  size_t size;
  weft_error missing = {0}, is_folder = {0}, unwritable = {0}, over_folder = {0};
  cr_assert(weft_file_read("none", &data, &size, &missing) == WEFT_BAD_FILE);
  cr_assert_str_eq(missing.message, "none: No such file or directory");
  cr_assert(!data && !size);
  cr_assert(weft_file_read(".", &data, &size, &is_folder) == WEFT_BAD_FILE);
  cr_assert(strstr(is_folder.message, "Is a directory"));
  cr_assert(weft_file_write("no/such/folder", "x", 1, &unwritable) == WEFT_BAD_FILE);
  cr_assert_str_eq(unwritable.message, "no/such/folder: cannot write: No such file or directory");
  cr_assert(weft_file_write(".", "x", 1, &over_folder) == WEFT_BAD_FILE);
  cr_assert(strstr(over_folder.message, "Is a directory"));
}

Test(file, files_without_a_size_are_read) {
  void *data;
  size_t size;
  cr_assert(weft_file_read("/proc/self/status", &data, &size, NULL) == WEFT_OK);
  cr_assert(size > 100 && strstr(data, "Pid:"));
  free(data);
}

Test(file, a_failed_write_keeps_the_old_content) {
  static char large[200000];
  cr_assert(weft_file_write("a", "old", 3, NULL) == WEFT_OK);
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit = {100000, RLIM_INFINITY};
  cr_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  weft_error error = {0};
  cr_assert(weft_file_write("a", large, sizeof large, &error) == WEFT_BAD_FILE);
  cr_assert_str_eq(error.message, "a: cannot write: File too large");
  limit.rlim_cur = RLIM_INFINITY;
  setrlimit(RLIMIT_FSIZE, &limit);
  expect_content("a", "old", 3);
  cr_assert(entries() == 1, "no temporary file is left");
}

Test(file, devices_are_written_in_place) {
  struct stat before, after;
  weft_error error = {0};
  cr_assert(stat("/dev/full", &before) == 0);
  cr_assert(weft_file_write("/dev/full", "x", 1, &error) == WEFT_BAD_FILE);
  cr_assert_str_eq(error.message, "/dev/full: cannot write: No space left on device");
  cr_assert(stat("/dev/full", &after) == 0 && S_ISCHR(after.st_mode) && before.st_ino == after.st_ino);
}

Test(file, mode_and_links_survive) {
  cr_assert(weft_file_write("a", "old", 3, NULL) == WEFT_OK);
  cr_assert(chmod("a", 0640) == 0 && symlink("a", "link") == 0);
  cr_assert(weft_file_write("link", "new", 3, NULL) == WEFT_OK);
  struct stat info;
  cr_assert(lstat("link", &info) == 0 && S_ISLNK(info.st_mode));
  cr_assert(stat("a", &info) == 0 && (info.st_mode & 0777) == 0640);
  expect_content("a", "new", 3);
}

Test(file, cache_folder) {
  setenv("WEFT_CACHE", "off", 1);
  cr_assert_null(weft_cache_path("x"));
  setenv("WEFT_CACHE", "cache", 1);
  char *path = weft_cache_path("kind/x.bin");
  cr_assert_str_eq(path, "cache/kind/x.bin");
  cr_assert(weft_file_write(path, "x", 1, NULL) == WEFT_OK);
  cr_assert(remove(path) == 0);
  free(path);
  cr_assert(rmdir("cache/kind") == 0);
  cr_assert(weft_file_write("cache/kind", "a file", 6, NULL) == WEFT_OK);
  cr_assert_null(weft_cache_path("kind/x.bin"));
  cr_assert(remove("cache/kind") == 0);
  unsetenv("WEFT_CACHE");
  setenv("XDG_CACHE_HOME", "relative", 1);
  setenv("HOME", folder, 1);
  path = weft_cache_path("x");
  char expected[128];
  snprintf(expected, sizeof expected, "%s/.cache/weft/x", folder);
  cr_assert_str_eq(path, expected);
  free(path);
  cr_assert(rmdir(".cache/weft") == 0 && rmdir(".cache") == 0);
  snprintf(expected, sizeof expected, "%s/xdg", folder);
  setenv("XDG_CACHE_HOME", expected, 1);
  path = weft_cache_path("x");
  snprintf(expected, sizeof expected, "%s/xdg/weft/x", folder);
  cr_assert_str_eq(path, expected);
  free(path);
  cr_assert(rmdir("xdg/weft") == 0);
  unsetenv("XDG_CACHE_HOME");
  unsetenv("HOME");
  cr_assert_null(weft_cache_path("x"));
}
