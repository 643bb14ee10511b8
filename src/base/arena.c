/* arena.c -- blocks in a list, each twice as large as the one before up to a limit; an allocation larger than a block
 * gets a block of its own behind the current one, so that the room left in the current one is not lost. */
#include "base/arena.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 16
#define FIRST_BLOCK ((size_t)4096)
#define LAST_BLOCK ((size_t)1 << 20)

typedef struct weft_arena_block {
  struct weft_arena_block *next;
  size_t used, capacity; /* bytes of data */
  _Alignas(ALIGNMENT) unsigned char data[];
} weft_arena_block;

static weft_arena_block *new_block(size_t capacity) {
  weft_arena_block *block = calloc(1, sizeof *block + capacity);
  if (block) block->capacity = capacity;
  return block;
}

void *weft_arena_alloc(weft_arena *arena, size_t size) {
  if (size > PTRDIFF_MAX / 2) return NULL;
  size = size ? (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;
  weft_arena_block *head = arena->head;
  if (!head || head->capacity - head->used < size) {
    size_t capacity = head ? head->capacity * 2 : FIRST_BLOCK;
    if (capacity > LAST_BLOCK) capacity = LAST_BLOCK;
    weft_arena_block *block = new_block(size > capacity / 2 ? size : capacity);
    if (!block) return NULL;
    if (head && size > capacity / 2) {
      block->next = head->next;
      head->next = block;
    } else {
      block->next = head;
      arena->head = block;
    }
    head = block;
  }
  void *memory = head->data + head->used;
  head->used += size;
  arena->bytes += size;
  return memory;
}

void *weft_arena_copy(weft_arena *arena, const void *data, size_t size) {
  void *copy = weft_arena_alloc(arena, size);
  if (copy && size) memcpy(copy, data, size);
  return copy;
}

char *weft_arena_text(weft_arena *arena, const char *text) { return weft_arena_copy(arena, text, strlen(text) + 1); }

char *weft_arena_printf(weft_arena *arena, const char *format, ...) {
  va_list args;
  va_start(args, format);
  int length = vsnprintf(NULL, 0, format, args);
  va_end(args);
  char *text = length < 0 ? NULL : weft_arena_alloc(arena, (size_t)length + 1);
  if (!text) return NULL;
  va_start(args, format);
  vsnprintf(text, (size_t)length + 1, format, args);
  va_end(args);
  return text;
}

void weft_arena_free(weft_arena *arena) {
  for (weft_arena_block *block = arena->head, *next; block; block = next) {
    next = block->next;
    free(block);
  }
  *arena = (weft_arena){0};
}
