/* to[i] = from[i + 1] + 1, around the end: each work-group needs what another wrote the step before. */
__kernel __attribute__((reqd_work_group_size(64, 1, 1))) void turn(__global const int *from, __global int *to) {
  size_t i = get_global_id(0), n = get_global_size(0);
  to[i] = from[(i + 1) % n] + 1;
}
