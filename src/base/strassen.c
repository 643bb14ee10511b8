/* strassen.c -- the tables of one level, and of two as their products. */
#include "base/strassen.h"

/* By product, then by block: (0, 0), (0, 1), (1, 0), (1, 1). */
typedef int8_t table[7][4];
static const table left = {{1, 0, 0, 1}, {0, 0, 1, 1},  {1, 0, 0, 0}, {0, 0, 0, 1},
                           {1, 1, 0, 0}, {-1, 0, 1, 0}, {0, 1, 0, -1}};
static const table right = {{1, 0, 0, 1}, {1, 0, 0, 0}, {0, 1, 0, -1}, {-1, 0, 1, 0},
                            {0, 0, 0, 1}, {1, 1, 0, 0}, {0, 0, 1, 1}};
static const table result = {{1, 0, 0, 1},  {0, 0, 1, -1}, {0, 1, 0, 1}, {1, 0, 1, 0},
                             {-1, 1, 0, 0}, {0, 0, 0, 1},  {1, 0, 0, 0}};

static int share(const table of, int levels, int product, int row, int column) {
  int all = 1;
  for (; levels > 0; levels--, product /= 7, row /= 2, column /= 2) all *= of[product % 7][row % 2 * 2 + column % 2];
  return all;
}

int weft_strassen_operand(int levels, int is_right, int product, int row, int column) {
  return share(is_right ? right : left, levels, product, row, column);
}
int weft_strassen_result(int levels, int product, int row, int column) {
  return share(result, levels, product, row, column);
}
