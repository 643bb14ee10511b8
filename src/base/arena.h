/* arena.h -- memory with one owner: many allocations, one free. Blocks grow; allocations are zeroed, aligned to 16. */
#ifndef WEFT_BASE_ARENA_H
#define WEFT_BASE_ARENA_H
#include <stddef.h>

typedef struct weft_arena {
  struct weft_arena_block *head;
  size_t bytes;
} weft_arena; /* starts as {0} */

/* Zeroed memory, or NULL when there is none. size 0 gives a valid pointer. */
void *weft_arena_alloc(weft_arena *arena, size_t size);
/* A copy of bytes, or of a text with its zero. */
void *weft_arena_copy(weft_arena *arena, const void *data, size_t size);
char *weft_arena_text(weft_arena *arena, const char *text);
/* printf into the arena. */
char *weft_arena_printf(weft_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Frees everything; the arena is empty again. */
void weft_arena_free(weft_arena *arena);

#define WEFT_NEW(arena, type, count) ((type *)weft_arena_alloc((arena), sizeof(type) * (size_t)(count)))
#endif
