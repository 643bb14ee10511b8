/* memory.c -- where values lie: greedy placement by size into slabs.
 *
 * A value lives from the wave that writes it to the last that reads it. Largest first, each takes the lowest offset
 * that is free over its whole life (the usual bound: within a few percent of the peak on networks). A map's output
 * first tries to take the place of an input that dies in the same step and is read at the same index. Parts of a whole
 * lie inside of it, which lives from the first of them on. */
#include "schedule/plan.h"
#include <stdlib.h>

int weft_values_overlap(const weft_value *a, const weft_value *b) {
  if (a->leaf || b->leaf) return a->leaf == b->leaf;
  return a->slab == b->slab && a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

/* The value whose place another one finally takes, and where in it. */
static weft_value *place_of(weft_value *v, uint64_t *out_shift) {
  uint64_t shift = 0;
  while (v->over || v->whole) {
    shift += v->whole ? v->shift : 0;
    v = v->whole ? v->whole : v->over;
  }
  if (out_shift) *out_shift = shift;
  return v;
}

static int first_wave(const weft_plan *plan, const weft_value *v) {
  return v->first < 0 ? v->first : plan->steps[v->first].wave;
}
static int last_wave(const weft_plan *plan, const weft_value *v) {
  return v->last < 0 || v->last >= plan->n_steps ? v->last : plan->steps[v->last].wave;
}

/* Whether no step of the wave but this one, which is the last, reads the value. */
static int dies_in(const weft_plan *plan, const weft_value *v, int step) {
  if (v->last != step) return 0;
  for (int s = step - 1; s >= 0 && plan->steps[s].wave == plan->steps[step].wave; s--)
    if (weft_step_reads(&plan->steps[s], v)) return 0;
  return 1;
}

static void reuse_dying(weft_plan *plan) {
  for (int s = 0; s < plan->n_steps; s++) {
    weft_plan_step *step = &plan->steps[s];
    if (step->group->kind == WEFT_GROUP_ROW) continue;
    for (int o = 0; o < step->group->n_outputs; o++) {
      weft_value *out = step->out[o];
      for (int i = 0; i < step->group->n_inputs && !out->leaf && !out->over && !out->whole; i++) {
        weft_value *in = step->in[i];
        int free_after = !in->leaf && !in->whole && dies_in(plan, in, s) && in->size == out->size &&
                         in->node->dtype == out->node->dtype;
        for (int p = 0; p < o && free_after; p++) free_after = step->out[p]->over != in;
        if (free_after && weft_group_reads_in_place(step->group, in->node, out->node)) out->over = in;
      }
    }
  }
}

static int by_size(const void *a, const void *b) {
  const weft_value *x = *(weft_value *const *)a, *y = *(weft_value *const *)b;
  if (x->size != y->size) return x->size < y->size ? 1 : -1;
  return x->first != y->first ? (x->first > y->first ? 1 : -1)
                              : (x->node->id > y->node->id) - (x->node->id < y->node->id);
}

static uint64_t round_up(uint64_t size, uint64_t align) { return (size + align - 1) / align * align; }

/* The lowest free offset of the slab over the value's life; placed[] holds those placed so far. */
static uint64_t lowest_offset(const weft_plan *plan, const weft_value *v, weft_value *const *placed, int n, int slab,
                              const weft_plan_limits *limits) {
  enum { LARGE = 16384 };
  uint64_t offset = 0;
  for (int moved = 1; moved;) {
    moved = 0;
    for (int i = 0; i < n; i++) {
      const weft_value *p = placed[i];
      if (p->slab != slab || last_wave(plan, p) < first_wave(plan, v) || last_wave(plan, v) < first_wave(plan, p))
        continue;
      if (offset < p->offset + p->size && p->offset < offset + v->size) {
        offset = round_up(p->offset + p->size + (p->size >= LARGE ? limits->apart : 0), limits->align);
        moved = 1;
      }
    }
  }
  return offset;
}

weft_status weft_plan_memory(weft_arena *arena, weft_plan *plan, const weft_plan_limits *limits, weft_error *error) {
  weft_value **placed = WEFT_NEW(arena, weft_value *, plan->n_values + 1);
  weft_value **order = WEFT_NEW(arena, weft_value *, plan->n_values + 1);
  plan->slabs = WEFT_NEW(arena, uint64_t, plan->n_values + 1);
  if (!placed || !order || !plan->slabs) return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory for the plan");
  reuse_dying(plan);
  int n = 0, n_placed = 0;
  for (int i = 0; i < plan->n_values; i++) {
    weft_value *v = plan->values[i], *place = place_of(v, NULL);
    if (v->leaf) continue;
    if (place == v)
      order[n++] = v;
    else if (place->last < v->last)
      place->last = v->last; /* the place is taken for both lives */
  }
  qsort(order, (size_t)n, sizeof *order, by_size);
  for (int i = 0; i < n; i++) {
    weft_value *v = order[i];
    if (v->size > limits->max_slab) {
      char text[200];
      return weft_fail(error, WEFT_NO_DEVICE_MEMORY,
                       "compile: %s needs %llu bytes, a buffer of the device has at most %llu",
                       weft_describe_tensor(v->node, text, sizeof text), (unsigned long long)v->size,
                       (unsigned long long)limits->max_slab);
    }
    for (v->slab = 0;; v->slab++) {
      v->offset = lowest_offset(plan, v, placed, n_placed, v->slab, limits);
      if (v->offset + v->size <= limits->max_slab) break;
    }
    placed[n_placed++] = v;
    if (v->slab >= plan->n_slabs) plan->n_slabs = v->slab + 1;
    uint64_t end = round_up(v->offset + v->size, limits->align);
    if (plan->slabs[v->slab] < end) plan->slabs[v->slab] = end;
  }
  for (int i = 0; i < plan->n_values; i++) {
    uint64_t shift;
    weft_value *v = plan->values[i], *place = place_of(v, &shift);
    if (v->leaf) continue;
    v->slab = place->slab;
    v->offset = place->offset + shift;
  }
  return WEFT_OK;
}
