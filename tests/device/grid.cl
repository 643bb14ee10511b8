/* to[z][y][x] = its own index, in a grid of three directions. */
__kernel __attribute__((reqd_work_group_size(4, 2, 1))) void grid(__global int *to) {
  int x = get_global_id(0), y = get_global_id(1), z = get_global_id(2);
  int w = get_global_size(0), h = get_global_size(1);
  to[(z * h + y) * w + x] = (z * 1000 + y) * 1000 + x;
}
