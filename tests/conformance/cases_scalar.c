/* cases_scalar.c -- every row of scalar.def, over operands that broadcast, have dims of size 1 or odd sizes, and lie in
 * memory in every way that views make. Each row meets the first two forms and two of the others, in turn. */
#include "conformance.h"
#include <math.h>
#include <stdio.h>

typedef enum form { BROADCAST, LONG, SCALAR_SHAPE, PERMUTED, STEPPED, FLIPPED, PADDED, EXPANDED, DEEP, FORMS } form;
static const char *const form_names[FORMS] = {"broadcast", "long",   "scalar",   "permuted", "stepped",
                                              "flipped",   "padded", "expanded", "rank 8"};

static weft_tensor *leaf(bench *b, int whole, weft_shape shape) {
  return whole ? whole_leaf(b, shape) : real_leaf(b, shape);
}

/* Operand number k of a form; padding brings in a value of the row's interval. */
static weft_tensor *operand(bench *b, form f, int k, int whole) {
  double middle = floor((b->low + b->high) / 2);
  switch (f) {
  case BROADCAST: /* (3,1,5), (4,1), (3,4,5) -> (3,4,5) */
    return leaf(b, whole, k == 0 ? weft_shape_of(3, 1, 5) : k == 1 ? weft_shape_of(4, 1) : weft_shape_of(3, 4, 5));
  case LONG: return leaf(b, whole, weft_shape_of(1037));
  case SCALAR_SHAPE: return leaf(b, whole, WEFT_SCALAR_SHAPE);
  case PERMUTED:
    if (k == 1) return leaf(b, whole, weft_shape_of(7, 5, 3));
    return weft_permute(leaf(b, whole, weft_shape_of(3, 7, 5)), weft_shape_of(1, 2, 0));
  case STEPPED: return weft_slice(weft_slice(leaf(b, whole, weft_shape_of(9, 22)), 1, 1, 22, 2 + k), 1, 0, 6, 1);
  case FLIPPED: return weft_flip(leaf(b, whole, weft_shape_of(5, 9)), k % 2);
  case PADDED: return weft_pad(leaf(b, whole, weft_shape_of(4, 6)), 1, 2 - k, 1 + k, middle);
  case EXPANDED:
    if (k == 1) return leaf(b, whole, weft_shape_of(6, 1, 3));
    return weft_broadcast(leaf(b, whole, weft_shape_of(1, 11, 1)), weft_shape_of(6, 11, 3));
  default:
    return leaf(b, whole, k == 0 ? weft_shape_of(2, 1, 3, 1, 2, 1, 1, 2) : weft_shape_of(1, 3, 1, 1, 1, 2, 1, 1));
  }
}

static weft_tensor *build_row(bench *b) {
  weft_op op = (weft_op)(b->variant / (2 * FORMS));
  form f = (form)(b->variant / 2 % FORMS);
  int whole = b->variant % 2, arity = weft_ops[op].arity;
  weft_tensor *in[3] = {NULL};
  weft_shape shape = WEFT_SCALAR_SHAPE;
  for (int k = 0; k < arity; k++) in[k] = operand(b, f, k, whole || (weft_ops[op].types == W_SEL && k == 0));
  /* The row's own builder is what users call; here all rows go through one, which wants equal shapes. */
  for (int k = 0; k < arity; k++) {
    weft_tensor *sum = in[k];
    for (int j = 0; j < arity; j++) sum = weft_eq(weft_cast(sum, WEFT_F32), weft_cast(in[j], WEFT_F32));
    shape = weft_tensor_shape(sum);
  }
  for (int k = 0; k < arity; k++) in[k] = weft_broadcast(in[k], shape);
  return weft_make_scalar(op, in[0], in[1], in[2]);
}

static int add(conformance_case *out, weft_op op, form f, int whole) {
  const weft_op_info *row = &weft_ops[op];
  *out = (conformance_case){.build = build_row,
                            .variant = ((int)op * FORMS + (int)f) * 2 + whole,
                            .low = row->low,
                            .high = row->high,
                            .tolerance = whole ? 0 : row->tolerance};
  snprintf(out->name, sizeof out->name, "%s, %s%s", row->name, form_names[f], whole ? ", i32" : "");
  return 1;
}

int list_scalar(conformance_case *out) {
  int n = 0, turn = 0;
  for (int op = 0; op < WEFT_OP_COUNT; op++) {
    if (weft_ops[op].kind != W_SCALAR) continue;
    weft_op_types types = weft_ops[op].types;
    int takes_real = types != W_I && types != W_TOF, takes_whole = types != W_F && types != W_TOI;
    if (takes_real) {
      n += add(out + n, (weft_op)op, BROADCAST, 0);
      for (int i = 0; i < 2; i++) n += add(out + n, (weft_op)op, (form)(LONG + turn++ % (FORMS - 1)), 0);
    }
    if (takes_whole) n += add(out + n, (weft_op)op, (form)(turn++ % FORMS), 1);
  }
  return n;
}
