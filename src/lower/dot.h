/* dot.h -- groups around one contraction. */
#ifndef WEFT_LOWER_DOT_H
#define WEFT_LOWER_DOT_H
#include "base/text.h"
#include "lower/emit.h"
#include "lower/lower.h"

/* The kernel of a WEFT_GROUP_DOT: a template of kernels/ or shaders/ with the group's epilogue. Fails: an operand
 * cannot be read through strides, or (CPU, OpenCL C) the columns of b are no neighbours and b is not packed:
 * WEFT_INTERNAL, since the contract pass sees to both. */
weft_status weft_lower_dot(const weft_group *group, const weft_target *target, const weft_variant *variant,
                           weft_arena *arena, weft_origins *origins, weft_lowered *out, weft_error *error);
static inline int64_t weft_ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
/* The address in n dims as an expression in `index`, which counts through them row-major. */
void weft_add_address(weft_text *out, const char *index, int n, const int64_t *size, const int64_t *stride);
/* See weft_lower_variants(). */
int weft_dot_variants(const weft_group *group, const weft_target *target, const weft_variant *best, int round,
                      weft_variant *out);
#endif
