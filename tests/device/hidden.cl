/* The same as ring.cl, but a helper asks for the group's number, so that it is no function of it. */
int own_group(void) { return (int)get_group_id(0); }
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void hidden(__global const int *from, __global int *to) {
  int group = own_group();
  for (int i = 0; i < 16; i++) to[group * 16 + i] = from[(group + 1) % 64 * 16 + i] + 1;
}
