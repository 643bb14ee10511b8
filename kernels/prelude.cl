/* prelude.cl -- the words of the op table's formulas in OpenCL C 1.2, for scalars and vectors alike, and the random
 * generator. Every kernel starts with this file.
 *
 * A comparison of vectors yields -1 where it holds, one of scalars 1: conditions appear only in w_select and w_bool.
 * Words with _i are their meaning for integers. Words that end in a number of lanes are for vectors of that many. */

#define w_inf INFINITY
#define w_nan NAN
#define w_lit(x) x##f
#define w_select(c, a, b) ((c) ? (a) : (b))
#define w_bool(c) ((c) & 1)
#define w_fma(a, b, c) fma(a, b, c)
#define w_barrier() barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)

/* Extremes are NaN when either operand is. */
#define w_max(a, b) w_select((a) != (a), (a), w_select((a) > (b), (a), (b)))
#define w_min(a, b) w_select((a) != (a), (a), w_select((a) < (b), (a), (b)))
#define w_max_i(a, b) max(a, b)
#define w_min_i(a, b) min(a, b)
#define w_div(a, b) ((a) / (b))
#define w_abs(a) fabs(a)
#define w_sign(a) w_select((a) != (a), (a), sign(a))
/* Division by 0 gives 0; by -1 it is a negation, which cannot trap at the smallest integer. */
#define w_unsafe_divisor(b) ((b) == 0 || (b) == -1)
#define w_safe_divisor(b) w_select(w_unsafe_divisor(b), (b) * 0 + 1, (b))
#define w_div_i(a, b) w_select((b) == 0, (a) * 0, w_select((b) == -1, (a) * -1, (a) / w_safe_divisor(b)))
#define w_mod_i(a, b) w_select(w_unsafe_divisor(b), (a) * 0, (a) % w_safe_divisor(b))
#define w_abs_i(a) w_select((a) < 0, -(a), (a))
#define w_sign_i(a) (w_bool((a) > 0) - w_bool((a) < 0))

#define w_f32(a) convert_float(a)
#define w_f32_2(a) convert_float2(a)
#define w_f32_4(a) convert_float4(a)
#define w_f32_8(a) convert_float8(a)
#define w_f32_16(a) convert_float16(a)
/* Out of range: the nearest end; NaN: 0. */
#define w_i32(a) convert_int_sat_rtz(a)
#define w_i32_2(a) convert_int2_sat_rtz(a)
#define w_i32_4(a) convert_int4_sat_rtz(a)
#define w_i32_8(a) convert_int8_sat_rtz(a)
#define w_i32_16(a) convert_int16_sat_rtz(a)

#define w_pow(a, b) pow(a, b)
#define w_sqrt(a) sqrt(a)
#define w_rsqrt(a) rsqrt(a)
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

/* Indices that are known not to be negative, divided by a constant. */
#define w_quot(x, c) ((int)((uint)(x) / c##u))
#define w_rem(x, c) ((int)((uint)(x) % c##u))
#define w_quot_2(x, c) as_int2(as_uint2(x) / c##u)
#define w_rem_2(x, c) as_int2(as_uint2(x) % c##u)
#define w_quot_4(x, c) as_int4(as_uint4(x) / c##u)
#define w_rem_4(x, c) as_int4(as_uint4(x) % c##u)
#define w_quot_8(x, c) as_int8(as_uint8(x) / c##u)
#define w_rem_8(x, c) as_int8(as_uint8(x) % c##u)
#define w_quot_16(x, c) as_int16(as_uint16(x) / c##u)
#define w_rem_16(x, c) as_int16(as_uint16(x) % c##u)

/* Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). The counter is (index / 4, 0,
 * step, 0); a uniform number takes word index % 4 of it, a normal one a pair of words. A kernel that needs random numbers of
 * N lanes says W_RANDOM(N, uintN, intN, floatN); N is empty for one lane. */
#define W_PHILOX_ROUND(c0, c1, c2, c3, k0, k1, t0, t2) \
  t0 = mul_hi(c0, m0); \
  t2 = mul_hi(c2, m1); \
  c0 *= m0; \
  c2 *= m1; \
  t2 ^= c1 ^ k0; \
  t0 ^= c3 ^ k1; \
  c1 = c2; \
  c3 = c0; \
  c0 = t2; \
  c2 = t0; \
  k0 += 0x9e3779b9u; \
  k1 += 0xbb67ae85u;

#define W_RANDOM(N, UINT, INT, FLOAT) \
  void w_philox##N(uint key0, uint key1, uint step, UINT block, UINT *x0, UINT *x1, UINT *x2, UINT *x3) { \
    const UINT m0 = 0xd2511f53u, m1 = 0xcd9e8d57u; \
    UINT c0 = block, c1 = 0, c2 = step, c3 = 0, t0, t2; \
    for (int round = 0; round < 10; round++) { W_PHILOX_ROUND(c0, c1, c2, c3, key0, key1, t0, t2) } \
    *x0 = c0; \
    *x1 = c1; \
    *x2 = c2; \
    *x3 = c3; \
  } \
  FLOAT w_uniform##N(uint key0, uint key1, int step, INT index) { \
    UINT x0, x1, x2, x3; \
    w_philox##N(key0, key1, (uint)step, as_uint##N(index) >> 2, &x0, &x1, &x2, &x3); \
    const INT odd = (index & 1) != 0, high = (index & 2) != 0; \
    return convert_float##N(w_select(high, w_select(odd, x3, x2), w_select(odd, x1, x0)) >> 8) * 0x1p-24f; \
  } \
  FLOAT w_normal##N(uint key0, uint key1, int step, INT index) { \
    UINT x0, x1, x2, x3; \
    w_philox##N(key0, key1, (uint)step, as_uint##N(index) >> 1, &x0, &x1, &x2, &x3); \
    const INT odd = (index & 1) != 0; \
    const FLOAT u1 = (convert_float##N(w_select(odd, x2, x0) >> 8) + 0.5f) * 0x1p-24f; \
    const FLOAT u2 = convert_float##N(w_select(odd, x3, x1) >> 8) * 0x1p-24f; \
    return sqrt(-2.0f * log(u1)) * cos(6.2831853071795865f * u2); \
  }
