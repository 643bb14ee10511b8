/* debug.h -- $WEFT_DEBUG: comma-separated words, read once. One row a word in debug.def. */
#ifndef WEFT_BASE_DEBUG_H
#define WEFT_BASE_DEBUG_H
#include <stdio.h>
typedef enum weft_debug_word {
#define WORD(NAME, name, takes_value, doc) WEFT_DEBUG_##NAME,
#include "base/debug.def"
#undef WORD
  WEFT_DEBUG_COUNT
} weft_debug_word;
/* Whether the word is set. WEFT_DEBUG=help prints the words to stderr once, at the first call. An unknown word is
 * reported once on stderr. */
int weft_debug(weft_debug_word word);
/* The value of word=value, or NULL. */
const char *weft_debug_value(weft_debug_word word);
/* Whether a pass, or what else can be left out (bundle, feed, grouped, join, once, recompute, share, waves, winograd),
 * is listed in $WEFT_SKIP. */
int weft_debug_skips(const char *name);
/* $WEFT_PASSES: how many passes may run; a large number when unset. */
int weft_debug_pass_limit(void);
#endif
