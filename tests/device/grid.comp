// to[z][y][x] = its own index, in a grid of three directions.
#version 450
layout(local_size_x = 4, local_size_y = 2) in;
layout(set = 0, binding = 0) buffer To { int to[]; };
void main() {
  uvec3 i = gl_GlobalInvocationID, n = gl_NumWorkGroups * uvec3(4, 2, 1);
  to[(i.z * n.y + i.y) * n.x + i.x] = int((i.z * 1000 + i.y) * 1000 + i.x);
}
