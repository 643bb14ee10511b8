/* test_merge.c -- kernel texts as one: what is renamed, what is left out, what is left alone and what is refused. */
#include "support.h"
#ifdef WEFT_HAVE_OPENCL
#include "base/embed.h"
#include "device/opencl/opencl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *merge(const char *first, const char *second) {
  weft_kernel_source sources[2] = {{.entry = "k", .text = first}, {.entry = "k", .text = second}};
  const weft_kernel_source *list[2] = {&sources[0], &sources[1]};
  return weft_cl_merge(list, 2);
}

static size_t count(const char *text, const char *word) {
  size_t n = 0;
  for (const char *s = text; (s = strstr(s, word)); s += strlen(word)) n++;
  return n;
}

#define KERNEL "__kernel void k(__global float *b0) { b0[0] = own(1); }\n"

Test(merge, entries_and_shared_helpers_are_renamed) {
  char *text = merge("float own(float x) { return x; } float only(int y) { return y; }\n" KERNEL,
                     "float own(float x) { return -x; }\n" KERNEL);
  cr_assert(text != NULL);
  cr_assert(count(text, "#define k k_w0\n") == 1 && count(text, "#define k k_w1\n") == 1);
  cr_assert(count(text, "#define own own_w0\n") == 1 && count(text, "#define own own_w1\n") == 1);
  cr_assert(count(text, "#undef own\n") == 2 && count(text, "#undef k\n") == 2);
  cr_assert(count(text, "only_w") == 0, "a name of one text alone needs no other");
  cr_assert(count(text, "__attribute___w") == 0 && count(text, "get_global_id_w") == 0);
  free(text);
}

/* A function that a macro defines is not seen, so kernels must not define theirs so. */
Test(merge, functions_of_kernels_are_seen) {
  static const char *const files[] = {"kernels/winograd_cpu.cl", "kernels/winograd_dw_cpu.cl"};
  weft_text texts[2] = {{0}};
  weft_error error = {0};
  for (int i = 0; i < 2; i++)
    cr_assert_eq(weft_embedded_expand(&texts[i], files[i], &error), WEFT_OK, "%s", error.message);
  char *text = merge(texts[0].data, texts[1].data);
  cr_assert(text && count(text, "#define transform_sums transform_sums_w0\n") == 1);
  cr_assert(count(text, "#define transform_sums transform_sums_w1\n") == 1);
  free(text);
  for (int i = 0; i < 2; i++) weft_text_release(&texts[i]);
}

Test(merge, macros_end_with_their_text) {
  char *text =
      merge("#define TILE 4\n# define F(x) \\\n  (x)\n" KERNEL, "#ifndef TILE\n#define TILE 6\n#endif\n" KERNEL);
  cr_assert(text != NULL);
  const char *second = strstr(text, "#define k k_w1");
  cr_assert(second && strstr(text, "#undef TILE\n") < second && strstr(text, "#undef F\n") < second);
  free(text);
}

Test(merge, equal_calls_at_file_scope_stand_once) {
  static const char *const same = "#define MAKE(N) float f##N(float x) { return x; }\nMAKE(4)\n" KERNEL;
  char *text = merge(same, "#define MAKE(N) float f##N(float x) { return x; }\nMAKE(4) MAKE(8)\n" KERNEL);
  cr_assert(text && count(text, "MAKE(4)") == 1 && count(text, "MAKE(8)") == 1);
  free(text);
  text = merge(same, "#define MAKE(N) float f##N(float x) { return -x; }\nMAKE(4)\n" KERNEL);
  cr_assert(text && count(text, "MAKE(4)") == 2, "another meaning: not the same call");
  free(text);
  text = merge("#define ENTRY k\n__kernel void ENTRY(__global int *b) { }\n",
               "#define ENTRY k\n__kernel void ENTRY(__global int *b) { }\n");
  cr_assert(text && count(text, "void ENTRY(") == 2, "a definition through a macro is no call");
  free(text);
}

Test(merge, what_all_texts_begin_with_stands_once) {
  static const char prelude[] =
      "/* prelude( */\n#define A 1\n#ifdef Y\n#define F(x) \\\n  (x)\n#endif\ntypedef int number;\n";
  char first[400], second[400];
  snprintf(first, sizeof first, "%s#define B 1\n" KERNEL, prelude);
  snprintf(second, sizeof second, "%s#define C 1\n" KERNEL, prelude);
  char *text = merge(first, second);
  cr_assert(text && strncmp(text, prelude, strlen(prelude)) == 0 && count(text, "prelude(") == 1);
  cr_assert(count(text, "#define A 1\n") == 1 && count(text, "#define C 1\n") == 1);
  const char *undef = strstr(text, "#undef A\n"), *kernel = strstr(text, "#define k k_w1\n");
  cr_assert(undef && kernel && undef > kernel && strstr(text, "#undef F\n") > kernel, "they end with the last text");
  free(text);
  static const char *const begins[] = {"#ifdef X\n#define A 1\n", "float own(float x) { return x; }\n",
                                       "#define A(x) x\nA(typedef int number;)\n", "typedef float\n",
                                       "__constant float c[] = {\n"};
  static const char *const ends[] = {"\n#endif\n" KERNEL, KERNEL, KERNEL, " t;\n" KERNEL, "1 };\n" KERNEL};
  for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
    snprintf(first, sizeof first, "%s/* one */ %s", begins[i], ends[i]);
    snprintf(second, sizeof second, "%s/* other */ %s", begins[i], ends[i]);
    text = merge(first, second);
    const char *last = text ? strstr(text, "#define k k_w1\n") : NULL, *line = strrchr(begins[i], '\n');
    while (line > begins[i] && line[-1] != '\n') line--;
    size_t times = i == 2 ? 1 : 2; /* an equal call stands once anyway */
    cr_assert(last && count(text, line) == times && count(last, line) == times - 1, "%s: %s", begins[i], text);
    free(text);
  }
  snprintf(second, sizeof second, "%s#define C 1\n" KERNEL, prelude);
  snprintf(first, sizeof first, "%s#ifndef A\n#define A 2\n#endif\n" KERNEL, prelude);
  text = merge(first, second);
  cr_assert(text && count(text, "#define A 1\n") == 2, "a text that may define a shared macro again shares nothing");
  free(text);
}

Test(merge, words_in_comments_and_texts_are_not_seen) {
  char *text =
      merge("// own( {{ \n/* own( \" ( */ __constant char c[] = \"own( { \\\" \"; __constant char d = '{';\n" KERNEL,
            "float own(float x);\n" KERNEL);
  cr_assert(text && count(text, "own_w") == 0);
  free(text);
}

Test(merge, kernels_that_call_functions) {
  const weft_kernel_source source = {.entry = "k", .text = KERNEL, .n_bindings = 2};
  const weft_kernel_source *const list[2] = {&source, &source};
  char *text = weft_cl_merge_calls(list, 2);
  cr_assert(text != NULL);
  const char *last = strstr(text, "#define k(...) k_f1(const int w_group, __VA_ARGS__)\n");
  cr_assert(last && count(text, "#define FUNCTION k_f0\n") == 1 && count(text, "#define FUNCTION k_f1\n") == 1);
  cr_assert(strstr(text, "#define ALONE k_w0\n") > last && strstr(text, "#define ALONE k_w1\n") > last);
  cr_assert(count(text, "#define ALONE k_w") == 2);
  free(text);
}

Test(merge, what_outlives_its_text_is_refused) {
  static const char *const bad[] = {"#pragma OPENCL FP_CONTRACT OFF\n" KERNEL,
                                    "#undef X\n" KERNEL,
                                    "  # include <x>\n",
                                    "#define k other\n" KERNEL,
                                    "void k(void) {",
                                    "void k(void) { } }"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    char *text = merge(KERNEL, bad[i]);
    cr_assert(text == NULL, "text %zu", i);
    cr_assert(!weft_cl_mergeable(&(weft_kernel_source){.entry = "k", .text = bad[i]}));
  }
  cr_assert(weft_cl_mergeable(&(weft_kernel_source){.entry = "k", .text = KERNEL}));
  cr_assert(weft_cl_mergeable(
      &(weft_kernel_source){.entry = "k", .text = "__kernel void k() { _Pragma(\"unroll\") for (;;) { } }"}));
}
#endif
