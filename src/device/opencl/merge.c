/* merge.c -- several kernel texts as one. A compiler for CPUs reads its own headers and library for every program,
 * which takes PoCL 150 ms; kernels of one text share that. Each text must mean the same as alone, so:
 *
 *   - its entry gets a name of its own through a macro, and so does a function that another text defines too;
 *   - macros that it defines are forgotten after it;
 *   - what all texts begin with, a prelude of macros, stands once;
 *   - a macro call that defines functions at file scope is left out when an earlier text has the same call after the
 * very same characters (other such calls aside): its functions are already there;
 *   - a text with other directives that outlive it (#pragma, #undef, #include) is not merged at all.
 *
 * The scan knows comments, texts, directives and brackets, not the grammar. What it misses ends in a name that is
 * defined twice or not at all, hence in a failed build, after which the caller builds each text alone. */
#include "base/hash.h"
#include "base/text.h"
#include "device/opencl/opencl.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct span {
  const char *at;
  size_t size;
} span;
typedef struct span_list {
  span *items;
  size_t count, capacity;
} span_list;

typedef struct part {
  const char *text, *entry;
  size_t common;    /* so many characters all texts begin with; once it is scanned, those of them that may stand once */
  span_list macros; /* names that it defines */
  span_list functions; /* names before a '(' at file scope */
  span_list calls;     /* macro calls at file scope that stand alone, name to ')' */
  int conditions;      /* #if that are open */
  int refused, failed;
} part;

static void push(part *p, span_list *list, const char *at, size_t size) {
  if (list->count == list->capacity) {
    size_t capacity = list->capacity ? list->capacity * 2 : 16;
    span *items = realloc(list->items, capacity * sizeof *items);
    if (!items) {
      p->failed = 1;
      return;
    }
    list->items = items;
    list->capacity = capacity;
  }
  list->items[list->count++] = (span){at, size};
}

static int is(span s, const char *word) { return strlen(word) == s.size && !memcmp(s.at, word, s.size); }

static int has(const span_list *list, span name) {
  for (size_t i = 0; i < list->count; i++)
    if (list->items[i].size == name.size && !memcmp(list->items[i].at, name.at, name.size)) return 1;
  return 0;
}

static int in_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* After a comment, a text or a character that begins here; the same place when none does. */
static const char *skip_quoted(const char *s) {
  if (s[0] == '/' && s[1] == '/') return s + strcspn(s, "\n");
  if (s[0] == '/' && s[1] == '*') {
    const char *end = strstr(s + 2, "*/");
    return end ? end + 2 : s + strlen(s);
  }
  if (*s != '"' && *s != '\'') return s;
  const char quote = *s++;
  while (*s && *s != quote && *s != '\n') s += s[0] == '\\' && s[1] ? 2 : 1;
  return *s == quote ? s + 1 : s;
}

static const char *skip_space(const char *s) {
  for (;;) {
    const char *t = s + strspn(s, " \t\r\n\\");
    if (t[0] == '/' && (t[1] == '/' || t[1] == '*')) t = skip_quoted(t);
    if (t == s) return s;
    s = t;
  }
}

static const char *skip_word(const char *s) {
  while (in_word(*s)) s++;
  return s;
}

/* To the end of the directive's last line. */
static const char *skip_directive(part *p, const char *s) {
  const char *name = s + 1 + strspn(s + 1, " \t"), *end = skip_word(name);
  span word = {name, (size_t)(end - name)};
  if (is(word, "define")) {
    const char *macro = end + strspn(end, " \t");
    push(p, &p->macros, macro, (size_t)(skip_word(macro) - macro));
  } else if (is(word, "if") || is(word, "ifdef") || is(word, "ifndef")) {
    p->conditions++;
  } else if (is(word, "endif")) {
    p->conditions--;
  } else if (is(word, "undef") || is(word, "pragma") || is(word, "include") || is(word, "line")) {
    p->refused = 1;
  }
  for (s = end; *s && *s != '\n';) {
    const char *after = skip_quoted(s);
    s = after != s ? after : s[0] == '\\' && s[1] ? s + 2 : s + 1;
  }
  return s;
}

/* After the ')' that closes the '(' here; NULL when there is none. */
static const char *skip_brackets(const char *s) {
  int depth = 0;
  while (*s) {
    const char *after = skip_quoted(s);
    if (after != s) {
      s = after;
      continue;
    }
    depth += (*s == '(') - (*s == ')');
    s++;
    if (depth == 0) return s;
  }
  return NULL;
}

/* A word at file scope. begins: nothing stands before it in its declaration. Returns where to go on. */
static const char *scan_word(part *p, const char *s, int begins, int *out_begins) {
  const char *end = skip_word(s), *next = skip_space(end);
  span name = {s, (size_t)(end - s)};
  *out_begins = 0;
  if (*next != '(' || isdigit((unsigned char)*s)) return end;
  if (!has(&p->macros, name)) {
    if (!is(name, "__attribute__") && !has(&p->functions, name)) push(p, &p->functions, s, name.size);
    return end;
  }
  const char *close = skip_brackets(next);
  if (!begins || !close || *skip_space(close) == '{') return end;
  push(p, &p->calls, s, (size_t)(close - s));
  *out_begins = 1;
  return close;
}

/* Whether what stands before this place in all texts may stand once: whole lines, nothing that is renamed or left open.
 */
static int is_shared(const part *p, const char *s, int depth, int begins) {
  return (size_t)(s - p->text) <= p->common && s > p->text && s[-1] == '\n' && depth == 0 && begins &&
         p->conditions == 0 && !p->functions.count && !p->calls.count;
}

static void scan(part *p) {
  int depth = 0, begins = 1, line_begins = 1;
  size_t shared = 0;
  for (const char *s = p->text; *s && !p->refused && !p->failed;) {
    const char *after = skip_quoted(s);
    if (is_shared(p, s, depth, begins)) shared = (size_t)(s - p->text);
    if (after != s) {
      s = after;
    } else if (*s == '\n') {
      line_begins = 1;
      s++;
    } else if (isspace((unsigned char)*s) || *s == '\\') {
      s++;
    } else if (*s == '#' && line_begins) {
      s = skip_directive(p, s);
    } else if (in_word(*s)) {
      s = depth ? skip_word(s) : scan_word(p, s, begins, &begins);
      line_begins = 0;
    } else {
      depth += (*s == '(' || *s == '{' || *s == '[') - (*s == ')' || *s == '}' || *s == ']');
      begins = depth == 0 && (*s == ';' || *s == '}');
      line_begins = 0;
      s++;
    }
  }
  p->common = shared;
  span entry = {p->entry, strlen(p->entry)};
  if (depth != 0 || entry.size > 200 || has(&p->macros, entry)) p->refused = 1;
}

static int defined_elsewhere(const part *parts, size_t count, size_t own, span name) {
  for (size_t i = 0; i < count; i++)
    if (i != own && has(&parts[i].functions, name)) return 1;
  return 0;
}

static void add_name(span name, size_t own, int define, weft_text *out) {
  if (define)
    weft_text_printf(out, "#define %.*s %.*s_w%zu\n", (int)name.size, name.at, (int)name.size, name.at, own);
  else
    weft_text_printf(out, "#undef %.*s\n", (int)name.size, name.at);
}

/* Macros that rename the entry and the functions that another text defines too; or the end of those macros. */
static void add_names(const part *parts, size_t count, size_t own, int define, int functions, weft_text *out) {
  const part *p = &parts[own];
  span entry = {p->entry, strlen(p->entry)};
  if (define && functions)
    weft_text_printf(out, "#define %s(...) %s_f%zu(const int w_group, __VA_ARGS__)\n", p->entry, p->entry, own);
  else
    add_name(entry, own, define, out);
  for (size_t i = 0; i < p->functions.count; i++) {
    span f = p->functions.items[i];
    if (!is(f, p->entry) && defined_elsewhere(parts, count, own, f)) add_name(f, own, define, out);
  }
}

/* Hash of a call and of all that stands before it, but for the calls before it. */
static uint64_t hash_call(const part *p, size_t c) {
  weft_text kept = {0};
  const char *from = p->text;
  for (size_t e = 0; e < c; e++) {
    span earlier = p->calls.items[e];
    weft_text_add_bytes(&kept, from, (size_t)(earlier.at - from));
    from = earlier.at + earlier.size;
    from += strspn(from, " \t\r\n");
  }
  weft_text_add_bytes(&kept, from, (size_t)(p->calls.items[c].at + p->calls.items[c].size - from));
  uint64_t hash = weft_hash(WEFT_HASH_SEED, kept.data, kept.size);
  weft_text_release(&kept);
  return hash;
}

/* The text without the calls that an earlier one has. seen: hashes of the calls kept so far, each with all that stands
 * before it. */
static void add_text(const part *p, uint64_t *seen, size_t *n_seen, weft_text *out) {
  const char *from = p->text + p->common;
  for (size_t c = 0; c < p->calls.count; c++) {
    span call = p->calls.items[c];
    uint64_t hash = hash_call(p, c);
    size_t i = 0;
    while (i < *n_seen && seen[i] != hash) i++;
    if (i == *n_seen) {
      seen[(*n_seen)++] = hash;
      continue;
    }
    weft_text_add_bytes(out, from, (size_t)(call.at - from));
    from = call.at + call.size;
  }
  weft_text_add(out, from);
}

static int is_in_common(const part *p, span name) { return (size_t)(name.at - p->text) < p->common; }

/* Forgets the macros that a text defines in its common part, or behind it. */
static void end_macros(const part *p, int common, weft_text *out) {
  for (size_t m = 0; m < p->macros.count; m++)
    if (is_in_common(p, p->macros.items[m]) == common) add_name(p->macros.items[m], 0, 0, out);
}

/* Whether a text defines a macro of its common part again: it would be forgotten with the text. */
static int defines_common(const part *p) {
  part common = {0};
  int again = 0;
  for (size_t m = 0; m < p->macros.count; m++) {
    span name = p->macros.items[m];
    if (is_in_common(p, name))
      push(&common, &common.macros, name.at, name.size);
    else
      again |= has(&common.macros, name);
  }
  free(common.macros.items);
  return again || common.failed;
}

static void add_all(const part *parts, size_t count, int functions, uint64_t *seen, weft_text *out) {
  size_t n_seen = 0;
  weft_text_add_bytes(out, parts[0].text, parts[0].common);
  for (size_t i = 0; i < count; i++) {
    add_names(parts, count, i, 1, functions, out);
    add_text(&parts[i], seen, &n_seen, out);
    weft_text_add(out, "\n");
    add_names(parts, count, i, 0, functions, out);
    end_macros(&parts[i], 0, out);
  }
  end_macros(&parts[0], 1, out);
}

static size_t common_begin(const weft_kernel_source *const *sources, size_t count) {
  size_t common = strlen(sources[0]->text);
  for (size_t i = 1; i < count; i++) {
    size_t n = 0;
    while (n < common && sources[i]->text[n] == sources[0]->text[n]) n++;
    common = n;
  }
  return common;
}

static char *merge(const weft_kernel_source *const *sources, size_t count, int functions) {
  part *parts = calloc(count, sizeof *parts);
  if (!parts) return NULL;
  size_t calls = 0, common = common_begin(sources, count);
  int good = 1, again = 0;
  for (size_t i = 0; i < count && good; i++) {
    parts[i] = (part){.text = sources[i]->text, .entry = sources[i]->entry, .common = common};
    scan(&parts[i]);
    calls += parts[i].calls.count;
    again |= defines_common(&parts[i]);
    good = !parts[i].refused && !parts[i].failed;
  }
  for (size_t i = 0; i < count && again; i++) parts[i].common = 0;
  weft_text merged = {0};
  uint64_t *seen = calloc(calls + 1, sizeof *seen);
  if (good && seen) add_all(parts, count, functions, seen, &merged);
  free(seen);
  for (size_t i = 0; i < count; i++) {
    free(parts[i].macros.items);
    free(parts[i].functions.items);
    free(parts[i].calls.items);
  }
  free(parts);
  if (merged.failed) weft_text_release(&merged);
  return merged.data;
}

char *weft_cl_merge(const weft_kernel_source *const *sources, size_t count) { return merge(sources, count, 0); }

char *weft_cl_merge_functions(const weft_kernel_source *const *sources, size_t count) {
  return merge(sources, count, 1);
}

int weft_cl_mergeable(const weft_kernel_source *source) {
  part p = {.text = source->text, .entry = source->entry};
  scan(&p);
  free(p.macros.items);
  free(p.functions.items);
  free(p.calls.items);
  return !p.refused && !p.failed;
}
