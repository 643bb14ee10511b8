/* golden.c -- reads golden.txt; make_golden tells its format. */
#include "golden.h"
#include "base/file.h"
#include <criterion/criterion.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
  const char *at;
  int line;
  char token[64]; /* the one ahead; "" at the end */
  int token_line;
} reader;

static void advance(reader *r) {
  size_t n = 0;
  while (isspace((unsigned char)*r->at) || *r->at == '#') {
    if (*r->at == '#') r->at += strcspn(r->at, "\n");
    if (*r->at == '\n') r->line++;
    if (*r->at) r->at++;
  }
  r->token_line = r->line;
  while (*r->at && !isspace((unsigned char)*r->at)) {
    cr_assert(n + 1 < sizeof r->token, "golden.txt:%d: a word is too long", r->line);
    r->token[n++] = *r->at++;
  }
  r->token[n] = 0;
}

static void copy_token(reader *r, char *out, size_t size) {
  cr_assert(r->token[0] && strlen(r->token) < size, "golden.txt:%d: \"%s\" is no name", r->token_line, r->token);
  strcpy(out, r->token);
  advance(r);
}

static int take(reader *r, const char *word) {
  if (strcmp(r->token, word) != 0) return 0;
  advance(r);
  return 1;
}

static double number(reader *r) {
  char *end;
  double value = strtod(r->token, &end);
  cr_assert(r->token[0] && !*end, "golden.txt:%d: \"%s\" is no number", r->token_line, r->token);
  advance(r);
  return value;
}

static void read_dtype(reader *r, golden_array *array) {
  array->dtype = strcmp(r->token, "i32") == 0 ? WEFT_I32 : WEFT_F32;
  cr_assert_str_eq(r->token, weft_dtype_name(array->dtype), "golden.txt:%d", r->token_line);
  advance(r);
}

static void read_values(reader *r, weft_arena *arena, golden_array *array) {
  char *at = r->token;
  for (int more = strcmp(at, "-") != 0; more; more = *at == 'x') {
    if (*at == 'x') at++;
    cr_assert(isdigit((unsigned char)*at) && array->shape.rank < WEFT_MAX_RANK, "golden.txt:%d: bad sizes %s",
              r->token_line, r->token);
    array->shape.dims[array->shape.rank++] = strtol(at, &at, 10);
  }
  advance(r);
  array->size = weft_shape_size(array->shape);
  array->values = WEFT_NEW(arena, double, array->size);
  cr_assert(array->size > 0 && array->values);
  for (int64_t i = 0; i < array->size; i++) array->values[i] = number(r);
  array->given = 1;
}

static void read_case(reader *r, weft_arena *arena, golden_case *c) {
  copy_token(r, c->op, sizeof c->op);
  for (char *equals; (equals = strchr(r->token, '=')) != NULL; advance(r)) {
    *equals = 0;
    cr_assert(c->n_options < MOST_OPTIONS && equals - r->token < (ptrdiff_t)sizeof c->options[0].name);
    strcpy(c->options[c->n_options].name, r->token);
    c->options[c->n_options++].value = strtod(equals + 1, NULL);
  }
  while (take(r, "in")) {
    cr_assert(c->n_inputs < MOST_INPUTS);
    golden_array *array = &c->inputs[c->n_inputs++];
    copy_token(r, array->name, sizeof array->name);
    read_dtype(r, array);
    read_values(r, arena, array);
  }
  if (c->is_train) {
    cr_assert(take(r, "steps"), "golden.txt:%d: steps should stand here", r->token_line);
  } else {
    cr_assert(take(r, "out"), "golden.txt:%d: out should stand here", r->token_line);
    read_dtype(r, &c->result);
  }
  read_values(r, arena, &c->result);
  while (take(r, "grad")) {
    golden_array array = {0};
    copy_token(r, array.name, sizeof array.name);
    read_values(r, arena, &array);
    int k = 0;
    while (k < c->n_inputs && strcmp(c->inputs[k].name, array.name) != 0) k++;
    cr_assert(k < c->n_inputs, "golden.txt:%d: no input %s", r->token_line, array.name);
    c->gradients[k] = array;
  }
}

golden_case *golden_read(weft_arena *arena, size_t *out_count) {
  void *text;
  size_t size, most = 0;
  weft_error error = {0};
  cr_assert_eq(weft_file_read(WEFT_GOLDEN, &text, &size, &error), WEFT_OK, "%s", error.message);
  for (const char *at = text; (at = strpbrk(at, "ct")) != NULL; at++) /* "case", "train": an upper bound */
    most++;
  golden_case *cases = WEFT_NEW(arena, golden_case, most);
  cr_assert_not_null(cases);
  reader r = {.at = text, .line = 1};
  size_t n = 0;
  for (advance(&r); r.token[0]; n++) {
    cr_assert_lt(n, most);
    cases[n].line = r.token_line;
    cases[n].is_train = strcmp(r.token, "train") == 0;
    cr_assert(take(&r, "case") || take(&r, "train"), "golden.txt:%d: \"%s\" is no case", r.token_line, r.token);
    read_case(&r, arena, &cases[n]);
  }
  free(text);
  *out_count = n;
  return cases;
}

double golden_option(const golden_case *c, const char *name, double otherwise) {
  for (int i = 0; i < c->n_options; i++)
    if (strcmp(c->options[i].name, name) == 0) return c->options[i].value;
  return otherwise;
}

void golden_expect(const golden_case *c, const golden_array *want, const double *found, double tolerance,
                   const char *where) {
  for (int64_t i = 0; i < want->size; i++) {
    double difference = fabs(found[i] - want->values[i]);
    cr_expect(difference <= tolerance * (1 + fabs(want->values[i])), /* false for NaN */
              "golden.txt:%d: %s on %s: %s[%lld] is %.9g, not %.9g", c->line, c->op, where,
              want->name[0] ? want->name : "y", (long long)i, found[i], want->values[i]);
  }
}
