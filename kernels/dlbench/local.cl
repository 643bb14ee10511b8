/* local.cl -- reads work-group memory: every work-item goes over SIZE float4s, neighbours at neighbouring places. out is the
 * sum of their bits, one uint4 a work-item. params: 0 visits (a multiple of 4). */
#ifndef LOCAL
#define LOCAL 64
#define SIZE 256  /* float4s, a power of two, a multiple of LOCAL */
#define OUT_MASK 255
#endif

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1))) void local_memory(__global const int *params,
                                                                              __global uint *out) {
  __local uint4 tile[SIZE];
  const uint item = (uint)get_local_id(0);
  for (uint i = item; i < SIZE; i += LOCAL) tile[i] = (uint4)(i, i + 1, i + 2, (uint)params[1]);
  barrier(CLK_LOCAL_MEM_FENCE);
  const int visits = params[0];
  uint4 sum0 = (uint4)(0u), sum1 = (uint4)(0u), sum2 = (uint4)(0u), sum3 = (uint4)(0u);
  uint i = item;
  for (int v = 0; v < visits; v += 4) {
    sum0 += tile[i & (SIZE - 1)];
    sum1 += tile[(i + LOCAL) & (SIZE - 1)];
    sum2 += tile[(i + 2 * LOCAL) & (SIZE - 1)];
    sum3 += tile[(i + 3 * LOCAL) & (SIZE - 1)];
    i += 4 * LOCAL;
  }
  vstore4(sum0 + sum1 + sum2 + sum3, get_global_id(0) & OUT_MASK, out);
}
