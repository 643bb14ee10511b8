/* The environment's debug words. Each test is a process of its own, so that "read once" is seen anew. */
#include "base/debug.h"
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <limits.h>
#include <stdlib.h>

Test(debug, nothing_set) {
  unsetenv("WEFT_DEBUG");
  unsetenv("WEFT_SKIP");
  unsetenv("WEFT_PASSES");
  for (int i = 0; i < WEFT_DEBUG_COUNT; i++) cr_assert(!weft_debug((weft_debug_word)i));
  cr_assert_null(weft_debug_value(WEFT_DEBUG_DOT));
  cr_assert(!weft_debug_skips("fold"));
  cr_assert(weft_debug_pass_limit() == INT_MAX);
}

Test(debug, words_and_values) {
  setenv("WEFT_DEBUG", "graph,,dot=/tmp/a b.dot,plan", 1);
  cr_assert(weft_debug(WEFT_DEBUG_GRAPH) && weft_debug(WEFT_DEBUG_PLAN) && weft_debug(WEFT_DEBUG_DOT));
  cr_assert(!weft_debug(WEFT_DEBUG_KERNEL) && !weft_debug(WEFT_DEBUG_HELP));
  cr_assert_str_eq(weft_debug_value(WEFT_DEBUG_DOT), "/tmp/a b.dot");
}

Test(debug, is_read_once) {
  setenv("WEFT_DEBUG", "graph", 1);
  cr_assert(weft_debug(WEFT_DEBUG_GRAPH));
  setenv("WEFT_DEBUG", "plan", 1);
  cr_assert(weft_debug(WEFT_DEBUG_GRAPH) && !weft_debug(WEFT_DEBUG_PLAN));
}

Test(debug, unknown_words_are_told_once, .init = cr_redirect_stderr) {
  setenv("WEFT_DEBUG", "graph,grpah,dot,plan=7", 1);
  cr_assert(weft_debug(WEFT_DEBUG_GRAPH) && weft_debug(WEFT_DEBUG_GRAPH));
  cr_assert(!weft_debug(WEFT_DEBUG_DOT) && !weft_debug(WEFT_DEBUG_PLAN));
  fflush(stderr);
  cr_assert_stderr_eq_str("weft: WEFT_DEBUG: unknown word grpah (WEFT_DEBUG=help lists them)\n"
                          "weft: WEFT_DEBUG: dot needs =value\n"
                          "weft: WEFT_DEBUG: plan takes no value\n");
}

Test(debug, help_lists_the_words, .init = cr_redirect_stderr) {
  setenv("WEFT_DEBUG", "help", 1);
  cr_assert(weft_debug(WEFT_DEBUG_HELP));
  fflush(stderr);
  char text[4096] = {0};
  cr_assert(fread(text, 1, sizeof text - 1, cr_get_redirected_stderr()) > 0);
#define WORD(NAME, name, takes_value, doc) cr_assert(strstr(text, doc), "%s is missing", name);
#include "base/debug.def"
#undef WORD
}

Test(debug, skips_whole_names_only) {
  setenv("WEFT_SKIP", "fold,group", 1);
  cr_assert(weft_debug_skips("fold") && weft_debug_skips("group"));
  cr_assert(!weft_debug_skips("fol") && !weft_debug_skips("folds") && !weft_debug_skips("") &&
            !weft_debug_skips("fold,group"));
}

Test(debug, pass_limit) {
  setenv("WEFT_PASSES", "3", 1);
  cr_assert(weft_debug_pass_limit() == 3);
}

Test(debug, bad_pass_limit_is_told, .init = cr_redirect_stderr) {
  setenv("WEFT_PASSES", "three", 1);
  cr_assert(weft_debug_pass_limit() == INT_MAX);
  fflush(stderr);
  cr_assert_stderr_eq_str("weft: WEFT_PASSES=three is not a count of passes\n");
}
