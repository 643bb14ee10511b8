/* file.c -- whole files. A write goes to a temporary file in the same folder, which is synced and then renamed over the
 * target: a reader, a crash or a full disk sees the old content or the new one, never a part. */
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads to the end; the size a file system tells is only a first guess, since pipes and /proc tell none. */
static weft_status read_all(int fd, const char *path, size_t guess, void **out_data, size_t *out_size,
                            weft_error *error) {
  size_t size = 0, capacity = guess + 4096;
  char *data = malloc(capacity);
  while (data) {
    if (size + 1 >= capacity) {
      char *larger = capacity > SIZE_MAX / 2 ? NULL : realloc(data, capacity * 2);
      if (!larger) break;
      data = larger;
      capacity *= 2;
    }
    ssize_t got = read(fd, data + size, capacity - size - 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      weft_status status = weft_fail(error, WEFT_BAD_FILE, "%s: %s", path, strerror(errno));
      free(data);
      return status;
    }
    if (got == 0) {
      data[size] = 0;
      *out_data = data;
      *out_size = size;
      return WEFT_OK;
    }
    size += (size_t)got;
  }
  free(data);
  return weft_fail(error, WEFT_NO_MEMORY, "%s: no memory for its content", path);
}

weft_status weft_file_read(const char *path, void **out_data, size_t *out_size, weft_error *error) {
  *out_data = NULL;
  *out_size = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) < 0) {
    weft_status status = weft_fail(error, WEFT_BAD_FILE, "%s: %s", path, strerror(errno));
    if (fd >= 0) close(fd);
    return status;
  }
  size_t guess = S_ISREG(info.st_mode) && (uint64_t)info.st_size < PTRDIFF_MAX - 4096 ? (size_t)info.st_size : 0;
  weft_status status = read_all(fd, path, guess, out_data, out_size, error);
  close(fd);
  return status;
}

/* 0, or the error number. */
static int write_all(int fd, const char *data, size_t size) {
  while (size) {
    ssize_t done = write(fd, data, size < (size_t)1 << 30 ? size : (size_t)1 << 30);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return errno;
    if (done == 0) return ENOSPC;
    data += done;
    size -= (size_t)done;
  }
  return 0;
}

/* 0, or the error number. */
static int write_in_place(const char *path, const void *data, size_t size) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  int failure = write_all(fd, data, size);
  if (close(fd) < 0 && !failure) failure = errno;
  return failure;
}

/* Makes the rename itself durable; a file system that cannot do so is not an error. */
static void sync_folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
  int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
  free(folder);
}

/* 0, or the error number. mode 0 takes the umask's. */
static int write_beside(const char *path, const void *data, size_t size, mode_t mode) {
  static atomic_uint serial;
  size_t room = strlen(path) + 48;
  char *temporary = malloc(room);
  if (!temporary) return ENOMEM;
  int fd = -1;
  for (int tries = 0; tries < 100 && fd < 0; tries++) {
    snprintf(temporary, room, "%s.tmp-%ld-%u", path, (long)getpid(), atomic_fetch_add(&serial, 1));
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno != EEXIST) break;
  }
  if (fd < 0) {
    int failure = errno;
    free(temporary);
    return failure;
  }
  int failure = write_all(fd, data, size);
  if (!failure && mode && fchmod(fd, mode) < 0) failure = errno;
  if (!failure && fsync(fd) < 0 && errno != EINVAL) failure = errno;
  if (close(fd) < 0 && !failure) failure = errno;
  if (!failure && rename(temporary, path) < 0) failure = errno;
  if (failure)
    unlink(temporary);
  else
    sync_folder_of(path);
  free(temporary);
  return failure;
}

weft_status weft_file_write(const char *path, const void *data, size_t size, weft_error *error) {
  struct stat info;
  int exists = stat(path, &info) == 0, failure;
  if (exists && S_ISDIR(info.st_mode)) {
    failure = EISDIR;
  } else if (exists && !S_ISREG(info.st_mode)) {
    failure = write_in_place(path, data, size);
  } else {
    /* The rename must replace the file behind a symbolic link, not the link. */
    char *real = exists ? realpath(path, NULL) : NULL;
    failure = write_beside(real ? real : path, data, size, exists ? info.st_mode & 07777 : 0);
    free(real);
  }
  return failure ? weft_fail(error, WEFT_BAD_FILE, "%s: cannot write: %s", path, strerror(failure)) : WEFT_OK;
}

/* Makes every folder above the last component. */
static int make_folders(char *path) {
  for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    struct stat info;
    int failed = mkdir(path, 0777) < 0 && (stat(path, &info) < 0 || !S_ISDIR(info.st_mode));
    *slash = '/';
    if (failed) return 0;
  }
  return 1;
}

char *weft_cache_path(const char *name) {
  const char *own = getenv("WEFT_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  const char *folder, *below;
  if (own && *own) {
    if (!strcmp(own, "off")) return NULL;
    folder = own;
    below = "";
  } else if (xdg && *xdg == '/') { /* the XDG specification has relative paths ignored */
    folder = xdg;
    below = "/weft";
  } else if (home && *home) {
    folder = home;
    below = "/.cache/weft";
  } else {
    return NULL;
  }
  size_t room = strlen(folder) + strlen(below) + strlen(name) + 2;
  char *path = malloc(room);
  if (!path) return NULL;
  snprintf(path, room, "%s%s/%s", folder, below, name);
  if (make_folders(path)) return path;
  free(path);
  return NULL;
}
