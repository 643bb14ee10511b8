/* golden.h -- the numbers of golden.txt (made by make_golden with PyTorch) as cases, and the graphs they belong to. */
#ifndef WEFT_TESTS_GOLDEN_GOLDEN_H
#define WEFT_TESTS_GOLDEN_GOLDEN_H
#include "base/arena.h"
#include <weft/ops.h>
#include <weft/weft.h>

enum { MOST_INPUTS = 4, MOST_OPTIONS = 8 };

typedef struct golden_array {
  char name[8];
  weft_dtype dtype;
  weft_shape shape;
  int64_t size;
  double *values;
  int given; /* 1: the file has it */
} golden_array;

typedef struct golden_case {
  int line;     /* of golden.txt */
  int is_train; /* op is an optimizer, result its steps */
  char op[32];
  int n_inputs, n_options;
  golden_array inputs[MOST_INPUTS], gradients[MOST_INPUTS], result;
  struct {
    char name[16];
    double value;
  } options[MOST_OPTIONS];
} golden_case;

/* Every case of golden.txt, memory from the arena. The test fails where the file is missing or malformed. */
golden_case *golden_read(weft_arena *arena, size_t *out_count);
/* The value of key=value, or `otherwise`. */
double golden_option(const golden_case *c, const char *name, double otherwise);

/* Builds the op of a case over inputs named and shaped as the case says; in[] gets them. The test fails where the op is
 * not in the table. */
weft_tensor *golden_build(const golden_case *c, weft_graph *graph, weft_tensor **in);
/* The scalar whose gradients the case holds: sum(y c), c[i] = ((7 i) mod 11 - 5) / 4. */
weft_tensor *golden_loss(weft_tensor *y);
/* The ops of the table in order; NULL behind the last. */
const char *golden_op_name(size_t index);

/* Fails, with line and op, unless the values agree up to tolerance (1 + |value|). */
void golden_expect(const golden_case *c, const golden_array *want, const double *found, double tolerance,
                   const char *where);
#endif
