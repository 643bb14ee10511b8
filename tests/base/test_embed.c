/* The embedded kernel files: each is found, and each include line resolves. */
#include "base/embed.h"
#include <criterion/criterion.h>
#include <string.h>

Test(embed, paths_are_sorted_and_found) {
  const char *before = "";
  size_t count = 0;
  for (const char *path; (path = weft_embedded_path(count)); count++) {
    cr_assert(strcmp(before, path) < 0, "%s before %s", before, path);
    cr_assert(!strncmp(path, "kernels/", 8) || !strncmp(path, "shaders/", 8), "%s", path);
    cr_assert(weft_embedded(path) && *weft_embedded(path), "%s is empty", path);
    before = path;
  }
  cr_assert(count > 0);
  cr_assert_null(weft_embedded("kernels/none.cl"));
  cr_assert_null(weft_embedded(""));
}

Test(embed, expanded_texts_have_no_include_lines) {
  for (size_t i = 0; weft_embedded_path(i); i++) {
    weft_text text = {0};
    weft_error error = {0};
    cr_assert(weft_embedded_expand(&text, weft_embedded_path(i), &error) == WEFT_OK, "%s", error.message);
    cr_assert(!strstr(text.data, "#include \""), "%s", weft_embedded_path(i));
    cr_assert(text.size >= strlen(weft_embedded(weft_embedded_path(i))) ||
              strstr(weft_embedded(weft_embedded_path(i)), "#include"));
    weft_text_release(&text);
  }
}

Test(embed, unknown_file) {
  weft_text text = {0};
  weft_error error = {0};
  cr_assert(weft_embedded_expand(&text, "kernels/none.cl", &error) == WEFT_INTERNAL);
  cr_assert_str_eq(error.message, "no embedded file kernels/none.cl");
  weft_text_release(&text);
}
