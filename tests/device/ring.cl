/* A ring of 64 groups of 16 numbers: each group takes its neighbour's numbers and adds one. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ring(__global const int *from, __global int *to) {
  int group = (int)get_group_id(0);
  for (int i = 0; i < 16; i++) to[group * 16 + i] = from[(group + 1) % 64 * 16 + i] + 1;
}
