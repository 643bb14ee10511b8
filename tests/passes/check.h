/* check.h -- what the tests of passes share: cases of "before and after", counts of ops, equal values. */
#ifndef WEFT_TESTS_PASSES_CHECK_H
#define WEFT_TESTS_PASSES_CHECK_H
#include "passes/group.h"
#include "passes/pass.h"

/* A graph before a pass and what it must become. Equal nodes are one node, so "after" is compared by identity; a case
 * that is left alone returns the same for both. */
typedef struct pass_case {
  const char *name;
  weft_tensor *(*build)(weft_graph *graph, int after);
} pass_case;

#define CASE(what)                                                                                                     \
  { #what, what }

extern const weft_pass_target cpu_target, gpu_target, glsl_target;

/* Runs the pass on every case, each in a graph of its own; also holds the values before against those after. */
void check_cases(weft_pass_run *pass, const pass_case *cases, size_t n_cases);
/* Of values before and after, relative; 1e-5 unless a test sets another. */
extern double check_tolerance;
/* Runs the pass, checks that it went well, that the graph is valid, that the values are what they were and that
 * another run changes nothing more (settles = 1); returns the new root. */
weft_tensor *check_pass(weft_pass_run *pass, weft_tensor *root, const weft_pass_target *target, int settles,
                        const char *what);
/* The same over several roots, replaced in place. */
void check_roots(weft_pass_run *pass, weft_tensor **roots, size_t n_roots, const weft_pass_target *target, int settles,
                 const char *what);
/* Fails unless both roots have the same values, up to rounding. */
void check_values(weft_tensor *before, weft_tensor *after, const char *what);

/* The groups of what the passes for a GPU make of the tensors, effects taken out; in the arena. */
void check_groups(weft_arena *arena, weft_tensor **tensors, size_t n, const weft_group_limits *limits,
                  weft_group ***out_groups, size_t *out_count);

/* How many nodes of the op the roots depend on; nodes of more than `above` elements alone. */
int count_ops(weft_tensor *const *roots, size_t n_roots, weft_op op, int64_t above);
#endif
