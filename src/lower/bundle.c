/* bundle.c -- maps that do not wait for each other as one kernel: its work-groups are those of the first map, then
 * those of the second, and so on, and each finds by its number which body is its own. What all maps read (a learning
 * rate, a step's corrections) is one binding, read once in front of the bodies.
 *
 * One body for all maps and a table of their sizes would be a shorter text, but buffers cannot be chosen by number:
 * OpenCL C knows no arrays of them, and GLSL needs a feature for it that not every driver has. Bodies are a few lines,
 * and no more than there are bindings.
 *
 * Maps are small, so a work-item has one element, and there is one size of work-groups, the largest map's. */
#include "lower/lowering.h"
#include <string.h>

static int64_t size_of(const weft_group *part) { return weft_shape_size(part->space); }

static int place_of(weft_tensor *const *nodes, const weft_tensor *node) {
  int i = 0;
  while (nodes[i] != node) i++;
  return i;
}

/* The bundle's bindings of the part's inputs and outputs. */
static const int *bindings_of(weft_lowering *l, const weft_group *bundle, const weft_group *part) {
  int *bindings = WEFT_NEW(l->arena, int, part->n_inputs + part->n_outputs);
  if (!bindings) {
    weft_fail(&l->ir.error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
    return NULL;
  }
  for (int i = 0; i < part->n_inputs; i++) bindings[i] = place_of(bundle->inputs, part->inputs[i]);
  for (int o = 0; o < part->n_outputs; o++)
    bindings[part->n_inputs + o] = weft_group_place(bundle, place_of(bundle->outputs, part->outputs[o]));
  return bindings;
}

/* The part's elements, `local` for each of its work-groups, which begin with number `first`. What is computed from
 * their number stays in the branch: work-groups of other parts have no use for it. */
static void lower_part(weft_lowering *l, weft_ir_value *group, int64_t first, int64_t local) {
  weft_ir *ir = &l->ir;
  int64_t size = size_of(l->group), groups = (size + local - 1) / local;
  weft_ir_value *own = weft_ir_add_int(ir, group, -first);
  weft_ir_if_begin(ir, weft_ir_in_range(ir, own, groups));
  own = weft_ir_keep(ir, weft_ir_assume(ir, own, 0, groups - 1));
  weft_ir_value *item = weft_ir_add(ir, weft_ir_mul(ir, own, local), weft_ir_local_id(ir, 0));
  weft_ir_if_begin(ir, size % local ? weft_ir_less(ir, item, weft_ir_int(ir, size)) : NULL);
  weft_store_outputs(l, size, weft_ir_assume(ir, item, 0, size - 1));
  weft_ir_if_end(ir);
  weft_ir_if_end(ir);
}

void weft_lower_bundle(weft_lowering *l) {
  weft_ir *ir = &l->ir;
  const weft_group *bundle = l->group;
  int64_t largest = 1, count = 0, first = 0;
  for (int p = 0; p < bundle->n_parts; p++)
    if (size_of(bundle->parts[p]) > largest) largest = size_of(bundle->parts[p]);
  int64_t local = weft_local_size(l, largest, 256);
  for (int p = 0; p < bundle->n_parts; p++) count += (size_of(bundle->parts[p]) + local - 1) / local;
  ir->local[0] = (uint32_t)local;
  weft_ir_value *group = weft_begin_groups(l, count);
  for (int p = 0; p < bundle->n_parts; p++) {
    const int *bindings = bindings_of(l, bundle, bundle->parts[p]);
    if (!bindings) return;
    l->group = bundle->parts[p];
    weft_emit_part(&l->emitter, l->group, bindings);
    lower_part(l, group, first, local);
    first += (size_of(l->group) + local - 1) / local;
  }
  l->group = bundle;
  weft_end_groups(l);
}

/* Names that are told; of the rest only that there are more. */
enum { MOST_TOLD = 4 };

const char *weft_bundle_what(const weft_group *group, weft_arena *arena) {
  const char **what = WEFT_NEW(arena, const char *, group->n_parts + 1);
  weft_text text = {0};
  int told = 0;
  for (int p = 0; what && p < group->n_parts; p++)
    if (!(what[p] = weft_group_what(group->parts[p], arena))) return NULL;
  for (int p = 0; what && p < group->n_parts; p++) {
    int before = 0, alike = 0;
    for (int k = 0; k < group->n_parts; k++) {
      int same = !strcmp(what[k], what[p]);
      before += same && k < p;
      alike += same;
    }
    if (before) continue;
    if (told == MOST_TOLD) {
      weft_text_add(&text, ", ..");
      break;
    }
    if (told++) weft_text_add(&text, ", ");
    if (alike > 1) weft_text_printf(&text, "%d ", alike);
    weft_text_add(&text, what[p]);
  }
  const char *result = what && text.data && !text.failed ? weft_arena_text(arena, text.data) : NULL;
  weft_text_release(&text);
  return result;
}
