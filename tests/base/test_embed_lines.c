/* Include lines, held against a table of its own in place of the one that tools/embed writes. */
#include "base/embed.h"
#include <criterion/criterion.h>

const weft_embedded_file weft_embedded_files[] = {
    {"kernels/common/body.inc", "body\n#include \"part.inc\"\nend"},
    {"kernels/common/part.inc", "common part\n"},
    {"kernels/cycle.cl", "#include \"cycle.cl\"\n"},
    {"kernels/main.cl", "first\n  #  include \"common/body.inc\"\n#include <math.h>\n// #include \"x\"\nlast\n"},
    {"kernels/missing.cl", "a\n#include \"none.inc\"\n"},
    {"shaders/main.comp", "#version\n#include\t\"body.inc\"\r\n#include \"../kernels/common/part.inc\"\n"},
    {"shaders/near.comp", "#include \"part.inc\"\n"},
    {"shaders/part.inc", "near part\n"},
    {NULL, NULL},
};

static void expect(const char *path, const char *expected) {
  weft_text text = {0};
  weft_error error = {0};
  cr_expect(weft_embedded_expand(&text, path, &error) == WEFT_OK, "%s", error.message);
  cr_expect_str_eq(text.data, expected);
  weft_text_release(&text);
}

Test(embed_lines, resolve_beside_and_in_common) {
  expect("kernels/common/part.inc", "common part\n");
  expect("kernels/main.cl", "first\nbody\ncommon part\nend\n#include <math.h>\n// #include \"x\"\nlast\n");
  expect("shaders/main.comp", "#version\nbody\ncommon part\nend\ncommon part\n");
  expect("shaders/near.comp", "near part\n");
}

Test(embed_lines, failures_name_both_files) {
  weft_text text = {0};
  weft_error missing = {0}, cycle = {0};
  cr_assert(weft_embedded_expand(&text, "kernels/missing.cl", &missing) == WEFT_INTERNAL);
  cr_assert_str_eq(missing.message, "kernels/missing.cl includes none.inc, which is not embedded");
  cr_assert(weft_embedded_expand(&text, "kernels/cycle.cl", &cycle) == WEFT_INTERNAL);
  cr_assert_str_eq(cycle.message, "kernels/cycle.cl: included without an end from kernels/cycle.cl");
  weft_text_release(&text);
}
