/* strassen.h -- groups around the sums in front of Strassen's products, or around the result behind them. */
#ifndef WEFT_LOWER_STRASSEN_H
#define WEFT_LOWER_STRASSEN_H
#include "lower/lower.h"

/* The kernel of a WEFT_GROUP_DOT with such a core: kernels/strassen_sums_cpu.cl or strassen_results_cpu.cl with the
 * group's epilogue. Fails where the device has no such kernel, rows are no vectors or do not lie dense: WEFT_INTERNAL,
 * since the contract pass sees to all of it. */
weft_status weft_lower_strassen(const weft_group *group, const weft_target *target, weft_arena *arena,
                                weft_lowered *out, weft_error *error);
#endif
