// to[i] = 2 from[i] + i
#version 450
layout(local_size_x = 16) in;
layout(set = 0, binding = 0) readonly buffer From { float from[]; };
layout(set = 0, binding = 1) buffer To { float to[]; };
void main() {
  uint i = gl_GlobalInvocationID.x;
  to[i] = 2.0 * from[i] + float(i);
}
