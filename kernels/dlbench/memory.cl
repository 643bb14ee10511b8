/* memory.cl -- moves bytes: KIND 0 reads b, 1 writes a, 2 copies b to a, 3 a = b + 3 c (STREAM's triad),
 * 4 a = max(a, b): in place, as optimizers do, where no cache line is fetched only to be overwritten.
 *
 * BLOCKS 1 (CPUs): a work-group, one work-item, goes `passes` times over a block of its own of `count` floats, so that a core
 * keeps its share of a small working set in its own cache. params: 0 count (a multiple of 64), 1 passes.
 * BLOCKS 0 (GPUs): neighbouring work-items take neighbouring float4s; work-item i visits i, i + step, i + 2 step, ... of
 * `count` float4s, a power of two. params: 0 count, 1 visits (a multiple of 4), 2 step. Of large sets the step is a work-group
 * less than all items, so that a work-group comes to other places whenever it has gone over the set, and work-groups are
 * numbered anew (GROUP), so that those that come to the same places soon after each other do not run side by side: else
 * each compute unit would read a share of its own, from a cache of its own. Their number is a power of two.
 *
 * What is read is summed as bits, which wrap and so are exact; every value written depends on its place only. */
#ifndef KIND
#define KIND 0
#define BLOCKS 1
#define LOCAL 1
#endif

#if BLOCKS
#define V float16
#define U uint16
#define LANES 16
#define GET(p, i) vload16(i, p)
#define PUT(x, p, i) vstore16(x, i, p)
#define BITS(x) as_uint16(x)
#define PATTERN (V)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#else
#define V float4
#define U uint4
#define LANES 4
#define GET(p, i) vload4(i, p)
#define PUT(x, p, i) vstore4(x, i, p)
#define BITS(x) as_uint4(x)
#define PATTERN (V)(0, 1, 2, 3)
#define GROUP (((uint)get_group_id(0) * 0x9e3779b1u) & ((uint)get_num_groups(0) - 1u))
#endif

#if KIND == 0
#define VISIT(k, i) sum##k += BITS(GET(b, i));
#elif KIND == 1
#define VISIT(k, i) PUT(value, a, i);
#elif KIND == 2
#define VISIT(k, i) PUT(GET(b, i), a, i);
#elif KIND == 4
#define VISIT(k, i) PUT(fmax(GET(a, i), GET(b, i)), a, i);
#else
#define VISIT(k, i) PUT(GET(b, i) + 3.0f * GET(c, i), a, i);
#endif

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1))) void memory(__global const int *params, __global float *a,
                                                                        __global const float *b,
                                                                        __global const float *c) {
  const V value = PATTERN + (V)((float)params[3]);
  U sum0 = (U)(0u), sum1 = (U)(0u), sum2 = (U)(0u), sum3 = (U)(0u);
#if BLOCKS
  const int first = (int)get_group_id(0) * (params[0] / LANES), end = first + params[0] / LANES;
  for (int pass = 0; pass < params[1]; pass++)
    for (int i = first; i < end; i += 4) {
      VISIT(0, i) VISIT(1, i + 1) VISIT(2, i + 2) VISIT(3, i + 3)
    }
#else
  const uint mask = (uint)params[0] - 1u, step = (uint)params[2];
  uint i = GROUP * LOCAL + (uint)get_local_id(0);
  for (int v = 0; v < params[1]; v += 4) {
    VISIT(0, (i & mask)) VISIT(1, ((i + step) & mask)) VISIT(2, ((i + 2 * step) & mask)) VISIT(3, ((i + 3 * step) & mask))
    i += 4 * step;
  }
#endif
#if KIND == 0
  sum0 += sum1 + sum2 + sum3;
#if BLOCKS
  PUT(as_float16(sum0), a, get_group_id(0));
#else
  PUT(as_float4(sum0), a, get_global_id(0));
#endif
#endif
}
