#version 450
#extension GL_EXT_control_flow_attributes : enable
/* prelude.glsl -- the words of the op table's formulas in GLSL, and the random generator. Every shader starts with this
 * file.
 *
 * exp, log, sin, cos and what follows from them are written out: Vulkan allows the built-in ones errors that grow with
 * the operand, and leaves open what they give for infinities and NaN. Their relative error is below 1e-6. */

#define w_inf uintBitsToFloat(0x7f800000u)
#define w_nan uintBitsToFloat(0x7fc00000u)
#define w_lit(x) float(x)
#define w_select(c, a, b) ((c) ? (a) : (b))
#define w_bool(c) int(c)
#define w_fma(a, b, c) fma(a, b, c)
#define W_GROUP_ID(i) int(gl_WorkGroupID[i])
#define W_LOCAL_ID(i) int(gl_LocalInvocationID[i])
#define W_UNROLL [[unroll]]

/* Shared memory is ordered by the barrier itself. Buffers are not, and need not be: no kernel hands anything on through
 * one to its own work-items. memoryBarrierBuffer() would be for the whole device and wait for all that is on its way, also
 * for what the next step has asked memory for. */
void w_barrier() { barrier(); }

/* Extremes are NaN when either operand is. */
float w_max(float a, float b) { return a != a ? a : a > b ? a : b; }
float w_min(float a, float b) { return a != a ? a : a < b ? a : b; }
int w_max_i(int a, int b) { return max(a, b); }
int w_min_i(int a, int b) { return min(a, b); }
#define w_div(a, b) ((a) / (b))
#define w_abs(a) abs(a)
#define w_abs_i(a) abs(a)
float w_sign(float a) { return a != a ? a : sign(a); }
#define w_sign_i(a) sign(a)

/* Rounded towards zero, by unsigned numbers: what GLSL's own does with negative operands is left open for %. */
int w_div_i(int a, int b) {
  if (b == 0) return 0;
  uint quotient = (a < 0 ? 0u - uint(a) : uint(a)) / (b < 0 ? 0u - uint(b) : uint(b));
  return int((a < 0) != (b < 0) ? 0u - quotient : quotient);
}
int w_mod_i(int a, int b) {
  if (b == 0) return 0;
  uint rest = (a < 0 ? 0u - uint(a) : uint(a)) % (b < 0 ? 0u - uint(b) : uint(b));
  return int(a < 0 ? 0u - rest : rest);
}

#define w_f32(a) float(a)
/* Out of range: the nearest end; NaN: 0. */
int w_i32(float a) { return a != a ? 0 : a <= -2147483648.0 ? -2147483647 - 1 : a >= 2147483648.0 ? 2147483647 : int(a); }

/* Without branches, which cost every work-item both ways where these are lanes of a vector.
 *
 * e^x = 2^k e^r, |r| <= ln(2)/2, by its series up to r^7; 2^k in two factors, so that neither leaves the range. ln(2) in two
 * parts, the first short enough that k times it is exact. */
float w_exp(float x) {
  float t = clamp(x, -104.0, 89.0);
  float k = roundEven(t * 1.4426950408889634);
  float r = (t - k * 0.693145751953125) - k * 1.428606765330187e-6;
  float p = 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r * r + r + 1.0;
  int e = int(k), half_e = e / 2;
  p = p * uintBitsToFloat(uint(half_e + 127) << 23) * uintBitsToFloat(uint(e - half_e + 127) << 23);
  return x != x ? x : x > 88.73 ? w_inf : x < -104.0 ? 0.0 : p;
}

/* log(2^k m), m in [sqrt(1/2), sqrt(2)): k ln(2) + 2 atanh(s), s = (m - 1) / (m + 1). */
float w_log(float x) {
  bool is_small = x < 1.17549435e-38;
  uint bits = floatBitsToUint(is_small ? x * 8388608.0 : x);
  int k = int(bits >> 23) - (is_small ? 150 : 127);
  float m = uintBitsToFloat((bits & 0x7fffffu) | 0x3f800000u);
  k += m > 1.41421356 ? 1 : 0;
  m = m > 1.41421356 ? m * 0.5 : m;
  float s = (m - 1.0) / (m + 1.0), z = s * s;
  float p = ((((z / 11.0 + 1.0 / 9.0) * z + 1.0 / 7.0) * z + 0.2) * z + 1.0 / 3.0) * z;
  float y = float(k) * 0.693145751953125 + (float(k) * 1.428606765330187e-6 + (2.0 * s + 2.0 * s * p));
  return x > 0.0 && x < w_inf ? y : x == 0.0 ? -w_inf : x < 0.0 ? w_nan : x;
}

/* What 1 + x loses is made up for by the ratio (Kahan's way). It loses nothing to speak of where x is large, and a quotient
 * of numbers beyond 2^126 may be anything in Vulkan. */
float w_log1p(float x) {
  float u = 1.0 + x;
  if (u == 1.0) return x;
  if (x > 16777216.0 || u <= 0.0) return w_log(u);
  return w_log(u) * (x / (u - 1.0));
}
float w_expm1(float x) {
  float u = w_exp(x);
  if (u == 1.0) return x;
  if (u == w_inf || x < -18.0) return u - 1.0;
  return (u - 1.0) * (x / w_log(u));
}

/* x P(x^2) / Q(x^2), interpolated at Chebyshev nodes of x, constant where the result rounds to 1. */
float w_tanh(float x) {
  float t = clamp(x, -9.02, 9.02), z = t * t;
  float p = (((1.33201128e-8 * z + 2.06132122e-5) * z + 3.49727725e-3) * z + 0.133829581) * z + 1.0;
  float q = (((7.77067126e-7 * z + 3.28735532e-4) * z + 2.58849889e-2) * z + 0.467162893) * z + 1.0;
  return x != x ? x : clamp(t * p / q, -1.0, 1.0);
}
float w_erf(float x) {
  float t = clamp(x, -3.925, 3.925), z = t * t;
  float p = ((((2.09997708e-6 * z + 2.78265091e-4) * z + 3.46453505e-3) * z + 5.17828136e-2) * z + 0.18336023) * z + 1.12837917;
  float q = ((((3.82756081e-5 * z + 1.0906244e-3) * z + 1.43525368e-2) * z + 0.111168755) * z + 0.495832105) * z + 1.0;
  return x != x ? x : clamp(t * p / q, -1.0, 1.0);
}

/* x - k pi/2, pi/2 in three parts; good for |x| up to about 1e5. */
float w_sin_quarter(float x, int turn) {
  float k = roundEven(x * 0.6366197723675814);
  float r = ((x - k * 1.5703125) - k * 4.837512969970703125e-4) - k * 7.549789948768648e-8;
  float z = r * r;
  int quadrant = (int(k) + turn) & 3;
  float s = r + r * z * (-1.0 / 6.0 + z * (1.0 / 120.0 + z * (-1.0 / 5040.0 + z / 362880.0)));
  float c = 1.0 + z * (-0.5 + z * (1.0 / 24.0 + z * (-1.0 / 720.0 + z * (1.0 / 40320.0 - z / 3628800.0))));
  float y = (quadrant & 1) == 1 ? c : s;
  return (quadrant & 2) == 2 ? -y : y;
}
float w_sin(float x) { return w_sin_quarter(x, 0); }
float w_cos(float x) { return w_sin_quarter(x, 1); }

float w_pow(float a, float b) {
  if (b == 0.0) return 1.0;
  float y = w_exp(b * w_log(abs(a)));
  if (a >= 0.0 || a != a) return y;
  if (floor(b) != b) return w_nan;
  return floor(b * 0.5) * 2.0 == b ? y : -y;
}

#define w_sqrt(a) sqrt(a)
#define w_rsqrt(a) inversesqrt(a)
#define w_floor(a) floor(a)
#define w_ceil(a) ceil(a)
#define w_round(a) roundEven(a)

/* Numbers i and i .. i + 3 (i a multiple of 4) of a buffer that is read as texels. */
float w_load_f32(usamplerBuffer b, int i) { return uintBitsToFloat(texelFetch(b, i >> 2)[i & 3]); }
int w_load_i32(usamplerBuffer b, int i) { return int(texelFetch(b, i >> 2)[i & 3]); }
vec4 w_load4_f32(usamplerBuffer b, int i) { return uintBitsToFloat(texelFetch(b, i >> 2)); }
ivec4 w_load4_i32(usamplerBuffer b, int i) { return ivec4(texelFetch(b, i >> 2)); }

/* Indices that are known not to be negative, divided by a constant. */
#define w_quot(x, c) int(uint(x) / uint(c))
#define w_rem(x, c) int(uint(x) % uint(c))

/* Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), counter (block, 0, step, 0). */
uvec4 w_philox(uint key0, uint key1, uint step, uint block) {
  uvec4 c = uvec4(block, 0u, step, 0u);
  for (int round = 0; round < 10; round++) {
    uint high0, low0, high1, low1;
    umulExtended(0xd2511f53u, c.x, high0, low0);
    umulExtended(0xcd9e8d57u, c.z, high1, low1);
    c = uvec4(high1 ^ c.y ^ key0, low1, high0 ^ c.w ^ key1, low0);
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
  return c;
}
float w_uniform(uint key0, uint key1, int step, int index) {
  uvec4 x = w_philox(key0, key1, uint(step), uint(index) >> 2);
  uint low = (index & 1) == 1 ? x.y : x.x, high = (index & 1) == 1 ? x.w : x.z;
  return float(((index & 2) == 2 ? high : low) >> 8) * (1.0 / 16777216.0);
}
float w_normal_of(uvec2 pair) {
  float u1 = (float(pair.x >> 8) + 0.5) * (1.0 / 16777216.0), u2 = float(pair.y >> 8) * (1.0 / 16777216.0);
  return sqrt(-2.0 * w_log(u1)) * w_cos(6.2831853071795865 * u2);
}
float w_normal(uint key0, uint key1, int step, int index) {
  uvec4 x = w_philox(key0, key1, uint(step), uint(index) >> 1);
  return w_normal_of((index & 1) == 1 ? x.zw : x.xy);
}
/* Numbers index .. index + 3, index a multiple of 4: whole blocks of the generator. */
vec4 w_uniform_run4(uint key0, uint key1, int step, int index) {
  uvec4 x = w_philox(key0, key1, uint(step), uint(index) >> 2);
  return vec4(x.xyzw >> 8) * (1.0 / 16777216.0);
}
vec4 w_normal_run4(uint key0, uint key1, int step, int index) {
  uvec4 x = w_philox(key0, key1, uint(step), uint(index) >> 1), y = w_philox(key0, key1, uint(step), (uint(index) >> 1) + 1u);
  return vec4(w_normal_of(x.xy), w_normal_of(x.zw), w_normal_of(y.xy), w_normal_of(y.zw));
}
