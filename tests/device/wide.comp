#version 450
layout(local_size_x = 1) in;
layout(set = 0, binding = 0) buffer X { double x[]; };
void main() { x[1] = x[0] * x[0]; }
