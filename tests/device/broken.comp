// Does not compile: the name is not declared.
#version 450
layout(set = 0, binding = 0) buffer To { float to[]; };
void main() { to[0] = not_declared_anywhere; }
