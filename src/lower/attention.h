/* attention.h -- groups of attention. */
#ifndef WEFT_LOWER_ATTENTION_H
#define WEFT_LOWER_ATTENTION_H
#include "lower/lower.h"

/* The kernel of a WEFT_GROUP_ATTENTION: a template of kernels/ or shaders/. Fails with WEFT_INTERNAL where an input
 * cannot be read through strides or the device has no such kernel, since passes see to both. */
weft_status weft_lower_attention(const weft_group *group, const weft_target *target, const weft_variant *variant,
                                 weft_arena *arena, weft_lowered *out, weft_error *error);
/* See weft_lower_variants(). */
int weft_attention_variants(const weft_group *group, const weft_target *target, int round, weft_variant *out);
#endif
