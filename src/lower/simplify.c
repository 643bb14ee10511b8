/* simplify.c -- integers of the kernel IR: sums in normal form, division and remainder, comparisons that ranges decide.
 *
 * A sum is collected as constant + terms (coefficient, value), no value being itself a sum or a constant. Two rules put
 * back together what splitting an index took apart, whatever the order in which it happened:
 *     b*c*(y / c)       + b*(y % c)  =  b*y
 *     b*c*((y / c) % k) + b*(y % c)  =  b*(y % (c*k))
 * Division and remainder by c first take out the terms whose coefficients c divides, then look for a divisor g of c
 * such that the terms not divisible by g stay within 0..g-1: with a loop index of step 8 and a lane of 0..7, (i + lane)
 * / 32 = i / 32 and (i + lane) % 32 = i % 32 + lane. That is what makes vector loads out of broadcasts. */
#include "lower/ir.h"
#include <limits.h>

enum { MAX_TERMS = 48 };

typedef struct term {
  weft_ir_value *value;
  int64_t coef;
} term;
typedef struct sum {
  int n;
  int64_t constant;
  term terms[MAX_TERMS];
  int full;
} sum;

static int64_t gcd(int64_t a, int64_t b) {
  a = a < 0 ? -a : a;
  b = b < 0 ? -b : b;
  while (b) {
    int64_t t = a % b;
    a = b;
    b = t;
  }
  return a;
}

static int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }
static int64_t floor_mod(int64_t a, int64_t b) { return a - floor_div(a, b) * b; }
static int is_int(const weft_ir_value *a) { return a->op == WEFT_IR_INT; }

/* ---- sums ---- */

/* A number from memory may be anything: what is promised of it is all that keeps a sum in range. */
static int is_unknown(const weft_ir_value *a) { return a->lo == INT32_MIN && a->hi == INT32_MAX; }

static void collect(sum *s, weft_ir_value *a, int64_t factor, int strip) {
  if (is_int(a)) {
    s->constant += factor * a->imm;
  } else if (a->op == WEFT_IR_SUM) {
    s->constant += factor * a->imm;
    for (int i = 0; i < a->n_in; i++) collect(s, a->in[i], factor * a->coef[i], strip);
  } else if (strip && a->op == WEFT_IR_ASSUME && !a->imm && !is_unknown(a->in[0])) {
    collect(s, a->in[0], factor, strip);
  } else {
    for (int i = 0; i < s->n; i++)
      if (s->terms[i].value == a) {
        s->terms[i].coef += factor;
        return;
      }
    if (s->n == MAX_TERMS)
      s->full = 1;
    else
      s->terms[s->n++] = (term){a, factor};
  }
}

static void drop_zeros(sum *s) {
  int n = 0;
  for (int i = 0; i < s->n; i++)
    if (s->terms[i].coef) s->terms[n++] = s->terms[i];
  s->n = n;
}

static int64_t coef_of(const sum *s, const weft_ir_value *value) {
  for (int i = 0; i < s->n; i++)
    if (s->terms[i].value == value) return s->terms[i].coef;
  return 0;
}

/* Whether s holds factor times every term of `part`; takes them out (with the constant) when it does. */
static int take_out(sum *s, const weft_ir_value *part, int64_t factor) {
  sum p = {0};
  collect(&p, (weft_ir_value *)part, factor, 0);
  if (p.n == 0) return 0;
  for (int i = 0; i < p.n; i++)
    if (coef_of(s, p.terms[i].value) != p.terms[i].coef) return 0;
  for (int i = 0; i < p.n; i++)
    for (int j = 0; j < s->n; j++)
      if (s->terms[j].value == p.terms[i].value) s->terms[j].coef = 0;
  s->constant -= p.constant;
  return 1;
}

static int recombine_once(weft_ir *ir, sum *s, int strip) {
  for (int i = 0; i < s->n; i++) {
    weft_ir_value *m = s->terms[i].value;
    int64_t b = s->terms[i].coef;
    if (m->op != WEFT_IR_MOD || b == 0) continue;
    weft_ir_value *y = m->in[0], *quotient = weft_ir_div(ir, y, m->imm);
    if (take_out(s, quotient, b * m->imm)) {
      s->terms[i].coef = 0;
      collect(s, y, b, strip);
      return 1;
    }
    for (int j = 0; j < s->n; j++) {
      weft_ir_value *outer = s->terms[j].value;
      if (j == i || outer->op != WEFT_IR_MOD || outer->in[0] != quotient || s->terms[j].coef != b * m->imm) continue;
      s->terms[i].coef = s->terms[j].coef = 0;
      collect(s, weft_ir_mod(ir, y, m->imm * outer->imm), b, strip);
      return 1;
    }
  }
  return 0;
}

static int64_t clamp64(double value) {
  return value < -4e18 ? (int64_t)-4e18 : value > 4e18 ? (int64_t)4e18 : (int64_t)value;
}

static void range_of(const sum *s, int64_t *out_lo, int64_t *out_hi) {
  double lo = (double)s->constant, hi = lo; /* exact below 2^53, which is all that matters */
  for (int i = 0; i < s->n; i++) {
    double c = (double)s->terms[i].coef, a = c * (double)s->terms[i].value->lo, b = c * (double)s->terms[i].value->hi;
    lo += a < b ? a : b;
    hi += a < b ? b : a;
  }
  *out_lo = clamp64(lo);
  *out_hi = clamp64(hi);
}

static weft_ir_value *finish(weft_ir *ir, sum *s, int strip) {
  drop_zeros(s);
  while (recombine_once(ir, s, strip)) drop_zeros(s);
  if (s->full) {
    weft_fail(&ir->error, WEFT_INTERNAL, "lower: an index of more than %d terms", MAX_TERMS);
    return &ir->dummy;
  }
  if (s->n == 0) return weft_ir_int(ir, s->constant);
  if (s->n == 1 && s->terms[0].coef == 1 && s->constant == 0) return s->terms[0].value;
  for (int i = 1; i < s->n; i++) /* by age, so that equal sums are one node */
    for (int j = i; j > 0 && s->terms[j - 1].value->id > s->terms[j].value->id; j--) {
      term t = s->terms[j];
      s->terms[j] = s->terms[j - 1];
      s->terms[j - 1] = t;
    }
  weft_ir_value *in[MAX_TERMS];
  int64_t coef[MAX_TERMS];
  weft_ir_value v = {.op = WEFT_IR_SUM,
                     .type = WEFT_IR_I32,
                     .lanes = 1,
                     .imm = s->constant,
                     .n_in = s->n,
                     .in = in,
                     .coef = coef,
                     .multiple = s->constant};
  for (int i = 0; i < s->n; i++) {
    in[i] = s->terms[i].value;
    coef[i] = s->terms[i].coef;
    if (in[i]->lanes > v.lanes) v.lanes = in[i]->lanes;
    v.multiple = gcd(v.multiple, in[i]->multiple * coef[i]);
  }
  range_of(s, &v.lo, &v.hi);
  if (v.lo < INT32_MIN || v.hi > INT32_MAX) {
    weft_fail(&ir->error, WEFT_NO_FEATURE, "lower: an index of %lld to %lld does not fit into 32 bits", (long long)v.lo,
              (long long)v.hi);
    return &ir->dummy;
  }
  return weft_ir_intern(ir, &v);
}

static weft_ir_value *combine(weft_ir *ir, weft_ir_value *a, int64_t ca, weft_ir_value *b, int64_t cb,
                              int64_t constant) {
  sum s = {.constant = constant};
  collect(&s, a, ca, 0);
  if (b) collect(&s, b, cb, 0);
  return finish(ir, &s, 0);
}

weft_ir_value *weft_ir_add(weft_ir *ir, weft_ir_value *a, weft_ir_value *b) { return combine(ir, a, 1, b, 1, 0); }
weft_ir_value *weft_ir_sub(weft_ir *ir, weft_ir_value *a, weft_ir_value *b) { return combine(ir, a, 1, b, -1, 0); }
weft_ir_value *weft_ir_add_int(weft_ir *ir, weft_ir_value *a, int64_t b) { return combine(ir, a, 1, NULL, 0, b); }
weft_ir_value *weft_ir_mul(weft_ir *ir, weft_ir_value *a, int64_t b) { return combine(ir, a, b, NULL, 0, 0); }

weft_ir_value *weft_ir_strip(weft_ir *ir, weft_ir_value *a) {
  if (a->op != WEFT_IR_SUM && a->op != WEFT_IR_ASSUME) return a;
  sum s = {0};
  collect(&s, a, 1, 1);
  return finish(ir, &s, 1);
}

/* ---- division and remainder ---- */

static void split_const(int64_t c, int64_t divisor, int64_t *out_multiple, int64_t *out_rest) {
  *out_rest = floor_mod(c, divisor);
  *out_multiple = c - *out_rest;
}

/* Splits s into the part divisible by g term by term (by coefficients when `exact`) and the rest. */
static void split(const sum *s, int64_t g, int exact, sum *out_divisible, sum *out_rest) {
  *out_divisible = *out_rest = (sum){0};
  split_const(s->constant, g, &out_divisible->constant, &out_rest->constant);
  for (int i = 0; i < s->n; i++) {
    const term *t = &s->terms[i];
    int64_t m = exact ? t->coef : t->coef * t->value->multiple;
    sum *to = m % g == 0 ? out_divisible : out_rest;
    to->terms[to->n++] = *t;
  }
}

static int within(const sum *s, int64_t size) {
  int64_t lo, hi;
  range_of(s, &lo, &hi);
  return lo >= 0 && hi < size;
}

static int coefs_divisible(const sum *s, int64_t g) {
  if (s->constant % g) return 0;
  for (int i = 0; i < s->n; i++)
    if (s->terms[i].coef % g) return 0;
  return 1;
}

static void scale_down(sum *s, int64_t g) {
  s->constant /= g;
  for (int i = 0; i < s->n; i++) s->terms[i].coef /= g;
}

/* The largest g > 1 that divides c such that the terms not divisible by g stay within 0..g-1. */
static int find_split(const sum *s, int64_t c, int64_t *out_g, sum *out_divisible, sum *out_rest) {
  int64_t candidates[MAX_TERMS], best = 0;
  int n = 0;
  for (int i = 0; i < s->n; i++) {
    int64_t g = gcd(s->terms[i].coef * s->terms[i].value->multiple, c);
    if (g > 1 && g < c) candidates[n++] = g;
  }
  for (int i = 0; i < n; i++) {
    sum divisible, rest;
    if (candidates[i] <= best) continue;
    split(s, candidates[i], 0, &divisible, &rest);
    if (!within(&rest, candidates[i]) || (rest.n == 0 && rest.constant == 0) || divisible.n == 0) continue;
    best = candidates[i];
    *out_divisible = divisible;
    *out_rest = rest;
  }
  *out_g = best;
  return best != 0;
}

static weft_ir_value *make_div(weft_ir *ir, weft_ir_op op, weft_ir_value *a, int64_t c) {
  weft_ir_value v = {.op = op, .type = WEFT_IR_I32, .lanes = a->lanes, .imm = c, .in = &a, .n_in = 1};
  if (op == WEFT_IR_DIV) {
    v.lo = a->lo / c;
    v.hi = a->hi / c;
    v.multiple = a->multiple % c == 0 ? a->multiple / c : 1;
    if (v.multiple == 0) v.multiple = 1;
  } else {
    v.multiple = gcd(a->multiple, c);
    v.hi = c - v.multiple < a->hi ? c - v.multiple : a->hi;
  }
  return weft_ir_intern(ir, &v);
}

weft_ir_value *weft_ir_div(weft_ir *ir, weft_ir_value *a, int64_t c) {
  if (c == 1 || a == &ir->dummy) return a;
  if (floor_div(a->lo, c) == floor_div(a->hi, c)) return weft_ir_int(ir, floor_div(a->lo, c));
  if (a->op == WEFT_IR_DIV) return weft_ir_div(ir, a->in[0], a->imm * c);
  if (a->op == WEFT_IR_MOD && a->imm % c == 0) return weft_ir_mod(ir, weft_ir_div(ir, a->in[0], c), a->imm / c);
  if (a->op == WEFT_IR_SUM) {
    sum s = {0}, divisible, rest;
    int64_t g;
    collect(&s, a, 1, 0);
    split(&s, c, 1, &divisible, &rest);
    if (divisible.n || divisible.constant) {
      scale_down(&divisible, c);
      if (within(&rest, c)) return finish(ir, &divisible, 0);
      weft_ir_value *outside = weft_ir_div(ir, finish(ir, &rest, 0), c);
      collect(&divisible, outside, 1, 0);
      return finish(ir, &divisible, 0);
    }
    if (find_split(&s, c, &g, &divisible, &rest)) {
      if (coefs_divisible(&divisible, g)) {
        scale_down(&divisible, g);
        return weft_ir_div(ir, finish(ir, &divisible, 0), c / g);
      }
      return weft_ir_div(ir, finish(ir, &divisible, 0), c);
    }
  }
  if (a->lo < 0) {
    int64_t up = floor_div(-a->lo + c - 1, c);
    return weft_ir_add_int(ir, make_div(ir, WEFT_IR_DIV, weft_ir_add_int(ir, a, up * c), c), -up);
  }
  return make_div(ir, WEFT_IR_DIV, a, c);
}

weft_ir_value *weft_ir_mod(weft_ir *ir, weft_ir_value *a, int64_t c) {
  if (c == 1 || (a->multiple % c == 0 && a != &ir->dummy)) return weft_ir_int(ir, 0);
  if (a == &ir->dummy) return a;
  if (floor_div(a->lo, c) == floor_div(a->hi, c)) return weft_ir_add_int(ir, a, -floor_div(a->lo, c) * c);
  if (a->op == WEFT_IR_MOD && a->imm % c == 0) return weft_ir_mod(ir, a->in[0], c);
  if (a->op == WEFT_IR_SUM) {
    sum s = {0}, divisible, rest;
    int64_t g;
    collect(&s, a, 1, 0);
    split(&s, c, 1, &divisible, &rest);
    if (divisible.n || divisible.constant) return weft_ir_mod(ir, finish(ir, &rest, 0), c);
    if (find_split(&s, c, &g, &divisible, &rest)) {
      weft_ir_value *high;
      if (coefs_divisible(&divisible, g)) {
        scale_down(&divisible, g);
        high = weft_ir_mul(ir, weft_ir_mod(ir, finish(ir, &divisible, 0), c / g), g);
      } else {
        high = weft_ir_mod(ir, finish(ir, &divisible, 0), c);
      }
      return weft_ir_add(ir, high, finish(ir, &rest, 0));
    }
  }
  if (a->lo < 0) {
    int64_t up = floor_div(-a->lo + c - 1, c);
    return make_div(ir, WEFT_IR_MOD, weft_ir_add_int(ir, a, up * c), c);
  }
  return make_div(ir, WEFT_IR_MOD, a, c);
}

/* ---- minimum, maximum, promises ---- */

static weft_ir_value *extreme(weft_ir *ir, weft_ir_op op, weft_ir_value *a, weft_ir_value *b) {
  int smaller = op == WEFT_IR_MIN;
  if (a == b || (smaller ? a->hi <= b->lo : a->lo >= b->hi)) return a;
  if (smaller ? b->hi <= a->lo : b->lo >= a->hi) return b;
  if (is_int(a) || (!is_int(b) && a->id > b->id)) { /* constants second, else by age */
    weft_ir_value *t = a;
    a = b;
    b = t;
  }
  if (is_int(b) && a->op == op && is_int(a->in[1])) return extreme(ir, op, a->in[0], extreme(ir, op, a->in[1], b));
  weft_ir_value *in[2] = {a, b};
  weft_ir_value v = {.op = op,
                     .type = WEFT_IR_I32,
                     .lanes = a->lanes > b->lanes ? a->lanes : b->lanes,
                     .in = in,
                     .n_in = 2,
                     .multiple = gcd(a->multiple, b->multiple)};
  v.lo = smaller == (a->lo < b->lo) ? a->lo : b->lo;
  v.hi = smaller == (a->hi < b->hi) ? a->hi : b->hi;
  return weft_ir_intern(ir, &v);
}

weft_ir_value *weft_ir_min(weft_ir *ir, weft_ir_value *a, weft_ir_value *b) { return extreme(ir, WEFT_IR_MIN, a, b); }
weft_ir_value *weft_ir_max(weft_ir *ir, weft_ir_value *a, weft_ir_value *b) { return extreme(ir, WEFT_IR_MAX, a, b); }

static weft_ir_value *assume(weft_ir *ir, weft_ir_value *a, int64_t lo, int64_t hi, int whole) {
  weft_ir_value v = {.op = WEFT_IR_ASSUME,
                     .type = WEFT_IR_I32,
                     .lanes = a->lanes,
                     .in = &a,
                     .n_in = 1,
                     .imm = whole,
                     .multiple = a->multiple,
                     .lo = a->lo > lo ? a->lo : lo,
                     .hi = a->hi < hi ? a->hi : hi};
  if (v.lo > v.hi) v.lo = lo, v.hi = hi; /* never reached with a true promise */
  return weft_ir_intern(ir, &v);
}

weft_ir_value *weft_ir_assume(weft_ir *ir, weft_ir_value *a, int64_t lo, int64_t hi) {
  return a->lo >= lo && a->hi <= hi ? a : assume(ir, a, lo, hi, 0);
}

weft_ir_value *weft_ir_keep(weft_ir *ir, weft_ir_value *a) { return is_int(a) ? a : assume(ir, a, a->lo, a->hi, 1); }

/* ---- conditions ---- */

int weft_ir_is_false(const weft_ir_value *guard) { return guard && is_int(guard) && guard->imm == 0; }
int weft_ir_is_true(const weft_ir_value *guard) { return !guard || (is_int(guard) && guard->imm != 0); }

static weft_ir_value *condition(weft_ir *ir, weft_ir_op op, weft_ir_value *a, weft_ir_value *b) {
  weft_ir_value *in[2] = {a, b};
  weft_ir_value v = {
      .op = op, .type = WEFT_IR_BOOL, .lanes = a->lanes, .in = in, .n_in = b ? 2 : 1, .hi = 1, .multiple = 1};
  if (b && b->lanes > v.lanes) v.lanes = b->lanes;
  return weft_ir_intern(ir, &v);
}

static void difference(weft_ir_value *a, weft_ir_value *b, int64_t *out_lo, int64_t *out_hi) {
  sum s = {0};
  collect(&s, a, 1, 0);
  collect(&s, b, -1, 0);
  drop_zeros(&s);
  range_of(&s, out_lo, out_hi);
}

weft_ir_value *weft_ir_less(weft_ir *ir, weft_ir_value *a, weft_ir_value *b) {
  if (a->type == WEFT_IR_I32 && b->type == WEFT_IR_I32) {
    int64_t lo, hi;
    difference(a, b, &lo, &hi);
    if (hi < 0) return weft_ir_bool(ir, 1);
    if (lo >= 0) return weft_ir_bool(ir, 0);
  }
  return condition(ir, WEFT_IR_LESS, a, b);
}

weft_ir_value *weft_ir_equal(weft_ir *ir, weft_ir_value *a, weft_ir_value *b) {
  if (a->type == WEFT_IR_I32 && b->type == WEFT_IR_I32) {
    int64_t lo, hi;
    difference(a, b, &lo, &hi);
    if (lo == 0 && hi == 0) return weft_ir_bool(ir, 1);
    if (lo > 0 || hi < 0) return weft_ir_bool(ir, 0);
  }
  return condition(ir, WEFT_IR_EQUAL, a, b);
}

/* Whether a implies b for being a conjunction that holds it. */
static int holds(const weft_ir_value *a, const weft_ir_value *b) {
  return a == b || (a->op == WEFT_IR_AND && (holds(a->in[0], b) || holds(a->in[1], b)));
}

weft_ir_value *weft_ir_and(weft_ir *ir, weft_ir_value *a, weft_ir_value *b) {
  if (weft_ir_is_true(a)) return weft_ir_is_true(b) ? NULL : b;
  if (weft_ir_is_true(b) || weft_ir_is_false(a)) return a;
  if (weft_ir_is_false(b) || holds(b, a)) return b;
  if (holds(a, b)) return a;
  if (b->op == WEFT_IR_AND) return weft_ir_and(ir, weft_ir_and(ir, a, b->in[0]), b->in[1]);
  return condition(ir, WEFT_IR_AND, a, b);
}

weft_ir_value *weft_ir_or(weft_ir *ir, weft_ir_value *a, weft_ir_value *b) {
  if (weft_ir_is_true(a) || weft_ir_is_true(b)) return NULL;
  if (weft_ir_is_false(a) || a == b) return b;
  if (weft_ir_is_false(b)) return a;
  return condition(ir, WEFT_IR_OR, a, b);
}

weft_ir_value *weft_ir_not(weft_ir *ir, weft_ir_value *a) {
  if (!a) return weft_ir_bool(ir, 0);
  if (is_int(a)) return weft_ir_bool(ir, !a->imm);
  return a->op == WEFT_IR_NOT ? a->in[0] : condition(ir, WEFT_IR_NOT, a, NULL);
}

/* The first lane of neighbours that begin at a multiple of their number: where such numbers begin a range and end it,
 * it decides for all. Else a itself. */
static weft_ir_value *deciding_lane(weft_ir *ir, weft_ir_value *a, int64_t size) {
  weft_ir_value *first;
  int64_t stride;
  int neighbours = a->lanes > 1 && size % a->lanes == 0 && weft_ir_lane_form(ir, a, &first, &stride) && stride == 1;
  return neighbours && first->multiple % a->lanes == 0 ? first : a;
}

weft_ir_value *weft_ir_in_range(weft_ir *ir, weft_ir_value *a, int64_t size) {
  a = deciding_lane(ir, a, size);
  weft_ir_value *low = a->lo >= 0 ? NULL : weft_ir_less(ir, weft_ir_int(ir, -1), a);
  weft_ir_value *high = a->hi < size ? NULL : weft_ir_less(ir, a, weft_ir_int(ir, size));
  return weft_ir_and(ir, low, high);
}

weft_ir_value *weft_ir_select(weft_ir *ir, weft_ir_value *choice, weft_ir_value *a, weft_ir_value *b) {
  if (weft_ir_is_true(choice) || a == b) return a;
  if (weft_ir_is_false(choice)) return b;
  weft_ir_value *in[3] = {choice, a, b};
  weft_ir_value v = {.op = WEFT_IR_SELECT, .type = a->type, .lanes = choice->lanes, .in = in, .n_in = 3, .multiple = 1};
  for (int i = 1; i < 3; i++) v.lanes = in[i]->lanes > v.lanes ? in[i]->lanes : v.lanes;
  v.lo = a->lo < b->lo ? a->lo : b->lo;
  v.hi = a->hi > b->hi ? a->hi : b->hi;
  v.multiple = gcd(a->multiple, b->multiple);
  if (v.multiple == 0) v.multiple = 1;
  return weft_ir_intern(ir, &v);
}

/* ---- asking ---- */

int weft_ir_lane_form(weft_ir *ir, weft_ir_value *a, weft_ir_value **out_base, int64_t *out_stride) {
  *out_base = a;
  *out_stride = 0;
  if (a->lanes == 1) return 1;
  sum s = {0};
  collect(&s, a, 1, 0);
  for (int i = 0; i < s.n; i++) {
    if (s.terms[i].value->op == WEFT_IR_LANE) {
      *out_stride = s.terms[i].coef;
      s.terms[i].coef = 0;
    } else if (s.terms[i].value->lanes != 1) {
      return 0;
    }
  }
  *out_base = finish(ir, &s, 0);
  return 1;
}

int weft_ir_depends_on(const weft_ir_value *a, const weft_ir_value *wanted) {
  if (a == wanted) return 1;
  for (int i = 0; i < a->n_in; i++)
    if (weft_ir_depends_on(a->in[i], wanted)) return 1;
  return 0;
}

int64_t weft_ir_coefficient(weft_ir_value *a, const weft_ir_value *wanted, int *out_elsewhere) {
  sum s = {0};
  int64_t coef = 0;
  collect(&s, a, 1, 1);
  for (int i = 0; i < s.n; i++) {
    if (s.terms[i].value == wanted)
      coef = s.terms[i].coef;
    else if (out_elsewhere && weft_ir_depends_on(s.terms[i].value, wanted))
      *out_elsewhere = 1;
  }
  return coef;
}
