/* test_scalar.c -- every row of scalar.def at points worked out by hand, infinities, ties and i32's edges included. */
#include "values.h"
#include <criterion/criterion.h>
#include <math.h>

/* One value of a row. The operands are f32 where the row takes f32, save for whole = 1. */
typedef struct point {
  weft_op op;
  int whole;
  double in[3], out;
} point;

#define R(NAME) WEFT_OP_##NAME, 0
#define I(NAME) WEFT_OP_##NAME, 1
#define MOST INT32_MAX
#define LEAST INT32_MIN

static const point points[] = {
    {R(ADD), {1.5, -4}, -2.5},
    {I(ADD), {MOST, 1}, LEAST},
    {R(SUB), {1.5, -4}, 5.5},
    {I(SUB), {LEAST, 1}, MOST},
    {R(MUL), {1.5, -4}, -6},
    {I(MUL), {65537, 65537}, 131073},
    {R(DIV), {-3, 4}, -0.75},
    {R(DIV), {1, 0}, INFINITY},
    {I(DIV), {-7, 2}, -3},
    {I(DIV), {7, 0}, 0},
    {I(DIV), {LEAST, -1}, LEAST},
    {I(MOD), {-7, 3}, -1},
    {I(MOD), {7, -3}, 1},
    {I(MOD), {7, 0}, 0},
    {I(MOD), {LEAST, -1}, 0},
    {R(POW), {2, 0.5}, 1.4142135623730951},
    {R(POW), {-2, 3}, -8},
    {R(MAX), {1.5, -4}, 1.5},
    {R(MAX), {NAN, 1}, NAN},
    {R(MAX), {1, NAN}, NAN},
    {I(MAX), {-3, 2}, 2},
    {R(MIN), {1.5, -4}, -4},
    {R(MIN), {NAN, 1}, NAN},
    {R(MIN), {1, NAN}, NAN},
    {I(MIN), {-3, 2}, -3},
    {R(EQ), {2, 2}, 1},
    {R(EQ), {NAN, NAN}, 0},
    {I(EQ), {2, 3}, 0},
    {R(NE), {2, 2}, 0},
    {I(NE), {2, 3}, 1},
    {R(LT), {2, 2.5}, 1},
    {I(LT), {2, 2}, 0},
    {R(LE), {2, 2}, 1},
    {I(LE), {3, 2}, 0},
    {R(GT), {2, 2}, 0},
    {I(GT), {3, 2}, 1},
    {R(GE), {2, 2.5}, 0},
    {I(GE), {2, 2}, 1},
    {I(AND), {2, -1}, 1},
    {I(AND), {2, 0}, 0},
    {I(OR), {0, -1}, 1},
    {I(OR), {0, 0}, 0},
    {I(NOT), {0}, 1},
    {I(NOT), {-5}, 0},
    {R(WHERE), {-5, 1.5, 2.5}, 1.5},
    {R(WHERE), {0, NAN, 2.5}, 2.5},
    {I(WHERE), {0, MOST, LEAST}, LEAST},
    {I(TO_F32), {-7}, -7},
    {R(TO_I32), {-2.75}, -2},
    {R(TO_I32), {2.75}, 2},
    {R(TO_I32), {1e20}, MOST},
    {R(TO_I32), {-INFINITY}, LEAST},
    {R(TO_I32), {NAN}, 0},
    {R(NEG), {1.5}, -1.5},
    {I(NEG), {LEAST}, LEAST},
    {R(ABS), {-1.5}, 1.5},
    {I(ABS), {-7}, 7},
    {I(ABS), {LEAST}, LEAST},
    {R(SIGN), {-1.5}, -1},
    {R(SIGN), {0}, 0},
    {R(SIGN), {NAN}, NAN},
    {I(SIGN), {7}, 1},
    {R(SQUARE), {-1.5}, 2.25},
    {I(SQUARE), {65537}, 131073},
    {R(RECIPROCAL), {-4}, -0.25},
    {R(SQRT), {2.25}, 1.5},
    {R(RSQRT), {4}, 0.5},
    {R(EXP), {1}, 2.718281828459045},
    {R(EXP), {-INFINITY}, 0},
    {R(LOG), {2}, 0.6931471805599453},
    {R(LOG), {0}, -INFINITY},
    {R(LOG1P), {1}, 0.6931471805599453},
    {R(LOG1P), {0x1p-60}, 0x1p-60},
    {R(EXPM1), {1}, 1.718281828459045},
    {R(EXPM1), {0x1p-60}, 0x1p-60},
    {R(SIN), {0.5}, 0.479425538604203},
    {R(COS), {0.5}, 0.8775825618903728},
    {R(TANH), {0.5}, 0.46211715726000973},
    {R(ERF), {0.5}, 0.5204998778130465},
    {R(FLOOR), {-1.5}, -2},
    {R(CEIL), {-1.5}, -1},
    {R(ROUND), {2.5}, 2},
    {R(ROUND), {-3.5}, -4},
    {R(RELU), {-1.5}, 0},
    {R(RELU), {1.5}, 1.5},
    {R(RELU), {NAN}, NAN},
    {R(SIGMOID), {0}, 0.5},
    {R(SIGMOID), {1}, 0.7310585786300049},
    {R(SIGMOID), {-1000}, 0},
    {R(SILU), {1}, 0.7310585786300049},
    {R(GELU), {1}, 0.8413447460685429},
    {R(GELU), {-8}, -8 * 6.220960574271786e-16},
    {R(SOFTPLUS), {1}, 1.3132616875182228},
    {R(SOFTPLUS), {1000}, 1000},
    {R(SOFTPLUS), {-1000}, 0},
};

static weft_tensor *operand(weft_graph *g, weft_dtype dtype, double value) {
  float real = (float)value;
  int32_t whole = dtype == WEFT_I32 ? (int32_t)value : 0;
  return weft_data(g, dtype, weft_shape_of(1), dtype == WEFT_F32 ? (void *)&real : (void *)&whole);
}

Test(scalar, points) {
  weft_graph *g = weft_graph_create(NULL, NULL);
  int seen[WEFT_OP_COUNT] = {0}, seen_whole[WEFT_OP_COUNT] = {0};
  for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
    const point *p = &points[i];
    weft_tensor *in[3] = {NULL, NULL, NULL};
    for (int k = 0; k < weft_ops[p->op].arity; k++) {
      int is_whole = p->whole || (weft_ops[p->op].types == W_SEL && k == 0);
      in[k] = operand(g, is_whole ? WEFT_I32 : WEFT_F32, p->in[k]);
    }
    weft_tensor *y = weft_make_scalar(p->op, in[0], in[1], in[2]);
    cr_assert_not_null(y, "%s", weft_graph_message(g));
    expect_values(y, &p->out, 1, 1e-9, weft_ops[p->op].name);
    *(p->whole ? &seen_whole[p->op] : &seen[p->op]) = 1;
  }
  for (int op = 0; op < WEFT_OP_COUNT; op++) {
    weft_op_types types = weft_ops[op].types;
    if (weft_ops[op].kind != W_SCALAR) continue;
    if (types != W_I && types != W_TOF) cr_expect(seen[op], "%s has no point for f32", weft_ops[op].name);
    if (types != W_F && types != W_TOI) cr_expect(seen_whole[op], "%s has no point for i32", weft_ops[op].name);
  }
  weft_graph_destroy(g);
}
