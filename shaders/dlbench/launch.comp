#version 450
/* launch.comp -- kernels/dlbench/launch.cl in GLSL. */
layout(local_size_x = 1) in;
layout(set = 0, binding = 0) buffer Counter { int counter[]; };

void main() { counter[0] += 1; }
