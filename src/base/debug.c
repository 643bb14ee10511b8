/* debug.c -- the environment's debug words, parsed once and then read without a lock. */
#include "base/debug.h"
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  int takes_value;
  const char *doc;
} words[WEFT_DEBUG_COUNT] = {
#define WORD(NAME, name, takes_value, doc) {name, takes_value, doc},
#include "base/debug.def"
#undef WORD
};

/* Lives as long as the process: values are handed out. */
static struct {
  int set[WEFT_DEBUG_COUNT];
  const char *value[WEFT_DEBUG_COUNT];
  char *text, *skips;
  int pass_limit;
} state;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_word(char *word) {
  char *value = strchr(word, '=');
  if (value) *value++ = 0;
  for (int i = 0; i < WEFT_DEBUG_COUNT; i++) {
    if (strcmp(words[i].name, word)) continue;
    if (words[i].takes_value != (value && *value)) {
      fprintf(stderr, "weft: WEFT_DEBUG: %s %s\n", word, words[i].takes_value ? "needs =value" : "takes no value");
      return;
    }
    state.set[i] = 1;
    state.value[i] = value;
    return;
  }
  fprintf(stderr, "weft: WEFT_DEBUG: unknown word %s (WEFT_DEBUG=help lists them)\n", word);
}

static void print_help(void) {
  fprintf(stderr, "weft: words of WEFT_DEBUG, separated by commas:\n");
  for (int i = 0; i < WEFT_DEBUG_COUNT; i++) fprintf(stderr, "  %-8s %s\n", words[i].name, words[i].doc);
  fprintf(stderr, "  also: WEFT_SKIP=word,word leaves out passes (WEFT_DEBUG=pass names them), or\n"
                  "          bundle     small maps in one launch, on GPUs (each is launched alone)\n"
                  "          feed       large writes ahead of their turn (they go when it comes, on the one queue)\n"
                  "          gates      cells in the products that make their gates, on GPUs (each is launched alone)\n"
                  "          grouped, winograd  kernels of their own for convolutions\n"
                  "          hold       short replays in few submissions, on Vulkan (each is submitted at once)\n"
                  "          join       kernels in few launches (each is launched alone)\n"
                  "          once       what does not change is computed once (it is in every run)\n"
                  "          prologue   operands computed in the products that read them, on GPUs (they are stored)\n"
                  "          recompute  cheap values are computed again (they are kept, for speed)\n"
                  "          share      memory that host and device share (it lies apart, as on a card)\n"
                  "          strassen   products by weights that stay, in fewer multiplications (as plain sums)\n"
                  "          waves      steps side by side (they keep their order)\n"
                  "weft: all variables:\n");
#define VARIABLE(name, value, doc) fprintf(stderr, "  %-19s %s\n", name "=" value, doc);
#include "base/environment.def"
#undef VARIABLE
}

static void read_environment(void) {
  const char *debug = getenv("WEFT_DEBUG"), *skip = getenv("WEFT_SKIP"), *passes = getenv("WEFT_PASSES");
  state.pass_limit = INT_MAX;
  if (passes && *passes) {
    char *end;
    long limit = strtol(passes, &end, 10);
    if (*end || limit < 0 || limit > INT_MAX)
      fprintf(stderr, "weft: WEFT_PASSES=%s is not a count of passes\n", passes);
    else
      state.pass_limit = (int)limit;
  }
  if (skip) state.skips = strdup(skip);
  if (debug) state.text = strdup(debug);
  if (!state.text) return;
  char *rest = state.text;
  for (char *word; (word = strsep(&rest, ","));)
    if (*word) read_word(word);
  if (state.set[WEFT_DEBUG_HELP]) print_help();
}

int weft_debug(weft_debug_word word) {
  pthread_once(&once, read_environment);
  return state.set[word];
}

const char *weft_debug_value(weft_debug_word word) {
  pthread_once(&once, read_environment);
  return state.value[word];
}

int weft_debug_skips(const char *name) {
  pthread_once(&once, read_environment);
  size_t length = strlen(name);
  for (const char *at = state.skips; at && *at;) {
    size_t span = strcspn(at, ",");
    if (span == length && !memcmp(at, name, length)) return 1;
    at += span + (at[span] == ',');
  }
  return 0;
}

int weft_debug_pass_limit(void) {
  pthread_once(&once, read_environment);
  return state.pass_limit;
}
