/* Does not compile: the name is not declared. */
__kernel void broken(__global float *to) { to[0] = not_declared_anywhere; }
