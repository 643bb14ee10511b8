// to[i] = read[i] + add[i] for the 61 numbers of read, seen as texels of four
#version 450
layout(local_size_x = 16) in;
layout(set = 0, binding = 0) readonly buffer Add { uint add[]; };
layout(set = 0, binding = 1) uniform usamplerBuffer read;
layout(set = 0, binding = 2) buffer To { uint to[]; };
void main() {
  int i = int(gl_GlobalInvocationID.x);
  if (i < 61) to[i] = texelFetch(read, i >> 2)[i & 3] + add[i];
}
