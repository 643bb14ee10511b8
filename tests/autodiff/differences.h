/* differences.h -- gradients held against finite differences in double precision. */
#ifndef WEFT_TESTS_AUTODIFF_DIFFERENCES_H
#define WEFT_TESTS_AUTODIFF_DIFFERENCES_H
#include "autodiff/autodiff.h"

/* Checks the gradients of sum(y c), c fixed random numbers, by every f32 leaf that y depends on, each element against a
 * central difference; then, in the same way, the gradients of the sum of all those gradients times further random
 * numbers. Leaves have the values of random_leaf(), f32 ones moved linearly into low..high. */
void check_gradients(weft_tensor *y, double low, double high, const char *what);
#endif
