/* compute.cl -- as much arithmetic as the device can do: SUMS independent chains of multiply-adds a work-item, each a vector
 * of WIDTH numbers, so that neither a latency nor a load stands in the way.
 *
 * params: 0 loops, 1 factor, 2 .. 4 what the steps of a loop add, 16 .. 31 where the lanes start. All are known only at run
 * time, so that no compiler can shorten the chain. One loop is STEPS steps; out is what the sums gained, which the host knows
 * exactly: floating-point chains stay among small whole numbers, integer chains wrap. */
#ifndef SCALAR
#define SCALAR float
#define STORED float  /* element of params and out: float or int */
#define WIDTH 8
#define SUMS 8
#define LOCAL 1
#define OUT_MASK 255  /* out holds OUT_MASK + 1 vectors */
#define KIND 0        /* 0: multiply-add, 1: the same of integers, 2: dot products of four 8-bit numbers */
#endif
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#if WIDTH > 1
#define VECTOR JOIN(SCALAR, WIDTH)
#define CONVERT JOIN(convert_, VECTOR)
#define CONVERT_BACK JOIN(convert_, JOIN(STORED, WIDTH))
#define LOAD(p) CONVERT(JOIN(vload, WIDTH)(0, p))
#define STORE(x, i, p) JOIN(vstore, WIDTH)(CONVERT_BACK(x), i, p)
#else
#define VECTOR SCALAR
#define LOAD(p) (SCALAR)(*(p))
#define STORE(x, i, p) (p)[i] = (STORED)(x)
#endif

#if KIND == 0
#define STEP(x, add) x = mad(x, factor, add);
#elif KIND == 1
#define STEP(x, add) x = x * factor + add;
#else
#define STEP(x, add) x = dot_4x8packed_ss_int(as_uint(x), as_uint(factor)) + add;
#endif
#define ALL(add) _Pragma("unroll") for (int j = 0; j < SUMS; j++) { STEP(x[j], add) }

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1))) void compute(__global const STORED *params,
                                                                         __global STORED *out) {
#ifdef NEEDS_F16
  _Pragma("OPENCL EXTENSION cl_khr_fp16 : enable")
#endif
#ifdef NEEDS_F64
  _Pragma("OPENCL EXTENSION cl_khr_fp64 : enable")
#endif
  const int loops = (int)params[0];
  const VECTOR factor = (VECTOR)((SCALAR)params[1]);
  const VECTOR p = (VECTOR)((SCALAR)params[2]), q = (VECTOR)((SCALAR)params[3]), r = (VECTOR)((SCALAR)params[4]);
  const VECTOR start = LOAD(params + 16);
  VECTOR x[SUMS];
  _Pragma("unroll") for (int j = 0; j < SUMS; j++) x[j] = start + (VECTOR)((SCALAR)j);
  for (int i = 0; i < loops; i++) {
    ALL(p) ALL(q) ALL(p) ALL(q) ALL(p) ALL(q) ALL(p) ALL(q)
    ALL(p) ALL(q) ALL(p) ALL(q) ALL(p) ALL(q) ALL(p) ALL(r)
  }
  VECTOR gain = (VECTOR)((SCALAR)0);
  _Pragma("unroll") for (int j = 0; j < SUMS; j++) gain += x[j] - (start + (VECTOR)((SCALAR)j));
  STORE(gain, get_global_id(0) & OUT_MASK, out);
}
