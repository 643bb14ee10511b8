/* pipeline.h -- from the tensors that a user compiles to groups: effects taken out, passes run. */
#ifndef WEFT_PASSES_PIPELINE_H
#define WEFT_PASSES_PIPELINE_H
#include "base/arena.h"
#include "passes/group.h"
#include "passes/pass.h"

typedef struct weft_assignment {
  weft_tensor *target; /* an input, param or state */
  weft_tensor *value;  /* never a leaf */
} weft_assignment;

/* What a program computes, free of effects. */
typedef struct weft_module {
  weft_tensor **results; /* one for each compiled tensor, in order */
  size_t n_results;
  weft_assignment *assignments; /* one a target */
  size_t n_assignments;
} weft_module;

/* Takes assign, after and detach out of what the tensors depend on, and adds the step of the random counter where
 * random ops are. Everything lives in the arena. Fails: two different values are assigned to one target. */
weft_status weft_take_effects(weft_arena *arena, weft_tensor *const *tensors, size_t count, weft_module *out,
                              weft_error *error);
/* Runs the passes of passes.def over the module ($WEFT_SKIP and $WEFT_PASSES leave some out). */
weft_status weft_run_passes(weft_arena *arena, weft_module *module, const weft_pass_target *target, weft_error *error);
#endif
