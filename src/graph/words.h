/* words.h -- the words of scalar.def in C, over double and over int64_t: what the oracle and constant folding compute
 * with. kernels/prelude.cl and shaders/prelude.glsl define the same words for devices.
 *
 * i32 is computed in int64_t, where no operation on two i32 values overflows, and wrapped afterwards. Arguments are
 * evaluated more than once. Words that round or have a domain are meant for double alone. */
#ifndef WEFT_GRAPH_WORDS_H
#define WEFT_GRAPH_WORDS_H
#include <math.h>
#include <stdint.h>

static inline double weft_word_div_f64(double a, double b) { return a / b; }
static inline int64_t weft_word_div_i64(int64_t a, int64_t b) { return b == 0 ? 0 : a / b; }
static inline int64_t weft_word_mod_i64(int64_t a, int64_t b) { return b == 0 ? 0 : a % b; }
static inline double weft_word_abs_f64(double a) { return fabs(a); }
static inline int64_t weft_word_abs_i64(int64_t a) { return a < 0 ? -a : a; }
/* Out of range: the nearest end; NaN: 0. */
static inline int64_t weft_word_i32_f64(double a) {
  return isnan(a) ? 0 : a <= INT32_MIN ? INT32_MIN : a >= INT32_MAX ? INT32_MAX : (int64_t)a;
}

#define w_lit(x) (x)
#define w_bool(condition) ((condition) ? 1 : 0)
#define w_select(condition, yes, no) ((condition) ? (yes) : (no))
#define w_div(a, b) _Generic((a) + (b), double : weft_word_div_f64, default : weft_word_div_i64)(a, b)
#define w_mod(a, b) weft_word_mod_i64(a, b)
#define w_max(a, b) ((a) > (b) || (a) != (a) ? (a) : (b))
#define w_min(a, b) ((a) < (b) || (a) != (a) ? (a) : (b))
#define w_abs(a) _Generic((a), double : weft_word_abs_f64, default : weft_word_abs_i64)(a)
#define w_sign(a) ((a) > 0 ? 1 : (a) < 0 ? -1 : (a)) /* NaN stays */
#define w_f32(a) ((double)(a))
#define w_i32(a) weft_word_i32_f64(a)
#define w_pow(a, b) pow(a, b)
#define w_sqrt(a) sqrt(a)
#define w_rsqrt(a) (1 / sqrt(a))
#define w_exp(a) exp(a)
#define w_log(a) log(a)
#define w_log1p(a) log1p(a)
#define w_expm1(a) expm1(a)
#define w_sin(a) sin(a)
#define w_cos(a) cos(a)
#define w_tanh(a) tanh(a)
#define w_erf(a) erf(a)
#define w_floor(a) floor(a)
#define w_ceil(a) ceil(a)
#define w_round(a) rint(a)
#endif
