/* dot_prologue.c -- operands that are computed where a template reads them: what is elementwise in front of them, and
 * views that strides cannot follow (borders, tensors end to end), as functions behind the hooks of the template. On
 * CPUs b's panels are a map into which this fuses, and an element of a is read once for each column of tiles within the
 * innermost loop, where it had better be in memory. */
#include "base/hash.h"
#include "lower/dot_template.h"
#include "lower/emit.h"
#include "lower/render.h"
#include <stdio.h>

/* ---- an operand at its own index ---- */

static void build_prologue(weft_dot *d, weft_ir *ir) {
  weft_tensor *x = d->core->in[0];
  weft_ir_value *index[WEFT_MAX_RANK];
  weft_emitter emitter;
  char name[16];
  weft_ir_begin(ir, d->arena);
  if (weft_emit_begin(&emitter, d->group, d->origins, ir) != WEFT_OK) return;
  for (int i = 0; i < x->shape.rank; i++) {
    snprintf(name, sizeof name, "i%d", i);
    index[i] = weft_ir_param(ir, name, WEFT_IR_I32, 1, 0, x->shape.dims[i] - 1, 1);
  }
  weft_ir_return(ir, weft_emit(&emitter, x, index));
}

int weft_dot_write_prologue(weft_dot *d, const char *name, const char *hook) {
  weft_ir ir;
  char parameters[16 * WEFT_MAX_RANK] = "", arguments[16 * WEFT_MAX_RANK] = "";
  build_prologue(d, &ir);
  for (int i = 0, p = 0, a = 0; i < d->core->in[0]->shape.rank; i++) {
    p += snprintf(parameters + p, sizeof parameters - (size_t)p, "%sint i%d", i ? ", " : "", i);
    a += snprintf(arguments + a, sizeof arguments - (size_t)a, "%si%d", i ? ", " : "", i);
  }
  return weft_dot_write_function(d, &ir, "float", name, parameters, hook, arguments);
}

/* ---- an operand of the contraction ---- */

/* The `count` dims of a role, of x from dim `first` on, by the parameter that counts through them, of `lanes`
 * neighbours. */
static void add_role(weft_ir *ir, const weft_tensor *x, int first, int64_t count, const char *name, int lanes,
                     weft_ir_value **index) {
  weft_shape shape = {.rank = (int)count};
  for (int i = 0; i < shape.rank; i++) shape.dims[i] = x->shape.dims[first + i];
  int64_t size = weft_shape_size(shape);
  weft_ir_value *at = weft_ir_param(ir, name, WEFT_IR_I32, 1, 0, size - lanes, lanes);
  weft_emit_delinear(ir, shape, weft_ir_add(ir, at, weft_ir_lane(ir, lanes)), index + first);
}

static void build_operand(weft_dot *d, int i, weft_read_form form, int width, weft_ir *ir) {
  weft_tensor *x = d->core->in[i];
  const int64_t *attr = d->core->attr;
  int nb = (int)attr[0], nm = (int)attr[1], nk = (int)attr[2], nn = (int)attr[3];
  int of_k = form == WEFT_ALONG_K ? width : 1, of_self = form == WEFT_ALONG_SELF ? width : 1;
  weft_ir_value *index[WEFT_MAX_RANK], *value;
  weft_emitter emitter;
  weft_ir_begin(ir, d->arena);
  if (weft_emit_begin(&emitter, d->group, d->origins, ir) != WEFT_OK) return;
  add_role(ir, x, 0, nb, "batch", 1, index);
  if (i == 0) add_role(ir, x, nb, nm, "m", of_self, index);
  add_role(ir, x, i ? nb : nb + nm, nk, "k", of_k, index);
  if (i == 1) add_role(ir, x, nb + nk, nn, "n", of_self, index);
  value = weft_emit(&emitter, x, index);
  weft_ir_return(ir, value->lanes < width ? weft_ir_splat(ir, value, width) : value);
}

int weft_dot_write_operand(weft_dot *d, int i, weft_read_form form, int width) {
  weft_ir ir;
  const char *type = weft_render_type(d->target->dialect, WEFT_IR_F32, width);
  build_operand(d, i, form, width, &ir);
  return i == 0 ? weft_dot_write_function(d, &ir, type, "load_a", "int batch, int m, int k", "LOAD_A", "batch, m, k")
                : weft_dot_write_function(d, &ir, type, "load_b", "int batch, int k, int n", "LOAD_B", "batch, k, n");
}

uint64_t weft_dot_hash_operand(const weft_dot *d, const weft_tensor *node, uint64_t hash) {
  hash = weft_hash(hash, &node->op, sizeof node->op);
  hash = weft_hash(hash, node->shape.dims, sizeof *node->shape.dims * (size_t)node->shape.rank);
  for (int i = 0; i < d->group->n_inputs; i++)
    if (d->group->inputs[i] == node) return hash;
  for (int i = 0; i < node->n_in; i++) hash = weft_dot_hash_operand(d, node->in[i], hash);
  return hash;
}
