/* The JSON writer and parser. */
#include "base/json.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A copy without a zero behind it, so that a sanitizer sees a read past the end. */
static weft_json *parse(weft_arena *arena, const char *text, size_t size, weft_error *error) {
  char *exact = malloc(size ? size : 1);
  memcpy(exact, text, size);
  weft_json *tree = weft_json_parse(arena, exact, size, error);
  free(exact);
  return tree;
}

Test(json, writer) {
  weft_json_writer w = {0};
  weft_json_begin_object(&w, NULL);
  weft_json_string(&w, "a\"b", "line\nback\\slash\ttab\x01 \xc3\xa9");
  weft_json_begin_array(&w, "list");
  weft_json_integer(&w, NULL, INT64_MIN);
  weft_json_number(&w, NULL, 0.1);
  weft_json_number(&w, NULL, INFINITY);
  weft_json_begin_object(&w, NULL);
  weft_json_end_object(&w);
  weft_json_bool(&w, NULL, 1);
  weft_json_end_array(&w);
  weft_json_bool(&w, "no", 0);
  weft_json_end_object(&w);
  cr_assert_str_eq(w.text.data, "{\"a\\\"b\":\"line\\nback\\\\slash\\u0009tab\\u0001 \xc3\xa9\","
                                "\"list\":[-9223372036854775808,0.1,null,{},true],\"no\":false}");
  weft_arena arena = {0};
  weft_error error = {0};
  weft_json *tree = parse(&arena, w.text.data, w.text.size, &error);
  cr_assert(tree, "%s", error.message);
  cr_assert_str_eq(weft_json_get(tree, "a\"b")->string, "line\nback\\slash\ttab\x01 \xc3\xa9");
  weft_text_release(&w.text);
  weft_arena_free(&arena);
}

Test(json, values) {
  const char text[] = " { \"n\" : -12.5e1 , \"t\":true,\"f\":false,\"z\":null,\"e\":[],\"o\":{\"k\":[1,2]},"
                      "\"s\":\"\\u00e9\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\"\\\\\"}\n";
  weft_arena arena = {0};
  weft_error error = {0};
  weft_json *tree = parse(&arena, text, sizeof text - 1, &error);
  cr_assert(tree, "%s", error.message);
  cr_assert(weft_json_get(tree, "n")->number == -125);
  cr_assert(weft_json_get(tree, "t")->number == 1 && weft_json_get(tree, "t")->kind == WEFT_JSON_BOOL);
  cr_assert(weft_json_get(tree, "f")->number == 0 && weft_json_get(tree, "z")->kind == WEFT_JSON_NULL);
  cr_assert(weft_json_get(tree, "e")->kind == WEFT_JSON_ARRAY && !weft_json_get(tree, "e")->child);
  cr_assert(weft_json_get(weft_json_get(tree, "o"), "k")->child->next->number == 2);
  cr_assert_str_eq(weft_json_get(tree, "s")->string, "\xc3\xa9\xf0\x9f\x98\x80/\b\f\n\r\t\"\\");
  cr_assert_null(weft_json_get(tree, "none"));
  cr_assert_null(weft_json_get(weft_json_get(tree, "n"), "none"));
  cr_assert_null(weft_json_get(NULL, "none"));
  weft_arena_free(&arena);
}

Test(json, numbers) {
  const char *good[] = {"0", "-0", "1", "0.5", "1e5", "1E+5", "1.25e-3", "123456789012345678", "1e999"};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    weft_arena arena = {0};
    weft_json *tree = parse(&arena, good[i], strlen(good[i]), NULL);
    cr_assert(tree && tree->number == strtod(good[i], NULL), "%s", good[i]);
    weft_arena_free(&arena);
  }
}

static const struct {
  const char *text, *message;
} bad[] = {
    {"", "line 1 column 1: a value expected"},
    {"  ", "line 1 column 3: a value expected"},
    {"{", "line 1 column 2: a member's name expected"},
    {"{\"a\"", "line 1 column 5: ':' expected"},
    {"{\"a\":", "line 1 column 6: a value expected"},
    {"{\"a\":1", "line 1 column 7: ',' or '}' expected"},
    {"{\"a\":1,}", "line 1 column 8: a member's name expected"},
    {"{a:1}", "line 1 column 2: a member's name expected"},
    {"[1 2]", "line 1 column 4: ',' or ']' expected"},
    {"[1,]", "line 1 column 4: a value expected"},
    {"[\n1,\n  x]", "line 3 column 3: a value expected"},
    {"1 2", "line 1 column 3: text behind the value"},
    {"tru", "line 1 column 1: a value expected"},
    {"nul", "line 1 column 1: a value expected"},
    {"01", "line 1 column 1: number with a leading zero"},
    {"-", "line 1 column 1: a value expected"},
    {"1.", "line 1 column 1: no digit behind the decimal point"},
    {"1e", "line 1 column 1: no digit in the exponent"},
    {"+1", "line 1 column 1: a value expected"},
    {".5", "line 1 column 1: a value expected"},
    {"NaN", "line 1 column 1: a value expected"},
    {"\"abc", "line 1 column 1: string without an end"},
    {"\"abc\\\"", "line 1 column 1: string without an end"},
    {"\"abc\\", "line 1 column 1: string without an end"},
    {"\"\\x\"", "line 1 column 2: unknown escape"},
    {"\"\\u12\"", "line 1 column 2: bad \\u escape"},
    {"\"\\ud800\"", "line 1 column 2: bad \\u escape"},
    {"\"\\udc00\"", "line 1 column 2: bad \\u escape"},
    {"\"\\ud800\\u0041\"", "line 1 column 2: bad \\u escape"},
    {"\"\\u0000\"", "line 1 column 2: zero character in a string"},
    {"\"a\nb\"", "line 1 column 3: control character in a string"},
    {"\"\xff\"", "line 1 column 2: not UTF-8"},
    {"\"\xc0\x80\"", "line 1 column 2: not UTF-8"},
    {"\"\xe0\x80\x80\"", "line 1 column 2: not UTF-8"},
    {"\"\xed\xa0\x80\"", "line 1 column 2: not UTF-8"},
    {"\"\xf0\x80\x80\x80\"", "line 1 column 2: not UTF-8"},
    {"\"\xf4\x90\x80\x80\"", "line 1 column 2: not UTF-8"},
    {"\"\xe2\x82\"", "line 1 column 2: not UTF-8"},
};

Test(json, errors_name_the_place) {
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    weft_arena arena = {0};
    weft_error error = {0};
    cr_expect_null(parse(&arena, bad[i].text, strlen(bad[i].text), &error), "%s", bad[i].text);
    cr_expect(error.status == WEFT_BAD_FORMAT);
    char expected[128];
    snprintf(expected, sizeof expected, "JSON %s", bad[i].message);
    cr_expect_str_eq(error.message, expected);
    weft_arena_free(&arena);
  }
}

Test(json, a_zero_byte_is_refused) {
  weft_arena arena = {0};
  weft_error error = {0};
  cr_assert_null(parse(&arena, "\"a\0b\"", 5, &error));
  cr_assert_str_eq(error.message, "JSON line 1 column 3: control character in a string");
  weft_error between = {0};
  cr_assert_null(parse(&arena, "1\0", 2, &between));
  weft_error escape = {0};
  cr_assert_null(parse(&arena, "\"\\\0\"", 4, &escape));
  weft_arena_free(&arena);
}

Test(json, depth_is_bounded) {
  char text[200000];
  for (int depth = 64; depth <= 65; depth++) {
    weft_arena arena = {0};
    memset(text, '[', (size_t)depth);
    memset(text + depth, ']', (size_t)depth);
    cr_assert((parse(&arena, text, 2 * (size_t)depth, NULL) != NULL) == (depth == 64));
    weft_arena_free(&arena);
  }
  weft_arena arena = {0};
  weft_error error = {0};
  memset(text, '[', sizeof text);
  cr_assert_null(parse(&arena, text, sizeof text, &error));
  cr_assert_str_eq(error.message, "JSON line 1 column 65: nested deeper than 64");
  weft_arena_free(&arena);
}

Test(json, every_cut_is_an_error) {
  const char text[] = "{\"a\":[1.5e3,true,null,\"\\u00e9\\ud83d\\ude00 \xc3\xa9\"],\"b\":{\"c\":false}}";
  for (size_t size = 0; size < sizeof text - 1; size++) {
    weft_arena arena = {0};
    weft_error error = {0};
    cr_assert_null(parse(&arena, text, size, &error), "cut at %zu", size);
    cr_assert(error.status == WEFT_BAD_FORMAT);
    weft_arena_free(&arena);
  }
}
