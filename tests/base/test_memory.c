/* Arena, text and the sticky error. */
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include <criterion/criterion.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

Test(arena, allocations_are_zeroed_aligned_and_apart) {
  weft_arena arena = {0};
  unsigned char *last = NULL;
  for (size_t i = 0; i < 3000; i++) {
    size_t size = i * 7 % 501;
    unsigned char *memory = weft_arena_alloc(&arena, size);
    cr_assert(memory);
    cr_assert((uintptr_t)memory % 16 == 0);
    for (size_t j = 0; j < size; j++) cr_assert(memory[j] == 0, "byte %zu of allocation %zu", j, i);
    memset(memory, 0xff, size);
    cr_assert(memory != last);
    last = memory;
  }
  weft_arena_free(&arena);
  cr_assert(!arena.head && arena.bytes == 0);
}

Test(arena, large_allocations_leave_the_current_block_in_use) {
  weft_arena arena = {0};
  char *before = weft_arena_alloc(&arena, 16), *large = weft_arena_alloc(&arena, 1 << 22);
  char *after = weft_arena_alloc(&arena, 16);
  cr_assert(before && large && after == before + 16);
  memset(large, 1, 1 << 22);
  cr_assert(arena.bytes == (1 << 22) + 32);
  weft_arena_free(&arena);
}

Test(arena, impossible_sizes_give_null) {
  weft_arena arena = {0};
  cr_assert_null(weft_arena_alloc(&arena, SIZE_MAX));
  cr_assert_null(weft_arena_alloc(&arena, SIZE_MAX / 2));
  cr_assert_not_null(weft_arena_alloc(&arena, 0));
  weft_arena_free(&arena);
}

Test(arena, copies) {
  weft_arena arena = {0};
  cr_assert_str_eq(weft_arena_text(&arena, "weft"), "weft");
  cr_assert_str_eq(weft_arena_printf(&arena, "%s-%d", "warp", 7), "warp-7");
  cr_assert(!memcmp(weft_arena_copy(&arena, "ab\0c", 4), "ab\0c", 4));
  weft_arena_free(&arena);
}

Test(text, grows) {
  weft_text text = {0};
  for (int i = 0; i < 1000; i++) weft_text_printf(&text, "%d,", i);
  cr_assert(text.size == strlen(text.data));
  cr_assert(!strncmp(text.data, "0,1,2,3,", 8));
  cr_assert_str_eq(text.data + text.size - 4, "999,");
  weft_text_clear(&text);
  cr_assert_str_eq(text.data, "");
  char *memory = text.data;
  weft_text_add(&text, "again");
  cr_assert(text.data == memory, "clear keeps the memory");
  cr_assert_str_eq(text.data, "again");
  weft_text_release(&text);
  cr_assert(!text.data && !text.size && !text.capacity);
}

Test(text, long_printf_at_a_full_buffer) {
  char word[500];
  memset(word, 'x', sizeof word - 1);
  word[sizeof word - 1] = 0;
  for (size_t fill = 50; fill < 80; fill++) {
    weft_text text = {0};
    for (size_t i = 0; i < fill; i++) weft_text_add(&text, "y");
    weft_text_printf(&text, "%s", word);
    cr_assert(text.size == fill + strlen(word) && text.data[fill - 1] == 'y' && text.data[fill] == 'x');
    weft_text_release(&text);
  }
}

Test(text, failure_is_sticky) {
  weft_text text = {0};
  weft_text_add(&text, "abc");
  weft_text_add_bytes(&text, "", SIZE_MAX / 2);
  cr_assert(text.failed && !text.data);
  weft_text_add(&text, "abc");
  weft_text_printf(&text, "%d", 1);
  weft_text_double(&text, 1);
  cr_assert(text.failed && !text.data && !text.size);
  weft_text_release(&text);
}

static const struct {
  double value;
  const char *text;
} doubles[] = {{0, "0.0"},
               {-0.0, "-0.0"},
               {1, "1.0"},
               {-17, "-17.0"},
               {0.1, "0.1"},
               {1.5, "1.5"},
               {1e300, "1e+300"},
               {1e-7, "1e-07"},
               {INFINITY, "inf"},
               {-INFINITY, "-inf"},
               {NAN, "nan"},
               {1e15, "1e+15"},
               {100000, "100000.0"},
               {0.3, "0.3"},
               {1.0 / 3, "0.3333333333333333"},
               {0.1 + 0.2, "0.30000000000000004"},
               {5e-324, "4.94065645841247e-324"}};

static void check_doubles(void) {
  for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++) {
    weft_text text = {0};
    weft_text_double(&text, doubles[i].value);
    cr_expect_str_eq(text.data, doubles[i].text);
    double back = weft_text_to_double(text.data, NULL);
    cr_expect(isnan(back) ? isnan(doubles[i].value) : back == doubles[i].value, "%s reads back as %g", text.data, back);
    weft_text_release(&text);
  }
}

Test(text, doubles_are_short_and_exact) { check_doubles(); }

Test(text, doubles_do_not_follow_the_locale) {
  const char *names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
  int found = 0;
  for (size_t i = 0; i < 4 && !found; i++) found = setlocale(LC_ALL, names[i]) != NULL;
  if (!found) cr_skip_test("no locale with a decimal comma is installed");
  check_doubles();
  cr_assert_str_eq(localeconv()->decimal_point, ",");
}

Test(error, the_first_failure_stays) {
  weft_error error = {0};
  cr_assert(weft_fail(&error, WEFT_BAD_SHAPE, "x is (%d)", 3) == WEFT_BAD_SHAPE);
  cr_assert(weft_fail(&error, WEFT_NO_MEMORY, "later") == WEFT_NO_MEMORY);
  cr_assert(error.status == WEFT_BAD_SHAPE);
  cr_assert_str_eq(error.message, "x is (3)");
  cr_assert(weft_fail(NULL, WEFT_BAD_FILE, "nobody listens") == WEFT_BAD_FILE);
}

Test(error, long_messages_are_cut) {
  weft_error error = {0};
  char word[3000];
  memset(word, 'x', sizeof word - 1);
  word[sizeof word - 1] = 0;
  weft_fail(&error, WEFT_BAD_FORMAT, "%s", word);
  cr_assert(strlen(error.message) == sizeof error.message - 1);
}

Test(error, copy_hands_on) {
  weft_error from = {0}, to = {0};
  cr_assert(weft_error_copy(&to, &from) == WEFT_OK && to.status == WEFT_OK);
  weft_fail(&from, WEFT_BAD_DTYPE, "100%% i32");
  cr_assert(weft_error_copy(&to, &from) == WEFT_BAD_DTYPE);
  cr_assert_str_eq(to.message, "100% i32");
  cr_assert(weft_error_copy(&to, &to) == WEFT_BAD_DTYPE);
}
