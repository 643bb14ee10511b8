/* dot_library.c -- a contraction that nothing is fused with, and whose operands lie as matrices do, is a product that a
 * library may compute. Only the tuner takes it. */
#include "lower/dot_template.h"

/* Rows of one size, `row` apart, of columns that are neighbours; or the other way around. rows x columns elements. */
static int is_matrix(int64_t rows, int64_t row_stride, int64_t columns, int64_t column_stride, weft_operand *out) {
  if (columns == 1) column_stride = 1;
  if (column_stride == 1) {
    out->row = rows == 1 ? columns : row_stride;
    return out->row >= columns;
  }
  out->transposed = 1;
  out->row = column_stride;
  return (row_stride == 1 || rows == 1) && column_stride >= rows;
}

int weft_dot_is_product(const weft_dot *d, weft_library_product *out) {
  const weft_group *group = d->group;
  int plain = group->n_outputs == 1 && weft_stored_node(group->outputs[0]) == weft_stored_node(d->core) && !d->panel &&
              d->target->dialect == WEFT_OPENCL_C;
  if (!plain || d->a < 0 || d->b < 0 || d->batch.n > 1 || d->m.n > 1 || d->k.n > 1 || d->n.n > 1) return 0;
  *out = (weft_library_product){.batch = d->batch.total,
                                .m = d->m.total,
                                .n = d->n.total,
                                .k = d->k.total,
                                .a = {.binding = d->a, .offset = d->a_offset, .batch = weft_inner_a(&d->batch)},
                                .b = {.binding = d->b, .offset = d->b_offset, .batch = weft_inner_b(&d->batch)},
                                .c = {.binding = group->n_inputs, .row = d->n.total, .batch = d->m.total * d->n.total}};
  if (out->batch > 1 && (out->a.batch <= 0 || out->b.batch <= 0)) return 0;
  return is_matrix(out->m, weft_inner_a(&d->m), out->k, weft_inner_a(&d->k), &out->a) &&
         is_matrix(out->k, weft_inner_b(&d->k), out->n, weft_inner_b(&d->n), &out->b);
}

static void add_operand(weft_text *text, char name, const weft_operand *o) {
  weft_text_printf(text, ", %c: b%d + %lld, rows %lld apart, batches %lld%s", name, o->binding, (long long)o->offset,
                   (long long)o->row, (long long)o->batch, o->transposed ? ", transposed" : "");
}

int weft_dot_write_product(weft_dot *d, weft_lowered *out) {
  weft_library_product p;
  if (!weft_dot_is_product(d, &p)) {
    weft_fail(d->error, WEFT_NO_FEATURE, "dot: no product for a library");
    return 0;
  }
  weft_text_printf(&d->text, "a library's product: batch %lld, m %lld, n %lld, k %lld", (long long)p.batch,
                   (long long)p.m, (long long)p.n, (long long)p.k);
  add_operand(&d->text, 'a', &p.a);
  add_operand(&d->text, 'b', &p.b);
  out->source = (weft_kernel_source){.entry = "product",
                                     .text = d->text.data ? weft_arena_text(d->arena, d->text.data) : NULL,
                                     .n_bindings = d->group->n_inputs + 1,
                                     .local = {1, 1, 1},
                                     .product = p};
  if (d->text.failed || !out->source.text) weft_fail(d->error, WEFT_NO_MEMORY, "dot: no memory for a product");
  d->groups = 1;
  return out->source.text != NULL;
}
