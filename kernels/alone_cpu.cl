/* alone_cpu.cl -- a kernel that only calls a function of a group's number and its buffers, for CPUs, since what a kernel holds itself
 * a compiler may copy: PoCL does so three times.
 *
 * The device writes the words below and the functions (common/join_functions.inc) in front of this file, once for each kernel; the
 * defaults copy one number. */
#ifndef ALONE
#define ALONE alone
#define FUNCTION copy
#define PARAMETERS __global void *w_b0, __global void *w_b1
#define BUFFERS w_b0, w_b1
void copy(int group, __global const float *from, __global float *to) { to[group] = from[group]; }
#else
#include "functions_end.inc"
#endif

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void ALONE(PARAMETERS) { FUNCTION((int)get_group_id(0), BUFFERS); }
#undef ALONE
#undef FUNCTION
#undef PARAMETERS
#undef BUFFERS
