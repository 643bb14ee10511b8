/* cache.c -- compiled programs on disk, one file an entry: <cache folder>/<kind>/<key>. A file begins with a head that
 * tells kind, key, size and a checksum of the content. Whatever does not fit (a short file, a flipped bit, another
 * version's format) is removed and counts as a miss, so that damage costs a compilation and never a wrong program. */
#include "base/debug.h"
#include "base/file.h"
#include "base/hash.h"
#include "device/device.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct entry_head {
  char magic[8];
  uint64_t kind; /* hash of its name */
  uint64_t key;
  uint64_t size;     /* bytes after the head */
  uint64_t checksum; /* of the fields above and of the content */
} entry_head;
static const char magic[8] = {'w', 'e', 'f', 't', 'c', 'c', '0', '1'};

static uint64_t checksum_of(const entry_head *head, const void *data) {
  uint64_t hash = weft_hash(WEFT_HASH_SEED, head, offsetof(entry_head, checksum));
  return weft_hash(hash, data, (size_t)head->size);
}

static entry_head head_of(const char *kind, uint64_t key, const void *data, size_t size) {
  entry_head head = {.kind = weft_hash_text(WEFT_HASH_SEED, kind), .key = key, .size = size};
  memcpy(head.magic, magic, sizeof magic);
  head.checksum = checksum_of(&head, data);
  return head;
}

static char *path_of(const char *kind, uint64_t key) {
  char name[64];
  snprintf(name, sizeof name, "%s/%016" PRIx64, kind, key);
  return weft_cache_path(name);
}

static void tell(const char *what, const char *kind, uint64_t key) {
  if (weft_debug(WEFT_DEBUG_CACHE)) fprintf(stderr, "weft: cache: %s %s/%016" PRIx64 "\n", what, kind, key);
}

void *weft_cache_load(const char *kind, uint64_t key, size_t *out_size) {
  *out_size = 0;
  char *path = path_of(kind, key);
  if (!path) return NULL;
  void *file = NULL;
  size_t size = 0;
  if (weft_file_read(path, &file, &size, NULL) != WEFT_OK) {
    tell("miss", kind, key);
    free(path);
    return NULL;
  }
  entry_head head = {{0}};
  if (size >= sizeof head) memcpy(&head, file, sizeof head);
  char *content = (char *)file + sizeof head;
  entry_head expected;
  int good = size >= sizeof head && head.size == size - sizeof head;
  if (good) {
    expected = head_of(kind, key, content, size - sizeof head);
    good = !memcmp(&head, &expected, sizeof head);
  }
  if (good) {
    memmove(file, content, size - sizeof head);
    *out_size = size - sizeof head;
    tell("hit", kind, key);
  } else {
    tell("damaged, removed", kind, key);
    unlink(path);
    free(file);
    file = NULL;
  }
  free(path);
  return file;
}

int weft_cache_read(const char *kind, uint64_t key, void *out, size_t size) {
  size_t found = 0;
  void *data = weft_cache_load(kind, key, &found);
  int good = data && found == size;
  if (good) memcpy(out, data, size);
  free(data);
  return good;
}

void weft_cache_store(const char *kind, uint64_t key, const void *data, size_t size) {
  char *path = path_of(kind, key);
  char *file = path ? malloc(sizeof(entry_head) + size) : NULL;
  if (file) {
    entry_head head = head_of(kind, key, data, size);
    memcpy(file, &head, sizeof head);
    memcpy(file + sizeof head, data, size);
    int stored = weft_file_write(path, file, sizeof head + size, NULL) == WEFT_OK;
    tell(stored ? "stored" : "cannot store", kind, key);
  }
  free(file);
  free(path);
}
