/* strassen.c -- Strassen's sums of blocks and results, as the op table defines them. */
#include "base/strassen.h"
#include "reference/rows.h"

/* By row r and column c of a block: the left operand's lie so, the right one's in panels. */
void weft_ref_strassen_sums(const weft_ref_call *call) {
  const weft_tensor *node = call->node;
  const int64_t *x = node->in[0]->shape.dims, *y = node->shape.dims;
  int levels = (int)node->attr[0], is_right = node->attr[1] != 0, edge = weft_strassen_edge(levels);
  int64_t rows = x[0] / edge, columns = x[1] / edge, panel = is_right ? y[3] : columns;
  for (int64_t at = 0; at < call->out->size; at++) {
    int p = (int)(at / (rows * columns));
    int64_t r = at / panel % rows, c = at / panel / rows % (columns / panel) * panel + at % panel;
    double sum = 0;
    for (int i = 0; i < edge; i++)
      for (int j = 0; j < edge; j++) {
        int share = weft_strassen_operand(levels, is_right, p, i, j);
        if (share) sum += share * call->in[0].f32[(i * rows + r) * x[1] + j * columns + c];
      }
    call->out->f32[at] = sum;
  }
}

void weft_ref_strassen_results(const weft_ref_call *call) {
  const weft_tensor *node = call->node;
  const int64_t *x = node->in[0]->shape.dims, *y = node->shape.dims;
  int levels = (int)node->attr[0], edge = weft_strassen_edge(levels);
  for (int64_t at = 0; at < call->out->size; at++) {
    int64_t row = at / y[1], column = at % y[1], rest = column - edge * x[2];
    double sum = 0;
    for (int p = 0; p < x[0] && rest < 0; p++) {
      int share = weft_strassen_result(levels, p, (int)(row / x[1]), (int)(column / x[2]));
      if (share) sum += share * call->in[0].f32[(p * x[1] + row % x[1]) * x[2] + column % x[2]];
    }
    call->out->f32[at] = rest < 0 ? sum : call->in[1].f32[row * (y[1] - edge * x[2]) + rest];
  }
}
