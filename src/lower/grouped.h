/* grouped.h -- groups around a convolution with few channels a group, or its gradient by the weights. */
#ifndef WEFT_LOWER_GROUPED_H
#define WEFT_LOWER_GROUPED_H
#include "lower/lower.h"

/* The kernel of a WEFT_GROUP_DOT with such a core: kernels/grouped_cpu.cl or grouped_dw_cpu.cl with the group's
 * epilogue. Fails where the device has no such kernel, or vectors of channels do not hold whole groups: WEFT_INTERNAL,
 * since the contract pass sees to all of it. */
weft_status weft_lower_grouped(const weft_group *group, const weft_target *target, const weft_variant *variant,
                               weft_arena *arena, weft_lowered *out, weft_error *error);
/* See weft_lower_variants(). */
int weft_grouped_variants(const weft_group *group, const weft_variant *best, int round, weft_variant *out);
#endif
