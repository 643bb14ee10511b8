/* atomic.cl -- atomic additions of 1: KIND 0 all to one counter, 1 every work-item to a counter of its own, 2 to one counter of
 * the work-group, whose count goes to the counter at the end. Their sum is known. params: 0 additions of a work-item. */
#ifndef KIND
#define KIND 0
#define LOCAL 64
#define MASK 0 /* of the counters; KIND 1: as many as work-items */
#endif

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1))) void atomic(__global const int *params,
                                                                        __global int *counters) {
  const int count = params[0];
#if KIND == 2
  __local int counter;
  if (get_local_id(0) == 0) counter = 0;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = 0; i < count; i++) atomic_add(&counter, 1);
  barrier(CLK_LOCAL_MEM_FENCE);
  if (get_local_id(0) == 0) atomic_add(counters, counter);
#else
  __global int *counter = counters + ((int)get_global_id(0) & MASK);
  for (int i = 0; i < count; i++) atomic_add(counter, 1);
#endif
}
