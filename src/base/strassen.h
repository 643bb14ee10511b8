/* strassen.h -- Strassen's product of matrices (Gaussian elimination is not optimal, Numerische Mathematik 13, 1969):
 * of operands cut into 2 x 2 blocks seven products of sums of blocks, where the plain sum has eight; each of the seven
 * again so on a second level.
 *
 *   product p = (sum over blocks of operand(0, p, block) a[block]) (sum over blocks of operand(1, p, block) b[block])
 *   c[block]  = sum over p of result(p, block) product p
 *
 * On two levels p = 7 * p of the outer level + p of the inner one, and a block's row and column are 2 * outer + inner.
 */
#ifndef WEFT_BASE_STRASSEN_H
#define WEFT_BASE_STRASSEN_H
#include <stdint.h>

enum { WEFT_STRASSEN_MOST_LEVELS = 2 };

/* Blocks in a row and in a column, and products. */
static inline int weft_strassen_edge(int64_t levels) { return 1 << levels; }
static inline int weft_strassen_products(int64_t levels) { return levels == 2 ? 49 : levels == 1 ? 7 : 1; }

/* What block (row, column) of an operand counts for in a product, or a product in a block of the result: -1, 0 or 1. */
int weft_strassen_operand(int levels, int is_right, int product, int row, int column);
int weft_strassen_result(int levels, int product, int row, int column);
#endif
