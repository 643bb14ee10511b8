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
#define w_barrier() barrier(CLK_LOCAL_MEM_FENCE)
#define W_GROUP_ID(d) ((int)get_group_id(d))
#define W_LOCAL_ID(d) ((int)get_local_id(d))
#define W_UNROLL _Pragma("unroll")

/* A vector stored at any address. Of vstore compilers often make stores of halves and quarters. */
#ifdef __clang__
#define w_store(SPACE, TYPE, LANES, x, to) \
  { \
    typedef TYPE##LANES __attribute__((aligned(4))) w_vector; \
    *(SPACE w_vector *)(to) = (x); \
  }
#else
#define w_store(SPACE, TYPE, LANES, x, to) vstore##LANES(x, 0, to)
#endif

/* A vector stored past the caches, at an address of whole vectors. */
#if defined(__clang__) && defined(__has_builtin)
#if __has_builtin(__builtin_nontemporal_store)
#define w_store_past(SPACE, TYPE, LANES, x, to) __builtin_nontemporal_store(x, (SPACE TYPE##LANES *)(to))
#endif
#endif
#ifndef w_store_past
#define w_store_past(SPACE, TYPE, LANES, x, to) w_store(SPACE, TYPE, LANES, x, to)
#endif

/* N vectors of N lanes, v[0], v[1], .., turned round: lane j of v[i] becomes lane i of v[j]. Each step shuffles the first
 * half of them into the second. */
#define W_ZIP_4(a, b) ((float4)(a, b)).s0213
#define W_ZIP_8(a, b) ((float8)(a, b)).s04152637
#define W_ZIP_16(a, b) ((float16)(a, b)).s08192a3b4c5d6e7f
#define W_TURN(N, STEPS, v) \
  W_UNROLL for (int w_step = 0; w_step < STEPS; w_step++) { \
    float##N w_rows[N]; \
    W_UNROLL for (int w_i = 0; w_i < N / 2; w_i++) { \
      w_rows[2 * w_i] = W_ZIP_##N(v[w_i].lo, v[w_i + N / 2].lo); \
      w_rows[2 * w_i + 1] = W_ZIP_##N(v[w_i].hi, v[w_i + N / 2].hi); \
    } \
    W_UNROLL for (int w_i = 0; w_i < N; w_i++) v[w_i] = w_rows[w_i]; \
  }
#define W_TURN_4(v) W_TURN(4, 2, v)
#define W_TURN_8(v) W_TURN(8, 3, v)
#define W_TURN_16(v) W_TURN(16, 4, v)

/* A hint that the line at this address will be read (0) or written (1). */
#if defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__))
#define w_prefetch(from, written) __builtin_prefetch((const void *)(ulong)(from), written)
#else
#define w_prefetch(from, written)
#endif

/* Extremes are NaN when either operand is. Whether b is can be seen before a is known, which matters where a is what a loop
 * carries. */
#define w_max(a, b) w_select((b) != (b), (b), w_select((b) > (a), (b), (a)))
#define w_min(a, b) w_select((b) != (b), (b), w_select((b) < (a), (b), (a)))
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

/* exp(x) = 2^k e^r, |r| <= ln(2)/2, by 1 + r + r^2 P(r), P of degree 3 with the least relative error (1.1e-7), in few
 * steps that wait for each other. Adding 1.5 * 2^23 rounds to a whole number, left in the low bits, here with the 254
 * that keep both of the factors that make 2^k in range. k ln(2) in two parts, the first short enough to be exact. */
#define W_EXP(N, INT, FLOAT) \
  FLOAT w_exp_##N(FLOAT x) { \
    const FLOAT capped = w_select(x > 88.8f, (FLOAT)(88.8f), x); \
    const FLOAT t = w_select(capped < -104.0f, (FLOAT)(-104.0f), capped), shifted = t * 1.44269504f + 12583166.0f; \
    const FLOAT k = shifted - 12583166.0f, r = (t - k * 0.693145751953125f) - k * 1.428606765e-6f, z = r * r; \
    const INT bits = as_int##N(shifted); \
    FLOAT p = (r * 8.31250125e-3f + 4.18903315e-2f) * z + (r * 0.166671154f + 0.499992303f); \
    p = p * z + (r + 1.0f); \
    return p * as_float##N((bits >> 1) << 23) * as_float##N((bits - (bits >> 1)) << 23); \
  }
/* With AVX-512 k counts 32nds: 2^k is a number of a table (its index the low bits again) times a power that scales, and
 * e^r, |r| <= ln(2)/64, a polynomial of degree 2 (5e-8), half of the multiplications. Multiplying and subtracting round
 * once, so one part of k ln(2) is off by k 2e-9 at most. Scaling is by any k, also an infinite one; what is not small of
 * r then, or no number, is made one below 2 by a bit of its exponent. */
#if defined(__clang__) && defined(__AVX512F__)
#define W_EXP_16(INT, FLOAT) \
  FLOAT w_exp_16(FLOAT x) { \
    const FLOAT low = (FLOAT)(1.0f, 1.0218972f, 1.04427373f, 1.06714046f, 1.09050775f, 1.1143868f, 1.13878858f, \
                              1.1637249f, 1.18920708f, 1.21524739f, 1.24185777f, 1.26905096f, 1.29683959f, \
                              1.32523668f, 1.35425556f, 1.38390994f); \
    const FLOAT high = (FLOAT)(1.41421354f, 1.44518077f, 1.47682619f, 1.50916445f, 1.54221082f, 1.5759809f, \
                               1.61049032f, 1.64575553f, 1.68179286f, 1.71861935f, 1.75625217f, 1.79470909f, \
                               1.8340081f, 1.87416768f, 1.91520655f, 1.95714414f); \
    const FLOAT shifted = x * 1.44269504f + 393216.0f, k = shifted - 393216.0f; \
    const FLOAT r = as_float16(as_int16(x - k * 0.693147182f) & ~0x40000000); \
    const FLOAT table = __builtin_ia32_vpermi2varps512(low, as_int16(shifted), high); \
    const FLOAT p = (table * r) * (r * 0.49999998f + 1.00001466f) + table; \
    return __builtin_ia32_scalefps512_mask(p, k, (FLOAT)(0.0f), (ushort)0xffff, 4); \
  }
#else
#define W_EXP_16(INT, FLOAT) W_EXP(16, INT, FLOAT)
#endif
#define W_EXP_2(INT, FLOAT) W_EXP(2, INT, FLOAT)
#define W_EXP_4(INT, FLOAT) W_EXP(4, INT, FLOAT)
#define W_EXP_8(INT, FLOAT) W_EXP(8, INT, FLOAT)

/* The dear words for vectors: what a compiler has for vectors of exp is often the scalar one, lane by lane. A kernel that
 * needs them for N lanes says W_MATH(N, intN, floatN). Relative errors are below 5e-7.
 *   exp    see above
 *   log    k ln(2) + 2 atanh(s), s = (m - 1) / (m + 1), of 2^k m, m in [sqrt(1/2), sqrt(2)).
 *   log1p, expm1   what 1 + x loses is made up for by a ratio (Kahan's way).
 *   tanh, erf      x P(x^2) / Q(x^2), interpolated at Chebyshev nodes of x, constant where the result rounds to 1. */
#define W_MATH(N, INT, FLOAT) \
  W_EXP_##N(INT, FLOAT) \
  FLOAT w_log_##N(FLOAT x) { \
    const INT tiny = x < 1.17549435e-38f; \
    const INT bits = as_int##N(w_select(tiny, x * 8388608.0f, x)); \
    FLOAT m = as_float##N((bits & 0x7fffff) | 0x3f800000); \
    const INT large = m > 1.41421356f; \
    m = w_select(large, m * 0.5f, m); \
    const FLOAT k = convert_float##N((bits >> 23) - 127 + tiny * 23 - large); \
    const FLOAT s = (m - 1.0f) / (m + 1.0f), z = s * s; \
    FLOAT p = z * (1.0f / 11.0f) + 1.0f / 9.0f; \
    p = p * z + 1.0f / 7.0f; \
    p = p * z + 0.2f; \
    p = (p * z + 1.0f / 3.0f) * z; \
    const FLOAT y = k * 0.693145751953125f + (k * 1.428606765e-6f + (s * 2.0f + s * 2.0f * p)); \
    return w_select(x > 0.0f, w_select(x < w_inf, y, x), \
                    w_select(x == 0.0f, (FLOAT)(-w_inf), (FLOAT)(w_nan))); \
  } \
  FLOAT w_log1p_##N(FLOAT x) { \
    const FLOAT u = x + 1.0f, d = u - 1.0f, y = w_log_##N(u); \
    return w_select(d == 0.0f, x, w_select(u < w_inf, y * (x / d), y)); \
  } \
  FLOAT w_expm1_##N(FLOAT x) { \
    const FLOAT u = w_exp_##N(x), d = u - 1.0f; \
    return w_select(d == 0.0f, x, w_select(u < w_inf && x > -18.0f, d * (x / w_log_##N(u)), d)); \
  } \
  FLOAT w_tanh_##N(FLOAT x) { \
    FLOAT t = w_select(x > 9.02f, (FLOAT)(9.02f), x); \
    t = w_select(t < -9.02f, (FLOAT)(-9.02f), t); \
    const FLOAT z = t * t; \
    FLOAT p = z * 1.33201128e-8f + 2.06132122e-5f, q = z * 7.77067126e-7f + 3.28735532e-4f; \
    p = p * z + 3.49727725e-3f; \
    q = q * z + 2.58849889e-2f; \
    p = p * z + 0.133829581f; \
    q = q * z + 0.467162893f; \
    p = p * z + 1.0f; \
    q = q * z + 1.0f; \
    const FLOAT y = t * p / q; \
    return w_select(y > 1.0f, (FLOAT)(1.0f), w_select(y < -1.0f, (FLOAT)(-1.0f), y)); \
  } \
  FLOAT w_erf_##N(FLOAT x) { \
    FLOAT t = w_select(x > 3.925f, (FLOAT)(3.925f), x); \
    t = w_select(t < -3.925f, (FLOAT)(-3.925f), t); \
    const FLOAT z = t * t; \
    FLOAT p = z * 2.09997708e-6f + 2.78265091e-4f, q = z * 3.82756081e-5f + 1.0906244e-3f; \
    p = p * z + 3.46453505e-3f; \
    q = q * z + 1.43525368e-2f; \
    p = p * z + 5.17828136e-2f; \
    q = q * z + 0.111168755f; \
    p = p * z + 0.18336023f; \
    q = q * z + 0.495832105f; \
    p = p * z + 1.12837917f; \
    q = q * z + 1.0f; \
    const FLOAT y = t * p / q; \
    return w_select(y > 1.0f, (FLOAT)(1.0f), w_select(y < -1.0f, (FLOAT)(-1.0f), y)); \
  }

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

/* The same numbers for N neighbours, the first a multiple of 4: N / 4 blocks in vectors of H = N / 2 products, where W_RANDOM
 * computes each block four times. Lanes: word 0 (1) of each block, then word 2 (3). BLOCKS is 0 .. N / 4 - 1. */
#define W_RANDOM_RUN(N, H, BLOCKS) \
  uint##N w_words##N(uint key0, uint key1, uint step, uint block) { \
    const ulong##H mask = 0xffffffffu; \
    ulong##H even, odd = 0, factor, key, bump; \
    even.lo = BLOCKS + (ulong)block; \
    even.hi = step; \
    factor.lo = 0xd2511f53u; \
    factor.hi = 0xcd9e8d57u; \
    key.lo = key0; \
    key.hi = key1; \
    bump.lo = 0x9e3779b9u; \
    bump.hi = 0xbb67ae85u; \
    for (int round = 0; round < 10; round++) { \
      const ulong##H product = (even & mask) * factor, high = product >> 32; \
      even = (ulong##H)(high.hi, high.lo) ^ odd ^ key; \
      odd = (ulong##H)(product.hi, product.lo) & mask; \
      key = (key + bump) & mask; \
    } \
    const uint##H x = convert_uint##H(even), y = convert_uint##H(odd); \
    uint##H first, second; \
    uint##N words; \
    first.even = x.lo; \
    first.odd = x.hi; \
    second.even = y.lo; \
    second.odd = y.hi; \
    words.even = first; \
    words.odd = second; \
    return words; \
  } \
  float##N w_uniform_run##N(uint key0, uint key1, int step, int index) { \
    return convert_float##N(w_words##N(key0, key1, (uint)step, (uint)index >> 2) >> 8) * 0x1p-24f; \
  } \
  float##N w_normal_run##N(uint key0, uint key1, int step, int index) { \
    const uint##N low = w_words##N(key0, key1, (uint)step, (uint)index >> 1); \
    const uint##N high = w_words##N(key0, key1, (uint)step, ((uint)index >> 1) + N / 4); \
    const float##N u1 = (convert_float##N((uint##N)(low.even, high.even) >> 8) + 0.5f) * 0x1p-24f; \
    const float##N u2 = convert_float##N((uint##N)(low.odd, high.odd) >> 8) * 0x1p-24f; \
    return sqrt(-2.0f * log(u1)) * cos(6.2831853071795865f * u2); \
  }
