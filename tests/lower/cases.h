/* cases.h -- graphs that the tests of the lowering share: what fuses into map, reduce and row groups. */
#ifndef WEFT_TESTS_LOWER_CASES_H
#define WEFT_TESTS_LOWER_CASES_H
#include "lower/lower.h"

/* Builds up to MAX_ROOTS results; returns how many. An input whose name begins with "class" holds 0..9, other i32
 * inputs -4..5, f32 inputs -2..2. */
enum { MAX_ROOTS = 8 };
typedef struct lower_case {
  const char *name;
  int (*build)(weft_graph *g, weft_tensor **out);
} lower_case;

extern const lower_case lower_cases[];
extern const int n_lower_cases;

/* Several maps each, of different spaces, which become one bundle. */
extern const lower_case lower_bundles[];
extern const int n_lower_bundles;
/* The maps as one group, each output with a binding of its own. NULL: one of them is no map. */
weft_group *lower_bundle(weft_arena *arena, weft_group **maps, size_t count);

/* Targets that need no device: "cpu4", "cpu8", "cpu16", "gpu" (OpenCL C), "glsl", "glsl-cpu". */
weft_target lower_target(const char *name);
#endif
