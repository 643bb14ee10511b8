/* to[i] = 2 from[i] + i */
__kernel __attribute__((reqd_work_group_size(16, 1, 1))) void scale(__global const float *from, __global float *to) {
  size_t i = get_global_id(0);
  to[i] = 2.0f * from[i] + (float)i;
}
