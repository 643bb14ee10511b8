/* winograd.h -- groups around one op of Winograd's convolution. */
#ifndef WEFT_LOWER_WINOGRAD_H
#define WEFT_LOWER_WINOGRAD_H
#include "lower/lower.h"

/* The kernel of a WEFT_GROUP_DOT with such a core: kernels/winograd_cpu.cl, winograd_dw_cpu.cl or
 * winograd_weights_cpu.cl with the group's epilogue; on GPUs weft_lower_winograd_transform(). Fails where the device
 * has no such kernel, or the operands' channels are too few or lie apart: WEFT_INTERNAL, since the contract pass sees
 * to all of it. */
weft_status weft_lower_winograd(const weft_group *group, const weft_target *target, const weft_variant *variant,
                                weft_arena *arena, weft_lowered *out, weft_error *error);
/* The kernel of a transform on a GPU: kernels/winograd_gpu.cl or shaders/winograd.comp. */
weft_status weft_lower_winograd_transform(const weft_group *group, const weft_target *target, weft_arena *arena,
                                          weft_lowered *out, weft_error *error);
/* See weft_lower_variants(). */
int weft_winograd_variants(const weft_group *group, const weft_target *target, const weft_variant *best, int round,
                           weft_variant *out);
#endif
