/* render.h -- kernel IR as text: OpenCL C (any lanes) or GLSL (one, two or four). */
#ifndef WEFT_LOWER_RENDER_H
#define WEFT_LOWER_RENDER_H
#include "device/device.h"
#include "lower/ir.h"

/* The whole kernel: prelude, bindings, entry point `entry` (OpenCL C; in GLSL it is main), body. */
weft_status weft_render_kernel(weft_ir *ir, weft_dialect dialect, const char *entry, weft_text *out);
/* The parts, for templates. The prelude that every source starts with (NULL: not found). */
const char *weft_render_prelude(weft_dialect dialect);
/* What the body needs beyond the prelude (the random generator for the lanes used), before the entry point. */
void weft_render_helpers(const weft_ir *ir, weft_dialect dialect, weft_text *out);
/* OpenCL C: "__global const float *b0, __global float *b1", the parameters of an entry point or of a function.
 * GLSL: one "layout(set = 0, binding = 0) buffer B0 { float d[]; } b0;" a line, or "uniform usamplerBuffer b0;". */
void weft_render_bindings(const weft_ir *ir, weft_dialect dialect, weft_text *out);
/* OpenCL C: "b0, b1", to hand the bindings on to a function. */
void weft_render_binding_names(const weft_ir *ir, weft_text *out);
/* The statements of the kernel's body, indented by `indent` steps of two spaces. */
void weft_render_body(weft_ir *ir, weft_dialect dialect, int indent, weft_text *out);
/* "float4", "vec4" */
const char *weft_render_type(weft_dialect dialect, weft_ir_type type, int lanes);
/* A float as a literal of both dialects: "1.5f", "w_inf". */
void weft_render_float(double value, weft_text *out);
#endif
