// to[i] = from[i + 1] + 1, around the end: each work-group needs what another wrote the step before.
#version 450
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer From { int from[]; };
layout(set = 0, binding = 1) buffer To { int to[]; };
void main() {
  uint i = gl_GlobalInvocationID.x, n = gl_NumWorkGroups.x * 64;
  to[i] = from[(i + 1) % n] + 1;
}
