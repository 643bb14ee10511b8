#pragma OPENCL EXTENSION cl_khr_fp64 : enable
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void wide(__global double *x) { x[1] = x[0] * x[0]; }
