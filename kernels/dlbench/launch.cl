/* launch.cl -- as good as nothing, to see what a launch costs; it counts, so that a launch that never happened is seen. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void launch(__global int *counter) { counter[0] += 1; }
